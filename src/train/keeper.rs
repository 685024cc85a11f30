//! Keeps the present run on disk, so that a program that is killed loses little of it.

use crate::data::{RunFile, RunFolder, atomic_write, rewrite, set_aside};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// So many runs are kept; the one that was written longest ago goes first.
pub const MOST_RUNS: usize = 8;
/// How often a run is written. With the longest step and a measurement in between no more than 30 s are lost.
const EVERY: Duration = Duration::from_secs(15);
/// A write that failed is tried again after this time.
const AGAIN: Duration = Duration::from_secs(5);

/// Where runs are kept, and how often.
#[derive(Clone, Debug)]
pub struct RunKeeping {
    /// The folder; it is made when the first run is written.
    pub folder: PathBuf,
    /// A killed program loses no more training than this and the step it was in.
    pub every: Duration,
}

impl RunKeeping {
    /// In `folder`, as often as the window does.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder, every: EVERY }
    }
}

/// How far a run is: how much it has trained, and how much was seen of it.
pub type Mark = (u64, usize);

/// Writes the present run from time to time.
pub struct Keeper {
    keeping: Option<(RunFolder, Duration)>,
    /// The largest number that was given to a run.
    last: u64,
    /// The number of the present run.
    present: u64,
    /// Where the present run was when it was last written.
    written: Option<Mark>,
    next: Instant,
    /// What was last complained of: it is said once.
    complaint: Option<String>,
}

impl Keeper {
    /// Keeps no run yet.
    pub fn new(keeping: Option<RunKeeping>) -> Self {
        let keeping = keeping.map(|k| (RunFolder::new(k.folder), k.every));
        Self { keeping, last: 0, present: 0, written: None, next: Instant::now(), complaint: None }
    }

    /// The files of all runs, the one written last at the end.
    fn listed(&self) -> Result<Vec<RunFile>, String> {
        let listed = self.keeping.as_ref().map(|(folder, _)| folder.list());
        listed.transpose().map(Option::unwrap_or_default).map_err(|e| e.to_string())
    }

    /// All runs that were kept, as `read` reads them, the one written last at the end, and what the user should know. A file
    /// that can't be used is renamed, so that nothing in it is lost.
    pub fn read_all<T>(&mut self, read: impl Fn(&RunFile) -> Result<T, String>) -> (Vec<T>, Vec<String>) {
        let files = match self.listed() {
            Ok(files) => files,
            Err(why) => return (Vec::new(), vec![why]),
        };
        let (mut runs, mut messages) = (Vec::new(), Vec::new());
        for file in files {
            match read(&file) {
                Ok(run) => {
                    self.last = self.last.max(file.number);
                    runs.push(run);
                }
                Err(why) => messages.push(match set_aside(&file.path) {
                    Ok(aside) => {
                        let name = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
                        format!("{why}. The file was set aside as {name}.")
                    }
                    Err(error) => format!("{why}. It can't be set aside: {error}."),
                }),
            }
        }
        (runs, messages)
    }

    /// The number of the run that is kept in `file`, if one is.
    pub fn number_of(&self, file: &Path) -> Option<u64> {
        self.listed().ok()?.into_iter().find(|run| run.path == file).map(|run| run.number)
    }

    /// The file of a run, if runs are kept.
    pub fn file(&self, number: u64) -> Option<PathBuf> {
        self.keeping.as_ref().map(|(folder, _)| folder.file(number))
    }

    /// A number that no run has, one of another window included.
    pub fn new_number(&mut self) -> u64 {
        self.last =
            self.listed().unwrap_or_default().iter().map(|run| run.number).fold(self.last, u64::max) + 1;
        self.last
    }

    /// The run `number` is the present one; its file, if any, is of `written`.
    pub fn follow(&mut self, number: u64, written: Option<Mark>) {
        (self.present, self.written) = (number, written);
        self.next = Instant::now() + self.every();
    }

    /// There is no present run.
    pub fn let_go(&mut self) {
        (self.present, self.written) = (0, None);
    }

    /// Whether the run at `now` should be written before something is done that takes `ahead`.
    pub fn is_due(&self, now: Mark, ahead: Duration) -> bool {
        self.has_news(now) && Instant::now() + ahead >= self.next
    }

    /// Whether the run at `now` is not on disk.
    pub fn has_news(&self, now: Mark) -> bool {
        self.keeping.is_some() && self.written != Some(now)
    }

    /// Writes the present run at `mark`. What the user should know of it: a failure once, and that it works again.
    pub fn write(
        &mut self,
        mark: Mark,
        bytes: impl FnOnce() -> Result<Vec<u8>, String>,
    ) -> Option<Result<String, String>> {
        let (folder, every) = self.keeping.as_ref()?;
        let file = folder.file(self.present);
        let outcome = bytes().and_then(|bytes| {
            folder.prepare().map_err(|e| e.to_string())?;
            atomic_write(&file, |out| out.write_all(&bytes)).map_err(|e| e.to_string())
        });
        // Counted from the end of the write: one that takes long must not fill the time.
        let now = Instant::now();
        match outcome {
            Ok(()) => {
                (self.written, self.next) = (Some(mark), now + *every);
                self.complaint.take().map(|_| Ok(format!("the run is kept again, in {}", file.display())))
            }
            Err(why) => {
                self.next = now + AGAIN.min(*every);
                let text = format!("the run could not be kept and will be tried again: {why}");
                let is_new = self.complaint.as_ref() != Some(&text);
                self.complaint = Some(text.clone());
                is_new.then_some(Err(text))
            }
        }
    }

    /// Writes other words into the file of a run that is not the present one: it keeps its place among the others.
    ///
    /// # Errors
    /// Names the file that can't be written.
    pub fn amend(&self, file: &Path, bytes: &[u8]) -> Result<(), String> {
        rewrite(file, bytes).map_err(|e| e.to_string())
    }

    /// Deletes the runs that are too many: those that were written longest ago.
    ///
    /// # Errors
    /// Names the file that can't be deleted.
    pub fn prune(&self) -> Result<(), String> {
        let Some((folder, _)) = &self.keeping else { return Ok(()) };
        let all = self.listed()?;
        let surplus = all.len().saturating_sub(MOST_RUNS);
        let mut old = all[..surplus].iter().filter(|run| run.number != self.present);
        old.try_for_each(|run| folder.remove(run.number)).map_err(|e| e.to_string())
    }

    /// Deletes the file of a run that is not the present one.
    ///
    /// # Errors
    /// Names the file that can't be deleted.
    pub fn forget(&self, number: u64) -> Result<(), String> {
        match &self.keeping {
            Some((folder, _)) if number != self.present => folder.remove(number).map_err(|e| e.to_string()),
            _ => Ok(()),
        }
    }

    fn every(&self) -> Duration {
        self.keeping.as_ref().map_or(EVERY, |(_, every)| *every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(folder: &std::path::Path) -> Keeper {
        Keeper::new(Some(RunKeeping { folder: folder.to_owned(), every: Duration::from_secs(1000) }))
    }

    #[test]
    fn it_is_due_in_time_for_what_takes_long_and_only_with_news() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut keeper = keeper(folder.path());
        keeper.follow(1, None);
        assert!(!keeper.is_due((5, 0), Duration::ZERO));
        assert!(keeper.is_due((5, 0), Duration::from_secs(1001)), "a long measurement is ahead");
        assert_eq!(keeper.write((5, 0), || Ok(vec![1])), None);
        assert!(!keeper.is_due((5, 0), Duration::from_secs(2000)), "nothing is new");
        assert!(keeper.is_due((6, 0), Duration::from_secs(2000)));
        assert!(keeper.has_news((5, 1)), "an early sample is news too");
        assert!(!Keeper::new(None).has_news((6, 0)), "nowhere to keep it");
    }

    #[test]
    fn a_failed_write_is_said_once_and_tried_again_soon() {
        let folder = tempfile::tempdir().expect("a folder");
        let blocked = folder.path().join("blocked");
        std::fs::write(&blocked, "a file where a folder should be").expect("write");
        let mut keeper = keeper(&blocked);
        keeper.follow(1, None);
        let said = keeper.write((5, 0), || Ok(vec![1])).expect("a message").expect_err("a failure");
        assert!(said.contains("blocked") && said.contains("tried again"), "{said}");
        assert_eq!(keeper.write((6, 0), || Ok(vec![1])), None, "it is said once");
        assert!(keeper.has_news((5, 0)) && keeper.has_news((6, 0)));
        assert!(keeper.is_due((6, 0), AGAIN), "it is not forgotten for a whole period");
        std::fs::remove_file(&blocked).expect("removed");
        let said = keeper.write((7, 0), || Ok(vec![1])).expect("a message").expect("it worked");
        assert!(said.contains("run-0001.safetensors"), "{said}");
        assert!(!keeper.has_news((7, 0)));
    }

    #[test]
    fn numbers_are_never_used_twice_and_the_oldest_runs_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut keeper = keeper(folder.path());
        for n in 1..=10 {
            let number = keeper.new_number();
            assert_eq!(number, n);
            keeper.follow(number, None);
            assert_eq!(keeper.write((0, 0), || Ok(vec![1])), None);
            // File times of some systems are coarse.
            let old = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(number);
            let file = std::fs::File::options().write(true).open(keeper.file(number).expect("a file"));
            file.expect("open").set_modified(old).expect("a time");
            keeper.prune().expect("pruned");
        }
        let numbers =
            |keeper: &Keeper| keeper.listed().expect("runs").iter().map(|run| run.number).collect::<Vec<_>>();
        assert_eq!(numbers(&keeper), (3..=10).collect::<Vec<_>>());
        // Another window has taken one in between.
        std::fs::write(keeper.file(11).expect("a file"), "x").expect("write");
        assert_eq!(keeper.new_number(), 12);
        keeper.forget(10).expect("nothing happens");
        keeper.forget(4).expect("gone");
        assert!(numbers(&keeper).contains(&10) && !numbers(&keeper).contains(&4), "the present run stays");
        keeper.let_go();
        keeper.forget(10).expect("gone");
        assert!(!numbers(&keeper).contains(&10));
    }
}
