//! What the trainer thread does with a run on images: steps, the curve of its losses, questions about images held out, and
//! networks to sample from.

use super::{ImageJob, ImageTrainNews};
use crate::data::codec::image::Tokenizer;
use crate::flow::counted;
use crate::model::sequence::ImageFile;
use crate::model::sequence::ImageModel;
use crate::train::is_out_of_memory;
use crate::train::sequence::memory::out_of_memory;
use crate::train::sequence::{ImageTrainConfig, ImageTrainer, RunNotes, kept};
use crate::train::thread::{Board, Origin, TrainingLab, Trouble};
use crate::train::{Keeper, Mark};
use burn::tensor::Device;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The status is renewed this often.
const SAY_EVERY: Duration = Duration::from_millis(100);
/// Between two networks to sample from: at first soon, then less and less often.
const SHOW_FIRST: f64 = 4.0;
const SHOW_LAST: f64 = 30.0;
/// Between two questions about images held out, seconds of training, and how many images in how many parts.
const HOLD_OUT_EVERY: f64 = 30.0;
const HELD_OUT: (usize, usize) = (64, 2);

/// Where networks are trained.
pub struct ImageLab {
    device: Device,
    board: Arc<Board<ImageTrainNews>>,
}

impl ImageLab {
    /// Trains on `device` and says on `board` how far it is.
    pub fn new(device: Device, board: Arc<Board<ImageTrainNews>>) -> Self {
        Self { device, board }
    }
}

/// A run and what follows its course.
pub struct LoggedRun {
    trainer: ImageTrainer,
    /// Where it is.
    device: Device,
    number: u64,
    /// How often something was said of it.
    notes: usize,
    /// Images and seconds when it last went on.
    since: (u64, f64),
    mean: Option<f64>,
    /// The most that its device was seen to have taken, bytes.
    device_peak: Option<u64>,
    /// Seconds of training at which something is due.
    next_show: f64,
    next_hold_out: f64,
    said: Instant,
}

impl LoggedRun {
    fn new(trainer: ImageTrainer, device: &Device) -> Self {
        let training = trainer.training();
        Self {
            number: 0,
            notes: 0,
            since: (training.images, training.seconds),
            mean: None,
            device_peak: None,
            next_show: training.seconds + SHOW_FIRST,
            next_hold_out: training.seconds + if training.held_out.is_empty() { 5.0 } else { HOLD_OUT_EVERY },
            said: Instant::now(),
            device: device.clone(),
            trainer,
        }
    }

    /// The network as it is to be sampled from.
    fn model(&self) -> Result<Arc<ImageModel>, String> {
        let file = self.trainer.file().map_err(|e| e.to_string())?;
        let model = ImageModel::of_file(&file).map_err(|e| format!("{e:#}"))?;
        Ok(Arc::new(model.on(&self.device)))
    }

    /// Gives it to be sampled from.
    fn give(&self, board: &Board<ImageTrainNews>) {
        match self.model() {
            Ok(model) => board.say(|status| {
                status.model = Some(model);
                status.model_images = self.trainer.training().images;
                status.version += 1;
            }),
            Err(why) => board.report(Err(why)),
        }
    }

    /// Writes down how far it is.
    fn tell(&mut self, news: &mut ImageTrainNews) {
        self.said = Instant::now();
        let training = self.trainer.training();
        let (images, seconds) = self.since;
        (news.images, news.seconds) = (training.images, training.seconds);
        news.rate = (training.images - images) as f64 / (training.seconds - seconds).max(1e-9);
        news.left = training.seconds_left(news.rate);
        news.device_memory = self.device_peak;
        news.bits = self.mean;
        // Its last point changes when it grows, and when it is made coarser.
        if news.losses.last() != training.losses.last() {
            news.losses = Arc::new(training.losses.clone());
        }
        if news.held_out.len() != training.held_out.len() {
            news.held_out = Arc::new(training.held_out.clone());
        }
    }
}

impl TrainingLab for ImageLab {
    const THREAD: &'static str = "image trainer";
    type Job = ImageJob;
    /// Of runs, whichever: the present one, or others that are kept.
    type Order = Vec<RunNotes>;
    type News = ImageTrainNews;
    type Run = LoggedRun;

    fn origin(job: &ImageJob, keeper: &Keeper) -> Origin {
        match job {
            ImageJob::Fresh { .. } => Origin::Fresh,
            // A run of ours goes on in its own file; somebody else's is not touched.
            ImageJob::File(file) => keeper.number_of(file).map_or(Origin::File, Origin::Kept),
        }
    }

    fn find_kept(&mut self, keeper: &mut Keeper, news: &mut ImageTrainNews) -> Vec<String> {
        let (runs, messages) = keeper.read_all(kept::read);
        (news.kept, news.knows_kept) = (Arc::new(runs), true);
        messages
    }

    fn make(&mut self, job: &ImageJob, _keeper: &Keeper) -> Result<LoggedRun, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let trainer = match job {
            ImageJob::Fresh { data, tokens, side, source, net, width, config, mirror } => {
                let seed = config.seed;
                let data = Arc::new(data.load(*side, seed).map_err(|e| words(&e))?);
                let config = ImageTrainConfig { flips: mirror.of(&data), ..*config };
                let tokenizer = Tokenizer::new(*tokens, &data.train, seed).map_err(|e| words(&e))?;
                let usual = ImageTrainer::usual_network(&data, &tokenizer, *source);
                let network = usual.sized_or_wide(*net, *width);
                ImageTrainer::new(network, config, (data, seed), tokenizer, &self.device)
                    .map_err(|e| words(&e))?
            }
            ImageJob::File(path) => {
                let read = ImageFile::read(path).map_err(|e| words(&e))?;
                let recipe = &read.recipe;
                let data = recipe.data.load(recipe.tokenizer.side(), recipe.data_seed);
                let data = data.map_err(|e| words(&e))?;
                ImageTrainer::resume(&read, Arc::new(data), &self.device)
                    .map_err(|error| format!("{}: {error}", path.display()))?
            }
        };
        Ok(LoggedRun::new(trainer, &self.device))
    }

    fn begin(
        &mut self,
        run: &mut LoggedRun,
        number: u64,
        news: ImageTrainNews,
    ) -> (ImageTrainNews, Option<String>) {
        run.number = number;
        // One that can't be shown is said to be so when the next one is due.
        let model = run.model().ok();
        let (settings, training) = (run.trainer.settings(), run.trainer.training());
        let mut news = ImageTrainNews {
            about: settings.words(),
            settings: Some(Arc::new(settings)),
            name: training.name.clone(),
            early: Arc::new(training.early.clone()),
            model,
            model_images: training.images,
            ..news
        };
        run.tell(&mut news);
        (news, None)
    }

    fn lasting(news: &ImageTrainNews) -> ImageTrainNews {
        ImageTrainNews {
            version: news.version + 1,
            kept: news.kept.clone(),
            knows_kept: news.knows_kept,
            ..ImageTrainNews::default()
        }
    }

    fn goes_on(&mut self, run: &mut LoggedRun) {
        let training = run.trainer.training();
        run.since = (training.images, training.seconds);
    }

    fn pauses(&mut self, run: &mut LoggedRun) {
        self.board.note(|status| run.tell(status));
        run.give(&self.board);
    }

    fn merged(mut older: Vec<RunNotes>, newer: Vec<RunNotes>) -> Vec<RunNotes> {
        older.retain(|notes| newer.iter().all(|other| other.run != notes.run));
        older.into_iter().chain(newer).collect()
    }

    fn obey(&mut self, order: Vec<RunNotes>, mut run: Option<&mut LoggedRun>, keeper: &Keeper) {
        for notes in order {
            if let Some(run) = run.as_mut().filter(|run| run.number == notes.run) {
                run.trainer.take(notes);
                run.notes += 1;
            } else if let Err(why) = kept::amend(notes, keeper) {
                self.board.report(Err(why));
            }
        }
    }

    fn step(&mut self, run: &mut LoggedRun) -> Result<(), Trouble> {
        let report = run.trainer.step()?;
        let bits = report.bits;
        run.mean = Some(run.mean.map_or(bits, |mean| mean + 0.05 * (bits - mean)));
        Ok(())
    }

    fn ended(run: &LoggedRun) -> Option<String> {
        let training = run.trainer.training();
        let seen = || counted(training.config.images, "image");
        training.has_just_ended().then(|| format!("the run has seen its {}", seen()))
    }

    fn show(&mut self, run: &mut LoggedRun, running: bool, go_on: &dyn Fn() -> bool) -> Result<(), Trouble> {
        if !running {
            return Ok(());
        }
        let seconds = run.trainer.training().seconds;
        let asks = seconds >= run.next_hold_out;
        if asks {
            run.next_hold_out = seconds + HOLD_OUT_EVERY;
            run.trainer.hold_out(HELD_OUT.0, HELD_OUT.1, go_on)?;
        }
        if seconds >= run.next_show {
            let wait = (0.25 * (seconds - run.since.1)).clamp(SHOW_FIRST, SHOW_LAST);
            run.next_show = seconds + wait;
            run.device_peak = run.device_peak.max(run.trainer.device_memory());
            run.give(&self.board);
        }
        if asks || run.said.elapsed() > SAY_EVERY {
            self.board.say(|status| run.tell(status));
        }
        Ok(())
    }

    fn mark(run: &LoggedRun, _news: &ImageTrainNews) -> Mark {
        let training = run.trainer.training();
        (training.images, training.held_out.len() + run.notes)
    }

    fn bytes(run: &LoggedRun, _news: &ImageTrainNews, half: bool) -> Result<Vec<u8>, String> {
        run.trainer.file().map_err(|e| e.to_string())?.to_bytes(half)
    }

    fn is_lost(&self, run: &LoggedRun) -> bool {
        self.device == Device::flex() && run.device != self.device
    }

    /// On the CPU from the last copy of the run in memory ([`ImageTrainer::rescued`]). A device that had no memory left may
    /// have enough for the next run.
    fn recover(&mut self, run: &LoggedRun, problem: String) -> Result<LoggedRun, String> {
        let Some(trainer) = run.trainer.rescued() else { return Err(problem) };
        let problem = match is_out_of_memory(&problem) {
            true => out_of_memory(trainer.training().config.batch).to_string(),
            false => {
                self.device = Device::flex();
                problem
            }
        };
        let cpu = Device::flex();
        let images = |of: &ImageTrainer| counted(of.training().images, "image");
        self.board.report(Err(format!(
            "{problem}: training goes on on the CPU after {} (it had seen {})",
            images(&trainer),
            images(&run.trainer)
        )));
        let number = run.number;
        let mut again = LoggedRun { number, notes: run.notes, ..LoggedRun::new(trainer, &cpu) };
        self.board.note(|status| again.tell(status));
        again.give(&self.board);
        Ok(again)
    }
}
