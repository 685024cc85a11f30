//! How far networks are from the best there is, over the time they were trained.

use crate::figure::{LinePlot, Look, Series};
use crate::view::{Chart, Entry, Table};

/// The gap of one training run over its time.
#[derive(Clone, Debug, PartialEq)]
pub struct RunGaps {
    /// Its name in the legend.
    pub name: String,
    /// Its colour, which it keeps when others are forgotten.
    pub color: usize,
    /// After which step, after how many seconds, and loss, floor and gap in nats per token.
    pub points: Vec<(u64, f64, [f64; 3])>,
}

/// Gaps to the Bayes floor over seconds of training.
pub fn gap_chart(runs: &[RunGaps]) -> Chart {
    let series = runs.iter().map(|run| {
        let points = run.points.iter().map(|(_, seconds, [.., gap])| [*seconds, *gap]);
        let look = Some(Look { color: run.color, ..Look::default() });
        Series { look, ..Series::new(run.name.clone(), points.collect()) }
    });
    let mut numbers = Table::new(&["run", "step", "seconds", "loss", "floor", "gap"]);
    for run in runs {
        for (step, seconds, losses) in &run.points {
            let [loss, floor, gap] = losses.map(Entry::from);
            numbers.rows.push(vec![
                run.name.clone().into(),
                (*step as usize).into(),
                (*seconds).into(),
                loss,
                floor,
                gap,
            ]);
        }
    }
    let plot = LinePlot {
        title: "gap to Bayes over training".to_owned(),
        x_label: "training time in seconds".to_owned(),
        y_label: "gap in nats per token".to_owned(),
        series: series.collect(),
        log_y: true,
        ..LinePlot::default()
    };
    let notes = vec!["exact expectations, each under its flow’s own scheduler".to_owned()];
    Chart { plot, numbers, notes, ..Chart::default() }
}
