//! Masses of normal laws of any covariance in the rectangles of a lattice, to rounding.

use super::normal::{NODES, between, density};
use ndarray::Array2;

/// Further out than this, in standard deviations, there is less than 10⁻³² of the mass.
const FURTHEST: f64 = 12.0;
/// Standard deviations that a rule of eight points spans at most: its error is then below 10⁻¹⁵.
const PANEL: f64 = 1.0;

/// The mass of mean + L z, z standard normal and L by rows, between every two edges of both axes \[V, V\]. Edges rise and are the
/// same on both axes; the outer ones may be infinite.
///
/// In an orthonormal basis of z each edge is a line p = a − βq of slope |β| ≤ 1, for both families of edges make the same angle
/// with the first vector: the mass of a rectangle is the integral over q of φ(q) times that of an interval of p, whose ends are
/// smooth in q but at the four corners.
pub fn masses(mean: [f64; 2], factor: [f64; 4], edges: &[f64]) -> Array2<f64> {
    let bins = edges.len().saturating_sub(1);
    let rows = [[factor[0], factor[1]], [factor[2], factor[3]]];
    let widths = rows.map(|row| row[0].hypot(row[1]));
    // Edges in standard deviations of their coordinate.
    let lines = [0, 1].map(|axis| {
        let most = 2.0 * FURTHEST;
        let of = |edge: &f64| ((edge - mean[axis]) / widths[axis]).clamp(-most, most);
        edges.iter().map(of).collect::<Vec<f64>>()
    });
    let units = [0, 1].map(|axis| rows[axis].map(|x| x / widths[axis]));
    let correlation = units[0][0] * units[1][0] + units[0][1] * units[1][1];
    if correlation == 0.0 {
        let [first, second] =
            lines.map(|line| line.windows(2).map(|ends| between(ends[0], ends[1])).collect::<Vec<f64>>());
        return Array2::from_shape_fn((bins, bins), |(i, j)| first[i] * second[j]);
    }
    // The bisector of both normals, one of them turned round where they are more than 90° apart.
    let sign = correlation.signum();
    let middle = [0, 1].map(|i| units[0][i] + sign * units[1][i]);
    let length = middle[0].hypot(middle[1]);
    let [cos, sin] = middle.map(|x| x / length);
    // Each edge as p = a − βq; of the family that was turned round edges fall.
    let families = [0, 1].map(|axis| {
        let unit = if axis == 1 { units[1].map(|x| sign * x) } else { units[0] };
        let (along, across) = (unit[0] * cos + unit[1] * sin, unit[1] * cos - unit[0] * sin);
        let turn = if axis == 1 { sign } else { 1.0 };
        let starts: Vec<f64> = lines[axis].iter().map(|line| turn * line / along).collect();
        (starts, across / along)
    });
    let [(first, beta), (second, other)] = &families;
    let apart = beta - other;
    Array2::from_shape_fn((bins, bins), |(i, j)| {
        let across = [first[i], first[i + 1]];
        let up = if sign > 0.0 { [second[j], second[j + 1]] } else { [second[j + 1], second[j]] };
        let mut corners = [across[0] - up[0], across[0] - up[1], across[1] - up[0], across[1] - up[1]]
            .map(|gap| (gap / apart).clamp(-FURTHEST, FURTHEST));
        corners.sort_by(f64::total_cmp);
        let inside = |q: f64| {
            let low = (across[0] - beta * q).max(up[0] - other * q);
            let high = (across[1] - beta * q).min(up[1] - other * q);
            if low < high && low < FURTHEST && high > -FURTHEST {
                density(q) * between(low, high)
            } else {
                0.0
            }
        };
        corners.windows(2).map(|ends| integral(ends[0], ends[1], inside)).sum()
    })
}

/// ∫f from a to b, a smooth function.
fn integral(a: f64, b: f64, f: impl Fn(f64) -> f64) -> f64 {
    if b <= a {
        return 0.0;
    }
    let panels = ((b - a) / PANEL).ceil().max(1.0);
    let half = 0.5 * (b - a) / panels;
    let panel = |k: usize| {
        let middle = a + half * (2.0 * k as f64 + 1.0);
        let pair = |(node, weight): &(f64, f64)| weight * (f(middle - half * node) + f(middle + half * node));
        NODES.iter().map(pair).sum::<f64>()
    };
    half * (0..panels as usize).map(panel).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::normal;

    const MEAN: [f64; 2] = [0.3, -0.4];

    fn edges() -> Vec<f64> {
        let inner = (0..=16).map(|i| f64::from(i) * 0.4 - 3.2);
        std::iter::once(f64::NEG_INFINITY).chain(inner).chain([f64::INFINITY]).collect()
    }

    /// Cells by strips: many points across each of the second axis's conditional law.
    fn brute([a, b, c]: [f64; 3], edges: &[f64]) -> Array2<f64> {
        let n = edges.len() - 1;
        let (sd, slope) = (a.sqrt(), b / a);
        let rest = (c - b * b / a).sqrt();
        let fine = 4000;
        Array2::from_shape_fn((n, n), |(i, j)| {
            let ends = [edges[i], edges[i + 1]].map(|e| ((e - MEAN[0]) / sd).clamp(-9.0, 9.0));
            let h = (ends[1] - ends[0]) / f64::from(fine);
            let at = |k: i32| {
                let z = ends[0] + h * (f64::from(k) + 0.5);
                let to = [edges[j], edges[j + 1]].map(|e| (e - MEAN[1] - slope * sd * z) / rest);
                h * normal::density(z) * between(to[0], to[1])
            };
            (0..fine).map(at).sum()
        })
    }

    #[test]
    fn cells_have_the_masses_of_their_integrals() {
        let edges = edges();
        for entries in [[1.0, 0.5, 2.0], [0.5, -0.6, 0.8], [0.4, 0.3, 0.25], [0.9, 0.02, 0.3]] {
            let [a, b, c]: [f64; 3] = entries;
            // Cholesky's factor, and the same turned: any will do.
            let (l, m) = (a.sqrt(), b / a.sqrt());
            let lower = [l, 0.0, m, (c - m * m).sqrt()];
            let (sin, cos) = 0.7f64.sin_cos();
            let turned = [
                lower[0] * cos,
                -lower[0] * sin,
                lower[2] * cos + lower[3] * sin,
                lower[3] * cos - lower[2] * sin,
            ];
            let found = masses(MEAN, lower, &edges);
            assert!((found.sum() - 1.0).abs() < 1e-13, "{entries:?} {}", found.sum());
            let again = masses(MEAN, turned, &edges);
            let exact = brute(entries, &edges);
            for ((found, again), exact) in found.iter().zip(&again).zip(&exact) {
                assert!((found - exact).abs() < 1e-8, "{entries:?} {found} {exact}");
                assert!((found - again).abs() < 1e-14 && *found >= 0.0);
            }
        }
    }

    #[test]
    fn thin_laws_and_independent_ones_lose_nothing() {
        let edges = edges();
        // Along the diagonal, some 10⁻⁵ wide: all of it is in the cells on the diagonal.
        let (sin, cos) = std::f64::consts::FRAC_PI_4.sin_cos();
        let thin = masses([0.2, 0.2], [cos, -1e-5 * sin, sin, 1e-5 * cos], &edges);
        assert!((thin.sum() - 1.0).abs() < 1e-12);
        let line = edges.windows(2).map(|ends| {
            let [a, b] = [ends[0], ends[1]].map(|e| (e - 0.2) / cos);
            between(a, b)
        });
        for (i, exact) in line.enumerate() {
            assert!((thin[[i, i]] - exact).abs() < 2e-5, "{i} {} {exact}", thin[[i, i]]);
        }
        // And along an axis, but for a hair.
        let product = masses(MEAN, [0.8, 0.0, 0.0, 0.3], &edges);
        let nearly = masses(MEAN, [0.8, 0.0, 1e-12, 0.3], &edges);
        assert!((product.sum() - 1.0).abs() < 1e-14);
        assert!(product.iter().zip(&nearly).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}
