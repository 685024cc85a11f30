//! The thread that trains on the grid.

mod lab;

use super::{EarlySample, Gap, KeptRun, TrainConfig};
use crate::data::FlowSpec;
use crate::flow::{GridPath, Scheduler};
use crate::model::grid::NetworkDenoiser;
use crate::train::RunKeeping;
use crate::train::thread::{Status, TrainingThread};
use burn::tensor::Device;
pub use lab::GridLab;
use std::path::PathBuf;
use std::sync::Arc;

/// What to train.
pub enum TrainJob {
    /// A new network.
    Fresh {
        /// The path data are drawn from, that of `flow`.
        path: Arc<GridPath>,
        /// The flow; the gap is measured with its scheduler.
        flow: FlowSpec,
        /// The settings.
        config: TrainConfig,
    },
    /// The network of a checkpoint, on the flow it was trained on. It waits to be told to go on.
    File(PathBuf),
    /// The run of this number, which was kept: it goes on where it was, in its own file.
    Kept(u64),
}

/// One point of the gap curve.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct GapPoint {
    /// Steps done.
    pub step: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// The exact figures.
    pub gap: Gap,
}

/// What the trainer says of a run on the grid.
#[derive(Clone, Default)]
pub struct TrainNews {
    /// Steps done.
    pub step: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// The last batch's loss, nats per token: noise around the loss.
    pub batch_loss: Option<f32>,
    /// The gap since the run began, thinned out to at most [`MOST_POINTS`].
    pub history: Arc<Vec<GapPoint>>,
    /// The newest network.
    pub network: Option<Arc<NetworkDenoiser>>,
    /// Counts up with every new network.
    pub network_version: u64,
    /// The flow that is learned.
    pub flow: Option<FlowSpec>,
    /// The path of that flow, as it was read when the run began.
    pub path: Option<Arc<GridPath>>,
    /// Its early samples so far.
    pub early: Arc<Vec<EarlySample>>,
    /// The runs that were kept when the thread was started, the one written last at the end.
    pub kept: Arc<Vec<KeptRun>>,
    /// Whether those have been looked for.
    pub knows_kept: bool,
    /// The settings of the run.
    pub config: Option<TrainConfig>,
    /// Whether the training device failed and the CPU took over.
    pub device_lost: bool,
}

/// What the trainer last said.
pub type TrainStatus = Status<TrainNews>;

pub use crate::train::history::MOST_POINTS;

/// Owns the trainer thread; dropping it ends the thread.
pub type TrainerThread = TrainingThread<GridLab>;

impl TrainerThread {
    /// Starts the thread, as [`TrainingThread::launch`] does, to train on `device`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        device: Device,
        keeping: Option<RunKeeping>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        Self::launch(keeping, wake, |board| GridLab::new(device, board.clone()))
    }

    /// Measures the gap with another scheduler from now on; the network is not retrained.
    pub fn set_scheduler(&self, scheduler: Scheduler) {
        self.order(scheduler);
    }
}

#[cfg(test)]
mod tests;
