//! An answer as samplers need it: about many tokens at once, so that it may stay on the device that has computed it.

use super::SequenceAnswer;
use crate::flow::categorical::entropy_bits;
use rayon::prelude::*;

/// A token of a batch that was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which sequence of the batch.
    pub sequence: usize,
    /// Which token of it.
    pub token: usize,
}

/// A denoiser's answer for a batch; the same as [`SequenceAnswer`] says of each token. `tokens` are in the order of their
/// sequences.
pub trait BatchAnswer: Send + Sync {
    /// x₁ⁱ of every one of `tokens` from its number in \[0, 1): [`SequenceAnswer::draw`].
    ///
    /// # Errors
    /// If the device fails.
    fn draw(&self, tokens: &[(Place, f64)], temperature: f64) -> anyhow::Result<Vec<u16>>;

    /// ln p of a value of every one of `tokens`: [`SequenceAnswer::log_probability`].
    ///
    /// # Errors
    /// If the device fails.
    fn log_probability(&self, tokens: &[(Place, u16)]) -> anyhow::Result<Vec<f64>>;

    /// The entropy of p of every one of `tokens`, bits.
    ///
    /// # Errors
    /// If the device fails.
    fn entropy(&self, tokens: &[Place]) -> anyhow::Result<Vec<f64>>;

    /// [`SequenceAnswer::off_support`].
    fn off_support(&self) -> usize {
        0
    }
}

/// An answer that is asked token by token.
pub struct TokenByToken {
    /// It.
    pub answer: Box<dyn SequenceAnswer>,
    /// K.
    pub values: usize,
}

/// Tokens that a thread takes at a time.
const PIECE: usize = 64;

impl BatchAnswer for TokenByToken {
    fn draw(&self, tokens: &[(Place, f64)], temperature: f64) -> anyhow::Result<Vec<u16>> {
        let draw = |&(Place { sequence, token }, u)| self.answer.draw(sequence, token, temperature, u);
        Ok(tokens.par_iter().with_min_len(PIECE).map(draw).collect())
    }

    fn log_probability(&self, tokens: &[(Place, u16)]) -> anyhow::Result<Vec<f64>> {
        let log = |&(Place { sequence, token }, value)| self.answer.log_probability(sequence, token, value);
        Ok(tokens.par_iter().with_min_len(PIECE).map(log).collect())
    }

    fn entropy(&self, tokens: &[Place]) -> anyhow::Result<Vec<f64>> {
        let mut p = vec![0.0; self.values];
        let of = |&Place { sequence, token }: &Place| {
            self.answer.distribution(sequence, token, &mut p);
            entropy_bits(&p)
        };
        Ok(tokens.iter().map(of).collect())
    }

    fn off_support(&self) -> usize {
        self.answer.off_support()
    }
}
