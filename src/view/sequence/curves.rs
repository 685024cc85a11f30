//! What happened along runs of sequences, as curves and numbers.

use crate::figure::{Dash, LinePlot, Look, Series};
use crate::flow::counted;
use crate::sampler::sequence::{Doubt, StepRecord};
use crate::view::{Chart, Table};

/// A run as far as it went, and what it is called.
#[derive(Clone, Debug)]
pub struct LoggedRun {
    /// Its settings in a few words.
    pub label: String,
    /// Its place among the settings that are compared, which gives its colour.
    pub place: usize,
    /// Every step that was done.
    pub records: Vec<StepRecord>,
    /// How undecided the denoiser was before each step, where it was asked.
    pub doubts: Vec<Option<Doubt>>,
    /// Seconds that each step took, from the one before.
    pub seconds: Vec<f64>,
}

/// A curve along a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunCurve {
    /// The share of the tokens that are revealed, over κ.
    Revealed,
    /// The mean entropy of tokens that are not decided, over t.
    Entropy,
    /// Passes of the denoiser a sequence so far, over t.
    Passes,
}

impl RunCurve {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Revealed, Self::Entropy, Self::Passes];

    /// The points of a run of `count` sequences.
    fn points(self, run: &LoggedRun, count: usize) -> Vec<[f64; 2]> {
        let records = run.records.iter();
        match self {
            Self::Revealed => records.filter_map(|at| Some([at.kappa, at.revealed?])).collect(),
            Self::Entropy => {
                let both = records.zip(&run.doubts);
                both.filter_map(|(at, doubt)| Some([at.t, doubt.as_ref()?.bits])).collect()
            }
            Self::Passes => records.map(|at| [at.t, at.passes as f64 / count.max(1) as f64]).collect(),
        }
    }

    /// What it is.
    pub fn title(self) -> &'static str {
        match self {
            Self::Revealed => "revealed tokens",
            Self::Entropy => "entropy of undecided tokens",
            Self::Passes => "denoiser evaluations",
        }
    }
}

/// One curve of every run, of `count` sequences each; `one` is what a sequence is, such as “image”.
pub fn runs_chart(curve: RunCurve, runs: &[&LoggedRun], (count, one): (usize, &str)) -> Chart {
    let article = if one.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    let (x_label, y_label) = match curve {
        RunCurve::Revealed => ("κ", "share of the tokens".to_owned()),
        RunCurve::Entropy => ("t", "bits a token".to_owned()),
        RunCurve::Passes => ("t", format!("evaluations {article} {one}")),
    };
    let look = |color, dash| Some(Look { color, dash, ..Look::default() });
    // A run's steps are too many to be marked.
    let mut series: Vec<Series> = runs
        .iter()
        .map(|run| Series {
            look: look(run.place, Dash::Solid),
            dashed: true,
            ..Series::new(run.label.clone(), curve.points(run, count))
        })
        .collect();
    let mut notes = Vec::new();
    match curve {
        RunCurve::Revealed => {
            let ideal = vec![[0.0, 0.0], [1.0, 1.0]];
            let dash = Dash::Dashed;
            series.push(Series { look: look(6, dash), dashed: true, ..Series::new("κ itself", ideal) });
        }
        RunCurve::Entropy => {
            let all = runs.iter().flat_map(|run| run.doubts.iter().flatten());
            if let Some(most) = all.map(|doubt| doubt.asked).max() {
                notes.push(format!("over at most {} of a step", counted(most, "token")));
            }
        }
        RunCurve::Passes => {}
    }
    let plot = LinePlot {
        title: curve.title().to_owned(),
        x_label: x_label.to_owned(),
        y_label,
        series,
        ..LinePlot::default()
    };
    Chart { plot, numbers: runs_numbers(runs), notes, ..Chart::default() }
}

/// Everything that is on record of the runs: a row a step.
pub fn runs_numbers(runs: &[&LoggedRun]) -> Table {
    let mut table = Table::new(&[
        "run",
        "step",
        "t",
        "kappa",
        "revealed",
        "drawn",
        "renoised",
        "changed",
        "passes",
        "entropy_bits",
        "entropy_error",
        "seconds",
    ]);
    for run in runs {
        for (at, record) in run.records.iter().enumerate() {
            let doubt = run.doubts.get(at).copied().flatten();
            table.rows.push(vec![
                run.label.clone().into(),
                record.step.into(),
                record.t.into(),
                record.kappa.into(),
                record.revealed.into(),
                record.drawn.into(),
                record.renoised.into(),
                record.changed.into(),
                record.passes.into(),
                doubt.map(|doubt| doubt.bits).into(),
                doubt.map(|doubt| doubt.error).into(),
                run.seconds.get(at).copied().into(),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_a_curve_a_run_and_its_numbers_a_row_a_step() {
        let record = |step: usize| StepRecord {
            step,
            t: step as f64 / 2.0,
            kappa: step as f64 / 4.0,
            revealed: Some(step as f64 / 5.0),
            drawn: 3,
            renoised: 0,
            changed: 3,
            passes: 10 * step,
        };
        let doubt = Doubt { bits: 1.5, error: 0.1, asked: 40 };
        let run = |label: &str, place| LoggedRun {
            label: label.to_owned(),
            place,
            records: (0..3).map(record).collect(),
            doubts: vec![Some(doubt), None, None],
            seconds: vec![0.0, 0.5, 0.5],
        };
        let (linear, cubic) = (run("linear", 0), run("cubic", 2));
        let runs = [&linear, &cubic];
        let revealed = runs_chart(RunCurve::Revealed, &runs, (5, "image"));
        assert_eq!(revealed.plot.series.len(), 3);
        let color = |n: usize| revealed.plot.series[n].look.map(|look| look.color);
        assert_eq!([color(0), color(1)], [Some(0), Some(2)], "the second has no run yet");
        assert_eq!(revealed.plot.series[1].points, [[0.0, 0.0], [0.25, 0.2], [0.5, 0.4]]);
        let entropy = runs_chart(RunCurve::Entropy, &runs, (5, "image"));
        assert_eq!(entropy.plot.series[0].points, [[0.0, 1.5]]);
        assert!(entropy.notes[0].contains("40"));
        let passes = runs_chart(RunCurve::Passes, &runs, (5, "image"));
        assert_eq!(passes.plot.series[0].points[2], [1.0, 4.0]);
        assert_eq!(passes.numbers.rows.len(), 6);
        assert!(passes.numbers.to_csv().contains("cubic,2,1,0.5,0.4,3,0,3,20,,,0.5"));
    }
}
