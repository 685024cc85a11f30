//! What corrector iterations do at a held time, sweep by sweep.

use super::{HeldSweeps, SweepBias, Sweeps};
use crate::flow::{FlowError, GridPath, Kappa};
use ndarray::Array2;

/// Sweeps that are shown.
pub const SHOWN_SWEEPS: usize = 100;

/// TV to p_t after 0, 1, … sweeps with a perfect denoiser, up to [`SHOWN_SWEEPS`].
#[derive(Clone, Debug, Default)]
pub struct SweepCurves {
    /// Both tokens at once, from p_t: how the bias builds up.
    pub parallel: Vec<f64>,
    /// The same from the source: a wrong pmf is drawn towards p_t, as far as the bias.
    pub parallel_from_source: Vec<f64>,
    /// One token at a time from the source.
    pub in_turn_from_source: Vec<f64>,
    /// What one sweep of one token at a time changes p_t by: rounding.
    pub in_turn: f64,
    /// Where parallel sweeps end, once found: some hundred sweeps more.
    pub bias: Option<SweepBias>,
}

impl HeldSweeps {
    /// TV to p_t now and after each of `count` sweeps; `None` if `go_on` said no before one of them.
    pub fn curve(&mut self, count: usize, go_on: impl Fn() -> bool) -> Option<Vec<f64>> {
        let mut tv = vec![self.tv()];
        for _ in 0..count {
            if !go_on() {
                return None;
            }
            self.sweep();
            tv.push(self.tv());
        }
        Some(tv)
    }
}

impl SweepCurves {
    /// Those at `kappa` with sweeps of `share` of the largest, but for the bias; `None` if `go_on` said no.
    ///
    /// # Errors
    /// As [`HeldSweeps::new`]'s.
    pub fn new(
        path: &GridPath,
        kappa: Kappa,
        share: f64,
        go_on: impl Fn() -> bool,
    ) -> Result<Option<Self>, FlowError> {
        let posterior = path.posterior(kappa);
        let held = |parallel, from: Array2<f64>| {
            HeldSweeps::new(path, &posterior, kappa, Sweeps { count: SHOWN_SWEEPS, parallel, share }, from)
        };
        let curve = |parallel, from| Ok(held(parallel, from)?.curve(SHOWN_SWEEPS, &go_on));
        let source = || path.start().clone();
        let Some(parallel) = curve(true, path.pmf(kappa))? else { return Ok(None) };
        let Some(parallel_from_source) = curve(true, source())? else { return Ok(None) };
        let Some(in_turn_from_source) = curve(false, source())? else { return Ok(None) };
        let in_turn = held(false, path.pmf(kappa))?.sweep();
        Ok(Some(Self { parallel, parallel_from_source, in_turn_from_source, in_turn, bias: None }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::cases;
    use crate::sampler::grid::sweep_bias;

    #[test]
    fn parallel_sweeps_end_in_their_bias_and_single_ones_in_none() {
        let path = cases().into_iter().find(|c| c.name == "mask, independent").expect("the case").path;
        let kappa = Kappa::new(0.6);
        let curves = SweepCurves::new(&path, kappa, 1.0, || true).expect("a mixture path").expect("whole");
        let sweeps = Sweeps { count: 1, parallel: true, share: 1.0 };
        let bias = sweep_bias(&path, kappa, sweeps, || true).expect("a mixture path").expect("whole").tv;
        for parallel in [&curves.parallel, &curves.parallel_from_source] {
            assert_eq!(parallel.len(), SHOWN_SWEEPS + 1);
            assert!((parallel[SHOWN_SWEEPS] - bias).abs() < 0.01 * bias);
        }
        assert!(curves.parallel[0] == 0.0 && curves.in_turn < 1e-13);
        assert!(curves.in_turn_from_source[SHOWN_SWEEPS] < 1e-6 && curves.in_turn_from_source[0] > 0.1);
        assert!(SweepCurves::new(&path, kappa, 1.0, || false).expect("a mixture path").is_none());
    }
}
