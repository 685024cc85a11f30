//! How far a denoiser is from the exact one of a language: the middle one of the three areas of an information curve
//! (math.md 15.3 and 15.7).

use super::bound::{Noised, mean, noised, standard_error};
use super::numbers::Numbers;
use crate::denoiser::sequence::SequenceDenoiser;
use crate::flow::{Kappa, SequenceSource};
use crate::random::Purpose;
use crate::sampler::SamplerError;
use rayon::prelude::*;

/// Texts that both are asked about at once.
const BATCH: usize = 64;

/// ∫ E Σ_i KL(D_i ‖ D_θ,i) dκ/(1−κ): what a denoiser costs more than the exact one, nats a text, and its standard error from the
/// spread between the `texts` \[B, N\] of the language; each is looked at once in each of `strata` equal parts of the path. The
/// same masks as those of [`super::likelihood_bound`] of the same seed. `None` if `go_on` said no.
///
/// # Errors
/// If the two are not of the same texts with masks, the texts are none of theirs, or one of them fails.
pub fn model_gap(
    [exact, model]: [&dyn SequenceDenoiser; 2],
    texts: &[u16],
    (strata, seed): (usize, u64),
    go_on: &dyn Fn() -> bool,
) -> Result<Option<[f64; 2]>, SamplerError> {
    let (n, k) = (exact.tokens(), exact.values());
    let refuse = |why: &str| Err(SamplerError::Sequences(why.to_owned()));
    if (n, k, SequenceSource::Mask) != (model.tokens(), model.values(), model.source())
        || exact.source() != SequenceSource::Mask
    {
        return refuse("both denoisers must be of the same texts, with a mask source");
    }
    if strata == 0 || texts.is_empty() || !texts.len().is_multiple_of(n) {
        return refuse("a gap needs whole texts, and at least one part of the path");
    }
    let mut means = Vec::with_capacity(texts.len() / n);
    for (batch, texts) in texts.chunks(BATCH * n).enumerate() {
        let mut sums = vec![0.0; texts.len() / n];
        for stratum in 0..strata {
            if !go_on() {
                return Ok(None);
            }
            let each = texts.par_chunks(n).enumerate();
            let noised: Vec<Noised> = each
                .map(|(b, x1)| {
                    let numbers = Numbers::new(seed, (batch * BATCH + b) as u32, Purpose::Bound);
                    noised(exact, x1, numbers, stratum, strata)
                })
                .collect();
            let states: Vec<u16> = noised.iter().flat_map(|noised| noised.state.iter().copied()).collect();
            let kappas: Vec<Kappa> = noised.iter().map(|noised| noised.kappa).collect();
            let ask = |denoiser: &dyn SequenceDenoiser| {
                denoiser.ask(&states, &kappas).map_err(SamplerError::Denoiser)
            };
            let (truth, said) = (ask(exact)?, ask(model)?);
            sums.par_iter_mut().zip(&noised).enumerate().for_each(|(b, (sum, noised))| {
                let mut p = vec![0.0; k];
                let masked = (0..n).filter(|token| usize::from(noised.state[*token]) >= k);
                let of_token = |token: usize| -> f64 {
                    truth.distribution(b, token, &mut p);
                    let likely = p.iter().enumerate().filter(|(_, p)| **p > 0.0);
                    likely.map(|(y, p)| p * (p.ln() - said.log_probability(b, token, y as u16))).sum()
                };
                *sum += noised.weight * masked.map(of_token).sum::<f64>();
            });
        }
        means.extend(sums.iter().map(|sum| sum / strata as f64));
    }
    Ok(Some([mean(&means), standard_error(&means)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::sequence::{Empirical, Independent};
    use crate::sampler::sequence::likelihood_bound;

    #[test]
    fn it_is_what_the_bounds_differ_by_and_nothing_to_itself() {
        let set: Vec<u8> = (0..12 * 5).map(|n: u32| ((n / 5).pow(2) / (1 + n % 5) % 4) as u8).collect();
        let texts: Vec<u16> = set.iter().cycle().take(60 * 40).map(|&x| x.into()).collect();
        let exact = Empirical::new(set.clone(), 5, 4, SequenceSource::Mask).expect("a set");
        let other = Independent::new(set, 5, 4, 1e-6, SequenceSource::Mask).expect("a set");
        let gap = |model: &dyn SequenceDenoiser| {
            model_gap([&exact, model], &texts, (8, 1), &|| true).expect("a gap").expect("an answer")
        };
        assert_eq!(gap(&exact), [0.0, 0.0]);
        let bound = |denoiser: &dyn SequenceDenoiser| {
            likelihood_bound(denoiser, &texts, 8, 1, &|| true).expect("a bound").expect("an answer").nats
        };
        let [found, error] = gap(&other);
        let expected = bound(&other) - bound(&exact);
        assert!(found > 0.5 && (found - expected).abs() < 6.0 * error + 0.1, "{found} ± {error}: {expected}");
        let uniform = Independent::new(vec![0; 5], 5, 4, 1.0, SequenceSource::Uniform).expect("a set");
        assert!(model_gap([&exact, &uniform], &texts, (8, 1), &|| true).is_err());
    }
}
