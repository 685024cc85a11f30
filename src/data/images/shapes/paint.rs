//! Paints a scene: gradient, soft shadow, then the shape with a rounded edge in the light.

use super::scene::{Light, ShapeScene};
use crate::data::oklab::srgb_byte;

/// Light that falls on everything, to that on a surface towards the viewer.
const AMBIENT: f32 = 0.35;
/// How narrow the highlight is: the exponent of Blinn and Phong.
const NARROW: i32 = 24;

/// Paints `scene` into `pixels` \[side, side, 3\], row by row from the top.
pub(super) fn paint(scene: &ShapeScene, side: usize, pixels: &mut [u8]) {
    let distances = distances(scene, side);
    let row = side + 2;
    let step = 2.0 / side as f32;
    for (i, pixel) in pixels.chunks_exact_mut(3).enumerate() {
        let (x, y) = (i % side, i / side);
        let place = [(x as f32 + 0.5) * step - 1.0, (y as f32 + 0.5) * step - 1.0];
        let at = (y + 1) * row + x + 1;
        let distance = distances[at];
        // The share of the pixel inside, for an edge that is straight within it.
        let inside = (0.5 - distance / step).clamp(0.0, 1.0);
        let behind = if inside < 1.0 { background(scene, place) } else { [0.0; 3] };
        let front = if inside > 0.0 {
            let slope = [distances[at + 1] - distances[at - 1], distances[at + row] - distances[at - row]];
            surface(scene, place, distance, slope, step)
        } else {
            [0.0; 3]
        };
        for (value, (front, behind)) in pixel.iter_mut().zip(front.into_iter().zip(behind)) {
            *value = srgb_byte(behind + inside * (front - behind));
        }
    }
}

/// The signed distance from the outline at the middle of every pixel, and of a margin of one.
fn distances(scene: &ShapeScene, side: usize) -> Vec<f32> {
    let row = side + 2;
    let step = 2.0 / side as f32;
    let place = |i: usize| (i as f32 - 0.5) * step - 1.0;
    (0..row * row).map(|i| distance(scene, [place(i % row), place(i / row)])).collect()
}

fn distance(scene: &ShapeScene, place: [f32; 2]) -> f32 {
    scene.size * scene.outline.distance(own_place(scene, place))
}

/// A place in the shape's own measure, y upward.
fn own_place(scene: &ShapeScene, [x, y]: [f32; 2]) -> [f32; 2] {
    let (x, y) = ((x - scene.centre[0]) / scene.size, (scene.centre[1] - y) / scene.size);
    let [cos, sin] = scene.turn;
    [cos * x + sin * y, cos * y - sin * x]
}

fn background(scene: &ShapeScene, place: [f32; 2]) -> Light {
    let along = 0.5 + 0.4 * (place[0] * scene.slope[0] + place[1] * scene.slope[1]);
    let [depth, cast] = scene.shadow;
    let [x, y, _] = scene.light;
    let from = [place[0] + cast * x / x.hypot(y), place[1] + cast * y / x.hypot(y)];
    // Soft over its own length, as under an area of light.
    let shade = smooth((cast - distance(scene, from)) / (2.0 * cast));
    let [a, b] = scene.background;
    std::array::from_fn(|c| (a[c] + along * (b[c] - a[c])) * (1.0 - depth * shade))
}

/// The light from the shape, `distance` < 0 within its edge, where distances grow in the direction of `slope`, for a
/// pixel of width `step`.
fn surface(scene: &ShapeScene, place: [f32; 2], distance: f32, slope: [f32; 2], step: f32) -> Light {
    // The edge is a quarter of a circle: upright at the outline, flat where the bevel ends.
    let inward = (-distance / (scene.bevel * scene.size)).clamp(0.0, 1.0);
    let steep = (1.0 - inward) / slope[0].hypot(slope[1]).max(1e-6);
    let normal = [steep * slope[0], steep * slope[1], (inward * (2.0 - inward)).sqrt()];
    let [x, y, z] = scene.light;
    let facing = (normal[0] * x + normal[1] * y + normal[2] * z).max(0.0);
    // Half-way between the light and the viewer, who is at [0, 0, 1].
    let half = (2.0 + 2.0 * z).sqrt();
    let glance = (normal[0] * x + normal[1] * y + normal[2] * (z + 1.0)) / half;
    let highlight = scene.gloss * glance.max(0.0).powi(NARROW);
    let shade = AMBIENT + (1.0 - AMBIENT) * facing / z;
    let ([a, b], striped) = (scene.colors, striped(scene, place, step));
    std::array::from_fn(|c| ((a[c] + striped * (b[c] - a[c])) * shade + highlight).min(1.0))
}

/// The share of a pixel of width `step` that lies on a stripe.
fn striped(scene: &ShapeScene, place: [f32; 2], step: f32) -> f32 {
    let across = own_place(scene, place)[1] / scene.stripe;
    // Stripes and gaps are one wide: from a half to the middle of a stripe, negative in a gap.
    let within = 0.5 - (across.rem_euclid(2.0) - 1.0).abs();
    (0.5 + within * scene.stripe * scene.size / step).clamp(0.0, 1.0)
}

fn smooth(x: f32) -> f32 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}
