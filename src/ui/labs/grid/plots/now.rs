//! Exact numbers of the present moment.

use super::Shown;
use crate::figure::scale::format_value;
use crate::flow::ConditionalPath;
use crate::ui::kept::{Same, kept};
use crate::ui::theme;
use crate::ui::widgets::{row, table, title};
use egui::{RichText, Ui};
use std::f64::consts::LN_2;

/// What the entropy of a pmf is.
const ENTROPY: &str = "−Σ p log₂ p of pₜ: the bits it takes to say which state was drawn. 0 of a single state, 2 log₂ K \
                       where all are equally likely.";

/// Conservation, entropy, traffic and rate now.
pub(super) fn read_outs(ui: &mut Ui, shown: Shown<'_>) {
    let scene = shown.here;
    ui.horizontal(|ui| {
        title(ui, "Now", "Exact numbers of the present moment.");
        shown.whose(ui);
    });
    let view = scene.of_views();
    let key = (Same::of(scene.path), view.scheduler, view.t.to_bits(), view.corrector);
    let now = kept(ui.ctx(), "now", key, || view.now());
    let per_time = |x: f64| if x.is_finite() { format_value(x) } else { "∞".to_owned() };
    let meaning = match scene.path.conditional() {
        ConditionalPath::Mixture => "κ′/(1−κ) now, per unit time.",
        _ => {
            "A hazard: the largest rate at which a token is drawn anew or leaves its value now, per unit time."
        }
    };
    let rows = vec![
        row("Σ p", "Total mass: conserved.", format!("{:.12}", now.mass)),
        row("Σ div", "Total divergence per unit of κ: nothing is made or lost.", small(now.divergence)),
        row("entropy", ENTROPY, format!("{:.4} bits", now.entropy / LN_2)),
        row(
            "traffic",
            "All flux together, moves that cancel included, per unit time.",
            per_time(now.traffic),
        ),
        row("jump rate", meaning, per_time(now.hazard)),
    ];
    table(ui, "now", rows);
    let residual = scene.path.source_residual();
    if residual > 1e-9 {
        let text = format!("Sinkhorn left the source off by TV {}", format_value(residual));
        ui.label(RichText::new(text).font(theme::small()).color(theme::palette(ui).warning));
    }
}

/// A number that should be 0: rounding shown as such.
fn small(x: f64) -> String {
    if x == 0.0 { "0".to_owned() } else { format!("{x:+.0e}").replace('-', "−") }
}
