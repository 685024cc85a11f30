//! What the trainer thread does with a run on images or on texts: steps, the curve of its losses, questions about what is held
//! out, and networks to look at.

use super::course::{SequenceTrainer, Subject};
use super::{RunNotes, RunRecord, SoFar, kept};
use crate::flow::counted;
use crate::train::thread::{Board, Origin, Status, TrainingLab, TrainingThread, Trouble};
use crate::train::{Keeper, Mark, RunKeeping, TrainError};
use burn::tensor::Device;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A killed program loses no more than this of a run, and the step it was in.
const SAVE_EVERY: Duration = Duration::from_secs(30);
/// The status is renewed this often.
const SAY_EVERY: Duration = Duration::from_millis(100);
/// Between two networks to look at: at first soon, then less and less often.
const SHOW_FIRST: f64 = 4.0;
const SHOW_LAST: f64 = 30.0;
/// Between two questions about what is held out, seconds of training.
const HOLD_OUT_EVERY: f64 = 30.0;

/// What the thread must know of what is learned.
pub trait Watched: Subject + 'static {
    /// The thread's name.
    const THREAD: &'static str;
    /// What can be ordered to be trained.
    type Job: Send + 'static;
    /// What is said of a run on this alone.
    type News: Clone + Default + Send + 'static;

    /// The file of a run that goes on.
    fn file_of(job: &Self::Job) -> Option<&Path>;

    /// Makes the run of a job.
    ///
    /// # Errors
    /// Says why it can't be trained.
    fn make(job: &Self::Job, device: &Device) -> Result<SequenceTrainer<Self>, String>;

    /// Looks for the runs that were kept. Returns what the user should know of them.
    fn find_kept(keeper: &mut Keeper, news: &mut Self::News) -> Vec<String>;

    /// What is left of the news when there is no run any more.
    fn lasting(news: &Self::News) -> Self::News;

    /// A run begins: what it was started with.
    fn begin(trainer: &SequenceTrainer<Self>, news: &mut SequenceNews<Self::News>);

    /// Says what else is to be said of it every moment.
    fn tell(trainer: &SequenceTrainer<Self>, news: &mut SequenceNews<Self::News>);

    /// Its newest network, on `device`.
    ///
    /// # Errors
    /// If the device fails.
    fn show(
        trainer: &mut SequenceTrainer<Self>,
        device: &Device,
        news: &mut Self::News,
    ) -> Result<(), String>;

    /// Asks about what is held out, unless `go_on` says that there are orders.
    ///
    /// # Errors
    /// If the device fails.
    fn hold_out(trainer: &mut SequenceTrainer<Self>, go_on: &dyn Fn() -> bool) -> Result<(), TrainError>;
}

/// What the thread says of a run on images or texts.
#[derive(Clone, Default)]
pub struct SequenceNews<N> {
    /// What is trained, in words.
    pub about: String,
    /// The name that it had when it was taken up, if it was given one.
    pub name: String,
    /// Images or texts seen in all.
    pub seen: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// Images or texts a second, since the run went on.
    pub rate: f64,
    /// Seconds until all of its length are seen, where it has one.
    pub left: Option<f64>,
    /// Bytes that its device has taken at most, where that is not the CPU.
    pub device_memory: Option<u64>,
    /// Whether its device is still busy with what comes before a first step: a GPU compiles its kernels then, for seconds, on a
    /// software driver for minutes.
    pub prepares: bool,
    /// The mean loss of the last steps, bits a token.
    pub bits: Option<f64>,
    /// Images or texts seen, and the mean loss of some steps up to there, bits a token.
    pub losses: Arc<Vec<[f64; 2]>>,
    /// Images or texts that the newest network had seen.
    pub shown: u64,
    /// Counts up with every new one.
    pub version: u64,
    /// Whether kept runs have been looked for.
    pub knows_kept: bool,
    /// What is said of a run on images alone, or of one on texts alone.
    pub own: N,
}

/// What the thread last said of a run on images or texts.
pub type SequenceStatus<N> = Status<SequenceNews<N>>;

/// Where networks are trained.
pub struct SequenceLab<S: Watched> {
    device: Device,
    board: Arc<Board<SequenceNews<S::News>>>,
}

impl<S: Watched> TrainingThread<SequenceLab<S>> {
    /// Starts the thread, as [`TrainingThread::launch`] does; it trains on `device`. Runs are kept in `folder`, if there is
    /// one.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        device: &Device,
        folder: Option<PathBuf>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let device = device.clone();
        let keeping = folder.map(|folder| RunKeeping { folder, every: SAVE_EVERY });
        Self::launch(keeping, wake, move |board| Ok(SequenceLab { device, board: board.clone() }))
    }
}

/// A run and what follows its course.
pub struct SequenceRun<S: Subject> {
    trainer: SequenceTrainer<S>,
    /// Where it is.
    device: Device,
    number: u64,
    /// How often something was said of it.
    notes: usize,
    /// Where it was when it last went on.
    since: SoFar,
    mean: Option<f64>,
    /// The most that its device was seen to have taken, bytes.
    device_peak: Option<u64>,
    /// Seconds of training at which something is due.
    next_show: f64,
    next_hold_out: f64,
    said: Instant,
}

impl<S: Watched> SequenceRun<S> {
    fn new(trainer: SequenceTrainer<S>, device: &Device) -> Self {
        let since = trainer.training().so_far();
        let asks_after = if trainer.training().answers() == 0 { 5.0 } else { HOLD_OUT_EVERY };
        Self {
            number: 0,
            notes: 0,
            since,
            mean: None,
            device_peak: None,
            next_show: since.seconds + SHOW_FIRST,
            next_hold_out: since.seconds + asks_after,
            said: Instant::now(),
            device: device.clone(),
            trainer,
        }
    }

    /// The newest network.
    fn give(&mut self, news: &mut SequenceNews<S::News>) -> Result<(), String> {
        S::show(&mut self.trainer, &self.device, &mut news.own)?;
        news.shown = self.trainer.training().so_far().seen;
        news.version += 1;
        Ok(())
    }

    /// The same on the board.
    fn give_to(&mut self, board: &Board<SequenceNews<S::News>>) {
        let mut news = board.read().news;
        match self.give(&mut news) {
            Ok(()) => board.say(|status| status.news = news),
            Err(why) => board.report(Err(why)),
        }
    }

    /// Writes down how far it is.
    fn tell(&mut self, news: &mut SequenceNews<S::News>) {
        self.said = Instant::now();
        let (SoFar { seen, seconds, .. }, since) = (self.trainer.training().so_far(), self.since);
        (news.seen, news.seconds) = (seen, seconds);
        news.rate = (seen - since.seen) as f64 / (seconds - since.seconds).max(1e-9);
        news.left = self.trainer.training().seconds_left(news.rate);
        news.device_memory = self.device_peak;
        news.prepares = seen == since.seen && self.device != Device::flex();
        news.bits = self.mean;
        // Its last point changes when it grows, and when it is made coarser.
        let losses = self.trainer.training.losses();
        if news.losses.last() != losses.last() {
            news.losses = Arc::new(losses.clone());
        }
        S::tell(&self.trainer, news);
    }
}

impl<S: Watched> TrainingLab for SequenceLab<S> {
    const THREAD: &'static str = S::THREAD;
    type Job = S::Job;
    /// Of runs, whichever: the present one, or others that are kept.
    type Order = Vec<RunNotes>;
    type News = SequenceNews<S::News>;
    type Run = SequenceRun<S>;

    fn origin(job: &S::Job, keeper: &Keeper) -> Origin {
        match S::file_of(job) {
            None => Origin::Fresh,
            // A run of ours goes on in its own file; somebody else's is not touched.
            Some(file) => keeper.number_of(file).map_or(Origin::File, Origin::Kept),
        }
    }

    fn find_kept(&mut self, keeper: &mut Keeper, news: &mut Self::News) -> Vec<String> {
        news.knows_kept = true;
        S::find_kept(keeper, &mut news.own)
    }

    fn make(&mut self, job: &S::Job, _keeper: &Keeper) -> Result<SequenceRun<S>, String> {
        Ok(SequenceRun::new(S::make(job, &self.device)?, &self.device))
    }

    fn begin(
        &mut self,
        run: &mut SequenceRun<S>,
        number: u64,
        mut news: Self::News,
    ) -> (Self::News, Option<String>) {
        run.number = number;
        S::begin(&run.trainer, &mut news);
        // One that can't be shown is said to be so when the next one is due.
        let _ = run.give(&mut news);
        run.tell(&mut news);
        (news, None)
    }

    fn lasting(news: &Self::News) -> Self::News {
        SequenceNews {
            version: news.version + 1,
            knows_kept: news.knows_kept,
            own: S::lasting(&news.own),
            ..SequenceNews::default()
        }
    }

    fn goes_on(&mut self, run: &mut SequenceRun<S>) {
        run.since = run.trainer.training().so_far();
    }

    fn pauses(&mut self, run: &mut SequenceRun<S>) {
        self.board.note(|status| run.tell(status));
        run.give_to(&self.board);
    }

    fn merged(mut older: Vec<RunNotes>, newer: Vec<RunNotes>) -> Vec<RunNotes> {
        older.retain(|notes| newer.iter().all(|other| other.run != notes.run));
        older.into_iter().chain(newer).collect()
    }

    fn obey(&mut self, order: Vec<RunNotes>, mut run: Option<&mut SequenceRun<S>>, keeper: &Keeper) {
        for notes in order {
            if let Some(run) = run.as_mut().filter(|run| run.number == notes.run) {
                run.trainer.take(notes);
                run.notes += 1;
            } else if let Err(why) = kept::amend::<S>(notes, keeper) {
                self.board.report(Err(why));
            }
        }
    }

    fn step(&mut self, run: &mut SequenceRun<S>) -> Result<(), Trouble> {
        let bits = run.trainer.step()?.bits;
        run.mean = Some(run.mean.map_or(bits, |mean| mean + 0.05 * (bits - mean)));
        Ok(())
    }

    fn ended(run: &SequenceRun<S>) -> Option<String> {
        let training = run.trainer.training();
        let seen = || counted(training.pace().length, S::ONE);
        training.has_just_ended().then(|| format!("the run has seen its {}", seen()))
    }

    fn show(
        &mut self,
        run: &mut SequenceRun<S>,
        running: bool,
        go_on: &dyn Fn() -> bool,
    ) -> Result<(), Trouble> {
        if !running {
            return Ok(());
        }
        let seconds = run.trainer.training().so_far().seconds;
        let asks = seconds >= run.next_hold_out;
        if asks {
            run.next_hold_out = seconds + HOLD_OUT_EVERY;
            S::hold_out(&mut run.trainer, go_on)?;
        }
        if seconds >= run.next_show {
            let wait = (0.25 * (seconds - run.since.seconds)).clamp(SHOW_FIRST, SHOW_LAST);
            run.next_show = seconds + wait;
            run.device_peak = run.device_peak.max(run.trainer.device_memory());
            run.give_to(&self.board);
        }
        if asks || run.said.elapsed() > SAY_EVERY {
            self.board.say(|status| run.tell(status));
        }
        Ok(())
    }

    fn mark(run: &SequenceRun<S>, _news: &Self::News) -> Mark {
        let training = run.trainer.training();
        (training.so_far().seen, training.answers() + run.notes)
    }

    fn bytes(run: &SequenceRun<S>, _news: &Self::News, half: bool) -> Result<Vec<u8>, String> {
        run.trainer.file().map_err(|e| e.to_string())?.to_bytes(half)
    }

    fn is_lost(&self, run: &SequenceRun<S>) -> bool {
        self.device == Device::flex() && run.device != self.device
    }

    /// On the CPU from the last copy of the run in memory ([`SequenceTrainer::rescued`]). A device that had no memory left may
    /// have enough for the next run.
    fn recover(&mut self, run: &SequenceRun<S>, problem: String) -> Result<SequenceRun<S>, String> {
        let Some(trainer) = run.trainer.rescued() else { return Err(problem) };
        let problem = match trainer.out_of_memory(&problem) {
            Some(error) => error.to_string(),
            None => {
                self.device = Device::flex();
                problem
            }
        };
        let seen = |of: &SequenceTrainer<S>| counted(of.training().so_far().seen, S::ONE);
        self.board.report(Err(format!(
            "{problem}: training goes on on the CPU after {} (it had seen {})",
            seen(&trainer),
            seen(&run.trainer)
        )));
        let cpu = Device::flex();
        let mut again =
            SequenceRun { number: run.number, notes: run.notes, ..SequenceRun::new(trainer, &cpu) };
        self.board.note(|status| again.tell(status));
        again.give_to(&self.board);
        Ok(again)
    }
}
