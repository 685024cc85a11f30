//! Runs that were kept when the window was last closed or killed.

use super::early::from_arrays;
use super::{EarlySample, TrainingRecord};
use crate::data::RunFile;
use crate::model::grid::{Checkpoint, NetworkDenoiser};
use burn::tensor::Device;
use std::path::PathBuf;
use std::sync::Arc;

/// What is known of a run that was kept.
#[derive(Clone)]
pub struct KeptRun {
    /// Its number, from 1.
    pub number: u64,
    /// Its checkpoint.
    pub file: PathBuf,
    /// Settings, flow, and how far it was, with the history of its gap.
    pub record: TrainingRecord,
    /// Its early samples.
    pub early: Vec<EarlySample>,
    /// Its network, on the CPU.
    pub network: Arc<NetworkDenoiser>,
}

/// What is in the file of a run.
///
/// # Errors
/// If it can't be used.
pub(super) fn read(file: &RunFile) -> Result<KeptRun, String> {
    let about = |why: String| format!("{}: {why}", file.path.display());
    let checkpoint = Checkpoint::read(&file.path).map_err(|e| e.to_string())?;
    let record = TrainingRecord::of(&checkpoint).map_err(|e| about(e.to_string()))?;
    let early = from_arrays(&checkpoint, &record).map_err(about)?;
    let config = checkpoint.recipe.network;
    let net = checkpoint.network(&Device::flex()).map_err(about)?;
    let network = NetworkDenoiser::new(config, &net, record.flow.coupling.keep_rate());
    Ok(KeptRun { number: file.number, file: file.path.clone(), record, early, network: Arc::new(network) })
}
