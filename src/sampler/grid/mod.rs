//! Sampling on the grid: walking two tokens from noise to data with any [`crate::denoiser::grid::Denoiser`] (math.md 5).
//!
//! [`SamplerConfig`] says how, [`spans`] when, `step` with which transition kernel; [`run`] carries either
//! [`Particles`] or a whole pmf ([`PmfCarrier`], no Monte-Carlo noise) through the steps.

mod carrier;
mod config;
mod curve;
mod curves;
mod events;
mod maskgit;
mod midpoint;
mod outgoing;
mod run;
mod span;
mod step;
mod stepping;
mod sweep;
mod sweep_curves;
mod trace;
mod trapezoid;
mod two_stage;

pub use carrier::{Carrier, Particles, PmfCarrier, histogram};
pub use config::{MOST_SWEEPS, Method, SamplerConfig, Sweeps};
pub use curve::{CurvePoint, DistancesAt, curve_point};
pub use curves::{Curve, CurveCost, Sampler, extend_curves};
pub use events::{CTMC_END, EventSpan};
pub use outgoing::{NoRates, Outgoing};
pub use run::{Moment, Setup, Summary, run};
pub use span::{FINAL_STRETCH, rates, spans};
pub use step::{Stage, StepKernel, step_kernel};
pub use stepping::{AxisTable, Key, StepTables, Stepper, step_particles};
pub use sweep::{HeldSweeps, MOST_ITERATIONS, SweepBias, sweep_bias, sweep_kernel};
pub use sweep_curves::{SHOWN_SWEEPS, SweepCurves};
pub use trace::{Extras, Frame, FrameExtras, Jump, PosteriorError, Recorded, Trace, TraceRecorder, Way};
use two_stage::MOST_LOOKED_AHEAD;
pub use two_stage::{MOST_PUSHED, TwoStage, too_slow_to_push};
