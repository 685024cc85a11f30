//! The right panel of discrete latents: the table of modes and codes while it is learned, samples in the colour of their
//! code, loss and curvature over the noise level.

use super::offer::{Missing, offer};
use crate::experiment::plane::{CodesStudy, MOST_GUIDANCE, Told};
use crate::figure::scale::format_value;
use crate::flow::plane::Latents;
use crate::ui::chart::{ChartUi, growing, series_color};
use crate::ui::kept::{Same, kept};
use crate::ui::labs::plane::exporting::{Drawn, PlaneContent};
use crate::ui::labs::plane::headed::headed;
use crate::ui::side_tabs::whose;
use crate::ui::theme;
use crate::ui::widgets::{SliderRange, Tone, named_choice, notice, row, setting, slider, table, title};
use crate::view::plane::{WAYS, levels_chart, modes_by_codes};
use egui::{Align2, Color32, ComboBox, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};
use std::sync::Arc;

/// Rows of the table at most: more would not be seen.
const MOST_ROWS: usize = 24;

/// What the panel is drawn from.
pub struct CodesOf<'a> {
    /// The side that is being set, where there are several, and what it is called.
    pub side: Option<(usize, &'a str)>,
    /// What was measured, or why that can't be.
    pub study: Result<Option<&'a Arc<CodesStudy>>, &'a str>,
    /// The newest table of a network, which may be ahead of it.
    pub newest: Option<&'a Arc<Latents>>,
    /// What can be done about a network that is missing.
    pub missing: Option<Missing>,
    /// How many codes it would learn.
    pub to_learn: usize,
    /// What it is about, in words.
    pub about: String,
}

/// What the panel asks for.
pub enum CodesWish {
    /// A network with codes.
    Train,
    /// To export this.
    Export(PlaneContent),
    /// To export the samples.
    Samples,
}

/// Draws the panel; what it asks for.
pub fn codes_panel(ui: &mut Ui, of: &CodesOf<'_>, told: &mut Told) -> Option<CodesWish> {
    let mut wish = None;
    growing(ui, "plane codes", |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        if let Some((side, name)) = of.side {
            whose(ui, side, name);
        }
        let known = of.study.ok().flatten();
        title(
            ui,
            "Discrete latents",
            "A code z beside x and t*: the denoiser need not guess from which mode a point comes. An encoder learns which code a \
             datum has (Gumbel-softmax), samples draw theirs from the prior.",
        );
        if !known.is_some_and(|study| study.is_learned) && of.newest.is_none() {
            let about =
                "Exact, with codes that neighbouring modes share. A network learns them, and is seen to.";
            notice(ui, Tone::Plain, about);
            if offer(ui, of.missing, &format!("Train {} codes", of.to_learn)) {
                wish = Some(CodesWish::Train);
            }
        }
        let about = "w of w D(z) + (1−w) D(∅): 0 without codes, 1 with them, more overshoots. It guides the samples here, and those of \
                     the views where a network with codes answers.";
        let range = SliderRange::linear(0.0..=3.0).typed(0.0..=MOST_GUIDANCE);
        slider(ui, "guidance w", about, &mut told.guidance, range);
        let table = of.newest.or(known.map(|study| &study.latents));
        code_choice(ui, table.map_or(0, |latents| latents.encoder().ncols()), &mut told.code);
        match of.study {
            Err(why) => notice(ui, Tone::Plain, why),
            Ok(None) if of.newest.is_none() => notice(ui, Tone::Plain, "measuring …"),
            _ => {}
        }
        if let Some(latents) = table {
            let about = "P(code | datum of the mode): full where all of its data have the code.";
            if headed(ui, ("Modes × codes", about), "Export the table of codes …") {
                let (drawing, numbers) = modes_by_codes(latents);
                let about = of.about.clone();
                let drawn = Drawn { stem: "codes-table", drawing, numbers, about };
                wish = Some(CodesWish::Export(PlaneContent::Drawn(Arc::new(drawn))));
            }
            mode_table(ui, latents);
        }
        if let Some(study) = known {
            let about = "z as it is told, then 30 steps of Heun’s from the noise level 80 down, drawn as x/(1+T), in which noise \
                         does not spread; the lines of the first ones.";
            if headed(ui, ("Samples by code", about), "Export the samples by code …") {
                wish = Some(CodesWish::Samples);
            }
            samples(ui, study);
            wish = over_levels(ui, study, &of.about).map(CodesWish::Export).or(wish.take());
        }
    });
    wish
}

/// Loss and curvature over the noise level; what is to be exported.
fn over_levels(ui: &mut Ui, study: &Arc<CodesStudy>, of: &str) -> Option<PlaneContent> {
    let mut wish = None;
    for (id, (words, about), name, curves) in [
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
                "How the lines of the sampler bend: the median over x, with quartiles dotted; the mean is without meaning. Dashed: \
                 the best denoisers. One code a mode: straight.",
            ),
            "median curvature",
            &study.curvature,
        ),
    ] {
        let chart =
            kept(ui.ctx(), id, (Same::of(study), id), || levels_chart((id, name), &study.levels, curves));
        if headed(ui, (words, about), &format!("Export {id} …")) {
            let stem = if name == "loss" { "codes-loss" } else { "codes-curvature" };
            wish = Some(PlaneContent::plot(stem, &chart, of.to_owned()));
        }
        ChartUi::new(id, &chart).height(140.0).axis_names().legend(true).show(ui);
        // On a logarithmic axis there is no 0.
        let straight = curves.iter().filter(|curve| curve.values.iter().all(|value| *value == 0.0));
        let straight: Vec<&str> = straight.map(|curve| curve.name.as_str()).collect();
        if !straight.is_empty() {
            notice(ui, Tone::Plain, &format!("0 at all levels: {}.", straight.join(", ")));
        }
    }
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
    let used = latents.prior().iter().filter(|p| **p >= 0.01).count();
    let rows = vec![
        row(
            "codes in use",
            "Those that at least one datum in a hundred has; the others were not learned.",
            format!("{used} of {codes}"),
        ),
        row(
            "as many even ones",
            "e^H of the prior: how many codes that are equally likely say as much.",
            format!("{:.2}", latents.effective_codes()),
        ),
        row(
            "says of the mode",
            "I(z; mode), nats: at most ln of the number of modes.",
            format!("{} nats", format_value(latents.information())),
        ),
    ];
    // It makes lines lower; what follows is as high as ever.
    ui.scope(|ui| table(ui, "plane codes numbers", rows));
    if used < codes {
        let about = "Modes share codes. The others may come into use later: train on.";
        notice(ui, Tone::Plain, about);
    }
}

fn code_color(palette: &theme::Palette, code: usize) -> Color32 {
    series_color(palette, code)
}

/// Samples, each in the colour of its code, and the lines that led the first of them there.
fn samples(ui: &mut Ui, study: &CodesStudy) {
    let side = ui.available_width().min(240.0);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::GraphicsObject, true, "samples by code"));
    let palette = theme::palette(ui);
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 3.0, palette.background);
    let reach =
        study.latents.target().means().iter().flatten().fold(0.0f64, |most, x| most.max(x.abs())) + 1.2;
    let place = |[x, y]: [f64; 2]| {
        let unit = |x: f64| (0.5 + 0.5 * x / reach) as f32;
        Pos2::new(rect.left() + side * unit(x), rect.bottom() - side * unit(y))
    };
    let tracks = &study.tracks;
    let last = tracks.frames.len().saturating_sub(1);
    for (way, code) in tracks.ways(WAYS, last).zip(&tracks.codes) {
        let points = way.into_iter().map(place).collect();
        let color = code_color(palette, *code).gamma_multiply(0.6);
        painter.add(Shape::line(points, Stroke::new(0.8, color)));
    }
    let ends = tracks.frames.get(last).map_or(&[][..], Vec::as_slice);
    for (x, code) in ends.iter().zip(&tracks.codes) {
        painter.circle_filled(place(x.map(f64::from)), 1.3, code_color(palette, *code));
    }
}
