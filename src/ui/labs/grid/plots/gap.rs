//! How far the network is from the best there is, over the time it was trained.

use super::exportable_title;
use crate::figure::scale::format_value;
use crate::train::TrainState;
use crate::train::grid::TrainStatus;
use crate::ui::chart::ChartUi;
use crate::ui::kept::{Same, kept};
use crate::ui::labs::grid::export::Plot;
use crate::ui::labs::grid::runs::points;
use crate::ui::theme;
use crate::ui::widgets::{row, table};
use crate::view::grid::{RunGaps, gap_chart};
use egui::{RichText, Ui};

/// A gap below rounding is none.
const NO_GAP: f64 = 1e-9;
/// What the number is.
const GAP: &str = "Mean KL(posterior ‖ network), nats per token. For the cross-entropy it is loss − floor; for the generalised \
                   KL loss − floor is another number, the KL between the jump rates per unit of time.";

/// The gap over seconds of training, and its present figures.
pub(super) fn gap(ui: &mut Ui, training: &TrainStatus) {
    exportable_title(
        ui,
        Plot::Gap,
        "Gap to Bayes",
        "Mean KL between the exact posterior and the network, nats per token: how far the network’s cross-entropy lies above \
         its closed-form floor, whichever loss is trained. An exact expectation, not a mini-batch. Losses are in nats: 1 nat is 1.44 bits.",
    );
    if training.history.is_empty() {
        let text = if training.state == TrainState::Running { "measuring …" } else { "no network yet" };
        ui.label(RichText::new(text).color(theme::palette(ui).weak));
        return;
    }
    let chart = kept(ui.ctx(), "gap", Same::of(&training.history), || {
        gap_chart(&[RunGaps { name: String::new(), color: 0, points: points(&training.history) }])
    });
    ChartUi::new("gap", &chart).axis_names().show(ui);
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
