//! The trainer thread: steps while it may, and says how far it is.

use super::{Gap, TrainConfig, TrainError, Trainer, TrainingRecord};
use crate::data::{FlowSpec, atomic_write};
use crate::flow::{GridPath, Scheduler};
use crate::latest::panic_message;
use crate::model::{Checkpoint, NetworkDenoiser};
use burn::tensor::Device;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

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
    quit: bool,
}

impl Orders {
    fn is_empty(&self) -> bool {
        let Self { start, run, reset, scheduler, save, quit } = self;
        start.is_none() && run.is_none() && !reset && scheduler.is_none() && save.is_none() && !quit
    }
}

#[derive(Default)]
struct Inbox {
    orders: Mutex<Orders>,
    arrived: Condvar,
}

impl Inbox {
    fn put(&self, change: impl FnOnce(&mut Orders)) {
        change(&mut self.lock());
        self.arrived.notify_one();
    }

    fn is_pending(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Everything that was ordered; with `wait` not before there is something.
    fn take(&self, wait: bool) -> Orders {
        let mut orders = self.lock();
        while wait && orders.is_empty() {
            orders = self.arrived.wait(orders).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut *orders)
    }

    fn lock(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the trainer is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum TrainState {
    /// There is no network.
    #[default]
    Idle,
    /// It steps.
    Running,
    /// It could go on.
    Paused,
    /// It stopped, and why.
    Failed(String),
}

/// One point of the gap curve.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// Counts up with every run.
    pub run: u64,
    /// The settings of the run.
    pub config: Option<TrainConfig>,
    /// Whether the training device failed and the CPU took over.
    pub device_lost: bool,
    /// How many checkpoints were opened.
    pub opened: u64,
    /// What became of the last order to open or save a file, and how many there were.
    pub report: (u64, Option<Result<String, String>>),
}

/// Points of the gap curve that are kept; more would be finer than a plot.
pub const MOST_POINTS: usize = 800;
/// The gap is measured no more often than this share of the time allows.
const GAP_SHARE: f64 = 0.12;
/// The same in the first seconds of a run.
const FIRST_GAP_SHARE: f64 = 0.3;
/// A new network is shown this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(400);
/// A killed program loses at most this much training.
const AUTOSAVE_EVERY: Duration = Duration::from_secs(30);

/// What stopped a run.
enum Trouble {
    /// The device failed: another one may go on.
    Device(String),
    /// Anything else.
    Other(String),
}

impl From<TrainError> for Trouble {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Device(_) => Self::Device(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<String> for Trouble {
    fn from(message: String) -> Self {
        Self::Other(message)
    }
}

/// A run on a device that can be lost is copied to memory this often.
const SPARE_EVERY: Duration = Duration::from_secs(10);

/// Owns the trainer thread; dropping it ends the thread.
pub struct TrainerThread {
    inbox: Arc<Inbox>,
    status: Arc<Mutex<TrainStatus>>,
    thread: Option<JoinHandle<()>>,
}

impl TrainerThread {
    /// Starts the thread, idle. `wake` is called after every change of the status. The run is kept in the file
    /// `autosave`, if there is one, every 30 s, at every pause and at the end.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        device: Device,
        autosave: Option<PathBuf>,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let inbox = Arc::new(Inbox::default());
        let status = Arc::new(Mutex::new(TrainStatus::default()));
        let mut work = Work {
            inbox: inbox.clone(),
            status: status.clone(),
            wake: Box::new(wake),
            on_cpu: device == Device::flex(),
            spare: None,
            spared: Instant::now(),
            device,
            autosave,
            trainer: None,
            running: false,
            gap_cost: Duration::ZERO,
            gap_is_owed: false,
            measured: Instant::now(),
            published: Instant::now(),
            saved: (Instant::now(), 0),
        };
        let thread = std::thread::Builder::new().name("trainer".to_owned()).spawn(move || work.serve())?;
        Ok(Self { inbox, status, thread: Some(thread) })
    }

    /// Starts a run. The present one ends only once the new one is ready.
    pub fn train(&self, job: TrainJob) {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).starting = true;
        self.inbox.put(|orders| {
            orders.run = Some(matches!(job, TrainJob::Fresh { .. }));
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

    /// Forgets the network.
    pub fn reset(&self) {
        self.inbox.put(|orders| *orders = Orders { reset: true, quit: orders.quit, ..Orders::default() });
    }

    /// Measures the gap with another scheduler from now on; the network is not retrained.
    pub fn set_scheduler(&self, scheduler: Scheduler) {
        self.inbox.put(|orders| orders.scheduler = Some(scheduler));
    }

    /// Writes a checkpoint; what became of it is in [`TrainStatus::report`].
    pub fn save(&self, file: PathBuf) {
        self.inbox.put(|orders| orders.save = Some(file));
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

struct Work {
    inbox: Arc<Inbox>,
    status: Arc<Mutex<TrainStatus>>,
    wake: Box<dyn Fn() + Send>,
    device: Device,
    autosave: Option<PathBuf>,
    trainer: Option<Trainer>,
    running: bool,
    gap_cost: Duration,
    /// The last measurement was broken off for an order.
    gap_is_owed: bool,
    measured: Instant,
    published: Instant,
    /// When the run was last kept, and at which step.
    saved: (Instant, u64),
    /// Whether it trains on the CPU, which can't be lost.
    on_cpu: bool,
    /// The run as it was a moment ago, and when that was.
    spare: Option<Checkpoint>,
    spared: Instant,
}

impl Work {
    fn serve(&mut self) {
        loop {
            let orders = self.inbox.take(!self.running);
            if orders.quit {
                self.keep();
                return;
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                self.obey(orders)?;
                if self.running { self.step() } else { Ok(()) }
            }));
            let trouble = match outcome {
                Ok(Ok(())) => continue,
                Ok(Err(trouble)) => trouble,
                // A lost device shows as a panic in the middle of a tensor operation.
                Err(panic) => {
                    Trouble::Device(format!("the trainer stopped unexpectedly: {}", panic_message(&*panic)))
                }
            };
            let problem = match trouble {
                Trouble::Other(problem) => problem,
                Trouble::Device(problem) => match self.recover(&problem) {
                    Ok(()) => continue,
                    Err(problem) => problem,
                },
            };
            self.running = false;
            self.trainer = None;
            self.say(|s| s.state = TrainState::Failed(problem));
        }
    }

    /// Goes on on the CPU from the last copy of the run in memory, or from its start: at most [`SPARE_EVERY`] is lost.
    fn recover(&mut self, problem: &str) -> Result<(), String> {
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (false, Some(lost), Some(flow), Some(path)) =
            (self.on_cpu, &self.trainer, status.flow, status.path)
        else {
            return Err(problem.to_owned());
        };
        let (config, reached) = (lost.config(), status.step);
        let cpu = Device::flex();
        let trainer = match &self.spare {
            Some(spare) => Trainer::resume(path, flow, spare, &cpu),
            None => Trainer::new(path, flow, config, &cpu),
        };
        let trainer = trainer.map_err(|e| format!("{problem}; the CPU could not take over: {e}"))?;
        (self.device, self.on_cpu) = (cpu, true);
        let (step, seconds) = (trainer.step(), trainer.seconds());
        self.trainer = Some(trainer);
        self.say(|s| {
            (s.step, s.seconds, s.device_lost) = (step, seconds, true);
            let known = Arc::make_mut(&mut s.history);
            known.retain(|point| point.step <= step);
        });
        self.report(Err(format!(
            "{problem}: training goes on on the CPU from step {step} (it had reached {reached})"
        )));
        self.publish();
        Ok(())
    }

    fn obey(&mut self, orders: Orders) -> Result<(), Trouble> {
        if orders.reset {
            (self.running, self.trainer) = (false, None);
            self.say(|s| {
                let network_version = s.network_version + 1;
                *s = TrainStatus {
                    network_version,
                    opened: s.opened,
                    run: s.run,
                    device_lost: s.device_lost,
                    report: s.report.clone(),
                    ..TrainStatus::default()
                };
            });
        }
        if let Some(job) = orders.start {
            self.begin(job)?;
        }
        let mut measure = false;
        if let (Some(scheduler), Some(trainer)) = (orders.scheduler, &mut self.trainer) {
            trainer.set_scheduler(scheduler);
            // The curve so far was measured under another density of t.
            self.say(|s| s.history = Arc::default());
            measure = true;
        }
        match orders.run {
            Some(true) if self.trainer.is_some() && !self.running => {
                self.running = true;
                self.say(|s| s.state = TrainState::Running);
                (self.measured, self.published) = (Instant::now(), Instant::now());
            }
            Some(false) if self.running => {
                self.running = false;
                self.say(|s| s.state = TrainState::Paused);
                self.keep();
                measure = true;
            }
            _ => {}
        }
        if let Some(file) = orders.save {
            let saved = self.save(&file).map(|()| format!("saved {}", file.display()));
            self.report(saved);
        }
        if measure || (self.gap_is_owed && !self.running) { self.measure() } else { Ok(()) }
    }

    /// Makes the new run before the old one is given up: a file that can't be used costs nothing.
    fn begin(&mut self, job: TrainJob) -> Result<(), Trouble> {
        let opened = match &job {
            TrainJob::Fresh { .. } => None,
            TrainJob::File(file) => Some(file.display().to_string()),
        };
        let (trainer, flow, path) = match self.make(job) {
            Ok(made) => made,
            Err(message) => {
                self.say(|s| s.starting = false);
                self.report(Err(message));
                return Ok(());
            }
        };
        self.running = false;
        (self.spare, self.spared) = (None, Instant::now());
        self.saved = (Instant::now(), trainer.step());
        let (step, seconds, config) = (trainer.step(), trainer.seconds(), trainer.config());
        self.trainer = Some(trainer);
        self.say(|s| {
            *s = TrainStatus {
                run: s.run + 1,
                config: Some(config),
                state: TrainState::Paused,
                step,
                seconds,
                flow: Some(flow),
                path: Some(path),
                network_version: s.network_version,
                opened: s.opened + u64::from(opened.is_some()),
                device_lost: s.device_lost,
                report: s.report.clone(),
                ..TrainStatus::default()
            };
        });
        self.gap_cost = Duration::ZERO;
        self.publish();
        if let Some(file) = opened {
            self.report(Ok(format!("opened {file}: Continue trains it further")));
            self.measure()?;
        }
        Ok(())
    }

    fn make(&self, job: TrainJob) -> Result<(Trainer, FlowSpec, Arc<GridPath>), String> {
        match job {
            TrainJob::Fresh { path, flow, config } => {
                let trainer = Trainer::new(path.clone(), flow.clone(), config, &self.device);
                Ok((trainer.map_err(|e| e.to_string())?, flow, path))
            }
            TrainJob::File(file) => {
                let about = |why: String| format!("{}: {why}", file.display());
                let checkpoint = Checkpoint::read(&file).map_err(|e| e.to_string())?;
                let flow = TrainingRecord::of(&checkpoint).map_err(|e| about(e.to_string()))?.flow;
                let path = flow.path().map_err(|e| about(format!("the flow it was trained on: {e}")))?;
                let path = Arc::new(path);
                let trainer = Trainer::resume(path.clone(), flow.clone(), &checkpoint, &self.device);
                Ok((trainer.map_err(|e| about(e.to_string()))?, flow, path))
            }
        }
    }

    fn step(&mut self) -> Result<(), Trouble> {
        let Some(trainer) = &mut self.trainer else { return Ok(()) };
        let loss = trainer.train_step()?;
        let (step, seconds) = (trainer.step(), trainer.seconds());
        {
            let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
            (status.step, status.seconds, status.batch_loss) = (step, seconds, Some(loss));
        }
        // A class watches the first seconds most closely.
        let share = if seconds < 15.0 { FIRST_GAP_SHARE } else { GAP_SHARE };
        if self.measured.elapsed().as_secs_f64() * share > self.gap_cost.as_secs_f64() {
            self.measure()?;
        } else if self.published.elapsed() > PUBLISH_EVERY {
            self.publish();
        }
        if self.saved.0.elapsed() > AUTOSAVE_EVERY {
            self.keep();
        }
        if !self.on_cpu && self.spared.elapsed() > SPARE_EVERY {
            self.spare = self.trainer.as_ref().map(Trainer::checkpoint).transpose()?;
            self.spared = Instant::now();
        }
        Ok(())
    }

    /// A new network for the views, and its exact gap, unless an order comes in between.
    fn measure(&mut self) -> Result<(), Trouble> {
        let Some(trainer) = &self.trainer else { return Ok(()) };
        let start = Instant::now();
        let gap = trainer.gap_while(|| !self.inbox.is_pending())?;
        self.gap_is_owed = gap.is_none();
        if let Some(gap) = gap {
            let point = GapPoint { step: trainer.step(), seconds: trainer.seconds(), gap };
            self.say(|s| add_point(Arc::make_mut(&mut s.history), point));
            self.gap_cost = start.elapsed();
        }
        self.publish();
        self.measured = Instant::now();
        Ok(())
    }

    fn publish(&mut self) {
        let Some(trainer) = &self.trainer else { return };
        let network = Arc::new(trainer.denoiser());
        self.say(|s| {
            s.network = Some(network);
            s.network_version += 1;
        });
        self.published = Instant::now();
    }

    fn save(&self, file: &Path) -> Result<(), String> {
        let trainer = self.trainer.as_ref().ok_or("there is no network to save")?;
        let bytes = trainer.checkpoint()?.to_bytes()?;
        atomic_write(file, |out| out.write_all(&bytes)).map_err(|e| e.to_string())
    }

    /// Writes the autosave file if there is anything new to keep.
    fn keep(&mut self) {
        let step = self.trainer.as_ref().map_or(0, Trainer::step);
        if let Some(file) = self.autosave.clone().filter(|_| step > self.saved.1) {
            self.saved = (Instant::now(), step);
            if let Err(why) = self.save(&file) {
                self.report(Err(format!("the run could not be kept: {why}")));
            }
        }
    }

    fn report(&self, outcome: Result<String, String>) {
        self.say(|s| s.report = (s.report.0 + 1, Some(outcome)));
    }

    fn say(&self, change: impl FnOnce(&mut TrainStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
        (self.wake)();
    }
}

/// Appends a point; when there are too many, every second one goes.
fn add_point(history: &mut Vec<GapPoint>, point: GapPoint) {
    if history.len() >= MOST_POINTS {
        let mut index = 0;
        history.retain(|_| {
            index += 1;
            index % 2 == 1
        });
    }
    history.push(point);
}

#[cfg(test)]
mod tests;
