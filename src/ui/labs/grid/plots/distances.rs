//! How far a run is from the path, over the path.

use super::sweeps::bias_row;
use super::{Shown, exportable_title};
use crate::ui::kept::Same;
use crate::ui::labs::grid::export::Plot;
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::labs::grid::sweep_thread::SweepStatus;
use crate::ui::theme;
use crate::ui::widgets::{Row, row, table};
use crate::view::grid::{Show, distances_chart};
use egui::{RichText, Ui};
use std::sync::Arc;

/// TV of particles, noise floor and whole pmf over the run; `problem` is why there is no run.
pub(super) fn distances(ui: &mut Ui, shown: Shown<'_>, problem: Option<&str>, sweeps: &SweepStatus) {
    exportable_title(
        ui,
        Plot::Distances,
        "TV to pₜ",
        "Total variation between the sampler and the exact pₜ along the run. Particles cannot fall below the noise floor.",
    );
    let scene = shown.here;
    let Some(result) = scene.result else {
        let text = if problem.is_some() { "nothing sampled: see the views" } else { "sampling …" };
        ui.label(RichText::new(text).color(theme::palette(ui).weak));
        return;
    };
    let key = |side: &SideScene<'_>| side.result.map(Same::of);
    let of =
        |side: &SideScene<'_>| Some(distances_chart(&side.result?.stats, side.result?.request.scheduler));
    let chart = shown.chart(ui, "distances", key, of);
    shown.over_path(ui, "distances", &chart).show(ui);
    // In the chart of all sides the curves of this one come after those before it.
    let before = shown.all.iter().filter_map(|side| side.result).take_while(|of| !Arc::ptr_eq(of, result));
    let first = 3 * before.count();
    let now = scene.frame().and_then(|index| result.stats.get(index));
    let name = match result.request.show() {
        Show::Learned => "learned pmf",
        Show::Exact if scene.settings.is_perfect() => "step bias",
        Show::Exact => "sampler’s error",
    };
    let meaning = match result.estimated_from {
        None => "TV of the sampler’s whole pmf now: no Monte-Carlo noise.",
        Some(_) => {
            "The exact pmf of this method takes too long at this K: see the particles and their noise floor."
        }
    };
    let of_curve = |index, name, meaning, value: Option<f64>| Row {
        curve: Some((chart.clone(), first + index)),
        ..row(name, meaning, value.map_or("–".to_owned(), |x| format!("{x:.4}")))
    };
    let mut rows = vec![
        of_curve(0, "particles", "TV of the particles now.", now.map(|s| s.particles)),
        of_curve(1, "noise floor", "What as many perfect samples would show.", now.map(|s| s.floor)),
        of_curve(2, name, meaning, now.and_then(|s| s.pushed)),
    ];
    let swept = scene.settings.effective_sampler().sweeps;
    if swept.count > 0 && swept.parallel {
        let here = sweeps.curves.as_ref().filter(|(of, _)| of.fits(&scene, swept.share));
        rows.push(bias_row(here.and_then(|(_, curves)| curves.bias)));
    }
    if let Some(d) = &result.final_distances {
        rows.push(row("at t = 1", "TV of the sampler’s pmf to the target.", format!("{:.4}", d.tv)));
        rows.push(row("off support", "Mass where the target has none.", format!("{:.4}", d.off_support)));
    }
    if let Some(summary) = &result.summary {
        rows.push(row("NFE", "Denoiser evaluations of the run.", summary.nfe.to_string()));
        if summary.clipped_steps > 0 {
            rows.push(row(
                "cut off",
                "Steps whose jump probability was above 1.",
                summary.clipped_steps.to_string(),
            ));
        }
    }
    shown.whose(ui);
    table(ui, "distances table", rows);
}
