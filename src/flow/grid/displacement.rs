//! Mean-displacement arrows: how far and where the flux out of a state moves its mass (math.md 4.1).

use super::{Axis, AxisKernel, GridPath};
use crate::flow::{ConditionalPath, Kappa};
use ndarray::{Array1, Array2, s};

impl GridPath {
    /// A_i(z) = Σ_y (y − zⁱ) F_i(z → y) per unit of κ, \[V, V\], of the forward flux F; over all z it adds up to
    /// dE\[Xⁱ\]/dκ. The mask index is no position: moves from and to it count for nothing, so on a mixture path from
    /// masks every entry is 0. O(V²); V × V products for optimal transport and metric paths.
    pub fn displacement(&self, axis: Axis, kappa: Kappa) -> Array2<f64> {
        if let Some(metric) = self.metric() {
            return self.metric_tables(metric, kappa).displacement(metric, axis);
        }
        let (i, o) = (axis.index(), 1 - axis.index());
        let position = Array1::from_iter((0..self.v).map(|y| y as f64));
        if let Some(plan) = &self.plan {
            // Σ_y (y − zⁱ) K(zⁱ, y) f(y, z^other): the kernel with every entry times its distance.
            let far =
                Array2::from_shape_fn((self.v, self.v), |(z, y)| (y as f64 - z as f64) * plan.kernel[[z, y]]);
            let along = |f: &Array2<f64>| match axis {
                Axis::First => far.dot(f),
                Axis::Second => f.dot(&far.t()),
            };
            let (free, kept) = match axis {
                Axis::First => (&plan.b_k2, &plan.a_k2),
                Axis::Second => (&plan.k1_b, &plan.k1_a),
            };
            return &plan.a * &along(free) * kappa.complement + &(kept * &along(&plan.b) * kappa.value);
        }
        let rho = self.coupling.keep_rate();
        let lifted = kappa.lifted(rho);
        let mean = self.q_marginals[i].dot(&position);
        // Σ_y y q(y, z^other).
        let moment = match axis {
            Axis::First => position.dot(&self.q),
            Axis::Second => self.q.dot(&position),
        };
        let mixture = self.conditional == ConditionalPath::Mixture;
        let (p, middle) = (self.pmf(kappa), 0.5 * (self.k as f64 - 1.0));
        Array2::from_shape_fn((self.v, self.v), |(z1, z2)| {
            let z = [z1, z2];
            if z[i] >= self.k {
                return 0.0;
            }
            let here = z[i] as f64;
            let (both, one) = self.noise_at(axis, z, lifted);
            let from_source = lifted.complement * both * (mean - here);
            let from_data = lifted.value * one * (moment[z[o]] - here * self.q_marginals[o][z[o]]);
            let named = (1.0 - rho) * (from_source + from_data);
            if mixture {
                return named;
            }
            // Uniform draws pull every token to the middle.
            self.redraws().forward_shares(kappa).named * named
                + self.uniform_hazard(kappa) * p[z] * (middle - here)
        })
    }
}

impl AxisKernel {
    /// Σ_y (y − zⁱ) P(y | z) over data tokens y in every state whose token i is one of the `data_tokens`, \[V, V\]; 0 in
    /// states where it is the mask. O(V²) for a mixture, O(V³) for a table.
    pub fn mean_shift(&self, data_tokens: usize) -> Array2<f64> {
        let (v, i) = (self.vocabulary(), self.axis().index());
        let (mut mass, mut moment) = (Array2::zeros((v, v)), Array2::zeros((v, v)));
        match self {
            Self::Mixture { parts, .. } => {
                // What stays has moved by 0.
                for part in parts {
                    let lane = ndarray::Axis(i);
                    let data = part.column.slice_axis(lane, (..data_tokens).into());
                    let position = Array1::from_iter((0..data_tokens).map(|y| y as f64));
                    let weighted = match i {
                        0 => position.dot(&data),
                        _ => data.dot(&position),
                    };
                    mass += &(&part.weight * &data.sum_axis(lane).insert_axis(lane));
                    moment += &(&part.weight * &weighted.insert_axis(lane));
                }
            }
            Self::Dense { table, .. } => {
                for (y, chance) in table.slice(s![..data_tokens, .., ..]).outer_iter().enumerate() {
                    mass += &chance;
                    moment.scaled_add(y as f64, &chance);
                }
            }
        }
        Array2::from_shape_fn((v, v), |(z1, z2)| {
            let here = [z1, z2][i];
            if here < data_tokens { moment[[z1, z2]] - here as f64 * mass[[z1, z2]] } else { 0.0 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cases, largest};
    use super::*;
    use crate::flow::grid::{Part, Posterior};

    /// Every pair of source and target, every state of the other token: nothing but the definition.
    fn by_definition(pi: &ndarray::Array4<f64>, k: usize, kappa: f64) -> [Array2<f64>; 2] {
        let v = pi.dim().0;
        let mut arrows = [Array2::zeros((v, v)), Array2::zeros((v, v))];
        for ((a1, a2, b1, b2), &weight) in pi.indexed_iter() {
            for (axis, (from, to), (other0, other1)) in [(0, (a1, b1), (a2, b2)), (1, (a2, b2), (a1, b1))] {
                if from >= k || to >= k {
                    continue;
                }
                for (other, chance) in [(other0, 1.0 - kappa), (other1, kappa)] {
                    let state = if axis == 0 { [from, other] } else { [other, from] };
                    arrows[axis][state] += weight * chance * (to as f64 - from as f64);
                }
            }
        }
        arrows
    }

    #[test]
    fn arrows_are_those_of_the_definition_and_add_up_to_the_drift_of_the_mean() {
        for case in cases() {
            let (path, k) = (&case.path, case.path.data_tokens());
            for value in [0.0, 0.2, 0.7, 1.0] {
                let (kappa, truth) = (Kappa::new(value), by_definition(&case.dense, k, value));
                for axis in Axis::BOTH {
                    let found = path.displacement(axis, kappa);
                    let error = largest(&(&found - &truth[axis.index()]));
                    assert!(error < 10.0 * case.tolerance, "{} at {value}: {error:e}", case.name);
                    if path.has_mask() {
                        assert_eq!(largest(&found), 0.0);
                        continue;
                    }
                    let slope = path.pmf_slope(kappa);
                    let drift: f64 =
                        slope.indexed_iter().map(|((z1, z2), p)| [z1, z2][axis.index()] as f64 * p).sum();
                    assert!((found.sum() - drift).abs() < 1e-12, "{}: {} {drift}", case.name, found.sum());
                    assert!(largest(&found) > 1e-3, "{}: something moves", case.name);
                }
            }
        }
    }

    #[test]
    fn the_posteriors_mean_shift_gives_the_same_arrows() {
        // A = p (E[x₁ | z] − z) / (1 − κ), where p is not 0 (math.md 3.1).
        for case in cases() {
            let (path, kappa) = (&case.path, Kappa::new(0.4));
            let (p, k) = (path.pmf(kappa), path.data_tokens());
            let dense = Posterior { axes: path.dense_posterior(kappa) };
            for posterior in [path.posterior(kappa), dense] {
                for (axis, kernel) in Axis::BOTH.into_iter().zip(&posterior.axes) {
                    let from_posterior = kernel.mean_shift(k) * &p / kappa.complement;
                    let error = largest(&(from_posterior - path.displacement(axis, kappa)));
                    assert!(error < 1e-12, "{}: {error:e}", case.name);
                }
            }
        }
    }

    #[test]
    fn other_paths_have_the_arrows_of_their_fluxes() {
        use crate::flow::{Coupling, Source};
        let q = super::super::testing::small_target(5);
        for (source, name) in [
            (Source::Uniform, "three-way:0.5"),
            (Source::Mask, "three-way:0.7"),
            (Source::Uniform, "metric:2,3,0.9"),
        ] {
            let path = GridPath::new(&q, &source, Coupling::Independent).expect("path");
            let path = path.along(name.parse().expect("a path")).expect("a path");
            let (v, k) = (path.vocabulary(), path.data_tokens());
            for value in [0.1, 0.6, 0.95] {
                let kappa = Kappa::new(value);
                for axis in Axis::BOTH {
                    let truth = Array2::from_shape_fn((v, v), |(z1, z2)| {
                        let here = [z1, z2][axis.index()];
                        let flux = |y| path.forward_flux(axis, y, [z1, z2], kappa, 1.0);
                        let along = (0..k).map(|y| (y as f64 - here as f64) * flux(y)).sum::<f64>();
                        if here < k { along } else { 0.0 }
                    });
                    let error = largest(&(path.displacement(axis, kappa) - &truth));
                    assert!(error < 1e-13 * (1.0 + largest(&truth)), "{name} at {value}: {error:e}");
                    assert!(largest(&truth) > 1e-3, "{name}: something moves");
                }
            }
        }
    }

    #[test]
    fn several_parts_and_the_mask_are_counted() {
        let uniform = Array1::from_elem(4, 0.25);
        let kernel = AxisKernel::Mixture {
            axis: Axis::Second,
            stay: Array2::from_elem((4, 4), 0.4),
            parts: vec![
                Part::constant(Axis::Second, 0.5, &uniform),
                Part::constant(Axis::Second, 0.1, &ndarray::arr1(&[0.0, 0.0, 1.0, 0.0])),
            ],
        };
        // Three data tokens and the mask: 0.5 (0 + 1 + 2)/4 + 0.1 · 2 less what is taken from token 1.
        let shift = kernel.mean_shift(3);
        assert!((shift[[0, 1]] - (0.375 + 0.2 - (0.375 + 0.1))).abs() < 1e-15);
        assert_eq!(shift[[0, 3]], 0.0);
    }
}
