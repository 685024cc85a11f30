//! The area picture of a language, and how true texts are by what they cost, as charts.

use super::settings::{Answers, TextSide};
use super::study::{LanguageCurve, TruthCurve};
use crate::figure::{Dash, LinePlot, Look, Series};
use crate::flow::Scheduler;
use crate::flow::sequence::Information;
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
    /// Whether a network answers: its steps are paid on its own curve, where that is known.
    pub of_network: bool,
}

/// Where sides step that pay the staircase, each called as in `names`; `best` is the best scheduler of one that takes it.
pub fn stairs_of(
    sides: &[TextSide],
    seed: u64,
    best: impl Fn(usize) -> Option<Scheduler>,
    names: &[String],
) -> Vec<Stair> {
    let stair = |(place, side): (usize, &TextSide)| Stair {
        label: names.get(place).cloned().unwrap_or_default(),
        place,
        kappas: side.config(seed, best(place)).kappas(),
        of_network: side.answers == Answers::Network,
    };
    sides.iter().enumerate().filter(|(_, side)| side.steps_on_curve()).map(stair).collect()
}

/// The information curve with what lies under it, what a network pays above it, and above that the staircases of samplers; that of
/// the side at the place `filled` is a surface, too.
pub fn areas_chart(of: &LanguageCurve, stairs: &[Stair], filled: usize) -> Chart {
    let bits = |curve: &Information, kappa: f64| of.bits(curve.at(kappa));
    // Closer where redundant texts give away what they have.
    let node = |n: usize| (n as f64 / PIECES as f64).powi(2);
    let look = |color, bars, dash| Some(Look { color, bars, dash, ..Look::default() });
    let mut series = Vec::new();
    let steps = |stair: &Stair| -> Vec<[f64; 2]> {
        let curve = of.paid(stair.of_network);
        let steps = stair.kappas.windows(2).filter(|step| step[1] > step[0]);
        steps.flat_map(|step| [step[0], step[1]].map(|kappa| [kappa, bits(curve, step[0])])).collect()
    };
    let surface = |curve: &Information| -> Vec<[f64; 2]> {
        let piece = |n: usize| {
            let y = bits(curve, 0.5 * (node(n) + node(n + 1)));
            [[node(n), y], [node(n + 1), y]]
        };
        (0..PIECES).flat_map(piece).collect()
    };
    let line = |curve: &Information| -> Vec<[f64; 2]> {
        (0..=PIECES).map(|n| [node(n), bits(curve, node(n))]).collect()
    };
    if let Some(stair) = stairs.iter().find(|stair| stair.place == filled) {
        series
            .push(Series { look: look(5, true, Dash::Solid), ..Series::new("parallel steps", steps(stair)) });
    }
    if let Some(network) = &of.network {
        let look = look(4, true, Dash::Solid);
        series.push(Series { look, ..Series::new("model gap", surface(&network.curve)) });
    }
    let entropy = Series::new("entropy", surface(&of.curve));
    series.push(Series { look: look(3, true, Dash::Solid), ..entropy });
    let exact = Series::new("g(κ)", line(&of.curve));
    series.push(Series { look: look(6, false, Dash::Solid), dashed: true, ..exact });
    if let Some(network) = &of.network {
        let look = look(6, false, Dash::Dotted);
        series.push(Series { look, dashed: true, ..Series::new("g_θ(κ)", line(&network.curve)) });
    }
    let others = stairs.iter().filter(|stair| stair.place != filled);
    series.extend(others.map(|stair| Series {
        look: look(stair.place, false, Dash::Dashed),
        dashed: true,
        ..Series::new(stair.label.clone(), steps(stair))
    }));
    let mut numbers = Table::new(&["curve", "kappa", "bits_a_token"]);
    let mut add = |name: &str, points: &[[f64; 2]]| {
        let row = |[x, y]: &[f64; 2]| vec![Entry::from(name.to_owned()), (*x).into(), (*y).into()];
        numbers.rows.extend(points.iter().map(row));
    };
    add("g", &line(&of.curve));
    if let Some(network) = &of.network {
        add("g_theta", &line(&network.curve));
    }
    for stair in stairs {
        add(&stair.label, &steps(stair));
    }
    let plot = LinePlot {
        title: "information curve".to_owned(),
        x_label: "κ".to_owned(),
        y_label: "bits a token".to_owned(),
        series,
        ..LinePlot::default()
    };
    let area = |name: &str, curve: &Information, error: f64| {
        let error = if error > 0.0 { format!(" ± {:.4}", of.bits(error)) } else { String::new() };
        format!("area under {name} {:.4} bits a token{error}", of.bits(curve.area()))
    };
    let network = of.network.as_ref().map(|network| area("g_θ(κ)", &network.curve, network.error));
    let notes = std::iter::once(area("g(κ)", &of.curve, of.error)).chain(network).collect();
    Chart { plot, numbers, notes, ..Chart::default() }
}

/// How true texts are over the evaluations that they cost; `what` is counted.
pub fn truth_chart(curves: &[TruthCurve], what: &str) -> Chart {
    let mut numbers = Table::new(&["sampler", "steps", "nfe", "right", "of", "share", "error"]);
    let mut series = Vec::new();
    for (n, curve) in curves.iter().enumerate() {
        let is_reference = n >= super::study::truth_ways().len();
        let (mut points, mut errors) = (Vec::new(), Vec::new());
        for (steps, nfe, truth) in &curve.points {
            points.extend(truth.share().map(|share| [*nfe, share]));
            errors.extend(truth.share().and(truth.error()));
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
            errors,
            ..Series::new(curve.name.clone(), points)
        });
    }
    let plot = LinePlot {
        title: what.to_owned(),
        x_label: "evaluations a text (NFE)".to_owned(),
        y_label: format!("share of {what}"),
        shares: true,
        series,
        log_x: true,
        ..LinePlot::default()
    };
    Chart { plot, numbers, ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::super::study::NetworkCurve;
    use super::super::{Lexicon, Reading, TextSettings, Truth};
    use super::*;
    use crate::denoiser::sequence::ExactDenoiser;
    use crate::flow::{FlowError, Scheduler};
    use crate::sampler::sequence::Closeness;
    use crate::sampler::sequence::SequenceConfig;

    #[test]
    fn areas_are_what_the_numbers_say() -> Result<(), FlowError> {
        let settings = TextSettings { language: "words".parse().expect("words"), ..TextSettings::default() };
        let words = Lexicon::load(&Reading::of(&settings)).expect("words");
        let of = (&*words.judge as &dyn ExactDenoiser, &words.language);
        let closeness = (4, Closeness { masks: 4, seed: 0 });
        let curve = LanguageCurve::of(of, None, closeness, &|| true).expect("a curve").expect("a curve");
        let config = SequenceConfig { scheduler: Scheduler::Linear, steps: 4, ..SequenceConfig::default() };
        let of = |place, of_network| Stair {
            label: "linear".to_owned(),
            place,
            kappas: config.kappas(),
            of_network,
        };
        let stair = |place| of(place, false);
        let chart = areas_chart(&curve, &[stair(0), stair(1)], 0);
        let area = |series: &Series| -> f64 {
            series.points.chunks(2).map(|top| (top[1][0] - top[0][0]) * top[0][1]).sum()
        };
        assert_eq!(chart.plot.series.len(), 4);
        let (stairs, under) = (area(&chart.plot.series[0]), area(&chart.plot.series[1]));
        assert!((under - curve.bits(curve.curve.area())).abs() < 1e-3, "{under}");
        let cost = curve.bits(curve.curve.staircase(&config.kappas()));
        assert!((stairs - cost).abs() < 1e-12 && stairs > under);
        // Of a network its own curve stands in between, and steps are paid on that.
        let dearer = Information::interpolated(words.language.tokens, &[(1, 4.0), (5, 4.0)]);
        let network = NetworkCurve { curve: dearer, error: 0.1 };
        let both = LanguageCurve { network: Some(network), ..curve.clone() };
        let chart = areas_chart(&both, &[of(0, true), stair(1)], 0);
        let names: Vec<&str> = chart.plot.series.iter().map(|series| series.label.as_str()).collect();
        assert_eq!(names, ["parallel steps", "model gap", "entropy", "g(κ)", "g_θ(κ)", "linear"]);
        let [steps, gap] = [0, 1].map(|n| area(&chart.plot.series[n]));
        assert!((gap - both.bits(both.paid(true).area())).abs() < 1e-3 && (steps - gap).abs() < 1e-3);
        assert!(chart.notes.len() == 2 && chart.numbers.to_csv().contains("g_theta,"));
        Ok(())
    }

    #[test]
    fn a_curve_a_sampler_and_a_row_a_point() {
        let truth = Truth { right: 3, all: 4 };
        let curve = TruthCurve { name: "linear".to_owned(), points: vec![(1, 1.0, truth), (2, 1.9, truth)] };
        let chart = truth_chart(&[curve], "true statements");
        assert_eq!(chart.plot.series[0].points, [[1.0, 0.75], [1.9, 0.75]]);
        let [low, high] = chart.plot.series[0].error_bars().next().expect("a bar");
        assert!((high[1] - low[1] - 2.0 * 0.2).abs() < 1e-6 && low[0] == 1.0);
        assert!(chart.numbers.to_csv().contains("linear,2,1.9,3,4,0.75,0.2"));
    }
}
