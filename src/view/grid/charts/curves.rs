//! TV to the target against evaluations, for several samplers at once.

use crate::figure::scale::format_value;
use crate::figure::{Dash, LinePlot, Look, Marker, Ring, Series};
use crate::flow::{Count, counted};
use crate::sampler::grid::{Curve, CurvePoint, Method, SamplerConfig};
use crate::view::{Chart, Entry, Key, Table};

/// The name of a curve in a legend: what sets it apart from others. Its scheduler is said where theirs differ.
fn name(curve: &Curve, with_scheduler: bool) -> String {
    let SamplerConfig { method, corrector, sweeps, .. } = curve.sampler.config;
    let mut name = of_denoiser(curve, method.to_string());
    if with_scheduler {
        name = format!("{name}, {}", curve.sampler.scheduler);
    }
    if corrector.is_on() || sweeps.count > 0 { format!("{name}, {}", back(curve)) } else { name }
}

/// Its corrector and its sweeps.
fn back(curve: &Curve) -> String {
    let SamplerConfig { corrector, sweeps, .. } = curve.sampler.config;
    let corrector = corrector.is_on().then(|| format!("corrector {corrector}"));
    let sweeps = (sweeps.count > 0).then(|| format!("sweeps {sweeps}"));
    let both = corrector.into_iter().chain(sweeps).collect::<Vec<_>>().join(", ");
    if both.is_empty() { "no corrector".to_owned() } else { both }
}

/// The same with its denoiser.
fn of_denoiser(curve: &Curve, what: String) -> String {
    match &curve.denoiser {
        Some(denoiser) => format!("{denoiser}, {what}"),
        None => what,
    }
}

/// Two curves closer than this share of a value lie on each other in a plot.
const APART: f64 = 0.005;

/// The name of every curve, and which earlier one it lies on: a line that hides another says so.
fn names(curves: &[Curve]) -> Vec<String> {
    let several = curves.iter().any(|curve| curve.sampler.scheduler != curves[0].sampler.scheduler);
    let names: Vec<String> = curves.iter().map(|curve| name(curve, several)).collect();
    let hidden = |n: usize| (0..n).find(|&first| lie_on_each_other(&curves[first], &curves[n]));
    let all = names.iter().enumerate();
    all.map(|(n, name)| hidden(n).map_or(name.clone(), |first| format!("{name} (lies on {})", names[first])))
        .collect()
}

/// Whether two curves can't be told apart where they are drawn.
fn lie_on_each_other(a: &Curve, b: &Curve) -> bool {
    let near = |(a, b): (&CurvePoint, &CurvePoint)| {
        let [a_tv, b_tv] = [a, b].map(|point| point.distances.tv);
        a.nfe == b.nfe && (a_tv - b_tv).abs() <= APART * a_tv.max(b_tv)
    };
    !a.points.is_empty() && a.points.len() == b.points.len() && a.points.iter().zip(&b.points).all(near)
}

/// The different values of something, in the order in which they come, and which of them each has.
fn numbered<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<usize> {
    let mut seen: Vec<T> = Vec::new();
    let place = |value: T| {
        seen.iter().position(|known| *known == value).unwrap_or_else(|| {
            seen.push(value);
            seen.len() - 1
        })
    };
    all.map(place).collect()
}

/// How every curve is drawn: one colour a method, one pattern a scheduler, one marker a corrector and
/// denoiser.
fn looks(curves: &[Curve]) -> Vec<Look> {
    let methods =
        curves.iter().map(|c| Method::ALL.iter().position(|m| *m == c.sampler.config.method).unwrap_or(0));
    let schedulers = numbered(curves.iter().map(|c| c.sampler.scheduler));
    let correctors =
        numbered(curves.iter().map(|c| (&c.denoiser, c.sampler.config.corrector, c.sampler.config.sweeps)));
    let styles = methods.zip(schedulers).zip(correctors);
    let look = |((color, dash), marker): ((usize, usize), usize)| Look {
        color,
        dash: Dash::ALL[dash % Dash::ALL.len()],
        marker: Marker::ALL[marker % Marker::ALL.len()],
        ..Look::default()
    };
    styles.map(look).collect()
}

/// What the looks mean: every method that is drawn, and schedulers and correctors where they differ.
fn keys(curves: &[Curve]) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut add = |key: Key| {
        if !keys.contains(&key) {
            keys.push(key);
        }
    };
    let all = || curves.iter().zip(looks(curves));
    for (curve, look) in all() {
        add(Key::Color(look.color, curve.sampler.config.method.to_string()));
    }
    if all().any(|(_, look)| look.dash != Dash::Solid) {
        for (curve, look) in all() {
            add(Key::Dash(look.dash, curve.sampler.scheduler.to_string()));
        }
    }
    if all().any(|(_, look)| look.marker != Marker::Disc) {
        for (curve, look) in all() {
            add(Key::Marker(look.marker, of_denoiser(curve, back(curve))));
        }
    }
    keys
}

/// TV to the target against evaluations. `present` is the setting that is pointed out: which curve is its own, if one
/// is, and its evaluations and TV.
pub fn curves_chart(curves: &[Curve], present: Option<(Option<usize>, [f64; 2])>) -> Chart {
    let own = present.and_then(|(own, _)| own);
    let drawn = curves.iter().zip(names(curves)).zip(looks(curves)).enumerate();
    let series = drawn.map(|(index, ((curve, name), look))| Series {
        look: Some(Look { thick: own == Some(index), ..look }),
        ..Series::new(name, curve.points.iter().map(|p| [p.nfe as f64, p.distances.tv]).collect())
    });
    let ring = |at: [f64; 2]| Ring {
        at,
        label: format!(
            "present setting: TV {} at {}",
            format_value(at[1]),
            counted(Count::written(at[0]), "evaluation")
        ),
    };
    let plot = LinePlot {
        title: "TV to the target, exactly".to_owned(),
        x_label: "denoiser evaluations (NFE)".to_owned(),
        y_label: "TV".to_owned(),
        series: series.collect(),
        log_x: true,
        log_y: true,
        rings: present.map(|(_, at)| ring(at)).into_iter().collect(),
        ..LinePlot::default()
    };
    const COLUMNS: [&str; 12] = [
        "denoiser",
        "scheduler",
        "method",
        "corrector",
        "sweeps",
        "steps",
        "nfe",
        "tv",
        "kl",
        "js",
        "off_support",
        "clipped_steps",
    ];
    // Only where there are several.
    let denoisers = curves.iter().any(|curve| curve.denoiser.is_some());
    let mut numbers = Table::new(if denoisers { &COLUMNS[..] } else { &COLUMNS[1..] });
    for curve in curves {
        let SamplerConfig { method, corrector, sweeps, .. } = curve.sampler.config;
        for point in &curve.points {
            let corrector = if corrector.is_on() { corrector.to_string().into() } else { Entry::Empty };
            let d = point.distances;
            let names = [
                curve.sampler.scheduler.to_string().into(),
                method.to_string().into(),
                corrector,
                sweeps.to_string().into(),
            ];
            let counts = [point.steps, point.nfe].map(Entry::from);
            let values = [d.tv, d.kl, d.js, d.off_support].map(Entry::from);
            let first =
                curve.denoiser.as_deref().filter(|_| denoisers).map(|name| Entry::from(name.to_owned()));
            let row = first
                .into_iter()
                .chain(names)
                .chain(counts)
                .chain(values)
                .chain([point.clipped_steps.into()]);
            numbers.rows.push(row.collect());
        }
    }
    let notes = vec!["no Monte-Carlo noise: the whole pmf is pushed".to_owned()];
    let keys = keys(curves);
    Chart { plot, numbers, notes, keys }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::SERIES_COLORS;
    use crate::flow::metrics::Distances;
    use crate::flow::{Corrector, Scheduler};
    use crate::sampler::grid::Sampler;

    #[test]
    fn curves_differ_in_colour_pattern_or_marker_and_the_present_one_is_pointed_out() {
        let point = |steps, tv| CurvePoint {
            steps,
            nfe: steps,
            distances: Distances { tv, kl: 0.0, js: 0.0, off_support: 0.0 },
            clipped_steps: 0,
        };
        let mut curves = Vec::new();
        for method in [Method::Exact, Method::Euler, Method::MaskGit] {
            for scheduler in [Scheduler::Quadratic, Scheduler::Linear, Scheduler::Hermite { a: 0.0, b: 2.0 }]
            {
                for corrector in [Corrector::OFF, Corrector::IMAGES] {
                    let config = SamplerConfig { method, corrector, steps: 1, ..SamplerConfig::default() };
                    curves.push(Curve {
                        denoiser: None,
                        sampler: Sampler { scheduler, config },
                        error: None,
                        points: vec![point(4, 0.1), point(8, 0.05)],
                    });
                }
            }
        }
        assert!(SERIES_COLORS.len() >= Method::ALL.len(), "a colour of its own for each");
        let looks = looks(&curves);
        for (i, look) in looks.iter().enumerate() {
            assert!(!looks[..i].contains(look), "{}", name(&curves[i], true));
        }
        let chart = curves_chart(&curves, Some((Some(1), [6.0, 0.08])));
        let counts = [
            chart.keys.iter().filter(|key| matches!(key, Key::Color(..))).count(),
            chart.keys.iter().filter(|key| matches!(key, Key::Dash(..))).count(),
            chart.keys.iter().filter(|key| matches!(key, Key::Marker(..))).count(),
        ];
        assert_eq!(counts, [3, 3, 2], "{:?}", chart.keys);
        assert_eq!(chart.keys[6], Key::Marker(Marker::Disc, "no corrector".to_owned()));
        let thick: Vec<_> = chart.plot.series.iter().map(|s| s.look.is_some_and(|l| l.thick)).collect();
        assert_eq!(thick.iter().filter(|t| **t).count(), 1);
        assert!(thick[1] && chart.plot.rings[0].at == [6.0, 0.08]);
        assert_eq!(chart.numbers.rows.len(), 36);
        assert!(chart.numbers.to_csv().contains("\"hermite:0,2\",exact,\"12,2,0.25\",0,4,4,0.1,"));
    }

    #[test]
    fn a_curve_that_lies_on_another_says_so_and_a_scheduler_of_all_is_not_said() {
        let curve = |method, scheduler, tvs: [f64; 2]| Curve {
            denoiser: None,
            sampler: Sampler { scheduler, config: SamplerConfig { method, ..SamplerConfig::default() } },
            error: None,
            points: [4, 8]
                .into_iter()
                .zip(tvs)
                .map(|(steps, tv)| CurvePoint {
                    steps,
                    nfe: steps,
                    distances: Distances { tv, kl: 0.0, js: 0.0, off_support: 0.0 },
                    clipped_steps: 0,
                })
                .collect(),
        };
        let [exact, euler, tau] = [Method::Exact, Method::Euler, Method::Tau];
        let linear = Scheduler::Linear;
        let mut curves = vec![
            curve(exact, linear, [0.1, 0.05]),
            curve(euler, linear, [0.2, 0.05]),
            curve(tau, linear, [0.1001, 0.05]),
        ];
        assert_eq!(names(&curves), ["exact", "euler", "tau (lies on exact)"]);
        curves.push(curve(exact, Scheduler::Cubic, [0.3, 0.05]));
        assert_eq!(
            names(&curves),
            ["exact, linear", "euler, linear", "tau, linear (lies on exact, linear)", "exact, cubic"]
        );
    }
}
