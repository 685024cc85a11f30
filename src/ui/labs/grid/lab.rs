//! The lab as a whole: it holds the settings, asks the threads for what they change, and lays out the panes.

mod exporting;
mod files;
mod panels;
mod panes;
mod training;

use super::export::{self, Snapshot};
use super::fields::SideScene;
use super::history::History;
use super::inspector::{Inspector, OpinionThread, Picked};
use super::live::{Drawable, LiveSide};
use super::runs::RunLog;
use super::sides::{LiveSides, Statuses};
use crate::data::TARGET_FILES;
use crate::data::folders::target_folder;
use crate::experiment::grid::Look;
use crate::experiment::grid::Zoom;
use crate::experiment::grid::{Document, Settings};
use crate::experiment::{Contrast, NAMES, Sides, labels};
use crate::flow::Scheduler;
use crate::gpu::DeviceStepper;
use crate::sampler::grid::Curve;
use crate::train::grid::{TrainStatus, TrainerThread};
use crate::train::{RunKeeping, TrainState};
use crate::ui::editor::Editor;
use crate::ui::export::{ExportDialog, Wanted};
use crate::ui::files::{FilePicker, Purpose};
use crate::ui::kept::kept;
use crate::ui::lab::Surroundings;
use crate::ui::messages::Messages;
use crate::ui::panels::{PanelSide, bottom_panel, middle, side_panel};
use crate::ui::saved_targets::SavedTargets;
use crate::ui::shortcuts::Command;
use crate::ui::side_tabs::SideAction;
use crate::ui::timeline::{Clock, KAPPA, Playback, timeline};
use crate::ui::widgets::Tone;
use crate::view::grid::{Show, heading};
use egui::{Context, Ui};
use std::sync::Arc;

/// The lab.
pub struct GridLab {
    sides: LiveSides,
    pub(super) history: History,
    /// The play-head, in the time of A.
    pub(super) playback: Playback,
    /// Moves it.
    pub clock: Clock,
    trainer: TrainerThread,
    /// Whose flow was trained last.
    trained: usize,
    inspector: Inspector,
    runs: RunLog,
    /// The target's canvas, while it is open: that of the experiment that is being set.
    editor: Option<Editor<Drawable>>,
    /// Whose canvas it is, and those of the others.
    edited: usize,
    put_away: Vec<(usize, Editor<Drawable>)>,
    opinions: OpinionThread,
    /// The scheduler the trainer measures the gap with.
    gap_scheduler: Option<Scheduler>,
    /// How many checkpoints and reports of the trainer have been seen.
    seen: (u64, u64),
    /// What part of the state space all panes show.
    zoom: Zoom,
    messages: Messages,
    picker: FilePicker,
    saved: SavedTargets,
    pub(super) export: ExportDialog<Snapshot>,
}

impl GridLab {
    /// A flow ready to be drawn, playing. Runs are kept as `keeping` says.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(
        window: &Surroundings,
        keeping: Option<RunKeeping>,
        experiment: impl Into<Document>,
    ) -> anyhow::Result<Self> {
        let wake = || {
            let wake = window.wake.clone();
            move || wake.wake()
        };
        let document = experiment.into();
        Ok(Self {
            sides: LiveSides::new(&window.wake, document.sides.clone())?,
            zoom: document.zoom,
            history: History::new(document),
            playback: Playback { t: 0.0, playing: true },
            clock: Clock::default(),
            trainer: TrainerThread::start(window.device.clone(), keeping, wake())?,
            trained: 0,
            inspector: Inspector::default(),
            runs: RunLog::default(),
            editor: None,
            edited: 0,
            put_away: Vec::new(),
            opinions: OpinionThread::of_cells(wake())?,
            gap_scheduler: None,
            seen: (0, 0),
            messages: window.messages.clone(),
            picker: FilePicker::default(),
            // What is kept nowhere finds nothing, either.
            saved: SavedTargets::open(window.runs.as_ref().and_then(|_| target_folder()), &TARGET_FILES),
            export: ExportDialog::default(),
        })
    }

    /// The experiment whose settings are on the left.
    pub fn here(&self) -> &LiveSide {
        self.sides.here()
    }

    /// The same, to be changed.
    pub fn here_mut(&mut self) -> &mut LiveSide {
        self.sides.here_mut()
    }

    /// Whether the target editor is open.
    pub fn is_drawing(&self) -> bool {
        self.editor.is_some()
    }

    /// Whether there are several experiments.
    pub fn is_comparing(&self) -> bool {
        self.sides.count() > 1
    }

    /// All that is set.
    pub fn document(&self) -> Document {
        Document { zoom: self.zoom, sides: self.sides.settings() }
    }

    /// All that is set, as it can be written to a file and read again.
    pub fn storable(&self) -> Document {
        Document { zoom: self.zoom, sides: self.sides.storable() }
    }

    /// Where the timeline is: t in \[0, 1\], and whether it moves.
    pub fn time(&self) -> (f64, bool) {
        (self.playback.t, self.playback.playing)
    }

    /// Something about what is shown, one a side.
    pub fn of_all_sides<T>(&self, of: impl Fn(SideScene<'_>) -> T) -> Vec<T> {
        let statuses = self.sides.statuses();
        let sides = 0..self.sides.count();
        sides.map(|side| of(self.scene(side, &statuses))).collect()
    }

    /// Sets the timeline.
    pub fn set_time(&mut self, t: f64, playing: bool) {
        self.playback = Playback { t, playing };
    }

    /// Says something over the views.
    pub fn say(&self, tone: Tone, message: String) {
        self.messages.say(tone, message);
    }

    /// Takes over all that a preset sets, and plays it from the start.
    pub fn apply(&mut self, name: &str, experiment: Document) {
        self.take_over(format!("preset “{name}”"), experiment);
    }

    pub(super) fn take_over(&mut self, what: String, experiment: Document) {
        self.history.name_next(what);
        self.restore(experiment);
        self.playback = Playback { t: 0.0, playing: true };
        self.look_at(None);
    }

    fn restore(&mut self, document: Document) {
        self.zoom = document.zoom;
        if let Err(error) = self.sides.restore(document.sides) {
            self.say(Tone::Error, format!("There can be nothing beside A: {error}"));
        }
    }

    /// Carries out what a key or a button of the window asks for; false if it is none of its commands.
    pub fn command(&mut self, command: Command) -> bool {
        match command {
            Command::Play => self.playback.toggle(),
            // A pinned cell has the arrows.
            Command::StepForward if self.inspector.pinned.is_some() => self.move_cell(0, true),
            Command::StepBack if self.inspector.pinned.is_some() => self.move_cell(0, false),
            Command::PinCell => self.inspector.pin(self.middle_cell()),
            Command::CellUp => self.move_cell(1, true),
            Command::CellDown => self.move_cell(1, false),
            Command::ReleaseCell => self.inspector.pinned = None,
            Command::StepForward | Command::StepBack => {
                let times = self.here().step_times();
                let mut local = self.local_playback();
                local.step(&times, command == Command::StepForward);
                self.take_playback(local);
            }
            Command::Start => self.playback.t = 0.0,
            Command::End => self.playback.t = 1.0,
            Command::Undo => {
                if let Some(document) = self.history.undo() {
                    self.restore(document);
                }
            }
            Command::Redo => {
                if let Some(document) = self.history.redo() {
                    self.restore(document);
                }
            }
            Command::Train if self.trainer.status().state == TrainState::Running => self.pause_training(),
            Command::Train => self.train(),
            Command::Views(count) => self.here_mut().settings.panes = count.clamp(1, 4),
            Command::ZoomIn | Command::ZoomOut => {
                let status = self.here().sampler.status();
                let layout = self.here().scene(&status, 0.0).of_views().layout();
                self.zoom.step(&layout, command == Command::ZoomIn);
            }
            Command::ZoomWhole => self.zoom = Zoom::default(),
            Command::Compare => self.change_sides(Sides::compare),
            Command::OtherSide => self.change_sides(|sides| sides.choose(sides.next())),
            // Those of the window.
            _ => return false,
        }
        true
    }

    /// The state in the middle of what the views show.
    fn middle_cell(&self) -> [usize; 2] {
        let status = self.here().sampler.status();
        let layout = self.here().scene(&status, 0.0).of_views().layout();
        let window = self.zoom.window(&layout);
        [0, 1].map(|axis| {
            let middle = window.min[axis] + 0.5 * window.size[axis];
            // Between the data and the mask there is a gap.
            layout.cell_at(middle).unwrap_or(layout.data / 2)
        })
    }

    fn move_cell(&mut self, token: usize, up: bool) {
        let path = self.here().path.clone();
        self.inspector.move_pinned(&path, token, up);
    }

    fn change_sides(&mut self, change: impl FnOnce(&mut Sides<Settings>)) {
        let mut document = self.document();
        change(&mut document.sides);
        self.restore(document);
    }

    fn carry_out(&mut self, action: SideAction) {
        let mut document = self.document();
        let chosen = document.sides.chosen();
        let name = action.on(&mut document.sides);
        let now = document.sides.chosen();
        match action {
            // The network belongs to the flow, wherever it goes.
            SideAction::Swap if self.trained == chosen => self.trained = now,
            SideAction::Swap if self.trained == now => self.trained = chosen,
            SideAction::Close if self.trained > chosen => self.trained -= 1,
            _ => {}
        }
        if let Some(name) = name {
            self.history.name_next(name);
        }
        self.restore(document);
    }

    /// What the experiments differ in.
    fn contrasts(&self, ctx: &Context) -> Arc<Vec<Contrast>> {
        let sides = self.sides.settings();
        kept(ctx, "contrasts", sides.to_vec(), || Document::from(sides).contrasts())
    }

    /// What sets each experiment apart, in a few words.
    fn labels(&self, ctx: &Context) -> Vec<String> {
        if self.is_comparing() {
            labels(self.sides.count(), &self.contrasts(ctx))
        } else {
            vec![String::new()]
        }
    }

    /// What each experiment is called: its letter, and what sets it apart.
    fn headings(&self, ctx: &Context) -> Vec<String> {
        NAMES.iter().zip(self.labels(ctx)).map(|(name, label)| heading(name, &label)).collect()
    }

    /// The curves of the other experiments on the flow of one, to be drawn among its own.
    fn curves_beside(&self, side: usize) -> Vec<Curve> {
        let others = self.sides.all().enumerate().filter(|(other, _)| *other != side);
        others.filter_map(|(_, live)| live.curves.status().present()).collect()
    }

    /// t and κ of a side where the timeline is.
    fn now(&self, side: usize) -> [f64; 2] {
        let t = self.sides.time_of(side, self.playback.t);
        [t, self.sides.of(side).settings.flow.scheduler.kappa(t)]
    }

    /// The timeline in the time of the experiment that is being set.
    fn local_playback(&self) -> Playback {
        Playback { t: self.sides.time_of(self.sides.chosen(), self.playback.t), ..self.playback }
    }

    /// Takes the timeline back from the time of the experiment that is being set.
    fn take_playback(&mut self, local: Playback) {
        let moved = local.t != self.local_playback().t;
        let t = if moved { self.sides.time_of_a(self.sides.chosen(), local.t) } else { self.playback.t };
        self.playback = Playback { t, ..local };
    }

    /// Looks closely at something; at nothing with `None`.
    pub fn look_at(&mut self, look: Option<Look>) {
        self.inspector = Inspector::default();
        self.close_editor();
        match look {
            Some(Look::Cell(z)) => self.inspector.pick(Picked::Cell(z)),
            Some(Look::Particle(n)) => self.inspector.pick(Picked::Particle(n)),
            Some(Look::Editor) => self.open_editor(),
            None => {}
        }
    }

    fn open_editor(&mut self) {
        (self.edited, self.put_away) = (self.sides.chosen(), Vec::new());
        self.editor = Editor::open(self.sides.here());
    }

    fn close_editor(&mut self) {
        (self.editor, self.put_away) = (None, Vec::new());
    }

    /// Each experiment has a canvas of its own, with its own steps back; the tools in hand are the same.
    fn follow_target(&mut self) {
        let side = self.sides.chosen();
        self.put_away.retain(|(of, _)| *of < self.sides.count());
        if let Some(editor) = self.editor.take_if(|_| side != self.edited) {
            let (tool, brush) = (editor.tool, editor.brush);
            let known = self.put_away.iter().position(|(of, _)| *of == side);
            let known = known.map(|known| self.put_away.swap_remove(known).1);
            self.put_away.push((self.edited, editor));
            self.edited = side;
            self.editor = known.or_else(|| Editor::open(self.sides.here()));
            if let Some(editor) = &mut self.editor {
                (editor.tool, editor.brush) = (tool, brush);
            }
        }
        if let Some(editor) = &mut self.editor {
            editor.follow(self.sides.here());
        }
    }

    /// Particles are stepped there instead of on the CPU.
    pub fn step_on(&mut self, stepper: DeviceStepper) {
        self.sides.step_on(stepper);
    }

    /// Stops at a time of the path.
    pub fn hold_at(&mut self, t: f64) {
        self.playback = Playback { t, playing: false };
    }

    /// Whether nothing moves by itself: time stands, no thread works or has anything to do.
    pub fn is_settled(&self) -> bool {
        let training = self.trainer.status();
        self.sides.all().all(|experiment| experiment.is_settled(&training))
            && training.state != TrainState::Running
            && !training.starting
            && !self.trainer.has_orders()
            && !self.opinions.is_busy()
            && self.export.is_settled()
    }

    /// Why a view can't show what it should, if so.
    pub fn problem(&self) -> Option<String> {
        let training = match self.trainer.status().state {
            TrainState::Failed(why) => Some(why),
            _ => None,
        };
        training.or_else(|| self.sides.all().find_map(LiveSide::problem))
    }

    /// Draws the whole lab and keeps it running.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.take_files(&ctx);
        let statuses = self.sides.statuses();
        let training = self.trainer.status();
        self.adopt(&statuses, &training);
        self.runs.follow(&ctx, &training);
        let trained = training;
        let training = self.runs.seen_as(&trained);
        let settings = &self.sides.of(0).settings;
        self.clock.advance(&ctx, &mut self.playback, settings.pace(), settings.flow.scheduler);
        self.follow_target();
        // What is inspected is looked at in the experiment that is being set.
        let mut inspector = std::mem::take(&mut self.inspector);
        inspector.follow(self.scene(self.sides.chosen(), &statuses));
        self.inspector = inspector;

        let action =
            side_panel(ui, PanelSide::Left, false, |ui| self.left(ui, &statuses, &training)).flatten();
        bottom_panel(ui, |ui| {
            let times = self.here().step_times();
            let now: Vec<[f64; 2]> = (0..self.sides.count()).map(|side| self.now(side)).collect();
            let mut local = self.local_playback();
            let settings = &mut self.sides.here_mut().settings;
            let mut pace = settings.pace();
            timeline(ui, &mut pace, settings.flow.scheduler, &mut local, (&times, &now, KAPPA));
            settings.set_pace(pace);
            self.take_playback(local);
        });
        // Without its tools a target could not be drawn.
        let has_tools = self.editor.is_some();
        side_panel(ui, PanelSide::Right, has_tools, |ui| self.right(ui, &statuses, &training));
        middle(ui, |ui| self.panes(ui, &statuses));
        if let Some(action) = action {
            self.carry_out(action);
        }
        self.sides.share();
        let (now, held) = ctx.input(|i| (i.time, i.pointer.any_down()));
        self.history.watch(&self.document(), now, held);
        self.sides.request(&statuses, &training);
        if !self.playback.playing {
            let t = self.sides.time_of(self.sides.chosen(), self.playback.t);
            self.sides.here_mut().request_sweeps(t);
        }
        if let Some(plot) = export::asked(&ctx) {
            self.export_plot(plot, &statuses, &trained, &ctx);
        }
        if let Some(Wanted { stem, ending }) = self.export.ui(&ctx) {
            self.picker.ask_named(Purpose::Figure(ending), stem, &ctx);
        }
        if let Some(report) = self.export.report() {
            let (tone, text) = report;
            self.messages.say_at(self.picker.take_place(), tone, text);
            ctx.request_repaint();
        }
    }

    /// Takes what the threads have made.
    fn adopt(&mut self, statuses: &Statuses, training: &TrainStatus) {
        self.sides.adopt(statuses);
        let (opened, reports) = self.seen;
        if training.opened != opened {
            // A checkpoint brings the flow it was trained on.
            if let Some(flow) = &training.flow {
                self.trained = self.sides.chosen();
                self.here_mut().set_flow(flow.clone());
                self.history.name_next("checkpoint");
                self.gap_scheduler = Some(flow.scheduler);
                self.show_learned();
            }
        }
        if let Some(outcome) = training.report.1.clone().filter(|_| training.report.0 != reports) {
            self.messages.tell(self.picker.take_place(), outcome);
        }
        self.seen = (training.opened, training.report.0);
        let training_now = training.flow.is_some();
        // The flow that is trained, or what has become of it, says how its gap is measured.
        let scheduler = self.sides.of(self.trained).settings.flow.scheduler;
        if !training_now {
            self.gap_scheduler = None;
        } else if self.gap_scheduler != Some(scheduler) {
            if self.gap_scheduler.is_some() {
                self.trainer.set_scheduler(scheduler);
            }
            self.gap_scheduler = Some(scheduler);
        }
        let none = matches!(training.state, TrainState::Idle | TrainState::Failed(_)) && !training.starting;
        if none && self.runs.shown.is_none() {
            for experiment in self.sides.all_mut() {
                experiment.settings.show = Show::Exact;
            }
            self.history.absorb(|document| {
                for settings in document.sides.iter_mut() {
                    settings.show = Show::Exact;
                }
            });
        }
    }

    /// What the views of one side are made from.
    fn scene<'a>(&'a self, side: usize, statuses: &'a Statuses) -> SideScene<'a> {
        self.sides.scene(side, statuses, self.playback.t)
    }
}

#[cfg(test)]
mod tests;
