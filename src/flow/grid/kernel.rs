//! Transition kernels of one token given the state, and the push of a whole pmf through them (math.md 5.1, 5.4).

use super::Axis;
use super::low_rank::LowRank;
use super::push_narrow::{Narrow, push_narrow};
use crate::flow::categorical::sharpened;
use crate::flow::vectorized;
use crate::flow::vectors::double::{dot, exp, flat};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis as Dim, CowArray, Ix2, Zip, s};
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
        /// \[y, z1, z2\], in any order of memory: a network's answers have y side by side.
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
    /// The column as a product of narrow tables, where it is one.
    pub factors: Option<Arc<LowRank>>,
}

impl Part {
    /// Brings its weights row by row into memory.
    fn lie_in_rows(&mut self) {
        if !self.weight.is_standard_layout() {
            self.weight = self.weight.as_standard_layout().into_owned();
        }
    }

    /// Drawn from `times` as often.
    fn weighted(&self, times: f64) -> Self {
        Self { weight: &self.weight * times, column: self.column.clone(), factors: self.factors.clone() }
    }

    /// Draws from a fixed distribution \[V\] with one weight for every state.
    pub fn constant(axis: Axis, weight: f64, distribution: &Array1<f64>) -> Self {
        let v = distribution.len();
        let factors = match axis {
            Axis::First => LowRank::constant_columns(distribution),
            Axis::Second => LowRank::constant_rows(distribution),
        };
        Self {
            weight: Array2::from_elem((v, v), weight),
            column: Arc::new(Array2::from_shape_fn((v, v), |(a, b)| distribution[[a, b][axis.index()]])),
            factors: Some(Arc::new(factors)),
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
            let mut stay: Option<Array2<f64>> = None;
            let mut all = Vec::new();
            for (w, kernel) in kernels {
                if let Self::Mixture { stay: s, parts, .. } = kernel {
                    match &mut stay {
                        Some(stay) => stay.zip_mut_with(s, |stay, s| *stay += w * s),
                        None => stay = Some(s.mapv(|s| remain + w * s)),
                    }
                    all.extend(parts.iter().map(|part| part.weighted(*w)));
                }
            }
            let stay = stay.unwrap_or_default();
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

    /// `(1 − weight) δ + weight · kernel`: [`Self::blend`] of one kernel, in its place in memory.
    #[must_use]
    pub fn thinned(mut self, weight: f64) -> Self {
        if weight == 1.0 {
            return self;
        }
        // Probabilities add up to 1 only up to rounding.
        let remain = (1.0 - weight).max(0.0);
        match &mut self {
            Self::Mixture { stay, parts, .. } => {
                stay.mapv_inplace(|stay| remain + weight * stay);
                parts.iter_mut().for_each(|part| part.weight *= weight);
            }
            Self::Dense { axis, table } => {
                *table *= weight;
                let v = table.dim().0;
                for (z1, z2) in (0..v).flat_map(|z1| (0..v).map(move |z2| (z1, z2))) {
                    table[[[z1, z2][axis.index()], z1, z2]] += remain;
                }
            }
        }
        self
    }

    /// Leaves with 1 − exp(−hazard · (1 − P(zⁱ|z))), to P(y|z)/(1 − P(zⁱ|z)): the rates to other values frozen, with
    /// `hazard` expected draws (math.md 5.1, rate-exp).
    #[must_use]
    pub fn leave_or_stay(self, hazard: f64) -> Self {
        let scale = |leave: f64| if leave > 0.0 { -(-hazard * leave).exp_m1() / leave } else { 0.0 };
        self.scaled_moves(|leaves| leaves.iter_mut().for_each(|leave| *leave = scale(*leave)))
    }

    /// Tau-leaping with this kernel as the jump distribution and `hazard` expected draws: the jumps to other values are
    /// Poisson with mean A = hazard · (1 − P(zⁱ|z)), and the token moves if there is exactly one, with A e^−A; else it
    /// stays: adding differences of token numbers would mean nothing (math.md 5.1).
    ///
    /// Every move to another value is scaled by hazard · e^−A.
    #[must_use]
    pub fn one_event(self, hazard: f64) -> Self {
        // An infinite mean never gives exactly one event.
        let hazard = if hazard.is_finite() { hazard } else { 0.0 };
        self.scaled_moves(|leaves| vectorized!(one_event_scales(hazard, leaves)))
    }

    /// Every move to another value scaled by a factor: `scale` turns the probabilities, ≥ 0, that there is one into the
    /// factors of their states. A mixture stays a mixture as long as its parts, which also draw zⁱ itself, leave room for
    /// staying; else it becomes a table.
    fn scaled_moves(mut self, scale: impl Fn(&mut [f64])) -> Self {
        if let Self::Mixture { stay, parts, .. } = &mut self {
            let mut factors = vec![0.0; stay.len()];
            for part in &mut *parts {
                part.lie_in_rows();
                let (weight, column) = (flat(&part.weight), flat(&part.column));
                vectorized!(add_leaving(&mut factors, &weight, &column));
            }
            scale(&mut factors);
            let mut left = vec![1.0; stay.len()];
            for part in &*parts {
                vectorized!(subtract_moves(&mut left, &flat(&part.weight), &factors));
            }
            if left.iter().all(|&stay| stay >= 0.0) {
                *stay = Array2::from_shape_vec(stay.dim(), left).expect("as many entries as states");
                for part in &mut *parts {
                    let weight = part.weight.as_slice_mut().unwrap_or_default();
                    weight.iter_mut().zip(&factors).for_each(|(w, factor)| *w *= factor);
                }
                return self;
            }
        }
        let axis = self.axis();
        let mut table = self.to_dense().into_owned();
        let v = table.dim().0;
        let states = || (0..v).flat_map(|z1| (0..v).map(move |z2| ([z1, z2][axis.index()], z1, z2)));
        let leaves: Vec<f64> = states().map(|state| (1.0 - table[state]).max(0.0)).collect();
        let mut factors = leaves.clone();
        scale(&mut factors);
        for ((state, leave), factor) in states().zip(leaves).zip(factors) {
            table.slice_mut(s![.., state.1, state.2]).mapv_inplace(|p| p * factor);
            table[state] = 1.0 - factor * leave;
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

/// What tau-leaping multiplies the probability of a jump to another value by: hazard · e^−A with A = hazard · leave; 0
/// where there is none. A factor of 0 or 1 instead of a branch, around which no vectors are made.
#[inline(always)]
fn one_event_scales(hazard: f64, leaves: &mut [f64]) {
    for leave in leaves {
        *leave = hazard * exp(-hazard * *leave) * f64::from(u8::from(*leave > 0.0));
    }
}

/// leaves += weight · (1 − column): the probability to be drawn anew, and not as what it is.
#[inline(always)]
fn add_leaving(leaves: &mut [f64], weight: &[f64], column: &[f64]) {
    for ((leave, w), here) in leaves.iter_mut().zip(weight).zip(column) {
        *leave += (w * (1.0 - here)).max(0.0);
    }
}

/// stay −= weight · factor: what moves no longer stays.
#[inline(always)]
fn subtract_moves(stay: &mut [f64], weight: &[f64], factors: &[f64]) {
    for ((stay, w), factor) in stay.iter_mut().zip(weight).zip(factors) {
        *stay -= w * factor;
    }
}

/// One token moves, the other stays: Σ_{zⁱ} P(y | z) p(z), \[V, V\]. O(V²) for a mixture, O(V³) for a table.
pub fn push_one(kernel: &AxisKernel, p: &Array2<f64>) -> Array2<f64> {
    match kernel {
        AxisKernel::Mixture { axis, stay, parts } => {
            let (v, mass) = (p.nrows(), flat(p));
            let mut out: Vec<f64> = flat(stay).iter().zip(&*mass).map(|(stay, p)| stay * p).collect();
            for part in parts {
                add_redrawn(&mut out, *axis, part, &mass, v);
            }
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
fn add_redrawn(out: &mut [f64], axis: Axis, part: &Part, p: &[f64], v: usize) {
    let (weight, column) = (flat(&part.weight), flat(&part.column));
    match axis {
        Axis::First => vectorized!(add_redrawn_first(out, &weight, &column, p, v)),
        Axis::Second => vectorized!(add_redrawn_second(out, &weight, &column, p, v)),
    }
}

#[inline(always)]
fn add_redrawn_first(out: &mut [f64], weight: &[f64], column: &[f64], p: &[f64], v: usize) {
    let mut mass = vec![0.0; v];
    for (w, p) in weight.chunks_exact(v).zip(p.chunks_exact(v)) {
        for ((mass, w), p) in mass.iter_mut().zip(w).zip(p) {
            *mass += w * p;
        }
    }
    for (out, column) in out.chunks_exact_mut(v).zip(column.chunks_exact(v)) {
        for ((out, c), mass) in out.iter_mut().zip(column).zip(&mass) {
            *out += c * mass;
        }
    }
}

#[inline(always)]
fn add_redrawn_second(out: &mut [f64], weight: &[f64], column: &[f64], p: &[f64], v: usize) {
    let given = weight.chunks_exact(v).zip(p.chunks_exact(v));
    for ((out, column), (w, p)) in out.chunks_exact_mut(v).zip(column.chunks_exact(v)).zip(given) {
        let mass = dot(w, p);
        for (out, c) in out.iter_mut().zip(column) {
            *out += c * mass;
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
            if let (Some(one), Some(two)) = (narrow(s1, parts1), narrow(s2, parts2)) {
                return push_narrow([one, two], p);
            }
            let (v, p) = (p.nrows(), flat(p));
            let (s1, s2) = (flat(s1), flat(s2));
            let (first_stays, second_stays) = (product(&s1, &p), product(&s2, &p));
            let mut out = product(&s1, &second_stays);
            for one in parts1 {
                add_redrawn(&mut out, Axis::First, one, &second_stays, v);
            }
            for two in parts2 {
                add_redrawn(&mut out, Axis::Second, two, &first_stays, v);
            }
            let mut out = Array2::from_shape_vec((v, v), out).expect("as many entries as states");
            let mut mass = first_stays;
            // Both are drawn: Σ_z column₁(y1|z2) weight₁ weight₂ p(z) column₂(y2|z1).
            for (one, two) in parts1.iter().flat_map(|one| parts2.iter().map(move |two| (one, two))) {
                let (w1, w2) = (flat(&one.weight), flat(&two.weight));
                vectorized!({
                    for ((mass, (w1, w2)), p) in mass.iter_mut().zip(w1.iter().zip(&*w2)).zip(&*p) {
                        *mass = w1 * w2 * p;
                    }
                });
                let mass = ArrayView2::from_shape((v, v), &mass).expect("as many entries as states");
                add_both_redrawn(&mut out, one, two, mass);
            }
            out
        }
        [one, two] => {
            let (one, two) = (one.to_dense(), two.to_dense());
            let mut weighted = over_states(&one).into_owned();
            weighted *= &p.iter().copied().collect::<Array1<f64>>();
            weighted.dot(&over_states(&two).t())
        }
    }
}

/// The one part of a mixture, if there is one and its column is a product of narrow tables.
fn narrow<'a>(stay: &'a Array2<f64>, parts: &'a [Part]) -> Option<Narrow<'a>> {
    let [part] = parts else { return None };
    Some(Narrow { stay, part, factors: part.factors.as_deref()? })
}

/// Entry by entry.
fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

/// out += column₁ massᵀ column₂, from the inside out where a column is a product of narrow tables.
fn add_both_redrawn(out: &mut Array2<f64>, one: &Part, two: &Part, mass: ArrayView2<'_, f64>) {
    let back = mass.t();
    match (&one.factors, &two.factors) {
        (Some(one), Some(two)) => {
            let middle = one.right.dot(&back).dot(&two.left);
            general_mat_mul(1.0, &one.left, &middle.dot(&two.right), 1.0, out);
        }
        (Some(one), None) => {
            general_mat_mul(1.0, &one.left, &one.right.dot(&back).dot(&*two.column), 1.0, out)
        }
        (None, Some(two)) => {
            general_mat_mul(1.0, &one.column.dot(&back.dot(&two.left)), &two.right, 1.0, out);
        }
        (None, None) => general_mat_mul(1.0, &one.column.dot(&back), &*two.column, 1.0, out),
    }
}

/// A table \[y, z1, z2\] as the matrix \[y, z1·V + z2\], copied only where neither y nor z2 is side by side in memory.
fn over_states(table: &Array3<f64>) -> CowArray<'_, f64, Ix2> {
    let v = table.dim().0;
    let by_state = table.view().permuted_axes([1, 2, 0]);
    match by_state.into_shape_with_order((v * v, v)) {
        Ok(rows) => rows.reversed_axes().into(),
        Err(_) => table.to_shape((v, v * v)).expect("a [V, V, V] table has V² states a row"),
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

    #[test]
    fn a_thinned_kernel_is_the_blend_of_one() {
        for case in cases() {
            let quick = case.path.posterior(Kappa::new(0.4)).axes;
            for kernel in quick.iter().chain(&case.path.dense_posterior(Kappa::new(0.4))) {
                for weight in [0.0, 0.3, 1.0, 1.0 + f64::EPSILON] {
                    let blend = AxisKernel::blend(kernel.axis(), &[(weight, kernel)]);
                    let thinned = kernel.clone().thinned(weight);
                    assert!(largest(&(&*thinned.to_dense() - &*blend.to_dense())) < 1e-15, "{}", case.name);
                    assert!(thinned.to_dense().iter().all(|p| *p >= 0.0), "{}", case.name);
                }
            }
        }
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
                    let (leapt, truth) = (kernel.clone().one_event(hazard), dense.clone().one_event(hazard));
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
