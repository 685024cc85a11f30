//! A run that is counted in steps: when it ends, how often it may afford an exact gap, and what it says on its bar.

use crate::cli::CliError;
use crate::cli::console::Console;
use indicatif::ProgressBar;
use std::path::Path;
use std::time::{Duration, Instant};

/// Share of the run that may go into gaps for the progress bar.
const GAP_SHARE: f64 = 0.12;

/// When a run ends.
#[derive(Clone, Copy)]
enum Budget {
    /// After this many steps in all.
    Steps(u64),
    /// After this many seconds of this call.
    Seconds(f64),
}

/// How the run of a call goes.
pub(in crate::cli) struct Stepping {
    budget: Budget,
    /// Steps done before the call.
    first: u64,
    /// Running mean of the batch losses.
    pub loss: Option<f64>,
    /// Seconds that gaps have taken so far, and that the next one will take.
    spent: f64,
    pub price: f64,
}

impl Stepping {
    /// So many `steps` in all, or else `seconds` of this call; `first` of them were done before, in the run of `resume`.
    ///
    /// # Errors
    /// If more are done already.
    pub fn new(
        steps: Option<usize>,
        seconds: f64,
        (first, resume): (u64, Option<&Path>),
    ) -> Result<Self, CliError> {
        let budget = steps.map_or(Budget::Seconds(seconds), |steps| Budget::Steps(steps as u64));
        if let (Budget::Steps(steps), Some(file)) = (budget, resume)
            && steps < first
        {
            return Err(CliError::Input(format!(
                "--steps {steps} counts all steps of the run, but --resume {} has done {first} already",
                file.display()
            )));
        }
        Ok(Self { budget, first, loss: None, spent: 0.0, price: 0.0 })
    }

    /// Its bar.
    pub fn bar(&self, console: &Console) -> ProgressBar {
        match self.budget {
            Budget::Steps(steps) => console.bar(steps, "{bar:20} {msg}  {eta} left"),
            // Milliseconds.
            Budget::Seconds(seconds) => console.bar((1000.0 * seconds) as u64, "{bar:20} {msg}  {elapsed}"),
        }
    }

    /// Whether it ends at this `step`.
    pub fn is_over(&self, step: u64, elapsed: Duration) -> bool {
        match self.budget {
            Budget::Steps(steps) => step >= steps,
            Budget::Seconds(seconds) => elapsed.as_secs_f64() >= seconds,
        }
    }

    /// Steps of this call.
    pub fn done(&self, step: u64) -> u64 {
        step - self.first
    }

    /// Steps a second of this call, which took so many `seconds`.
    pub fn rate(&self, step: u64, seconds: f64) -> f64 {
        if seconds > 0.0 { self.done(step) as f64 / seconds } else { 0.0 }
    }

    /// What `gap` measures, where the time allows for it.
    pub fn afford<T, E>(&mut self, elapsed: f64, gap: impl FnOnce() -> Result<T, E>) -> Result<Option<T>, E> {
        if self.spent + self.price > GAP_SHARE * elapsed {
            return Ok(None);
        }
        let begin = Instant::now();
        let found = gap()?;
        self.price = begin.elapsed().as_secs_f64();
        self.spent += self.price;
        Ok(Some(found))
    }

    /// Takes the loss of the batch of a `step`, and says how far it is.
    pub fn show(&mut self, bar: &ProgressBar, (step, loss): (u64, f64), gap: Option<f64>, elapsed: f64) {
        let loss = self.loss.map_or(loss, |mean| mean + 0.05 * (loss - mean));
        self.loss = Some(loss);
        if bar.is_hidden() {
            return;
        }
        bar.set_position(match self.budget {
            Budget::Steps(_) => step,
            Budget::Seconds(_) => (1000.0 * elapsed) as u64,
        });
        let gap = gap.map_or("…".to_owned(), |gap| format!("{gap:.4}"));
        let rate = self.rate(step, elapsed.max(1e-9));
        bar.set_message(format!("step {step}  loss {loss:.4}  gap {gap}  {rate:.1} steps/s"));
    }
}
