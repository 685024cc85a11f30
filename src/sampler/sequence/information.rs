//! The information curve of a denoiser, estimated on texts (math.md 15.3).

use super::numbers::Numbers;
use crate::denoiser::sequence::SequenceDenoiser;
use crate::flow::sequence::Information;
use crate::flow::{Kappa, SequenceSource};
use crate::random::Purpose;
use crate::sampler::SamplerError;
use rayon::prelude::*;

/// Texts and numbers of masks that the denoiser is asked about at once.
const BATCH: usize = 128;

/// How closely an information curve is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closeness {
    /// At most so many numbers of masked tokens m, of 1 to N; straight lines in between. They lie closer where nearly all is
    /// masked, since that is where redundant texts give away what they have.
    pub masks: usize,
    /// Of all random numbers.
    pub seed: u64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredInformation {
    /// Of what the denoiser expects: H(p_{1|t}) of the masked tokens. For an exact denoiser the curve of the language.
    pub expected: Information,
    /// Of what the texts cost it: −ln p_{1|t}(x₁ⁱ) of the masked tokens. Its area is the bound on −ln p of a text. Infinite
    /// where it excludes what is there.
    pub cost: Information,
    /// Standard errors of the two areas from the spread between the texts, nats; infinite of a single text.
    pub errors: [f64; 2],
    /// Passes of the denoiser over one text each.
    pub passes: usize,
}

/// Estimates the curve on `texts` \[B, N\] of the language: each text is masked in one random order, from the last token to
/// the first, and the denoiser asked at several places of it. `None` if `go_on` said no.
///
/// # Errors
/// If the denoiser's source has no mask, the texts are none of its, or it fails.
pub fn measured_information(
    denoiser: &dyn SequenceDenoiser,
    texts: &[u16],
    closeness: Closeness,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<MeasuredInformation>, SamplerError> {
    let (n, k) = (denoiser.tokens(), denoiser.values());
    let refuse = |why: &str| Err(SamplerError::Sequences(why.to_owned()));
    if denoiser.source() != SequenceSource::Mask {
        return refuse("an information curve is that of a mask source");
    }
    if texts.is_empty() || !texts.len().is_multiple_of(n) || texts.iter().any(|&x| usize::from(x) >= k) {
        return refuse("an information curve needs whole texts without masks");
    }
    let masks = places(n, closeness.masks);
    // By text the place in the order at which each token is masked.
    let orders: Vec<Vec<usize>> = texts
        .par_chunks(n)
        .enumerate()
        .map(|(b, _)| {
            let numbers = Numbers::new(closeness.seed, b as u32, Purpose::Bound);
            let mut order: Vec<(f64, usize)> = numbers.moves(u32::MAX, n).zip(0..).collect();
            order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            order.into_iter().map(|(_, token)| token).collect()
        })
        .collect();
    let count = orders.len();
    let questions: Vec<(usize, usize)> =
        (0..count).flat_map(|b| masks.iter().map(move |&masked| (b, masked))).collect();
    let mut found: Vec<[f64; 2]> = Vec::with_capacity(questions.len());
    for batch in questions.chunks(BATCH) {
        if !go_on() {
            return Ok(None);
        }
        let mut states = Vec::with_capacity(batch.len() * n);
        for &(b, masked) in batch {
            let at = states.len();
            states.extend_from_slice(&texts[b * n..][..n]);
            orders[b][..masked].iter().for_each(|&token| states[at + token] = k as u16);
        }
        let kappas: Vec<Kappa> =
            batch.iter().map(|&(_, masked)| Kappa::new(1.0 - masked as f64 / n as f64)).collect();
        let answer = denoiser.ask(&states, &kappas).map_err(SamplerError::Denoiser)?;
        let of = |(at, &(b, masked)): (usize, &(usize, usize))| {
            let mut p = vec![0.0; k];
            let mut sums = [0.0; 2];
            for &token in &orders[b][..masked] {
                answer.distribution(at, token, &mut p);
                sums[0] += p.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum::<f64>();
                sums[1] -= p[usize::from(texts[b * n + token])].ln();
            }
            sums.map(|sum| sum / masked as f64)
        };
        found.extend(batch.par_iter().enumerate().map(of).collect::<Vec<_>>());
    }
    let curve = |which: usize, texts: &[&[[f64; 2]]]| {
        let mean = |at: usize| texts.iter().map(|of| of[at][which]).sum::<f64>() / texts.len() as f64;
        let points: Vec<(usize, f64)> = masks.iter().enumerate().map(|(at, &m)| (m, mean(at))).collect();
        Information::interpolated(n, &points)
    };
    let each: Vec<&[[f64; 2]]> = found.chunks_exact(masks.len()).collect();
    let errors = [0, 1].map(|which| {
        let areas: Vec<f64> = each.iter().map(|of| curve(which, &[*of]).area()).collect();
        standard_error(&areas)
    });
    let passes = questions.len() * denoiser.passes();
    Ok(Some(MeasuredInformation { expected: curve(0, &each), cost: curve(1, &each), errors, passes }))
}

/// At most `most` numbers of masked tokens of `n`, from 1 to n, twice as close at the upper end as in the middle.
fn places(n: usize, most: usize) -> Vec<usize> {
    let most = most.clamp(2, n.max(2));
    let mut places: Vec<usize> = (0..most)
        .map(|j| {
            let u = j as f64 / (most - 1) as f64;
            // The share that is seen, κ = u² ½ + u ½.
            let seen = 0.5 * (u * u + u) * (n - 1) as f64;
            n - seen.round() as usize
        })
        .collect();
    places.reverse();
    places.dedup();
    places
}

fn standard_error(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    let error = (squares / (n * (n - 1.0))).sqrt();
    if error.is_nan() { f64::INFINITY } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::sequence::{AutomatonDenoiser, Empirical, Independent};
    use crate::flow::sequence::testing::{Numbers as Random, random_pdfa, table};

    #[test]
    fn places_reach_both_ends() {
        assert_eq!(places(5, 100), [1, 2, 3, 4, 5]);
        assert_eq!(places(1, 1), [1]);
        let places = places(128, 17);
        assert_eq!((places[0], places[places.len() - 1]), (1, 128));
        assert!(places.len() == 17 && places.windows(2).all(|two| two[0] < two[1]), "{places:?}");
        assert!(places[16] - places[15] < places[1] - places[0]);
    }

    #[test]
    fn a_set_of_words_is_measured_as_it_is() {
        let words: Vec<u8> = vec![0, 1, 2, 0, 1, 1, 2, 0, 0, 0, 0, 0];
        let denoiser = Empirical::new(words.clone(), 3, 3, SequenceSource::Mask).expect("a set");
        let words: Vec<u16> = words.into_iter().map(u16::from).collect();
        let exact = Information::of_set(&words, 3).expect("short");
        // Every word many times: many orders.
        let texts = words.repeat(4000);
        let closeness = Closeness { masks: 3, seed: 1 };
        let found =
            measured_information(&denoiser, &texts, closeness, &|| true).expect("texts").expect("found");
        for (a, b) in exact.means().iter().zip(found.expected.means()) {
            assert!((a - b).abs() < 0.01, "{a} {b}");
        }
        assert!((found.cost.area() - 4f64.ln()).abs() < 4.0 * found.errors[1].max(1e-3));
    }

    #[test]
    fn the_area_is_the_entropy_and_a_network_pays_more() {
        let mut random = Random::new(8);
        let language = std::sync::Arc::new(random_pdfa(&mut random, 6, 3, 2));
        let entropy = language.entropy(6).expect("one path");
        let exact = AutomatonDenoiser::new(language.clone(), 6, SequenceSource::Mask).expect("a language");
        let texts: Vec<u16> =
            (0..400).flat_map(|_| language.sample(6, || random.unit()).expect("a text")).collect();
        let closeness = Closeness { masks: 6, seed: 2 };
        let found = measured_information(&exact, &texts, closeness, &|| true).expect("texts").expect("found");
        for (curve, error) in [(&found.expected, found.errors[0]), (&found.cost, found.errors[1])] {
            assert!((curve.area() - entropy).abs() < 4.0 * error, "{} ± {error} for {entropy}", curve.area());
        }
        let set: Vec<u8> = texts.iter().map(|&x| x as u8).collect();
        let alone = Independent::new(set, 6, 3, 0.5, SequenceSource::Mask).expect("a set");
        let worse = measured_information(&alone, &texts, closeness, &|| true).expect("texts").expect("found");
        let marginal: f64 = table(&language, 6).iter().map(|(_, q)| q).sum();
        assert!((marginal - 1.0).abs() < 1e-12 && worse.cost.area() > entropy + 4.0 * worse.errors[1]);
        assert!(measured_information(&exact, &texts, closeness, &|| false).expect("texts").is_none());
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let of = |source| Empirical::new(vec![0, 1, 1, 0], 2, 2, source).expect("a set");
        let closeness = Closeness { masks: 2, seed: 0 };
        for (source, texts) in [
            (SequenceSource::Uniform, &[0, 1][..]),
            (SequenceSource::Mask, &[0]),
            (SequenceSource::Mask, &[0, 2]),
        ] {
            assert!(measured_information(&of(source), texts, closeness, &|| true).is_err());
        }
    }
}
