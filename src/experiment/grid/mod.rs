//! What can be set in the grid lab.

pub mod command;
mod curves;
mod denoiser;
mod document;
mod figure;
mod look;
mod presets;
mod settings;
mod words;
mod zoom;

pub use curves::CurveChoice;
pub use denoiser::{AnyDenoiser, DenoiserSpec, NETWORK_FILE, is_checkpoint};
pub use document::Document;
pub use figure::{GridFigure, GridView, Sampling, carried, sampler_words};
pub use look::Look;
pub use presets::PRESETS;
pub use settings::{Moves, Settings};
pub use words::{change, differences, flow_words, number, scheduler_words};
pub use zoom::Zoom;
