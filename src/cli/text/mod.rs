//! The commands about texts.

mod args;
mod asked;
pub mod code;
pub mod curve;
pub mod data;
pub mod eval;
mod eval_file;
mod eval_network;
pub mod field;
pub mod figure;
mod judge;
pub mod sample;
pub mod train;
mod train_run;
mod truths;
