//! What lies half-made on the disk: an end from outside, such as Ctrl-C, takes it away before the program is gone.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Everything half-made of this process.
static HALF_MADE: Mutex<Vec<HalfMade>> = Mutex::new(Vec::new());

/// Something that must not stay as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HalfMade {
    /// A file.
    File(PathBuf),
    /// A folder with all that is in it.
    Folder(PathBuf),
    /// A folder, unless something is in it.
    EmptyFolder(PathBuf),
}

impl HalfMade {
    fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Folder(path) | Self::EmptyFolder(path) => path,
        }
    }

    /// What is not there any more, or can't be removed, is let be.
    fn remove(&self) {
        _ = match self {
            Self::File(path) => std::fs::remove_file(path),
            Self::Folder(path) => std::fs::remove_dir_all(path),
            Self::EmptyFolder(path) => std::fs::remove_dir(path),
        };
    }
}

/// As long as it lives, what it stands for is half-made.
#[derive(Debug)]
pub struct Pending(HalfMade);

impl Pending {
    /// Makes something half: nobody can end the program between `make` and the moment from which it is known.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn new<T>(make: impl FnOnce() -> io::Result<(T, HalfMade)>) -> io::Result<(T, Self)> {
        let mut known = known();
        let (made, what) = make()?;
        known.push(what.clone());
        Ok((made, Self(what)))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        known().retain(|what| what.path() != self.0.path());
    }
}

/// A folder that this program makes for files to come: made with the first of them, and gone again where none came.
#[derive(Debug)]
pub struct NewFolder(Option<Pending>);

impl NewFolder {
    /// Makes `folder` where it is not there.
    ///
    /// # Errors
    /// What the system says.
    pub fn make(folder: &Path) -> io::Result<Self> {
        if folder.is_dir() {
            return Ok(Self(None));
        }
        let made = Pending::new(|| {
            std::fs::create_dir_all(folder)?;
            Ok(((), HalfMade::EmptyFolder(folder.to_owned())))
        });
        Ok(Self(Some(made?.1)))
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if let Some(pending) = &self.0 {
            pending.0.remove();
        }
    }
}

/// Does what must not be ended half-way.
pub fn undisturbed<T>(work: impl FnOnce() -> T) -> T {
    let _known = known();
    work()
}

/// Removes all that is half-made. From here on nothing more can be begun: the program is to end now.
pub fn remove_all_at_the_end() {
    let known = known();
    known.iter().for_each(HalfMade::remove);
    // Whoever is about to make something waits for the end.
    std::mem::forget(known);
}

fn known() -> MutexGuard<'static, Vec<HalfMade>> {
    HALF_MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_half_made_is_known_until_it_is_whole() {
        let desk = tempfile::tempdir().expect("a folder");
        let file = desk.path().join("half");
        let (_, pending) = Pending::new(|| {
            std::fs::write(&file, "x")?;
            Ok(((), HalfMade::File(file.clone())))
        })
        .expect("made");
        assert!(known().contains(&HalfMade::File(file.clone())));
        drop(pending);
        assert!(!known().contains(&HalfMade::File(file.clone())) && file.exists());
        let failed = Pending::new::<()>(|| Err(io::Error::other("no")));
        assert!(failed.is_err());
    }

    #[test]
    fn a_new_folder_stays_only_where_something_came_into_it() {
        let desk = tempfile::tempdir().expect("a folder");
        let folder = desk.path().join("new");
        drop(NewFolder::make(&folder).expect("made"));
        assert!(!folder.exists(), "nothing came");
        let made = NewFolder::make(&folder).expect("made");
        std::fs::write(folder.join("file"), "x").expect("written");
        drop(made);
        assert!(folder.join("file").exists());
        std::fs::remove_file(folder.join("file")).expect("removed");
        drop(NewFolder::make(&folder).expect("it is there"));
        assert!(folder.exists(), "it was there before");
    }
}
