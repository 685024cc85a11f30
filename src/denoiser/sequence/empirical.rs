//! The exact posterior of the flow whose target is a given set of sequences, all equally likely: a perfect denoiser,
//! which memorises.
//!
//! Given x_t, sequence m of the set is x₁ with a probability ∝ Π_i p_t(xⁱ | mⁱ): a power of the number of tokens in
//! which the two differ, wherever they lie. With the uniform source that is e^(−cd) with c = ln(1 + κK/(1−κ)) and d the
//! number of differing tokens. With the mask source, where a token that is seen is always right, c = ∞: all sequences
//! that agree with what is seen are equally likely. Where none agrees (tokens revealed in parallel need not fit each
//! other) the answer is the limit ε → 0 of tokens that are wrong with probability ε: the sequences with the fewest
//! disagreements. [`SequenceAnswer::off_support`] counts such states.

use super::near::{Near, Seen, nearest};
use super::set::Set;
use super::{SequenceAnswer, SequenceDenoiser, SequenceError, check_batch};
use crate::flow::categorical::{cumulative, even_index_at, index_at, sharpened_index_at};
use crate::flow::{Kappa, SequenceSource};
use std::sync::Arc;

/// ln of the weight, relative to the largest, below which a sequence is left out: 10⁶ of them are within rounding.
const NEGLIGIBLE: f64 = -50.0;

/// The exact posterior of a set of sequences.
#[derive(Clone, Debug)]
pub struct Empirical {
    set: Arc<Set>,
    source: SequenceSource,
}

impl Empirical {
    /// Of `sequences` \[M, N\] of `tokens` = N values below K = `values` each. A sequence may be there more than once.
    ///
    /// # Errors
    /// If K is outside 2..=256, there is no sequence, the last one is cut short, or a value is not below K.
    pub fn new(
        sequences: Vec<u8>,
        tokens: usize,
        values: usize,
        source: SequenceSource,
    ) -> Result<Self, SequenceError> {
        Ok(Self { set: Arc::new(Set::new(sequences, tokens, values)?), source })
    }

    /// M, the number of sequences.
    pub fn count(&self) -> usize {
        self.set.count()
    }

    /// The flow to those sequences alone whose number is chosen.
    ///
    /// # Errors
    /// If none is.
    pub fn only(&self, chosen: impl Fn(usize) -> bool) -> Result<Self, SequenceError> {
        let n = self.set.tokens();
        let rows = (0..self.set.count()).filter(|&row| chosen(row));
        let sequences = rows.flat_map(|row| &self.set.rows(row, row + 1)[..n]).copied().collect();
        Self::new(sequences, n, self.set.values(), self.source)
    }

    /// The same set at the end of another flow.
    #[must_use]
    pub fn with_source(self, source: SequenceSource) -> Self {
        Self { source, ..self }
    }

    /// What a disagreement costs: −ln of the factor by which it makes a sequence less likely.
    fn cost(&self, kappa: Kappa) -> f64 {
        match self.source {
            SequenceSource::Mask => f64::INFINITY,
            SequenceSource::Uniform => (kappa.value * self.set.values() as f64 / kappa.complement).ln_1p(),
        }
    }

    fn likely(&self, states: &[u16], costs: &[f64]) -> Vec<Likely> {
        let (n, mask) = (self.tokens(), self.set.values() as u16);
        let states = || states.chunks_exact(n).zip(costs);
        let says_nothing = |state: &[u16], cost: f64| cost == 0.0 || state.iter().all(|&x| x == mask);
        let seen: Vec<Seen> = states()
            .filter(|(state, cost)| !says_nothing(state, **cost))
            // The cast ends at the largest number: then all are of interest.
            .map(|(state, cost)| Seen::new(state, mask, self.set.stride(), (-NEGLIGIBLE / cost) as u32))
            .collect();
        let mut near = nearest(&self.set, &seen).into_iter();
        states()
            .map(|(state, &cost)| {
                let near = if says_nothing(state, cost) { None } else { near.next() };
                near.map_or_else(Likely::all, |near| Likely::new(near, cost))
            })
            .collect()
    }
}

impl SequenceDenoiser for Empirical {
    fn tokens(&self) -> usize {
        self.set.tokens()
    }

    fn values(&self) -> usize {
        self.set.values()
    }

    fn source(&self) -> SequenceSource {
        self.source
    }

    fn ask(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>> {
        check_batch(self, states, kappas)?;
        let costs: Vec<f64> = kappas.iter().map(|kappa| self.cost(*kappa)).collect();
        let likely = self.likely(states, &costs);
        Ok(Box::new(Answer { set: self.set.clone(), reveals: self.source, states: states.to_vec(), likely }))
    }
}

/// The sequences that a state may have come from.
struct Likely {
    /// In the order of the set; none stands for all.
    rows: Option<Vec<u32>>,
    /// Running sums of their weights; none where they are alike.
    sums: Option<Vec<f64>>,
    /// Whether no sequence agrees, and one has to.
    off_support: bool,
}

impl Likely {
    fn all() -> Self {
        Self { rows: None, sums: None, off_support: false }
    }

    fn new(near: Vec<Near>, cost: f64) -> Self {
        let fewest = near.iter().map(|near| near.apart).min().unwrap_or_default();
        let alike = near.iter().all(|near| near.apart == fewest);
        let weight = |near: &Near| (-cost * f64::from(near.apart - fewest)).exp();
        Self {
            sums: (!alike).then(|| cumulative(near.iter().map(weight))),
            rows: Some(near.iter().map(|near| near.row).collect()),
            off_support: cost.is_infinite() && fewest > 0,
        }
    }
}

struct Answer {
    set: Arc<Set>,
    reveals: SequenceSource,
    states: Vec<u16>,
    likely: Vec<Likely>,
}

impl Answer {
    /// The value of a token that the state tells for certain.
    fn known(&self, sequence: usize, token: usize) -> Option<u16> {
        let here = self.states[sequence * self.set.tokens() + token];
        let certain = self.reveals == SequenceSource::Mask && usize::from(here) < self.set.values();
        certain.then_some(here)
    }

    /// Adds up the weight of every value of a token through `add`.
    fn weigh(&self, sequence: usize, token: usize, mut add: impl FnMut(usize, f64)) {
        let likely = &self.likely[sequence];
        let Some(rows) = &likely.rows else {
            let counts = self.set.counts(token).iter();
            return counts.enumerate().for_each(|(value, &count)| add(value, f64::from(count)));
        };
        let mut before = 0.0;
        for (n, &row) in rows.iter().enumerate() {
            let weight = likely.sums.as_ref().map_or(1.0, |sums| {
                let weight = sums[n] - before;
                before = sums[n];
                weight
            });
            add(usize::from(self.set.value(row as usize, token)), weight);
        }
    }
}

impl SequenceAnswer for Answer {
    fn draw(&self, sequence: usize, token: usize, temperature: f64, u: f64) -> u16 {
        if let Some(value) = self.known(sequence, token) {
            return value;
        }
        if temperature != 1.0 {
            let mut weights = vec![0.0; self.set.values()];
            self.weigh(sequence, token, |value, weight| weights[value] += weight);
            return sharpened_index_at(&mut weights, temperature, u) as u16;
        }
        let likely = &self.likely[sequence];
        let count = likely.rows.as_ref().map_or(self.set.count(), Vec::len);
        let n = likely.sums.as_ref().map_or_else(|| even_index_at(count, u), |sums| index_at(sums, u));
        let row = likely.rows.as_ref().map_or(n, |rows| rows[n] as usize);
        u16::from(self.set.value(row, token))
    }

    fn log_probability(&self, sequence: usize, token: usize, value: u16) -> f64 {
        if let Some(known) = self.known(sequence, token) {
            return if known == value { 0.0 } else { f64::NEG_INFINITY };
        }
        let (mut its, mut total) = (0.0, 0.0);
        self.weigh(sequence, token, |other, weight| {
            total += weight;
            its += if other == usize::from(value) { weight } else { 0.0 };
        });
        (its / total).ln()
    }

    fn distribution(&self, sequence: usize, token: usize, out: &mut [f64]) {
        out.fill(0.0);
        if let Some(known) = self.known(sequence, token) {
            out[usize::from(known)] = 1.0;
            return;
        }
        let mut total = 0.0;
        self.weigh(sequence, token, |value, weight| {
            total += weight;
            out[value] += weight;
        });
        out.iter_mut().for_each(|p| *p /= total);
    }

    fn off_support(&self) -> usize {
        self.likely.iter().filter(|likely| likely.off_support).count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{KAPPAS, all_states, brute_force, distribution_of, few_sequences};
    use super::*;
    use crate::denoiser::grid::{Denoiser, Oracle};
    use crate::flow::{Axis, Coupling, GridPath, Source};
    use ndarray::Array2;

    #[test]
    fn posteriors_are_those_of_brute_force_over_every_state() {
        for source in [SequenceSource::Mask, SequenceSource::Uniform] {
            for (tokens, values) in [(1, 3), (3, 2), (4, 3)] {
                let sequences = few_sequences(6, tokens, values);
                let denoiser = Empirical::new(sequences.clone(), tokens, values, source).expect("a set");
                for kappa in KAPPAS {
                    for state in all_states(tokens, source.vocabulary(values)) {
                        let answer = denoiser.ask(&state, &[kappa]).expect("an answer");
                        let Some(exact) = brute_force(&sequences, tokens, values, source, &state, kappa)
                        else {
                            // The path never visits it.
                            continue;
                        };
                        assert_eq!(answer.off_support(), 0);
                        for (token, exact) in exact.iter().enumerate() {
                            let found = distribution_of(&*answer, values, 0, token);
                            for (value, p) in exact.iter().enumerate() {
                                assert!((found[value] - p).abs() < 1e-13, "{source} {state:?} {kappa:?}");
                                let log = answer.log_probability(0, token, value as u16);
                                assert!((log.exp() - p).abs() < 1e-13, "{source} {state:?} {kappa:?}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn off_the_support_the_fewest_disagreements_count() {
        let sequences = vec![0, 0, 0, 1, 1, 0, 2, 2, 1];
        let denoiser = Empirical::new(sequences, 3, 3, SequenceSource::Mask).expect("a set");
        // (0, 1, mask): the first two sequences disagree once, the third twice; (2, 2, mask) is possible.
        let answer = denoiser.ask(&[0, 1, 3, 2, 2, 3], &[Kappa::START; 2]).expect("an answer");
        assert_eq!(answer.off_support(), 1);
        assert_eq!(distribution_of(&*answer, 3, 0, 2), [1.0, 0.0, 0.0]);
        assert_eq!(distribution_of(&*answer, 3, 0, 0), [1.0, 0.0, 0.0], "what is seen stays");
        assert_eq!(distribution_of(&*answer, 3, 1, 2), [0.0, 1.0, 0.0]);
        // And of nothing in common, all are alike.
        let answer = denoiser.ask(&[1, 2, 3], &[Kappa::START]).expect("an answer");
        let half = 1.0 / 2.0;
        assert_eq!(distribution_of(&*answer, 3, 0, 2), [half, half, 0.0]);
    }

    #[test]
    fn with_two_tokens_it_is_the_grids_oracle() {
        let (k, sequences) = (4, few_sequences(30, 2, 4));
        let mut q = Array2::zeros((k, k));
        for pair in sequences.chunks(2) {
            q[[usize::from(pair[0]), usize::from(pair[1])]] += 1.0 / 30.0;
        }
        for (source, grid) in
            [(SequenceSource::Mask, Source::Mask), (SequenceSource::Uniform, Source::Uniform)]
        {
            let path = Arc::new(GridPath::new(&q, &grid, Coupling::Independent).expect("path"));
            let denoiser = Empirical::new(sequences.clone(), 2, k, source).expect("a set");
            for kappa in KAPPAS {
                let oracle = Oracle::new(path.clone()).posterior(kappa).expect("no device to lose");
                for state in all_states(2, source.vocabulary(k)) {
                    let z = [usize::from(state[0]), usize::from(state[1])];
                    if !path.is_possible(z, kappa) {
                        continue;
                    }
                    let answer = denoiser.ask(&state, &[kappa]).expect("an answer");
                    for axis in Axis::BOTH {
                        let found = distribution_of(&*answer, k, 0, axis.index());
                        for (y, p) in found.into_iter().enumerate() {
                            let exact = oracle.axes[axis.index()].probability(y, z);
                            assert!((p - exact).abs() < 1e-13, "{source} {z:?} {kappa:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn draws_have_the_probabilities_they_should() {
        let sequences = few_sequences(40, 3, 5);
        for source in [SequenceSource::Mask, SequenceSource::Uniform] {
            let denoiser = Empirical::new(sequences.clone(), 3, 5, source).expect("a set");
            let last = if source == SequenceSource::Mask { 5 } else { 4 };
            for state in [[0, last, last], [last; 3], [2, 1, last]] {
                let answer = denoiser.ask(&state, &[Kappa::new(0.3)]).expect("an answer");
                for temperature in [1.0, 0.5] {
                    let mut p = distribution_of(&*answer, 5, 0, 2);
                    p.iter_mut().for_each(|p| *p = p.powf(1.0 / temperature));
                    let total: f64 = p.iter().sum();
                    let mut counts = [0.0; 5];
                    for n in 0..20_000 {
                        let u = (f64::from(n) + 0.5) / 2e4;
                        counts[usize::from(answer.draw(0, 2, temperature, u))] += 1.0 / 2e4;
                    }
                    for (count, p) in counts.iter().zip(&p) {
                        assert!((count - p / total).abs() < 3e-3, "{source} {state:?} {counts:?} {p}");
                    }
                }
                let likeliest = (0..5).max_by(|a, b| {
                    let [a, b] = [a, b].map(|value| answer.log_probability(0, 2, *value));
                    a.total_cmp(&b).then(std::cmp::Ordering::Greater)
                });
                assert_eq!(Some(answer.draw(0, 2, 0.0, 0.7)), likeliest, "{source} {state:?}");
            }
        }
    }

    #[test]
    fn a_question_about_other_sequences_is_refused() {
        let denoiser = Empirical::new(vec![0, 1, 2, 1], 2, 3, SequenceSource::Uniform).expect("a set");
        let refused = |states: &[u16], kappas: &[Kappa]| {
            denoiser.ask(states, kappas).map(|_| ()).expect_err("no batch").to_string()
        };
        assert!(refused(&[0, 1, 2], &[Kappa::START]).contains("expected 1 × 2"));
        assert!(refused(&[0, 1], &[]).contains("expected 0 × 2"));
        // There is no mask with this source.
        assert_eq!(
            refused(&[0, 1, 1, 3], &[Kappa::START; 2]),
            "token 1 of sequence 1 is 3: expected a value below 3"
        );
        let masked = denoiser.clone().with_source(SequenceSource::Mask);
        assert!(masked.ask(&[0, 3], &[Kappa::START]).is_ok());
        assert!(denoiser.ask(&[], &[]).is_ok());
    }
}
