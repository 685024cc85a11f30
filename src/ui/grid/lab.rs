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
        Panel::right("plots")
            .exact_size(theme::PLOTS_WIDTH)
            .resizable(false)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| plots(ui, self.scene(&sampler), &training, sampler.run_error.as_deref()));
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
mod tests {
    use super::*;
    use crate::latest::testing::eventually;
    use crate::sampler::{PmfCarrier, Setup, run};
    use crate::ui::presets::PRESETS;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use std::ops::ControlFlow;

    fn small() -> Settings {
        let mut settings = Settings { particles: 200, ..Settings::default() };
        settings.flow.k = Some(8);
        settings.sampler.steps = 8;
        (settings.train.batch, settings.train.hidden) = (64, 8);
        settings
    }

    fn lab(settings: Settings) -> Harness<'static, GridLab> {
        let ctx = Context::default();
        let lab = GridLab::new(&ctx, Device::flex(), None, settings).expect("a lab");
        let mut harness = Harness::builder()
            .with_size(Vec2::new(1280.0, 1400.0))
            .with_context_setup(theme::install)
            .build_ui_state(|ui, lab: &mut GridLab| lab.ui(ui), lab);
        harness.state_mut().hold_at(0.5);
        harness
    }

    fn until(harness: &mut Harness<'_, GridLab>, what: &str, wanted: impl Fn(&GridLab) -> bool) {
        eventually(what, || {
            harness.step();
            wanted(harness.state()).then_some(())
        });
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
            lab.gap_scheduler == Some(Scheduler::Cosine) && lab.training().history.len() == 1
        });
        assert!(harness.query_by_label_contains("trained on another flow").is_none());
        harness.state_mut().settings.flow.target = TargetSpec::Moons;
        until(&mut harness, "moons", |lab| lab.path_spec.target == TargetSpec::Moons);
        harness.step();
        assert!(harness.query_by_label_contains("trained on another flow").is_some());
        // So does another keep rate, on which the network is asked at that rate's κ̃.
        harness.state_mut().settings.flow.target = TargetSpec::Checkerboard;
        harness.state_mut().settings.flow.coupling = crate::flow::Coupling::Keep(0.5);
        until(&mut harness, "a run with kept tokens", |lab| {
            let status = lab.sampler.status();
            let kept = |r: &super::super::sampler_thread::SampleResult| {
                r.path.coupling() == crate::flow::Coupling::Keep(0.5) && r.request.show == Show::Learned
            };
            status.result.is_some_and(|r| kept(&r) && r.summary.is_some())
        });
        let status = harness.state().sampler.status();
        let result = status.result.expect("the run");
        let mut expected = PmfCarrier::new(&result.path);
        let network = result.request.network.as_ref().expect("a network").on(&result.path);
        let setup = Setup { path: &result.path, scheduler: Scheduler::Cosine, config: result.request.config };
        run(setup, &network, &mut expected, |_, _| ControlFlow::Continue(())).expect("the same run");
        let shown = &result.trace.frames.last().expect("frames").pmf;
        let error = (shown - &expected.pmf).iter().fold(0.0f64, |m, d| m.max(d.abs()));
        assert!(error < 1e-12, "{error:e} {:?} {:?}", result.request.scheduler, result.request.config);
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
    fn a_file_that_grew_is_opened_again_under_every_view() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("target.npy");
        let write = |k: usize| {
            crate::data::write_npy_f64(&file, &[k, k], &vec![1.0; k * k]).expect("write");
        };
        write(8);
        let mut settings = small();
        settings.views = [View::Sampled, View::Difference, View::Currents, View::Divergence];
        let mut harness = lab(settings);
        harness.state_mut().use_target(file.clone());
        until(&mut harness, "8 × 8", |lab| lab.path.data_tokens() == 8 && lab.is_settled());
        harness.state_mut().train();
        until(&mut harness, "a learned run", |lab| {
            lab.sampler.status().result.is_some_and(|r| r.request.show == Show::Learned)
        });
        write(16);
        harness.state_mut().use_target(file);
        until(&mut harness, "16 × 16", |lab| lab.path.data_tokens() == 16);
        for _ in 0..20 {
            harness.step();
        }
        assert!(harness.query_by_label_contains("trained on another flow").is_some());
    }

    #[test]
    fn a_checkpoint_brings_its_flow_and_a_bad_one_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("flow.safetensors");
        let mut settings = small();
        settings.flow.target = TargetSpec::Rings;
        let mut harness = lab(settings);
        until(&mut harness, "rings", |lab| lab.is_settled());
        harness.state_mut().train();
        until(&mut harness, "a few steps", |lab| lab.training().step > 5);
        harness.state_mut().pause_training();
        until(&mut harness, "a pause", |lab| lab.training().state == TrainState::Paused);
        harness.state_mut().use_file(Ok((Purpose::Save, file.clone())));
        until(&mut harness, "the file", |_| file.exists());
        harness.state_mut().apply(small());
        harness.state_mut().trainer.reset();
        until(&mut harness, "a reset", |lab| lab.training().state == TrainState::Idle);
        harness.state_mut().use_file(dropped_file(file.clone()));
        until(&mut harness, "the network on its own flow", |lab| {
            lab.path_spec.target == TargetSpec::Rings && lab.training().network.is_some() && lab.is_settled()
        });
        assert_eq!(harness.state().settings.show, Show::Learned);
        assert!(harness.query_by_label_contains("trained on another flow").is_none());
        std::fs::write(&file, b"no checkpoint").expect("write");
        harness.state_mut().use_file(dropped_file(file));
        until(&mut harness, "a refusal", |lab| {
            lab.message
                .as_ref()
                .is_some_and(|(tone, text)| *tone == Tone::Error && text.contains("flow.safetensors"))
        });
        assert!(harness.state().training().network.is_some(), "the network is still there");
        harness.state_mut().use_file(dropped_file("notes.txt".into()));
        assert!(harness.state().message.as_ref().is_some_and(|(_, text)| text.contains("notes.txt")));
    }

    #[test]
    fn a_paused_window_asks_for_no_pictures() {
        let mut harness = lab(small());
        until(&mut harness, "rest", |lab| lab.is_settled());
        // A few more for animations of the toolkit itself.
        for _ in 0..30 {
            harness.step();
        }
        assert!(!harness.ctx.has_requested_repaint(), "{:?}", harness.ctx.repaint_causes());
    }
}
