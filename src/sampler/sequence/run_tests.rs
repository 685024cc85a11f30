//! Runs of sequences against closed forms, the grid's sampler, memory, threads and hostile settings.

use super::testing::OnGrid;
use super::*;
use crate::denoiser::grid::Oracle;
use crate::denoiser::sequence::{Empirical, Guided, Independent, SequenceAnswer, SequenceDenoiser};
use crate::flow::grid::outer;
use crate::flow::grid::testing::small_target;
use crate::flow::metrics::{tv, tv_noise_floor};
use crate::flow::{Corrector, Coupling, GridPath, Kappa, Scheduler, SequenceSource, Source};
use crate::sampler::grid::{Method, PmfCarrier, SamplerConfig, Setup, run, spans};
use crate::sampler::{CorrectorBy, SamplerError, TimeGrid};
use ndarray::Array2;
use std::ops::ControlFlow;
use std::sync::Arc;

const EXACT: SequenceConfig = SequenceConfig {
    method: SequenceMethod::Exact,
    steps: 8,
    scheduler: Scheduler::Linear,
    grid: TimeGrid::T,
    corrector: Corrector::OFF,
    corrector_by: CorrectorBy::Overshoot,
    temperature: Temperature { level: 1.0, fading: false },
    choice_temperature: 0.0,
    confidence: 0.9,
    block: 8,
    seed: 11,
};

fn grid(source: &Source) -> OnGrid {
    OnGrid::new(GridPath::new(&small_target(5), source, Coupling::Independent).expect("path"))
}

fn sample(denoiser: &dyn SequenceDenoiser, config: SequenceConfig, count: usize) -> SequenceRun {
    let setup = SequenceSetup { denoiser, config, count, first: 0, given: None };
    run_sequences(setup, |_| ControlFlow::Continue(())).expect("a run")
}

/// The pmf of pairs, \[V, V\].
fn histogram(states: &[u16], v: usize) -> Array2<f64> {
    let mut pmf = Array2::zeros((v, v));
    for pair in states.chunks(2) {
        pmf[[usize::from(pair[0]), usize::from(pair[1])]] += 2.0 / states.len() as f64;
    }
    pmf
}

/// Asserts that `n` sampled pairs are of `exact`, as near and as far as chance has it.
fn assert_sampled(states: &[u16], exact: &Array2<f64>, what: &str) {
    let (distance, floor) =
        (tv(&histogram(states, exact.nrows()), exact), tv_noise_floor(exact, states.len() / 2));
    assert!(distance < 2.0 * floor, "{what}: {distance} against a floor of {floor}");
    assert!(distance > 0.2 * floor, "{what}: too good to be random");
}

/// What the grid's sampler makes of the whole pmf with the same settings.
fn pushed(path: &Arc<GridPath>, config: SequenceConfig) -> Array2<f64> {
    let SequenceConfig { steps, grid, corrector, corrector_by, .. } = config;
    let temperature = config.temperature.level;
    let method = Method::Exact;
    let same =
        SamplerConfig { method, steps, grid, corrector, corrector_by, temperature, ..Default::default() };
    let mut carrier = PmfCarrier::new(path);
    let setup = Setup { path, scheduler: config.scheduler, config: same };
    run(setup, &Oracle::new(path.clone()), &mut carrier, |_, _| ControlFlow::Continue(())).expect("a run");
    carrier.pmf
}

#[test]
fn mask_source_with_the_exact_step_has_its_closed_form() {
    let denoiser = grid(&Source::Mask);
    let path = denoiser.path.clone();
    let [q1, q2] = path.target_marginals();
    for (scheduler, steps, grid) in [
        (Scheduler::Linear, 1, TimeGrid::T),
        (Scheduler::Cubic, 3, TimeGrid::T),
        (Scheduler::Cosine, 9, TimeGrid::Kappa),
    ] {
        let config = SequenceConfig { scheduler, steps, grid, ..EXACT };
        let as_grid = SamplerConfig { steps, grid, ..Default::default() };
        let all = spans(&as_grid, &path, scheduler).expect("spans");
        let s: f64 = all.iter().map(|x| (scheduler.kappa(x.t_next) - scheduler.kappa(x.t)).powi(2)).sum();
        let closed = path.target() * (1.0 - s) + &(outer(q1, q2) * s);
        let run = sample(&denoiser, config, 100_000);
        assert_sampled(&run.states, &closed, &config.to_string());
        assert!(run.states.iter().all(|&x| x < 5), "no mask is left");
    }
}

#[test]
fn two_tokens_go_where_the_grids_sampler_pushes_them() {
    let strong = Corrector { amplitude: 6.0, a: 0.0, b: 0.0 };
    for source in [Source::Mask, Source::Uniform] {
        let denoiser = grid(&source);
        for (scheduler, corrector, corrector_by, level) in [
            (Scheduler::Cubic, Corrector::OFF, CorrectorBy::Overshoot, 1.0),
            (Scheduler::Linear, Corrector::IMAGES, CorrectorBy::Overshoot, 1.0),
            (Scheduler::Sin2, strong, CorrectorBy::Overshoot, 0.8),
            (Scheduler::Cosine, Corrector::IMAGES, CorrectorBy::Exponential, 1.0),
            (Scheduler::Linear, strong, CorrectorBy::Velocity, 1.0),
        ] {
            let temperature = Temperature { level, fading: false };
            let config = SequenceConfig { scheduler, corrector, corrector_by, temperature, ..EXACT };
            let run = sample(&denoiser, config, 100_000);
            let exact = pushed(&denoiser.path, config);
            assert_sampled(&run.states, &exact, &format!("{source:?} {config}"));
            assert_eq!(run.summary.renoised > 0, corrector.is_on());
        }
    }
}

#[test]
fn a_set_of_pairs_is_sampled_like_its_grid() {
    let set: Vec<u8> = (0..40).flat_map(|n: u8| [n % 4, (n * n / 5) % 4]).collect();
    let q = histogram(&set.iter().map(|&x| x.into()).collect::<Vec<_>>(), 4);
    for (source, of_grid) in
        [(SequenceSource::Mask, Source::Mask), (SequenceSource::Uniform, Source::Uniform)]
    {
        let path = Arc::new(GridPath::new(&q, &of_grid, Coupling::Independent).expect("path"));
        let denoiser = Empirical::new(set.clone(), 2, 4, source).expect("a set");
        let config = SequenceConfig { corrector: Corrector::IMAGES, steps: 5, ..EXACT };
        let run = sample(&denoiser, config, 40_000);
        assert_sampled(&run.states, &pushed(&path, config), &source.to_string());
    }
}

#[test]
fn one_token_is_on_the_path_at_every_step_whatever_the_corrector() {
    // math.md 5.1, 5.2: with one token the forward step is exact, and so is re-noising.
    let set = vec![0, 0, 0, 1, 2, 2];
    for source in [SequenceSource::Mask, SequenceSource::Uniform] {
        let denoiser = Empirical::new(set.clone(), 1, 3, source).expect("a set");
        let corrector = Corrector { amplitude: 9.0, a: 0.0, b: 0.0 };
        let config = SequenceConfig { corrector, steps: 4, scheduler: Scheduler::Quadratic, ..EXACT };
        let (count, v) = (100_000, source.vocabulary(3));
        let setup = SequenceSetup { denoiser: &denoiser, config, count, first: 0, given: None };
        let mut seen = 0;
        let run = run_sequences(setup, |moment| {
            let kappa = config.scheduler.kappa(moment.t);
            let exact = Array2::from_shape_fn((1, v), |(_, x)| {
                let noise = match source {
                    SequenceSource::Mask => f64::from(x == 3),
                    SequenceSource::Uniform => 1.0 / 3.0,
                };
                let data = [0.5, 1.0 / 6.0, 1.0 / 3.0].get(x).copied().unwrap_or(0.0);
                (1.0 - kappa) * noise + kappa * data
            });
            let mut found = Array2::zeros((1, v));
            moment.states.iter().for_each(|&x| found[[0, usize::from(x)]] += 1.0 / count as f64);
            let floor = tv_noise_floor(&exact, count);
            assert!(tv(&found, &exact) <= 2.5 * floor + 1e-9, "{source} at {}: {found}", moment.t);
            if let Some(revealed) = moment.revealed {
                assert!((revealed - kappa).abs() < 0.01, "{revealed} {kappa}");
            }
            seen += 1;
            ControlFlow::Continue(())
        });
        assert!(run.expect("a run").summary.renoised > count / 8);
        assert_eq!(seen, 5);
    }
}

#[test]
fn with_many_steps_a_memory_returns_what_it_was_given() {
    let set: Vec<u8> = (0..20 * 12).map(|n: u32| (n.wrapping_mul(0x9E37_79B9) >> 16) as u8 % 7).collect();
    let known: Vec<Vec<u16>> = set.chunks(12).map(|s| s.iter().map(|&x| x.into()).collect()).collect();
    for source in [SequenceSource::Mask, SequenceSource::Uniform] {
        let denoiser = Empirical::new(set.clone(), 12, 7, source).expect("a set");
        let config = SequenceConfig { steps: 12 * 200, grid: TimeGrid::Kappa, ..EXACT };
        let run = sample(&denoiser, config, 400);
        let mut counts = vec![0; known.len()];
        for sequence in run.states.chunks(12) {
            if let Some(which) = known.iter().position(|known| known == sequence) {
                counts[which] += 1;
            }
        }
        let remembered: usize = counts.iter().sum();
        assert!(remembered > 380, "{source}: {remembered} of 400");
        // Twenty each, give or take.
        assert!(counts.iter().all(|&count| (4..50).contains(&count)), "{source}: {counts:?}");
        assert!(run.summary.off_support < 30, "{source}: {}", run.summary.off_support);
        // One token at a time: at most one pass a token, though there were 2400 steps.
        if source == SequenceSource::Mask {
            assert!(run.summary.passes <= 12 * 400 && run.summary.passes > 11 * 400);
            assert_eq!((run.summary.drawn, run.summary.changed), (12 * 400, 12 * 400));
            assert_eq!(run.summary.steps, 2400);
        }
    }
}

#[test]
fn threads_and_batches_do_not_matter_but_seeds_do() {
    let set: Vec<u8> = (0..30 * 10).map(|n: u32| (n * n % 13 % 6) as u8).collect();
    for source in [SequenceSource::Mask, SequenceSource::Uniform] {
        let denoiser = Empirical::new(set.clone(), 10, 6, source).expect("a set");
        for method in [SequenceMethod::Exact, SequenceMethod::MaskGit] {
            let maskgit = method == SequenceMethod::MaskGit;
            if maskgit && source == SequenceSource::Uniform {
                continue;
            }
            let corrector = if maskgit { Corrector::OFF } else { Corrector::IMAGES };
            let config = SequenceConfig { method, corrector, choice_temperature: 2.0, ..EXACT };
            let on = |threads, parts: &[(u32, usize)], seed| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
                let config = SequenceConfig { seed, ..config };
                pool.install(|| {
                    let part = |&(first, count): &(u32, usize)| {
                        let setup = SequenceSetup { denoiser: &denoiser, config, count, first, given: None };
                        run_sequences(setup, |_| ControlFlow::Continue(())).expect("a run").states
                    };
                    parts.iter().flat_map(part).collect::<Vec<_>>()
                })
            };
            let whole = on(1, &[(0, 24)], 1);
            assert_eq!(whole, on(2, &[(0, 24)], 1));
            assert_eq!(whole, on(2, &[(0, 7), (7, 1), (8, 16)], 1), "{source} {method}");
            assert_ne!(whole, on(2, &[(0, 24)], 2));
            assert_ne!(whole, on(2, &[(24, 24)], 1));
        }
    }
}

#[test]
fn another_setting_keeps_the_random_numbers() {
    let set: Vec<u8> = (0..30 * 40).map(|n: u32| (n * n % 13 % 6) as u8).collect();
    let denoiser = Independent::new(set, 40, 6, 0.5, SequenceSource::Mask).expect("a set");
    let masked = |config| {
        let setup = SequenceSetup { denoiser: &denoiser, config, count: 3, first: 0, given: None };
        let mut all = Vec::new();
        let run = run_sequences(setup, |moment| {
            all.push(moment.states.iter().map(|&x| x == 6).collect::<Vec<_>>());
            ControlFlow::Continue(())
        });
        (all, run.expect("a run").states)
    };
    let (plain, states) = masked(EXACT);
    let (cold, others) =
        masked(SequenceConfig { temperature: Temperature { level: 0.5, fading: true }, ..EXACT });
    assert_eq!(plain, cold, "the same tokens are revealed at the same steps");
    assert_ne!(states, others);
    // With a weak corrector nearly all of them are.
    let weak = Corrector { amplitude: 0.05, a: 1.0, b: 1.0 };
    let (corrected, _) = masked(SequenceConfig { corrector: weak, ..EXACT });
    let same = plain.iter().flatten().zip(corrected.iter().flatten()).filter(|(a, b)| a == b).count();
    assert!(same > 9 * 120 * 95 / 100, "{same} of 1080");
}

#[test]
fn maskgit_has_the_bias_of_the_reference_script() {
    // check_math.py, section 5c: TV(MaskGIT, q) = 0.2033 after two rounds without noise.
    let denoiser = grid(&Source::Mask);
    let maskgit = |steps, choice_temperature| {
        let config = SequenceConfig { method: SequenceMethod::MaskGit, steps, choice_temperature, ..EXACT };
        sample(&denoiser, config, 100_000)
    };
    let as_grid = |steps, choice_temperature| {
        let method = Method::MaskGit;
        let config = SamplerConfig { method, steps, choice_temperature, ..Default::default() };
        let mut carrier = PmfCarrier::new(&denoiser.path);
        let setup = Setup { path: &denoiser.path, scheduler: Scheduler::Linear, config };
        let oracle = Oracle::new(denoiser.path.clone());
        run(setup, &oracle, &mut carrier, |_, _| ControlFlow::Continue(())).expect("a run");
        carrier.pmf
    };
    let two = maskgit(2, 0.0);
    let distance = tv(&histogram(&two.states, 6), denoiser.path.target());
    assert!((distance - 0.2033).abs() < 0.005, "{distance}");
    for (steps, choice) in [(1, 0.0), (2, 0.0), (8, 4.5)] {
        assert_sampled(&maskgit(steps, choice).states, &as_grid(steps, choice), &format!("{steps} rounds"));
    }
    // In between nothing is revealed, and nothing asked.
    let many = maskgit(8, 0.0).summary;
    assert_eq!((many.steps, many.passes, many.drawn), (8, 200_000, 200_000));
}

#[test]
fn given_tokens_are_kept_at_every_step_and_filled_around() {
    let set: Vec<u8> = (0..50 * 8).map(|n: u32| ((n / 8) * (n % 8 + 2) % 17 % 6) as u8).collect();
    let own: Vec<Option<u16>> =
        (0..3 * 8).map(|at| (at % 8 < 3 + at / 8).then(|| u16::from(set[(at / 8) * 80 + at % 8]))).collect();
    let same = own[..8].to_vec();
    for source in [SequenceSource::Mask, SequenceSource::Uniform] {
        let denoiser = Empirical::new(set.clone(), 8, 6, source).expect("a set");
        for given in [Given::new(own.clone()), Given::new(same.clone())] {
            let config = SequenceConfig { corrector: Corrector::IMAGES, steps: 400, ..EXACT };
            let setup =
                SequenceSetup { denoiser: &denoiser, config, count: 3, first: 0, given: Some(&given) };
            let run = run_sequences(setup, |moment| {
                for (at, &x) in moment.states.iter().enumerate() {
                    if let Some(value) = given.value(at / 8, at % 8, 8) {
                        assert_eq!(x, value, "{source} at step {}", moment.summary.steps);
                    }
                }
                if moment.summary.steps == 0 {
                    assert!(moment.revealed.is_none_or(|share| share == 0.0));
                }
                ControlFlow::Continue(())
            });
            assert!(run.expect("a run").summary.renoised > 0);
        }
    }
    // All given: nothing to ask.
    let denoiser = Empirical::new(set.clone(), 8, 6, SequenceSource::Mask).expect("a set");
    let all = Given::new(vec![Some(1); 8]);
    let setup = SequenceSetup { denoiser: &denoiser, config: EXACT, count: 2, first: 0, given: Some(&all) };
    let run = run_sequences(setup, |_| ControlFlow::Continue(())).expect("a run");
    assert_eq!((run.summary.passes, run.states), (0, vec![1; 16]));
}

#[test]
fn guidance_counts_two_passes() {
    let set: Vec<u8> = (0..30 * 4).map(|n: u32| (n % 3) as u8).collect();
    let memory = Arc::new(Empirical::new(set.clone(), 4, 3, SequenceSource::Mask).expect("a set"));
    let free = Arc::new(Independent::new(set, 4, 3, 1.0, SequenceSource::Mask).expect("a set"));
    let guided = Guided::new(memory.clone(), free, 2.0).expect("two of a kind");
    let (one, two) = (sample(&*memory, EXACT, 5).summary, sample(&guided, EXACT, 5).summary);
    assert_eq!((two.passes, two.drawn), (2 * one.passes, one.drawn));
    assert!((one.mean_passes() - one.passes as f64 / 5.0).abs() < 1e-15);
}

#[test]
fn breaking_off_stops_at_once() {
    let denoiser = grid(&Source::Uniform);
    let setup = SequenceSetup { denoiser: &denoiser, config: EXACT, count: 3, first: 0, given: None };
    let mut told = 0;
    let run = run_sequences(setup, |moment| {
        told += 1;
        if moment.summary.steps == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let summary = run.expect("a run").summary;
    assert_eq!((summary.steps, summary.finished, told), (3, false, 4));
    assert!(sample(&denoiser, EXACT, 3).summary.finished);
}

#[test]
fn what_does_not_fit_is_refused_and_a_failing_denoiser_says_so() {
    struct Failing;
    impl SequenceDenoiser for Failing {
        fn tokens(&self) -> usize {
            2
        }
        fn values(&self) -> usize {
            3
        }
        fn source(&self) -> SequenceSource {
            SequenceSource::Uniform
        }
        fn ask(&self, _: &[u16], _: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>> {
            anyhow::bail!("the device is lost")
        }
    }
    let refused = |config, count, first, given: Option<&Given>| {
        let setup = SequenceSetup { denoiser: &Failing, config, count, first, given };
        run_sequences(setup, |_| ControlFlow::Continue(())).expect_err("nothing to run").to_string()
    };
    assert_eq!(refused(EXACT, 1, 0, None), "the denoiser failed: the device is lost");
    assert!(refused(EXACT, 0, 0, None).starts_with("0 sequences"));
    assert!(refused(EXACT, 2, u32::MAX, None).contains("numbers below 2³²"));
    let maskgit = SequenceConfig { method: SequenceMethod::MaskGit, ..EXACT };
    assert!(refused(maskgit, 1, 0, None).contains("mask source"));
    let short = Given::new(vec![None; 3]);
    assert_eq!(refused(EXACT, 2, 0, Some(&short)), "3 tokens are given or left open: expected 2 or 2 × 2");
    let wrong = Given::new(vec![None, None, None, Some(3)]);
    assert_eq!(
        refused(EXACT, 2, 0, Some(&wrong)),
        "given token 1 of sequence 1 is 3: expected a value below 3"
    );
    assert!(matches!(
        run_sequences(
            SequenceSetup {
                denoiser: &Failing,
                config: SequenceConfig { steps: 0, ..EXACT },
                count: 1,
                first: 0,
                given: None
            },
            |_| ControlFlow::Continue(())
        ),
        Err(SamplerError::Setting(_))
    ));
}
