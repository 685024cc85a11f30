//! Samples with discrete latents: z from the prior, then Heun's method on EDM's ODE, guided (plane.md 6).

use super::draw::{Points, cumulative, place};
use super::numbers::{Draw, Numbers};
use crate::flow::plane::Latents;
use rayon::prelude::*;

/// How samples with latents are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatentSampler {
    /// The noise level that it starts at; a start N(0, T²) pulls centres in, the more the smaller it is.
    pub level: f64,
    /// Steps of Heun's method on EDM's levels, ρ = 7, down to 0.002 and then to 0.
    pub steps: usize,
    /// w D(z) + (1−w) D(∅): 1 is conditional, 0 unconditional.
    pub guidance: f64,
}

impl Default for LatentSampler {
    fn default() -> Self {
        Self { level: 80.0, steps: 50, guidance: 1.0 }
    }
}

impl LatentSampler {
    /// The levels that it steps through, the last 0.
    pub fn levels(&self) -> Vec<f64> {
        const LEAST: f64 = 0.002;
        let [from, to] = [self.level, LEAST].map(|level| level.powf(1.0 / 7.0));
        let part = |k: usize| if self.steps > 1 { k as f64 / (self.steps - 1) as f64 } else { 0.0 };
        (0..self.steps.max(1)).map(|k| (from + (to - from) * part(k)).powi(7)).chain([0.0]).collect()
    }

    /// `count` samples and their codes. Codes are drawn from `prior`: of another than the encoder's own, modes get other
    /// weights.
    pub fn run(&self, latents: &Latents, prior: &[f64], count: usize, seed: u64) -> (Points, Vec<usize>) {
        let (numbers, table) = (Numbers(seed), cumulative(prior.iter().copied()));
        let levels = self.levels();
        let all: Vec<([f64; 2], usize)> = (0..count)
            .into_par_iter()
            .map(|n| {
                let code = place(&table, numbers.units(Draw::Data, n, 1)[0]);
                let mut x = numbers.normals(Draw::Start, n, 0).map(|z| z * self.level);
                let slope = |x: [f64; 2], level: f64| {
                    let d = latents.guided(x, level, code, self.guidance);
                    [0, 1].map(|i| (x[i] - d[i]) / level)
                };
                for pair in levels.windows(2) {
                    let (level, next) = (pair[0], pair[1]);
                    let first = slope(x, level);
                    let there = [0, 1].map(|i| x[i] + (next - level) * first[i]);
                    x = match next > 0.0 {
                        true => {
                            let second = slope(there, next);
                            [0, 1].map(|i| x[i] + 0.5 * (next - level) * (first[i] + second[i]))
                        }
                        false => there,
                    };
                }
                (x, code)
            })
            .collect();
        let points = [0, 1].map(|axis| all.iter().map(|(x, _)| x[axis]).collect());
        (points, all.into_iter().map(|(_, code)| code).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::Mixture;

    #[test]
    fn guidance_is_the_notes() {
        // check_plane.py, G: T = 10, 60 steps: in the mode of their code .121, 1, 1; radius 2.998, 2.948, 3.130.
        let latents = Latents::neighbours(Mixture::ring(), 8).expect("latents");
        for (guidance, share, radius) in [(0.0, 0.121, 2.998), (1.0, 1.0, 2.948), (2.0, 1.0, 3.130)] {
            let sampler = LatentSampler { level: 10.0, steps: 60, guidance };
            let ([x, y], codes) = sampler.run(&latents, &latents.prior(), 2000, 3);
            let mode = |n: usize| {
                let angle = y[n].atan2(x[n]).rem_euclid(std::f64::consts::TAU);
                (angle / std::f64::consts::FRAC_PI_4).round() as usize % 8
            };
            let found = (0..2000).filter(|&n| mode(n) == codes[n]).count() as f64 / 2000.0;
            let mean = x.iter().zip(&y).map(|(x, y)| x.hypot(*y)).sum::<f64>() / 2000.0;
            assert!(
                (found - share).abs() < 0.03 && (mean - radius).abs() < 0.02,
                "{guidance} {found} {mean}"
            );
        }
    }
}
