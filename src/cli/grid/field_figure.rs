//! A quantity as a print-ready figure.

use crate::cli::grid::quantity::{Quantity, Values, token};
use crate::data::FlowSpec;
use crate::figure::scale::format_value;
use crate::figure::{CellLayout, Drawing, Figure, HeatPanel, LinePlot, Scale, Series};
use crate::flow::{Axis, GridPath};
use ndarray::{Array2, s};
use std::fmt::Write as _;

/// So many points of a curve are drawn with markers.
const MARKED: usize = 24;

/// The figure of `values`: a heat map of a field, a curve of a distribution over y.
pub fn figure(
    spec: &FlowSpec,
    path: &GridPath,
    (t, quantity): (f64, Quantity),
    values: &Values,
    captioned: bool,
) -> Figure {
    let caption = format!("{spec}; t = {t}, κ = {:.6}", spec.scheduler.kappa(t));
    let mut drawing = match quantity {
        Quantity::Posterior(..) | Quantity::NoisePosterior(..) => curve(path, quantity, values, caption),
        Quantity::Current(axis) => current_map(t, quantity, axis, values, caption),
        _ => heat_map(path, t, quantity, values, caption),
    };
    if !captioned {
        drawing.caption_mut().clear();
    }
    Figure { drawing, recipe: String::new() }
}

/// Cuts along one axis, states along the other: one cut more than there are states, so the square has a grey edge.
fn current_map(t: f64, quantity: Quantity, axis: Axis, values: &Values, mut caption: String) -> Drawing {
    let (rows, columns) = values.table.dim();
    let side = rows.max(columns);
    let mut table = Array2::from_elem((side, side), f64::NAN);
    table.slice_mut(s![..rows, ..columns]).assign(&values.table);
    caption.push_str("; counted upward through the cut below each value; grey: no such state");
    let scale = Scale::from_values_diverging(&values.table);
    let title = format!("{} at t = {t}", name(quantity));
    let mut panel = HeatPanel::new(title, table, CellLayout::new(side, false), scale);
    match axis {
        Axis::First => panel.x_label = "cut below token 1".to_owned(),
        Axis::Second => panel.y_label = "cut below token 2".to_owned(),
    }
    panel.unit = "probability / unit time".to_owned();
    panel.caption = caption;
    Drawing::Heat(Box::new(panel))
}

fn heat_map(path: &GridPath, t: f64, quantity: Quantity, values: &Values, mut caption: String) -> Drawing {
    let scale_of = |table: &Array2<f64>| {
        if quantity.is_signed() {
            Scale::from_values_diverging(table)
        } else {
            Scale::from_values_sequential(table)
        }
    };
    let mut scale = scale_of(&values.table);
    // One masked state holds more than a thousand data states: on its scale they would all look empty.
    let k = path.data_tokens();
    let data = values.table.slice(s![..k, ..k]).to_owned();
    if path.has_mask() && data.iter().any(|&x| x != 0.0) && scale_of(&data).max < scale.max {
        _ = write!(
            caption,
            "; colours end at the data states, in the mask margins values go to {}",
            format_value(scale.max)
        );
        scale = scale_of(&data);
    }
    let layout = CellLayout::new(k, path.has_mask());
    let title = format!("{} at t = {t}", name(quantity));
    let mut panel = HeatPanel::new(title, values.table.clone(), layout, scale);
    panel.unit = if quantity.is_rate() { "probability / unit time" } else { "probability" }.to_owned();
    panel.caption = caption;
    Drawing::Heat(Box::new(panel))
}

fn curve(path: &GridPath, quantity: Quantity, values: &Values, caption: String) -> Drawing {
    let values = values.table.iter().enumerate().map(|(y, p)| (y as f64, *p));
    // Few values are marked points; many are stairs, one step a value.
    let points = if path.vocabulary() <= MARKED {
        values.map(|(y, p)| [y, p]).collect()
    } else {
        values.flat_map(|(y, p)| [[y - 0.5, p], [y + 0.5, p]]).collect()
    };
    let mask = if path.has_mask() { format!(" ({} = mask)", path.data_tokens()) } else { String::new() };
    Drawing::Plot(LinePlot {
        title: name(quantity),
        x_label: format!("token value y{mask}"),
        y_label: "probability".to_owned(),
        series: vec![Series::new("", points)],
        caption,
        ..LinePlot::default()
    })
}

fn name(quantity: Quantity) -> String {
    match quantity {
        Quantity::Pmf => "probability p".to_owned(),
        Quantity::Slope => "dp/dt".to_owned(),
        Quantity::Divergence => "divergence −dp/dt".to_owned(),
        Quantity::DivergenceAlong(axis) => format!("divergence along token {}", token(axis)),
        Quantity::Current(axis) => format!("current along token {}", token(axis)),
        Quantity::Traffic => "traffic out of each state".to_owned(),
        Quantity::Posterior(axis, [z1, z2]) => {
            format!("data token {} given the state ({z1}, {z2})", token(axis))
        }
        Quantity::NoisePosterior(axis, [z1, z2]) => {
            format!("noise token {} given the state ({z1}, {z2})", token(axis))
        }
    }
}
