//! Several experiments in numbers: what each measures, how they differ, and how far they are from each other.

use super::kind::View;
use super::scene::Scene;
use crate::figure::scale::format_value;
use crate::flow::metrics::{Distances, entropy, tv};
use crate::sampler::grid::Trace;
use std::f64::consts::LN_2;

/// How a run of an experiment ended, as far as it has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ended<'a> {
    /// What happened.
    pub trace: Option<&'a Trace>,
    /// The exact distances of its pmf at t = 1 to its own target.
    pub distances: Option<Distances>,
    /// What it cost, denoiser evaluations.
    pub nfe: Option<usize>,
}

/// A number of each of several experiments.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Of the quantity.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Of A, of B and so on; none where it is not known.
    pub values: Vec<Option<f64>>,
    /// Whether it is a count.
    pub whole: bool,
}

impl Compared {
    /// A distance or another number with digits.
    pub fn number(name: &'static str, about: &'static str, values: Vec<Option<f64>>) -> Self {
        Self { name, about, values, whole: false }
    }

    /// Its value in each.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.values.iter().map(|value| self.written(*value))
    }

    /// B − A with its sign.
    pub fn difference(&self) -> String {
        let [Some(a), Some(b)] = self.values[..] else { return "–".to_owned() };
        match self.written(Some((b - a).abs())) {
            text if a == b => text,
            text => format!("{}{text}", if b > a { '+' } else { '−' }),
        }
    }

    fn written(&self, value: Option<f64>) -> String {
        match value {
            None => "–".to_owned(),
            Some(x) if self.whole => format!("{x:.0}"),
            Some(x) => distance(x),
        }
    }
}

/// Four digits do for a distance; a tiny one is not 0.
pub fn distance(x: f64) -> String {
    if x != 0.0 && x.abs() < 1e-4 { format_value(x) } else { format!("{x:.4}") }
}

/// What the runs of all ended with.
pub fn ends(of: &[Ended<'_>]) -> Vec<Compared> {
    let distances = |f: fn(&Distances) -> f64| of.iter().map(|run| run.distances.as_ref().map(f)).collect();
    let end = of.iter().map(|run| {
        run.distances?;
        run.trace?.frames.last().map(|frame| entropy(&frame.pmf) / LN_2)
    });
    let nfe = of.iter().map(|run| run.nfe.map(|n| n as f64));
    let number = Compared::number;
    vec![
        number("TV", "Total variation to the target.", distances(|d| d.tv)),
        number("KL", "KL(target ‖ sample) in nats.", distances(|d| d.kl)),
        number("JS", "Jensen–Shannon divergence to the target in nats.", distances(|d| d.js)),
        number(
            "entropy, bits",
            "−Σ p log₂ p of the sampler’s pmf at t = 1: the bits it takes to say which state was drawn.",
            end.collect(),
        ),
        Compared { whole: true, ..number("NFE", "Denoiser evaluations of the run.", nfe.collect()) },
    ]
}

/// How far two experiments are from each other at their moments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Between {
    /// TV between both exact pmfs.
    pub exact: f64,
    /// TV between both samplers' pmfs, where both are known without Monte-Carlo noise.
    pub sampled: Option<f64>,
}

/// Why `view` shows the same of both although their settings differ; none where it need not.
pub fn same_because(view: View, [a, b]: [&Scene<'_>; 2]) -> Option<&'static str> {
    let (one, other) = (a.path, b.path);
    let same_path = one.target() == other.target()
        && one.noise() == other.noise()
        && (one.coupling(), one.conditional()) == (other.coupling(), other.conditional());
    if !same_path || (a.kappa().value - b.kappa().value).abs() > 1e-9 {
        return None;
    }
    match view {
        View::Mass if a.scheduler != b.scheduler => Some(
            "pₜ depends on κ alone, and both are at the same κ: a scheduler only says how fast the path is walked.",
        ),
        View::Mass => {
            Some("pₜ is that of the path, which both share: no denoiser and no sampler changes it.")
        }
        View::Divergence if a.scheduler != b.scheduler || a.part != b.part => None,
        View::Divergence if a.corrector != b.corrector => Some(
            "−∂pₜ/∂t is the same with any corrector: what α adds forward β takes back, because α − β = 1.",
        ),
        View::Divergence => {
            Some("−∂pₜ/∂t is that of the path, which both share: no denoiser and no sampler changes it.")
        }
        _ => None,
    }
}

/// How far A is from B; none if they have other states.
pub fn between([a, b]: [&Scene<'_>; 2]) -> Option<Between> {
    if a.path.vocabulary() != b.path.vocabulary() || a.path.has_mask() != b.path.has_mask() {
        return None;
    }
    // A histogram has noise of its own.
    let sampled = |scene: &Scene<'_>| {
        let (run, frame) = scene.frame().ok()?;
        run.estimated_from.is_none().then(|| frame.pmf.clone())
    };
    let exact = tv(&a.path.pmf(a.kappa()), &b.path.pmf(b.kappa()));
    Some(Between { exact, sampled: sampled(a).zip(sampled(b)).map(|(a, b)| tv(&a, &b)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;
    use crate::flow::{Corrector, Scheduler};
    use crate::view::grid::{DivergencePart, Show};

    #[test]
    fn differences_have_a_sign_and_nothing_is_made_up() {
        let d = |a, b| Compared::number("", "", vec![a, b]).difference();
        assert_eq!(d(Some(0.25), Some(0.5)), "+0.2500");
        assert_eq!(d(Some(0.5), Some(0.25)), "−0.2500");
        assert_eq!(d(Some(0.5), Some(0.5)), "0.0000");
        assert_eq!(d(None, Some(0.5)), "–");
        let nfe = |n| Ended { nfe: Some(n), ..Ended::default() };
        let rows = ends(&[nfe(8), nfe(64)]);
        assert_eq!((rows[4].texts().next(), rows[4].difference()), (Some("8".to_owned()), "+56".to_owned()));
        assert!(rows[..4].iter().all(|row| row.values == [None, None]));
        assert_eq!(distance(3e-6), "3e−6");
    }

    #[test]
    fn what_must_be_the_same_is_said_to_be_and_why() {
        let (linear, cubic) = (Scheduler::Linear, Scheduler::Cubic);
        let path = FlowSpec { k: Some(6), ..FlowSpec::default() }.path().expect("path");
        let scene = |scheduler: Scheduler, t, corrector| Scene {
            path: &path,
            scheduler,
            t,
            show: Show::Exact,
            corrector,
            part: DivergencePart::Total,
            run: None,
        };
        let plain = scene(linear, 0.5, Corrector::OFF);
        let corrected = scene(linear, 0.5, Corrector::IMAGES);
        let why = same_because(View::Divergence, [&plain, &corrected]).expect("a reason");
        assert!(why.contains("α − β = 1"));
        let values = |scene: &Scene<'_>| scene.values(View::Divergence).expect("values").values;
        let apart = &values(&plain) - &values(&corrected);
        assert!(apart.iter().all(|x| x.abs() < 1e-12), "it is true");
        let same_kappa = scene(cubic, 0.5f64.cbrt(), Corrector::OFF);
        assert!(same_because(View::Mass, [&plain, &same_kappa]).is_some_and(|why| why.contains("same κ")));
        assert!(same_because(View::Mass, [&plain, &scene(cubic, 0.5, Corrector::OFF)]).is_none());
        assert!(same_because(View::Divergence, [&plain, &same_kappa]).is_none(), "it has another speed");
        assert!(same_because(View::Traffic, [&plain, &corrected]).is_none());
    }

    #[test]
    fn paths_are_compared_where_they_have_the_same_states() {
        let path = |k| FlowSpec { k: Some(k), ..FlowSpec::default() }.path().expect("path");
        let (small, large) = (path(4), path(8));
        let scene = |path, t| Scene {
            path,
            scheduler: Scheduler::Linear,
            t,
            show: Show::Exact,
            corrector: Corrector::OFF,
            part: DivergencePart::Total,
            run: None,
        };
        assert_eq!(between([&scene(&small, 0.5), &scene(&large, 0.5)]), None);
        assert_eq!(
            between([&scene(&large, 0.5), &scene(&large, 0.5)]),
            Some(Between { exact: 0.0, sampled: None })
        );
        // From all states alike to half of them.
        let at = |t| between([&scene(&large, 0.0), &scene(&large, t)]).map_or(0.0, |b| b.exact);
        assert!((at(1.0) - 0.5).abs() < 1e-9 && 0.0 < at(0.5) && at(0.5) < 0.5, "{} {}", at(0.5), at(1.0));
    }
}
