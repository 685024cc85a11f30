//! Where the numbers of a run live and how a step is computed: by the network as it is written out, or by burn on a device.

use crate::data::codec::image::Tokenizer;
use crate::model::sequence::{
    AT_ONCE, GoOn, Gradients, ImageDenoiser, ImageNet, ImageNetConfig, Products, TextNet, Trained,
    TrainedOnDevice, has_half,
};
use crate::train::TrainError;
use crate::train::optimizer::{DeviceOptimizer, Optimizer, Stride, shorten, shorten_on_device};
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::BTreeMap;
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

/// Names of what a run needs to go on.
const RAW: &str = "raw";
const FIRST: &str = "first";
const SECOND: &str = "second";

impl State {
    /// Of a run that begins at these parameters.
    pub fn first(values: &[f32]) -> Self {
        Self { values: values.to_vec(), optimizer: Optimizer::new(values) }
    }

    /// Out of a file: the average of the weights, and the rest by name. None where the file has no such state, being that of
    /// a network that was given away.
    ///
    /// # Errors
    /// [`TrainError::Misfit`] if the state is not whole.
    pub fn of_file(average: &[f32], state: &BTreeMap<String, Vec<f32>>) -> Result<Option<Self>, TrainError> {
        if state.is_empty() {
            return Ok(None);
        }
        let of = |name: &str| {
            let missing =
                || TrainError::Misfit(format!("the state of its run is not whole: {name} is missing"));
            state.get(name).cloned().ok_or_else(missing)
        };
        let optimizer = Optimizer { average: average.to_vec(), first: of(FIRST)?, second: of(SECOND)? };
        Ok(Some(Self { values: of(RAW)?, optimizer }))
    }

    /// For a file: the average of the weights, and the rest by name.
    pub fn for_file(self) -> (Vec<f32>, BTreeMap<String, Vec<f32>>) {
        let Self { values, optimizer: Optimizer { average, first, second } } = self;
        let state = [(RAW, values), (FIRST, first), (SECOND, second)];
        (average, state.into_iter().map(|(name, values)| (name.to_owned(), values)).collect())
    }
}

/// See the module.
pub(super) enum Engine<N: Trained> {
    /// On the CPU.
    Cpu(Box<CpuEngine<N>>),
    /// On a device.
    Device(Box<DeviceEngine<N>>),
}

/// See [`Engine::Cpu`].
pub(super) struct CpuEngine<N: Trained> {
    net: N,
    optimizer: Optimizer,
    room: Gradients<N::Pass>,
}

/// See [`Engine::Device`].
pub(super) struct DeviceEngine<N: Trained> {
    /// Has the sizes; its numbers are the first ones.
    sizes: N,
    net: N::OnDevice,
    values: Tensor<1>,
    optimizer: DeviceOptimizer,
    /// The same network on other devices, which take their share of each batch.
    others: Vec<N::OnDevice>,
}

impl<N: Trained> Engine<N> {
    /// Of a network with the sizes of `net`, at `state`, on `device`.
    pub fn new(mut net: N, state: State, device: &Device) -> Self {
        if *device == Device::flex() {
            net.values_mut().copy_from_slice(&state.values);
            let (optimizer, room) = (state.optimizer, Gradients::default());
            return Self::Cpu(Box::new(CpuEngine { net, optimizer, room }));
        }
        Self::on_device(net, state, device)
    }

    /// The same by burn, whatever the device.
    pub fn on_device(net: N, state: State, device: &Device) -> Self {
        let on_device = net.on_device(device);
        let Optimizer { average, first, second } = &state.optimizer;
        let [average, first, second] = [average, first, second].map(|values| on(device, values));
        let optimizer = DeviceOptimizer { average, first, second };
        let values = on(device, &state.values);
        let others = Vec::new();
        Self::Device(Box::new(DeviceEngine { sizes: net, net: on_device, values, optimizer, others }))
    }

    /// From here on each batch is split over `others`, too. A run on the CPU has all of it already.
    pub fn share_with(&mut self, others: &[Device]) {
        if let Self::Device(engine) = self {
            engine.others = others.iter().map(|device| engine.sizes.on_device(device)).collect();
        }
    }

    /// In which precision it multiplies if it is asked to do so in this one.
    pub fn taken(&self, products: Products) -> Products {
        match self {
            Self::Device(engine) if has_half(engine.net.device()) => products,
            _ => Products::Single,
        }
    }

    /// A network of those sizes, whatever its numbers are.
    pub fn sizes(&self) -> &N {
        match self {
            Self::Cpu(engine) => &engine.net,
            Self::Device(engine) => &engine.sizes,
        }
    }

    /// One update of everything along the gradient, no longer than `clip`, in those products on a device; the loss, after which
    /// nothing has changed if it is no number. `None`, and nothing has changed, if `go_on` said no on the way.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails.
    pub fn step(
        &mut self,
        batch: &[N::Example],
        stride: Stride,
        (clip, products): (Option<f64>, Products),
        go_on: &GoOn,
    ) -> Result<Option<f64>, TrainError> {
        match self {
            Self::Cpu(engine) => {
                let CpuEngine { net, optimizer, room } = &mut **engine;
                let Some(loss) = net.gradient_while(batch, room, go_on) else { return Ok(None) };
                if loss.is_finite() {
                    if let Some(longest) = clip {
                        shorten(&mut room.total, longest);
                    }
                    optimizer.step(net.values_mut(), &room.total, stride);
                }
                Ok(Some(loss))
            }
            Self::Device(engine) => {
                let found = engine.gradient(batch, products, go_on).map_err(TrainError::Device)?;
                let Some((loss, gradient)) = found else { return Ok(None) };
                let DeviceEngine { values, optimizer, .. } = &mut **engine;
                if loss.is_finite() {
                    let gradient = match clip {
                        Some(longest) => shorten_on_device(gradient, longest),
                        None => gradient,
                    };
                    *values = optimizer.step(values.clone(), gradient, stride);
                }
                Ok(Some(loss))
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

impl Engine<TextNet> {
    /// The network at the average of its parameters.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails.
    pub fn average(&self) -> Result<TextNet, TrainError> {
        let average = match self {
            Self::Cpu(engine) => engine.optimizer.average.clone(),
            Self::Device(engine) => read(&engine.optimizer.average).map_err(TrainError::Device)?,
        };
        let mut net = self.sizes().clone();
        net.values_mut().copy_from_slice(&average);
        Ok(net)
    }
}

impl Engine<ImageNet> {
    /// The sizes of the network.
    pub fn config(&self) -> ImageNetConfig {
        self.sizes().config()
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
}

impl<N: Trained> DeviceEngine<N> {
    /// The loss of a batch and its gradient, of all devices side by side. Gradients are joined through this machine's memory:
    /// burn 0.22 has collective operations for CUDA and for the devices of one remote server only, none for wgpu. `None` if
    /// `go_on` said no on the way.
    fn gradient(
        &self,
        batch: &[N::Example],
        products: Products,
        go_on: &GoOn,
    ) -> anyhow::Result<Option<(f64, Tensor<1>)>> {
        let of_part = |net: &N::OnDevice, values: &Tensor<1>, part| {
            piece_by_piece(net, values, (part, batch.len()), products, go_on)
        };
        if self.others.is_empty() {
            return of_part(&self.net, &self.values, batch);
        }
        let values = read(&self.values)?;
        let (own, rest) = batch.split_at(batch.len().div_ceil(1 + self.others.len()));
        let parts = rest.chunks(rest.len().div_ceil(self.others.len()).max(1));
        let of_other = |net: &N::OnDevice, part| -> anyhow::Result<Option<(f64, Vec<f32>)>> {
            let found = of_part(net, &on(net.device(), &values), part)?;
            found.map(|(loss, gradient)| Ok((loss, read(&gradient)?))).transpose()
        };
        thread::scope(|scope| {
            let asked: Vec<_> = self
                .others
                .iter()
                .zip(parts)
                .map(|(net, part)| scope.spawn(move || of_other(net, part)))
                .collect();
            let mut all = of_part(&self.net, &self.values, own)?;
            for answer in asked {
                let of_other = answer.join().unwrap_or_else(|panic| resume_unwind(panic))?;
                all = all.zip(of_other).map(|((loss, gradient), (more, of_other))| {
                    (loss + more, gradient + on(self.net.device(), &of_other))
                });
            }
            Ok(all)
        })
    }
}

/// What a part of a batch adds to loss and gradient, in the pieces that a device computes at a time; `None` if `go_on` said no
/// before one of them.
fn piece_by_piece<N: TrainedOnDevice>(
    net: &N,
    values: &Tensor<1>,
    (part, whole): (&[N::Example], usize),
    products: Products,
    go_on: &GoOn,
) -> anyhow::Result<Option<(f64, Tensor<1>)>> {
    let (first, rest) = part.split_at(part.len().min(AT_ONCE));
    if !go_on() {
        return Ok(None);
    }
    let mut total = net.part_of_gradient(values, (first, whole), products)?;
    for piece in rest.chunks(AT_ONCE) {
        if !go_on() {
            return Ok(None);
        }
        let (loss, gradient) = net.part_of_gradient(values, (piece, whole), products)?;
        total = (total.0 + loss, total.1 + gradient);
    }
    Ok(Some(total))
}

/// Numbers \[P\] on a device.
fn on(device: &Device, values: &[f32]) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
}

/// The numbers of an array on a device.
fn read(tensor: &Tensor<1>) -> anyhow::Result<Vec<f32>> {
    Ok(tensor.clone().try_into_data()?.try_into_vec::<f32>()?)
}
