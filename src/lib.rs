//! DFM Explorer: an instrument for seeing discrete flow matching on small state spaces, exactly.
//!
//! One sentence is the whole design, read from left to right:
//!
//! ```text
//! target pmf ──► path (κ-scheduler, source, coupling) ──► Denoiser ──► step kernel ──► trace ──► view, figure, metric
//! ```

pub mod flow;
pub mod denoiser;
pub mod sampler;
pub mod model;
pub mod train;
