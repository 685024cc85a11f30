//! What can be set in each lab, and the one form in which it is written down.

mod difference;
pub mod grid;
pub mod images;
mod pace;

pub use difference::{Change, Difference, between, step_in_words};
pub use pace::{Pace, TimeAxis, along, time_at};
