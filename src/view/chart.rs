//! A plot, described once: the window draws it and a figure holds it.

use super::Table;
use super::grid::Style;
use super::grid::picture::{caption, finished};
use crate::figure::{Drawing, Figure, LinePlot};

/// A plot and all of its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What is drawn, without caption.
    pub plot: LinePlot,
    /// The numbers with every digit, also those that the plot cuts off.
    pub numbers: Table,
    /// What the caption must say about it.
    pub notes: Vec<String>,
}

impl Chart {
    /// The figure.
    pub fn figure(&self, style: &Style) -> Figure {
        let plot = LinePlot { caption: caption(style, self.notes.clone()), ..self.plot.clone() };
        finished(Drawing::Plot(plot), style)
    }
}
