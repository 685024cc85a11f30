//! The whole window, drawn by whatever adapter there is: every preset in both themes.

use dfm_explorer::experiment::grid::PRESETS;
use dfm_explorer::experiment::images::IMAGE_PRESETS;
use dfm_explorer::gpu::{DevicePreference, choose};
use dfm_explorer::ui::shot;
use libtest_mimic::{Failed, Trial};
use std::collections::HashSet;

/// One a preset and theme; ignored where nothing can be drawn.
pub fn trials(ignored: bool) -> Vec<Trial> {
    let mut trials = Vec::new();
    let grid = PRESETS.iter().filter(|preset| preset.train_for.is_none()).map(|preset| preset.name);
    // A network takes its time: one of the presets that need none stands for all of the image lab.
    let images = IMAGE_PRESETS.first().map(|preset| preset.name);
    for preset in grid.chain(images) {
        for dark in [true, false] {
            let name = format!("window::{preset}_{}", if dark { "dark" } else { "light" });
            trials.push(Trial::test(name, move || draws(preset, dark)).with_ignored_flag(ignored));
        }
    }
    trials.push(Trial::test("window::any_size", any_size).with_ignored_flag(ignored));
    trials
}

fn draws(preset: &str, dark: bool) -> Result<(), Failed> {
    let choice = choose(&DevicePreference::Cpu)?;
    let picture = shot(Some(preset), [1280, 800], dark, 0, &choice)?;
    if picture.dimensions() != (1280, 800) {
        return Err(format!("{:?}", picture.dimensions()).into());
    }
    // Between the side panels lie the views: their maps hold many colours, the rest of a window few.
    let colours: HashSet<[u8; 4]> = (280..1020)
        .flat_map(|x| (60..740).map(move |y| (x, y)))
        .map(|(x, y)| picture.get_pixel(x, y).0)
        .collect();
    if colours.len() < 60 {
        return Err(format!("only {} colours between the panels", colours.len()).into());
    }
    let corner = picture.get_pixel(4, 790).0[..3].iter().map(|&c| u32::from(c)).sum::<u32>();
    if (corner < 300) != dark {
        return Err(format!("the theme is not the one asked for: corner brightness {corner}").into());
    }
    Ok(())
}

fn any_size() -> Result<(), Failed> {
    let choice = choose(&DevicePreference::Cpu)?;
    for size in [[320, 240], [960, 600], [2400, 500], [500, 1600]] {
        let picture = shot(None, size, true, 0, &choice)?;
        if picture.dimensions() != (size[0], size[1]) {
            return Err(format!("asked for {size:?}, got {:?}", picture.dimensions()).into());
        }
    }
    Ok(())
}
