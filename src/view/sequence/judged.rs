//! Perplexity against token entropy: how likely a judge finds texts, and how many different letters they have. Left is not
//! better: texts that repeat themselves lie there, too.

use crate::data::language::{MeanError, Measures};
use crate::figure::{Dash, LinePlot, Look, Marker, Series};
use crate::view::{Chart, Table};
use std::f64::consts::TAU;

/// What texts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgedKind {
    /// Real ones: they have an ellipse.
    Real,
    /// A sampler's, one of a trail of that name: more steps, lower temperatures.
    Sampled(String),
    /// Texts that cheat the judge.
    Cheat,
}

/// Texts with what was measured of each.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedTexts {
    /// What they are called.
    pub name: String,
    /// What they are.
    pub kind: JudgedKind,
    /// Of each text.
    pub each: Vec<Measures>,
}

impl JudgedTexts {
    /// Bits a letter and token entropy, on average.
    fn means(&self) -> [MeanError; 2] {
        [MeanError::of(self.each.iter().map(|m| m.bits)), MeanError::of(self.each.iter().map(|m| m.entropy))]
    }

    /// Where it lies.
    fn point(&self) -> [f64; 2] {
        self.means().map(|of| of.mean)
    }
}

/// In how many straight pieces an ellipse is drawn.
const PIECES: usize = 72;
/// How many standard deviations it is away from its middle: 86% of a normal distribution lie inside.
const WIDE: f64 = 2.0;

/// The ellipse of the spread of points around their mean.
fn ellipse(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let n = points.len() as f64;
    if points.len() < 3 {
        return Vec::new();
    }
    let mean = [0, 1].map(|i| points.iter().map(|p| p[i]).sum::<f64>() / n);
    let covariance = |i: usize, j: usize| {
        points.iter().map(|p| (p[i] - mean[i]) * (p[j] - mean[j])).sum::<f64>() / (n - 1.0)
    };
    // The factor of Cholesky: a circle times it has this covariance.
    let a = covariance(0, 0).sqrt();
    let b = if a > 0.0 { covariance(0, 1) / a } else { 0.0 };
    let c = (covariance(1, 1) - b * b).max(0.0).sqrt();
    let at = |piece: usize| {
        let (sin, cos) = (TAU * piece as f64 / PIECES as f64).sin_cos();
        [mean[0] + WIDE * a * cos, mean[1] + WIDE * (b * cos + c * sin)]
    };
    (0..=PIECES).map(at).collect()
}

/// Bits a letter by a judge against token entropy: a trail a kind of sampler, real texts with their ellipse, cheats each with a mark of its own.
/// `judge` says who judges.
pub fn perplexity_chart(all: &[JudgedTexts], judge: &str) -> Chart {
    let look = |color, dash, marker| Some(Look { color, dash, marker, ..Look::default() });
    let mut series: Vec<Series> = Vec::new();
    let mut color = 0;
    let mut cheats = [Marker::Cross, Marker::Triangle, Marker::Diamond].iter();
    for texts in all {
        match &texts.kind {
            JudgedKind::Real => {
                let points: Vec<[f64; 2]> = texts.each.iter().map(|m| [m.bits, m.entropy]).collect();
                let spread = Series {
                    look: look(6, Dash::Dashed, Marker::default()),
                    dashed: true,
                    ..Series::new(format!("{}, ± 2 standard deviations", texts.name), ellipse(&points))
                };
                let middle = Series {
                    look: look(6, Dash::Solid, Marker::Square),
                    ..Series::new("", vec![texts.point()])
                };
                series.extend([spread, middle]);
            }
            JudgedKind::Cheat => {
                let point = vec![texts.point()];
                let mark = look(1, Dash::Solid, *cheats.next().unwrap_or(&Marker::Cross));
                series.push(Series { look: mark, ..Series::new(texts.name.clone(), point) });
            }
            JudgedKind::Sampled(trail) => match series.iter_mut().find(|known| known.label == *trail) {
                Some(known) => known.points.push(texts.point()),
                None => {
                    // The second colour is that of cheats.
                    let own = if color == 0 { 0 } else { color + 1 };
                    color += 1;
                    let mark = look(own, Dash::Solid, Marker::Disc);
                    series.push(Series { look: mark, ..Series::new(trail.clone(), vec![texts.point()]) });
                }
            },
        }
    }
    let mut numbers = Table::new(&[
        "texts",
        "trail",
        "count",
        "bits_a_letter",
        "bits_error",
        "token_entropy",
        "token_entropy_error",
        "distinct_8grams",
    ]);
    numbers.rows.extend(all.iter().map(|texts| {
        let [bits, entropy] = texts.means();
        let trail = match &texts.kind {
            JudgedKind::Real => "real",
            JudgedKind::Cheat => "cheat",
            JudgedKind::Sampled(trail) => trail,
        };
        let known = |of: MeanError| of.error.is_finite().then_some(of.error);
        vec![
            texts.name.clone().into(),
            trail.to_owned().into(),
            texts.each.len().into(),
            bits.mean.into(),
            known(bits).into(),
            entropy.mean.into(),
            known(entropy).into(),
            MeanError::of(texts.each.iter().map(|m| m.distinct)).mean.into(),
        ]
    }));
    let plot = LinePlot {
        title: "perplexity against token entropy".to_owned(),
        x_label: format!("bits a letter by a {judge}"),
        y_label: "token entropy, bits".to_owned(),
        series,
        ..LinePlot::default()
    };
    let notes = vec!["left is not better: texts that repeat themselves lie there".to_owned()];
    Chart { plot, numbers, notes, ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(name: &str, kind: JudgedKind, points: &[[f64; 2]]) -> JudgedTexts {
        let measures = |&[bits, entropy]: &[f64; 2]| Measures {
            bits,
            entropy,
            distinct: 1.0,
            words: [0, 0],
            copied: None,
        };
        JudgedTexts { name: name.to_owned(), kind, each: points.iter().map(measures).collect() }
    }

    #[test]
    fn an_ellipse_has_the_spread_of_its_points() {
        let points = [[0.0, 1.0], [2.0, 1.0], [1.0, 0.0], [1.0, 2.0]];
        let around = ellipse(&points);
        let reach = |i: usize| around.iter().map(|p| p[i]).fold(f64::NEG_INFINITY, f64::max);
        // Variances of 2/3 in both directions, and nothing between them.
        let expected = 1.0 + 2.0 * (2.0_f64 / 3.0).sqrt();
        assert!((reach(0) - expected).abs() < 1e-12 && (reach(1) - expected).abs() < 1e-3);
        let closed = [0, 1].iter().all(|&i| (around[0][i] - around[72][i]).abs() < 1e-12);
        assert!(around.len() == 73 && closed);
        assert!(ellipse(&points[..2]).is_empty());
        let flat = ellipse(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]);
        assert!(flat.iter().all(|p| p[0] == 1.0 && p[1].is_finite()));
    }

    #[test]
    fn runs_are_trails_real_texts_have_an_ellipse_and_cheats_a_cross() {
        let steps = || JudgedKind::Sampled("steps".to_owned());
        let all = [
            texts("held out", JudgedKind::Real, &[[2.0, 4.0], [2.2, 4.1], [2.1, 4.3]]),
            texts("1 step", steps(), &[[5.0, 4.2], [5.2, 4.2]]),
            texts("16 steps", steps(), &[[3.0, 4.2]]),
            texts("τ = 0.5", JudgedKind::Sampled("temperature".to_owned()), &[[1.5, 3.0]]),
            texts("the", JudgedKind::Cheat, &[[1.9, 2.0]]),
        ];
        let chart = perplexity_chart(&all, "5-gram judge");
        let labels: Vec<&str> = chart.plot.series.iter().map(|series| series.label.as_str()).collect();
        assert_eq!(labels, ["held out, ± 2 standard deviations", "", "steps", "temperature", "the"]);
        assert_eq!(chart.plot.series[2].points, [[5.1, 4.2], [3.0, 4.2]]);
        assert_eq!(chart.plot.series[4].look.map(|look| look.marker), Some(Marker::Cross));
        assert_eq!(
            (chart.numbers.rows.len(), chart.plot.x_label.as_str()),
            (5, "bits a letter by a 5-gram judge")
        );
    }
}
