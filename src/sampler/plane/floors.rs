//! The noise floors of Wasserstein distances: what exact samples show, mostly how many fell into each mode (plane.md 7).

use super::draw::{Points, draw_target, stratified};
use crate::flow::plane::{Mixture, PlaneTarget, sliced_wasserstein, wasserstein};

/// The mean sliced W₂ of `draws` sets of n exact samples to the mixture; with equal counts a mode where `strata`.
pub fn sliced_floor(mixture: &Mixture, n: usize, draws: u64, strata: bool) -> f64 {
    let one = |seed| {
        let [x, y] = exact(mixture, n, seed, strata);
        sliced_wasserstein([&x, &y], mixture)
    };
    (0..draws).map(one).sum::<f64>() / draws.max(1) as f64
}

/// The mean W₂ between two sets of n exact samples each; O(n³).
pub fn wasserstein_floor(mixture: &Mixture, n: usize, draws: u64, strata: bool) -> f64 {
    let one = |seed| {
        let [a, b] = [2 * seed, 2 * seed + 1].map(|seed| {
            let [x, y] = exact(mixture, n, seed, strata);
            x.into_iter().zip(y).map(|(x, y)| [x, y]).collect::<Vec<_>>()
        });
        wasserstein(&a, &b)
    };
    (0..draws).map(one).sum::<f64>() / draws.max(1) as f64
}

fn exact(mixture: &Mixture, n: usize, seed: u64, strata: bool) -> Points {
    match strata {
        true => stratified(mixture, n, seed),
        false => draw_target(&PlaneTarget::Mixture(mixture.clone()), n, seed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::mmd;

    #[test]
    fn floors_are_the_notes() {
        // plane.md 7 and 10: a distance between two exact sets, .514 of 1000, is no error.
        let ring = Mixture::ring();
        for (n, strata, expected) in
            [(500, false, 0.200), (2000, false, 0.148), (8000, false, 0.080), (2000, true, 0.018)]
        {
            let found = sliced_floor(&ring, n, 12, strata);
            assert!((found / expected - 1.0).abs() < 0.35, "{n} {found}");
        }
        for (n, strata, expected) in [(400, false, 0.585), (400, true, 0.13)] {
            let found = wasserstein_floor(&ring, n, 4, strata);
            assert!((found / expected - 1.0).abs() < 0.35, "{n} {found}");
        }
    }

    #[test]
    fn the_kernel_distance_of_exact_samples_is_0_on_average() {
        // sd 7.2e-4 at n = 500, falling as 1/n.
        let ring = Mixture::ring();
        let of = |n: usize, seed| {
            let [x, y] = exact(&ring, n, seed, false);
            mmd([&x, &y], &ring, 0.5)
        };
        let all: Vec<_> = (0..40).map(|seed| of(500, seed)).collect();
        let mean = all.iter().map(|m| m.squared).sum::<f64>() / 40.0;
        assert!(mean.abs() < 4.0 * 7.2e-4 / 40f64.sqrt(), "{mean}");
        assert!((all[0].sd / 7.2e-4 - 1.0).abs() < 0.05 && (of(1500, 1).sd / 2.4e-4 - 1.0).abs() < 0.05);
    }
}
