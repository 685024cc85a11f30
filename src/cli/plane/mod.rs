//! The plane's commands.

pub mod curve;
pub mod export;
pub mod field;
pub mod figure;
mod flow_args;
pub mod sample;

pub use flow_args::PlaneFlowArgs;
