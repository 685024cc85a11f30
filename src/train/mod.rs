//! Training denoisers: on the [`grid`], on the [`plane`], and of [`sequence`]s.

mod device;
pub mod grid;
mod history;
mod inbox;
mod keeper;
mod optimizer;
pub mod plane;
pub mod sequence;
mod state;
mod thread;

pub use history::add_point;
pub use keeper::{Keeper, MOST_RUNS, Mark, RunKeeping};
use state::is_out_of_memory;
pub use state::{TrainError, TrainState, note_out_of_memory};
pub use thread::{Board, Origin, Status, TrainingLab, TrainingThread, Trouble};
