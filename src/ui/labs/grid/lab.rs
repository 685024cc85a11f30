//! The lab as a whole: it holds the settings, asks the threads for what they change, and lays out the panes.

mod exporting;
mod files;
mod panels;
mod panes;
mod training;

use super::compare::CompareAction;
use super::editor::Editor;
use super::export::{self, Snapshot};
use super::fields::SideScene;
use super::history::History;
use super::inspector::{Inspector, OpinionThread, Picked};
use super::live::LiveSide;
use super::pair::{Pair, Statuses};
use super::runs::RunLog;
use crate::experiment::grid::Look;
use crate::experiment::grid::Zoom;
use crate::experiment::grid::{Document, Side};
use crate::flow::Scheduler;
use crate::gpu::DeviceStepper;
use crate::train::grid::{TrainStatus, TrainerThread};
use crate::train::{RunKeeping, TrainState};
use crate::ui::export::ExportDialog;
use crate::ui::files::{FilePicker, Purpose};
use crate::ui::lab::Surroundings;
use crate::ui::messages::Messages;
use crate::ui::panels::{PanelSide, bottom_panel, middle, side_panel};
use crate::ui::shortcuts::Command;
use crate::ui::timeline::{Clock, Playback, timeline};
use crate::ui::widgets::Tone;
use crate::view::grid::Show;
use egui::Ui;

/// The lab.
pub struct GridLab {
    pair: Pair,
    history: History,
    /// The play-head, in the time of A.
    pub(super) playback: Playback,
    /// Moves it.
    pub clock: Clock,
    trainer: TrainerThread,
    /// Whose flow was trained last.
    trained: Side,
    inspector: Inspector,
    runs: RunLog,
    /// The target's canvas, while it is open: that of the experiment that is being set.
    editor: Option<Editor>,
    /// Whose canvas it is, and the other one's.
    edited: Side,
    put_away: Option<Editor>,
    opinions: OpinionThread,
    /// The scheduler the trainer measures the gap with.
    gap_scheduler: Option<Scheduler>,
    /// How many checkpoints and reports of the trainer have been seen.
    seen: (u64, u64),
    /// What part of the state space all panes show.
    zoom: Zoom,
    messages: Messages,
    picker: FilePicker,
    export: ExportDialog<Snapshot>,
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
            pair: Pair::new(&window.wake, document.clone())?,
            zoom: document.zoom,
            history: History::new(document),
            playback: Playback { t: 0.0, playing: true },
            clock: Clock::default(),
            trainer: TrainerThread::start(window.device.clone(), keeping, wake())?,
            trained: Side::A,
            inspector: Inspector::default(),
            runs: RunLog::default(),
            editor: None,
            edited: Side::A,
            put_away: None,
            opinions: OpinionThread::of_cells(wake())?,
            gap_scheduler: None,
            seen: (0, 0),
            messages: window.messages.clone(),
            picker: FilePicker::default(),
            export: ExportDialog::default(),
        })
    }

    /// The experiment whose settings are on the left.
    pub fn here(&self) -> &LiveSide {
        self.pair.here()
    }

    /// The same, to be changed.
    pub fn here_mut(&mut self) -> &mut LiveSide {
        self.pair.here_mut()
    }

    /// Whether the target editor is open.
    pub fn is_drawing(&self) -> bool {
        self.editor.is_some()
    }

    /// Whether a dialog of the lab is open, which has the keyboard.
    pub fn is_asking(&self) -> bool {
        self.export.is_open()
    }

    /// Whether there are two experiments.
    pub fn is_comparing(&self) -> bool {
        self.pair.b.is_some()
    }

    /// All that is set.
    pub fn document(&self) -> Document {
        Document { zoom: self.zoom, ..self.pair.document() }
    }

    /// All that is set, as it can be written to a file and read again.
    pub fn storable(&self) -> Document {
        Document { zoom: self.zoom, ..self.pair.storable() }
    }

    /// Where the timeline is: t in \[0, 1\], and whether it moves.
    pub fn time(&self) -> (f64, bool) {
        (self.playback.t, self.playback.playing)
    }

    /// Something about what is shown, one a side.
    pub fn of_all_sides<T>(&self, of: impl Fn(SideScene<'_>) -> T) -> Vec<T> {
        let statuses = self.pair.statuses();
        let sides = [Side::A, Side::B].into_iter().take(if self.is_comparing() { 2 } else { 1 });
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

    /// Takes over the settings of a preset, and plays them from the start. A single experiment goes to the side that is
    /// being set, with the views that both have.
    pub fn apply(&mut self, name: &str, experiment: Document) {
        self.take_over(format!("preset “{name}”"), experiment);
    }

    pub(super) fn take_over(&mut self, what: String, experiment: Document) {
        self.history.name_next(what);
        if self.is_comparing() && experiment.b.is_none() {
            let here = self.here_mut();
            let settings = experiment.a.sharing(&here.settings);
            here.set(settings);
        } else {
            self.restore(experiment);
        }
        self.playback = Playback { t: 0.0, playing: true };
        self.look_at(None);
    }

    fn restore(&mut self, document: Document) {
        self.zoom = document.zoom;
        if let Err(error) = self.pair.restore(document) {
            self.say(Tone::Error, format!("B can’t be shown: {error}"));
        }
    }

    /// What undoing would undo.
    pub fn undoable(&self) -> Option<&str> {
        self.history.undoable()
    }

    /// What redoing would redo.
    pub fn redoable(&self) -> Option<&str> {
        self.history.redoable()
    }

    /// Carries out what a key or a button of the window asks for; false if it is none of its commands.
    pub fn command(&mut self, command: Command) -> bool {
        match command {
            Command::Play => self.playback.toggle(),
            // A pinned cell has the arrows.
            Command::StepForward if self.inspector.pinned.is_some() => self.move_cell(0, true),
            Command::StepBack if self.inspector.pinned.is_some() => self.move_cell(0, false),
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
            Command::Compare => self.compare(),
            Command::OtherSide => self.pair.select(self.pair.side().other()),
            // Those of the window.
            _ => return false,
        }
        true
    }

    fn move_cell(&mut self, token: usize, up: bool) {
        let path = self.here().path.clone();
        self.inspector.move_pinned(&path, token, up);
    }

    /// Opens B as a copy of A, or closes it.
    pub fn compare(&mut self) {
        let mut document = self.document();
        document.b = if document.b.is_some() { None } else { Some(document.a.clone()) };
        document.side = if document.b.is_some() { Side::B } else { Side::A };
        self.restore(document);
    }

    fn carry_out(&mut self, action: CompareAction) {
        let mut document = self.document();
        let Some(b) = &mut document.b else { return };
        match action {
            CompareAction::Select(side) => return self.pair.select(side),
            CompareAction::Close => return self.compare(),
            CompareAction::Swap => {
                std::mem::swap(&mut document.a, b);
                self.trained = self.trained.other();
                self.history.name_next("swap of A and B");
            }
            CompareAction::Copy if document.side == Side::A => {
                b.clone_from(&document.a);
                self.history.name_next("copy of A to B");
            }
            CompareAction::Copy => {
                document.a.clone_from(b);
                self.history.name_next("copy of B to A");
            }
        }
        self.restore(document);
    }

    /// The timeline in the time of the experiment that is being set.
    fn local_playback(&self) -> Playback {
        Playback { t: self.pair.time_of(self.pair.side(), self.playback.t), ..self.playback }
    }

    /// Takes the timeline back from the time of the experiment that is being set.
    fn take_playback(&mut self, local: Playback) {
        let moved = local.t != self.local_playback().t;
        let t = if moved { self.pair.time_of_a(self.pair.side(), local.t) } else { self.playback.t };
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
        (self.edited, self.put_away) = (self.pair.side(), None);
        self.editor = Editor::open(self.pair.here());
    }

    fn close_editor(&mut self) {
        (self.editor, self.put_away) = (None, None);
    }

    /// Each experiment has a canvas of its own, with its own steps back; the tools in hand are the same.
    fn follow_target(&mut self) {
        let side = self.pair.side();
        if let Some(editor) = self.editor.take_if(|_| side != self.edited) {
            let (tool, brush) = (editor.tool, editor.brush);
            let known = self.put_away.replace(editor);
            self.edited = side;
            self.editor = known.or_else(|| Editor::open(self.pair.here()));
            if let Some(editor) = &mut self.editor {
                (editor.tool, editor.brush) = (tool, brush);
            }
        }
        if !self.is_comparing() {
            self.put_away = None;
        }
        if let Some(editor) = &mut self.editor {
            editor.follow(self.pair.here());
        }
    }

    /// Particles are stepped there instead of on the CPU.
    pub fn step_on(&mut self, stepper: DeviceStepper) {
        self.pair.step_on(stepper);
    }

    /// Stops at a time of the path.
    pub fn hold_at(&mut self, t: f64) {
        self.playback = Playback { t, playing: false };
    }

    /// Whether nothing moves by itself: time stands, no thread works or has anything to do.
    pub fn is_settled(&self) -> bool {
        let training = self.trainer.status();
        self.pair.all().all(|experiment| experiment.is_settled(&training))
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
        training.or_else(|| self.pair.all().find_map(LiveSide::problem))
    }

    /// Draws the whole lab and keeps it running.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.take_files(&ctx);
        let statuses = self.pair.statuses();
        let training = self.trainer.status();
        self.adopt(&statuses, &training);
        self.runs.follow(&ctx, &training);
        let trained = training;
        let training = self.runs.seen_as(&trained);
        let settings = &self.pair.a.settings;
        self.clock.advance(&ctx, &mut self.playback, settings.pace(), settings.flow.scheduler);
        self.follow_target();
        // What is inspected is looked at in the experiment that is being set.
        let mut inspector = std::mem::take(&mut self.inspector);
        inspector.follow(self.scene(self.pair.side(), &statuses));
        self.inspector = inspector;

        let action =
            side_panel(ui, PanelSide::Left, false, |ui| self.left(ui, &statuses, &training)).flatten();
        bottom_panel(ui, |ui| {
            let times = self.here().step_times();
            let mut local = self.local_playback();
            let settings = &mut self.pair.here_mut().settings;
            let mut pace = settings.pace();
            timeline(ui, &mut pace, settings.flow.scheduler, &mut local, &times);
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
        self.pair.share();
        let (now, held) = ctx.input(|i| (i.time, i.pointer.any_down()));
        self.history.watch(&self.document(), now, held);
        self.pair.request(&statuses, &training);
        if !self.playback.playing {
            let t = self.pair.time_of(self.pair.side(), self.playback.t);
            self.pair.here_mut().request_sweeps(t);
        }
        if let Some(plot) = export::asked(&ctx) {
            self.export_plot(plot, &statuses, &trained, &ctx);
        }
        if let Some(ending) = self.export.ui(&ctx) {
            self.picker.ask(Purpose::Figure(ending), &ctx);
        }
        if let Some(report) = self.export.report() {
            let (tone, text) = report;
            self.messages.say_at(self.picker.take_place(), tone, text);
            ctx.request_repaint();
        }
    }

    /// Takes what the threads have made.
    fn adopt(&mut self, statuses: &Statuses, training: &TrainStatus) {
        self.pair.adopt(statuses);
        let (opened, reports) = self.seen;
        if training.opened != opened {
            // A checkpoint brings the flow it was trained on.
            if let Some(flow) = &training.flow {
                self.trained = self.pair.side();
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
        let scheduler = self.pair.of(self.trained).settings.flow.scheduler;
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
            for experiment in self.pair.all_mut() {
                experiment.settings.show = Show::Exact;
            }
            self.history.absorb(|document| {
                for settings in std::iter::once(&mut document.a).chain(&mut document.b) {
                    settings.show = Show::Exact;
                }
            });
        }
    }

    /// What the views of one side are made from.
    fn scene<'a>(&'a self, side: Side, statuses: &'a Statuses) -> SideScene<'a> {
        self.pair.scene(side, statuses, self.playback.t)
    }
}

#[cfg(test)]
mod tests;
