//! Discrete latents: the codes of samples, and what a denoiser that is told them loses and how its lines bend (plane.md 6).

use super::draw::{Points, cumulative, place};
use super::numbers::{Draw, Numbers};
use crate::denoiser::plane::LatentDenoiser;
use crate::flow::plane::{Latents, normal_spiral};
use rayon::prelude::*;

/// The codes of `count` samples, from their law.
pub fn draw_codes(law: &[f64], count: usize, seed: u64) -> Vec<usize> {
    let (numbers, table) = (Numbers(seed), cumulative(law.iter().copied()));
    (0..count).map(|n| place(&table, numbers.units(Draw::Data, n, 1)[0])).collect()
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
}
