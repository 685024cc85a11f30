//! Languages through the public interface: what was measured of them once holds.

use dfm_explorer::data::language::{LanguageSpec, Shape, programs, true_statements};
use dfm_explorer::denoiser::sequence::{AutomatonDenoiser, ExactDenoiser, ProgramDenoiser, SequenceDenoiser};
use dfm_explorer::flow::sequence::{Information, best_steps};
use dfm_explorer::flow::{Kappa, Scheduler, SequenceSource};
use dfm_explorer::sampler::sequence::{
    Closeness, SequenceConfig, SequenceMethod, SequenceSetup, joint_texts, judged, measured_information,
    run_sequences,
};
use std::f64::consts::LN_2;
use std::ops::ControlFlow;

fn automaton(spec: &str, source: SequenceSource) -> (AutomatonDenoiser, f64) {
    let language = spec.parse::<LanguageSpec>().and_then(|spec| spec.load(None)).expect("a language");
    let Shape::Automaton(automaton) = &language.shape else { panic!("an automaton") };
    let entropy = automaton.entropy(language.tokens).expect("one path");
    (AutomatonDenoiser::new(automaton.clone(), language.tokens, source).expect("texts"), entropy)
}

fn curve(denoiser: &AutomatonDenoiser, texts: usize) -> (Information, f64) {
    let texts = joint_texts(denoiser, texts, 1);
    let closeness = Closeness { masks: 25, seed: 1 };
    let found = measured_information(denoiser, &texts, closeness, &|| true).expect("texts").expect("found");
    (found.expected, found.errors[0])
}

/// What `steps` steps cost by a scheduler, bits a token.
fn excess(curve: &Information, scheduler: Scheduler, steps: usize) -> f64 {
    let kappas: Vec<f64> = (0..=steps).map(|j| scheduler.kappa(j as f64 / steps as f64)).collect();
    curve.excess(&kappas) / LN_2 / curve.tokens() as f64
}

#[test]
fn steps_cost_what_they_cost_when_they_were_measured() {
    // Bits a token of linear, quadratic, cubic, cosine and sin², and the best, for 16 steps.
    let schedulers =
        [Scheduler::Linear, Scheduler::Quadratic, Scheduler::Cubic, Scheduler::Cosine, Scheduler::Sin2];
    for (spec, texts, expected, best) in [
        ("sums", 48, [0.107, 0.122, 0.158, 0.107, 0.115], 0.102),
        ("tales", 12, [0.104, 0.041, 0.040, 0.042, 0.061], 0.029),
    ] {
        let (denoiser, entropy) = automaton(spec, SequenceSource::Mask);
        let (curve, error) = curve(&denoiser, texts);
        assert!(
            (curve.area() - entropy).abs() < 4.0 * error + 0.01 * entropy,
            "{spec}: {} ± {error}",
            curve.area()
        );
        for (scheduler, expected) in schedulers.into_iter().zip(expected) {
            let found = excess(&curve, scheduler, 16);
            assert!((found / expected - 1.0).abs() < 0.2, "{spec}, {scheduler}: {found} for {expected}");
        }
        let found = curve.excess(&best_steps(&curve, 16)) / LN_2 / curve.tokens() as f64;
        assert!((found / best - 1.0).abs() < 0.2, "{spec}: {found} for {best}");
    }
}

/// The share of the statements of 48 texts that are true, and of texts that are whole sums.
fn truth(source: SequenceSource, config: SequenceConfig) -> (f64, f64) {
    let (denoiser, _) = automaton("sums", source);
    let setup = SequenceSetup { denoiser: &denoiser, config, count: 48, first: 0, given: None };
    let run = run_sequences(setup, |_| ControlFlow::Continue(())).expect("a run");
    let alphabet = LanguageSpec::Sums.load(None).expect("sums").alphabet;
    let each = run.states.chunks(64).map(|text| true_statements(&alphabet.write(text), false));
    let (all, right) = each.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    let (judge, _) = automaton("sums", SequenceSource::Mask);
    let found = judged(&judge, &run.states);
    (right as f64 / all as f64, found.grammatical as f64 / 48.0)
}

#[test]
fn statements_are_as_true_as_when_they_were_measured() {
    let linear = SequenceConfig { scheduler: Scheduler::Linear, ..SequenceConfig::default() };
    for (source, steps, expected) in [
        (SequenceSource::Mask, 4, 0.28),
        (SequenceSource::Mask, 16, 0.76),
        (SequenceSource::Mask, 64, 0.93),
        (SequenceSource::Uniform, 16, 0.83),
        (SequenceSource::Uniform, 64, 0.98),
    ] {
        let (right, _) = truth(source, SequenceConfig { steps, ..linear });
        assert!((right - expected).abs() < 0.08, "{source}, {steps} steps: {right} for {expected}");
    }
    let surest =
        SequenceConfig { method: SequenceMethod::MaskGit, choice_temperature: 0.0, steps: 64, ..linear };
    let (right, whole) = truth(SequenceSource::Mask, surest);
    assert!(right > 0.97 && whole > 0.9, "surest first: {right} {whole}");
}

#[test]
fn even_a_perfect_denoiser_passes_less_than_half_of_the_programs() {
    let table = std::sync::Arc::new(programs::program_table());
    let denoiser = ProgramDenoiser::new(table, SequenceSource::Mask);
    let tasks = 60;
    let asked = joint_texts(&denoiser, tasks, 4);
    let (mut shown, mut right) = (0, 0);
    for (n, text) in asked.chunks(denoiser.tokens()).enumerate() {
        // The three examples alone.
        let state: Vec<u16> =
            text.iter().enumerate().map(|(at, &x)| if (12..28).contains(&at) { x } else { 35 }).collect();
        let mut next = (n as f64 + 0.5) / tasks as f64;
        let mut uniform = || {
            next = (next * 7.0 + 0.381_966).fract();
            next
        };
        let found = denoiser.joint(&state, Kappa::START, &mut uniform);
        shown += usize::from(programs::judged(&found) == Some(true));
        right += usize::from(programs::run(&found[28..]) == programs::run(&text[28..]));
    }
    assert_eq!(shown, tasks, "a joint draw does what the examples say");
    // .43 ± .01 of 1,500 tasks.
    assert!((15..=38).contains(&right), "{right} of {tasks}");
}

#[test]
fn letters_drawn_apart_are_not_a_text() {
    // The product of the marginals is not p(x₁ | x_t): one step of it makes no true text, one joint draw nothing else.
    let linear = SequenceConfig { scheduler: Scheduler::Linear, steps: 1, ..SequenceConfig::default() };
    let (right, whole) = truth(SequenceSource::Mask, linear);
    assert!(right < 0.05 && whole == 0.0, "{right} {whole}");
    let (denoiser, entropy) = automaton("sums", SequenceSource::Mask);
    let found = judged(&denoiser, &joint_texts(&denoiser, 200, 2));
    assert_eq!((found.grammatical, found.mean_distance), (200, 0.0));
    let bits = entropy / LN_2 / 64.0;
    assert!((found.bits.expect("texts") - bits).abs() < 0.02, "{found:?} {bits}");
}
