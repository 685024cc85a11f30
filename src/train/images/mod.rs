//! Training a denoiser of images.

mod batches;
mod config;
mod trainer;

pub use config::ImageTrainConfig;
pub use trainer::{HeldOut, ImageTrainer, ImageTraining, StepReport};
