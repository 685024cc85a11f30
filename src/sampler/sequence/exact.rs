//! The exact probability that a sampler ends in a given text, for short texts (math.md 15.4): no Monte Carlo.

use super::{SequenceConfig, SequenceMethod};
use crate::denoiser::sequence::SequenceDenoiser;
use crate::flow::categorical::{COLDEST, sharpened};
use crate::flow::{FlowError, Kappa, SequenceSource};
use crate::sampler::SamplerError;
use crate::sampler::walk::grid_spans;
use rayon::prelude::*;

/// Longest text: 3ᴸ products a step.
pub const MOST_EXACT_TOKENS: usize = 10;
/// Texts that the denoiser is asked about at once, in all 2ᴸ ways.
const BATCH: usize = 16;

/// How far a sampler ends from texts that are all equally likely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExactDistance {
    /// Total variation distance, 0 to 1.
    pub tv: f64,
    /// KL(texts ‖ sampler), nats; infinite if a text is never sampled.
    pub kl: f64,
    /// The probability of anything else than one of the texts.
    pub off: f64,
}

impl ExactDistance {
    /// From the sampler's probability of each of them.
    pub fn of(sampled: &[f64]) -> Self {
        let q = 1.0 / sampled.len().max(1) as f64;
        let off = (1.0 - sampled.iter().sum::<f64>()).max(0.0);
        let apart: f64 = sampled.iter().map(|p| (p - q).abs()).sum();
        let kl = sampled.iter().map(|p| q * (q / p).ln()).sum::<f64>();
        Self { tv: 0.5 * (apart + off), kl: kl.max(0.0), off }
    }
}

/// The probability that a run by `config` ends in each of `texts` \[M, N\], N ≤ 10: by how likely it is that the tokens of
/// every subset are revealed, and right. n 3ᴺ products for n steps.
///
/// # Errors
/// If the source has no mask, the method is not exact, there is a corrector, the texts are too long or none of the
/// denoiser's, or it fails.
pub fn sampled_probabilities(
    denoiser: &dyn SequenceDenoiser,
    texts: &[u16],
    config: &SequenceConfig,
) -> Result<Vec<f64>, SamplerError> {
    let config = config.checked_with(denoiser.source())?;
    let (n, k) = (denoiser.tokens(), denoiser.values());
    let is_plain = config.method == SequenceMethod::Exact && !config.corrector.is_on();
    if denoiser.source() != SequenceSource::Mask || !is_plain {
        let why = "a sampler's exact probabilities need a mask source, the exact method and no corrector";
        return Err(FlowError::Unsupported(why.to_owned()).into());
    }
    if n > MOST_EXACT_TOKENS || !texts.len().is_multiple_of(n) || texts.iter().any(|&x| usize::from(x) >= k) {
        let why =
            format!("exact probabilities are those of whole texts of at most {MOST_EXACT_TOKENS} tokens");
        return Err(SamplerError::Sequences(why));
    }
    let subsets = 1 << n;
    let mut found = Vec::with_capacity(texts.len() / n);
    for batch in texts.chunks(BATCH * n) {
        let mut states = Vec::with_capacity(batch.len() * subsets);
        for text in batch.chunks_exact(n) {
            for seen in 0..subsets {
                states.extend((0..n).map(|i| if seen >> i & 1 == 1 { text[i] } else { k as u16 }));
            }
        }
        let kappas = vec![Kappa::START; states.len() / n];
        let answer = denoiser.ask(&states, &kappas).map_err(SamplerError::Denoiser)?;
        let each = batch.par_chunks(n).enumerate().map(|(b, text)| {
            let mut p = vec![0.0; k];
            let mut table = vec![0.0; subsets * n * k];
            for seen in 0..subsets {
                for token in (0..n).filter(|token| seen >> token & 1 == 0) {
                    answer.distribution(b * subsets + seen, token, &mut p);
                    table[(seen * n + token) * k..][..k].copy_from_slice(&p);
                }
            }
            of_text(text, &table, k, &config)
        });
        found.extend(each.collect::<Vec<f64>>());
    }
    Ok(found)
}

/// Of one text, from p of every token in every subset of what is seen of it, \[2ᴺ, N, K\].
fn of_text(text: &[u16], table: &[f64], k: usize, config: &SequenceConfig) -> f64 {
    let n = text.len();
    let whole = (1_usize << n) - 1;
    // How likely it is that exactly these tokens are seen, and that they are right.
    let mut chance = vec![0.0; whole + 1];
    chance[0] = 1.0;
    let mut right = vec![0.0; n];
    for span in grid_spans(config.steps, config.grid, config.scheduler) {
        let [now, after] = [span.t, span.t_next].map(|t| config.scheduler.at(t));
        let theta = if span.last { 1.0 } else { 1.0 - after.complement / now.complement };
        let temperature = config.temperature.at(span.t);
        let mut next = vec![0.0; whole + 1];
        for seen in (0..=whole).filter(|&seen| chance[seen] > 0.0) {
            let rest = whole & !seen;
            for (token, right) in right.iter_mut().enumerate().filter(|(token, _)| rest >> token & 1 == 1) {
                *right = probability(&table[(seen * n + token) * k..][..k], text[token], temperature);
            }
            // Every subset of the rest, from all of it to nothing.
            let mut revealed = rest;
            loop {
                let each = (0..n)
                    .filter(|token| rest >> token & 1 == 1)
                    .map(|token| if revealed >> token & 1 == 1 { theta * right[token] } else { 1.0 - theta });
                next[seen | revealed] += chance[seen] * each.product::<f64>();
                if revealed == 0 {
                    break;
                }
                revealed = (revealed - 1) & rest;
            }
        }
        chance = next;
    }
    chance[whole]
}

/// p of a value after a temperature.
fn probability(p: &[f64], value: u16, temperature: f64) -> f64 {
    let value = usize::from(value);
    if temperature == 1.0 {
        return p[value];
    }
    let top = p.iter().copied().fold(0.0, f64::max);
    if temperature < COLDEST {
        return f64::from(u8::from(p.iter().position(|p| *p == top) == Some(value)));
    }
    let total: f64 = p.iter().map(|p| sharpened(*p, top, temperature)).sum();
    sharpened(p[value], top, temperature) / total
}

#[cfg(test)]
mod tests {
    use super::super::{SequenceSetup, Temperature, run_sequences};
    use super::*;
    use crate::denoiser::sequence::Empirical;
    use crate::denoiser::sequence::testing::{all_states, few_sequences};
    use crate::flow::{Corrector, Scheduler};
    use std::ops::ControlFlow;

    const WORDS: usize = 12;

    fn words() -> (Empirical, Vec<u16>) {
        let set = few_sequences(3 * WORDS, 4, 5);
        let mut words: Vec<&[u8]> = set.chunks(4).collect();
        words.sort_unstable();
        words.dedup();
        words.truncate(WORDS);
        let set = words.concat();
        let texts = set.iter().map(|&x| x.into()).collect();
        (Empirical::new(set, 4, 5, SequenceSource::Mask).expect("a set"), texts)
    }

    fn config(steps: usize) -> SequenceConfig {
        SequenceConfig { steps, scheduler: Scheduler::Linear, ..SequenceConfig::default() }
    }

    #[test]
    fn all_texts_together_have_probability_one_and_one_step_is_the_product_of_the_marginals() {
        let (denoiser, _) = words();
        let all: Vec<u16> = all_states(4, 5).flatten().collect();
        for config in [
            config(1),
            config(4),
            SequenceConfig { temperature: Temperature { level: 0.7, fading: false }, ..config(3) },
            SequenceConfig { temperature: Temperature { level: 1.0, fading: true }, ..config(3) },
        ] {
            let found = sampled_probabilities(&denoiser, &all, &config).expect("short");
            assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{config}");
            if config.steps == 1 {
                let answer = denoiser.ask(&[5; 4], &[Kappa::START]).expect("an answer");
                for (text, p) in all.chunks(4).zip(&found) {
                    let log: f64 = (0..4).map(|i| answer.log_probability(0, i, text[i])).sum();
                    assert!((p - log.exp()).abs() < 1e-14);
                }
            }
        }
    }

    #[test]
    fn it_is_what_samples_come_to() {
        let (denoiser, texts) = words();
        const COUNT: usize = 20_000;
        for (steps, level) in [(1, 1.0), (4, 1.0), (16, 1.0), (4, 0.6)] {
            let temperature = Temperature { level, fading: false };
            let config = SequenceConfig { temperature, ..config(steps) };
            let found = sampled_probabilities(&denoiser, &texts, &config).expect("short");
            let setup = SequenceSetup { denoiser: &denoiser, config, count: COUNT, first: 0, given: None };
            let run = run_sequences(setup, |_| ControlFlow::Continue(())).expect("a run");
            for (text, p) in texts.chunks(4).zip(&found) {
                let share = run.states.chunks(4).filter(|state| *state == text).count() as f64 / COUNT as f64;
                assert!((share - p).abs() < 4.5 * (p / COUNT as f64).sqrt() + 1e-4, "{steps}: {share} {p}");
            }
        }
    }

    #[test]
    fn distances_fall_with_the_steps() {
        let (denoiser, texts) = words();
        let of = |steps| {
            ExactDistance::of(&sampled_probabilities(&denoiser, &texts, &config(steps)).expect("short"))
        };
        let [one, four, many] = [1, 4, 64].map(of);
        assert!(one.off > four.off && four.off > many.off && many.off < 0.05, "{one:?} {four:?} {many:?}");
        assert!(one.tv > four.tv && one.kl > four.kl && four.kl > many.kl && many.kl > 0.0);
        let exact = ExactDistance::of(&[0.25; 4]);
        assert!(exact.tv < 1e-15 && exact.kl < 1e-15 && exact.off < 1e-15);
        assert_eq!(ExactDistance::of(&[1.0, 0.0]).kl, f64::INFINITY);
    }

    #[test]
    fn what_has_no_exact_probability_is_refused() {
        let (denoiser, texts) = words();
        let usual = config(2);
        for config in [
            SequenceConfig { method: SequenceMethod::MaskGit, ..usual },
            SequenceConfig { corrector: Corrector::IMAGES, ..usual },
            SequenceConfig { steps: 0, ..usual },
        ] {
            assert!(sampled_probabilities(&denoiser, &texts, &config).is_err(), "{config}");
        }
        let uniform = denoiser.clone().with_source(SequenceSource::Uniform);
        assert!(sampled_probabilities(&uniform, &texts, &usual).is_err());
        assert!(sampled_probabilities(&denoiser, &texts[1..], &usual).is_err());
        assert!(sampled_probabilities(&denoiser, &[5; 4], &usual).is_err());
        let long = Empirical::new(vec![0; 22], 11, 2, SequenceSource::Mask).expect("a set");
        assert!(sampled_probabilities(&long, &[0; 11], &usual).is_err());
    }
}
