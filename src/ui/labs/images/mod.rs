//! The image lab: a wall of images, denoised token by token.

mod canvas;
mod controls;
mod copies;
mod early;
mod exporting;
mod films;
mod infill;
mod lab;
mod layers;
mod looks;
mod measured;
mod needs;
mod plots;
mod presented;
mod questions;
mod runs;
mod sampler_thread;
mod seam;
mod steps;
mod training;
mod walls;

pub use lab::ImageLab;
pub use seam::ENTRY;
