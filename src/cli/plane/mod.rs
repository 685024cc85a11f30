//! The plane's commands.

pub mod checkpoint;
pub mod curve;
pub mod eval;
pub mod export;
pub mod field;
pub mod figure;
mod flow_args;
pub mod sample;
pub mod train;

pub use flow_args::PlaneFlowArgs;
