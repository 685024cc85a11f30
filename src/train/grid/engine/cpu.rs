//! Training on the CPU with the network written out: gradients by hand, then Adam and the running average in one pass.

use super::average::decay;
use super::loss_rows::LossRows;
use super::{Engine, Named, Step};
use crate::flow::vectorized;
use crate::model::grid::cpu_mlp::{Workspace, gather, scatter};
use crate::model::grid::{Checkpoint, CpuMlp, GridMlpConfig, NetworkDenoiser};
use crate::train::TrainError;
use crate::train::adam_rule::AdamRule;
use burn::tensor::{Device, TensorData};
use rayon::prelude::*;

/// Parameters that one thread updates at a time.
const BLOCK: usize = 8192;

/// A network, its average and its moments, each one array.
pub(super) struct CpuEngine {
    net: CpuMlp,
    average: CpuMlp,
    first: Vec<f32>,
    second: Vec<f32>,
    workspace: Workspace,
}

impl CpuEngine {
    pub(super) fn new(config: GridMlpConfig, seed: u64) -> Result<Self, String> {
        let net = CpuMlp::from_module(config, &config.init(seed, &Device::flex()))?;
        let zeros = vec![0.0; net.values().len()];
        let (average, workspace) = (net.clone(), Workspace::default());
        Ok(Self { net, average, first: zeros.clone(), second: zeros, workspace })
    }

    pub(super) fn resume(checkpoint: &Checkpoint, steps: u64) -> Result<Self, String> {
        let config = checkpoint.recipe.network;
        let find = |kind: &str, name: &str| checkpoint.tensors.get(&format!("{kind}.{name}")).cloned();
        let net = CpuMlp::from_tensors(config, |name| find("raw", name))?;
        let average = CpuMlp::from_tensors(config, |name| find("net", name))?;
        let moments = |kind: &str| {
            if steps == 0 {
                return Ok(vec![0.0; net.values().len()]);
            }
            gather(&config, |name| find(kind, name)).map_err(|why| format!("the optimiser's moments: {why}"))
        };
        let (first, second) = (moments("adam.first")?, moments("adam.second")?);
        Ok(Self { net, average, first, second, workspace: Workspace::default() })
    }
}

impl Engine for CpuEngine {
    fn step(&mut self, step: Step<'_>) -> Result<f32, TrainError> {
        let Step { batch, reveals, kappas, learning_rate, loss, number } = step;
        let tokens: Vec<[u16; 2]> = batch.states.iter().map(|s| s.map(|x| x as u16)).collect();
        let rows = LossRows { kind: loss, batch, reveals, k: self.net.config().k };
        let part = |start, logits: &mut [f32]| rows.loss(start, logits);
        let (loss, gradient) = self.net.gradient(&tokens, &kappas, &mut self.workspace, part);
        let rule = AdamRule::at(number, learning_rate);
        let keep = decay(number) as f32;
        self.net
            .values_mut()
            .par_chunks_mut(BLOCK)
            .zip(self.average.values_mut().par_chunks_mut(BLOCK))
            .zip(self.first.par_chunks_mut(BLOCK))
            .zip(self.second.par_chunks_mut(BLOCK))
            .zip(gradient.par_chunks(BLOCK))
            .for_each(|((((values, average), first), second), gradient)| {
                vectorized!({
                    let moments = first.iter_mut().zip(second);
                    for (((x, average), (m, v)), g) in
                        values.iter_mut().zip(average).zip(moments).zip(gradient)
                    {
                        *x -= rule.update(m, v, *g);
                        *average = keep * *average + (1.0 - keep) * *x;
                    }
                });
            });
        Ok(loss as f32)
    }

    fn denoiser(&self, keep_rate: f64) -> NetworkDenoiser {
        NetworkDenoiser::on_cpu(self.average.clone(), keep_rate)
    }

    fn tensors(&self) -> (Named, Named) {
        let config = self.net.config();
        let named = |prefix: &'static str, values| {
            let arrays = scatter(&config, values);
            arrays
                .map(move |(name, shape, x)| (format!("{prefix}{name}"), TensorData::new(x.to_vec(), shape)))
        };
        // Moments are kept flat in files.
        let flat = |prefix: &'static str, values| {
            let arrays = scatter(&config, values);
            arrays
                .map(move |(name, _, x)| (format!("{prefix}{name}"), TensorData::new(x.to_vec(), [x.len()])))
        };
        let extra = named("raw.", self.net.values())
            .chain(flat("adam.first.", &self.first))
            .chain(flat("adam.second.", &self.second));
        (named("", self.average.values()).collect(), extra.collect())
    }
}
