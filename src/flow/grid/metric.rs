//! Metric-induced paths: p(x | x₁) = softmax(−β d(x, x₁)), and their kinetic-optimal velocity (math.md 7).
//!
//! The path factorises over tokens given x₁, so everything on the grid is a product with the V × V kernel W\[x, x₁\].

use super::kernel::AxisKernel;
use super::{Axis, GridPath};
use crate::flow::floor::gauss_legendre;
use crate::flow::{ConditionalPath, Kappa, Metric};
use ndarray::{Array1, Array2, Array3, Axis as Dim, s};
use std::sync::{Arc, Mutex, PoisonError};

/// How many points of a path are remembered: the threads of a window ask about different ones.
const REMEMBERED: usize = 4;

/// Everything at one κ that any quantity is made of, per unit of κ.
#[derive(Debug)]
pub(super) struct MetricTables {
    /// W\[x, x₁\].
    pub kernel: Array2<f64>,
    /// dW/dκ \[x, x₁\].
    pub slope: Array2<f64>,
    /// dβ/dκ.
    pub beta_slope: f64,
    /// P(X₁¹ = y, X_κ² = z2) \[y, z2\] and P(X_κ¹ = z1, X₁² = y) \[z1, y\].
    pub joint: [Array2<f64>; 2],
    /// p_κ.
    pub pmf: Array2<f64>,
}

/// The last points that were asked about. A copy of a path starts with an empty one.
#[derive(Debug, Default)]
pub(super) struct MetricCache(Mutex<Vec<(u64, Arc<MetricTables>)>>);

impl Clone for MetricCache {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Intensities of a step that are kept constant over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leap {
    /// Probability = intensity, scaled down to 1 in all where it is more.
    Euler,
    /// Leaves with 1 − exp(−total intensity given x₁).
    Exponential,
    /// Moves if exactly one Poisson event of the marginal intensities falls into the step.
    Tau,
}

impl GridPath {
    /// The metric of a metric-induced path.
    pub fn metric(&self) -> Option<Metric> {
        match self.conditional {
            ConditionalPath::Metric(metric) => Some(metric),
            _ => None,
        }
    }

    /// Tables at κ, O(V³) the first time.
    pub(super) fn metric_tables(&self, metric: Metric, kappa: Kappa) -> Arc<MetricTables> {
        let key = kappa.complement.to_bits() ^ kappa.value.to_bits().rotate_left(32);
        let lock = || self.metric_cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tables)) = lock().iter().find(|(of, _)| *of == key) {
            return tables.clone();
        }
        let tables = Arc::new(MetricTables::new(self, metric, kappa));
        let mut known = lock();
        known.truncate(REMEMBERED - 1);
        known.insert(0, (key, tables.clone()));
        tables
    }

    /// e^(−β d) by distance in token numbers, 0..K, at κ.
    fn metric_weights(&self, metric: Metric, kappa: Kappa) -> Vec<f64> {
        let beta = metric.beta(kappa);
        let weight = |apart: usize| match metric.distance(apart, self.k) {
            // β may be infinite.
            0.0 => 1.0,
            d => (-beta * d).exp(),
        };
        (0..self.k).map(weight).collect()
    }

    /// W\[x, x₁\] at κ.
    fn metric_kernel(&self, metric: Metric, kappa: Kappa) -> Array2<f64> {
        let (k, weights) = (self.k, self.metric_weights(metric, kappa));
        let mut kernel = Array2::from_shape_fn((k, k), |(x, x1)| weights[x.abs_diff(x1)]);
        let sums = kernel.sum_axis(Dim(0));
        kernel /= &sums;
        kernel
    }

    /// Draws x_κ given x₁ for training: the cumulative row over x of one token.
    pub fn metric_cumulative(&self, x1: usize, kappa: Kappa) -> Option<Vec<f64>> {
        let metric = self.metric()?;
        let beta = metric.beta(kappa);
        let weight = |x: usize| {
            let d = metric.distance(x.abs_diff(x1), self.k);
            if d == 0.0 { 1.0 } else { (-beta * d).exp() }
        };
        Some(crate::flow::categorical::cumulative((0..self.k).map(weight)))
    }

    /// The point at which β has gone the `share` of its way, evenly in ln β, from where the farthest tokens begin to
    /// differ (β d = 1/10) to where the nearest ones are told apart (β d = 10): what happens on the path happens there.
    pub fn resolving(&self, metric: Metric, share: f64) -> Kappa {
        let (low, high) = (0.1 / metric.distance(self.k - 1, self.k), 10.0 / metric.distance(1, self.k));
        let odds = (low * (high / low).powf(share) / metric.c).powf(1.0 / metric.a);
        Kappa { value: odds / (1.0 + odds), complement: 1.0 / (1.0 + odds) }
    }

    /// The largest hazard of leaving a token value given any x₁, per unit of κ; ∞ at κ = 1. O(K): the farthest token
    /// from x₁ has it, d(z, x₁) − E d(x, x₁) times dβ/dκ.
    pub fn largest_metric_hazard(&self, metric: Metric, kappa: Kappa) -> f64 {
        if kappa.complement <= 0.0 {
            return f64::INFINITY;
        }
        let (k, weights) = (self.k, self.metric_weights(metric, kappa));
        // Sums over the tokens up to n to one side of x₁: of weights, and of weights times distances.
        let mut sides = vec![(0.0, 0.0); k];
        for n in 1..k {
            let (mass, far) = sides[n - 1];
            sides[n] = (mass + weights[n], far + weights[n] * metric.distance(n, k));
        }
        let shortfall = |x1: usize| {
            let ((left, near), (right, far)) = (sides[x1], sides[k - 1 - x1]);
            metric.distance(x1.max(k - 1 - x1), k) - (near + far) / (weights[0] + left + right)
        };
        let most = (0..k).map(shortfall).fold(0.0, f64::max);
        if most > 0.0 { metric.beta_slope(kappa) * most } else { 0.0 }
    }

    /// The transition of both tokens between two points of a metric path for a frozen denoiser with the posterior
    /// `given`: x₁ is drawn, then x moves by the conditional kernel given x₁ that keeps W exact over any step: the
    /// maximal coupling of W at both ends. O(V⁴).
    pub(crate) fn metric_transition(
        &self,
        metric: Metric,
        given: [&AxisKernel; 2],
        now: Kappa,
        then: Kappa,
    ) -> [AxisKernel; 2] {
        let (before, after) = (self.metric_kernel(metric, now), self.metric_kernel(metric, then));
        let mut table = Array3::zeros((self.k, self.k, self.k));
        for y in 0..self.k {
            let gain: Vec<f64> = (0..self.k).map(|x| (after[[x, y]] - before[[x, y]]).max(0.0)).collect();
            let total: f64 = gain.iter().sum();
            for z in 0..self.k {
                let stay = if before[[z, y]] > after[[z, y]] { after[[z, y]] / before[[z, y]] } else { 1.0 };
                if total > 0.0 {
                    for x in 0..self.k {
                        table[[z, x, y]] = (1.0 - stay) * gain[x] / total;
                    }
                    table[[z, z, y]] += stay;
                } else {
                    table[[z, z, y]] = 1.0;
                }
            }
        }
        mixed(given, &table)
    }

    /// The transition of both tokens over a step with the kinetic-optimal intensities ∫ W β′ \[d(z) − d(x)\]₊ between
    /// two points (`length` `None`), or with those of `now` times `length` in units of κ. True if a probability had
    /// to be cut off at 1. O(V⁴).
    pub(crate) fn metric_leap(
        &self,
        metric: Metric,
        given: [&AxisKernel; 2],
        (now, then): (Kappa, Kappa),
        length: Option<f64>,
        leap: Leap,
    ) -> ([AxisKernel; 2], bool) {
        let k = self.k;
        // Σ weights · W at the nodes: W where the intensities are taken, times the length in β.
        let mass = match length {
            Some(length) => {
                let tables = self.metric_tables(metric, now);
                &tables.kernel * (tables.beta_slope * length)
            }
            None => {
                let (low, high) = (metric.beta(now), metric.beta(then));
                let mut mass = Array2::zeros((k, k));
                for (u, weight) in gauss_legendre(8) {
                    let share = (low + u * (high - low)) / metric.c;
                    let odds = share.powf(1.0 / metric.a);
                    let at = Kappa { value: odds / (1.0 + odds), complement: 1.0 / (1.0 + odds) };
                    mass.scaled_add(weight * (high - low), &self.metric_kernel(metric, at));
                }
                mass
            }
        };
        let mut table = self.intensities(metric, &mass);
        let mut clipped = false;
        for z in 0..k {
            for y in 0..k {
                let mut column = table.slice_mut(s![z, .., y]);
                let total = column.sum();
                let leave: f64 = match leap {
                    Leap::Euler => total.min(1.0),
                    Leap::Exponential => -(-total).exp_m1(),
                    Leap::Tau => total,
                };
                clipped |= leap == Leap::Euler && total > 1.0 + 1e-9;
                if total > 0.0 {
                    column *= leave / total;
                }
                // For tau the diagonal keeps −total, so that the columns of intensities add up to 0.
                column[z] = if leap == Leap::Tau { -total } else { 1.0 - leave };
            }
        }
        let kernels = mixed(given, &table);
        if leap == Leap::Tau { (kernels.map(one_event), clipped) } else { (kernels, clipped) }
    }

    /// The velocities of both tokens per unit of κ \[x, z1, z2\], columns adding up to 0, that a posterior makes.
    pub(super) fn metric_velocities(
        &self,
        metric: Metric,
        given: [&AxisKernel; 2],
        kappa: Kappa,
    ) -> [AxisKernel; 2] {
        let tables = self.metric_tables(metric, kappa);
        let mut table = self.intensities(metric, &(&tables.kernel * tables.beta_slope));
        for z in 0..self.k {
            for y in 0..self.k {
                let total = table.slice(s![z, .., y]).sum();
                table[[z, z, y]] = -total;
            }
        }
        mixed(given, &table)
    }

    /// mass\[x, y\] \[d(z, y) − d(x, y)\]₊ as \[z, x, y\], with an empty diagonal.
    fn intensities(&self, metric: Metric, mass: &Array2<f64>) -> Array3<f64> {
        let k = self.k;
        let distance: Vec<f64> = (0..k).map(|apart| metric.distance(apart, k)).collect();
        Array3::from_shape_fn((k, k, k), |(z, x, y)| {
            let closer = distance[z.abs_diff(y)] - distance[x.abs_diff(y)];
            if closer > 0.0 { mass[[x, y]] * closer } else { 0.0 }
        })
    }
}

/// Σ_y T(x | z, y) D(y | z) for both tokens, from `table` \[z, x, y\].
fn mixed(given: [&AxisKernel; 2], table: &Array3<f64>) -> [AxisKernel; 2] {
    Axis::BOTH.map(|axis| {
        let posterior = given[axis.index()].to_dense();
        let mut out = Array3::zeros(posterior.dim());
        for (z, transition) in table.outer_iter().enumerate() {
            let (from, mut to) = match axis {
                Axis::First => (posterior.slice(s![.., z, ..]), out.slice_mut(s![.., z, ..])),
                Axis::Second => (posterior.slice(s![.., .., z]), out.slice_mut(s![.., .., z])),
            };
            to.assign(&transition.dot(&from));
        }
        AxisKernel::Dense { axis, table: out }
    })
}

/// From intensities, whose diagonal is minus their sum, to the move that is made if exactly one event happens.
fn one_event(kernel: AxisKernel) -> AxisKernel {
    let AxisKernel::Dense { axis, mut table } = kernel else { return kernel };
    let k = table.dim().0;
    for z1 in 0..k {
        for z2 in 0..k {
            let here = [z1, z2][axis.index()];
            let mean = -table[[here, z1, z2]];
            let jump = mean * (-mean).exp();
            let scale = (-mean).exp();
            table.slice_mut(s![.., z1, z2]).mapv_inplace(|x| x * scale);
            table[[here, z1, z2]] = 1.0 - jump;
        }
    }
    AxisKernel::Dense { axis, table }
}

impl MetricTables {
    fn new(path: &GridPath, metric: Metric, kappa: Kappa) -> Self {
        let k = path.k;
        let kernel = path.metric_kernel(metric, kappa);
        let beta_slope = metric.beta_slope(kappa);
        let apart: Vec<f64> = (0..k).map(|apart| metric.distance(apart, k)).collect();
        let distance = Array2::from_shape_fn((k, k), |(x, x1)| apart[x.abs_diff(x1)]);
        let mean = (&kernel * &distance).sum_axis(Dim(0));
        let slope = Array2::from_shape_fn((k, k), |(x, x1)| {
            let closer = mean[x1] - distance[[x, x1]];
            // At the end β′ is infinite and W has stopped changing.
            if kernel[[x, x1]] == 0.0 || closer == 0.0 || kappa.complement <= 0.0 {
                0.0
            } else {
                beta_slope * kernel[[x, x1]] * closer
            }
        });
        let joint = [path.q.dot(&kernel.t()), kernel.dot(&path.q)];
        let pmf = kernel.dot(&joint[0]);
        Self { kernel, slope, beta_slope, joint, pmf }
    }

    /// Σ_x f(x − y) W(x | y) \[d(z, y) − d(x, y)\]₊ as \[z, y\], O(K²): from one distance to the next the bracket grows by
    /// the same amount for all nearer tokens. With f = 1 the hazard of z given x₁ = y, per unit of β.
    fn shortfall(&self, metric: Metric, f: impl Fn(isize) -> f64) -> Array2<f64> {
        let k = self.kernel.nrows();
        let distance: Vec<f64> = (0..k).map(|apart| metric.distance(apart, k)).collect();
        let mut out = Array2::zeros((k, k));
        for y in 0..k {
            let term = |x: usize| f(x as isize - y as isize) * self.kernel[[x, y]];
            let (mut nearer, mut sum) = (term(y), 0.0);
            for apart in 1..=y.max(k - 1 - y) {
                sum += (distance[apart] - distance[apart - 1]) * nearer;
                let (below, above) = (y.checked_sub(apart), Some(y + apart).filter(|x| *x < k));
                for x in below.into_iter().chain(above) {
                    out[[x, y]] = sum;
                    nearer += term(x);
                }
            }
        }
        out
    }

    /// Net inflow along one axis.
    pub fn net_inflow(&self, axis: Axis) -> Array2<f64> {
        match axis {
            Axis::First => self.slope.dot(&self.joint[0]),
            Axis::Second => self.joint[1].dot(&self.slope.t()),
        }
    }

    /// Flux of the kinetic-optimal velocity from `z` to `z` with token i = `x`.
    pub fn flux(&self, metric: Metric, axis: Axis, x: usize, z: [usize; 2]) -> f64 {
        let (i, k) = (axis.index(), self.kernel.nrows());
        (0..k)
            .map(|y| {
                let d = |token: usize| metric.distance(token.abs_diff(y), k);
                let closer = (d(z[i]) - d(x)).max(0.0);
                let both = self.kernel[[x, y]] * self.kernel[[z[i], y]];
                // Where a weight has gone to 0, β′ is about to be infinite: the product is 0.
                if closer == 0.0 || both == 0.0 {
                    return 0.0;
                }
                let mut data = z;
                data[i] = y;
                let joint = self.joint[i][data];
                if joint == 0.0 { 0.0 } else { self.beta_slope * closer * both * joint }
            })
            .sum()
    }

    /// Flux out of every state.
    pub fn traffic(&self, metric: Metric) -> Array2<f64> {
        if !self.beta_slope.is_finite() {
            return Array2::zeros(self.pmf.dim());
        }
        let out = self.shortfall(metric, |_| 1.0) * &self.kernel * self.beta_slope;
        out.dot(&self.joint[0]) + self.joint[1].dot(&out.t())
    }

    /// Σ_x (x − zⁱ) flux(z → x) in every state.
    pub fn displacement(&self, metric: Metric, axis: Axis) -> Array2<f64> {
        if !self.beta_slope.is_finite() {
            return Array2::zeros(self.pmf.dim());
        }
        // x − z = (x − y) + (y − z).
        let (hazard, mut shift) = (self.shortfall(metric, |_| 1.0), self.shortfall(metric, |n| n as f64));
        for (((z, y), shift), hazard) in shift.indexed_iter_mut().zip(&hazard) {
            *shift = self.beta_slope * self.kernel[[z, y]] * (*shift + (y as f64 - z as f64) * hazard);
        }
        match axis {
            Axis::First => shift.dot(&self.joint[0]),
            Axis::Second => self.joint[1].dot(&shift.t()),
        }
    }

    /// P(X₁ⁱ = y | z) for all y.
    pub fn posterior(&self, axis: Axis, z: [usize; 2]) -> Array1<f64> {
        let (i, k) = (axis.index(), self.kernel.nrows());
        let row = Array1::from_shape_fn(k, |y| {
            let mut data = z;
            data[i] = y;
            self.kernel[[z[i], y]] * self.joint[i][data]
        });
        let total = row.sum();
        if total > super::posterior::IMPOSSIBLE {
            row / total
        } else {
            Array1::from_shape_fn(k, |y| f64::from(y == z[i]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::{cases, largest};

    #[test]
    fn what_is_resolved_goes_from_the_farthest_tokens_to_the_nearest() {
        let uniform = cases().remove(0).path;
        let path = uniform.along("metric:2,3,0.9".parse().expect("a path")).expect("an even source");
        let metric = path.metric().expect("a metric path");
        let beta = |share| metric.beta(path.resolving(metric, share));
        assert!((beta(0.0) - 0.1).abs() < 1e-12 && (beta(1.0) * metric.distance(1, 5) - 10.0).abs() < 1e-9);
        assert!((beta(0.5).powi(2) / (beta(0.0) * beta(1.0)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn sums_from_one_distance_to_the_next_are_those_over_all_tokens() {
        let uniform = cases().remove(0).path;
        for text in ["metric:1,3,1", "metric:2,8,0.9", "metric:0.4,100,2"] {
            let path = uniform.clone().along(text.parse().expect("a path")).expect("an even source");
            let metric = path.metric().expect("a metric path");
            for kappa in [Kappa::START, Kappa::new(0.2), Kappa::new(0.7), Kappa::new(0.99)] {
                let (k, tables) = (path.k, path.metric_tables(metric, kappa));
                let sum = |f: &dyn Fn(f64) -> f64| {
                    Array2::from_shape_fn((k, k), |(z, y)| {
                        let d = |x: usize| metric.distance(x.abs_diff(y), k);
                        let term = |x: usize| {
                            f(x as f64 - y as f64) * tables.kernel[[x, y]] * (d(z) - d(x)).max(0.0)
                        };
                        (0..k).map(term).sum::<f64>()
                    })
                };
                let hazard = sum(&|_| 1.0);
                assert!(largest(&(tables.shortfall(metric, |_| 1.0) - &hazard)) < 1e-14, "{text}");
                assert!(largest(&(tables.shortfall(metric, |n| n as f64) - sum(&|n| n))) < 1e-14, "{text}");
                let most = metric.beta_slope(kappa) * largest(&hazard);
                let found = path.largest_metric_hazard(metric, kappa);
                assert!(
                    found == most || (found / most - 1.0).abs() < 1e-12,
                    "{text} {kappa:?}: {found} {most}"
                );
            }
        }
    }
}
