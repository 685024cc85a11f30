//! The surest tokens first, and blocks from left to right: when they are exact, and what they cost.

use super::*;
use crate::denoiser::sequence::{AutomatonDenoiser, SequenceDenoiser as _};
use crate::flow::sequence::testing::{Numbers as Random, random_pdfa, table};
use crate::flow::{Corrector, SequenceSource};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

const N: usize = 4;

fn language() -> AutomatonDenoiser {
    let language = Arc::new(random_pdfa(&mut Random::new(9), 5, 3, 2));
    AutomatonDenoiser::new(language, N, SequenceSource::Mask).expect("a language")
}

fn run(denoiser: &AutomatonDenoiser, config: SequenceConfig, count: usize) -> (Vec<u16>, SequenceSummary) {
    let setup = SequenceSetup { denoiser, config, count, first: 0, given: None };
    let run = run_sequences(setup, |_| ControlFlow::Continue(())).expect("a run");
    (run.states, run.summary)
}

/// Half of |samples − language|.
fn apart(denoiser: &AutomatonDenoiser, states: &[u16]) -> f64 {
    let mut found: BTreeMap<Vec<u16>, f64> = BTreeMap::new();
    for text in states.chunks(N) {
        *found.entry(text.to_vec()).or_insert(0.0) += N as f64 / states.len() as f64;
    }
    let texts = table(denoiser.language(), N);
    let known: f64 = texts.iter().map(|(text, q)| (found.remove(text).unwrap_or(0.0) - q).abs()).sum();
    0.5 * (known + found.values().sum::<f64>())
}

fn config(method: SequenceMethod, steps: usize) -> SequenceConfig {
    SequenceConfig { method, steps, seed: 4, ..SequenceConfig::default() }
}

#[test]
fn one_token_at_a_time_is_exact_in_any_order() {
    let denoiser = language();
    // As many perfect samples.
    let floor = apart(&denoiser, &joint_texts(&denoiser, 20_000, 3));
    let sure = SequenceConfig { confidence: 1.0, ..config(SequenceMethod::Confidence, N) };
    let left = SequenceConfig { block: 1, ..config(SequenceMethod::Blocks, N) };
    for config in [sure, left] {
        let (states, summary) = run(&denoiser, config, 20_000);
        let distance = apart(&denoiser, &states);
        assert!(distance < 2.0 * floor + 0.005, "{config}: {distance}, perfect samples {floor}");
        assert_eq!((summary.mean_passes(), summary.drawn, summary.off_support), (N as f64, 20_000 * N, 0));
    }
    // All at once is none of it.
    let careless = SequenceConfig { confidence: 0.0, ..config(SequenceMethod::Confidence, N) };
    let (states, summary) = run(&denoiser, careless, 20_000);
    assert_eq!(summary.mean_passes(), 1.0);
    assert!(apart(&denoiser, &states) > 5.0 * floor);
    let block = SequenceConfig { block: N, ..config(SequenceMethod::Blocks, 1) };
    assert_eq!(run(&denoiser, block, 50).1.mean_passes(), 1.0);
}

#[test]
fn blocks_go_from_left_to_right_in_their_share_of_the_steps() {
    let language = Arc::new(random_pdfa(&mut Random::new(9), 5, 3, 2));
    let denoiser = AutomatonDenoiser::new(language, 11, SequenceSource::Mask).expect("a language");
    let mask = denoiser.values() as u16;
    for (block, steps) in [(4, 9), (4, 3), (4, 2), (1, 11), (1, 4), (3, 64), (64, 5)] {
        let config = SequenceConfig { block, ..config(SequenceMethod::Blocks, steps) };
        let given = Given::new((0..11).map(|token| (token == 5).then_some(0)).collect());
        let setup = SequenceSetup { denoiser: &denoiser, config, count: 3, first: 0, given: Some(&given) };
        run_sequences(setup, |moment| {
            for text in moment.states.chunks(11) {
                let masked = |part: &[u16]| part.contains(&mask);
                let blocks: Vec<&[u16]> = text.chunks(block).collect();
                let first = blocks.iter().position(|part| masked(part)).unwrap_or(blocks.len());
                // Behind the first open block nothing is known, but for what is given.
                for (n, part) in blocks.iter().enumerate().skip(first + 1) {
                    for (at, x) in part.iter().enumerate() {
                        let own = n * block + at;
                        assert!(*x == mask || own == 5, "block {block}, {steps} steps: {text:?}");
                    }
                }
                let all = blocks.len();
                assert!(
                    first >= moment.summary.steps * all / steps,
                    "block {block}, {steps} steps: {text:?}"
                );
                assert!(moment.t < 1.0 || !masked(text));
            }
            ControlFlow::Continue(())
        })
        .expect("a run");
    }
}

#[test]
fn both_need_masks_and_no_corrector() {
    for method in [SequenceMethod::Confidence, SequenceMethod::Blocks] {
        assert!(config(method, 4).checked_with(SequenceSource::Uniform).is_err());
        let corrected = SequenceConfig { corrector: Corrector::IMAGES, ..config(method, 4) };
        assert!(corrected.checked_with(SequenceSource::Mask).is_err());
        assert!(corrected.effective().checked_with(SequenceSource::Mask).is_ok());
    }
}
