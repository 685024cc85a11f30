//! What the trainer thread does with a run on the grid: steps, exact gaps, early samples, and another device should its own
//! fail.

use super::{GapPoint, TrainJob, TrainNews};
use crate::data::FlowSpec;
use crate::flow::{GridPath, Scheduler};
use crate::model::grid::Checkpoint;
use crate::train::device::TrainingDevice;
use crate::train::grid::early::{EarlyJob, EarlyThread, due, from_arrays};
use crate::train::grid::{EarlyMoment, EarlySample, Trainer, TrainingRecord, kept};
use crate::train::history::add_point;
use crate::train::thread::{Board, Origin, TrainingLab, Trouble};
use crate::train::{Keeper, Mark};
use burn::tensor::Device;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The gap is measured no more often than this share of the time allows.
const GAP_SHARE: f64 = 0.12;
/// The same in the first seconds of a run.
const FIRST_GAP_SHARE: f64 = 0.3;
/// A new network is shown this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(400);
/// A run on a device that can be lost is copied to memory this often.
const SPARE_EVERY: Duration = Duration::from_secs(10);

/// The device that is trained on, and who makes early samples.
pub struct GridLab {
    pub(super) on: TrainingDevice,
    early: EarlyThread,
    board: Arc<Board<TrainNews>>,
}

/// A run and what follows its course.
pub struct GridRun {
    pub(super) trainer: Trainer,
    path: Arc<GridPath>,
    number: u64,
    /// What was seen of it before it was made, and what the user is told of it.
    before: Option<Before>,
    /// Whether it is on the CPU.
    on_cpu: bool,
    /// How many early samples have been asked for.
    asked: usize,
    gap_cost: Duration,
    /// A measurement has been asked for, or was broken off for an order.
    gap_is_owed: bool,
    measured: Instant,
    published: Instant,
    /// The run as it was a moment ago, and when that was.
    pub(super) spare: Option<Checkpoint>,
    spared: Instant,
}

/// What was seen of a run before.
#[derive(Default)]
struct Before {
    flow: FlowSpec,
    history: Vec<GapPoint>,
    early: Vec<EarlySample>,
    greeting: Option<String>,
}

impl GridRun {
    fn new(trainer: Trainer, path: Arc<GridPath>, before: Before, device: &Device) -> Self {
        let now = Instant::now();
        Self {
            asked: due(trainer.seconds()),
            trainer,
            path,
            number: 0,
            before: Some(before),
            on_cpu: *device == Device::flex(),
            gap_cost: Duration::ZERO,
            gap_is_owed: false,
            measured: now,
            published: now,
            spare: None,
            spared: now,
        }
    }

    /// The run in a file. `greeting` is told the step that it was at.
    fn of_file(file: &Path, device: &Device, greeting: impl Fn(u64) -> String) -> Result<Self, String> {
        let about = |why: String| format!("{}: {why}", file.display());
        let checkpoint = Checkpoint::read(file).map_err(|e| e.to_string())?;
        let record = TrainingRecord::of(&checkpoint).map_err(|e| about(e.to_string()))?;
        let early = from_arrays(&checkpoint, &record).map_err(about)?;
        let TrainingRecord { flow, history, .. } = record;
        let path = flow.path().map_err(|e| about(format!("the flow it was trained on: {e}")))?;
        let path = Arc::new(path);
        let trainer = Trainer::resume(path.clone(), flow.clone(), &checkpoint, device);
        let trainer = trainer.map_err(|e| about(e.to_string()))?;
        let greeting = Some(greeting(trainer.step()));
        Ok(Self::new(trainer, path, Before { flow, history, early, greeting }, device))
    }

    /// Whether its gap should be measured now. A class watches the first seconds most closely.
    fn measures(&self) -> bool {
        let share = if self.trainer.seconds() < 15.0 { FIRST_GAP_SHARE } else { GAP_SHARE };
        self.gap_is_owed || self.measured.elapsed().as_secs_f64() * share > self.gap_cost.as_secs_f64()
    }

    /// A new network for the views.
    fn publish(&mut self, board: &Board<TrainNews>) {
        let network = Arc::new(self.trainer.denoiser());
        board.say(|s| {
            s.network = Some(network);
            s.network_version += 1;
        });
        self.published = Instant::now();
    }

    /// The same, and its exact gap, unless an order comes in between.
    fn measure(&mut self, board: &Board<TrainNews>, go_on: &dyn Fn() -> bool) -> Result<(), Trouble> {
        let start = Instant::now();
        let gap = self.trainer.gap_while(go_on)?;
        self.gap_is_owed = gap.is_none();
        if let Some(gap) = gap {
            let point = GapPoint { step: self.trainer.step(), seconds: self.trainer.seconds(), gap };
            board.note(|s| add_point(Arc::make_mut(&mut s.history), point));
            self.gap_cost = start.elapsed();
        }
        self.publish(board);
        self.measured = Instant::now();
        Ok(())
    }
}

impl GridLab {
    /// Trains on `device`.
    ///
    /// # Errors
    /// If the system gives no thread for early samples.
    pub fn new(device: Device, board: Arc<Board<TrainNews>>) -> std::io::Result<Self> {
        let shared = board.clone();
        let early = EarlyThread::start(move |run, sample| {
            shared.say(|status| {
                if status.run == run {
                    Arc::make_mut(&mut status.early).push(sample);
                }
            });
        })?;
        Ok(Self { on: TrainingDevice::new(device), early, board })
    }

    /// What `make` makes on the training device or, should that fail in the middle, on the CPU, which then takes over.
    pub(super) fn on_a_device<T>(
        &mut self,
        make: impl Fn(&Device) -> Result<T, String>,
    ) -> Result<T, String> {
        let board = &self.board;
        self.on.make(make, |problem| {
            board.note(|s| s.device_lost = true);
            board.report(Err(format!("{problem}: the run starts on the CPU")));
        })
    }
}

impl TrainingLab for GridLab {
    const THREAD: &'static str = "trainer";
    type Job = TrainJob;
    type Order = Scheduler;
    type News = TrainNews;
    type Run = GridRun;

    fn origin(job: &TrainJob, _keeper: &Keeper) -> Origin {
        match job {
            TrainJob::Fresh { .. } => Origin::Fresh,
            TrainJob::File(_) => Origin::File,
            TrainJob::Kept(number) => Origin::Kept(*number),
        }
    }

    fn runs_at_once(job: &TrainJob) -> bool {
        !matches!(job, TrainJob::File(_))
    }

    fn find_kept(&mut self, keeper: &mut Keeper, news: &mut TrainNews) -> Vec<String> {
        let (runs, messages) = keeper.read_all(kept::read);
        (news.kept, news.knows_kept) = (Arc::new(runs), true);
        messages
    }

    fn make(&mut self, job: &TrainJob, keeper: &Keeper) -> Result<GridRun, String> {
        self.on_a_device(|device| match job {
            TrainJob::Fresh { path, flow, config } => {
                let trainer = Trainer::new(path.clone(), flow.clone(), *config, device);
                let before = Before { flow: flow.clone(), ..Before::default() };
                Ok(GridRun::new(trainer.map_err(|e| e.to_string())?, path.clone(), before, device))
            }
            TrainJob::File(file) => {
                // The gap of what was opened is seen before it goes on.
                let greeting = |_| format!("opened {}: Continue trains it further", file.display());
                Ok(GridRun { gap_is_owed: true, ..GridRun::of_file(file, device, greeting)? })
            }
            TrainJob::Kept(number) => {
                let file = keeper.file(*number).ok_or_else(|| format!("run {number}: no runs are kept"))?;
                GridRun::of_file(&file, device, |step| format!("run {number} goes on from step {step}"))
            }
        })
    }

    fn begin(&mut self, run: &mut GridRun, number: u64, news: TrainNews) -> (TrainNews, Option<String>) {
        run.number = number;
        self.early.follow(number);
        let Before { flow, history, early, greeting } = run.before.take().unwrap_or_default();
        let news = TrainNews {
            step: run.trainer.step(),
            seconds: run.trainer.seconds(),
            history: Arc::new(history),
            network: Some(Arc::new(run.trainer.denoiser())),
            flow: Some(flow),
            path: Some(run.path.clone()),
            early: Arc::new(early),
            config: Some(run.trainer.config()),
            ..news
        };
        (news, greeting)
    }

    fn lasting(news: &TrainNews) -> TrainNews {
        TrainNews {
            network_version: news.network_version + 1,
            device_lost: news.device_lost,
            kept: news.kept.clone(),
            knows_kept: news.knows_kept,
            ..TrainNews::default()
        }
    }

    fn rest(&mut self) {
        self.early.give_up();
    }

    fn goes_on(&mut self, run: &mut GridRun) {
        (run.measured, run.published) = (Instant::now(), Instant::now());
    }

    fn pauses(&mut self, run: &mut GridRun) {
        run.gap_is_owed = true;
    }

    fn obey(&mut self, scheduler: Scheduler, run: Option<&mut GridRun>, _keeper: &Keeper) {
        let Some(run) = run else { return };
        run.trainer.set_scheduler(scheduler);
        self.board.say(|s| {
            // The curve so far was measured under another density of t.
            s.history = Arc::default();
            if let Some(flow) = &mut s.flow {
                flow.scheduler = scheduler;
            }
        });
        run.gap_is_owed = true;
    }

    fn step(&mut self, run: &mut GridRun) -> Result<(), Trouble> {
        let loss = run.trainer.train_step()?;
        let (step, seconds) = (run.trainer.step(), run.trainer.seconds());
        self.board.note(|s| (s.news.step, s.news.seconds, s.news.batch_loss) = (step, seconds, Some(loss)));
        let due = due(seconds);
        if due > run.asked {
            run.asked = due;
            let (path, network) = (run.path.clone(), Arc::new(run.trainer.denoiser()));
            self.early.ask(EarlyJob { run: run.number, at: EarlyMoment { seconds, step }, path, network });
        }
        Ok(())
    }

    fn ahead(&self, run: &GridRun) -> Duration {
        if run.measures() { run.gap_cost } else { Duration::ZERO }
    }

    fn show(&mut self, run: &mut GridRun, running: bool, go_on: &dyn Fn() -> bool) -> Result<(), Trouble> {
        if run.gap_is_owed || (running && run.measures()) {
            run.measure(&self.board, go_on)?;
        } else if running && run.published.elapsed() > PUBLISH_EVERY {
            run.publish(&self.board);
        }
        if running && !self.on.on_cpu && run.spared.elapsed() > SPARE_EVERY {
            run.spare = Some(run.trainer.checkpoint()?);
            run.spared = Instant::now();
        }
        Ok(())
    }

    fn mark(run: &GridRun, news: &TrainNews) -> Mark {
        (run.trainer.step(), news.history.len() + news.early.len())
    }

    fn bytes(run: &GridRun, news: &TrainNews, _half: bool) -> Result<Vec<u8>, String> {
        run.trainer.checkpoint_with(news.history.to_vec(), &news.early)?.to_bytes()
    }

    fn is_lost(&self, run: &GridRun) -> bool {
        self.on.on_cpu && !run.on_cpu
    }

    /// On the CPU from the last copy of the run in memory, or from its start: at most [`SPARE_EVERY`] is lost.
    fn recover(&mut self, run: &GridRun, problem: String) -> Result<GridRun, String> {
        let reached = self.board.note(|s| s.step);
        if self.on.on_cpu {
            return Err(problem);
        }
        let trainer = run.trainer.rescued(run.spare.as_ref());
        let trainer = trainer.map_err(|e| format!("{problem}; the CPU could not take over: {e}"))?;
        self.on.give_up();
        let (step, seconds) = (trainer.step(), trainer.seconds());
        self.board.say(|s| {
            (s.news.step, s.news.seconds, s.news.device_lost) = (step, seconds, true);
            Arc::make_mut(&mut s.history).retain(|point| point.step <= step);
        });
        self.board.report(Err(format!(
            "{problem}: training goes on on the CPU from step {step} (it had reached {reached})"
        )));
        let before = Before::default();
        let mut again = GridRun {
            number: run.number,
            asked: run.asked,
            ..GridRun::new(trainer, run.path.clone(), before, &self.on.device)
        };
        again.publish(&self.board);
        Ok(again)
    }
}
