//! The lab as a whole: it holds the settings, asks the threads for what they change, and lays out the panes.

use super::controls::{Action, ControlContext, controls};
use super::fields::{FieldCache, Scene};
use super::pane::pane;
use super::plots::plots;
use super::sampler_thread::{SampleRequest, SamplerStatus, SamplerThread};
use super::settings::{Settings, Show, View};
use super::timeline::{Playback, timeline};
use crate::data::{FlowSpec, SourceSpec, TargetSpec, atomic_write};
use crate::flow::GridPath;
use crate::model::Checkpoint;
use crate::sampler::spans;
use crate::train::{TrainJob, TrainState, TrainStatus, TrainerThread};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, notice};
use burn::tensor::Device;
use egui::{CentralPanel, Context, Frame, Margin, Panel, Rect, Ui, UiBuilder, Vec2};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// What a file dialog was opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Target,
    Source,
    Open,
    Save,
}

/// Files chosen in dialogs, on their way back from the dialogs' threads.
type Picked = (Sender<(Purpose, PathBuf)>, Receiver<(Purpose, PathBuf)>);

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
    /// What the network was trained on, while there is one.
    trained_on: Option<FlowSpec>,
    trained_scheduler: Option<crate::flow::Scheduler>,
    cache: FieldCache,
    word: String,
    /// A message from a file dialog, a drop, or a save.
    message: Option<(Tone, String)>,
    /// A file was opened: it is read even if its name is the last one's.
    reload: bool,
    picked: Picked,
    last_frame: Option<Instant>,
    /// Between two pictures while time runs.
    frame_interval: Duration,
    /// When the last request was sent, and until when the sampler rests after it while training runs.
    sent: Option<Instant>,
    rest_until: Option<Instant>,
}

impl GridLab {
    /// A flow ready to be drawn, playing. `device` trains.
    ///
    /// # Errors
    /// If the flow can't be built or the system gives no threads.
    pub fn with_settings(ctx: &Context, device: Device, settings: Settings) -> anyhow::Result<Self> {
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
            trainer: TrainerThread::start(device, wake(ctx))?,
            path,
            path_spec,
            requested: None,
            requests: 0,
            trained_on: None,
            trained_scheduler: None,
            cache: FieldCache::default(),
            word,
            message: None,
            reload: false,
            picked: channel(),
            last_frame: None,
            frame_interval: Duration::ZERO,
            sent: None,
            rest_until: None,
        })
    }

    /// Takes over a whole set of settings, and plays it from the start.
    pub fn apply(&mut self, settings: Settings) {
        self.word = word_of(&settings);
        self.settings = settings;
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

    /// Whether nothing moves by itself: time stands, no thread works.
    pub fn is_settled(&self) -> bool {
        let sampler = self.sampler.status();
        let answered = self.requested.as_ref().is_some_and(|(request, _)| {
            sampler.result.as_ref().is_some_and(|r| r.request.id == request.id && r.summary.is_some())
                || sampler.run_error.is_some()
                || sampler.path_error.is_some()
        });
        answered && sampler.busy.is_none() && self.trainer.status().state != TrainState::Running
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
        self.start_training(None);
    }

    /// Stops training; the network stays.
    pub fn pause_training(&mut self) {
        self.trainer.pause();
    }

    fn start_training(&mut self, resume: Option<Checkpoint>) {
        let config = crate::train::TrainConfig { seed: self.settings.seed, ..self.settings.train };
        self.trainer.train(TrainJob {
            path: self.path.clone(),
            scheduler: self.settings.flow.scheduler,
            config,
            flow: self.settings.flow.to_string(),
            resume,
        });
        self.trained_on = Some(self.path_spec.clone());
        self.trained_scheduler = Some(self.settings.flow.scheduler);
        self.settings.show = Show::Learned;
        // What is being learned should be on the screen from the first step on.
        if !self.settings.views[..self.settings.panes].contains(&View::Sampled) {
            let views = [View::Mass, View::Sampled, View::Particles, View::Difference];
            self.settings.views = views;
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
        Panel::right("plots")
            .exact_size(theme::PLOTS_WIDTH)
            .resizable(false)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| plots(ui, self.scene(&sampler), &training));
        CentralPanel::default()
            .frame(Frame::new().fill(palette.background).inner_margin(Margin::same(8)))
            .show(ui, |ui| self.panes(ui, &sampler));
        self.request(&sampler, &training);
    }

    /// Takes what the threads have made.
    fn adopt(&mut self, sampler: &SamplerStatus, training: &TrainStatus) {
        if let Some((spec, path)) = sampler.path.as_ref().filter(|(_, path)| !Arc::ptr_eq(path, &self.path)) {
            (self.path_spec, self.path) = (spec.clone(), path.clone());
        }
        if training.state == TrainState::Idle {
            (self.trained_on, self.trained_scheduler) = (None, None);
        }
        if training.network.is_none() && training.state != TrainState::Running {
            self.settings.show = Show::Exact;
        }
        if self.trained_scheduler.is_some_and(|s| s != self.settings.flow.scheduler)
            && !matches!(training.state, TrainState::Idle | TrainState::Failed(_))
        {
            self.trained_scheduler = Some(self.settings.flow.scheduler);
            self.trainer.set_scheduler(self.settings.flow.scheduler);
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
        let result = sampler.result.as_ref().filter(|r| r.request.spec == self.path_spec);
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
        let foreign = training.network.is_some()
            && self.trained_on.as_ref().is_some_and(|spec| *spec != self.path_spec);
        let context = ControlContext {
            training,
            foreign_network: foreign,
            flow_error: error.as_deref(),
            actual_k: self.path.data_tokens(),
            renoises: self.path.renoises_from_marginals(),
            word: &mut self.word,
        };
        if let Some(action) = controls(ui, &mut self.settings, context) {
            self.act(action, training, ui.ctx());
        }
    }

    fn act(&mut self, action: Action, training: &TrainStatus, ctx: &Context) {
        match action {
            Action::Train => self.train(),
            Action::PauseTraining => self.pause_training(),
            Action::ResetTraining => self.trainer.reset(),
            Action::OpenTarget => self.pick(Purpose::Target, ctx),
            Action::OpenSource => self.pick(Purpose::Source, ctx),
            Action::OpenCheckpoint => self.pick(Purpose::Open, ctx),
            Action::SaveCheckpoint => {
                if training.checkpoint.is_some() {
                    self.pick(Purpose::Save, ctx);
                }
            }
        }
    }

    /// Opens a file dialog on a thread of its own: the window never waits.
    fn pick(&self, purpose: Purpose, ctx: &Context) {
        let (sender, ctx) = (self.picked.0.clone(), ctx.clone());
        let asked = std::thread::Builder::new().name("file dialog".to_owned()).spawn(move || {
            let dialog = rfd::FileDialog::new();
            let chosen = match purpose {
                Purpose::Target => dialog.add_filter("pmf or picture", &["npy", "csv", "png"]).pick_file(),
                Purpose::Source => dialog.add_filter("pmf", &["npy", "csv"]).pick_file(),
                Purpose::Open => dialog.add_filter("checkpoint", &["safetensors"]).pick_file(),
                Purpose::Save => dialog
                    .add_filter("checkpoint", &["safetensors"])
                    .set_file_name("flow.safetensors")
                    .save_file(),
            };
            if let Some(file) = chosen {
                // The lab may be gone by now.
                let _ = sender.send((purpose, file));
                ctx.request_repaint();
            }
        });
        if let Err(error) = asked {
            tracing::warn!("no thread for the file dialog: {error}");
        }
    }

    /// Files from dialogs and files dropped on the window.
    fn take_files(&mut self, ctx: &Context) {
        while let Ok((purpose, file)) = self.picked.1.try_recv() {
            match purpose {
                Purpose::Target => self.use_target(file),
                Purpose::Source => {
                    self.settings.flow.source = SourceSpec::File(file);
                    self.reload = true;
                    self.settings.reconcile();
                }
                Purpose::Open => self.open_checkpoint(&file),
                Purpose::Save => self.save_checkpoint(&file),
            }
        }
        let dropped = ctx.input(|i| i.raw.dropped_files.clone());
        for file in dropped.iter().map(|f| f.path().to_owned()) {
            let extension = file.extension().map(|e| e.to_string_lossy().to_lowercase());
            match extension.as_deref() {
                Some("npy" | "csv" | "png") => self.use_target(file),
                Some("safetensors") => self.open_checkpoint(&file),
                _ => {
                    let text = format!(
                        "{} was dropped: expected a pmf (.npy, .csv), a picture (.png) or a checkpoint (.safetensors)",
                        file.display()
                    );
                    self.message = Some((Tone::Error, text));
                }
            }
        }
    }

    fn use_target(&mut self, file: PathBuf) {
        let is_picture = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("png"));
        // A pmf brings its own K; a picture is averaged down to the present one.
        self.settings.flow.k = is_picture.then(|| self.settings.flow.k.unwrap_or(64));
        self.settings.flow.target = TargetSpec::File(file);
        self.settings.flow.invert = false;
        self.reload = true;
    }

    fn open_checkpoint(&mut self, file: &Path) {
        let read = Checkpoint::read(file).map_err(|e| e.to_string()).and_then(|checkpoint| {
            crate::train::fits(&checkpoint.recipe.network, &self.path)
                .map_err(|e| format!("{}: {e}", file.display()))?;
            Ok(checkpoint)
        });
        match read {
            Ok(checkpoint) => {
                self.start_training(Some(checkpoint));
                self.trainer.pause();
                let text = format!("{} loaded; Continue trains it further", file.display());
                self.message = Some((Tone::Plain, text));
            }
            Err(message) => self.message = Some((Tone::Error, message)),
        }
    }

    fn save_checkpoint(&mut self, file: &Path) {
        let Some(checkpoint) = self.trainer.status().checkpoint else { return };
        let file =
            if file.extension().is_some() { file.to_owned() } else { file.with_extension("safetensors") };
        let saved = checkpoint
            .to_bytes()
            .and_then(|bytes| atomic_write(&file, |out| out.write_all(&bytes)).map_err(|e| e.to_string()));
        self.message = Some(match saved {
            Ok(()) => (Tone::Plain, format!("saved {}", file.display())),
            Err(message) => (Tone::Error, message),
        });
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
        let show = self.settings.show;
        let network = training.network.clone().filter(|_| show == Show::Learned);
        if show == Show::Learned && network.is_none() {
            return;
        }
        let wanted = SampleRequest {
            id: 0,
            spec: self.settings.path_spec(),
            scheduler: self.settings.flow.scheduler,
            config: self.settings.effective_sampler(),
            show,
            epsilon: if show == Show::Exact { self.settings.epsilon } else { 0.0 },
            network,
            particles: self.settings.particles,
            seed: self.settings.seed,
            reload: self.reload,
        };
        if sampler.busy.is_some() {
            self.rest_until = None;
        } else if let (Some(sent), None) = (self.sent, self.rest_until) {
            // While a network trains, sampling it takes at most half of the time.
            self.rest_until = Some(Instant::now() + sent.elapsed());
        }
        let rested = training.state != TrainState::Running
            || self.rest_until.is_some_and(|until| Instant::now() >= until);
        let version = if show == Show::Learned { training.network_version } else { 0 };
        let send = match &self.requested {
            None => true,
            _ if self.reload => true,
            Some((last, _)) if !last.asks_the_same(&wanted) => true,
            // A newer network waits until the present run has got to its end.
            Some((_, last)) => *last != version && sampler.busy.is_none() && rested,
        };
        if send {
            self.requests += 1;
            let request = SampleRequest { id: self.requests, ..wanted };
            self.requested = Some((request.clone(), version));
            (self.sent, self.rest_until) = (Some(Instant::now()), None);
            self.reload = false;
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
mod tests {
    use super::*;
    use crate::flow::Scheduler;
    use crate::ui::presets::PRESETS;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    fn small() -> Settings {
        let mut settings = Settings { particles: 200, ..Settings::default() };
        settings.flow.k = Some(8);
        settings.sampler.steps = 8;
        (settings.train.batch, settings.train.hidden) = (64, 8);
        settings
    }

    fn lab(settings: Settings) -> Harness<'static, GridLab> {
        let ctx = Context::default();
        let lab = GridLab::with_settings(&ctx, Device::flex(), settings).expect("a lab");
        let mut harness = Harness::builder()
            .with_size(Vec2::new(1280.0, 1400.0))
            .with_context_setup(theme::install)
            .build_ui_state(|ui, lab: &mut GridLab| lab.ui(ui), lab);
        harness.state_mut().hold_at(0.5);
        harness
    }

    /// Steps the window until `wanted`; a minute is far more than any of it takes.
    fn until(harness: &mut Harness<'_, GridLab>, what: &str, wanted: impl Fn(&GridLab) -> bool) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            harness.step();
            if wanted(harness.state()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("never came: {what}");
    }

    #[test]
    fn panes_fill_the_area_without_overlap() {
        let area = Rect::from_min_size(egui::pos2(10.0, 20.0), Vec2::new(808.0, 608.0));
        for count in 1..=4 {
            let rects = pane_rects(area, count);
            assert_eq!(rects.len(), count);
            for (i, a) in rects.iter().enumerate() {
                assert!(area.expand(0.01).contains_rect(*a));
                assert!(rects[i + 1..].iter().all(|b| !a.shrink(0.1).intersects(*b)));
            }
        }
    }

    #[test]
    fn every_preset_is_drawn_and_comes_to_rest() {
        for preset in PRESETS {
            let mut harness = lab(preset.settings());
            until(&mut harness, preset.name, |lab| lab.is_settled());
            assert!(harness.state().sampler.status().run_error.is_none(), "{}", preset.name);
        }
    }

    #[test]
    fn choosing_the_mask_source_rebuilds_the_path_and_drops_transport() {
        let mut settings = small();
        settings.flow.coupling = crate::flow::Coupling::OptimalTransport(0.1);
        let mut harness = lab(settings);
        harness.step();
        harness.get_by_label("mask").click();
        until(&mut harness, "a mask path", |lab| lab.path.has_mask());
        assert_eq!(harness.state().settings.flow.coupling, crate::flow::Coupling::Independent);
        until(&mut harness, "a run on it", |lab| {
            lab.scene(&lab.sampler.status()).result.is_some_and(|r| r.summary.is_some())
        });
    }

    #[test]
    fn playing_moves_time_and_the_step_buttons_land_on_steps() {
        let mut harness = lab(small());
        harness.step();
        harness.get_by_label("One sampler step forward  (→)").click();
        harness.step();
        harness.step();
        assert_eq!(harness.state().playback.t, 0.625);
        harness.get_by_label("Play  (space)").click();
        until(&mut harness, "motion", |lab| lab.playback.t > 0.63);
        harness.get_by_label("Pause  (space)").click();
        until(&mut harness, "a pause", |lab| !lab.playback.playing);
    }

    #[test]
    fn training_runs_shows_itself_pauses_and_resets() {
        let mut harness = lab(small());
        harness.step();
        harness.get_by_label("Train").click();
        until(&mut harness, "learned mass", |lab| {
            let sampler = lab.sampler.status();
            let learned = sampler.result.as_ref().is_some_and(|r| r.request.show == Show::Learned);
            learned && lab.training().history.len() > 1
        });
        assert_eq!(harness.state().settings.show, Show::Learned);
        assert!(harness.state().settings.views.contains(&View::Sampled));
        harness.get_by_label("Pause").click();
        until(&mut harness, "a pause", |lab| lab.training().state == TrainState::Paused);
        // A scheduler can be changed under a trained network; a target makes it a stranger.
        harness.state_mut().settings.flow.scheduler = Scheduler::Cosine;
        until(&mut harness, "a new gap", |lab| {
            lab.trained_scheduler == Some(Scheduler::Cosine) && lab.training().history.len() == 1
        });
        harness.state_mut().settings.flow.target = TargetSpec::Moons;
        until(&mut harness, "moons", |lab| lab.path_spec.target == TargetSpec::Moons);
        until(&mut harness, "the warning", |lab| {
            lab.trained_on.as_ref().is_some_and(|spec| spec.target == TargetSpec::Checkerboard)
        });
        assert!(harness.query_by_label_contains("trained on another flow").is_some());
        harness.get_by_label("Reset: forget the network").click();
        until(&mut harness, "a reset", |lab| lab.training().state == TrainState::Idle);
        until(&mut harness, "the exact views", |lab| lab.settings.show == Show::Exact);
    }

    #[test]
    fn a_bad_file_is_reported_and_loses_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("bad.csv");
        std::fs::write(&file, "1,2\n3,-4\n").expect("write");
        let mut harness = lab(small());
        until(&mut harness, "a first run", |lab| lab.is_settled());
        let before = harness.state().path.clone();
        harness.state_mut().use_target(file.clone());
        until(&mut harness, "an error", |lab| lab.sampler.status().path_error.is_some());
        harness.step();
        assert!(harness.query_by_label_contains("has the negative value").is_some(), "the message says why");
        assert!(Arc::ptr_eq(&before, &harness.state().path), "the last good flow is still shown");
        // The same file, mended on disk and opened again, is read again.
        std::fs::write(&file, "1,2\n3,4\n").expect("write");
        harness.state_mut().use_target(file);
        until(&mut harness, "the mended file", |lab| lab.path.data_tokens() == 2);
    }

    #[test]
    fn a_checkpoint_can_be_saved_opened_and_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("flow.safetensors");
        let mut harness = lab(small());
        harness.state_mut().train();
        until(&mut harness, "a few steps", |lab| lab.training().step > 5);
        harness.state_mut().pause_training();
        until(&mut harness, "a pause", |lab| lab.training().state == TrainState::Paused);
        let steps = harness.state().training().step;
        harness.state_mut().save_checkpoint(&file);
        assert!(file.exists());
        harness.state_mut().trainer.reset();
        until(&mut harness, "a reset", |lab| lab.training().state == TrainState::Idle);
        harness.state_mut().open_checkpoint(&file);
        until(&mut harness, "the loaded network", |lab| {
            lab.training().network.is_some() && lab.training().state == TrainState::Paused
        });
        assert!(harness.state().training().step >= steps);
        std::fs::write(&file, b"no checkpoint").expect("write");
        harness.state_mut().open_checkpoint(&file);
        let message = harness.state().message.clone().expect("a message");
        assert!(message.0 == Tone::Error && message.1.contains("flow.safetensors"), "{}", message.1);
        assert!(harness.state().training().network.is_some(), "the network is still there");
    }
}
