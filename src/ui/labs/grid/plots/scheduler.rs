//! κ and the rates that follow from it, over the path.

use super::kappa_handles;
use super::{Shown, exportable_title};
use crate::flow::{ConditionalPath, Scheduler};
use crate::ui::kept::Same;
use crate::ui::labs::grid::export::{Plot, export_button};
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::theme;
use crate::ui::widgets::title;
use crate::view::grid::{kappa_chart, rates_chart};
use egui::{Align, Button, Layout, RichText, Ui};

/// κ over t, with handles where its shape can be dragged. Returns the scheduler that was dragged or asked for.
pub(super) fn kappa(ui: &mut Ui, shown: Shown<'_>) -> Option<Scheduler> {
    let scheduler = shown.here.scheduler();
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
    let chart = shown.chart(ui, "kappa", |side| side.scheduler(), |side| Some(kappa_chart(side.scheduler())));
    let area = shown.over_path(ui, "kappa", &chart).show(ui);
    changed.or_else(|| kappa_handles::drag(ui, &area, scheduler))
}

/// The jump rate over t; with a corrector both of its rates.
pub(super) fn rates(ui: &mut Ui, shown: Shown<'_>) {
    let scene = shown.here;
    let corrector = |side: &SideScene<'_>| side.settings.effective_sampler().corrector;
    let (name, tooltip) = match scene.settings.flow.conditional {
        ConditionalPath::Metric(_) => (
            "jump rate  (largest hazard)",
            "The largest rate at which a token leaves a value, given any datum, per unit time: a hazard, since a \
             metric path has no κ′/(1−κ).",
        ),
        ConditionalPath::ThreeWay(_) => (
            "jump rate  (hazard)",
            "How often a token is drawn anew, from the data posterior or the uniform part, per unit time.",
        ),
        ConditionalPath::Mixture if corrector(&scene).is_on() => (
            "jump rates  α κ′/(1−κ), β κ′/κ",
            "How often a token is drawn from the data posterior and how often it is re-noised, per unit time.",
        ),
        ConditionalPath::Mixture => {
            ("jump rate  κ′/(1−κ)", "How often a token is drawn from the data posterior, per unit time.")
        }
    };
    exportable_title(ui, Plot::Rates, name, tooltip);
    let key = |side: &SideScene<'_>| (Same::of(side.path), side.scheduler(), corrector(side));
    let of = |side: &SideScene<'_>| Some(rates_chart(side.path, side.scheduler(), corrector(side)));
    let chart = shown.chart(ui, "rates", key, of);
    shown.over_path(ui, "rates", &chart).legend(true).show(ui);
}
