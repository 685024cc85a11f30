//! Curves of a path over its time, and of samplers over what they cost.

use crate::figure::{Dash, LinePlot, Look, Marker, SERIES_COLORS, Series};
use crate::flow::plane::AffinePath;
use crate::sampler::plane::{
    Measure, Noise, PlaneCurve, PlaneCurves, PlaneMethod, PlaneSampler, Precision, TV_CELLS,
};
use crate::view::{Chart, Entry, Table};
use std::collections::BTreeMap;

/// Points of a curve.
const POINTS: usize = 200;

/// α, σ/(largest σ) and t* over t.
pub fn path_chart(path: AffinePath) -> Chart {
    let most = path.at(0.0).sigma.max(1.0);
    let times = || (0..=POINTS).map(|n| n as f64 / POINTS as f64);
    let curve = |of: &dyn Fn(f64) -> f64| times().map(|t| [t, of(t)]).collect::<Vec<_>>();
    let sigma = if most > 1.0 { format!("σ / {most}") } else { "σ".to_owned() };
    let series = vec![
        Series::new("α", curve(&|t| path.at(t).alpha)),
        Series::new(sigma, curve(&|t| path.at(t).sigma / most)),
        Series { dashed: true, ..Series::new("t* = α/(α+σ)", curve(&|t| path.at(t).t_star())) },
    ];
    let rows = times().map(|t| {
        let point = path.at(t);
        vec![t, point.alpha, point.sigma, point.t_star()]
    });
    let numbers = Table::of_numbers(&["t", "alpha", "sigma", "t_star"], rows);
    let plot = LinePlot {
        title: format!("path {path}"),
        x_label: "t".to_owned(),
        y_label: "share".to_owned(),
        series,
        ..LinePlot::default()
    };
    Chart { plot, numbers, ..Chart::default() }
}

/// A sampler with its path, in as few words as a legend has room for.
pub fn sampler_name(sampler: &PlaneSampler) -> String {
    let PlaneSampler { method, path, times, .. } = *sampler;
    let (usual, usual_times) = method.usual();
    let is_ode =
        matches!(method, PlaneMethod::Euler | PlaneMethod::Midpoint | PlaneMethod::Heun | PlaneMethod::Rk4);
    let name = match method {
        PlaneMethod::Euler => "Euler".to_owned(),
        PlaneMethod::Midpoint => "midpoint".to_owned(),
        PlaneMethod::Heun => "Heun".to_owned(),
        PlaneMethod::Rk4 => "RK4".to_owned(),
        PlaneMethod::Dopri5 { tol: None } => "Dormand–Prince".to_owned(),
        PlaneMethod::Dopri5 { tol: Some(tol) } => format!("Dormand–Prince {tol}"),
        PlaneMethod::Ddim { eta: 0.0 } => "DDIM".to_owned(),
        PlaneMethod::Ddim { eta } => format!("DDIM η = {eta}"),
        PlaneMethod::Ddpm { tilde: true } => "DDPM".to_owned(),
        PlaneMethod::Ddpm { tilde: false } => "DDPM β".to_owned(),
        PlaneMethod::Sde(Noise::Tame(1.0)) => "FM SDE".to_owned(),
        PlaneMethod::Sde(Noise::Tame(eta)) => format!("FM SDE η = {eta}"),
        PlaneMethod::Sde(Noise::Memoryless(1.0)) => "reverse SDE".to_owned(),
        PlaneMethod::Sde(Noise::Memoryless(part)) => format!("reverse SDE × {part}"),
        PlaneMethod::AxisJump => "jumps by axes".to_owned(),
        PlaneMethod::PlaneJump => "jumps on the plane".to_owned(),
        PlaneMethod::Superposition { w, g } => format!("superposition {w}, {g}"),
    };
    let mut name = match path {
        AffinePath::CondOt if is_ode => format!("FM {name}"),
        // The probability-flow ODE of diffusion.
        AffinePath::VP if is_ode => format!("PF-ODE {name}"),
        path if path == usual => name,
        path => format!("{name} on {path}"),
    };
    if times != usual_times {
        name.push_str(&format!(", {times}"));
    }
    name
}

/// What samplers are off by over their evaluations; broken lines are what measuring so shows of the exact flow, and of a
/// network what many steps of it show.
pub fn samplers_chart(found: &PlaneCurves) -> Chart {
    let PlaneCurves { measure, curves, fine } = found;
    let y_label = match measure {
        Measure::EndPoint => "RMS distance of ends to RK4’s",
        Measure::Tv => "TV to the target",
        Measure::Kl => "KL to the target, nats",
    };
    let mut series: Vec<Series> = Vec::new();
    for (n, curve) in curves.iter().enumerate().filter(|(_, curve)| !curve.points.is_empty()) {
        let points = curve.points.iter().map(|point| [point.nfe as f64, point.value]).collect();
        // Where colours come round again lines are dashed, and marks others.
        let round = n / SERIES_COLORS.len();
        let look = Look {
            color: n,
            marker: Marker::ALL[(n + round) % Marker::ALL.len()],
            dash: if round == 0 { Dash::Solid } else { Dash::Dashed },
            ..Look::default()
        };
        series.push(Series { look: Some(look), ..Series::new(sampler_name(&curve.sampler), points) });
    }
    let mut broken = |name: &str, dash: Dash, points: Vec<[f64; 2]>| {
        if points.len() > 1 {
            let look = Some(Look { color: 6, dash, ..Look::default() });
            series.push(Series { look, dashed: true, ..Series::new(name, points) });
        }
    };
    // Deterministic samplers carry a lattice of starts, noisy ones a raster, and jumps end where their flow does.
    let of_kind = |is_deterministic: bool, jumps: bool| {
        let is = move |method: PlaneMethod| {
            (method.is_deterministic(), method.jumps()) == (is_deterministic, jumps)
        };
        curves.iter().filter(move |curve| is(curve.sampler.method)).flat_map(|curve| &curve.points)
    };
    for (name, points, dash) in [
        ("floor of ODEs: lattice", of_kind(true, false), Dash::Dashed),
        ("floor of SDEs: raster", of_kind(false, false), Dash::Dotted),
        ("floor of jumps: their flow", of_kind(false, true), Dash::DashDot),
    ] {
        let mut floors: BTreeMap<usize, f64> = BTreeMap::new();
        for point in points.filter(|point| point.floor > 0.0) {
            let most = floors.entry(point.nfe).or_default();
            *most = most.max(point.floor);
        }
        broken(name, dash, floors.into_iter().map(|(nfe, floor)| [nfe as f64, floor]).collect());
    }
    if let Some(fine) = fine {
        let all = || curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.nfe as f64));
        let ends = [all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max)];
        if ends[0] < ends[1] {
            broken("the network, many steps", Dash::DashDot, ends.map(|nfe| [nfe, *fine]).to_vec());
        }
    }
    let mut numbers = Table::new(&["sampler", "steps", "nfe", &measure.to_string(), "floor"]);
    for curve in curves {
        let name = sampler_name(&curve.sampler);
        numbers.rows.extend(curve.points.iter().map(|point| {
            let known = [point.steps as f64, point.nfe as f64, point.value, point.floor].map(Entry::from);
            std::iter::once(Entry::from(name.clone())).chain(known).collect()
        }));
    }
    let plot = LinePlot {
        title: "flow or diffusion?".to_owned(),
        x_label: "evaluations of the velocity (NFE)".to_owned(),
        y_label: y_label.to_owned(),
        series,
        log_x: true,
        log_y: true,
        ..LinePlot::default()
    };
    Chart { plot, numbers, ..Chart::default() }
}

/// What the curves measure, and what their broken lines are.
pub fn measured_words(found: &PlaneCurves) -> String {
    let Precision { lattice, starts, fine_steps, .. } = Precision::LIVE;
    match found.measure {
        Measure::Tv => {
            let jumps = |curve: &PlaneCurve| {
                curve.sampler.method.jumps() && curve.points.iter().any(|point| point.floor > 0.0)
            };
            let beyond = match found.fine {
                None if found.drawn().any(jumps) => {
                    " Dashes and dots: where the flow ends that jumps follow, beside its target."
                }
                Some(_) => {
                    " Dashes and dots: many steps of the network’s ODE, the error that is its own and that steps do not take away."
                }
                None => "",
            };
            format!(
                "Total variation to the target on {TV_CELLS} × {TV_CELLS} cells, without Monte-Carlo noise. Floors are what measuring \
                 so shows of the exact flow itself: dashed the lattice of starts that ODEs carry, dotted at most the raster \
                 that noisy steps do. Below its own floor a value says nothing.{beyond}"
            )
        }
        Measure::EndPoint => format!(
            "Root mean square distance of end points to those of RK4 in {fine_steps} steps, from the same {starts} starts and by \
             the same velocity: what few steps cost. The error of a network is not in it."
        ),
        Measure::Kl => format!(
            "KL of the sampler’s law to the target, in nats: ln of its density is carried along its map, a mean over {} starts. \
             Where the map folds the plane there is none.",
            (lattice * lattice).min(8192)
        ),
    }
}

/// Which samplers are left out, those of one reason together; nothing where all are drawn.
pub fn left_out_words(found: &PlaneCurves) -> Option<String> {
    let said = |(why, samplers): (&str, Vec<PlaneSampler>)| {
        let names: Vec<_> = samplers.iter().map(sampler_name).collect();
        format!("{} ({why})", names.join(", "))
    };
    let all: Vec<_> = found.reasons().into_iter().map(said).collect();
    (!all.is_empty()).then(|| format!("Left out: {}.", all.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_end_where_the_path_does() {
        for path in AffinePath::ALL {
            let chart = path_chart(path);
            let ends = chart.plot.series.iter().map(|series| series.points[POINTS][1]).collect::<Vec<_>>();
            assert_eq!(ends, [1.0, 0.0, 1.0], "{path}");
            assert_eq!(chart.numbers.rows.len(), POINTS + 1);
        }
    }

    use crate::sampler::plane::{MethodOnPath, PlaneCurvePoint, PlaneTimes};

    fn curve(method: &str, floor: f64) -> PlaneCurve {
        let sampler = method.parse::<MethodOnPath>().expect(method).sampler();
        let point = |nfe| PlaneCurvePoint { steps: nfe, nfe, value: 0.5, tol: None, floor };
        PlaneCurve { sampler, points: [4, 8].map(point).to_vec(), error: None }
    }

    fn of(curves: Vec<PlaneCurve>, fine: Option<f64>) -> PlaneCurves {
        PlaneCurves { measure: Measure::Tv, curves, fine }
    }

    #[test]
    fn samplers_are_told_apart_and_each_kind_has_its_floor() {
        let found = of(vec![curve("euler", 0.015), curve("ddpm", 0.004), curve("jump:B", 0.0)], Some(0.2));
        let chart = samplers_chart(&found);
        let names: Vec<&str> = chart.plot.series.iter().map(|series| series.label.as_str()).collect();
        let floors = ["floor of ODEs: lattice", "floor of SDEs: raster", "the network, many steps"];
        assert_eq!(names, [&["FM Euler", "DDPM", "jumps on the plane"][..], &floors].concat());
        for (series, floor) in chart.plot.series[3..].iter().zip([0.015, 0.004, 0.2]) {
            assert!(series.dashed && series.points == [[4.0, floor], [8.0, floor]], "{series:?}");
        }
        assert_eq!(chart.numbers.rows.len(), 6);
        assert!(measured_words(&found).contains("many steps of the network’s ODE"));
        let jumps = of(vec![curve("jump:B", 0.1)], None);
        assert_eq!(samplers_chart(&jumps).plot.series[1].label, "floor of jumps: their flow");
        assert!(measured_words(&jumps).contains("that jumps follow"));
        let ends = PlaneCurves { measure: Measure::EndPoint, ..of(vec![curve("rk4", 0.0)], None) };
        let chart = samplers_chart(&ends);
        assert_eq!((chart.plot.series.len(), chart.numbers.names[3].as_str()), (1, "end-point"));
        assert!(chart.plot.y_label.contains("RMS") && measured_words(&ends).contains("100 steps"));
    }

    #[test]
    fn no_two_samplers_have_one_name() {
        let named = |text: &str| sampler_name(&text.parse::<MethodOnPath>().expect(text).sampler());
        let all = [
            "euler",
            "euler@vp",
            "euler@trig",
            "heun",
            "heun@vp",
            "rk4",
            "dopri5",
            "dopri5:1e-4",
            "ddpm",
            "ddpm:beta",
            "ddim:0",
            "ddim:0.5",
            "sde:1",
            "sde:0.5",
            "sde:1@cond-ot",
            "tame:1",
            "tame:0.5",
            "jump:A",
            "jump:B",
            "superposition:0.5,0.3",
        ];
        let names: std::collections::HashSet<String> = all.iter().map(|text| named(text)).collect();
        assert_eq!(names.len(), all.len(), "{names:?}");
        assert_eq!([named("euler"), named("euler@vp")], ["FM Euler", "PF-ODE Euler"]);
        let euler = MethodOnPath::from(PlaneMethod::Euler).sampler();
        assert_eq!(sampler_name(&PlaneSampler { times: PlaneTimes::Edm, ..euler }), "FM Euler, edm");
    }

    #[test]
    fn what_is_left_out_is_named_with_its_reason_once() {
        let without = |method: &str, why: &str| PlaneCurve {
            points: Vec::new(),
            error: Some(format!("{method}: {why}")),
            ..curve(method, 0.0)
        };
        assert_eq!(left_out_words(&of(vec![curve("euler", 0.1)], None)), None);
        let all = vec![
            without("ddpm:beta", "no score"),
            without("jump:A", "no mixture"),
            without("tame:1", "no score"),
        ];
        let said = left_out_words(&of(all, None));
        assert_eq!(said.as_deref(), Some("Left out: DDPM β, FM SDE (no score); jumps by axes (no mixture)."));
    }
}
