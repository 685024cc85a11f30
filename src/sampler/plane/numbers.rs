//! The random numbers of a particle: a function of the seed, the particle and the step, whatever thread asks.

use crate::random::{Purpose, philox};
use std::f64::consts::TAU;

/// What a particle needs numbers for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Draw {
    /// Where it starts.
    Start = 0,
    /// The noise of a step.
    Noise = 1,
    /// Whether it jumps, and by which part of the mixture.
    Jump = 2,
    /// Where it lands.
    Landing = 3,
    /// Data.
    Data = 4,
}

/// The random numbers of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers(pub u64);

impl Numbers {
    fn words(self, draw: Draw, particle: usize, step: usize) -> [u32; 4] {
        let purpose = Purpose::Particles as u32 | (draw as u32) << 8 | ((particle as u64 >> 32) as u32) << 16;
        philox([particle as u32, step as u32, 0, purpose], [self.0 as u32, (self.0 >> 32) as u32])
    }

    /// Two numbers in (0, 1).
    pub fn units(self, draw: Draw, particle: usize, step: usize) -> [f64; 2] {
        let [a, b, c, d] = self.words(draw, particle, step);
        [unit(a, b), unit(c, d)]
    }

    /// Two standard normal numbers, by Box and Muller.
    pub fn normals(self, draw: Draw, particle: usize, step: usize) -> [f64; 2] {
        let [u, v] = self.units(draw, particle, step);
        let (radius, (sin, cos)) = ((-2.0 * u.ln()).sqrt(), (TAU * v).sin_cos());
        [radius * cos, radius * sin]
    }
}

/// A number in (0, 1): the middle of one of 2⁵² cells, so that neither end is met.
fn unit(high: u32, low: u32) -> f64 {
    ((u64::from(high) << 20 | u64::from(low) >> 12) as f64 + 0.5) * 2f64.powi(-52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_are_normal_and_their_own() {
        let numbers = Numbers(7);
        let n = 100_000;
        let all: Vec<f64> = (0..n).flat_map(|i| numbers.normals(Draw::Noise, i, 3)).collect();
        let mean = |f: fn(f64) -> f64| all.iter().map(|x| f(*x)).sum::<f64>() / all.len() as f64;
        assert!(mean(|x| x).abs() < 0.01 && (mean(|x| x * x) - 1.0).abs() < 0.015);
        assert!((mean(|x| x.powi(4)) - 3.0).abs() < 0.1);
        let first = numbers.normals(Draw::Noise, 0, 3);
        assert_ne!(first, numbers.normals(Draw::Start, 0, 3));
        assert_ne!(first, numbers.normals(Draw::Noise, 1, 3));
        assert_ne!(first, numbers.normals(Draw::Noise, 0, 4));
        assert_ne!(first, Numbers(8).normals(Draw::Noise, 0, 3));
        assert_eq!(first, Numbers(7).normals(Draw::Noise, 0, 3));
        assert!(unit(u32::MAX, u32::MAX) < 1.0 && unit(0, 0) > 0.0);
    }
}
