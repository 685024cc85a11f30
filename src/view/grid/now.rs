//! Exact numbers of the present moment.

use super::scene::Scene;
use crate::flow::metrics::entropy;
use crate::flow::{Axis, ConditionalPath, Corrector};
use crate::sampler::grid::rates;

/// What the path is and does at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Now {
    /// Σ p: 1, but for rounding.
    pub mass: f64,
    /// Total divergence per unit of κ: 0, but for rounding.
    pub divergence: f64,
    /// −Σ p ln p in nats.
    pub entropy: f64,
    /// All flux together, moves that cancel and the corrector's included, per unit time; infinite where rates are.
    pub traffic: f64,
    /// The rate κ′/(1−κ) of a mixture path; of others the largest rate at which a token is drawn anew or leaves its value.
    /// Per unit time, without corrector.
    pub hazard: f64,
}

impl Scene<'_> {
    /// The exact numbers of its moment.
    pub fn now(&self) -> Now {
        let kappa = self.kappa();
        let p = self.path.pmf(kappa);
        let hazard = match self.path.conditional() {
            ConditionalPath::Mixture => self.scheduler.jump_rate(self.t),
            _ => rates(Corrector::OFF, self.path, self.scheduler, self.t).0,
        };
        Now {
            mass: p.sum(),
            divergence: Axis::BOTH.map(|axis| self.path.net_inflow(axis, kappa).sum()).iter().sum(),
            entropy: entropy(&p),
            traffic: self.total_traffic(),
            hazard,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;
    use crate::flow::Scheduler;
    use crate::view::grid::{DivergencePart, Show};

    #[test]
    fn mass_is_conserved_and_the_ends_have_the_entropy_of_source_and_target() {
        let spec = FlowSpec { k: Some(4), ..FlowSpec::default() };
        let path = spec.path().expect("path");
        let now = |t| {
            let show = (Show::Exact, DivergencePart::Total);
            let scheduler = Scheduler::Quadratic;
            let corrector = Corrector::OFF;
            Scene { path: &path, scheduler, t, show: show.0, corrector, part: show.1, run: None }.now()
        };
        for t in [0.0, 0.3, 0.9] {
            assert!((now(t).mass - 1.0).abs() < 1e-12 && now(t).divergence.abs() < 1e-12, "{:?}", now(t));
        }
        // 16 states alike; then what the target has.
        assert!((now(0.0).entropy - 16f64.ln()).abs() < 1e-12);
        assert!((now(1.0).entropy - entropy(&path.pmf(Scheduler::Quadratic.at(1.0)))).abs() < 1e-12);
        // 2 t / (1 − t²)
        assert!((now(0.5).hazard - 4.0 / 3.0).abs() < 1e-12);
        assert_eq!((now(1.0).hazard, now(1.0).traffic.is_nan()), (f64::INFINITY, false));
    }
}
