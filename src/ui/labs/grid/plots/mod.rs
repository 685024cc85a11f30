//! The right panel: scheduler curves, read-outs, distances along the run, and the training gap.

mod compare;
mod curves;
mod distances;
mod gap;
mod kappa_handles;
mod now;
mod scheduler;
mod sweeps;

use super::curve_thread::CurveStatus;
use super::export::{Plot, export_button};
use super::fields::SideScene;
use super::sweep_thread::SweepStatus;
use crate::experiment::grid::CurveChoice;
use crate::flow::Scheduler;
use crate::train::grid::TrainStatus;
use crate::ui::chart::growing;
use crate::ui::widgets::title;
use egui::{Align, Layout, Ui};

/// A plot's title with the button that exports it.
pub(super) fn exportable_title(ui: &mut Ui, plot: Plot, text: &str, tooltip: &str) {
    ui.horizontal(|ui| {
        title(ui, text, tooltip);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| export_button(ui, plot));
    });
}

/// Draws the panel, with the numbers of both if A and B are `compared`; `problem` is why nothing could be sampled.
/// Returns the scheduler if its curve was dragged.
pub fn plots(
    ui: &mut Ui,
    scene: SideScene<'_>,
    training: &TrainStatus,
    problem: Option<&str>,
    compared: Option<[SideScene<'_>; 2]>,
    (curves, sweeps): (&CurveStatus, &SweepStatus),
    choice: &mut CurveChoice,
) -> Option<Scheduler> {
    let mut dragged = None;
    growing(ui, "plots", |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        if let Some(both) = compared {
            compare::compare(ui, both);
        }
        dragged = scheduler::kappa(ui, scene);
        scheduler::rates(ui, scene);
        now::read_outs(ui, scene);
        distances::distances(ui, scene, problem, sweeps);
        sweeps::sweeps(ui, scene, sweeps);
        curves::curves(ui, scene, curves, choice);
        gap::gap(ui, training);
    });
    dragged
}
