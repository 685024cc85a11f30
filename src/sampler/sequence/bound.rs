//! How many nats a denoiser needs for data: the bound −ln p(x₁) ≤ ∫ Σ_i l_i dκ of the generalised KL (math.md 6),
//! estimated on random noise.
//!
//! l_i = ( \[xⁱ = x₁ⁱ\] − p(xⁱ | x) − \[xⁱ ≠ x₁ⁱ\] ln p(x₁ⁱ | x) ) / (1−κ); it does not depend on the scheduler. With a mask
//! source it is −ln p of the masked tokens. Of an exact denoiser the bound is the entropy of the data with a mask source
//! and strictly more with a uniform one.

use super::numbers::Numbers;
use crate::denoiser::sequence::{SequenceAnswer, SequenceDenoiser, SequenceError, check_batch};
use crate::flow::categorical::even_index_at;
use crate::flow::{Kappa, SequenceSource};
use crate::random::Purpose;
use crate::sampler::SamplerError;
use rayon::prelude::*;
use std::f64::consts::LN_2;

/// Sequences the denoiser is asked about at once.
const BATCH: usize = 64;
/// The largest number of strata.
const MOST_STRATA: usize = 1 << 16;

/// The negative ELBO of sequences under a denoiser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LikelihoodBound {
    /// Nats a sequence, on average; infinite if the denoiser excludes what is there.
    pub nats: f64,
    /// Its standard error, from the spread between the sequences as a sample of their kind; of one sequence from the
    /// spread between the strata. Infinite where there is nothing to compare.
    pub standard_error: f64,
    /// How many sequences.
    pub sequences: usize,
    /// N.
    pub tokens: usize,
    /// Passes of the denoiser, added up over the sequences.
    pub passes: usize,
}

impl LikelihoodBound {
    /// Bits a token: bits per dimension where a token is one.
    pub fn bits_per_token(self) -> f64 {
        self.nats / LN_2 / self.tokens as f64
    }

    /// The standard error of [`Self::bits_per_token`].
    pub fn bits_error(self) -> f64 {
        self.standard_error / LN_2 / self.tokens as f64
    }
}

/// Estimates the bound of `data` \[B, N\]: the denoiser is asked about every sequence once in each of `strata` equal parts
/// of the path, 1..=65,536. The same on any number of threads. `None` if `go_on` said no between two questions.
///
/// # Errors
/// If the data are no sequences of the denoiser's, the strata are out of range, or the denoiser fails.
pub fn likelihood_bound(
    denoiser: &dyn SequenceDenoiser,
    data: &[u16],
    strata: usize,
    seed: u64,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<LikelihoodBound>, SamplerError> {
    let (n, k) = (denoiser.tokens(), denoiser.values());
    let refuse = |why: String| Err(SamplerError::Sequences(why));
    if !(1..=MOST_STRATA).contains(&strata) {
        return refuse(format!("{strata} strata: expected a whole number from 1 to {MOST_STRATA}"));
    }
    let sequences = data.len() / n.max(1);
    if data.is_empty() || data.len() != sequences * n || u32::try_from(sequences).is_err() {
        return refuse(SequenceError::Length { given: data.len(), tokens: n }.to_string());
    }
    check_batch(denoiser, data, &vec![Kappa::END; sequences])
        .map_err(|e| SamplerError::Sequences(e.to_string()))?;
    if let Some(at) = data.iter().position(|&x| usize::from(x) >= k) {
        return refuse(format!("token {} of sequence {} is masked: data have no masks", at % n, at / n));
    }
    let mut losses = Vec::with_capacity(data.len() / n * strata);
    for (batch, data) in data.chunks(BATCH * n).enumerate() {
        let mut of_batch = vec![Vec::with_capacity(strata); data.len() / n];
        for stratum in 0..strata {
            if !go_on() {
                return Ok(None);
            }
            let noised: Vec<Noised> = data
                .par_chunks(n)
                .enumerate()
                .map(|(b, x1)| {
                    let numbers = Numbers::new(seed, (batch * BATCH + b) as u32, Purpose::Bound);
                    noised(denoiser, x1, numbers, stratum, strata)
                })
                .collect();
            let states: Vec<u16> = noised.iter().flat_map(|noised| noised.state.iter().copied()).collect();
            let kappas: Vec<Kappa> = noised.iter().map(|noised| noised.kappa).collect();
            let answer = denoiser.ask(&states, &kappas).map_err(SamplerError::Denoiser)?;
            let each = of_batch.par_iter_mut().zip(&noised).zip(data.par_chunks(n)).enumerate();
            each.for_each(|(b, ((losses, noised), x1))| losses.push(noised.loss(&*answer, b, x1, k)));
        }
        losses.extend(of_batch);
    }
    let means: Vec<f64> = losses.iter().map(|of_one| mean(of_one)).collect();
    let spread = if sequences > 1 { &means } else { &losses[0] };
    Ok(Some(LikelihoodBound {
        // What is certain costs ln 1 with a minus.
        nats: mean(&means) + 0.0,
        standard_error: standard_error(spread),
        sequences,
        tokens: n,
        passes: sequences * strata * denoiser.passes(),
    }))
}

/// A sequence on its way, and how much its losses count.
pub(super) struct Noised {
    pub state: Vec<u16>,
    pub kappa: Kappa,
    pub weight: f64,
}

impl Noised {
    /// The estimate of the bound from this state alone; `k` is K.
    fn loss(&self, answer: &dyn SequenceAnswer, sequence: usize, x1: &[u16], k: usize) -> f64 {
        let pairs = self.state.iter().zip(x1).enumerate();
        let losses = pairs.map(|(token, (&x, &x1))| {
            let log = |value| answer.log_probability(sequence, token, value);
            if usize::from(x) >= k {
                -log(x1)
            } else if x == x1 {
                -log(x).exp_m1()
            } else {
                -log(x1) - log(x).exp()
            }
        });
        self.weight * losses.sum::<f64>()
    }
}

/// A random state on the way to `x1` in one of the strata.
///
/// With a mask source all that counts is which tokens are masked, and ∫ dκ/(1−κ) of the probability that it is a given
/// set of m of the N is 1/(m C(N, m)): m is uniform, and the losses count N/m. With a uniform source 1−κ = v² and v is
/// uniform, which keeps the variance finite where few tokens are noise: the losses count 2v/v².
pub(super) fn noised(
    denoiser: &dyn SequenceDenoiser,
    x1: &[u16],
    numbers: Numbers,
    stratum: usize,
    strata: usize,
) -> Noised {
    let (n, k, step) = (x1.len(), denoiser.values(), stratum as u32);
    // In (0, 1]; the number of a token beyond the last.
    let place = (stratum as f64 + 1.0 - numbers.values(step, n)[0]) / strata as f64;
    let mut state = x1.to_vec();
    match denoiser.source() {
        SequenceSource::Mask => {
            let masked = ((place * n as f64).ceil() as usize).clamp(1, n);
            let mut order: Vec<(f64, usize)> = numbers.moves(step, n).zip(0..).collect();
            order.select_nth_unstable_by(masked - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            order[..masked].iter().for_each(|(_, token)| state[*token] = k as u16);
            let complement = masked as f64 / n as f64;
            Noised { state, kappa: Kappa { value: 1.0 - complement, complement }, weight: 1.0 / complement }
        }
        SequenceSource::Uniform => {
            let complement = place * place;
            for ((token, x), u) in state.iter_mut().enumerate().zip(numbers.moves(step, n)) {
                if u < complement {
                    *x = even_index_at(k, numbers.values(step, token)[1]) as u16;
                }
            }
            Noised { state, kappa: Kappa { value: 1.0 - complement, complement }, weight: 2.0 / place }
        }
    }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Of the mean of independent values.
pub(super) fn standard_error(values: &[f64]) -> f64 {
    let (n, mean) = (values.len() as f64, mean(values));
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    let error = (squares / (n * (n - 1.0))).sqrt();
    if error.is_nan() { f64::INFINITY } else { error }
}

#[cfg(test)]
mod tests {
    use super::super::testing::OnGrid;
    use super::*;
    use crate::denoiser::sequence::{Empirical, Independent};
    use crate::flow::grid::testing::small_target;
    use crate::flow::{Coupling, GridPath, Source};

    fn bound(denoiser: &dyn SequenceDenoiser, data: &[u16], strata: usize, seed: u64) -> LikelihoodBound {
        likelihood_bound(denoiser, data, strata, seed, &|| true).expect("a bound").expect("not given up")
    }

    fn check(found: LikelihoodBound, exact: f64, most_error: f64, what: &str) {
        let off = (found.nats - exact).abs();
        assert!(found.standard_error < most_error, "{what}: ± {}", found.standard_error);
        assert!(off < 4.0 * found.standard_error, "{what}: {} ± {}", found.nats, found.standard_error);
    }

    #[test]
    fn a_memory_of_m_different_sequences_needs_ln_m() {
        let set: Vec<u8> = (0..24 * 6).map(|n: u32| ((n / 6).pow(2) / (1 + n % 6) % 5) as u8).collect();
        let mut distinct: Vec<&[u8]> = set.chunks(6).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let (m, set) = (distinct.len(), distinct.concat());
        assert!(m > 15);
        let data: Vec<u16> = set.iter().map(|&x| x.into()).collect();
        let denoiser = Empirical::new(set, 6, 5, SequenceSource::Mask).expect("a set");
        let found = bound(&denoiser, &data, 600, 1);
        assert_eq!((found.sequences, found.tokens, found.passes), (m, 6, 600 * m));
        check(found, (m as f64).ln(), 0.1, "memory");
        assert!((found.bits_per_token() * 6.0 * LN_2 - found.nats).abs() < 1e-12);
    }

    #[test]
    fn independent_tokens_need_the_sum_of_their_entropies() {
        // Data in exactly the proportions of the marginals: every pair once for each of its counts.
        let (first, second) = ([3, 1, 4], [2, 2, 4]);
        let mut data = Vec::new();
        for (a, &times) in (0..).zip(&first) {
            for (b, &too) in (0..).zip(&second) {
                (0..times * too).for_each(|_| data.extend([a, b]));
            }
        }
        let set: Vec<u8> = data.iter().map(|&x: &u16| x as u8).collect();
        let entropy =
            |counts: [u32; 3]| counts.iter().map(|&c| f64::from(c) / 8.0).map(|p| -p * p.ln()).sum::<f64>();
        let denoiser = Independent::new(set, 2, 3, 1e-9, SequenceSource::Mask).expect("a set");
        let found = bound(&denoiser, &data, 2000, 2);
        check(found, entropy(first) + entropy(second), 0.1, "independent");
        let exact = entropy(first) + entropy(second);
        assert!((found.nats - exact).abs() < 0.02, "{} {exact}", found.nats);
    }

    #[test]
    fn on_two_tokens_it_is_the_integral_of_the_grids_losses() {
        // check_math.py, section 6: H(q) = 2.76358 and the uniform source's 3.68773.
        let q = small_target(5);
        for (source, exact) in [(Source::Mask, 2.76358), (Source::Uniform, 3.68773)] {
            let path = GridPath::new(&q, &source, Coupling::Independent).expect("path");
            let data: Vec<u16> = q
                .indexed_iter()
                .flat_map(|((a, b), p)| vec![[a as u16, b as u16]; (p * 3000.0).round() as usize])
                .flatten()
                .collect();
            check(bound(&OnGrid::new(path), &data, 64, 3), exact, 0.02, &format!("{source:?}"));
        }
    }

    #[test]
    fn threads_do_not_matter_and_one_sequence_is_compared_with_itself() {
        let set: Vec<u8> = (0..130 * 4).map(|n: u32| (n * 7 % 5) as u8).collect();
        let data: Vec<u16> = set.iter().map(|&x| x.into()).collect();
        let denoiser = Independent::new(set, 4, 5, 0.5, SequenceSource::Uniform).expect("a set");
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
            pool.install(|| bound(&denoiser, &data, 8, 4))
        };
        assert_eq!(on(1), on(2));
        let one = bound(&denoiser, &data[..4], 100, 4);
        assert!(one.standard_error > 0.0 && one.standard_error < 1.0);
        assert_eq!(bound(&denoiser, &data[..4], 1, 4).standard_error, f64::INFINITY);
    }

    #[test]
    fn what_the_denoiser_excludes_costs_infinitely_much_and_what_is_no_data_is_refused() {
        let denoiser = Empirical::new(vec![0, 1, 1, 0], 2, 3, SequenceSource::Mask).expect("a set");
        assert_eq!(bound(&denoiser, &[2, 2], 8, 5).nats, f64::INFINITY);
        let refused = |data: &[u16], strata| {
            likelihood_bound(&denoiser, data, strata, 0, &|| true).expect_err("no data").to_string()
        };
        assert!(refused(&[0, 1, 1], 8).contains("3 tokens"));
        assert!(refused(&[], 8).contains("0 tokens"));
        assert!(refused(&[0, 1, 4, 0], 8).contains("token 0 of sequence 1 is 4"));
        assert!(refused(&[0, 3], 8).contains("token 1 of sequence 0 is masked"));
        assert!(refused(&[0, 1], 0).contains("0 strata"));
        assert!(likelihood_bound(&denoiser, &[0, 1], 8, 0, &|| false).expect("no error").is_none());
    }
}
