//! How far samples on the plane are from the exact target, and how much of that is noise (plane.md 7).

use super::assignment::{assignment, squared_distances};
use super::cells::CellEdges;
use super::covariance::Covariance;
use super::exact::PlaneTarget;
use super::mixture::{Gaussian, Mixture};
use super::normal::{between, distribution, quantile};
use super::rectangles;
use ndarray::Array2;
use std::f64::consts::{PI, TAU};

/// √ mean |x − y|² of points that belong together: the end-point error where `to` is a fine solution from the same starts. It
/// has no floor, and bounds the Wasserstein distance from above.
pub fn rms_distance(from: [&[f64]; 2], to: [&[f64]; 2]) -> f64 {
    let square = |axis: usize| from[axis].iter().zip(to[axis]).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    ((square(0) + square(1)) / from[0].len().max(1) as f64).sqrt()
}

impl PlaneTarget {
    /// The target's mass in each cell \[V, V\], in closed form.
    pub fn masses(&self, cells: &CellEdges) -> Array2<f64> {
        let edges = cells.edges();
        match self {
            Self::Mixture(mixture) => mixture_masses(mixture, edges),
            Self::Boxes(boxes) => {
                let overlap = Array2::from_shape_fn((boxes.side(), cells.bins()), |(i, k)| {
                    let [low, high] = boxes.cell(i);
                    let inside = edges[k + 1].min(high) - edges[k].max(low);
                    inside.max(0.0) / (high - low)
                });
                overlap.t().dot(&boxes.pmf().dot(&overlap))
            }
        }
    }

    /// ln of its density at a point; +∞ on a point without width.
    pub fn ln_density(&self, x: [f64; 2]) -> f64 {
        match self {
            Self::Mixture(mixture) => mixture.ln_density(x),
            Self::Boxes(boxes) => boxes.ln_density(x),
        }
    }

    /// E|x|².
    pub fn second_moment(&self) -> f64 {
        match self {
            Self::Mixture(mixture) => mixture.second_moment(),
            Self::Boxes(boxes) => boxes.second_moment(),
        }
    }

    /// A square \[−L, L\]² that holds all of it but some 10⁻⁸: L, at least 4 as for the noise N(0, I).
    pub fn reach(&self) -> f64 {
        let furthest = match self {
            Self::Mixture(mixture) => mixture.reach(5.5),
            Self::Boxes(boxes) => boxes.half_width(),
        };
        furthest.max(4.0)
    }
}

fn mixture_masses(mixture: &Mixture, edges: &[f64]) -> Array2<f64> {
    let v = edges.len() - 1;
    let mass = |mean: f64, sd: f64, ends: &[f64]| match sd > 0.0 {
        true => between((ends[0] - mean) / sd, (ends[1] - mean) / sd),
        false => f64::from(u8::from(ends[0] <= mean && mean < ends[1])),
    };
    let mut total = Array2::zeros((v, v));
    for c in mixture.components() {
        let Some(sd) = c.covariance.sd() else {
            let columns = [[1.0, 0.0], [0.0, 1.0]].map(|axis| c.covariance.draw(axis));
            let factor = [columns[0][0], columns[1][0], columns[0][1], columns[1][1]];
            total.scaled_add(c.weight, &rectangles::masses(c.mean, factor, edges));
            continue;
        };
        let [first, second] =
            c.mean.map(|mean| edges.windows(2).map(|ends| mass(mean, sd, ends)).collect::<Vec<_>>());
        for (i, a) in first.iter().enumerate().filter(|(_, a)| **a > 0.0) {
            for (j, b) in second.iter().enumerate() {
                total[[i, j]] += c.weight * a * b;
            }
        }
    }
    total
}

/// The share of the points in each cell \[V, V\].
pub fn histogram([x, y]: [&[f64]; 2], cells: &CellEdges) -> Array2<f64> {
    let mut counts = Array2::<f64>::zeros((cells.bins(), cells.bins()));
    for (x, y) in x.iter().zip(y) {
        counts[[cells.cell_of(*x), cells.cell_of(*y)]] += 1.0;
    }
    counts / x.len().max(1) as f64
}

/// n² starts of equal weight for N(0, I): quantiles Φ⁻¹((i+½)/n) on both axes, so that a deterministic sampler's law is seen
/// without Monte-Carlo noise.
pub fn normal_lattice(n: usize) -> [Vec<f64>; 2] {
    let line: Vec<f64> = (0..n).map(|i| quantile((i as f64 + 0.5) / n as f64)).collect();
    let first = line.iter().flat_map(|x| std::iter::repeat_n(*x, n)).collect();
    let second = line.iter().copied().cycle().take(n * n).collect();
    [first, second]
}

/// n starts of equal weight for N(0, I) on a spiral, for means of smooth functions.
pub fn normal_spiral(n: usize) -> [Vec<f64>; 2] {
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    let at = |k: usize| {
        let radius = (-2.0 * ((k as f64 + 0.5) / n as f64).ln()).sqrt();
        let angle = TAU * (golden * k as f64).fract();
        (radius * angle.cos(), radius * angle.sin())
    };
    let (first, second) = (0..n).map(at).unzip();
    [first, second]
}

/// MMD² of samples to a mixture.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Mmd {
    /// The unbiased estimate, 0 on average for exact samples.
    pub squared: f64,
    /// Its standard deviation for exact samples: the noise.
    pub sd: f64,
}

/// E exp(−|x|²/2ℓ²) of x ~ N(e, A + B): ℓ²/√det V exp(−eᵀV⁻¹e/2), V = A + B + ℓ²I. Of round ones V is v I.
fn kernel_between(e: [f64; 2], a: &Covariance, b: &Covariance, ell: f64) -> f64 {
    let entry = |k: usize| a.entries()[k] + b.entries()[k];
    let (v1, shared, v2) = (ell * ell + entry(0), entry(1), ell * ell + entry(2));
    let determinant = v1 * v2 - shared * shared;
    let square = (v2 * e[0] * e[0] - 2.0 * shared * e[0] * e[1] + v1 * e[1] * e[1]) / determinant;
    ell * ell / determinant.sqrt() * (-0.5 * square).exp()
}

/// E k(Y, Y') of two draws from a mixture, kernel exp(−r²/2ℓ²).
pub fn kernel_mean(mixture: &Mixture, ell: f64) -> f64 {
    let all: Vec<_> = mixture.components().collect();
    let each = |a: &Gaussian| {
        all.iter()
            .map(|b| {
                let e = [a.mean[0] - b.mean[0], a.mean[1] - b.mean[1]];
                a.weight * b.weight * kernel_between(e, &a.covariance, &b.covariance, ell)
            })
            .sum::<f64>()
    };
    all.iter().map(each).sum()
}

/// MMD² with the kernel exp(−r²/2ℓ²), the target's terms in closed form; O(n²).
pub fn mmd(points: [&[f64]; 2], mixture: &Mixture, ell: f64) -> Mmd {
    let n = points[0].len();
    let all: Vec<_> = mixture.components().collect();
    let own = kernel_mean(mixture, ell);
    let at = |i: usize| [points[0][i], points[1][i]];
    let cross: Vec<f64> = (0..n)
        .map(|i| {
            let x = at(i);
            let terms = all.iter().map(|c| {
                let e = [x[0] - c.mean[0], x[1] - c.mean[1]];
                c.weight * kernel_between(e, &c.covariance, &Covariance::round(0.0), ell)
            });
            terms.sum()
        })
        .collect();
    let (mut sum, mut squares) = (0.0, 0.0);
    let scale = -0.5 / (ell * ell);
    for i in 0..n {
        let x = at(i);
        for j in 0..i {
            let y = at(j);
            let k = (scale * ((x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2))).exp();
            sum += 2.0 * k;
            squares += 2.0 * (k - cross[i] - cross[j] + own).powi(2);
        }
    }
    let pairs = (n.max(2) * (n.max(2) - 1)) as f64;
    Mmd {
        squared: sum / pairs - 2.0 * cross.iter().sum::<f64>() / n.max(1) as f64 + own,
        sd: (2.0 * squares / pairs / pairs).sqrt(),
    }
}

/// Directions of the sliced distance.
const DIRECTIONS: u32 = 32;

/// Sliced W₂ of samples to the exact quantiles of the projected mixture, over 32 directions. Its floor for n exact samples
/// is large, for it sees how many fell into each mode: draw it beside.
pub fn sliced_wasserstein([x, y]: [&[f64]; 2], mixture: &Mixture) -> f64 {
    let n = x.len().max(1);
    let mut total = 0.0;
    for k in 0..DIRECTIONS {
        let angle = PI * f64::from(k) / f64::from(DIRECTIONS);
        let (cos, sin) = (angle.cos(), angle.sin());
        let mut found: Vec<f64> = x.iter().zip(y).map(|(x, y)| x * cos + y * sin).collect();
        found.sort_by(f64::total_cmp);
        let projected: Vec<_> = mixture
            .components()
            .map(|c| (c.weight, c.mean[0] * cos + c.mean[1] * sin, c.covariance.along([cos, sin]).max(1e-9)))
            .collect();
        let quantiles = projected_quantiles(&projected, n);
        total += found.iter().zip(quantiles).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / n as f64;
    }
    (total / f64::from(DIRECTIONS)).sqrt()
}

/// The quantiles (i+½)/n of a mixture on a line, from a table of its distribution function.
fn projected_quantiles(components: &[(f64, f64, f64)], n: usize) -> Vec<f64> {
    const STEPS: usize = 6400;
    let low = components.iter().map(|(_, m, s)| m - 9.0 * s).fold(f64::INFINITY, f64::min);
    let high = components.iter().map(|(_, m, s)| m + 9.0 * s).fold(f64::NEG_INFINITY, f64::max);
    let at = |i: usize| low + (high - low) * i as f64 / STEPS as f64;
    let below = |x: f64| components.iter().map(|(w, m, s)| w * distribution((x - m) / s)).sum::<f64>();
    let table: Vec<f64> = (0..=STEPS).map(|i| below(at(i))).collect();
    let mut place = 0;
    (0..n)
        .map(|i| {
            let p = (i as f64 + 0.5) / n as f64;
            while place + 1 < STEPS && table[place + 1] < p {
                place += 1;
            }
            let rise = table[place + 1] - table[place];
            let part = if rise > 0.0 { ((p - table[place]) / rise).clamp(0.0, 1.0) } else { 0.5 };
            at(place) + part * (at(1) - at(0))
        })
        .collect()
}

/// W₂ of two sets of as many points, exactly; O(n³).
pub fn wasserstein(from: &[[f64; 2]], to: &[[f64; 2]]) -> f64 {
    let n = from.len().min(to.len());
    let costs = squared_distances(&from[..n], &to[..n]);
    let pairs = assignment(n, &costs);
    let total: f64 = pairs.iter().enumerate().map(|(i, j)| costs[i * n + j]).sum();
    (total / n.max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::Boxes;

    #[test]
    fn the_kernel_mean_of_the_ring_is_the_notes() {
        // plane.md 7: .0947612715 at ℓ = .5.
        assert!((kernel_mean(&Mixture::ring(), 0.5) - 0.094_761_271_5).abs() < 1e-10);
    }

    #[test]
    fn masses_of_targets_add_up() {
        let cells = CellEdges::new(-5.0, 5.0, 34).expect("cells");
        for target in [
            PlaneTarget::Mixture(Mixture::ring()),
            PlaneTarget::Mixture(Mixture::of_points(&[[0.3, 4.0], [0.3, 4.0]], 0.0).expect("points")),
            PlaneTarget::Boxes(Boxes::checkerboard()),
        ] {
            let mass = target.masses(&cells);
            assert!((mass.sum() - 1.0).abs() < 1e-12 && mass.iter().all(|m| *m >= 0.0));
        }
        let board = PlaneTarget::Boxes(Boxes::checkerboard()).masses(&cells);
        let inside = [-4.0, -4.0].map(|x| cells.cell_of(x));
        let density = board[inside] / cells.width().powi(2);
        assert!((density - 0.45f64.powi(2) / 8.0).abs() < 1e-12);
    }

    #[test]
    fn covariances_have_their_masses_kernels_and_slices() {
        let covariance = |entries| Covariance::new(entries).expect("a covariance");
        let parts = [
            Gaussian { weight: 2.0, mean: [0.5, -0.3], covariance: covariance([0.6, 0.4, 0.5]) },
            Gaussian { weight: 1.0, mean: [-1.0, 1.0], covariance: covariance([0.3, -0.2, 0.4]) },
            Gaussian { weight: 1.0, mean: [0.0, 2.0], covariance: covariance([0.04, 0.0, 0.04]) },
        ];
        let mixture = Mixture::new(&parts).expect("a mixture");
        let cells = CellEdges::new(-3.0, 3.0, 14).expect("cells");
        let mass = PlaneTarget::Mixture(mixture.clone()).masses(&cells);
        assert!((mass.sum() - 1.0).abs() < 1e-13);
        // One cell by brute force, and the kernel's means over all of the plane.
        let h = 0.005;
        let (low, high) = (cells.edges()[6], cells.edges()[7]);
        let inside =
            (0..100).flat_map(|i| (0..100).map(move |j| [i, j].map(|i| low + h * (f64::from(i) + 0.5))));
        let found: f64 = inside.map(|x| mixture.ln_density(x).exp() * h * h).sum();
        assert!((high - low - 0.5).abs() < 1e-12 && (found - mass[[6, 6]]).abs() < 1e-6, "{found}");
        let (ell, x, h) = (0.5f64, [0.2, 0.4], 0.02);
        let (mut at, mut both) = (0.0, 0.0);
        for i in -300..300 {
            for j in -300..300 {
                let y = [i, j].map(|i| h * (f64::from(i) + 0.5));
                let p = mixture.ln_density(y).exp() * h * h;
                let away = (x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2);
                at += p * (-0.5 * away / (ell * ell)).exp();
                let seen = parts.iter().map(|c| {
                    let e = [y[0] - c.mean[0], y[1] - c.mean[1]];
                    0.25 * c.weight * kernel_between(e, &c.covariance, &Covariance::round(0.0), ell)
                });
                both += p * seen.sum::<f64>();
            }
        }
        let e = |c: &Gaussian| [x[0] - c.mean[0], x[1] - c.mean[1]];
        let point = Covariance::round(0.0);
        let seen: f64 =
            parts.iter().map(|c| 0.25 * c.weight * kernel_between(e(c), &c.covariance, &point, ell)).sum();
        assert!((seen - at).abs() < 1e-9, "{seen} {at}");
        assert!((kernel_mean(&mixture, ell) - both).abs() < 1e-9, "{both}");
        // Quantiles of one Gaussian that is drawn on a spiral.
        let one = Mixture::new(&parts[..1]).expect("one");
        let [x, y] = normal_spiral(4000);
        let drawn = x.iter().zip(&y).map(|(x, y)| {
            let off = parts[0].covariance.draw([*x, *y]);
            (parts[0].mean[0] + off[0], parts[0].mean[1] + off[1])
        });
        let (x, y): (Vec<f64>, Vec<f64>) = drawn.unzip();
        assert!(sliced_wasserstein([&x, &y], &one) < 0.03);
    }

    #[test]
    fn a_lattice_and_a_spiral_are_normal() {
        for [x, y] in [normal_lattice(200), normal_spiral(40_000)] {
            let mean = |f: &dyn Fn(f64, f64) -> f64| {
                x.iter().zip(&y).map(|(x, y)| f(*x, *y)).sum::<f64>() / x.len() as f64
            };
            assert!(mean(&|x, _| x).abs() < 1e-3 && mean(&|x, y| x * y).abs() < 1e-3);
            assert!((mean(&|x, _| x * x) - 1.0).abs() < 0.02 && (mean(&|_, y| y * y) - 1.0).abs() < 0.02);
        }
    }

    #[test]
    fn distances_of_moved_points() {
        let a = [[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]];
        let b = [[0.5, 2.0], [0.5, 0.0], [1.5, 0.0]];
        assert!((wasserstein(&a, &b) - 0.5).abs() < 1e-12);
        let (x, y) = ([0.0, 1.0], [0.0, 0.0]);
        assert_eq!(rms_distance([&x, &y], [&[0.0, 1.0], &[2.0, 0.0]]), 2f64.sqrt());
        // Points on the exact quantiles of one Gaussian are near its slices.
        let one = Mixture::normal();
        let [x, y] = normal_spiral(4000);
        assert!(sliced_wasserstein([&x, &y], &one) < 0.03);
        let moved: Vec<f64> = x.iter().map(|x| x + 1.0).collect();
        assert!((sliced_wasserstein([&moved, &y], &one) - 0.5f64.sqrt()).abs() < 0.02);
        assert!(mmd([&moved, &y], &one, 0.5).squared > 50.0 * mmd([&x, &y], &one, 0.5).sd);
    }
}
