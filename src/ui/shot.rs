//! A picture of the window without a person, and without a display.

use super::app::{App, Keeping};
use super::lab::{BuiltIn, LabEntry};
use super::labs::LABS;
use super::shortcuts::Command;
use super::timeline::Playback;
use crate::experiment::State;
use crate::gpu::{DeviceChoice, Offscreen, OffscreenError};
use image::RgbaImage;
use std::time::{Duration, Instant};

/// A picture waits no longer than this for samplers and training.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why no picture could be taken.
#[derive(Debug, thiserror::Error)]
pub enum ShotError {
    /// There is no preset of that name.
    #[error("preset '{given}': expected one of {expected}")]
    Preset {
        /// The name that was asked for.
        given: String,
        /// All names.
        expected: String,
    },
    /// No device, or it failed.
    #[error(transparent)]
    Offscreen(#[from] OffscreenError),
    /// What should be on the picture could not be computed.
    #[error("the picture could not be finished: {0}")]
    Unfinished(String),
    /// The lab failed.
    #[error("{0}")]
    Lab(#[from] anyhow::Error),
}

/// Draws the window of `size` points with a preset at its still time, once everything has been computed.
///
/// # Errors
/// If there is no such preset or no graphics adapter, or a computation fails or does not end.
pub fn shot(
    preset: Option<&str>,
    size: [u32; 2],
    dark: bool,
    seed: u64,
    choice: &DeviceChoice,
) -> Result<RgbaImage, ShotError> {
    let (lab, number, preset) = find(preset)?;
    let mut screen = Offscreen::new(choice.shared.clone())?;
    let ctx = egui::Context::default();
    let state = State { light: !dark, lab: lab.name.to_owned(), ..State::default() };
    let mut app = App::new(&ctx, screen.render_state(), choice, (state, Some(seed)), Keeping::default())?;
    app.lab().start(number);
    *app.lab().playback() = Playback { t: preset.still_at, playing: false };
    let start = Instant::now();
    screen.render(&ctx, size, 1.0, 2, |ui| app.draw(ui))?;
    if let Some(seconds) = preset.train_for {
        app.lab().command(Command::Train);
        while app.lab().trained() < seconds && app.lab().problem().is_none() && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(50));
        }
        app.lab().command(Command::Train);
    }
    while start.elapsed() < PATIENCE {
        screen.render(&ctx, size, 1.0, 2, |ui| app.draw(ui))?;
        if let Some(why) = app.lab().problem() {
            return Err(ShotError::Unfinished(why));
        }
        if app.lab().is_settled() {
            // Once more: what has just arrived is not yet on it.
            return Ok(screen.render(&ctx, size, 1.0, 3, |ui| app.draw(ui))?);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(ShotError::Unfinished(format!("not everything was computed within {} s", PATIENCE.as_secs())))
}

/// All presets with the name of their lab, in the order of the tabs.
pub fn presets() -> impl Iterator<Item = (&'static str, BuiltIn)> {
    LABS.iter().flat_map(|lab| (lab.presets)().into_iter().map(|preset| (lab.name, preset)))
}

/// The lab of a preset, and which of its presets it is; the first of all without a name.
fn find(name: Option<&str>) -> Result<(&'static LabEntry, usize, BuiltIn), ShotError> {
    let all = LABS.iter().flat_map(|lab| {
        let presets = (lab.presets)().into_iter().enumerate();
        presets.map(move |(number, preset)| (lab, number, preset))
    });
    let all: Vec<_> = all.collect();
    let found = all.iter().find(|(_, _, preset)| name.is_none_or(|name| preset.name == name));
    found.copied().ok_or_else(|| ShotError::Preset {
        given: name.unwrap_or_default().to_owned(),
        expected: all.iter().map(|(_, _, preset)| preset.name).collect::<Vec<_>>().join(", "),
    })
}
