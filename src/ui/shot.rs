//! A picture of the window without a person, and without a display.

use super::app::{App, Keeping};
use super::state::{Kept, Tab};
use crate::experiment::grid::{PRESETS, Preset};
use crate::experiment::images::{IMAGE_PRESETS, ImagePreset};
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
    if let Some(preset) = IMAGE_PRESETS.iter().find(|known| preset == Some(known.name)) {
        return image_shot(preset, size, dark, seed, choice);
    }
    let preset = find(preset)?;
    let mut screen = Offscreen::new(choice.shared.clone())?;
    let ctx = egui::Context::default();
    let kept = Kept {
        light: !dark,
        experiment: preset.document(seed),
        t: preset.still_at,
        playing: false,
        ..Kept::default()
    };
    let mut app = App::new(&ctx, screen.render_state(), choice, kept, Keeping::default())?;
    app.lab().look_at(preset.look);
    let start = Instant::now();
    screen.render(&ctx, size, 1.0, 2, |ui| app.draw(ui))?;
    if let Some(seconds) = preset.train_for {
        app.lab().train();
        let trained = |app: &mut App| app.lab().training().seconds >= seconds;
        while !trained(&mut app) && app.lab().problem().is_none() && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(50));
        }
        app.lab().pause_training();
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

fn image_shot(
    preset: &ImagePreset,
    size: [u32; 2],
    dark: bool,
    seed: u64,
    choice: &DeviceChoice,
) -> Result<RgbaImage, ShotError> {
    let mut screen = Offscreen::new(choice.shared.clone())?;
    let ctx = egui::Context::default();
    let kept = Kept { light: !dark, tab: Tab::Images, images: preset.settings(seed), ..Kept::default() };
    let mut app = App::new(&ctx, screen.render_state(), choice, kept, Keeping::default())?;
    app.images().apply(preset);
    app.images().set_time(preset.still_at, false);
    let start = Instant::now();
    screen.render(&ctx, size, 1.0, 2, |ui| app.draw(ui))?;
    while start.elapsed() < PATIENCE {
        screen.render(&ctx, size, 1.0, 2, |ui| app.draw(ui))?;
        if let Some(why) = app.images().problem() {
            return Err(ShotError::Unfinished(why));
        }
        if app.images().is_settled() {
            return Ok(screen.render(&ctx, size, 1.0, 3, |ui| app.draw(ui))?);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(ShotError::Unfinished(format!("not everything was computed within {} s", PATIENCE.as_secs())))
}

fn find(name: Option<&str>) -> Result<&'static Preset, ShotError> {
    let name = name.unwrap_or(PRESETS[0].name);
    PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| ShotError::Preset {
        given: name.to_owned(),
        expected: PRESETS
            .iter()
            .map(|p| p.name)
            .chain(IMAGE_PRESETS.iter().map(|p| p.name))
            .collect::<Vec<_>>()
            .join(", "),
    })
}
