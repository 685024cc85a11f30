//! [`GridMlp`] written out for the CPU: the same function and the same gradients, several times as fast.
//!
//! Two things make it quick. The first layer sees only V different embeddings, so its product with the weights is
//! taken once for every token value and then looked up (V rows instead of one an example). And activations go through
//! vectorised loops over cache-sized groups of examples instead of one tensor operation after the other. The module in
//! burn stays the reference: it defines the parameters, runs on GPUs, and the tests compare values and gradients.

mod backward;
mod forward;

pub use backward::Workspace;

use super::{GridMlp, GridMlpConfig, named_tensors};
use crate::model::{Arrays, gather};

/// Layers of width H after the first.
const MIDDLE: usize = 2;

/// The parameters of a [`GridMlp`] in one array, in the order of [`CpuMlp::shapes`].
#[derive(Clone, Debug)]
pub struct CpuMlp {
    config: GridMlpConfig,
    values: Vec<f32>,
}

/// Views of the parameters, or of anything laid out like them.
struct Parameters<'a> {
    kappa_weight: f32,
    kappa_bias: f32,
    /// \[V, H\]
    token: &'a [f32],
    /// \[2H + 1, H\]: rows for token 1, for token 2, for κ.
    first: &'a [f32],
    first_bias: &'a [f32],
    /// \[H, H\] and \[H\] of each.
    middle: [(&'a [f32], &'a [f32]); MIDDLE],
    /// \[H, 2K\]
    head: &'a [f32],
    head_bias: &'a [f32],
}

impl CpuMlp {
    /// Name and shape of every parameter, as in the module.
    pub fn shapes(config: &GridMlpConfig) -> Vec<(&'static str, Vec<usize>)> {
        let (h, k) = (config.hidden, config.k);
        vec![
            ("kappa.weight", vec![1, 1]),
            ("kappa.bias", vec![1]),
            ("token.weight", vec![config.vocabulary(), h]),
            ("body.0.weight", vec![2 * h + 1, h]),
            ("body.0.bias", vec![h]),
            ("body.1.weight", vec![h, h]),
            ("body.1.bias", vec![h]),
            ("body.2.weight", vec![h, h]),
            ("body.2.bias", vec![h]),
            ("head.weight", vec![h, 2 * k]),
            ("head.bias", vec![2 * k]),
        ]
    }

    /// Copies the parameters of `module`.
    ///
    /// # Errors
    /// If it is not of the sizes `config`.
    pub fn from_module(config: GridMlpConfig, module: &GridMlp) -> Result<Self, String> {
        let arrays = named_tensors(module).into_iter().map(|(name, data)| (format!("net.{name}"), data));
        Self::from_arrays(config, &arrays.collect(), "net")
    }

    /// From the arrays of a group.
    ///
    /// # Errors
    /// If one is missing, of another size or not of 32-bit numbers.
    pub fn from_arrays(config: GridMlpConfig, arrays: &Arrays, group: &str) -> Result<Self, String> {
        Ok(Self { config, values: gather(&Self::shapes(&config), arrays, group)? })
    }

    /// The same network with other parameters in the order of [`Self::shapes`].
    #[must_use]
    pub fn with_values(&self, values: Vec<f32>) -> Self {
        Self { config: self.config, values }
    }

    /// The sizes.
    pub fn config(&self) -> GridMlpConfig {
        self.config
    }

    /// All parameters.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All parameters, to be changed.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    fn parameters(&self) -> Parameters<'_> {
        let (h, v, k) = (self.config.hidden, self.config.vocabulary(), self.config.k);
        let mut rest = &self.values[..];
        let mut take = |n: usize| {
            let (part, after) = rest.split_at(n);
            rest = after;
            part
        };
        Parameters {
            kappa_weight: take(1)[0],
            kappa_bias: take(1)[0],
            token: take(v * h),
            first: take((2 * h + 1) * h),
            first_bias: take(h),
            middle: std::array::from_fn(|_| (take(h * h), take(h))),
            head: take(h * 2 * k),
            head_bias: take(2 * k),
        }
    }
}

#[cfg(test)]
mod tests;
