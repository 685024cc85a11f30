//! Laws whose components are products of two axes that need not be normal: boxes, and sources that are even on a square
//! (plane.md 1.2, 4).

use super::axis::{AxisLaw, AxisValues};
use super::fields::{Fields, PointFields};
use super::path::PathPoint;
use ndarray::Array2;

/// Σ qᵢⱼ fᵢ(x) fⱼ(y), each f one of an axis's laws.
#[derive(Clone, Debug, PartialEq)]
pub struct Products {
    /// The laws of the first and the second coordinate.
    pub laws: [Vec<AxisLaw>; 2],
    /// q \[laws of axis 0, laws of axis 1\], a pmf.
    pub weights: Array2<f64>,
}

/// [`Products`] at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductsAt<'a> {
    /// What.
    pub products: &'a Products,
    /// When.
    pub point: PathPoint,
}

/// One coordinate's laws at one value: densities in units of the largest, and what goes with each.
struct Table {
    /// ln of the unit.
    ln: f64,
    values: Vec<AxisValues>,
    /// Densities, never above 1.
    parts: Vec<f64>,
}

/// What the sums over the second axis are of, for each law of the first.
#[derive(Clone, Copy, Default)]
struct Row {
    p: f64,
    score: f64,
    velocity: f64,
    flow: f64,
    one: f64,
    zero: f64,
    square: f64,
}

impl ProductsAt<'_> {
    fn table(&self, axis: usize, x: f64) -> Table {
        let values: Vec<_> = self.products.laws[axis].iter().map(|law| law.at(self.point, x)).collect();
        let ln = values.iter().map(|v| v.ln).fold(f64::NEG_INFINITY, f64::max);
        let unit = if ln.is_finite() { ln } else { 0.0 };
        let parts = values.iter().map(|v| (v.ln - unit).exp()).collect();
        Table { ln: unit, values, parts }
    }

    /// Sums over the laws of the second axis.
    fn rows(&self, second: &Table) -> Vec<Row> {
        let rows = self.products.weights.rows().into_iter();
        rows.map(|weights| {
            let mut row = Row::default();
            for ((q, f), v) in weights.iter().zip(&second.parts).zip(&second.values) {
                let f = q * f;
                row.p += f;
                row.score += f * v.score;
                row.velocity += f * v.velocity;
                row.flow += f * (v.slope + v.velocity * v.score);
                row.one += f * v.one;
                row.zero += f * v.zero;
                row.square += f * (v.variance + v.one * v.one);
            }
            row
        })
        .collect()
    }

    /// None where p = 0: nothing is known there but that.
    fn reduce(first: &Table, second: &Table, rows: &[Row]) -> Option<PointFields> {
        let (mut p, mut score, mut velocity, mut one, mut zero) =
            (0.0, [0.0; 2], [0.0; 2], [0.0; 2], [0.0; 2]);
        let (mut square, mut flow) = (0.0, 0.0);
        for ((f, v), row) in first.parts.iter().zip(&first.values).zip(rows) {
            let here = f * row.p;
            p += here;
            score[0] += here * v.score;
            score[1] += f * row.score;
            velocity[0] += here * v.velocity;
            velocity[1] += f * row.velocity;
            one[0] += here * v.one;
            one[1] += f * row.one;
            zero[0] += here * v.zero;
            zero[1] += f * row.zero;
            square += here * (v.variance + v.one * v.one) + f * row.square;
            flow += here * (v.slope + v.velocity * v.score) + f * row.flow;
        }
        // Far from every box that there is: see `far`.
        if p < 1e-280 {
            return None;
        }
        let [score, velocity, one, zero] = [score, velocity, one, zero].map(|sum| sum.map(|x| x / p));
        let divergence = flow / p - velocity[0] * score[0] - velocity[1] * score[1];
        let density = p * (first.ln + second.ln).exp();
        Some(PointFields {
            density,
            velocity,
            score,
            divergence,
            slope: -density * flow / p,
            one,
            zero,
            trace_cov: (square / p - one[0] * one[0] - one[1] * one[1]).max(0.0),
        })
    }

    /// The same where the nearest rows and columns make no box: by logarithms of every box there is.
    fn far(&self, first: &Table, second: &Table) -> Option<PointFields> {
        let all = self.products.weights.indexed_iter().filter(|(_, q)| **q > 0.0);
        let log = |(i, j): (usize, usize), q: f64| q.ln() + first.values[i].ln + second.values[j].ln;
        let most = all.clone().map(|(place, q)| log(place, *q)).fold(f64::NEG_INFINITY, f64::max);
        if most == f64::NEG_INFINITY {
            return None;
        }
        let mut weights = Array2::zeros(self.products.weights.dim());
        for (place, q) in all {
            weights[place] = (log(place, *q) - most).exp();
        }
        // All densities are in the weights now.
        let products = Products { laws: [Vec::new(), Vec::new()], weights };
        let even = |table: &Table| Table {
            ln: 0.5 * most,
            values: table.values.clone(),
            parts: vec![1.0; table.parts.len()],
        };
        let (first, second) = (even(first), even(second));
        let rows = ProductsAt { products: &products, point: self.point }.rows(&second);
        Self::reduce(&first, &second, &rows)
    }

    fn point_of(&self, first: &Table, second: &Table, rows: &[Row]) -> PointFields {
        Self::reduce(first, second, rows).or_else(|| self.far(first, second)).unwrap_or(NOWHERE)
    }

    /// Everything at one point; where p = 0 all but the density is NaN.
    pub fn at(&self, [x, y]: [f64; 2]) -> PointFields {
        let (first, second) = (self.table(0, x), self.table(1, y));
        self.point_of(&first, &second, &self.rows(&second))
    }

    /// u at a point; where p = 0, as a step of a sampler may lead there, that of the nearest place where it is not.
    pub fn velocity(&self, x: [f64; 2]) -> [f64; 2] {
        let found = self.at(x);
        if found.density > 0.0 || !found.velocity[0].is_nan() {
            return found.velocity;
        }
        let supports = [0, 1].map(|axis| {
            let laws = self.products.laws[axis].iter();
            laws.map(|law| law.support(self.point)).collect::<Vec<_>>()
        });
        let inside = |axis: usize, law: usize| {
            let [low, high] = supports[axis][law];
            // A little within: at the very edge there may be nothing.
            let margin = if (high - low).is_finite() { 1e-6 * (high - low) } else { 0.0 };
            x[axis].max(low + margin).min(high - margin)
        };
        let places = self.products.weights.indexed_iter().filter(|(_, q)| **q > 0.0);
        let near = places.map(|((i, j), _)| [inside(0, i), inside(1, j)]).min_by(|a, b| {
            let far = |place: &[f64; 2]| (place[0] - x[0]).powi(2) + (place[1] - x[1]).powi(2);
            far(a).total_cmp(&far(b))
        });
        near.map_or(found.velocity, |near| self.at(near).velocity)
    }

    /// Everything on the lattice of all (x, y), x outermost, into `fields` from place `first` on: tables once a line.
    pub fn lattice(&self, xs: &[f64], ys: &[f64], fields: &mut Fields, first: usize) {
        let columns: Vec<_> = ys
            .iter()
            .map(|y| {
                let table = self.table(1, *y);
                let rows = self.rows(&table);
                (table, rows)
            })
            .collect();
        for (i, x) in xs.iter().enumerate() {
            let table = self.table(0, *x);
            for (j, (second, rows)) in columns.iter().enumerate() {
                fields.set(first + i * ys.len() + j, &self.point_of(&table, second, rows));
            }
        }
    }

    /// Everything at the points (x, y) into `fields`, from place `first` on.
    pub fn fields(&self, [x, y]: [&[f64]; 2], fields: &mut Fields, first: usize) {
        for (n, (x, y)) in x.iter().zip(y).enumerate() {
            fields.set(first + n, &self.at([*x, *y]));
        }
    }

    /// rᵢⱼ = P(box i, j | x), row by row.
    pub fn shares(&self, [x, y]: [f64; 2]) -> Vec<f64> {
        let (first, second) = (self.table(0, x), self.table(1, y));
        let logs = self.products.weights.indexed_iter().map(|((i, j), q)| {
            if *q > 0.0 { q.ln() + first.values[i].ln + second.values[j].ln } else { f64::NEG_INFINITY }
        });
        let mut shares: Vec<f64> = logs.collect();
        let most = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let unit = if most.is_finite() { most } else { 0.0 };
        shares.iter_mut().for_each(|l| *l = (*l - unit).exp());
        let total: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|r| *r /= total.max(f64::MIN_POSITIVE));
        shares
    }
}

/// Where no mass ever is.
const NOWHERE: PointFields = PointFields {
    density: 0.0,
    velocity: [f64::NAN; 2],
    score: [f64::NAN; 2],
    divergence: f64::NAN,
    slope: 0.0,
    one: [f64::NAN; 2],
    zero: [f64::NAN; 2],
    trace_cov: f64::NAN,
};
