//! What can be wrong with sequences and questions about them.

/// Sequences that a denoiser has no answer for, or can't be made of.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SequenceError {
    /// The number of values of a token is out of range.
    #[error("K = {0}: the number of values of a token must be from 2 to 256")]
    Values(usize),
    /// A list that is not of whole sequences, or of none.
    #[error("{given} tokens are no sequences of {tokens} tokens each")]
    Length {
        /// The length of the list.
        given: usize,
        /// N.
        tokens: usize,
    },
    /// A batch of another length than needed.
    #[error("{given} tokens were asked about, expected {sequences} × {tokens}")]
    Batch {
        /// The length of the batch.
        given: usize,
        /// B.
        sequences: usize,
        /// N.
        tokens: usize,
    },
    /// A value that no token has.
    #[error("token {token} of sequence {sequence} is {given}: expected a value below {below}")]
    Value {
        /// Which sequence, from 0.
        sequence: usize,
        /// Which token of it, from 0.
        token: usize,
        /// Its value.
        given: u16,
        /// K, or K + 1 where the mask is a value.
        below: usize,
    },
    /// More sequences than can be told apart.
    #[error("{0} sequences are too many: expected at most 4294967295")]
    Many(usize),
    /// A pseudo-count that gives no distribution.
    #[error("pseudo-count = {0}: expected a number above 0 and at most 1000000")]
    PseudoCount(f64),
    /// Two denoisers that do not speak of the same sequences.
    #[error("guidance needs two denoisers of the same tokens: {0}")]
    Unlike(String),
    /// A language without a text of so many tokens.
    #[error("no text of this language has {tokens} tokens")]
    NoText {
        /// N.
        tokens: usize,
    },
    /// A language whose passes would fill the memory.
    #[error("{states} states and texts of {tokens} tokens: their product must be at most {most}")]
    Large {
        /// S.
        states: usize,
        /// N.
        tokens: usize,
        /// The limit.
        most: usize,
    },
    /// Given tokens that no text has.
    #[error("no text of this language fits the given tokens: at least {wrong} of them would have to change")]
    Contradiction {
        /// How many are wrong, at least.
        wrong: usize,
    },
    /// A guidance weight out of range.
    #[error("guidance weight = {0}: expected a number from 0 to 100")]
    Guidance(f64),
}

impl SequenceError {
    /// Of the value at index `at` of a list of sequences of `tokens` each.
    pub(super) fn value(at: usize, tokens: usize, given: u16, below: usize) -> Self {
        Self::Value { sequence: at / tokens, token: at % tokens, given, below }
    }
}
