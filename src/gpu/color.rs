//! Colours as a target wants them.

use eframe::egui::{Color32, Rgba};

/// An opaque sRGB colour: linear light for a target that turns it into sRGB, else as it is.
pub(super) fn target_color([r, g, b]: [u8; 3], target_is_srgb: bool) -> [f32; 4] {
    let color = Color32::from_rgb(r, g, b);
    if target_is_srgb { Rgba::from(color).to_array() } else { color.to_normalized_gamma_f32() }
}
