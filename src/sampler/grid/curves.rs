//! Curves of several samplers, from few steps to many: exact distance to the target against evaluations, and what of it
//! can be had while somebody waits.

use super::{CurvePoint, Method, SamplerConfig, curve_point, too_slow_to_push};
use crate::denoiser::grid::Denoiser;
use crate::flow::{FlowError, GridPath, Scheduler};
use rayon::prelude::*;

/// Steps of the last point of a curve: 1, 2, 4, ….
const MOST_STEPS: usize = 256;
/// The same for a network, whose answers are tables.
const MOST_NETWORK_STEPS: usize = 64;
/// The same for a path whose own posteriors are tables, O(V⁴) a step, beyond this many values a token.
const MOST_TABLE_STEPS: usize = 32;
const QUICK_TABLES: usize = 33;
/// The same for the trapezoidal rule, of whose exact pmf a step takes some tens of milliseconds.
const MOST_TRAPEZOIDAL_STEPS: usize = 64;
/// Beyond this many a step takes seconds and most of a gigabyte: there are no curves of tables.
const MOST_TABLES: usize = 129;

/// What one curve is of; its number of steps is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// The scheduler.
    pub scheduler: Scheduler,
    /// Everything but the number of steps.
    pub config: SamplerConfig,
}

/// A curve as far as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The denoiser by name, where several are compared.
    pub denoiser: Option<String>,
    /// Of what.
    pub sampler: Sampler,
    /// In the order of steps.
    pub points: Vec<CurvePoint>,
    /// Why there are no more of them.
    pub error: Option<String>,
}

impl Curve {
    /// Without a point; one that takes too long on `path` says so.
    pub fn new(sampler: Sampler, path: &GridPath) -> Self {
        let error = too_slow_to_push(sampler.config.method, path);
        Self { denoiser: None, sampler, points: Vec::new(), error }
    }

    /// Adds the point of `steps`. Whether it is there, or never will be: a sampler that can't be run spoils no other's curve;
    /// not if `go_on` said no.
    fn extend(
        &mut self,
        path: &GridPath,
        denoiser: &dyn Denoiser,
        steps: usize,
        go_on: impl Fn() -> bool,
    ) -> bool {
        let known = self.points.last().is_some_and(|last| last.steps >= steps);
        let Sampler { scheduler, config } = self.sampler;
        let trapezoidal = config.method == Method::Trapezoidal;
        if known || self.error.is_some() || (trapezoidal && steps > MOST_TRAPEZOIDAL_STEPS) {
            return true;
        }
        match curve_point(path, denoiser, scheduler, SamplerConfig { steps, ..config }, go_on) {
            Ok(point) => {
                self.points.extend(point);
                point.is_some()
            }
            Err(error) => {
                self.error = Some(error.to_string());
                true
            }
        }
    }
}

/// What the cost of a step depends on.
#[derive(Clone, Copy, Debug)]
pub struct CurveCost<'a> {
    /// The path.
    pub path: &'a GridPath,
    /// Whether a network answers.
    pub network: bool,
    /// The sampler's.
    pub temperature: f64,
}

impl CurveCost<'_> {
    /// Whether a step costs tens of milliseconds: kernels are tables for a network, for a path whose own posteriors are
    /// tables, and at another temperature than 1.
    pub fn is_slow(self) -> bool {
        let tables = !self.path.renoises_from_marginals() || self.temperature != 1.0;
        self.network || (tables && self.path.vocabulary() > QUICK_TABLES)
    }

    /// Steps of the last point of every curve.
    ///
    /// # Errors
    /// If there are no curves: each would take minutes.
    pub fn most_steps(self) -> Result<usize, FlowError> {
        match (self.network, self.is_slow()) {
            (_, true) if self.path.vocabulary() > MOST_TABLES => Err(FlowError::Unsupported(format!(
                "left out beyond V = {MOST_TABLES}: a step of this sampler takes seconds"
            ))),
            (true, _) => Ok(MOST_NETWORK_STEPS),
            (false, true) => Ok(MOST_TABLE_STEPS),
            (false, false) => Ok(MOST_STEPS),
        }
    }
}

/// Extends `curves` from few steps to many, 1, 2, 4, … up to `most`: while a setting changes the short runs are there at
/// once. Curves are computed in parallel, or `in_turn` where the denoiser uses all cores by itself. After each number of
/// steps they are `shown`; whether they are whole: `go_on` may say no between two steps of a run.
pub fn extend_curves(
    curves: &mut [Curve],
    (path, denoiser): (&GridPath, &(dyn Denoiser + Sync)),
    (most, in_turn): (usize, bool),
    go_on: &(dyn Fn() -> bool + Sync),
    mut shown: impl FnMut(&[Curve]),
) -> bool {
    let doublings = std::iter::successors(Some(1usize), |n| Some(2 * n)).take_while(|n| *n <= most);
    for steps in doublings {
        let extend = |curve: &mut Curve| curve.extend(path, denoiser, steps, go_on);
        let whole = if in_turn {
            curves.iter_mut().fold(true, |all, curve| all & extend(curve))
        } else {
            curves.par_iter_mut().map(extend).reduce(|| true, |a, b| a & b)
        };
        if !whole {
            return false;
        }
        shown(curves);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::grid::Oracle;
    use crate::flow::grid::testing::cases;
    use std::sync::Arc;

    fn of(methods: &[Method], path: &GridPath) -> Vec<Curve> {
        let sampler = |&method| Sampler {
            scheduler: Scheduler::Cosine,
            config: SamplerConfig { method, ..SamplerConfig::default() },
        };
        methods.iter().map(|method| Curve::new(sampler(method), path)).collect()
    }

    #[test]
    fn points_are_those_of_single_runs_in_parallel_or_in_turn_and_a_known_one_is_kept() {
        let path = Arc::new(cases().remove(0).path);
        let denoiser = Oracle::new(path.clone());
        for in_turn in [true, false] {
            // MaskGIT needs masks: its curve says so, and the others are whole.
            let mut curves = of(&[Method::Exact, Method::MaskGit, Method::Euler], &path);
            let mut shown = Vec::new();
            let whole = extend_curves(&mut curves, (&path, &denoiser), (8, in_turn), &|| true, |c| {
                shown.push(c.to_vec())
            });
            assert!(whole && shown.len() == 4 && shown[0][0].points.len() == 1);
            assert!(curves[1].points.is_empty() && curves[1].error.is_some());
            for curve in [&curves[0], &curves[2]] {
                let steps: Vec<_> = curve.points.iter().map(|point| point.steps).collect();
                assert_eq!(steps, [1, 2, 4, 8]);
                let config = SamplerConfig { steps: 4, ..curve.sampler.config };
                let alone = curve_point(&path, &denoiser, Scheduler::Cosine, config, || true);
                assert_eq!(Some(curve.points[2]), alone.expect("a run"));
            }
            assert!(!extend_curves(&mut curves, (&path, &denoiser), (16, in_turn), &|| false, |_| {}));
            assert_eq!(curves[0].points.len(), 4, "what was known stays");
        }
    }

    #[test]
    fn what_would_take_minutes_is_left_out() {
        let path = cases().remove(0).path;
        let cost = |network, temperature| CurveCost { path: &path, network, temperature };
        assert_eq!(cost(false, 1.0).most_steps(), Ok(MOST_STEPS));
        assert_eq!(cost(false, 0.5).most_steps(), Ok(MOST_STEPS), "small tables are quick");
        assert_eq!(cost(true, 1.0).most_steps(), Ok(MOST_NETWORK_STEPS));
        assert!(cost(true, 1.0).is_slow() && !cost(false, 0.5).is_slow());
    }
}
