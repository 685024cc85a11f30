//! The sampler thread: builds paths and runs samplers, always the newest request.

use crate::data::FlowSpec;
use crate::experiment::grid::DenoiserSpec;
use crate::flow::metrics::Distances;
use crate::flow::{GridPath, Scheduler};
use crate::gpu::DeviceStepper;
use crate::model::grid::NetworkDenoiser;
use crate::sampler::every_second;
use crate::sampler::grid::{
    DistancesAt, Extras, Particles, PmfCarrier, SamplerConfig, Setup, Stepper, Summary, Trace, TraceRecorder,
    run, spans,
};
use crate::ui::job::{Job, Progress, Status};
use crate::view::grid::Show;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Frames kept of a run: bounds the memory, and is more than a timeline has pixels to tell apart.
const MOST_FRAMES: usize = 257;
/// Numbers in the tables of all frames of the traces together: 48 MB. Twice as many may be there at once, those that
/// are shown and their successors.
const MOST_NUMBERS: usize = 6_000_000;
/// A run is given up for a newer request after this time: a quick one ends first, so that its views follow a slider
/// that is being dragged instead of standing still until it is let go. A request for another path ends it at once: all
/// views wait for that path.
const PATIENCE: Duration = Duration::from_millis(150);
/// A run in progress is shown this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(60);

/// What to sample.
#[derive(Clone)]
pub struct SampleRequest {
    /// Counts up.
    pub id: u64,
    /// The path, without scheduler.
    pub spec: FlowSpec,
    /// The scheduler.
    pub scheduler: Scheduler,
    /// The sampler.
    pub config: SamplerConfig,
    /// Which denoiser.
    pub denoiser: DenoiserSpec,
    /// The network that is shown, if one is.
    pub network: Option<Arc<NetworkDenoiser>>,
    /// How many particles.
    pub particles: usize,
    /// Their seed.
    pub seed: u64,
    /// What the frames hold besides: what the views show.
    pub extras: Extras,
    /// Counts up when a file is opened: the path is then built anew even if its spec is the last one's.
    pub reloads: u64,
    /// How many runs share the memory for frames: this one, and those of other threads.
    pub runs: usize,
    /// Where particles are stepped instead of on the CPU. They are the same ones, bit for bit.
    pub stepper: Option<DeviceStepper>,
}

impl SampleRequest {
    /// Whether both ask for a run on the same path.
    fn shares_the_path(&self, other: &Self) -> bool {
        (&self.spec, self.reloads) == (&other.spec, other.reloads)
    }

    /// Which of the two kinds of denoisers it asks for.
    pub fn show(&self) -> Show {
        self.denoiser.show()
    }

    /// Whether both ask for the same run but for the network's weights.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        self.shares_the_path(other)
            && self.scheduler == other.scheduler
            && self.config == other.config
            && self.denoiser == other.denoiser
            && (self.particles, self.seed) == (other.particles, other.seed)
            && self.extras == other.extras
            && self.runs == other.runs
    }
}

/// A run as far as it is.
#[derive(Clone)]
pub struct SampleResult {
    /// The request it answers.
    pub request: SampleRequest,
    /// The path it ran on.
    pub path: Arc<GridPath>,
    /// The frames.
    pub trace: Trace,
    /// Distances of each frame.
    pub stats: Vec<DistancesAt>,
    /// Cost, once done.
    pub summary: Option<Summary>,
    /// The sampler's pmf against the target, once done; none of one that is estimated.
    pub final_distances: Option<Distances>,
    /// Of how many particles the frames' pmf is the histogram, where the exact one would take too long.
    pub estimated_from: Option<usize>,
}

/// What the thread has found.
#[derive(Clone, Default)]
pub struct Sampled {
    /// The newest path that could be built, what it was built from, and at which count of reloads.
    pub path: Option<(FlowSpec, Arc<GridPath>, u64)>,
    /// Why the newest spec could not be built.
    pub path_error: Option<(FlowSpec, String)>,
    /// The newest run.
    pub result: Option<Arc<SampleResult>>,
    /// Where the steps of the newest run start, and 1: the adaptive rule may take a million of them on a metric path.
    pub steps: Option<Arc<[f64]>>,
}

/// What the thread last said; its error is why the newest run failed.
pub type SamplerStatus = Status<Sampled>;

/// Builds paths and runs samplers.
pub type SamplerThread = Job<SampleRequest, Sampled>;

impl SamplerThread {
    /// Starts the thread with a path that is already there. `wake` is called after every change of the status.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn with_path(
        first: Option<(FlowSpec, Arc<GridPath>)>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let first = Sampled { path: first.map(|(spec, path)| (spec, path, 0)), ..Sampled::default() };
        Self::start("sampler", first, wake, |request, progress| {
            let Some(path) = path(&request, progress) else { return Ok(()) };
            sample(&request, &path, progress)
        })
    }
}

type Work<'a> = Progress<'a, SampleRequest, Sampled>;

/// The path of a request, built if it is another one than the last.
fn path(request: &SampleRequest, progress: &Work<'_>) -> Option<Arc<GridPath>> {
    let SampleRequest { spec, reloads, .. } = request;
    let known = progress.look(|said| said.path.clone());
    if let Some((_, path, _)) = known.filter(|(of, _, at)| of == spec && at == reloads) {
        progress.say(|said| said.path_error = None);
        return Some(path);
    }
    match spec.path_while(&|| progress.goes_on_unless(|next| !next.shares_the_path(request))) {
        Ok(None) => None,
        Ok(Some(path)) => {
            let path = Arc::new(path);
            progress.say(|said| {
                said.path = Some((spec.clone(), path.clone(), *reloads));
                said.path_error = None;
            });
            Some(path)
        }
        Err(error) => {
            progress.say(|said| said.path_error = Some((spec.clone(), error.to_string())));
            None
        }
    }
}

fn sample(request: &SampleRequest, path: &Arc<GridPath>, progress: &Work<'_>) -> Result<(), String> {
    let denoiser = request.denoiser.on(path, request.network.as_deref())?;
    let v = path.vocabulary();
    let Extras { net, displacement, posterior_error } = request.extras;
    let tables = 1 + 2 * (usize::from(net) + usize::from(displacement)) + usize::from(posterior_error);
    let frames = (MOST_NUMBERS / request.runs.max(1) / (tables * v * v)).clamp(2, MOST_FRAMES);
    let mut recorder = TraceRecorder::new(path, request.scheduler, frames).with(request.extras);
    let mut stats = Vec::new();
    let stepper = request.stepper.clone().map(|stepper| Box::new(stepper) as Box<dyn Stepper>);
    let particles = Particles::new(path, request.particles, request.seed).on(stepper);
    let mut carrier = (PmfCarrier::new(path), particles);
    let setup = Setup { path, scheduler: request.scheduler, config: request.config };
    let steps = spans(&request.config, path, request.scheduler).map_err(|e| e.to_string())?;
    let times = steps.iter().map(|span| span.t).chain([1.0]).collect();
    progress.say(|said| said.steps = Some(times));
    let start = Instant::now();
    let mut shown = start;
    let summary = run(setup, &*denoiser, &mut carrier, |carrier, moment| {
        let impatient = start.elapsed() > PATIENCE;
        if !progress.goes_on_unless(|next| impatient || !next.shares_the_path(request)) {
            return ControlFlow::Break(());
        }
        let recorded = recorder.record(carrier, moment);
        if recorded.thinned {
            every_second(&mut stats);
        }
        if recorded.kept {
            stats.push(DistancesAt::of(path, request.scheduler, moment.t, carrier));
        }
        if shown.elapsed() > PUBLISH_EVERY {
            let estimated_from = carrier.0.estimated_from;
            show(request, path, (&recorder.trace, &stats), estimated_from, None, progress);
            shown = Instant::now();
        }
        ControlFlow::Continue(())
    })
    .map_err(|e| e.to_string())?;
    if summary.finished {
        let estimated_from = carrier.0.estimated_from;
        let distances = Distances::between(path.target(), &carrier.0.pmf);
        let end = (summary, estimated_from.is_none().then_some(distances));
        show(request, path, (&recorder.trace, &stats), estimated_from, Some(end), progress);
    }
    Ok(())
}

fn show(
    request: &SampleRequest,
    path: &Arc<GridPath>,
    (trace, stats): (&Trace, &[DistancesAt]),
    estimated_from: Option<usize>,
    end: Option<(Summary, Option<Distances>)>,
    progress: &Work<'_>,
) {
    let (summary, final_distances) = (end.map(|(summary, _)| summary), end.and_then(|(_, d)| d));
    progress.say(|said| {
        // A run in progress must not wipe out a finished one of the same setting: while a network trains, its mass
        // at the end of the path stays visible until the next run has got there.
        let replaces = summary.is_some()
            || said.result.as_ref().is_none_or(|old| {
                old.summary.is_none() || !old.request.asks_the_same(request) || !Arc::ptr_eq(&old.path, path)
            });
        if replaces {
            said.result = Some(Arc::new(SampleResult {
                request: request.clone(),
                path: path.clone(),
                trace: trace.clone(),
                stats: stats.to_vec(),
                summary,
                final_distances,
                estimated_from,
            }));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TargetSpec;
    use crate::latest::testing::eventually;
    use crate::sampler::grid::Method;

    fn request(id: u64, spec: FlowSpec) -> SampleRequest {
        SampleRequest {
            id,
            spec,
            scheduler: Scheduler::Linear,
            config: SamplerConfig { steps: 8, ..SamplerConfig::default() },
            denoiser: DenoiserSpec::Oracle,
            network: None,
            particles: 500,
            seed: 1,
            extras: Extras::default(),
            reloads: 0,
            runs: 1,
            stepper: None,
        }
    }

    fn wait_for(
        thread: &SamplerThread,
        what: &str,
        wanted: impl Fn(&SamplerStatus) -> bool,
    ) -> SamplerStatus {
        eventually(what, || Some(thread.status()).filter(&wanted))
    }

    #[test]
    fn builds_paths_runs_and_reports_what_it_cannot_build() {
        let thread = SamplerThread::with_path(None, || {}).expect("thread");
        let good = FlowSpec { k: Some(8), ..FlowSpec::default() };
        thread.ask(request(1, good.clone()));
        let done = wait_for(&thread, "a run", |s| s.result.as_ref().is_some_and(|r| r.summary.is_some()));
        let result = done.said.result.expect("a result");
        assert_eq!((result.request.id, result.trace.frames.len(), result.stats.len()), (1, 9, 9));
        assert!(
            result.stats.iter().all(|s| s.particles < 3.0 * s.floor + s.pushed.unwrap_or(1.0) + 0.02),
            "{:?}",
            result.stats
        );

        let bad = FlowSpec { target: TargetSpec::File("nowhere.npy".into()), ..good.clone() };
        thread.ask(request(2, bad));
        let failed = wait_for(&thread, "an error", |s| s.path_error.is_some());
        let (_, why) = failed.path_error.as_ref().expect("an error");
        assert!(why.contains("nowhere.npy"), "{why}");
        assert!(failed.path.is_some(), "the last good path stays");

        // Too many states for the trapezoidal rule's exact pmf: particles run, and nothing claims to be exact.
        let config = SamplerConfig { method: Method::Trapezoidal, steps: 3, ..SamplerConfig::default() };
        let wide = FlowSpec { k: Some(40), ..good.clone() };
        thread.ask(SampleRequest { config, ..request(5, wide) });
        let done = wait_for(&thread, "particles", |s| {
            s.result.as_ref().is_some_and(|r| r.request.id == 5 && r.summary.is_some())
        });
        let result = done.said.result.expect("a result");
        assert_eq!((done.error, result.estimated_from), (None, Some(500)));
        assert_eq!((result.final_distances, result.stats.len()), (None, 4));
        assert!(result.stats[1..].iter().all(|s| s.pushed.is_none()));
        let histogram = result.trace.particles.states(3, usize::MAX);
        assert_eq!(crate::sampler::grid::histogram(&histogram, 40), result.trace.frames[3].pmf);
        assert_eq!(*done.said.steps.expect("steps"), [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]);

        thread.ask(SampleRequest {
            denoiser: DenoiserSpec::Checkpoint("a.safetensors".into()),
            ..request(3, good.clone())
        });
        let untrained = wait_for(&thread, "a message", |s| s.error.is_some());
        assert!(untrained.error.expect("a message").contains("Train"));
        thread.ask(request(4, good));
        wait_for(&thread, "recovery", |s| {
            s.error.is_none() && s.result.as_ref().is_some_and(|r| r.request.id == 4)
        });
    }
}
