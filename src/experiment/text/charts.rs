//! The area picture of a language, and how true texts are by what they cost, as charts.

use super::study::{LanguageCurve, TruthCurve};
use crate::figure::{Dash, LinePlot, Look, Series};
use crate::view::{Chart, Entry, Table};

/// Pieces of the curve that is drawn.
const PIECES: usize = 96;

/// Where a sampler steps, to be drawn as a staircase.
#[derive(Clone, Debug, PartialEq)]
pub struct Stair {
    /// In words.
    pub label: String,
    /// Its place among what is compared, which gives its colour.
    pub place: usize,
    /// κ before each step, and 1.
    pub kappas: Vec<f64>,
}

/// The information curve with what lies under it, and the staircases of samplers above it; that of `filled` is a surface, too.
pub fn areas_chart(of: &LanguageCurve, stairs: &[Stair], filled: usize) -> Chart {
    let bits = |kappa: f64| of.bits(of.curve.at(kappa));
    // Closer where redundant texts give away what they have.
    let node = |n: usize| (n as f64 / PIECES as f64).powi(2);
    let look = |color, bars, dash| Some(Look { color, bars, dash, ..Look::default() });
    let mut series = Vec::new();
    let steps = |kappas: &[f64]| -> Vec<[f64; 2]> {
        kappas
            .windows(2)
            .filter(|step| step[1] > step[0])
            .flat_map(|step| [[step[0], bits(step[0])], [step[1], bits(step[0])]])
            .collect()
    };
    if let Some(stair) = stairs.get(filled) {
        series.push(Series {
            look: look(1, true, Dash::Solid),
            ..Series::new("parallel steps", steps(&stair.kappas))
        });
    }
    let under = (0..PIECES).flat_map(|n| {
        let y = bits(0.5 * (node(n) + node(n + 1)));
        [[node(n), y], [node(n + 1), y]]
    });
    series.push(Series { look: look(0, true, Dash::Solid), ..Series::new("entropy", under.collect()) });
    let line = (0..=PIECES).map(|n| [node(n), bits(node(n))]).collect();
    series.push(Series { look: look(6, false, Dash::Solid), dashed: true, ..Series::new("g(κ)", line) });
    let others = stairs.iter().enumerate().filter(|(n, _)| *n != filled);
    series.extend(others.map(|(_, stair)| Series {
        look: look(stair.place + 2, false, Dash::Dashed),
        dashed: true,
        ..Series::new(stair.label.clone(), steps(&stair.kappas))
    }));
    let mut numbers = Table::new(&["curve", "kappa", "bits_a_token"]);
    let mut add = |name: &str, points: &[[f64; 2]]| {
        let row = |[x, y]: &[f64; 2]| vec![Entry::from(name.to_owned()), (*x).into(), (*y).into()];
        numbers.rows.extend(points.iter().map(row));
    };
    let points: Vec<[f64; 2]> = (0..=PIECES).map(|n| [node(n), bits(node(n))]).collect();
    add("g", &points);
    for stair in stairs {
        add(&stair.label, &steps(&stair.kappas));
    }
    let plot = LinePlot {
        title: "information curve".to_owned(),
        x_label: "κ".to_owned(),
        y_label: "bits a token".to_owned(),
        series,
        ..LinePlot::default()
    };
    let notes = vec![format!(
        "area under g(κ) {:.4} bits a token{}",
        of.bits(of.curve.area()),
        if of.error > 0.0 { format!(" ± {:.4}", of.bits(of.error)) } else { String::new() }
    )];
    Chart { plot, numbers, notes, ..Chart::default() }
}

/// How true texts are over the evaluations that they cost; `what` is counted.
pub fn truth_chart(curves: &[TruthCurve], what: &str) -> Chart {
    let mut numbers = Table::new(&["sampler", "steps", "nfe", "right", "of", "share", "error"]);
    let mut series = Vec::new();
    for (n, curve) in curves.iter().enumerate() {
        let is_reference = n >= super::study::truth_ways().len();
        let mut points = Vec::new();
        for (steps, nfe, truth) in &curve.points {
            points.extend(truth.share().map(|share| [*nfe, share]));
            numbers.rows.push(vec![
                curve.name.clone().into(),
                (*steps).into(),
                (*nfe).into(),
                truth.right.into(),
                truth.all.into(),
                truth.share().into(),
                truth.error().into(),
            ]);
        }
        let look = Look {
            color: if is_reference { 6 } else { n },
            dash: if is_reference { Dash::Dashed } else { Dash::Solid },
            ..Look::default()
        };
        series.push(Series {
            look: Some(look),
            dashed: is_reference,
            ..Series::new(curve.name.clone(), points)
        });
    }
    let plot = LinePlot {
        title: what.to_owned(),
        x_label: "evaluations a text (NFE)".to_owned(),
        y_label: format!("share of {what}"),
        series,
        log_x: true,
        ..LinePlot::default()
    };
    Chart { plot, numbers, ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::super::{Lexicon, Reading, TextSettings, Truth};
    use super::*;
    use crate::flow::{FlowError, Scheduler};
    use crate::sampler::sequence::SequenceConfig;

    #[test]
    fn areas_are_what_the_numbers_say() -> Result<(), FlowError> {
        let settings = TextSettings { language: "words".parse().expect("words"), ..TextSettings::default() };
        let words = Lexicon::load(&Reading::of(&settings)).expect("words");
        let curve = LanguageCurve::of(&words, (4, 4), &|| true).expect("a curve").expect("a curve");
        let config = SequenceConfig { scheduler: Scheduler::Linear, steps: 4, ..SequenceConfig::default() };
        let stair = |place| Stair { label: "linear".to_owned(), place, kappas: config.kappas() };
        let chart = areas_chart(&curve, &[stair(0), stair(1)], 0);
        let area = |series: &Series| -> f64 {
            series.points.chunks(2).map(|top| (top[1][0] - top[0][0]) * top[0][1]).sum()
        };
        assert_eq!(chart.plot.series.len(), 4);
        let (stairs, under) = (area(&chart.plot.series[0]), area(&chart.plot.series[1]));
        assert!((under - curve.bits(curve.curve.area())).abs() < 1e-3, "{under}");
        let cost = curve.bits(curve.curve.staircase(&config.kappas()));
        assert!((stairs - cost).abs() < 1e-12 && stairs > under);
        Ok(())
    }

    #[test]
    fn a_curve_a_sampler_and_a_row_a_point() {
        let truth = Truth { right: 3, all: 4 };
        let curve = TruthCurve { name: "linear".to_owned(), points: vec![(1, 1.0, truth), (2, 1.9, truth)] };
        let chart = truth_chart(&[curve], "true statements");
        assert_eq!(chart.plot.series[0].points, [[1.0, 0.75], [1.9, 0.75]]);
        assert!(chart.numbers.to_csv().contains("linear,2,1.9,3,4,0.75,0.21650635"));
    }
}
