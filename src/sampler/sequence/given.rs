//! Tokens that are there from the start and stay, for filling in the others.

use crate::denoiser::sequence::SequenceDenoiser;
use crate::sampler::SamplerError;

/// Which tokens are given: the same ones for every sequence, or each sequence's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// \[N\] or \[B, N\]; none where the sampler draws.
    tokens: Vec<Option<u16>>,
}

impl Given {
    /// Of `tokens` \[N\] for all sequences, or \[B, N\].
    pub fn new(tokens: Vec<Option<u16>>) -> Self {
        Self { tokens }
    }

    /// Checks that it fits `count` sequences of a denoiser.
    ///
    /// # Errors
    /// If it has another length, or a value is not below K.
    pub(super) fn checked_for(
        &self,
        denoiser: &dyn SequenceDenoiser,
        count: usize,
    ) -> Result<(), SamplerError> {
        let (n, k, given) = (denoiser.tokens(), denoiser.values(), self.tokens.len());
        if given != n && given != n * count {
            let why = format!("{given} tokens are given or left open: expected {n} or {count} × {n}");
            return Err(SamplerError::Sequences(why));
        }
        let wrong = |token: &Option<u16>| token.is_some_and(|value| usize::from(value) >= k);
        match self.tokens.iter().position(wrong) {
            Some(at) => Err(SamplerError::Sequences(format!(
                "given token {} of sequence {} is {}: expected a value below {k}",
                at % n,
                at / n,
                self.tokens[at].unwrap_or_default()
            ))),
            None => Ok(()),
        }
    }

    /// The value of a token of sequence `sequence` of the run, of `tokens` tokens each.
    pub fn value(&self, sequence: usize, token: usize, tokens: usize) -> Option<u16> {
        let start = if self.tokens.len() == tokens { 0 } else { sequence * tokens };
        self.tokens[start + token]
    }
}
