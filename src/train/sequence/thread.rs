//! The thread that trains on images: it steps while it may, and says how far it is.

use super::{HeldOut, ImageTrainConfig, ImageTrainer, Mirror};
use crate::data::RunFolder;
use crate::data::codec::image::{TokenSpec, Tokenizer};
use crate::data::images::ImageSource;
use crate::flow::SequenceSource;
use crate::latest::panic_message;
use crate::model::sequence::{ImageFile, ImageModel, ImageNetConfig};
use crate::train::TrainState;
use crate::train::inbox::Inbox;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A killed program loses no more than this of a run, and the step it was in.
const SAVE_EVERY: Duration = Duration::from_secs(30);
/// The status is renewed this often.
const SAY_EVERY: Duration = Duration::from_millis(100);
/// Between two networks to sample from: at first soon, then less and less often.
const SHOW_FIRST: f64 = 4.0;
const SHOW_LAST: f64 = 30.0;
/// Between two questions about images held out, seconds of training, and how many images in how many parts.
const HOLD_OUT_EVERY: f64 = 30.0;
const HELD_OUT: (usize, usize) = (64, 2);
/// Points of the curve of losses; then every second one goes.
const MOST_POINTS: usize = 1000;
/// Steps that a point of the curve is the mean of, at first.
const STEPS_A_POINT: u64 = 8;
/// Runs that are kept.
const MOST_RUNS: usize = 8;

/// What to train.
#[derive(Clone, Debug)]
pub enum ImageJob {
    /// A new network.
    Fresh {
        /// On which images.
        data: ImageSource,
        /// How they become tokens.
        tokens: TokenSpec,
        /// Pixels a side.
        side: usize,
        /// Where the flow starts.
        source: SequenceSource,
        /// Channels at full size, a multiple of 16 up to 256; twice and four times as many below.
        width: usize,
        /// How, but for whether images are mirrored.
        config: ImageTrainConfig,
        /// Whether they are.
        mirror: Mirror,
    },
    /// A run in a file goes on.
    File(PathBuf),
}

/// Orders that have not been carried out yet; a newer one replaces an older one of its kind.
#[derive(Default)]
struct Orders {
    start: Option<ImageJob>,
    run: Option<bool>,
    reset: bool,
    save: Option<(PathBuf, bool)>,
    quit: bool,
}

impl crate::train::inbox::Orders for Orders {
    fn is_empty(&self) -> bool {
        let Self { start, run, reset, save, quit } = self;
        start.is_none() && run.is_none() && save.is_none() && !reset && !quit
    }
}

/// What the thread last said.
#[derive(Clone, Default)]
pub struct ImageTrainStatus {
    /// Running, paused, ….
    pub state: TrainState,
    /// A run was ordered and is not there yet.
    pub starting: bool,
    /// What is trained, in words.
    pub about: String,
    /// Images seen in all.
    pub images: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// Images a second, since the run went on.
    pub rate: f64,
    /// The mean loss of the last steps, bits a token.
    pub bits: Option<f64>,
    /// Images seen, and the mean loss of some steps up to there, bits a token.
    pub losses: Arc<Vec<[f64; 2]>>,
    /// Every answer about images held out.
    pub held_out: Arc<Vec<HeldOut>>,
    /// The newest network.
    pub model: Option<Arc<ImageModel>>,
    /// Counts up with every new one.
    pub version: u64,
    /// Where the run is kept, if it is.
    pub file: Option<PathBuf>,
    /// The newest run that was kept when the thread was started.
    pub kept: Option<PathBuf>,
    /// What the user should know, and how often there was something.
    pub report: Option<(u64, Result<String, String>)>,
}

/// Owns the thread; dropping it saves the run and ends the thread.
pub struct ImageTrainerThread {
    inbox: Arc<Inbox<Orders>>,
    status: Arc<Mutex<ImageTrainStatus>>,
    thread: Option<JoinHandle<()>>,
}

impl ImageTrainerThread {
    /// Starts the thread, idle. Runs are kept in `folder`, if there is one. `wake` is called after every change.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(folder: Option<PathBuf>, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (inbox, status) = (Arc::new(Inbox::default()), Arc::new(Mutex::new(ImageTrainStatus::default())));
        let (orders, shared) = (inbox.clone(), status.clone());
        let thread = std::thread::Builder::new().name("image trainer".to_owned()).spawn(move || {
            let folder = folder.map(RunFolder::new);
            Work { inbox: orders, status: shared, wake: Box::new(wake), folder, run: None, reports: 0 }
                .live();
        })?;
        Ok(Self { inbox, status, thread: Some(thread) })
    }

    /// Trains, in place of what was trained before.
    pub fn train(&self, job: ImageJob) {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).starting = true;
        self.inbox.put(|orders| (orders.start, orders.run) = (Some(job), Some(true)));
    }

    /// Goes on, or pauses.
    pub fn run(&self, run: bool) {
        self.inbox.put(|orders| orders.run = Some(run));
    }

    /// Lets go of the run; its file stays.
    pub fn reset(&self) {
        self.inbox.put(|orders| orders.reset = true);
    }

    /// Writes the run to a file, or in `half` precision the network alone.
    pub fn save(&self, file: PathBuf, half: bool) {
        self.inbox.put(|orders| orders.save = Some((file, half)));
    }

    /// What the thread last said.
    pub fn status(&self) -> ImageTrainStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for ImageTrainerThread {
    fn drop(&mut self) {
        self.inbox.put(|orders| orders.quit = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A run and what follows its course.
struct Run {
    trainer: ImageTrainer,
    running: bool,
    /// Images and seconds when it last went on.
    since: (u64, f64),
    mean: Option<f64>,
    /// Sum and count of the losses of the next point of the curve.
    point: (f64, u64),
    steps_a_point: u64,
    losses: Vec<[f64; 2]>,
    /// Seconds of training at which something is due.
    next_show: f64,
    next_hold_out: f64,
    saved: (u64, Instant),
    file: Option<PathBuf>,
}

struct Work {
    inbox: Arc<Inbox<Orders>>,
    status: Arc<Mutex<ImageTrainStatus>>,
    wake: Box<dyn Fn() + Send>,
    folder: Option<RunFolder>,
    run: Option<Run>,
    reports: u64,
}

impl Work {
    fn live(&mut self) {
        let newest = self.folder.as_ref().and_then(|folder| folder.list().ok()?.pop());
        self.say(|status| status.kept = newest.map(|run| run.path));
        let mut said = Instant::now();
        loop {
            let running = self.run.as_ref().is_some_and(|run| run.running);
            let orders = self.inbox.take(!running);
            if orders.quit {
                return self.keep();
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                self.carry_out(orders)?;
                if self.run.as_ref().is_some_and(|run| run.running) { self.step(&mut said) } else { Ok(()) }
            }));
            let failed = match outcome {
                Ok(Ok(())) => continue,
                Ok(Err(why)) => why,
                Err(panic) => format!("training stopped unexpectedly: {}", panic_message(&*panic)),
            };
            if let Some(run) = &mut self.run {
                run.running = false;
            }
            self.say(|status| (status.state, status.starting) = (TrainState::Failed(failed), false));
        }
    }

    fn carry_out(&mut self, orders: Orders) -> Result<(), String> {
        if orders.reset {
            self.keep();
            self.run = None;
            self.say(|status| {
                let (report, version) = (status.report.take(), status.version);
                *status = ImageTrainStatus { report, version, ..ImageTrainStatus::default() };
            });
        }
        if let Some(job) = orders.start {
            self.keep();
            self.run = None;
            let run = self.begin(job)?;
            self.say(|status| {
                status.about = about(&run.trainer);
                (status.starting, status.bits) = (false, None);
                (status.losses, status.kept) = (Arc::default(), None);
                status.file.clone_from(&run.file);
            });
            self.run = Some(run);
            self.publish();
            self.show();
        }
        if let (Some(run), Some(go_on)) = (&mut self.run, orders.run) {
            let training = run.trainer.training();
            (run.running, run.since) = (go_on, (training.images, training.seconds));
            if !go_on {
                self.keep();
                self.show();
            }
            self.publish();
        }
        if let (Some(run), Some((file, half))) = (&self.run, orders.save) {
            let outcome = run.trainer.file().map_err(|e| e.to_string());
            let outcome = outcome.and_then(|of| of.write(&file, half).map_err(|e| e.to_string()));
            self.report(outcome.map(|()| format!("saved {}", file.display())));
        }
        Ok(())
    }

    fn begin(&self, job: ImageJob) -> Result<Run, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let (trainer, file) = match job {
            ImageJob::Fresh { data, tokens, side, source, width, config, mirror } => {
                let seed = config.seed;
                let data = Arc::new(data.load(side, seed).map_err(|e| words(&e))?);
                let config = ImageTrainConfig { flips: mirror.of(&data), ..config };
                let tokenizer = Tokenizer::new(tokens, &data.train, seed).map_err(|e| words(&e))?;
                let usual = ImageTrainer::usual_network(&data, &tokenizer, source);
                let network = ImageNetConfig { widths: [width, 2 * width, 4 * width], ..usual };
                let trainer =
                    ImageTrainer::new(network, config, (data, seed), tokenizer).map_err(|e| words(&e))?;
                (trainer, self.new_file())
            }
            ImageJob::File(path) => {
                let read = ImageFile::read(&path).map_err(|e| words(&e))?;
                let recipe = &read.recipe;
                let data =
                    recipe.data.load(recipe.tokenizer.side(), recipe.data_seed).map_err(|e| words(&e))?;
                let trainer = ImageTrainer::resume(&read, Arc::new(data))
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                // A run of ours goes on in its own file; somebody else's is not touched.
                let own = self.folder.as_ref().and_then(|folder| folder.list().ok());
                let is_own = own.is_some_and(|runs| runs.iter().any(|run| run.path == path));
                (trainer, if is_own { Some(path) } else { self.new_file() })
            }
        };
        let training = trainer.training();
        Ok(Run {
            running: false,
            since: (training.images, training.seconds),
            mean: None,
            point: (0.0, 0),
            steps_a_point: STEPS_A_POINT,
            losses: Vec::new(),
            next_show: training.seconds + SHOW_FIRST,
            next_hold_out: training.seconds + if training.held_out.is_empty() { 5.0 } else { HOLD_OUT_EVERY },
            saved: (training.images, Instant::now()),
            file,
            trainer,
        })
    }

    /// The file of a new run, with room for it: the oldest of many go.
    fn new_file(&self) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let known = folder.list().unwrap_or_default();
        let surplus = (known.len() + 1).saturating_sub(MOST_RUNS);
        for old in known.iter().take(surplus) {
            // One that can't be deleted is only one too many.
            let _ = folder.remove(old.number);
        }
        Some(folder.file(known.iter().map(|run| run.number).max().unwrap_or(0) + 1))
    }

    fn step(&mut self, said: &mut Instant) -> Result<(), String> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let report = run.trainer.step().map_err(|error| error.to_string())?;
        run.mean = Some(run.mean.map_or(report.bits, |mean| mean + 0.05 * (report.bits - mean)));
        run.point = (run.point.0 + report.bits, run.point.1 + 1);
        if run.point.1 >= run.steps_a_point {
            run.losses.push([report.images as f64, run.point.0 / run.point.1 as f64]);
            run.point = (0.0, 0);
            if run.losses.len() > MOST_POINTS {
                let pairs = run.losses.chunks(2);
                // The mean of two neighbours, at the place of the later one.
                run.losses = pairs
                    .map(|pair| {
                        let mean = pair.iter().map(|point| point[1]).sum::<f64>() / pair.len() as f64;
                        [pair[pair.len() - 1][0], mean]
                    })
                    .collect();
                run.steps_a_point *= 2;
            }
        }
        if report.seconds >= run.next_hold_out {
            run.next_hold_out = report.seconds + HOLD_OUT_EVERY;
            let inbox = self.inbox.clone();
            run.trainer
                .hold_out(HELD_OUT.0, HELD_OUT.1, &|| !inbox.is_pending())
                .map_err(|error| error.to_string())?;
            self.publish();
        }
        let Some(run) = &mut self.run else { return Ok(()) };
        if report.seconds >= run.next_show {
            let wait = (0.25 * (report.seconds - run.since.1)).clamp(SHOW_FIRST, SHOW_LAST);
            run.next_show = report.seconds + wait;
            self.show();
        }
        if self.run.as_ref().is_some_and(|run| run.saved.1.elapsed() > SAVE_EVERY) {
            self.keep();
        }
        if said.elapsed() > SAY_EVERY {
            *said = Instant::now();
            self.publish();
        }
        Ok(())
    }

    /// Gives the network as it is to be sampled from.
    fn show(&mut self) {
        let Some(run) = &self.run else { return };
        let model = run.trainer.file().map_err(|e| e.to_string());
        let model = model.and_then(|file| ImageModel::of_file(&file).map_err(|e| format!("{e:#}")));
        match model {
            Ok(model) => self.say(|status| {
                status.model = Some(Arc::new(model));
                status.version += 1;
            }),
            Err(why) => self.report(Err(why)),
        }
    }

    /// Writes the run, if it has gone on since the last time.
    fn keep(&mut self) {
        let Some(run) = &mut self.run else { return };
        let (Some(folder), Some(file)) = (&self.folder, &run.file) else { return };
        let images = run.trainer.training().images;
        if images == run.saved.0 {
            return;
        }
        let outcome = folder.prepare().map_err(|e| e.to_string());
        let outcome = outcome.and_then(|()| run.trainer.file().map_err(|e| e.to_string()));
        let outcome = outcome.and_then(|of| of.write(Path::new(file), false).map_err(|e| e.to_string()));
        run.saved.1 = Instant::now();
        match outcome {
            Ok(()) => run.saved.0 = images,
            Err(why) => self.report(Err(format!("the run could not be kept and will be tried again: {why}"))),
        }
    }

    fn publish(&self) {
        let Some(run) = &self.run else { return };
        let training = run.trainer.training();
        let (images, seconds) = run.since;
        let rate = (training.images - images) as f64 / (training.seconds - seconds).max(1e-9);
        self.say(|status| {
            status.state = if run.running { TrainState::Running } else { TrainState::Paused };
            (status.images, status.seconds) = (training.images, training.seconds);
            (status.rate, status.bits) = (rate, run.mean);
            if status.losses.len() != run.losses.len() {
                status.losses = Arc::new(run.losses.clone());
            }
            if status.held_out.len() != training.held_out.len() {
                status.held_out = Arc::new(training.held_out.clone());
            }
        });
    }

    fn report(&mut self, report: Result<String, String>) {
        // The same complaint is made once.
        self.reports += 1;
        let number = self.reports;
        self.say(|status| {
            if status.report.as_ref().is_none_or(|(_, last)| *last != report || report.is_ok()) {
                status.report = Some((number, report));
            }
        });
    }

    fn say(&self, change: impl FnOnce(&mut ImageTrainStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
        (self.wake)();
    }
}

fn about(trainer: &ImageTrainer) -> String {
    let (network, tokenizer) = (trainer.network(), trainer.tokenizer());
    let side = tokenizer.side();
    let mirrored = if trainer.training().config.flips { ", mirrored too" } else { "" };
    format!(
        "{} at {side}×{side}, {} source, width {}{mirrored}",
        tokenizer.spec(),
        network.source,
        network.widths[0]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latest::testing::eventually;

    fn job() -> ImageJob {
        ImageJob::Fresh {
            data: ImageSource::Shapes,
            tokens: TokenSpec::Gray(8),
            side: 8,
            source: SequenceSource::Mask,
            width: 16,
            config: ImageTrainConfig { batch: 8, ..ImageTrainConfig::default() },
            mirror: Mirror::Auto,
        }
    }

    #[test]
    fn a_run_trains_pauses_is_kept_and_goes_on_after_the_program_has_ended() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("runs");
        let thread = ImageTrainerThread::start(Some(folder.clone()), || {}).expect("a thread");
        thread.train(job());
        let running = eventually("steps", || Some(thread.status()).filter(|status| status.images >= 80));
        assert!(running.model.is_some() && running.state == TrainState::Running);
        eventually("a loss", || thread.status().bits);
        thread.run(false);
        let paused =
            eventually("rest", || Some(thread.status()).filter(|status| status.state == TrainState::Paused));
        let file = paused.file.clone().expect("a file");
        assert!(!ImageFile::read(&file).expect("kept").state.is_empty(), "with the state of its run");
        let given = home.path().join("given.safetensors");
        thread.save(given.clone(), true);
        let report = eventually("a report", || thread.status().report);
        assert!(report.1.is_ok_and(|text| text.contains("given")));
        assert!(ImageFile::read(&given).expect("given away").state.is_empty());
        drop(thread);

        let again = ImageTrainerThread::start(Some(folder), || {}).expect("a thread");
        let kept = eventually("the kept run", || again.status().kept);
        assert_eq!(kept, file);
        again.train(ImageJob::File(kept));
        let on =
            eventually("more steps", || Some(again.status()).filter(|status| status.images > paused.images));
        assert_eq!(on.file, Some(file), "in its own file");
        again.reset();
        eventually("nothing", || (again.status().state == TrainState::Idle).then_some(()));
    }

    #[test]
    fn what_can_not_be_trained_is_said_and_no_end() {
        let thread = ImageTrainerThread::start(None, || {}).expect("a thread");
        thread.train(ImageJob::File("no/such.safetensors".into()));
        let why = eventually("a message", || match thread.status().state {
            TrainState::Failed(why) => Some(why),
            _ => None,
        });
        assert!(why.contains("no/such.safetensors"), "{why}");
        thread.train(job());
        eventually("steps", || (thread.status().images > 0).then_some(()));
    }
}
