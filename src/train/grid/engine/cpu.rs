//! Training on the CPU with the network written out, gradients by hand.

use super::loss_rows::LossRows;
use super::{AVERAGE, Engine, Step};
use crate::model::grid::cpu_mlp::Workspace;
use crate::model::grid::{Checkpoint, CpuMlp, GridMlpConfig, NetworkDenoiser};
use crate::model::{Arrays, gather, parts};
use crate::train::TrainError;
use crate::train::optimizer::{Optimizer, Stride, keep};
use burn::tensor::{Device, TensorData};

/// A network and its optimiser.
pub(super) struct CpuEngine {
    net: CpuMlp,
    optimizer: Optimizer,
    workspace: Workspace,
}

impl CpuEngine {
    pub(super) fn new(config: GridMlpConfig, seed: u64) -> Result<Self, String> {
        let net = CpuMlp::from_module(config, &config.init(seed, &Device::flex()))?;
        let optimizer = Optimizer::new(net.values());
        Ok(Self { net, optimizer, workspace: Workspace::default() })
    }

    pub(super) fn resume(checkpoint: &Checkpoint, steps: u64) -> Result<Self, String> {
        let config = checkpoint.recipe.network;
        let net = CpuMlp::from_arrays(config, &checkpoint.tensors, "raw")?;
        let mut optimizer = Optimizer::new(net.values());
        let shapes = CpuMlp::shapes(&config);
        let group = |name: &str| gather(&shapes, &checkpoint.tensors, name);
        optimizer.average = group("net")?;
        if steps > 0 {
            let moments = |name| group(name).map_err(|why| format!("the optimiser's moments: {why}"));
            (optimizer.first, optimizer.second) = (moments("adam.first")?, moments("adam.second")?);
        }
        Ok(Self { net, optimizer, workspace: Workspace::default() })
    }
}

impl Engine for CpuEngine {
    fn step(&mut self, step: Step<'_>) -> Result<f32, TrainError> {
        let Step { batch, reveals, kappas, learning_rate, loss, number } = step;
        let tokens: Vec<[u16; 2]> = batch.states.iter().map(|s| s.map(|x| x as u16)).collect();
        let rows = LossRows { kind: loss, batch, reveals, k: self.net.config().k };
        let part = |start, logits: &mut [f32]| rows.loss(start, logits);
        let (loss, gradient) = self.net.gradient(&tokens, &kappas, &mut self.workspace, part);
        let stride = Stride { number, learning_rate, weight_decay: 0.0, keep: keep(AVERAGE, number) };
        self.optimizer.step(self.net.values_mut(), gradient, stride);
        Ok(loss as f32)
    }

    fn denoiser(&self, keep_rate: f64) -> NetworkDenoiser {
        NetworkDenoiser::on_cpu(self.net.with_values(self.optimizer.average.clone()), keep_rate)
    }

    fn arrays(&self) -> Arrays {
        let shapes = CpuMlp::shapes(&self.net.config());
        let Optimizer { average, first, second } = &self.optimizer;
        let named = |group: &'static str, values, is_flat| {
            parts(&shapes, values, group).map(move |(name, shape, values)| {
                let shape = if is_flat { vec![values.len()] } else { shape.to_vec() };
                (name, TensorData::new(values.to_vec(), shape))
            })
        };
        named("net", average, false)
            .chain(named("raw", self.net.values(), false))
            // Moments are kept flat in files.
            .chain(named("adam.first", first, true))
            .chain(named("adam.second", second, true))
            .collect()
    }
}
