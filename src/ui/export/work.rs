//! Previews and files are made on threads of their own: the window never waits for them.

use super::Exported;
use crate::latest::{Latest, panic_message};
use image::RgbaImage;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// A preview, or why there is none, with the options it was made for.
pub type Preview<S> = (<S as Exported>::Options, Result<RgbaImage, String>);

/// Draws previews, always the newest.
pub struct PreviewThread<S: Exported> {
    wanted: Arc<Latest<(S, S::Options)>>,
    drawn: Arc<Mutex<Option<Preview<S>>>>,
    thread: Option<JoinHandle<()>>,
}

impl<S: Exported> PreviewThread<S> {
    /// Starts the thread; `wake` is called after every preview.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (wanted, drawn) = (Arc::new(Latest::<(S, S::Options)>::new()), Arc::new(Mutex::new(None)));
        let (inbox, outbox) = (wanted.clone(), drawn.clone());
        let thread = std::thread::Builder::new().name("preview".to_owned()).spawn(move || {
            while let Some((what, options)) = inbox.wait() {
                let image = guarded(|| what.preview(&options));
                *outbox.lock().unwrap_or_else(PoisonError::into_inner) = Some((options, image));
                wake();
            }
        })?;
        Ok(Self { wanted, drawn, thread: Some(thread) })
    }

    /// Asks for a preview; one that waits is given up for it.
    pub fn ask(&self, what: S, options: S::Options) {
        self.wanted.put((what, options));
    }

    /// The newest preview, once.
    pub fn take(&self) -> Option<Preview<S>> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<S: Exported> Drop for PreviewThread<S> {
    fn drop(&mut self) {
        self.wanted.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A file being written.
pub struct Writing {
    pub file: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<bool, String>>>,
}

#[derive(Default)]
struct Shared {
    /// Thousandths.
    done: AtomicU32,
    stop: AtomicBool,
}

impl Writing {
    /// Begins; `wake` is called while it goes on and at its end.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start<S: Exported>(
        what: S,
        options: S::Options,
        file: PathBuf,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (told, target) = (shared.clone(), file.clone());
        let thread = std::thread::Builder::new().name("export".to_owned()).spawn(move || {
            let done = guarded(|| {
                what.write(&options, &target, &mut |share| {
                    told.done.store((1000.0 * share) as u32, Ordering::Relaxed);
                    wake();
                    !told.stop.load(Ordering::Relaxed)
                })
            });
            wake();
            done
        })?;
        Ok(Self { file, shared, thread: Some(thread) })
    }

    /// How much is done, in \[0, 1\].
    pub fn share(&self) -> f32 {
        self.shared.done.load(Ordering::Relaxed) as f32 / 1000.0
    }

    /// Stops it; nothing is written.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }

    /// Its end, once there is one: whether the file was written, or why not.
    pub fn outcome(&mut self) -> Option<Result<bool, String>> {
        let thread = self.thread.take_if(|thread| thread.is_finished())?;
        Some(thread.join().unwrap_or_else(|panic| Err(panic_message(&*panic))))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(format!("drawing stopped unexpectedly: {}", panic_message(&*panic))))
}
