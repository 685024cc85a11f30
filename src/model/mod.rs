//! Networks that learn the posterior, and their files: of the [`grid`], and of [`sequence`]s.

mod file;
mod gemm;
pub mod grid;
mod image_model;
pub mod sequence;

pub use file::{Arrays, ModelFileError, gather, parts};
pub use image_model::{ImageModel, ImageModelSpec, Images, Shipped};
