//! How far a sampler ends from the target, exactly: a whole pmf is pushed, so there is no Monte-Carlo noise (math.md 5.4).

use super::{Particles, PmfCarrier, SamplerConfig, Setup, histogram, run};
use crate::denoiser::grid::Denoiser;
use crate::flow::metrics::{Distances, tv, tv_noise_floor};
use crate::flow::{GridPath, Scheduler};
use crate::sampler::SamplerError;
use std::ops::ControlFlow;

/// One point of a curve of distance against the number of denoiser evaluations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Steps that were asked for.
    pub steps: usize,
    /// Denoiser evaluations.
    pub nfe: usize,
    /// Of the sampler's pmf to the target.
    pub distances: Distances,
    /// Steps whose probabilities had to be cut off at 1.
    pub clipped_steps: usize,
}

/// How far a run is from the path at one of its steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DistancesAt {
    /// The time.
    pub t: f64,
    /// TV of the particles to p_t.
    pub particles: f64,
    /// What as many perfect samples would show.
    pub floor: f64,
    /// TV of the sampler's whole pmf to p_t, its bias: no Monte-Carlo noise. None of one that is estimated.
    pub pushed: Option<f64>,
}

impl DistancesAt {
    /// Of both carriers of a run at `t`.
    pub fn of(
        path: &GridPath,
        scheduler: Scheduler,
        t: f64,
        (pushed, particles): &(PmfCarrier, Particles),
    ) -> Self {
        let p = path.pmf(scheduler.at(t));
        Self {
            t,
            particles: tv(&histogram(&particles.states, path.vocabulary()), &p),
            floor: tv_noise_floor(&p, particles.states.len()),
            pushed: pushed.estimated_from.is_none().then(|| tv(&pushed.pmf, &p)),
        }
    }
}

/// Runs the sampler on the whole pmf; `None` if `go_on` said no between two steps.
///
/// # Errors
/// As [`run`]'s.
pub fn curve_point(
    path: &GridPath,
    denoiser: &dyn Denoiser,
    scheduler: Scheduler,
    config: SamplerConfig,
    go_on: impl Fn() -> bool,
) -> Result<Option<CurvePoint>, SamplerError> {
    let mut pushed = PmfCarrier::new(path);
    let setup = Setup { path, scheduler, config };
    let flow = |go_on: bool| if go_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let summary = run(setup, denoiser, &mut pushed, |_, moment| flow(moment.posterior.is_none() || go_on()))?;
    Ok(summary.finished.then(|| CurvePoint {
        steps: config.steps,
        nfe: summary.nfe,
        distances: Distances::between(path.target(), &pushed.pmf),
        clipped_steps: summary.clipped_steps,
    }))
}
