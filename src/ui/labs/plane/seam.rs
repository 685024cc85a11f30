//! The plane lab as the window knows it.

use super::PlaneLab;
use super::presented;
use crate::data::plane::target_of_file;
use crate::experiment::plane::{PLANE_PRESETS, PlaneSettings};
use crate::experiment::{Recipe, Settings as _};
use crate::model::{Content, content_of};
use crate::ui::lab::{
    BuiltIn, Claim, From, Lab, LabEntry, Surroundings, claims_network, settings_at_first, written_out,
};
use crate::ui::shortcuts::Command;
use crate::ui::side_tabs::{compare_button, views_buttons};
use crate::ui::timeline::{Clock, Playback};
use egui::{Context, Ui};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Thirty pictures a second are enough for a driver that computes them on the CPU, which the fields are computed on as well.
const SOFTWARE_FRAME: Duration = Duration::from_millis(33);

/// Its line in the table of labs.
pub const ENTRY: LabEntry = LabEntry {
    name: PlaneSettings::LAB,
    title: "Plane",
    about: "Continuous flows, diffusion and jumps, exactly, beside the discrete flow",
    new,
    check: written_out::<PlaneSettings>,
    presets: || PLANE_PRESETS.iter().map(BuiltIn::from).collect(),
    claims,
    opens: "a mixture or points (.csv, .npy), a network (.safetensors)",
    does,
    numbers: presented::NUMBERS,
    note: "Undo and redo cover every setting, the choice of views and the zoom; the theme, reduced motion, folded sections, the \
           point that is looked at and the play-head stay as they are.",
};

/// Rows of numbers may be a target.
fn claims(file: &Path) -> Claim {
    let ending = file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match ending.as_str() {
        _ if file.is_dir() => Claim::No,
        "csv" | "npy" => match target_of_file(file) {
            Ok(_) => Claim::Yes,
            Err(refused) => Claim::Refused(refused.why),
        },
        "safetensors" => claims_network(file, Content::Plane),
        _ => Claim::No,
    }
}

fn new(window: &Surroundings, kept: Option<&Recipe>) -> anyhow::Result<Box<dyn Lab>> {
    let settings = settings_at_first(window, kept)?;
    let mut lab = PlaneLab::new(window, settings)?;
    if let Some(recipe) = kept {
        lab.set_time(recipe.t.unwrap_or(0.0), recipe.playing.unwrap_or(false));
    }
    if window.software {
        lab.clock.frame_interval = SOFTWARE_FRAME;
    }
    Ok(Box::new(lab))
}

fn does(command: Command, usual: &'static str) -> Option<&'static str> {
    match command {
        Command::PinCell | Command::CellUp | Command::CellDown | Command::ReleaseCell => None,
        _ => Some(usual),
    }
}

impl Lab for PlaneLab {
    fn ui(&mut self, ui: &mut Ui) {
        Self::ui(self, ui);
    }

    /// How many views, and A|B.
    fn bar(&mut self, ui: &mut Ui) {
        let comparing = self.settings().sides.is_compared();
        if let Some(command) = views_buttons(ui, self.settings().panes, comparing) {
            self.command(command);
        }
        let about = "Flows or samplers beside each other: same views, starts and clock, all else apart";
        if compare_button(ui, comparing, about) {
            self.command(Command::Compare);
        }
    }

    fn command(&mut self, command: Command) -> bool {
        Self::command(self, command)
    }

    fn holds(&self, command: Command) -> bool {
        // While cells are drawn, their strokes are what is undone.
        matches!(command, Command::Undo | Command::Redo) && self.is_editing()
    }

    fn recipe(&self) -> Recipe {
        let (t, playing) = self.time();
        Recipe { playing: Some(playing), ..Recipe::new(self.settings()).at(t) }
    }

    fn take(&mut self, recipe: &Recipe, from: From<'_>) -> Result<Option<String>, String> {
        let settings: PlaneSettings = recipe.settings(self.settings())?;
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
        let preset = &PLANE_PRESETS[preset];
        self.take_over(format!("preset “{}”", preset.title), preset.settings(self.settings().seed));
        self.topic = preset.opens;
    }

    fn open(&mut self, file: PathBuf, _: &Context) {
        if content_of(&file).is_some() {
            self.training.open(file);
        } else {
            self.use_target(&file);
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

    fn trained(&self) -> f64 {
        self.training.seconds()
    }

    fn is_settled(&self) -> bool {
        Self::is_settled(self)
    }

    fn problem(&self) -> Option<String> {
        Self::problem(self)
    }
}
