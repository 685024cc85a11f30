//! The grid lab: a discrete flow on K × K states, explored exactly and trained live.

mod controls;
mod currents;
mod curve_thread;
mod editor;
mod experiment;
mod export;
mod fields;
mod files;
mod inspector;
mod lab;
mod pane;
mod particles;
mod plots;
mod runs;
mod sampler_thread;
mod settings;
mod square;
mod timeline;
mod zoom;

pub use inspector::Look;
pub use lab::GridLab;
pub use settings::{Moves, Settings, View};
