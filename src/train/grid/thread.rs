//! The trainer thread: steps while it may, and says how far it is.

mod work;

use super::{EarlySample, Gap, KeptRun, RunKeeping, TrainConfig};
use crate::data::FlowSpec;
use crate::flow::{GridPath, Scheduler};
use crate::model::grid::NetworkDenoiser;
use crate::train::TrainState;
use crate::train::inbox::Inbox;
use burn::tensor::Device;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use work::Work;

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

/// Orders that have not been carried out yet. A newer one replaces an older one of its kind, so that nothing queues
/// however fast they come, and none is lost.
#[derive(Default)]
struct Orders {
    start: Option<TrainJob>,
    run: Option<bool>,
    reset: bool,
    scheduler: Option<Scheduler>,
    save: Option<PathBuf>,
    /// Runs whose files are to be deleted.
    forget: Vec<u64>,
    quit: bool,
}

impl crate::train::inbox::Orders for Orders {
    fn is_empty(&self) -> bool {
        let Self { start, run, reset, scheduler, save, forget, quit } = self;
        let nothing_set = start.is_none() && run.is_none() && scheduler.is_none() && save.is_none();
        nothing_set && forget.is_empty() && !reset && !quit
    }
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

/// What the trainer last said.
#[derive(Clone, Default)]
pub struct TrainStatus {
    /// Running, paused, ….
    pub state: TrainState,
    /// A run was ordered and is not there yet.
    pub starting: bool,
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
    /// The number of the run, from 1; one that was kept goes on under its own.
    pub run: u64,
    /// Where the run is kept, if it is.
    pub file: Option<PathBuf>,
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
    /// How many checkpoints were opened.
    pub opened: u64,
    /// What became of the last order to open or save a file, and how many there were.
    pub report: (u64, Option<Result<String, String>>),
}

impl TrainStatus {
    /// Whether there is a run that steps or could go on.
    pub fn has_run(&self) -> bool {
        matches!(self.state, TrainState::Running | TrainState::Paused)
    }
}

/// Points of the gap curve that are kept; more would be finer than a plot.
pub const MOST_POINTS: usize = 800;
/// Owns the trainer thread; dropping it ends the thread.
pub struct TrainerThread {
    inbox: Arc<Inbox<Orders>>,
    status: Arc<Mutex<TrainStatus>>,
    thread: Option<JoinHandle<()>>,
}

impl TrainerThread {
    /// Starts the thread, idle. `wake` is called after every change of the status. Runs are kept as `keeping` says, if
    /// it does: each in its own file from time to time, before another one takes its place, at every pause and at the
    /// end.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        device: Device,
        keeping: Option<RunKeeping>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let inbox = Arc::new(Inbox::default());
        let status = Arc::new(Mutex::new(TrainStatus::default()));
        let mut work = Work::new(device, keeping, inbox.clone(), status.clone(), Arc::new(wake))?;
        let thread = std::thread::Builder::new().name("trainer".to_owned()).spawn(move || work.serve())?;
        Ok(Self { inbox, status, thread: Some(thread) })
    }

    /// Starts a run. The present one ends only once the new one is ready.
    pub fn train(&self, job: TrainJob) {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).starting = true;
        self.inbox.put(|orders| {
            orders.run = Some(!matches!(job, TrainJob::File(_)));
            orders.start = Some(job);
        });
    }

    /// Stops stepping; everything is kept.
    pub fn pause(&self) {
        self.inbox.put(|orders| orders.run = Some(false));
    }

    /// Goes on after a pause.
    pub fn go(&self) {
        self.inbox.put(|orders| orders.run = Some(true));
    }

    /// Puts the network away. Where runs are kept its file stays.
    pub fn reset(&self) {
        self.inbox.put(|orders| {
            let forget = std::mem::take(&mut orders.forget);
            *orders = Orders { reset: true, quit: orders.quit, forget, ..Orders::default() };
        });
    }

    /// Measures the gap with another scheduler from now on; the network is not retrained.
    pub fn set_scheduler(&self, scheduler: Scheduler) {
        self.inbox.put(|orders| orders.scheduler = Some(scheduler));
    }

    /// Writes a checkpoint; what became of it is in [`TrainStatus::report`].
    pub fn save(&self, file: PathBuf) {
        self.inbox.put(|orders| orders.save = Some(file));
    }

    /// Deletes the file of a run that was kept, unless it is the present one.
    pub fn forget(&self, run: u64) {
        self.inbox.put(|orders| orders.forget.push(run));
    }

    /// Whether something that was ordered has not been begun yet.
    pub fn has_orders(&self) -> bool {
        self.inbox.is_pending()
    }

    /// What the trainer last said.
    pub fn status(&self) -> TrainStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for TrainerThread {
    fn drop(&mut self) {
        self.inbox.put(|orders| orders.quit = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
