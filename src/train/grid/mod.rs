//! Training a grid denoiser, and how far it is from the best there is.

mod config;
mod early;
mod engine;
mod gap;
mod kept;
mod pairs;
mod thread;
mod trainer;

pub use config::{LossKind, TrainConfig};
pub use early::{EARLY_SECONDS, EARLY_STEPS, EarlyMoment, EarlySample, early_sample};
pub use gap::{Floors, GAP_NODES, Gap};
pub use kept::KeptRun;
pub use pairs::{Batch, PairSampler};
pub use thread::{GapPoint, GridLab, TrainJob, TrainNews, TrainStatus, TrainerThread};
pub use trainer::{Trainer, TrainingRecord, fits};
