//! Moving components that are not round (plane.md 1.1, full covariances): in coordinates y of its own each of them is a product
//! of two normal laws at all times, and its formulae are those of a round one, an axis at a time.

use super::covariance::{difference_of_products, own_axes};
use super::mixture::Gaussian;
use super::moving::{LANES, MovingLaw, MovingMixture, TOGETHER, load};
use super::path::PathPoint;
use crate::flow::vectorized;
use crate::flow::vectors::double::exp;
use std::f64::consts::TAU;

/// x₁ ~ N(μ, C) and x₀ ~ N(m, S), independent of each other, and a basis B in whose coordinates both are products:
/// C = B diag(c) Bᵀ, S = B diag(s) Bᵀ. It does not depend on the time: V = B diag(α²c + σ²s) Bᵀ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianPair {
    weight: f64,
    /// μ and m.
    means: [[f64; 2]; 2],
    /// B and its inverse, by rows.
    basis: [f64; 4],
    back: [f64; 4],
    /// c and s.
    variances: [[f64; 2]; 2],
}

impl GaussianPair {
    /// Of both; x₀ is no point.
    pub fn new(one: Gaussian, zero: Gaussian) -> Self {
        let columns = |a: [f64; 2], b: [f64; 2]| [a[0], b[0], a[1], b[1]];
        let (c, s) = (one.covariance, zero.covariance);
        let (basis, ones, zeros) = match s.sd() {
            // Round noise is so in every basis: the target's own axes.
            Some(sd) => {
                let basis = columns(c.out_of_axes([1.0, 0.0]), c.out_of_axes([0.0, 1.0]));
                (basis, c.sds().map(|sd| sd * sd), [sd * sd; 2])
            }
            // x = W y makes S the identity and C the matrix M Mᵀ, whose own axes are taken.
            None => {
                let widths = s.sds();
                let [first, second] = [[1.0, 0.0], [0.0, 1.0]].map(|axis| {
                    let y = s.in_axes(c.draw(axis));
                    [y[0] / widths[0], y[1] / widths[1]]
                });
                let entry = |i: usize, j: usize| first[i] * first[j] + second[i] * second[j];
                let narrowed = c.sds()[0] * c.sds()[1] / (widths[0] * widths[1]);
                let (ones, [cos, sin]) =
                    own_axes([entry(0, 0), entry(0, 1), entry(1, 1)], narrowed * narrowed);
                (columns(s.draw([cos, sin]), s.draw([-sin, cos])), ones, [1.0; 2])
            }
        };
        let [a, b, d, e] = basis;
        let determinant = difference_of_products([a, e], [b, d]);
        Self {
            weight: one.weight * zero.weight,
            means: [one.mean, zero.mean],
            basis,
            back: [e, -b, -d, a].map(|x| x / determinant),
            variances: [ones, zeros],
        }
    }
}

/// A component of p_t of any covariance V and all that does not depend on x. Matrices are by rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OblongComponent {
    weight: f64,
    /// ln(w/2π√det V).
    ln: f64,
    /// M.
    mean: [f64; 2],
    /// M'.
    drift: [f64; 2],
    /// B, and its inverse: y = B⁻¹e.
    basis: [f64; 4],
    back: [f64; 4],
    /// The variances of y, and one over them.
    variances: [f64; 2],
    inverse: [f64; 2],
    /// B diag(v'/2v) B⁻¹.
    growth: [f64; 4],
    /// E\[x₁ | x, j\] = one + one_gain e, and x₀ likewise.
    one: [f64; 2],
    one_gain: [f64; 4],
    zero: [f64; 2],
    zero_gain: [f64; 4],
    /// tr Cov\[x₁ | x, j\].
    spread: f64,
}

impl OblongComponent {
    /// Of a pair at a point of the path; none where it has no width or a rate is infinite.
    pub fn new(point: PathPoint, pair: &GaussianPair) -> Option<Self> {
        let PathPoint { alpha, sigma, alpha_slope, sigma_slope, sigma_drift } = point;
        let GaussianPair { weight, means: [one, zero], basis, back, variances: [ones, zeros] } = *pair;
        let variances = [0, 1].map(|k| alpha * alpha * ones[k] + sigma * sigma * zeros[k]);
        let inverse = variances.map(f64::recip);
        // B diag(of both axes) B⁻¹.
        let matrix = |of: &dyn Fn(usize) -> f64| {
            let [first, second] = [0, 1].map(of);
            let entry =
                |i: usize, j: usize| basis[2 * i] * first * back[j] + basis[2 * i + 1] * second * back[2 + j];
            [entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]
        };
        let length = |k: usize| basis[k] * basis[k] + basis[2 + k] * basis[2 + k];
        let left = |k: usize| length(k) * sigma * sigma * ones[k] * zeros[k] * inverse[k];
        // Where σ' is infinite only a noise whose centre is 0 does not see it.
        let drift =
            [0, 1].map(|i| alpha_slope * one[i] + if zero[i] == 0.0 { 0.0 } else { sigma_slope * zero[i] });
        let determinant = difference_of_products([basis[0], basis[3]], [basis[1], basis[2]]).abs();
        let component = Self {
            weight,
            ln: weight.ln() - (TAU * determinant * variances[0].sqrt() * variances[1].sqrt()).ln(),
            mean: [0, 1].map(|i| alpha * one[i] + sigma * zero[i]),
            drift,
            basis,
            back,
            variances,
            inverse,
            growth: matrix(&|k| (alpha_slope * alpha * ones[k] + sigma_drift * zeros[k]) * inverse[k]),
            one,
            one_gain: matrix(&|k| alpha * ones[k] * inverse[k]),
            zero,
            zero_gain: matrix(&|k| sigma * zeros[k] * inverse[k]),
            spread: left(0) + left(1),
        };
        let is_finite = inverse.iter().chain(&drift).chain([&component.ln]).all(|x| x.is_finite());
        (is_finite && variances.iter().all(|v| *v > 0.0)).then_some(component)
    }

    /// A matrix L with V = LLᵀ, by rows: M + L z has its law where z is standard normal.
    pub(super) fn factor(&self) -> [f64; 4] {
        let widths = self.variances.map(f64::sqrt);
        [0, 1, 2, 3].map(|k| self.basis[k] * widths[k % 2])
    }

    /// M'.
    pub(super) fn drift(&self) -> [f64; 2] {
        self.drift
    }
}

#[inline(always)]
fn times(matrix: &[f64; 4], e: [f64; 2]) -> [f64; 2] {
    [matrix[0] * e[0] + matrix[1] * e[1], matrix[2] * e[0] + matrix[3] * e[1]]
}

#[inline(always)]
fn affine(offset: [f64; 2], matrix: &[f64; 4], e: [f64; 2]) -> [f64; 2] {
    let moved = times(matrix, e);
    [offset[0] + moved[0], offset[1] + moved[1]]
}

impl MovingLaw for OblongComponent {
    fn weight(&self) -> f64 {
        self.weight
    }

    #[inline(always)]
    fn mean(&self) -> [f64; 2] {
        self.mean
    }

    #[inline(always)]
    fn log(&self, e: [f64; 2]) -> f64 {
        let y = times(&self.back, e);
        self.ln - 0.5 * (self.inverse[0] * y[0] * y[0] + self.inverse[1] * y[1] * y[1])
    }

    #[inline(always)]
    fn velocity(&self, e: [f64; 2]) -> [f64; 2] {
        affine(self.drift, &self.growth, e)
    }

    #[inline(always)]
    fn score(&self, e: [f64; 2]) -> [f64; 2] {
        let y = times(&self.back, e);
        let [a, b] = [self.inverse[0] * y[0], self.inverse[1] * y[1]];
        [-(self.back[0] * a + self.back[2] * b), -(self.back[1] * a + self.back[3] * b)]
    }

    #[inline(always)]
    fn one(&self, e: [f64; 2]) -> [f64; 2] {
        affine(self.one, &self.one_gain, e)
    }

    #[inline(always)]
    fn zero(&self, e: [f64; 2]) -> [f64; 2] {
        affine(self.zero, &self.zero_gain, e)
    }

    #[inline(always)]
    fn slopes(&self) -> [f64; 4] {
        self.growth
    }

    #[inline(always)]
    fn divergence(&self) -> f64 {
        self.growth[0] + self.growth[3]
    }

    fn sharpness(&self) -> f64 {
        let row =
            |k: usize| self.back[2 * k] * self.back[2 * k] + self.back[2 * k + 1] * self.back[2 * k + 1];
        row(0) * self.inverse[0] + row(1) * self.inverse[1]
    }

    #[inline(always)]
    fn spread(&self) -> f64 {
        self.spread
    }
}

impl MovingMixture<OblongComponent> {
    /// u at the points (x, y), into `u`. All slices have the same length.
    pub fn velocity(&self, [x, y]: [&[f64]; 2], [u1, u2]: [&mut [f64]; 2]) {
        vectorized!(self.velocity_here([x, y], [u1, u2]));
    }

    #[inline(always)]
    fn velocity_here(&self, [x, y]: [&[f64]; 2], [u1, u2]: [&mut [f64]; 2]) {
        let rows = x.chunks(LANES).zip(y.chunks(LANES));
        // As for round ones: logarithms are kept from the first sum to the second.
        let mut logs = [[0.0; LANES]; TOGETHER];
        for ((x, y), (u1, u2)) in rows.zip(u1.chunks_mut(LANES).zip(u2.chunks_mut(LANES))) {
            let n = x.len();
            let (x, y) = (load(x), load(y));
            let mut most = [f64::NEG_INFINITY; LANES];
            let mut sums = [[0.0; LANES]; 3];
            for components in self.components.chunks(TOGETHER) {
                let before = most;
                for (c, log) in components.iter().zip(&mut logs) {
                    for i in 0..LANES {
                        let l = c.log_weight([x[i], y[i]]);
                        log[i] = l;
                        most[i] = if l > most[i] { l } else { most[i] };
                    }
                }
                if before[0] > f64::NEG_INFINITY {
                    for i in 0..LANES {
                        let shrunk = exp(before[i] - most[i]);
                        sums.iter_mut().for_each(|sum| sum[i] *= shrunk);
                    }
                }
                let [total, first, second] = &mut sums;
                for (c, log) in components.iter().zip(&logs) {
                    for i in 0..LANES {
                        let r = exp(log[i] - most[i]);
                        let a = c.velocity(c.offset([x[i], y[i]]));
                        total[i] += r;
                        first[i] += r * a[0];
                        second[i] += r * a[1];
                    }
                }
            }
            let [total, first, second] = &mut sums;
            for i in 0..LANES {
                first[i] /= total[i];
                second[i] /= total[i];
            }
            u1.copy_from_slice(&first[..n]);
            u2.copy_from_slice(&second[..n]);
        }
    }
}
