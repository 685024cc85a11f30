//! A set of sequences that fits the processor's vectors, and how often each value occurs in it.

use super::SequenceError;
use std::sync::OnceLock;

/// Bytes that are compared at once; sequences are padded to a multiple of it.
pub(super) const LANES: usize = 64;

/// M sequences of N tokens below K ≤ 256, a byte each.
#[derive(Debug)]
pub(super) struct Set {
    /// \[M, `stride`\]; zeros beyond the tokens.
    rows: Vec<u8>,
    stride: usize,
    count: usize,
    tokens: usize,
    values: usize,
    counts: OnceLock<Vec<u32>>,
}

impl Set {
    /// Of sequences \[M, N\].
    ///
    /// # Errors
    /// If K is out of range, there is no sequence, one is cut short, or a value is not below K.
    pub fn new(sequences: Vec<u8>, tokens: usize, values: usize) -> Result<Self, SequenceError> {
        if !(2..=256).contains(&values) {
            return Err(SequenceError::Values(values));
        }
        let given = sequences.len();
        if tokens == 0 || given == 0 || !given.is_multiple_of(tokens) {
            return Err(SequenceError::Length { given, tokens });
        }
        if let Some(at) = sequences.iter().position(|&x| usize::from(x) >= values) {
            return Err(SequenceError::value(at, tokens, u16::from(sequences[at]), values));
        }
        let (count, stride) = (given / tokens, tokens.next_multiple_of(LANES));
        if u32::try_from(count).is_err() {
            return Err(SequenceError::Many(count));
        }
        let rows = if stride == tokens {
            sequences
        } else {
            let mut rows = vec![0; count * stride];
            for (to, from) in rows.chunks_exact_mut(stride).zip(sequences.chunks_exact(tokens)) {
                to[..tokens].copy_from_slice(from);
            }
            rows
        };
        Ok(Self { rows, stride, count, tokens, values, counts: OnceLock::new() })
    }

    /// M.
    pub fn count(&self) -> usize {
        self.count
    }

    /// N.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// K.
    pub fn values(&self) -> usize {
        self.values
    }

    /// Bytes from one sequence to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Sequences `from`..`to`, each padded to [`Self::stride`].
    pub fn rows(&self, from: usize, to: usize) -> &[u8] {
        &self.rows[from * self.stride..to.min(self.count) * self.stride]
    }

    /// Token `token` of sequence `row`.
    pub fn value(&self, row: usize, token: usize) -> u8 {
        self.rows[row * self.stride + token]
    }

    /// How often each value occurs at token `token`: \[K\]. The whole set is counted when first asked.
    pub fn counts(&self, token: usize) -> &[u32] {
        let counts = self.counts.get_or_init(|| {
            let mut counts = vec![0; self.tokens * self.values];
            for row in self.rows.chunks_exact(self.stride) {
                for (counts, &value) in counts.chunks_exact_mut(self.values).zip(row) {
                    counts[usize::from(value)] += 1;
                }
            }
            counts
        });
        &counts[token * self.values..][..self.values]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_columns() {
        let set = Set::new(vec![0, 1, 2, 0, 2, 2, 0, 1, 1], 3, 3).expect("three sequences");
        assert_eq!((set.count(), set.stride()), (3, LANES));
        assert_eq!([set.counts(0), set.counts(1), set.counts(2)], [[3, 0, 0], [0, 2, 1], [0, 1, 2]]);
        assert_eq!(set.value(1, 2), 2);
        assert_eq!(set.rows(2, 9)[..4], [0, 1, 1, 0]);
    }

    #[test]
    fn what_is_no_set_is_refused() {
        let refused = |sequences: &[u8], tokens, values| {
            Set::new(sequences.to_vec(), tokens, values).expect_err("no set").to_string()
        };
        assert!(refused(&[0, 1], 2, 1).contains("K = 1"));
        assert!(refused(&[0, 1], 2, 257).contains("K = 257"));
        for (sequences, tokens) in [(&[][..], 2), (&[0, 1, 1], 2), (&[0], 0)] {
            assert!(refused(sequences, tokens, 2).contains("no sequences"), "{sequences:?} {tokens}");
        }
        assert_eq!(refused(&[0, 1, 1, 2], 2, 2), "token 1 of sequence 1 is 2: expected a value below 2");
    }
}
