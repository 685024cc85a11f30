//! Draws from targets and sources, each a function of the seed and its number.

use super::numbers::{Draw, Numbers};
use crate::flow::plane::{Boxes, Mixture, PlaneSource, PlaneTarget};

/// Points, coordinate by coordinate.
pub type Points = [Vec<f64>; 2];

/// `count` independent draws of x₁.
pub fn draw_target(target: &PlaneTarget, count: usize, seed: u64) -> Points {
    let numbers = Numbers(seed);
    match target {
        PlaneTarget::Mixture(mixture) => draw_mixture(mixture, count, numbers, Draw::Data),
        PlaneTarget::Boxes(boxes) => draw_boxes(boxes, count, numbers),
    }
}

/// `count` independent draws of x₀.
pub fn draw_source(source: &PlaneSource, count: usize, seed: u64) -> Points {
    let numbers = Numbers(seed);
    match source {
        PlaneSource::Normal => {
            (0..count).map(|n| numbers.normals(Draw::Start, n, 0)).map(|[a, b]| (a, b)).unzip().into()
        }
        PlaneSource::Mixture(mixture) => draw_mixture(mixture, count, numbers, Draw::Start),
        PlaneSource::Square(half) => {
            let at = |n| numbers.units(Draw::Start, n, 0).map(|u| half * (2.0 * u - 1.0));
            (0..count).map(at).map(|[a, b]| (a, b)).unzip().into()
        }
    }
}

/// As many of each component as its weight says, to one: what is left of a sample's noise when modes do not count.
pub fn stratified(mixture: &Mixture, count: usize, seed: u64) -> Points {
    let numbers = Numbers(seed);
    let table = cumulative(mixture.weights().iter().copied());
    let at = |n: usize| {
        let j = place(&table, (n as f64 + 0.5) / count as f64);
        let mean = mixture.means()[j];
        let off = mixture.covariances()[j].draw(numbers.normals(Draw::Data, n, 0));
        (mean[0] + off[0], mean[1] + off[1])
    };
    (0..count).map(at).unzip().into()
}

fn draw_mixture(mixture: &Mixture, count: usize, numbers: Numbers, draw: Draw) -> Points {
    let table = cumulative(mixture.weights().iter().copied());
    let at = |n: usize| {
        let [u, _] = numbers.units(draw, n, 1);
        let j = place(&table, u);
        let mean = mixture.means()[j];
        let off = mixture.covariances()[j].draw(numbers.normals(draw, n, 0));
        (mean[0] + off[0], mean[1] + off[1])
    };
    (0..count).map(at).unzip().into()
}

fn draw_boxes(boxes: &Boxes, count: usize, numbers: Numbers) -> Points {
    let table = cumulative(boxes.pmf().iter().copied());
    let k = boxes.side();
    let at = |n: usize| {
        let [u, _] = numbers.units(Draw::Data, n, 1);
        let cell = place(&table, u);
        let inside = numbers.units(Draw::Data, n, 0);
        let of = |i: usize, u: f64| {
            let [low, high] = boxes.cell(i);
            low + u * (high - low)
        };
        (of(cell / k, inside[0]), of(cell % k, inside[1]))
    };
    (0..count).map(at).unzip().into()
}

/// Running sums of weights.
pub(super) fn cumulative(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let sums = weights.scan(0.0, |sum, weight| {
        *sum += weight;
        Some(*sum)
    });
    sums.collect()
}

/// Where `u` in \[0, 1) falls among running sums; never where the weight is 0.
pub(super) fn place(table: &[f64], u: f64) -> usize {
    let total = table.last().copied().unwrap_or_default();
    table.partition_point(|sum| *sum <= u * total).min(table.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::metrics::{tv, tv_noise_floor};
    use crate::flow::plane::{CellEdges, histogram};

    #[test]
    fn draws_have_the_masses_of_their_targets() {
        let cells = CellEdges::new(-5.0, 5.0, 22).expect("cells");
        for target in [
            PlaneTarget::Mixture(Mixture::three()),
            PlaneTarget::Mixture(Mixture::moons()),
            PlaneTarget::Mixture(crate::flow::plane::tests::oblong()),
            PlaneTarget::Boxes(Boxes::checkerboard()),
        ] {
            let [x, y] = draw_target(&target, 40_000, 5);
            let (found, exact) = (histogram([&x, &y], &cells), target.masses(&cells));
            assert!(tv(&found, &exact) < 1.5 * tv_noise_floor(&exact, 40_000));
        }
        let [x, y] = draw_source(&PlaneSource::Square(2.0), 10_000, 1);
        let square: f64 = x.iter().map(|x| x * x).sum();
        assert!((square / 10_000.0 - 4.0 / 3.0).abs() < 0.05 && x.iter().chain(&y).all(|x| x.abs() < 2.0));
        assert_ne!(draw_source(&PlaneSource::Normal, 4, 1), draw_source(&PlaneSource::Normal, 4, 2));
        let [x, y] = stratified(&Mixture::ring(), 800, 3);
        let near = x.iter().zip(&y).filter(|(x, y)| (*x - 3.0).hypot(**y) < 1.1);
        assert_eq!(near.count(), 100);
    }

    #[test]
    fn places_skip_what_has_no_weight() {
        let table = cumulative([0.0, 2.0, 0.0, 2.0, 0.0].into_iter());
        assert_eq!([0.0, 0.499, 0.5, 0.999_999].map(|u| place(&table, u)), [1, 1, 3, 3]);
    }
}
