//! The plots beside the views, as figures and numbers: each in a file of its own.

mod cell;
mod curves;
mod distances;
mod gap;
mod log;
mod scheduler;
mod sweeps;
#[cfg(test)]
mod testing;

pub use cell::{CellBars, cell_chart, token_chart};
pub use curves::curves_chart;
pub use distances::distances_chart;
pub use gap::{RunGaps, gap_chart};
pub use log::log_chart;
pub use scheduler::{kappa_chart, rates_chart};
pub use sweeps::sweeps_chart;

use crate::figure::{LinePlot, Series};

fn over_time(title: &str, y_label: &str, series: Vec<Series>) -> LinePlot {
    LinePlot {
        title: title.to_owned(),
        x_label: "t".to_owned(),
        y_label: y_label.to_owned(),
        series,
        ..LinePlot::default()
    }
}
