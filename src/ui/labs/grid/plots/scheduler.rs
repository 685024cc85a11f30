//! κ and the rates that follow from it, over the path.

use super::exportable_title;
use super::kappa_handles;
use crate::flow::{ConditionalPath, Corrector, Scheduler};
use crate::sampler;
use crate::ui::labs::grid::export::{Plot, export_button};
use crate::ui::labs::grid::fields::Scene;
use crate::ui::theme;
use crate::ui::widgets::{line, over_time, play_head, title};
use egui::{Align, Button, Layout, RichText, Ui};
use std::sync::Arc;

/// The jump rate is drawn up to here; it is infinite at t = 1.
const HIGHEST_RATE: f64 = 12.0;

/// κ over t, with handles where its shape can be dragged. Returns the scheduler that was dragged or asked for.
pub(super) fn kappa(ui: &mut Ui, scene: Scene<'_>) -> Option<Scheduler> {
    let palette = theme::palette(ui);
    let scheduler = scene.scheduler();
    let mut changed = None;
    ui.horizontal(|ui| {
        title(ui, "κ(t)", "The scheduler: probability that a token already comes from the data.");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            export_button(ui, Plot::Kappa);
            if !kappa_handles::can_be_dragged(scheduler) {
                let label = RichText::new("shape it").font(theme::small());
                let tooltip = "Switches to the Hermite cubic with this curve’s end slopes, each at most 3, and two \
                               handles to drag. Linear, quadratic and cubic stay what they are.";
                if ui.add(Button::new(label).small()).on_hover_text(tooltip).clicked() {
                    changed = Some(scheduler.as_hermite());
                }
            }
        });
    });
    let points = (0..=100).map(|j| f64::from(j) / 100.0).map(|t| [t, scheduler.kappa(t)]).collect();
    let plot = over_time("kappa", 1.0, "", palette).show(ui, |plot| {
        plot.line(line("κ", points, palette.series[0]));
        plot.vline(play_head(scene.t, palette.accent));
    });
    changed.or_else(|| kappa_handles::drag(ui, &plot.response, &plot.transform, scheduler))
}

/// The jump rate over t; with a corrector both of its rates.
pub(super) fn rates(ui: &mut Ui, scene: Scene<'_>) {
    let palette = theme::palette(ui);
    let scheduler = scene.scheduler();
    let on = scene.settings.corrector_on && scene.settings.corrector.is_on();
    let corrector = scene.settings.effective_sampler().corrector;
    let (name, tooltip) = if scene.settings.flow.conditional != ConditionalPath::Mixture {
        let tooltip = match scene.settings.flow.conditional {
            ConditionalPath::Metric(_) => {
                "The largest rate at which a token leaves a value, given any datum, per unit time."
            }
            _ => {
                "How often a token is drawn anew, from the data posterior or the uniform part, per unit time."
            }
        };
        ("hazard", tooltip)
    } else if on {
        (
            "rates  α κ′/(1−κ)  and  β κ′/κ",
            "How often a token is drawn from the data posterior and how often it is re-noised, per unit time.",
        )
    } else {
        ("jump rate  κ′/(1−κ)", "How often a token is drawn from the data posterior, per unit time.")
    };
    exportable_title(ui, Plot::Rates, name, tooltip);
    if scene.path.metric().is_some() {
        let (hazard, top) = metric_hazard(ui, scene);
        over_time("rates", top, "/ time", palette).show(ui, |plot| {
            plot.line(line("hazard", hazard.to_vec(), palette.series[0]));
            plot.vline(play_head(scene.t, palette.accent));
        });
        return;
    }
    let curve = |f: &dyn Fn(f64) -> f64| -> Vec<[f64; 2]> {
        (0..=200)
            .map(|j| f64::from(j) / 200.0)
            .map(|t| [t, f(t)])
            .filter(|p| p[1] <= 1.06 * HIGHEST_RATE)
            .collect()
    };
    let rate = |t: f64| sampler::grid::rates(corrector, scene.path, scheduler, t);
    let (forward, backward) = (curve(&|t| rate(t).0), curve(&|t| rate(t).1));
    over_time("rates", HIGHEST_RATE, "/ time", palette).show(ui, |plot| {
        plot.line(line("forward", forward, palette.series[0]));
        if on {
            plot.line(line("backward", backward, palette.series[1]));
        }
        plot.vline(play_head(scene.t, palette.accent));
    });
}

/// The largest hazard of a metric path over t, and how far up it is drawn: some milliseconds at K = 128, so it is kept
/// while path and scheduler are the same.
fn metric_hazard(ui: &Ui, scene: Scene<'_>) -> (Arc<[[f64; 2]]>, f64) {
    type Kept = (usize, Scheduler, Arc<[[f64; 2]]>, f64);
    let (id, scheduler) = (egui::Id::unique("metric hazard"), scene.scheduler());
    let path = Arc::as_ptr(scene.path) as usize;
    if let Some((of, by, points, top)) = ui.data(|d| d.get_temp::<Kept>(id))
        && (of, by) == (path, scheduler)
    {
        return (points, top);
    }
    let rate = |t: f64| sampler::grid::rates(Corrector::OFF, scene.path, scheduler, t).0;
    let all: Vec<[f64; 2]> =
        (0..40).map(|j| f64::from(j) / 40.0).map(|t| [t, rate(t)]).filter(|p| p[1].is_finite()).collect();
    // It grows without bound towards the end; most of the path is what is worth seeing.
    let top = all.iter().filter(|p| p[0] <= 0.7).map(|p| 1.3 * p[1]).fold(1.0, f64::max);
    let points: Arc<[_]> = all.into_iter().filter(|p| p[1] <= 1.06 * top).collect();
    ui.data_mut(|d| d.insert_temp::<Kept>(id, (path, scheduler, points.clone(), top)));
    (points, top)
}
