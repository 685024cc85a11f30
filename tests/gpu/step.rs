//! The shader that steps particles against its CPU twin: the same states, bit for bit.

use std::ops::ControlFlow;
use std::sync::Arc;

use dfm_explorer::data::{FlowSpec, SourceSpec};
use dfm_explorer::denoiser::grid::Oracle;
use dfm_explorer::flow::grid::{AxisKernel, Part};
use dfm_explorer::flow::{Axis, Corrector, Coupling};
use dfm_explorer::gpu::{DeviceStepper, Offscreen};
use dfm_explorer::sampler::grid::{
    Carrier, Key, Method, Particles, SamplerConfig, Setup, Stage, StepKernel, StepTables, Stepper, Sweeps,
    run, step_particles,
};
use ndarray::{Array2, Array3};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

pub const TESTS: crate::Tests = &[
    ("random_kernels_give_the_twins_states", random_kernels_give_the_twins_states),
    ("whole_runs_give_the_twins_particles", whole_runs_give_the_twins_particles),
    (
        "one_token_at_a_time_and_draws_from_the_mask_give_the_twins_particles",
        one_token_at_a_time_and_draws_from_the_mask_give_the_twins_particles,
    ),
    (
        "what_is_too_large_for_the_device_is_stepped_all_the_same",
        what_is_too_large_for_the_device_is_stepped_all_the_same,
    ),
];

fn stepper() -> DeviceStepper {
    let offscreen = Offscreen::new(None).expect("an adapter that starts");
    let state = offscreen.render_state();
    DeviceStepper::new(&state.device, &state.queue).expect("the pipeline")
}

/// A distribution with zeros in it.
fn distribution(v: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let weights: Vec<f64> = (0..v)
        .map(|_| if rng.random_bool(0.3) { 0.0 } else { rng.random_range(0.0f64..1.0).powi(4) })
        .collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|w| if total > 0.0 { w / total } else { 1.0 / v as f64 }).collect()
}

fn random_kernel(axis: Axis, v: usize, parts: usize, rng: &mut ChaCha8Rng) -> AxisKernel {
    let mut weights: Vec<Array2<f64>> = (0..=parts).map(|_| Array2::zeros((v, v))).collect();
    for z in 0..v * v {
        let split = distribution(parts + 1, rng);
        // Some states where nothing moves.
        let still = rng.random_bool(0.1);
        for (n, (weight, share)) in weights.iter_mut().zip(split).enumerate() {
            weight[[z / v, z % v]] = if still { f64::from(n == 0) } else { share };
        }
    }
    let stay = weights.remove(0);
    let parts = weights.into_iter().map(|weight| {
        let mut column = Array2::zeros((v, v));
        for other in 0..v {
            for (y, p) in distribution(v, rng).into_iter().enumerate() {
                column[if axis == Axis::First { [y, other] } else { [other, y] }] = p;
            }
        }
        Part { weight, column: Arc::new(column), factors: None }
    });
    AxisKernel::Mixture { axis, stay, parts: parts.collect() }
}

fn random_table(axis: Axis, v: usize, rng: &mut ChaCha8Rng) -> AxisKernel {
    let mut table = Array3::zeros((v, v, v));
    for z in 0..v * v {
        for (y, p) in distribution(v, rng).into_iter().enumerate() {
            table[[y, z / v, z % v]] = p;
        }
    }
    AxisKernel::Dense { axis, table }
}

fn random_kernels_give_the_twins_states() {
    let mut stepper = stepper();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (v, count) in [(2, 1), (3, 1000), (65, 100_000), (16, 5000), (257, 30_000)] {
        for parts in [0, 1, 3] {
            let first = random_kernel(Axis::First, v, parts, &mut rng);
            let second = random_kernel(Axis::Second, v, 2, &mut rng);
            let table = if v < 100 { random_table(Axis::Second, v, &mut rng) } else { second.clone() };
            let mut states: Vec<[u16; 2]> =
                (0..count).map(|_| [0, 1].map(|_| rng.random_range(0..v) as u16)).collect();
            for (step, kernels) in [[&first, &second], [&first, &table], [&first, &second]].iter().enumerate()
            {
                let tables = StepTables::new(*kernels);
                let key = Key { seed: rng.random(), step: step as u32 };
                let mut twin = states.clone();
                step_particles(&mut twin, &tables, key);
                stepper.step_particles(&mut states, &tables, key).expect("a step");
                assert_eq!(states, twin, "V {v}, {parts} parts, step {step}");
            }
        }
    }
}

fn whole_runs_give_the_twins_particles() {
    let stepper = stepper();
    let corrected = Corrector::IMAGES;
    for (source, coupling) in [
        (SourceSpec::Uniform, Coupling::Independent),
        (SourceSpec::Mask, Coupling::Independent),
        (SourceSpec::Uniform, Coupling::OptimalTransport(0.05)),
    ] {
        let spec = FlowSpec { k: Some(16), source, coupling, ..FlowSpec::default() };
        let path = Arc::new(spec.path().expect("path"));
        for (method, corrector) in
            [(Method::Exact, Corrector::OFF), (Method::Exact, corrected), (Method::Tau, Corrector::OFF)]
        {
            let config = SamplerConfig { method, corrector, steps: 12, ..SamplerConfig::default() };
            let setup = Setup { path: &path, scheduler: spec.scheduler, config };
            let [on_device, twin] = [Some(stepper.clone()), None].map(|stepper| {
                let stepper = stepper.map(|stepper| Box::new(stepper) as Box<dyn Stepper>);
                let mut particles = Particles::new(&path, 20_000, 7).on(stepper);
                let oracle = Oracle::new(path.clone());
                run(setup, &oracle, &mut particles, |_, _| ControlFlow::Continue(())).expect("a run");
                particles.states
            });
            assert!(on_device == twin, "{coupling:?} {method} {corrector}");
        }
    }
}

/// Stages that move one token, or both from the mask alone: by themselves and between kernels of a whole run.
fn one_token_at_a_time_and_draws_from_the_mask_give_the_twins_particles() {
    let stepper = stepper();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let spec = FlowSpec { k: Some(16), source: SourceSpec::Mask, ..FlowSpec::default() };
    let path = Arc::new(spec.path().expect("path"));
    let v = path.vocabulary();
    let both_ways = |work: &dyn Fn(&mut Particles)| {
        let [on_device, twin] = [Some(stepper.clone()), None].map(|stepper| {
            let stepper = stepper.map(|stepper| Box::new(stepper) as Box<dyn Stepper>);
            let mut particles = Particles::new(&path, 20_000, 11).on(stepper);
            work(&mut particles);
            particles.states
        });
        assert!(on_device == twin);
        on_device
    };
    let drawn =
        Array2::from_shape_fn((v, v), |(a, b)| if a + 1 < v && b + 1 < v { 1.0 / 256.0 } else { 0.0 });
    let from_mask = StepKernel { stages: vec![Stage::FromMask(drawn)], clipped: false };
    let spread = both_ways(&|particles| particles.apply(&from_mask));
    assert!(spread.iter().flatten().all(|token| usize::from(*token) + 1 < v), "all were masked");
    for axis in Axis::BOTH {
        for kernel in [random_kernel(axis, v, 2, &mut rng), random_table(axis, v, &mut rng)] {
            let alone = StepKernel { stages: vec![Stage::One(kernel)], clipped: false };
            let moved = both_ways(&|particles| {
                particles.apply(&from_mask);
                particles.apply(&alone);
            });
            let [here, other] = [axis.index(), 1 - axis.index()];
            assert!(moved.iter().zip(&spread).all(|(to, from)| to[other] == from[other]), "the other stays");
            assert!(moved.iter().zip(&spread).any(|(to, from)| to[here] != from[here]));
        }
    }
    let in_turn = Sweeps { count: 2, parallel: false, share: 0.7 };
    for (method, sweeps) in [(Method::Exact, in_turn), (Method::MaskGit, Sweeps::default())] {
        let config = SamplerConfig { method, sweeps, steps: 6, ..SamplerConfig::default() };
        both_ways(&|particles| {
            let setup = Setup { path: &path, scheduler: spec.scheduler, config };
            let oracle = Oracle::new(path.clone());
            run(setup, &oracle, particles, |_, _| ControlFlow::Continue(())).expect("a run");
        });
    }
}

fn what_is_too_large_for_the_device_is_stepped_all_the_same() {
    let mut stepper = stepper();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let kernels = [random_kernel(Axis::First, 2, 1, &mut rng), random_kernel(Axis::Second, 2, 1, &mut rng)];
    let tables = StepTables::new([&kernels[0], &kernels[1]]);
    let key = Key { seed: 0, step: 1 };
    for count in [20_000_000, 10, 0] {
        let mut twin = vec![[1, 0]; count];
        let mut states = twin.clone();
        step_particles(&mut twin, &tables, key);
        stepper.step_particles(&mut states, &tables, key).expect("a step");
        assert!(states == twin, "{count} particles");
    }
}
