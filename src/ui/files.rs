//! Files that come into the labs: from dialogs, each on a thread of its own, and dropped on the window.

use super::job::guarded;
use super::messages::hand;
use super::portal;
use crate::data::folders::{checkpoint_folder, figure_folder, target_folder};
use egui::{Context, Pos2};
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Endings of pictures that can be read.
pub const PICTURES: [&str; 5] = ["png", "jpg", "jpeg", "webp", "gif"];

/// Endings of all that can be opened.
const OPENED: [&str; 11] =
    ["png", "svg", "pdf", "gif", "json", "npy", "csv", "safetensors", PICTURES[1], PICTURES[2], PICTURES[3]];
/// Said where a button opens a file.
pub const OTHER_WAYS: &str =
    "Ctrl+O opens every kind of file, and except under Wayland files can be dropped on the window.";

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A target: pmf or picture.
    Target,
    /// A source pmf.
    Source,
    /// A checkpoint to open.
    Open,
    /// A checkpoint to write.
    Save,
    /// A target to write, with the extension of its kind.
    SaveTarget(&'static str),
    /// A picture of which a part is given.
    Picture,
    /// A folder of pictures.
    Folder,
    /// A figure or numbers to write, with this ending.
    Figure(&'static str),
    /// Whatever can be opened.
    Any,
}

/// A chosen file, or why none could be chosen.
pub type Picked = Result<(Purpose, PathBuf), String>;

/// Opens file dialogs without making the window wait.
pub struct FilePicker {
    sender: Sender<Picked>,
    chosen: Receiver<Picked>,
    writing: Sender<Result<String, String>>,
    written: Receiver<Result<String, String>>,
    /// Where the control is that asked last.
    place: Cell<Option<Pos2>>,
}

impl Default for FilePicker {
    fn default() -> Self {
        let (sender, chosen) = channel();
        let (writing, written) = channel();
        Self { sender, chosen, writing, written, place: Cell::default() }
    }
}

impl FilePicker {
    /// Opens a dialog; the file comes by [`Self::next`].
    pub fn ask(&self, purpose: Purpose, ctx: &Context) {
        let name = match purpose {
            Purpose::Save => "flow",
            Purpose::SaveTarget(_) => "target",
            _ => "figure",
        };
        self.ask_named(purpose, name.to_owned(), ctx);
    }

    /// The same, where what is written is called `name` unless another one is typed.
    pub fn ask_named(&self, purpose: Purpose, name: String, ctx: &Context) {
        self.place.set(hand(ctx));
        if !portal::may_exist() && !zenity_exists() {
            let _ = self.sender.send(without_dialog(purpose, &name));
            return;
        }
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        let dialog = move || {
            let picked =
                guarded("file dialog", || match zenity_exists() || portal::answers(None, portal::PATIENCE) {
                    true => Ok(choose(purpose, &name).map(|file| (purpose, file))),
                    false => without_dialog(purpose, &name).map(Some),
                });
            if let Some(picked) = picked.transpose() {
                // The lab may be gone by now.
                let _ = sender.send(picked);
                ctx.request_repaint();
            }
        };
        let started = std::thread::Builder::new().name("file dialog".to_owned()).spawn(dialog);
        if let Err(error) = started {
            let _ = self.sender.send(Err(format!("the file dialog could not be opened: {error}")));
        }
    }

    /// Writes a file on a thread of its own; what became of it comes by [`Self::next_written`].
    pub fn write(&self, ctx: &Context, job: impl FnOnce() -> Result<String, String> + Send + 'static) {
        self.place.set(self.place.get().or_else(|| hand(ctx)));
        let (sender, ctx) = (self.writing.clone(), ctx.clone());
        let work = move || {
            let _ = sender.send(guarded("file writer", job));
            ctx.request_repaint();
        };
        if let Err(error) = std::thread::Builder::new().name("file writer".to_owned()).spawn(work) {
            let _ = self.writing.send(Err(format!("the file could not be written: {error}")));
        }
    }

    /// What became of the next file that was written: where it is, or why it is not.
    pub fn next_written(&self) -> Option<Result<String, String>> {
        self.written.try_recv().ok()
    }

    /// Where the control is that asked last, once: what became of its file is said there.
    pub fn take_place(&self) -> Option<Pos2> {
        self.place.take()
    }

    /// The next file that was chosen.
    pub fn next(&self) -> Option<Picked> {
        self.chosen.try_recv().ok()
    }
}

/// Whether there is the program that shows dialogs where a desktop has no portal.
fn zenity_exists() -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join("zenity").exists()))
}

/// What happens in place of a dialog: what is saved goes to the user's folders, files come by dropping.
fn without_dialog(purpose: Purpose, name: &str) -> Picked {
    let none = "no file dialog is available here (neither a desktop portal nor zenity)";
    let (folder, extension) = match purpose {
        Purpose::Save => (checkpoint_folder(), "safetensors"),
        Purpose::SaveTarget(extension) => (target_folder(), extension),
        Purpose::Figure(ending) => (figure_folder(), ending),
        _ => return Err(format!("{none}: drop the file on the window, or start with dfm-explorer FILE")),
    };
    let folder = folder.ok_or_else(|| format!("{none}, and no home folder to save into"))?;
    std::fs::create_dir_all(&folder).map_err(|e| format!("{none}; {}: {e}", folder.display()))?;
    let files = (1..).map(|n| folder.join(format!("{name}-{n}.{extension}")));
    let free = files.into_iter().find(|file| !file.exists());
    free.map(|file| (purpose, file)).ok_or_else(|| none.to_owned())
}

fn choose(purpose: Purpose, name: &str) -> Option<PathBuf> {
    let title = match purpose {
        Purpose::Target => "Open a target",
        Purpose::Source => "Open a source",
        Purpose::Open => "Open a network",
        Purpose::Picture => "Open a picture",
        Purpose::Any => "Open",
        Purpose::Folder => "Choose a folder of pictures",
        Purpose::Save => "Save the network",
        Purpose::SaveTarget(_) => "Save the target",
        Purpose::Figure(_) => "Export",
    };
    let dialog = rfd::FileDialog::new().set_title(title);
    match purpose {
        Purpose::Target => dialog.add_filter("pmf or picture", &["npy", "csv", "png"]).pick_file(),
        Purpose::Source => dialog.add_filter("pmf", &["npy", "csv"]).pick_file(),
        Purpose::Open => dialog.add_filter("checkpoint", &["safetensors"]).pick_file(),
        Purpose::Picture => dialog.add_filter("picture", &PICTURES).pick_file(),
        Purpose::Any => {
            dialog.add_filter("what can be opened", &OPENED).add_filter("all", &["*"]).pick_file()
        }
        Purpose::Folder => dialog.pick_folder(),
        Purpose::Save => save(dialog, "checkpoint", name, "safetensors"),
        Purpose::SaveTarget(extension) => save(dialog, "pmf or picture", name, extension),
        Purpose::Figure(ending) => save(dialog, "figure", name, ending),
    }
}

/// Where to write, with the ending in any case.
fn save(dialog: rfd::FileDialog, what: &str, stem: &str, ending: &str) -> Option<PathBuf> {
    let name = format!("{stem}.{ending}");
    let file = dialog.add_filter(what, &[ending]).set_file_name(name).save_file()?;
    let has_ending = file.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
    Some(if has_ending { file } else { PathBuf::from(format!("{}.{ending}", file.display())) })
}

/// What a file is for that was dropped or opened without a purpose, by its extension.
pub fn dropped_file(file: PathBuf) -> Picked {
    let extension = file.extension().map(|e| e.to_string_lossy().to_lowercase());
    let expected = "a pmf (.npy, .csv), a picture (.png), a checkpoint (.safetensors), a preset (.json) or a figure of \
                    this program (.png, .svg, .pdf, .gif)";
    match extension.as_deref() {
        Some("npy" | "csv" | "png") => Ok((Purpose::Target, file)),
        Some("safetensors") => Ok((Purpose::Open, file)),
        Some("svg" | "pdf" | "gif") => {
            Err(format!("{} holds no experiment: expected {expected}", file.display()))
        }
        _ => Err(format!("{} can’t be opened: expected {expected}", file.display())),
    }
}
