//! How good samplers get with more evaluations, without Monte-Carlo noise (plane.md 2, 3.4, 7).

use super::draw::{Points, draw_source};
use super::kl::{kl_of_map_while, no_kl};
use super::masses::{masses_of_parts, tv_cells};
use super::setting::{PlaneMethod, PlaneSampler};
use super::walk::{PlaneSetup, Walk, check};
use crate::denoiser::plane::Denoiser;
use crate::flow::metrics::tv;
use crate::flow::plane::{
    CellEdges, PlaneFlow, PlaneSource, histogram, normal_lattice, normal_spiral, rms_distance,
};
use crate::flow::{FlowError, serde_as_text};
use crate::sampler::SamplerError;
use rayon::prelude::*;
use std::fmt;
use std::str::FromStr;

/// What a curve measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Measure {
    /// RMS distance of end points to those of a fine solution from the same starts: of deterministic samplers, no floor.
    #[default]
    EndPoint,
    /// Total variation to the target on 32 × 32 cells.
    Tv,
    /// KL of the sampler's law to the target: of deterministic samplers of fixed steps on mixtures.
    Kl,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EndPoint => "end-point",
            Self::Tv => "tv",
            Self::Kl => "kl",
        })
    }
}

impl FromStr for Measure {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        match text {
            "end-point" => Ok(Self::EndPoint),
            "tv" => Ok(Self::Tv),
            "kl" => Ok(Self::Kl),
            _ => Err(FlowError::Unreadable {
                what: "measure",
                given: text.to_owned(),
                expected: "end-point, tv or kl",
            }),
        }
    }
}

serde_as_text!(Measure, FlowError);

/// How finely it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Precision {
    /// Starts an axis of the lattice that deterministic samplers carry to the target (TV).
    pub lattice: usize,
    /// Cells that 32 of [`TV_CELLS`] have on the raster that noisy ones carry, a multiple of 32 (TV).
    pub raster: usize,
    /// Starts whose ends are compared (end points).
    pub starts: usize,
    /// Steps of the fine solution.
    pub fine_steps: usize,
}

impl Precision {
    /// As the tables of the note.
    pub const FINE: Self = Self { lattice: 300, raster: 512, starts: 2000, fine_steps: 800 };
    /// For curves that are drawn while somebody waits.
    pub const LIVE: Self = Self { lattice: 80, raster: 128, starts: 500, fine_steps: 100 };
}

/// One point of a curve.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct PlaneCurvePoint {
    /// Steps; of the adaptive method those it chose.
    pub steps: usize,
    /// Evaluations, rejected steps among them.
    pub nfe: usize,
    /// What was measured.
    pub value: f64,
    /// The tolerance of the adaptive method, which has such in place of steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tol: Option<f64>,
    /// What measuring in this way shows of the exact flow itself, whoever answers: of deterministic samplers what the lattice
    /// of starts does, of noisy ones at most what the raster does, of jumps where their flow ends. A value near it says nothing. 0 where there is none.
    pub floor: f64,
}

/// A curve as far as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneCurve {
    /// Of what; its steps are those of the points.
    pub sampler: PlaneSampler,
    /// In the order of evaluations.
    pub points: Vec<PlaneCurvePoint>,
    /// Why there are none, or not all.
    pub error: Option<String>,
}

/// Curves of samplers on one flow.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneCurves {
    /// What they measure.
    pub measure: Measure,
    /// One a sampler, in their order.
    pub curves: Vec<PlaneCurve>,
    /// Of total variation, where another than the exact velocity answers: what many steps of an ODE method show, the error that
    /// is the network's and that no number of evaluations takes away.
    pub fine: Option<f64>,
}

impl PlaneCurves {
    /// Those that have points.
    pub fn drawn(&self) -> impl Iterator<Item = &PlaneCurve> {
        self.curves.iter().filter(|curve| !curve.points.is_empty())
    }

    /// Why some have none, each beginning with its method.
    pub fn left_out(&self) -> Vec<String> {
        self.curves.iter().filter_map(|curve| curve.error.clone()).collect()
    }

    /// The same, those of one reason together.
    pub fn reasons(&self) -> Vec<(&str, Vec<PlaneSampler>)> {
        let mut all: Vec<(&str, Vec<PlaneSampler>)> = Vec::new();
        for curve in &self.curves {
            let Some(error) = &curve.error else { continue };
            // Before it stands the method.
            let why = error.split_once(": ").map_or(error.as_str(), |(_, why)| why);
            match all.iter_mut().find(|(known, _)| *known == why) {
                Some((_, samplers)) => samplers.push(curve.sampler),
                None => all.push((why, vec![curve.sampler])),
            }
        }
        all
    }

    /// Itself, if there is anything to draw.
    ///
    /// # Errors
    /// Says why there is nothing.
    pub fn if_any(self) -> Result<Self, String> {
        if self.drawn().next().is_some() {
            return Ok(self);
        }
        let said = |(why, samplers): (&str, Vec<PlaneSampler>)| {
            let names: Vec<_> = samplers.iter().map(|sampler| sampler.method.to_string()).collect();
            format!("{}: {why}", names.join(", "))
        };
        let why: Vec<_> = self.reasons().into_iter().map(said).collect();
        Err(match self.measure {
            _ if why.is_empty() => "no sampler is chosen".to_owned(),
            measure => format!("none of the samplers can be measured by {measure}: {}", why.join("; ")),
        })
    }
}

/// What curves are of.
#[derive(Clone, Copy)]
pub struct CurveSetup<'a> {
    /// The flow.
    pub flow: &'a PlaneFlow,
    /// Who answers, for each start by its number.
    pub denoiser: &'a dyn Denoiser,
    /// Who answers where masses are carried and each part of them has a denoiser of its own, such as one for every code: the
    /// parts add up to 1. None: `denoiser` answers all.
    pub parts: &'a [(f64, &'a dyn Denoiser)],
    /// What is measured.
    pub measure: Measure,
    /// How finely.
    pub precision: Precision,
    /// The exact velocity where another answers: floors are those of it.
    pub exact: Option<&'a dyn Denoiser>,
    /// Of the starts.
    pub seed: u64,
}

impl<'a> CurveSetup<'a> {
    /// Who answers for which part of the mass, `whole` where one answers all.
    fn of_masses(&self, whole: &'a [(f64, &'a dyn Denoiser)]) -> &'a [(f64, &'a dyn Denoiser)] {
        if self.parts.is_empty() { whole } else { self.parts }
    }
}

/// What all points of all curves share.
pub(super) struct Shared {
    pub starts: Points,
    /// Ends of the fine solution.
    pub ends: Points,
    pub cells: CellEdges,
    pub exact: ndarray::Array2<f64>,
    pub floor: f64,
    pub fine: Option<f64>,
}

/// Whether to go on: asked before every step.
pub(super) type GoOn<'a> = &'a (dyn Fn() -> bool + Sync);

/// Curves of samplers at these numbers of evaluations, all in parallel. The adaptive method goes through as many tolerances, from
/// 0.1 down by tens; where one is said it has one point. None if `go_on` said no, which stops within a step.
///
/// # Errors
/// If the fine solution can't be had. A sampler that can't be measured says so in its own curve.
pub fn plane_curves(
    setup: CurveSetup<'_>,
    samplers: &[PlaneSampler],
    evaluations: &[usize],
    go_on: impl Fn() -> bool + Sync,
) -> Result<Option<PlaneCurves>, SamplerError> {
    let go_on: GoOn<'_> = &go_on;
    let refusals: Vec<_> = samplers.iter().map(|sampler| refusal(setup, sampler)).collect();
    let curve = |(sampler, why): (&PlaneSampler, &Option<FlowError>)| PlaneCurve {
        sampler: *sampler,
        points: Vec::new(),
        error: why.as_ref().map(ToString::to_string),
    };
    let mut curves: Vec<PlaneCurve> = samplers.iter().zip(&refusals).map(curve).collect();
    // Long ones first: so the threads are done together.
    let mut order: Vec<usize> = (0..samplers.len() * evaluations.len()).collect();
    order.retain(|k| refusals[k / evaluations.len()].is_none());
    // One tolerance is one point, whatever the evaluations.
    let is_one = |sampler: &PlaneSampler| matches!(sampler.method, PlaneMethod::Dopri5 { tol: Some(_) });
    order.retain(|k| k % evaluations.len() == 0 || !is_one(&samplers[k / evaluations.len()]));
    order.sort_by_key(|k| std::cmp::Reverse(evaluations[k % evaluations.len()]));
    let measure = setup.measure;
    if order.is_empty() {
        return Ok(Some(PlaneCurves { measure, curves, fine: None }));
    }
    let Some(shared) = shared(setup, go_on)? else { return Ok(None) };
    let of = |k: usize| {
        let (sampler, nfe) = (samplers[k / evaluations.len()], evaluations[k % evaluations.len()]);
        if !go_on() {
            return None;
        }
        // The adaptive method has tolerances in place of steps.
        let sampler = match sampler.method {
            PlaneMethod::Dopri5 { tol: None } => {
                let tol = Some(adaptive_tolerance(k % evaluations.len()));
                PlaneSampler { method: PlaneMethod::Dopri5 { tol }, ..sampler }
            }
            PlaneMethod::Dopri5 { tol: Some(_) } => sampler,
            _ => sampler.with_evaluations(nfe),
        };
        measured(setup, &shared, sampler, go_on).transpose()
    };
    let all: Option<Vec<_>> =
        order.par_iter().with_max_len(1).map(|&k| of(k).map(|point| (k, point))).collect();
    let Some(all) = all else { return Ok(None) };
    for (k, point) in all {
        let curve = &mut curves[k / evaluations.len()];
        match point {
            Ok(point) => curve.points.push(point),
            // The reason of the fewest evaluations, as those come last.
            Err(why) => curve.error = Some(why.to_string()),
        }
    }
    for curve in &mut curves {
        curve.points.sort_by_key(|point| point.nfe);
        curve.points.dedup_by_key(|point| point.nfe);
    }
    Ok(Some(PlaneCurves { measure, curves, fine: shared.fine }))
}

/// Tolerances of the adaptive method's points.
fn adaptive_tolerance(k: usize) -> f64 {
    const DOWN: [f64; 9] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9];
    DOWN[k.min(DOWN.len() - 1)]
}

pub(super) fn shared(setup: CurveSetup<'_>, go_on: GoOn<'_>) -> Result<Option<Shared>, SamplerError> {
    let CurveSetup { flow, denoiser, measure, precision, seed, .. } = setup;
    let cells = tv_cells(flow.target())?;
    let exact = flow.target().masses(&cells);
    let fine = PlaneSampler::usual(PlaneMethod::Rk4, precision.fine_steps);
    let end = |denoiser: &dyn Denoiser, starts: Points, steps: usize| {
        let sampler = PlaneSampler { steps, ..fine };
        let mut walk = Walk::new(PlaneSetup { flow, denoiser, sampler, seed }, starts)?;
        Ok::<_, SamplerError>(walk.run(|_| go_on())?.then(|| walk.into_points()))
    };
    let (starts, ends) = (Points::default(), Points::default());
    let mut shared = Shared { starts, ends, cells, exact, floor: 0.0, fine: None };
    match measure {
        Measure::EndPoint => {
            shared.starts = draw_source(flow.source(), precision.starts, seed);
            let Some(ends) = end(denoiser, shared.starts.clone(), precision.fine_steps)? else {
                return Ok(None);
            };
            shared.ends = ends;
        }
        Measure::Tv => {
            shared.starts = even_starts(flow.source(), precision.lattice, seed);
            // The total variation of many steps.
            let many = |parts: &[(f64, &dyn Denoiser)]| {
                let mut found = ndarray::Array2::zeros(shared.exact.dim());
                for (share, denoiser) in parts {
                    let steps = (precision.fine_steps / 8).max(20);
                    let Some([x, y]) = end(*denoiser, shared.starts.clone(), steps)? else { return Ok(None) };
                    found.scaled_add(*share, &histogram([&x, &y], &shared.cells));
                }
                Ok::<_, SamplerError>(Some(tv(&found, &shared.exact)))
            };
            let Some(asked) = many(setup.of_masses(&[(1.0, denoiser)]))? else { return Ok(None) };
            (shared.floor, shared.fine) = match setup.exact {
                None => (asked, None),
                Some(exact) => match many(&[(1.0, exact)])? {
                    Some(floor) => (floor, Some(asked)),
                    None => return Ok(None),
                },
            };
        }
        Measure::Kl => shared.starts = normal_spiral(precision.lattice.pow(2).min(8192)),
    }
    Ok(Some(shared))
}

/// n² starts of equal weight without chance, where there are such.
pub fn even_starts(source: &PlaneSource, n: usize, seed: u64) -> Points {
    match source {
        PlaneSource::Normal => normal_lattice(n),
        PlaneSource::Square(half) => {
            let line = |i: usize| half * ((2 * i + 1) as f64 / n as f64 - 1.0);
            [(0..n * n).map(|k| line(k / n)).collect(), (0..n * n).map(|k| line(k % n)).collect()]
        }
        PlaneSource::Mixture(_) => draw_source(source, n * n, seed),
    }
}

/// Why there is no curve of a sampler, as far as that is known before anything is computed.
fn refusal(setup: CurveSetup<'_>, sampler: &PlaneSampler) -> Option<FlowError> {
    let of_measure = match setup.measure {
        Measure::EndPoint if !sampler.method.is_deterministic() => {
            Some("the same start has many ends; measure tv")
        }
        Measure::Kl => no_kl(setup.flow, sampler.method),
        _ => None,
    };
    let refused = |why: &str| FlowError::Unsupported(format!("{}: {why}", sampler.method));
    check(sampler, setup.flow).err().or_else(|| of_measure.map(refused))
}

fn measured(
    setup: CurveSetup<'_>,
    shared: &Shared,
    sampler: PlaneSampler,
    go_on: GoOn<'_>,
) -> Result<Option<PlaneCurvePoint>, SamplerError> {
    let CurveSetup { flow, denoiser, measure, precision, seed, .. } = setup;
    let tol = sampler.method.tolerance();
    match measure {
        Measure::EndPoint => {
            let mut walk = Walk::new(PlaneSetup { flow, denoiser, sampler, seed }, shared.starts.clone())?;
            if !walk.run(|_| go_on())? {
                return Ok(None);
            }
            let (steps, nfe) = (walk.steps(), walk.evaluations());
            let [x, y] = walk.points();
            let value = rms_distance([x, y], [&shared.ends[0], &shared.ends[1]]);
            Ok(Some(PlaneCurvePoint { steps, nfe, value, tol, floor: 0.0 }))
        }
        Measure::Kl => {
            let Some((value, least)) = kl_of_map_while(flow, sampler, &shared.starts, go_on)? else {
                return Ok(None);
            };
            let nfe = sampler.steps * sampler.method.evaluations();
            // Beyond a fold several starts have one end, and the sum over one of them is no density.
            if least <= 0.0 {
                let why = format!("{}: its map folds the plane with {nfe} evaluations", sampler.method);
                return Err(FlowError::Unsupported(why).into());
            }
            Ok(Some(PlaneCurvePoint { steps: sampler.steps, nfe, value, tol, floor: 0.0 }))
        }
        Measure::Tv => {
            let parts = [(1.0, denoiser)];
            let places = (&shared.starts, &shared.cells);
            let parts = (flow, setup.of_masses(&parts));
            let Some(found) = masses_of_parts(parts, sampler, precision, places, go_on)? else {
                return Ok(None);
            };
            let floor = if sampler.method.is_deterministic() { shared.floor } else { found.floor };
            let value = tv(&found.masses, &shared.exact);
            Ok(Some(PlaneCurvePoint { steps: found.steps, nfe: found.nfe, value, tol, floor }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::flow_of;
    use super::super::{MassRaster, PlaneTimes, TV_CELLS};
    use super::*;
    use crate::denoiser::plane::{DenoiserAt, Oracle};
    use crate::flow::plane::{AffinePath, Mixture};

    fn sampler(text: &str) -> PlaneSampler {
        PlaneSampler::usual(text.parse().expect(text), 1)
    }

    fn curves(
        measure: Measure,
        samplers: &[PlaneSampler],
        evaluations: &[usize],
        precision: Precision,
    ) -> Vec<PlaneCurve> {
        let flow = flow_of(Mixture::ring());
        let oracle = Oracle::new(&flow).expect("an oracle");
        let setup = CurveSetup {
            flow: &flow,
            denoiser: &oracle,
            parts: &[],
            measure,
            precision,
            exact: None,
            seed: 3,
        };
        plane_curves(setup, samplers, evaluations, || true).expect("curves").expect("all of them").curves
    }

    fn found_of(method: &str, precision: Precision) -> Vec<PlaneCurvePoint> {
        curves(Measure::EndPoint, &[sampler(method)], &[4, 16], precision).remove(0).points
    }

    #[test]
    fn steps_needed_are_the_notes() {
        // plane.md 3.4: TV on 32 × 32 cells of the ring. Coarser than there, but for the rows that would show it.
        let pf = PlaneSampler { path: AffinePath::VP, times: PlaneTimes::Own, ..sampler("euler") };
        let rows = [
            (sampler("euler"), [0.310, 0.180, 0.095, 0.048]),
            (sampler("midpoint"), [0.332, 0.095, 0.017, 0.0084]),
            (sampler("rk4"), [0.864, 0.056, 0.016, 0.0060]),
            (sampler("ddim:0"), [0.603, 0.246, 0.152, 0.086]),
            (pf, [0.678, 0.338, 0.119, 0.052]),
            (sampler("ddpm"), [0.670, 0.266, 0.192, 0.142]),
            (sampler("ddpm:beta"), [0.612, 0.183, 0.055, 0.054]),
            // The note has .659 at 4: mass that left its raster was not missed there. Particles say .697.
            (sampler("sde:1"), [0.697, 0.453, 0.576, 0.125]),
            (sampler("tame:1"), [0.167, 0.228, 0.054, 0.016]),
        ];
        let precision = Precision { lattice: 200, raster: 256, ..Precision::FINE };
        let samplers = rows.map(|(sampler, _)| sampler);
        let found = curves(Measure::Tv, &samplers, &[4, 8, 16, 32], precision);
        for (curve, (sampler, expected)) in found.iter().zip(rows) {
            assert_eq!(curve.error, None);
            assert_eq!(curve.points.len(), 4);
            for (point, expected) in curve.points.iter().zip(expected) {
                let off = (point.value - expected).abs();
                assert!(
                    off < 0.006 + 0.04 * expected,
                    "{} {} {} {expected}",
                    sampler.method,
                    point.nfe,
                    point.value
                );
            }
        }
        assert!((found[0].points[0].floor - 0.005).abs() < 0.003, "{}", found[0].points[0].floor);
    }

    #[test]
    fn live_curves_are_no_further_off_than_they_say() {
        // The last columns of plane.md 3.4, where coarse rasters are worst.
        let rows = [
            ("tame:1", [0.0085, 0.0058]),
            ("ddpm", [0.095, 0.058]),
            ("ddpm:beta", [0.035, 0.021]),
            ("sde:1", [0.031, 0.011]),
        ];
        let samplers = rows.map(|(method, _)| sampler(method));
        for (curve, (method, expected)) in
            curves(Measure::Tv, &samplers, &[64, 128], Precision::LIVE).iter().zip(rows)
        {
            for (point, expected) in curve.points.iter().zip(expected) {
                let off = (point.value - expected).abs();
                assert!(off < 1.1 * point.floor && point.floor < 0.012, "{method} {point:?} {expected}");
            }
        }
    }

    #[test]
    fn what_can_not_be_measured_says_so_and_spoils_no_other() {
        let samplers = [sampler("euler"), sampler("ddpm"), sampler("dopri5"), sampler("jump:B")];
        let precision = Precision { starts: 200, fine_steps: 100, ..Precision::LIVE };
        let found = curves(Measure::EndPoint, &samplers, &[4, 16], precision);
        assert!(found[0].points.len() == 2 && found[0].points[1].value < found[0].points[0].value);
        assert!(
            found[1].error.as_ref().is_some_and(|why| why.contains("measure tv"))
                && found[1].points.is_empty()
        );
        assert!(found[2].points.iter().all(|point| point.nfe > 4) && found[3].error.is_some());
        // A tolerance that is said is measured, and none of the others.
        let own = found_of("dopri5:0.003", precision);
        assert_eq!((own.len(), own[0].tol), (1, Some(0.003)));
        let usual = found_of("dopri5:1e-4", precision);
        assert_eq!((usual.len(), usual[0].tol), (1, Some(1e-4)), "also where it is the usual one");
        assert_eq!(
            found[2].points.iter().map(|point| point.tol).collect::<Vec<_>>(),
            [Some(0.1), Some(0.01)]
        );
        let found = curves(Measure::Tv, &samplers[3..], &[16, 64], Precision::LIVE);
        assert!(found[0].points[1].value < 0.6 * found[0].points[0].value, "{found:?}");
        assert_eq!(found[0].points[0].floor, 0.0, "this flow ends at its target");
        let flow = flow_of(Mixture::ring());
        let oracle = Oracle::new(&flow).expect("an oracle");
        let setup = CurveSetup {
            flow: &flow,
            denoiser: &oracle,
            parts: &[],
            measure: Measure::EndPoint,
            precision,
            exact: None,
            seed: 1,
        };
        assert_eq!(plane_curves(setup, &samplers, &[4], || false).expect("no error"), None);
        // Within a sampler, too: a jump of 4000 steps would take minutes.
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let few = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 40;
        let setup = CurveSetup { measure: Measure::Tv, precision: Precision::LIVE, ..setup };
        for method in ["jump:B", "tame:1", "euler"] {
            asked.store(0, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(plane_curves(setup, &[sampler(method)], &[4000], few).expect("no error"), None);
        }
    }

    #[test]
    fn floors_are_of_measuring_and_a_networks_error_is_beside_them() {
        // One that always answers as at half the time: no number of steps reaches the target.
        struct Slow<'a>(&'a Oracle);
        impl Denoiser for Slow<'_> {
            fn at(&self, t_star: f64) -> anyhow::Result<Box<dyn DenoiserAt + '_>> {
                self.0.at(0.5 * t_star)
            }
        }
        let flow = flow_of(Mixture::ring());
        let oracle = Oracle::new(&flow).expect("an oracle");
        let (measure, precision) = (Measure::Tv, Precision::LIVE);
        let exact = CurveSetup {
            flow: &flow,
            denoiser: &oracle,
            parts: &[],
            measure,
            precision,
            exact: None,
            seed: 0,
        };
        let slow = Slow(&oracle);
        let learned = CurveSetup { denoiser: &slow, exact: Some(&oracle), ..exact };
        let samplers = [sampler("rk4"), sampler("tame:1")];
        let [exact, learned] = [exact, learned].map(|setup| {
            plane_curves(setup, &samplers, &[64], || true).expect("curves").expect("all of them")
        });
        let floors = |found: &PlaneCurves| [0, 1].map(|n| found.curves[n].points[0].floor);
        let (own, of_learned) = (floors(&exact), floors(&learned));
        assert_eq!(own[0], of_learned[0], "whoever answers");
        // But for the little mass that leaves a raster.
        assert!((own[1] - of_learned[1]).abs() < 2e-3, "{own:?} {of_learned:?}");
        assert_eq!(exact.fine, None);
        let fine = learned.fine.expect("many steps");
        assert!(fine > 0.2 && (learned.curves[0].points[0].value - fine).abs() < 0.05, "{learned:?}");
        // What has no curve is named, and is no error while another has one.
        let none = PlaneCurves { curves: learned.curves[1..1].to_vec(), ..learned.clone() };
        assert!(none.if_any().is_err_and(|why| why == "no sampler is chosen"));
        assert!(learned.if_any().is_ok());
    }

    #[test]
    fn traps_of_ddpm() {
        // plane.md 10: noise in the last of 10 steps .384 for .245; the one-step β_k with a stride .94 for .11; the last 100
        // of 1000 indices .675 for .112; T = 50 with β ≤ .02 .16.
        let flow = flow_of(Mixture::ring());
        let oracle = Oracle::new(&flow).expect("an oracle");
        let cells = tv_cells(flow.target()).expect("cells");
        let exact = flow.target().masses(&cells);
        let inner = exact.slice(ndarray::s![1..=TV_CELLS, 1..=TV_CELLS]).to_owned();
        let of = |steps: &[super::super::LinearStep]| {
            let mut raster = MassRaster::normal(256, 5.5, 1.0);
            steps.iter().for_each(|step| raster.step(&oracle, step).expect("a step"));
            tv(&raster.coarse(TV_CELLS), &inner)
        };
        let usual = |steps| PlaneSampler { steps, ..sampler("ddpm") }.linear_steps().expect("linear");
        let mut ten = usual(10);
        let right = of(&ten);
        let levels = super::super::ddpm_levels();
        ten[9].noise = (1.0 - levels[100]).sqrt();
        let wrong = of(&ten);
        assert!((right - 0.246).abs() < 0.01 && (wrong - 0.384).abs() < 0.01, "{right} {wrong}");
        let fifty = of(&usual(50));
        assert!((fifty - 0.111).abs() < 0.006, "{fifty}");
        // From one list of levels to the next.
        let walk = |levels: &[f64], beta: &dyn Fn(f64, f64) -> f64| {
            let steps: Vec<_> = levels
                .windows(2)
                .map(|pair| {
                    let (a, b) = (pair[0], pair[1]);
                    let (alpha, sigma) = (a.sqrt(), (1.0 - a).sqrt());
                    let star = alpha / (alpha + sigma);
                    let beta = beta(a, b);
                    // x ← (x − β/√(1−ā) ε̂)/√(1−β), ε̂ = x̃ − t* v.
                    let scale = 1.0 / (alpha + sigma);
                    let root = (1.0 - beta).sqrt();
                    super::super::LinearStep {
                        t: star,
                        t_star: star,
                        scale,
                        keep: (1.0 - beta / sigma * scale) / root,
                        push: beta / sigma * star / root,
                        noise: if b < 1.0 { (beta * (1.0 - b) / (1.0 - a)).sqrt() } else { 0.0 },
                    }
                })
                .collect();
            of(&steps)
        };
        let own = |a: f64, b: f64| 1.0 - a / b;
        let last: Vec<f64> = (0..=50).map(|k| levels[100 - 2 * k]).collect();
        let found = walk(&last, &own);
        assert!((found - 0.675).abs() < 0.01, "{found}");
        let strided: Vec<f64> = (0..=50).map(|k| levels[1000 - 20 * k]).collect();
        let one_step = |a: f64, _: f64| {
            let k = levels.iter().position(|level| *level == a).expect("a level");
            1.0 - levels[k] / levels[k - 1]
        };
        let found = walk(&strided, &one_step);
        assert!(found > 0.9, "{found}");
        let mut short = vec![1.0];
        for k in 0..50 {
            short.push(short[k] * (1.0 - (1e-4 + (0.02 - 1e-4) * k as f64 / 49.0)));
        }
        assert!((short[50].sqrt() - 0.776).abs() < 1e-3);
        short.reverse();
        let found = walk(&short, &own);
        assert!((found - 0.163).abs() < 0.01, "{found}");
    }
}
