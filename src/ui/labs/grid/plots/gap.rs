//! How far the network is from the best there is, over the time it was trained.

use super::exportable_title;
use crate::figure::scale::format_value;
use crate::figure::ticks::{nice_ticks, power_of_ten};
use crate::train::TrainState;
use crate::train::grid::TrainStatus;
use crate::ui::labs::grid::export::Plot;
use crate::ui::theme;
use crate::ui::widgets::{frame, line, read_out, row, table};
use egui::{RichText, Ui};
use egui_plot::{GridMark, HLine, Points};

/// The plot's ends, powers of ten of nats per token; the lower one gives way to smaller gaps.
const LEAST_GAP: f64 = -2.2;
const MOST_GAP: f64 = 0.4;
/// A gap below rounding is drawn here.
const NO_GAP: f64 = 1e-9;
/// What the number is.
const GAP: &str = "Mean KL(posterior ‖ network), nats per token. For the cross-entropy it is loss − floor; for the generalised \
                   KL loss − floor is another number, the KL between the jump rates per unit of time.";

/// The gap over seconds of training, and its present figures.
pub(super) fn gap(ui: &mut Ui, training: &TrainStatus) {
    let palette = theme::palette(ui);
    exportable_title(
        ui,
        Plot::Gap,
        "Gap to Bayes",
        "Mean KL between the exact posterior and the network, nats per token: how far the network’s cross-entropy lies above \
         its closed-form floor, whichever loss is trained. An exact expectation, not a mini-batch.",
    );
    if training.history.is_empty() {
        let text = if training.state == TrainState::Running { "measuring …" } else { "no network yet" };
        ui.label(RichText::new(text).color(palette.weak));
        return;
    }
    let points: Vec<[f64; 2]> =
        training.history.iter().map(|p| [p.seconds, p.gap.gap.max(NO_GAP).log10()]).collect();
    let least = points.iter().map(|p| p[1] - 0.3).fold(LEAST_GAP, f64::min);
    let latest = training.seconds.max(1.0);
    let power = |mark: GridMark, _: &std::ops::RangeInclusive<f64>| {
        let exponent = mark.value.round();
        if (mark.value - exponent).abs() < 1e-6 { power_of_ten(exponent as i32) } else { String::new() }
    };
    frame("gap", palette)
        .y_axis_formatter(power)
        .y_grid_spacer(|input| {
            let (low, high) = (input.bounds.0.ceil() as i32, input.bounds.1.floor() as i32);
            (low..=high).map(|e| GridMark { value: f64::from(e), step_size: 2.0 }).collect()
        })
        .auto_bounds([false, false])
        .default_y_bounds(least, MOST_GAP)
        .default_x_bounds(0.0, latest)
        .reset()
        .x_grid_spacer(move |_| {
            let ticks = nice_ticks(0.0, latest, 2).into_iter().filter(|t| *t <= latest);
            ticks.map(|value| GridMark { value, step_size: latest }).collect()
        })
        .x_axis_formatter(|mark, _| format!("{} s", format_value(mark.value)))
        .label_formatter(read_out(|[seconds, gap]| {
            format!("{} s\n{} per token", format_value(seconds), nats(10f64.powf(gap)))
        }))
        .show(ui, |plot| {
            plot.hline(HLine::new("0.1", -1.0).color(palette.line));
            if points.len() == 1 {
                plot.points(Points::new("", points.clone()).color(palette.series[3]).radius(3.0));
            }
            plot.line(line("gap", points, palette.series[3]));
        });
    let Some(last) = training.history.last() else { return };
    let rows = vec![
        row("gap", GAP, nats(last.gap.gap)),
        row("floor", "The least the trained loss can be: that of the exact posterior.", nats(last.gap.floor)),
        row(
            "loss",
            "Exact expectation of the trained loss under the present scheduler.",
            nats(last.gap.loss),
        ),
    ];
    table(ui, "gap table", rows);
}

/// Nats per token; what rounding leaves of 0 is 0.
fn nats(x: f64) -> String {
    match x {
        x if x.abs() < NO_GAP => "0 nats".to_owned(),
        x if x.abs() < 0.01 => format!("{} nats", format_value(x)),
        x => format!("{x:.4} nats"),
    }
}
