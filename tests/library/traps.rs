//! The fifteen pitfalls of discrete flow matching (math.md 13), one by one, through the public interface.

use dfm_explorer::denoiser::grid::{Denoiser, Noisy, Oracle};
use dfm_explorer::flow::floor::{floors, kappa_nodes};
use dfm_explorer::flow::grid::{AxisKernel, Part, push, push_one};
use dfm_explorer::flow::metrics::{entropy, tv, tv_noise_floor};
use dfm_explorer::flow::{Axis, Corrector, Coupling, GridPath, Kappa, Scheduler, Source};
use dfm_explorer::sampler::grid::{
    Method, Particles, PmfCarrier, SamplerConfig, Setup, Stage, Summary, run, spans, step_kernel,
};
use ndarray::Array2;
use std::ops::ControlFlow;
use std::sync::Arc;

const SCHEDULERS: [Scheduler; 7] = [
    Scheduler::Linear,
    Scheduler::Quadratic,
    Scheduler::Cubic,
    Scheduler::Power(0.5),
    Scheduler::Cosine,
    Scheduler::Sin2,
    Scheduler::Hermite { a: 3.0, b: 3.0 },
];

/// A ridge with empty corners: correlated tokens, zeros in the pmf.
fn target(k: usize) -> Array2<f64> {
    let q = Array2::from_shape_fn((k, k), |(i, j)| {
        let d = i as f64 - 0.8 * j as f64;
        if d.abs() < 2.5 { (-d * d).exp() * (1.0 + 0.3 * j as f64) } else { 0.0 }
    });
    let total = q.sum();
    q / total
}

fn path(source: Source, coupling: Coupling) -> Arc<GridPath> {
    Arc::new(GridPath::new(&target(6), &source, coupling).expect("a path"))
}

fn masked() -> Arc<GridPath> {
    path(Source::Mask, Coupling::Independent)
}

fn uniform() -> Arc<GridPath> {
    path(Source::Uniform, Coupling::Independent)
}

/// A source whose tokens depend on each other.
fn correlated() -> Source {
    let p = Array2::from_shape_fn((6, 6), |(i, j)| if (i + j) % 2 == 0 { 1.0 } else { 0.25 });
    let total = p.sum();
    Source::Pmf(p / total)
}

fn pushed(
    path: &Arc<GridPath>,
    denoiser: &dyn Denoiser,
    scheduler: Scheduler,
    config: SamplerConfig,
) -> Array2<f64> {
    let mut carrier = PmfCarrier::new(path);
    let setup = Setup { path, scheduler, config };
    let done = run(setup, denoiser, &mut carrier, |_, _| ControlFlow::Continue(())).expect("a run");
    assert!(matches!(done, Summary { finished: true, .. }));
    carrier.pmf
}

fn oracle_bias(path: &Arc<GridPath>, scheduler: Scheduler, config: SamplerConfig) -> f64 {
    tv(&pushed(path, &Oracle::new(path.clone()), scheduler, config), path.target())
}

fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |m: f64, x| m.max(x.abs()))
}

#[test]
fn trap_01_the_last_step_is_forced() {
    let path = masked();
    // Every single revealed token is possible here, so no state keeps a mask for want of a posterior.
    assert!(path.target_marginals().iter().all(|m| m.iter().take(6).all(|&x| x > 0.0)));
    for scheduler in SCHEDULERS {
        for method in Method::ONE_STEP {
            let config = SamplerConfig { method, steps: 16, ..Default::default() };
            let p = pushed(&path, &Oracle::new(path.clone()), scheduler, config);
            let left: f64 = p.indexed_iter().filter(|((a, b), _)| *a == 6 || *b == 6).map(|(_, p)| *p).sum();
            assert!(left < 1e-14, "{scheduler} {method}");
        }
    }
}

#[test]
fn trap_02_no_view_divides_by_kappa_its_complement_or_the_pmf() {
    for path in [masked(), uniform(), path(Source::Uniform, Coupling::OptimalTransport(0.1))] {
        for kappa in [Kappa::START, Kappa::END] {
            let mut views = vec![path.pmf(kappa), path.pmf_slope(kappa), path.traffic(kappa, 2.0, 1.0)];
            for axis in Axis::BOTH {
                views.push(path.net_inflow(axis, kappa));
                views.push(path.edge_current(axis, kappa));
            }
            assert!(views.iter().flatten().all(|x| x.is_finite()));
            let net = path.net_inflow(Axis::First, kappa) + path.net_inflow(Axis::Second, kappa);
            assert!(largest(net - path.pmf_slope(kappa)) < 1e-14);
        }
    }
}

#[test]
fn trap_03_the_corrector_is_finite_at_the_start() {
    let corrector = Corrector { amplitude: 7.0, a: 0.0, b: 0.0 };
    for path in [
        masked(),
        uniform(),
        path(Source::Mask, Coupling::Keep(0.01)),
        path(correlated(), Coupling::Independent),
    ] {
        for scheduler in SCHEDULERS {
            for method in [Method::Euler, Method::Exponential, Method::Adaptive] {
                let config = SamplerConfig { method, steps: 8, corrector, ..Default::default() };
                let first = spans(&config, &path, scheduler).expect("spans")[0];
                let posterior = path.posterior(scheduler.at(first.t));
                let step = step_kernel(&config, &path, scheduler, posterior.clone(), first);
                assert!(!step.clipped || method == Method::Euler, "{scheduler} {method}");
                let [Stage::Together(kernels)] = &step.stages[..] else { panic!("one move") };
                for kernel in kernels {
                    let table = kernel.to_dense();
                    assert!(table.iter().all(|p| p.is_finite() && *p >= -1e-15), "{scheduler} {method}");
                }
            }
        }
    }
}

#[test]
fn trap_04_rates_are_destination_first() {
    let path = uniform();
    let kappa = Kappa::new(0.4);
    let p = path.pmf(kappa);
    // Transposed rates would still sum to 0 over all pairs, but not generate dp/dt.
    let mut dpdt = Array2::<f64>::zeros(p.dim());
    for axis in Axis::BOTH {
        for ((z1, z2), &mass) in p.indexed_iter() {
            for y in 0..6 {
                let mut to = [z1, z2];
                to[axis.index()] = y;
                dpdt[to] += mass * path.velocity(axis, y, [z1, z2], kappa, 1.0 / 0.6, 0.0);
            }
        }
    }
    assert!(largest(dpdt - path.pmf_slope(kappa)) < 1e-14);
}

#[test]
fn trap_05_the_mask_is_never_predicted_where_a_posterior_exists() {
    let path = masked();
    for value in [0.1, 0.5, 0.9] {
        let kappa = Kappa::new(value);
        let p = path.pmf(kappa);
        for denoiser in
            [&Oracle::new(path.clone()) as &dyn Denoiser, &Noisy::new(path.clone(), 0.3).expect("noisy")]
        {
            let answer = denoiser.posterior(kappa).expect("an answer");
            for ((z1, z2), &mass) in p.indexed_iter() {
                for kernel in &answer.axes {
                    assert!(mass == 0.0 || kernel.probability(6, [z1, z2]) == 0.0);
                }
            }
        }
    }
}

#[test]
fn trap_06_the_adaptive_step_ends() {
    let path = uniform();
    for scheduler in SCHEDULERS {
        for corrector in [Corrector::OFF, Corrector::IMAGES, Corrector { amplitude: 20.0, a: 0.0, b: 0.0 }] {
            let config =
                SamplerConfig { method: Method::Adaptive, steps: 8, corrector, ..Default::default() };
            let all = spans(&config, &path, scheduler).expect("spans");
            assert!(
                all.len() < 3000 && all.last().is_some_and(|s| s.last),
                "{scheduler}: {} steps",
                all.len()
            );
        }
    }
}

#[test]
fn trap_07_bounds_are_read_against_their_own_optimum() {
    let integral = |path: &GridPath| -> f64 {
        kappa_nodes(60).into_iter().map(|(k, w)| w * floors(path, k).generalised_kl).sum()
    };
    let h = entropy(&target(6));
    assert!((integral(&masked()) - h).abs() < 1e-8, "a mask source reaches H(q)");
    assert!(integral(&uniform()) > h + 0.1, "a uniform source can't");
}

#[test]
fn trap_08_neither_corrector_nor_cubic_helps_a_perfect_denoiser() {
    let path = masked();
    let config = SamplerConfig { steps: 32, ..Default::default() };
    let plain = oracle_bias(&path, Scheduler::Linear, config);
    let corrected = SamplerConfig { corrector: Corrector::IMAGES, ..config };
    assert!(oracle_bias(&path, Scheduler::Linear, corrected) > plain);
    assert!(oracle_bias(&path, Scheduler::Cubic, config) > plain);
}

#[test]
fn trap_09_corrector_iterations_are_exact_one_token_at_a_time_and_biased_in_parallel() {
    for path in [masked(), uniform(), path(Source::Uniform, Coupling::OptimalTransport(0.1))] {
        let kappa = Kappa::new(0.6);
        let p = path.pmf(kappa);
        // The largest step of λ : μ = κ : 1−κ: X ~ κ p_{1|t} + (1−κ) p_{0|t}.
        let (ahead, back) = (path.dense_posterior(kappa), path.dense_noise_posterior(kappa));
        let kernel = |scale: f64, i: usize| {
            let weights = [(0.6 * scale, &ahead[i]), (0.4 * scale, &back[i])];
            AxisKernel::blend(Axis::BOTH[i], &weights)
        };
        let (one, two) = (kernel(1.0, 0), kernel(1.0, 1));
        let swept = push_one(&two, &push_one(&one, &p));
        assert!(largest(&swept - &p) < 1e-14, "a sweep moved p_t");
        let drift = |scale: f64| tv(&push([&kernel(scale, 0), &kernel(scale, 1)], &p), &p);
        assert!(drift(1.0) > 1e-4);
        assert!((drift(0.25) / drift(0.125) - 4.0).abs() < 0.5, "the drift of one parallel step is O(h²)");
    }
}

#[test]
fn trap_10_particles_have_a_noise_floor() {
    let path = uniform();
    for n in [1_000, 100_000] {
        let mean = (0..8)
            .map(|seed| tv(&Particles::new(&path, n, seed).histogram(6), path.start()) / 8.0)
            .sum::<f64>();
        let floor = tv_noise_floor(path.start(), n);
        assert!((mean / floor - 1.0).abs() < 0.15, "{n}: {mean} against {floor}");
    }
}

#[test]
fn trap_11_the_cosine_scheduler_is_a_kappa() {
    for t in [0.0, 0.25, 0.5, 1.0] {
        let k = Scheduler::Cosine.at(t);
        assert!((k.value - (1.0 - (std::f64::consts::FRAC_PI_2 * t).cos())).abs() < 1e-15);
        assert!((k.value + k.complement - 1.0).abs() < 1e-15);
    }
}

#[test]
fn trap_12_renoising_from_marginals_is_refused_where_it_is_wrong() {
    let path = path(correlated(), Coupling::Independent);
    assert!(!path.renoises_from_marginals());
    assert!(uniform().renoises_from_marginals() && masked().renoises_from_marginals());
    // Why: re-noising p_0.8 to κ = 0.5 from the marginals does not arrive at p_0.5.
    let kernels = Axis::BOTH.map(|axis| {
        let back = 1.0 - 0.5 / 0.8;
        AxisKernel::Mixture {
            axis,
            stay: Array2::from_elem((6, 6), 1.0 - back),
            parts: vec![Part::constant(axis, back, &path.noise_marginals()[axis.index()])],
        }
    });
    let back = push([&kernels[0], &kernels[1]], &path.pmf(Kappa::new(0.8)));
    assert!(tv(&back, &path.pmf(Kappa::new(0.5))) > 1e-3);
}

#[test]
fn trap_13_a_denoiser_is_asked_for_kappa_so_a_scheduler_can_change() {
    // With the exact step the result depends on the κ grid only: equal κ steps of any two schedulers agree.
    let path = uniform();
    let config =
        SamplerConfig { steps: 12, grid: dfm_explorer::sampler::TimeGrid::Kappa, ..Default::default() };
    let denoiser = Noisy::new(path.clone(), 0.2).expect("noisy");
    let linear = pushed(&path, &denoiser, Scheduler::Linear, config);
    for scheduler in [Scheduler::Cubic, Scheduler::Cosine, Scheduler::Hermite { a: 2.0, b: 0.5 }] {
        assert!(largest(pushed(&path, &denoiser, scheduler, config) - &linear) < 1e-9, "{scheduler}");
    }
}

#[test]
fn trap_14_temperature_biases_sampling_and_touches_nothing_else() {
    let path = masked();
    let at = |temperature| {
        let config = SamplerConfig { steps: 64, temperature, ..Default::default() };
        oracle_bias(&path, Scheduler::Linear, config)
    };
    assert!(at(0.8) > at(0.9) && at(0.9) > at(1.0));
}

#[test]
fn trap_15_impossible_states_can_be_renoised() {
    let path = masked();
    let z = [0, 5];
    assert_eq!(path.target()[z], 0.0, "the example needs an impossible state");
    for axis in Axis::BOTH {
        let kappa = Kappa::new(0.5);
        assert_eq!(path.posterior_at(axis, z, kappa)[z[axis.index()]], 1.0);
        assert_eq!(path.noise_posterior_at(axis, z, kappa)[6], 1.0);
    }
}
