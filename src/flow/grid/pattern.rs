//! Pattern tables: the states of a pair (X₀, X₁) when each token comes from one or the other (math.md 1, 2.1).

use super::{Axis, GridPath, outer};
use crate::flow::coupling::TransportPlan;
use crate::flow::{ConditionalPath, Coupling, Kappa};
use ndarray::{Array1, Array2, Zip};
use std::borrow::Cow;

/// M00, M10, M01, M11 for a coupling, given the independent coupling's M10 and M01. All \[V, V\].
pub(super) fn tables(
    p0: &Array2<f64>,
    q: &Array2<f64>,
    m10: Array2<f64>,
    m01: Array2<f64>,
    coupling: Coupling,
    plan: Option<&TransportPlan>,
) -> [Array2<f64>; 4] {
    match (plan, coupling) {
        (Some(plan), _) => [
            &plan.a * &plan.k1_b.dot(&plan.kernel),
            &plan.k1_a * &plan.b_k2,
            &plan.a_k2 * &plan.k1_b,
            // The b-update of Sinkhorn ends the solve, so M11 is q up to rounding; q itself keeps p₁ = q exact.
            q.clone(),
        ],
        (None, Coupling::Keep(rho)) => {
            let fresh = 1.0 - rho;
            let start = p0 * (fresh * fresh) + &((&m10 + &m01) * (rho * fresh)) + &(q * (rho * rho));
            [start, m10 * fresh + &(q * rho), m01 * fresh + &(q * rho), q.clone()]
        }
        _ => [p0.clone(), m10, m01, q.clone()],
    }
}

impl GridPath {
    /// The distribution of a token that does not come from the data: the source's marginal, mixed with the uniform
    /// distribution over data tokens on a three-way path.
    pub(super) fn noise_value(&self, i: usize, y: usize, kappa: Kappa) -> f64 {
        let share = self.conditional.uniform_share(kappa.value);
        if share == 0.0 {
            return self.p0_marginals[i][y];
        }
        (1.0 - share) * self.p0_marginals[i][y] + share * self.uniform_value(y)
    }

    /// The uniform distribution over the data tokens.
    pub(super) fn uniform_value(&self, y: usize) -> f64 {
        if y < self.k { 1.0 / self.k as f64 } else { 0.0 }
    }

    /// [`Self::noise_value`] over all values, \[V\].
    pub(super) fn noise_distribution(&self, i: usize, kappa: Kappa) -> Array1<f64> {
        Array1::from_shape_fn(self.v, |y| self.noise_value(i, y, kappa))
    }

    /// The uniform distribution over the data tokens, \[V\].
    pub fn uniform_distribution(&self) -> Array1<f64> {
        Array1::from_shape_fn(self.v, |y| self.uniform_value(y))
    }

    /// M00, M10, M01, M11 at κ: a three-way path is at each κ the mixture path of another source.
    fn patterns_at(&self, kappa: Kappa) -> Cow<'_, [Array2<f64>; 4]> {
        if self.conditional.uniform_share(kappa.value) == 0.0 {
            return Cow::Borrowed(&self.patterns);
        }
        let [n1, n2] = [0, 1].map(|i| self.noise_distribution(i, kappa));
        let [q1, q2] = &self.q_marginals;
        Cow::Owned([outer(&n1, &n2), outer(q1, &n2), outer(&n1, q2), self.q.clone()])
    }

    /// The pmf p_κ \[V, V\].
    pub fn pmf(&self, kappa: Kappa) -> Array2<f64> {
        if let Some(metric) = self.metric() {
            return self.metric_tables(metric, kappa).pmf.clone();
        }
        let (k, c) = (kappa.value, kappa.complement);
        let [m00, m10, m01, m11] = &*self.patterns_at(kappa);
        let mut p = Array2::zeros(m00.dim());
        Zip::from(&mut p).and(m00).and(m10).and(m01).and(m11).for_each(|p, m00, m10, m01, m11| {
            *p = c * c * m00 + k * c * (m10 + m01) + k * k * m11;
        });
        p
    }

    /// dp/dκ \[V, V\]; times κ' it is dp/dt. See [`Self::has_finite_slope`].
    pub fn pmf_slope(&self, kappa: Kappa) -> Array2<f64> {
        if self.conditional != ConditionalPath::Mixture {
            return self.net_inflow(Axis::First, kappa) + self.net_inflow(Axis::Second, kappa);
        }
        let (k, c) = (kappa.value, kappa.complement);
        let [m00, m10, m01, m11] = &self.patterns;
        let mut slope = Array2::zeros(m00.dim());
        Zip::from(&mut slope).and(m00).and(m10).and(m01).and(m11).for_each(|slope, m00, m10, m01, m11| {
            *slope = 2.0 * (k * m11 - c * m00) + (c - k) * (m10 + m01);
        });
        slope
    }

    /// Whether rates per unit of κ are finite at κ: a metric path with a < 1 starts infinitely fast.
    pub fn has_finite_slope(&self, kappa: Kappa) -> bool {
        self.metric().is_none_or(|metric| kappa.value > 0.0 || metric.beta_slope(kappa).is_finite())
    }

    /// P(X₀ⁱ = zⁱ, X₁ⁱ = y, X_κ^other = z^other): everything else on a mixture path follows from it (math.md 3.2). On
    /// a three-way path X₀ is the source mixed with the uniform distribution at κ.
    pub fn forward_joint(&self, axis: Axis, y: usize, z: [usize; 2], kappa: Kappa) -> f64 {
        let i = axis.index();
        let here = z[i];
        let mut data = z;
        data[i] = y;
        if let Some(plan) = &self.plan {
            let (free, kept) = match axis {
                Axis::First => (plan.b_k2[data], plan.a_k2[z]),
                Axis::Second => (plan.k1_b[data], plan.k1_a[z]),
            };
            return plan.kernel[[here, y]]
                * (kappa.complement * plan.a[z] * free + kappa.value * kept * plan.b[data]);
        }
        let rho = self.coupling.keep_rate();
        let kappa = kappa.lifted(rho);
        let (both, one) = self.noise_at(axis, z, kappa);
        let fresh = kappa.complement * self.q_marginals[i][y] * both + kappa.value * one * self.q[data];
        let joint = (1.0 - rho) * fresh;
        if rho > 0.0 && y == here { joint + rho * self.in_place(axis, z, kappa) } else { joint }
    }

    /// The noise that a token in z may still be: P(X₀ = z) and P(X₀ⁱ = zⁱ), on a three-way path mixed with the uniform
    /// distribution at a lifted κ.
    pub(super) fn noise_at(&self, axis: Axis, z: [usize; 2], kappa: Kappa) -> (f64, f64) {
        let i = axis.index();
        if kappa.value == 0.0 || self.conditional == ConditionalPath::Mixture {
            return (self.p0[z], self.p0_marginals[i][z[i]]);
        }
        let noise = [0, 1].map(|i| self.noise_value(i, z[i], kappa));
        (noise[0] * noise[1], noise[i])
    }

    /// P(X₁ⁱ = zⁱ, X_κ^other = z^other) of the independent coupling at a lifted κ.
    fn in_place(&self, axis: Axis, z: [usize; 2], kappa: Kappa) -> f64 {
        let (i, o) = (axis.index(), 1 - axis.index());
        kappa.complement * self.q_marginals[i][z[i]] * self.p0_marginals[o][z[o]] + kappa.value * self.q[z]
    }

    /// P(X₁ⁱ = zⁱ, X_κ^other = z^other) \[V, V\].
    pub(super) fn data_side(&self, axis: Axis, kappa: Kappa) -> Array2<f64> {
        let patterns = self.patterns_at(kappa);
        let (from_source, from_data) = match axis {
            Axis::First => (&patterns[1], &patterns[3]),
            Axis::Second => (&patterns[2], &patterns[3]),
        };
        from_source * kappa.complement + &(from_data * kappa.value)
    }

    /// P(X₀ⁱ = zⁱ, X_κ^other = z^other) \[V, V\].
    pub(super) fn noise_side(&self, axis: Axis, kappa: Kappa) -> Array2<f64> {
        let patterns = self.patterns_at(kappa);
        let (from_source, from_data) = match axis {
            Axis::First => (&patterns[0], &patterns[2]),
            Axis::Second => (&patterns[0], &patterns[1]),
        };
        from_source * kappa.complement + &(from_data * kappa.value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{brute_force, cases};
    use super::*;

    #[test]
    fn pmf_and_its_slope_match_brute_force() {
        for case in cases() {
            for kappa in [0.0, 0.13, 0.6, 1.0] {
                let exact = brute_force(&case.dense, kappa);
                let p = case.path.pmf(Kappa::new(kappa));
                let error = (&p - &exact.p).iter().fold(0.0f64, |m, x| m.max(x.abs()));
                assert!(error < case.tolerance, "{} at {kappa}: {error:e}", case.name);
                let e = 1e-6;
                let (low, high) = ((kappa - e).max(0.0), (kappa + e).min(1.0));
                let slope = (case.path.pmf(Kappa::new(high)) - case.path.pmf(Kappa::new(low))) / (high - low);
                let middle = Kappa::new(0.5 * (low + high));
                let error = (&slope - &case.path.pmf_slope(middle)).mapv(f64::abs).sum();
                assert!(error < 1e-8, "{} slope at {kappa}: {error:e}", case.name);
            }
        }
    }

    #[test]
    fn keep_coupling_is_the_independent_path_lifted() {
        use super::super::testing::small_target;
        use crate::flow::Source;
        let q = small_target(5);
        let plain = GridPath::new(&q, &Source::Mask, Coupling::Independent).expect("path");
        let kept = GridPath::new(&q, &Source::Mask, Coupling::Keep(0.35)).expect("path");
        for kappa in [0.0, 0.3, 0.9] {
            let a = kept.pmf(Kappa::new(kappa));
            let b = plain.pmf(Kappa::new(kappa).lifted(0.35));
            assert!((a - b).mapv(f64::abs).sum() < 1e-14);
        }
    }
}
