//! Curves of a path over its time, and of samplers over what they cost.

use crate::figure::{Dash, LinePlot, Look, Marker, Series};
use crate::flow::plane::AffinePath;
use crate::sampler::plane::{Measure, Noise, PlaneCurve, PlaneMethod, PlaneSampler};
use crate::view::{Chart, Entry, Table};

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
fn sampler_name(sampler: &PlaneSampler) -> String {
    let is_straight = sampler.path == AffinePath::CondOt;
    match sampler.method {
        PlaneMethod::Euler if is_straight => "FM Euler".to_owned(),
        PlaneMethod::Midpoint if is_straight => "FM midpoint".to_owned(),
        PlaneMethod::Rk4 if is_straight => "FM RK4".to_owned(),
        PlaneMethod::Sde(Noise::Tame(_)) if is_straight => "FM SDE".to_owned(),
        PlaneMethod::Euler if sampler.path == AffinePath::VP => "PF-ODE Euler".to_owned(),
        PlaneMethod::Ddim { eta: 0.0 } => "DDIM".to_owned(),
        PlaneMethod::Ddpm { tilde: true } => "DDPM".to_owned(),
        PlaneMethod::Ddpm { tilde: false } => "DDPM β".to_owned(),
        PlaneMethod::Sde(Noise::Memoryless(1.0)) => "reverse SDE".to_owned(),
        other => format!("{other} on {}", sampler.path),
    }
}

/// What samplers are off by over their evaluations; dashed where an exact one would be.
pub fn samplers_chart(curves: &[PlaneCurve], measure: Measure) -> Chart {
    let y_label = match measure {
        Measure::EndPoint => "RMS error of end points",
        Measure::Tv => "TV to the target",
        Measure::Kl => "KL to the target, nats",
    };
    let mut series: Vec<Series> = Vec::new();
    for (n, curve) in curves.iter().enumerate().filter(|(_, curve)| !curve.points.is_empty()) {
        let points = curve.points.iter().map(|point| [point.nfe as f64, point.value]).collect();
        let look = Look { color: n, marker: Marker::ALL[n % Marker::ALL.len()], ..Look::default() };
        series.push(Series { look: Some(look), ..Series::new(sampler_name(&curve.sampler), points) });
    }
    let all = || curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.nfe as f64));
    let ends = [all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max)];
    // Deterministic samplers carry a lattice of starts, noisy ones a raster: each shows another error where there is none.
    for (name, is_deterministic, dash) in
        [("floor of ODEs", true, Dash::Dashed), ("floor of SDEs", false, Dash::Dotted)]
    {
        let of = curves.iter().filter(|curve| curve.sampler.method.is_deterministic() == is_deterministic);
        let floors = of.flat_map(|curve| curve.points.iter()).map(|point| point.floor);
        let floor = floors.filter(|floor| *floor > 0.0).fold(f64::INFINITY, f64::min);
        if floor.is_finite() && ends[0] < ends[1] {
            let points = ends.map(|nfe| [nfe, floor]).to_vec();
            let look = Some(Look { color: 6, dash, ..Look::default() });
            series.push(Series { look, dashed: true, ..Series::new(name, points) });
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

    #[test]
    fn samplers_are_told_apart_and_the_floor_is_dashed() {
        use crate::sampler::plane::PlaneCurvePoint;
        let curve = |method: PlaneMethod, floor: f64| PlaneCurve {
            sampler: PlaneSampler::usual(method, 8),
            points: [4, 8]
                .map(|nfe| PlaneCurvePoint { steps: nfe, nfe, value: 0.5, tol: None, floor })
                .to_vec(),
            error: None,
        };
        let curves = [curve(PlaneMethod::Euler, 0.015), curve(PlaneMethod::Ddpm { tilde: true }, 0.004)];
        let chart = samplers_chart(&curves, Measure::Tv);
        let names: Vec<&str> = chart.plot.series.iter().map(|series| series.label.as_str()).collect();
        assert_eq!(names, ["FM Euler", "DDPM", "floor of ODEs", "floor of SDEs"]);
        assert!(chart.plot.series[2].dashed && chart.plot.series[2].points == [[4.0, 0.015], [8.0, 0.015]]);
        assert!(chart.plot.series[3].dashed && chart.plot.series[3].points == [[4.0, 0.004], [8.0, 0.004]]);
        assert_eq!(chart.numbers.rows.len(), 4);
    }
}
