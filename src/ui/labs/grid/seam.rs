//! The grid lab as the window knows it.

use super::GridLab;
use super::export::{Reopened, reopened};
use super::presented;
use crate::data::plane::is_of_plane_alone;
use crate::data::{TargetSpec, load_target};
use crate::experiment::grid::{Document, PRESETS};
use crate::experiment::{Recipe, Settings as _};
use crate::model::Content;
use crate::train::RunKeeping;
use crate::ui::files::dropped_file;
use crate::ui::lab::{
    BuiltIn, Claim, From, Lab, LabEntry, Surroundings, claims_network, settings_at_first, written_out,
};
use crate::ui::shortcuts::Command;
use crate::ui::side_tabs::{compare_button, views_buttons};
use crate::ui::timeline::{Clock, Playback};
use egui::{Context, Ui};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Thirty pictures a second are enough for a driver that computes them on the CPU: the network is trained there as well.
const SOFTWARE_FRAME: Duration = Duration::from_millis(33);

/// Its line in the table of labs.
pub const ENTRY: LabEntry = LabEntry {
    name: Document::LAB,
    title: "Grid",
    about: "Flows on K × K states, exactly",
    new,
    check: written_out::<Document>,
    presets: || PRESETS.iter().map(BuiltIn::from).collect(),
    claims,
    opens: "a pmf (.npy, .csv), a picture (.png), a network (.safetensors)",
    does: |_, usual| Some(usual),
    numbers: presented::NUMBERS,
    note: "A digit is the key that bears it, shifted or not. Undo and redo cover every setting, the choice of views and the \
           zoom; the theme, reduced motion, folded sections, the tools of the target editor and the play-head stay as they \
           are.",
};

fn new(window: &Surroundings, kept: Option<&Recipe>) -> anyhow::Result<Box<dyn Lab>> {
    let document: Document = settings_at_first(window, kept)?;
    let runs = window.runs.as_ref().map(|folder| RunKeeping::in_folder(folder.join("runs")));
    let mut lab = GridLab::new(window, runs, document)?;
    if let Some(recipe) = kept {
        lab.set_time(recipe.t.unwrap_or(0.0), recipe.playing.unwrap_or(false));
    }
    if let Some(stepper) = &window.stepper {
        lab.step_on(stepper.clone());
    }
    if window.software {
        lab.clock.frame_interval = SOFTWARE_FRAME;
    }
    Ok(Box::new(lab))
}

fn claims(file: &Path) -> Claim {
    let ending = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        _ if file.is_dir() => Claim::No,
        // A figure that lost its text looks like any picture: what is set would be gone for it.
        "png" => Claim::Asks("Use the picture as target?", "Use as target"),
        // Points and mixtures are the plane's, unless they are as many as the grid has rows.
        "npy" | "csv" if is_of_plane_alone(file) => Claim::No,
        // What is no pmf must not take the place of the target.
        "npy" | "csv" => match load_target(&TargetSpec::File(file.to_owned()), None, false) {
            Ok(_) => Claim::Yes,
            Err(why) => Claim::Refused(why.to_string()),
        },
        "safetensors" => claims_network(file, Content::Grid),
        _ => Claim::No,
    }
}

impl Lab for GridLab {
    fn ui(&mut self, ui: &mut Ui) {
        Self::ui(self, ui);
    }

    /// How many views, and A|B.
    fn bar(&mut self, ui: &mut Ui) {
        let comparing = self.is_comparing();
        if let Some(command) = views_buttons(ui, self.here().settings.panes, comparing) {
            self.command(command);
        }
        let about = "Experiments beside each other: same views, seed and clock, all else apart";
        if compare_button(ui, comparing, about) {
            self.command(Command::Compare);
        }
    }

    fn command(&mut self, command: Command) -> bool {
        Self::command(self, command)
    }

    fn holds(&self, command: Command) -> bool {
        // While a target is drawn, its strokes are what is undone.
        matches!(command, Command::Undo | Command::Redo) && self.is_drawing()
    }

    fn recipe(&self) -> Recipe {
        let (t, playing) = self.time();
        Recipe { playing: Some(playing), ..Recipe::new(&self.storable()).at(t) }
    }

    fn take(&mut self, recipe: &Recipe, from: From<'_>) -> Result<Option<String>, String> {
        match from {
            From::Preset(name) => {
                self.apply(name, recipe.settings(&self.document())?);
                Ok(None)
            }
            From::Figure(file) => {
                let Reopened { document, t, look, missing } = reopened(recipe, file, &self.document())?;
                self.take_over("experiment of a figure".to_owned(), document);
                self.look_at(look);
                if let Some(t) = t {
                    self.hold_at(t);
                }
                Ok(missing)
            }
        }
    }

    fn start(&mut self, preset: usize) {
        let preset = &PRESETS[preset];
        self.apply(preset.title, preset.settings(self.here().settings.seed));
        self.look_at(preset.opens);
    }

    fn open(&mut self, file: PathBuf, ctx: &Context) {
        self.use_file(dropped_file(file), ctx);
    }

    fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }

    fn playback(&mut self) -> &mut Playback {
        &mut self.playback
    }

    fn undoable(&self) -> Option<&str> {
        self.history.undoable()
    }

    fn redoable(&self) -> Option<&str> {
        self.history.redoable()
    }

    fn is_asking(&self) -> bool {
        self.export.is_open()
    }

    fn number(&self, name: &str) -> Vec<String> {
        self.presented(name)
    }

    fn badge(&self) -> Option<String> {
        self.training().device_lost.then(|| "CPU after a lost device".to_owned())
    }

    fn trained(&self) -> f64 {
        self.training().seconds
    }

    fn is_settled(&self) -> bool {
        Self::is_settled(self)
    }

    fn problem(&self) -> Option<String> {
        Self::problem(self)
    }
}
