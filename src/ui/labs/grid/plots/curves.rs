//! Exact TV to the target against the number of evaluations, for several samplers at once.

use crate::experiment::grid::CurveChoice;
use crate::figure::scale::format_value;
use crate::figure::ticks::power_of_ten;
use crate::flow::{Corrector, Scheduler, counted};
use crate::sampler::grid::Method;
use crate::sampler::grid::{Curve, Sampler};
use crate::ui::labs::grid::controls::sampling::METHODS;
use crate::ui::labs::grid::curve_thread::CurveStatus;
use crate::ui::labs::grid::export::{Plot, PlotContent, export_button};
use crate::ui::labs::grid::fields::Scene;
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{frame, line, read_out, title};
use crate::view::grid::SamplerCurve;
use egui::{Color32, Pos2, RichText, Shape, Stroke, Ui, Vec2};
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
    let present = status.curves.first().map(|curve| &curve.sampler);
    ui.horizontal(|ui| {
        title(
            ui,
            "TV against NFE",
            "Total variation between the sampler’s whole pmf at t = 1 and the target, against denoiser evaluations: \
             exact, no Monte-Carlo noise. The present setting is the thick curve, its number of steps the circle.",
        );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            export_button(ui, Plot::Curves);
            ui.menu_button(RichText::new("compare").font(theme::small()), |ui| menu(ui, choice, present))
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
    let here = here(scene, status);
    let drawn = status.curves.iter().flat_map(|c| &c.points).map(|p| p.nfe);
    let last = drawn.chain(here.map(|(nfe, _)| nfe)).max().unwrap_or(256);
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
        .label_formatter(read_out(|[nfe, tv]| {
            format!(
                "{}\nTV {}",
                counted(nfe.exp2().round() as u64, "evaluation"),
                format_value(10f64.powf(tv))
            )
        }))
        .show(ui, |plot| {
            for curve in status.curves.iter().skip(1) {
                let sampler = &curve.sampler;
                let color = color(sampler.config.method, palette);
                let drawn = line(&name(sampler), points(curve), color);
                let pattern = pattern(sampler, scene.scheduler(), choice);
                plot.line(drawn.style(PATTERNS[pattern].0).width(1.3));
                if let Some(shape) = shape(sampler, &status.curves[0].sampler, choice) {
                    let marks = Points::new(name(sampler), points(curve)).shape(shape).radius(2.8);
                    plot.points(marks.color(color));
                }
            }
            let Some(present) = status.curves.first() else { return };
            plot.line(line(&name(&present.sampler), points(present), palette.accent).width(2.6));
            if let Some((nfe, tv)) = here {
                let at = [(nfe as f64).log2(), height(tv).max(LEAST)];
                let mark = Points::new("now", vec![at]).shape(MarkerShape::Circle).radius(4.5);
                plot.points(mark.color(palette.text));
            }
        });
    legend(ui, status, choice, palette);
    if let Some((nfe, tv)) = here {
        let text = format!("here: TV {} at {}", format_value(tv), counted(nfe, "evaluation"));
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
        let present = here(scene, self).map(|(nfe, tv)| [nfe as f64, tv]);
        PlotContent::Curves(self.curves.iter().map(of).collect(), present)
    }
}

/// Evaluations and TV of the present setting: of its run, and until that has ended of its curve, if it has such a point.
fn here(scene: Scene<'_>, status: &CurveStatus) -> Option<(usize, f64)> {
    let of_run = || {
        let result = scene.result.filter(|r| r.request.show() == scene.settings.show)?;
        Some((result.summary?.nfe, result.final_distances?.tv))
    };
    let of_curve = || {
        let points = &status.curves.first()?.points;
        let point = points.iter().find(|point| point.steps == scene.settings.sampler.steps)?;
        Some((point.nfe, point.distances.tv))
    };
    of_run().or_else(of_curve)
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

/// Styles of curves, and the same as dash and gap of a key: solid is the present scheduler, then those of the choice.
const PATTERNS: [(LineStyle, [f32; 2]); 6] = [
    (LineStyle::Solid, [18.0, 0.0]),
    (LineStyle::Dashed { length: 5.0 }, [4.0, 2.0]),
    (LineStyle::Dotted { spacing: 3.0 }, [1.6, 1.8]),
    (LineStyle::Dashed { length: 12.0 }, [7.0, 4.0]),
    (LineStyle::Dotted { spacing: 7.0 }, [1.6, 4.4]),
    (LineStyle::Dashed { length: 2.5 }, [2.4, 2.0]),
];

/// Marks of correctors besides the present one, in the order of the choice.
const SHAPES: [MarkerShape; 4] =
    [MarkerShape::Square, MarkerShape::Up, MarkerShape::Diamond, MarkerShape::Cross];

/// Which of [`PATTERNS`]: one a scheduler.
fn pattern(sampler: &Sampler, present: Scheduler, choice: &CurveChoice) -> usize {
    let index = choice.schedulers.iter().position(|s| *s == sampler.scheduler);
    let others = PATTERNS.len() - 1;
    if sampler.scheduler == present { 0 } else { index.map_or(0, |index| 1 + index % others) }
}

/// The mark of a corrector that is not the present one.
fn shape(sampler: &Sampler, present: &Sampler, choice: &CurveChoice) -> Option<MarkerShape> {
    let corrector = sampler.config.corrector;
    let index = choice.correctors.iter().position(|c| *c == corrector)?;
    (corrector != present.config.corrector).then_some(SHAPES[index % SHAPES.len()])
}

fn legend(ui: &mut Ui, status: &CurveStatus, choice: &CurveChoice, palette: &Palette) {
    let small = |text: &str| RichText::new(text.to_owned()).font(theme::small()).color(palette.weak);
    let Some(present) = status.curves.first() else { return };
    let line = |ui: &mut Ui, keys: &mut dyn FnMut(&mut Ui)| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::new(space::XS, 1.0);
            keys(ui);
        });
    };
    line(ui, &mut |ui| {
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
    let others: Vec<_> = choice.schedulers.iter().filter(|s| **s != present.sampler.scheduler).collect();
    if !others.is_empty() {
        line(ui, &mut |ui| {
            key(ui, palette.weak, 0);
            ui.label(small("present κ(t)"));
            for scheduler in &others {
                let sampler = Sampler { scheduler: **scheduler, ..present.sampler };
                key(ui, palette.weak, pattern(&sampler, present.sampler.scheduler, choice));
                ui.label(small(&scheduler.to_string()));
            }
        });
    }
    let drawn = |corrector: &Corrector| {
        *corrector != present.sampler.config.corrector
            && status.curves.iter().any(|curve| curve.sampler.config.corrector == *corrector)
    };
    for (index, corrector) in choice.correctors.iter().enumerate().filter(|(_, c)| drawn(c)) {
        line(ui, &mut |ui| {
            mark(ui, palette.weak, SHAPES[index % SHAPES.len()]);
            ui.label(small(&format!("corrector {}", corrector_name(corrector))));
        });
    }
}

fn corrector_name(corrector: &Corrector) -> String {
    let known = CORRECTORS.iter().find(|(known, _)| known == corrector);
    known.map_or_else(|| corrector.to_string(), |(_, name)| (*name).to_owned())
}

/// A piece of a curve of a style of [`PATTERNS`].
fn key(ui: &mut Ui, color: Color32, pattern: usize) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(18.0, 10.0), egui::Sense::hover());
    let stroke = Stroke::new(1.8, color);
    let [dash, gap] = PATTERNS[pattern].1;
    let mut x = rect.left();
    while x < rect.right() {
        ui.painter().hline(x..=(x + dash).min(rect.right()), rect.center().y, stroke);
        x += dash + gap;
    }
}

/// One of [`SHAPES`].
fn mark(ui: &mut Ui, color: Color32, shape: MarkerShape) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(18.0, 10.0), egui::Sense::hover());
    let (center, r) = (rect.center(), 3.5);
    let at = |points: &[[f32; 2]]| points.iter().map(|[x, y]| center + r * Vec2::new(*x, *y)).collect();
    let corners: Vec<Pos2> = match shape {
        MarkerShape::Up => at(&[[0.0, -1.0], [1.0, 0.8], [-1.0, 0.8]]),
        MarkerShape::Diamond => at(&[[0.0, -1.2], [1.2, 0.0], [0.0, 1.2], [-1.2, 0.0]]),
        MarkerShape::Cross => {
            for ends in [[[-0.9, -0.9], [0.9, 0.9]], [[-0.9, 0.9], [0.9, -0.9]]] {
                let ends: Vec<Pos2> = at(&ends);
                ui.painter().line_segment([ends[0], ends[1]], Stroke::new(1.4, color));
            }
            return;
        }
        _ => at(&[[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]]),
    };
    ui.painter().add(Shape::convex_polygon(corners, color, Stroke::NONE));
}

fn menu(ui: &mut Ui, choice: &mut CurveChoice, present: Option<&Sampler>) {
    ui.set_min_width(200.0);
    ui.label(RichText::new("methods").font(theme::small()));
    for (method, name, meaning) in METHODS {
        toggle(ui, name, meaning, &mut choice.methods, method);
    }
    ui.separator();
    ui.label(RichText::new("schedulers besides the present one").font(theme::small()));
    let usual = SCHEDULERS.map(|(scheduler, name)| (scheduler, name.to_owned()));
    let scheduler = present.map(|sampler| sampler.scheduler);
    for (scheduler, name) in listed(usual, &choice.schedulers, scheduler, Scheduler::to_string) {
        toggle(ui, &name, "", &mut choice.schedulers, scheduler);
    }
    ui.separator();
    ui.label(RichText::new("correctors besides the present one").font(theme::small()));
    let usual = CORRECTORS.map(|(corrector, name)| (corrector, name.to_owned()));
    let corrector = present.map(|sampler| sampler.config.corrector);
    for (corrector, name) in listed(usual, &choice.correctors, corrector, Corrector::to_string) {
        let about = "A tᵃ (1−t)ᵇ; methods without a corrector are drawn without.";
        toggle(ui, &name, about, &mut choice.correctors, corrector);
    }
    if ui.button("only the present setting").clicked() {
        *choice = CurveChoice::none();
    }
    if ui.button("the usual ones").clicked() {
        *choice = CurveChoice::default();
    }
}

/// What can be chosen: the usual ones, what is chosen already, and the present one, so that it can be kept beside what it
/// is changed to.
fn listed<T: PartialEq + Copy, const N: usize>(
    usual: [(T, String); N],
    chosen: &[T],
    present: Option<T>,
    name: impl Fn(&T) -> String,
) -> Vec<(T, String)> {
    let mut all = Vec::from(usual);
    for one in chosen.iter().copied().chain(present) {
        if !all.iter().any(|(known, _)| *known == one) {
            all.push((one, name(&one)));
        }
    }
    all
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
