//! The folder of the training runs that the window keeps: one numbered checkpoint a run.

use super::DataError;
use super::atomic::atomic_write;
use super::error::io_reason;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the name of a run's file begins and ends with; its number is in between.
const BEFORE: &str = "run-";
const AFTER: &str = ".safetensors";

/// A folder of runs; it need not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    folder: PathBuf,
}

/// A run's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFile {
    /// The run's number, from 1.
    pub number: u64,
    /// The file.
    pub path: PathBuf,
}

impl RunFolder {
    /// The runs in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The file of a run, whether it is there or not.
    pub fn file(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{BEFORE}{number:04}{AFTER}"))
    }

    /// All runs, the one written last at the end. A folder that does not exist has none.
    ///
    /// # Errors
    /// [`DataError::Read`] naming the folder.
    pub fn list(&self) -> Result<Vec<RunFile>, DataError> {
        let refused = |e: io::Error| DataError::Read {
            what: "the folder of training runs".to_owned(),
            path: self.folder.clone(),
            why: io_reason(&e),
        };
        let entries = match std::fs::read_dir(&self.folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(refused)?,
        };
        let mut found: Vec<(SystemTime, RunFile)> = Vec::new();
        for entry in entries {
            let entry = entry.map_err(refused)?;
            let path = entry.path();
            let Some(number) = number_of(&path) else { continue };
            // One that vanishes in between is none.
            let Ok(written) = entry.metadata().and_then(|meta| meta.modified()) else { continue };
            found.push((written, RunFile { number, path }));
        }
        found.sort_by_key(|(written, file)| (*written, file.number));
        Ok(found.into_iter().map(|(_, file)| file).collect())
    }

    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// [`DataError::Write`] naming it.
    pub fn prepare(&self) -> Result<(), DataError> {
        std::fs::create_dir_all(&self.folder).map_err(|e| DataError::write(&self.folder, io_reason(&e)))
    }

    /// Deletes the file of a run; one that is not there is deleted already.
    ///
    /// # Errors
    /// [`DataError::Write`] naming it.
    pub fn remove(&self, number: u64) -> Result<(), DataError> {
        let file = self.file(number);
        match std::fs::remove_file(&file) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(DataError::write(&file, io_reason(&e))),
            _ => Ok(()),
        }
    }
}

/// Writes other bytes into the file of a run, whole or not at all, as if it had been written when it was.
///
/// # Errors
/// [`DataError::Write`] naming it.
pub fn rewrite(file: &Path, bytes: &[u8]) -> Result<(), DataError> {
    let refused = |e: io::Error| DataError::write(file, io_reason(&e));
    let written = std::fs::metadata(file).and_then(|meta| meta.modified()).map_err(refused)?;
    atomic_write(file, |out| out.write_all(bytes))?;
    File::options().write(true).open(file).and_then(|file| file.set_modified(written)).map_err(refused)
}

/// The number in the name of a run's file; none in that of any other file, such as a damaged one.
fn number_of(path: &Path) -> Option<u64> {
    let digits = path.file_name()?.to_str()?.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    let is_number = digits.bytes().all(|b| b.is_ascii_digit());
    let number = digits.parse().ok().filter(|number| is_number && *number > 0)?;
    // Another spelling of the same number would be another file.
    (digits == format!("{number:04}")).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn runs_are_listed_by_their_last_write_and_nothing_else_is() {
        let outer = tempfile::tempdir().expect("a folder");
        let runs = RunFolder::new(outer.path().join("runs"));
        assert_eq!(runs.list().expect("none yet"), []);
        runs.prepare().expect("a folder");
        let start = SystemTime::now() - Duration::from_secs(1000);
        for (seconds, number) in [(30, 2), (10, 11), (20, 12_345)] {
            let file = std::fs::File::create(runs.file(number)).expect("a file");
            file.set_modified(start + Duration::from_secs(seconds)).expect("a time");
        }
        for other in [
            "run-0002.damaged-1.safetensors",
            "run-2.safetensors",
            "run-0000.safetensors",
            "run-+001.safetensors",
            "run-0003.csv",
        ] {
            std::fs::write(outer.path().join("runs").join(other), "x").expect("write");
        }
        let numbers =
            |runs: &RunFolder| runs.list().expect("runs").iter().map(|run| run.number).collect::<Vec<_>>();
        assert_eq!(numbers(&runs), [11, 12_345, 2]);
        runs.remove(12_345).expect("removed");
        runs.remove(12_345).expect("it is gone already");
        assert_eq!(numbers(&runs), [11, 2]);
        rewrite(&runs.file(11), b"other words").expect("written");
        assert_eq!(std::fs::read(runs.file(11)).expect("a file"), b"other words");
        assert_eq!(numbers(&runs), [11, 2], "it is no newer for that");
        assert!(rewrite(&runs.file(7), b"x").expect_err("no such run").to_string().contains("run-0007"));
    }

    #[test]
    fn a_folder_that_can_not_be_read_is_named() {
        let outer = tempfile::tempdir().expect("a folder");
        let blocked = outer.path().join("blocked");
        std::fs::write(&blocked, "a file where a folder should be").expect("write");
        let runs = RunFolder::new(blocked);
        for refused in [runs.list().map(|_| ()), runs.prepare()] {
            assert!(refused.expect_err("no folder").to_string().contains("blocked"));
        }
    }
}
