//! The left panel: model, sampler, scheduler, corrector and what is given.
//!
//! What all sides share stands apart from what is set for one of them.

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
use crate::ui::sequence_runs::RunsWish;
use crate::ui::theme::{self, space};
use crate::ui::widgets::Tone;
use crate::ui::widgets::notice;
use crate::ui::widgets::scheduler_choice;
use crate::ui::widgets::section;
use egui::{RichText, Stroke, Ui};

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
        let source = model.map_or(settings.source, |model| model.denoiser.source());
        // What is set for the side that was chosen above comes first then.
        let compared = settings.sides.is_compared();
        if compared {
            of_side(ui, settings, (model, side_problem), source);
            shared_heading(ui, settings.sides.len());
        }
        section(ui, "Model", |ui| model::model(ui, settings, model, can_show_trained, &mut action));
        if let Some(why) = problem {
            notice(ui, Tone::Error, why);
        }
        section(ui, "Walls", |ui| sampling::walls(ui, settings));
        if !compared {
            of_side(ui, settings, (model, side_problem), source);
        }
        section(ui, "Infilling", |ui| infilling::infilling(ui, infill, &mut action));
    });
    action
}

/// Above what all sides have in common.
fn shared_heading(ui: &mut Ui, sides: usize) {
    let text = if sides == 2 { "Shared by A and B" } else { "Shared by A, B and C" };
    let about = "The denoiser with its images, the seed, what is given, and the clock below: what is changed here changes on \
                 all sides.";
    let palette = theme::palette(ui);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        ui.label(RichText::new(text).font(theme::small()).color(palette.text)).on_hover_text(about);
        let line = ui.available_rect_before_wrap();
        ui.painter().hline(line.x_range(), line.center().y, Stroke::new(2.0, palette.line));
    });
    ui.add_space(space::XS);
}

/// What is set for one side alone.
fn of_side(
    ui: &mut Ui,
    settings: &mut ImageSettings,
    (model, problem): (Option<&ImageModel>, Option<&str>),
    source: SequenceSource,
) {
    if model.is_some_and(|model| !model.classes.is_empty()) {
        section(ui, "Class", |ui| model::class(ui, settings.sides.here_mut(), model));
    }
    section(ui, "Image sampler", |ui| {
        sampling::sampler(ui, settings.sides.here_mut(), source);
        if let Some(why) = problem {
            notice(ui, Tone::Error, why);
        }
    });
    section(ui, "Image scheduler", |ui| {
        let is_maskgit = settings.sides.here().sampler.method == SequenceMethod::MaskGit;
        ui.add_enabled_ui(!is_maskgit, |ui| {
            let values = model.map_or(settings_values(settings), |model| model.denoiser.values());
            let same = match source {
                SequenceSource::Mask => 0.0,
                SequenceSource::Uniform => 1.0 / values as f64,
            };
            let scheduler = &mut settings.sides.here_mut().sampler.scheduler;
            scheduler_choice(ui, scheduler, Some(Scheduler::Kinetic(same)));
        });
        if is_maskgit {
            notice(ui, Tone::Plain, "MaskGIT reveals as many tokens as the cosine says.");
        }
    });
    section(ui, "Image corrector", |ui| sampling::corrector(ui, settings.sides.here_mut()));
}

fn settings_values(settings: &ImageSettings) -> usize {
    settings.tokens.values()
}
