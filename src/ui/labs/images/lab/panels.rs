//! The panels left and right of the walls, and what their buttons do.

use super::{ImageLab, RightPanel};
use crate::experiment::contrasts;
use crate::experiment::images::Base;
use crate::experiment::images::differences;
use crate::train::sequence::ImageJob;
use crate::ui::chart::growing;
use crate::ui::files::Purpose;
use crate::ui::kept::kept;
use crate::ui::labs::images::controls::{Action, ControlContext, controls};
use crate::ui::labs::images::copies::{Search, copies};
use crate::ui::labs::images::exporting::Export;
use crate::ui::labs::images::measured::measured;
use crate::ui::labs::images::plots::{PlotContext, PlotWish, plots};
use crate::ui::labs::images::training::training;
use crate::ui::run_card::RunWish;
use crate::ui::sequence_runs::RunsWish;
use crate::ui::side_tabs::side_tabs;
use crate::ui::theme::space;
use crate::ui::widgets::{Tone, segmented};
use egui::{Button, Popup, Ui, Vec2};

impl ImageLab {
    pub(super) fn left(&mut self, ui: &mut Ui) {
        self.sides(ui);
        let model = self.status.model.clone().filter(|_| self.status.error.is_none());
        let problem = self.status.error.clone().or_else(|| self.infill_problem.clone());
        let side_problem = self.status.errors.get(self.settings.sides.chosen()).cloned().flatten();
        let context = ControlContext {
            model: model.as_deref(),
            problem: problem.as_deref(),
            side_problem: side_problem.as_deref(),
            infill: &mut self.infill,
            can_show_trained: self.training.own.model.is_some(),
        };
        let action = controls(ui, &mut self.settings, context);
        // A side may have been opened or closed.
        self.fit_sides();
        self.act(action, ui);
    }

    fn act(&mut self, action: Option<Action>, ui: &Ui) {
        match action {
            Some(Action::NewRun) => self.new_run(),
            Some(Action::Run(run)) => self.trainer.run(run),
            Some(Action::Runs(wish)) => self.grant(wish),
            Some(Action::Reset) => {
                self.trainer.reset();
                self.settings.trained = false;
                self.steps.absorb(|state| state.settings.trained = false);
            }
            Some(Action::ExportLosses) => self.export(Export::Losses, ui.ctx()),
            Some(Action::Save) => self.picker.ask(Purpose::Save, ui.ctx()),
            Some(Action::OpenModel) => self.picker.ask(Purpose::Open, ui.ctx()),
            Some(Action::OpenFolder { for_training }) => {
                self.folder_for_training = for_training;
                self.picker.ask(Purpose::Folder, ui.ctx());
            }
            Some(Action::OpenPicture) => self.picker.ask(Purpose::Picture, ui.ctx()),
            Some(Action::TakeBase(base)) => {
                // The same sample may look another way now.
                if base == Base::Sample {
                    self.asked_picture = None;
                }
                self.infill.base = base;
            }
            None => {}
        }
    }

    /// What is asked of the training runs.
    pub(super) fn grant(&mut self, wish: RunsWish) {
        match wish {
            RunsWish::Of(RunWish::Show(run)) => self.run_log.toggle(run),
            RunsWish::Of(RunWish::Forget(run)) => {
                self.run_log.forget(run);
                self.trainer.forget(run);
            }
            RunsWish::Of(RunWish::Continue(run)) => {
                let kept = self.run_log.get_mut(run);
                let kept = kept.and_then(|run| Some((run.file.clone()?, run.settings.clone())));
                if let Some((file, settings)) = kept {
                    if let Some(why) = self.needs.refusal_of_kept(run, &settings) {
                        return self.say(Tone::Error, why);
                    }
                    self.trainer.train(ImageJob::File(file));
                    self.settings.trained = true;
                }
            }
            RunsWish::Name(run, name) => {
                self.run_log.call(run, name);
                self.keep_notes(run);
            }
        }
    }

    /// Which of the walls the controls set, and how many there are.
    fn sides(&mut self, ui: &mut Ui) {
        let sides = &mut self.settings.sides;
        let contrasts =
            kept(ui.ctx(), "contrasts of walls", sides.to_vec(), || contrasts(sides, differences));
        let chosen = sides.chosen();
        let Some(action) = side_tabs(ui, (chosen, sides.len()), &contrasts, section_of) else { return };
        if let Some(name) = action.on(sides) {
            self.steps.name_next(name);
        }
        // What the others show stays with them.
        let moved = [chosen, self.settings.sides.chosen()];
        action.on_rows(&mut self.views, moved);
        action.on_rows(&mut self.layers, moved);
        action.on_rows(&mut self.runs, moved);
    }

    pub(super) fn right(&mut self, ui: &mut Ui) {
        let mut wish = None;
        ui.add_space(space::XS);
        let tabs = [
            (RightPanel::Plots, "plots", "What happened along the runs, and what they cost."),
            (RightPanel::Training, "training", "Train a network, and watch its samples improve."),
            (
                RightPanel::Measured,
                "measured",
                "What was measured with the networks that come with the program.",
            ),
        ];
        segmented(ui, "image panel", &mut self.panel, tabs);
        if self.panel == RightPanel::Measured {
            if let Some(which) = growing(ui, "measured", measured) {
                self.export(Export::Measured(which), ui.ctx());
            }
            return;
        }
        if self.panel == RightPanel::Training {
            let mut action = None;
            let samples = &mut self.settings.trained;
            growing(ui, "training", |ui| {
                let (next, runs) = (&mut self.settings.training, &mut self.run_log);
                action = training(ui, next, samples, &self.training, runs, &mut self.needs);
            });
            return self.act(action, ui);
        }
        let button = ui.add_sized(Vec2::new(ui.available_width(), 24.0), Button::new("export …"));
        Popup::menu(&button).show(|ui| {
            ui.set_width(220.0);
            for export in [Export::Wall, Export::Layers, Export::Strip, Export::Animation] {
                if ui.button(format!("{} …", export.name())).clicked() {
                    self.export(export, ui.ctx());
                }
            }
        });
        let called = self.called(ui.ctx());
        let runs = self.curves(&called);
        let now = self.now();
        growing(ui, "runs", |ui| {
            let context = PlotContext { runs: &runs, views: &self.views, now: &now };
            plots(ui, &context, &mut wish);
            let finished = self.sample().is_some();
            let of_one = finished && self.settings.picked.is_some();
            let search = Search { busy: self.searcher.is_busy(), of_one, of_wall: finished };
            let answer = self.neighbours.as_ref();
            copies(
                ui,
                answer.and_then(|answer| answer.as_ref().ok()),
                called.get(self.searched).filter(|_| called.len() > 1).map(|name| (self.searched, &**name)),
                answer.and_then(|answer| answer.as_ref().err().map(String::as_str)),
                search,
                &mut self.neighbour_pictures,
                &mut wish,
            );
        });
        match wish {
            Some(PlotWish::Export(export)) => self.export(export, ui.ctx()),
            Some(PlotWish::FindNearest { whole_wall }) => self.find_nearest(whole_wall),
            Some(PlotWish::StopSearch) => self.searcher.stop(),
            None => {}
        }
    }
}

/// The section of the left panel in which a field of a wall is set.
fn section_of(field: &str) -> &'static str {
    match field {
        "sampler.scheduler" => "Image scheduler",
        "class" | "guidance" => "Class",
        "sampler.corrector_by" => "Image corrector",
        field if field.starts_with("corrector") => "Image corrector",
        _ => "Image sampler",
    }
}
