//! Where the numbers of a run live and how a step is computed: by the network as it is written out, or by burn on a device.

use crate::data::codec::image::Tokenizer;
use crate::model::sequence::{DeviceNet, Example, Gradients, ImageDenoiser, ImageNet, ImageNetConfig};
use crate::train::TrainError;
use crate::train::optimizer::{DeviceOptimizer, Optimizer, Stride, shorten, shorten_on_device};
use burn::tensor::{Device, Tensor};
use std::sync::Arc;

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
        Self::Device(Box::new(DeviceEngine { sizes: net, net: on_device, values, optimizer }))
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
                let DeviceEngine { net, values, optimizer, .. } = &mut **engine;
                let (loss, gradient) = net.gradient(values, batch).map_err(TrainError::Device)?;
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
                let read = |tensor: &Tensor<1>| -> Result<Vec<f32>, TrainError> {
                    let data = tensor.clone().try_into_data().map_err(|e| TrainError::Device(e.into()))?;
                    data.try_into_vec::<f32>().map_err(|e| TrainError::Device(e.into()))
                };
                let DeviceOptimizer { average, first, second } = &engine.optimizer;
                let optimizer =
                    Optimizer { average: read(average)?, first: read(first)?, second: read(second)? };
                Ok(State { values: read(&engine.values)?, optimizer })
            }
        }
    }
}
