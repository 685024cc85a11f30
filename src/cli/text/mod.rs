//! The commands about texts.

mod args;
mod asked;
pub mod curve;
pub mod eval;
mod eval_network;
pub mod field;
pub mod figure;
pub mod sample;
pub mod train;
mod train_run;
