//! The loss of a batch of texts and its gradient.

use super::device::DeviceTextNet;
use super::pass::{Prepared, TextPass};
use super::{TextNet, TextNetConfig};
use crate::flow::{Kappa, SequenceSource};
use crate::model::sequence::answer::Opinion;
use crate::model::sequence::gradient::{Group, mixed};
use crate::model::sequence::{Dropout, GoOn, Gradients, Trained};
use burn::tensor::Device;
use rayon::prelude::*;

/// A text on its way.
#[derive(Clone, Debug)]
pub struct TextExample {
    /// The datum's tokens \[N\].
    pub data: Vec<u16>,
    /// Those that the network is shown \[N\]: of a causal one at the places where they are, K where one is hidden.
    pub state: Vec<u16>,
    /// Which of them it learns from, in order: none twice.
    pub learnt: Vec<u16>,
    /// The state's κ.
    pub kappa: Kappa,
    /// What is dropped inside the network, if anything.
    pub dropout: Option<Dropout>,
}

impl Trained for TextNet {
    type Example = TextExample;
    type Pass = TextPass;
    type OnDevice = DeviceTextNet;

    fn values(&self) -> &[f32] {
        self.values()
    }

    fn values_mut(&mut self) -> &mut [f32] {
        self.values_mut()
    }

    /// The mean over `batch` of each example's loss in nats a token: −ln p(x₁ⁱ | x) averaged over what is learnt from. With a
    /// mask source of which m ~ U{1…N} random tokens are masked its expectation is the negative ELBO a token, without
    /// weights (math.md 15.7); of a causal network it is −ln p a token.
    fn gradient_while(
        &self,
        batch: &[TextExample],
        room: &mut Gradients<TextPass>,
        go_on: &GoOn,
    ) -> Option<f64> {
        let prepared = self.prepare(true);
        room.add_up(batch, self.values.len(), go_on, |group, example| {
            group.read(self, &prepared, (example, batch.len()), go_on)
        })
    }

    fn on_device(&self, device: &Device) -> DeviceTextNet {
        DeviceTextNet::new(self, device)
    }
}

impl TextNet {
    /// The loss of each of `examples` alone, nats a token that is learnt from; 0 where there is none.
    pub fn losses(&self, examples: &[TextExample]) -> Vec<f64> {
        let prepared = self.prepare(false);
        let of = |pass: &mut TextPass, example: &TextExample| {
            if example.learnt.is_empty() {
                return 0.0;
            }
            self.infer(&prepared, example.kappa, &example.state, pass);
            let mut slopes = vec![0.0; pass.outputs.len()];
            losses(&self.config, example, &pass.outputs, 1, &mut slopes)
        };
        examples.par_iter().map_init(TextPass::default, of).collect()
    }
}

impl Group<TextPass> {
    /// One of `batch` examples; whether it was not broken off.
    fn read(
        &mut self,
        net: &TextNet,
        prepared: &Prepared,
        (example, batch): (&TextExample, usize),
        go_on: &GoOn,
    ) -> bool {
        if example.learnt.is_empty() {
            return true;
        }
        let how = (example.kappa, example.dropout);
        if !net.forward(prepared, how, &example.state, &mut self.pass, go_on) {
            return false;
        }
        self.slopes.clear();
        self.slopes.resize(self.pass.outputs.len(), 0.0);
        self.loss += losses(&net.config, example, &self.pass.outputs, batch, &mut self.slopes);
        net.backward(prepared, example.kappa, &self.slopes, (&mut self.pass, &mut self.gradient), go_on)
    }
}

/// The loss of one example and its share of the gradient by the outputs.
fn losses(
    config: &TextNetConfig,
    example: &TextExample,
    outputs: &[f32],
    batch: usize,
    slopes: &mut [f32],
) -> f64 {
    let k = config.values;
    let weight = 1.0 / (example.learnt.len() * batch) as f32;
    let mut loss = 0.0;
    for token in example.learnt.iter().map(|token| usize::from(*token)) {
        let opinion = Opinion::Categorical(&outputs[token * k..][..k]);
        let slope = &mut slopes[token * k..][..k];
        let (datum, here) = (usize::from(example.data[token]), usize::from(example.state[token]));
        loss -= f64::from(match config.source {
            SequenceSource::Uniform if !config.causal => {
                mixed(opinion, datum, here, example.kappa, k, weight, slope)
            }
            _ => opinion.gradient(datum, -weight, slope),
        });
    }
    loss / example.learnt.len() as f64
}
