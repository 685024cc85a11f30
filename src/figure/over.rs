//! One colour over another, as a graphics adapter does it: rounded to 8 bits after every layer.

use image::Rgba;

/// Lays `color` with an opacity in [0, 1] over `pixel` (straight alpha).
pub(super) fn lay_over(pixel: &mut Rgba<u8>, color: [u8; 3], opacity: f32) {
    if opacity <= 0.0 {
        return;
    }
    let Rgba([.., below]) = *pixel;
    let below = f32::from(below) / 255.0 * (1.0 - opacity);
    let alpha = opacity + below;
    for (channel, color) in pixel.0.iter_mut().zip(color) {
        let mixed = (f32::from(color) * opacity + f32::from(*channel) * below) / alpha;
        *channel = mixed.round() as u8;
    }
    pixel.0[3] = (alpha * 255.0).round() as u8;
}
