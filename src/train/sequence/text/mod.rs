//! Training networks that read: of any language, or of a real text.

mod batches;
mod config;
mod kept;
mod lab;
mod prompt;
mod settings;
mod thread;
mod trainer;

pub use config::TextTrainConfig;
pub use kept::KeptTextRun;
pub use lab::TextLab;
pub use prompt::Prompt;
pub use settings::TextRunSettings;
pub use thread::{TextJob, TextNotes, TextTrainNews, TextTrainStatus, TextTrainerThread};
pub use trainer::{EarlyText, TextHeldOut, TextStep, TextTrainer, TextTraining};
