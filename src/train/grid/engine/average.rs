//! The running average of a network's weights: what is shown and saved is the average, not the last step's weights,
//! which still carry the noise of its batch.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;
use std::collections::BTreeMap;

/// Longest memory: about 1/(1 − decay) steps.
const DECAY: f64 = 0.995;

/// The weight of the old average after `step` steps: young averages forget faster, so that the first weights leave
/// no trace.
pub(super) fn decay(step: u64) -> f64 {
    let n = step as f64;
    DECAY.min((1.0 + n) / (10.0 + n))
}

/// Moves `average` towards `current`, the network after `step` steps.
pub fn blend<M: Module>(average: M, current: &M, step: u64) -> M {
    let mut collect = Collect { path: Vec::new(), flat: BTreeMap::new() };
    current.visit(&mut collect);
    let mut blend = Blend { path: Vec::new(), flat: collect.flat, keep: decay(step) };
    average.map(&mut blend)
}

struct Collect {
    path: Vec<String>,
    flat: BTreeMap<String, Tensor<1>>,
}

impl ModuleVisitor for Collect {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.flat.insert(self.path.join("."), param.val().inner().flatten(0, D - 1));
    }
}

struct Blend {
    path: Vec<String>,
    flat: BTreeMap<String, Tensor<1>>,
    keep: f64,
}

impl ModuleMapper for Blend {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(current) = self.flat.remove(&self.path.join(".")) else { return param };
        let keep = self.keep;
        param.map(|old| {
            let current = current.reshape(old.dims());
            old.mul_scalar(keep) + current.mul_scalar(1.0 - keep)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::grid::{GridMlpConfig, named_tensors};
    use burn::tensor::Device;

    #[test]
    fn the_average_moves_by_its_share() {
        let config = GridMlpConfig { k: 3, mask: false, hidden: 2 };
        let device = Device::flex();
        let (old, new) = (config.init(1, &device), config.init(2, &device.clone().autodiff()));
        let values = |m: &crate::model::grid::GridMlp| -> Vec<f32> {
            named_tensors(m).into_iter().flat_map(|(_, d)| d.try_to_vec::<f32>().expect("f32")).collect()
        };
        let blended = blend(old.clone(), &config.init(2, &device), 8);
        let keep = 0.5f32;
        for ((a, b), c) in values(&old).iter().zip(values(&new)).zip(values(&blended)) {
            assert!((keep * a + (1.0 - keep) * b - c).abs() < 1e-6);
        }
        assert_eq!(decay(1_000_000), DECAY);
    }
}
