//! The run of a call of `train images`: its steps, and what is said of them on the way.

use crate::cli::CliError;
use crate::cli::interrupt;
use crate::cli::kept_run::{KeptRun, Rescue};
use crate::data::memory;
use crate::flow::counted;
use crate::gpu::CPU;
use crate::train::TrainError;
use crate::train::sequence::{HeldOut, ImageTrainer, left_words};
use indicatif::ProgressBar;
use std::path::Path;
use std::time::{Duration, Instant};

/// Between two questions about images held out.
const HOLD_OUT_EVERY: Duration = Duration::from_secs(300);
/// Images held out that are asked about on the way, and in how many parts of the path.
const ON_THE_WAY: (usize, usize) = (128, 4);
/// Between two looks at the device's memory, for which it comes to rest.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The run of a call.
pub(super) struct Training {
    pub trainer: ImageTrainer,
    /// What computes it, in words.
    pub device: String,
    /// The most that its device was seen to have taken, bytes.
    pub device_peak: Option<u64>,
    next_look: Duration,
    /// How long the call trains.
    whole: Duration,
    /// Images seen and seconds spent before it.
    before: (u64, f64),
    /// Running mean of the batches' bits a token.
    pub loss: Option<f64>,
    /// The last answer about images held out, and when the next question is due.
    held_out: Option<HeldOut>,
    next_question: Duration,
    /// Whether it was rescued from a device that had no memory left.
    rescued: bool,
}

impl Training {
    /// The length of its bar.
    pub const WHOLE: u64 = 10_000;

    pub fn new(trainer: ImageTrainer, minutes: f64, device: String) -> Self {
        let so_far = trainer.training();
        Self {
            whole: Duration::from_secs_f64(60.0 * minutes),
            before: (so_far.images, so_far.seconds),
            loss: None,
            held_out: so_far.held_out.last().copied(),
            next_question: HOLD_OUT_EVERY,
            next_look: Duration::ZERO,
            device_peak: None,
            rescued: false,
            device,
            trainer,
        }
    }

    /// Of this call.
    pub fn images_per_second(&self) -> f64 {
        let so_far = self.trainer.training();
        (so_far.images - self.before.0) as f64 / (so_far.seconds - self.before.1).max(1e-9)
    }

    /// Keeps the most that the device has taken.
    pub fn look_at_device(&mut self) {
        self.device_peak = self.device_peak.max(self.trainer.device_memory());
    }

    /// Seconds until its time is up, or all images of its length are seen.
    fn seconds_left(&self, elapsed: Duration) -> f64 {
        let of_time = self.whole.saturating_sub(elapsed).as_secs_f64();
        let of_images = self.trainer.training().seconds_left(self.images_per_second());
        of_images.map_or(of_time, |seconds| seconds.min(of_time))
    }

    /// Says on the bar how far it is.
    fn tell(&self, bar: &ProgressBar, elapsed: Duration, loss: f64) {
        let left = self.seconds_left(elapsed);
        let done = elapsed.as_secs_f64() / (elapsed.as_secs_f64() + left).max(1e-9);
        bar.set_position((Self::WHOLE as f64 * done) as u64);
        let held_out = self.held_out.map_or("…".to_owned(), |found| format!("{:.3}", found.bits));
        let memory = [(memory::peak(), ""), (self.device_peak, " on the GPU")].map(|(bytes, place)| {
            bytes.map_or(String::new(), |bytes| format!(", {}{place}", memory::in_words(bytes)))
        });
        bar.set_message(format!(
            "{}  {:.0}/s on {}{}  {loss:.3} bits a token  held out {held_out}  {}",
            counted(self.trainer.training().images, "image"),
            self.images_per_second(),
            self.device,
            memory.concat(),
            left_words(left)
        ));
    }
}

impl Rescue for Training {
    fn rescue(&mut self, why: &str) -> Result<Option<String>, TrainError> {
        let Some(rescued) = self.trainer.rescued() else { return Ok(None) };
        let reached = self.trainer.training().images;
        self.trainer = rescued;
        let training = self.trainer.training();
        if let Some(error) = self.trainer.out_of_memory(why) {
            self.rescued = training.images > self.before.0;
            return Err(error);
        }
        // Of the CPU alone from here on.
        self.before = (training.images, training.seconds);
        self.device = CPU.to_owned();
        Ok(Some(format!("after {} of {reached}", counted(training.images, "image"))))
    }
}

impl KeptRun for Training {
    const SAVES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(45)];

    fn is_over(&self, elapsed: Duration) -> bool {
        let training = self.trainer.training();
        let length = training.config.images;
        elapsed >= self.whole || (length > 0 && training.images >= length)
    }

    fn step(&mut self, bar: &ProgressBar, start: Instant) -> Result<(), TrainError> {
        let bits = self.trainer.step()?.bits;
        let loss = self.loss.map_or(bits, |mean| mean + 0.02 * (bits - mean));
        self.loss = Some(loss);
        if start.elapsed() >= self.next_look {
            self.look_at_device();
            self.next_look = start.elapsed() + LOOK_EVERY;
        }
        if !bar.is_hidden() {
            self.tell(bar, start.elapsed(), loss);
        }
        if start.elapsed() >= self.next_question {
            let (images, parts) = ON_THE_WAY;
            self.held_out = self.trainer.hold_out(images, parts, &|| !interrupt::is_asked())?;
            self.next_question = start.elapsed() + HOLD_OUT_EVERY;
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
        format!("after {}", counted(self.trainer.training().images, "image"))
    }
}

/// Writes the file of a run, in `half` precision without what it needs to go on.
pub(super) fn save(trainer: &ImageTrainer, file: &Path, half: bool) -> Result<(), CliError> {
    trainer.file()?.write(file, half).map_err(|error| CliError::Failed(error.to_string()))
}
