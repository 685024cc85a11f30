//! The text lab as the window knows it.

use super::TextLab;
use super::presented;
use crate::experiment::text::{TEXT_PRESETS, TextSettings};
use crate::experiment::{Recipe, Settings as _};
use crate::model::{Content, content_of};
use crate::ui::lab::{
    BuiltIn, Claim, From, Lab, LabEntry, Surroundings, claims_network, settings_at_first, written_out,
};
use crate::ui::shortcuts::Command;
use crate::ui::side_tabs::compare_button;
use crate::ui::timeline::{Clock, Playback};
use egui::{Context, Ui};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A page of text is little to draw: at least thirty pictures a second where the CPU draws.
const SOFTWARE_FRAME: Duration = Duration::from_millis(16);

/// Its line in the table of labs.
pub const ENTRY: LabEntry = LabEntry {
    name: TextSettings::LAB,
    title: "Text",
    about: "Flows of text and code, letter by letter, exactly",
    new,
    check: written_out::<TextSettings>,
    presets: || TEXT_PRESETS.iter().map(BuiltIn::from).collect(),
    claims,
    opens: "a text or a list of words (.txt), a network (.safetensors)",
    does,
    numbers: presented::NUMBERS,
    note: "Undo and redo cover every setting and what is given; the theme, reduced motion, folded sections, the text and the token \
           that are looked at, and the play-head stay as they are.",
};

fn new(window: &Surroundings, kept: Option<&Recipe>) -> anyhow::Result<Box<dyn Lab>> {
    let settings = settings_at_first(window, kept)?;
    let runs = window.runs.as_ref().map(|folder| folder.join("text-runs"));
    let mut lab = TextLab::new(window, settings, runs)?;
    if let Some(recipe) = kept {
        lab.set_time(recipe.t.unwrap_or(0.0), recipe.playing.unwrap_or(false));
    }
    if window.software {
        lab.clock.frame_interval = SOFTWARE_FRAME;
    }
    Ok(Box::new(lab))
}

fn claims(file: &Path) -> Claim {
    let ending = file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match ending.as_str() {
        "txt" => Claim::Yes,
        "safetensors" => claims_network(file, Content::Texts),
        _ => Claim::No,
    }
}

fn does(command: Command, usual: &'static str) -> Option<&'static str> {
    match command {
        Command::Views(_) | Command::ZoomIn | Command::ZoomOut | Command::ZoomWhole => None,
        Command::PinCell | Command::CellUp | Command::CellDown | Command::ReleaseCell => None,
        _ => Some(usual),
    }
}

impl Lab for TextLab {
    fn ui(&mut self, ui: &mut Ui) {
        Self::ui(self, ui);
    }

    /// A|B.
    fn bar(&mut self, ui: &mut Ui) {
        let about = "Pages beside each other: same language, given tokens, seed and clock, all else apart";
        if compare_button(ui, self.settings().sides.is_compared(), about) {
            self.command(Command::Compare);
        }
    }

    fn command(&mut self, command: Command) -> bool {
        Self::command(self, command)
    }

    fn recipe(&self) -> Recipe {
        let (t, playing) = self.time();
        Recipe { playing: Some(playing), ..Recipe::new(self.settings()).at(t) }
    }

    fn take(&mut self, recipe: &Recipe, from: From<'_>) -> Result<Option<String>, String> {
        let settings: TextSettings = recipe.settings(self.settings())?;
        match from {
            From::Preset(name) => self.take_over(format!("preset “{name}”"), settings),
            From::Figure(file) => {
                self.take_over("experiment of a figure", settings.found_beside(file));
                self.set_time(recipe.t.unwrap_or(1.0), false);
            }
        }
        Ok(None)
    }

    fn start(&mut self, preset: usize) {
        let preset = &TEXT_PRESETS[preset];
        self.take_over(format!("preset “{}”", preset.title), preset.settings(self.settings().seed));
        self.look_at(preset.opens.unwrap_or_default());
    }

    fn open(&mut self, file: PathBuf, _: &Context) {
        match content_of(&file) {
            Some(_) => self.use_network(file),
            None => self.use_file(file),
        }
    }

    fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }

    fn playback(&mut self) -> &mut Playback {
        &mut self.playback
    }

    fn undoable(&self) -> Option<&str> {
        self.steps.undoable()
    }

    fn redoable(&self) -> Option<&str> {
        self.steps.redoable()
    }

    fn is_asking(&self) -> bool {
        self.export.is_open()
    }

    fn number(&self, name: &str) -> Vec<String> {
        self.presented(name)
    }

    fn is_settled(&self) -> bool {
        Self::is_settled(self)
    }

    fn problem(&self) -> Option<String> {
        Self::problem(self)
    }
}
