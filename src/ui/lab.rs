//! The seam between the window and its labs: what the window needs of a lab, and what a lab gets of the window.

use super::messages::Messages;
use super::shortcuts::Command;
use super::timeline::{Clock, Playback};
use crate::experiment::{Preset, Recipe, Settings};
use crate::gpu::{Device, DeviceChoice, DeviceStepper, PlaneStepper};
use crate::model::{Content, content_of};
use egui::{Context, Ui};
use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A lab as the window knows it. It is made when it is first opened, and costs nothing while another one is open.
pub trait Lab: Any {
    /// Draws it, and keeps it running.
    fn ui(&mut self, ui: &mut Ui);

    /// Its own buttons in the top bar.
    fn bar(&mut self, _ui: &mut Ui) {}

    /// Carries out what a key or a button of the window asks for; false if it is none of its commands.
    fn command(&mut self, command: Command) -> bool;

    /// Whether something that is open in it answers the keys of a command itself.
    fn holds(&self, _command: Command) -> bool {
        false
    }

    /// All that is set, as it can be read again, with the play-head.
    fn recipe(&self) -> Recipe;

    /// Takes over settings; what is to be said of it. Nothing has changed where they can't be used.
    ///
    /// # Errors
    /// Says what is wrong with them: the rest of a sentence about where they come from.
    fn take(&mut self, recipe: &Recipe, from: From<'_>) -> Result<Option<String>, String>;

    /// Takes over one of its built-in presets, and plays it from the start.
    fn start(&mut self, preset: usize);

    /// Opens a file that is its own (see [`LabEntry::claims`]).
    fn open(&mut self, file: PathBuf, ctx: &Context);

    /// What moves its play-head.
    fn clock(&mut self) -> &mut Clock;

    /// Its play-head.
    fn playback(&mut self) -> &mut Playback;

    /// What undoing would undo.
    fn undoable(&self) -> Option<&str>;

    /// What redoing would redo.
    fn redoable(&self) -> Option<&str>;

    /// Whether a dialog of it is open, which has the keyboard.
    fn is_asking(&self) -> bool;

    /// What one of [`LabEntry::numbers`] is now, one a side.
    fn number(&self, _name: &str) -> Vec<String> {
        Vec::new()
    }

    /// What it trains on, where that is another device than the window's.
    fn badge(&self) -> Option<String> {
        None
    }

    /// Seconds of training so far.
    fn trained(&self) -> f64 {
        0.0
    }

    /// Whether nothing moves by itself: no thread works or has anything to do.
    fn is_settled(&self) -> bool;

    /// Why it can't show what it should, if so.
    fn problem(&self) -> Option<String>;
}

/// Where settings come from.
#[derive(Clone, Copy, Debug)]
pub enum From<'a> {
    /// A preset of the user's, by name.
    Preset(&'a str),
    /// A figure.
    Figure(&'a Path),
}

/// Whether a file is a lab's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is not.
    No,
    /// It looks like its own, but can't be taken: why, with the file's name.
    Refused(String),
    /// It is.
    Yes,
    /// It may be, but what is set would be gone for it: what is to be asked, and what agreeing is called.
    Asks(&'static str, &'static str),
}

/// Whether a file with a network is a lab's: not if it says that it is for another one.
pub fn claims_network(file: &Path, own: Content) -> Claim {
    match content_of(file) {
        Some(other) if other != own => Claim::No,
        _ => Claim::Yes,
    }
}

/// A built-in preset, as the window knows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuiltIn {
    /// For the command line.
    pub name: &'static str,
    /// For the menu.
    pub title: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// Where a still picture of it is taken, t in \[0, 1\].
    pub still_at: f64,
    /// Seconds of training before a still picture, if it is about a network.
    pub train_for: Option<f64>,
}

impl<S, E> std::convert::From<&Preset<S, E>> for BuiltIn {
    fn from(preset: &Preset<S, E>) -> Self {
        let Preset { name, title, about, still_at, train_for, .. } = *preset;
        Self { name, title, about, still_at, train_for }
    }
}

/// A number that can be shown large in a presentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberEntry {
    /// What it is called, with its unit.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
}

impl NumberEntry {
    /// A line of the table of them.
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about }
    }
}

/// What is known of settings when a lab is made: what was kept, or what is usual, with the window's seed.
///
/// # Errors
/// If they are of another lab, or out of range.
pub fn settings_at_first<S: Settings + Default>(
    window: &Surroundings,
    kept: Option<&Recipe>,
) -> anyhow::Result<S> {
    let kept = kept.map(|recipe| recipe.settings(&S::default())).transpose().map_err(anyhow::Error::msg)?;
    let settings = kept.unwrap_or_default();
    Ok(match window.seed {
        Some(seed) => settings.seeded(seed),
        None => settings,
    })
}

/// A recipe of a lab with everything written out ([`LabEntry::check`]).
///
/// # Errors
/// Says what is wrong with it: the rest of a sentence.
pub fn written_out<S: Settings + Default>(recipe: Recipe) -> Result<Recipe, String> {
    let settings: S = recipe.settings(&S::default())?;
    Ok(Recipe { settings: Recipe::new(&settings).settings, ..recipe })
}

/// Makes a lab, as it was kept if it was.
pub type Make = fn(&Surroundings, Option<&Recipe>) -> anyhow::Result<Box<dyn Lab>>;

/// A line of the table of labs: all that is known of a lab that is not open yet.
pub struct LabEntry {
    /// In recipes and on the command line.
    pub name: &'static str,
    /// On its tab.
    pub title: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Makes it, as it was kept.
    pub new: Make,
    /// A recipe of its own with everything written out, or what is wrong with it: the rest of a sentence.
    pub check: fn(Recipe) -> Result<Recipe, String>,
    /// Experiments to start from; the first is what it opens with.
    pub presets: fn() -> Vec<BuiltIn>,
    /// Whether a file is its own.
    pub claims: fn(&Path) -> Claim,
    /// What can be opened in it besides figures and presets, for tooltips and messages; may be empty.
    pub opens: &'static str,
    /// What a command does in it, in words, where it is one of its commands; the second argument are the usual words.
    pub does: fn(Command, &'static str) -> Option<&'static str>,
    /// What can be shown large in a presentation, the usual ones first.
    pub numbers: &'static [NumberEntry],
    /// For the sheet of keyboard shortcuts.
    pub note: &'static str,
}

/// What a lab gets of the window.
#[derive(Clone)]
pub struct Surroundings {
    /// The window.
    pub ctx: Context,
    /// For its threads.
    pub wake: Wake,
    /// Where it says what there is to be said.
    pub messages: Messages,
    /// Where networks are trained.
    pub device: Device,
    /// Bytes of the largest array there, and whether it is in the memory of the machine, if it is not the CPU.
    pub arrays: Option<(u64, bool)>,
    /// Whether networks can be trained there with products in half precision.
    pub has_half: bool,
    /// Where particles are stepped, if not on the CPU.
    pub stepper: Option<DeviceStepper>,
    /// The same for those on the plane.
    pub plane_stepper: Option<PlaneStepper>,
    /// Whether pictures are drawn by the CPU.
    pub software: bool,
    /// The folder that runs are kept in; by default nowhere.
    pub runs: Option<PathBuf>,
    /// Of all random numbers, where it is not the kept one.
    pub seed: Option<u64>,
}

impl Surroundings {
    /// With what every window has.
    pub fn new(ctx: &Context, choice: &DeviceChoice, software: bool) -> Self {
        Self {
            ctx: ctx.clone(),
            wake: Wake::new(ctx),
            messages: Messages::default(),
            device: choice.device.clone(),
            arrays: choice.arrays(),
            has_half: choice.has_half(),
            stepper: None,
            plane_stepper: None,
            software,
            runs: None,
            seed: None,
        }
    }
}

#[cfg(test)]
impl Surroundings {
    /// A window without a driver, that trains on the CPU.
    pub fn of_a_test() -> Self {
        let (label, why) = ("CPU".to_owned(), "a test".to_owned());
        let choice = DeviceChoice { device: Device::flex(), label, why, shared: None };
        let window = Self::new(&Context::default(), &choice, false);
        window.wake.set_shown(true);
        window
    }
}

/// Asks for another picture of a lab when a thread of it has something to show.
#[derive(Clone)]
pub struct Wake {
    ctx: Context,
    shown: Arc<AtomicBool>,
}

impl Wake {
    /// For a lab that is not shown yet.
    pub fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), shown: Arc::new(AtomicBool::new(false)) }
    }

    /// Another picture, if the lab is on the screen: while it is hidden nobody sees what has changed.
    pub fn wake(&self) {
        if self.shown.load(Ordering::Relaxed) {
            self.ctx.request_repaint();
        }
    }

    /// Whether the lab is on the screen.
    pub fn set_shown(&self, shown: bool) {
        self.shown.store(shown, Ordering::Relaxed);
    }
}
