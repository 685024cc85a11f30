//! The grid's commands.

pub mod curve;
pub mod demo;
mod demo_figures;
mod denoiser;
pub mod eval;
pub mod export;
pub mod field;
mod field_figure;
pub(in crate::cli) mod figure;
mod flow_args;
mod measured_curves;
pub mod quantity;
pub mod sample;
mod step_args;
pub mod sweeps;
pub mod train;

pub use flow_args::FlowArgs;
pub use quantity::Quantity;
