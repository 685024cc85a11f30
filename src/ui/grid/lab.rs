//! The lab as a whole: it holds the settings, asks the threads for what they change, and lays out the panes.

use super::compare::{CompareAction, tabs};
use super::controls::{Action, ControlContext, controls};
use super::currents;
use super::document::{Document, Side};
use super::editor::{Editor, EditorAction, canvas, tools};
use super::experiment::Experiment;
use super::export::{self, Content, ExportDialog, Plot, PlotContent, Snapshot, Wish};
use super::fields::Scene;
use super::files::{FilePicker, Purpose, dropped_file};
use super::history::History;
use super::inspector::{Inspector, Look, OpinionThread, Picked, Tab, cell_panel, particle_panel};
use super::pair::{Pair, Statuses};
use super::pane::{Place, Shared, pane};
use super::plots::plots;
use super::runs::{RunLog, RunWish, runs_panel};
use super::settings::{Show, View};
use super::timeline::{PASSAGE, Playback, timeline};
use super::words::differences;
use super::zoom::Zoom;
use crate::data::{FlowSpec, save_target};
use crate::flow::Scheduler;
use crate::gpu::DeviceStepper;
use crate::train::{RunKeeping, TrainConfig, TrainJob, TrainState, TrainStatus, TrainerThread};
use crate::ui::shortcuts::Command;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, mark_sections, notice, segmented};
use burn::tensor::Device;
use egui::{CentralPanel, Context, Frame, Margin, Panel, Rect, Ui, UiBuilder, Vec2};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Steps in which a timeline that does not glide passes the path.
const STEPS_A_PASSAGE: f64 = 16.0;

/// The lab.
pub struct GridLab {
    pair: Pair,
    history: History,
    /// The play-head, in the time of A.
    playback: Playback,
    /// The timeline steps instead of gliding.
    pub reduce_motion: bool,
    /// Share of a passage that is due to the next step of a timeline that steps.
    due: f64,
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
    /// What became of a file.
    message: Option<(Tone, String)>,
    picker: FilePicker,
    export: ExportDialog,
    last_frame: Option<Instant>,
    /// Between two pictures while time runs.
    frame_interval: Duration,
}

impl GridLab {
    /// A flow ready to be drawn, playing. `device` trains; runs are kept as `keeping` says.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(
        ctx: &Context,
        device: Device,
        keeping: Option<RunKeeping>,
        experiment: impl Into<Document>,
    ) -> anyhow::Result<Self> {
        let wake = |ctx: &Context| {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let document = experiment.into();
        Ok(Self {
            pair: Pair::new(ctx, document.clone())?,
            zoom: document.zoom,
            history: History::new(document),
            playback: Playback { t: 0.0, playing: true },
            reduce_motion: false,
            due: 0.0,
            trainer: TrainerThread::start(device, keeping, wake(ctx))?,
            trained: Side::A,
            inspector: Inspector::default(),
            runs: RunLog::default(),
            editor: None,
            edited: Side::A,
            put_away: None,
            opinions: OpinionThread::start(wake(ctx))?,
            gap_scheduler: None,
            seen: (0, 0),
            message: None,
            picker: FilePicker::default(),
            export: ExportDialog::default(),
            last_frame: None,
            frame_interval: Duration::ZERO,
        })
    }

    /// The experiment whose settings are on the left.
    pub fn here(&self) -> &Experiment {
        self.pair.here()
    }

    /// The same, to be changed.
    pub fn here_mut(&mut self) -> &mut Experiment {
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
    pub fn clock(&self) -> (f64, bool) {
        (self.playback.t, self.playback.playing)
    }

    /// Sets the timeline.
    pub fn set_clock(&mut self, t: f64, playing: bool) {
        self.playback = Playback { t, playing };
    }

    /// Says something above the controls, until it is dismissed.
    pub fn say(&mut self, tone: Tone, message: String) {
        self.message = Some((tone, message));
    }

    /// Takes over the settings of a preset, and plays them from the start. A single experiment goes to the side that is
    /// being set, with the views that both have.
    pub fn apply(&mut self, name: &str, experiment: Document) {
        self.take_over(format!("preset “{name}”"), experiment);
    }

    fn take_over(&mut self, what: String, experiment: Document) {
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

    /// Carries out what a key or a button of the window asks for; what is not the lab's is left alone.
    pub fn command(&mut self, command: Command) {
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
            Command::Theme | Command::Presets | Command::SavePreset | Command::Help => {}
        }
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

    /// Draws no more often than this while time runs: a software driver needs the CPU that trains and samples.
    pub fn set_frame_interval(&mut self, interval: Duration) {
        self.frame_interval = interval;
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
            && self.opinions.is_settled()
            && self.export.is_settled()
    }

    /// Why a view can't show what it should, if so.
    pub fn problem(&self) -> Option<String> {
        let training = match self.trainer.status().state {
            TrainState::Failed(why) => Some(why),
            _ => None,
        };
        training.or_else(|| self.pair.all().find_map(Experiment::problem))
    }

    /// The trainer's last word.
    pub fn training(&self) -> TrainStatus {
        self.trainer.status()
    }

    /// Starts training on the flow that is being set, or goes on after a pause.
    pub fn train(&mut self) {
        if self.trainer.status().state == TrainState::Paused {
            self.trainer.go();
            return;
        }
        self.new_run();
    }

    /// Starts another run; what became of the present one stays in the list of runs.
    pub fn new_run(&mut self) {
        let Experiment { settings, path, path_spec, .. } = self.pair.here();
        self.trainer.train(TrainJob::Fresh {
            path: path.clone(),
            flow: FlowSpec { scheduler: settings.flow.scheduler, ..path_spec.clone() },
            config: TrainConfig { seed: settings.seed, ..settings.train },
        });
        self.trained = self.pair.side();
        self.show_learned();
    }

    /// Takes up a run that was kept, where it was; it brings its flow to the side that is being set.
    pub fn continue_run(&mut self, run: u64) {
        self.trainer.train(TrainJob::Kept(run));
    }

    /// Stops training; the network stays.
    pub fn pause_training(&mut self) {
        self.trainer.pause();
    }

    /// What is being learned should be on the screen from the first step on.
    fn show_learned(&mut self) {
        let comparing = self.is_comparing();
        let settings = &mut self.pair.here_mut().settings;
        settings.show = Show::Learned;
        let shown = if comparing { settings.panes.div_ceil(2) } else { settings.panes };
        if !settings.views[..shown].contains(&View::Sampled) {
            settings.views = [View::Mass, View::Sampled, View::Particles, View::Difference];
            if shown == 1 {
                settings.views[0] = View::Sampled;
            }
        }
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
        self.advance(&ctx);
        self.follow_target();
        // What is inspected is looked at in the experiment that is being set.
        let mut inspector = std::mem::take(&mut self.inspector);
        inspector.follow(self.scene(self.pair.side(), &statuses));
        self.inspector = inspector;

        let palette = theme::palette(ui);
        let bar = Frame::new().fill(palette.panel);
        let action = Panel::left("controls")
            .exact_size(theme::CONTROLS_WIDTH)
            .resizable(false)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| self.left(ui, &statuses, &training))
            .inner;
        Panel::bottom("timeline")
            .exact_size(theme::TIMELINE_HEIGHT)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| {
                let times = self.here().step_times();
                let mut local = self.local_playback();
                timeline(ui, &mut self.pair.here_mut().settings, &mut local, &times);
                self.take_playback(local);
            });
        Panel::right("plots")
            .exact_size(theme::PLOTS_WIDTH)
            .resizable(false)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| self.right(ui, &statuses, &training));
        CentralPanel::default()
            .frame(Frame::new().fill(palette.background).inner_margin(Margin::same(8)))
            .show(ui, |ui| self.panes(ui, &statuses));
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
        if let Some(Wish::Name(ending)) = self.export.ui(&ctx) {
            self.picker.ask(Purpose::Figure(ending), &ctx);
        }
        if let Some(report) = self.export.report() {
            self.message = Some(report);
            ctx.request_repaint();
        }
    }

    /// A view or plot of one side as it is on the screen.
    fn snapshot(&self, side: Side, statuses: &Statuses, content: Content) -> Snapshot {
        let looked_at = side == self.pair.side();
        let scene = self.scene(side, statuses);
        let marks = self.inspector.marks_on(scene.path, looked_at);
        let window = self.zoom.window(&scene.of_views().layout());
        let other = if side == Side::A { Side::B } else { Side::A };
        let other = || (side, export::Experiment::of(self.scene(other, statuses)));
        Snapshot {
            here: export::Experiment::of(scene),
            content,
            other: self.is_comparing().then(other),
            cell: marks.cell.filter(|(_, pinned)| *pinned).map(|(z, _)| z),
            particle: marks.particle.map(|followed| followed.particle),
            section: (!self.zoom.is_whole()).then_some(window),
        }
    }

    /// Opens the export of a plot whose button was pressed.
    fn export_plot(&mut self, plot: Plot, statuses: &Statuses, training: &TrainStatus, ctx: &Context) {
        let side = self.pair.side();
        let scene = self.scene(side, statuses);
        let content = match plot {
            Plot::Kappa => PlotContent::Kappa,
            Plot::Rates => PlotContent::Rates,
            Plot::Distances => PlotContent::Distances,
            Plot::Sweeps => match self.exported_sweeps(scene) {
                Some(sweeps) => sweeps,
                None => return,
            },
            Plot::Curves => self.here().curves.status().exported(scene),
            Plot::Gap => self.runs.exported_gap(training),
            Plot::Runs => self.runs.exported(),
            Plot::Cell => match self.inspector.exported_cell(scene, &self.opinions) {
                Some(cell) => PlotContent::Cell(cell),
                None => return,
            },
            Plot::Log => match self.inspector.way() {
                Some(followed) => PlotContent::Log(followed.particle),
                None => return,
            },
        };
        let snapshot = self.snapshot(side, statuses, Content::Plot(content));
        self.export.open(snapshot, ctx);
    }

    /// The sweeps at the present time, once they are there, and the command that measures them.
    fn exported_sweeps(&self, scene: Scene<'_>) -> Option<PlotContent> {
        let sweeps = scene.settings.effective_sampler().sweeps;
        let (of, curves) = self.here().sweeps.status().curves?;
        let settings = format!("{} --t {} --sweeps {sweeps}", scene.settings.flow, scene.t);
        of.fits(&scene, sweeps.share).then_some(PlotContent::Sweeps(curves, settings))
    }

    /// Writes what the export dialog shows to a file.
    pub fn export_to(&mut self, file: PathBuf) {
        self.export.write(file);
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
        if training.report.0 != reports {
            self.message = training.report.1.clone().map(|outcome| match outcome {
                Ok(text) => (Tone::Plain, text),
                Err(text) => (Tone::Error, text),
            });
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

    fn advance(&mut self, ctx: &Context) {
        let now = Instant::now();
        let passed = self.last_frame.map_or(0.0, |last| (now - last).as_secs_f64());
        self.last_frame = Some(now);
        if !self.playback.playing {
            return;
        }
        let settings = &self.pair.a.settings;
        if !self.reduce_motion {
            // After a pause of the window itself (minimised, suspended) time goes on from where it was.
            self.playback.advance(passed.min(0.1), settings);
            ctx.request_repaint_after(self.frame_interval);
            return;
        }
        let passages_a_second = settings.speed / PASSAGE;
        self.due += passed.min(1.0) * passages_a_second;
        let steps = (self.due * STEPS_A_PASSAGE).floor();
        if steps > 0.0 {
            self.due -= steps / STEPS_A_PASSAGE;
            self.playback.advance(steps / STEPS_A_PASSAGE / passages_a_second, settings);
        }
        let wait = (1.0 / STEPS_A_PASSAGE - self.due) / passages_a_second;
        ctx.request_repaint_after(Duration::from_secs_f64(wait.max(0.001)));
    }

    fn left(&mut self, ui: &mut Ui, statuses: &Statuses, training: &TrainStatus) -> Option<CompareAction> {
        let mut dismissed = false;
        if let Some((tone, message)) = &self.message {
            ui.add_space(space::XS);
            notice(ui, *tone, message);
            dismissed = ui.small_button("dismiss").clicked();
        }
        if dismissed {
            self.message = None;
        }
        let side = self.pair.side();
        let asked = match &self.pair.b {
            Some(b) => tabs(ui, side, &differences(&self.pair.a.settings, &b.settings)),
            None => {
                mark_sections(ui.ctx(), std::iter::empty());
                None
            }
        };
        let trains_here = self.is_comparing().then_some(side == self.trained);
        let experiment = self.pair.here_mut();
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
            word: &mut experiment.word,
        };
        if let Some(action) = controls(ui, &mut experiment.settings, context) {
            self.act(action, ui.ctx());
        }
        asked
    }

    /// The tools of the editor while it is open, else plots of the whole flow, one cell, or one particle.
    fn right(&mut self, ui: &mut Ui, statuses: &Statuses, training: &TrainStatus) {
        if let Some(editor) = &mut self.editor {
            match tools(ui, editor, self.pair.here_mut()) {
                Some(EditorAction::Close) => self.close_editor(),
                Some(EditorAction::Import) => self.picker.ask(Purpose::Target, ui.ctx()),
                Some(EditorAction::Save(kind)) => self.picker.ask(Purpose::SaveTarget(kind), ui.ctx()),
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
        let side = self.pair.side();
        let scene = self.scene(side, statuses);
        match inspector.tab {
            Tab::Plots => {
                let both = [Side::A, Side::B].map(|side| self.scene(side, statuses));
                let both = self.is_comparing().then_some(both);
                let (curves, sweeps) = (self.here().curves.status(), self.here().sweeps.status());
                let mut choice = scene.settings.curves.clone();
                let problem = statuses.of(side).run_error.as_deref();
                let dragged = plots(ui, scene, training, problem, both, (&curves, &sweeps), &mut choice);
                self.here_mut().settings.curves = choice;
                if let Some(dragged) = dragged {
                    self.here_mut().settings.flow.scheduler = dragged;
                }
            }
            Tab::Cell => cell_panel(ui, scene, &mut inspector, &self.opinions),
            Tab::Particle => {
                if let Some(t) = particle_panel(ui, scene, &mut inspector) {
                    self.hold_at(self.pair.time_of_a(side, t));
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

    fn grant(&mut self, wish: RunWish) {
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

    /// What the views of one side are made from.
    fn scene<'a>(&'a self, side: Side, statuses: &'a Statuses) -> Scene<'a> {
        self.pair.of(side).scene(statuses.of(side), self.pair.time_of(side, self.playback.t))
    }

    fn act(&mut self, action: Action, ctx: &Context) {
        match action {
            Action::Train => self.train(),
            Action::NewRun => self.new_run(),
            Action::ContinueRun(run) => self.continue_run(run),
            Action::PauseTraining => self.pause_training(),
            Action::ResetTraining => self.trainer.reset(),
            Action::EditTarget if self.editor.is_some() => self.close_editor(),
            Action::EditTarget => self.open_editor(),
            Action::OpenTarget => self.picker.ask(Purpose::Target, ctx),
            Action::OpenSource => self.picker.ask(Purpose::Source, ctx),
            Action::OpenCheckpoint => self.picker.ask(Purpose::Open, ctx),
            Action::SaveCheckpoint => self.picker.ask(Purpose::Save, ctx),
        }
    }

    /// Files from dialogs and files dropped on the window.
    fn take_files(&mut self, ctx: &Context) {
        while let Some(file) = self.picker.next() {
            self.use_file(file, ctx);
        }
        while let Some(outcome) = self.picker.next_written() {
            self.message = Some(match outcome {
                Ok(text) => (Tone::Plain, text),
                Err(text) => (Tone::Error, text),
            });
        }
        let dropped = ctx.input(|i| i.raw.dropped_files.clone());
        for file in dropped.iter().map(|f| f.path().to_owned()) {
            if !self.reopen(&file) {
                self.use_file(dropped_file(file), ctx);
            }
        }
    }

    /// Takes the experiment out of a figure; false if the file is none.
    fn reopen(&mut self, file: &Path) -> bool {
        let is_picture =
            |e: &OsStr| ["png", "svg", "gif"].iter().any(|ending| e.eq_ignore_ascii_case(ending));
        if !file.extension().is_some_and(is_picture) {
            return false;
        }
        match export::reopened(file, &self.document()) {
            None => return false,
            Some(Err(why)) => self.say(Tone::Error, why),
            Some(Ok(export::Reopened { document, t, look, missing })) => {
                self.take_over("experiment of a figure".to_owned(), document);
                self.look_at(look);
                if let Some(t) = t {
                    self.hold_at(t);
                }
                let said = format!("The experiment of {} is back.", file.display());
                self.say(Tone::Plain, missing.map_or(said.clone(), |missing| format!("{said} {missing}")));
            }
        }
        true
    }

    fn use_file(&mut self, file: Result<(Purpose, PathBuf), String>, ctx: &Context) {
        match file {
            Ok((Purpose::SaveTarget(_), file)) => self.save_target(file, ctx),
            Ok((Purpose::Target, file)) => self.here_mut().use_target(file),
            Ok((Purpose::Source, file)) => self.here_mut().use_source(file),
            Ok((Purpose::Open, file)) => self.trainer.train(TrainJob::File(file)),
            Ok((Purpose::Save, file)) => self.trainer.save(file),
            Ok((Purpose::Figure(_), file)) => self.export_to(file),
            Err(message) => self.message = Some((Tone::Error, message)),
        }
    }

    /// Writes the target that is being drawn.
    fn save_target(&mut self, file: PathBuf, ctx: &Context) {
        let Some(pmf) = self.editor.as_ref().map(|editor| editor.drawing().pmf()) else { return };
        self.picker.write(ctx, move || {
            let pmf = pmf.map_err(|error| error.to_string())?;
            save_target(&file, &pmf).map_err(|error| error.to_string())?;
            Ok(format!("The target was saved to {}.", file.display()))
        });
    }

    fn panes(&mut self, ui: &mut Ui, statuses: &Statuses) {
        let whole = ui.available_rect_before_wrap();
        let panes = self.here().settings.panes;
        let comparing = self.is_comparing();
        // With A and B one row a view, A on the left and B on the right.
        let count = if comparing { 2 * panes.div_ceil(2) } else { panes };
        let rects = match &mut self.editor {
            Some(editor) => {
                let [left, rest @ ..] = editing_rects(whole);
                let mut child = ui.new_child(UiBuilder::new().max_rect(left).id_salt("canvas"));
                canvas(&mut child, editor, self.pair.here_mut());
                rest.to_vec()
            }
            None => pane_rects(whole, count),
        };
        let mut hovered = None;
        for (slot, rect) in rects.into_iter().enumerate() {
            let place = if comparing {
                let side = if slot % 2 == 0 { Side::A } else { Side::B };
                Place { slot, view: slot / 2, side: Some(side), shared: self.shared(slot / 2, statuses) }
            } else {
                Place { slot, view: slot, side: None, shared: Shared::default() }
            };
            hovered = hovered.or(self.pane(ui, rect, place, statuses));
        }
        if self.inspector.hovered != hovered {
            // The panel that says more about it was drawn before.
            self.inspector.hovered = hovered;
            ui.ctx().request_repaint();
        }
    }

    /// The larger ones of the scales of A and B, for the view in one row.
    fn shared(&mut self, row: usize, statuses: &Statuses) -> Shared {
        let mut shared = Shared::default();
        for (column, side) in [Side::A, Side::B].into_iter().enumerate() {
            let mut cache = std::mem::take(&mut self.pair.of_mut(side).cache);
            let scene = self.scene(side, statuses);
            let view = scene.settings.views[row];
            if let Ok(field) = cache.heat(2 * row + column, view, scene) {
                let larger = shared.scale.is_none_or(|known| field.scale.max > known.max);
                shared.scale = if larger { Some(field.scale) } else { shared.scale };
            }
            if let Some(kind) = view.arrows().filter(|kind| kind.absence(scene.path).is_none()) {
                let window = self.zoom.window(&scene.of_views().layout());
                let longest = currents::longest(scene, kind, window, &mut cache);
                shared.arrow = shared.arrow.into_iter().chain(longest).reduce(f64::max);
            }
            self.pair.of_mut(side).cache = cache;
        }
        shared
    }

    /// Draws one pane; returns the state under the pointer.
    fn pane(&mut self, ui: &mut Ui, rect: Rect, place: Place, statuses: &Statuses) -> Option<[usize; 2]> {
        let side = place.side.unwrap_or(self.pair.side());
        let problem = statuses.of(side).run_error.as_deref();
        let mut cache = std::mem::take(&mut self.pair.of_mut(side).cache);
        let mut zoom = self.zoom;
        let builder = UiBuilder::new().max_rect(rect).id_salt(("pane", place.slot));
        let mut child = ui.new_child(builder);
        let scene = self.scene(side, statuses);
        let marks = self.inspector.marks_on(scene.path, side == self.pair.side());
        let changes = pane(&mut child, place, scene, &mut cache, &mut zoom, problem, &marks);
        self.zoom = zoom;
        self.pair.of_mut(side).cache = cache;
        if changes.export {
            let view = self.scene(side, statuses).settings.views[place.view];
            let snapshot = self.snapshot(side, statuses, Content::View(view));
            self.export.open(snapshot, ui.ctx());
        }
        // What a pane changes, both experiments have in common: it is taken from the one being set.
        let settings = &mut self.here_mut().settings;
        if let Some(view) = changes.view {
            settings.views[place.view] = view;
        }
        settings.divergence = changes.divergence.unwrap_or(settings.divergence);
        settings.scale = changes.scale.unwrap_or(settings.scale);
        settings.moves = changes.moves.unwrap_or(settings.moves);
        if let Some(picked) = changes.picked {
            // What is picked belongs to the experiment it was picked in.
            self.pair.share();
            self.pair.select(side);
            self.inspector.pick(picked);
            ui.ctx().request_repaint();
        }
        changes.hovered
    }
}

/// The canvas on the left, the first two views on the right.
fn editing_rects(area: Rect) -> [Rect; 3] {
    let (left, right) = area.split_left_right_at_fraction(0.6);
    let (above, below) = right.split_top_bottom_at_fraction(0.5);
    let half = 0.5 * space::S;
    let shift = |rect: Rect, min: [f32; 2], max: [f32; 2]| {
        Rect::from_min_max(rect.min + Vec2::from(min), rect.max - Vec2::from(max))
    };
    [
        shift(left, [0.0; 2], [half, 0.0]),
        shift(above, [half, 0.0], [0.0, half]),
        shift(below, [half; 2], [0.0; 2]),
    ]
}

/// Rectangles of one to four panes: one, two beside each other, one beside two, two by two.
fn pane_rects(area: Rect, count: usize) -> Vec<Rect> {
    let gap = space::S;
    let half = (area.size() - Vec2::splat(gap)) * 0.5;
    let cell = |column: f32, row: f32, size: Vec2| {
        Rect::from_min_size(area.min + Vec2::new(column * (half.x + gap), row * (half.y + gap)), size)
    };
    let tall = Vec2::new(half.x, area.height());
    match count {
        1 => vec![area],
        2 => vec![cell(0.0, 0.0, tall), cell(1.0, 0.0, tall)],
        3 => vec![cell(0.0, 0.0, tall), cell(1.0, 0.0, half), cell(1.0, 1.0, half)],
        _ => [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)].map(|(x, y)| cell(x, y, half)).into(),
    }
}

#[cfg(test)]
mod tests;
