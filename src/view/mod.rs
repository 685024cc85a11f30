//! What is shown: pure functions from path, denoiser and trace to values, charts and pictures.
//!
//! The window draws them and the command line writes them, so both always show the same. Nothing in here caches, draws or
//! knows a thread.

mod chart;
pub mod grid;
pub mod plane;
pub mod sequence;
mod table;

pub use chart::{Chart, Key, Reading};
pub use table::{Entry, Numbers, Table};
