//! Early samples of training runs: what each network made at fixed times, a row a run.

use super::Style;
use super::picture::{caption, finished};
use crate::figure::{CellLayout, Drawing, Figure, Scale, Strip, StripFrame, StripRow};
use crate::view::{Entry, Table};
use ndarray::Array2;
use std::sync::Arc;

/// The early samples of one run.
#[derive(Clone, Debug)]
pub struct EarlyRun {
    /// Which run it is.
    pub name: String,
    /// What it learns, \[K, K\] or with a mask margin around it; none where it is not known any more.
    pub target: Option<Array2<f64>>,
    /// K.
    pub k: usize,
    /// Seconds and steps of training, and the pmf \[V, V\] at t = 1.
    pub samples: Vec<(f64, u64, Arc<Array2<f64>>)>,
}

impl EarlyRun {
    fn cells(&self, pmf: &Array2<f64>) -> Array2<f64> {
        pmf.slice(ndarray::s![..self.k, ..self.k]).to_owned()
    }
}

/// The samples of all runs of the first one's K, on the colours of its target.
///
/// # Errors
/// Says that there is no sample yet.
pub fn early_figure(runs: &[EarlyRun], style: &Style) -> Result<Figure, String> {
    let of = shown(runs);
    let first = of.first().ok_or("no run has an early sample yet")?;
    let known = first.target.as_ref().or(first.samples.first().map(|(.., pmf)| &**pmf));
    let scale = known.map(|pmf| Scale::from_values_sequential(&first.cells(pmf)));
    let rows = of.iter().map(|run| StripRow {
        label: run.name.clone(),
        panels: run
            .samples
            .iter()
            .map(|(seconds, _, pmf)| StripFrame::new(format!("{seconds:.0} s"), run.cells(pmf)))
            .collect(),
    });
    let mut strip =
        Strip::new(rows.collect(), CellLayout::new(first.k, false), scale.unwrap_or(Scale::sequential(1.0)));
    strip.title = "early samples".to_owned();
    strip.unit = "probability of a state".to_owned();
    let mut notes = vec!["the whole pmf at t = 1 after these seconds of training, exact method".to_owned()];
    if of.len() < runs.iter().filter(|run| !run.samples.is_empty()).count() {
        notes.push(format!("runs of another K than {} are left out", first.k));
    }
    strip.caption = caption(style, notes);
    Ok(finished(Drawing::Strip(strip), style))
}

/// The numbers behind [`early_figure`].
pub fn early_numbers(runs: &[EarlyRun]) -> Table {
    let mut all = Table::new(&["run", "seconds", "step", "token_1", "token_2", "value"]);
    for run in shown(runs) {
        for (seconds, step, pmf) in &run.samples {
            all.rows.extend(run.cells(pmf).indexed_iter().map(|((z1, z2), value)| {
                let head = [run.name.clone().into(), Entry::from(*seconds), Entry::from(*step as usize)];
                head.into_iter().chain([z1.into(), z2.into(), Entry::from(*value)]).collect()
            }));
        }
    }
    all
}

/// Those of one K that have samples.
fn shown(runs: &[EarlyRun]) -> Vec<&EarlyRun> {
    let with_samples = || runs.iter().filter(|run| !run.samples.is_empty());
    let k = with_samples().next().map(|run| run.k);
    with_samples().filter(|run| Some(run.k) == k).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, k: usize, count: usize) -> EarlyRun {
        let pmf = |n: usize| Arc::new(Array2::from_elem((k + 1, k + 1), (n + 1) as f64 / 100.0));
        let samples = (0..count).map(|n| (n as f64 + 1.0, 10 * n as u64, pmf(n))).collect();
        EarlyRun { name: name.to_owned(), target: Some(Array2::from_elem((k, k), 0.02)), k, samples }
    }

    #[test]
    fn runs_are_rows_on_the_target_s_colours_and_other_sizes_are_said_to_be_left_out() {
        let runs = [run("none yet", 9, 0), run("run 1", 4, 3), run("run 2", 5, 2), run("run 3", 4, 1)];
        let style = Style { caption: Some(String::new()), ..Style::default() };
        let figure = early_figure(&runs, &style).expect("a figure");
        let Drawing::Strip(strip) = figure.drawing else { panic!("a strip") };
        let labels: Vec<_> = strip.rows.iter().map(|row| (row.label.as_str(), row.panels.len())).collect();
        assert_eq!(labels, [("run 1", 3), ("run 3", 1)]);
        assert_eq!(strip.scale.max, 0.02);
        assert_eq!(strip.rows[0].panels[2].values, Array2::from_elem((4, 4), 0.03));
        assert!(strip.caption.contains("another K than 4"), "{}", strip.caption);
        let numbers = early_numbers(&runs);
        assert_eq!(numbers.rows.len(), 4 * 16);
        assert_eq!(numbers.rows[16 * 2][1], Entry::Number(3.0));
        assert!(early_figure(&runs[..1], &style).is_err());
    }
}
