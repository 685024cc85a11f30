//! What the trainer thread does with a run on texts: steps, the curve of its losses, questions about texts held out, and what
//! the network writes on its way.

use super::{EarlyText, TextJob, TextNotes, TextTrainNews, TextTrainer, kept};
use crate::flow::{Scheduler, counted};
use crate::model::sequence::{TextFile, TextNetConfig, TextNetwork};
use crate::sampler::sequence::{SequenceConfig, SequenceSetup, run_sequences};
use crate::train::thread::{Board, Origin, TrainingLab, Trouble};
use crate::train::{Keeper, Mark};
use burn::tensor::Device;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The status is renewed this often.
const SAY_EVERY: Duration = Duration::from_millis(100);
/// Between two networks to look at: at first soon, then less and less often.
const SHOW_FIRST: f64 = 4.0;
const SHOW_LAST: f64 = 30.0;
/// Between two questions about texts held out, seconds of training.
const HOLD_OUT_EVERY: f64 = 30.0;
/// Texts that are written to be looked at, and in how many steps at most.
const SAMPLES: usize = 2;
const STEPS: usize = 32;

/// Where networks are trained.
pub struct TextLab {
    device: Device,
    board: Arc<Board<TextTrainNews>>,
}

impl TextLab {
    /// Trains on `device` and says on `board` how far it is.
    pub fn new(device: Device, board: Arc<Board<TextTrainNews>>) -> Self {
        Self { device, board }
    }
}

/// A run and what follows its course.
pub struct TextRun {
    trainer: TextTrainer,
    /// Where it is.
    device: Device,
    number: u64,
    /// How often something was said of it.
    notes: usize,
    /// Texts and seconds when it last went on.
    since: (u64, f64),
    mean: Option<f64>,
    /// The most that its device was seen to have taken, bytes.
    device_peak: Option<u64>,
    /// Seconds of training at which something is due.
    next_show: f64,
    next_hold_out: f64,
    said: Instant,
}

/// What `count` texts are that a network writes from nothing, always with the same random numbers: \[N\] each.
///
/// # Errors
/// If its device fails.
fn samples(network: &TextNetwork, count: usize) -> anyhow::Result<Vec<Vec<u16>>> {
    let TextNetConfig { tokens, .. } = network.config;
    let states = match (network.denoiser(), network.reader()) {
        (Some(denoiser), _) => {
            let steps = STEPS.min(tokens);
            let config = SequenceConfig { steps, scheduler: Scheduler::Linear, ..SequenceConfig::default() };
            let setup = SequenceSetup { denoiser: &*denoiser, config, count, first: 0, given: None };
            run_sequences(setup, |_| ControlFlow::Continue(()))?.states
        }
        (None, Some(reader)) => {
            let mut writing = reader.begin((0, count), None, 1.0, 0);
            while writing.step() {}
            writing.states()
        }
        (None, None) => Vec::new(),
    };
    Ok(states.chunks_exact(tokens).map(<[u16]>::to_vec).collect())
}

impl TextRun {
    fn new(trainer: TextTrainer, device: &Device) -> Self {
        let training = trainer.training();
        Self {
            number: 0,
            notes: 0,
            since: (training.texts, training.seconds),
            mean: None,
            device_peak: None,
            next_show: training.seconds + SHOW_FIRST,
            next_hold_out: training.seconds + if training.held_out.is_empty() { 5.0 } else { HOLD_OUT_EVERY },
            said: Instant::now(),
            device: device.clone(),
            trainer,
        }
    }

    /// Shows the newest network, and what it writes.
    fn give(&mut self, news: &mut TextTrainNews) -> Result<(), String> {
        let network = self.trainer.network().map_err(|error| error.to_string())?;
        let written = samples(&network, SAMPLES).map_err(|error| format!("{error:#}"))?;
        let texts = self.trainer.training().texts;
        if let Some(first) = written.first().filter(|_| texts > 0) {
            self.trainer.keep_early(EarlyText { texts, sample: network.alphabet.write(first) });
        }
        (news.samples, news.sample_texts) = (Arc::new(written), texts);
        news.early = Arc::new(self.trainer.training().early.clone());
        (news.model, news.model_texts) = (Some(Arc::new(network.on(&self.device))), texts);
        news.version += 1;
        Ok(())
    }

    /// The same on the board.
    fn give_to(&mut self, board: &Board<TextTrainNews>) {
        let mut news = board.read().news;
        match self.give(&mut news) {
            Ok(()) => board.say(|status| status.news = news),
            Err(why) => board.report(Err(why)),
        }
    }

    /// Writes down how far it is.
    fn tell(&mut self, news: &mut TextTrainNews) {
        self.said = Instant::now();
        let training = self.trainer.training();
        let (texts, seconds) = self.since;
        (news.texts, news.seconds) = (training.texts, training.seconds);
        news.rate = (training.texts - texts) as f64 / (training.seconds - seconds).max(1e-9);
        news.token_rate = news.rate * self.trainer.sizes().tokens as f64;
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

impl TrainingLab for TextLab {
    const THREAD: &'static str = "text trainer";
    type Job = TextJob;
    /// Of runs, whichever: the present one, or others that are kept.
    type Order = Vec<TextNotes>;
    type News = TextTrainNews;
    type Run = TextRun;

    fn origin(job: &TextJob, keeper: &Keeper) -> Origin {
        match job {
            TextJob::Fresh { .. } => Origin::Fresh,
            // A run of ours goes on in its own file; somebody else's is not touched.
            TextJob::File(file) => keeper.number_of(file).map_or(Origin::File, Origin::Kept),
        }
    }

    fn find_kept(&mut self, keeper: &mut Keeper, news: &mut TextTrainNews) -> Vec<String> {
        let (runs, messages) = keeper.read_all(kept::read);
        (news.kept, news.knows_kept) = (Arc::new(runs), true);
        messages
    }

    fn make(&mut self, job: &TextJob, _keeper: &Keeper) -> Result<TextRun, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let trainer = match job {
            TextJob::Fresh { source, tokens, flow, causal, size, config } => {
                let texts = source.load(*tokens).map_err(|e| words(&e))?;
                let network = TextNetConfig::new(texts.tokens, texts.values(), *flow, *causal).sized(*size);
                TextTrainer::new(network, config.clone(), Arc::new(texts), &self.device)
                    .map_err(|e| words(&e))?
            }
            TextJob::File(path) => {
                let read = TextFile::read(path).map_err(|e| words(&e))?;
                let texts = read.recipe.data.load(Some(read.recipe.network.tokens)).map_err(|e| words(&e))?;
                TextTrainer::resume(&read, Arc::new(texts), &self.device)
                    .map_err(|error| format!("{}: {error}", path.display()))?
            }
        };
        Ok(TextRun::new(trainer, &self.device))
    }

    fn begin(
        &mut self,
        run: &mut TextRun,
        number: u64,
        news: TextTrainNews,
    ) -> (TextTrainNews, Option<String>) {
        run.number = number;
        let settings = run.trainer.settings();
        let mut news = TextTrainNews {
            about: settings.words(),
            settings: Some(Arc::new(settings)),
            alphabet: Some(Arc::new(run.trainer.texts().alphabet.clone())),
            name: run.trainer.training().name.clone(),
            ..news
        };
        // One that can't be shown is said to be so when the next one is due.
        let _ = run.give(&mut news);
        run.tell(&mut news);
        (news, None)
    }

    fn lasting(news: &TextTrainNews) -> TextTrainNews {
        TextTrainNews {
            version: news.version + 1,
            kept: news.kept.clone(),
            knows_kept: news.knows_kept,
            ..TextTrainNews::default()
        }
    }

    fn goes_on(&mut self, run: &mut TextRun) {
        let training = run.trainer.training();
        run.since = (training.texts, training.seconds);
    }

    fn pauses(&mut self, run: &mut TextRun) {
        self.board.note(|status| run.tell(status));
        run.give_to(&self.board);
    }

    fn merged(mut older: Vec<TextNotes>, newer: Vec<TextNotes>) -> Vec<TextNotes> {
        older.retain(|notes| newer.iter().all(|other| other.run != notes.run));
        older.into_iter().chain(newer).collect()
    }

    fn obey(&mut self, order: Vec<TextNotes>, mut run: Option<&mut TextRun>, keeper: &Keeper) {
        for notes in order {
            if let Some(run) = run.as_mut().filter(|run| run.number == notes.run) {
                run.trainer.take(notes);
                run.notes += 1;
            } else if let Err(why) = kept::amend(notes, keeper) {
                self.board.report(Err(why));
            }
        }
    }

    fn step(&mut self, run: &mut TextRun) -> Result<(), Trouble> {
        let bits = run.trainer.step()?.bits;
        run.mean = Some(run.mean.map_or(bits, |mean| mean + 0.05 * (bits - mean)));
        Ok(())
    }

    fn ended(run: &TextRun) -> Option<String> {
        let training = run.trainer.training();
        let seen = || counted(training.config.texts, "text");
        training.has_just_ended().then(|| format!("the run has seen its {}", seen()))
    }

    fn show(&mut self, run: &mut TextRun, running: bool, go_on: &dyn Fn() -> bool) -> Result<(), Trouble> {
        if !running {
            return Ok(());
        }
        let seconds = run.trainer.training().seconds;
        let asks = seconds >= run.next_hold_out;
        if asks {
            run.next_hold_out = seconds + HOLD_OUT_EVERY;
            run.trainer.hold_out(go_on)?;
        }
        if seconds >= run.next_show {
            let wait = (0.25 * (seconds - run.since.1)).clamp(SHOW_FIRST, SHOW_LAST);
            run.next_show = seconds + wait;
            run.device_peak = run.device_peak.max(run.trainer.device_memory());
            run.give_to(&self.board);
        }
        if asks || run.said.elapsed() > SAY_EVERY {
            self.board.say(|status| run.tell(status));
        }
        Ok(())
    }

    fn mark(run: &TextRun, _news: &TextTrainNews) -> Mark {
        let training = run.trainer.training();
        (training.texts, training.held_out.len() + run.notes)
    }

    fn bytes(run: &TextRun, _news: &TextTrainNews, half: bool) -> Result<Vec<u8>, String> {
        run.trainer.file().map_err(|e| e.to_string())?.to_bytes(half)
    }

    fn is_lost(&self, run: &TextRun) -> bool {
        self.device == Device::flex() && run.device != self.device
    }

    /// On the CPU from the last copy of the run in memory. A device that had no memory left may have enough for the next run.
    fn recover(&mut self, run: &TextRun, problem: String) -> Result<TextRun, String> {
        let Some(trainer) = run.trainer.rescued() else { return Err(problem) };
        let problem = match trainer.out_of_memory(&problem) {
            Some(error) => error.to_string(),
            None => {
                self.device = Device::flex();
                problem
            }
        };
        let texts = |of: &TextTrainer| counted(of.training().texts, "text");
        self.board.report(Err(format!(
            "{problem}: training goes on on the CPU after {} (it had seen {})",
            texts(&trainer),
            texts(&run.trainer)
        )));
        let cpu = Device::flex();
        let mut again = TextRun { number: run.number, notes: run.notes, ..TextRun::new(trainer, &cpu) };
        self.board.note(|status| again.tell(status));
        again.give_to(&self.board);
        Ok(again)
    }
}
