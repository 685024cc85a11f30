//! Trails of jumps as pixels: the CPU twin of shaders/trails.wgsl.

use image::RgbaImage;

use super::over::lay_over;
use super::window::CellWindow;

/// Half the width of a line, points.
const HALF_WIDTH: f32 = 0.5;
/// What is left of the opacity at the far end.
const TAIL: f32 = 0.15;
/// Shorter ones are not seen, px².
const SHORTEST_SQUARED: f32 = 1e-4;

/// A line from where a particle came from to where it went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trail {
    /// Cells.
    pub from: [f32; 2],
    /// Cells.
    pub to: [f32; 2],
    /// sRGB.
    pub color: [u8; 3],
    /// Opacity at the near end, \[0, 1\].
    pub opacity: f32,
}

/// Draws `trails` in their order over `image`, which shows `window`.
pub fn draw_trails(image: &mut RgbaImage, trails: &[Trail], window: CellWindow, px_per_point: f32) {
    let size_px = [image.width() as f32, image.height() as f32];
    for trail in trails {
        let from = window.to_px(trail.from, size_px);
        let to = window.to_px(trail.to, size_px);
        let along = [to[0] - from[0], to[1] - from[1]];
        let reach = HALF_WIDTH * px_per_point + 1.0;
        for_pixels_near(image, from, to, reach, |pixel, at| {
            let from_start = [at[0] - from[0], at[1] - from[1]];
            let covered = trail_coverage(from_start, along, px_per_point);
            lay_over(pixel, trail.color, trail.opacity * covered);
        });
    }
}

/// Visits every pixel of the box around two points, grown by `reach`, with its centre.
pub(super) fn for_pixels_near(
    image: &mut RgbaImage,
    a: [f32; 2],
    b: [f32; 2],
    reach: f32,
    mut visit: impl FnMut(&mut image::Rgba<u8>, [f32; 2]),
) {
    let sides = [image.width(), image.height()];
    // Casts saturate: what lies outside is cut off.
    let [columns, rows] = [0, 1].map(|i| {
        let (low, high) = (a[i].min(b[i]) - reach, a[i].max(b[i]) + reach);
        (low.floor() as u32).min(sides[i])..(high.ceil() as u32).min(sides[i])
    });
    for y in rows {
        for x in columns.clone() {
            visit(image.get_pixel_mut(x, y), [x as f32 + 0.5, y as f32 + 0.5]);
        }
    }
}

/// How much of the pixel at `from_start` the line along `along` covers, faded toward its start; px. Nothing of one
/// without length.
fn trail_coverage(from_start: [f32; 2], along: [f32; 2], px_per_point: f32) -> f32 {
    let dot = |a: [f32; 2], b: [f32; 2]| a[0] * b[0] + a[1] * b[1];
    let squared = dot(along, along);
    if squared < SHORTEST_SQUARED {
        return 0.0;
    }
    let share = (dot(from_start, along) / squared).clamp(0.0, 1.0);
    let beside = (from_start[0] - along[0] * share).hypot(from_start[1] - along[1] * share);
    let covered = (HALF_WIDTH * px_per_point + 0.5 - beside).clamp(0.0, 1.0);
    covered * (TAIL + (1.0 - TAIL) * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn a_trail_grows_toward_where_the_particle_is() {
        let mut image = RgbaImage::from_pixel(100, 20, Rgba([0, 0, 0, 255]));
        let window = CellWindow { min: [0.0; 2], size: [10.0, 2.0] };
        let trail = Trail { from: [1.0, 1.05], to: [9.0, 1.05], color: [255; 3], opacity: 1.0 };
        draw_trails(&mut image, &[trail], window, 1.0);
        let row = |y: u32| -> Vec<u8> { (0..100).map(|x| image.get_pixel(x, y)[0]).collect() };
        assert!(row(9)[10..90].is_sorted() && row(9)[85] > 230 && (30..60).contains(&row(9)[11]));
        assert!(row(7).iter().all(|&p| p == 0) && row(12).iter().all(|&p| p == 0));
        assert!(row(9)[..8].iter().chain(&row(9)[92..]).all(|&p| p == 0));
    }
}
