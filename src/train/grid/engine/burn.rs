//! Training by burn: any device, automatic gradients. The reference for the CPU's own engine.

use super::adam::ModuleOptimizer;
use super::loss::batch_loss;
use super::{AVERAGE, Engine, Step};
use crate::model::Arrays;
use crate::model::grid::{Checkpoint, GridMlp, GridMlpConfig, NetworkDenoiser, load_tensors, named_tensors};
use crate::train::TrainError;
use crate::train::optimizer::keep;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

/// A module and its optimiser.
pub(super) struct BurnEngine {
    config: GridMlpConfig,
    net: GridMlp,
    optimizer: ModuleOptimizer<GridMlp>,
    /// With gradients.
    device: Device,
}

impl BurnEngine {
    pub(super) fn new(config: GridMlpConfig, seed: u64, device: &Device) -> Self {
        let optimizer = ModuleOptimizer::new(config.init(seed, device));
        let device = device.clone().autodiff();
        Self { config, net: config.init(seed, &device), optimizer, device }
    }

    pub(super) fn resume(checkpoint: &Checkpoint, steps: u64, device: &Device) -> Result<Self, String> {
        let mut engine = Self::new(checkpoint.recipe.network, 0, device);
        engine.optimizer.average = checkpoint.network(device)?;
        let raw = |name: &str| checkpoint.tensors.get(&format!("raw.{name}")).cloned();
        engine.net = load_tensors(engine.net, &engine.device, raw)?;
        if steps > 0 {
            let steps = usize::try_from(steps).unwrap_or(usize::MAX);
            engine.optimizer.resume(&checkpoint.tensors, steps, device)?;
        }
        Ok(engine)
    }
}

impl Engine for BurnEngine {
    fn step(&mut self, step: Step<'_>) -> Result<f32, TrainError> {
        let Step { batch, reveals, kappas, learning_rate, loss, number } = step;
        let size = batch.states.len();
        let tokens = TensorData::new(batch.states.as_flattened().to_vec(), [size, 2]);
        let logits = self.net.forward(
            Tensor::from_data(tokens, &self.device),
            Tensor::from_data(TensorData::new(kappas, [size, 1]), &self.device),
        );
        let loss = batch_loss(loss, logits, batch, reveals, &self.device);
        let grads = GradientsParams::from_grads(loss.backward(), &self.net);
        self.net = self.optimizer.step(learning_rate, self.net.clone(), grads, keep(AVERAGE, number));
        // The one wait for the device per step.
        let loss = loss.try_into_data().map_err(|e| TrainError::Device(e.into()))?;
        Ok(loss.as_slice::<f32>().ok().and_then(|x| x.first().copied()).unwrap_or(f32::NAN))
    }

    fn denoiser(&self, keep_rate: f64) -> NetworkDenoiser {
        NetworkDenoiser::new(self.config, &self.optimizer.average, keep_rate)
    }

    fn arrays(&self) -> Arrays {
        let of = |group: &'static str, module| {
            named_tensors(module).into_iter().map(move |(name, data)| (format!("{group}.{name}"), data))
        };
        let weights = of("net", &self.optimizer.average).chain(of("raw", &self.net));
        weights.chain(self.optimizer.moments()).collect()
    }
}
