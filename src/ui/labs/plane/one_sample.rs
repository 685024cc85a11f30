//! The right panel about one sample: how it moves, and what it is taken for on its way.

use super::exporting::PlaneContent;
use super::headed::{headed, line};
use super::lab::PlaneLab;
use crate::experiment::plane::PlaneChart;
use crate::experiment::{NAMES, TimeAxis};
use crate::ui::chart::{ChartUi, growing};
use crate::ui::icons;
use crate::ui::kept::{Same, kept};
use crate::ui::side_tabs::whose;
use crate::ui::theme;
use crate::ui::widgets::icon_button;
use crate::view::plane::{History, history_chart, predictions_chart};
use egui::{DragValue, Ui};

/// What a button says that exports one of the plots.
const EXPORT: &str = "Export this plot …";

/// Draws the panel for one side; what is to be exported. `sample` is the one that is followed.
pub fn one_sample(
    ui: &mut Ui,
    lab: &PlaneLab,
    side: usize,
    heading: Option<&str>,
    sample: &mut usize,
) -> Option<PlaneContent> {
    let mut wish = None;
    let runs = lab.runs();
    let settings = lab.settings();
    growing(ui, "one sample of the plane", |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        choice(ui, sample, settings.particles);
        let common = settings.pace.axis == TimeAxis::Kappa;
        let about = match common {
            true => {
                "The first coordinate over α+σ along t*, of every side: there all paths are one, and the same ODE on two of them \
                 has one curve."
            }
            false => {
                "The first coordinate over t, of every side: smooth along a flow, rough with noise, in steps by jumps. With the \
                 timeline along t* it is drawn where all paths are one."
            }
        };
        let keys = || runs.iter().map(|(side, run)| (*side, Same::of(run))).collect::<Vec<_>>();
        let chart = kept(ui.ctx(), "one sample", (keys(), *sample, common), || {
            let named: Vec<_> = runs
                .iter()
                .map(|(side, run)| History {
                    name: NAMES[*side],
                    tracks: &run.tracks,
                    path: settings.sides[*side].path,
                })
                .collect();
            history_chart(&named, *sample, common)
        });
        if headed(ui, ("How it moves", about), EXPORT) {
            wish = Some(PlaneContent::Chart(PlaneChart::OneSample, chart.clone()));
        }
        let [t, star] = lab.now(side);
        ChartUi::new("one sample", &chart)
            .height(130.0)
            .over_path(if common { star } else { t })
            .axis_names()
            .legend(runs.len() > 1)
            .show(ui);
        if let Some(heading) = heading {
            whose(ui, side, heading);
        }
        let (Some(run), Some(flow)) = (lab.run(side), lab.flow(side)) else { return };
        let key = (keys(), Same::of(&flow), side, *sample, common);
        let chart = kept(ui.ctx(), "predictions of one sample", key, || {
            predictions_chart(&flow, &run.tracks, *sample, common)
        });
        let about = "x̂₁ = E[x₁|xₜ] and x̂₀ = E[x₀|xₜ], the ε̂ of diffusion, exactly where the sample is: early on x̂₁ is the mean of \
                     all data, late ε̂ is what moves least.";
        if headed(ui, ("What it is taken for", about), EXPORT) {
            wish = Some(PlaneContent::Chart(PlaneChart::Predictions, chart.clone()));
        }
        ChartUi::new("predictions", &chart)
            .height(160.0)
            .over_path(if common { star } else { t })
            .axis_names()
            .legend(true)
            .show(ui);
    });
    wish
}

/// The number of the sample.
fn choice(ui: &mut Ui, sample: &mut usize, count: usize) {
    let last = count.saturating_sub(1);
    line(ui, |ui| {
        ui.label("sample");
        if icon_button(ui, icons::PREVIOUS, "The sample before", false).clicked() {
            *sample = sample.checked_sub(1).unwrap_or(last);
        }
        ui.add(DragValue::new(sample).range(0..=last))
            .on_hover_text("Counted from 0; drag, or click to type.");
        if icon_button(ui, icons::NEXT, "The next sample", false).clicked() {
            *sample = if *sample < last { *sample + 1 } else { 0 };
        }
        ui.label(egui::RichText::new("is followed").font(theme::small()).color(theme::palette(ui).weak));
    });
}
