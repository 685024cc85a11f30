//! Training a grid denoiser, and how far it is from the best there is.

mod config;
mod engine;
mod gap;
mod pairs;
mod thread;
mod trainer;

pub use config::{LossKind, TrainConfig, TrainError};
pub use gap::{Floors, GAP_NODES, Gap};
pub use pairs::{Batch, PairSampler};
pub use thread::{GapPoint, TrainJob, TrainState, TrainStatus, TrainerThread};
pub use trainer::{Trainer, TrainingRecord, fits};
