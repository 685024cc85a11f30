//! How far a run is from the path, over the path.

use super::exportable_title;
use super::sweeps::bias_row;
use crate::sampler::grid::DistancesAt;
use crate::ui::labs::grid::export::Plot;
use crate::ui::labs::grid::fields::Scene;
use crate::ui::labs::grid::sweep_thread::SweepStatus;
use crate::ui::theme;
use crate::ui::widgets::{Row, line, over_time, play_head, row, table};
use crate::view::grid::Show;
use egui::{RichText, Ui};
use egui_plot::LineStyle;

/// TV of particles, noise floor and whole pmf over the run; `problem` is why there is no run.
pub(super) fn distances(ui: &mut Ui, scene: Scene<'_>, problem: Option<&str>, sweeps: &SweepStatus) {
    let palette = theme::palette(ui);
    exportable_title(
        ui,
        Plot::Distances,
        "TV to pₜ",
        "Total variation between the sampler and the exact pₜ along the run. Particles cannot fall below the noise floor.",
    );
    let Some(result) = scene.result else {
        let text = if problem.is_some() { "nothing sampled: see the views" } else { "sampling …" };
        ui.label(RichText::new(text).color(palette.weak));
        return;
    };
    let curve = |f: &dyn Fn(&DistancesAt) -> f64| -> Vec<[f64; 2]> {
        result.stats.iter().map(|s| [s.t, f(s)]).collect()
    };
    let pushed: Vec<[f64; 2]> = result.stats.iter().filter_map(|s| Some([s.t, s.pushed?])).collect();
    let heights = result.stats.iter().flat_map(|s| [s.particles, s.floor]);
    let top = heights.chain(pushed.iter().map(|p| p[1])).fold(1e-3, f64::max);
    over_time("distances", top, "TV", palette).show(ui, |plot| {
        plot.line(line("particles", curve(&|s| s.particles), palette.series[1]));
        plot.line(
            line("noise floor", curve(&|s| s.floor), palette.series[1]).style(LineStyle::dashed_dense()),
        );
        plot.line(line("whole pmf", pushed, palette.series[2]));
        plot.vline(play_head(scene.t, palette.accent));
    });
    let now = scene.frame().and_then(|index| result.stats.get(index));
    let value = |x: Option<f64>| x.map_or("–".to_owned(), |x| format!("{x:.4}"));
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
    let mut rows = vec![
        Row {
            curve: Some((palette.series[1], false)),
            ..row("particles", "TV of the particles now.", value(now.map(|s| s.particles)))
        },
        Row {
            curve: Some((palette.series[1], true)),
            ..row("noise floor", "What as many perfect samples would show.", value(now.map(|s| s.floor)))
        },
        Row {
            curve: Some((palette.series[2], false)),
            ..row(name, meaning, value(now.and_then(|s| s.pushed)))
        },
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
    table(ui, "distances table", rows);
}
