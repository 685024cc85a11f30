//! Flows on the plane: flow matching, diffusion, jumps and discrete latents beside the discrete flow, in closed form.
//!
//! Reading order: [`AffinePath`] (how noise and data are mixed), [`Mixture`] and [`Boxes`] (between what), [`PlaneFlow`] and
//! [`PlaneAt`] (everything exact at one time). Times run from 0 (noise) to 1 (data), x₁ is data and x₀ noise, standard
//! deviations are standard deviations and not variances. [`plane`](math) has the formulae and where they come from: comments
//! cite it as plane.md, by section.

mod assignment;
pub mod axis;
mod boxes;
mod cells;
mod covariance;
mod disco;
mod distance;
mod exact;
mod fields;
mod jumps;
mod masses;
#[doc = include_str!("plane.md")]
pub mod math {}
mod mixture;
mod moving;
pub mod normal;
mod oblong;
mod path;
mod products;
mod rectangles;
#[cfg(test)]
pub(crate) mod tests;

pub use assignment::{assignment, squared_distances};
pub use boxes::Boxes;
pub use cells::{Blend, CellEdges, CellsAt, MOST_CELLS, NO_AXIS_JUMPS};
pub use covariance::Covariance;
pub use disco::{Latents, MOST_CODES, gumbel_softmax};
pub use distance::{
    Mmd, histogram, kernel_mean, mmd, normal_lattice, normal_spiral, rms_distance, sliced_wasserstein,
    wasserstein,
};
pub use exact::{MOST_PRODUCTS, Pairs, PlaneAt, PlaneFlow, PlaneSource, PlaneTarget};
pub use fields::{Fields, PointFields};
pub use jumps::{AxisJump, jump_chance, jump_constant};
pub use mixture::{Component, FURTHEST, Gaussian, LEAST_SD, MOST_COMPONENTS, MOST_SD, Mixture};
pub use moving::{MovingComponent, MovingLaw, MovingMixture};
pub use oblong::{GaussianPair, OblongComponent};
pub use path::{AffinePath, PathPoint};
pub use products::{Products, ProductsAt};
