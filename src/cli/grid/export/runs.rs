//! The runs behind exported views.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::denoiser::grid::Denoiser;
use crate::flow::{GridPath, Scheduler, counted};
use crate::sampler::History;
use crate::sampler::grid::{
    DistancesAt, Extras, Frame, FrameExtras, Particles, PmfCarrier, PosteriorError, SamplerConfig, Setup,
    Trace, TraceRecorder, run as walk, spans,
};
use crate::view::grid::TRAIL_FRAMES;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Frames kept of a run for a strip or an animation.
const MOST_FRAMES: usize = 1001;
/// Numbers of all frames together: about 200 MB.
const MOST_NUMBERS: usize = 25_000_000;

/// How a run is made.
pub struct RunSettings {
    /// The sampler.
    pub config: SamplerConfig,
    /// What frames hold besides.
    pub extras: Extras,
    /// How many.
    pub particles: usize,
    /// Their seed.
    pub seed: u64,
}

/// How much of a run is kept for a single time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// The steps just before it.
    Last,
    /// All from the start on, for a particle that is followed.
    Whole,
}

/// Runs up to the last of `times`, and keeps what views at these times need: for a single one the steps that `followed`
/// says, else steps spread evenly. Besides: of how many particles the pmf is the histogram, where the exact one would take
/// too long.
///
/// # Errors
/// If the settings are out of range or the denoiser fails.
pub fn trace(
    path: &Arc<GridPath>,
    scheduler: Scheduler,
    denoiser: &dyn Denoiser,
    settings: &RunSettings,
    times: &[f64],
    followed: Followed,
    console: &Console,
) -> Result<(Trace, Option<usize>), CliError> {
    let v = path.vocabulary();
    let end = times.iter().copied().fold(0.0, f64::max) + 1e-9;
    let single = times.len() == 1 && followed == Followed::Last;
    let kept = (MOST_NUMBERS / (5 * v * v)).clamp(2, MOST_FRAMES);
    // What a single time needs are its step and those that trails look back on.
    let steps = spans(&settings.config, path, scheduler)?;
    let reached = steps.iter().map(|span| span.t).chain([1.0]).filter(|t| *t <= end).count();
    let first = if single { reached.saturating_sub(TRAIL_FRAMES + 1) } else { 0 };
    let most = if single { usize::MAX } else { kept };
    let mut recorder = TraceRecorder::new(path, scheduler, most).with(settings.extras);
    let mut carrier = (PmfCarrier::new(path), Particles::new(path, settings.particles, settings.seed));
    let setup = Setup { path, scheduler, config: settings.config };
    let bar = console.bar(steps.len() as u64, "{bar:40} step {pos} of {len}  {eta} left");
    walk(setup, denoiser, &mut carrier, |carrier, moment| {
        bar.set_position(moment.done as u64);
        if moment.t > end {
            return ControlFlow::Break(());
        }
        if moment.done >= first {
            recorder.record(carrier, moment);
        }
        ControlFlow::Continue(())
    })?;
    bar.finish_and_clear();
    if let Some(count) = carrier.0.estimated_from {
        console.warn(&format!(
            "the exact pmf of {} takes too long here: what is shown of it is the histogram of {}",
            settings.config.method,
            counted(count, "particle")
        ));
    }
    Ok((recorder.trace, carrier.0.estimated_from))
}

/// How far a run is from the path at its steps, or evenly spread ones of a long run.
///
/// # Errors
/// If the settings are out of range or the denoiser fails.
pub fn distances(
    path: &Arc<GridPath>,
    scheduler: Scheduler,
    denoiser: &dyn Denoiser,
    settings: &RunSettings,
    console: &Console,
) -> Result<Vec<DistancesAt>, CliError> {
    let steps = spans(&settings.config, path, scheduler)?.len();
    let stride = steps.div_ceil(MOST_FRAMES).max(1);
    let mut carrier = (PmfCarrier::new(path), Particles::new(path, settings.particles, settings.seed));
    let setup = Setup { path, scheduler, config: settings.config };
    let bar = console.bar(steps as u64, "{bar:40} step {pos} of {len}  {eta} left");
    let mut found = Vec::new();
    walk(setup, denoiser, &mut carrier, |carrier, moment| {
        bar.set_position(moment.done as u64);
        if moment.done % stride == 0 || moment.t >= 1.0 {
            found.push(DistancesAt::of(path, scheduler, moment.t, carrier));
        }
        ControlFlow::Continue(())
    })?;
    bar.finish_and_clear();
    Ok(found)
}

/// Frames that hold nothing but the denoiser's error at `times`: it depends on no run.
///
/// # Errors
/// If the denoiser fails.
pub fn error_only(
    path: &GridPath,
    scheduler: Scheduler,
    denoiser: &dyn Denoiser,
    times: &[f64],
) -> Result<Trace, CliError> {
    let mut frames = Vec::with_capacity(times.len());
    for (step, &t) in times.iter().enumerate() {
        let kappa = scheduler.at(t);
        let error = PosteriorError::new(path, kappa, &denoiser.posterior(kappa)?);
        let pmf = path.pmf(kappa);
        let extras = FrameExtras { posterior_error: Some(error), ..FrameExtras::default() };
        frames.push(Arc::new(Frame { step, t, pmf, extras }));
    }
    Ok(Trace { frames, particles: History::default(), total_steps: times.len() })
}
