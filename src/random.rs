//! Random numbers: counter-based, one stream a purpose, so that the same seed gives the same run on any number of
//! threads and no two purposes share a number.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What random numbers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A network's first weights.
    Weights = 1,
    /// Training batches; the index is the step.
    Batches = 2,
    /// Particles; the index is their group.
    Particles = 3,
}

/// The stream of a seed for a purpose; different indices below 2⁵⁶ are independent streams.
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((purpose as u64) << 56 | index);
    rng
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn streams_repeat_and_differ() {
        let first = |seed, purpose, index| stream(seed, purpose, index).random::<u64>();
        assert_eq!(first(1, Purpose::Batches, 7), first(1, Purpose::Batches, 7));
        let all = [
            first(1, Purpose::Batches, 7),
            first(2, Purpose::Batches, 7),
            first(1, Purpose::Particles, 7),
            first(1, Purpose::Batches, 8),
            first(1, Purpose::Weights, 0),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(!all[i + 1..].contains(a));
        }
    }
}
