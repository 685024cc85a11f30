//! What is measured of a flow: how many evaluations samplers need, and how straight it is.

use super::choice::Compared;
use super::learned::Learned;
use super::settings::{PlaneSettings, PlaneSide};
use super::told::{Telling, Told, denoisers};
use super::view::{PlaneChart, PlaneFigure};
use crate::denoiser::plane::{Denoiser, Oracle};
use crate::flow::plane::{PlaneFlow, PlaneSource, normal_spiral};
use crate::sampler::SamplerError;
use crate::sampler::plane::{
    CostShares, CurveSetup, DiffusionStart, Measure, PlaneCurve, PlaneCurves, PlaneSampler, Precision,
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

/// Why samplers of a network have no KL.
pub const NO_KL_OF_NETWORK: &str =
    "KL takes the slopes of the velocity, and a network’s are not known: measure TV or end points.";

/// Where a sampler of diffusion begins.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MethodStart {
    /// As the command line has it.
    pub method: String,
    #[serde(flatten)]
    start: DiffusionStart,
}

/// Where DDPM and DDIM begin whose samples a figure shows, or whose curves are `drawn`.
pub fn diffusion_starts(
    settings: &PlaneSettings,
    figure: &PlaneFigure,
    drawn: Option<&PlaneCurves>,
) -> Vec<MethodStart> {
    let samplers: Vec<PlaneSampler> = match figure.chart {
        Some(PlaneChart::Samplers) => {
            drawn.iter().flat_map(|found| found.drawn()).map(|curve| curve.sampler).collect()
        }
        _ if figure.needs_run() => settings.sides.iter().map(PlaneSide::sampler).collect(),
        _ => Vec::new(),
    };
    let of = |sampler: &PlaneSampler| {
        let start = sampler.diffusion_start()?;
        Some(MethodStart { method: sampler.method.to_string(), start })
    };
    samplers.iter().filter_map(of).collect()
}

/// Curves of samplers on one flow: the same exact velocity, or a network; total variation without Monte-Carlo noise. A network
/// with codes tells samples theirs. What can't be measured here is left out and says why. None where `go_on` said no.
///
/// # Errors
/// Says why there is none of any sampler.
pub fn sampler_curves(
    flow: &PlaneFlow,
    learned: Option<&Learned>,
    (told, seed): (Told, u64),
    compared: &Compared,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<Option<PlaneCurves>, String> {
    let measure = compared.measure;
    if let Some(learned) = learned {
        learned.fits(flow)?;
        if measure == Measure::Kl {
            return Err(NO_KL_OF_NETWORK.to_owned());
        }
    }
    let exact = Oracle::new(flow).map_err(|why| why.to_string())?;
    let why_not = |sampler: &PlaneSampler| {
        let asked = learned.map_or(Ok(()), |learned| learned.serves(flow, sampler.method));
        (*sampler, asked.err())
    };
    let (served, refused): (Vec<_>, Vec<_>) =
        compared.samplers.iter().map(why_not).partition(|(_, why)| why.is_none());
    let samplers: Vec<PlaneSampler> = served.into_iter().map(|(sampler, _)| sampler).collect();
    let (precision, evaluations) = match learned {
        None => (Precision::LIVE, &EVALUATIONS[..]),
        Some(_) => (Precision { lattice: 64, ..Precision::LIVE }, &EVALUATIONS[..EVALUATIONS.len() - 1]),
    };
    let telling = learned.and_then(|learned| learned.telling(told));
    let parts = telling.as_ref().map(Telling::parts).transpose()?.unwrap_or_default();
    let parts = &denoisers(&parts);
    // Each start has its code; masses are carried by one network for every code.
    let each = telling.as_ref().map(|telling| telling.each(precision.starts, seed)).transpose()?;
    let denoiser: &dyn Denoiser = match (&each, learned) {
        (Some(each), _) => each,
        (None, Some(learned)) => &*learned.network,
        (None, None) => &exact,
    };
    let beside = learned.map(|_| &exact as &dyn Denoiser);
    let setup = CurveSetup { flow, denoiser, parts, measure, precision, exact: beside, seed };
    let found = plane_curves(setup, &samplers, evaluations, go_on).map_err(|why| why.to_string())?;
    let Some(mut found) = found else { return Ok(None) };
    let unserved = |(sampler, error)| PlaneCurve { sampler, points: Vec::new(), error };
    found.curves.extend(refused.into_iter().map(unserved));
    found.if_any().map(Some)
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
    pub curves: Result<Arc<PlaneCurves>, String>,
}

/// The curves of several sides, those that are one only once; as far as `go_on` lets it come.
pub fn curves_of_sides(
    sides: &[StudiedSide],
    of: (Told, u64),
    compared: &Compared,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Vec<SharedCurves> {
    let mut all: Vec<SharedCurves> = Vec::new();
    for (number, side) in sides.iter().enumerate().take_while(|_| go_on()) {
        if let Some(same) = all.iter_mut().find(|shared| sides[shared.sides[0]].has_curves_of(side)) {
            same.sides.push(number);
            continue;
        }
        let curves = match sampler_curves(&side.flow, side.learned.as_ref(), of, compared, go_on) {
            Ok(None) => break,
            Ok(Some(curves)) => Ok(Arc::new(curves)),
            Err(why) => Err(why),
        };
        let answered = side.learned.as_ref().map(|learned| {
            let codes = learned
                .telling(of.0)
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
    use crate::experiment::plane::SamplerChoice;
    use crate::flow::plane::{AffinePath, Mixture, PlaneTarget};
    use crate::sampler::plane::{MethodOnPath, PlaneCoupling, PlaneMethod, coupled_flow};
    use crate::view::plane::PlaneView;

    fn usual() -> Compared {
        SamplerChoice::default().compared(&[])
    }

    fn compared(methods: &str, measure: Measure) -> Compared {
        let methods = MethodOnPath::list(methods).expect("methods");
        SamplerChoice { methods, measure, own: false }.compared(&[])
    }

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
            let asked = compared("euler", Measure::Tv);
            let curves = sampler_curves(&flow, Some(&learned), (told, 0), &asked, &|| true);
            let curves = curves.expect("curves").expect("all of them").curves;
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
        let shared = curves_of_sides(&[side], (told(2.0, Some(3)), 0), &usual(), &|| false);
        assert!(shared.is_empty());
    }

    #[test]
    fn figures_of_diffusion_say_where_it_begins() {
        let ddpm = PlaneSide { method: "ddpm".parse().expect("a method"), ..PlaneSide::default() };
        let settings = PlaneSettings { sides: ddpm.into(), ..PlaneSettings::default() };
        let of = |figure: PlaneFigure, drawn: Option<&PlaneCurves>| {
            let starts = diffusion_starts(&settings, &figure, drawn);
            starts.into_iter().map(|start| start.method).collect::<Vec<_>>()
        };
        let chart = || PlaneFigure { chart: Some(PlaneChart::Samplers), ..PlaneFigure::default() };
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let asked = compared("euler,ddim:0,ddpm", Measure::EndPoint);
        let curves = sampler_curves(&flow, None, (Told::default(), 0), &asked, &|| true);
        let curves = curves.expect("curves").expect("all of them");
        // DDPM has no end points that could be compared, and is not drawn.
        assert_eq!(of(chart(), Some(&curves)), ["ddim:0"]);
        assert!(of(chart(), None).is_empty());
        let views = |view| PlaneFigure { views: vec![view], ..PlaneFigure::default() };
        assert_eq!(of(views(PlaneView::Particles), None), ["ddpm"]);
        assert!(of(views(PlaneView::Density), None).is_empty());
    }

    #[test]
    fn every_sampler_has_a_curve_and_what_needs_a_score_is_left_out_where_there_is_none() {
        let target = || PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target(), PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let none = (Told::default(), 0);
        let curves = sampler_curves(&flow, None, none, &usual(), &|| true);
        let curves = curves.expect("curves").expect("all of them");
        assert_eq!(curves.curves.len(), usual().samplers.len());
        for curve in &curves.curves {
            assert!(curve.error.is_none() && curve.points.len() == EVALUATIONS.len(), "{:?}", curve.sampler);
        }
        let even = PlaneFlow::new(target(), PlaneSource::Square(3.0), AffinePath::CondOt).expect("a flow");
        let coupled =
            coupled_flow(&flow, PlaneCoupling::MinibatchOt(16), 20, 0.15, 0).expect("another coupling");
        for flow in [&even, &coupled] {
            let asked = compared("euler,ddpm,tame:1", Measure::Tv);
            let found = sampler_curves(flow, None, none, &asked, &|| true);
            let found = found.expect("Euler's").expect("all of them");
            let drawn: Vec<_> = found.drawn().map(|curve| curve.sampler.method).collect();
            assert_eq!(drawn, [PlaneMethod::Euler]);
            let out = found.left_out();
            assert!(out.len() == 2 && out[0].starts_with("ddpm: it needs a score"), "{out:?}");
            let why = sampler_curves(flow, None, none, &compared("ddpm", Measure::Tv), &|| true);
            assert!(why.is_err_and(|why| why.contains("none of the samplers") && why.contains("score")));
        }
        // Sides that differ by their path alone have one set of curves; one of another flow has its own.
        let side = |flow: PlaneFlow| StudiedSide { flow: Arc::new(flow), learned: None };
        let vp = flow.on(AffinePath::VP).expect("a path");
        let asked = compared("euler,ddpm", Measure::EndPoint);
        let own = sampler_curves(&flow, None, none, &asked, &|| true).expect("Euler's").expect("all of them");
        let all = curves_of_sides(&[side(flow), side(even), side(vp)], none, &asked, &|| true);
        let sides: Vec<&[usize]> = all.iter().map(|shared| &shared.sides[..]).collect();
        assert_eq!(sides, [&[0, 2][..], &[1]]);
        assert!(all[0].curves.as_ref().is_ok_and(|found| **found == own));
        assert!(all[1].curves.as_ref().is_ok_and(|found| !found.left_out().is_empty()));
    }

    #[test]
    fn a_network_is_measured_by_ends_too_but_not_by_kl_and_does_not_jump() {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let learned = Learned::fresh(&flow, 3);
        let of = |methods: &str, measure| {
            let asked = compared(methods, measure);
            sampler_curves(&flow, Some(&learned), (Told::default(), 0), &asked, &|| true)
        };
        let found = of("euler,jump:B", Measure::EndPoint).expect("curves").expect("all of them");
        let points = &found.curves[0].points;
        // By the same network: its own error is in none of them.
        assert!(points[4].value < 0.3 * points[0].value && found.fine.is_none(), "{points:?}");
        assert!(found.left_out()[0].starts_with("jump:B: it jumps by rates"));
        assert_eq!(of("euler", Measure::Kl), Err(NO_KL_OF_NETWORK.to_owned()));
        let found = of("euler", Measure::Tv).expect("curves").expect("all of them");
        assert!(found.fine.is_some_and(|fine| fine > found.curves[0].points[0].floor));
    }
}
