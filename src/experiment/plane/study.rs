//! What is measured of a flow: how many evaluations samplers need, and how straight it is.

use super::learned::Learned;
use super::settings::{PlaneSettings, PlaneSide};
use super::told::{Telling, Told, denoisers};
use super::view::{PlaneChart, PlaneFigure};
use crate::denoiser::plane::{Denoiser, Oracle};
use crate::flow::plane::{AffinePath, PlaneFlow, PlaneSource, normal_spiral};
use crate::sampler::SamplerError;
use crate::sampler::plane::{
    CostShares, CurveSetup, DiffusionStart, Measure, Noise, PlaneCurve, PlaneMethod, PlaneSampler, Precision,
    Straightness, cost_shares, draw_source, even_starts, independent_cost, plane_curves, straightness,
};
use std::sync::Arc;

/// Evaluations at which samplers are compared; of a network, each of whose answers takes a hundred times as long, but for the
/// last.
const EVALUATIONS: [usize; 6] = [4, 8, 16, 32, 64, 128];
/// Starts an axis whose trajectories straightness is a mean over, fewer where every velocity is a sum over more components;
/// and steps of the flow.
const SIDES: [f64; 2] = [40.0, 100.0];
const SUMMANDS: f64 = 4e5;
const FINE_STEPS: usize = 64;
/// The same of a network.
const NETWORK_STARTS: usize = 1000;
const NETWORK_STEPS: usize = 32;

/// The samplers that are compared, each as it is usually taken.
fn compared() -> Vec<PlaneSampler> {
    let methods = [
        PlaneMethod::Euler,
        PlaneMethod::Midpoint,
        PlaneMethod::Rk4,
        PlaneMethod::Sde(Noise::Tame(1.0)),
        PlaneMethod::Ddim { eta: 0.0 },
        PlaneMethod::Ddpm { tilde: true },
        PlaneMethod::Ddpm { tilde: false },
        PlaneMethod::Sde(Noise::Memoryless(1.0)),
    ];
    let mut all = methods.map(|method| PlaneSampler::usual(method, 1)).to_vec();
    // The probability-flow ODE of diffusion: Euler on its path.
    let usual = PlaneSampler::usual(PlaneMethod::Euler, 1);
    all.insert(5, PlaneSampler { path: AffinePath::VP, ..usual });
    all
}

/// Where a sampler of diffusion begins.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MethodStart {
    /// As the command line has it.
    pub method: String,
    #[serde(flatten)]
    start: DiffusionStart,
}

/// Where DDPM and DDIM begin whose samples or curves a figure shows.
pub fn diffusion_starts(settings: &PlaneSettings, figure: &PlaneFigure) -> Vec<MethodStart> {
    let samplers = match figure.chart {
        Some(PlaneChart::Samplers) => compared(),
        _ if figure.needs_run() => settings.sides.iter().map(PlaneSide::sampler).collect(),
        _ => Vec::new(),
    };
    let of = |sampler: &PlaneSampler| {
        let start = sampler.diffusion_start()?;
        Some(MethodStart { method: sampler.method.to_string(), start })
    };
    samplers.iter().filter_map(of).collect()
}

/// Curves of flow matching's and diffusion's samplers on one flow: the same exact velocity, total variation without
/// Monte-Carlo noise. A network with codes tells samples theirs. None where `go_on` said no.
///
/// # Errors
/// Says why they can't be had.
pub fn sampler_curves(
    flow: &PlaneFlow,
    learned: Option<&Learned>,
    (told, seed): (Told, u64),
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Vec<PlaneCurve>>, String> {
    if !flow.has_score_of_velocity() {
        return Err("Diffusion needs independent pairs and the source N(0, I): only then is its score that of the velocity."
            .to_owned());
    }
    let exact = Oracle::new(flow).map_err(|why| why.to_string())?;
    let (denoiser, samplers, evaluations): (&dyn Denoiser, _, _) = match learned {
        None => (&exact, compared(), &EVALUATIONS[..]),
        Some(learned) => {
            learned.fits(flow)?;
            let serves = |sampler: &PlaneSampler| learned.serves(flow, sampler.method).is_ok();
            let samplers = compared().into_iter().filter(serves).collect();
            (&*learned.network, samplers, &EVALUATIONS[..EVALUATIONS.len() - 1])
        }
    };
    let precision = match learned {
        None => Precision::LIVE,
        Some(_) => Precision { lattice: 64, ..Precision::LIVE },
    };
    let telling = learned.and_then(|learned| learned.telling(told));
    let parts = telling.as_ref().map(Telling::parts).transpose()?.unwrap_or_default();
    let parts = &denoisers(&parts);
    let setup = CurveSetup { flow, denoiser, parts, measure: Measure::Tv, precision, seed };
    plane_curves(setup, &samplers, evaluations, go_on).map_err(|why| why.to_string())
}

/// A side of which something is measured: its flow, and the network that is asked in place of the exact velocity.
#[derive(Clone, Debug)]
pub struct StudiedSide {
    /// The flow.
    pub flow: Arc<PlaneFlow>,
    /// The network.
    pub learned: Option<Learned>,
}

impl StudiedSide {
    /// Whether samplers have the same curves on both: those do not depend on the path of a flow, for each has its own.
    fn has_curves_of(&self, other: &Self) -> bool {
        let (a, b) = (&*self.flow, &*other.flow);
        let is_one = Arc::ptr_eq(&self.flow, &other.flow)
            || (a.is_independent() && b.is_independent())
                && (a.target(), a.source()) == (b.target(), b.source());
        is_one && self.learned == other.learned
    }
}

/// Curves of samplers on the flow that some sides share.
#[derive(Clone, Debug)]
pub struct SharedCurves {
    /// Which sides.
    pub sides: Vec<usize>,
    /// Whether a network answers, and what it tells samples if it has codes.
    pub answered: Option<String>,
    /// The curves, or why there are none.
    pub curves: Result<Arc<Vec<PlaneCurve>>, String>,
}

/// The curves of several sides, those that are one only once; as far as `go_on` lets it come.
pub fn curves_of_sides(
    sides: &[StudiedSide],
    (told, seed): (Told, u64),
    go_on: &(dyn Fn() -> bool + Sync),
) -> Vec<SharedCurves> {
    let mut all: Vec<SharedCurves> = Vec::new();
    for (number, side) in sides.iter().enumerate().take_while(|_| go_on()) {
        if let Some(same) = all.iter_mut().find(|shared| sides[shared.sides[0]].has_curves_of(side)) {
            same.sides.push(number);
            continue;
        }
        let curves = sampler_curves(&side.flow, side.learned.as_ref(), (told, seed), go_on);
        let curves = curves.map(|curves| Arc::new(curves.unwrap_or_default()));
        let answered = side.learned.as_ref().map(|learned| {
            let codes = learned
                .telling(told)
                .map_or_else(String::new, |telling| ", ".to_owned() + &telling.told.words());
            format!("the network{codes}")
        });
        all.push(SharedCurves { sides: vec![number], answered, curves });
    }
    all
}

/// How straight a flow is, and where the cost of independent pairs goes (plane.md 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Straight {
    /// Of the flow's trajectories.
    pub shares: CostShares,
    /// E|X₁ − X₀|² of independent pairs, of whose cost the shares are parts: not of a flow of other pairs.
    pub independent: Option<f64>,
    /// How many trajectories.
    pub trajectories: usize,
}

/// Measures it.
///
/// # Errors
/// Says why it can't be had.
pub fn straight(flow: &PlaneFlow, seed: u64) -> Result<Straight, String> {
    let found = || {
        let side = (SUMMANDS / flow.at(0.5)?.parts() as f64).sqrt().clamp(SIDES[0], SIDES[1]);
        // A lattice has starts beside each place from which nothing moves, whose short chords would weigh too much.
        let starts = match flow.source() {
            PlaneSource::Normal => normal_spiral((side as usize).pow(2)),
            source => even_starts(source, side as usize, seed),
        };
        let shares = cost_shares(flow, &starts, FINE_STEPS)?;
        let independent = flow.is_independent().then(|| independent_cost(flow));
        Ok(Straight { shares, independent, trajectories: starts[0].len() })
    };
    found().map_err(|why: SamplerError| why.to_string())
}

/// How straight the trajectories of a network are.
///
/// # Errors
/// Says why it can't be had.
pub fn learned_straight(learned: &Learned, seed: u64) -> Result<Straightness, String> {
    let flow = &learned.task.flow;
    let starts = draw_source(flow.source(), NETWORK_STARTS, seed);
    straightness(flow, &*learned.network, &starts, NETWORK_STEPS).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{Mixture, PlaneTarget};
    use crate::view::plane::PlaneView;

    #[test]
    fn the_cost_of_independent_pairs_is_shared_out() {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let Straight { shares, independent, .. } = straight(&flow, 1).expect("numbers");
        // plane.md 2: 11.08 = 3.37 + 2.17 + 5.51; that of the loss is as exact as its draws there.
        assert!((independent.expect("independent pairs") - 11.08).abs() < 1e-9);
        let found = [shares.of.transport, shares.of.straightness, shares.loss];
        for (found, expected) in found.into_iter().zip([3.37, 2.17, 5.54]) {
            assert!((found - expected).abs() < 0.04, "{shares:?}");
        }
        // Of 200,000 random starts in numpy: .1874 ± .0007.
        assert!((shares.of.excess_length - 0.1874).abs() < 0.004, "{shares:?}");
    }

    #[test]
    fn samplers_tell_a_network_with_codes_what_samples_are_told() {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let learned = Learned::fresh(&flow, 3);
        let euler = |told: Told| {
            let curves = sampler_curves(&flow, Some(&learned), (told, 0), &|| true);
            let curves = curves.expect("curves").expect("all of them");
            assert!(curves[0].error.is_none() && curves[0].sampler.method == PlaneMethod::Euler);
            curves[0].points[0].value
        };
        let told = |guidance, code| Told { guidance, code };
        // Each code leads elsewhere; without guidance none is heard; from the prior all of them are mixed.
        let each = [1, 2, 3].map(|code| euler(told(1.0, Some(code))));
        assert!(each[0] != each[1] && each[1] != each[2], "{each:?}");
        let silent = [None, Some(1), Some(2)].map(|code| euler(told(0.0, code)));
        assert!(silent.iter().all(|value| (value - silent[0]).abs() < 1e-12), "{silent:?}");
        let mixed = euler(told(1.0, None));
        assert!(
            mixed <= each.into_iter().fold(0.0, f64::max) + 1e-12,
            "a mixture is no further than its furthest part"
        );
        let side = StudiedSide { flow: Arc::new(flow.clone()), learned: Some(learned.clone()) };
        let shared = curves_of_sides(&[side], (told(2.0, Some(3)), 0), &|| false);
        assert!(shared.is_empty());
    }

    #[test]
    fn figures_of_diffusion_say_where_it_begins() {
        let ddpm = PlaneSide { method: "ddpm".parse().expect("a method"), ..PlaneSide::default() };
        let settings = PlaneSettings { sides: ddpm.into(), ..PlaneSettings::default() };
        let of = |figure: PlaneFigure| {
            diffusion_starts(&settings, &figure).into_iter().map(|start| start.method).collect::<Vec<_>>()
        };
        let chart = PlaneFigure { chart: Some(PlaneChart::Samplers), ..PlaneFigure::default() };
        assert_eq!(of(chart), ["ddim:0", "ddpm", "ddpm:beta"]);
        let views = |view| PlaneFigure { views: vec![view], ..PlaneFigure::default() };
        assert_eq!(of(views(PlaneView::Particles)), ["ddpm"]);
        assert!(of(views(PlaneView::Density)).is_empty());
    }

    #[test]
    fn every_sampler_has_a_curve_and_a_flow_without_score_says_so() {
        let target = || PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target(), PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let curves = sampler_curves(&flow, None, (Told::default(), 0), &|| true)
            .expect("curves")
            .expect("all of them");
        assert_eq!(curves.len(), compared().len());
        for curve in &curves {
            assert!(curve.error.is_none() && curve.points.len() == EVALUATIONS.len(), "{:?}", curve.sampler);
        }
        let even = PlaneFlow::new(target(), PlaneSource::Square(3.0), AffinePath::CondOt).expect("a flow");
        assert!(sampler_curves(&even, None, (Told::default(), 0), &|| true).is_err());
        // Sides that differ by their path alone have one set of curves; one of another flow has its own, or a reason.
        let side = |flow: PlaneFlow| StudiedSide { flow: Arc::new(flow), learned: None };
        let vp = flow.on(AffinePath::VP).expect("a path");
        let all = curves_of_sides(&[side(flow), side(even), side(vp)], (Told::default(), 0), &|| true);
        let sides: Vec<&[usize]> = all.iter().map(|shared| &shared.sides[..]).collect();
        assert_eq!(sides, [&[0, 2][..], &[1]]);
        assert!(all[0].curves.as_ref().is_ok_and(|found| **found == curves) && all[1].curves.is_err());
    }
}
