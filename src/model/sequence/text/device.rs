//! The same network as operations of burn, on any of its devices. A text is a map \[B, N, 1, C\].

use super::layout::TextLayout;
use super::pass::seen;
use super::{TextExample, TextNet, TextNetConfig};
use crate::flow::{Kappa, SequenceSource};
use crate::model::sequence::device::{Parameters, block, mask, normalise};
use crate::model::sequence::features::{KAPPA_FEATURES, kappa_features};
use crate::model::sequence::layout::CONDITION;
use crate::model::sequence::{Products, TrainedOnDevice};
use burn::tensor::activation::{log_softmax, silu};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// A network on a device: what is the same whatever its parameters are.
#[derive(Clone)]
pub struct DeviceTextNet {
    config: TextNetConfig,
    layout: TextLayout,
    device: Device,
}

impl DeviceTextNet {
    /// The network's sizes on `device`, without its parameters.
    pub fn new(net: &TextNet, device: &Device) -> Self {
        Self { config: net.config, layout: net.layout.clone(), device: device.clone() }
    }

    /// `values` \[P\] on the device.
    pub fn values(&self, values: &[f32]) -> Tensor<1> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &self.device)
    }

    /// All parameters out of `values` \[P\], to answer with.
    pub(in crate::model::sequence) fn parameters(&self, values: &Tensor<1>) -> Parameters {
        Parameters::of(&self.layout.names, values)
    }

    /// Logits \[B, N, K\] of texts with these `states` \[B·N\].
    ///
    /// # Errors
    /// If the device fails.
    pub(in crate::model::sequence) fn infer(
        &self,
        parameters: &Parameters,
        kappas: &[Kappa],
        states: &[u16],
    ) -> anyhow::Result<Vec<f32>> {
        let outputs = self.forward(parameters, kappas, states, &[]);
        Ok(outputs.try_into_data()?.try_into_vec::<f32>()?)
    }

    fn ints<const D: usize>(&self, values: Vec<i32>, shape: [usize; D]) -> Tensor<D, Int> {
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }

    fn floats<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }

    /// The logits \[B, N, K\].
    fn forward(
        &self,
        p: &Parameters,
        kappas: &[Kappa],
        states: &[u16],
        dropouts: &[Option<crate::model::sequence::Dropout>],
    ) -> Tensor<3> {
        let TextNetConfig { values, width, .. } = self.config;
        let (b, layout) = (kappas.len(), &self.layout);
        let n = states.len() / b;
        let rows =
            states.chunks_exact(n).flat_map(|state| seen(&self.config, state)).map(i32::from).collect();
        let table = p.array(&layout.table, [self.config.vocabulary(), width]);
        let condition = layout.condition.as_ref().and_then(|condition| condition.kappa.as_ref()).map(|at| {
            let told = kappas.iter().flat_map(|kappa| kappa_features(*kappa)).collect();
            let weight = p.array(&at.weight, [KAPPA_FEATURES, CONDITION]);
            let told = self.floats(told, [b, KAPPA_FEATURES]).matmul(weight);
            silu(told + p.array(&at.bias, [1, CONDITION]))
        });
        let map: Tensor<4> = table.select(0, self.ints(rows, [b * n])).reshape([b, n, 1, width]);
        let map = layout
            .blocks
            .iter()
            .fold(map, |map, at| block(p, at, (condition.as_ref(), mask(at, dropouts, &self.device)), map));
        p.linear(&layout.head, normalise(map)).reshape([b, n, values])
    }

    /// The sum of the losses of `piece` over the size of the whole `batch`, a scalar.
    fn loss(&self, p: &Parameters, piece: &[TextExample], batch: usize) -> Tensor<1> {
        let (b, n, k) = (piece.len(), piece[0].data.len(), self.config.values);
        let kappas: Vec<Kappa> = piece.iter().map(|e| e.kappa).collect();
        let states: Vec<u16> = piece.iter().flat_map(|e| e.state.iter().copied()).collect();
        let dropouts: Vec<_> = piece.iter().map(|e| e.dropout).collect();
        let logs = log_softmax(self.forward(p, &kappas, &states, &dropouts), 2);
        let log = |values: Tensor<2, Int>| -> Tensor<2> {
            logs.clone().gather(2, values.unsqueeze_dim(2)).squeeze_dim(2)
        };
        let data = piece.iter().flat_map(|e| e.data.iter().map(|x| i32::from(*x)));
        let data = self.ints(data.collect(), [b, n]);
        let mut weights = vec![0.0; b * n];
        for (example, weights) in piece.iter().zip(weights.chunks_exact_mut(n)) {
            let weight = 1.0 / (example.learnt.len() * batch) as f32;
            example.learnt.iter().for_each(|token| weights[usize::from(*token)] = weight);
        }
        let weights = self.floats(weights, [b, n]);
        let log = match self.config.source {
            SequenceSource::Uniform if !self.config.causal => {
                let states = self.ints(states.iter().map(|x| i32::from(*x)).collect(), [b, n]);
                let same = data.clone().equal(states.clone());
                let column = |of: &dyn Fn(&TextExample) -> f64| -> Tensor<2> {
                    self.floats(piece.iter().map(|e| of(e) as f32).collect(), [b, 1])
                };
                let noise = |e: &TextExample| e.kappa.complement / k as f64;
                let here = log(states);
                let below = (here.clone().exp() * column(&|e| e.kappa.value) + column(&noise)).log();
                // ln D(datum) of math.md 2.2.
                let moved = log(data) + column(&|e| noise(e).max(f64::from(f32::MIN_POSITIVE)).ln());
                let stayed = here + column(&|e| (noise(e) + e.kappa.value).ln());
                moved.mask_where(same, stayed) - below
            }
            _ => log(data),
        };
        (log * weights).sum().neg()
    }
}

impl TrainedOnDevice for DeviceTextNet {
    type Example = TextExample;

    fn device(&self) -> &Device {
        &self.device
    }

    fn part_of_gradient(
        &self,
        values: &Tensor<1>,
        (part, whole): (&[TextExample], usize),
        products: Products,
    ) -> anyhow::Result<(f64, Tensor<1>)> {
        let part: Vec<TextExample> = part.iter().filter(|e| !e.learnt.is_empty()).cloned().collect();
        if part.is_empty() {
            return Ok((0.0, Tensor::zeros([self.layout.total], &self.device)));
        }
        let parameters = Parameters::learning(&self.layout.names, values, products);
        parameters.learn(|parameters| self.loss(parameters, &part, whole))
    }
}
