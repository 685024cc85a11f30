//! Previews and files are made on threads of their own: the window never waits for them.

use super::Exported;
use crate::data::atomic_write;
use crate::ui::job::{Job, Progress, Worker, guarded};
use image::RgbaImage;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

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

/// Where a figure goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Into a file.
    File(PathBuf),
    /// Onto the clipboard.
    Clipboard,
}

/// What goes onto the clipboard.
#[derive(Clone, Debug, PartialEq)]
pub enum Copied {
    /// Pixels.
    Picture(RgbaImage),
    /// A drawing, or numbers.
    Text(String),
}

/// A figure being written or copied.
pub struct Writing<S: Exported> {
    pub goal: Goal,
    job: Job<(S, S::Options), Written>,
    copied: Arc<Mutex<Option<Copied>>>,
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
        goal: Goal,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (target, copied) = (goal.clone(), Arc::new(Mutex::new(None)));
        let place = copied.clone();
        let work = move |(what, options): (S, S::Options), progress: &Progress<'_, _, Written>| {
            let mut go_on = |share| {
                progress.say(|written| written.share = share);
                progress.goes_on()
            };
            let whole = match &target {
                Goal::File(file) => {
                    let name = file.file_name().map_or("figure".into(), |name| name.to_string_lossy());
                    let bytes = what.bytes(&options, &name, &mut go_on)?;
                    if let Some(bytes) = &bytes {
                        atomic_write(file, |out| out.write_all(bytes)).map_err(|error| error.to_string())?;
                    }
                    bytes.is_some()
                }
                Goal::Clipboard => {
                    let bytes = what.bytes(&options, "figure", &mut go_on)?;
                    let whole = bytes.is_some();
                    *place.lock().unwrap_or_else(PoisonError::into_inner) =
                        bytes.map(copied_from).transpose()?;
                    whole
                }
            };
            progress.say(|written| written.whole = whole);
            Ok(())
        };
        let job = Job::start("export", Written::default(), wake, work)?;
        job.ask((what, options));
        Ok(Self { goal, job, copied })
    }

    /// How much is done, in \[0, 1\].
    pub fn share(&self) -> f32 {
        self.job.status().share as f32
    }

    /// Stops it; nothing is written.
    pub fn stop(&self) {
        self.job.stop();
    }

    /// What goes onto the clipboard, once.
    pub fn copied(&self) -> Option<Copied> {
        self.copied.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Its end, once there is one: whether the file was written, or why not.
    pub fn outcome(&self) -> Option<Result<bool, String>> {
        let status = self.job.status();
        (!status.busy).then(|| status.error.map_or(Ok(status.said.whole), Err))
    }
}

/// A file as the clipboard takes it: pixels of a picture, the text of everything else.
fn copied_from(bytes: Vec<u8>) -> Result<Copied, String> {
    if let Ok(picture) = image::load_from_memory_with_format(&bytes, image::ImageFormat::Png) {
        return Ok(Copied::Picture(picture.into_rgba8()));
    }
    String::from_utf8(bytes).map(Copied::Text).map_err(|_| "it can’t be copied as text".to_owned())
}
