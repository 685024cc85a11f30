//! The panels left and right of the views, and what their buttons do.

use super::GridLab;
use crate::train::grid::TrainStatus;
use crate::ui::editor::{EditorAction, tools};
use crate::ui::files::Purpose;
use crate::ui::labs::grid::controls::{Action, ControlContext, controls};
use crate::ui::labs::grid::inspector::{Tab, cell_panel, particle_panel};
use crate::ui::labs::grid::plots::{Shown, plots};
use crate::ui::labs::grid::runs::runs_panel;
use crate::ui::labs::grid::sides::Statuses;
use crate::ui::run_card::RunWish;
use crate::ui::side_tabs::{SideAction, side_tabs, whose};
use crate::ui::theme::space;
use crate::ui::widgets::{Tone, notice, segmented};
use egui::{Context, Ui};

impl GridLab {
    pub(super) fn left(
        &mut self,
        ui: &mut Ui,
        statuses: &Statuses,
        training: &TrainStatus,
    ) -> Option<SideAction> {
        let side = self.sides.chosen();
        let contrasts = self.contrasts(ui.ctx());
        let asked = side_tabs(ui, (side, self.sides.count()), &contrasts, section_of);
        let trains_here = self.is_comparing().then_some(side == self.trained);
        let experiment = self.sides.here_mut();
        let error = experiment.flow_error(statuses.of(side));
        let misfit = experiment.misfit(training);
        let context = ControlContext {
            training,
            foreign_network: experiment.is_foreign(training),
            misfit: misfit.as_deref(),
            trains_here,
            resumable: self.runs.resumable(training),
            flow_error: error.as_deref(),
            actual_k: experiment.path.data_tokens(),
            kinetic: experiment.kinetic,
            path: experiment.path.clone(),
            editing: self.editor.is_some(),
            saved: self.saved.files(),
            word: &mut experiment.word,
        };
        if let Some(action) = controls(ui, &mut experiment.settings, context) {
            self.act(action, ui.ctx());
        }
        asked
    }

    /// The tools of the editor while it is open, else plots of the whole flow, one cell, or one particle.
    pub(super) fn right(&mut self, ui: &mut Ui, statuses: &Statuses, training: &TrainStatus) {
        if let Some(editor) = &mut self.editor {
            match tools(ui, editor, self.sides.here_mut()) {
                Some(EditorAction::Close) => self.close_editor(),
                Some(EditorAction::Import) => self.picker.ask(Purpose::Target, ui.ctx()),
                Some(EditorAction::Save(kind)) => self.picker.ask(Purpose::SaveTarget(kind), ui.ctx()),
                Some(EditorAction::Keep) => self.keep_target(ui.ctx()),
                None => {}
            }
            return;
        }
        ui.add_space(space::XS);
        let tabs = [
            (Tab::Plots, "plots", "Curves and read-outs of the whole flow."),
            (Tab::Cell, "cell", "One state: its probability, posteriors and rates."),
            (Tab::Particle, "particle", "One particle: its way and all its jumps."),
            (Tab::Runs, "runs", "Training runs side by side: gaps and early samples."),
        ];
        let mut inspector = std::mem::take(&mut self.inspector);
        segmented(ui, "right panel", &mut inspector.tab, tabs);
        let side = self.sides.chosen();
        let scene = self.scene(side, statuses);
        match inspector.tab {
            Tab::Plots => {
                if self.unbuilt(side, statuses).is_some() {
                    notice(
                        ui,
                        Tone::Warning,
                        "All of this is of the flow before: the one that is set can’t be built.",
                    );
                }
                let all: Vec<_> = (0..self.sides.count()).map(|side| self.scene(side, statuses)).collect();
                let (curves, sweeps) = (self.here().curves.status(), self.here().sweeps.status());
                let mut choice = scene.settings.curves.clone();
                let problem = statuses.of(side).error.as_deref();
                let headings = self.headings(ui.ctx());
                let shown = Shown { here: scene, all: &all, headings: &headings, chosen: side };
                let beside = self.curves_beside(side);
                let dragged = plots(ui, shown, training, problem, (&curves, &sweeps), &beside, &mut choice);
                self.here_mut().settings.curves = choice;
                if let Some(dragged) = dragged {
                    self.here_mut().settings.flow.scheduler = dragged;
                }
            }
            Tab::Cell => {
                if self.is_comparing() {
                    whose(ui, side, &self.headings(ui.ctx())[side]);
                }
                cell_panel(ui, scene, &mut inspector, &self.opinions);
            }
            Tab::Particle => {
                if let Some(t) = particle_panel(ui, scene, &mut inspector) {
                    self.hold_at(self.sides.time_of_a(side, t));
                }
            }
            Tab::Runs => {
                if let Some(wish) = runs_panel(ui, &self.runs, training) {
                    self.grant(wish);
                }
            }
        }
        self.inspector = inspector;
    }

    pub(super) fn grant(&mut self, wish: RunWish) {
        match wish {
            RunWish::Show(run) => {
                self.runs.shown = Some(run).filter(|_| self.runs.shown != Some(run));
                if self.runs.shown.is_some() {
                    self.show_learned();
                }
            }
            RunWish::Forget(run) => {
                self.runs.forget(run);
                self.trainer.forget(run);
            }
            RunWish::Continue(run) => self.continue_run(run),
        }
    }

    pub(super) fn act(&mut self, action: Action, ctx: &Context) {
        match action {
            Action::Train => self.train(),
            Action::NewRun => self.new_run(),
            Action::ContinueRun(run) => self.continue_run(run),
            Action::PauseTraining => self.pause_training(),
            Action::ResetTraining => self.trainer.reset(),
            Action::EditTarget if self.editor.is_some() => self.close_editor(),
            Action::EditTarget => self.open_editor(),
            Action::UseTarget(file) => self.here_mut().use_target(file),
            Action::OpenTarget => self.picker.ask(Purpose::Target, ctx),
            Action::OpenSource => self.picker.ask(Purpose::Source, ctx),
            Action::OpenCheckpoint => self.picker.ask(Purpose::Open, ctx),
            Action::SaveCheckpoint => self.picker.ask(Purpose::Save, ctx),
        }
    }
}

/// The section of the left panel in which a field is set.
fn section_of(field: &str) -> &'static str {
    match field {
        "flow.target" | "flow.k" | "flow.invert" => "Target",
        "flow.scheduler" => "Scheduler",
        "show" | "epsilon" | "early_error" => "Denoiser and training",
        "sampler.corrector_by" => "Corrector",
        field if field.starts_with("corrector") || field.starts_with("sampler.sweeps") => "Corrector",
        field if field.starts_with("sampler") => "Sampler",
        _ => "Source, coupling and path",
    }
}
