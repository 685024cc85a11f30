//! The times at which a sampler steps (math.md 5.2, 5.7).

use super::{Method, SamplerConfig};
use crate::flow::{ConditionalPath, Corrector, GridPath, Scheduler};
use crate::sampler::walk::{backward_rate, grid_spans};
use crate::sampler::{GEOMETRIC_END, SamplerError, Span, TimeGrid};

/// The adaptive rule ends with a forced step once less than this, or than the shortest base step, is left: with
/// κ' → 0 at t = 1, or a corrector that is still active there, its steps would shrink for ever (Zeno).
pub const FINAL_STRETCH: f64 = 1e-3;

/// A step is never shorter: the rule could stand still by rounding.
const SHORTEST: f64 = 1e-9;
const MOST_STEPS: usize = 1_000_000;

/// Forward rate α κ'/(1−κ) and backward rate β κ'/κ at `t`, per unit time; on a three-way path with the uniform draws
/// among them, on a metric path the largest hazard of any token given any x₁. Where kept tokens are re-noised from the
/// source's marginals the backward rate is that of the lifted κ. At κ = 0 it is set to 0: there is nothing to re-noise.
pub fn rates(corrector: Corrector, path: &GridPath, scheduler: Scheduler, t: f64) -> (f64, f64) {
    let beta = corrector.beta(t);
    let kappa = scheduler.at(t);
    let forward = (1.0 + beta)
        * match path.conditional() {
            ConditionalPath::Mixture => scheduler.jump_rate(t),
            ConditionalPath::ThreeWay(_) => {
                scheduler.jump_rate(t) * path.redraws().forward_shares(kappa).total()
            }
            ConditionalPath::Metric(metric) => match path.largest_metric_hazard(metric, kappa) {
                0.0 => 0.0,
                hazard => hazard * scheduler.derivative(t),
            },
        };
    (forward, backward_rate(corrector, path.lifting_rate(), scheduler, t))
}

/// All steps of a run, the last one forced.
///
/// # Errors
/// If the adaptive rule would need more than a million steps.
pub fn spans(
    config: &SamplerConfig,
    path: &GridPath,
    scheduler: Scheduler,
) -> Result<Vec<Span>, SamplerError> {
    let n = config.steps;
    if config.method != Method::Adaptive {
        return Ok(grid_spans(n, config.grid, scheduler));
    }
    let mut all = Vec::new();
    let mut t = 0.0;
    loop {
        if all.len() == MOST_STEPS {
            return Err(SamplerError::TooManySteps(MOST_STEPS));
        }
        let longest = match config.grid {
            TimeGrid::T => 1.0 / n as f64,
            TimeGrid::Kappa => scheduler.inverse((scheduler.kappa(t) + 1.0 / n as f64).min(1.0)) - t,
            TimeGrid::Geometric => (1.0 - t) * (1.0 - GEOMETRIC_END.powf(1.0 / n as f64)),
        };
        let (forward, backward) = rates(config.corrector, path, scheduler, t);
        // Where κ' is infinite (a power below 1 at t = 0) the step is the exact one of any length.
        let h = if forward.is_finite() { longest.min(1.0 / (forward + backward)) } else { longest };
        let h = h.max(SHORTEST);
        if h >= 1.0 - t - 1e-12 || 1.0 - t < FINAL_STRETCH.min(1.0 / n as f64) {
            all.push(Span { t, t_next: 1.0, last: true });
            return Ok(all);
        }
        all.push(Span { t, t_next: t + h, last: false });
        t += h;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::{SCHEDULERS, cases};

    fn count(scheduler: Scheduler, n: usize, corrector: Corrector) -> usize {
        let path = cases().remove(0).path;
        let config = SamplerConfig { method: Method::Adaptive, steps: n, corrector, ..Default::default() };
        spans(&config, &path, scheduler).expect("spans").len()
    }

    #[test]
    fn adaptive_counts_are_those_of_the_reference_script() {
        // check_math.py, section 5: evaluations of the adaptive rule.
        let images = Corrector::IMAGES;
        let text = Corrector { amplitude: 10.0, a: 0.25, b: 0.25 };
        let hermite = Scheduler::Hermite { a: 0.0, b: 0.0 };
        for (scheduler, n, corrector, expected) in [
            (Scheduler::Linear, 64, Corrector::OFF, 64),
            (Scheduler::Cubic, 8, Corrector::OFF, 8),
            (Scheduler::Cosine, 256, Corrector::OFF, 256),
            (Scheduler::Sin2, 8, Corrector::OFF, 15),
            (Scheduler::Sin2, 64, Corrector::OFF, 68),
            (hermite, 64, Corrector::OFF, 68),
            (Scheduler::Linear, 64, images, 80),
            (Scheduler::Cubic, 256, images, 264),
            (Scheduler::Sin2, 64, images, 104),
            (hermite, 64, images, 103),
            (Scheduler::Cubic, 256, text, 278),
            (Scheduler::Cosine, 256, text, 270),
        ] {
            assert_eq!(count(scheduler, n, corrector), expected, "{scheduler} {n} {corrector}");
        }
    }

    #[test]
    fn more_steps_are_more_steps() {
        // The forced end must not cap the resolution: n evaluations at least, however many.
        for scheduler in [Scheduler::Linear, Scheduler::Sin2] {
            for n in [500, 5000] {
                assert!(count(scheduler, n, Corrector::OFF) >= n, "{scheduler} {n}");
            }
        }
    }

    #[test]
    fn every_run_covers_the_whole_path_and_ends_with_one_forced_step() {
        // Traps 1 and 6.
        let path = cases().remove(0).path;
        for scheduler in SCHEDULERS {
            for method in Method::ONE_STEP {
                for grid in [TimeGrid::T, TimeGrid::Kappa, TimeGrid::Geometric] {
                    for corrector in
                        [Corrector::OFF, Corrector::IMAGES, Corrector { amplitude: 9.0, a: 0.0, b: 0.0 }]
                    {
                        let config =
                            SamplerConfig { method, steps: 17, grid, corrector, ..Default::default() };
                        let all = spans(&config, &path, scheduler).expect("spans");
                        assert_eq!(all[0].t, 0.0);
                        assert_eq!(all.last().map(|s| (s.t_next, s.last)), Some((1.0, true)));
                        assert_eq!(all.iter().filter(|s| s.last).count(), 1);
                        for pair in all.windows(2) {
                            assert_eq!(pair[0].t_next, pair[1].t);
                            assert!(pair[0].t_next > pair[0].t, "{scheduler} {method} {grid}");
                        }
                    }
                }
            }
        }
    }
}
