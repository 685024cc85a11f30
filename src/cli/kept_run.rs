//! The loop of a command that trains: whatever ends it, the run's file can be read and gone on with.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::interrupt::{self, Until};
use crate::data::shell::flag;
use indicatif::ProgressBar;
use std::path::Path;
use std::time::{Duration, Instant};

/// What is trained, for how long, and how it is kept.
pub(in crate::cli) trait KeptRun {
    /// When it is saved first, and the longest time between two saves after that: the pauses double up to there.
    const SAVES: [Duration; 2];

    /// Whether its time or its steps are up, `elapsed` after the call began.
    fn is_over(&self, elapsed: Duration) -> bool;

    /// Does one step and says on the `bar` how it went.
    ///
    /// # Errors
    /// If the run can't go on.
    fn step(&mut self, bar: &ProgressBar, start: Instant) -> Result<(), CliError>;

    /// Writes its file, whole or not at all.
    ///
    /// # Errors
    /// If it can't be written.
    fn save(&self, out: &Path) -> Result<(), CliError>;

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
    while !run.is_over(start.elapsed()) {
        if interrupt::is_asked() {
            run.save(out)?;
            return Err(run.interrupted(out));
        }
        if let Err(error) = run.step(bar, start) {
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
            if let Err(error) = run.save(out) {
                bar.suspend(|| console.warn(&format!("{error}; training goes on")));
            }
            next_save = elapsed + elapsed.min(longest);
        }
    }
    Ok(start.elapsed())
}
