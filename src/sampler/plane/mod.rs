//! Samplers on the plane: ODE methods, DDPM and DDIM, SDEs, jumps and superpositions, and how far they end from the target
//! (plane.md 2, 3, 5, 7).
//!
//! Reading order: [`PlaneSampler`] (what can be set), [`LinearStep`] (what most of them are), [`Walk`] (particles, step by
//! step).

mod adaptive;
mod answers;
mod coupling;
mod curve;
mod draw;
mod floors;
mod gap;
mod generator;
mod hops;
mod kl;
mod landing;
mod latent;
mod likelihood;
mod linear;
mod masses;
mod nodes;
mod numbers;
mod on_path;
mod pushed;
mod raster;
mod setting;
mod stepper;
#[cfg(test)]
mod tests;
mod walk;

pub use answers::{Answers, velocity_on};
pub use coupling::{
    CostShares, MOST_BATCH, MOST_PAIRS, MOST_REFLOWS, PlaneCoupling, Straightness, cost_shares, coupled_flow,
    independent_cost, loss_floor, minibatch_pairs, reflow_pairs, straightness, trajectory_pairs,
    transport_cost,
};
pub use curve::{
    CurveSetup, Measure, PlaneCurve, PlaneCurvePoint, PlaneCurves, Precision, even_starts, plane_curves,
};
pub use draw::{Points, draw_source, draw_target, stratified};
pub use floors::{sliced_floor, wasserstein_floor};
pub use gap::{CodesGap, GapLattice};
pub use hops::{Hop, hops};
pub use kl::kl_of_map;
pub use landing::Landing;
pub use latent::{curvatures_with_codes, draw_codes, loss_with_codes};
pub use likelihood::log_likelihood;
pub use linear::LinearStep;
pub use masses::{SamplerMasses, TV_CELLS, cell_masses, mixed_masses, sampler_masses, tv_cells, tv_reach};
pub use nodes::{DDPM_STEPS, DiffusionStart, Node, cosine_levels, ddpm_levels};
pub use on_path::MethodOnPath;
pub use pushed::{Pushed, pushed};
pub use raster::MassRaster;
pub use setting::{MOST_STEPS, Noise, PlaneMethod, PlaneSampler, PlaneTimes};
pub use stepper::{LinearRun, LinearStepper, NOISE, StepComponent, step_linear};
pub use walk::{JUMPS_END, PlaneSetup, Walk};
