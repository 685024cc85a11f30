//! Exact numbers of the present moment.

use crate::figure::scale::format_value;
use crate::flow::metrics::entropy;
use crate::flow::{Axis, ConditionalPath, Corrector};
use crate::sampler::grid::rates;
use crate::ui::labs::grid::fields::Scene;
use crate::ui::theme;
use crate::ui::widgets::{row, table, title};
use egui::{RichText, Ui};

/// Conservation, entropy, traffic and rate now.
pub(super) fn read_outs(ui: &mut Ui, scene: Scene<'_>) {
    title(ui, "Now", "Exact numbers of the present moment.");
    let (scheduler, kappa) = (scene.scheduler(), scene.of_views().kappa());
    let p = scene.path.pmf(kappa);
    let divergence: f64 = Axis::BOTH.map(|axis| scene.path.net_inflow(axis, kappa).sum()).iter().sum();
    let traffic = scene.of_views().total_traffic();
    let per_time = |x: f64| if x.is_finite() { format_value(x) } else { "∞".to_owned() };
    let mixture = scene.path.conditional() == ConditionalPath::Mixture;
    let hazard = || {
        if mixture {
            row("jump rate", "κ′/(1−κ) now.", per_time(scheduler.jump_rate(scene.t)))
        } else {
            let tooltip =
                "The largest rate at which a token is drawn anew or leaves its value, per unit time.";
            row("hazard", tooltip, per_time(rates(Corrector::OFF, scene.path, scheduler, scene.t).0))
        }
    };
    let rows = vec![
        row("Σ p", "Total mass: conserved.", format!("{:.12}", p.sum())),
        row("Σ div", "Total divergence per unit of κ: nothing is made or lost.", small(divergence)),
        row("entropy", "−Σ p ln p in nats.", format!("{:.4} nats", entropy(&p))),
        row("traffic", "All flux together, moves that cancel included, per unit time.", per_time(traffic)),
        hazard(),
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
