//! Mixtures of Gaussians that move: everything at one time as sums over the components, many points at once (plane.md 1.1,
//! 1.2). What is said of one component is that of a round one here, and of one with covariances in `oblong`.

use super::fields::Fields;
use super::path::PathPoint;
use crate::flow::vectorized;
use crate::flow::vectors::double::exp;
use std::f64::consts::TAU;

/// What a component of p_t, N(M, V) with the weight w, says of the point x = M + e.
pub trait MovingLaw {
    /// w.
    fn weight(&self) -> f64;
    /// M.
    fn mean(&self) -> [f64; 2];
    /// ln of w N(e; 0, V).
    fn log(&self, e: [f64; 2]) -> f64;
    /// Its velocity, M' and what turns V into V'.
    fn velocity(&self, e: [f64; 2]) -> [f64; 2];
    /// Its score, −V⁻¹e.
    fn score(&self, e: [f64; 2]) -> [f64; 2];
    /// E\[x₁ | x, j\].
    fn one(&self, e: [f64; 2]) -> [f64; 2];
    /// E\[x₀ | x, j\].
    fn zero(&self, e: [f64; 2]) -> [f64; 2];
    /// The slopes of its velocity: ∂₁u₁, ∂₂u₁, ∂₁u₂, ∂₂u₂.
    fn slopes(&self) -> [f64; 4];
    /// The divergence of its velocity.
    fn divergence(&self) -> f64;
    /// tr V⁻¹, the divergence of its score without the sign.
    fn sharpness(&self) -> f64;
    /// tr Cov\[x₁ | x, j\].
    fn spread(&self) -> f64;

    /// ln of w N(x; M, V).
    #[inline(always)]
    fn log_weight(&self, x: [f64; 2]) -> f64 {
        self.log(self.offset(x))
    }

    /// x − M.
    #[inline(always)]
    fn offset(&self, x: [f64; 2]) -> [f64; 2] {
        let mean = self.mean();
        [x[0] - mean[0], x[1] - mean[1]]
    }
}

/// A round component of p_t and all that does not depend on x: it is N(mean, v I).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MovingComponent {
    /// ln(w/2πv).
    pub ln: f64,
    /// 1/v.
    pub inverse: f64,
    /// Its centre M = αμ + σm.
    pub mean: [f64; 2],
    /// M'.
    pub drift: [f64; 2],
    /// c = v'/2v.
    pub growth: f64,
    /// E\[x₁ | x, j\] = one + one_gain e, e = x − M.
    pub one: [f64; 2],
    /// See `one`.
    pub one_gain: f64,
    /// E\[x₀ | x, j\] = zero + zero_gain e.
    pub zero: [f64; 2],
    /// See `zero`.
    pub zero_gain: f64,
    /// Var\[x₁ | x, j\] on each axis.
    pub variance: f64,
}

impl MovingComponent {
    /// Of weight w, of x₁ ~ N(μ, s² I) and x₀ ~ N(m, ς² I): plane.md 1.2. None where v = 0 or a rate is infinite.
    pub fn new(
        point: PathPoint,
        weight: f64,
        [mean, zero]: [[f64; 2]; 2],
        [sd, zero_sd]: [f64; 2],
    ) -> Option<Self> {
        let PathPoint { alpha, sigma, alpha_slope, sigma_slope, sigma_drift } = point;
        let v = (alpha * sd).powi(2) + (sigma * zero_sd).powi(2);
        let inverse = v.recip();
        // Where σ' is infinite only a noise whose centre is 0 does not see it.
        let drift =
            [0, 1].map(|i| alpha_slope * mean[i] + if zero[i] == 0.0 { 0.0 } else { sigma_slope * zero[i] });
        let component = Self {
            ln: weight.ln() - (TAU * v).ln(),
            inverse,
            mean: [0, 1].map(|i| alpha * mean[i] + sigma * zero[i]),
            drift,
            growth: (alpha_slope * alpha * sd * sd + sigma_drift * zero_sd * zero_sd) * inverse,
            one: mean,
            one_gain: alpha * sd * sd * inverse,
            zero,
            zero_gain: sigma * zero_sd * zero_sd * inverse,
            variance: (sigma * sd * zero_sd).powi(2) * inverse,
        };
        let is_finite = inverse.is_finite() && v > 0.0 && drift.iter().all(|d| d.is_finite());
        is_finite.then_some(component)
    }

    /// A pair x₀, x₁ of a finite coupling, blurred by the bandwidth h: it moves along its own straight line.
    pub fn pair(point: PathPoint, weight: f64, [one, zero]: [[f64; 2]; 2], bandwidth: f64) -> Option<Self> {
        let PathPoint { alpha, sigma, alpha_slope, sigma_slope, .. } = point;
        let v = bandwidth * bandwidth;
        let component = Self {
            ln: weight.ln() - (TAU * v).ln(),
            inverse: v.recip(),
            mean: [0, 1].map(|i| alpha * one[i] + sigma * zero[i]),
            drift: [0, 1].map(|i| alpha_slope * one[i] + sigma_slope * zero[i]),
            growth: 0.0,
            one,
            one_gain: 0.0,
            zero,
            zero_gain: 0.0,
            variance: 0.0,
        };
        component.drift.iter().all(|d| d.is_finite()).then_some(component)
    }
}

impl MovingLaw for MovingComponent {
    fn weight(&self) -> f64 {
        self.ln.exp() * TAU / self.inverse
    }

    #[inline(always)]
    fn mean(&self) -> [f64; 2] {
        self.mean
    }

    #[inline(always)]
    fn log(&self, e: [f64; 2]) -> f64 {
        self.ln - 0.5 * self.inverse * (e[0] * e[0] + e[1] * e[1])
    }

    #[inline(always)]
    fn velocity(&self, e: [f64; 2]) -> [f64; 2] {
        [self.drift[0] + self.growth * e[0], self.drift[1] + self.growth * e[1]]
    }

    #[inline(always)]
    fn score(&self, e: [f64; 2]) -> [f64; 2] {
        [-self.inverse * e[0], -self.inverse * e[1]]
    }

    #[inline(always)]
    fn one(&self, e: [f64; 2]) -> [f64; 2] {
        [self.one[0] + self.one_gain * e[0], self.one[1] + self.one_gain * e[1]]
    }

    #[inline(always)]
    fn zero(&self, e: [f64; 2]) -> [f64; 2] {
        [self.zero[0] + self.zero_gain * e[0], self.zero[1] + self.zero_gain * e[1]]
    }

    #[inline(always)]
    fn slopes(&self) -> [f64; 4] {
        [self.growth, 0.0, 0.0, self.growth]
    }

    #[inline(always)]
    fn divergence(&self) -> f64 {
        2.0 * self.growth
    }

    #[inline(always)]
    fn sharpness(&self) -> f64 {
        2.0 * self.inverse
    }

    #[inline(always)]
    fn spread(&self) -> f64 {
        2.0 * self.variance
    }
}

/// Points that are worked on at once: a vector of eight numbers. Two vectors were slower: too many sums for the registers.
pub(super) const LANES: usize = 8;
pub(super) type Lanes = [f64; LANES];
/// Components whose logarithms are kept at once.
pub(super) const TOGETHER: usize = 32;

/// Copies a piece of a row into lanes; what is missing repeats its first number.
#[inline(always)]
pub(super) fn load(row: &[f64]) -> Lanes {
    let mut lanes = [row[0]; LANES];
    lanes[..row.len()].copy_from_slice(row);
    lanes
}

/// A mixture at one time, of round components where nothing else is said.
#[derive(Clone, Debug, PartialEq)]
pub struct MovingMixture<C = MovingComponent> {
    /// Its components.
    pub components: Vec<C>,
}

impl<C: MovingLaw> MovingMixture<C> {
    /// rⱼ = P(component j | x).
    pub fn shares(&self, x: [f64; 2]) -> Vec<f64> {
        let mut shares: Vec<f64> = self.components.iter().map(|c| c.log_weight(x)).collect();
        let most = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        shares.iter_mut().for_each(|l| *l = (*l - most).exp());
        let total: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|r| *r /= total);
        shares
    }

    /// ln p at a point.
    pub fn ln_density(&self, x: [f64; 2]) -> f64 {
        let logs = self.components.iter().map(|c| c.log_weight(x));
        let most = logs.clone().fold(f64::NEG_INFINITY, f64::max);
        most + logs.map(|l| (l - most).exp()).sum::<f64>().ln()
    }

    /// The largest logarithm of a weight for every lane, and whose it is.
    #[inline(always)]
    fn largest(&self, x: &Lanes, y: &Lanes) -> (Lanes, Lanes) {
        let (mut most, mut whose) = ([f64::NEG_INFINITY; LANES], [0.0; LANES]);
        for (j, c) in self.components.iter().enumerate() {
            let j = j as f64;
            for i in 0..LANES {
                let l = c.log_weight([x[i], y[i]]);
                whose[i] = if l > most[i] { j } else { whose[i] };
                most[i] = if l > most[i] { l } else { most[i] };
            }
        }
        (most, whose)
    }

    /// Everything at the points (x, y) into `fields`, from place `first` on.
    pub fn fields(&self, [x, y]: [&[f64]; 2], fields: &mut Fields, first: usize) {
        vectorized!(self.fields_here([x, y], fields, first));
    }

    #[inline(always)]
    fn fields_here(&self, [x, y]: [&[f64]; 2], fields: &mut Fields, first: usize) {
        for (block, (x, y)) in x.chunks(LANES).zip(y.chunks(LANES)).enumerate() {
            let at = first + block * LANES;
            self.fields_block(load(x), load(y), at..at + x.len(), fields);
        }
    }

    #[inline(always)]
    fn fields_block(&self, x: Lanes, y: Lanes, places: std::ops::Range<usize>, fields: &mut Fields) {
        let (most, whose) = self.largest(&x, &y);
        // Velocities, scores and means are summed as differences from those of the nearest component: covariances do not
        // change by that and lose no digits where one component rules.
        let mut near = [[0.0; LANES]; 6];
        for i in 0..LANES {
            let c = &self.components[whose[i] as usize];
            let e = c.offset([x[i], y[i]]);
            let (a, g, m) = (c.velocity(e), c.score(e), c.one(e));
            for k in [0, 1] {
                near[k][i] = a[k];
                near[2 + k][i] = g[k];
                near[4 + k][i] = m[k];
            }
        }
        let [na1, na2, ng1, ng2, nm1, nm2] = &near;
        let mut sums = [[0.0; LANES]; 13];
        let [total, growth, a1, a2, g1, g2, cross, m1, m2, square, spread, z1, z2] = &mut sums;
        for c in &self.components {
            for i in 0..LANES {
                let e = c.offset([x[i], y[i]]);
                let r = exp(c.log(e) - most[i]);
                let (a, g, m, z) = (c.velocity(e), c.score(e), c.one(e), c.zero(e));
                let (da1, da2) = (a[0] - na1[i], a[1] - na2[i]);
                let (dg1, dg2) = (g[0] - ng1[i], g[1] - ng2[i]);
                let (dm1, dm2) = (m[0] - nm1[i], m[1] - nm2[i]);
                total[i] += r;
                growth[i] += r * c.divergence();
                a1[i] += r * da1;
                a2[i] += r * da2;
                g1[i] += r * dg1;
                g2[i] += r * dg2;
                cross[i] += r * (da1 * dg1 + da2 * dg2);
                m1[i] += r * dm1;
                m2[i] += r * dm2;
                square[i] += r * (dm1 * dm1 + dm2 * dm2);
                spread[i] += r * c.spread();
                z1[i] += r * z[0];
                z2[i] += r * z[1];
            }
        }
        let n = places.len();
        let mut out = [[0.0; LANES]; 12];
        for i in 0..LANES {
            let share = 1.0 / total[i];
            let [a1, a2, g1, g2] = [a1[i], a2[i], g1[i], g2[i]].map(|sum| sum * share);
            let [m1, m2] = [m1[i] * share, m2[i] * share];
            let divergence = growth[i] * share + (cross[i] * share - a1 * g1 - a2 * g2);
            let (u1, u2, s1, s2) = (na1[i] + a1, na2[i] + a2, ng1[i] + g1, ng2[i] + g2);
            // exp never gives 0, a density may.
            let p = if most[i] < -708.0 { 0.0 } else { exp(most[i]) * total[i] };
            let square = square[i] * share - m1 * m1 - m2 * m2;
            let values = [
                p,
                u1,
                u2,
                s1,
                s2,
                divergence,
                -p * (divergence + u1 * s1 + u2 * s2),
                nm1[i] + m1,
                nm2[i] + m2,
                z1[i] * share,
                z2[i] * share,
                spread[i] * share + if square > 0.0 { square } else { 0.0 },
            ];
            for (out, value) in out.iter_mut().zip(values) {
                out[i] = value;
            }
        }
        let Fields { density, velocity, score, divergence, slope, one, zero, trace_cov } = fields;
        let ([u1, u2], [s1, s2], [o1, o2], [z1, z2]) = (velocity, score, one, zero);
        let arrays = [density, u1, u2, s1, s2, divergence, slope, o1, o2, z1, z2, trace_cov];
        for (array, out) in arrays.into_iter().zip(&out) {
            array[places.clone()].copy_from_slice(&out[..n]);
        }
    }

    /// u and its Jacobian ∇u = \[∂₁u₁, ∂₂u₁, ∂₁u₂, ∂₂u₂\] at a point: what carries a tangent through a step.
    pub fn jacobian(&self, x: [f64; 2]) -> ([f64; 2], [f64; 4]) {
        let logs: Vec<f64> = self.components.iter().map(|c| c.log_weight(x)).collect();
        let (near, most) = logs
            .iter()
            .copied()
            .enumerate()
            .fold((0, f64::NEG_INFINITY), |best, (j, l)| if l > best.1 { (j, l) } else { best });
        let of = |c: &C| {
            let e = c.offset(x);
            (c.velocity(e), c.score(e))
        };
        let (a0, g0) = of(&self.components[near]);
        let (mut total, mut growth, mut a, mut g, mut cross) = (0.0, [0.0; 4], [0.0; 2], [0.0; 2], [0.0; 4]);
        for (c, l) in self.components.iter().zip(logs) {
            let r = (l - most).exp();
            let (aj, gj) = of(c);
            total += r;
            growth.iter_mut().zip(c.slopes()).for_each(|(sum, slope)| *sum += r * slope);
            for k in [0, 1] {
                a[k] += r * (aj[k] - a0[k]);
                g[k] += r * (gj[k] - g0[k]);
                for l in [0, 1] {
                    cross[2 * k + l] += r * (aj[k] - a0[k]) * (gj[l] - g0[l]);
                }
            }
        }
        let (a, g) = (a.map(|a| a / total), g.map(|g| g / total));
        let entry = |k: usize, l: usize| (growth[2 * k + l] + cross[2 * k + l]) / total - a[k] * g[l];
        ([a0[0] + a[0], a0[1] + a[1]], [entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)])
    }

    /// Δp/p at a point.
    pub fn laplacian_share(&self, x: [f64; 2]) -> f64 {
        let terms = self.components.iter().zip(self.shares(x)).map(|(c, r)| {
            let score = c.score(c.offset(x));
            r * (score[0] * score[0] + score[1] * score[1] - c.sharpness())
        });
        terms.sum()
    }
}

impl MovingMixture {
    /// u at the points (x, y), into `u`. All slices have the same length.
    pub fn velocity(&self, [x, y]: [&[f64]; 2], [u1, u2]: [&mut [f64]; 2]) {
        vectorized!(self.velocity_here([x, y], [u1, u2]));
    }

    #[inline(always)]
    fn velocity_here(&self, [x, y]: [&[f64]; 2], [u1, u2]: [&mut [f64]; 2]) {
        let rows = x.chunks(LANES).zip(y.chunks(LANES));
        // Logarithms are kept from the first sum to the second, for as many components at once as stay near.
        let mut logs = [[0.0; LANES]; TOGETHER];
        for ((x, y), (u1, u2)) in rows.zip(u1.chunks_mut(LANES).zip(u2.chunks_mut(LANES))) {
            let n = x.len();
            let (x, y) = (load(x), load(y));
            let mut most = [f64::NEG_INFINITY; LANES];
            let (mut total, mut growth) = ([0.0; LANES], [0.0; LANES]);
            let (mut sum1, mut sum2) = ([0.0; LANES], [0.0; LANES]);
            for components in self.components.chunks(TOGETHER) {
                let before = most;
                for (c, log) in components.iter().zip(&mut logs) {
                    let half = 0.5 * c.inverse;
                    for i in 0..LANES {
                        let (e1, e2) = (x[i] - c.mean[0], y[i] - c.mean[1]);
                        let l = c.ln - half * (e1 * e1 + e2 * e2);
                        log[i] = l;
                        most[i] = if l > most[i] { l } else { most[i] };
                    }
                }
                if before[0] > f64::NEG_INFINITY {
                    for i in 0..LANES {
                        let shrunk = exp(before[i] - most[i]);
                        total[i] *= shrunk;
                        growth[i] *= shrunk;
                        sum1[i] *= shrunk;
                        sum2[i] *= shrunk;
                    }
                }
                for (c, log) in components.iter().zip(&logs) {
                    // drift + growth e = (drift − growth mean) + growth x.
                    let (a1, a2) = (c.drift[0] - c.growth * c.mean[0], c.drift[1] - c.growth * c.mean[1]);
                    for i in 0..LANES {
                        let r = exp(log[i] - most[i]);
                        total[i] += r;
                        growth[i] += r * c.growth;
                        sum1[i] += r * a1;
                        sum2[i] += r * a2;
                    }
                }
            }
            for i in 0..LANES {
                sum1[i] = (sum1[i] + growth[i] * x[i]) / total[i];
                sum2[i] = (sum2[i] + growth[i] * y[i]) / total[i];
            }
            u1.copy_from_slice(&sum1[..n]);
            u2.copy_from_slice(&sum2[..n]);
        }
    }
}
