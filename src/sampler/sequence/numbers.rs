//! The random numbers of a token: a function of the seed, the sequence, the token and the step, whatever else is asked.

use crate::random::{Purpose, philox};

/// The random numbers of one sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    seed: u64,
    /// Which sequence of all that are ever sampled with this seed.
    sequence: u32,
    purpose: Purpose,
}

/// What a token needs numbers for.
#[derive(Clone, Copy)]
enum Draw {
    /// Whether it moves; four tokens share one counter.
    Move = 0,
    /// Its value from the denoiser and from the noise.
    Value = 1,
    /// The noise on its confidence.
    Choice = 2,
}

impl Numbers {
    pub fn new(seed: u64, sequence: u32, purpose: Purpose) -> Self {
        Self { seed, sequence, purpose }
    }

    fn words(self, draw: Draw, token: u32, step: u32) -> [u32; 4] {
        let purpose = self.purpose as u32 | (draw as u32) << 8;
        philox([token, self.sequence, step, purpose], [self.seed as u32, (self.seed >> 32) as u32])
    }

    /// For every one of `tokens` tokens in order a number in \[0, 1) that decides whether it moves.
    pub fn moves(self, step: u32, tokens: usize) -> impl Iterator<Item = f64> {
        let four = move |group: usize| self.words(Draw::Move, group as u32, step);
        (0..tokens.div_ceil(4)).flat_map(four).take(tokens).map(|word| f64::from(word) * 2f64.powi(-32))
    }

    /// Numbers in \[0, 1) for a token's value from the denoiser, and for its value from the noise.
    pub fn values(self, step: u32, token: usize) -> [f64; 2] {
        let [a, b, c, d] = self.words(Draw::Value, token as u32, step);
        [unit(a, b), unit(c, d)]
    }

    /// Gumbel noise −ln(−ln u) on a token's confidence.
    pub fn gumbel(self, step: u32, token: usize) -> f64 {
        let [a, b, ..] = self.words(Draw::Choice, token as u32, step);
        // The middle of the cell: never 0 or 1.
        let u = unit(a, b) + 2f64.powi(-54);
        -(-u.ln()).ln()
    }
}

/// A number in \[0, 1) from 53 random bits.
fn unit(high: u32, low: u32) -> f64 {
    (u64::from(high) << 21 | u64::from(low) >> 11) as f64 * 2f64.powi(-53)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_uniform_and_their_own() {
        let numbers = Numbers::new(3, 5, Purpose::Tokens);
        let all: Vec<f64> = numbers.moves(2, 10_001).collect();
        assert_eq!(all.len(), 10_001);
        let mean = all.iter().sum::<f64>() / 10_001.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let others = [
            Numbers::new(4, 5, Purpose::Tokens).moves(2, 1).next(),
            Numbers::new(3, 6, Purpose::Tokens).moves(2, 1).next(),
            Numbers::new(3, 5, Purpose::Bound).moves(2, 1).next(),
            numbers.moves(3, 1).next(),
            Some(numbers.values(2, 0)[0]),
        ];
        assert!(!others.contains(&Some(all[0])));
        assert!(unit(u32::MAX, u32::MAX) < 1.0);
        // The mean of the Gumbel distribution is Euler's constant, its variance π²/6.
        let mean = (0..20_000).map(|token| numbers.gumbel(1, token)).sum::<f64>() / 20_000.0;
        assert!((mean - 0.5772).abs() < 0.03, "{mean}");
    }
}
