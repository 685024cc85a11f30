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
    /// Particles; the index is their group. Kernels draw from [`philox`], with their number and their step as the counter.
    Particles = 3,
    /// Tokens of sequences that are sampled; [`philox`]'s counter is token, sequence, step and this.
    Tokens = 4,
    /// Noise on sequences whose likelihood is estimated; the counter is token, sequence, stratum and this.
    Bound = 5,
    /// Procedural pictures; the index is the picture's.
    Shapes = 16,
    /// The pixels a palette is made for and where its search begins.
    Palette = 17,
    /// Pairs of images whose distance is measured; the index is the pair's.
    Pairs = 18,
    /// Whole texts; the index is the text's.
    Texts = 19,
}

/// The stream of a seed for a purpose; different indices below 2⁵⁶ are independent streams.
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((purpose as u64) << 56 | index);
    rng
}

/// Philox4x32-10 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011): four random words that are a function
/// of a counter and a key. It needs no state and only 32-bit integers, so a particle's numbers are the same on every device.
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    let wide = |a: u32, b: u32| {
        let product = u64::from(a) * u64::from(b);
        [(product >> 32) as u32, product as u32]
    };
    for _ in 0..10 {
        let [a_high, a_low] = wide(0xD251_1F53, counter[0]);
        let [b_high, b_low] = wide(0xCD9E_8D57, counter[2]);
        counter = [b_high ^ counter[1] ^ key[0], b_low, a_high ^ counter[3] ^ key[1], a_low];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn philox_gives_the_known_answers() {
        // kat_vectors of the authors' Random123.
        for (counter, key, expected) in [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ] {
            assert_eq!(philox(counter, key), expected);
        }
    }

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
