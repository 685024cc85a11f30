//! An answer that has every probability written out.

use super::{SequenceAnswer, SequenceDenoiser};
use crate::flow::SequenceSource;
use crate::flow::categorical::sharpened_index_at;

/// Everything that is known of a batch of states.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// p_{1|t} of every token, \[B, N, K\].
    pub p: Vec<f64>,
    /// ln of the probability that a text and its noise look like the state, up to what the emissions leave out; −∞ where
    /// no text can, \[B\].
    pub log_probability: Vec<f64>,
    /// How many seen tokens are wrong at least where no text fits, 0 where one does, \[B\].
    pub wrong: Vec<usize>,
}

/// p of every token of a batch.
#[derive(Debug)]
pub(super) struct Table {
    pub tokens: usize,
    pub values: usize,
    /// \[B, N, K\].
    pub p: Vec<f64>,
    /// How many sequences no text can have led to.
    pub off_support: usize,
}

impl Table {
    /// The answer of a denoiser of a language about `states` \[B, N\]. With a mask source a token that is seen is taken for
    /// right, even where it is one of the wrong ones.
    pub fn of_posterior(denoiser: &dyn SequenceDenoiser, states: &[u16], posterior: Posterior) -> Self {
        let (tokens, values) = (denoiser.tokens(), denoiser.values());
        let off_support = posterior.wrong.iter().filter(|wrong| **wrong > 0).count();
        let mut p = posterior.p;
        if denoiser.source() == SequenceSource::Mask {
            let seen = states.iter().zip(p.chunks_exact_mut(values));
            for (&x, p) in seen.filter(|(x, _)| usize::from(**x) < values) {
                p.fill(0.0);
                p[usize::from(x)] = 1.0;
            }
        }
        Self { tokens, values, p, off_support }
    }

    fn of(&self, sequence: usize, token: usize) -> &[f64] {
        &self.p[(sequence * self.tokens + token) * self.values..][..self.values]
    }
}

impl SequenceAnswer for Table {
    fn draw(&self, sequence: usize, token: usize, temperature: f64, u: f64) -> u16 {
        sharpened_index_at(&mut self.of(sequence, token).to_vec(), temperature, u) as u16
    }

    fn log_probability(&self, sequence: usize, token: usize, value: u16) -> f64 {
        self.of(sequence, token)[usize::from(value)].ln()
    }

    fn distribution(&self, sequence: usize, token: usize, out: &mut [f64]) {
        out.copy_from_slice(self.of(sequence, token));
    }

    fn off_support(&self) -> usize {
        self.off_support
    }
}
