//! The plane lab as a whole: it holds the settings, asks the threads for what they change, and lays out the panes.

mod asking;
mod drawing;
mod editing;
mod missing;
mod panels;
mod panes;

use super::exporting::PlaneExport;
use super::hand::Hand;
use super::marks::Cloud;
use super::questions::{Built, RunQuestion, Study, StudyQuestion, ViewAnswer, ViewQuestion, answer, study};
use super::steps::Steps;
use super::training::Training;
use crate::data::TARGET_FILES;
use crate::data::folders::{drawing_folder, target_folder};
use crate::data::plane::target_of_file;
use crate::experiment::plane::{
    PlaneAnswer, PlaneSettings, PlaneSide, PlaneTargetSpec, Sampled, Topic, called, target_name,
};
use crate::experiment::{Pace, TimeAxis};
use crate::flow::Scheduler;
use crate::flow::plane::PlaneFlow;
use crate::gpu::PlaneStepper;
use crate::train::plane::PlaneTrainConfig;
use crate::ui::editor::Editor;
use crate::ui::export::{ExportDialog, Wanted};
use crate::ui::files::{FilePicker, Purpose};
use crate::ui::job::Worker;
use crate::ui::kept::kept;
use crate::ui::lab::{Surroundings, Wake};
use crate::ui::messages::Messages;
use crate::ui::panels::{PanelSide, bottom_panel, middle, side_panel};
use crate::ui::saved_targets::SavedTargets;
use crate::ui::shortcuts::Command;
use crate::ui::timeline::{Clock, Playback, T_STAR, timeline};
use crate::ui::widgets::Tone;
use crate::view::plane::NO_NETWORK;
use egui::{Context, Ui};
use std::path::Path;
use std::sync::Arc;

/// One press of a key magnifies by this.
const KEY_STEP: f64 = 1.5;

/// What belongs to one side.
struct LiveSide {
    /// The flow and what it was built of.
    built: Option<Built>,
    builder: Worker<PlaneSide, Built>,
    /// What is being built.
    building: Option<PlaneSide>,
    runner: Worker<RunQuestion, Arc<Sampled>>,
    /// What it was asked last.
    running: Option<RunQuestion>,
    /// The run that is shown.
    run: Option<Arc<Sampled>>,
    /// Why there is none.
    run_problem: Option<String>,
    /// What the views show.
    answer: Option<ViewAnswer>,
    clouds: [Cloud; 4],
}

/// The lab.
pub struct PlaneLab {
    settings: PlaneSettings,
    pub(super) steps: Steps,
    /// Moves the play-head.
    pub clock: Clock,
    pub(super) playback: Playback,
    sides: Vec<LiveSide>,
    views: Worker<Vec<ViewQuestion>, Vec<ViewAnswer>>,
    asked: Vec<ViewQuestion>,
    view_problem: Option<String>,
    /// What the right panel measures, where it does.
    pub(super) topic: Option<Topic>,
    studies: Worker<StudyQuestion, (StudyQuestion, Study)>,
    studied: Option<(StudyQuestion, Study)>,
    study_problem: Option<String>,
    pub(super) training: Training,
    asked_study: Option<StudyQuestion>,
    picker: FilePicker,
    pub(super) export: ExportDialog<PlaneExport>,
    messages: Messages,
    wake: Wake,
    /// Where particles are stepped, if not on the CPU.
    stepper: Option<PlaneStepper>,
    /// The hand while it draws a target.
    hand: Option<Hand>,
    /// Drawings of the user's own, and those that are cells.
    saved: SavedTargets,
    saved_boards: SavedTargets,
    /// The editor of a target of cells while it is open, and the side it is of.
    editor: Option<(usize, Editor<PlaneTargetSpec>)>,
}

impl PlaneLab {
    /// The lab with its threads; nothing is computed before it is first drawn.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(window: &Surroundings, settings: PlaneSettings) -> anyhow::Result<Self> {
        let wake = window.wake.clone();
        let views = {
            let wake = wake.clone();
            // Threads of their own: in those that all share they would wait behind the long steps of a study.
            let pool = rayon::ThreadPoolBuilder::new().build()?;
            Worker::answering(
                "plane views",
                move || wake.wake(),
                move |questions, go_on| pool.install(|| answer(questions, go_on)),
            )?
        };
        let studies = {
            let wake = wake.clone();
            Worker::answering("plane studies", move || wake.wake(), study)?
        };
        let mut lab = Self {
            steps: Steps::new(settings.clone()),
            settings,
            clock: Clock::default(),
            playback: Playback { t: 0.0, playing: true },
            sides: Vec::new(),
            views,
            asked: Vec::new(),
            view_problem: None,
            topic: None,
            studies,
            studied: None,
            study_problem: None,
            training: Training::new(window)?,
            asked_study: None,
            picker: FilePicker::default(),
            export: ExportDialog::default(),
            messages: window.messages.clone(),
            wake,
            stepper: window.plane_stepper.clone(),
            hand: None,
            saved: SavedTargets::open(window.runs.as_ref().and_then(|_| drawing_folder()), &["csv"]),
            saved_boards: SavedTargets::open(
                window.runs.as_ref().and_then(|_| target_folder()),
                &TARGET_FILES,
            ),
            editor: None,
        };
        lab.fit_sides()?;
        Ok(lab)
    }

    /// All that is set.
    pub fn settings(&self) -> &PlaneSettings {
        &self.settings
    }

    /// Where the timeline is: t of A in \[0, 1\], and whether it moves.
    pub fn time(&self) -> (f64, bool) {
        (self.playback.t, self.playback.playing)
    }

    /// Sets the timeline.
    pub fn set_time(&mut self, t: f64, playing: bool) {
        self.playback = Playback { t, playing };
    }

    /// Says something over the views.
    pub fn say(&self, tone: Tone, message: String) {
        self.messages.say(tone, message);
    }

    /// Takes over settings that come from `what`, and plays them from the start.
    pub fn take_over(&mut self, what: impl Into<String>, settings: PlaneSettings) {
        self.steps.name_next(what);
        (self.hand, self.editor) = (None, None);
        self.settings = settings;
        self.playback = Playback { t: 0.0, playing: true };
    }

    /// t and t* of a side where the timeline is: the same t, or along t* the same t*.
    pub fn now(&self, side: usize) -> [f64; 2] {
        let sides = &self.settings.sides;
        let axis = self.settings.pace.axis;
        let t = sides.side(side).time_at(axis, sides[0].along(axis, self.playback.t));
        [t, sides.side(side).along(TimeAxis::Kappa, t)]
    }

    /// What the views of a side show.
    pub fn answer(&self, side: usize) -> Option<&ViewAnswer> {
        self.sides.get(side)?.answer.as_ref()
    }

    /// All runs that are there, each with its side.
    pub fn runs(&self) -> Vec<(usize, Arc<Sampled>)> {
        let all = self.sides.iter().enumerate();
        all.filter_map(|(side, live)| Some((side, live.run.clone()?))).collect()
    }

    /// The run of a side.
    pub fn run(&self, side: usize) -> Option<&Sampled> {
        self.sides.get(side)?.run.as_deref()
    }

    /// The flow of a side, where there is one.
    pub fn flow(&self, side: usize) -> Option<Arc<PlaneFlow>> {
        match self.sides.get(side)?.built.as_ref()? {
            (_, Ok(built)) => Some(built.flow.clone()),
            _ => None,
        }
    }

    /// What was measured of the flow of a side, or why that can't be; neither while it is.
    pub fn studied(&self, side: usize) -> Result<Option<&Study>, &str> {
        if let Some(why) = &self.study_problem {
            return Err(why);
        }
        let question = self.study_question(side);
        // A network that has learned a little since is measured again, and so are other samplers of the same flows; until then
        // what is known is shown.
        let fits = |of: &StudyQuestion| question.as_ref().is_some_and(|q| of.is_of_same_flows(q));
        let known = self.studied.as_ref().filter(|(of, _)| fits(of));
        Ok(known.map(|(_, study)| study))
    }

    /// Whether nothing moves by itself: time stands, no thread works or has anything to do.
    pub fn is_settled(&self) -> bool {
        let shown = self.sides.iter().all(|side| {
            let has_flow = matches!(side.built, Some((_, Ok(_))));
            let has_run = side.run.is_some() || side.run_problem.is_some();
            !side.builder.has_more() && !side.runner.has_more() && (!has_flow || has_run)
        });
        let answered = self.view_problem.is_some() || self.questions() == self.asked;
        let trained = self.training.is_settled();
        shown
            && trained
            && answered
            && !self.views.has_more()
            && !self.studies.has_more()
            && self.export.is_settled()
    }

    /// Why a view can't show what it should, if so.
    pub fn problem(&self) -> Option<String> {
        let flow = self.sides.iter().find_map(|side| match &side.built {
            Some((_, Err(why))) => Some(why.clone()),
            _ => None,
        });
        // That nothing was trained yet is none.
        let run = || {
            let all = self.sides.iter().filter_map(|side| side.run_problem.clone());
            all.into_iter().find(|why| why != NO_NETWORK)
        };
        let flow = flow.or_else(|| self.training.problem());
        flow.or_else(|| self.view_problem.clone()).or_else(run)
    }

    /// Carries out what a key or a button of the window asks for; false if it is none of its commands.
    pub fn command(&mut self, command: Command) -> bool {
        match command {
            Command::Train => self.train(),
            Command::Undo | Command::Redo => {
                let state = if command == Command::Undo { self.steps.undo() } else { self.steps.redo() };
                if let Some(settings) = state {
                    self.settings = settings;
                }
            }
            Command::Compare => self.settings.sides.compare(),
            Command::OtherSide => self.settings.sides.choose(self.settings.sides.next()),
            Command::Views(count) => self.settings.panes = count.clamp(1, 4),
            Command::ZoomIn | Command::ZoomOut => {
                let factor = if command == Command::ZoomIn { KEY_STEP } else { 1.0 / KEY_STEP };
                let window = self.settings.window.unwrap_or_else(|| self.settings.whole());
                self.settings.window = Some(window.magnified([0.5; 2], factor));
            }
            Command::ZoomWhole => self.settings.window = None,
            _ => {
                let times = self.times();
                return self.playback.command(command, &times);
            }
        }
        true
    }

    /// Starts training on the flow of the side that is chosen, or pauses, or goes on.
    pub(super) fn train(&mut self) {
        let config = self.next_config();
        let (name, flow) = self.learnable();
        let outcome = self.training.press(&name, flow.as_deref(), config);
        self.after_start(outcome);
    }

    /// Another run.
    pub(super) fn new_run(&mut self) {
        let config = self.next_config();
        let (name, flow) = self.learnable();
        let outcome = self.training.start(&name, flow.as_deref(), config);
        self.after_start(outcome);
    }

    fn next_config(&self) -> PlaneTrainConfig {
        PlaneTrainConfig { seed: self.settings.seed, ..self.settings.train }
    }

    /// What is being learned should be on the screen from the first step on.
    fn after_start(&mut self, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => {
                self.settings.sides.here_mut().answer = PlaneAnswer::Network;
                let of_run = if self.settings.train.codes > 0 { Topic::Codes } else { Topic::Training };
                self.topic = self.topic.or(Some(of_run));
            }
            Err(why) => self.say(Tone::Error, why),
        }
    }

    /// The name of what the chosen side learns, and its flow of independent pairs.
    fn learnable(&self) -> (String, Option<Arc<PlaneFlow>>) {
        let side = self.settings.sides.here();
        let live = self.sides.get(self.settings.sides.chosen());
        let built = live.and_then(|live| live.built.as_ref()?.1.as_ref().ok());
        (target_name(&side.target), built.map(|built| built.flow.clone()))
    }

    /// The steps of the first side's run, in its own time.
    fn times(&self) -> Vec<f64> {
        self.run(0).map_or_else(|| vec![0.0, 1.0], |run| run.tracks.times.clone())
    }

    /// What each side is called.
    fn called(&self, ctx: &Context) -> Arc<Vec<String>> {
        let sides = &self.settings.sides;
        kept(ctx, "names of flows", sides.to_vec(), || called(sides))
    }

    /// Moves the play-head: evenly along t of A, or along its t*, of which the clock knows nothing.
    fn along(&mut self, change: impl FnOnce(&mut Self, &mut Playback)) {
        let axis = self.settings.pace.axis;
        let side = self.settings.sides[0].clone();
        let before = Playback { t: side.along(axis, self.playback.t), ..self.playback };
        let mut after = before;
        change(self, &mut after);
        self.playback.playing = after.playing;
        if after.t != before.t {
            self.playback.t = side.time_at(axis, after.t);
        }
    }

    /// Takes a file as the target of the side that is being set.
    pub fn use_target(&mut self, file: &Path) {
        let side = self.settings.sides.here_mut();
        let target = target_of_file(file).map_err(|refused| refused.why);
        match target.and_then(|target| side.clone().with_file(target)) {
            Ok(with_file) => {
                *side = with_file;
                self.settings.window = None;
            }
            Err(why) => self.say(Tone::Error, why),
        }
    }

    /// Draws the whole lab and keeps it running.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.take_files(&ctx);
        if let Some(outcome) = self.training.follow() {
            self.messages.tell(self.picker.take_place(), outcome);
        }
        self.take_answers();
        self.along(|lab, playback| {
            // It already runs along its axis.
            let pace = Pace { axis: TimeAxis::T, ..lab.settings.pace };
            lab.clock.advance(&ctx, playback, pace, Scheduler::Linear);
        });
        self.build();

        side_panel(ui, PanelSide::Left, false, |ui| self.left(ui));
        bottom_panel(ui, |ui| {
            let now: Vec<[f64; 2]> = (0..self.settings.sides.len()).map(|side| self.now(side)).collect();
            let side = self.settings.sides[0].clone();
            let axis = self.settings.pace.axis;
            let times: Vec<f64> = self.times().into_iter().map(|t| side.along(axis, t)).collect();
            self.along(|lab, playback| {
                // The rail is even in what it runs along.
                timeline(ui, &mut lab.settings.pace, Scheduler::Linear, playback, (&times, &now, T_STAR));
            });
        });
        self.follow_target();
        // Without its tools a board could not be drawn.
        let has_tools = self.editor.is_some();
        side_panel(ui, PanelSide::Right, has_tools, |ui| self.right(ui));
        middle(ui, |ui| self.panes(ui));
        self.follow_hand(&ctx);
        let (now, held) = ctx.input(|input| (input.time, input.pointer.any_down()));
        self.steps.watch(&self.settings, now, held);
        self.build();
        self.ask();
        if let Some(Wanted { stem, ending }) = self.export.ui(&ctx) {
            self.picker.ask_named(Purpose::Figure(ending), stem, &ctx);
        }
        if let Some((tone, text)) = self.export.report() {
            self.messages.say_at(self.picker.take_place(), tone, text);
            ctx.request_repaint();
        }
    }

    /// Files from dialogs.
    fn take_files(&mut self, ctx: &Context) {
        while let Some(file) = self.picker.next() {
            match file {
                Ok((Purpose::Open, file)) => self.training.open(file),
                Ok((Purpose::Save, file)) => self.training.save(file),
                Ok((Purpose::Target, file)) => self.use_target(&file),
                Ok((Purpose::SaveTarget(_), file)) if self.editor.is_some() => self.save_board(file, ctx),
                Ok((Purpose::SaveTarget(_), file)) => self.save_drawing(file, ctx),
                Ok((_, file)) => self.export.write(file),
                Err(why) => self.say(Tone::Error, why),
            }
        }
        while let Some(outcome) = self.picker.next_written() {
            self.messages.tell(self.picker.take_place(), outcome);
            self.saved.refresh();
            self.saved_boards.refresh();
        }
    }
}

#[cfg(test)]
mod tests;
