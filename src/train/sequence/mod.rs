//! Training a denoiser of images.

mod batches;
mod classify;
mod config;
mod early;
mod engine;
mod kept;
mod left;
mod losses;
mod memory;
mod settings;
mod spare;
mod thread;
mod trainer;

pub use classify::{ClassifierTrainer, pixels_of};
pub use config::{ImageTrainConfig, Mirror};
pub use early::{EarlyRow, MOST_EARLY, RunNotes};
pub use kept::KeptImageRun;
pub use left::left_words;
pub use memory::{DeviceRoom, MemoryRoom, NoRoom, RunMemory, smaller_batch};
pub use settings::ImageRunSettings;
pub use thread::{ImageJob, ImageLab, ImageTrainNews, ImageTrainStatus, ImageTrainerThread};
pub use trainer::{HeldOut, ImageTrainer, ImageTraining, StepReport};
