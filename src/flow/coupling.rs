//! Couplings π(x₀, x₁) of source and target, and the entropic optimal-transport plan (math.md 1, 2.1).

use super::as_text::serde_as_text;
use super::error::{FlowError, in_range};
use ndarray::{Array2, Zip};
use std::fmt;
use std::str::FromStr;

/// How source and target states are paired.
#[derive(Clone, Copy, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Coupling {
    /// U-coupling: π = p₀ ⊗ q.
    #[default]
    Independent,
    /// C-coupling: every token of x₀ is kept from x₁ with probability ρ, otherwise it comes from the source.
    Keep(f64),
    /// Entropic optimal transport, cost (x₀¹−x₁¹)² + (x₀²−x₁²)² in units of the squared side, regularisation ε.
    OptimalTransport(f64),
}

impl Coupling {
    /// Checks the parameters.
    ///
    /// # Errors
    /// If ρ is outside \[0, 1\] or ε outside \[0.005, 1\] (below, plan entries leave the range of `f64`).
    pub fn validated(self) -> Result<Self, FlowError> {
        match self {
            Self::Independent => {}
            Self::Keep(rho) => {
                in_range("keep rate rho", rho, 0.0..=1.0, "a number from 0 to 1")?;
            }
            Self::OptimalTransport(epsilon) => {
                in_range("ot epsilon", epsilon, 0.005..=1.0, "a number from 0.005 to 1")?;
            }
        }
        Ok(self)
    }

    /// The fraction of tokens that are in place from the start (ρ for the C-coupling, else 0).
    pub fn keep_rate(self) -> f64 {
        match self {
            Self::Keep(rho) => rho,
            _ => 0.0,
        }
    }
}

impl fmt::Display for Coupling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Independent => f.write_str("independent"),
            Self::Keep(rho) => write!(f, "keep:{rho}"),
            Self::OptimalTransport(epsilon) => write!(f, "ot:{epsilon}"),
        }
    }
}

impl FromStr for Coupling {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable = || FlowError::Unreadable {
            what: "coupling",
            given: text.to_owned(),
            expected: "independent, keep:RHO or ot:EPS",
        };
        let number = |digits: &str| digits.trim().parse::<f64>().map_err(|_| unreadable());
        match (text, text.split_once(':')) {
            ("independent", _) => Ok(Self::Independent),
            (_, Some(("keep", rho))) => Self::Keep(number(rho)?).validated(),
            (_, Some(("ot", epsilon))) => Self::OptimalTransport(number(epsilon)?).validated(),
            _ => Err(unreadable()),
        }
    }
}

serde_as_text!(Coupling, FlowError);

/// The entropic plan π(x₀, x₁) = a(x₀) K(x₀¹, x₁¹) K(x₀², x₁²) b(x₁), as its scalings and their contractions.
#[derive(Clone, Debug)]
pub(crate) struct TransportPlan {
    /// K \[V, V\], the kernel of one axis (the same for both).
    pub kernel: Array2<f64>,
    /// a \[V, V\], source scaling.
    pub a: Array2<f64>,
    /// b \[V, V\], target scaling.
    pub b: Array2<f64>,
    /// b Kᵀ: \[x₁¹, x₀²\].
    pub b_k2: Array2<f64>,
    /// K b: \[x₀¹, x₁²\].
    pub k1_b: Array2<f64>,
    /// a K: \[x₀¹, x₁²\].
    pub a_k2: Array2<f64>,
    /// Kᵀ a: \[x₁¹, x₀²\].
    pub k1_a: Array2<f64>,
    /// TV between the plan's source marginal and the source that was asked for.
    pub residual: f64,
}

/// Sinkhorn stops once the source marginal is this close (TV), or after [`MAX_SWEEPS`].
const TOLERANCE: f64 = 1e-12;
const MAX_SWEEPS: usize = 20_000;

impl TransportPlan {
    /// Separable Sinkhorn, four V × V products a sweep. It ends on the b-update, so the target marginal is exact
    /// and the whole error is in the source marginal, kept as [`Self::residual`]. `None` if `go_on` said no.
    pub fn solve(p0: &Array2<f64>, q: &Array2<f64>, epsilon: f64, go_on: &dyn Fn() -> bool) -> Option<Self> {
        let v = p0.nrows();
        let side = (v.max(2) - 1) as f64;
        let kernel =
            Array2::from_shape_fn((v, v), |(i, j)| (-((i as f64 - j as f64) / side).powi(2) / epsilon).exp());
        let mut a = Array2::ones((v, v));
        let mut b = Array2::ones((v, v));
        let mut residual = f64::INFINITY;
        for sweep in 0..MAX_SWEEPS {
            if !go_on() {
                return None;
            }
            let through = kernel.dot(&b).dot(&kernel);
            if sweep > 0 {
                residual = super::metrics::tv(&(&a * &through), p0);
                if residual < TOLERANCE {
                    break;
                }
            }
            a = scaling(p0, &through);
            b = scaling(q, &kernel.dot(&a).dot(&kernel));
        }
        let (b_k2, k1_b) = (b.dot(&kernel), kernel.dot(&b));
        let (a_k2, k1_a) = (a.dot(&kernel), kernel.dot(&a));
        Some(Self { kernel, a, b, b_k2, k1_b, a_k2, k1_a, residual })
    }
}

/// `marginal / through`, zero where the marginal is zero.
fn scaling(marginal: &Array2<f64>, through: &Array2<f64>) -> Array2<f64> {
    Zip::from(marginal).and(through).map_collect(|&m, &r| if m > 0.0 { m / r } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::small_target;

    #[test]
    fn names_round_trip_and_nonsense_is_refused() {
        for c in [Coupling::Independent, Coupling::Keep(0.35), Coupling::OptimalTransport(0.05)] {
            assert_eq!(c.to_string().parse(), Ok(c));
        }
        for bad in
            ["", "keep", "keep:", "keep:-0.1", "keep:1.1", "keep:nan", "ot:0", "ot:0.001", "ot:2", "ot", "U"]
        {
            assert!(bad.parse::<Coupling>().is_err(), "{bad}");
        }
    }

    #[test]
    fn sinkhorn_meets_both_marginals_even_at_its_smallest_epsilon() {
        let q = small_target(12);
        let p0 = Array2::from_elem((12, 12), 1.0 / 144.0);
        for epsilon in [1.0, 0.05, 0.005] {
            let plan = TransportPlan::solve(&p0, &q, epsilon, &|| true).expect("not given up");
            assert!(TransportPlan::solve(&p0, &q, epsilon, &|| false).is_none());
            let source = &plan.a * &plan.k1_b.dot(&plan.kernel);
            let target = &plan.b * &plan.k1_a.dot(&plan.kernel);
            let error = |x: &Array2<f64>, y: &Array2<f64>| (x - y).mapv(f64::abs).sum();
            assert!(error(&target, &q) < 1e-13, "epsilon {epsilon}");
            assert!(error(&source, &p0) < 1e-11, "epsilon {epsilon}: {}", plan.residual);
        }
    }
}
