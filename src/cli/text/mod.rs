//! The commands about texts.

mod args;
pub mod curve;
pub mod eval;
pub mod field;
pub mod sample;
pub mod train;
mod train_run;
