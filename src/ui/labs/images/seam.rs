//! The image lab as the window knows it.

use super::ImageLab;
use super::presented;
use crate::experiment::images::{IMAGE_PRESETS, ImageSettings};
use crate::experiment::{Recipe, Settings as _};
use crate::model::Content;
use crate::ui::files::PICTURES;
use crate::ui::lab::{
    BuiltIn, Claim, From, Lab, LabEntry, Surroundings, claims_network, settings_at_first, written_out,
};
use crate::ui::shortcuts::Command;
use crate::ui::side_tabs::compare_button;
use crate::ui::timeline::{Clock, Playback};
use egui::{Context, Ui};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Walls of images are drawn by shaders of ours that cost a driver on the CPU little: at least thirty pictures a second.
const SOFTWARE_FRAME: Duration = Duration::from_millis(16);

/// Its line in the table of labs.
pub const ENTRY: LabEntry = LabEntry {
    name: ImageSettings::LAB,
    title: "Images",
    about: "Flows of images, token by token",
    new,
    check: written_out::<ImageSettings>,
    presets: || IMAGE_PRESETS.iter().map(BuiltIn::from).collect(),
    claims,
    opens: "a network (.safetensors), a picture (.png, .jpg, .webp, .gif), a folder of pictures",
    does,
    numbers: presented::NUMBERS,
    note: "Undo and redo cover every setting, the layer that is shown and what is given; the theme, reduced motion, folded \
           sections, the brush, the image that is shown large and the play-head stay as they are.",
};

fn new(window: &Surroundings, kept: Option<&Recipe>) -> anyhow::Result<Box<dyn Lab>> {
    let settings = settings_at_first(window, kept)?;
    let runs = window.runs.as_ref().map(|folder| folder.join("image-runs"));
    let mut lab = ImageLab::new(window, settings, runs)?;
    if let Some(recipe) = kept {
        lab.set_time(recipe.t.unwrap_or(0.0), recipe.playing.unwrap_or(false));
    }
    if window.software {
        lab.clock.frame_interval = SOFTWARE_FRAME;
    }
    Ok(Box::new(lab))
}

fn claims(file: &Path) -> Claim {
    let ending = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        _ if file.is_dir() => Claim::Yes,
        "safetensors" => claims_network(file, Content::Images),
        ending if PICTURES.contains(&ending) => Claim::Yes,
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

impl Lab for ImageLab {
    fn ui(&mut self, ui: &mut Ui) {
        Self::ui(self, ui);
    }

    /// A|B.
    fn bar(&mut self, ui: &mut Ui) {
        let about = "Walls beside each other: same model, images, seed and clock, all else apart";
        if compare_button(ui, self.is_comparing(), about) {
            self.command(Command::Compare);
        }
    }

    fn command(&mut self, command: Command) -> bool {
        Self::command(self, command)
    }

    fn recipe(&self) -> Recipe {
        let (t, playing) = self.time();
        Recipe { playing: Some(playing), ..Recipe::new(&self.storable()).at(t) }
    }

    fn take(&mut self, recipe: &Recipe, from: From<'_>) -> Result<Option<String>, String> {
        let settings: ImageSettings = recipe.settings(&self.storable())?;
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
        self.apply(&IMAGE_PRESETS[preset]);
    }

    fn open(&mut self, file: PathBuf, _: &Context) {
        self.use_file(file);
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
