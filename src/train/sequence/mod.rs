//! Training denoisers of images and of texts.

mod batches;
mod classify;
mod config;
mod course;
mod early;
mod engine;
mod kept;
mod lab;
mod left;
mod losses;
mod memory;
mod pace;
mod record;
mod settings;
mod spare;
mod text;
mod thread;
mod trainer;

pub use classify::{ClassifierTrainer, pixels_of};
pub use config::{ImageTrainConfig, Mirror};
pub use course::{SequenceTrainer, StepReport, Subject};
pub use early::{EarlyRow, MOST_EARLY, RunNotes};
pub use kept::KeptSequenceRun;
pub use lab::{SequenceLab, SequenceNews, SequenceStatus};
pub use left::left_words;
pub use memory::{DeviceRoom, MemoryRoom, NoRoom, RunMemory, smaller_batch};
pub use pace::Pace;
pub use record::{RunRecord, SoFar};
pub use settings::ImageRunSettings;
pub use text::{
    EarlyText, KeptTextRun, Prompt, TextHeldOut, TextJob, TextRunSettings, TextTrainConfig, TextTrainNews,
    TextTrainStatus, TextTrainer, TextTrainerThread, TextTraining, Texts,
};
pub use thread::{ImageJob, ImageTrainNews, ImageTrainStatus, ImageTrainerThread, KeptImageRun};
pub use trainer::{HeldOut, ImageTrainer, ImageTraining, Images};
