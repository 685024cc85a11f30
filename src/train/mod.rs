//! Training denoisers: on the [`grid`], and of [`sequence`]s.

pub mod grid;
mod inbox;
mod optimizer;
pub mod sequence;
mod state;

pub use state::{TrainError, TrainState};
