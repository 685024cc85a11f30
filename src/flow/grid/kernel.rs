//! Transition kernels of one token given the state, and the push of a whole pmf through them (math.md 5.1, 5.4).

use super::Axis;
use crate::flow::categorical::sharpened;
use crate::flow::vectors::{dot, exp, flat, vectorized};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis as Dim, Zip};
use std::borrow::Cow;
use std::sync::Arc;

/// P(y | z) for one token on every state z, columns over y adding up to 1.
#[derive(Clone, Debug)]
pub enum AxisKernel {
    /// `stay(z) [y = zⁱ] + Σ_j weight_j(z) column_j(y | z^other)`: O(V²) storage.
    Mixture {
        /// Which token moves.
        axis: Axis,
        /// \[z1, z2\], the probability of leaving the token as it is.
        stay: Array2<f64>,
        /// The distributions it may be drawn from.
        parts: Vec<Part>,
    },
    /// A full table.
    Dense {
        /// Which token moves.
        axis: Axis,
        /// \[y, z1, z2\].
        table: Array3<f64>,
    },
}

/// One component of a mixture kernel.
#[derive(Clone, Debug)]
pub struct Part {
    /// \[z1, z2\], the probability of drawing from this part.
    pub weight: Array2<f64>,
    /// The distribution, laid out as a state with token i replaced by y: \[y, z2\] for token 1, \[z1, y\] for token 2.
    /// Shared: the kernels of a step draw from the columns of the posterior.
    pub column: Arc<Array2<f64>>,
}

impl Part {
    /// A copy whose weights lie row by row in memory.
    fn in_rows(&self) -> Self {
        Self { weight: self.weight.as_standard_layout().into_owned(), column: self.column.clone() }
    }

    /// Draws from a fixed distribution \[V\] with one weight for every state.
    pub fn constant(axis: Axis, weight: f64, distribution: &Array1<f64>) -> Self {
        let v = distribution.len();
        Self {
            weight: Array2::from_elem((v, v), weight),
            column: Arc::new(Array2::from_shape_fn((v, v), |(a, b)| distribution[[a, b][axis.index()]])),
        }
    }
}

impl AxisKernel {
    /// Which token moves.
    pub fn axis(&self) -> Axis {
        match self {
            Self::Mixture { axis, .. } | Self::Dense { axis, .. } => *axis,
        }
    }

    /// V.
    pub fn vocabulary(&self) -> usize {
        match self {
            Self::Mixture { stay, .. } => stay.nrows(),
            Self::Dense { table, .. } => table.dim().0,
        }
    }

    /// P(y | z).
    pub fn probability(&self, y: usize, z: [usize; 2]) -> f64 {
        let i = self.axis().index();
        match self {
            Self::Mixture { stay, parts, .. } => {
                let mut to = z;
                to[i] = y;
                let drawn: f64 = parts.iter().map(|part| part.weight[z] * part.column[to]).sum();
                drawn + if y == z[i] { stay[z] } else { 0.0 }
            }
            Self::Dense { table, .. } => table[[y, z[0], z[1]]],
        }
    }

    /// The full table \[y, z1, z2\], borrowed where there is one.
    pub fn to_dense(&self) -> Cow<'_, Array3<f64>> {
        match self {
            Self::Dense { table, .. } => Cow::Borrowed(table),
            Self::Mixture { .. } => {
                let v = self.vocabulary();
                Cow::Owned(Array3::from_shape_fn((v, v, v), |(y, z1, z2)| self.probability(y, [z1, z2])))
            }
        }
    }

    /// `(1 − Σ weights) δ + Σ weight · kernel`: resample from each kernel with its probability, otherwise stay.
    ///
    /// The kernels are of the same token and size; the weights are ≥ 0 and add up to at most 1.
    pub fn blend(axis: Axis, kernels: &[(f64, &Self)]) -> Self {
        let remain = (1.0 - kernels.iter().map(|(w, _)| w).sum::<f64>()).max(0.0);
        let v = kernels.first().map_or(0, |(_, kernel)| kernel.vocabulary());
        if kernels.iter().all(|(_, kernel)| matches!(kernel, Self::Mixture { .. })) {
            let mut stay = Array2::from_elem((v, v), remain);
            let mut all = Vec::new();
            for (w, kernel) in kernels {
                if let Self::Mixture { stay: s, parts, .. } = kernel {
                    stay.zip_mut_with(s, |stay, s| *stay += w * s);
                    all.extend(
                        parts
                            .iter()
                            .map(|part| Part { weight: &part.weight * *w, column: part.column.clone() }),
                    );
                }
            }
            return Self::Mixture { axis, stay, parts: all };
        }
        let mut kernels = kernels.iter();
        let mut table = kernels.next().map_or_else(|| Array3::zeros((v, v, v)), |(w, k)| &*k.to_dense() * *w);
        for (w, kernel) in kernels {
            table.scaled_add(*w, &kernel.to_dense());
        }
        for z1 in 0..v {
            for z2 in 0..v {
                table[[[z1, z2][axis.index()], z1, z2]] += remain;
            }
        }
        Self::Dense { axis, table }
    }

    /// Leaves with 1 − exp(−hazard · (1 − P(zⁱ|z))), to P(y|z)/(1 − P(zⁱ|z)): the rates to other values frozen, with
    /// `hazard` expected draws (math.md 5.1, rate-exp).
    #[must_use]
    pub fn leave_or_stay(&self, hazard: f64) -> Self {
        let scale = |leave: f64| if leave > 0.0 { -(-hazard * leave).exp_m1() / leave } else { 0.0 };
        self.scaled_moves(scale)
    }

    /// Tau-leaping with this kernel as the jump distribution and `hazard` expected draws: the jumps to other values are
    /// Poisson with mean A = hazard · (1 − P(zⁱ|z)), and the token moves if there is exactly one, with A e^−A; else it
    /// stays: adding differences of token numbers would mean nothing (math.md 5.1).
    ///
    /// Every move to another value is scaled by hazard · e^−A.
    #[must_use]
    pub fn one_event(&self, hazard: f64) -> Self {
        self.scaled_moves(|leave| one_event_scale(hazard, leave))
    }

    /// Every move to another value scaled by `scale` of the probability that there is one. A mixture stays a mixture as
    /// long as its parts, which also draw zⁱ itself, leave room for staying; else it becomes a table.
    fn scaled_moves(&self, scale: impl Fn(f64) -> f64) -> Self {
        if let Self::Mixture { axis, stay, parts } = self {
            let states = stay.dim();
            let mut factor = vec![0.0; stay.len()];
            let mut parts: Vec<Part> = parts.iter().map(Part::in_rows).collect();
            let mut stay = vec![1.0; stay.len()];
            vectorized(|| {
                for part in &parts {
                    let (weight, column) = (flat(&part.weight), flat(&part.column));
                    for ((leave, w), here) in factor.iter_mut().zip(&*weight).zip(&*column) {
                        *leave += w * (1.0 - here);
                    }
                }
                factor.iter_mut().for_each(|leave| *leave = scale(if *leave > 0.0 { *leave } else { 0.0 }));
                for part in &mut parts {
                    let weight = part.weight.as_slice_mut().unwrap_or_default();
                    for ((w, factor), stay) in weight.iter_mut().zip(&factor).zip(&mut stay) {
                        *w *= factor;
                        *stay -= *w;
                    }
                }
            });
            let stay = Array2::from_shape_vec(states, stay).expect("as many entries as states");
            if stay.iter().all(|&stay| stay >= 0.0) {
                return Self::Mixture { axis: *axis, stay, parts };
            }
        }
        let axis = self.axis();
        let mut table = self.to_dense().into_owned();
        let v = table.dim().0;
        for z1 in 0..v {
            for z2 in 0..v {
                let here = [z1, z2][axis.index()];
                let leave = (1.0 - table[[here, z1, z2]]).max(0.0);
                let scale = scale(leave);
                for y in 0..v {
                    table[[y, z1, z2]] *= scale;
                }
                table[[here, z1, z2]] = 1.0 - scale * leave;
            }
        }
        Self::Dense { axis, table }
    }

    /// The distribution sharpened (τ < 1) or flattened (τ > 1): softmax(ln P / τ) over y (math.md 5.6).
    pub fn with_temperature(&self, temperature: f64) -> Cow<'_, Self> {
        if temperature == 1.0 {
            return Cow::Borrowed(self);
        }
        let mut table = self.to_dense().into_owned();
        let top = table.fold_axis(Dim(0), 0.0f64, |m, &x| m.max(x));
        for mut slice in table.outer_iter_mut() {
            Zip::from(&mut slice).and(&top).for_each(|x, &top| *x = sharpened(*x, top, temperature));
        }
        let sums = table.sum_axis(Dim(0));
        for mut slice in table.outer_iter_mut() {
            slice /= &sums;
        }
        Cow::Owned(Self::Dense { axis: self.axis(), table })
    }
}

/// What tau-leaping multiplies the probability of a jump to another value by: hazard · e^−A with A = hazard · `leave`.
/// 0 for an infinite mean, which never gives exactly one event.
#[inline(always)]
fn one_event_scale(hazard: f64, leave: f64) -> f64 {
    let mean = hazard * leave;
    if leave > 0.0 && mean.is_finite() { hazard * exp(-mean) } else { 0.0 }
}

/// One token moves, the other stays: Σ_{zⁱ} P(y | z) p(z), \[V, V\]. O(V²) for a mixture, O(V³) for a table.
pub fn push_one(kernel: &AxisKernel, p: &Array2<f64>) -> Array2<f64> {
    match kernel {
        AxisKernel::Mixture { axis, stay, parts } => {
            let (v, mass) = (p.nrows(), flat(p));
            let mut out: Vec<f64> = flat(stay).iter().zip(&*mass).map(|(stay, p)| stay * p).collect();
            vectorized(|| parts.iter().for_each(|part| add_redrawn(&mut out, *axis, part, &mass, v)));
            Array2::from_shape_vec((v, v), out).expect("as many entries as states")
        }
        AxisKernel::Dense { axis, table } => {
            let mut out = Array2::zeros(p.dim());
            for (y, slice) in table.outer_iter().enumerate() {
                let row = (&slice * p).sum_axis(Dim(axis.index()));
                out.index_axis_mut(Dim(axis.index()), y).assign(&row);
            }
            out
        }
    }
}

/// out += column · Σ_{zⁱ} weight · p: the mass that draws token `axis` from `part` while the other token stays. All
/// \[V, V\], row by row.
#[inline(always)]
fn add_redrawn(out: &mut [f64], axis: Axis, part: &Part, p: &[f64], v: usize) {
    let (weight, column) = (flat(&part.weight), flat(&part.column));
    let rows = out.chunks_exact_mut(v).zip(column.chunks_exact(v));
    let given = weight.chunks_exact(v).zip(p.chunks_exact(v));
    match axis {
        Axis::First => {
            let mut mass = vec![0.0; v];
            for (w, p) in given {
                for ((mass, w), p) in mass.iter_mut().zip(w).zip(p) {
                    *mass += w * p;
                }
            }
            for (out, column) in rows {
                for ((out, c), mass) in out.iter_mut().zip(column).zip(&mass) {
                    *out += c * mass;
                }
            }
        }
        Axis::Second => {
            for ((out, column), (w, p)) in rows.zip(given) {
                let mass = dot(w, p);
                out.iter_mut().zip(column).for_each(|(out, c)| *out += c * mass);
            }
        }
    }
}

/// Both tokens move at once, independently given the state: p'(y) = Σ_z P₁(y1|z) P₂(y2|z) p(z).
///
/// Mixture kernels cost a few V × V products, dense ones O(V⁴). `kernels` are those of token 1 and token 2.
pub fn push(kernels: [&AxisKernel; 2], p: &Array2<f64>) -> Array2<f64> {
    match kernels {
        [
            AxisKernel::Mixture { stay: s1, parts: parts1, .. },
            AxisKernel::Mixture { stay: s2, parts: parts2, .. },
        ] => {
            let (v, p) = (p.nrows(), flat(p));
            let room = || vec![0.0; v * v];
            let (mut out, mut first_stays, mut second_stays) = (room(), room(), room());
            let (s1, s2) = (flat(s1), flat(s2));
            vectorized(|| {
                let stays = first_stays.iter_mut().zip(&mut second_stays).zip(s1.iter().zip(&*s2));
                for ((out, ((first, second), (s1, s2))), p) in out.iter_mut().zip(stays).zip(&*p) {
                    (*first, *second, *out) = (s1 * p, s2 * p, s1 * s2 * p);
                }
                parts1.iter().for_each(|one| add_redrawn(&mut out, Axis::First, one, &second_stays, v));
                parts2.iter().for_each(|two| add_redrawn(&mut out, Axis::Second, two, &first_stays, v));
            });
            let square = |values| Array2::from_shape_vec((v, v), values).expect("as many entries as states");
            let (mut out, mut half) = (square(out), square(second_stays));
            let mut mass = first_stays;
            // Both are drawn: Σ_z column₁(y1|z2) weight₁ weight₂ p(z) column₂(y2|z1).
            for two in parts2.iter().filter(|_| !parts1.is_empty()) {
                for (n, one) in parts1.iter().enumerate() {
                    let (w1, w2) = (flat(&one.weight), flat(&two.weight));
                    vectorized(|| {
                        for ((mass, (w1, w2)), p) in mass.iter_mut().zip(w1.iter().zip(&*w2)).zip(&*p) {
                            *mass = w1 * w2 * p;
                        }
                    });
                    let mass = ArrayView2::from_shape((v, v), &mass).expect("as many entries as states");
                    general_mat_mul(1.0, &one.column, &mass.t(), f64::from(n > 0), &mut half);
                }
                general_mat_mul(1.0, &half, &two.column, 1.0, &mut out);
            }
            out
        }
        [one, two] => {
            let v = p.nrows();
            let states = (v, v * v);
            let shaped = "a [V, V, V] table has V² states a row";
            let mut weighted = one.to_dense().into_owned().into_shape_with_order(states).expect(shaped);
            let p = p.as_standard_layout();
            let mass = p.as_slice().expect("standard layout is contiguous");
            for mut row in weighted.outer_iter_mut() {
                for (x, p) in row.iter_mut().zip(mass) {
                    *x *= p;
                }
            }
            let two = two.to_dense();
            weighted.dot(&two.view().into_shape_with_order(states).expect(shaped).t())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cases, largest};
    use super::*;
    use crate::flow::Kappa;

    /// p'(y) by its definition, four nested loops.
    fn push_by_definition(kernels: [&AxisKernel; 2], p: &Array2<f64>) -> Array2<f64> {
        Array2::from_shape_fn(p.dim(), |(y1, y2)| {
            p.indexed_iter()
                .map(|((z1, z2), p)| {
                    kernels[0].probability(y1, [z1, z2]) * kernels[1].probability(y2, [z1, z2]) * p
                })
                .sum()
        })
    }

    fn wavy(v: usize) -> Array2<f64> {
        let p = Array2::from_shape_fn((v, v), |(i, j)| 1.3 + (i as f64 + 2.0 * j as f64).sin());
        let total = p.sum();
        p / total
    }

    #[test]
    fn factored_and_dense_push_match_the_definition() {
        for case in cases() {
            let p = wavy(case.path.vocabulary());
            let exact = case.path.posterior(Kappa::new(0.3)).axes;
            let mixed = [0, 1].map(|i| {
                let axis = Axis::BOTH[i];
                let noise = &case.path.noise_marginals()[i];
                let renoise = AxisKernel::Mixture {
                    axis,
                    stay: Array2::zeros(p.dim()),
                    parts: vec![Part::constant(axis, 1.0, noise)],
                };
                AxisKernel::blend(axis, &[(0.2, &exact[i]), (0.1, &renoise)])
            });
            let dense = [0, 1]
                .map(|i| AxisKernel::Dense { axis: Axis::BOTH[i], table: mixed[i].to_dense().into_owned() });
            let truth = push_by_definition([&mixed[0], &mixed[1]], &p);
            assert!((truth.sum() - 1.0).abs() < 1e-12);
            for kernels in [&mixed, &dense] {
                let pushed = push([&kernels[0], &kernels[1]], &p);
                assert!(largest(&(&pushed - &truth)) < 1e-15, "{}", case.name);
            }
            for i in 0..2 {
                // One token moving is both moving with the other's kernel the identity.
                let still = AxisKernel::Mixture {
                    axis: Axis::BOTH[1 - i],
                    stay: Array2::ones(p.dim()),
                    parts: Vec::new(),
                };
                let pair = if i == 0 { [&mixed[0], &still] } else { [&still, &mixed[1]] };
                let truth = push_by_definition(pair, &p);
                assert!(largest(&(push_one(&mixed[i], &p) - &truth)) < 1e-15, "{}", case.name);
                assert!(largest(&(push_one(&dense[i], &p) - &truth)) < 1e-15, "{}", case.name);
            }
            let crossed = push([&mixed[0], &dense[1]], &p);
            assert!(largest(&(&crossed - &truth)) < 1e-15, "{}", case.name);
        }
    }

    #[test]
    fn renoising_by_ratio_walks_the_path_backwards_exactly() {
        // math.md 5.2: re-noising every token with probability 1 − κ_s/κ_t maps p_t to p_s, any step.
        for case in cases().into_iter().filter(|c| c.path.renoises_from_marginals()) {
            let rho = case.path.coupling().keep_rate();
            let (late, early) = (Kappa::new(0.8), Kappa::new(0.55));
            let back = 1.0 - early.lifted(rho).value / late.lifted(rho).value;
            let kernels = Axis::BOTH.map(|axis| {
                let part = Part::constant(axis, back, &case.path.noise_marginals()[axis.index()]);
                let stay = Array2::from_elem(case.path.target().dim(), 1.0 - back);
                AxisKernel::Mixture { axis, stay, parts: vec![part] }
            });
            let pushed = push([&kernels[0], &kernels[1]], &case.path.pmf(late));
            assert!(largest(&(&pushed - &case.path.pmf(early))) < 1e-15, "{}", case.name);
        }
    }

    #[test]
    fn one_event_is_the_same_for_a_mixture_and_its_table_at_any_hazard() {
        for case in cases() {
            for kernel in &case.path.posterior(Kappa::new(0.3)).axes {
                let table = kernel.to_dense().into_owned();
                let dense = AxisKernel::Dense { axis: kernel.axis(), table };
                for hazard in [0.0, 0.02, 0.9, 3.0, 40.0, f64::INFINITY] {
                    let (leapt, truth) = (kernel.one_event(hazard), dense.one_event(hazard));
                    let factored = matches!(leapt, AxisKernel::Mixture { .. });
                    let was_factored = matches!(kernel, AxisKernel::Mixture { .. });
                    assert!(hazard > 1.0 || factored == was_factored, "{} {hazard}", case.name);
                    let (leapt, truth) = (leapt.to_dense(), truth.to_dense());
                    assert!(largest(&(&*leapt - &*truth)) < 1e-14, "{} {hazard}", case.name);
                    assert!(leapt.iter().all(|&p| p >= 0.0), "{} {hazard}", case.name);
                }
            }
        }
    }

    #[test]
    fn temperature_sharpens_and_keeps_distributions() {
        let case = cases().remove(0);
        let kernel = &case.path.posterior(Kappa::new(0.3)).axes[0];
        for temperature in [0.01, 0.5, 0.9, 2.0] {
            let table = kernel.with_temperature(temperature).to_dense().into_owned();
            assert!(largest(&(table.sum_axis(Dim(0)) - 1.0)) < 1e-12);
            assert!(table.iter().all(|x| x.is_finite() && *x >= 0.0));
        }
        let (cold, plain) = (&*kernel.with_temperature(0.5), kernel);
        let z = [1, 2];
        let ratio = |k: &AxisKernel| k.probability(1, z) / k.probability(3, z);
        assert!((ratio(cold) - ratio(plain).powi(2)).abs() < 1e-9 * ratio(cold).abs());
    }
}
