//! Training a grid denoiser, and how far it is from the best there is.

mod adam_rule;
mod config;
mod early;
mod engine;
mod gap;
pub mod images;
mod inbox;
mod keeper;
mod kept;
mod pairs;
mod thread;
mod trainer;

pub use config::{LossKind, TrainConfig, TrainError};
pub use early::{EARLY_SECONDS, EARLY_STEPS, EarlyMoment, EarlySample, early_sample};
pub use gap::{Floors, GAP_NODES, Gap};
pub use keeper::RunKeeping;
pub use kept::{KeptRun, MOST_RUNS};
pub use pairs::{Batch, PairSampler};
pub use thread::{GapPoint, TrainJob, TrainState, TrainStatus, TrainerThread};
pub use trainer::{Trainer, TrainingRecord, fits};
