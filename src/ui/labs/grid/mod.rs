//! The grid lab: a discrete flow on K × K states, explored exactly and trained live.

mod controls;
mod currents;
mod curve_thread;
mod export;
mod fields;
mod history;
mod inspector;
mod lab;
mod live;
mod pane;
mod particles;
mod plots;
mod presented;
mod runs;
mod sampler_thread;
mod seam;
mod sides;
mod sweep_thread;
mod zoom;

pub use lab::GridLab;
pub use seam::ENTRY;
