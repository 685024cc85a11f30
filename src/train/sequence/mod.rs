//! Training a denoiser of images.

mod batches;
mod classify;
mod config;
mod thread;
mod trainer;

pub use classify::{ClassifierTrainer, pixels_of};
pub use config::{ImageTrainConfig, Mirror};
pub use thread::{ImageJob, ImageLab, ImageTrainNews, ImageTrainStatus, ImageTrainerThread};
pub use trainer::{HeldOut, ImageTrainer, ImageTraining, StepReport};
