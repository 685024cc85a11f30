//! Where the numbers of a run live and how a step is computed: by the network as it is written out, or by burn on a device.

use crate::data::codec::image::Tokenizer;
use crate::model::sequence::{DeviceNet, Example, Gradients, ImageDenoiser, ImageNet, ImageNetConfig};
use crate::train::TrainError;
use crate::train::optimizer::{DeviceOptimizer, Optimizer, Stride, shorten, shorten_on_device};
use burn::tensor::{Device, Tensor};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

/// All numbers of a run, as a file has them: each array as long as the parameters.
#[derive(Clone)]
pub(super) struct State {
    /// The parameters.
    pub values: Vec<f32>,
    /// Their average and the moments.
    pub optimizer: Optimizer,
}

impl State {
    /// Of a run that begins at the parameters of `net`.
    pub fn first(net: &ImageNet) -> Self {
        Self { values: net.values().to_vec(), optimizer: Optimizer::new(net.values()) }
    }
}

/// See the module.
pub(super) enum Engine {
    /// On the CPU.
    Cpu(Box<CpuEngine>),
    /// On a device.
    Device(Box<DeviceEngine>),
}

/// See [`Engine::Cpu`].
pub(super) struct CpuEngine {
    net: ImageNet,
    optimizer: Optimizer,
    room: Gradients,
}

/// See [`Engine::Device`].
pub(super) struct DeviceEngine {
    /// Has the sizes; its numbers are the first ones.
    sizes: ImageNet,
    net: DeviceNet,
    values: Tensor<1>,
    optimizer: DeviceOptimizer,
    /// The same network on other devices, which take their share of each batch.
    others: Vec<DeviceNet>,
}

impl Engine {
    /// Of a network with the sizes of `net`, at `state`, on `device`.
    pub fn new(mut net: ImageNet, state: State, device: &Device) -> Self {
        if *device == Device::flex() {
            net.values_mut().copy_from_slice(&state.values);
            let (optimizer, room) = (state.optimizer, Gradients::default());
            return Self::Cpu(Box::new(CpuEngine { net, optimizer, room }));
        }
        let on_device = DeviceNet::new(&net, device);
        let Optimizer { average, first, second } = &state.optimizer;
        let [average, first, second] = [average, first, second].map(|values| on_device.values(values));
        let optimizer = DeviceOptimizer { average, first, second };
        let values = on_device.values(&state.values);
        let others = Vec::new();
        Self::Device(Box::new(DeviceEngine { sizes: net, net: on_device, values, optimizer, others }))
    }

    /// From here on each batch is split over `others`, too. A run on the CPU has all of it already.
    pub fn share_with(&mut self, others: &[Device]) {
        if let Self::Device(engine) = self {
            engine.others = others.iter().map(|device| DeviceNet::new(&engine.sizes, device)).collect();
        }
    }

    /// The sizes of the network.
    pub fn config(&self) -> ImageNetConfig {
        self.sizes().config()
    }

    /// A network of those sizes, whatever its numbers are.
    pub fn sizes(&self) -> &ImageNet {
        match self {
            Self::Cpu(engine) => &engine.net,
            Self::Device(engine) => &engine.sizes,
        }
    }

    /// One update of everything along the gradient, no longer than `clip`; the loss, after which nothing has changed if it is no number.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails.
    pub fn step(&mut self, batch: &[Example], stride: Stride, clip: Option<f64>) -> Result<f64, TrainError> {
        match self {
            Self::Cpu(engine) => {
                let CpuEngine { net, optimizer, room } = &mut **engine;
                let loss = net.gradient(batch, room);
                if loss.is_finite() {
                    if let Some(longest) = clip {
                        shorten(&mut room.total, longest);
                    }
                    optimizer.step(net.values_mut(), &room.total, stride);
                }
                Ok(loss)
            }
            Self::Device(engine) => {
                let (loss, gradient) = engine.gradient(batch).map_err(TrainError::Device)?;
                let DeviceEngine { values, optimizer, .. } = &mut **engine;
                if loss.is_finite() {
                    let gradient = match clip {
                        Some(longest) => shorten_on_device(gradient, longest),
                        None => gradient,
                    };
                    *values = optimizer.step(values.clone(), gradient, stride);
                }
                Ok(loss)
            }
        }
    }

    /// Bytes that the device has taken for arrays, those included that it keeps for later ones; none of the CPU.
    pub fn device_memory(&self) -> Option<u64> {
        match self {
            Self::Cpu(_) => None,
            Self::Device(engine) => Some(engine.net.device().memory_pool_usage()?.bytes_reserved),
        }
    }

    /// The average of the parameters as a denoiser on the same device.
    ///
    /// # Errors
    /// Never, as long as the sizes are what they were.
    pub fn denoiser(&self, tokenizer: &Tokenizer) -> Result<ImageDenoiser, TrainError> {
        match self {
            Self::Cpu(engine) => {
                let average = engine.optimizer.average.clone();
                let net = ImageNet::from_values(engine.net.config(), tokenizer, average);
                Ok(ImageDenoiser::new(Arc::new(net.map_err(TrainError::Misfit)?)))
            }
            Self::Device(engine) => {
                let (net, average) = (engine.net.clone(), &engine.optimizer.average);
                Ok(ImageDenoiser::of_values(Arc::new(engine.sizes.clone()), net, average))
            }
        }
    }

    /// All numbers.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails.
    pub fn state(&self) -> Result<State, TrainError> {
        match self {
            Self::Cpu(engine) => {
                Ok(State { values: engine.net.values().to_vec(), optimizer: engine.optimizer.clone() })
            }
            Self::Device(engine) => {
                let read = |tensor| read(tensor).map_err(TrainError::Device);
                let DeviceOptimizer { average, first, second } = &engine.optimizer;
                let optimizer =
                    Optimizer { average: read(average)?, first: read(first)?, second: read(second)? };
                Ok(State { values: read(&engine.values)?, optimizer })
            }
        }
    }
}

impl DeviceEngine {
    /// The loss of a batch and its gradient, of all devices side by side. Gradients are joined through this machine's memory:
    /// burn 0.22 has collective operations for CUDA and for the devices of one remote server only, none for wgpu.
    fn gradient(&self, batch: &[Example]) -> anyhow::Result<(f64, Tensor<1>)> {
        if self.others.is_empty() {
            return self.net.gradient(&self.values, batch);
        }
        let values = read(&self.values)?;
        let (own, rest) = batch.split_at(batch.len().div_ceil(1 + self.others.len()));
        let parts = rest.chunks(rest.len().div_ceil(self.others.len()).max(1));
        let of_part = |net: &DeviceNet, part| -> anyhow::Result<(f64, Vec<f32>)> {
            let (loss, gradient) = net.part_of_gradient(&net.values(&values), part, batch.len())?;
            Ok((loss, read(&gradient)?))
        };
        thread::scope(|scope| {
            let asked: Vec<_> = self
                .others
                .iter()
                .zip(parts)
                .map(|(net, part)| scope.spawn(move || of_part(net, part)))
                .collect();
            let (mut loss, mut gradient) = self.net.part_of_gradient(&self.values, own, batch.len())?;
            for answer in asked {
                let (more, of_part) = answer.join().unwrap_or_else(|panic| resume_unwind(panic))?;
                loss += more;
                gradient = gradient + self.net.values(&of_part);
            }
            Ok((loss, gradient))
        })
    }
}

/// The numbers of an array on a device.
fn read(tensor: &Tensor<1>) -> anyhow::Result<Vec<f32>> {
    Ok(tensor.clone().try_into_data()?.try_into_vec::<f32>()?)
}
