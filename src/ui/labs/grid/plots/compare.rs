//! The numbers of A and B beside each other.

use crate::ui::kept::{Same, kept};
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::theme::{self, space};
use crate::ui::widgets::title;
use crate::view::grid::{Compared, Ended, between, distance, ends};
use egui::{Align, Grid, Layout, RichText, Ui};

/// Metrics of both, their differences, and how far A is from B.
pub(super) fn compare(ui: &mut Ui, scenes: [SideScene<'_>; 2]) {
    title(
        ui,
        "A and B",
        "The sampler’s whole pmf at t = 1 against each one’s own target, without Monte-Carlo noise; Δ is B − A.",
    );
    let palette = theme::palette(ui);
    ui.spacing_mut().interact_size.y = 15.0;
    let width = 50.0;
    Grid::new("compare").num_columns(4).spacing([space::XS, 1.0]).min_col_width(width).show(ui, |ui| {
        let number = |ui: &mut Ui, text: String, color| {
            ui.allocate_ui_with_layout(
                egui::Vec2::new(width, 15.0),
                Layout::right_to_left(Align::Center),
                |ui| ui.label(RichText::new(text).font(theme::small()).color(color)),
            );
        };
        ui.label("");
        for head in ["A", "B", "Δ"] {
            number(ui, head.to_owned(), palette.weak);
        }
        ui.end_row();
        let now = scenes.map(|scene| scene.result?.stats.get(scene.frame()?)?.pushed);
        let now = Compared::number("TV now", "Total variation to pₜ at the play-head.", now);
        for row in ended(ui, scenes).iter().chain([&now]) {
            let name = RichText::new(row.name).font(theme::small()).color(palette.weak);
            ui.label(name).on_hover_text(row.about);
            number(ui, row.text(0), palette.text);
            number(ui, row.text(1), palette.text);
            number(ui, row.difference(), palette.accent);
            ui.end_row();
        }
    });
    apart(ui, scenes);
}

/// What both runs ended with.
fn ended(ui: &Ui, scenes: [SideScene<'_>; 2]) -> std::sync::Arc<Vec<Compared>> {
    let key = scenes.map(|scene| scene.result.map(Same::of));
    kept(ui.ctx(), "ends of A and B", key, || {
        ends(scenes.map(|scene| {
            scene.result.map_or_else(Ended::default, |result| Ended {
                trace: result.summary.is_some().then_some(&result.trace),
                distances: result.final_distances,
                nfe: result.summary.map(|summary| summary.nfe),
            })
        }))
    })
}

/// TV between the two, where they have the same states.
fn apart(ui: &mut Ui, scenes: [SideScene<'_>; 2]) {
    let palette = theme::palette(ui);
    let views = scenes.map(|scene| scene.of_views());
    // The run, and how far of it is shown.
    let run = |scene: SideScene<'_>| {
        scene.result.map(Same::of).zip(scene.of_views().frame().ok().map(|(_, f)| f.step))
    };
    let key = scenes.map(|scene| (Same::of(scene.path), scene.kappa(), run(scene)));
    let apart = kept(ui.ctx(), "A from B", key, || between([&views[0], &views[1]]));
    let rows = [
        ("TV(A, B) of pₜ", "Between both exact pmfs at the play-head.", apart.map(|apart| apart.exact)),
        (
            "TV(A, B) sampled",
            "Between both samplers’ pmfs at the play-head: no Monte-Carlo noise.",
            apart.and_then(|apart| apart.sampled),
        ),
    ];
    for (name, tooltip, value) in rows {
        let unknown = if apart.is_none() { "other states" } else { "–" };
        let text = value.map_or_else(|| unknown.to_owned(), distance);
        ui.horizontal(|ui| {
            ui.label(RichText::new(name).font(theme::small()).color(palette.weak)).on_hover_text(tooltip);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(RichText::new(text).font(theme::small()));
            });
        });
    }
}
