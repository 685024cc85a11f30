//! The thread that trains on the plane.

mod lab;
#[cfg(test)]
mod tests;

use super::{KeptPlaneRun, PlanePoint, PlaneTask};
use crate::flow::plane::Latents;
use crate::model::plane::PlaneNetwork;
use crate::train::RunKeeping;
use crate::train::thread::{Status, TrainingThread};
use burn::tensor::Device;
pub use lab::PlaneTrainLab;
use std::path::PathBuf;
use std::sync::Arc;

/// What to train.
pub enum PlaneTrainJob {
    /// A new network.
    Fresh(Box<PlaneTask>),
    /// The network of a file, on the flow it was trained on. It waits to be told to go on.
    File(PathBuf),
    /// The run of this number, which was kept: it goes on where it was, in its own file.
    Kept(u64),
}

/// What the trainer says of a run on the plane.
#[derive(Clone, Default)]
pub struct PlaneTrainNews {
    /// Steps done.
    pub step: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// The last batch's loss: noise around the loss.
    pub batch_loss: Option<f64>,
    /// The curves since the run began, thinned out.
    pub history: Arc<Vec<PlanePoint>>,
    /// The newest network.
    pub network: Option<Arc<PlaneNetwork>>,
    /// Counts up with every new network.
    pub network_version: u64,
    /// The table that its encoder has learned so far, of a network with codes.
    pub latents: Option<Arc<Latents>>,
    /// What is learned.
    pub task: Option<Arc<PlaneTask>>,
    /// Step and gap of the best network so far.
    pub best: Option<(u64, f64)>,
    /// The runs that were kept when the thread was started, the one written last at the end.
    pub kept: Arc<Vec<KeptPlaneRun>>,
    /// Whether those have been looked for.
    pub knows_kept: bool,
    /// Whether the training device failed and the CPU took over.
    pub device_lost: bool,
}

/// What the trainer last said.
pub type PlaneTrainStatus = Status<PlaneTrainNews>;

/// Owns the trainer thread; dropping it ends the thread.
pub type PlaneTrainerThread = TrainingThread<PlaneTrainLab>;

impl PlaneTrainerThread {
    /// Starts the thread, as [`TrainingThread::launch`] does, to train on `device`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        device: Device,
        keeping: Option<RunKeeping>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        Self::launch(keeping, wake, |board| Ok(PlaneTrainLab::new(device, board.clone())))
    }
}
