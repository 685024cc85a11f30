//! Training denoisers of images and of texts.

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
mod text;
mod thread;
mod trainer;

pub use classify::{ClassifierTrainer, pixels_of};
pub use config::{ImageTrainConfig, Mirror};
pub use early::{EarlyRow, MOST_EARLY, RunNotes};
pub use kept::KeptImageRun;
pub use left::left_words;
pub use memory::{DeviceRoom, MemoryRoom, NoRoom, RunMemory, smaller_batch};
pub use settings::ImageRunSettings;
pub use text::{
    EarlyText, KeptTextRun, Prompt, TextHeldOut, TextJob, TextLab, TextNotes, TextRunSettings, TextStep,
    TextTrainConfig, TextTrainNews, TextTrainStatus, TextTrainer, TextTrainerThread, TextTraining,
};
pub use thread::{ImageJob, ImageLab, ImageTrainNews, ImageTrainStatus, ImageTrainerThread};
pub use trainer::{HeldOut, ImageTrainer, ImageTraining, StepReport};
