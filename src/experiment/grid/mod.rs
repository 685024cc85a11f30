//! What can be set in the grid lab.

pub mod command;
mod curves;
mod document;
mod figure;
mod look;
mod presets;
mod settings;
mod words;
mod zoom;

pub use curves::{CurveChoice, Sampler};
pub use document::{Document, Side};
pub use figure::{GridFigure, GridView, Sampling, carried, corrector_words, sampler_words};
pub use look::Look;
pub use presets::{PRESETS, Preset};
pub use settings::{Moves, Settings};
pub use words::{differences, flow_words, number, scheduler_words};
pub use zoom::Zoom;
