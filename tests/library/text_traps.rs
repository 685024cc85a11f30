//! Classic mistakes with texts, each with its number, through the public interface. Those of one number alone stand beside what
//! they are about: drawing tokens apart, one scheduler for all languages and MaskGIT in `languages.rs`; a low perplexity and a
//! judge that has learned what it judges in `data/language/parts.rs`; words that are cut in `measures.rs`; Pass@k by plugging in
//! and counting what is shown as right in `data/language/programs`.

use dfm_explorer::data::language::{JUDGE_ORDER, Judge, LanguageSpec, TextParts};
use dfm_explorer::denoiser::sequence::{AutomatonDenoiser, Empirical, SequenceDenoiser};
use dfm_explorer::flow::{Corrector, Kappa, Scheduler, SequenceSource};
use dfm_explorer::sampler::sequence::{
    Given, SequenceConfig, SequenceSetup, likelihood_bound, run_sequences,
};
use std::f64::consts::LN_2;
use std::ops::ControlFlow;

fn entropy_bits(p: &[f64]) -> f64 {
    let total: f64 = p.iter().sum();
    p.iter().filter(|p| **p > 0.0).map(|p| -(p / total) * (p / total).log2()).sum()
}

/// What Gumbel-max draws from `p` when its uniform numbers have few bits, so that no Gumbel number is above `most`: the closed
/// form of Zheng et al. (2409.02908, equation 12).
fn truncated(p: &[f64], most: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let sorted: Vec<f64> = order.iter().map(|n| p[*n]).collect();
    let (k, e) = (sorted.len(), (-most).exp());
    let mut drawn = vec![0.0; k];
    let mut before = 0.0;
    for n in 0..k {
        let tail: f64 = sorted[n..].iter().sum();
        let at = |p: f64| (((k - n) as f64 - tail / p) * e).exp();
        let lower = if n == 0 { 0.0 } else { at(sorted[n - 1]) };
        before += (at(sorted[n]) - lower) / tail;
        drawn[order[n]] = sorted[n] * before;
    }
    drawn
}

#[test]
fn trap_01_gumbel_numbers_of_few_bits_reveal_too_little_and_too_little_of_it() {
    // 27 letters, 256 steps: in each a token stays masked with probability 255/256.
    let letters: Vec<f64> = (1..=27).map(|n| 1.0 / f64::from(n).powf(1.6)).collect();
    let total: f64 = letters.iter().sum();
    let theta = 1.0 / 256.0;
    let p: Vec<f64> = letters.iter().map(|letter| theta * letter / total).chain([1.0 - theta]).collect();
    let of = |bits: i32| {
        let most = -(-(-2f64.powi(-bits)).ln_1p()).ln();
        let drawn = truncated(&p, most);
        assert!((drawn.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        (most, (1.0 - drawn[27]) / theta, entropy_bits(&drawn[..27]))
    };
    let (single, half, brain) = (of(24), of(11), of(8));
    for (found, most) in [(single, 16.64), (half, 7.62), (brain, 5.54)] {
        assert!((found.0 - most).abs() < 0.005, "{found:?}");
    }
    // Invisible at our size in single precision, and ruin below.
    assert!((single.1 - 1.0).abs() < 1e-3 && (single.2 - entropy_bits(&letters)).abs() < 0.01, "{single:?}");
    assert!(half.1 < 0.6 && half.2 < single.2 - 0.3, "{half:?}");
    assert!(brain.1 < 0.1 && brain.2 < half.2, "{brain:?}");
    // Ours draws by the inverse cdf, and whether apart from what: half of the tokens are revealed half-way.
    let denoiser = words(SequenceSource::Mask).0;
    let config = SequenceConfig { steps: 256, scheduler: Scheduler::Linear, ..SequenceConfig::default() };
    let setup = SequenceSetup { denoiser: &denoiser, config, count: 500, first: 0, given: None };
    let mut revealed = 0.0;
    run_sequences(setup, |moment| {
        if (moment.t - 0.5).abs() < 1e-9 {
            revealed = moment.revealed.unwrap_or_default();
        }
        ControlFlow::Continue(())
    })
    .expect("a run");
    assert!((revealed - 0.5).abs() < 4.0 * (0.25_f64 / 2000.0).sqrt(), "{revealed}");
}

/// Sixteen different words of four letters of an alphabet of four.
fn words(source: SequenceSource) -> (Empirical, Vec<u16>) {
    let letter = |n: usize, i: u32| ((15 * n + 7) / 4_usize.pow(i) % 4) as u8;
    let set: Vec<u8> = (0..16).flat_map(|n| (0..4).map(move |i| letter(n, i))).collect();
    let texts = set.iter().map(|&x| x.into()).collect();
    (Empirical::new(set, 4, 4, source).expect("words"), texts)
}

#[test]
fn trap_04_the_bound_of_a_uniform_source_does_not_come_down_to_the_entropy() {
    let of = |source| {
        let (denoiser, texts) = words(source);
        let texts = texts.repeat(16);
        let bound =
            likelihood_bound(&denoiser, &texts, 64, 1, &|| true).expect("a bound").expect("looked at");
        (bound.nats, bound.standard_error)
    };
    let entropy = 16f64.ln();
    let (masked, error) = of(SequenceSource::Mask);
    assert!((masked - entropy).abs() < 4.0 * error + 0.01, "{masked} ± {error} for {entropy}");
    // In the design's example 4.87 for 3.80 nats.
    let (uniform, error) = of(SequenceSource::Uniform);
    assert!(uniform > entropy + 0.5 && error < 0.1, "{uniform} ± {error} for {entropy}");
}

#[test]
fn trap_05_a_mean_over_all_masked_tokens_of_a_batch_is_no_bound() {
    let (denoiser, texts) = words(SequenceSource::Mask);
    // Every word with every set of masked tokens, each number of them as likely as another.
    let (mut per_text, mut weighed, mut tokens) = (0.0, 0.0, 0.0);
    for text in texts.chunks(4) {
        for masked in 1_usize..16 {
            let m = masked.count_ones();
            let ways = [4.0, 6.0, 4.0, 1.0][m as usize - 1];
            let chance = 1.0 / 16.0 / 4.0 / ways;
            let state: Vec<u16> = (0..4).map(|i| if masked >> i & 1 == 1 { 4 } else { text[i] }).collect();
            let answer = denoiser.ask(&state, &[Kappa::START]).expect("an answer");
            let cost: f64 =
                (0..4).filter(|i| masked >> i & 1 == 1).map(|i| -answer.log_probability(0, i, text[i])).sum();
            per_text += chance * cost / f64::from(m);
            weighed += chance * cost;
            tokens += chance * f64::from(m);
        }
    }
    let entropy = 16f64.ln() / 4.0;
    assert!((per_text - entropy).abs() < 1e-12, "{per_text} {entropy}");
    assert!((weighed / tokens - entropy).abs() > 0.05, "{} {entropy}", weighed / tokens);
}

#[test]
fn trap_06_the_mask_is_not_foretold_and_what_is_seen_is_kept() {
    let (denoiser, _) = words(SequenceSource::Mask);
    let answer = denoiser.ask(&[1, 4, 4, 4], &[Kappa::START]).expect("an answer");
    let mut p = [0.0; 4];
    answer.distribution(0, 0, &mut p);
    assert_eq!(p, [0.0, 1.0, 0.0, 0.0], "seen");
    for token in 1..4 {
        answer.distribution(0, token, &mut p);
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12, "nothing is left for the mask");
        let drawn = (0..100).map(|n| answer.draw(0, token, 1.0, f64::from(n) / 100.0));
        assert!(drawn.into_iter().all(|value| value < 4));
    }
}

#[test]
fn trap_07_a_prompt_is_there_at_every_step_whatever_is_re_noised() {
    let language = LanguageSpec::Sums.load(Some(12)).expect("sums");
    let dfm_explorer::data::language::Shape::Automaton(automaton) = &language.shape else {
        panic!("an automaton")
    };
    let prompt: Vec<Option<u16>> =
        language.alphabet.read("12+?=").expect("a prompt").into_iter().chain([None; 7]).collect();
    for source in [SequenceSource::Mask, SequenceSource::Uniform] {
        let exact = AutomatonDenoiser::new(automaton.clone(), 12, source).expect("sums");
        let exact = exact.with_given(prompt.clone()).expect("it fits");
        let corrector = Corrector { amplitude: 10.0, a: 0.25, b: 0.25 };
        let config = SequenceConfig {
            steps: 24,
            scheduler: Scheduler::Linear,
            corrector,
            ..SequenceConfig::default()
        };
        let given = Given::new(prompt.clone());
        let setup = SequenceSetup { denoiser: &exact, config, count: 6, first: 0, given: Some(&given) };
        let run = run_sequences(setup, |moment| {
            for state in moment.states.chunks(12) {
                let holds = |(x, given): (&u16, &Option<u16>)| given.is_none_or(|given| given == *x);
                assert!(state.iter().zip(&prompt).all(holds), "{source}: {state:?}");
            }
            ControlFlow::Continue(())
        });
        assert!(run.expect("a run").summary.renoised > 0, "{source}: something went back");
    }
}

#[test]
fn trap_14_windows_that_begin_from_nothing_cost_more_than_the_same_letters_in_their_text() {
    let parts = TextParts::shipped().expect("plays");
    let judge = Judge::new(parts.training.clone(), usize::MAX, parts.alphabet.symbols(), JUDGE_ORDER)
        .expect("a judge");
    let letters = &parts.held_out[..12_800];
    let apart = letters.chunks(128).map(|window| judge.bits(window)).sum::<f64>() / 100.0;
    let together = (0..letters.len())
        .map(|at| -judge.probability(&letters[at.saturating_sub(4)..at], letters[at]).ln() / LN_2)
        .sum::<f64>()
        / letters.len() as f64;
    // Four letters of each have less before them.
    assert!((0.01..0.2).contains(&(apart - together)), "{apart} {together}");
}
