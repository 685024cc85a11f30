//! The loop of a command that trains: whatever ends it, the run's file can be read and gone on with.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::interrupt::{self, Until};
use crate::data::shell::flag;
use crate::latest::panic_message;
use crate::train::TrainError;
use indicatif::ProgressBar;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// What runs on a device that can be lost.
pub(in crate::cli) trait Rescue {
    /// Goes on on the CPU from its last copy in memory, after its device has failed; from where, in words. `None` on the CPU
    /// itself, which can't be lost.
    ///
    /// # Errors
    /// If the CPU can't take it over; [`TrainError::OutOfMemory`] where a smaller batch would have done, by `why` the device
    /// failed: the run is on the CPU then and can be saved.
    fn rescue(&mut self, why: &str) -> Result<Option<String>, TrainError>;
}

/// What is trained, for how long, and how it is kept.
pub(in crate::cli) trait KeptRun: Rescue {
    /// When it is saved first, and the longest time between two saves after that: the pauses double up to there.
    const SAVES: [Duration; 2];

    /// Whether its time or its steps are up, `elapsed` after the call began.
    fn is_over(&self, elapsed: Duration) -> bool;

    /// Does one step and says on the `bar` how it went.
    ///
    /// # Errors
    /// If the run can't go on.
    fn step(&mut self, bar: &ProgressBar, start: Instant) -> Result<(), TrainError>;

    /// Writes its file, whole or not at all.
    ///
    /// # Errors
    /// If it can't be written.
    fn save(&mut self, out: &Path) -> Result<(), CliError>;

    /// Whether it can still be saved after a step that failed, further than its file is.
    fn outlives_its_step(&self) -> bool {
        false
    }

    /// How far it is: “at step 12”.
    fn place(&self) -> String;

    /// That it was interrupted, and how it goes on from `out`.
    fn interrupted(&self, out: &Path) -> CliError {
        CliError::Failed(format!("interrupted {}", self.going_on(out)))
    }

    /// How far it is, and how it goes on from `out`.
    fn going_on(&self, out: &Path) -> String {
        let resume = flag("resume", &out.display().to_string());
        format!("{}: go on with {resume}", self.place())
    }
}

/// Trains until the run is over, saving as it goes; the time it took. The last save is left to the caller.
///
/// # Errors
/// Of the run, and that it was interrupted.
pub(in crate::cli) fn train(
    run: &mut impl KeptRun,
    out: &Path,
    bar: &ProgressBar,
    console: &Console,
) -> Result<Duration, CliError> {
    let ended = go(run, out, bar, console);
    bar.finish_and_clear();
    ended
}

fn go<R: KeptRun>(
    run: &mut R,
    out: &Path,
    bar: &ProgressBar,
    console: &Console,
) -> Result<Duration, CliError> {
    interrupt::go_on(Until::SecondTime);
    let [mut next_save, longest] = R::SAVES;
    let start = Instant::now();
    // On a GPU the first step waits for kernels to be compiled.
    bar.set_message("the first step");
    bar.tick();
    while !run.is_over(start.elapsed()) {
        if interrupt::is_asked() {
            wherever_it_can(run, |run| Ok(run.save(out)))??;
            return Err(run.interrupted(out));
        }
        if let Err(error) = wherever_it_can(run, |run| run.step(bar, start)) {
            let kept = if run.outlives_its_step() {
                run.save(out)?;
                format!("; the run is saved {}", run.going_on(out))
            } else if out.exists() {
                format!("; {} is kept as it is", out.display())
            } else {
                String::new()
            };
            return Err(CliError::Failed(format!("{error}{kept}")));
        }
        let elapsed = start.elapsed();
        if elapsed >= next_save {
            // A disk that is full for a moment must not end a long run; the save at the end decides.
            if let Err(error) = wherever_it_can(run, |run| Ok(run.save(out)))? {
                bar.suspend(|| console.warn(&format!("{error}; training goes on")));
            }
            next_save = elapsed + elapsed.min(longest);
        }
    }
    Ok(start.elapsed())
}

/// What `work` makes of the run; if the device fails meanwhile, what it makes of it on the CPU, which is said.
///
/// # Errors
/// Of the work; [`TrainError::Device`] if the CPU can't take the run over.
pub(in crate::cli) fn wherever_it_can<R: Rescue, T>(
    run: &mut R,
    mut work: impl FnMut(&mut R) -> Result<T, TrainError>,
) -> Result<T, TrainError> {
    // A lost device shows as a panic in the middle of a tensor operation, too.
    let why = match catch_unwind(AssertUnwindSafe(|| work(run))) {
        Ok(Err(TrainError::Device(why))) => format!("{why:#}"),
        Ok(done) => return done,
        Err(panic) => panic_message(&*panic),
    };
    // Some reasons have lines of their own.
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    match run.rescue(&why)? {
        Some(from) => tracing::warn!("the device failed ({why}): training goes on on the CPU {from}"),
        None => return Err(TrainError::Device(anyhow::Error::msg(why))),
    }
    work(run)
}
