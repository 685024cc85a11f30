//! The panels left and right of the pages, and what their buttons do.

use super::TextLab;
use crate::experiment::text::{Coupling, Stair, Topic, side_contrasts, stairs_of};
use crate::train::sequence::TextJob;
use crate::ui::chart::growing;
use crate::ui::files::Purpose;
use crate::ui::kept::kept;
use crate::ui::labs::text::cells::bars;
use crate::ui::labs::text::controls::{Action, ControlContext, Hole, controls};
use crate::ui::labs::text::exporting::Export;
use crate::ui::labs::text::judge::{JudgeWish, Judgement, judgement};
use crate::ui::labs::text::plots::{PlotContext, plots};
use crate::ui::labs::text::studies::{StudyContext, studies};
use crate::ui::labs::text::training::{TrainingWish, training};
use crate::ui::run_card::RunWish;
use crate::ui::sequence_runs::RunsWish;
use crate::ui::side_tabs::side_tabs;
use crate::ui::theme::space;
use crate::ui::widgets::segmented;
use egui::{Button, Popup, Ui, Vec2};

impl TextLab {
    pub(super) fn left(&mut self, ui: &mut Ui) {
        self.sides(ui);
        let side = self.settings.sides.chosen();
        let side_problem = self.status.errors.get(side).cloned().flatten();
        let context = ControlContext {
            lexicon: self.status.lexicon.as_ref().map(|(_, lexicon)| &**lexicon),
            problem: self.status.error.as_deref(),
            side_problem: side_problem.as_deref(),
            finished: self.finished(side).is_some(),
            has_trained: self.trained[0].is_some(),
        };
        let action = controls(ui, &mut self.settings, &context);
        // A side may have been opened or closed.
        self.fit_sides();
        match action {
            Some(Action::OpenNetwork) => self.picker.ask(Purpose::Open, ui.ctx()),
            Some(Action::OpenFile) => self.picker.ask(Purpose::Any, ui.ctx()),
            Some(Action::Give(hole)) => self.give_all_but(|at, n| match hole {
                Hole::Middle => at >= n / 3 && at < 2 * n / 3,
                Hole::End => at >= n / 2,
                Hole::Start => at < n / 2,
                Hole::EverySecond => at % 2 == 1,
            }),
            None => {}
        }
    }

    /// Which of the pages the controls set, and how many there are.
    fn sides(&mut self, ui: &mut Ui) {
        let sides = &mut self.settings.sides;
        let contrasts = kept(ui.ctx(), "contrasts of pages", sides.to_vec(), || side_contrasts(sides));
        let chosen = sides.chosen();
        let Some(action) = side_tabs(ui, (chosen, sides.len()), &contrasts, section_of) else { return };
        if let Some(name) = action.on(sides) {
            self.steps.name_next(name);
        }
        // What the others show stays with them.
        let moved = [chosen, self.settings.sides.chosen()];
        action.on_rows(&mut self.views, moved);
        action.on_rows(&mut self.runs, moved);
        action.on_rows(&mut self.cell_answers, moved);
    }

    fn judge_panel(&mut self, ui: &mut Ui) {
        let is_code = self.status.lexicon.as_ref().is_some_and(|(_, lexicon)| lexicon.writing.is_code());
        let mut wish = None;
        let now = self.whose();
        let known = self.measures.status();
        let of = Judgement { known: &known, now: &now, is_code };
        let prompt = &mut self.prompt;
        growing(ui, "judged", |ui| wish = judgement(ui, &of, prompt));
        match wish {
            Some(JudgeWish::Measure) => self.measure(),
            Some(JudgeWish::Stop) => self.measures.stop(),
            Some(JudgeWish::Export) => self.export(Export::Judged, ui.ctx()),
            None => {}
        }
    }

    fn train_panel(&mut self, ui: &mut Ui) {
        let sizes = self
            .status
            .lexicon
            .as_ref()
            .map(|(_, lexicon)| [lexicon.language.tokens, lexicon.writing.values()]);
        let mut wish = None;
        growing(ui, "text training", |ui| {
            let (settings, runs) = (&mut self.settings, &mut self.run_log);
            wish = training(ui, settings, &self.training, runs, sizes.unwrap_or([64, 14]));
        });
        match wish {
            Some(TrainingWish::New) => self.new_run(),
            Some(TrainingWish::Run(run)) => self.trainer.run(run),
            Some(TrainingWish::Reset) => self.trainer.reset(),
            Some(TrainingWish::Save) => self.picker.ask(Purpose::Save, ui.ctx()),
            Some(TrainingWish::Runs(wish)) => self.grant(wish),
            Some(TrainingWish::ExportLosses) => self.export(Export::Losses, ui.ctx()),
            Some(TrainingWish::Sample) => self.sample_trained(),
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
                let file = self.run_log.get_mut(run).and_then(|run| run.file.clone());
                if let Some(file) = file {
                    self.trainer.train(TextJob::File(file));
                }
            }
            RunsWish::Name(run, name) => {
                self.run_log.call(run, name);
                if let Some(notes) = self.run_log.notes(run) {
                    self.trainer.order(vec![notes]);
                }
            }
        }
    }

    /// Where the sides step.
    pub(super) fn stairs(&self, names: &[String]) -> Vec<Stair> {
        let sides = &self.settings.sides;
        stairs_of(sides, self.settings.seed, |side| self.best_of(&sides[side]), names)
    }

    pub(super) fn right(&mut self, ui: &mut Ui) {
        ui.add_space(space::XS);
        let tabs = [
            (Topic::Now, "now", "What happened along the runs, and what they cost."),
            (
                Topic::Areas,
                "areas",
                "One picture of entropy and parallel steps: the information curve of the language and the staircase of the sampler.",
            ),
            (
                Topic::Truth,
                "truth",
                "How true texts are, over the evaluations that they cost, by several samplers.",
            ),
            (Topic::Training, "train", "Train a network on texts like these, and watch what it writes."),
            (Topic::Judge, "judge", "Perplexity against token entropy, and of programs Pass@k."),
        ];
        segmented(ui, "text panel", &mut self.topic, tabs);
        match self.topic {
            Topic::Training => return self.train_panel(ui),
            Topic::Judge => return self.judge_panel(ui),
            Topic::Now | Topic::Areas | Topic::Truth => {}
        }
        let called = self.called(ui.ctx());
        if self.topic != Topic::Now {
            let stairs = self.stairs(&called);
            let (samples, problem) = self.truths.look(|truths| (truths.busy, truths.error.clone()));
            let network = self.network_that_answers();
            let context = StudyContext {
                topic: self.topic,
                curve: self.language_curve().cloned(),
                problem: self.curve_problem.as_deref().or(problem.as_deref()),
                stairs: &stairs,
                unmet: network.as_ref().and_then(|film| film.answering.unmet_whole.as_deref()),
                has_given: self.settings.coupling != Coupling::Free,
                truths: self.known_truths(),
                samples,
                language: &self.settings.language,
            };
            let mut wish = None;
            let side = &mut self.settings.sides;
            growing(ui, "text studies", |ui| wish = studies(ui, &context, side));
            if let Some(export) = wish {
                self.export(export, ui.ctx());
            }
            return;
        }
        let button = ui.add_sized(Vec2::new(ui.available_width(), 24.0), Button::new("export …"));
        let mut wish = None;
        Popup::menu(&button).show(|ui| {
            ui.set_width(220.0);
            for export in [Export::Page, Export::Text, Export::Strip, Export::Animation] {
                if ui.button(format!("{} …", export.name())).clicked() {
                    wish = Some(export);
                }
            }
        });
        let runs = self.curves_of(&called);
        let now = self.now();
        let (token, failed) = (self.settings.token, self.status.error.is_some());
        let mut lets_go = false;
        growing(ui, "texts", |ui| {
            if let Some(token) = token {
                lets_go = bars(ui, &self.views, &self.cell_answers, token);
            }
            let context =
                PlotContext { runs: &runs, views: &self.views, now: &now, language: &self.settings.language };
            // What was sampled before is not of what is set now.
            if !failed {
                plots(ui, &context, &mut wish);
            }
        });
        if lets_go {
            self.settings.token = None;
        }
        if let Some(export) = wish {
            self.export(export, ui.ctx());
        }
    }
}

/// The section of the left panel in which a field of a page is set.
fn section_of(field: &str) -> &'static str {
    match field {
        "sampler.scheduler" | "best" => "Text scheduler",
        "sampler.corrector_by" => "Text corrector",
        field if field.starts_with("corrector") => "Text corrector",
        _ => "Text sampler",
    }
}
