//! Targets of the user's own: the files in one folder, to be chosen by name.

use crate::data::{TARGET_FILES, save_target};
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// As many as a menu can show.
const MOST: usize = 200;

/// The files of the folder.
#[derive(Default)]
pub struct SavedTargets {
    folder: Option<PathBuf>,
    files: Vec<PathBuf>,
}

impl SavedTargets {
    /// Those in `folder`, which is made when the first one is saved. Without a folder there are none.
    pub fn open(folder: Option<PathBuf>) -> Self {
        let mut saved = Self { folder, files: Vec::new() };
        saved.refresh();
        saved
    }

    /// By name.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Looks at the folder again. One that can't be read has nothing to choose from.
    pub fn refresh(&mut self) {
        let listed = self.folder.as_ref().and_then(|folder| std::fs::read_dir(folder).ok());
        let files = listed.into_iter().flatten().flatten().map(|entry| entry.path());
        self.files = files.filter(|file| is_target(file)).collect();
        self.files.sort_by_key(|file| title(file).to_lowercase());
        self.files.truncate(MOST);
    }

    /// A file in the folder that is not there yet, named after a target.
    ///
    /// # Errors
    /// If there is no folder, or it can't be made.
    pub fn free_file(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.folder.as_ref().ok_or("there is no folder to keep targets in")?;
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | ' ') { c } else { '_' };
        let stem: String = name.chars().map(safe).collect();
        let stem = if stem.is_empty() { "target" } else { &stem };
        let names = (1..).map(|n| if n == 1 { format!("{stem}.npy") } else { format!("{stem} {n}.npy") });
        let mut free = names.map(|name| folder.join(name)).filter(|file| !file.exists());
        free.next().ok_or_else(|| "no free file name".to_owned())
    }
}

/// Writes a target that was drawn, and says where it is.
///
/// # Errors
/// If it has no mass, or the file can't be written.
pub fn keep(file: &Path, pmf: Result<Array2<f64>, String>) -> Result<String, String> {
    save_target(file, &pmf?).map_err(|error| error.to_string())?;
    Ok(format!("The target was saved to {}.", file.display()))
}

/// What a saved target is called.
pub fn title(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_target(file: &Path) -> bool {
    let kind = file.extension().map(|kind| kind.to_string_lossy().to_lowercase());
    kind.is_some_and(|kind| TARGET_FILES.contains(&kind.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_listed_by_name_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut saved = SavedTargets::open(Some(folder.path().join("targets")));
        assert!(saved.files().is_empty());
        for name in ["two hearts", "", "A/b", "two hearts"] {
            let file = saved.free_file(name).expect("a name");
            keep(&file, Ok(Array2::from_elem((4, 4), 1.0 / 16.0))).expect("saved");
        }
        std::fs::write(folder.path().join("targets/notes.txt"), "").expect("written");
        saved.refresh();
        let titles: Vec<_> = saved.files().iter().map(|file| title(file)).collect();
        assert_eq!(titles, ["A_b", "target", "two hearts", "two hearts 2"]);
        assert!(keep(Path::new("x.npy"), Err("it is empty".to_owned())).is_err());
        assert!(SavedTargets::default().free_file("a").is_err());
    }
}
