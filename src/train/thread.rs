//! The trainer thread: steps while it may, and says how far it is.

use super::{Gap, TrainConfig, Trainer};
use crate::flow::{GridPath, Scheduler};
use crate::latest::panic_message;
use crate::model::{Checkpoint, NetworkDenoiser};
use burn::tensor::Device;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What to train.
pub struct TrainJob {
    /// The path data are drawn from.
    pub path: Arc<GridPath>,
    /// The scheduler the gap is measured with.
    pub scheduler: Scheduler,
    /// The settings.
    pub config: TrainConfig,
    /// The flow in words.
    pub flow: String,
    /// Where to go on, instead of a fresh network.
    pub resume: Option<Checkpoint>,
}

enum Command {
    Start(Box<TrainJob>),
    Pause,
    Go,
    Reset,
    Scheduler(Scheduler),
    Quit,
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
    /// Steps done.
    pub step: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// The last batch's loss, nats per token: noise around the loss.
    pub batch_loss: Option<f32>,
    /// The gap since the run began.
    pub history: Vec<GapPoint>,
    /// The newest network, and how many there were.
    pub network: Option<Arc<NetworkDenoiser>>,
    /// Counts up with every new network.
    pub network_version: u64,
    /// The newest state to save.
    pub checkpoint: Option<Arc<Checkpoint>>,
}

/// The gap is measured no more often than this share of the time allows.
const GAP_SHARE: f64 = 0.12;
/// A new network is shown this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(400);

/// Owns the trainer thread; dropping it ends the thread.
pub struct TrainerThread {
    commands: SyncSender<Command>,
    status: Arc<Mutex<TrainStatus>>,
    thread: Option<JoinHandle<()>>,
}

impl TrainerThread {
    /// Starts the thread, idle. `wake` is called after every change of the status.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(device: Device, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (commands, inbox) = sync_channel(16);
        let status = Arc::new(Mutex::new(TrainStatus::default()));
        let shared = status.clone();
        let thread = std::thread::Builder::new().name("trainer".to_owned()).spawn(move || {
            let mut work = Work { inbox, status: shared, wake: Box::new(wake), device, trainer: None };
            work.serve();
        })?;
        Ok(Self { commands, status, thread: Some(thread) })
    }

    /// Starts a run, in place of the present one.
    pub fn train(&self, job: TrainJob) {
        self.update(|s| *s = TrainStatus { state: TrainState::Running, ..TrainStatus::default() });
        self.send(Command::Start(Box::new(job)));
    }

    /// Stops stepping; everything is kept.
    pub fn pause(&self) {
        self.send(Command::Pause);
    }

    /// Goes on after a pause.
    pub fn go(&self) {
        self.send(Command::Go);
    }

    /// Forgets the network.
    pub fn reset(&self) {
        self.send(Command::Reset);
    }

    /// Measures the gap with another scheduler from now on; the network is not retrained.
    pub fn set_scheduler(&self, scheduler: Scheduler) {
        self.send(Command::Scheduler(scheduler));
    }

    /// What the trainer last said.
    pub fn status(&self) -> TrainStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, change: impl FnOnce(&mut TrainStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn send(&self, command: Command) {
        // A full inbox means sixteen clicks within one step; the last ones may be lost. A closed one means that the
        // thread is gone, which its status already says.
        let _ = self.commands.try_send(command);
    }
}

impl Drop for TrainerThread {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Quit);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    inbox: Receiver<Command>,
    status: Arc<Mutex<TrainStatus>>,
    wake: Box<dyn Fn() + Send>,
    device: Device,
    trainer: Option<Trainer>,
}

impl Work {
    fn serve(&mut self) {
        let mut running = false;
        let (mut published, mut measured) = (Instant::now(), Instant::now());
        let mut gap_cost = Duration::ZERO;
        loop {
            let command = if running {
                match self.inbox.try_recv() {
                    Ok(command) => Some(command),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => return,
                }
            } else {
                match self.inbox.recv() {
                    Ok(command) => Some(command),
                    Err(_) => return,
                }
            };
            let outcome = catch_unwind(AssertUnwindSafe(|| -> Result<bool, String> {
                match command {
                    Some(Command::Quit) => return Ok(false),
                    Some(Command::Start(job)) => {
                        self.begin(*job)?;
                        running = true;
                        self.measure()?;
                        (published, measured) = (Instant::now(), Instant::now());
                    }
                    Some(Command::Pause) if running => {
                        running = false;
                        self.measure()?;
                        self.say(|s| s.state = TrainState::Paused);
                    }
                    Some(Command::Go) if self.trainer.is_some() => {
                        running = true;
                        self.say(|s| s.state = TrainState::Running);
                    }
                    Some(Command::Reset) => {
                        running = false;
                        self.trainer = None;
                        self.say(|s| {
                            let network_version = s.network_version + 1;
                            *s = TrainStatus { network_version, ..TrainStatus::default() };
                        });
                    }
                    Some(Command::Scheduler(scheduler)) => {
                        if let Some(trainer) = &mut self.trainer {
                            trainer.set_scheduler(scheduler);
                            // The curve so far was measured under another density of t.
                            self.say(|s| s.history.clear());
                            self.measure()?;
                        }
                    }
                    Some(Command::Pause | Command::Go) => {}
                    None => {
                        self.step()?;
                        if measured.elapsed().as_secs_f64() * GAP_SHARE > gap_cost.as_secs_f64() {
                            let start = Instant::now();
                            self.measure()?;
                            (gap_cost, measured, published) =
                                (start.elapsed(), Instant::now(), Instant::now());
                        } else if published.elapsed() > PUBLISH_EVERY {
                            self.publish();
                            published = Instant::now();
                        }
                    }
                }
                Ok(true)
            }));
            let problem = match outcome {
                Ok(Ok(true)) => continue,
                Ok(Ok(false)) => return,
                Ok(Err(message)) => message,
                Err(panic) => format!("the trainer stopped unexpectedly: {}", panic_message(&*panic)),
            };
            running = false;
            self.trainer = None;
            self.say(|s| s.state = TrainState::Failed(problem));
        }
    }

    fn begin(&mut self, job: TrainJob) -> Result<(), String> {
        let made = match &job.resume {
            Some(checkpoint) => Trainer::resume(job.path, job.scheduler, checkpoint, job.flow, &self.device),
            None => Trainer::new(job.path, job.scheduler, job.config, job.flow, &self.device),
        };
        self.trainer = Some(made.map_err(|e| e.to_string())?);
        Ok(())
    }

    fn step(&mut self) -> Result<(), String> {
        let Some(trainer) = &mut self.trainer else { return Ok(()) };
        let loss = trainer.train_step().map_err(|e| e.to_string())?;
        let (step, seconds) = (trainer.step(), trainer.seconds());
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        (status.step, status.seconds, status.batch_loss) = (step, seconds, Some(loss));
        Ok(())
    }

    /// A new network for the views, and its exact gap.
    fn measure(&mut self) -> Result<(), String> {
        let Some(trainer) = &self.trainer else { return Ok(()) };
        let gap = trainer.gap().map_err(|e| e.to_string())?;
        let point = GapPoint { step: trainer.step(), seconds: trainer.seconds(), gap };
        self.say(|s| {
            s.history.push(point);
            (s.step, s.seconds) = (point.step, point.seconds);
        });
        self.publish();
        Ok(())
    }

    fn publish(&self) {
        let Some(trainer) = &self.trainer else { return };
        let network = Arc::new(trainer.denoiser());
        let checkpoint = Arc::new(trainer.checkpoint());
        self.say(|s| {
            s.network = Some(network);
            s.network_version += 1;
            s.checkpoint = Some(checkpoint);
        });
    }

    fn say(&self, change: impl FnOnce(&mut TrainStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
        (self.wake)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::small_target;
    use crate::flow::{Coupling, Source};

    fn job(learning_rate: f64) -> TrainJob {
        let path = GridPath::new(&small_target(6), &Source::Uniform, Coupling::Independent).expect("path");
        let config = TrainConfig { batch: 32, hidden: 8, learning_rate, ..TrainConfig::default() };
        TrainJob {
            path: Arc::new(path),
            scheduler: Scheduler::Linear,
            config,
            flow: String::new(),
            resume: None,
        }
    }

    /// Waits until the status is as wanted; a minute is far more than any of it takes.
    fn wait_for(thread: &TrainerThread, what: &str, wanted: impl Fn(&TrainStatus) -> bool) -> TrainStatus {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            let status = thread.status();
            if wanted(&status) {
                return status;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("never came: {what}");
    }

    #[test]
    fn trains_pauses_goes_on_and_resets() {
        let thread = TrainerThread::start(Device::flex(), || {}).expect("thread");
        assert_eq!(thread.status().state, TrainState::Idle);
        thread.train(job(1e-3));
        wait_for(&thread, "steps", |s| s.step > 20 && s.history.len() > 1 && s.network.is_some());
        thread.pause();
        let paused = wait_for(&thread, "a pause", |s| s.state == TrainState::Paused);
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(thread.status().step, paused.step, "it stepped while paused");
        thread.go();
        wait_for(&thread, "more steps", |s| s.step > paused.step);
        thread.set_scheduler(Scheduler::Cubic);
        thread.reset();
        let reset = wait_for(&thread, "a reset", |s| s.state == TrainState::Idle);
        assert!(reset.network.is_none() && reset.step == 0);
    }

    #[test]
    fn a_checkpoint_of_a_run_can_be_taken_up_again() {
        let thread = TrainerThread::start(Device::flex(), || {}).expect("thread");
        thread.train(job(1e-3));
        wait_for(&thread, "steps", |s| s.step > 5);
        thread.pause();
        let paused = wait_for(&thread, "a pause", |s| s.state == TrainState::Paused);
        let checkpoint = paused.checkpoint.expect("a checkpoint");
        thread.train(TrainJob { resume: Some((*checkpoint).clone()), ..job(1e-3) });
        let resumed = wait_for(&thread, "the resumed run", |s| s.step > paused.step);
        assert_eq!(resumed.history[0].step, paused.step);
    }

    #[test]
    fn a_run_that_fails_says_why_and_the_next_one_works() {
        let thread = TrainerThread::start(Device::flex(), || {}).expect("thread");
        thread.train(job(2.0));
        let failed = wait_for(&thread, "a failure", |s| matches!(s.state, TrainState::Failed(_)));
        let TrainState::Failed(message) = failed.state else { unreachable!() };
        assert!(message.contains("learning rate") && message.contains('2'), "{message}");
        thread.train(job(1e-3));
        wait_for(&thread, "steps", |s| s.step > 2);
    }
}
