//! The lab as a whole: it holds the settings, asks the threads for what they change, and lays out the panes.

use super::controls::{Action, ControlContext, controls};
use super::fields::{FieldCache, Scene};
use super::files::{FilePicker, Purpose, dropped_file};
use super::pane::pane;
use super::plots::plots;
use super::sampler_thread::{SampleRequest, SamplerStatus, SamplerThread};
use super::settings::{Settings, Show, View};
use super::timeline::{Playback, timeline};
use crate::data::{FlowSpec, SourceSpec, TargetSpec};
use crate::flow::{GridPath, Scheduler};
use crate::sampler::spans;
use crate::train::{TrainConfig, TrainJob, TrainState, TrainStatus, TrainerThread};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, notice};
use burn::tensor::Device;
use egui::{CentralPanel, Context, Frame, Margin, Panel, Rect, Ui, UiBuilder, Vec2};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The lab.
pub struct GridLab {
    /// What the user has set.
    pub settings: Settings,
    playback: Playback,
    sampler: SamplerThread,
    trainer: TrainerThread,
    path: Arc<GridPath>,
    path_spec: FlowSpec,
    /// The settings of the last request, to see what changed.
    requested: Option<(SampleRequest, u64)>,
    requests: u64,
    /// The scheduler the trainer measures the gap with.
    gap_scheduler: Option<Scheduler>,
    /// How many checkpoints and reports of the trainer have been seen.
    seen: (u64, u64),
    cache: FieldCache,
    word: String,
    /// What became of a file.
    message: Option<(Tone, String)>,
    /// How many files were opened: each is read, even if its name is the last one's.
    reloads: u64,
    picker: FilePicker,
    last_frame: Option<Instant>,
    /// Between two pictures while time runs.
    frame_interval: Duration,
    /// When the last request was sent, and until when the sampler rests after it while training runs.
    sent: Option<Instant>,
    rest_until: Option<Instant>,
}

impl GridLab {
    /// A flow ready to be drawn, playing. `device` trains; the run is kept in `autosave`.
    ///
    /// # Errors
    /// If the flow can't be built or the system gives no threads.
    pub fn new(
        ctx: &Context,
        device: Device,
        autosave: Option<PathBuf>,
        settings: Settings,
    ) -> anyhow::Result<Self> {
        let path_spec = settings.path_spec();
        let path = Arc::new(path_spec.path()?);
        let word = word_of(&settings);
        let wake = |ctx: &Context| {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        Ok(Self {
            settings,
            playback: Playback { t: 0.0, playing: true },
            sampler: SamplerThread::start(Some((path_spec.clone(), path.clone())), wake(ctx))?,
            trainer: TrainerThread::start(device, autosave, wake(ctx))?,
            path,
            path_spec,
            requested: None,
            requests: 0,
            gap_scheduler: None,
            seen: (0, 0),
            cache: FieldCache::default(),
            word,
            message: None,
            reloads: 0,
            picker: FilePicker::default(),
            last_frame: None,
            frame_interval: Duration::ZERO,
            sent: None,
            rest_until: None,
        })
    }

    /// Takes over a whole set of settings, and plays it from the start.
    pub fn apply(&mut self, settings: Settings) {
        self.word = word_of(&settings);
        // The seed belongs to the session, not to an experiment.
        self.settings = Settings { seed: self.settings.seed, ..settings };
        self.playback = Playback { t: 0.0, playing: true };
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
        let (sampler, training) = (self.sampler.status(), self.trainer.status());
        let answered = self.requested.as_ref().is_some_and(|(request, version)| {
            let newest = request.show == Show::Exact || *version == training.network_version;
            newest
                && sampler.result.as_ref().is_some_and(|r| r.request.id == request.id && r.summary.is_some())
        });
        let failed = sampler.run_error.is_some() || sampler.path_error.is_some();
        (answered || failed)
            && sampler.busy.is_none()
            && training.state != TrainState::Running
            && !training.starting
            && !self.trainer.has_orders()
    }

    /// Why a view can't show what it should, if so.
    pub fn problem(&self) -> Option<String> {
        let sampler = self.sampler.status();
        let training = match self.trainer.status().state {
            TrainState::Failed(why) => Some(why),
            _ => None,
        };
        training.or(sampler.run_error).or(sampler.path_error.map(|(_, why)| why))
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
        self.trainer.train(TrainJob::Fresh {
            path: self.path.clone(),
            flow: FlowSpec { scheduler: self.settings.flow.scheduler, ..self.path_spec.clone() },
            config: TrainConfig { seed: self.settings.seed, ..self.settings.train },
        });
        self.show_learned();
    }

    /// Stops training; the network stays.
    pub fn pause_training(&mut self) {
        self.trainer.pause();
    }

    /// What is being learned should be on the screen from the first step on.
    fn show_learned(&mut self) {
        self.settings.show = Show::Learned;
        if !self.settings.views[..self.settings.panes].contains(&View::Sampled) {
            self.settings.views = [View::Mass, View::Sampled, View::Particles, View::Difference];
            if self.settings.panes == 1 {
                self.settings.views[0] = View::Sampled;
            }
        }
    }

    /// Draws the whole lab and keeps it running.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.take_files(&ctx);
        let sampler = self.sampler.status();
        let training = self.trainer.status();
        self.adopt(&sampler, &training);
        self.advance(&ctx);

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
                let times = self.step_times();
                timeline(ui, &mut self.settings, &mut self.playback, &times);
            });
        let dragged = Panel::right("plots")
            .exact_size(theme::PLOTS_WIDTH)
            .resizable(false)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| plots(ui, self.scene(&sampler), &training, sampler.run_error.as_deref()))
            .inner;
        self.settings.flow.scheduler = dragged.unwrap_or(self.settings.flow.scheduler);
        CentralPanel::default()
            .frame(Frame::new().fill(palette.background).inner_margin(Margin::same(8)))
            .show(ui, |ui| self.panes(ui, &sampler));
        self.request(&sampler, &training);
    }

    /// Takes what the threads have made.
    fn adopt(&mut self, sampler: &SamplerStatus, training: &TrainStatus) {
        if let Some((spec, path, _)) =
            sampler.path.as_ref().filter(|(_, path, _)| !Arc::ptr_eq(path, &self.path))
        {
            (self.path_spec, self.path) = (spec.clone(), path.clone());
        }
        let (opened, reports) = self.seen;
        if training.opened != opened {
            // A checkpoint brings the flow it was trained on.
            if let Some(flow) = &training.flow {
                self.settings.flow = flow.clone();
                self.word = word_of(&self.settings);
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
        if !training_now {
            self.gap_scheduler = None;
        } else if self.gap_scheduler != Some(self.settings.flow.scheduler) {
            if self.gap_scheduler.is_some() {
                self.trainer.set_scheduler(self.settings.flow.scheduler);
            }
            self.gap_scheduler = Some(self.settings.flow.scheduler);
        }
        if matches!(training.state, TrainState::Idle | TrainState::Failed(_)) && !training.starting {
            self.settings.show = Show::Exact;
        }
    }

    /// Whether the network was trained on another flow than the one that is shown.
    fn is_foreign(&self, training: &TrainStatus) -> bool {
        let same_content =
            |path: &GridPath| path.target() == self.path.target() && path.noise() == self.path.noise();
        match (&training.network, &training.path) {
            (Some(_), Some(path)) => path.coupling() != self.path.coupling() || !same_content(path),
            _ => false,
        }
    }

    fn advance(&mut self, ctx: &Context) {
        let now = Instant::now();
        let passed = self.last_frame.map_or(0.0, |last| (now - last).as_secs_f64());
        self.last_frame = Some(now);
        if self.playback.playing {
            // After a pause of the window itself (minimised, suspended) time goes on from where it was.
            self.playback.advance(passed.min(0.1), &self.settings);
            ctx.request_repaint_after(self.frame_interval);
        }
    }

    fn scene<'a>(&'a self, sampler: &'a SamplerStatus) -> Scene<'a> {
        // A run on another path has other states; it is not mixed with this one.
        let result = sampler.result.as_ref().filter(|r| Arc::ptr_eq(&r.path, &self.path));
        Scene { path: &self.path, settings: &self.settings, result, t: self.playback.t }
    }

    fn step_times(&self) -> Vec<f64> {
        let config = self.settings.effective_sampler();
        match spans(&config, &self.path, self.settings.flow.scheduler) {
            Ok(all) => all.iter().map(|span| span.t).chain([1.0]).collect(),
            // The sampler thread says what is wrong.
            Err(_) => vec![0.0, 1.0],
        }
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
        let wanted = self.settings.path_spec();
        let error = sampler.path_error.as_ref().filter(|(spec, _)| *spec == wanted).map(|(_, e)| e.clone());
        let context = ControlContext {
            training,
            foreign_network: self.is_foreign(training),
            flow_error: error.as_deref(),
            actual_k: self.path.data_tokens(),
            word: &mut self.word,
        };
        if let Some(action) = controls(ui, &mut self.settings, context) {
            self.act(action, ui.ctx());
        }
    }

    fn act(&mut self, action: Action, ctx: &Context) {
        match action {
            Action::Train => self.train(),
            Action::PauseTraining => self.pause_training(),
            Action::ResetTraining => self.trainer.reset(),
            Action::OpenTarget => self.picker.ask(Purpose::Target, ctx),
            Action::OpenSource => self.picker.ask(Purpose::Source, ctx),
            Action::OpenCheckpoint => self.picker.ask(Purpose::Open, ctx),
            Action::SaveCheckpoint => self.picker.ask(Purpose::Save, ctx),
        }
    }

    /// Files from dialogs and files dropped on the window.
    fn take_files(&mut self, ctx: &Context) {
        while let Some(file) = self.picker.next() {
            self.use_file(file);
        }
        let dropped = ctx.input(|i| i.raw.dropped_files.clone());
        for file in dropped.iter().map(|f| f.path().to_owned()) {
            self.use_file(dropped_file(file));
        }
    }

    fn use_file(&mut self, file: Result<(Purpose, PathBuf), String>) {
        match file {
            Ok((Purpose::Target, file)) => self.use_target(file),
            Ok((Purpose::Source, file)) => {
                self.settings.flow.source = SourceSpec::File(file);
                self.settings.reconcile();
                self.reloads += 1;
            }
            Ok((Purpose::Open, file)) => self.trainer.train(TrainJob::File(file)),
            Ok((Purpose::Save, file)) => self.trainer.save(file),
            Err(message) => self.message = Some((Tone::Error, message)),
        }
    }

    fn use_target(&mut self, file: PathBuf) {
        let is_picture = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("png"));
        // A pmf brings its own K; a picture is averaged down to the present one.
        self.settings.flow.k = is_picture.then(|| self.settings.flow.k.unwrap_or(64));
        self.settings.flow.target = TargetSpec::File(file);
        self.settings.flow.invert = false;
        self.reloads += 1;
    }

    fn panes(&mut self, ui: &mut Ui, sampler: &SamplerStatus) {
        let problem = sampler.run_error.as_deref();
        let rects = pane_rects(ui.available_rect_before_wrap(), self.settings.panes);
        let mut cache = std::mem::take(&mut self.cache);
        for (index, rect) in rects.into_iter().enumerate() {
            let builder = UiBuilder::new().max_rect(rect).id_salt(("pane", index));
            let mut child = ui.new_child(builder);
            let changes = pane(&mut child, index, self.scene(sampler), &mut cache, problem);
            if let Some(view) = changes.view {
                self.settings.views[index] = view;
            }
            self.settings.divergence = changes.divergence.unwrap_or(self.settings.divergence);
            self.settings.scale = changes.scale.unwrap_or(self.settings.scale);
        }
        self.cache = cache;
    }

    /// Asks for a new run when something it depends on has changed.
    fn request(&mut self, sampler: &SamplerStatus, training: &TrainStatus) {
        let network = training.network.clone().filter(|_| self.settings.show == Show::Learned);
        // Until there is a network the exact denoiser keeps the path and the clock going.
        let show = if network.is_some() { Show::Learned } else { Show::Exact };
        let version = if show == Show::Learned { training.network_version } else { 0 };
        let wanted = SampleRequest {
            id: 0,
            spec: self.settings.path_spec(),
            scheduler: self.settings.flow.scheduler,
            config: self.settings.effective_sampler(),
            show,
            epsilon: if show == Show::Exact { self.settings.epsilon } else { 0.0 },
            early_error: self.settings.early_error,
            network,
            particles: self.settings.particles,
            seed: self.settings.seed,
            reloads: self.reloads,
        };
        if sampler.busy.is_some() {
            self.rest_until = None;
        } else if let (Some(sent), None) = (self.sent, self.rest_until) {
            // While a network trains, sampling it takes at most half of the time.
            self.rest_until = Some(Instant::now() + sent.elapsed());
        }
        let rested = training.state != TrainState::Running
            || self.rest_until.is_some_and(|until| Instant::now() >= until);
        let send = match &self.requested {
            None => true,
            Some((last, _)) if !last.asks_the_same(&wanted) => true,
            // A newer network waits until the present run has got to its end.
            Some((_, last)) => *last != version && sampler.busy.is_none() && rested,
        };
        if send {
            self.requests += 1;
            let request = SampleRequest { id: self.requests, ..wanted };
            self.requested = Some((request.clone(), version));
            (self.sent, self.rest_until) = (Some(Instant::now()), None);
            self.sampler.request(request);
        }
    }
}

/// The word of a drawn target, for its text field.
fn word_of(settings: &Settings) -> String {
    match &settings.flow.target {
        TargetSpec::Text(word) => word.clone(),
        _ => String::new(),
    }
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
