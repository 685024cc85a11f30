//! The commands about images.

mod args;
mod classifier_args;
mod compare;
pub mod eval;
pub mod eval_copies;
pub mod eval_matrix;
pub mod eval_nfe;
pub mod figure;
pub mod sample;
mod sample_files;
pub mod train;
pub mod train_classifier;
mod train_run;
