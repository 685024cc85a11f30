//! Curves of a training run, and of several beside each other.

use crate::figure::{Dash, LinePlot, Look, Series};
use crate::view::{Chart, Entry, Table};

/// One point of a run's curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// Seconds of training.
    pub seconds: f64,
    /// Steps.
    pub step: u64,
    /// The mean loss of the batches before.
    pub loss: f64,
    /// E|v − u|², where it is known.
    pub gap: Option<f64>,
    /// The least loss, where it is known.
    pub floor: Option<f64>,
}

/// A run among others.
#[derive(Clone, Debug)]
pub struct LearningRun {
    /// What it is called.
    pub name: String,
    /// Its colour.
    pub color: usize,
    /// Its curves.
    pub points: Vec<Learning>,
}

fn numbers(runs: &[LearningRun]) -> Table {
    let mut table = Table::new(&["run", "seconds", "step", "loss", "floor", "gap"]);
    for run in runs {
        table.rows.extend(run.points.iter().map(|point| {
            let known = [point.seconds, point.step as f64, point.loss];
            let maybe = [point.floor, point.gap].map(|x| x.unwrap_or(f64::NAN));
            std::iter::once(Entry::from(run.name.clone()))
                .chain(known.into_iter().chain(maybe).map(Entry::from))
                .collect()
        }));
    }
    table
}

fn along(points: &[Learning], of: impl Fn(&Learning) -> Option<f64>) -> Vec<[f64; 2]> {
    // Both axes are logarithmic.
    let known = points.iter().filter_map(|point| Some([point.seconds, of(point)?]));
    known.filter(|[seconds, value]| *seconds > 0.0 && *value > 0.0 && value.is_finite()).collect()
}

/// Loss, floor and gap of a run over seconds of training.
pub fn learning_chart(run: &LearningRun) -> Chart {
    let mut series =
        vec![Series { look: look(0, false), ..Series::new("loss", along(&run.points, |p| Some(p.loss))) }];
    let floor = along(&run.points, |p| p.floor);
    if !floor.is_empty() {
        series.push(Series { dashed: true, look: look(2, true), ..Series::new("floor", floor) });
        series.push(Series { look: look(1, false), ..Series::new("gap", along(&run.points, |p| p.gap)) });
    }
    let plot = LinePlot {
        title: "training".to_owned(),
        x_label: "seconds of training".to_owned(),
        y_label: "squared velocity".to_owned(),
        series,
        log_x: true,
        log_y: true,
        ..LinePlot::default()
    };
    Chart { plot, numbers: numbers(std::slice::from_ref(run)), ..Chart::default() }
}

/// The gaps of runs over seconds of training; the losses of those without.
pub fn learning_runs_chart(runs: &[LearningRun]) -> Chart {
    let series = runs.iter().map(|run| {
        let gaps = along(&run.points, |p| p.gap);
        let dashed = gaps.is_empty();
        let points = if dashed { along(&run.points, |p| Some(p.loss)) } else { gaps };
        Series { look: look(run.color, dashed), dashed, ..Series::new(run.name.clone(), points) }
    });
    let plot = LinePlot {
        title: "gaps of runs".to_owned(),
        x_label: "seconds of training".to_owned(),
        y_label: "gap; dashed: loss".to_owned(),
        series: series.collect(),
        log_x: true,
        log_y: true,
        ..LinePlot::default()
    };
    Chart { plot, numbers: numbers(runs), ..Chart::default() }
}

/// Values over the noise level.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelCurve {
    /// What it is called.
    pub name: String,
    /// Its colour.
    pub color: usize,
    /// Its pattern; what is compared is solid.
    pub dash: Dash,
    /// One a level.
    pub values: Vec<f64>,
}

/// Values over the noise level T.
pub fn levels_chart((title, y_label): (&str, &str), levels: &[f64], curves: &[LevelCurve]) -> Chart {
    let mut table = Table::new(&["curve", "T", y_label]);
    let series = curves.iter().map(|LevelCurve { name, color, dash, values }| {
        let points: Vec<[f64; 2]> =
            levels.iter().zip(values).map(|(level, value)| [*level, *value]).collect();
        let row =
            |[level, value]: &[f64; 2]| vec![Entry::from(name.clone()), (*level).into(), (*value).into()];
        table.rows.extend(points.iter().map(row));
        let look = Some(Look { color: *color, dash: *dash, ..Look::default() });
        // On a logarithmic axis there is no 0.
        Series { dashed: *dash != Dash::Solid, look, ..Series::new(name.clone(), points) }
    });
    let series = series.collect();
    let plot = LinePlot {
        title: title.to_owned(),
        x_label: "noise level T".to_owned(),
        y_label: y_label.to_owned(),
        series,
        log_x: true,
        log_y: true,
        ..LinePlot::default()
    };
    Chart { plot, numbers: table, ..Chart::default() }
}

/// A colour, and a dashed line where it is no curve of its own.
fn look(color: usize, dashed: bool) -> Option<Look> {
    let dash = if dashed { Dash::Dashed } else { Dash::Solid };
    Some(Look { color, dash, ..Look::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_its_floor_and_one_without_shows_its_loss() {
        let point = |seconds, gap: Option<f64>| Learning {
            seconds,
            step: 10,
            loss: 6.0,
            gap,
            floor: gap.map(|_| 5.5),
        };
        let run = |name: &str, gap| LearningRun {
            name: name.to_owned(),
            color: 3,
            points: vec![point(0.0, gap), point(1.0, gap), point(2.0, gap)],
        };
        let chart = learning_chart(&run("a", Some(0.5)));
        let names: Vec<&str> = chart.plot.series.iter().map(|series| series.label.as_str()).collect();
        assert_eq!(names, ["loss", "floor", "gap"]);
        assert_eq!(chart.plot.series[2].points, [[1.0, 0.5], [2.0, 0.5]]);
        let both = learning_runs_chart(&[run("a", Some(0.5)), run("b", None)]);
        assert!(!both.plot.series[0].dashed && both.plot.series[1].dashed);
        assert_eq!((both.plot.series[1].points[0][1], both.numbers.rows.len()), (6.0, 6));
        let curve = LevelCurve { name: "x".to_owned(), color: 1, dash: Dash::Dotted, values: vec![0.0, 2.0] };
        let levels = levels_chart(("t", "loss"), &[0.1, 1.0], &[curve]);
        let series = &levels.plot.series[0];
        assert!(series.dashed && !levels.plot.drawable(series.points[0]) && series.points[1] == [1.0, 2.0]);
        assert_eq!(levels.numbers.rows.len(), 2);
    }
}
