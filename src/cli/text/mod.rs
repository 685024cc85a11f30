//! The commands about texts.

mod args;
mod asked;
pub mod code;
pub mod curve;
mod curve_perplexity;
mod curve_truth;
pub mod data;
mod drawn;
pub mod eval;
mod eval_file;
mod eval_network;
pub mod export;
mod export_flags;
pub mod field;
pub mod figure;
mod judge;
pub mod sample;
mod sample_page;
pub mod train;
mod train_run;
mod truths;
