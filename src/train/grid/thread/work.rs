//! What the trainer thread does: carries out orders, steps, measures, and keeps the run.

use super::{GapPoint, MOST_POINTS, Orders, TrainJob, TrainStatus};
use crate::data::{FlowSpec, atomic_write};
use crate::flow::GridPath;
use crate::latest::panic_message;
use crate::model::grid::Checkpoint;
use crate::train::TrainError;
use crate::train::TrainState;
use crate::train::grid::early::{EarlyJob, EarlyThread, due, from_arrays};
use crate::train::grid::keeper::{Keeper, Mark};
use crate::train::grid::{EarlyMoment, EarlySample, RunKeeping, Trainer, TrainingRecord};
use crate::train::inbox::Inbox;
use burn::tensor::Device;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The gap is measured no more often than this share of the time allows.
const GAP_SHARE: f64 = 0.12;
/// The same in the first seconds of a run.
const FIRST_GAP_SHARE: f64 = 0.3;
/// A new network is shown this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(400);
/// A run on a device that can be lost is copied to memory this often.
const SPARE_EVERY: Duration = Duration::from_secs(10);

/// What stopped a run.
pub(super) enum Trouble {
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

/// A run ready to go on.
pub(super) struct Made {
    pub trainer: Trainer,
    pub flow: FlowSpec,
    pub path: Arc<GridPath>,
    /// What was seen of it before.
    history: Vec<GapPoint>,
    early: Vec<EarlySample>,
}

pub(super) struct Work {
    pub inbox: Arc<Inbox<Orders>>,
    pub status: Arc<Mutex<TrainStatus>>,
    wake: Arc<dyn Fn() + Send + Sync>,
    device: Device,
    /// Whether it trains on the CPU, which can't be lost.
    pub on_cpu: bool,
    keeper: Keeper,
    early: EarlyThread,
    /// How many early samples have been asked for.
    asked: usize,
    pub trainer: Option<Trainer>,
    pub running: bool,
    gap_cost: Duration,
    /// The last measurement was broken off for an order.
    gap_is_owed: bool,
    measured: Instant,
    published: Instant,
    /// The run as it was a moment ago, and when that was.
    pub spare: Option<Checkpoint>,
    spared: Instant,
}

impl Work {
    /// Without a run.
    ///
    /// # Errors
    /// If the system gives no thread for early samples.
    pub fn new(
        device: Device,
        keeping: Option<RunKeeping>,
        inbox: Arc<Inbox<Orders>>,
        status: Arc<Mutex<TrainStatus>>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> std::io::Result<Self> {
        let (shared, waker) = (status.clone(), wake.clone());
        let early = EarlyThread::start(move |run, sample| {
            let mut status = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if status.run == run {
                Arc::make_mut(&mut status.early).push(sample);
            }
            drop(status);
            waker();
        })?;
        let now = Instant::now();
        Ok(Self {
            inbox,
            status,
            wake,
            on_cpu: device == Device::flex(),
            device,
            keeper: Keeper::new(keeping),
            early,
            asked: 0,
            trainer: None,
            running: false,
            gap_cost: Duration::ZERO,
            gap_is_owed: false,
            measured: now,
            published: now,
            spare: None,
            spared: now,
        })
    }

    pub fn serve(&mut self) {
        self.find_kept();
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
                Err(panic) => Trouble::Device(unexpected(&*panic)),
            };
            self.stumble(trouble);
        }
    }

    /// Goes on after trouble if it can, else gives the run up.
    pub fn stumble(&mut self, trouble: Trouble) {
        let problem = match trouble {
            Trouble::Other(problem) => problem,
            Trouble::Device(problem) => match self.recover(&problem) {
                Ok(()) => return,
                Err(problem) => problem,
            },
        };
        self.running = false;
        self.trainer = None;
        self.keeper.let_go();
        self.say(|s| (s.state, s.starting) = (TrainState::Failed(problem), false));
    }

    /// Tells of the runs that were kept when the program last ended.
    fn find_kept(&mut self) {
        let (runs, messages) = self.keeper.read_all();
        self.say(|s| (s.kept, s.knows_kept) = (Arc::new(runs), true));
        if !messages.is_empty() {
            self.report(Err(messages.join(" ")));
        }
    }

    /// Goes on on the CPU from the last copy of the run in memory, or from its start: at most [`SPARE_EVERY`] is lost.
    pub fn recover(&mut self, problem: &str) -> Result<(), String> {
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
            // The run can be taken up again.
            self.keep();
            (self.running, self.trainer) = (false, None);
            self.early.give_up();
            self.keeper.let_go();
            self.say(|s| *s = TrainStatus { network_version: s.network_version + 1, ..lasting(s) });
        }
        for run in orders.forget {
            if let Err(why) = self.keeper.forget(run) {
                self.report(Err(format!("run {run} could not be forgotten: {why}")));
            }
        }
        if let Some(job) = orders.start {
            self.begin(job)?;
        }
        let mut measure = false;
        if let (Some(scheduler), Some(trainer)) = (orders.scheduler, &mut self.trainer) {
            trainer.set_scheduler(scheduler);
            self.say(|s| {
                // The curve so far was measured under another density of t.
                s.history = Arc::default();
                if let Some(flow) = &mut s.flow {
                    flow.scheduler = scheduler;
                }
            });
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
    pub fn begin(&mut self, job: TrainJob) -> Result<(), Trouble> {
        if matches!(job, TrainJob::Kept(number) if self.is_present(number)) {
            self.say(|s| s.starting = false);
            return Ok(());
        }
        let on_cpu = self.on_cpu;
        let made = self.on_a_device(|device, keeper| make(&job, device, keeper));
        let lost = self.on_cpu != on_cpu;
        let Made { trainer, flow, path, history, early } = match made {
            Ok(made) => made,
            Err(message) => {
                self.say(|s| s.starting = false);
                self.report(Err(message));
                return Ok(());
            }
        };
        // What it replaces can be taken up again later; of one on a lost device the last file is left.
        if !lost {
            self.keep();
        }
        let (step, seconds, config) = (trainer.step(), trainer.seconds(), trainer.config());
        let mark = Some((step, history.len() + early.len()));
        let (number, written) = match &job {
            TrainJob::Fresh { .. } => (self.keeper.new_number(), None),
            // Only what is trained further is worth a file of its own.
            TrainJob::File(_) => (self.keeper.new_number(), mark),
            TrainJob::Kept(number) => (*number, mark),
        };
        self.keeper.follow(number, written);
        self.early.follow(number);
        self.asked = due(seconds);
        self.running = false;
        (self.spare, self.spared) = (None, Instant::now());
        self.trainer = Some(trainer);
        let file = self.keeper.file(number);
        let is_opened = !matches!(job, TrainJob::Fresh { .. });
        self.say(|s| {
            *s = TrainStatus {
                run: number,
                file,
                early: Arc::new(early),
                history: Arc::new(history),
                config: Some(config),
                state: TrainState::Paused,
                step,
                seconds,
                flow: Some(flow),
                path: Some(path),
                opened: s.opened + u64::from(is_opened),
                device_lost: s.device_lost || lost,
                ..lasting(s)
            };
        });
        self.gap_cost = Duration::ZERO;
        self.publish();
        // At once, so that another window does not take the same file.
        self.keep();
        if let Err(why) = self.keeper.prune() {
            self.report(Err(format!("an old run could not be deleted: {why}")));
        }
        match job {
            TrainJob::Fresh { .. } => {}
            TrainJob::Kept(number) => self.report(Ok(format!("run {number} goes on from step {step}"))),
            TrainJob::File(file) => {
                self.report(Ok(format!("opened {}: Continue trains it further", file.display())));
                self.measure()?;
            }
        }
        Ok(())
    }

    /// Whether a run is the one that is trained, or could go on.
    fn is_present(&self, number: u64) -> bool {
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        self.trainer.is_some() && status.run == number
    }

    /// What `make` makes on the training device or, should that fail in the middle, on the CPU, which then takes over.
    pub fn on_a_device<T>(
        &mut self,
        make: impl Fn(&Device, &Keeper) -> Result<T, String>,
    ) -> Result<T, String> {
        let on = |device: &Device| catch_unwind(AssertUnwindSafe(|| make(device, &self.keeper)));
        let problem = match on(&self.device) {
            Ok(made) => return made,
            Err(panic) => unexpected(&*panic),
        };
        if self.on_cpu {
            return Err(problem);
        }
        let cpu = Device::flex();
        let made = on(&cpu).unwrap_or_else(|panic| Err(unexpected(&*panic)));
        let made = made.map_err(|why| format!("{problem}; the CPU could not take over: {why}"))?;
        (self.device, self.on_cpu) = (cpu, true);
        self.report(Err(format!("{problem}: the run starts on the CPU")));
        Ok(made)
    }

    pub fn step(&mut self) -> Result<(), Trouble> {
        let Some(trainer) = &mut self.trainer else { return Ok(()) };
        let loss = trainer.train_step()?;
        let (step, seconds) = (trainer.step(), trainer.seconds());
        {
            let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
            (status.step, status.seconds, status.batch_loss) = (step, seconds, Some(loss));
        }
        self.look(EarlyMoment { seconds, step });
        // A class watches the first seconds most closely.
        let share = if seconds < 15.0 { FIRST_GAP_SHARE } else { GAP_SHARE };
        let measures = self.measured.elapsed().as_secs_f64() * share > self.gap_cost.as_secs_f64();
        // Before a measurement, which on a large grid takes long, not after it.
        let ahead = if measures { self.gap_cost } else { Duration::ZERO };
        if self.mark().is_some_and(|mark| self.keeper.is_due(mark, ahead)) {
            self.keep();
        }
        if measures {
            self.measure()?;
        } else if self.published.elapsed() > PUBLISH_EVERY {
            self.publish();
        }
        if !self.on_cpu && self.spared.elapsed() > SPARE_EVERY {
            self.spare = self.trainer.as_ref().map(Trainer::checkpoint).transpose()?;
            self.spared = Instant::now();
        }
        Ok(())
    }

    /// Asks for an early sample when one is due.
    fn look(&mut self, at: EarlyMoment) {
        let due = due(at.seconds);
        if due <= self.asked {
            return;
        }
        self.asked = due;
        let (run, path) = {
            let status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
            (status.run, status.path.clone())
        };
        if let (Some(trainer), Some(path)) = (&self.trainer, path) {
            self.early.ask(EarlyJob { run, at, path, network: Arc::new(trainer.denoiser()) });
        }
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

    /// How far the run is.
    fn mark(&self) -> Option<Mark> {
        let step = self.trainer.as_ref()?.step();
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        Some((step, status.history.len() + status.early.len()))
    }

    /// The bytes of a checkpoint, with what was seen of the run.
    fn bytes(&self) -> Result<Vec<u8>, String> {
        let trainer = self.trainer.as_ref().ok_or("there is no network to save")?;
        let (history, early) = {
            let status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
            (status.history.clone(), status.early.clone())
        };
        trainer.checkpoint_with(history.to_vec(), &early)?.to_bytes()
    }

    fn save(&self, file: &Path) -> Result<(), String> {
        let bytes = self.bytes()?;
        atomic_write(file, |out| out.write_all(&bytes)).map_err(|e| e.to_string())
    }

    /// Writes the file of the run if there is anything new to keep.
    fn keep(&mut self) {
        let Some(mark) = self.mark().filter(|mark| self.keeper.has_news(*mark)) else { return };
        // A device that is lost has nothing to give; it must not end the thread that is being asked to stop.
        let bytes = catch_unwind(AssertUnwindSafe(|| self.bytes()));
        let bytes = bytes.unwrap_or_else(|panic| Err(unexpected(&*panic)));
        if let Some(outcome) = self.keeper.write(mark, || bytes) {
            self.report(outcome);
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

/// What a status keeps from one run to the next.
fn lasting(status: &TrainStatus) -> TrainStatus {
    TrainStatus {
        opened: status.opened,
        run: status.run,
        network_version: status.network_version,
        device_lost: status.device_lost,
        report: status.report.clone(),
        kept: status.kept.clone(),
        knows_kept: status.knows_kept,
        ..TrainStatus::default()
    }
}

fn unexpected(panic: &(dyn std::any::Any + Send)) -> String {
    format!("the trainer stopped unexpectedly: {}", panic_message(panic))
}

/// The run of a job, on `device`.
fn make(job: &TrainJob, device: &Device, keeper: &Keeper) -> Result<Made, String> {
    match job {
        TrainJob::Fresh { path, flow, config } => {
            let trainer =
                Trainer::new(path.clone(), flow.clone(), *config, device).map_err(|e| e.to_string())?;
            let (flow, path) = (flow.clone(), path.clone());
            Ok(Made { trainer, flow, path, history: Vec::new(), early: Vec::new() })
        }
        TrainJob::File(file) => resumed(file, device),
        TrainJob::Kept(number) => {
            let file = keeper.file(*number).ok_or_else(|| format!("run {number}: no runs are kept"))?;
            resumed(&file, device)
        }
    }
}

fn resumed(file: &Path, device: &Device) -> Result<Made, String> {
    let about = |why: String| format!("{}: {why}", file.display());
    let checkpoint = Checkpoint::read(file).map_err(|e| e.to_string())?;
    let record = TrainingRecord::of(&checkpoint).map_err(|e| about(e.to_string()))?;
    let early = from_arrays(&checkpoint, &record).map_err(about)?;
    let TrainingRecord { flow, history, .. } = record;
    let path = flow.path().map_err(|e| about(format!("the flow it was trained on: {e}")))?;
    let path = Arc::new(path);
    let trainer = Trainer::resume(path.clone(), flow.clone(), &checkpoint, device);
    let trainer = trainer.map_err(|e| about(e.to_string()))?;
    Ok(Made { trainer, flow, path, history, early })
}

/// Appends a point; when there are too many, every second one goes.
pub(super) fn add_point(history: &mut Vec<GapPoint>, point: GapPoint) {
    if history.len() >= MOST_POINTS {
        let mut index = 0;
        history.retain(|_| {
            index += 1;
            index % 2 == 1
        });
    }
    history.push(point);
}
