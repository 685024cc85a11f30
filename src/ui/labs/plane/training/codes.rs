//! The right panel of discrete latents: the table of modes and codes while it is learned, samples in the colour of their
//! code, loss and curvature over the noise level.

use crate::experiment::plane::{CodesStudy, MOST_GUIDANCE, Told};
use crate::figure::scale::format_value;
use crate::flow::plane::Latents;
use crate::ui::chart::{ChartUi, growing, series_color};
use crate::ui::icons;
use crate::ui::kept::{Same, kept};
use crate::ui::labs::plane::exporting::PlaneContent;
use crate::ui::theme;
use crate::ui::widgets::{
    SliderRange, Tone, icon_button, named_choice, notice, row, setting, slider, table, title,
};
use crate::view::plane::levels_chart;
use egui::{Align, Align2, Color32, ComboBox, Layout, Pos2, Rect, Sense, Ui, Vec2};
use std::sync::Arc;

/// Rows of the table at most: more would not be seen.
const MOST_ROWS: usize = 24;

/// Draws the panel: of what was measured, or why that can't be, and of the newest table, which may be ahead of it. What is to
/// be exported.
pub fn codes_panel(
    ui: &mut Ui,
    study: Result<Option<&Arc<CodesStudy>>, &str>,
    newest: Option<&Latents>,
    told: &mut Told,
) -> Option<PlaneContent> {
    let mut wish = None;
    growing(ui, "plane codes", |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let known = study.ok().flatten();
        let learned = known.is_some_and(|study| study.is_learned) || newest.is_some();
        title(
            ui,
            "Discrete latents",
            "A code z beside x and t*: the denoiser need not guess from which mode a point comes. An encoder learns which code a \
             datum has (Gumbel-softmax), samples draw theirs from the prior.",
        );
        if !learned {
            let about = "Exact, with codes that neighbouring modes share. Under “train” set codes and press Train with the answer \
                         “network” to see them learned.";
            notice(ui, Tone::Plain, about);
        }
        let about = "w of w D(z) + (1−w) D(∅): 0 without codes, 1 with them, more overshoots. It guides the samples here, and those of \
                     the views where a network with codes answers.";
        let range = SliderRange::linear(0.0..=3.0).typed(0.0..=MOST_GUIDANCE);
        slider(ui, "guidance w", about, &mut told.guidance, range);
        let table = newest.or(known.map(|study| &*study.latents));
        code_choice(ui, table.map_or(0, |latents| latents.encoder().ncols()), &mut told.code);
        match study {
            Err(why) => notice(ui, Tone::Plain, why),
            Ok(None) if newest.is_none() => notice(ui, Tone::Plain, "measuring …"),
            _ => {}
        }
        if let Some(latents) = newest.or(known.map(|study| &*study.latents)) {
            mode_table(ui, latents);
        }
        if let Some(study) = known {
            samples(ui, study);
            for (id, words, name, curves) in [
                (
                    "loss over T",
                    (
                        "Loss over the noise level",
                        "E|D(x, T, z) − y|²: more codes leave less to guess. Dashed: the best denoisers.",
                    ),
                    "loss",
                    &study.loss,
                ),
                (
                    "curvature over T",
                    (
                        "Median curvature",
                        "How the lines of the sampler bend; the mean over x is without meaning. One code a mode: straight.",
                    ),
                    "median curvature",
                    &study.curvature,
                ),
            ] {
                let key = (Same::of(study), id);
                let chart = kept(ui.ctx(), id, key, || levels_chart((id, name), &study.levels, curves));
                ui.horizontal(|ui| {
                    title(ui, words.0, words.1);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if icon_button(ui, icons::EXPORT, &format!("Export {id} …"), false).clicked() {
                            let stem = if name == "loss" { "codes-loss" } else { "codes-curvature" };
                            wish = Some(PlaneContent::Plot(stem, chart.clone()));
                        }
                    });
                });
                ChartUi::new(id, &chart).height(140.0).axis_names().legend(true).show(ui);
            }
        }
    });
    wish
}

/// Which code samples are told.
fn code_choice(ui: &mut Ui, codes: usize, code: &mut Option<usize>) {
    let about = "What samples are told, here and in the views: each a code of its own from the prior, or all the same one.";
    let named = |code: Option<usize>| code.map_or("from the prior".to_owned(), |code| code.to_string());
    setting(ui, "code z", about, |ui| {
        let menu = ComboBox::from_id_salt("code").selected_text(named(*code)).width(ui.available_width());
        let shown = menu.show_ui(ui, |ui| {
            for choice in std::iter::once(None).chain((1..=codes).map(Some)) {
                ui.selectable_value(code, choice, named(choice));
            }
        });
        named_choice(&shown.response, "code of the samples", &named(*code));
    });
}

/// Which code a mode has, how often: rows are modes, columns codes.
fn mode_table(ui: &mut Ui, latents: &Latents) {
    let palette = theme::palette(ui);
    let (modes, codes) = latents.encoder().dim();
    title(ui, "Modes × codes", "P(code | datum of the mode): full where all of its data have the code.");
    let shown = modes.min(MOST_ROWS);
    let side = ((ui.available_width() - 24.0) / codes as f32).min(22.0);
    let height = side.min(16.0);
    let (rect, response) = ui.allocate_exact_size(
        Vec2::new(24.0 + side * codes as f32, height * shown as f32 + 14.0),
        Sense::hover(),
    );
    let painter = ui.painter();
    for mode in 0..shown {
        let y = rect.top() + 14.0 + height * mode as f32;
        let at = Pos2::new(rect.left() + 18.0, y + 0.5 * height);
        painter.text(at, Align2::RIGHT_CENTER, (mode + 1).to_string(), theme::small(), palette.weak);
        for code in 0..codes {
            let chance = latents.encoder()[[mode, code]] as f32;
            let min = Pos2::new(rect.left() + 24.0 + side * code as f32, y);
            let cell = Rect::from_min_size(min, Vec2::new(side, height)).shrink(1.0);
            painter.rect_filled(cell, 2.0, palette.line);
            painter.rect_filled(cell, 2.0, code_color(palette, code).gamma_multiply(chance));
        }
    }
    for code in 0..codes {
        let at = Pos2::new(rect.left() + 24.0 + side * (code as f32 + 0.5), rect.top() + 6.0);
        painter.text(at, Align2::CENTER_CENTER, (code + 1).to_string(), theme::small(), palette.weak);
    }
    if let Some(at) = response.hover_pos() {
        let cell = (at - rect.min - Vec2::new(24.0, 14.0)) / Vec2::new(side, height);
        if cell.x >= 0.0 && cell.y >= 0.0 {
            let (code, mode) = (cell.x as usize, cell.y as usize);
            if let Some(chance) = latents.encoder().get([mode, code]) {
                response.on_hover_text(format!("mode {}, code {}: {chance:.3}", mode + 1, code + 1));
            }
        }
    }
    let prior = latents.prior();
    let unused = prior.iter().filter(|p| **p < 0.01).count();
    let rows = vec![
        row("codes in use", "e^H of the prior.", format!("{:.2} of {codes}", latents.effective_codes())),
        row(
            "says of the mode",
            "I(z; mode), nats: at most ln of the number of modes.",
            format!("{} nats", format_value(latents.information())),
        ),
        row("unused", "Codes that fewer than one datum in a hundred has.", unused.to_string()),
    ];
    // It makes lines lower; what follows is as high as ever.
    ui.scope(|ui| table(ui, "plane codes numbers", rows));
}

fn code_color(palette: &theme::Palette, code: usize) -> Color32 {
    series_color(palette, code)
}

/// Samples, each in the colour of its code.
fn samples(ui: &mut Ui, study: &CodesStudy) {
    title(ui, "Samples by code", "z as it is told, then 30 steps of Heun’s from the noise level 80.");
    let side = ui.available_width().min(240.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    let palette = theme::palette(ui);
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 3.0, palette.background);
    let reach =
        study.latents.target().means().iter().flatten().fold(0.0f64, |most, x| most.max(x.abs())) + 1.2;
    let place = |x: f64, y: f64| {
        let unit = |x: f64| (0.5 + 0.5 * x / reach) as f32;
        Pos2::new(rect.left() + side * unit(x), rect.bottom() - side * unit(y))
    };
    let points = study.samples[0].iter().zip(&study.samples[1]).zip(&study.codes);
    for ((x, y), code) in points {
        painter.circle_filled(place(*x, *y), 1.3, code_color(palette, *code));
    }
}
