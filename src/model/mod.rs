//! Networks that learn the posterior, and their files.

mod checkpoint;
mod container;
pub mod cpu_mlp;
mod gemm;
mod grid_mlp;
pub mod image;
mod image_model;
mod moments;
mod network;
mod quality;
pub mod simd;

pub use checkpoint::{Checkpoint, CheckpointError, Recipe, load_tensors, named_tensors};
pub use cpu_mlp::CpuMlp;
pub use grid_mlp::{GridMlp, GridMlpConfig};
pub use image_model::{ImageModel, ImageModelSpec, Images, Shipped};
pub use moments::Moments;
pub use network::{LogTable, NetworkDenoiser};
pub use quality::{Quality, floor, quality};
