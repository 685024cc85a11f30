//! Where the numbers of a run live and how a step is computed: by burn on any device, or by the network written out
//! for the CPU. Both hold the weights, their running average and Adam's moments, under the same names in a checkpoint.

mod adam;
mod burn;
mod cpu;
mod loss;
mod loss_rows;

use self::burn::BurnEngine;
use self::cpu::CpuEngine;
use super::{Batch, LossKind};
use crate::model::Arrays;
use crate::model::grid::{Checkpoint, GridMlpConfig, NetworkDenoiser};
use crate::train::TrainError;
use ::burn::tensor::Device;

/// One step's orders.
pub(super) struct Step<'a> {
    /// The data.
    pub batch: &'a Batch,
    /// Whether a token that is not the mask is the datum's already: such positions are left out.
    pub reveals: bool,
    /// κ of each example with the keep rate in it, as the network is told.
    pub kappas: Vec<f32>,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// What is minimised.
    pub loss: LossKind,
    /// Number of this step, from 1.
    pub number: u64,
}

/// Longest memory of the average of the weights, which is what is shown and saved: the last step's weights still carry
/// the noise of its batch. About 1/(1 − this) steps.
const AVERAGE: f64 = 0.995;

/// Weights, their average and moments on some device.
pub(super) trait Engine: Send {
    /// One update of everything. Returns the loss, a number or not.
    fn step(&mut self, step: Step<'_>) -> Result<f32, TrainError>;

    /// The average as a denoiser.
    fn denoiser(&self, keep_rate: f64) -> NetworkDenoiser;

    /// The average as `net.…`, and what else a run needs to go on: `raw.…`, `adam.first.…` and `adam.second.…`.
    fn arrays(&self) -> Arrays;
}

/// First weights of a run on `device`.
pub(super) fn fresh(network: GridMlpConfig, seed: u64, device: &Device) -> Result<Box<dyn Engine>, String> {
    if *device == Device::flex() {
        return Ok(Box::new(CpuEngine::new(network, seed)?));
    }
    Ok(Box::new(BurnEngine::new(network, seed, device)))
}

/// What `checkpoint` remembers of a run after `steps` steps, on `device`.
pub(super) fn resumed(
    checkpoint: &Checkpoint,
    steps: u64,
    device: &Device,
) -> Result<Box<dyn Engine>, String> {
    if *device == Device::flex() {
        return Ok(Box::new(CpuEngine::resume(checkpoint, steps)?));
    }
    Ok(Box::new(BurnEngine::resume(checkpoint, steps, device)?))
}

#[cfg(test)]
mod tests;
