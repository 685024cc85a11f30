//! Samplers on the plane: ODE methods, DDPM and DDIM, SDEs, jumps and superpositions, and how far they end from the target
//! (plane.md 2, 3, 5, 7).
//!
//! Reading order: [`PlaneSampler`] (what can be set), [`LinearStep`] (what most of them are), [`Walk`] (particles, step by
//! step).

mod adaptive;
mod draw;
mod landing;
mod linear;
mod nodes;
mod numbers;
mod setting;
#[cfg(test)]
mod tests;
mod walk;

pub use draw::{Points, draw_source, draw_target, stratified};
pub use landing::Landing;
pub use linear::LinearStep;
pub use nodes::{DDPM_STEPS, Node, cosine_levels, ddpm_levels};
pub use setting::{MOST_STEPS, Noise, PlaneMethod, PlaneSampler, PlaneTimes};
pub use walk::{JUMPS_END, PlaneSetup, Walk};
