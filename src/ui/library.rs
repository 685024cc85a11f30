//! Presets of the user's own, each a file in the user's folder.

use super::lab::LabEntry;
use crate::data::{atomic_write, read_limited};
use crate::experiment::{FORMAT, Recipe, preset_name};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Far more than settings need.
const MOST_BYTES: u64 = 1 << 20;

/// A preset file.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where it is.
    pub file: PathBuf,
    /// Its name; the file's name where it can't be read.
    pub name: String,
    /// The settings, or why there are none.
    pub content: Result<Recipe, String>,
}

/// All presets of the user.
#[derive(Clone)]
pub struct Library {
    /// The labs that presets may be of.
    labs: &'static [LabEntry],
    folder: Option<PathBuf>,
    entries: Vec<Entry>,
    /// Why the folder can't be read.
    problem: Option<String>,
}

impl Library {
    /// The presets of these labs in `folder`, which is made when the first one is saved. Without a folder nothing can be
    /// saved.
    pub fn open(labs: &'static [LabEntry], folder: Option<PathBuf>) -> Self {
        let mut library = Self { labs, folder, entries: Vec::new(), problem: None };
        library.refresh();
        library
    }

    /// By name. Damaged ones are among them.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Why the folder can't be read, if so.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Looks at the folder again.
    pub fn refresh(&mut self) {
        self.problem = None;
        self.entries.clear();
        let Some(folder) = &self.folder else { return };
        let listed = match std::fs::read_dir(folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                self.problem = Some(format!("the presets in {} can't be read: {error}", folder.display()));
                return;
            }
        };
        let files = listed.flatten().map(|entry| entry.path());
        self.entries = files
            .filter(|file| file.extension().is_some_and(|e| e == "json"))
            .map(|file| self.entry(file))
            .collect();
        self.entries.sort_by_key(|entry| (entry.name.to_lowercase(), entry.file.clone()));
    }

    /// The readable preset of this name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.content.is_ok() && entry.name == name)
    }

    /// Saves settings under a name, over an older preset of that name.
    ///
    /// # Errors
    /// If the name is none, or the file can't be written.
    pub fn save(&mut self, name: &str, recipe: Recipe) -> Result<(), String> {
        let name = preset_name(name)?;
        let file = match self.find(name) {
            Some(known) => known.file.clone(),
            None => self.free_file(name)?,
        };
        write(&file, name, recipe)?;
        self.refresh();
        Ok(())
    }

    /// Gives a preset another name.
    ///
    /// # Errors
    /// If the name is none or taken, or the file can't be written.
    pub fn rename(&mut self, file: &Path, name: &str) -> Result<(), String> {
        let name = preset_name(name)?;
        if self.find(name).is_some_and(|other| other.file != file) {
            return Err(format!("there is another preset “{name}”"));
        }
        let Ok(recipe) = self.entry(file.to_owned()).content else {
            return Err(format!("{} can't be read", file.display()));
        };
        // The file keeps its own name: only what is inside counts.
        write(file, name, recipe)?;
        self.refresh();
        Ok(())
    }

    /// Deletes a preset.
    ///
    /// # Errors
    /// If the file can't be deleted.
    pub fn delete(&mut self, file: &Path) -> Result<(), String> {
        let deleted = std::fs::remove_file(file).map_err(|e| format!("{}: {e}", file.display()));
        self.refresh();
        deleted
    }

    /// Takes over a preset from elsewhere, out of the bytes of its `file`; a name that is taken by other settings gets a number. Returns its name
    /// here and its settings.
    ///
    /// # Errors
    /// If it is no preset or has a value that is out of range, or can't be written.
    pub fn import(&mut self, file: &Path, bytes: &[u8]) -> Result<(String, Recipe), String> {
        let wrong = |why: String| format!("the preset {} {why}", file.display());
        let (name, recipe) = preset_in(self.labs, bytes).map_err(wrong)?;
        let same = |known: &Entry| known.content.as_ref().is_ok_and(|known| sets_the_same(known, &recipe));
        let mut free = name.clone();
        let mut n = 1;
        while self.find(&free).is_some_and(|known| !same(known)) {
            n += 1;
            free = format!("{name} ({n})");
        }
        if self.find(&free).is_none() {
            self.save(&free, recipe.clone())?;
        }
        Ok((free, recipe))
    }

    fn entry(&self, file: PathBuf) -> Entry {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let read = read_limited(&file, MOST_BYTES, FORMAT).map_err(|error| error.to_string());
        let wrong = |why: String| format!("the preset {} {why}", file.display());
        match read.and_then(|bytes| preset_in(self.labs, &bytes).map_err(wrong)) {
            Ok((name, recipe)) => Entry { file, name, content: Ok(recipe) },
            Err(why) => Entry { file, name: stem, content: Err(why) },
        }
    }

    /// A file that is not there yet, named after a preset.
    fn free_file(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.folder.as_ref().ok_or("there is no home folder to keep presets in")?;
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let safe = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '_' };
        let stem: String = name.chars().map(safe).collect();
        let names = (1..).map(|n| if n == 1 { format!("{stem}.json") } else { format!("{stem}-{n}.json") });
        let mut free = names.map(|name| folder.join(name)).filter(|file| !file.exists());
        free.next().ok_or_else(|| "no free file name".to_owned())
    }
}

/// Whether both are of one lab and set everything alike, whatever they are called.
fn sets_the_same(one: &Recipe, other: &Recipe) -> bool {
    (&one.lab, &one.settings) == (&other.lab, &other.settings)
}

/// Settings are what a preset holds: neither the play-head nor what a figure shows.
fn write(file: &Path, name: &str, recipe: Recipe) -> Result<(), String> {
    let preset =
        Recipe { name: Some(name.to_owned()), t: None, playing: None, view: None, command: None, ..recipe };
    atomic_write(file, |out| writeln!(out, "{}", preset.text())).map_err(|error| error.to_string())
}

/// Name and settings in the bytes of a preset, with everything written out.
///
/// # Errors
/// Says what is wrong with them: the rest of a sentence that starts with the file's name.
pub fn preset_in(labs: &[LabEntry], bytes: &[u8]) -> Result<(String, Recipe), String> {
    let recipe = Recipe::read(bytes)?;
    let name = recipe.name.as_deref().ok_or("has no name: it is no preset")?;
    let name = preset_name(name)?.to_owned();
    let Some(lab) = labs.iter().find(|lab| lab.name == recipe.lab) else {
        return Err(format!("is of a lab that is not here: \"{}\"", recipe.lab));
    };
    (lab.check)(recipe).map(|recipe| (name, recipe))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::grid::{Document, Settings};
    use crate::experiment::images::ImageSettings;
    use crate::ui::labs::LABS;

    fn document(epsilon: f64) -> Recipe {
        Recipe::new(&Document::from(Settings { epsilon, ..Settings::default() }))
    }

    fn open(folder: Option<&Path>) -> Library {
        Library::open(LABS, folder.map(Path::to_owned))
    }

    /// What a preset sets.
    fn settings(library: &Library, name: &str) -> Option<serde_json::Value> {
        Some(library.find(name)?.content.as_ref().ok()?.settings.clone())
    }

    #[test]
    fn presets_are_of_either_lab() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut library = open(Some(folder.path()));
        let images = Recipe::new(&ImageSettings { images: 7, ..ImageSettings::default() });
        library.save("of images", images.clone()).expect("saved");
        library.save("of a grid", document(0.2)).expect("saved");
        let again = open(Some(folder.path()));
        assert_eq!(settings(&again, "of images"), Some(images.settings));
        assert_eq!(settings(&again, "of a grid"), Some(document(0.2).settings));
        for (text, named) in [
            (r#""images": {"images": 65}"#, "images = 65"),
            (r#""images": {}, "experiment": {}"#, "both labs"),
        ] {
            let text = format!(r#"{{"format": "dfm-explorer preset", "name": "x", {text}}}"#);
            let why = preset_in(LABS, text.as_bytes()).expect_err("it is refused");
            assert!(why.contains(named), "{why}");
        }
        // Without any settings it is the usual experiment on a grid, as it always was.
        let bare = r#"{"format": "dfm-explorer preset", "name": "x"}"#;
        let (name, recipe) = preset_in(LABS, bare.as_bytes()).expect("the usual one");
        assert_eq!((name.as_str(), recipe.settings), ("x", document(0.0).settings));
        for (text, named) in [
            (r#""version": 1, "lab": "sphere", "name": "x", "settings": {}"#, "\"sphere\""),
            (r#""version": 9, "lab": "grid", "name": "x", "settings": {}"#, "a later version"),
            (r#""version": 1, "lab": "grid", "settings": {}"#, "no name"),
            (r#""version": 1, "lab": "grid", "name": "x", "settings": {"a": {"panes": 0}}"#, "panes = 0"),
            (r#""version": 1, "lab": "images", "name": "x", "settings": {"sides": 3}"#, "\"sides.shown\""),
        ] {
            let text = format!("{{\"format\": \"{FORMAT}\", {text}}}");
            let why = preset_in(LABS, text.as_bytes()).expect_err("it is refused");
            assert!(why.contains(named), "{why}");
        }
    }

    fn names(library: &Library) -> Vec<&str> {
        library.entries().iter().map(|entry| entry.name.as_str()).collect()
    }

    #[test]
    fn presets_are_saved_found_renamed_and_deleted() {
        let folder = tempfile::tempdir().expect("a folder");
        let presets = folder.path().join("presets");
        let mut library = open(Some(&presets));
        assert_eq!((library.entries().len(), library.problem()), (0, None));
        library.save(" κ / two? ", document(0.1)).expect("saved");
        library.save("Another", document(0.2)).expect("saved");
        library
            .save("κ : two?", document(0.3))
            .expect("a name of its own, though its file’s would be the same");
        library.save("Another", document(0.4)).expect("saved over the old one");
        let again = open(Some(&presets));
        assert_eq!(names(&again), ["Another", "κ / two?", "κ : two?"]);
        assert_eq!(settings(&again, "Another"), Some(document(0.4).settings));
        assert_eq!(settings(&again, "κ / two?"), Some(document(0.1).settings));
        let file = library.find("Another").expect("found").file.clone();
        assert!(library.rename(&file, "κ / two?").is_err(), "the name is taken");
        library.rename(&file, "zeta").expect("renamed");
        assert_eq!(names(&library), ["zeta", "κ / two?", "κ : two?"]);
        library.delete(&file).expect("deleted");
        assert_eq!(names(&library), ["κ / two?", "κ : two?"]);
        for bad in ["", "  ", "a\nb", &"x".repeat(61)] {
            assert!(library.save(bad, document(0.0)).is_err(), "{bad:?}");
        }
        assert!(open(None).save("a", document(0.0)).is_err());
    }

    #[test]
    fn damaged_files_are_listed_with_their_error_and_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut library = open(Some(folder.path()));
        library.save("good", document(0.1)).expect("saved");
        let bad = folder.path().join("bad.json");
        for (text, named) in [
            ("{", "no JSON"),
            (
                r#"{"format": "dfm-explorer preset", "name": "x", "experiment": {"a": {"panes": 9}}}"#,
                "panes = 9",
            ),
            (r#"{"format": "dfm-explorer preset", "name": " "}"#, "a name has"),
            (r#"{"format": "dfm-explorer state"}"#, "says its format is"),
        ] {
            std::fs::write(&bad, text).expect("write");
            library.refresh();
            assert_eq!(names(&library), ["bad", "good"]);
            let error = library.entries()[0].content.clone().expect_err("damaged");
            assert!(error.contains(named) && error.contains("bad.json"), "{error}");
            assert_eq!(std::fs::read_to_string(&bad).expect("text"), text);
            assert!(library.import(&bad, text.as_bytes()).is_err());
        }
    }

    #[test]
    fn an_imported_preset_never_replaces_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("a folder");
        let mut there = open(Some(elsewhere.path()));
        there.save("mine", document(0.7)).expect("saved");
        let file = there.find("mine").expect("found").file.clone();
        let mut library = open(Some(folder.path()));
        library.save("mine", document(0.1)).expect("saved");
        for _ in 0..2 {
            // The second time it is here already.
            let bytes = std::fs::read(&file).expect("the preset");
            let (name, recipe) = library.import(&file, &bytes).expect("a preset");
            assert_eq!((name.as_str(), recipe.settings), ("mine (2)", document(0.7).settings));
        }
        assert_eq!(names(&library), ["mine", "mine (2)"]);
        assert_eq!(settings(&library, "mine"), Some(document(0.1).settings));
    }
}
