//! The run of a call that trains on images or on texts: its steps, and what is said of them on the way.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::inputs::{Inputs, refuse_twice};
use crate::cli::interrupt;
use crate::cli::kept_run::{self, KeptRun, Rescue};
use crate::cli::output::{self, Kind};
use crate::data::memory;
use crate::flow::counted;
use crate::gpu::{CPU, DeviceChoice};
use crate::model::sequence::CountedGradient;
use crate::train::TrainError;
use crate::train::sequence::{
    DeviceRoom, MemoryRoom, NoRoom, Pace, RunMemory, RunRecord, SequenceTrainer, SoFar, StepReport, Subject,
    left_words,
};
use indicatif::ProgressBar;
use std::path::Path;
use std::time::{Duration, Instant};

/// What is learned, as a call needs it.
pub(in crate::cli) trait Told: Subject {
    /// When what is held out is asked about first, and the longest time between two questions after that.
    const QUESTIONS: [Duration; 2];
    /// Between two looks at the device's memory, for which it comes to rest, where it is looked at.
    const LOOK_EVERY: Option<Duration> = None;

    /// Asks about what is held out; bits a token. `None` if `go_on` said no.
    ///
    /// # Errors
    /// If the device fails.
    fn ask(trainer: &mut SequenceTrainer<Self>, go_on: &dyn Fn() -> bool) -> Result<Option<f64>, TrainError>;

    /// What the last question brought.
    fn asked_last(record: &Self::Record) -> Option<f64>;

    /// How fast it is and where.
    fn speed(run: &Training<Self>) -> String;
}

/// The run of a call.
pub(in crate::cli) struct Training<S: Subject> {
    pub trainer: SequenceTrainer<S>,
    /// What computes it, in words.
    pub device: String,
    /// The most that its device was seen to have taken, bytes.
    pub device_peak: Option<u64>,
    next_look: Duration,
    /// How long the call trains; for ever where there is another end.
    whole: Option<Duration>,
    /// Where it was before.
    before: SoFar,
    /// Running mean of the batches' bits a token.
    pub loss: Option<f64>,
    /// The last answer about what is held out, bits a token, and when the next question is due.
    held_out: Option<f64>,
    next_question: Duration,
    /// Whether it was rescued from a device that had no memory left.
    rescued: bool,
}

impl<S: Told> Training<S> {
    /// The length of its bar.
    pub const WHOLE: u64 = 10_000;

    /// On all `devices`.
    pub fn new(trainer: SequenceTrainer<S>, devices: &[DeviceChoice], minutes: f64) -> Self {
        let labels: Vec<_> = devices.iter().map(|choice| choice.label.clone()).collect();
        let others: Vec<_> = devices.iter().skip(1).map(|choice| choice.device.clone()).collect();
        let trainer = trainer.shared_with(&others);
        Self {
            whole: Duration::try_from_secs_f64(60.0 * minutes).ok(),
            before: trainer.training().so_far(),
            loss: None,
            held_out: S::asked_last(trainer.training()),
            next_question: S::QUESTIONS[0],
            next_look: Duration::ZERO,
            device_peak: None,
            rescued: false,
            device: labels.join(" and "),
            trainer,
        }
    }

    /// Images or texts, of this call.
    pub fn rate(&self) -> f64 {
        let so_far = self.trainer.training().so_far();
        (so_far.seen - self.before.seen) as f64 / (so_far.seconds - self.before.seconds).max(1e-9)
    }

    /// Keeps the most that the device has taken.
    pub fn look_at_device(&mut self) {
        self.device_peak = self.device_peak.max(self.trainer.device_memory());
    }

    /// Writes its file and, in half precision without what it needs to go on, the one that is given away.
    ///
    /// # Errors
    /// If a file can't be written.
    pub fn save_all(&mut self, out: &Path, give: Option<&Path>) -> Result<(), CliError> {
        kept_run::wherever_it_can(self, |run| {
            let mut all = std::iter::once((out, false)).chain(give.map(|file| (file, true)));
            Ok(all.try_for_each(|(file, half)| save(&run.trainer, file, half)))
        })?
    }

    /// Images or texts seen, in words.
    fn seen(&self) -> String {
        counted(self.trainer.training().so_far().seen, S::ONE)
    }

    /// Seconds until its time is up, or all of its length are seen.
    fn seconds_left(&self, elapsed: Duration) -> f64 {
        let of_time = self.whole.map(|whole| whole.saturating_sub(elapsed).as_secs_f64());
        let of_length = self.trainer.training().seconds_left(self.rate());
        [of_time, of_length].into_iter().flatten().fold(f64::INFINITY, f64::min)
    }

    /// Says on the bar how far it is.
    fn tell(&self, bar: &ProgressBar, elapsed: Duration, loss: f64) {
        let left = self.seconds_left(elapsed);
        let done = elapsed.as_secs_f64() / (elapsed.as_secs_f64() + left).max(1e-9);
        bar.set_position((Self::WHOLE as f64 * done) as u64);
        let held_out = self.held_out.map_or("…".to_owned(), |bits| format!("{bits:.3}"));
        bar.set_message(format!(
            "{}  {}  {loss:.3} bits a token  held out {held_out}  {}",
            self.seen(),
            S::speed(self),
            left_words(left)
        ));
    }
}

impl<S: Told> Rescue for Training<S> {
    fn rescue(&mut self, why: &str) -> Result<Option<String>, TrainError> {
        let Some(rescued) = self.trainer.rescued() else { return Ok(None) };
        let reached = self.trainer.training().so_far().seen;
        self.trainer = rescued;
        let so_far = self.trainer.training().so_far();
        if let Some(error) = self.trainer.out_of_memory(why) {
            self.rescued = so_far.seen > self.before.seen;
            return Err(error);
        }
        // Of the CPU alone from here on.
        self.before = so_far;
        self.device = CPU.to_owned();
        Ok(Some(format!("after {} of {reached}", self.seen())))
    }
}

impl<S: Told> KeptRun for Training<S> {
    const SAVES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(45)];

    fn is_over(&self, elapsed: Duration) -> bool {
        let training = self.trainer.training();
        let length = training.pace().length;
        self.whole.is_some_and(|whole| elapsed >= whole) || (length > 0 && training.so_far().seen >= length)
    }

    fn step(&mut self, bar: &ProgressBar, start: Instant) -> Result<(), TrainError> {
        // With a large batch or network a step takes longer than somebody who wants to end it waits.
        let Some(StepReport { bits, .. }) = self.trainer.step_while(&|| !interrupt::is_asked())? else {
            return Ok(());
        };
        let loss = self.loss.map_or(bits, |mean| mean + 0.02 * (bits - mean));
        self.loss = Some(loss);
        if let Some(every) = S::LOOK_EVERY
            && start.elapsed() >= self.next_look
        {
            self.look_at_device();
            self.next_look = start.elapsed() + every;
        }
        if !bar.is_hidden() {
            self.tell(bar, start.elapsed(), loss);
        }
        if start.elapsed() >= self.next_question {
            let found = S::ask(&mut self.trainer, &|| !interrupt::is_asked())?;
            self.held_out = found.or(self.held_out);
            let elapsed = start.elapsed();
            self.next_question = elapsed + elapsed.min(S::QUESTIONS[1]);
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
        format!("after {}", self.seen())
    }
}

/// What a run needs. One that finds no room is not begun unless `beyond_memory` was asked for; a `smaller` one is named.
///
/// # Errors
/// [`CliError::Input`] naming the batch and the memory.
pub(in crate::cli) fn needs(
    network: &impl CountedGradient,
    pace: &Pace,
    choice: &DeviceChoice,
    (beyond_memory, smaller): (bool, &str),
) -> Result<RunMemory, CliError> {
    let device = choice.arrays().map(|(largest, shares)| DeviceRoom { largest, shares });
    let room = MemoryRoom { left: memory::left(), device };
    match room.check(network, pace) {
        Err(NoRoom { why, batch: fits }) if !beyond_memory => {
            let smaller = fits.map_or(smaller.to_owned(), |fits| format!("--batch {fits}"));
            Err(CliError::Input(format!(
                "--batch {}: {why}: try {smaller}, or --beyond-memory to train all the same",
                pace.batch
            )))
        }
        _ => Ok(RunMemory::of(network, pace, device.is_some())),
    }
}

/// Writes the file of a run, in `half` precision without what it needs to go on.
fn save<S: Subject>(trainer: &SequenceTrainer<S>, file: &Path, half: bool) -> Result<(), CliError> {
    trainer.file()?.write(file, half).map_err(|error| CliError::Failed(error.to_string()))
}

/// Where a run ends, as its flag says it.
pub(in crate::cli) struct End {
    pub flag: &'static str,
    pub given: Option<usize>,
    /// What is behind the run, as the flag counts it, and one of those.
    pub done: (u64, &'static str),
}

/// Where such a run is written and read.
pub(in crate::cli) struct RunFiles<'a> {
    pub out: &'a Path,
    pub give: Option<&'a Path>,
    pub resume: Option<&'a Path>,
    pub overwrite: bool,
}

impl RunFiles<'_> {
    /// Refuses to go on with a run that is at its `end`: nothing would be trained. It can still be given away, which is said.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag, and what is behind the run.
    pub fn check_end(&self, training: &impl RunRecord, end: End, console: &Console) -> Result<(), CliError> {
        let length = training.pace().length;
        let Some(file) = self.resume.filter(|_| length > 0 && training.so_far().seen >= length) else {
            return Ok(());
        };
        let End { flag, given, done: (done, what) } = end;
        let (file, behind) = (file.display(), counted(done, what));
        if self.give.is_some() {
            console.warn(&format!("--resume {file}: its run has ended after {behind}: nothing is trained"));
            return Ok(());
        }
        Err(CliError::Input(match given {
            Some(given) => {
                format!("{flag} {given}: expected more than the {behind} that --resume {file} has behind it")
            }
            None => {
                format!(
                    "--resume {file}: its run has ended after {behind}: expected {flag} above {done} to go on"
                )
            }
        }))
    }

    /// What is written is nothing that is read, `data` included, but for a run that goes on in its own file, and nothing that is
    /// to be kept: `goes_on` says of a file whether a run could.
    ///
    /// # Errors
    /// Names the flag.
    pub fn check(&self, data: Inputs, goes_on: impl Fn(&Path) -> bool) -> Result<(), CliError> {
        output::check(self.out, &[Kind::Safetensors], &data)?;
        if let Some(give) = self.give {
            let inputs = data.file("--resume", self.resume);
            output::check_as("--give", give, &[Kind::Safetensors], &inputs)?;
            refuse_twice("--give", give, "--out", self.out)?;
        }
        let outputs = std::iter::once(("--out", self.out)).chain(self.give.map(|give| ("--give", give)));
        for (flag, file) in outputs {
            output::refuse_to_replace(flag, file, self.resume, self.overwrite, || goes_on(file))?;
        }
        Ok(())
    }
}
