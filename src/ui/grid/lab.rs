//! The lab as a whole: it holds the settings, asks the threads for what they change, and lays out the panes.

use super::controls::{Action, ControlContext, controls};
use super::editor::{Editor, EditorAction, canvas, tools};
use super::experiment::Experiment;
use super::export::{ExportDialog, Snapshot, Wish};
use super::fields::Scene;
use super::files::{FilePicker, Purpose, dropped_file};
use super::inspector::{Inspector, Look, OpinionThread, Picked, Tab, cell_panel, particle_panel};
use super::pane::pane;
use super::plots::plots;
use super::runs::{RunLog, runs_panel};
use super::sampler_thread::SamplerStatus;
use super::settings::{Settings, Show, View};
use super::timeline::{Playback, timeline};
use super::zoom::Zoom;
use crate::data::{FlowSpec, save_target};
use crate::flow::Scheduler;
use crate::gpu::DeviceStepper;
use crate::train::{TrainConfig, TrainJob, TrainState, TrainStatus, TrainerThread};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, notice, segmented};
use burn::tensor::Device;
use egui::{CentralPanel, Context, Frame, Margin, Panel, Rect, Ui, UiBuilder, Vec2};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The lab.
pub struct GridLab {
    experiment: Experiment,
    playback: Playback,
    trainer: TrainerThread,
    inspector: Inspector,
    runs: RunLog,
    /// The target's canvas, while it is open.
    editor: Option<Editor>,
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
    /// A flow ready to be drawn, playing. `device` trains; the run is kept in `autosave`.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(
        ctx: &Context,
        device: Device,
        autosave: Option<PathBuf>,
        settings: Settings,
    ) -> anyhow::Result<Self> {
        let wake = |ctx: &Context| {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        Ok(Self {
            experiment: Experiment::new(ctx, settings)?,
            playback: Playback { t: 0.0, playing: true },
            trainer: TrainerThread::start(device, autosave, wake(ctx))?,
            inspector: Inspector::default(),
            runs: RunLog::default(),
            editor: None,
            opinions: OpinionThread::start(wake(ctx))?,
            gap_scheduler: None,
            seen: (0, 0),
            zoom: Zoom::default(),
            message: None,
            picker: FilePicker::default(),
            export: ExportDialog::default(),
            last_frame: None,
            frame_interval: Duration::ZERO,
        })
    }

    /// The experiment whose settings are on the left.
    pub fn here(&self) -> &Experiment {
        &self.experiment
    }

    /// The same, to be changed.
    pub fn here_mut(&mut self) -> &mut Experiment {
        &mut self.experiment
    }

    /// Takes over a whole set of settings, and plays it from the start.
    pub fn apply(&mut self, settings: Settings) {
        // The seed belongs to the session, not to an experiment.
        let settings = Settings { seed: self.here().settings.seed, ..settings };
        self.here_mut().set(settings);
        self.playback = Playback { t: 0.0, playing: true };
    }

    /// Looks closely at something; at nothing with `None`.
    pub fn look_at(&mut self, look: Option<Look>) {
        self.inspector = Inspector::default();
        self.editor = None;
        match look {
            Some(Look::Cell(z)) => self.inspector.pick(Picked::Cell(z)),
            Some(Look::Particle(n)) => self.inspector.pick(Picked::Particle(n)),
            Some(Look::Editor) => self.editor = Editor::open(&self.experiment),
            None => {}
        }
    }

    /// Particles are stepped there instead of on the CPU.
    pub fn step_on(&mut self, stepper: DeviceStepper) {
        self.experiment.sampler.step_on(stepper);
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
        self.experiment.is_settled(&training)
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
        training.or_else(|| self.experiment.problem())
    }

    /// The trainer's last word.
    pub fn training(&self) -> TrainStatus {
        self.trainer.status()
    }

    /// Starts training on the present flow, or goes on after a pause.
    pub fn train(&mut self) {
        if self.trainer.status().state == TrainState::Paused {
            self.trainer.go();
            return;
        }
        self.new_run();
    }

    /// Starts another run; what became of the present one stays in the list of runs.
    pub fn new_run(&mut self) {
        let Experiment { settings, path, path_spec, .. } = &self.experiment;
        self.trainer.train(TrainJob::Fresh {
            path: path.clone(),
            flow: FlowSpec { scheduler: settings.flow.scheduler, ..path_spec.clone() },
            config: TrainConfig { seed: settings.seed, ..settings.train },
        });
        self.show_learned();
    }

    /// Stops training; the network stays.
    pub fn pause_training(&mut self) {
        self.trainer.pause();
    }

    /// What is being learned should be on the screen from the first step on.
    fn show_learned(&mut self) {
        let settings = &mut self.experiment.settings;
        settings.show = Show::Learned;
        if !settings.views[..settings.panes].contains(&View::Sampled) {
            settings.views = [View::Mass, View::Sampled, View::Particles, View::Difference];
            if settings.panes == 1 {
                settings.views[0] = View::Sampled;
            }
        }
    }

    /// Draws the whole lab and keeps it running.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.take_files(&ctx);
        let sampler = self.experiment.sampler.status();
        let training = self.trainer.status();
        self.adopt(&sampler, &training);
        self.runs.follow(&ctx, &training, &sampler);
        let trained = training;
        let training = self.runs.seen_as(&trained);
        self.advance(&ctx);
        if let Some(editor) = &mut self.editor {
            editor.follow(&self.experiment);
        }
        let mut inspector = std::mem::take(&mut self.inspector);
        inspector.follow(self.scene(&sampler));
        self.inspector = inspector;
        self.inspector.keys(&ctx, &self.experiment.path);

        let palette = theme::palette(ui);
        let bar = Frame::new().fill(palette.panel);
        Panel::left("controls")
            .exact_size(theme::CONTROLS_WIDTH)
            .resizable(false)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| self.left(ui, &sampler, &training));
        Panel::bottom("timeline")
            .exact_size(theme::TIMELINE_HEIGHT)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| {
                let times = self.experiment.step_times();
                timeline(ui, &mut self.experiment.settings, &mut self.playback, &times);
            });
        Panel::right("plots")
            .exact_size(theme::PLOTS_WIDTH)
            .resizable(false)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| self.right(ui, &sampler, &training));
        CentralPanel::default()
            .frame(Frame::new().fill(palette.background).inner_margin(Margin::same(8)))
            .show(ui, |ui| self.panes(ui, &sampler));
        self.experiment.request(&sampler, &training);
        if let Some(Wish::Name(ending)) = self.export.ui(&ctx) {
            self.picker.ask(Purpose::Figure(ending), &ctx);
        }
        if let Some(report) = self.export.report() {
            self.message = Some(report);
            ctx.request_repaint();
        }
    }

    /// Writes what the export dialog shows to a file.
    pub fn export_to(&mut self, file: PathBuf) {
        self.export.write(file);
    }

    /// Takes what the threads have made.
    fn adopt(&mut self, sampler: &SamplerStatus, training: &TrainStatus) {
        self.experiment.adopt(sampler);
        let (opened, reports) = self.seen;
        if training.opened != opened {
            // A checkpoint brings the flow it was trained on.
            if let Some(flow) = &training.flow {
                self.experiment.set_flow(flow.clone());
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
        let scheduler = self.experiment.settings.flow.scheduler;
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
            self.experiment.settings.show = Show::Exact;
        }
    }

    fn advance(&mut self, ctx: &Context) {
        let now = Instant::now();
        let passed = self.last_frame.map_or(0.0, |last| (now - last).as_secs_f64());
        self.last_frame = Some(now);
        if self.playback.playing {
            // After a pause of the window itself (minimised, suspended) time goes on from where it was.
            self.playback.advance(passed.min(0.1), &self.experiment.settings);
            ctx.request_repaint_after(self.frame_interval);
        }
    }

    fn scene<'a>(&'a self, sampler: &'a SamplerStatus) -> Scene<'a> {
        self.experiment.scene(sampler, self.playback.t)
    }

    fn left(&mut self, ui: &mut Ui, sampler: &SamplerStatus, training: &TrainStatus) {
        let mut dismissed = false;
        if let Some((tone, message)) = &self.message {
            ui.add_space(space::XS);
            notice(ui, *tone, message);
            dismissed = ui.small_button("dismiss").clicked();
        }
        if dismissed {
            self.message = None;
        }
        let experiment = &mut self.experiment;
        let error = experiment.flow_error(sampler);
        let context = ControlContext {
            training,
            foreign_network: experiment.is_foreign(training),
            flow_error: error.as_deref(),
            actual_k: experiment.path.data_tokens(),
            kinetic: experiment.kinetic,
            editing: self.editor.is_some(),
            word: &mut experiment.word,
        };
        if let Some(action) = controls(ui, &mut experiment.settings, context) {
            self.act(action, ui.ctx());
        }
    }

    /// The tools of the editor while it is open, else plots of the whole flow, one cell, or one particle.
    fn right(&mut self, ui: &mut Ui, sampler: &SamplerStatus, training: &TrainStatus) {
        if let Some(editor) = &mut self.editor {
            match tools(ui, editor, &mut self.experiment) {
                Some(EditorAction::Close) => self.editor = None,
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
        let scene = self.scene(sampler);
        match inspector.tab {
            Tab::Plots => {
                let curves = self.experiment.curves.status();
                let mut choice = scene.settings.curves.clone();
                let problem = sampler.run_error.as_deref();
                let dragged = plots(ui, scene, training, problem, &curves, &mut choice);
                self.experiment.settings.curves = choice;
                if let Some(dragged) = dragged {
                    self.experiment.settings.flow.scheduler = dragged;
                }
            }
            Tab::Cell => cell_panel(ui, scene, &mut inspector, &self.opinions),
            Tab::Particle => {
                if let Some(t) = particle_panel(ui, scene, &mut inspector) {
                    self.hold_at(t);
                }
            }
            Tab::Runs => {
                let mut runs = std::mem::take(&mut self.runs);
                let before = runs.shown;
                runs_panel(ui, &mut runs, training);
                if runs.shown.is_some() && runs.shown != before {
                    self.show_learned();
                }
                self.runs = runs;
            }
        }
        self.inspector = inspector;
    }

    fn act(&mut self, action: Action, ctx: &Context) {
        match action {
            Action::Train => self.train(),
            Action::NewRun => self.new_run(),
            Action::PauseTraining => self.pause_training(),
            Action::ResetTraining => self.trainer.reset(),
            Action::EditTarget if self.editor.is_some() => self.editor = None,
            Action::EditTarget => self.editor = Editor::open(&self.experiment),
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
            self.use_file(dropped_file(file), ctx);
        }
    }

    fn use_file(&mut self, file: Result<(Purpose, PathBuf), String>, ctx: &Context) {
        match file {
            Ok((Purpose::SaveTarget(_), file)) => self.save_target(file, ctx),
            Ok((Purpose::Target, file)) => self.experiment.use_target(file),
            Ok((Purpose::Source, file)) => self.experiment.use_source(file),
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

    fn panes(&mut self, ui: &mut Ui, sampler: &SamplerStatus) {
        let problem = sampler.run_error.as_deref();
        let area = ui.available_rect_before_wrap();
        let rects = match &mut self.editor {
            Some(editor) => {
                let [left, rest @ ..] = editing_rects(area);
                let mut child = ui.new_child(UiBuilder::new().max_rect(left).id_salt("canvas"));
                canvas(&mut child, editor, &mut self.experiment);
                rest.to_vec()
            }
            None => pane_rects(area, self.experiment.settings.panes),
        };
        let mut cache = std::mem::take(&mut self.experiment.cache);
        let marks = self.inspector.marks();
        let (mut hovered, mut exported) = (None, None);
        let mut zoom = self.zoom;
        zoom.follow_keys(ui, &self.scene(sampler).of_views().layout());
        for (index, rect) in rects.into_iter().enumerate() {
            let builder = UiBuilder::new().max_rect(rect).id_salt(("pane", index));
            let mut child = ui.new_child(builder);
            let scene = self.scene(sampler);
            let changes = pane(&mut child, index, scene, &mut cache, &mut zoom, problem, &marks);
            let settings = &mut self.experiment.settings;
            if let Some(view) = changes.view {
                settings.views[index] = view;
            }
            settings.divergence = changes.divergence.unwrap_or(settings.divergence);
            settings.scale = changes.scale.unwrap_or(settings.scale);
            settings.moves = changes.moves.unwrap_or(settings.moves);
            exported = exported.or(changes.export.then(|| settings.views[index]));
            hovered = hovered.or(changes.hovered);
            if let Some(picked) = changes.picked {
                self.inspector.pick(picked);
                ui.ctx().request_repaint();
            }
        }
        self.experiment.cache = cache;
        self.zoom = zoom;
        if let Some(view) = exported {
            let scene = self.scene(sampler);
            let snapshot = Snapshot {
                path: scene.path.clone(),
                settings: scene.settings.clone(),
                result: scene.result.cloned(),
                // As the figure will say it; never before a step that has been made.
                t: ((1e6 * scene.t - 1e-3).ceil() / 1e6).min(1.0),
                view,
            };
            self.export.open(snapshot, ui.ctx());
        }
        if self.inspector.hovered != hovered {
            // The panel that says more about it was drawn before.
            self.inspector.hovered = hovered;
            ui.ctx().request_repaint();
        }
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
