//! Velocities, fluxes, divergence and currents of a path, valid at both ends (math.md 3.2, 4).

use super::{Axis, AxisKernel, GridPath, push_one};
use crate::flow::{ConditionalPath, Kappa, Redraw};
use ndarray::Array2;

impl GridPath {
    /// Forward flux κ' P(X₀ⁱ = zⁱ, X₁ⁱ = y, X_t^other = z^other) from `z` to `z` with token i = `y`; 0 for y = zⁱ.
    /// `slope` is κ'. No division by 1−κ or p_t: valid at t = 0 and t = 1.
    pub fn forward_flux(&self, axis: Axis, y: usize, z: [usize; 2], kappa: Kappa, slope: f64) -> f64 {
        if y == z[axis.index()] {
            return 0.0;
        }
        if let Some(metric) = self.metric() {
            return slope * self.metric_tables(metric, kappa).flux(metric, axis, y, z);
        }
        let joint = self.forward_joint(axis, y, z, kappa);
        if self.conditional == ConditionalPath::Mixture {
            return slope * joint;
        }
        let drawn = self.uniform_hazard(kappa) * self.pmf_at(z, kappa) * self.uniform_value(y);
        slope * (self.redraws().forward_shares(kappa).named * joint + drawn)
    }

    /// Backward flux −p_t(z) u_b(y, z) ≥ 0: on a mixture path the forward flux of the same move made the other way
    /// round. A metric path has none.
    pub fn backward_flux(&self, axis: Axis, y: usize, z: [usize; 2], kappa: Kappa, slope: f64) -> f64 {
        if self.metric().is_some() || y == z[axis.index()] {
            return 0.0;
        }
        if self.conditional != ConditionalPath::Mixture {
            let Redraw { named, uniform } = self.redraws().backward_shares(kappa);
            let per_kappa = if kappa.value > 0.0 { uniform / kappa.value } else { 0.0 };
            let from_source = named * self.p0_marginals[axis.index()][y] * self.not_noise(axis, z, kappa);
            return slope * (from_source + per_kappa * self.pmf_at(z, kappa) * self.uniform_value(y));
        }
        let mut origin = z;
        origin[axis.index()] = y;
        self.forward_flux(axis, z[axis.index()], origin, kappa, slope)
    }

    /// u(y, z) = forward (p_{1|t} − δ) + backward (p_{0|t} − δ) for the rates α κ'/(1−κ) and β κ'/κ, per unit time:
    /// forward rate alone is the probability velocity, both are the corrector's (math.md 3.1, 3.4). The rates are
    /// infinite at t = 1 and t = 0: there take the fluxes, which are not. On a three-way path part of both draws is
    /// uniform (3.5); on a metric path it is the kinetic-optimal velocity (7), and only a forward rate has a meaning.
    pub fn velocity(
        &self,
        axis: Axis,
        y: usize,
        z: [usize; 2],
        kappa: Kappa,
        forward: f64,
        backward: f64,
    ) -> f64 {
        let here = f64::from(y == z[axis.index()]);
        if self.metric().is_some() {
            return forward * kappa.complement * self.metric_velocity(axis, y, z, kappa);
        }
        let drawn = |shares: Redraw, named: f64| {
            shares.named * named + shares.uniform * self.uniform_value(y) - shares.total() * here
        };
        let ahead =
            forward * drawn(self.redraws().forward_shares(kappa), self.posterior_at(axis, z, kappa)[y]);
        if backward == 0.0 {
            return ahead;
        }
        ahead
            + backward
                * drawn(self.redraws().backward_shares(kappa), self.noise_posterior_at(axis, z, kappa)[y])
    }

    /// The kinetic-optimal velocity per unit of κ; 0 in a state of probability 0.
    fn metric_velocity(&self, axis: Axis, y: usize, z: [usize; 2], kappa: Kappa) -> f64 {
        let p = self.pmf_at(z, kappa);
        if p <= super::posterior::IMPOSSIBLE {
            return 0.0;
        }
        if y != z[axis.index()] {
            return self.forward_flux(axis, y, z, kappa, 1.0) / p;
        }
        let leaving = (0..self.v).map(|x| self.forward_flux(axis, x, z, kappa, 1.0)).sum::<f64>();
        -leaving / p
    }

    /// P(X_κ = z, token i not from the source) per unit of κ on a three-way path: κ data + κ₂ uniform, over κ.
    fn not_noise(&self, axis: Axis, z: [usize; 2], kappa: Kappa) -> f64 {
        let i = axis.index();
        let share = self.conditional.uniform_share(1.0);
        self.data_side_at(axis, z, kappa)
            + share * kappa.complement * self.uniform_value(z[i]) * self.other_marginal(axis, z, kappa)
    }

    /// P(X_κ^other = z^other) of an independent coupling with a product source.
    pub(super) fn other_marginal(&self, axis: Axis, z: [usize; 2], kappa: Kappa) -> f64 {
        let o = 1 - axis.index();
        kappa.value * self.q_marginals[o][z[o]] + kappa.complement * self.noise_value(o, z[o], kappa)
    }

    /// Inflow minus outflow along one axis per unit of κ, \[V, V\]; both axes add up to dp/dκ. It is the same for the
    /// forward velocity, the backward one and every corrector with α − β = 1.
    pub fn net_inflow(&self, axis: Axis, kappa: Kappa) -> Array2<f64> {
        if let Some(metric) = self.metric() {
            return self.metric_tables(metric, kappa).net_inflow(axis);
        }
        let mut net = self.data_side(axis, kappa) - self.noise_side(axis, kappa);
        if self.conditional != ConditionalPath::Mixture {
            net *= self.redraws().forward_shares(kappa).named;
            let drawn = self.uniform_hazard(kappa);
            let p = self.pmf(kappa);
            net.indexed_iter_mut().for_each(|((z1, z2), net)| {
                let z = [z1, z2];
                let arriving = self.other_marginal(axis, z, kappa) * self.uniform_value(z[axis.index()]);
                *net += drawn * (arriving - p[z]);
            });
        }
        net
    }

    /// Inflow minus outflow per axis and unit of κ of the velocity that a denoiser's answer at κ makes, for any mass
    /// `p` \[V, V\]: the learned counterpart of [`Self::net_inflow`]. Zero at κ = 1.
    pub fn net_inflow_of(&self, given: [&AxisKernel; 2], p: &Array2<f64>, kappa: Kappa) -> [Array2<f64>; 2] {
        if kappa.complement <= 0.0 || !self.has_finite_slope(kappa) {
            return [Array2::zeros(p.dim()), Array2::zeros(p.dim())];
        }
        if let Some(metric) = self.metric() {
            let velocities = self.metric_velocities(metric, given, kappa);
            return [0, 1].map(|i| push_one(&velocities[i], p));
        }
        let rates = self.redraws().forward_shares(kappa).times(1.0 / kappa.complement);
        Axis::BOTH.map(|axis| {
            let mut net = (push_one(given[axis.index()], p) - p) * rates.named;
            if rates.uniform > 0.0 {
                let i = ndarray::Axis(axis.index());
                let line = p.sum_axis(i).insert_axis(i);
                let scattered = Array2::from_shape_fn(p.dim(), |(z1, z2)| {
                    let z = [z1, z2];
                    self.uniform_value(z[axis.index()]) * line[[z1 * axis.index(), z2 * (1 - axis.index())]]
                });
                net.scaled_add(rates.uniform, &(scattered - p));
            }
            net
        })
    }

    /// Mean displacement Σ_y (y − zⁱ) flux per axis and unit of κ of the same velocity, mask states left out.
    pub fn displacement_of(
        &self,
        given: [&AxisKernel; 2],
        p: &Array2<f64>,
        kappa: Kappa,
    ) -> [Array2<f64>; 2] {
        if kappa.complement <= 0.0 || !self.has_finite_slope(kappa) {
            return [Array2::zeros(p.dim()), Array2::zeros(p.dim())];
        }
        if let Some(metric) = self.metric() {
            let velocities = self.metric_velocities(metric, given, kappa);
            return [0, 1].map(|i| velocities[i].mean_shift(self.k) * p);
        }
        let rates = self.redraws().forward_shares(kappa).times(1.0 / kappa.complement);
        let middle = 0.5 * (self.k as f64 - 1.0);
        [0, 1].map(|i| {
            let mut shift = given[i].mean_shift(self.k) * rates.named;
            shift.indexed_iter_mut().for_each(|((z1, z2), shift)| {
                let here = [z1, z2][i];
                *shift += if here < self.k { rates.uniform * (middle - here as f64) } else { 0.0 };
            });
            shift * p
        })
    }

    /// a₂, the hazard of a uniform draw per unit of κ on a three-way path: c(1−κ)/(1−cκ).
    pub(super) fn uniform_hazard(&self, kappa: Kappa) -> f64 {
        self.conditional.uniform_share(1.0) * self.redraws().noise_ratio(kappa)
    }

    /// [`Self::net_inflow`] of one state: all moves into it less all moves out of it, in O(V).
    pub fn net_inflow_at(&self, axis: Axis, z: [usize; 2], kappa: Kappa) -> f64 {
        let here = z[axis.index()];
        let others = (0..self.v).filter(|y| *y != here);
        let net = others.map(|y| {
            let mut origin = z;
            origin[axis.index()] = y;
            self.forward_flux(axis, here, origin, kappa, 1.0) - self.forward_flux(axis, y, z, kappa, 1.0)
        });
        net.sum()
    }

    /// Net mass per unit of κ through the cut below each token value c along `axis`, counted upward: \[V+1, V\] for
    /// axis 1, \[V, V+1\] for axis 2, zero at both ends. It counts moves between data tokens only: mask traffic
    /// enters from the margin, so on a mixture path from masks every entry is 0.
    pub fn edge_current(&self, axis: Axis, kappa: Kappa) -> Array2<f64> {
        if !self.has_mask() {
            return edge_current(axis, &self.net_inflow(axis, kappa));
        }
        let mut shape = [self.v, self.v];
        shape[axis.index()] += 1;
        if self.conditional == ConditionalPath::Mixture {
            return Array2::zeros(shape);
        }
        // What arrives from the mask is no current between data tokens; nothing returns to it.
        let (mask, i) = (self.k, axis.index());
        let mut net = self.net_inflow(axis, kappa);
        net.indexed_iter_mut().for_each(|((z1, z2), net)| {
            let (z, mut masked) = ([z1, z2], [z1, z2]);
            masked[i] = mask;
            *net = if z[i] == mask { 0.0 } else { *net - self.forward_flux(axis, z[i], masked, kappa, 1.0) };
        });
        edge_current(axis, &net)
    }

    /// The same from given net inflows per axis, \[V, V\] each: for the velocity of a learned denoiser. With a mask
    /// source they do not tell mask traffic apart, and every entry is 0.
    pub fn edge_current_of(&self, net: &[Array2<f64>; 2]) -> [Array2<f64>; 2] {
        Axis::BOTH.map(|axis| {
            let mut current = edge_current(axis, &net[axis.index()]);
            if self.has_mask() {
                current.fill(0.0);
            }
            current
        })
    }

    /// Total flux out of every state per unit of κ, α times forward plus β times backward, \[V, V\]. A metric path
    /// has no backward part.
    pub fn traffic(&self, kappa: Kappa, alpha: f64, beta: f64) -> Array2<f64> {
        if let Some(metric) = self.metric() {
            return self.metric_tables(metric, kappa).traffic(metric) * alpha;
        }
        if self.conditional != ConditionalPath::Mixture {
            return self.three_way_traffic(kappa, alpha, beta);
        }
        let mut total = Array2::zeros((self.v, self.v));
        for axis in Axis::BOTH {
            let (noise, data) = (self.noise_side(axis, kappa), self.data_side(axis, kappa));
            let i = axis.index();
            total.indexed_iter_mut().for_each(|((z1, z2), out)| {
                let z = [z1, z2];
                // Both sums over y contain the move to itself, which is no move.
                let idle = self.forward_joint(axis, z[i], z, kappa);
                *out += alpha * (noise[z] - idle).max(0.0) + beta * (data[z] - idle).max(0.0);
            });
        }
        total
    }
}

impl GridPath {
    /// Traffic with uniform draws among the moves, those to the same value left out.
    fn three_way_traffic(&self, kappa: Kappa, alpha: f64, beta: f64) -> Array2<f64> {
        let (ahead, back) =
            (self.redraws().forward_shares(kappa).named, self.redraws().backward_shares(kappa).named);
        let (drawn_ahead, share) = (self.uniform_hazard(kappa), self.conditional.uniform_share(1.0));
        let p = self.pmf(kappa);
        let mut total = Array2::zeros((self.v, self.v));
        for axis in Axis::BOTH {
            let (i, noise) = (axis.index(), self.noise_side(axis, kappa));
            total.indexed_iter_mut().for_each(|((z1, z2), out): ((usize, usize), &mut f64)| {
                let z = [z1, z2];
                let elsewhere = p[z] * (1.0 - self.uniform_value(z[i]));
                let idle = self.forward_joint(axis, z[i], z, kappa);
                let forward = ahead * (noise[z] - idle).max(0.0) + drawn_ahead * elsewhere;
                let from_source = (1.0 - self.p0_marginals[i][z[i]]) * self.not_noise(axis, z, kappa);
                let backward = back * from_source + share * kappa.value * elsewhere;
                *out += alpha * forward + beta * backward;
            });
        }
        total
    }
}

/// C(c + 1) = −Σ_{j ≤ c} net(j) along every line (math.md 4.1).
fn edge_current(axis: Axis, net: &Array2<f64>) -> Array2<f64> {
    let v = net.nrows();
    let mut shape = [v, v];
    shape[axis.index()] += 1;
    let mut current = Array2::zeros(shape);
    for line in 0..v {
        let mut through = 0.0;
        // The last cut is left at 0: the sum over a whole line is 0 but for rounding.
        for cut in 1..v {
            let (cell, edge) = match axis {
                Axis::First => ([cut - 1, line], [cut, line]),
                Axis::Second => ([line, cut - 1], [line, cut]),
            };
            through -= net[cell];
            current[edge] = through;
        }
    }
    current
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SCHEDULERS, cases, largest, net_of};
    use super::*;
    use crate::flow::{Corrector, Scheduler};
    use ndarray::Array3;

    const TIMES: [f64; 5] = [0.03, 0.25, 0.5, 0.8, 0.97];

    /// Flux from z to y for all three, as a table \[y, z1, z2\] with an empty diagonal.
    fn table(v: usize, axis: Axis, f: impl Fn(usize, [usize; 2]) -> f64) -> Array3<f64> {
        Array3::from_shape_fn(
            (v, v, v),
            |(y, z1, z2)| {
                if y == [z1, z2][axis.index()] { 0.0 } else { f(y, [z1, z2]) }
            },
        )
    }

    #[test]
    fn dpdt_is_minus_the_divergence_for_every_scheduler_source_coupling_and_velocity() {
        for case in cases() {
            let (path, v) = (&case.path, case.path.vocabulary());
            for scheduler in SCHEDULERS {
                for t in TIMES {
                    let kappa = scheduler.at(t);
                    let slope = scheduler.derivative(t);
                    let (ahead, back) = (scheduler.jump_rate(t), scheduler.backward_rate(t));
                    let dpdt = path.pmf_slope(kappa) * slope;
                    let p = path.pmf(kappa);
                    let beta = Corrector::IMAGES.beta(t);
                    // (name, weight of the forward and of the backward velocity, multiple of dp/dt it generates)
                    for (name, alpha, beta, drift) in [
                        ("forward", 1.0, 0.0, 1.0),
                        ("backward", 0.0, 1.0, -1.0),
                        ("corrector", 1.0 + beta, beta, 1.0),
                        ("stationary", 2.0, 2.0, 0.0),
                    ] {
                        let mut total = Array2::<f64>::zeros((v, v));
                        for axis in Axis::BOTH {
                            let flux = table(v, axis, |y, z| {
                                p[z] * path.velocity(axis, y, z, kappa, alpha * ahead, beta * back)
                            });
                            assert!(
                                flux.iter().all(|&f| f >= -1e-14),
                                "a rate below 0: {} {name}",
                                case.name
                            );
                            let net = net_of(axis, &flux);
                            if name == "stationary" {
                                let scale = slope.max(1.0);
                                assert!(largest(&net) < 1e-11 * scale, "axis {axis:?} of {}", case.name);
                            }
                            total += &net;
                        }
                        let scale = slope.max(1.0) * (alpha + beta);
                        let error = largest(&(total.clone() - &dpdt * drift)) / scale;
                        assert!(error < 1e-11, "{} {scheduler} t={t} {name}: {error:e}", case.name);
                        assert!(total.sum().abs() < 1e-11 * scale, "mass is not conserved");
                    }
                }
            }
        }
    }

    #[test]
    fn velocity_columns_sum_to_zero() {
        for case in cases() {
            let kappa = Kappa::new(0.4);
            for axis in Axis::BOTH {
                for z in [[0, 0], [2, 3], [4, 4]] {
                    let sum: f64 = (0..case.path.vocabulary())
                        .map(|y| case.path.velocity(axis, y, z, kappa, 1.7, 0.6))
                        .sum();
                    assert!(sum.abs() < 1e-11, "{}: {sum:e}", case.name);
                }
            }
        }
    }

    #[test]
    fn closed_forms_match_counting_every_move_also_at_the_ends() {
        for case in cases() {
            let (path, v) = (&case.path, case.path.vocabulary());
            for scheduler in [Scheduler::Linear, Scheduler::Cubic, Scheduler::Hermite { a: 2.0, b: 0.5 }] {
                for t in [0.0, 0.4, 1.0] {
                    let (kappa, slope) = (scheduler.at(t), scheduler.derivative(t));
                    let mut out = Array2::<f64>::zeros((v, v));
                    let (alpha, beta) = (1.5, 0.5);
                    for axis in Axis::BOTH {
                        let ahead = table(v, axis, |y, z| path.forward_flux(axis, y, z, kappa, slope));
                        let back = table(v, axis, |y, z| path.backward_flux(axis, y, z, kappa, slope));
                        let net = path.net_inflow(axis, kappa) * slope;
                        for (z, &whole) in net.indexed_iter() {
                            let single = path.net_inflow_at(axis, z.into(), kappa) * slope;
                            assert!((single - whole).abs() < case.tolerance * 20.0, "{} at {z:?}", case.name);
                        }
                        assert!(
                            largest(&(net_of(axis, &ahead) - &net)) < case.tolerance * 20.0,
                            "{}",
                            case.name
                        );
                        assert!(
                            largest(&(net_of(axis, &back) + &net)) < case.tolerance * 20.0,
                            "{}",
                            case.name
                        );
                        out = out + (ahead * alpha + back * beta).sum_axis(ndarray::Axis(0));
                    }
                    let traffic = path.traffic(kappa, alpha, beta) * slope;
                    assert!(largest(&(out - traffic)) < case.tolerance * 40.0, "{} traffic", case.name);
                    let both = path.net_inflow(Axis::First, kappa) + path.net_inflow(Axis::Second, kappa);
                    assert!(
                        largest(&(both - path.pmf_slope(kappa))) < case.tolerance * 20.0,
                        "{}",
                        case.name
                    );
                }
            }
        }
    }

    #[test]
    fn edge_currents_count_the_moves_across_each_cut() {
        for case in cases() {
            let (path, k) = (&case.path, case.path.data_tokens());
            let kappa = Kappa::new(0.35);
            for axis in Axis::BOTH {
                let current = path.edge_current(axis, kappa);
                for ((a, b), &c) in current.indexed_iter() {
                    let (cut, line) = match axis {
                        Axis::First => (a, b),
                        Axis::Second => (b, a),
                    };
                    let mut through = 0.0;
                    for low in 0..cut.min(k) {
                        for high in cut..k {
                            let at = |token| if axis == Axis::First { [token, line] } else { [line, token] };
                            through += path.forward_flux(axis, high, at(low), kappa, 1.0);
                            through -= path.forward_flux(axis, low, at(high), kappa, 1.0);
                        }
                    }
                    assert!(
                        (c - through).abs() < 1e-12,
                        "{} cut {cut} line {line}: {c} {through}",
                        case.name
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_is_infinite_at_the_ends() {
        // Traps 2 and 3: no view may divide by κ, 1−κ or p_t.
        for case in cases() {
            for kappa in [Kappa::START, Kappa::END] {
                let path = &case.path;
                let mut views = vec![path.pmf(kappa), path.pmf_slope(kappa), path.traffic(kappa, 3.0, 2.0)];
                for axis in Axis::BOTH {
                    views.push(path.net_inflow(axis, kappa));
                    views.push(path.edge_current(axis, kappa));
                }
                assert!(views.iter().flatten().all(|x| x.is_finite()), "{}", case.name);
            }
        }
    }
}
