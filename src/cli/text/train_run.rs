//! The run of a call of `train text`: its steps, and what is said of them on the way.

use crate::cli::CliError;
use crate::cli::interrupt;
use crate::cli::kept_run::{KeptRun, Rescue};
use crate::flow::counted;
use crate::gpu::CPU;
use crate::train::TrainError;
use crate::train::sequence::{TextHeldOut, TextTrainer, left_words};
use indicatif::ProgressBar;
use std::path::Path;
use std::time::{Duration, Instant};

/// Between two questions about texts held out: at first soon, then less and less often.
const HOLD_OUT_FIRST: Duration = Duration::from_secs(15);
const HOLD_OUT_EVERY: Duration = Duration::from_secs(120);

/// The run of a call.
pub(super) struct Training {
    pub trainer: TextTrainer,
    /// What computes it, in words.
    pub device: String,
    /// How long the call trains; for ever where there is another end.
    whole: Option<Duration>,
    /// Texts seen and seconds spent before it.
    before: (u64, f64),
    /// Running mean of the batches' bits a token.
    pub loss: Option<f64>,
    /// The last answer about texts held out, and when the next question is due.
    held_out: Option<TextHeldOut>,
    next_question: Duration,
    /// Whether it was rescued from a device that had no memory left.
    rescued: bool,
}

impl Training {
    /// The length of its bar.
    pub const WHOLE: u64 = 10_000;

    pub fn new(trainer: TextTrainer, minutes: f64, device: String) -> Self {
        let so_far = trainer.training();
        Self {
            whole: Duration::try_from_secs_f64(60.0 * minutes).ok(),
            before: (so_far.texts, so_far.seconds),
            loss: None,
            held_out: so_far.held_out.last().copied(),
            next_question: HOLD_OUT_FIRST,
            rescued: false,
            device,
            trainer,
        }
    }

    /// Of this call.
    pub fn texts_per_second(&self) -> f64 {
        let so_far = self.trainer.training();
        (so_far.texts - self.before.0) as f64 / (so_far.seconds - self.before.1).max(1e-9)
    }

    /// Of this call.
    pub fn tokens_per_second(&self) -> f64 {
        self.texts_per_second() * self.trainer.sizes().tokens as f64
    }

    /// Seconds until its time is up, or all texts of its length are seen.
    fn seconds_left(&self, elapsed: Duration) -> f64 {
        let of_time = self.whole.map(|whole| whole.saturating_sub(elapsed).as_secs_f64());
        let of_texts = self.trainer.training().seconds_left(self.texts_per_second());
        [of_time, of_texts].into_iter().flatten().fold(f64::INFINITY, f64::min)
    }

    /// Says on the bar how far it is.
    fn tell(&self, bar: &ProgressBar, elapsed: Duration, loss: f64) {
        let left = self.seconds_left(elapsed);
        let done = elapsed.as_secs_f64() / (elapsed.as_secs_f64() + left).max(1e-9);
        bar.set_position((Self::WHOLE as f64 * done) as u64);
        let held_out = self.held_out.map_or("…".to_owned(), |found| format!("{:.3}", found.bits));
        bar.set_message(format!(
            "{}  {:.0} tokens/s on {}  {loss:.3} bits a token  held out {held_out}  {}",
            counted(self.trainer.training().texts, "text"),
            self.tokens_per_second(),
            self.device,
            left_words(left)
        ));
    }
}

impl Rescue for Training {
    fn rescue(&mut self, why: &str) -> Result<Option<String>, TrainError> {
        let Some(rescued) = self.trainer.rescued() else { return Ok(None) };
        let reached = self.trainer.training().texts;
        self.trainer = rescued;
        let training = self.trainer.training();
        if let Some(error) = self.trainer.out_of_memory(why) {
            self.rescued = training.texts > self.before.0;
            return Err(error);
        }
        // Of the CPU alone from here on.
        self.before = (training.texts, training.seconds);
        self.device = CPU.to_owned();
        Ok(Some(format!("after {} of {reached}", counted(training.texts, "text"))))
    }
}

impl KeptRun for Training {
    const SAVES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(45)];

    fn is_over(&self, elapsed: Duration) -> bool {
        let training = self.trainer.training();
        let length = training.config.texts;
        self.whole.is_some_and(|whole| elapsed >= whole) || (length > 0 && training.texts >= length)
    }

    fn step(&mut self, bar: &ProgressBar, start: Instant) -> Result<(), TrainError> {
        let bits = self.trainer.step()?.bits;
        let loss = self.loss.map_or(bits, |mean| mean + 0.02 * (bits - mean));
        self.loss = Some(loss);
        if !bar.is_hidden() {
            self.tell(bar, start.elapsed(), loss);
        }
        if start.elapsed() >= self.next_question {
            let found = self.trainer.hold_out(&|| !interrupt::is_asked())?;
            self.held_out = found.or(self.held_out);
            let elapsed = start.elapsed();
            self.next_question = elapsed + elapsed.min(HOLD_OUT_EVERY);
        }
        Ok(())
    }

    fn save(&mut self, out: &Path) -> Result<(), CliError> {
        save(&self.trainer, out, false)
    }

    fn outlives_its_step(&self) -> bool {
        self.rescued
    }

    fn place(&self) -> String {
        format!("after {}", counted(self.trainer.training().texts, "text"))
    }
}

/// Writes the file of a run, in `half` precision without what it needs to go on.
pub(super) fn save(trainer: &TextTrainer, file: &Path, half: bool) -> Result<(), CliError> {
    trainer.file()?.write(file, half).map_err(|error| CliError::Failed(error.to_string()))
}
