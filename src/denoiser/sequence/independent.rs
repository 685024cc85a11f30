//! The baseline that takes every token for independent of the others: all it knows is each token's marginal in a set.

use super::set::Set;
use super::{SequenceAnswer, SequenceDenoiser, SequenceError, check_batch, kept_or_drawn};
use crate::flow::categorical::{cumulative, index_at};
use crate::flow::{Kappa, SequenceSource};
use std::sync::Arc;

/// The exact posterior of the flow to the product of a set's marginals,
/// p_i(y) = (count + a) / (M + aK) with the pseudo-count a, so that no value is impossible.
#[derive(Clone, Debug)]
pub struct Independent {
    tables: Arc<Tables>,
    source: SequenceSource,
}

#[derive(Debug)]
struct Tables {
    tokens: usize,
    values: usize,
    /// \[N, K\].
    p: Vec<f64>,
    /// Running sums of every token's, \[N, K\].
    sums: Vec<f64>,
}

/// The largest pseudo-count: more would only say uniform.
const MOST_PSEUDO_COUNT: f64 = 1e6;

impl Independent {
    /// The marginals of `sequences` \[M, N\] of `tokens` = N values below K = `values` each, smoothed by
    /// `pseudo_count` in (0, 10⁶\]; 1 is Laplace's rule, ½ Krichevsky and Trofimov's.
    ///
    /// # Errors
    /// As those of [`super::Empirical::new`], or if the pseudo-count is out of range.
    pub fn new(
        sequences: Vec<u8>,
        tokens: usize,
        values: usize,
        pseudo_count: f64,
        source: SequenceSource,
    ) -> Result<Self, SequenceError> {
        if !(pseudo_count > 0.0 && pseudo_count <= MOST_PSEUDO_COUNT) {
            return Err(SequenceError::PseudoCount(pseudo_count));
        }
        let set = Set::new(sequences, tokens, values)?;
        let total = set.count() as f64 + pseudo_count * values as f64;
        let p = |token| {
            let counts = set.counts(token).iter();
            counts.map(|&count| (f64::from(count) + pseudo_count) / total).collect::<Vec<_>>()
        };
        let p: Vec<f64> = (0..tokens).flat_map(p).collect();
        let sums = p.chunks_exact(values).flat_map(|p| cumulative(p.iter().copied())).collect();
        Ok(Self { tables: Arc::new(Tables { tokens, values, p, sums }), source })
    }

    /// The marginal of one token, \[K\].
    pub fn marginal(&self, token: usize) -> &[f64] {
        self.tables.of(&self.tables.p, token)
    }
}

impl Tables {
    fn of<'a>(&self, table: &'a [f64], token: usize) -> &'a [f64] {
        &table[token * self.values..][..self.values]
    }
}

impl SequenceDenoiser for Independent {
    fn tokens(&self) -> usize {
        self.tables.tokens
    }

    fn values(&self) -> usize {
        self.tables.values
    }

    fn source(&self) -> SequenceSource {
        self.source
    }

    fn ask(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>> {
        check_batch(self, states, kappas)?;
        let (tables, states, kappas) = (self.tables.clone(), states.to_vec(), kappas.to_vec());
        Ok(Box::new(Answer { tables, source: self.source, states, kappas }))
    }
}

struct Answer {
    tables: Arc<Tables>,
    source: SequenceSource,
    states: Vec<u16>,
    kappas: Vec<Kappa>,
}

impl Answer {
    /// The value a token has, and the probability ρ that it comes from the data: then it stays (math.md 2.2).
    fn kept(&self, sequence: usize, token: usize) -> (u16, f64) {
        let here = self.states[sequence * self.tables.tokens + token];
        let rho = match self.source {
            SequenceSource::Mask => f64::from(usize::from(here) < self.tables.values),
            SequenceSource::Uniform => {
                let Kappa { value, complement } = self.kappas[sequence];
                let from_data = value * self.tables.of(&self.tables.p, token)[usize::from(here)];
                from_data / (from_data + complement / self.tables.values as f64)
            }
        };
        (here, rho)
    }
}

impl SequenceAnswer for Answer {
    fn draw(&self, sequence: usize, token: usize, temperature: f64, u: f64) -> u16 {
        let distribution = || {
            let mut p = vec![0.0; self.tables.values];
            self.distribution(sequence, token, &mut p);
            p
        };
        let fresh = |u| index_at(self.tables.of(&self.tables.sums, token), u);
        kept_or_drawn(self.kept(sequence, token), temperature, u, distribution, fresh)
    }

    fn log_probability(&self, sequence: usize, token: usize, value: u16) -> f64 {
        let (here, rho) = self.kept(sequence, token);
        let drawn = (1.0 - rho) * self.tables.of(&self.tables.p, token)[usize::from(value)];
        (drawn + if here == value { rho } else { 0.0 }).ln()
    }

    fn distribution(&self, sequence: usize, token: usize, out: &mut [f64]) {
        let (here, rho) = self.kept(sequence, token);
        for (out, p) in out.iter_mut().zip(self.tables.of(&self.tables.p, token)) {
            *out = (1.0 - rho) * p;
        }
        if let Some(out) = out.get_mut(usize::from(here)) {
            *out += rho;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{KAPPAS, all_states, distribution_of, few_sequences, likelihood};
    use super::*;

    #[test]
    fn posteriors_are_those_of_each_token_alone() {
        let sequences = few_sequences(9, 2, 3);
        for source in [SequenceSource::Mask, SequenceSource::Uniform] {
            let denoiser = Independent::new(sequences.clone(), 2, 3, 0.5, source).expect("a set");
            for (token, value) in [(0, 0), (0, 2), (1, 1)] {
                let count = sequences.iter().skip(token).step_by(2).filter(|&&x| x == value).count() as f64;
                let p = denoiser.marginal(token)[usize::from(value)];
                assert!((p - (count + 0.5) / 10.5).abs() < 1e-15);
            }
            for kappa in KAPPAS {
                for state in all_states(2, source.vocabulary(3)) {
                    let answer = denoiser.ask(&state, &[kappa]).expect("an answer");
                    for token in 0..2 {
                        let joint: Vec<f64> = (0..3)
                            .map(|y| {
                                let p = denoiser.marginal(token)[usize::from(y)];
                                p * likelihood(3, source, state[token], y, kappa)
                            })
                            .collect();
                        let total: f64 = joint.iter().sum();
                        if total == 0.0 {
                            continue;
                        }
                        let found = distribution_of(&*answer, 3, 0, token);
                        let mut counts = [0.0; 3];
                        for n in 0..3000 {
                            counts[usize::from(answer.draw(0, token, 1.0, (f64::from(n) + 0.5) / 3e3))] +=
                                1.0;
                        }
                        for y in 0..3 {
                            let exact = joint[y] / total;
                            assert!((found[y] - exact).abs() < 1e-14, "{source} {state:?} {kappa:?}");
                            let log = answer.log_probability(0, token, y as u16);
                            assert!((log.exp() - exact).abs() < 1e-14);
                            assert!((counts[y] / 3e3 - exact).abs() < 2e-3);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_temperature_sharpens_and_a_bad_pseudo_count_is_refused() {
        let new = |pseudo_count| Independent::new(vec![0, 0, 0, 1], 1, 2, pseudo_count, SequenceSource::Mask);
        let answer = new(1.0).expect("a set").ask(&[2], &[Kappa::START]).expect("an answer");
        // p = (4, 2)/6; at τ = ½ its squares are (4, 1)/5.
        for (temperature, share) in [(1.0, 4.0 / 6.0), (0.5, 0.8), (0.0, 1.0)] {
            let zeros =
                (0..1000).filter(|n| answer.draw(0, 0, temperature, f64::from(*n) / 1e3) == 0).count();
            assert!((zeros as f64 / 1e3 - share).abs() < 2e-3, "{temperature}: {zeros}");
        }
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 2e6] {
            assert!(matches!(new(bad), Err(SequenceError::PseudoCount(_))), "{bad}");
        }
    }
}
