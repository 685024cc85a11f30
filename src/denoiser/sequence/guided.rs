//! Classifier-free guidance: two denoisers of the same sequences, mixed by their logarithms.

use super::{SequenceAnswer, SequenceDenoiser, SequenceError};
use crate::flow::categorical::sharpened_index_at;
use crate::flow::{Kappa, SequenceSource};
use std::sync::Arc;

/// p ∝ p_conditional^w p_free^(1−w): w = 0 is the free denoiser, 1 the conditional one, more exaggerates what the
/// condition changes. Values that the conditional one excludes stay excluded. It biases even an exact denoiser.
#[derive(Clone)]
pub struct Guided {
    conditional: Arc<dyn SequenceDenoiser>,
    free: Arc<dyn SequenceDenoiser>,
    weight: f64,
}

impl Guided {
    /// `weight` is w in \[0, 100\].
    ///
    /// # Errors
    /// If the two differ in tokens, values or source, or the weight is out of range.
    pub fn new(
        conditional: Arc<dyn SequenceDenoiser>,
        free: Arc<dyn SequenceDenoiser>,
        weight: f64,
    ) -> Result<Self, SequenceError> {
        if !(0.0..=100.0).contains(&weight) {
            return Err(SequenceError::Guidance(weight));
        }
        let of = |d: &dyn SequenceDenoiser| (d.tokens(), d.values(), d.source());
        let (a, b) = (of(&*conditional), of(&*free));
        if a != b {
            let words = |(n, k, source)| format!("N = {n}, K = {k}, {source} source");
            return Err(SequenceError::Unlike(format!("{} and {}", words(a), words(b))));
        }
        Ok(Self { conditional, free, weight })
    }
}

impl SequenceDenoiser for Guided {
    fn tokens(&self) -> usize {
        self.free.tokens()
    }

    fn values(&self) -> usize {
        self.free.values()
    }

    fn source(&self) -> SequenceSource {
        self.free.source()
    }

    fn passes(&self) -> usize {
        self.conditional.passes() + self.free.passes()
    }

    fn ask(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>> {
        let conditional = self.conditional.ask(states, kappas)?;
        let free = self.free.ask(states, kappas)?;
        Ok(Box::new(Answer { conditional, free, weight: self.weight, values: self.values() }))
    }
}

struct Answer {
    conditional: Box<dyn SequenceAnswer>,
    free: Box<dyn SequenceAnswer>,
    weight: f64,
    values: usize,
}

impl SequenceAnswer for Answer {
    fn draw(&self, sequence: usize, token: usize, temperature: f64, u: f64) -> u16 {
        let mut p = vec![0.0; self.values];
        self.distribution(sequence, token, &mut p);
        sharpened_index_at(&mut p, temperature, u) as u16
    }

    fn log_probability(&self, sequence: usize, token: usize, value: u16) -> f64 {
        let mut p = vec![0.0; self.values];
        self.distribution(sequence, token, &mut p);
        p[usize::from(value)].ln()
    }

    fn distribution(&self, sequence: usize, token: usize, out: &mut [f64]) {
        let w = self.weight;
        if w == 0.0 {
            return self.free.distribution(sequence, token, out);
        }
        self.conditional.distribution(sequence, token, out);
        if w == 1.0 {
            return;
        }
        let mut free = vec![0.0; self.values];
        self.free.distribution(sequence, token, &mut free);
        let mut top = f64::NEG_INFINITY;
        for (out, free) in out.iter_mut().zip(&free) {
            // What only the conditional one allows is a mistake of the free one: it must not become a certainty.
            let free = free.max(f64::MIN_POSITIVE);
            *out = if *out > 0.0 { w * out.ln() + (1.0 - w) * free.ln() } else { f64::NEG_INFINITY };
            top = top.max(*out);
        }
        let mut total = 0.0;
        for out in &mut *out {
            *out = (*out - top).exp();
            total += *out;
        }
        out.iter_mut().for_each(|p| *p /= total);
    }

    fn off_support(&self) -> usize {
        self.free.off_support()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distribution_of, few_sequences};
    use super::super::{Empirical, Independent};
    use super::*;

    fn pair(weight: f64) -> Result<Guided, SequenceError> {
        let set = few_sequences(12, 2, 3);
        let free = Independent::new(set.clone(), 2, 3, 0.5, SequenceSource::Mask)?;
        Guided::new(Arc::new(Empirical::new(set, 2, 3, SequenceSource::Mask)?), Arc::new(free), weight)
    }

    #[test]
    fn it_is_the_log_linear_mixture_and_counts_both_passes() {
        let state = [0, 3];
        let answers = [0.0, 1.0, 0.5, 3.0].map(|weight| {
            let guided = pair(weight).expect("two of a kind");
            assert_eq!((guided.passes(), guided.tokens(), guided.values()), (2, 2, 3));
            guided.ask(&state, &[Kappa::START]).expect("an answer")
        });
        let [free, conditional, half, triple] = answers.each_ref().map(|a| distribution_of(&**a, 3, 0, 1));
        for (weight, found) in [(0.5, &half), (3.0, &triple)] {
            let product = |y: usize| conditional[y].powf(weight) * free[y].powf(1.0 - weight);
            let total: f64 = (0..3).map(product).sum();
            for (y, found) in found.iter().enumerate() {
                assert!((found - product(y) / total).abs() < 1e-14, "{weight} {y}");
            }
        }
        // What is seen stays as it is.
        assert_eq!(distribution_of(&*answers[3], 3, 0, 0), [1.0, 0.0, 0.0]);
        assert_eq!(answers[3].draw(0, 0, 1.0, 0.9), 0);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(matches!(pair(-0.1), Err(SequenceError::Guidance(_))));
        assert!(matches!(pair(f64::NAN), Err(SequenceError::Guidance(_))));
        let of = |tokens, source| {
            let set = few_sequences(6, tokens, 3);
            Arc::new(Empirical::new(set, tokens, 3, source).expect("a set"))
        };
        let refused = Guided::new(of(2, SequenceSource::Mask), of(3, SequenceSource::Mask), 1.0).err();
        assert!(refused.expect("unlike").to_string().contains("N = 2, K = 3, mask source and N = 3"));
        assert!(Guided::new(of(2, SequenceSource::Mask), of(2, SequenceSource::Uniform), 1.0).is_err());
    }
}
