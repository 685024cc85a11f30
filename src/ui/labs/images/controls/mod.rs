//! The left panel: model, sampler, scheduler, corrector, what is given, and training.

mod infilling;
mod model;
mod sampling;

pub use model::{data_choice, source, tokens};

use crate::experiment::images::Base;
use crate::experiment::images::ImageSettings;
use crate::flow::Scheduler;
use crate::flow::SequenceSource;
use crate::model::sequence::ImageModel;
use crate::sampler::sequence::SequenceMethod;
use crate::ui::focus::scrolled;
use crate::ui::labs::images::infill::Infill;
use crate::ui::labs::images::runs::RunsWish;
use crate::ui::widgets::Tone;
use crate::ui::widgets::notice;
use crate::ui::widgets::scheduler_choice;
use crate::ui::widgets::section;
use egui::Ui;

/// Room for an icon button at the end of a row, points.
const BUTTON: f32 = 46.0;

/// What a button asks of the lab.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// To begin a run with the present settings.
    NewRun,
    /// To go on with the run, or pause it.
    Run(bool),
    /// Something of the runs that are kept.
    Runs(RunsWish),
    /// To let go of the run.
    Reset,
    /// To save it: the network alone in half precision, or all of it.
    Save,
    /// To export its losses.
    ExportLosses,
    /// For a checkpoint to open.
    OpenModel,
    /// For a folder of pictures.
    OpenFolder {
        /// To train on, or for the model to know.
        for_training: bool,
    },
    /// For a picture of which a part is given.
    OpenPicture,
    /// To take the picture from there.
    TakeBase(Base),
}

/// What the panel needs to know.
pub struct ControlContext<'a> {
    /// The model that answers, once there is one.
    pub model: Option<&'a ImageModel>,
    /// Why there is none.
    pub problem: Option<&'a str>,
    /// Why the side that is being set can't be sampled.
    pub side_problem: Option<&'a str>,
    /// What is given.
    pub infill: &'a mut Infill,
    /// Whether there is a network in training that could answer.
    pub can_show_trained: bool,
}

/// Draws the panel.
pub fn controls(ui: &mut Ui, settings: &mut ImageSettings, context: ControlContext<'_>) -> Option<Action> {
    let ControlContext { model, problem, side_problem, infill, can_show_trained } = context;
    let mut action = None;
    scrolled(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        section(ui, "Model", |ui| model::model(ui, settings, model, can_show_trained, &mut action));
        if let Some(why) = problem {
            notice(ui, Tone::Error, why);
        }
        let source = model.map_or(settings.source, |model| model.denoiser.source());
        section(ui, "Walls", |ui| sampling::walls(ui, settings));
        if model.is_some_and(|model| !model.classes.is_empty()) {
            section(ui, "Class", |ui| model::class(ui, settings.sides.here_mut(), model));
        }
        section(ui, "Image sampler", |ui| {
            sampling::sampler(ui, settings.sides.here_mut(), source);
            if let Some(why) = side_problem {
                notice(ui, Tone::Error, why);
            }
        });
        section(ui, "Image scheduler", |ui| {
            let side = settings.sides.here_mut();
            let is_maskgit = side.sampler.method == SequenceMethod::MaskGit;
            ui.add_enabled_ui(!is_maskgit, |ui| {
                let values = model.map_or(settings_values(settings), |model| model.denoiser.values());
                let same = match source {
                    SequenceSource::Mask => 0.0,
                    SequenceSource::Uniform => 1.0 / values as f64,
                };
                scheduler_choice(
                    ui,
                    &mut settings.sides.here_mut().sampler.scheduler,
                    Some(Scheduler::Kinetic(same)),
                );
            });
            if is_maskgit {
                notice(ui, Tone::Plain, "MaskGIT reveals as many tokens as the cosine says.");
            }
        });
        section(ui, "Image corrector", |ui| sampling::corrector(ui, settings.sides.here_mut()));
        section(ui, "Infilling", |ui| infilling::infilling(ui, infill, &mut action));
    });
    action
}

fn settings_values(settings: &ImageSettings) -> usize {
    settings.tokens.values()
}
