//! The right panel: scheduler curves, read-outs, distances along the run, and the training gap.

mod distances;
mod frame;
mod gap;
mod now;
mod scheduler;
mod table;

use super::fields::Scene;
use crate::train::TrainStatus;
use egui::{ScrollArea, Ui};

/// Draws the panel; `problem` is why nothing could be sampled.
pub fn plots(ui: &mut Ui, scene: Scene<'_>, training: &TrainStatus, problem: Option<&str>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        scheduler::kappa(ui, scene);
        scheduler::rates(ui, scene);
        now::read_outs(ui, scene);
        distances::distances(ui, scene, problem);
        gap::gap(ui, training);
    });
}
