//! Training networks that read: of any language, or of a real text.

mod batches;
mod config;
mod prompt;
mod record;
mod settings;
mod thread;
mod trainer;

pub use config::TextTrainConfig;
pub use prompt::Prompt;
pub use record::{EarlyText, TextHeldOut, TextTraining};
pub use settings::TextRunSettings;
pub use thread::{KeptTextRun, TextJob, TextTrainNews, TextTrainStatus, TextTrainerThread};
pub use trainer::{TextTrainer, Texts};
