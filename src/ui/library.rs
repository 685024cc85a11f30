//! Presets of the user's own, each a file in the user's folder.

use crate::data::{parse_document, read_document, write_document};
use crate::experiment::grid::Document;
use crate::experiment::images::ImageSettings;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a preset file says it is.
const FORMAT: &str = "dfm-explorer preset";
/// Longest name, characters.
const LONGEST_NAME: usize = 60;

/// What a preset sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Experiment {
    /// The grid lab.
    Grid(Box<Document>),
    /// The image lab.
    Images(Box<ImageSettings>),
}

/// The content of a preset file: settings of one of the labs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    experiment: Option<Document>,
    #[serde(skip_serializing_if = "Option::is_none")]
    images: Option<ImageSettings>,
}

impl Stored {
    fn new(name: &str, experiment: Experiment) -> Self {
        let name = name.to_owned();
        match experiment {
            Experiment::Grid(document) => Self { name, experiment: Some(*document), images: None },
            Experiment::Images(settings) => Self { name, experiment: None, images: Some(*settings) },
        }
    }

    /// The name and the settings, with every range checked.
    fn validated(self) -> Result<(String, Experiment), String> {
        let name = checked(&self.name)?.to_owned();
        let experiment = match (self.experiment, self.images) {
            (Some(_), Some(_)) => return Err("has settings of both labs: expected one".to_owned()),
            (None, Some(settings)) => {
                Experiment::Images(Box::new(settings.validated().map_err(|why| format!("images: {why}"))?))
            }
            (document, None) => {
                let document = document.unwrap_or_default().validated();
                Experiment::Grid(Box::new(document.map_err(|error| error.to_string())?))
            }
        };
        Ok((name, experiment))
    }
}

/// A preset file.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where it is.
    pub file: PathBuf,
    /// Its name; the file's name where it can't be read.
    pub name: String,
    /// The settings, or why there are none.
    pub content: Result<Experiment, String>,
}

/// All presets of the user.
#[derive(Clone, Debug, Default)]
pub struct Library {
    folder: Option<PathBuf>,
    entries: Vec<Entry>,
    /// Why the folder can't be read.
    problem: Option<String>,
}

impl Library {
    /// The presets in `folder`, which is made when the first one is saved. Without a folder nothing can be saved.
    pub fn open(folder: Option<PathBuf>) -> Self {
        let mut library = Self { folder, ..Self::default() };
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
        self.entries =
            files.filter(|file| file.extension().is_some_and(|e| e == "json")).map(entry).collect();
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
    pub fn save(&mut self, name: &str, experiment: Experiment) -> Result<(), String> {
        let name = checked(name)?;
        let file = match self.find(name) {
            Some(known) => known.file.clone(),
            None => self.free_file(name)?,
        };
        write_document(&file, FORMAT, &Stored::new(name, experiment)).map_err(|error| error.to_string())?;
        self.refresh();
        Ok(())
    }

    /// Gives a preset another name.
    ///
    /// # Errors
    /// If the name is none or taken, or the file can't be written.
    pub fn rename(&mut self, file: &Path, name: &str) -> Result<(), String> {
        let name = checked(name)?;
        if self.find(name).is_some_and(|other| other.file != file) {
            return Err(format!("there is another preset “{name}”"));
        }
        let Ok(experiment) = entry(file.to_owned()).content else {
            return Err(format!("{} can't be read", file.display()));
        };
        // The file keeps its own name: only what is inside counts.
        write_document(file, FORMAT, &Stored::new(name, experiment)).map_err(|error| error.to_string())?;
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

    /// Takes over a preset file from elsewhere; a name that is taken by other settings gets a number. Returns its name
    /// here and its settings.
    ///
    /// # Errors
    /// If it is no preset or has a value that is out of range, or can't be written.
    pub fn import(&mut self, file: &Path) -> Result<(String, Experiment), String> {
        let Entry { name, content, .. } = entry(file.to_owned());
        let experiment = content?;
        let mut free = name.clone();
        let mut n = 1;
        while self.find(&free).is_some_and(|known| known.content.as_ref() != Ok(&experiment)) {
            n += 1;
            free = format!("{name} ({n})");
        }
        if self.find(&free).is_none() {
            self.save(&free, experiment.clone())?;
        }
        Ok((free, experiment))
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

/// A name without the blanks around it.
fn checked(name: &str) -> Result<&str, String> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(format!("a name has 1 to {LONGEST_NAME} letters, digits or signs"));
    }
    Ok(name)
}

fn entry(file: PathBuf) -> Entry {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let read = read_document::<Stored>(&file, FORMAT).map_err(|error| error.to_string());
    let wrong = |why: String| format!("{FORMAT} {}: {why}", file.display());
    match read.and_then(|stored| stored.validated().map_err(wrong)) {
        Ok((name, experiment)) => Entry { file, name, content: Ok(experiment) },
        Err(why) => Entry { file, name: stem, content: Err(why) },
    }
}

/// Name and settings in the bytes of a preset: for tests with files that somebody else wrote.
///
/// # Errors
/// Says what is wrong with them.
#[doc(hidden)]
pub fn preset_in(bytes: &[u8]) -> Result<(String, Experiment), String> {
    parse_document::<Stored>(bytes, FORMAT)?.validated()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::grid::Settings;

    fn document(epsilon: f64) -> Experiment {
        Experiment::Grid(Box::new(Document::of(Settings { epsilon, ..Settings::default() })))
    }

    #[test]
    fn presets_are_of_either_lab() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut library = Library::open(Some(folder.path().to_owned()));
        let images = ImageSettings { images: 7, ..ImageSettings::default() };
        let images = Experiment::Images(Box::new(images));
        library.save("of images", images.clone()).expect("saved");
        library.save("of a grid", document(0.2)).expect("saved");
        let again = Library::open(Some(folder.path().to_owned()));
        assert_eq!(again.find("of images").map(|entry| entry.content.clone()), Some(Ok(images)));
        assert_eq!(again.find("of a grid").map(|entry| entry.content.clone()), Some(Ok(document(0.2))));
        for (text, named) in [
            (r#""images": {"images": 65}"#, "images = 65"),
            (r#""images": {}, "experiment": {}"#, "both labs"),
        ] {
            let text = format!(r#"{{"format": "{FORMAT}", "name": "x", {text}}}"#);
            let why = preset_in(text.as_bytes()).expect_err("it is refused");
            assert!(why.contains(named), "{why}");
        }
        // Without any settings it is the usual experiment on a grid, as it always was.
        let bare = format!(r#"{{"format": "{FORMAT}", "name": "x"}}"#);
        let usual = Experiment::Grid(Box::default());
        assert_eq!(preset_in(bare.as_bytes()), Ok(("x".to_owned(), usual)));
    }

    fn names(library: &Library) -> Vec<&str> {
        library.entries().iter().map(|entry| entry.name.as_str()).collect()
    }

    #[test]
    fn presets_are_saved_found_renamed_and_deleted() {
        let folder = tempfile::tempdir().expect("a folder");
        let presets = folder.path().join("presets");
        let mut library = Library::open(Some(presets.clone()));
        assert_eq!((library.entries().len(), library.problem()), (0, None));
        library.save(" κ / two? ", document(0.1)).expect("saved");
        library.save("Another", document(0.2)).expect("saved");
        library
            .save("κ : two?", document(0.3))
            .expect("a name of its own, though its file’s would be the same");
        library.save("Another", document(0.4)).expect("saved over the old one");
        let again = Library::open(Some(presets));
        assert_eq!(names(&again), ["Another", "κ / two?", "κ : two?"]);
        assert_eq!(again.find("Another").expect("found").content, Ok(document(0.4)));
        assert_eq!(again.find("κ / two?").expect("found").content, Ok(document(0.1)));
        let file = library.find("Another").expect("found").file.clone();
        assert!(library.rename(&file, "κ / two?").is_err(), "the name is taken");
        library.rename(&file, "zeta").expect("renamed");
        assert_eq!(names(&library), ["zeta", "κ / two?", "κ : two?"]);
        library.delete(&file).expect("deleted");
        assert_eq!(names(&library), ["κ / two?", "κ : two?"]);
        for bad in ["", "  ", "a\nb", &"x".repeat(61)] {
            assert!(library.save(bad, document(0.0)).is_err(), "{bad:?}");
        }
        assert!(Library::open(None).save("a", document(0.0)).is_err());
    }

    #[test]
    fn damaged_files_are_listed_with_their_error_and_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut library = Library::open(Some(folder.path().to_owned()));
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
            assert!(library.import(&bad).is_err());
        }
    }

    #[test]
    fn an_imported_preset_never_replaces_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("a folder");
        let mut there = Library::open(Some(elsewhere.path().to_owned()));
        there.save("mine", document(0.7)).expect("saved");
        let file = there.find("mine").expect("found").file.clone();
        let mut library = Library::open(Some(folder.path().to_owned()));
        library.save("mine", document(0.1)).expect("saved");
        assert_eq!(library.import(&file), Ok(("mine (2)".to_owned(), document(0.7))));
        assert_eq!(library.import(&file), Ok(("mine (2)".to_owned(), document(0.7))), "it is here already");
        assert_eq!(names(&library), ["mine", "mine (2)"]);
        assert_eq!(library.find("mine").expect("found").content, Ok(document(0.1)));
    }
}
