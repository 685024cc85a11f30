//! Posteriors p_{1|t} (denoiser) and p_{0|t} (noise prediction) of a grid path (math.md 2).

use super::kernel::{AxisKernel, Part};
use super::low_rank::LowRank;
use super::{Axis, GridPath};
use crate::flow::vectorized;
use crate::flow::vectors::double::{flat, sum};
use crate::flow::{ConditionalPath, Kappa};
use ndarray::{Array1, Array2, Array3};
use std::sync::Arc;

/// Below this probability a state counts as impossible and its posterior falls back (math.md 2.4).
pub(super) const IMPOSSIBLE: f64 = 1e-300;

/// A denoiser's answer for every state at one κ: for each token a distribution over its data value.
#[derive(Clone, Debug)]
pub struct Posterior {
    /// D_i(y | z) for token 1 and token 2.
    pub axes: [AxisKernel; 2],
}

impl GridPath {
    /// p_{1|t}(y | z) for token `axis`, over y: \[V\]. In a state of probability 0 the token stays as it is.
    pub fn posterior_at(&self, axis: Axis, z: [usize; 2], kappa: Kappa) -> Array1<f64> {
        if let Some(metric) = self.metric() {
            return self.metric_tables(metric, kappa).posterior(axis, z);
        }
        let i = axis.index();
        let p = self.pmf_at(z, kappa);
        if p <= IMPOSSIBLE {
            return Array1::from_shape_fn(self.v, |y| f64::from(y == z[i]));
        }
        let kept = kappa.value * self.data_side_at(axis, z, kappa);
        Array1::from_shape_fn(self.v, |y| {
            let from_source = kappa.complement * self.forward_joint(axis, y, z, kappa);
            (from_source + if y == z[i] { kept } else { 0.0 }) / p
        })
    }

    /// p_{0|t}(y | z) for token `axis`, over y: \[V\]. In a state of probability 0 it is the source's marginal, so
    /// that a particle that got there can still be re-noised. On a metric path x₀ is not part of the state: there it is
    /// always the source's marginal.
    pub fn noise_posterior_at(&self, axis: Axis, z: [usize; 2], kappa: Kappa) -> Array1<f64> {
        let i = axis.index();
        let p = self.pmf_at(z, kappa);
        if p <= IMPOSSIBLE || self.metric().is_some() {
            return self.p0_marginals[i].clone();
        }
        if let ConditionalPath::ThreeWay(c) = self.conditional {
            let (k, left) = (kappa.value, kappa.complement);
            let other = self.other_marginal(axis, z, kappa);
            let elsewhere =
                k * (self.data_side_at(axis, z, kappa) + c * left * self.uniform_value(z[i]) * other);
            let here = left * (1.0 - c * k) * other;
            return Array1::from_shape_fn(self.v, |y| {
                self.p0_marginals[i][y] * (elsewhere + if y == z[i] { here } else { 0.0 }) / p
            });
        }
        let kept = kappa.complement * self.noise_side_at(axis, z, kappa);
        Array1::from_shape_fn(self.v, |y| {
            let mut origin = z;
            origin[i] = y;
            let from_data = kappa.value * self.forward_joint(axis, z[i], origin, kappa);
            (from_data + if y == z[i] { kept } else { 0.0 }) / p
        })
    }

    /// The exact denoiser on all states at κ: factored (O(V²)) where [`Self::renoises_from_marginals`], else tables.
    pub fn posterior(&self, kappa: Kappa) -> Posterior {
        let axes = if let Some(metric) = self.metric() {
            let tables = self.metric_tables(metric, kappa);
            Axis::BOTH.map(|axis| self.table_of(axis, |z| tables.posterior(axis, z)))
        } else if self.renoises_from_marginals() {
            Axis::BOTH.map(|axis| self.leave_one_out(axis, kappa))
        } else {
            self.dense_posterior(kappa)
        };
        Posterior { axes }
    }

    /// A table \[y, z1, z2\] from its columns.
    fn table_of(&self, axis: Axis, row: impl Fn([usize; 2]) -> Array1<f64>) -> AxisKernel {
        let mut table = Array3::zeros((self.v, self.v, self.v));
        for z1 in 0..self.v {
            for z2 in 0..self.v {
                table.slice_mut(ndarray::s![.., z1, z2]).assign(&row([z1, z2]));
            }
        }
        AxisKernel::Dense { axis, table }
    }

    /// The exact denoiser as tables \[y, z1, z2\].
    pub fn dense_posterior(&self, kappa: Kappa) -> [AxisKernel; 2] {
        if self.metric().is_some() {
            return self.posterior(kappa).axes;
        }
        let p = self.pmf(kappa);
        Axis::BOTH.map(|axis| {
            let kept = self.data_side(axis, kappa) * kappa.value;
            let i = axis.index();
            let table = Array3::from_shape_fn((self.v, self.v, self.v), |(y, z1, z2)| {
                let z = [z1, z2];
                if p[z] <= IMPOSSIBLE {
                    return f64::from(y == z[i]);
                }
                let joint = kappa.complement * self.forward_joint(axis, y, z, kappa);
                (joint + if y == z[i] { kept[z] } else { 0.0 }) / p[z]
            });
            AxisKernel::Dense { axis, table }
        })
    }

    /// The exact noise prediction as tables \[y, z1, z2\].
    pub fn dense_noise_posterior(&self, kappa: Kappa) -> [AxisKernel; 2] {
        if self.conditional != ConditionalPath::Mixture {
            return Axis::BOTH.map(|axis| self.table_of(axis, |z| self.noise_posterior_at(axis, z, kappa)));
        }
        let p = self.pmf(kappa);
        Axis::BOTH.map(|axis| {
            let kept = self.noise_side(axis, kappa) * kappa.complement;
            let i = axis.index();
            let table = Array3::from_shape_fn((self.v, self.v, self.v), |(y, z1, z2)| {
                let z = [z1, z2];
                if p[z] <= IMPOSSIBLE {
                    return self.p0_marginals[i][y];
                }
                let mut origin = z;
                origin[i] = y;
                let joint = kappa.value * self.forward_joint(axis, z[i], origin, kappa);
                (joint + if y == z[i] { kept[z] } else { 0.0 }) / p[z]
            });
            AxisKernel::Dense { axis, table }
        })
    }

    /// D_i = (1−ρ_i(z)) r_i(y | z^other) + ρ_i(z) \[y = zⁱ\] for a product source (math.md 2.2).
    fn leave_one_out(&self, axis: Axis, kappa: Kappa) -> AxisKernel {
        let kappa = kappa.lifted(self.coupling.keep_rate());
        let (i, o) = (axis.index(), 1 - axis.index());
        let data = &self.q_marginals[i];
        let noise = Axis::BOTH.map(|axis| self.noise_distribution(axis.index(), kappa));
        let (v, q) = (self.v, flat(&self.q));
        let room = || vec![0.0; v * v];
        let (mut column, mut stay, mut weight, mut total) = (room(), room(), room(), vec![0.0; v]);
        // g(y, z_other) = P(X1ⁱ = y, X_t^other = z_other), laid out as a state with token i replaced by y, and its sum
        // over y.
        let (rows, columns) = match axis {
            Axis::First => (data, &noise[o]),
            Axis::Second => (&noise[o], data),
        };
        let columns = columns.to_vec();
        vectorized!({
            for (n, (g, q)) in column.chunks_exact_mut(v).zip(q.chunks_exact(v)).enumerate() {
                let row = kappa.complement * rows[n];
                for ((g, q), column) in g.iter_mut().zip(q).zip(&columns) {
                    *g = q * kappa.value + row * column;
                }
                match axis {
                    Axis::First => total.iter_mut().zip(&*g).for_each(|(total, g)| *total += g),
                    Axis::Second => total[n] = sum(g),
                }
            }
        });
        // Where no state with this other token is possible any distribution will do: the weight is 0.
        let share: Vec<f64> = total.iter().map(|&t| if t > IMPOSSIBLE { 1.0 / t } else { 0.0 }).collect();
        // From data, κ g; in all, κ g + (1−κ) p0 G: one of both factors is the same along a row.
        let own = noise[i].to_vec();
        let (rows, columns) = match axis {
            Axis::First => (&own, &total),
            Axis::Second => (&total, &own),
        };
        let mut shares = share.clone();
        vectorized!({
            let out = stay.chunks_exact_mut(v).zip(weight.chunks_exact_mut(v));
            for (n, (g, (stay, weight))) in column.chunks_exact_mut(v).zip(out).enumerate() {
                let fresh = kappa.complement * rows[n];
                if axis == Axis::Second {
                    shares.fill(share[n]);
                }
                let given = columns.iter().zip(&shares);
                for (((g, stay), weight), (column, share)) in g.iter_mut().zip(stay).zip(weight).zip(given) {
                    let from_data = kappa.value * *g;
                    let p = fresh * column + from_data;
                    let kept = if p > IMPOSSIBLE { from_data / p } else { 1.0 };
                    (*stay, *weight, *g) = (kept, 1.0 - kept, *g * share);
                }
            }
        });
        let square = |values| Array2::from_shape_vec((v, v), values).expect("as many entries as states");
        let (mut column, stay, weight) = (square(column), square(stay), square(weight));
        for other in (0..v).filter(|&other| share[other] == 0.0) {
            column.index_axis_mut(ndarray::Axis(o), other).assign(data);
        }
        let factors = self.leave_one_out_factors(axis, kappa, &noise[o], &share);
        AxisKernel::Mixture { axis, stay, parts: vec![Part { weight, column: Arc::new(column), factors }] }
    }

    /// The column of [`Self::leave_one_out`] as a product of narrow tables, where q is one: κ q and one product more, each
    /// state of the other token with its own `share`.
    fn leave_one_out_factors(
        &self,
        axis: Axis,
        kappa: Kappa,
        noise: &Array1<f64>,
        share: &[f64],
    ) -> Option<Arc<LowRank>> {
        let q = self.q_factors.as_ref()?;
        let (data, fresh) = (&self.q_marginals[axis.index()], noise * kappa.complement);
        let mut factors = match axis {
            Axis::First => LowRank { left: q.left.clone(), right: &q.right * kappa.value }.plus(data, &fresh),
            Axis::Second => {
                LowRank { left: &q.left * kappa.value, right: q.right.clone() }.plus(&fresh, data)
            }
        };
        let last = factors.left.ncols() - 1;
        let mut by_other = match axis {
            Axis::First => factors.right.view_mut().reversed_axes(),
            Axis::Second => factors.left.view_mut(),
        };
        for (mut line, &share) in by_other.outer_iter_mut().zip(share) {
            line *= share;
            if share == 0.0 {
                // As in the whole table: the datum's marginal.
                line[last] = 1.0;
            }
        }
        Some(Arc::new(factors))
    }

    /// Whether the state can be met at κ. Where not, its posteriors are fallbacks.
    pub fn is_possible(&self, z: [usize; 2], kappa: Kappa) -> bool {
        self.pmf_at(z, kappa) > IMPOSSIBLE
    }

    /// p_κ(z) of one state.
    pub fn pmf_at(&self, z: [usize; 2], kappa: Kappa) -> f64 {
        if let Some(metric) = self.metric() {
            return self.metric_tables(metric, kappa).pmf[z];
        }
        let (k, c) = (kappa.value, kappa.complement);
        if self.conditional != ConditionalPath::Mixture {
            let [n1, n2] = [0, 1].map(|i| self.noise_value(i, z[i], kappa));
            let [q1, q2] = [0, 1].map(|i| self.q_marginals[i][z[i]]);
            return c * c * n1 * n2 + k * c * (q1 * n2 + n1 * q2) + k * k * self.q[z];
        }
        let [m00, m10, m01, m11] = &self.patterns;
        c * c * m00[z] + k * c * (m10[z] + m01[z]) + k * k * m11[z]
    }

    pub(super) fn data_side_at(&self, axis: Axis, z: [usize; 2], kappa: Kappa) -> f64 {
        if self.conditional != ConditionalPath::Mixture {
            let (i, o) = (axis.index(), 1 - axis.index());
            let from_noise = self.q_marginals[i][z[i]] * self.noise_value(o, z[o], kappa);
            return kappa.complement * from_noise + kappa.value * self.q[z];
        }
        let from_source = &self.patterns[if axis == Axis::First { 1 } else { 2 }];
        kappa.complement * from_source[z] + kappa.value * self.patterns[3][z]
    }

    fn noise_side_at(&self, axis: Axis, z: [usize; 2], kappa: Kappa) -> f64 {
        let from_data = &self.patterns[if axis == Axis::First { 2 } else { 1 }];
        kappa.complement * self.patterns[0][z] + kappa.value * from_data[z]
    }
}

#[cfg(test)]
mod tests {
    use super::super::push;
    use super::super::testing::{brute_force, cases, largest};
    use super::*;
    use crate::flow::{Coupling, Source};

    #[test]
    fn both_posteriors_match_brute_force() {
        for case in cases() {
            for value in [0.0, 0.13, 0.6, 1.0] {
                let exact = brute_force(&case.dense, value);
                let kappa = Kappa::new(value);
                let dense = case.path.dense_posterior(kappa).map(|a| a.to_dense().into_owned());
                let noise = case.path.dense_noise_posterior(kappa).map(|a| a.to_dense().into_owned());
                let quick = case.path.posterior(kappa).axes.map(|a| a.to_dense().into_owned());
                for axis in Axis::BOTH {
                    let i = axis.index();
                    for ((y, z1, z2), &d) in dense[i].indexed_iter() {
                        let z = [z1, z2];
                        let p = exact.p[z];
                        let here = format!("{} κ={value} axis {i} y={y} z={z:?}", case.name);
                        // Where brute force knows a posterior, so must every form of ours.
                        if p > 1e-12 {
                            let truth = exact.n1[i][[y, z1, z2]] / p;
                            let slack = case.tolerance / p;
                            assert!((d - truth).abs() < 1e-12 + slack, "{here}: {d} {truth}");
                            assert!((quick[i][[y, z1, z2]] - truth).abs() < 1e-12 + slack, "{here}");
                            assert!(
                                (case.path.posterior_at(axis, z, kappa)[y] - truth).abs() < 1e-12 + slack
                            );
                            let truth = exact.n0[i][[y, z1, z2]] / p;
                            assert!((noise[i][[y, z1, z2]] - truth).abs() < 1e-12 + slack, "{here}");
                            assert!(
                                (case.path.noise_posterior_at(axis, z, kappa)[y] - truth).abs()
                                    < 1e-12 + slack
                            );
                        } else if p == 0.0 {
                            assert_eq!(d, f64::from(y == z[i]), "{here}: fallback");
                            assert!((quick[i][[y, z1, z2]] - d).abs() < 1e-15, "{here}: fallback");
                            assert_eq!(noise[i][[y, z1, z2]], case.path.noise_marginals()[i][y], "{here}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn mask_denoiser_does_not_depend_on_kappa_and_never_predicts_the_mask() {
        let case = cases().into_iter().find(|c| c.name == "mask, independent").expect("case");
        let k = case.path.data_tokens();
        let early = case.path.dense_posterior(Kappa::new(0.2)).map(|a| a.to_dense().into_owned());
        let late = case.path.dense_posterior(Kappa::new(0.77)).map(|a| a.to_dense().into_owned());
        let p = case.path.pmf(Kappa::new(0.5));
        for i in 0..2 {
            for ((y, z1, z2), &d) in early[i].indexed_iter() {
                if p[[z1, z2]] > 0.0 {
                    assert!((d - late[i][[y, z1, z2]]).abs() < 1e-14);
                    assert!(y < k || d == 0.0, "the mask was predicted with probability {d}");
                }
            }
        }
    }

    #[test]
    fn fallbacks_differ_so_that_impossible_states_can_be_renoised() {
        // Trap 15: a parallel step may reveal two tokens into a state with q = 0. D keeps it, D0 must not.
        let case = cases().into_iter().find(|c| c.name == "mask, independent").expect("case");
        let z = [0, 4];
        assert_eq!(case.path.target()[z], 0.0);
        let kappa = Kappa::new(0.5);
        assert_eq!(case.path.posterior_at(Axis::First, z, kappa)[0], 1.0);
        assert_eq!(case.path.noise_posterior_at(Axis::First, z, kappa)[case.path.data_tokens()], 1.0);
    }

    #[test]
    fn narrow_columns_multiply_to_the_whole_ones_and_push_the_same() {
        let board = Array2::from_shape_fn((16, 16), |(i, j)| ((i / 4 + j / 4) % 2) as f64 / 128.0);
        for source in [Source::Uniform, Source::Mask] {
            let path = GridPath::new(&board, &source, Coupling::Independent).expect("path");
            for kappa in [0.0, 0.3, 0.8, 1.0].map(Kappa::new) {
                let narrow = path.posterior(kappa).axes.map(|kernel| kernel.thinned(0.4));
                let whole = narrow.clone().map(|kernel| match kernel {
                    AxisKernel::Mixture { axis, stay, mut parts } => {
                        for part in &mut parts {
                            let factors = part.factors.take().expect("a board has few kinds of rows");
                            let product = factors.left.dot(&factors.right);
                            assert!(largest(&(product - &*part.column)) < 1e-15, "{axis:?} at {kappa:?}");
                        }
                        AxisKernel::Mixture { axis, stay, parts }
                    }
                    table => table,
                });
                let p = path.pmf(Kappa::new(0.5));
                let pushed = |kernels: &[AxisKernel; 2]| push([&kernels[0], &kernels[1]], &p);
                assert!(largest(&(pushed(&narrow) - pushed(&whole))) < 1e-16, "{kappa:?}");
            }
        }
    }

    #[test]
    fn every_posterior_is_a_distribution() {
        for case in cases() {
            for value in [0.0, 1e-9, 0.4, 1.0 - 1e-9, 1.0] {
                let kappa = Kappa::new(value);
                for axis in
                    case.path.posterior(kappa).axes.iter().chain(&case.path.dense_noise_posterior(kappa))
                {
                    let table = axis.to_dense().into_owned();
                    assert!(table.iter().all(|&d| d >= 0.0 && d.is_finite()));
                    let sums = table.sum_axis(ndarray::Axis(0));
                    assert!(largest(&(sums - 1.0)) < 1e-9, "{} at {value}", case.name);
                }
            }
        }
    }
}
