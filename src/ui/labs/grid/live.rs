//! One experiment: its settings, the path they make, and the thread that samples it.

use super::controls::unusable;
use super::curve_thread::{CurveRequest, CurveThread};
use super::fields::{FieldCache, SideScene};
use super::sampler_thread::{SampleRequest, SamplerStatus, SamplerThread};
use super::sweep_thread::{SweepRequest, SweepThread};
use crate::data::{Drawing, FlowSpec, K_MAX, SourceSpec, TargetSpec};
use crate::experiment::grid::CurveChoice;
use crate::experiment::grid::Settings;
use crate::flow::{Coupling, GridPath, Scheduler};
use crate::gpu::DeviceStepper;
use crate::sampler::grid::{CurveCost, too_slow_to_push};
use crate::train::TrainState;
use crate::train::grid::{TrainStatus, fits};
use crate::ui::editor::{Built, Subject};
use crate::ui::lab::Wake;
use crate::view::grid::Show;
use ndarray::s;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Settings and what has been made of them so far.
pub struct LiveSide {
    /// What the user has set.
    pub settings: Settings,
    /// The newest path that could be built.
    pub path: Arc<GridPath>,
    /// What it was built from.
    pub path_spec: FlowSpec,
    /// The kinetic-optimal scheduler for it; a metric path has none.
    pub kinetic: Option<Scheduler>,
    /// The word being typed for a drawn target.
    pub word: String,
    /// The fields behind its panes.
    pub cache: FieldCache,
    /// Builds paths and samples.
    pub sampler: SamplerThread,
    /// Where its particles are stepped instead of on the CPU.
    pub stepper: Option<DeviceStepper>,
    /// Curves of TV against NFE.
    pub curves: CurveThread,
    /// Sweeps at a held time.
    pub sweeps: SweepThread,
    /// The settings of the last request, to see what changed.
    requested: Option<(SampleRequest, u64)>,
    requests: u64,
    /// How many files were opened: each is read, even if its name is the last one's.
    reloads: u64,
    /// When the last request was sent, and until when the sampler rests after it while training runs.
    sent: Option<Instant>,
    rest_until: Option<Instant>,
}

impl LiveSide {
    /// An experiment ready to be drawn. Settings whose flow can't be built, such as a file that is gone, or takes long
    /// begin on another path; the thread builds theirs, or says why it can't.
    ///
    /// # Errors
    /// If no path at all can be built or the system gives no thread.
    pub fn new(wake: &Wake, settings: Settings) -> anyhow::Result<Self> {
        let (path_spec, path) = first_path(&settings)?;
        let waking = || {
            let wake = wake.clone();
            move || wake.wake()
        };
        let curves = CurveThread::of_samplers(waking())?;
        let sweeps = SweepThread::of_paths(waking())?;
        let sampler = SamplerThread::with_path(Some((path_spec.clone(), path.clone())), waking())?;
        Ok(Self {
            word: word_of(&settings),
            settings,
            kinetic: path.kinetic_scheduler().ok(),
            path,
            path_spec,
            cache: FieldCache::default(),
            sampler,
            stepper: None,
            curves,
            sweeps,
            requested: None,
            requests: 0,
            reloads: 0,
            sent: None,
            rest_until: None,
        })
    }

    /// Takes over other settings.
    pub fn set(&mut self, settings: Settings) {
        self.word = word_of(&settings);
        self.settings = settings;
    }

    /// Takes over another flow.
    pub fn set_flow(&mut self, flow: FlowSpec) {
        self.settings.flow = flow;
        self.word = word_of(&self.settings);
    }

    /// The settings as they can be read again. A flow that was typed but can't be read, such as a word with letters that
    /// no font has, is left out for the last one that could be built.
    pub fn storable(&self) -> Settings {
        let target = &self.settings.flow.target;
        if matches!(target, TargetSpec::Drawn { .. }) || target.to_string().parse().as_ref() == Ok(target) {
            return self.settings.clone();
        }
        let flow = FlowSpec { scheduler: self.settings.flow.scheduler, ..self.path_spec.clone() };
        Settings { flow, ..self.settings.clone() }
    }

    /// A target from a file.
    pub fn use_target(&mut self, file: PathBuf) {
        let is_picture = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("png"));
        // A pmf brings its own K; a picture is averaged down to the present one.
        self.settings.flow.k = is_picture.then(|| self.settings.flow.k.unwrap_or(64));
        self.settings.flow.target = TargetSpec::File(file);
        self.settings.flow.invert = false;
        self.reloads += 1;
    }

    /// A source from a file.
    pub fn use_source(&mut self, file: PathBuf) {
        self.settings.flow.source = SourceSpec::File(file);
        self.settings.reconcile();
        self.reloads += 1;
    }

    /// Takes the path that the thread has built.
    pub fn adopt(&mut self, sampler: &SamplerStatus) {
        if let Some((spec, path, _)) =
            sampler.path.as_ref().filter(|(_, path, _)| !Arc::ptr_eq(path, &self.path))
        {
            (self.path_spec, self.path) = (spec.clone(), path.clone());
            self.kinetic = path.kinetic_scheduler().ok();
        }
        // The kinetic-optimal scheduler follows the path, one that undoing brings back too.
        if let (Scheduler::Kinetic(_), Some(kinetic)) = (self.settings.flow.scheduler, self.kinetic) {
            self.settings.flow.scheduler = kinetic;
        }
    }

    /// What the views at time `t` are made from, by itself.
    pub fn scene<'a>(&'a self, sampler: &'a SamplerStatus, t: f64) -> SideScene<'a> {
        // A run on another path has other states; it is not mixed with this one.
        let result = sampler.result.as_ref().filter(|r| Arc::ptr_eq(&r.path, &self.path));
        SideScene { path: &self.path, settings: &self.settings, result, t, shown_to: 1.0 }
    }

    /// The times of the sampler's steps: those of the run that is shown or on its way, which its thread has found. Until
    /// there is one for the present setting, those of the last.
    pub fn step_times(&self) -> Arc<[f64]> {
        self.sampler.look(|status| status.steps.clone()).unwrap_or_else(|| Arc::from([0.0, 1.0]))
    }

    /// Asks for sweeps at the time `t` if the present setting makes any.
    pub fn request_sweeps(&mut self, t: f64) {
        let sweeps = self.settings.effective_sampler().sweeps;
        if sweeps.count > 0 && self.path.metric().is_none() {
            let kappa = self.settings.flow.scheduler.at(t);
            self.sweeps.ask_anew(SweepRequest { path: self.path.clone(), kappa, share: sweeps.share });
        }
    }

    /// Why the flow that is set could not be built, if so.
    pub fn flow_error(&self, sampler: &SamplerStatus) -> Option<String> {
        let wanted = self.settings.path_spec();
        sampler.path_error.as_ref().filter(|(spec, _)| *spec == wanted).map(|(_, why)| why.clone())
    }

    /// Whether the network was trained on another flow than the one that is shown.
    pub fn is_foreign(&self, training: &TrainStatus) -> bool {
        let same_content =
            |path: &GridPath| path.target() == self.path.target() && path.noise() == self.path.noise();
        match (&training.network, &training.path, &training.flow) {
            (Some(_), Some(path), _) => {
                (path.coupling(), path.conditional()) != (self.path.coupling(), self.path.conditional())
                    || !same_content(path)
            }
            // A run that was kept has no path before it goes on.
            (Some(_), None, Some(flow)) => {
                // What a drawing is called makes it no other flow.
                let content = |flow: &FlowSpec| FlowSpec {
                    scheduler: Scheduler::default(),
                    target: flow.target.clone().unnamed(),
                    ..flow.clone()
                };
                content(flow) != content(&self.path_spec)
            }
            _ => false,
        }
    }

    /// Why the network can't be asked about the present path, if there is one.
    pub fn misfit(&self, training: &TrainStatus) -> Option<String> {
        let network = training.network.as_ref()?;
        let why = fits(&network.config(), &self.path).err()?;
        Some(format!("The network was trained on another flow and does not fit this one: {why}."))
    }

    /// Whether the newest request was answered, well or with an error, and nothing is under way.
    pub fn is_settled(&self, training: &TrainStatus) -> bool {
        let sampler = self.sampler.status();
        let answered = self.requested.as_ref().is_some_and(|(request, version)| {
            let newest = request.show() == Show::Exact || *version == training.network_version;
            newest
                && sampler.result.as_ref().is_some_and(|r| r.request.id == request.id && r.summary.is_some())
        });
        let failed = sampler.error.is_some() || sampler.path_error.is_some();
        let busy = sampler.busy || self.curves.is_busy() || self.sweeps.is_busy();
        (answered || failed) && !busy
    }

    /// Why a view can't show what it should, if so.
    pub fn problem(&self) -> Option<String> {
        let sampler = self.sampler.status();
        sampler.error.or(sampler.said.path_error.map(|(_, why)| why))
    }

    /// Asks for curves when something they depend on has changed. While a network trains they rest: each would be of
    /// another network before it is done.
    fn request_curves(&mut self, training: &TrainStatus) {
        let learned = self.settings.show == Show::Learned;
        let network = training.network.clone().filter(|_| learned);
        if learned && (network.is_none() || training.state == TrainState::Running) {
            return;
        }
        let usable = |method| {
            unusable(method, &self.settings).is_none() && too_slow_to_push(method, &self.path).is_none()
        };
        let temperature = self.settings.effective_sampler().temperature;
        let slow = CurveCost { path: &self.path, network: learned, temperature }.is_slow();
        // Where a step takes long, other methods are compared but not other schedulers and correctors.
        let few = CurveChoice { methods: self.settings.curves.methods.clone(), ..CurveChoice::none() };
        let choice = if slow { &few } else { &self.settings.curves };
        self.curves.ask_anew(CurveRequest {
            path: self.path.clone(),
            denoiser: self.settings.denoiser(),
            network: network.map(|network| (network, training.network_version)),
            samplers: choice.samplers(&self.settings, usable),
        });
    }

    /// Asks for a new run when something it depends on has changed. `runs` runs share the memory for frames.
    pub fn request(&mut self, sampler: &SamplerStatus, training: &TrainStatus, runs: usize) {
        self.request_curves(training);
        let network = training.network.clone().filter(|_| self.settings.show == Show::Learned);
        // Until there is a network the exact denoiser keeps the path and the clock going.
        let (denoiser, version) = match &network {
            Some(_) => (self.settings.denoiser(), training.network_version),
            None => (self.settings.exact_denoiser(), 0),
        };
        let wanted = SampleRequest {
            id: 0,
            spec: self.settings.path_spec(),
            scheduler: self.settings.flow.scheduler,
            config: self.settings.effective_sampler(),
            denoiser,
            network,
            particles: self.settings.particles,
            seed: self.settings.seed,
            extras: self.settings.extras(),
            reloads: self.reloads,
            runs,
            stepper: self.stepper.clone(),
        };
        if sampler.busy {
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
            Some((_, last)) => *last != version && !sampler.busy && rested,
        };
        if send {
            self.requests += 1;
            let request = SampleRequest { id: self.requests, ..wanted };
            self.requested = Some((request.clone(), version));
            (self.sent, self.rest_until) = (Some(Instant::now()), None);
            self.sampler.ask(request);
        }
    }
}

/// The path of the settings where it is quick and can be built, else one that can.
fn first_path(settings: &Settings) -> anyhow::Result<(FlowSpec, Arc<GridPath>)> {
    let wanted = settings.path_spec();
    // Transport is solved by iteration: seconds on a large grid, which the first picture must not wait for.
    let quick = !matches!(wanted.coupling, Coupling::OptimalTransport(_));
    if let Some(path) = quick.then(|| wanted.path().ok()).flatten() {
        return Ok((wanted, Arc::new(path)));
    }
    let other = Settings::default().path_spec();
    let path = other.path()?;
    Ok((other, Arc::new(path)))
}

/// The word of a drawn target, for its text field.
fn word_of(settings: &Settings) -> String {
    match &settings.flow.target {
        TargetSpec::Text(word) => word.clone(),
        _ => String::new(),
    }
}
/// A target and whether a picture's bright parts are its mass.
pub type Drawable = (TargetSpec, bool);

impl Subject for LiveSide {
    type Target = Drawable;

    const MOST_CELLS: usize = K_MAX;

    fn built(&self) -> Option<Built> {
        (self.path_spec == self.settings.path_spec()).then(|| self.path.clone() as Built)
    }

    fn shown(&self) -> Option<(Drawing, Drawable)> {
        let k = self.path.data_tokens();
        let spec = &self.path_spec;
        let drawing = match &spec.target {
            TargetSpec::Drawn { drawing, .. } => drawing.resampled(k),
            _ => Drawing::from_weights(&self.path.target().slice(s![..k, ..k]).to_owned()),
        };
        Some((drawing.ok()?, (spec.target.clone(), spec.invert)))
    }

    fn target(&self) -> Drawable {
        (self.settings.flow.target.clone(), self.settings.flow.invert)
    }

    fn drawn(drawing: Drawing, name: &str) -> Drawable {
        (TargetSpec::Drawn { drawing, name: name.to_owned() }, false)
    }

    fn name((target, _): &Drawable) -> &str {
        target.drawn_name().unwrap_or_default()
    }

    fn set(&mut self, (target, invert): Drawable, k: usize) {
        let flow = &mut self.settings.flow;
        (flow.target, flow.k, flow.invert) = (target, Some(k), invert);
    }

    /// A pmf from a file has one K only.
    fn resize(&mut self, k: usize) -> bool {
        let flow = &mut self.settings.flow;
        flow.k = flow.k.map(|_| k);
        flow.k.is_some()
    }
}
