//! The image lab: a wall of images, denoised token by token.

mod canvas;
mod controls;
mod exporting;
mod films;
mod infill;
mod lab;
mod layers;
mod measured;
mod plots;
mod presets;
mod questions;
mod reopen;
mod sampler_thread;
mod settings;
mod steps;
mod training;
mod walls;
mod words;

pub use infill::{Base, KeptInfill};
pub use lab::ImageLab;
pub use presets::{IMAGE_PRESETS, ImagePreset};
pub use reopen::Shown;
pub use settings::{ImageSettings, MOST_IMAGES, SideSettings};
