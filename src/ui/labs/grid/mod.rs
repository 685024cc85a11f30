//! The grid lab: a discrete flow on K × K states, explored exactly and trained live.

mod compare;
mod controls;
mod currents;
mod curve_thread;
mod document;
mod editor;
mod experiment;
mod export;
mod fields;
mod history;
mod inspector;
mod lab;
mod pair;
mod pane;
mod particles;
mod plots;
mod runs;
mod sampler_thread;
mod settings;
mod square;
mod sweep_thread;
mod words;
mod zoom;

pub use document::Document;
pub use inspector::Look;
pub use lab::GridLab;
pub use settings::{Moves, Settings, TimeAxis, View};
