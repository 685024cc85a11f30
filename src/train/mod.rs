//! Training denoisers: on the [`grid`], and of [`sequence`]s.

mod adam_rule;
pub mod grid;
mod inbox;
pub mod sequence;
mod state;

pub use state::{TrainError, TrainState};
