//! A path between a source and a target on the V × V states of two tokens, exactly (math.md 1 and 2).

mod displacement;
mod field;
mod kernel;
mod low_rank;
mod metric;
#[cfg(test)]
mod path_tests;
mod pattern;
mod posterior;
mod posterior_error;
mod push_narrow;
#[cfg(test)]
pub(crate) mod testing;

pub use kernel::{AxisKernel, Part, push, push_one};
pub use low_rank::LowRank;
pub use metric::Leap;
pub use posterior::Posterior;

use super::categorical::{cumulative, index_at};
use super::coupling::TransportPlan;
use super::error::FlowError;
use super::source::check_pmf;
use super::{ConditionalPath, Coupling, Redraws, Source};
use ndarray::{Array1, Array2, Axis as Dim, s};

/// One of the two tokens; its index is the array axis of that token in a state `[z1, z2]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Token 1, drawn to the right.
    First,
    /// Token 2, drawn upward.
    Second,
}

impl Axis {
    /// Both axes in order.
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// 0 for token 1, 1 for token 2.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// The path p_κ between a source and a target. It knows κ, never t: a scheduler only says how fast it is walked. It is
/// the mixture path unless [`GridPath::along`] makes it another.
///
/// Arrays over states are \[V, V\] with axis 0 = token 1; V = K, or K + 1 with a mask source (index K is the mask).
#[derive(Clone, Debug)]
pub struct GridPath {
    k: usize,
    v: usize,
    coupling: Coupling,
    conditional: ConditionalPath,
    q: Array2<f64>,
    /// q as a product of narrow tables, where it is one.
    q_factors: Option<LowRank>,
    p0: Array2<f64>,
    q_marginals: [Array1<f64>; 2],
    p0_marginals: [Array1<f64>; 2],
    product_source: bool,
    pub(super) plan: Option<TransportPlan>,
    /// M00, M10, M01, M11: the states when token 1, 2 come from x0 (0) or x1 (1).
    patterns: [Array2<f64>; 4],
    metric_cache: metric::MetricCache,
}

impl GridPath {
    /// Builds the time-independent tables for a target pmf \[K, K\]. O(V²), or a Sinkhorn solve for optimal transport.
    ///
    /// # Errors
    /// If K is outside 2..=256, the target or source is not a pmf of that size, the coupling's parameter is out of
    /// range, or optimal transport is asked for with a mask source.
    pub fn new(target: &Array2<f64>, source: &Source, coupling: Coupling) -> Result<Self, FlowError> {
        let path = Self::new_while(target, source, coupling, &|| true)?;
        path.ok_or_else(|| FlowError::Unsupported("the path was given up".to_owned()))
    }

    /// The same; `None` if `go_on` said no between two sweeps of the Sinkhorn solve, which takes minutes on the
    /// largest grids.
    ///
    /// # Errors
    /// As [`Self::new`]'s.
    pub fn new_while(
        target: &Array2<f64>,
        source: &Source,
        coupling: Coupling,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Self>, FlowError> {
        let k = target.nrows();
        if !(2..=256).contains(&k) {
            return Err(FlowError::Tokens(k));
        }
        check_pmf("the target", target, k)?;
        let coupling = coupling.validated()?;
        if source.has_mask() && matches!(coupling, Coupling::OptimalTransport(_)) {
            return Err(FlowError::Coupling(
                "ot needs a source with more than one state; with a mask source every coupling is the independent one"
                    .to_owned(),
            ));
        }
        let v = source.vocabulary(k);
        let p0 = source.pmf(k)?;
        let mut q = Array2::zeros((v, v));
        q.slice_mut(s![..k, ..k]).assign(target);
        let marginals = |p: &Array2<f64>| [p.sum_axis(Dim(1)), p.sum_axis(Dim(0))];
        let (q_marginals, p0_marginals) = (marginals(&q), marginals(&p0));
        let product = outer(&p0_marginals[0], &p0_marginals[1]);
        // A product up to rounding: the shortcuts of math.md 2.2 then differ by less than 1e-15 from the general form.
        let product_source = (&p0 - &product).iter().all(|d| d.abs() < 1e-15);
        let m10 = outer(&q_marginals[0], &p0_marginals[1]);
        let m01 = outer(&p0_marginals[0], &q_marginals[1]);
        let plan = match coupling {
            Coupling::OptimalTransport(epsilon) => match TransportPlan::solve(&p0, &q, epsilon, go_on) {
                None => return Ok(None),
                plan => plan,
            },
            _ => None,
        };
        let patterns = pattern::tables(&p0, &q, m10, m01, coupling, plan.as_ref());
        Ok(Some(Self {
            k,
            v,
            coupling,
            conditional: ConditionalPath::Mixture,
            q_factors: LowRank::of(&q),
            q,
            p0,
            q_marginals,
            p0_marginals,
            product_source,
            plan,
            patterns,
            metric_cache: metric::MetricCache::default(),
        }))
    }

    /// The same source and target joined by another conditional path.
    ///
    /// # Errors
    /// If a parameter is out of range, a three-way path is asked for without the independent coupling or a product
    /// source, or a metric path without the independent coupling or the uniform source.
    pub fn along(self, conditional: ConditionalPath) -> Result<Self, FlowError> {
        let conditional = conditional.validated()?;
        let wrong = |needs: &str| Err(FlowError::Coupling(format!("the path {conditional} needs {needs}")));
        if conditional != ConditionalPath::Mixture && self.coupling != Coupling::Independent {
            return wrong("the independent coupling");
        }
        match conditional {
            ConditionalPath::ThreeWay(_) if !self.product_source => {
                wrong("a source whose tokens are independent: uniform, mask or a product of two pmfs")
            }
            ConditionalPath::Metric(_) if !self.has_uniform_source() => {
                wrong("the uniform source, where β = 0")
            }
            _ => Ok(Self { conditional, metric_cache: metric::MetricCache::default(), ..self }),
        }
    }

    /// How a token goes from noise to data.
    pub fn conditional(&self) -> ConditionalPath {
        self.conditional
    }

    fn has_uniform_source(&self) -> bool {
        let each = 1.0 / (self.k * self.k) as f64;
        !self.has_mask() && self.p0.iter().all(|p| (p - each).abs() < 1e-12)
    }

    /// Whether a token that is not the mask is known to be the datum's: a mixture path from masks.
    pub fn reveals(&self) -> bool {
        self.has_mask() && self.conditional == ConditionalPath::Mixture
    }

    /// K, the number of data tokens per axis.
    pub fn data_tokens(&self) -> usize {
        self.k
    }

    /// V, the number of values of a token: K, or K + 1 with a mask.
    pub fn vocabulary(&self) -> usize {
        self.v
    }

    /// Whether the last token value is the mask.
    pub fn has_mask(&self) -> bool {
        self.v > self.k
    }

    /// The coupling it was built with.
    pub fn coupling(&self) -> Coupling {
        self.coupling
    }

    /// The target pmf, padded with zeros to \[V, V\].
    pub fn target(&self) -> &Array2<f64> {
        &self.q
    }

    /// The marginals of the target, \[V\] each.
    pub fn target_marginals(&self) -> &[Array1<f64>; 2] {
        &self.q_marginals
    }

    /// Noise before the coupling: the source pmf that was asked for, \[V, V\].
    pub fn noise(&self) -> &Array2<f64> {
        &self.p0
    }

    /// The marginals of the source, \[V\] each.
    pub fn noise_marginals(&self) -> &[Array1<f64>; 2] {
        &self.p0_marginals
    }

    /// The distribution at κ = 0, \[V, V\]: the source, or for the C-coupling the source with kept tokens.
    pub fn start(&self) -> &Array2<f64> {
        &self.patterns[0]
    }

    /// How often its tokens are drawn anew; of a metric path nothing that has a meaning.
    pub fn redraws(&self) -> Redraws {
        let three_way = match self.conditional {
            ConditionalPath::ThreeWay(c) => c,
            _ => 0.0,
        };
        Redraws { three_way, keep_rate: self.coupling.keep_rate() }
    }

    /// Whether re-noising from the source's marginals (and, on a three-way path, from the uniform distribution)
    /// generates this path, i.e. (27) of the paper holds: a product source with the independent or the C-coupling.
    pub fn renoises_from_marginals(&self) -> bool {
        self.product_source && self.plan.is_none() && self.metric().is_none()
    }

    /// The keep rate that lifts κ where kept tokens are re-noised from the source's marginals, too; else 0.
    pub fn lifting_rate(&self) -> f64 {
        if self.renoises_from_marginals() { self.coupling.keep_rate() } else { 0.0 }
    }

    /// x₀ given x₁ under the optimal-transport plan, from two uniform numbers in \[0, 1): token 1 first, then token 2
    /// given it. Without a plan x₁ itself.
    pub fn transported_from(&self, x1: [usize; 2], uniform: [f64; 2]) -> [usize; 2] {
        let Some(plan) = &self.plan else { return x1 };
        let [c, d] = x1;
        let first = cumulative((0..self.v).map(|a| plan.kernel[[a, c]] * plan.a_k2[[a, d]]));
        let first = index_at(&first, uniform[0]);
        let second = cumulative((0..self.v).map(|b| plan.a[[first, b]] * plan.kernel[[b, d]]));
        [first, index_at(&second, uniform[1])]
    }

    /// TV distance between p₀ as built and the source asked for: 0 but for optimal transport, where it is what
    /// Sinkhorn left over.
    pub fn source_residual(&self) -> f64 {
        self.plan.as_ref().map_or(0.0, |plan| plan.residual)
    }
}

/// a ⊗ b as an \[a, b\] array.
pub(crate) fn outer(a: &Array1<f64>, b: &Array1<f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.len(), b.len()), |(i, j)| a[i] * b[j])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_settings_are_refused() {
        let q = Array2::from_elem((4, 4), 1.0 / 16.0);
        let build = |q: &Array2<f64>, s: &Source, c| GridPath::new(q, s, c).map(|_| ());
        assert!(build(&q, &Source::Mask, Coupling::OptimalTransport(0.1)).is_err());
        assert!(build(&q, &Source::Uniform, Coupling::Keep(1.5)).is_err());
        assert!(build(&Array2::ones((1, 1)), &Source::Uniform, Coupling::Independent).is_err());
        let rectangle = Array2::from_elem((4, 5), 0.05);
        assert!(build(&rectangle, &Source::Uniform, Coupling::Independent).is_err());
        let other_size = Source::Pmf(Array2::from_elem((5, 5), 0.04));
        assert!(build(&q, &other_size, Coupling::Independent).is_err());
        let along = |source: &Source, coupling, name: &str| {
            let path = GridPath::new(&q, source, coupling).expect("a mixture path");
            path.along(name.parse().expect("a path")).map(|_| ())
        };
        let mut crooked = Array2::from_elem((4, 4), 0.05);
        crooked[[0, 0]] = 0.25;
        let crooked = Source::Pmf(crooked);
        for (source, coupling, name, good) in [
            (&Source::Uniform, Coupling::Independent, "three-way:0.5", true),
            (&Source::Mask, Coupling::Independent, "three-way:1", true),
            (&Source::Uniform, Coupling::Keep(0.2), "three-way:0.5", false),
            (&crooked, Coupling::Independent, "three-way:0.5", false),
            (&Source::Uniform, Coupling::Independent, "metric:2,3,0.9", true),
            (&Source::Mask, Coupling::Independent, "metric:2,3,0.9", false),
            (&crooked, Coupling::Independent, "metric:2,3,0.9", false),
            (&Source::Uniform, Coupling::OptimalTransport(0.1), "metric:2,3,0.9", false),
            (&crooked, Coupling::OptimalTransport(0.1), "mixture", true),
        ] {
            assert_eq!(along(source, coupling, name).is_ok(), good, "{coupling} {name}");
        }
    }
}
