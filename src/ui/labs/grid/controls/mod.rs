//! The left panel: everything that makes the flow, the sampler and the training.

mod flow;
pub(super) mod sampling;
mod training;

pub(super) use sampling::unusable;

use super::runs::RunCard;
use crate::experiment::grid::Settings;
use crate::flow::{GridPath, Scheduler};
use crate::train::grid::TrainStatus;
use crate::ui::focus::scrolled;
use crate::ui::theme::space;
use crate::ui::widgets::section;
use egui::Ui;
use std::path::PathBuf;
use std::sync::Arc;

/// Something the panel asks the lab to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Choose a target file.
    OpenTarget,
    /// Take a target that was saved.
    UseTarget(PathBuf),
    /// Draw the target by hand, or stop drawing it.
    EditTarget,
    /// Choose a source file.
    OpenSource,
    /// Begin or go on training.
    Train,
    /// Begin another run; the present one is kept to be compared.
    NewRun,
    /// Take up the run of this number.
    ContinueRun(u64),
    /// Stop training, keep the network.
    PauseTraining,
    /// Put the network away.
    ResetTraining,
    /// Write the network to a file.
    SaveCheckpoint,
    /// Read a network from a file.
    OpenCheckpoint,
}

/// What the panel shows besides the settings.
pub struct ControlContext<'a> {
    /// The trainer.
    pub training: &'a TrainStatus,
    /// Whether the network was trained on another flow than the present one.
    pub foreign_network: bool,
    /// Why the network can't be asked about the present flow, if there is one.
    pub misfit: Option<&'a str>,
    /// Whose flow is trained, where there are A and B: that of the side being set, or of the other.
    pub trains_here: Option<bool>,
    /// The run that could go on where it was.
    pub resumable: Option<&'a RunCard>,
    /// Why the flow could not be built.
    pub flow_error: Option<&'a str>,
    /// K of the present path, where a file fixes it.
    pub actual_k: usize,
    /// The kinetic-optimal scheduler for the present path; a metric path has none.
    pub kinetic: Option<Scheduler>,
    /// The present path.
    pub path: Arc<GridPath>,
    /// Whether the target is being drawn.
    pub editing: bool,
    /// Targets of the user’s own.
    pub saved: &'a [PathBuf],
    /// The word being typed for a drawn target.
    pub word: &'a mut String,
}

/// Draws the panel and changes the settings; returns what else is asked for.
pub fn controls(ui: &mut Ui, settings: &mut Settings, mut context: ControlContext<'_>) -> Option<Action> {
    let mut action = None;
    let renoises = context.path.renoises_from_marginals();
    scrolled(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        ui.add_space(space::XS);
        section(ui, "Target", |ui| flow::target(ui, settings, &mut context, &mut action));
        section(ui, "Source, coupling and path", |ui| {
            flow::source(ui, settings, &mut action);
            flow::path(ui, settings);
        });
        section(ui, "Scheduler", |ui| flow::scheduler(ui, settings, context.kinetic));
        section(ui, "Denoiser and training", |ui| training::panel(ui, settings, &context, &mut action));
        section(ui, "Sampler", |ui| {
            sampling::sampler(ui, settings, &context.path);
        });
        section(ui, "Corrector", |ui| sampling::corrector(ui, settings, renoises));
        ui.add_space(space::L);
    });
    action
}
