//! The numbers of A, B and C beside each other.

use crate::experiment::NAMES;
use crate::ui::kept::{Same, kept};
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{row, table, title};
use crate::view::grid::{Compared, Ended, between, distance, ends};
use egui::{Align, Grid, Layout, RichText, Ui};

/// Metrics of all, how two differ, and how far A is from each of the others.
pub(super) fn compare(ui: &mut Ui, scenes: &[SideScene<'_>]) {
    let names = &NAMES[..scenes.len()];
    let two = scenes.len() == 2;
    let difference = if two { "; Δ is B − A" } else { "" };
    let about = format!(
        "The sampler’s whole pmf at t = 1 against each one’s own target, without Monte-Carlo noise{difference}."
    );
    let (last, others) = names.split_last().unwrap_or((&"", &[]));
    title(ui, &format!("{} and {last}", others.join(", ")), &about);
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
        for (side, name) in names.iter().enumerate() {
            number(ui, (*name).to_owned(), palette.series[side]);
        }
        if two {
            number(ui, "Δ".to_owned(), palette.weak);
        }
        ui.end_row();
        let now = scenes.iter().map(|scene| scene.result?.stats.get(scene.frame()?)?.pushed).collect();
        let now = Compared::number("TV now", "Total variation to pₜ at the play-head.", now);
        for row in ended(ui, scenes).iter().chain([&now]) {
            let name = RichText::new(row.name).font(theme::small()).color(palette.weak);
            ui.label(name).on_hover_text(row.about);
            for text in row.texts() {
                number(ui, text, palette.text);
            }
            if two {
                number(ui, row.difference(), palette.accent);
            }
            ui.end_row();
        }
    });
    for (side, other) in scenes.iter().enumerate().skip(1) {
        apart(ui, side, [scenes[0], *other]);
    }
}

/// What all runs ended with.
fn ended(ui: &Ui, scenes: &[SideScene<'_>]) -> std::sync::Arc<Vec<Compared>> {
    let key: Vec<_> = scenes.iter().map(|scene| scene.result.map(Same::of)).collect();
    kept(ui.ctx(), "ends of A and B", key, || {
        let ended = scenes.iter().map(|scene| {
            scene.result.map_or_else(Ended::default, |result| Ended {
                trace: result.summary.is_some().then_some(&result.trace),
                distances: result.final_distances,
                nfe: result.summary.map(|summary| summary.nfe),
            })
        });
        ends(&ended.collect::<Vec<_>>())
    })
}

/// TV between A and another one, where they have the same states.
fn apart(ui: &mut Ui, side: usize, scenes: [SideScene<'_>; 2]) {
    let views = scenes.map(|scene| scene.of_views());
    // The run, and how far of it is shown.
    let run = |scene: SideScene<'_>| {
        scene.result.map(Same::of).zip(scene.of_views().frame().ok().map(|(_, f)| f.step))
    };
    let key = scenes.map(|scene| (Same::of(scene.path), scene.kappa(), run(scene)));
    let name = ["", "A from B", "A from C"][side];
    let apart = kept(ui.ctx(), name, key, || between([&views[0], &views[1]]));
    let other = NAMES[side];
    let both = [
        (
            format!("TV(A, {other}) of pₜ"),
            "Between both exact pmfs at the play-head.",
            apart.map(|apart| apart.exact),
        ),
        (
            format!("TV(A, {other}) sampled"),
            "Between both samplers’ pmfs at the play-head: no Monte-Carlo noise.",
            apart.and_then(|apart| apart.sampled),
        ),
    ];
    let mut rows = Vec::new();
    for (name, tooltip, value) in both {
        let unknown = if apart.is_none() { "other states" } else { "–" };
        let text = value.map_or_else(|| unknown.to_owned(), distance);
        rows.push(row(name, tooltip, text));
    }
    table(ui, name, rows);
}
