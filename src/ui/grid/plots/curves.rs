//! Exact TV to the target against the number of evaluations, for several samplers at once.

use super::frame::{frame, line, title};
use crate::figure::scale::format_value;
use crate::figure::ticks::power_of_ten;
use crate::flow::{Corrector, Scheduler};
use crate::sampler::Method;
use crate::ui::grid::controls::sampling::METHODS;
use crate::ui::grid::curve_thread::{Curve, CurveChoice, CurveStatus, Sampler};
use crate::ui::grid::export::{Plot, PlotContent, export_button};
use crate::ui::grid::fields::Scene;
use crate::ui::theme::{self, Palette, space};
use crate::view::SamplerCurve;
use egui::{Color32, RichText, Stroke, Ui, Vec2};
use egui_plot::{GridMark, LineStyle, MarkerShape, Points};

/// Taller than the plots over time: many curves lie close together.
const HEIGHT: f32 = 138.0;
/// A TV below rounding is drawn here.
const NO_TV: f64 = 1e-9;
/// The lowest TV that the plot goes down to.
const LEAST: f64 = -5.0;
/// Schedulers and correctors that can be compared with the present ones.
const SCHEDULERS: [(Scheduler, &str); 5] = [
    (Scheduler::Linear, "linear"),
    (Scheduler::Quadratic, "quadratic"),
    (Scheduler::Cubic, "cubic"),
    (Scheduler::Cosine, "cosine"),
    (Scheduler::Sin2, "sin²"),
];
const CORRECTORS: [(Corrector, &str); 4] = [
    (Corrector::OFF, "off"),
    (Corrector::IMAGES, "12 t² (1−t)^0.25"),
    (Corrector { amplitude: 10.0, a: 0.25, b: 0.25 }, "10 t^0.25 (1−t)^0.25"),
    (Corrector { amplitude: 10.0, a: 1.0, b: 0.0 }, "10 t"),
];

/// Draws the curves; `choice` is what the menu may change.
pub(super) fn curves(ui: &mut Ui, scene: Scene<'_>, status: &CurveStatus, choice: &mut CurveChoice) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        title(
            ui,
            "TV against NFE",
            "Total variation between the sampler’s whole pmf at t = 1 and the target, against denoiser evaluations: \
             exact, no Monte-Carlo noise. The present setting is the thick curve, its number of steps the circle.",
        );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            export_button(ui, Plot::Curves);
            ui.menu_button(RichText::new("compare").font(theme::small()), |ui| menu(ui, choice))
                .response
                .on_hover_text("Which samplers, schedulers and correctors are drawn.");
            if status.busy {
                ui.label(RichText::new("…").color(palette.weak));
            }
        });
    });
    if let Some(error) = &status.error {
        ui.add(egui::Label::new(RichText::new(error).font(theme::small()).color(palette.weak)).wrap());
    }
    let last = status.curves.iter().flat_map(|c| &c.points).map(|p| p.nfe).max().unwrap_or(256);
    let least = status
        .curves
        .iter()
        .flat_map(|c| &c.points)
        .map(|p| height(p.distances.tv) - 0.2)
        .fold(-2.5, f64::min)
        .max(LEAST);
    let right = (last as f64).log2().max(4.0);
    frame("curves", palette)
        .height(HEIGHT)
        .auto_bounds([false, false])
        .default_x_bounds(-0.15, right + 0.15)
        .default_y_bounds(least, 0.05)
        .reset()
        .x_grid_spacer(move |_| {
            (0..=(right as i32) / 2).map(|j| GridMark { value: f64::from(2 * j), step_size: 4.0 }).collect()
        })
        .x_axis_formatter(|mark, _| format_value(mark.value.exp2()))
        .y_grid_spacer(move |_| {
            (least.ceil() as i32..=0).map(|e| GridMark { value: f64::from(e), step_size: 1.0 }).collect()
        })
        .y_axis_formatter(|mark, _| power_of_ten(mark.value.round() as i32))
        .show(ui, |plot| {
            for curve in status.curves.iter().skip(1) {
                let sampler = &curve.sampler;
                let drawn = line(&name(sampler), points(curve), color(sampler.config.method, palette));
                plot.line(drawn.style(style(sampler, scene.scheduler(), choice)).width(1.3));
            }
            let Some(present) = status.curves.first() else { return };
            plot.line(line(&name(&present.sampler), points(present), palette.accent).width(2.6));
            if let Some((nfe, tv)) = here(scene) {
                let at = [(nfe as f64).log2(), height(tv).max(LEAST)];
                let mark = Points::new("now", vec![at]).shape(MarkerShape::Circle).radius(4.5);
                plot.points(mark.color(palette.text));
            }
        });
    legend(ui, status, choice, palette);
    if let Some((nfe, tv)) = here(scene) {
        let text = format!("here: TV {} at {nfe} evaluations", format_value(tv));
        ui.label(RichText::new(text).font(theme::small()));
    }
}

impl CurveStatus {
    /// What the plot shows, to be exported.
    pub fn exported(&self, scene: Scene<'_>) -> PlotContent {
        let of = |curve: &Curve| SamplerCurve {
            scheduler: curve.sampler.scheduler,
            config: curve.sampler.config,
            points: curve.points.clone(),
        };
        let present = here(scene).map(|(nfe, tv)| [nfe as f64, tv]);
        PlotContent::Curves(self.curves.iter().map(of).collect(), present)
    }
}

/// Evaluations and TV of the present setting, once its run has ended.
fn here(scene: Scene<'_>) -> Option<(usize, f64)> {
    let result = scene.result.filter(|r| r.request.show == scene.settings.show)?;
    Some((result.summary?.nfe, result.final_distances?.tv))
}

fn height(tv: f64) -> f64 {
    tv.max(NO_TV).log10()
}

fn points(curve: &Curve) -> Vec<[f64; 2]> {
    curve.points.iter().map(|p| [(p.nfe as f64).log2(), height(p.distances.tv)]).collect()
}

fn method_name(method: Method) -> &'static str {
    METHODS.iter().find(|(m, ..)| *m == method).map_or("", |(_, name, _)| name)
}

fn name(sampler: &Sampler) -> String {
    let corrector = sampler.config.corrector;
    let more = if corrector.is_on() { format!(", corrector {corrector}") } else { String::new() };
    format!("{}, {}{more}", method_name(sampler.config.method), sampler.scheduler)
}

/// One colour a method.
fn color(method: Method, palette: &Palette) -> Color32 {
    let index = METHODS.iter().position(|(m, ..)| *m == method).unwrap_or(0);
    palette.series[index % palette.series.len()]
}

/// One style a scheduler: solid is the present one.
fn style(sampler: &Sampler, present: Scheduler, choice: &CurveChoice) -> LineStyle {
    if sampler.scheduler == present {
        return LineStyle::Solid;
    }
    match choice.schedulers.iter().position(|s| *s == sampler.scheduler) {
        None => LineStyle::Solid,
        Some(0) => LineStyle::dashed_dense(),
        Some(1) => LineStyle::dotted_dense(),
        Some(_) => LineStyle::dashed_loose(),
    }
}

fn legend(ui: &mut Ui, status: &CurveStatus, choice: &CurveChoice, palette: &Palette) {
    let small = |text: &str| RichText::new(text.to_owned()).font(theme::small()).color(palette.weak);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(space::XS, 1.0);
        let mut seen = Vec::new();
        for curve in status.curves.iter().skip(1) {
            let method = curve.sampler.config.method;
            if !seen.contains(&method) {
                seen.push(method);
                key(ui, color(method, palette), 0);
                ui.label(small(method_name(method)));
            }
        }
    });
    if choice.schedulers.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(space::XS, 1.0);
        key(ui, palette.weak, 0);
        ui.label(small("present κ(t)"));
        for (index, scheduler) in choice.schedulers.iter().enumerate() {
            key(ui, palette.weak, index + 1);
            ui.label(small(&scheduler.to_string()));
        }
    });
}

/// A piece of a curve of the style `pattern`.
fn key(ui: &mut Ui, color: Color32, pattern: usize) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(16.0, 10.0), egui::Sense::hover());
    let stroke = Stroke::new(1.8, color);
    let (dash, gap) = [(16.0, 0.0), (4.0, 2.0), (1.6, 2.4), (6.0, 4.0)][pattern.min(3)];
    let mut x = rect.left();
    while x < rect.right() {
        ui.painter().hline(x..=(x + dash).min(rect.right()), rect.center().y, stroke);
        x += dash + gap;
    }
}

fn menu(ui: &mut Ui, choice: &mut CurveChoice) {
    ui.set_min_width(200.0);
    ui.label(RichText::new("methods").font(theme::small()));
    for (method, name, meaning) in METHODS {
        toggle(ui, name, meaning, &mut choice.methods, method);
    }
    ui.separator();
    ui.label(RichText::new("schedulers besides the present one").font(theme::small()));
    for (scheduler, name) in SCHEDULERS {
        toggle(ui, name, "", &mut choice.schedulers, scheduler);
    }
    ui.separator();
    ui.label(RichText::new("correctors besides the present one").font(theme::small()));
    for (corrector, name) in CORRECTORS {
        toggle(
            ui,
            name,
            "A tᵃ (1−t)ᵇ; methods without a corrector are drawn without.",
            &mut choice.correctors,
            corrector,
        );
    }
    if ui.button("only the present setting").clicked() {
        *choice = CurveChoice::none();
    }
    if ui.button("the usual ones").clicked() {
        *choice = CurveChoice::default();
    }
}

fn toggle<T: PartialEq>(ui: &mut Ui, name: &str, meaning: &str, chosen: &mut Vec<T>, value: T) {
    let mut on = chosen.contains(&value);
    let response = ui.checkbox(&mut on, name);
    let response = if meaning.is_empty() { response } else { response.on_hover_text(meaning) };
    if response.changed() {
        if on {
            chosen.push(value);
        } else {
            chosen.retain(|other| *other != value);
        }
    }
}
