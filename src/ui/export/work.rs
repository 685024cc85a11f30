//! Previews and files are made on threads of their own: the window never waits for them.

use super::Exported;
use crate::ui::job::{Job, Progress, Worker, guarded};
use image::RgbaImage;
use std::path::PathBuf;

/// A preview, or why there is none, with the options it was made for.
pub type Preview<S> = (<S as Exported>::Options, Result<RgbaImage, String>);

/// Draws previews, always the newest.
pub type PreviewThread<S> = Worker<(S, <S as Exported>::Options), Preview<S>>;

/// Starts the thread of the previews; `wake` is called after every one.
///
/// # Errors
/// If the system gives no thread.
pub fn previews<S: Exported>(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<PreviewThread<S>> {
    Worker::answering("preview", wake, |(what, options): (S, S::Options), _| {
        Ok((options, guarded("preview", || what.preview(&options))))
    })
}

/// A file being written.
pub struct Writing<S: Exported> {
    pub file: PathBuf,
    job: Job<(S, S::Options), Written>,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    /// How much is done, in \[0, 1\].
    share: f64,
    /// Whether all of it is, and was written.
    whole: bool,
}

impl<S: Exported> Writing<S> {
    /// Begins; `wake` is called while it goes on and at its end.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        what: S,
        options: S::Options,
        file: PathBuf,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let target = file.clone();
        let work = move |(what, options): (S, S::Options), progress: &Progress<'_, _, Written>| {
            let whole = what.write(&options, &target, &mut |share| {
                progress.say(|written| written.share = share);
                progress.goes_on()
            })?;
            progress.say(|written| written.whole = whole);
            Ok(())
        };
        let job = Job::start("export", Written::default(), wake, work)?;
        job.ask((what, options));
        Ok(Self { file, job })
    }

    /// How much is done, in \[0, 1\].
    pub fn share(&self) -> f32 {
        self.job.status().share as f32
    }

    /// Stops it; nothing is written.
    pub fn stop(&self) {
        self.job.stop();
    }

    /// Its end, once there is one: whether the file was written, or why not.
    pub fn outcome(&self) -> Option<Result<bool, String>> {
        let status = self.job.status();
        (!status.busy).then(|| status.error.map_or(Ok(status.said.whole), Err))
    }
}
