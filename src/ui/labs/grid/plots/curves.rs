//! Exact TV to the target against the number of evaluations, for several samplers at once.

use super::Shown;
use crate::experiment::grid::CurveChoice;
use crate::flow::{Corrector, Scheduler};
use crate::sampler::grid::{Curve, Sampler};
use crate::ui::chart::ChartUi;
use crate::ui::kept::{Same, kept};
use crate::ui::labs::grid::controls::sampling::METHODS;
use crate::ui::labs::grid::curve_thread::CurveStatus;
use crate::ui::labs::grid::export::{Plot, PlotContent, export_button};
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::theme;
use crate::ui::widgets::{list_button, listed, title};
use crate::view::grid::curves_chart;
use egui::{RichText, Ui};

/// Taller than the plots over time: many curves lie close together.
const HEIGHT: f32 = 138.0;
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

/// Draws the curves, and those of the other sides `beside` them; `choice` is what the menu may change.
pub(super) fn curves(
    ui: &mut Ui,
    shown: Shown<'_>,
    status: &CurveStatus,
    beside: &[Curve],
    choice: &mut CurveChoice,
) {
    let scene = shown.here;
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
            let about = "Which samplers, schedulers and correctors are drawn.";
            list_button(ui, "compare", about, |ui| menu(ui, choice, present));
            if status.busy {
                ui.label(RichText::new("…").color(palette.weak));
            }
        });
    });
    shown.whose(ui);
    if let Some(error) = &status.error {
        ui.add(egui::Label::new(RichText::new(error).font(theme::small()).color(palette.weak)).wrap());
    }
    let present = here(scene, status);
    let key = (Same::of(&status.curves), present.map(|at| at.map(f64::to_bits)), beside.to_vec());
    let chart = kept(ui.ctx(), "curves", key, || {
        curves_chart(&status.drawn(beside), present.map(|at| (Some(0), at)))
    });
    ChartUi::new("curves", &chart).height(HEIGHT).axis_names().legend(true).show(ui);
}

impl CurveStatus {
    /// What the plot shows, to be exported.
    pub fn exported(&self, scene: SideScene<'_>, beside: &[Curve]) -> PlotContent {
        PlotContent::Curves(self.drawn(beside).into(), here(scene, self))
    }

    /// The curve of the present setting.
    pub fn present(&self) -> Option<Curve> {
        self.curves.first().cloned()
    }

    /// All curves, the present setting's first, and those of other sides that are not among them.
    fn drawn(&self, beside: &[Curve]) -> Vec<Curve> {
        let mut all = self.curves.to_vec();
        for other in beside {
            if !all.iter().any(|known| known == other) {
                all.push(other.clone());
            }
        }
        all
    }
}

/// Evaluations and TV of the present setting: of its run, and until that has ended of its curve, if it has such a point.
fn here(scene: SideScene<'_>, status: &CurveStatus) -> Option<[f64; 2]> {
    let of_run = || {
        let result = scene.result.filter(|r| r.request.show() == scene.settings.show)?;
        Some([result.summary?.nfe as f64, result.final_distances?.tv])
    };
    let of_curve = || {
        let points = &status.curves.first()?.points;
        let point = points.iter().find(|point| point.steps == scene.settings.sampler.steps)?;
        Some([point.nfe as f64, point.distances.tv])
    };
    of_run().or_else(of_curve)
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
    for (scheduler, name) in all_of(usual, &choice.schedulers, scheduler, Scheduler::to_string) {
        toggle(ui, &name, "", &mut choice.schedulers, scheduler);
    }
    ui.separator();
    ui.label(RichText::new("correctors besides the present one").font(theme::small()));
    let usual = CORRECTORS.map(|(corrector, name)| (corrector, name.to_owned()));
    let corrector = present.map(|sampler| sampler.config.corrector);
    for (corrector, name) in all_of(usual, &choice.correctors, corrector, Corrector::to_string) {
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
fn all_of<T: PartialEq + Copy, const N: usize>(
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
    if listed(ui, name, meaning, &mut on) {
        if on {
            chosen.push(value);
        } else {
            chosen.retain(|other| *other != value);
        }
    }
}
