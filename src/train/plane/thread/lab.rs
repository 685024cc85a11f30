//! What the trainer thread does with a run on the plane: steps, exact gaps, and another device should its own fail.

use super::{PlaneTrainJob, PlaneTrainNews};
use crate::model::plane::{PlaneFile, PlaneNetwork};
use crate::train::device::TrainingDevice;
use crate::train::history::add_point;
use crate::train::plane::{PlanePoint, PlaneRecord, PlaneTrainer, kept, learned_latents};
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
/// And no more often than this.
const MEASURE_EVERY: Duration = Duration::from_millis(150);
/// A run on a device that can be lost is copied to memory this often.
const SPARE_EVERY: Duration = Duration::from_secs(10);

/// The device that is trained on.
pub struct PlaneTrainLab {
    on: TrainingDevice,
    board: Arc<Board<PlaneTrainNews>>,
}

/// A run and what follows its course.
pub struct PlaneRun {
    trainer: PlaneTrainer,
    before: Option<Before>,
    on_cpu: bool,
    gap_cost: Duration,
    /// A measurement has been asked for, or was broken off for an order.
    gap_is_owed: bool,
    measured: Instant,
    /// The run as it was a moment ago, and when that was.
    spare: Option<PlaneFile>,
    spared: Instant,
}

/// What was seen of a run before it was made.
#[derive(Default)]
struct Before {
    history: Vec<PlanePoint>,
    greeting: Option<String>,
}

impl PlaneRun {
    fn new(trainer: PlaneTrainer, before: Before, device: &Device) -> Self {
        let now = Instant::now();
        Self {
            trainer,
            before: Some(before),
            on_cpu: *device == Device::flex(),
            gap_cost: Duration::ZERO,
            gap_is_owed: true,
            measured: now,
            spare: None,
            spared: now,
        }
    }

    /// The run in a file. `greeting` is told the step that it was at.
    fn of_file(file: &Path, device: &Device, greeting: impl Fn(u64) -> String) -> Result<Self, String> {
        let about = |why: String| format!("{}: {why}", file.display());
        let read = PlaneFile::read(file).map_err(|e| e.to_string())?;
        let trainer = PlaneTrainer::resume(&read, device).map_err(|e| about(e.to_string()))?;
        let record = PlaneRecord::of(&read).map_err(|e| about(e.to_string()))?;
        let greeting = Some(greeting(trainer.step()));
        Ok(Self::new(trainer, Before { history: record.history, greeting }, device))
    }

    /// Whether it should be measured now. A class watches the first seconds most closely.
    fn measures(&self) -> bool {
        let share = if self.trainer.seconds() < 15.0 { FIRST_GAP_SHARE } else { GAP_SHARE };
        let elapsed = self.measured.elapsed();
        let affords = elapsed.as_secs_f64() * share > self.gap_cost.as_secs_f64();
        self.gap_is_owed || (affords && elapsed > MEASURE_EVERY)
    }

    /// A new network for the views, and a point of its curves, unless an order comes in between.
    fn measure(&mut self, board: &Board<PlaneTrainNews>, go_on: &dyn Fn() -> bool) -> Result<(), Trouble> {
        // What is asked from several threads at once.
        let start = Instant::now();
        let point = if go_on() { self.trainer.point_while(|| true)? } else { None };
        self.gap_is_owed = point.is_none();
        let net = self.trainer.network()?;
        let latents = learned_latents(&net, self.trainer.task().flow.target())?.map(Arc::new);
        let (network, best) = (Arc::new(PlaneNetwork::new(net)), self.trainer.best());
        if point.is_some() {
            self.gap_cost = start.elapsed();
        }
        board.say(|s| {
            if let Some(point) = point {
                add_point(Arc::make_mut(&mut s.history), point);
            }
            (s.news.network, s.news.latents, s.news.best) = (Some(network), latents, best);
            s.network_version += 1;
        });
        self.measured = Instant::now();
        Ok(())
    }
}

impl PlaneTrainLab {
    /// Trains on `device`.
    pub fn new(device: Device, board: Arc<Board<PlaneTrainNews>>) -> Self {
        Self { on: TrainingDevice::new(device), board }
    }
}

impl TrainingLab for PlaneTrainLab {
    const THREAD: &'static str = "plane trainer";
    type Job = PlaneTrainJob;
    type Order = ();
    type News = PlaneTrainNews;
    type Run = PlaneRun;

    fn origin(job: &PlaneTrainJob, _keeper: &Keeper) -> Origin {
        match job {
            PlaneTrainJob::Fresh(_) => Origin::Fresh,
            PlaneTrainJob::File(_) => Origin::File,
            PlaneTrainJob::Kept(number) => Origin::Kept(*number),
        }
    }

    fn runs_at_once(job: &PlaneTrainJob) -> bool {
        !matches!(job, PlaneTrainJob::File(_))
    }

    fn find_kept(&mut self, keeper: &mut Keeper, news: &mut PlaneTrainNews) -> Vec<String> {
        let (runs, messages) = keeper.read_all(kept::read);
        (news.kept, news.knows_kept) = (Arc::new(runs), true);
        messages
    }

    fn make(&mut self, job: &PlaneTrainJob, keeper: &Keeper) -> Result<PlaneRun, String> {
        let board = self.board.clone();
        let lost = |problem: String| {
            board.note(|s| s.device_lost = true);
            board.report(Err(format!("{problem}: the run starts on the CPU")));
        };
        let make = |device: &Device| match job {
            PlaneTrainJob::Fresh(task) => {
                let trainer = PlaneTrainer::new((**task).clone(), device).map_err(|e| e.to_string())?;
                Ok(PlaneRun::new(trainer, Before::default(), device))
            }
            PlaneTrainJob::File(file) => {
                let greeting = |_| format!("opened {}: Continue trains it further", file.display());
                PlaneRun::of_file(file, device, greeting)
            }
            PlaneTrainJob::Kept(number) => {
                let file = keeper.file(*number).ok_or_else(|| format!("run {number}: no runs are kept"))?;
                PlaneRun::of_file(&file, device, |step| format!("run {number} goes on from step {step}"))
            }
        };
        self.on.make(make, lost)
    }

    fn begin(
        &mut self,
        run: &mut PlaneRun,
        _number: u64,
        news: PlaneTrainNews,
    ) -> (PlaneTrainNews, Option<String>) {
        let Before { history, greeting } = run.before.take().unwrap_or_default();
        let network = run.trainer.network().ok().map(|net| Arc::new(PlaneNetwork::new(net)));
        let news = PlaneTrainNews {
            step: run.trainer.step(),
            seconds: run.trainer.seconds(),
            history: Arc::new(history),
            network,
            task: Some(Arc::new(run.trainer.task().clone())),
            best: run.trainer.best(),
            ..news
        };
        (news, greeting)
    }

    fn lasting(news: &PlaneTrainNews) -> PlaneTrainNews {
        PlaneTrainNews {
            network_version: news.network_version + 1,
            device_lost: news.device_lost,
            kept: news.kept.clone(),
            knows_kept: news.knows_kept,
            ..PlaneTrainNews::default()
        }
    }

    fn goes_on(&mut self, run: &mut PlaneRun) {
        run.measured = Instant::now();
    }

    fn pauses(&mut self, run: &mut PlaneRun) {
        run.gap_is_owed = true;
    }

    fn obey(&mut self, (): (), _run: Option<&mut PlaneRun>, _keeper: &Keeper) {}

    fn step(&mut self, run: &mut PlaneRun) -> Result<(), Trouble> {
        let loss = run.trainer.train_step()?;
        let (step, seconds) = (run.trainer.step(), run.trainer.seconds());
        self.board.note(|s| (s.news.step, s.news.seconds, s.news.batch_loss) = (step, seconds, Some(loss)));
        Ok(())
    }

    fn ahead(&self, run: &PlaneRun) -> Duration {
        if run.measures() { run.gap_cost } else { Duration::ZERO }
    }

    fn show(&mut self, run: &mut PlaneRun, running: bool, go_on: &dyn Fn() -> bool) -> Result<(), Trouble> {
        if run.gap_is_owed || (running && run.measures()) {
            run.measure(&self.board, go_on)?;
        }
        if running && !self.on.on_cpu && run.spared.elapsed() > SPARE_EVERY {
            run.spare = Some(run.trainer.file(Vec::new())?);
            run.spared = Instant::now();
        }
        Ok(())
    }

    fn mark(run: &PlaneRun, news: &PlaneTrainNews) -> Mark {
        (run.trainer.step(), news.history.len())
    }

    fn bytes(run: &PlaneRun, news: &PlaneTrainNews, _half: bool) -> Result<Vec<u8>, String> {
        run.trainer.file(news.history.to_vec()).map_err(|e| e.to_string())?.to_bytes()
    }

    fn is_lost(&self, run: &PlaneRun) -> bool {
        self.on.on_cpu && !run.on_cpu
    }

    /// On the CPU from the last copy of the run in memory, or from its start: at most [`SPARE_EVERY`] is lost.
    fn recover(&mut self, run: &PlaneRun, problem: String) -> Result<PlaneRun, String> {
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
        let mut again = PlaneRun::new(trainer, Before::default(), &self.on.device);
        again.before = None;
        Ok(again)
    }
}
