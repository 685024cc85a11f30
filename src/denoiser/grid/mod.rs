//! Denoisers on the grid: anything that answers p_{1|t}(x₁ⁱ | x_t) for two tokens.
//!
//! The exact [`Oracle`], the same with a dialled-in error ([`Noisy`]), or a trained network
//! (`crate::model::grid::NetworkDenoiser`).

mod noisy;

pub use noisy::Noisy;

use crate::flow::grid::Posterior;
use crate::flow::{Axis, GridPath, Kappa};
use ndarray::{Array1, Array2};
use std::sync::Arc;

/// Answers for every state of the grid at once: with two tokens a table of all V² states is the cheapest question.
pub trait Denoiser {
    /// p_{1|t} of both tokens on all states at κ of the path (κ, never t: schedulers only change the walking speed).
    ///
    /// # Errors
    /// If the computation fails, for example on a lost device.
    fn posterior(&self, kappa: Kappa) -> anyhow::Result<Posterior>;

    /// p_{1|t}(y | z) of one token in single states, each at its own κ: \[n, V\]. For samplers whose particles are not
    /// all at the same time.
    ///
    /// # Errors
    /// If the computation fails.
    fn posterior_rows(
        &self,
        axis: Axis,
        states: &[[u16; 2]],
        kappas: &[Kappa],
    ) -> anyhow::Result<Array2<f64>>;
}

/// Rows of a function of state and κ.
fn rows_of(
    v: usize,
    states: &[[u16; 2]],
    kappas: &[Kappa],
    row: impl Fn([usize; 2], Kappa) -> Array1<f64>,
) -> Array2<f64> {
    let mut rows = Array2::zeros((states.len(), v));
    for ((mut out, state), kappa) in rows.outer_iter_mut().zip(states).zip(kappas) {
        out.assign(&row(state.map(usize::from), *kappa));
    }
    rows
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

    fn posterior_rows(
        &self,
        axis: Axis,
        states: &[[u16; 2]],
        kappas: &[Kappa],
    ) -> anyhow::Result<Array2<f64>> {
        let row = |z, kappa| self.path.posterior_at(axis, z, kappa);
        Ok(rows_of(self.path.vocabulary(), states, kappas, row))
    }
}
