//! Whole texts, and how far texts are from a language (math.md 15.1).

use super::Given;
use crate::denoiser::sequence::ExactDenoiser;
use crate::flow::{Kappa, SequenceSource};
use crate::random::{Purpose, stream};
use rand::RngExt as _;
use rayon::prelude::*;
use std::f64::consts::LN_2;

/// `count` texts from p(x₁) of a denoiser's language, with its given tokens, \[B, N\]: a perfect step draws whole texts at once.
/// Text n of a seed is the same in every run.
pub fn joint_texts(denoiser: &dyn ExactDenoiser, count: usize, seed: u64) -> Vec<u16> {
    joint_texts_with(denoiser, None, count, seed)
}

/// The same with the tokens that are given, which a mask source shows.
pub fn joint_texts_with(
    denoiser: &dyn ExactDenoiser,
    given: Option<&Given>,
    count: usize,
    seed: u64,
) -> Vec<u16> {
    let n = denoiser.tokens();
    let nothing = match denoiser.source() {
        SequenceSource::Mask => denoiser.values() as u16,
        // At κ = 0 it says nothing.
        SequenceSource::Uniform => 0,
    };
    let text = |b: usize| {
        let mut rng = stream(seed, Purpose::Texts, b as u64);
        let token = |at: usize| given.and_then(|given| given.value(b, at, n)).unwrap_or(nothing);
        let state: Vec<u16> = (0..n).map(token).collect();
        denoiser.joint(&state, Kappa::START, &mut || rng.random())
    };
    (0..count).into_par_iter().flat_map_iter(text).collect()
}

/// Beginnings of `count` texts of a denoiser's language, each of a length of its own from 0 to N: the paper's prompts, \[B, N\].
/// The texts are others than [`joint_texts`] has with the same seed.
pub fn beginnings(denoiser: &dyn ExactDenoiser, count: usize, seed: u64) -> Vec<Option<u16>> {
    let n = denoiser.tokens();
    let texts = joint_texts(denoiser, count, !seed);
    let beginning = |(b, text): (usize, &[u16])| {
        let mut rng = stream(!seed, Purpose::Texts, (1 << 32) + b as u64);
        let length = (rng.random::<f64>() * (n + 1) as f64) as usize;
        text.iter().enumerate().map(|(at, x)| (at < length).then_some(*x)).collect::<Vec<_>>()
    };
    texts.chunks_exact(n).enumerate().flat_map(beginning).collect()
}

/// How far texts are from a language.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// Of how many texts.
    pub texts: usize,
    /// How many are texts of the language.
    pub grammatical: usize,
    /// The least number of tokens to change until a text is one of the language, on average.
    pub mean_distance: f64,
    /// −log₂ q a token of those that are; none where none is.
    pub bits: Option<f64>,
}

impl Judged {
    /// Of several lots of texts.
    pub fn together(lots: &[Self]) -> Self {
        let sum = |of: fn(&Self) -> usize| lots.iter().map(of).sum::<usize>();
        let (texts, grammatical) = (sum(|lot| lot.texts), sum(|lot| lot.grammatical));
        let distance: f64 = lots.iter().map(|lot| lot.mean_distance * lot.texts as f64).sum();
        let bits: f64 = lots.iter().map(|lot| lot.bits.unwrap_or(0.0) * lot.grammatical as f64).sum();
        Self {
            texts,
            grammatical,
            mean_distance: distance / texts.max(1) as f64,
            bits: (grammatical > 0).then(|| bits / grammatical as f64),
        }
    }
}

/// Judges texts \[B, N\] by the language of a denoiser whose source has a mask, so that a state may be a whole text.
pub fn judged(denoiser: &dyn ExactDenoiser, texts: &[u16]) -> Judged {
    let n = denoiser.tokens();
    let each: Vec<(f64, usize)> = texts
        .par_chunks_exact(n)
        .map(|text| match denoiser.log_probability(text, None) {
            // Not −log, which is −0 of the only text.
            log if log.is_finite() => ((0.0 - log) / LN_2 / n as f64, 0),
            log => (-log, denoiser.distance(text)),
        })
        .collect();
    let good: Vec<f64> = each.iter().filter(|(_, distance)| *distance == 0).map(|(bits, _)| *bits).collect();
    let distance: usize = each.iter().map(|(_, distance)| distance).sum();
    Judged {
        texts: each.len(),
        grammatical: good.len(),
        mean_distance: distance as f64 / each.len().max(1) as f64,
        bits: (!good.is_empty()).then(|| good.iter().sum::<f64>() / good.len() as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::sequence::AutomatonDenoiser;
    use crate::flow::sequence::testing::{Numbers, random_pdfa};
    use std::sync::Arc;

    #[test]
    fn joint_texts_are_of_the_language_and_cost_its_entropy() {
        let language = Arc::new(random_pdfa(&mut Numbers::new(3), 6, 4, 2));
        let denoiser = AutomatonDenoiser::new(language.clone(), 8, SequenceSource::Mask).expect("a language");
        let texts = joint_texts(&denoiser, 2000, 5);
        assert_eq!(texts[..80], joint_texts(&denoiser, 10, 5));
        let found = judged(&denoiser, &texts);
        assert_eq!((found.texts, found.grammatical, found.mean_distance), (2000, 2000, 0.0));
        let bits = language.entropy(8).expect("one path") / LN_2 / 8.0;
        assert!((found.bits.expect("bits") - bits).abs() < 0.02, "{found:?} {bits}");
        // A uniform source at κ = 0 says nothing either.
        let uniform = AutomatonDenoiser::new(language, 8, SequenceSource::Uniform).expect("a language");
        assert_eq!(judged(&denoiser, &joint_texts(&uniform, 50, 1)).grammatical, 50);
    }

    #[test]
    fn what_is_no_text_is_as_far_as_its_nearest_one() {
        let language = Arc::new(random_pdfa(&mut Numbers::new(3), 6, 4, 2));
        let denoiser = AutomatonDenoiser::new(language, 8, SequenceSource::Mask).expect("a language");
        let texts: Vec<u16> = (0..4).flat_map(|value| [value; 8]).collect();
        let found = judged(&denoiser, &texts);
        let total: usize = texts.chunks(8).map(|text| denoiser.distance(text)).sum();
        assert!(total > 0 && found.mean_distance == total as f64 / 4.0, "{found:?}");
        let apart = [judged(&denoiser, &texts[..24]), judged(&denoiser, &texts[24..])];
        assert_eq!(Judged::together(&apart).mean_distance, found.mean_distance);
        assert_eq!(
            Judged::together(&[]),
            Judged { texts: 0, grammatical: 0, mean_distance: 0.0, bits: None }
        );
    }
}
