//! Where the numbers of a run live and how a step is computed: by the network as it is written out, or by burn on a device.

use crate::model::plane::{DevicePlaneNet, PlaneExamples, PlaneGradients, PlaneNet};
use crate::train::TrainError;
use crate::train::optimizer::{DeviceOptimizer, Optimizer, Stride};
use burn::tensor::{Device, Tensor};

/// All numbers of a run: each array as long as the parameters.
#[derive(Clone)]
pub(super) struct State {
    /// The parameters.
    pub values: Vec<f32>,
    /// Their average and the moments.
    pub optimizer: Optimizer,
}

impl State {
    /// Of a run that begins at the parameters of `net`.
    pub fn first(net: &PlaneNet) -> Self {
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
    net: PlaneNet,
    optimizer: Optimizer,
    room: PlaneGradients,
}

/// See [`Engine::Device`].
pub(super) struct DeviceEngine {
    net: DevicePlaneNet,
    values: Tensor<1>,
    optimizer: DeviceOptimizer,
}

impl Engine {
    /// Of a network with the sizes of `net`, at `state`, on `device`.
    pub fn new(net: &PlaneNet, state: State, device: &Device) -> Self {
        let State { values, optimizer } = state;
        if *device == Device::flex() {
            let (net, room) = (net.with_values(values), PlaneGradients::default());
            return Self::Cpu(Box::new(CpuEngine { net, optimizer, room }));
        }
        let net = DevicePlaneNet::new(net.config(), device);
        let Optimizer { average, first, second } = &optimizer;
        let [average, first, second] = [average, first, second].map(|values| net.values(values));
        let (values, optimizer) = (net.values(&values), DeviceOptimizer { average, first, second });
        Self::Device(Box::new(DeviceEngine { net, values, optimizer }))
    }

    /// One update of everything; the loss, after which nothing has changed if it is no number.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails.
    pub fn step(&mut self, batch: &PlaneExamples, stride: Stride) -> Result<f64, TrainError> {
        match self {
            Self::Cpu(engine) => {
                let CpuEngine { net, optimizer, room } = &mut **engine;
                let loss = net.gradient(batch, room);
                if loss.is_finite() {
                    optimizer.step(net.values_mut(), &room.total, stride);
                }
                Ok(loss)
            }
            Self::Device(engine) => {
                let DeviceEngine { net, values, optimizer } = &mut **engine;
                let (loss, gradient) = net.gradient(values, batch).map_err(TrainError::Device)?;
                if loss.is_finite() {
                    *values = optimizer.step(values.clone(), gradient, stride);
                }
                Ok(loss)
            }
        }
    }

    /// The average of the parameters.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails.
    pub fn average(&self) -> Result<Vec<f32>, TrainError> {
        match self {
            Self::Cpu(engine) => Ok(engine.optimizer.average.clone()),
            Self::Device(engine) => read(&engine.optimizer.average),
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
                let DeviceEngine { values, optimizer, .. } = &**engine;
                let DeviceOptimizer { average, first, second } = optimizer;
                let optimizer =
                    Optimizer { average: read(average)?, first: read(first)?, second: read(second)? };
                Ok(State { values: read(values)?, optimizer })
            }
        }
    }
}

fn read(tensor: &Tensor<1>) -> Result<Vec<f32>, TrainError> {
    let data = tensor.clone().try_into_data().map_err(|e| TrainError::Device(e.into()))?;
    data.try_into_vec::<f32>().map_err(|e| TrainError::Device(anyhow::anyhow!("{e:?}")))
}
