//! Training networks that read: of any language, or of a real text.

mod batches;
mod config;
mod prompt;
mod settings;
mod thread;
mod trainer;

pub use config::TextTrainConfig;
pub use prompt::Prompt;
pub use settings::TextRunSettings;
pub use thread::{KeptTextRun, TextJob, TextTrainNews, TextTrainStatus, TextTrainerThread};
pub use trainer::{EarlyText, TextHeldOut, TextTrainer, TextTraining, Texts};
