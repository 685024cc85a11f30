//! Samples with discrete latents: z from the prior, then Heun's method on EDM's ODE, guided (plane.md 6).

use super::draw::{Points, cumulative, place};
use super::numbers::{Draw, Numbers};
use crate::denoiser::plane::LatentDenoiser;
use rayon::prelude::*;

/// Samples that one thread works on at once.
const AT_ONCE: usize = 256;

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
    pub fn run(
        &self,
        denoiser: &dyn LatentDenoiser,
        prior: &[f64],
        count: usize,
        seed: u64,
    ) -> (Points, Vec<usize>) {
        let (numbers, table) = (Numbers(seed), cumulative(prior.iter().copied()));
        let levels = self.levels();
        let codes: Vec<usize> =
            (0..count).map(|n| place(&table, numbers.units(Draw::Data, n, 1)[0])).collect();
        // Those of one code are asked for together.
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|n| codes[*n]);
        let groups: Vec<&[usize]> =
            order.chunk_by(|a, b| codes[*a] == codes[*b]).flat_map(|all| all.chunks(AT_ONCE)).collect();
        let ends: Vec<(usize, [f64; 2])> = groups
            .into_par_iter()
            .flat_map_iter(|group| {
                let starts = group.iter().map(|&n| numbers.normals(Draw::Start, n, 0));
                let (x, y): (Vec<f64>, Vec<f64>) =
                    starts.map(|z| (z[0] * self.level, z[1] * self.level)).unzip();
                let [x, y] = self.walked(denoiser, &levels, codes[group[0]], [x, y]);
                group.iter().zip(x.into_iter().zip(y)).map(|(&n, (x, y))| (n, [x, y])).collect::<Vec<_>>()
            })
            .collect();
        let mut points = [vec![0.0; count], vec![0.0; count]];
        for (n, x) in ends {
            (points[0][n], points[1][n]) = (x[0], x[1]);
        }
        (points, codes)
    }

    /// Points with one code, from the first level to the last.
    fn walked(&self, denoiser: &dyn LatentDenoiser, levels: &[f64], code: usize, mut x: Points) -> Points {
        let n = x[0].len();
        let (mut with, mut without) = ([vec![0.0; n], vec![0.0; n]], [vec![0.0; n], vec![0.0; n]]);
        let mut slope = |x: &Points, level: f64, out: &mut Points| {
            let w = self.guidance;
            let [d1, d2] = &mut with;
            denoiser.denoised(level, Some(code), [&x[0], &x[1]], [d1, d2]);
            if w != 1.0 {
                let [d1, d2] = &mut without;
                denoiser.denoised(level, None, [&x[0], &x[1]], [d1, d2]);
            }
            for axis in [0, 1] {
                for i in 0..n {
                    let guided = match w == 1.0 {
                        true => with[axis][i],
                        false => w * with[axis][i] + (1.0 - w) * without[axis][i],
                    };
                    out[axis][i] = (x[axis][i] - guided) / level;
                }
            }
        };
        let (mut first, mut second) = (x.clone(), x.clone());
        for pair in levels.windows(2) {
            let (level, h) = (pair[0], pair[1] - pair[0]);
            slope(&x, level, &mut first);
            let there: Points =
                [0, 1].map(|axis| x[axis].iter().zip(&first[axis]).map(|(x, s)| x + h * s).collect());
            if pair[1] > 0.0 {
                slope(&there, pair[1], &mut second);
                for axis in [0, 1] {
                    let slopes = first[axis].iter().zip(&second[axis]);
                    x[axis].iter_mut().zip(slopes).for_each(|(x, (a, b))| *x += 0.5 * h * (a + b));
                }
            } else {
                x = there;
            }
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{Latents, Mixture};

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
