//! One export with its flow built: what it shows, when, and of which run.

use crate::cli::console::Console;
use crate::cli::grid::export::args::ExportArgs;
use crate::cli::grid::export::runs::{Followed, RunSettings, error_only, trace};
use crate::cli::output::Kind;
use crate::cli::{CliError, GlobalArgs};
use crate::data::FlowSpec;
use crate::experiment::grid::DenoiserSpec;
use crate::figure::most_frames;
use crate::flow::{GridPath, Scheduler};
use crate::sampler::grid::{Extras, Method, Trace};
use crate::view;
use crate::view::grid::{SampledRun, Scene, Show, Subject, View};
use std::sync::Arc;

/// Frames of a timeline where nothing else is said.
const TIMELINE_FRAMES: usize = 48;

/// One export with its flow built.
pub(super) struct Job<'a> {
    pub(super) args: &'a ExportArgs,
    pub(super) global: &'a GlobalArgs,
    pub(super) kind: Kind,
    pub(super) spec: FlowSpec,
    pub(super) path: Arc<GridPath>,
    /// The schedulers of a curve.
    pub(super) schedulers: Vec<Scheduler>,
    /// The denoiser: of a run the exact one, where none is named.
    pub(super) denoiser: Option<DenoiserSpec>,
}

impl<'a> Job<'a> {
    pub(super) fn new(args: &'a ExportArgs, global: &'a GlobalArgs, kind: Kind) -> Result<Self, CliError> {
        let mut spec = args.flow.spec()?;
        let path = Arc::new(spec.path()?);
        // Written out, so that a figure says it and another default changes nothing.
        spec.k = Some(path.data_tokens());
        let named = args.schedulers.iter().flat_map(|list| &list.0).map(|named| named.on(&path));
        let named: Vec<Scheduler> =
            named.collect::<Result<_, _>>().map_err(|why| CliError::from(why).about("--schedulers"))?;
        let schedulers = if named.is_empty() { vec![spec.scheduler] } else { named };
        let mut job = Self { args, global, kind, spec, path, schedulers, denoiser: args.denoiser.clone() };
        if job.denoiser.is_none() && job.is_run() {
            job.denoiser = Some(DenoiserSpec::default());
        }
        Ok(job)
    }

    pub(super) fn show(&self) -> Show {
        self.denoiser.as_ref().map_or(Show::Exact, DenoiserSpec::show)
    }

    /// Whether what is shown comes from a run in steps.
    pub(super) fn is_run(&self) -> bool {
        let subject = self.args.view;
        let view = subject.view().is_some_and(|v| v != View::PosteriorError && v.needs_run(self.show()));
        // Only a run has particles to follow.
        view || self.args.follow.is_some() || matches!(subject, Subject::Distances | Subject::Log)
    }

    pub(super) fn methods(&self) -> Vec<Method> {
        if self.args.method.is_empty() { vec![Method::Exact] } else { self.args.method.clone() }
    }

    /// The denoisers of curves.
    pub(super) fn denoisers(&self) -> Vec<DenoiserSpec> {
        let named: Vec<_> = self.args.denoisers.iter().flat_map(|list| list.0.clone()).collect();
        if named.is_empty() { vec![self.denoiser.clone().unwrap_or_default()] } else { named }
    }

    pub(super) fn t(&self) -> f64 {
        self.args.t.unwrap_or(0.5)
    }

    /// How many particles there are.
    pub(super) fn particles(&self) -> usize {
        self.args.particles.unwrap_or(3000)
    }

    pub(super) fn times(&self) -> Vec<f64> {
        match self.args.view {
            Subject::View(_) => vec![self.t()],
            Subject::Strip(_) => view::grid::times(self.args.frames.unwrap_or(6)),
            Subject::Timeline(_) => {
                let room = self.lasts().map_or(TIMELINE_FRAMES, most_frames);
                view::grid::times(self.args.frames.unwrap_or(TIMELINE_FRAMES.min(room)))
            }
            _ => Vec::new(),
        }
    }

    /// How long a timeline takes, in ms.
    pub(super) fn lasts(&self) -> Option<u32> {
        self.args.seconds.map(|seconds| (1000.0 * seconds).round() as u32)
    }

    pub(super) fn scene<'b>(&'b self, run: Option<&'b (Trace, Option<usize>)>) -> Scene<'b> {
        Scene {
            path: &self.path,
            scheduler: self.spec.scheduler,
            t: self.t(),
            show: self.show(),
            corrector: self.args.stepping.config(Method::Exact, 1).corrector,
            part: self.args.part(),
            run: run.map(|(trace, estimated_from)| SampledRun {
                trace,
                scheduler: self.spec.scheduler,
                estimated_from: *estimated_from,
                shown_to: 1.0,
            }),
        }
    }

    /// How the run is made.
    pub(super) fn run_settings(&self) -> RunSettings {
        let args = self.args;
        let view = args.view.view();
        let cloud = view == Some(View::Particles) || args.follow.is_some() || view.is_none();
        let extras = view.map_or(Extras::default(), |view| view.extras(self.show()));
        RunSettings {
            config: args.stepping.config(self.methods()[0], args.steps.first().copied().unwrap_or(1)),
            extras: Extras { posterior_error: false, ..extras },
            // Only a cloud is worth more than one.
            particles: if cloud { self.particles() } else { 1 },
            seed: self.global.seed(),
        }
    }

    /// The frames that the view shows, if it shows a run.
    pub(super) fn trace(
        &self,
        console: &Console,
        followed: Followed,
    ) -> Result<Option<(Trace, Option<usize>)>, CliError> {
        self.trace_at(&self.times(), console, followed)
    }

    /// The frames at these times, which a strip or a timeline shows.
    pub(super) fn trace_at(
        &self,
        times: &[f64],
        console: &Console,
        followed: Followed,
    ) -> Result<Option<(Trace, Option<usize>)>, CliError> {
        let Some(spec) = self.denoiser.as_ref() else { return Ok(None) };
        let denoiser = spec.build(&self.path, self.global)?;
        let scheduler = self.spec.scheduler;
        if self.args.view.view() == Some(View::PosteriorError) {
            let errors = error_only(&self.path, scheduler, denoiser.as_ref(), times)?;
            return Ok(Some((errors, None)));
        }
        let times = if times.is_empty() { &[1.0] } else { times };
        let settings = self.run_settings();
        trace(&self.path, scheduler, denoiser.as_ref(), &settings, times, followed, console).map(Some)
    }
}
