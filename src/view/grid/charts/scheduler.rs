//! κ over t, and the rates that follow from it.

use super::over_time;
use crate::figure::scale::format_value;
use crate::figure::{Look, Series};
use crate::flow::{ConditionalPath, Corrector, GridPath, Scheduler};
use crate::sampler;
use crate::view::{Chart, Table};

/// Rates are drawn at least up to here; most are infinite at t = 1.
const USUAL_RATE: f64 = 12.0;
/// Up to this t, rates are worth seeing whole.
const MOST_OF_PATH: f64 = 0.7;

/// κ over t.
pub fn kappa_chart(scheduler: Scheduler) -> Chart {
    let points: Vec<_> = (0..=200).map(|j| f64::from(j) / 200.0).map(|t| [t, scheduler.kappa(t)]).collect();
    let numbers = Table::of_numbers(&["t", "kappa"], points.iter().map(|p| p.to_vec()));
    let series = vec![Series::new("", points)];
    Chart { plot: over_time("scheduler", "κ", series), numbers, ..Chart::default() }
}

/// The rates of jumps over t; with a corrector in both directions. Off the mixture path there is no κ′/(1−κ): then they
/// are hazards, the largest that any token has.
pub fn rates_chart(path: &GridPath, scheduler: Scheduler, corrector: Corrector) -> Chart {
    let (conditional, corrected) = (path.conditional(), corrector.is_on());
    let mixture = conditional == ConditionalPath::Mixture;
    // The hazard of a metric path is found among K³ numbers.
    let looks = if path.metric().is_some() { 60 } else { 400 };
    let times = (0..=looks).map(|j| f64::from(j) / f64::from(looks));
    let rates: Vec<_> = times.map(|t| (t, sampler::grid::rates(corrector, path, scheduler, t))).collect();
    let series: Vec<(&str, Vec<[f64; 2]>)> = if corrected {
        let names = if mixture {
            ["α κ′/(1−κ), data", "β κ′/κ, noise"]
        } else {
            ["forward, data", "backward, noise"]
        };
        vec![
            (names[0], rates.iter().map(|(t, (forward, _))| [*t, *forward]).collect()),
            (names[1], rates.iter().map(|(t, (_, backward))| [*t, *backward]).collect()),
        ]
    } else {
        vec![("", rates.iter().map(|(t, (forward, _))| [*t, *forward]).collect())]
    };
    let seen = series.iter().flat_map(|(_, points)| points);
    let top = seen.filter(|p| (0.02..=MOST_OF_PATH).contains(&p[0]) && p[1].is_finite());
    let top = top.map(|p| 1.3 * p[1]).fold(USUAL_RATE, f64::max);
    let title = match (conditional, corrected) {
        (ConditionalPath::Mixture, false) => "jump rate κ′/(1−κ)",
        (ConditionalPath::Mixture, true) => "jump rates with corrector",
        (ConditionalPath::Metric(_), _) => "jump rate: the largest hazard of leaving a value",
        (_, false) => "jump rate: the hazard of being drawn anew",
        (_, true) => "jump rates: hazards of being drawn anew, with corrector",
    };
    let cut = series.iter().flat_map(|(_, points)| points).any(|p| p[1] > top);
    let names: &[&str] = if corrected { &["t", "forward", "backward"] } else { &["t", "rate"] };
    let numbers = Table::of_numbers(
        names,
        rates.iter().map(
            |(t, (forward, backward))| {
                if corrected { vec![*t, *forward, *backward] } else { vec![*t, *forward] }
            },
        ),
    );
    let series = series.into_iter().enumerate().map(|(color, (name, points))| {
        // What is cut off interrupts the line.
        let kept = points.into_iter().map(|[t, rate]| [t, if rate <= top { rate } else { f64::NAN }]);
        Series { look: Some(Look { color, ..Look::default() }), ..Series::new(name, kept.collect()) }
    });
    let notes =
        if cut { vec![format!("jump rates above {} are not drawn", format_value(top))] } else { Vec::new() };
    Chart { plot: over_time(title, "1 / time", series.collect()), numbers, notes, ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;
    use crate::flow::Metric;
    use crate::view::grid::charts::testing::column;

    #[test]
    fn rates_are_named_for_their_path_and_none_is_lost_from_the_numbers() {
        let path =
            |conditional| FlowSpec { k: Some(8), conditional, ..FlowSpec::default() }.path().expect("path");
        let linear = rates_chart(&path(ConditionalPath::Mixture), Scheduler::Linear, Corrector::OFF);
        assert_eq!(linear.plot.title, "jump rate κ′/(1−κ)");
        let rates = column(&linear.numbers, "rate");
        // 1/(1−t) at t = 0.975, far above what is drawn.
        assert!((rates[390] - 40.0).abs() < 1e-9 && rates.len() == 401);
        assert!(linear.plot.series[0].points.iter().all(|p| p[1].is_nan() || p[1] <= 12.0));
        assert!(linear.notes.concat().contains("above 12"));

        let metric = ConditionalPath::Metric(Metric { power: 1.0, c: 30.0, a: 1.0 });
        let metric = rates_chart(&path(metric), Scheduler::Linear, Corrector::OFF);
        assert!(metric.plot.title.contains("hazard") && !metric.plot.title.contains('κ'));
        let (all, drawn) = (column(&metric.numbers, "rate"), &metric.plot.series[0].points);
        let most_of_path = all.iter().zip(drawn).filter(|(_, p)| p[0] <= 0.7 && p[0] > 0.02);
        assert!(most_of_path.into_iter().all(|(rate, p)| *rate == p[1]), "most of it is drawn");
        assert!(all.iter().any(|rate| *rate > 12.0), "it does leave the usual range");

        let three = rates_chart(&path(ConditionalPath::ThreeWay(1.0)), Scheduler::Linear, Corrector::IMAGES);
        assert!(!three.plot.title.contains('κ') && three.plot.series[0].label == "forward, data");
        assert_eq!(three.numbers.names, ["t", "forward", "backward"]);
    }
}
