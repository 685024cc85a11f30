//! The flags that every sampler in steps has.

use super::values::number;
use crate::flow::Corrector;
use crate::sampler::{Method, SamplerConfig, TimeGrid};
use clap::Args;
use std::ops::Bound;

/// Flags of `sample` and `curve`.
#[derive(Args, Clone, Debug)]
pub struct StepArgs {
    /// Corrector A tᵃ (1−t)ᵇ added to both directions, each number from 0 to 1000 [default: off]
    #[arg(long, value_name = "A,a,b", allow_hyphen_values = true)]
    corrector: Option<Corrector>,
    /// Equal steps of t or of κ, or geometric: 1−t falls by the same factor in every step
    #[arg(long, value_name = "t|kappa|geometric", default_value = "t")]
    time_grid: TimeGrid,
    /// Sharpens (below 1) or flattens (above 1) the denoiser, above 0 to 4; anything but 1 biases even the oracle
    #[arg(
        long,
        value_name = "TAU",
        default_value = "1",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(4.0)), "a number above 0 and at most 4"),
        allow_hyphen_values = true
    )]
    temperature: f64,
}

impl StepArgs {
    /// These settings with a method and a number of steps.
    pub fn config(&self, method: Method, steps: usize) -> SamplerConfig {
        let corrector = self.corrector.unwrap_or(Corrector::OFF);
        SamplerConfig { method, steps, grid: self.time_grid, corrector, temperature: self.temperature }
    }

    /// Whether nothing was asked for.
    pub fn are_default(&self) -> bool {
        self.corrector.is_none() && self.temperature == 1.0 && self.time_grid == TimeGrid::T
    }
}
