//! Training denoisers: on the [`grid`], and of [`sequence`]s.

pub mod grid;
mod inbox;
mod keeper;
mod optimizer;
pub mod sequence;
mod state;
mod thread;

pub use keeper::{Keeper, MOST_RUNS, Mark, RunKeeping};
use state::is_out_of_memory;
pub use state::{TrainError, TrainState, note_out_of_memory};
pub use thread::{Board, Origin, Status, TrainingLab, TrainingThread, Trouble};
