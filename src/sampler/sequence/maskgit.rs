//! MaskGIT's rounds on a sequence: draw all masked tokens, keep the most confident ones (math.md 5.5).

use super::numbers::Numbers;
use crate::sampler::rounds::{round_kappa, round_noise};

/// One round of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    /// Which one, from 0.
    pub round: usize,
    /// Of how many.
    pub rounds: usize,
    /// Scale of the Gumbel noise on confidences in the first one.
    pub choice_temperature: f64,
    /// Of the draws; confidences are those of the distribution itself.
    pub temperature: f64,
}

impl Round {
    /// How many of the `masked` tokens it reveals, of `open` that were masked at the start: the cosine's share stays
    /// masked, but at least one token until the last round, and at least one is revealed where two are masked.
    pub fn reveals(self, open: usize, masked: usize) -> usize {
        if self.round + 1 == self.rounds {
            return masked;
        }
        let share = round_kappa(self.round + 1, self.rounds).complement;
        let remain = ((open as f64 * share).floor() as usize).min(masked.saturating_sub(1)).max(1);
        masked.saturating_sub(remain)
    }

    /// The `reveals` most confident ones of what was drawn, in the order of the tokens: each a token, its value, and the
    /// logarithm of that value's probability.
    pub fn choose(
        self,
        drawn: impl Iterator<Item = ((u32, u16), f64)>,
        reveals: usize,
        numbers: Numbers,
    ) -> Vec<(u32, u16)> {
        let step = self.round as u32 + 1;
        let noise = round_noise(self.choice_temperature, self.round, self.rounds);
        let mut drawn: Vec<(f64, u32, u16)> = drawn
            .map(|((token, value), certain)| {
                let chance = if noise == 0.0 { 0.0 } else { noise * numbers.gumbel(step, token as usize) };
                (certain + chance, token, value)
            })
            .collect();
        if reveals < drawn.len() {
            // A total order: of two alike the later token is chosen, as on the grid.
            drawn.select_nth_unstable_by(reveals, |a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
            drawn.truncate(reveals);
            drawn.sort_unstable_by_key(|(_, token, _)| *token);
        }
        drawn.into_iter().map(|(_, token, value)| (token, value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(round: usize, rounds: usize) -> Round {
        Round { round, rounds, choice_temperature: 0.0, temperature: 1.0 }
    }

    #[test]
    fn rounds_reveal_everything_in_the_cosines_order() {
        for (open, rounds) in [(0, 3), (1, 1), (1, 4), (2, 2), (10, 4), (3072, 12), (7, 100)] {
            let (mut masked, mut left) = (open, Vec::new());
            for r in 0..rounds {
                let reveals = round(r, rounds).reveals(open, masked);
                assert!(reveals <= masked);
                masked -= reveals;
                left.push(masked);
            }
            assert_eq!(masked, 0, "{open} in {rounds}: {left:?}");
            assert!(left[..rounds - 1].iter().all(|&m| m >= open.min(1)), "one is left to the last round");
        }
        // ⌊10 cos(π/8)⌋, ⌊10 cos(π/4)⌋, ⌊10 cos(3π/8)⌋.
        let mut masked = 10;
        for (r, left) in [(0, 9), (1, 7), (2, 3), (3, 0)] {
            masked -= round(r, 4).reveals(10, masked);
            assert_eq!(masked, left);
        }
    }
}
