//! Samplers: walking from noise to data with any [`crate::denoiser::Denoiser`] (math.md 5).
//!
//! [`SamplerConfig`] says how, [`spans`] when, [`step`] with which transition kernel; [`run`] carries either
//! [`Particles`] or a whole pmf ([`PmfCarrier`], no Monte-Carlo noise) through the steps. [`sequence`] does the same with
//! sequences of any length.

mod carrier;
mod config;
mod curve;
mod events;
mod history;
mod maskgit;
mod midpoint;
mod odds;
mod outgoing;
mod run;
pub mod sequence;
mod span;
mod step;
mod stepping;
mod sweep;
mod trace;
mod trapezoid;
mod two_stage;

pub use carrier::{Carrier, Particles, PmfCarrier, histogram};
pub use config::{
    CHOICE_TEMPERATURE, CorrectorBy, GEOMETRIC_END, MOST_SWEEPS, Method, SamplerConfig, Sweeps, TimeGrid,
};
pub use curve::{CurvePoint, DistancesAt, curve_point};
pub use events::{CTMC_END, EventSpan};
pub use history::{Cell, History};
pub use outgoing::{NoRates, Outgoing};
pub use run::{Moment, Setup, Summary, run};
pub use span::{FINAL_STRETCH, Span, rates, spans};
pub use step::{Stage, StepKernel, step_kernel};
pub use stepping::{AxisTable, Key, StepTables, Stepper, step_particles};
pub use sweep::{HeldSweeps, MOST_ITERATIONS, SweepBias, sweep_bias, sweep_kernel};
pub use trace::{
    Extras, Frame, FrameExtras, Jump, PosteriorError, Recorded, Trace, TraceRecorder, Way, every_second,
};
use two_stage::MOST_LOOKED_AHEAD;
pub use two_stage::{MOST_PUSHED, TwoStage, too_slow_to_push};

/// Why a sampler could not run.
#[derive(Debug, thiserror::Error)]
pub enum SamplerError {
    /// A setting outside its range or without meaning for this path.
    #[error(transparent)]
    Setting(#[from] crate::flow::FlowError),
    /// The adaptive rule would need more steps than is sensible.
    #[error("the adaptive step needs more than {0} steps with these settings; weaken the corrector")]
    TooManySteps(usize),
    /// Given tokens, or a number of sequences, that do not fit the denoiser.
    #[error("{0}")]
    Sequences(String),
    /// The denoiser failed.
    #[error("the denoiser failed: {0}")]
    Denoiser(#[source] anyhow::Error),
}
