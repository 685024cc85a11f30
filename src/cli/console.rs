//! What a command says: its result on standard output, everything else on standard error.

use crate::cli::CliError;
use crate::data::error::io_reason;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

/// See [`Console::busy`].
pub struct Busy(ProgressBar);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What became of words on standard output. A reader that has gone away is no error: it has seen enough.
fn seen(written: io::Result<()>) -> Result<(), CliError> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Failed(format!("standard output: {}", io_reason(&error))))
        }
        _ => Ok(()),
    }
}

/// Says what clap has to say, help or what is wrong with the arguments, and returns the exit status: help that can't be
/// written is a failure.
pub fn clap_words(words: &clap::Error) -> ExitCode {
    let written = words.print().and_then(|()| io::stdout().flush());
    if words.use_stderr() {
        return ExitCode::from(2);
    }
    match seen(written) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            _ = writeln!(io::stderr(), "error: {error}");
            error.status()
        }
    }
}

/// Where a command's words go.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    /// Only results asked for with `--json`, and errors.
    pub quiet: bool,
    /// One JSON object instead of a summary.
    pub json: bool,
}

impl Console {
    /// The result: `object` with `--json`, else the `summary` unless quiet.
    ///
    /// # Errors
    /// If standard output can't be written. A reader that has gone away is no error: it has seen enough.
    pub fn result(&self, object: &impl Serialize, summary: impl FnOnce() -> String) -> Result<(), CliError> {
        let text = match (self.json, self.quiet) {
            (true, _) => serde_json::to_string(object).map_err(|e| CliError::Failed(e.to_string()))?,
            (false, false) => summary(),
            (false, true) => return Ok(()),
        };
        let mut out = io::stdout().lock();
        seen(writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()))
    }

    /// What was asked for itself, such as texts: `object` with `--json`, else the `text`, also when quiet.
    ///
    /// # Errors
    /// As those of [`Self::result`].
    pub fn product(&self, object: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), CliError> {
        Self { quiet: false, ..*self }.result(object, text)
    }

    /// Something that is no error but should be known.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            _ = writeln!(io::stderr(), "warning: {text}");
        }
    }

    /// Something that is good to know before it begins, on standard error.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// A sign of life on standard error during something that may take a while; cleared when dropped.
    pub fn busy(&self, what: &'static str) -> Busy {
        let bar = self.bar(1, "{spinner} {msg}");
        bar.set_message(what);
        // Only a bar that is seen needs the thread that turns it.
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Busy(bar)
    }

    /// A bar on standard error; hidden when quiet or when nobody looks at a terminal.
    pub fn bar(&self, length: u64, template: &str) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length);
        // A template is a constant of this program: a wrong one only costs the style.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸ "));
        }
        bar
    }
}
