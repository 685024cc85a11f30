//! Targets of the user's own: the files in one folder, to be chosen by name.

use super::widgets::{named_choice, setting};
use egui::{ComboBox, Ui};
use std::path::{Path, PathBuf};

/// As many as a menu can show.
const MOST: usize = 200;

/// The files of the folder.
#[derive(Default)]
pub struct SavedTargets {
    folder: Option<PathBuf>,
    /// Endings of such files; what is saved has the first of them.
    endings: &'static [&'static str],
    files: Vec<PathBuf>,
}

impl SavedTargets {
    /// Those in `folder` with one of these endings; it is made when the first one is saved. Without a folder there are none.
    pub fn open(folder: Option<PathBuf>, endings: &'static [&'static str]) -> Self {
        let mut saved = Self { folder, endings, files: Vec::new() };
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
        self.files = files.filter(|file| is_target(file, self.endings)).collect();
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
        let ending = self.endings.first().copied().unwrap_or_default();
        let names = (1..).map(|n| match n {
            1 => format!("{stem}.{ending}"),
            n => format!("{stem} {n}.{ending}"),
        });
        let mut free = names.map(|name| folder.join(name)).filter(|file| !file.exists());
        free.next().ok_or_else(|| "no free file name".to_owned())
    }
}

/// Writes a target that was drawn, and says where it is.
///
/// # Errors
/// Why it can't be written.
pub fn keep(file: &Path, write: impl FnOnce(&Path) -> Result<(), String>) -> Result<String, String> {
    write(file)?;
    Ok(format!("The target was saved to {}.", file.display()))
}

/// A menu of those that were saved, one of them `chosen`; the one that was clicked. Nothing where there are none.
pub fn saved_choice(
    ui: &mut Ui,
    saved: &[PathBuf],
    about: &str,
    chosen: &dyn Fn(&Path) -> bool,
) -> Option<PathBuf> {
    if saved.is_empty() {
        return None;
    }
    let mut clicked = None;
    let name = saved.iter().find(|file| chosen(file)).map_or("choose …".to_owned(), |file| title(file));
    setting(ui, "saved", about, |ui| {
        let menu = ComboBox::from_id_salt("saved targets").selected_text(&name).width(ui.available_width());
        let shown = menu.truncate().show_ui(ui, |ui| {
            for file in saved {
                let row = ui.selectable_label(chosen(file), title(file));
                if row.on_hover_text(file.display().to_string()).clicked() {
                    clicked = Some(file.clone());
                }
            }
        });
        named_choice(&shown.response, "saved targets", &name);
    });
    clicked
}

/// What a saved target is called.
pub fn title(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_target(file: &Path, endings: &[&str]) -> bool {
    let kind = file.extension().map(|kind| kind.to_string_lossy().to_lowercase());
    kind.is_some_and(|kind| endings.contains(&kind.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_listed_by_name_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut saved = SavedTargets::open(Some(folder.path().join("targets")), &["npy", "csv"]);
        assert!(saved.files().is_empty());
        for name in ["two hearts", "", "A/b", "two hearts"] {
            let file = saved.free_file(name).expect("a name");
            keep(&file, |file| std::fs::write(file, name).map_err(|why| why.to_string())).expect("saved");
        }
        std::fs::write(folder.path().join("targets/notes.txt"), "").expect("written");
        saved.refresh();
        let titles: Vec<_> = saved.files().iter().map(|file| title(file)).collect();
        assert_eq!(titles, ["A_b", "target", "two hearts", "two hearts 2"]);
        assert!(keep(Path::new("x.npy"), |_| Err("it is empty".to_owned())).is_err());
        assert!(SavedTargets::default().free_file("a").is_err());
    }
}
