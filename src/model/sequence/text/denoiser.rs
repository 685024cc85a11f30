//! A network for texts as a denoiser of sequences.

use super::device::DeviceTextNet;
use super::pass::{Prepared, TextPass};
use super::{TextNet, TextNetConfig};
use crate::denoiser::sequence::{SequenceAnswer, SequenceDenoiser, check_batch};
use crate::flow::{Kappa, SequenceSource};
use crate::model::sequence::answer::{Asked, Opinion, Opinions};
use crate::model::sequence::device::{AT_ONCE, Parameters};
use burn::tensor::{Device, Tensor};
use rayon::prelude::*;
use std::sync::Arc;

/// A network that answers about texts.
#[derive(Clone)]
pub struct TextDenoiser {
    net: Arc<TextNet>,
    engine: Engine,
}

/// What computes an answer.
#[derive(Clone)]
enum Engine {
    /// The network as it is written out.
    Cpu(Arc<Prepared>),
    /// burn, on a device.
    Device(Arc<(DeviceTextNet, Parameters)>),
}

impl TextDenoiser {
    /// Of a network that is not causal.
    ///
    /// # Errors
    /// If it is: it foretells, and knows nothing of what comes after a token.
    pub fn new(net: Arc<TextNet>) -> Result<Self, String> {
        if net.config().causal {
            return Err(
                "the network is autoregressive: it writes from left to right and is no denoiser".to_owned()
            );
        }
        let engine = Engine::Cpu(Arc::new(net.prepare(false)));
        Ok(Self { net, engine })
    }

    /// The same computed on `device`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn on(net: Arc<TextNet>, device: &Device) -> Result<Self, String> {
        if *device == Device::flex() {
            return Self::new(net);
        }
        let on_device = DeviceTextNet::new(&net, device);
        let values = on_device.values(net.values());
        Self::of_values(net, on_device, &values)
    }

    /// With parameters `values` \[P\] that are on the device already; `net` has the sizes.
    pub(crate) fn of_values(
        net: Arc<TextNet>,
        on_device: DeviceTextNet,
        values: &Tensor<1>,
    ) -> Result<Self, String> {
        let parameters = on_device.parameters(values);
        Ok(Self { net, engine: Engine::Device(Arc::new((on_device, parameters))) })
    }

    /// The sizes.
    pub fn config(&self) -> TextNetConfig {
        self.net.config()
    }
}

impl SequenceDenoiser for TextDenoiser {
    fn tokens(&self) -> usize {
        self.config().tokens
    }

    fn values(&self) -> usize {
        self.config().values
    }

    fn source(&self) -> SequenceSource {
        self.config().source
    }

    fn ask(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>> {
        check_batch(self, states, kappas)?;
        let TextNetConfig { tokens, values, source, .. } = self.config();
        let logits = match &self.engine {
            Engine::Cpu(prepared) => {
                let each = states.par_chunks_exact(tokens).zip(kappas);
                let texts = each.map_init(TextPass::default, |pass, (state, kappa)| {
                    self.net.infer(prepared, *kappa, state, pass);
                    std::mem::take(&mut pass.outputs)
                });
                texts.collect()
            }
            Engine::Device(engine) => {
                let (net, parameters) = &**engine;
                let mut texts = Vec::with_capacity(kappas.len());
                for (states, kappas) in states.chunks(AT_ONCE * tokens).zip(kappas.chunks(AT_ONCE)) {
                    let outputs = net.infer(parameters, kappas, states)?;
                    texts.extend(outputs.chunks_exact(tokens * values).map(<[f32]>::to_vec));
                }
                texts
            }
        };
        let (states, kappas) = (states.to_vec(), kappas.to_vec());
        Ok(Box::new(Asked { opinions: Texts { values, logits }, tokens, values, source, states, kappas }))
    }
}

/// What came out: logits \[N, K\] of every text.
struct Texts {
    values: usize,
    logits: Vec<Vec<f32>>,
}

impl Opinions for Texts {
    fn of(&self, sequence: usize, token: usize) -> Opinion<'_> {
        Opinion::Categorical(&self.logits[sequence][token * self.values..][..self.values])
    }
}
