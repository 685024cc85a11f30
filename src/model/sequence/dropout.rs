//! Channels of the inside of blocks that are dropped for a whole image, so that a network leans on none of them: which ones is
//! a function of a seed, the same wherever it is computed.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What is dropped of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// Of this image in this step.
    pub seed: u64,
    /// The share that is dropped, in \[0, 1).
    pub share: f64,
}

impl Dropout {
    /// What each of `channels` inside the block whose parameters begin at `block` is multiplied with, after what is in `out`.
    pub(super) fn mask(self, block: usize, channels: usize, out: &mut Vec<f32>) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        // The image itself was drawn from the first stream.
        rng.set_stream(block as u64 + 1);
        let kept = (1.0 / (1.0 - self.share)) as f32;
        out.extend((0..channels).map(|_| if rng.random::<f64>() < self.share { 0.0 } else { kept }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_those_of_their_seed_and_block_and_change_no_mean() {
        let of = |seed, block| {
            let mut mask = Vec::new();
            Dropout { seed, share: 0.25 }.mask(block, 4000, &mut mask);
            mask
        };
        assert_eq!(of(3, 70), of(3, 70));
        assert!(of(3, 70) != of(4, 70) && of(3, 70) != of(3, 71));
        let mean = of(3, 70).iter().sum::<f32>() / 4000.0;
        assert!((mean - 1.0).abs() < 0.04, "{mean}");
    }
}
