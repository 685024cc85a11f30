//! How wrong a denoiser is in every state.

use super::posterior::{IMPOSSIBLE, Posterior};
use super::{Axis, GridPath};
use crate::flow::Kappa;
use ndarray::Array2;

impl GridPath {
    /// Σ_i KL(D_i(· | z) ‖ Q_i(· | z)) of the exact posterior D against `other` at κ, in nats, summed over both tokens:
    /// \[V, V\]. NaN in states of probability 0, where there is no posterior to compare with; infinite where `other`
    /// rules out what may happen. Its mean under p_κ is twice the gap per token at this κ. O(V³).
    pub fn posterior_error(&self, kappa: Kappa, other: &Posterior) -> Array2<f64> {
        let (p, exact) = (self.pmf(kappa), self.posterior(kappa));
        let mut error = p.mapv(|p| if p > IMPOSSIBLE { 0.0 } else { f64::NAN });
        for axis in Axis::BOTH {
            let (exact, other) = (&exact.axes[axis.index()], &other.axes[axis.index()]);
            for ((z1, z2), error) in error.indexed_iter_mut().filter(|(_, e)| !e.is_nan()) {
                let z = [z1, z2];
                let kl: f64 = (0..self.v)
                    .map(|y| {
                        let d = exact.probability(y, z);
                        if d > 0.0 { d * (d / other.probability(y, z)).ln() } else { 0.0 }
                    })
                    .sum();
                // Rounding may leave equal distributions just below 0.
                *error += kl.max(0.0);
            }
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{brute_force, cases};
    use super::*;
    use crate::denoiser::grid::{Denoiser, Noisy, Oracle};
    use std::sync::Arc;

    #[test]
    fn the_error_is_kl_by_its_definition_and_0_for_the_oracle() {
        for case in cases() {
            let value = 0.35;
            let (kappa, truth) = (Kappa::new(value), brute_force(&case.dense, value));
            let path = Arc::new(case.path);
            let (k, v) = (path.data_tokens(), path.vocabulary());
            let wrong =
                Noisy::new(path.clone(), 0.3).expect("ε in range").posterior(kappa).expect("no device");
            let found = path.posterior_error(kappa, &wrong);
            let right = Oracle::new(path.clone()).posterior(kappa).expect("no device");
            let none = path.posterior_error(kappa, &right);
            let mut states = 0;
            for ((z1, z2), &found) in found.indexed_iter() {
                let (z, p) = ([z1, z2], truth.p[[z1, z2]]);
                if p == 0.0 {
                    assert!(found.is_nan() && none[z].is_nan(), "{}: {z:?} can't be reached", case.name);
                    continue;
                }
                let mut expected = 0.0;
                for (axis, token) in z.into_iter().enumerate() {
                    // A revealed token of a mask path is no question, so there is no error in it.
                    let epsilon = if v > k && token < k { 0.0 } else { 0.3 };
                    for y in 0..k {
                        let d = truth.n1[axis][[y, z1, z2]] / p;
                        let q = (1.0 - epsilon) * d + epsilon / k as f64;
                        expected += if d > 1e-15 { d * (d / q).ln() } else { 0.0 };
                    }
                }
                assert!((found - expected).abs() < 1e-9, "{} at {z:?}: {found} {expected}", case.name);
                assert_eq!(none[z], 0.0, "{} at {z:?}", case.name);
                states += usize::from(found > 1e-3);
            }
            assert!(states > 3, "{}: only {states} states show an error", case.name);
        }
    }
}
