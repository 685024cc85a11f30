//! Adam over a whole module, with moments that can be saved by name and loaded on any device.
//!
//! burn's own whole-module optimiser keys its state by random parameter ids and loads it on the default device,
//! which may be a GPU that isn't there; the update itself is burn's.

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::{Adam, AdamConfig, AdamState, AdaptiveMomentumState, GradientsParams, Optimizer};
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::BTreeMap;

/// Moments of one parameter, flattened.
#[derive(Clone, Debug)]
struct Moments {
    first: Tensor<1>,
    second: Tensor<1>,
}

/// The optimiser and its state.
#[derive(Clone)]
pub struct ModuleAdam {
    rule: Adam,
    /// By the parameter's path in the module.
    moments: BTreeMap<String, Moments>,
    steps: usize,
}

impl ModuleAdam {
    /// β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub fn new() -> Self {
        Self { rule: AdamConfig::new().with_epsilon(1e-8).build(), moments: BTreeMap::new(), steps: 0 }
    }

    /// One update of every parameter that has a gradient.
    pub fn step<M: Module>(&mut self, learning_rate: f64, module: M, grads: GradientsParams) -> M {
        let mut update = Update { adam: self, learning_rate, grads, path: Vec::new() };
        let module = module.map(&mut update);
        self.steps += 1;
        module
    }

    /// The moments as arrays named `adam.first.…` and `adam.second.…`.
    pub fn to_tensors(&self) -> Vec<(String, TensorData)> {
        self.moments
            .iter()
            .flat_map(|(name, m)| {
                [
                    (format!("adam.first.{name}"), m.first.clone().into_data()),
                    (format!("adam.second.{name}"), m.second.clone().into_data()),
                ]
            })
            .collect()
    }

    /// From arrays of [`Self::to_tensors`] after `steps` updates.
    ///
    /// # Errors
    /// If a moment of one of `parameters` is missing, or does not have as many entries as it.
    pub fn from_tensors(
        tensors: &BTreeMap<String, TensorData>,
        parameters: &[(String, TensorData)],
        steps: usize,
        device: &Device,
    ) -> Result<Self, String> {
        let mut adam = Self { steps, ..Self::new() };
        for (name, weights) in parameters {
            let find = |kind: &str| tensors.get(&format!("adam.{kind}.{name}"));
            let (Some(first), Some(second)) = (find("first"), find("second")) else {
                return Err(format!("the optimiser's moments of {name} are missing"));
            };
            if [first, second].iter().any(|m| m.shape().to_vec() != [weights.num_elements()]) {
                return Err(format!("the optimiser's moments of {name} have another size than the weights"));
            }
            let load = |data: &TensorData| Tensor::from_data(data.clone(), device);
            adam.moments.insert(name.clone(), Moments { first: load(first), second: load(second) });
        }
        Ok(adam)
    }
}

struct Update<'a> {
    adam: &'a mut ModuleAdam,
    learning_rate: f64,
    grads: GradientsParams,
    path: Vec<String>,
}

impl ModuleMapper for Update<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let Some(grad) = self.grads.remove::<D>(id) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let shape = tensor.dims();
        let name = self.path.join(".");
        let state = self.adam.moments.remove(&name).map(|m| AdamState {
            momentum: AdaptiveMomentumState::new(
                self.adam.steps,
                m.first.reshape(shape),
                m.second.reshape(shape),
            ),
        });
        let (updated, state) = self.adam.rule.step(self.learning_rate, tensor.inner(), grad, state);
        if let Some(AdamState { momentum }) = state {
            let [first, second] = [momentum.moment_1, momentum.moment_2].map(|m| m.flatten(0, D - 1));
            self.adam.moments.insert(name, Moments { first, second });
        }
        Param::from_mapped_value(id, Tensor::from_inner(updated).require_grad(), mapper)
    }
}
