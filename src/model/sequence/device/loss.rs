//! The loss of a batch ([`super::super::gradient`]).

use super::heads::log_p;
use super::{DeviceNet, Parameters, Told};
use crate::flow::SequenceSource;
use crate::model::sequence::Example;
use burn::tensor::{Int, Tensor, TensorData};

impl DeviceNet {
    /// The sum of the losses of `piece` over the size of the whole `batch`, a scalar.
    pub(super) fn loss(&self, p: &Parameters, piece: &[Example], batch: usize) -> Tensor<1> {
        let config = &self.config;
        let (b, n) = (piece.len(), config.tokens());
        let told: Vec<Told> = piece.iter().map(|e| Told { class: e.class, kappa: e.kappa }).collect();
        let states: Vec<u16> = piece.iter().flat_map(|e| e.state.iter().copied()).collect();
        let mut seen = self.look(&states, &told);
        seen.dropouts = piece.iter().map(|e| e.dropout).collect();
        let outputs = self.forward(p, &seen);
        // Bases of ordered values are one a token.
        let base = seen.base.clone();
        let data = piece.iter().flat_map(|e| e.data.iter().map(|x| i32::from(*x)));
        let data = self.ints(data.collect(), [b, n]);
        let log = |values: Tensor<2, Int>| log_p(config, outputs.clone(), base.clone(), values);
        let (log, open) = match config.source {
            SequenceSource::Mask => {
                let open = seen.states.clone().equal_elem(config.values as i32).float();
                (log(data), open)
            }
            SequenceSource::Uniform => {
                let same = data.clone().equal(seen.states.clone());
                let column = |of: &dyn Fn(&Example) -> f64| -> Tensor<2> {
                    let values: Vec<f32> = piece.iter().map(|e| of(e) as f32).collect();
                    Tensor::from_data(TensorData::new(values, [b, 1]), &self.device)
                };
                let noise = |e: &Example| e.kappa.complement / config.values as f64;
                let here = log(seen.states.clone());
                let below = (here.clone().exp() * column(&|e| e.kappa.value) + column(&noise)).log();
                // ln D(datum) of math.md 2.2.
                let moved = log(data) + column(&|e| noise(e).max(f64::from(f32::MIN_POSITIVE)).ln());
                let stayed = here + column(&|e| (noise(e) + e.kappa.value).ln());
                let ones = Tensor::ones([b, n], &self.device);
                (moved.mask_where(same, stayed) - below, ones)
            }
        };
        let each = open.clone().sum_dim(1).clamp_min(1.0) * batch as f32;
        (log * open / each).sum().neg()
    }
}
