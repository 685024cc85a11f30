//! What the window keeps between starts, and the file it keeps it in.

use crate::data::{DataError, parse_document, read_document, set_aside, write_document};
use crate::experiment::grid::Document;
use crate::experiment::images::ImageSettings;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What the file says it is.
const FORMAT: &str = "dfm-explorer state";
/// Said where another window of the program keeps its settings in the same folder.
const OTHER_WINDOW: &str = "Another window of this program is open: until it is closed its settings are kept, and not those of this window.";
/// The file is written no more often than this.
const EVERY: Duration = Duration::from_secs(3);

/// Where the window is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// Left and top, points, where the system tells.
    pub position: Option<[f32; 2]>,
    /// Width and height of its content, points.
    pub size: [f32; 2],
    /// Whether it fills the screen.
    pub maximized: bool,
}

/// The labs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tab {
    /// Flows on K × K states.
    #[default]
    Grid,
    /// Flows of images.
    Images,
}

/// Everything kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The window.
    pub window: Option<WindowPlace>,
    /// The light theme instead of the dark one.
    pub light: bool,
    /// The timeline steps instead of gliding.
    pub reduce_motion: bool,
    /// Sections that were opened or folded, by title.
    pub sections: BTreeMap<String, bool>,
    /// Which lab is open.
    pub tab: Tab,
    /// All settings of the image lab.
    pub images: ImageSettings,
    /// All settings of the grid lab.
    pub experiment: Document,
    /// The play-head, t in \[0, 1\].
    pub t: f64,
    /// Whether it moves.
    pub playing: bool,
}

impl Kept {
    /// As at the very first start: playing from the beginning.
    pub fn fresh() -> Self {
        Self { playing: true, ..Self::default() }
    }

    fn validated(self) -> Result<Self, String> {
        self.experiment.clone().validated().map_err(|error| error.to_string())?;
        self.images.clone().validated().map_err(|error| format!("images: {error}"))?;
        if !(0.0..=1.0).contains(&self.t) {
            return Err(format!("t = {}: expected a number from 0 to 1", self.t));
        }
        if let Some(window) = self.window {
            let [width, height] = window.size;
            if !(100.0..=20_000.0).contains(&width) || !(100.0..=20_000.0).contains(&height) {
                return Err(format!("window.size = {width} × {height}: expected 100 to 20000 points"));
            }
            if !window.position.unwrap_or_default().iter().all(|x| x.abs() <= 100_000.0) {
                return Err("window.position: expected numbers of at most 100000 points".to_owned());
            }
        }
        Ok(self)
    }

    /// Whether something differs that is worth writing for: time that runs by itself is not.
    fn is_worth_writing(&self, written: &Self) -> bool {
        let running = self.playing && written.playing;
        let now = if running { Self { t: written.t, ..self.clone() } } else { self.clone() };
        now != *written
    }
}

/// The file, written in the background.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    held: Held,
    written: Option<Kept>,
    last: Option<Instant>,
    writer: Option<JoinHandle<Result<(), DataError>>>,
    /// Said once, not every few seconds.
    complaint: Option<String>,
}

/// Which window's settings are kept.
#[derive(Debug)]
enum Held {
    /// This one's. The file beside the state stays locked as long as it is open; the system lets go of it when the program
    /// ends, however it ends.
    Here(#[expect(dead_code, reason = "closed, it would no longer be locked")] Option<File>),
    /// Those of another window on the same folder.
    Elsewhere,
}

/// What was found at the start.
#[derive(Debug)]
pub struct Found {
    /// The file to keep the state in; none where a damaged one could not be moved out of the way.
    pub file: Option<StateFile>,
    /// What was kept, if there was anything that could be used.
    pub kept: Option<Kept>,
    /// What the user should know.
    pub message: Option<String>,
}

impl StateFile {
    /// Reads the state in `path`. A file that can't be used is renamed, so that nothing in it is lost, and replaced.
    pub fn open(path: PathBuf) -> Found {
        let held = hold(&path);
        let other = matches!(held, Held::Elsewhere).then_some(OTHER_WINDOW);
        let file = |path: PathBuf, kept: Option<&Kept>| {
            Some(Self { path, held, written: kept.cloned(), last: None, writer: None, complaint: None })
        };
        if matches!(path.try_exists(), Ok(false)) {
            return Found { file: file(path, None), kept: None, message: other.map(str::to_owned) };
        }
        let why = match read(&path) {
            Ok(kept) => {
                let file = file(path, Some(&kept));
                return Found { file, kept: Some(kept), message: other.map(str::to_owned) };
            }
            Err(why) => why,
        };
        match set_aside(&path) {
            Ok(aside) => {
                let mut message = format!(
                    "{why}. The window starts afresh; the file was set aside as {}.",
                    aside.file_name().unwrap_or_default().to_string_lossy()
                );
                message.extend(other.map(|other| format!(" {other}")));
                Found { file: file(path, None), kept: None, message: Some(message) }
            }
            Err(error) => {
                let message = format!("{why}. It can't be set aside ({error}), so this session is not kept.");
                Found { file: None, kept: None, message: Some(message) }
            }
        }
    }

    /// Writes `now` if it is worth it and the last time was long enough ago. Returns how long to wait otherwise, and
    /// what went wrong with an earlier write.
    pub fn keep(&mut self, now: &Kept) -> (Option<Duration>, Option<String>) {
        let complaint = match self.writer.take_if(|writer| writer.is_finished()) {
            Some(writer) => self.take(writer),
            None => None,
        };
        if !self.written.as_ref().is_none_or(|written| now.is_worth_writing(written)) {
            return (None, complaint);
        }
        let since = self.last.map_or(EVERY, |last| last.elapsed());
        if since < EVERY || self.writer.is_some() {
            return (Some(EVERY.saturating_sub(since).max(Duration::from_millis(50))), complaint);
        }
        self.last = Some(Instant::now());
        if !self.is_held() {
            return (Some(EVERY), complaint);
        }
        self.written = Some(now.clone());
        let (path, content) = (self.path.clone(), now.clone());
        let job = move || write(&path, &content);
        match std::thread::Builder::new().name("state".to_owned()).spawn(job) {
            Ok(writer) => self.writer = Some(writer),
            Err(error) => return (None, self.complain(error.to_string())),
        }
        (None, complaint)
    }

    /// Writes `now` before the window goes away.
    pub fn finish(&mut self, now: &Kept) {
        if let Some(writer) = self.writer.take() {
            _ = writer.join();
        }
        if self.written.as_ref() != Some(now)
            && self.is_held()
            && let Err(error) = write(&self.path, now)
        {
            tracing::error!("the state of the window was not kept: {error}");
        }
    }

    /// Whether what this window writes is what is kept; once another window that kept its own is closed, it is.
    fn is_held(&mut self) -> bool {
        if matches!(self.held, Held::Elsewhere) {
            self.held = hold(&self.path);
        }
        matches!(self.held, Held::Here(_))
    }

    fn take(&mut self, writer: JoinHandle<Result<(), DataError>>) -> Option<String> {
        match writer.join() {
            Ok(Ok(())) => {
                self.complaint = None;
                None
            }
            Ok(Err(error)) => self.complain(error.to_string()),
            Err(_) => self.complain("the writer stopped unexpectedly".to_owned()),
        }
    }

    fn complain(&mut self, why: String) -> Option<String> {
        let text = format!("The state of the window is not kept: {why}");
        let is_new = self.complaint.as_ref() != Some(&text);
        self.complaint = Some(text.clone());
        is_new.then_some(text)
    }
}

/// Takes hold of the state in `path` for this window.
fn hold(path: &Path) -> Held {
    let lock = path.with_extension("lock");
    let opened = match path.parent() {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    }
    .and_then(|()| File::options().create(true).truncate(false).write(true).open(lock));
    // Where it can't be locked no other window can do so either: that the folder can't be written is said on writing.
    let Ok(file) = opened else { return Held::Here(None) };
    match file.try_lock() {
        Ok(()) => Held::Here(Some(file)),
        Err(TryLockError::WouldBlock) => Held::Elsewhere,
        Err(TryLockError::Error(_)) => Held::Here(None),
    }
}

fn read(path: &Path) -> Result<Kept, String> {
    let kept: Kept = read_document(path, FORMAT).map_err(|error| error.to_string())?;
    kept.validated().map_err(|why| format!("{FORMAT} {}: {why}", path.display()))
}

/// The state in the bytes of a file: for tests with files that somebody else wrote.
///
/// # Errors
/// Says what is wrong with them.
#[doc(hidden)]
pub fn state_in(bytes: &[u8]) -> Result<Kept, String> {
    parse_document::<Kept>(bytes, FORMAT)?.validated()
}

fn write(path: &Path, kept: &Kept) -> Result<(), DataError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|e| DataError::Write { path: folder.to_owned(), why: e.to_string() })?;
    }
    write_document(path, FORMAT, kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::grid::Settings;

    fn kept() -> Kept {
        let mut kept = Kept { light: true, t: 0.25, reduce_motion: true, ..Kept::fresh() };
        kept.sections.insert("Sampler".to_owned(), false);
        kept.experiment = Document::of(Settings { epsilon: 0.5, ..Settings::default() });
        kept.experiment.b = Some(Settings::default());
        kept.window =
            Some(WindowPlace { position: Some([10.0, 20.0]), size: [1300.0, 900.0], maximized: false });
        kept
    }

    #[test]
    fn what_was_kept_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new").join("state.json");
        let mut first = StateFile::open(path.clone());
        assert!(first.kept.is_none() && first.message.is_none());
        first.file.as_mut().expect("a file").finish(&kept());
        drop(first);
        let second = StateFile::open(path);
        assert_eq!((second.kept, second.message), (Some(kept()), None));
    }

    #[test]
    fn a_damaged_or_foreign_file_is_set_aside_whole_and_said_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.json");
        let state = |inside: &str| format!("{{\"format\": \"{FORMAT}\", {inside}}}");
        for (n, (text, named)) in [
            ("{\"format\": \"dfm-expl".to_owned(), "no JSON"),
            ("{\"colour\": 3}".to_owned(), "no entry \"format\""),
            (state("\"t\": 7"), "t = 7"),
            (
                state("\"experiment\": {\"a\": {\"sampler\": {\"method\": \"magic\"}}}"),
                "experiment.a.sampler.method",
            ),
            (state("\"experiment\": {\"b\": {\"epsilon\": 3}}"), "epsilon = 3"),
            (state("\"images\": {\"images\": 0}"), "images: images = 0"),
            (
                state("\"window\": {\"position\": null, \"size\": [0, 5], \"maximized\": false}"),
                "window.size",
            ),
        ]
        .into_iter()
        .enumerate()
        {
            std::fs::write(&path, &text).expect("write");
            let found = StateFile::open(path.clone());
            let message = found.message.expect("a message");
            assert!(message.contains(named) && message.contains("state.json"), "{message}");
            assert!(found.kept.is_none() && found.file.is_some());
            assert!(!path.exists());
            let aside = folder.path().join(format!("state.damaged-{}.json", n + 1));
            assert_eq!(std::fs::read_to_string(aside).expect("the old text"), text);
        }
    }

    #[test]
    fn it_is_written_at_most_every_few_seconds_and_not_because_time_runs() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.json");
        let mut file = StateFile::open(path.clone()).file.expect("a file");
        let mut now = kept();
        assert_eq!(file.keep(&now), (None, None));
        now.t = 0.5;
        assert_eq!(file.keep(&now), (None, None), "time runs");
        now.light = false;
        let (wait, complaint) = file.keep(&now);
        assert!(wait.is_some_and(|wait| wait <= EVERY) && complaint.is_none());
        file.finish(&now);
        assert_eq!(StateFile::open(path).kept, Some(now));
    }

    #[test]
    fn of_two_windows_the_first_ones_settings_are_kept_until_it_is_closed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.json");
        let open = || StateFile::open(path.clone());
        let (first, second) = (open(), open());
        assert_eq!(first.message, None);
        assert!(second.message.expect("a message").contains("Another window"));
        let (mut first, mut second) = (first.file.expect("a file"), second.file.expect("a file"));
        let own = Kept { t: 0.75, ..kept() };
        first.finish(&kept());
        second.finish(&own);
        assert_eq!(read(&path), Ok(kept()), "those of the first");
        drop(first);
        second.finish(&own);
        assert_eq!(read(&path), Ok(own), "the second is alone now");
        drop(second);
        assert_eq!(open().message, None);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_complained_of_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let blocked = folder.path().join("blocked");
        std::fs::write(&blocked, "a file where a folder should be").expect("write");
        let mut file = StateFile {
            path: blocked.join("state.json"),
            held: Held::Here(None),
            written: None,
            last: None,
            writer: None,
            complaint: None,
        };
        let mut complaints = 0;
        for n in 0..2 {
            file.last = None;
            file.keep(&Kept { t: f64::from(n) / 2.0, ..Kept::default() });
            while file.writer.as_ref().is_some_and(|writer| !writer.is_finished()) {
                std::thread::sleep(Duration::from_millis(2));
            }
            let writer = file.writer.take().expect("a writer");
            complaints += usize::from(file.take(writer).is_some());
        }
        assert_eq!(complaints, 1);
    }
}
