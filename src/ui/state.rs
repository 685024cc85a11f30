//! What the window keeps between starts, and the file it keeps it in.

use crate::data::{DataError, copy_aside, read_limited, set_aside, write_document};
use crate::experiment::{STATE_FORMAT, State};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Said where another window of the program keeps its settings in the same folder.
const OTHER_WINDOW: &str = "Another window of this program is open: until it is closed its settings are kept, and not those of this window.";
/// Far more than settings need.
const MOST_BYTES: u64 = 4 << 20;
/// The file is written no more often than this.
const EVERY: Duration = Duration::from_secs(3);

/// The file, written in the background.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    held: Held,
    written: Option<State>,
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
    pub kept: Option<State>,
    /// What the user should know.
    pub message: Option<String>,
}

impl StateFile {
    /// Reads the state in `path`. A file that can't be used is renamed, so that nothing in it is lost, and replaced.
    pub fn open(path: PathBuf) -> Found {
        let held = hold(&path);
        let other = matches!(held, Held::Elsewhere).then_some(OTHER_WINDOW);
        let file = |path: PathBuf, kept: Option<&State>| {
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

    /// How long it is until what is set should be looked at again: it is written no more often, and what a lab has set is
    /// not gathered for every picture. `None` when it is time.
    pub fn rest(&self) -> Option<Duration> {
        let since = self.last?.elapsed();
        (since < EVERY).then(|| EVERY.saturating_sub(since).max(Duration::from_millis(50)))
    }

    /// Writes `now` if something differs from what was written last. Returns what went wrong with an earlier write.
    pub fn keep(&mut self, now: &State) -> Option<String> {
        self.last = Some(Instant::now());
        let complaint = match self.writer.take_if(|writer| writer.is_finished()) {
            Some(writer) => self.take(writer),
            None => None,
        };
        let same = self.written.as_ref().is_some_and(|written| now.is_but_for_running_time(written));
        if same || self.writer.is_some() || !self.is_held() {
            return complaint;
        }
        self.written = Some(now.clone());
        let (path, content) = (self.path.clone(), now.clone());
        let job = move || write(&path, &content);
        match std::thread::Builder::new().name("state".to_owned()).spawn(job) {
            Ok(writer) => self.writer = Some(writer),
            Err(error) => return self.complain(error.to_string()),
        }
        complaint
    }

    /// Whether another look is due although nothing moves: the last one has not been written.
    pub fn is_behind(&self) -> bool {
        self.writer.is_some() || matches!(self.held, Held::Elsewhere)
    }

    /// Copies the file out of the way, for what of it can't be used; its new name.
    ///
    /// # Errors
    /// What the system says.
    pub fn copy_aside(&self) -> std::io::Result<String> {
        let copy = copy_aside(&self.path)?;
        Ok(copy.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }

    /// Writes `now` before the window goes away.
    pub fn finish(&mut self, now: &State) {
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

fn read(path: &Path) -> Result<State, String> {
    let bytes = read_limited(path, MOST_BYTES, STATE_FORMAT).map_err(|error| error.to_string())?;
    State::read(&bytes).map_err(|why| format!("{STATE_FORMAT} {} {why}", path.display()))
}

fn write(path: &Path, kept: &State) -> Result<(), DataError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|e| DataError::Write { path: folder.to_owned(), why: e.to_string() })?;
    }
    write_document(path, STATE_FORMAT, kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::document_text;
    use crate::experiment::grid::{Document, Settings};
    use crate::experiment::{ExportState, KeptPage, Recipe, WindowPlace};

    /// Two experiments on a grid, playing, at `t`.
    fn grid(t: f64) -> Recipe {
        let mut document = Document::from(Settings { epsilon: 0.5, ..Settings::default() });
        document.sides.compare();
        *document.sides.here_mut() = Settings::default();
        Recipe { playing: Some(true), ..Recipe::new(&document).at(t) }
    }

    fn kept() -> State {
        let mut kept = State { light: true, reduce_motion: true, lab: "grid".to_owned(), ..State::default() };
        kept.sections.insert("Sampler".to_owned(), false);
        kept.keep(grid(0.25));
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
        let state = |inside: &str| format!("{{\"format\": \"{STATE_FORMAT}\", {inside}}}");
        for (n, (text, named)) in [
            ("{\"format\": \"dfm-expl".to_owned(), "no JSON"),
            ("{\"colour\": 3}".to_owned(), "no entry \"format\""),
            (state("\"light\": 3"), "\"light\""),
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
    fn a_window_of_no_size_is_placed_anew_and_nothing_else_is_lost() {
        for window in [r#""bad""#, r#"{"position": null, "size": [0, 5], "maximized": false}"#] {
            let text = format!(r#"{{"format": "{STATE_FORMAT}", "light": true, "window": {window}}}"#);
            let state = State::read(text.as_bytes()).expect("a state");
            assert_eq!((state.window, state.light), (None, true), "{window}");
        }
    }

    #[test]
    fn the_page_of_exports_comes_back_and_one_that_is_none_costs_nothing() {
        let mut state = kept();
        state.export.page = KeptPage { dpi: Some(600), dark: true, ..KeptPage::default() };
        let text = document_text(STATE_FORMAT, &state).expect("text");
        assert_eq!(State::read(text.as_bytes()).expect("a state").export, state.export);
        for wrong in [r#""size": "7""#, r#""dpi": 3"#, r#""font_size": "large""#] {
            let text = format!(r#"{{"format": "{STATE_FORMAT}", "light": true, "export": {{{wrong}}}}}"#);
            let state = State::read(text.as_bytes()).expect("a state");
            assert_eq!((state.export, state.light), (ExportState::default(), true), "{wrong}");
        }
    }

    #[test]
    fn sizes_that_no_window_has_are_the_usual_ones() {
        let read = |inside: &str| {
            let text = format!("{{\"format\": \"{STATE_FORMAT}\", {inside}}}");
            State::read(text.as_bytes()).expect("a state")
        };
        let usual = State::default();
        assert_eq!(read("\"text_size\": 150").text_size.factor(), 1.5);
        for wrong in ["\"text_size\": 7", "\"text_size\": 900", "\"light\": false"] {
            assert_eq!(read(wrong).text_size, usual.text_size, "{wrong}");
        }
        let panels = read("\"panels\": {\"left\": {\"hidden\": true}, \"right\": {\"width\": 9e9}}").panels;
        assert!(panels.left.hidden && panels.right == usual.panels.right);
    }

    #[test]
    fn what_is_wrong_with_one_lab_costs_the_others_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.json");
        let text = format!(
            r#"{{"format": "{STATE_FORMAT}", "lab": "grid", "labs": {{
                "grid": {{"version": 1, "lab": "grid", "settings": {{"a": {{"panes": 2}}}}, "t": 0.5}},
                "images": {{"version": 1, "lab": "images", "settings": 3, "t": 7}},
                "sphere": {{"version": 12, "radius": [1, 2]}}}}}}"#
        );
        std::fs::write(&path, text).expect("write");
        let Found { file, kept, message } = StateFile::open(path.clone());
        let (mut file, mut kept) = (file.expect("a file"), kept.expect("a state"));
        assert_eq!(message, None);
        let document: Document =
            kept.recipe("grid").expect("there").expect("read").settings(&Document::default()).expect("read");
        assert_eq!(document.sides[0].panes, 2);
        let wrong = |lab: &str| kept.recipe(lab).expect("there").expect_err("wrong");
        assert!(wrong("images").contains("t = 7") && wrong("sphere").contains("a later version"));
        assert_eq!(kept.recipes().len(), 1);
        // What is not understood is written again as it was.
        kept.keep(grid(0.75));
        file.finish(&kept);
        let written = std::fs::read_to_string(&path).expect("text");
        let written: serde_json::Value = serde_json::from_str(&written).expect("json");
        assert_eq!(written["labs"]["sphere"]["radius"], serde_json::json!([1, 2]));
        assert_eq!(written["labs"]["images"]["settings"], 3);
        assert_eq!(written["labs"]["grid"]["t"], 0.75);
        assert_eq!(file.copy_aside().expect("a copy"), "state.damaged-1.json");
        assert!(path.exists() && folder.path().join("state.damaged-1.json").exists());
    }

    #[test]
    fn a_state_of_a_former_version_is_read() {
        let text = format!(
            r#"{{"format": "{STATE_FORMAT}", "light": true, "tab": "images", "t": 0.25, "playing": true,
                "experiment": {{"a": {{"panes": 2}}}}, "images": {{"images": 7}}}}"#
        );
        let state = State::read(text.as_bytes()).expect("a state");
        assert_eq!((state.light, state.lab.as_str()), (true, "images"));
        let [images, grid] = &state.recipes()[..] else { panic!("both labs") };
        assert_eq!((images.lab.as_str(), images.t, images.playing), ("images", Some(0.25), Some(true)));
        assert_eq!(images.settings["images"], 7);
        assert_eq!(
            (grid.lab.as_str(), grid.t, &grid.settings["a"]["panes"]),
            ("grid", Some(0.25), &2.into())
        );
    }

    #[test]
    fn it_is_written_at_most_every_few_seconds_and_not_because_time_runs() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.json");
        let mut file = StateFile::open(path.clone()).file.expect("a file");
        let mut now = kept();
        assert_eq!((file.rest(), file.keep(&now)), (None, None));
        assert!(file.rest().is_some_and(|wait| wait <= EVERY));
        now.keep(grid(0.5));
        assert!(now.is_but_for_running_time(&kept()), "time runs");
        now.keep(Recipe { playing: Some(false), ..grid(0.5) });
        assert!(!now.is_but_for_running_time(&kept()), "it was stopped");
        now.light = false;
        file.finish(&now);
        drop(file);
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
        let mut own = kept();
        own.keep(grid(0.75));
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
            file.keep(&State { light: n == 1, ..State::default() });
            while file.writer.as_ref().is_some_and(|writer| !writer.is_finished()) {
                std::thread::sleep(Duration::from_millis(2));
            }
            let writer = file.writer.take().expect("a writer");
            complaints += usize::from(file.take(writer).is_some());
        }
        assert_eq!(complaints, 1);
    }
}
