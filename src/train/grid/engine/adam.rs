//! Adam over a whole module and the running average of its weights, with a state that can be saved by name and loaded on
//! any device.
//!
//! burn's own whole-module optimiser keys its state by random parameter ids and loads it on the default device,
//! which may be a GPU that isn't there; the update itself is burn's.

use crate::model::Arrays;
use crate::model::grid::{ByName, map_by_name, named_tensors};
use burn::module::{Module, Param};
use burn::optim::{Adam, AdamConfig, AdamState, AdaptiveMomentumState, GradientsParams, Optimizer};
use burn::tensor::{Device, Tensor};
use std::collections::BTreeMap;

/// Running means of a parameter's gradients and of their squares, flattened.
type Moments = [Tensor<1>; 2];
/// Their names in a file.
const MOMENTS: [&str; 2] = ["adam.first", "adam.second"];

/// The optimiser and its state: [`crate::train`]'s of networks that are written out for the CPU, on a device.
#[derive(Clone)]
pub(super) struct ModuleOptimizer<M> {
    rule: Adam,
    /// The running average of the weights, without gradients.
    pub average: M,
    /// By the parameter's path in the module.
    moments: BTreeMap<String, Moments>,
    steps: usize,
}

impl<M: Module> ModuleOptimizer<M> {
    /// At the weights `average`, before the first step: β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub fn new(average: M) -> Self {
        let rule = AdamConfig::new().with_epsilon(1e-8).build();
        Self { rule, average, moments: BTreeMap::new(), steps: 0 }
    }

    /// One update of every parameter that has a gradient, and of the average, of which the share `keep` stays.
    pub fn step(&mut self, learning_rate: f64, module: M, grads: GradientsParams, keep: f64) -> M {
        let Self { rule, moments, steps, .. } = self;
        let (reached, steps_before) = (BTreeMap::new(), *steps);
        let mut update = Update { rule, moments, steps: steps_before, learning_rate, grads, reached };
        let module = map_by_name(module, &mut update);
        let mut blend = Blend { reached: update.reached, keep };
        self.average = map_by_name(self.average.clone(), &mut blend);
        self.steps += 1;
        module
    }

    /// The moments as arrays named `adam.first.…` and `adam.second.…`.
    pub fn moments(&self) -> Arrays {
        let of = |(name, moments): (&String, &Moments)| {
            let named = MOMENTS.into_iter().zip(moments);
            let all: Vec<_> = named
                .map(|(group, moment)| (format!("{group}.{name}"), moment.clone().into_data()))
                .collect();
            all
        };
        self.moments.iter().flat_map(of).collect()
    }

    /// Takes the moments up from arrays of [`Self::moments`] after `steps` updates.
    ///
    /// # Errors
    /// If a moment is missing, or does not have as many entries as its parameter.
    pub fn resume(&mut self, arrays: &Arrays, steps: usize, device: &Device) -> Result<(), String> {
        self.steps = steps;
        for (name, weights) in named_tensors(&self.average) {
            let [first, second] = MOMENTS.map(|group| arrays.get(&format!("{group}.{name}")));
            let (Some(first), Some(second)) = (first, second) else {
                return Err(format!("the optimiser's moments of {name} are missing"));
            };
            let moments = [first, second];
            if moments.iter().any(|m| m.shape().to_vec() != [weights.num_elements()]) {
                return Err(format!("the optimiser's moments of {name} have another size than the weights"));
            }
            self.moments.insert(name, moments.map(|data| Tensor::from_data(data.clone(), device)));
        }
        Ok(())
    }
}

struct Update<'a> {
    rule: &'a Adam,
    moments: &'a mut BTreeMap<String, Moments>,
    steps: usize,
    learning_rate: f64,
    grads: GradientsParams,
    /// The parameters as they are then, flattened.
    reached: BTreeMap<String, Tensor<1>>,
}

impl ByName for Update<'_> {
    fn map<const D: usize>(&mut self, name: &str, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let Some(grad) = self.grads.remove::<D>(id) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let shape = tensor.dims();
        let state = self.moments.remove(name).map(|moments| {
            let [first, second] = moments.map(|moment| moment.reshape(shape));
            AdamState { momentum: AdaptiveMomentumState::new(self.steps, first, second) }
        });
        let (updated, state) = self.rule.step(self.learning_rate, tensor.inner(), grad, state);
        if let Some(AdamState { momentum }) = state {
            let moments = [momentum.moment_1, momentum.moment_2].map(|m| m.flatten(0, D - 1));
            self.moments.insert(name.to_owned(), moments);
        }
        self.reached.insert(name.to_owned(), updated.clone().flatten(0, D - 1));
        Param::from_mapped_value(id, Tensor::from_inner(updated).require_grad(), mapper)
    }
}

struct Blend {
    reached: BTreeMap<String, Tensor<1>>,
    keep: f64,
}

impl ByName for Blend {
    fn map<const D: usize>(&mut self, name: &str, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(reached) = self.reached.remove(name) else { return param };
        let keep = self.keep;
        param.map(|old| {
            let reached = reached.reshape(old.dims());
            old.mul_scalar(keep) + reached.mul_scalar(1.0 - keep)
        })
    }
}
