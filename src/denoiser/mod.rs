//! Denoisers: anything that answers p_{1|t}(x₁ⁱ | x_t) on the grid.
//!
//! Every sampler, view and metric works with any of them: the exact [`Oracle`], the same with a dialled-in error
//! ([`Noisy`]), or a trained network (`crate::model::NetworkDenoiser`).

mod noisy;

pub use noisy::Noisy;

use crate::flow::grid::Posterior;
use crate::flow::{GridPath, Kappa};
use std::sync::Arc;

/// Answers for every state of the grid at once: with two tokens a table of all V² states is the cheapest question.
pub trait Denoiser {
    /// p_{1|t} of both tokens on all states at κ of the path (κ, never t: schedulers only change the walking speed).
    ///
    /// # Errors
    /// If the computation fails, for example on a lost device.
    fn posterior(&self, kappa: Kappa) -> anyhow::Result<Posterior>;
}

/// The exact posterior of a path.
#[derive(Clone, Debug)]
pub struct Oracle {
    path: Arc<GridPath>,
}

impl Oracle {
    /// The perfect denoiser of `path`.
    pub fn new(path: Arc<GridPath>) -> Self {
        Self { path }
    }
}

impl Denoiser for Oracle {
    fn posterior(&self, kappa: Kappa) -> anyhow::Result<Posterior> {
        Ok(self.path.posterior(kappa))
    }
}
