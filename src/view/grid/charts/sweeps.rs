//! Corrector iterations at a held time: TV to p_t sweep by sweep.

use crate::figure::{Dash, LinePlot, Look, Series};
use crate::view::{Chart, Entry, Table};

/// TV to p_t after 0, 1, … corrector iterations at a held time: one named curve each.
pub fn sweeps_chart(curves: &[(&str, Vec<f64>)]) -> Chart {
    let dashes = [Dash::Solid, Dash::Dashed, Dash::Dashed];
    let drawn = curves.iter().zip([1, 1, 2].into_iter().zip(dashes));
    let series = drawn.map(|((name, tv), (color, dash))| Series {
        look: Some(Look { color, dash, ..Look::default() }),
        dashed: true,
        ..Series::new(*name, (0u32..).zip(tv).map(|(n, tv)| [f64::from(n), *tv]).collect())
    });
    let plot = LinePlot {
        title: "sweeps at held t".to_owned(),
        x_label: "corrector iterations".to_owned(),
        y_label: "TV to pₜ".to_owned(),
        series: series.collect(),
        log_y: true,
        ..LinePlot::default()
    };
    let mut numbers = Table::new(&["sweeps"]);
    numbers.names.extend(curves.iter().map(|(name, _)| (*name).to_owned()));
    let longest = curves.iter().map(|(_, tv)| tv.len()).max().unwrap_or(0);
    let row = |n: usize| {
        let values = curves.iter().map(|(_, tv)| tv.get(n).copied().into());
        std::iter::once(Entry::from(n)).chain(values).collect()
    };
    numbers.rows = (0..longest).map(row).collect();
    let notes = vec!["the exact denoiser, no Monte-Carlo noise".to_owned()];
    Chart { plot, numbers, notes, ..Chart::default() }
}
