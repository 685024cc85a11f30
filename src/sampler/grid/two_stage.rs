//! Solvers that look ahead: a first leap shows where the rates will be, the step is then made with them.
//!
//! Both are of Ren et al. 2025, "Fast Solvers for Discrete Diffusion Models" (θ-RK-2 and θ-trapezoidal, θ = ½), in the
//! clock s = −ln κ₃ in which every token rings at rate 1: half a step is half of s. Rates below 0 are cut off; where
//! the move of one token takes a rate of the other below half of what it was, that leaves an error of first order.

use super::carrier::AxisSampler;
use super::midpoint::push_midpoint;
use super::trapezoid::{check_work, push_trapezoid};
use super::{Method, Particles, PmfCarrier};
use crate::flow::grid::AxisKernel;
use crate::flow::{FlowError, GridPath};
use crate::sampler::SamplerError;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Largest V for which the pmf of the trapezoidal rule is pushed at once: some tens of milliseconds a step.
pub const MOST_PUSHED: usize = 33;
/// Largest V for which it, or tables of the midpoint rule, are pushed at all: from masks. O(V³) of memory.
pub(super) const MOST_LOOKED_AHEAD: usize = 129;
/// Terms a step that somebody may wait for: V⁶ for V = 65, seconds.
const PATIENT: f64 = 7.6e10;
/// Those that a window may take: V⁶ for V = 33.
pub(super) const QUICK: f64 = 1.3e9;

/// Why the exact pmf of a method takes too long on `path` to be had while a slider is dragged, if so; particles can
/// still be run.
pub fn too_slow_to_push(method: Method, path: &GridPath) -> Option<String> {
    let v = path.vocabulary();
    let most = match method {
        // From masks most moves are known to be none.
        Method::Trapezoidal if path.reveals() => MOST_LOOKED_AHEAD,
        Method::Trapezoidal => MOST_PUSHED,
        Method::Midpoint if !path.renoises_from_marginals() => MOST_LOOKED_AHEAD,
        _ => return None,
    };
    (v > most).then(|| {
        format!(
            "its exact pmf is had up to V = {most} values a token here (V = {v}): there are particles alone"
        )
    })
}

/// One step: where a ring of each token leads, before and after the look ahead.
pub struct TwoStage {
    /// The leap over the first half: leaves with 1 − exp(−rates), to where they lead.
    pub first: [AxisKernel; 2],
    /// What a ring draws from at the step's start.
    pub early: [AxisKernel; 2],
    /// What it draws from at the middle.
    pub late: [AxisKernel; 2],
    /// Half of the step's length in s.
    pub half: f64,
    /// Whether the whole step is made from its start with the rates of the middle; else the second half is made from
    /// the middle with 2 × late − early, cut off at 0.
    pub midpoint: bool,
}

impl TwoStage {
    /// P(y | x, x*) of token `i` into `row`: `x` the step's start, `look` the state after the first leap.
    fn row(&self, i: usize, x: [usize; 2], look: [usize; 2], row: &mut [f64]) {
        let (early, late) = (&self.early[i], &self.late[i]);
        let from = if self.midpoint { x[i] } else { look[i] };
        for (y, out) in row.iter_mut().enumerate() {
            let there = late.probability(y, look);
            *out = if self.midpoint {
                there
            } else {
                // Rates lead away: a ring that draws the value its own state has is none.
                let there = if y == look[i] { 0.0 } else { there };
                let before = if y == x[i] { 0.0 } else { early.probability(y, x) };
                (2.0 * there - before).max(0.0)
            };
        }
        let total: f64 = row.iter().sum();
        let length = if self.midpoint { 2.0 * self.half } else { self.half };
        let rung = -(-length * total).exp_m1();
        if total > 0.0 {
            row.iter_mut().for_each(|p| *p *= rung / total);
        }
        row[from] += 1.0 - rung;
    }
}

impl PmfCarrier {
    /// Sums over both states, if there are no more than `most` terms.
    pub(super) fn look_ahead_within(&mut self, step: &TwoStage, most: f64) -> Result<(), SamplerError> {
        if !step.midpoint {
            check_work(step, &self.pmf, most)?;
            self.pmf = push_trapezoid(step, &self.pmf);
            return Ok(());
        }
        let v = self.pmf.nrows();
        let tables = step.first.iter().chain(&step.late).any(|k| matches!(k, AxisKernel::Dense { .. }));
        if tables && v > MOST_LOOKED_AHEAD {
            let why = format!(
                "the midpoint rule's exact pmf takes too much memory with tables of V = {v} values a token: use particles"
            );
            return Err(FlowError::Unsupported(why).into());
        }
        self.pmf = push_midpoint(step, &self.pmf);
        Ok(())
    }

    /// The same, with patience.
    pub(super) fn look_ahead(&mut self, step: &TwoStage) -> Result<(), SamplerError> {
        self.look_ahead_within(step, PATIENT)
    }
}

impl Particles {
    /// Every particle by itself.
    pub(super) fn look_ahead(&mut self, step: &TwoStage) {
        let samplers = [0, 1].map(|i| AxisSampler::new(&step.first[i]));
        let v = step.early[0].vocabulary();
        self.par_chunks(|states, rng| {
            let mut row = vec![0.0; v];
            for state in states {
                let x = state.map(usize::from);
                let look = [0, 1].map(|i| samplers[i].sample(x, i, rng));
                *state = [0, 1].map(|i| {
                    step.row(i, x, look, &mut row);
                    draw(&row, rng) as u16
                });
            }
        });
    }
}

fn draw(row: &[f64], rng: &mut ChaCha8Rng) -> usize {
    let mut u: f64 = rng.random();
    for (y, p) in row.iter().enumerate() {
        if u < *p {
            return y;
        }
        u -= p;
    }
    // Only rounding of the sum gets here.
    row.iter().rposition(|&p| p > 0.0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::grid::{Denoiser, Noisy, Oracle};
    use crate::flow::grid::testing::{cases, largest};
    use crate::flow::metrics::{tv, tv_noise_floor};
    use crate::flow::{ConditionalPath, Coupling, Scheduler, Source};
    use crate::sampler::TimeGrid;
    use crate::sampler::grid::{Carrier, SamplerConfig, Setup, run};
    use ndarray::Array2;
    use std::ops::ControlFlow;
    use std::sync::Arc;

    /// p' by its definition, six nested loops.
    fn by_definition(step: &TwoStage, p: &Array2<f64>) -> Array2<f64> {
        let v = p.nrows();
        let mut out = Array2::zeros((v, v));
        let (mut one, mut two) = (vec![0.0; v], vec![0.0; v]);
        for ((z1, z2), &p) in p.indexed_iter() {
            let x = [z1, z2];
            for (l1, l2) in (0..v * v).map(|l| (l / v, l % v)) {
                let mass = p * step.first[0].probability(l1, x) * step.first[1].probability(l2, x);
                step.row(0, x, [l1, l2], &mut one);
                step.row(1, x, [l1, l2], &mut two);
                for (a, pa) in one.iter().enumerate() {
                    for (b, pb) in two.iter().enumerate() {
                        out[[a, b]] += mass * pa * pb;
                    }
                }
            }
        }
        out
    }

    fn step(denoiser: &dyn Denoiser, midpoint: bool, tables: bool) -> TwoStage {
        let ask = |k: f64| {
            let axes = denoiser.posterior(crate::flow::Kappa::new(k)).expect("an answer").axes;
            let dense = |kernel: AxisKernel| AxisKernel::Dense {
                axis: kernel.axis(),
                table: kernel.to_dense().into_owned(),
            };
            if tables { axes.map(dense) } else { axes }
        };
        let early = ask(0.3);
        let first = [0, 1].map(|i| early[i].clone().leave_or_stay(0.4));
        TwoStage { first, early, late: ask(0.53), half: 0.4, midpoint }
    }

    #[test]
    fn the_pushed_pmf_is_that_of_the_definition_on_every_path() {
        let along = |p: GridPath| p.along(ConditionalPath::ThreeWay(0.8)).expect("a path");
        let three_way = cases().into_iter().filter(|c| c.name.ends_with("k, independent"));
        let three_way: Vec<_> = three_way.map(|c| along(c.path)).collect();
        assert_eq!(three_way.len(), 1);
        for path in cases().into_iter().map(|c| c.path).chain(three_way) {
            let path = Arc::new(path);
            let v = path.vocabulary();
            let mut p = Array2::from_shape_fn((v, v), |(i, j)| 1.3 + (i as f64 + 2.0 * j as f64).sin());
            p[[1, 0]] = 0.0;
            let p = &p / p.sum();
            let noisy = Noisy::new(path.clone(), 0.3).expect("epsilon");
            let oracle = Oracle::new(path.clone());
            for denoiser in [&oracle as &dyn Denoiser, &noisy] {
                for (midpoint, tables) in [(true, false), (true, true), (false, false), (false, true)] {
                    let step = step(denoiser, midpoint, tables);
                    let mut pushed = PmfCarrier::from(p.clone());
                    pushed.look_ahead(&step).expect("a small grid");
                    let error = largest(&(&pushed.pmf - &by_definition(&step, &p)));
                    assert!(error < 1e-14, "{} V = {v}: {error:e}", path.coupling());
                }
            }
        }
    }

    #[test]
    fn what_takes_too_long_is_refused_and_what_the_window_offers_is_not() {
        let path = |k: usize, source: &Source| {
            let q = Array2::from_elem((k, k), 1.0 / (k * k) as f64);
            Arc::new(GridPath::new(&q, source, Coupling::Independent).expect("path"))
        };
        let (wide, masked) = (path(66, &Source::Uniform), path(40, &Source::Mask));
        assert!(too_slow_to_push(Method::Trapezoidal, &wide).is_some_and(|why| why.contains("V = 66")));
        assert_eq!(too_slow_to_push(Method::Trapezoidal, &masked), None);
        assert_eq!(too_slow_to_push(Method::Midpoint, &wide), None);
        let pushed = |path: &Arc<GridPath>, midpoint, most| {
            let step = step(&Oracle::new(path.clone()), midpoint, false);
            let mut carrier = PmfCarrier::from(path.start().clone());
            carrier.look_ahead_within(&step, most).map(|()| (carrier.pmf.sum() - 1.0).abs())
        };
        let error = pushed(&wide, false, PATIENT).expect_err("66⁶ terms").to_string();
        assert!(error.contains("V = 66") && error.contains("particles"), "{error}");
        let too_many = path(MOST_LOOKED_AHEAD, &Source::Mask);
        let error = pushed(&too_many, false, PATIENT).expect_err("one value too many").to_string();
        assert!(
            error.contains("V = 130") && error.contains("from masks") && error.contains("V = 129"),
            "{error}"
        );
        assert!(pushed(&masked, false, QUICK).expect("few pairs have mass") < 1e-12);
        assert!(pushed(&wide, true, QUICK).expect("a few products") < 1e-12);
    }

    fn sampled<C: Carrier>(path: &Arc<GridPath>, method: Method, steps: usize, mut carrier: C) -> C {
        let config = SamplerConfig { method, steps, grid: TimeGrid::Geometric, ..Default::default() };
        let setup = Setup { path, scheduler: Scheduler::Linear, config };
        let denoiser: Box<dyn Denoiser> = Box::new(Oracle::new(path.clone()));
        let done =
            run(setup, denoiser.as_ref(), &mut carrier, |_, _| ControlFlow::Continue(())).expect("a run");
        assert_eq!(done.nfe, if method == Method::Exact { steps } else { 2 * steps - 1 });
        carrier
    }

    fn bias(path: &Arc<GridPath>, method: Method, steps: usize) -> f64 {
        tv(&sampled(path, method, steps, PmfCarrier::new(path)).pmf, path.target())
    }

    #[test]
    fn the_trapezoidal_rule_is_of_second_order_where_no_rate_is_cut_off() {
        // Tokens that depend on each other so little that no rate halves when the other token moves.
        let q = Array2::from_shape_fn((4, 4), |(i, j)| {
            1.0 + 0.25 * (1.3 * i as f64).sin() * (2.1 * j as f64).cos()
        });
        let q = &q / q.sum();
        let path = GridPath::new(&q, &Source::Uniform, Coupling::Independent).expect("path");
        let path = Arc::new(path);
        let order = |method| (bias(&path, method, 16) / bias(&path, method, 32)).log2();
        assert!(order(Method::Trapezoidal) > 1.7, "{}", order(Method::Trapezoidal));
        assert!(order(Method::Exact) < 1.2, "{}", order(Method::Exact));
    }

    #[test]
    fn on_a_target_with_holes_they_are_better_than_one_stage() {
        // The cut-off at 0 leaves them of first order here.
        for name in ["uniform, independent", "mask, independent"] {
            let path = Arc::new(cases().into_iter().find(|c| c.name == name).expect("the case").path);
            let (two, one) = (bias(&path, Method::Trapezoidal, 16), bias(&path, Method::Exact, 32));
            assert!(two < 0.8 * one, "{name}, equal evaluations: {two} {one}");
            let (two, one) = (bias(&path, Method::Midpoint, 16), bias(&path, Method::Exact, 16));
            assert!(two < 0.9 * one, "{name}, equal steps: {two} {one}");
        }
    }

    #[test]
    fn particles_follow_the_pushed_pmf() {
        let n = 100_000;
        let three_way = cases().remove(0).path.along(ConditionalPath::ThreeWay(0.8)).expect("a path");
        for path in cases().into_iter().take(4).map(|c| c.path).chain([three_way]) {
            let path = Arc::new(path);
            for method in [Method::Midpoint, Method::Trapezoidal] {
                let pushed = sampled(&path, method, 4, PmfCarrier::new(&path)).pmf;
                assert!((pushed.sum() - 1.0).abs() < 1e-12);
                let particles = sampled(&path, method, 4, Particles::new(&path, n, 9));
                let distance = tv(&particles.histogram(path.vocabulary()), &pushed);
                assert!(distance < 2.0 * tv_noise_floor(&pushed, n), "{method}: {distance}");
            }
        }
    }

    #[test]
    fn rows_are_distributions_whatever_the_denoiser_says() {
        let path = Arc::new(cases().remove(0).path);
        let wrong = Noisy::new(path.clone(), 0.7).expect("epsilon");
        let ask = |k: f64| wrong.posterior(crate::flow::Kappa::new(k)).expect("a table").axes;
        for midpoint in [true, false] {
            let step = TwoStage { first: ask(0.1), early: ask(0.1), late: ask(0.6), half: 0.4, midpoint };
            let mut row = vec![0.0; path.vocabulary()];
            let mut sums = Array2::zeros((path.vocabulary(), path.vocabulary()));
            for ((a, b), sum) in sums.indexed_iter_mut() {
                step.row(0, [a, b], [b, a], &mut row);
                assert!(row.iter().all(|p| *p >= 0.0));
                *sum = row.iter().sum::<f64>() - 1.0;
            }
            assert!(largest(&sums) < 1e-12);
        }
    }
}
