//! A network as a denoiser of sequences.

use super::answer::{Asked, Opinion, Opinions};
use super::device::{AT_ONCE, DeviceNet, Parameters};
use super::pass::{Pass, Prepared, Told};
use super::{ImageNet, ImageNetConfig};
use crate::denoiser::sequence::{
    BatchAnswer, Guided, SequenceAnswer, SequenceDenoiser, TokenByToken, check_batch,
};
use crate::flow::{Kappa, SequenceSource};
use burn::tensor::{Device, Tensor};
use rayon::prelude::*;
use std::sync::Arc;

/// A network that answers about images, of one class or whatever it is.
#[derive(Clone)]
pub struct ImageDenoiser {
    net: Arc<ImageNet>,
    engine: Engine,
    class: Option<u16>,
}

/// What computes an answer.
#[derive(Clone)]
enum Engine {
    /// The network as it is written out.
    Cpu(Arc<Prepared>),
    /// burn, on a device.
    Device(Arc<(DeviceNet, Parameters)>),
}

impl ImageDenoiser {
    /// The free one.
    pub fn new(net: Arc<ImageNet>) -> Self {
        let engine = Engine::Cpu(Arc::new(net.prepare(false)));
        Self { net, engine, class: None }
    }

    /// The same computed on `device`.
    pub fn on(net: Arc<ImageNet>, device: &Device) -> Self {
        if *device == Device::flex() {
            return Self::new(net);
        }
        let on_device = DeviceNet::new(&net, device);
        let values = on_device.values(net.values());
        Self::of_values(net, on_device, &values)
    }

    /// With parameters `values` \[P\] that are on the device already; `net` has the sizes.
    pub(crate) fn of_values(net: Arc<ImageNet>, on_device: DeviceNet, values: &Tensor<1>) -> Self {
        let parameters = on_device.parameters(values);
        Self { net, engine: Engine::Device(Arc::new((on_device, parameters))), class: None }
    }

    /// The same network, told that images are of a class.
    ///
    /// # Errors
    /// If it knows no such class.
    pub fn of_class(&self, class: usize) -> Result<Self, String> {
        let known = self.net.config().classes;
        match u16::try_from(class).ok().filter(|_| class < known) {
            Some(class) => Ok(Self { class: Some(class), ..self.clone() }),
            None => Err(format!("class {class}: the network knows {known}")),
        }
    }

    /// The sizes.
    pub fn config(&self) -> ImageNetConfig {
        self.net.config()
    }

    /// The same network computed on `device`; not of [`Self::of_values`], whose numbers are on a device alone.
    pub(super) fn moved_to(&self, device: &Device) -> Self {
        Self { class: self.class, ..Self::on(self.net.clone(), device) }
    }

    /// An answer that stays on the device, mixed with the free one by `guidance`; none on the CPU.
    fn answer_on_device(
        &self,
        states: &[u16],
        kappas: &[Kappa],
        guidance: Option<f64>,
    ) -> anyhow::Result<Option<Box<dyn BatchAnswer>>> {
        let Engine::Device(engine) = &self.engine else { return Ok(None) };
        check_batch(self, states, kappas)?;
        let (net, parameters) = &**engine;
        Ok(Some(Box::new(net.answer(parameters, (states, kappas), self.class, guidance))))
    }
}

/// A network that is asked twice, of a class and whatever it is, and mixed as [`Guided`] says, on its device if it has one.
pub(super) struct GuidedImages {
    conditional: ImageDenoiser,
    weight: f64,
    mixed: Guided,
}

impl GuidedImages {
    /// `conditional` is of a class.
    ///
    /// # Errors
    /// If the weight is out of range.
    pub fn new(conditional: ImageDenoiser, weight: f64) -> anyhow::Result<Self> {
        let free = ImageDenoiser { class: None, ..conditional.clone() };
        let mixed = Guided::new(Arc::new(conditional.clone()), Arc::new(free), weight)?;
        Ok(Self { conditional, weight, mixed })
    }
}

impl SequenceDenoiser for GuidedImages {
    fn tokens(&self) -> usize {
        self.mixed.tokens()
    }

    fn values(&self) -> usize {
        self.mixed.values()
    }

    fn source(&self) -> SequenceSource {
        self.mixed.source()
    }

    fn passes(&self) -> usize {
        self.mixed.passes()
    }

    fn ask(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>> {
        self.mixed.ask(states, kappas)
    }

    fn ask_batch(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn BatchAnswer>> {
        match self.conditional.answer_on_device(states, kappas, Some(self.weight))? {
            Some(answer) => Ok(answer),
            None => self.mixed.ask_batch(states, kappas),
        }
    }
}

impl SequenceDenoiser for ImageDenoiser {
    fn tokens(&self) -> usize {
        self.config().tokens()
    }

    fn values(&self) -> usize {
        self.config().values
    }

    fn source(&self) -> SequenceSource {
        self.config().source
    }

    fn ask(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>> {
        check_batch(self, states, kappas)?;
        let n = self.tokens();
        let told = |kappa: &Kappa| Told { class: self.class, kappa: *kappa };
        let images = match &self.engine {
            Engine::Cpu(prepared) => {
                let each = states.par_chunks_exact(n).zip(kappas);
                let images = each.map_init(Pass::default, |pass, (state, kappa)| {
                    self.net.infer(prepared, told(kappa), state, pass);
                    Image { outputs: std::mem::take(&mut pass.outputs), base: pass.features.base.clone() }
                });
                images.collect()
            }
            Engine::Device(engine) => {
                let (net, parameters) = &**engine;
                let mut images = Vec::with_capacity(kappas.len());
                for (states, kappas) in states.chunks(AT_ONCE * n).zip(kappas.chunks(AT_ONCE)) {
                    let told: Vec<Told> = kappas.iter().map(told).collect();
                    let [outputs, base] = net.infer(parameters, &told, states)?;
                    let each = |all: &[f32]| all.len() / kappas.len();
                    let both = outputs.chunks(each(&outputs)).zip(base.chunks(each(&base)));
                    images.extend(
                        both.map(|(outputs, base)| Image { outputs: outputs.to_vec(), base: base.to_vec() }),
                    );
                }
                images
            }
        };
        let config = self.config();
        Ok(Box::new(Asked {
            opinions: Images { config, images },
            tokens: n,
            values: config.values,
            source: config.source,
            states: states.to_vec(),
            kappas: kappas.to_vec(),
        }))
    }

    fn ask_batch(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn BatchAnswer>> {
        match self.answer_on_device(states, kappas, None)? {
            Some(answer) => Ok(answer),
            None => Ok(Box::new(TokenByToken { answer: self.ask(states, kappas)?, values: self.values() })),
        }
    }
}

/// What came out for one image.
struct Image {
    outputs: Vec<f32>,
    base: Vec<f32>,
}

struct Images {
    config: ImageNetConfig,
    images: Vec<Image>,
}

impl Opinions for Images {
    fn of(&self, sequence: usize, token: usize) -> Opinion<'_> {
        let Image { outputs, base } = &self.images[sequence];
        Opinion::of(&self.config, outputs, base, token)
    }
}
