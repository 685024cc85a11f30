//! Training a velocity on the plane, and how far it is from the best there is.

mod config;
mod data;
mod engine;
mod kept;
mod record;
mod thread;
mod trainer;

pub use crate::train::history::MOST_POINTS;
pub use config::PlaneTrainConfig;
pub use data::PlaneBatches;
pub use kept::KeptPlaneRun;
pub use record::{PlanePoint, PlaneRecord, PlaneTask, SourceRecord, TargetRecord};
pub use thread::{PlaneTrainJob, PlaneTrainLab, PlaneTrainNews, PlaneTrainStatus, PlaneTrainerThread};
pub use trainer::{PlaneTrainer, learned_latents};
