//! The sampling loop: one denoiser evaluation a step, the last step forced.

use super::maskgit::round_kernel;
use super::step::drawn_ahead;
use super::{Carrier, EventSpan, Method, SamplerConfig, TwoStage, spans, step_kernel, sweep_kernel};
use crate::denoiser::grid::Denoiser;
use crate::flow::grid::Posterior;
use crate::flow::{Axis, GridPath, Kappa, Scheduler};
use crate::sampler::SamplerError;
use crate::sampler::rounds::round_kappa;
use std::ops::ControlFlow;

/// What is sampled and how.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// The path; its start is where particles begin, its source what a corrector re-noises with.
    pub path: &'a GridPath,
    /// How fast the path is walked.
    pub scheduler: Scheduler,
    /// The sampler.
    pub config: SamplerConfig,
}

/// Where a run is: told before every step and once at the end.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// Steps done, 0..=total.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
    /// The time of the state.
    pub t: f64,
    /// The denoiser's answer at `t`; none at the end, where nothing more is asked.
    pub posterior: Option<&'a Posterior>,
}

/// What a whole run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Denoiser evaluations, the forced last step included.
    pub nfe: usize,
    /// Steps whose probabilities had to be cut off at 1 (Euler steps that are too long).
    pub clipped_steps: usize,
    /// False when the observer broke off.
    pub finished: bool,
}

/// Runs `carrier` from t = 0 to t = 1. `observe` sees the carrier before each step and at the end, and may break off.
///
/// # Errors
/// On settings out of range, an adaptive rule that needs too many steps, or a denoiser that fails.
pub fn run<C: Carrier>(
    setup: Setup<'_>,
    denoiser: &dyn Denoiser,
    carrier: &mut C,
    mut observe: impl FnMut(&C, Moment<'_>) -> ControlFlow<()>,
) -> Result<Summary, SamplerError> {
    let config = setup.config.checked_on(setup.path)?;
    let scheduler = setup.scheduler.validated()?;
    let all = spans(&config, setup.path, scheduler)?;
    let total = all.len();
    let mut summary = Summary::default();
    let ask = |kappa| denoiser.posterior(kappa).map_err(SamplerError::Denoiser);
    // What sweeps have asked at a step's end serves the next step's start.
    let mut known: Option<Posterior> = None;
    for (done, &span) in all.iter().enumerate() {
        let (now, then) = (scheduler.at(span.t), scheduler.at(span.t_next));
        let asked_at = if config.method == Method::MaskGit { round_kappa(done, total) } else { now };
        let posterior = known.take().map_or_else(|| ask(asked_at), Ok)?;
        let moment = Moment { done, total, t: span.t, posterior: Some(&posterior) };
        if observe(carrier, moment).is_break() {
            return Ok(summary);
        }
        let mut clipped = false;
        match config.method {
            Method::Ctmc => {
                carrier.follow(&EventSpan { path: setup.path, denoiser, now, then, last: span.last })?;
            }
            Method::MaskGit => carrier.apply(&round_kernel(&config, &posterior, done)),
            method if method.has_two_stages() && !span.last => {
                let step = two_stages(&config, setup.path, &posterior, (now, then), ask)?;
                carrier.look_ahead(&step)?;
                summary.nfe += 1;
            }
            _ => {
                let kernel = step_kernel(&config, setup.path, scheduler, posterior, span);
                carrier.apply(&kernel);
                clipped = kernel.clipped;
            }
        }
        summary.nfe += 1;
        summary.clipped_steps += usize::from(clipped);
        if config.sweeps.count > 0 && !span.last {
            let there = ask(then)?;
            let axes = [0, 1].map(|i| there.axes[i].with_temperature(config.temperature).into_owned());
            let sweep = sweep_kernel(setup.path, &Posterior { axes }, then, config.sweeps);
            (0..config.sweeps.count).for_each(|_| carrier.apply(&sweep));
            summary.nfe += config.sweeps.passes();
            known = Some(there);
        }
    }
    if config.method == Method::Ctmc {
        // However often the run was looked at: a particle asks when a clock of its own rings.
        summary.nfe = EventSpan::expected_questions(setup.path).round() as usize;
    }
    summary.finished = observe(carrier, Moment { done: total, total, t: 1.0, posterior: None }).is_continue();
    Ok(summary)
}

/// A step of a two-stage method: half of it in the clock in which every token rings at rate 1, and the second answer.
fn two_stages(
    config: &SamplerConfig,
    path: &GridPath,
    posterior: &Posterior,
    (now, then): (Kappa, Kappa),
    ask: impl Fn(Kappa) -> Result<Posterior, SamplerError>,
) -> Result<TwoStage, SamplerError> {
    let length = -path.redraws().log_survival(now, then);
    let middle = path.redraws().after_survival(now, (-0.5 * length).exp());
    let rings = |posterior: &Posterior, kappa: Kappa| {
        let shares = path.redraws().forward_shares(kappa);
        Axis::BOTH.map(|axis| {
            let target = posterior.axes[axis.index()].with_temperature(config.temperature);
            drawn_ahead(path, axis, &target, shares.times(1.0 / shares.total()))
        })
    };
    let (early, late) = (rings(posterior, now), rings(&ask(middle)?, middle));
    let first = [0, 1].map(|i| early[i].clone().leave_or_stay(0.5 * length));
    Ok(TwoStage { first, early, late, half: 0.5 * length, midpoint: config.method == Method::Midpoint })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::grid::{Noisy, Oracle};
    use crate::flow::grid::outer;
    use crate::flow::grid::testing::{cases, largest, small_target};
    use crate::flow::metrics::{tv, tv_noise_floor};
    use crate::flow::{Corrector, Coupling, Source};
    use crate::sampler::grid::{Particles, PmfCarrier, Sweeps};
    use crate::sampler::{CorrectorBy, TimeGrid};
    use ndarray::Array2;
    use std::sync::Arc;

    fn path(source: &Source) -> Arc<GridPath> {
        Arc::new(GridPath::new(&small_target(5), source, Coupling::Independent).expect("path"))
    }

    fn pushed(path: &Arc<GridPath>, scheduler: Scheduler, config: SamplerConfig) -> Array2<f64> {
        let mut carrier = PmfCarrier::new(path);
        let setup = Setup { path, scheduler, config };
        let done = run(setup, &Oracle::new(path.clone()), &mut carrier, |_, _| ControlFlow::Continue(()));
        assert!(done.expect("run").finished);
        carrier.pmf
    }

    fn config(method: Method, steps: usize) -> SamplerConfig {
        SamplerConfig { method, steps, ..Default::default() }
    }

    #[test]
    fn bias_is_that_of_the_reference_script() {
        // check_math.py, section 5: TV(p_final, q) of the pushed pmf at n = 1, 8, 64.
        let (mask, uniform) = (path(&Source::Mask), path(&Source::Uniform));
        for (path, scheduler, method, expected) in [
            (&uniform, Scheduler::Quadratic, Method::Exact, [0.33089, 0.10169, 0.01375]),
            (&uniform, Scheduler::Cubic, Method::Euler, [0.33089, 0.14363, 0.02171]),
            (&uniform, Scheduler::Cubic, Method::Exponential, [0.33089, 0.14780, 0.03252]),
            (&uniform, Scheduler::Cosine, Method::Exact, [0.33089, 0.08912, 0.01168]),
        ] {
            for (n, expected) in [1, 8, 64].into_iter().zip(expected) {
                let bias = tv(&pushed(path, scheduler, config(method, n)), path.target());
                assert!((bias - expected).abs() < 6e-6, "{scheduler} {method} n={n}: {bias}");
            }
        }
        // Tau-leaping, exactly one Poisson event.
        for (n, expected) in [(8, 0.07558), (32, 0.02188), (128, 0.00590)] {
            let bias = tv(&pushed(&uniform, Scheduler::Linear, config(Method::Tau, n)), uniform.target());
            assert!((bias - expected).abs() < 6e-6, "tau n={n}: {bias}");
        }
        // Correctors, exponential kernel at n = 16, 64 and overshoot/re-noise.
        for (path, scheduler, method, n, expected) in [
            (&mask, Scheduler::Linear, Method::Exponential, 16, 0.0369),
            (&mask, Scheduler::Cubic, Method::Exponential, 64, 0.0279),
            (&uniform, Scheduler::Linear, Method::Exponential, 64, 0.0432),
            (&mask, Scheduler::Linear, Method::Exact, 16, 0.0337),
            (&uniform, Scheduler::Cubic, Method::Exact, 64, 0.0510),
        ] {
            let config = SamplerConfig { corrector: Corrector::IMAGES, ..config(method, n) };
            let bias = tv(&pushed(path, scheduler, config), path.target());
            assert!((bias - expected).abs() < 6e-5, "{scheduler} {method} n={n}: {bias}");
        }
        // Temperature on the oracle, linear, n = 64.
        for (path, temperature, expected) in
            [(&mask, 0.9, 0.0256), (&mask, 0.8, 0.0599), (&uniform, 0.9, 0.0127), (&uniform, 0.8, 0.0218)]
        {
            let config = SamplerConfig { temperature, ..config(Method::Exact, 64) };
            let bias = tv(&pushed(path, Scheduler::Linear, config), path.target());
            assert!((bias - expected).abs() < 6e-5, "temperature {temperature}: {bias}");
        }
    }

    #[test]
    fn mask_source_with_the_exact_step_has_its_closed_form() {
        let path = path(&Source::Mask);
        let [q1, q2] = path.target_marginals();
        let product = outer(q1, q2);
        for scheduler in [Scheduler::Linear, Scheduler::Cubic, Scheduler::Cosine] {
            for n in [1, 3, 10] {
                for grid in [TimeGrid::T, TimeGrid::Kappa] {
                    let config = SamplerConfig { grid, ..config(Method::Exact, n) };
                    let steps = spans(&config, &path, scheduler).expect("spans");
                    let s: f64 = steps
                        .iter()
                        .map(|x| (scheduler.kappa(x.t_next) - scheduler.kappa(x.t)).powi(2))
                        .sum();
                    let closed = path.target() * (1.0 - s) + &(&product * s);
                    assert!(largest(&(pushed(&path, scheduler, config) - closed)) < 1e-12);
                }
            }
        }
    }

    #[test]
    fn no_mask_is_left_over() {
        // Trap 1: without the forced last step quadratic Euler leaves 0.9% of the mass masked.
        let path = path(&Source::Mask);
        for method in Method::ALL {
            let p = pushed(&path, Scheduler::Quadratic, config(method, 16));
            let left: f64 = p.indexed_iter().filter(|((a, b), _)| *a == 5 || *b == 5).map(|(_, p)| p).sum();
            assert!(left < 1e-15, "{method}: {left}");
        }
    }

    #[test]
    fn a_perfect_denoiser_gains_nothing_from_corrector_or_cubic_a_wrong_one_does() {
        // Trap 8 and math.md 5.8.
        let path = path(&Source::Mask);
        let bias = |denoiser: &dyn Denoiser, scheduler, corrector, steps| {
            let mut carrier = PmfCarrier::new(&path);
            let config = SamplerConfig { corrector, ..config(Method::Exact, steps) };
            let setup = Setup { path: &path, scheduler, config };
            run(setup, denoiser, &mut carrier, |_, _| ControlFlow::Continue(())).expect("run");
            tv(&carrier.pmf, path.target())
        };
        let oracle = Oracle::new(path.clone());
        let plain = bias(&oracle, Scheduler::Linear, Corrector::OFF, 64);
        assert!(bias(&oracle, Scheduler::Linear, Corrector::IMAGES, 64) > plain);
        assert!(bias(&oracle, Scheduler::Cubic, Corrector::OFF, 64) > plain);
        // check_math.py: 40% uniform error while both tokens are masked, overshoot corrector, n = 64.
        let wrong = Noisy::new(path.clone(), 0.4).expect("epsilon").early();
        for (corrector, expected) in [
            (Corrector::OFF, 0.0326),
            (Corrector::IMAGES, 0.0264),
            (Corrector { amplitude: 10.0, a: 1.0, b: 0.0 }, 0.0255),
        ] {
            let found = bias(&wrong, Scheduler::Linear, corrector, 64);
            assert!((found - expected).abs() < 6e-5, "{corrector}: {found}");
        }
    }

    #[test]
    fn the_corrector_s_kernels_are_the_integrated_rates_brute_force() {
        // math.md 5.2 with R integrated by Simpson's rule, every kernel written out, every pmf summed up.
        let n = 7;
        for (source, scheduler) in [(Source::Mask, Scheduler::Linear), (Source::Uniform, Scheduler::Cubic)] {
            let path = path(&source);
            let (v, corrector) = (path.vocabulary(), Corrector { amplitude: 1.5, a: 2.0, b: 0.25 });
            for by in [CorrectorBy::Exponential, CorrectorBy::Velocity] {
                let mut p = path.start().clone();
                for j in 0..n {
                    let (t, h) = (f64::from(j) / f64::from(n), 1.0 / f64::from(n));
                    let integral = |rate: &dyn Fn(f64) -> f64| -> f64 {
                        let weights = (0..=400).map(|m| match m {
                            0 | 400 => 1.0,
                            m => f64::from(2 + 2 * (m % 2)),
                        });
                        let at = |m| rate(t + h * f64::from(m) / 400.0);
                        weights.zip(0..).map(|(weight, m)| weight * at(m)).sum::<f64>() * h / 1200.0
                    };
                    let middle = t + 0.5 * h;
                    let (alpha, beta) = (corrector.alpha(middle), corrector.beta(middle));
                    let last = j + 1 == n;
                    // At the end 1/(1−κ) has no integral, and there every token is drawn from the denoiser.
                    let ahead = if last { 1.0 } else { alpha * integral(&|t| scheduler.jump_rate(t)) };
                    let back = match j {
                        _ if last => 0.0,
                        // κ'/κ has no integral from 0: the rate of the middle stands for it.
                        0 => h * beta * scheduler.backward_rate(middle),
                        _ => beta * integral(&|t| scheduler.backward_rate(t)),
                    };
                    let total = ahead + back;
                    let moved = match by {
                        _ if last => 1.0,
                        CorrectorBy::Velocity => total.min(1.0),
                        _ => 1.0 - (-total).exp(),
                    };
                    let posterior = path.posterior(scheduler.at(t)).axes;
                    let chance = |i: usize, y: usize, z: [usize; 2]| {
                        let drawn =
                            ahead * posterior[i].probability(y, z) + back * path.noise_marginals()[i][y];
                        (1.0 - moved) * f64::from(y == z[i]) + moved * drawn / total
                    };
                    p = Array2::from_shape_fn((v, v), |(a, b)| {
                        p.indexed_iter()
                            .map(|((z1, z2), p)| p * chance(0, a, [z1, z2]) * chance(1, b, [z1, z2]))
                            .sum()
                    });
                }
                let steps = n as usize;
                let config = SamplerConfig { corrector, corrector_by: by, ..config(Method::Exact, steps) };
                let error = largest(&(pushed(&path, scheduler, config) - &p));
                assert!(error < 1e-9, "{scheduler} {by}: {error:e}");
            }
        }
    }

    #[test]
    fn the_corrector_s_kernels_meet_the_reference_script_s_as_steps_shrink() {
        // check_math.py, section 5, image corrector, linear: rates frozen over each of 256 steps instead of integrated.
        for (source, frozen) in [(Source::Mask, 0.0037), (Source::Uniform, 0.0173)] {
            let path = path(&source);
            let bias = |method, corrector_by| {
                let config =
                    SamplerConfig { corrector: Corrector::IMAGES, corrector_by, ..config(method, 256) };
                tv(&pushed(&path, Scheduler::Linear, config), path.target())
            };
            let script = bias(Method::Exponential, CorrectorBy::default());
            assert!((script - frozen).abs() < 6e-5, "{script}");
            let (exponential, velocity) =
                (bias(Method::Exact, CorrectorBy::Exponential), bias(Method::Exact, CorrectorBy::Velocity));
            assert!(exponential < script, "freezing adds an error of its own: {exponential} {script}");
            assert!((velocity / exponential - 1.0).abs() < 0.15, "{velocity} {exponential}");
        }
    }

    #[test]
    fn every_method_converges_on_every_path() {
        for case in cases() {
            let path = Arc::new(case.path);
            for method in Method::ONE_STEP {
                for corrector in [Corrector::OFF, Corrector { amplitude: 2.0, a: 1.0, b: 0.5 }] {
                    let at = |steps| {
                        let p = pushed(
                            &path,
                            Scheduler::Linear,
                            SamplerConfig { corrector, ..config(method, steps) },
                        );
                        assert!((p.sum() - 1.0).abs() < 1e-12);
                        tv(&p, path.target())
                    };
                    let (coarse, fine) = (at(64), at(256));
                    assert!(fine < 0.02 && fine < 0.55 * coarse, "{} {method}: {coarse} {fine}", case.name);
                }
            }
        }
    }

    #[test]
    fn particles_follow_the_pushed_pmf_within_their_noise() {
        let n = 200_000;
        for case in cases() {
            let path = Arc::new(case.path);
            let config = config(Method::Euler, 8);
            let mut particles = Particles::new(&path, n, 7);
            let v = path.vocabulary();
            let floor = tv_noise_floor(path.start(), n);
            assert!(tv(&particles.histogram(v), path.start()) <= 2.0 * floor + 1e-12, "{} start", case.name);
            let setup = Setup { path: &path, scheduler: Scheduler::Linear, config };
            let oracle = Oracle::new(path.clone());
            run(setup, &oracle, &mut particles, |_, _| ControlFlow::Continue(())).expect("run");
            let exact = pushed(&path, Scheduler::Linear, config);
            let distance = tv(&particles.histogram(v), &exact);
            let floor = tv_noise_floor(&exact, n);
            assert!(distance < 2.0 * floor, "{}: {distance} against a floor of {floor}", case.name);
            assert!(distance > 0.2 * floor, "{}: too good to be random", case.name);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_particles_on_any_number_of_threads() {
        let path = path(&Source::Mask);
        let sample = |path: &Arc<GridPath>, config, threads: usize, seed| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
            pool.install(|| {
                let mut carrier = (PmfCarrier::new(path), Particles::new(path, 20_000, seed));
                let setup = Setup { path, scheduler: Scheduler::Cubic, config };
                let oracle = Oracle::new(path.clone());
                run(setup, &oracle, &mut carrier, |_, _| ControlFlow::Continue(())).expect("run");
                (carrier.0.pmf, carrier.1.states)
            })
        };
        let is_the_same = |path: &Arc<GridPath>, config: SamplerConfig| {
            let here = format!("{} {config}", path.conditional());
            let one = sample(path, config, 1, 3);
            assert!(one == sample(path, config, 4, 3), "{here}");
            assert!(one.1 != sample(path, config, 1, 4).1, "{here}");
        };
        for method in Method::ALL {
            is_the_same(&path, config(method, 5));
        }
        let corrector = Corrector::IMAGES;
        for method in Method::ONE_STEP {
            is_the_same(&path, SamplerConfig { corrector, ..config(method, 5) });
        }
        for corrector_by in [CorrectorBy::Exponential, CorrectorBy::Velocity] {
            is_the_same(&path, SamplerConfig { corrector, corrector_by, ..config(Method::Exact, 5) });
        }
        for parallel in [false, true] {
            let sweeps = Sweeps { count: 3, parallel, share: 0.6 };
            is_the_same(&path, SamplerConfig { sweeps, ..config(Method::Exact, 5) });
        }
        let transport = Coupling::OptimalTransport(0.09);
        let tables = GridPath::new(&small_target(5), &Source::Uniform, transport).expect("path");
        is_the_same(&Arc::new(tables), SamplerConfig { corrector, ..config(Method::Exact, 5) });
        for conditional in ["metric:1,3,0.9", "three-way:0.8"] {
            let uniform = GridPath::new(&small_target(5), &Source::Uniform, Coupling::Independent);
            let path = uniform.and_then(|path| path.along(conditional.parse()?)).expect("path");
            for method in [Method::Exact, Method::Euler, Method::Tau] {
                is_the_same(&Arc::new(path.clone()), config(method, 5));
            }
        }
    }

    #[test]
    fn breaking_off_stops_at_once() {
        let path = path(&Source::Uniform);
        let mut carrier = PmfCarrier::new(&path);
        let setup = Setup { path: &path, scheduler: Scheduler::Linear, config: config(Method::Exact, 50) };
        let done = run(setup, &Oracle::new(path.clone()), &mut carrier, |_, moment| {
            if moment.done == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(done.expect("run"), Summary { nfe: 3, clipped_steps: 0, finished: false });
    }
}
