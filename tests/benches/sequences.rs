//! The exact posterior of a set the size of CIFAR-10's: 50,000 sequences of 3,072 tokens, 64 states a pass. And texts of
//! languages by their exact denoisers, and their judge.

use dfm_explorer::data::language::{JUDGE_ORDER, Judge, LanguageSpec, Shape, TextParts};
use dfm_explorer::denoiser::sequence::{AutomatonDenoiser, Empirical, SequenceDenoiser};
use dfm_explorer::flow::{Kappa, Scheduler, SequenceSource};
use dfm_explorer::sampler::sequence::{SequenceConfig, SequenceSetup, run_sequences};
use divan::Bencher;
use std::ops::ControlFlow;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

const TOKENS: usize = 3072;
const STATES: usize = 64;

/// Cheap noise in 0..256.
fn noise(n: usize) -> u8 {
    (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}

/// A set whose neighbouring tokens are alike, as a picture's are, and states of which `percent` are in place.
fn question(source: SequenceSource, percent: usize) -> (Empirical, Vec<u16>) {
    let set: Vec<u8> = (0..50_000 * TOKENS)
        .map(|at| (noise(at / TOKENS) / 2).wrapping_add(noise(at / 64) / 4).wrapping_add(noise(at) / 4))
        .collect();
    let states = (0..STATES * TOKENS)
        .map(|at| {
            let (state, token) = (at / TOKENS, at % TOKENS);
            if usize::from(noise(at + 7)) * 100 < percent * 256 {
                return u16::from(set[(700 * state + 3) * TOKENS + token]);
            }
            match source {
                SequenceSource::Mask => 256,
                SequenceSource::Uniform => u16::from(noise(at + 5_000_000)),
            }
        })
        .collect();
    (Empirical::new(set, TOKENS, 256, source).expect("a set"), states)
}

/// One pass with this share of the tokens revealed.
#[divan::bench(args = [0, 1, 10, 50, 100], sample_count = 5, sample_size = 1)]
fn mask(bencher: Bencher, percent: usize) {
    let (denoiser, states) = question(SequenceSource::Mask, percent);
    bencher.bench_local(|| {
        denoiser.ask(&states, &[Kappa::new(percent as f64 / 100.0); STATES]).expect("an answer")
    });
}

/// One pass at this κ.
#[divan::bench(args = [1, 10, 50, 99], sample_count = 5, sample_size = 1)]
fn uniform(bencher: Bencher, percent: usize) {
    let (denoiser, states) = question(SequenceSource::Uniform, percent);
    bencher.bench_local(|| {
        denoiser.ask(&states, &[Kappa::new(percent as f64 / 100.0); STATES]).expect("an answer")
    });
}

/// So many texts in 64 linear steps out of masks.
fn texts(bencher: Bencher, language: LanguageSpec, count: usize) {
    let language = language.load(None).expect("a language");
    let Shape::Automaton(automaton) = &language.shape else { panic!("an automaton") };
    let denoiser = AutomatonDenoiser::new(automaton.clone(), language.tokens, SequenceSource::Mask);
    let denoiser = denoiser.expect("texts");
    let config = SequenceConfig { steps: 64, scheduler: Scheduler::Linear, ..SequenceConfig::default() };
    bencher.bench_local(|| {
        let setup = SequenceSetup { denoiser: &denoiser, config, count, first: 0, given: None };
        run_sequences(setup, |_| ControlFlow::Continue(())).expect("a run")
    });
}

/// 64 texts of sums.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn sums(bencher: Bencher) {
    texts(bencher, LanguageSpec::Sums, 64);
}

/// 16 texts of the 5-grams of Shakespeare.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn five_grams(bencher: Bencher) {
    texts(bencher, LanguageSpec::Ngram { order: 5, file: None }, 16);
}

/// 64 texts of 128 letters by the 5-gram judge, with their copies.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn judge(bencher: Bencher) {
    let parts = TextParts::shipped().expect("plays");
    let real = parts.held_out_texts(128, 64);
    let judge =
        Judge::new(parts.training, usize::MAX, parts.alphabet.symbols(), JUDGE_ORDER).expect("a judge");
    let each: Vec<&[u16]> = real.chunks(128).collect();
    bencher.bench_local(|| judge.measures(&each));
}
