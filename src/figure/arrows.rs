//! Arrows as pixels: the CPU twin of shaders/arrows.wgsl.

use image::RgbaImage;

use super::over::lay_over;
use super::trails::for_pixels_near;
use super::window::CellWindow;

/// The head's length is this share of the arrow, within these limits in points.
const HEAD_SHARE: f32 = 0.45;
const HEAD_LIMITS: [f32; 2] = [2.0, 7.0];
/// Half the head's width: this share of its length, at least so many points.
const WING_SHARE: f32 = 0.5;
const LEAST_WING: f32 = 1.2;
/// Half the shaft's width: this share of the arrow, within these limits in points.
const SHAFT_SHARE: f32 = 0.06;
const SHAFT_LIMITS: [f32; 2] = [0.5, 1.3];

/// An arrow on the state space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArrowMark {
    /// Where its middle lies, in cells.
    pub middle: [f32; 2],
    /// From tail to tip, in cells, token 2 upward.
    pub along: [f32; 2],
    /// sRGB.
    pub color: [u8; 3],
}

/// Draws `arrows` in their order over `image`, which shows `window`.
pub fn draw_arrows(image: &mut RgbaImage, arrows: &[ArrowMark], window: CellWindow, px_per_point: f32) {
    let size_px = [image.width() as f32, image.height() as f32];
    let per_cell = window.px_per_cell(size_px);
    for arrow in arrows {
        let along = [arrow.along[0] * per_cell[0], -arrow.along[1] * per_cell[1]];
        let middle = window.to_px(arrow.middle, size_px);
        let tail = [middle[0] - 0.5 * along[0], middle[1] - 0.5 * along[1]];
        let tip = [tail[0] + along[0], tail[1] + along[1]];
        let reach = (HEAD_LIMITS[1] * WING_SHARE).max(LEAST_WING) * px_per_point + 1.0;
        for_pixels_near(image, tail, tip, reach, |pixel, at| {
            let from_tail = [at[0] - tail[0], at[1] - tail[1]];
            lay_over(pixel, arrow.color, arrow_coverage(from_tail, along, px_per_point));
        });
    }
}

/// How much of the pixel at `from_tail` the arrow along `along` covers; px. Nothing of one shorter than half a point.
fn arrow_coverage(from_tail: [f32; 2], along: [f32; 2], px_per_point: f32) -> f32 {
    let length = along[0].hypot(along[1]);
    if length < 0.5 * px_per_point {
        return 0.0;
    }
    let ahead = [along[0] / length, along[1] / length];
    let forward = from_tail[0] * ahead[0] + from_tail[1] * ahead[1];
    let aside = (from_tail[0] * -ahead[1] + from_tail[1] * ahead[0]).abs();
    let within = |x: f32, [low, high]: [f32; 2]| x.clamp(low * px_per_point, high * px_per_point);
    let head = within(length * HEAD_SHARE, HEAD_LIMITS).min(length);
    let wing = (head * WING_SHARE).max(LEAST_WING * px_per_point);
    let shaft = within(length * SHAFT_SHARE, SHAFT_LIMITS);
    let neck = length - head;
    // Signed distances, negative inside; the shaft reaches into the head, so that no seam shows.
    let to_shaft = (-forward).max(forward - (neck + 0.5 * head)).max(aside - shaft);
    let slant = ((forward - length) * wing + aside * head) / (wing * wing + head * head).sqrt();
    let to_head = (neck - forward).max(slant);
    (0.5 - to_shaft.min(to_head)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    fn drawn(along: [f32; 2]) -> Vec<Vec<u8>> {
        let mut image = RgbaImage::from_pixel(60, 60, Rgba([0, 0, 0, 255]));
        let window = CellWindow { min: [0.0; 2], size: [6.0; 2] };
        let arrow = ArrowMark { middle: [3.0, 3.0], along, color: [255; 3] };
        draw_arrows(&mut image, &[arrow], window, 1.0);
        (0..60).map(|y| (0..60).map(|x| image.get_pixel(x, y)[0]).collect()).collect()
    }

    #[test]
    fn an_arrow_points_where_it_should() {
        // To the right: 40 px, a head of 7 px at x = 43..50, 7 px wide.
        let right = drawn([4.0, 0.0]);
        assert!(right[30][12..48].iter().all(|&p| p > 200), "{:?}", right[30]);
        assert!(right[30][..9].iter().chain(&right[30][51..]).all(|&p| p == 0));
        assert!(right[27][43] > 100 && right[32][43] > 100 && right[27][49] == 0 && right[27][20] == 0);
        // Upward: the same, turned.
        let up = drawn([0.0, 4.0]);
        for (y, row) in up.iter().enumerate() {
            for (x, pixel) in row.iter().enumerate() {
                assert!(pixel.abs_diff(right[x][59 - y]) <= 1, "at {x}, {y}");
            }
        }
        assert!(drawn([0.04, 0.0]).iter().flatten().all(|&p| p == 0), "too short to be seen");
    }
}
