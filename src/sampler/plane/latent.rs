//! Samples with discrete latents: z from the prior, then Heun's method on EDM's ODE, guided (plane.md 6).

use super::draw::{Points, cumulative, place};
use super::numbers::{Draw, Numbers};
use crate::denoiser::plane::LatentDenoiser;
use crate::flow::plane::{Latents, normal_spiral};
use rayon::prelude::*;

/// Samples that one thread works on at once.
const AT_ONCE: usize = 256;

/// The codes of `count` samples, from their law.
pub fn draw_codes(law: &[f64], count: usize, seed: u64) -> Vec<usize> {
    let (numbers, table) = (Numbers(seed), cumulative(law.iter().copied()));
    (0..count).map(|n| place(&table, numbers.units(Draw::Data, n, 1)[0])).collect()
}

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
        let numbers = Numbers(seed);
        let levels = self.levels();
        let codes = draw_codes(prior, count, seed);
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

/// A code counts for a mode that has it at least so often.
const LEAST_CHANCE: f64 = 0.05;
/// The Euler step by which a curvature is taken.
const STEP: f64 = 1e-2;

/// x = y + T n by code: how often it comes, about which mode, and `nodes` points on a spiral about that.
fn about_modes(latents: &Latents, level: f64, nodes: usize, least: f64) -> Vec<(f64, usize, Points)> {
    let [n1, n2] = normal_spiral(nodes);
    let mut all = Vec::new();
    for (j, c) in latents.target().components().enumerate() {
        let scattered = n1.iter().zip(&n2).map(|(n1, n2)| {
            let off = c.covariance.scattered(level, [*n1, *n2]);
            (c.mean[0] + off[0], c.mean[1] + off[1])
        });
        let points: Points = scattered.unzip().into();
        for (code, chance) in latents.encoder().row(j).iter().enumerate() {
            if *chance > least {
                all.push((c.weight * chance, code, points.clone()));
            }
        }
    }
    all
}

/// E|D(x, T, z) − y|² of a denoiser that is told the codes of `latents`, without chance: `nodes` points about each mode.
pub fn loss_with_codes(denoiser: &dyn LatentDenoiser, latents: &Latents, level: f64, nodes: usize) -> f64 {
    let groups = about_modes(latents, level, nodes, 0.0);
    let of = |(chance, code, x): &(f64, usize, Points)| {
        let (mut d1, mut d2) = (vec![0.0; nodes], vec![0.0; nodes]);
        denoiser.denoised(level, Some(*code), [&x[0], &x[1]], [&mut d1, &mut d2]);
        let sum: f64 = (0..nodes)
            .map(|i| {
                let at = [x[0][i], x[1][i]];
                let best = latents.denoised(at, level, Some(*code));
                let miss = (d1[i] - best[0]).powi(2) + (d2[i] - best[1]).powi(2);
                latents.spread(at, level, Some(*code)) + miss
            })
            .sum();
        chance * sum / nodes as f64
    };
    groups.par_iter().map(of).collect::<Vec<f64>>().into_iter().sum()
}

/// Curvatures of a denoiser's ODE lines at `nodes` points about each mode, told the codes that it often has, sorted: quartiles
/// are entries of it. As [`Latents::curvature`], with a step of a hundredth, which a network's numbers can show.
pub fn curvatures_with_codes(
    denoiser: &dyn LatentDenoiser,
    latents: &Latents,
    level: f64,
    nodes: usize,
) -> Vec<f64> {
    let groups = about_modes(latents, level, nodes, LEAST_CHANCE);
    let of = |(_, code, x): &(f64, usize, Points)| {
        let slopes = |x: &Points, level: f64| {
            let (mut d1, mut d2) = (vec![0.0; nodes], vec![0.0; nodes]);
            denoiser.denoised(level, Some(*code), [&x[0], &x[1]], [&mut d1, &mut d2]);
            let slope = |i: usize| [(x[0][i] - d1[i]) / level, (x[1][i] - d2[i]) / level];
            (0..nodes).map(slope).collect::<Vec<[f64; 2]>>()
        };
        let first = slopes(x, level);
        let back: Points =
            [0, 1].map(|axis| x[axis].iter().zip(&first).map(|(x, g)| x - STEP * g[axis]).collect());
        let second = slopes(&back, level - STEP);
        let unit = |g: [f64; 2]| g.map(|part| part / g[0].hypot(g[1]).max(f64::MIN_POSITIVE));
        let curvature = |(g, after): (&[f64; 2], &[f64; 2])| {
            let (a, b) = (unit(*g), unit(*after));
            (a[0] - b[0]).hypot(a[1] - b[1]) / (STEP * g[0].hypot(g[1])).max(f64::MIN_POSITIVE)
        };
        first.iter().zip(&second).map(curvature).collect::<Vec<f64>>()
    };
    let mut all: Vec<f64> = groups.par_iter().flat_map_iter(of).collect();
    all.sort_by(f64::total_cmp);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::Mixture;

    #[test]
    fn the_best_denoiser_has_the_least_loss_and_its_curvature() {
        for codes in [1, 4, 8] {
            let latents = Latents::neighbours(Mixture::ring(), codes).expect("latents");
            for level in [0.5, 1.0] {
                let (found, exact) =
                    (loss_with_codes(&latents, &latents, level, 500), latents.loss(level, 500));
                assert!((found - exact).abs() < 1e-9, "{found} {exact}");
                let median = |all: Vec<f64>| all[all.len() / 2];
                let found = median(curvatures_with_codes(&latents, &latents, level, 500));
                let exact = median(latents.curvatures(level, 500, true));
                // Ten times the step, so that much more of a bend is seen as its chord: 8% at the most.
                assert!((found - exact).abs() < 0.1 * exact.max(0.01), "{codes} {level}: {found} {exact}");
            }
        }
    }

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
