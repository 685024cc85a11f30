//! What is in a picture: one shape, its colours, the light on it and what is behind, all drawn from one stream.

use super::outline::{OUTLINES, Outline};
use crate::data::oklab::{Lab, linear_light};
use rand::{Rng, RngExt as _};
use std::f32::consts::PI;

/// Linear light: red, green, blue in \[0, 1\].
pub(super) type Light = [f32; 3];

/// Lengths are in halves of the picture's side, x to the right and y downward from its middle.
#[derive(Clone, Debug)]
pub(super) struct ShapeScene {
    /// The place of its outline in the list of outlines.
    pub label: u8,
    pub outline: Outline,
    /// The middle of the shape.
    pub centre: [f32; 2],
    /// The radius of the circle around the shape.
    pub size: f32,
    /// Cosine and sine of the turn.
    pub turn: [f32; 2],
    /// The two colours of its stripes, or twice its one colour.
    pub colors: [Light; 2],
    /// The width of a stripe, to the shape's size.
    pub stripe: f32,
    /// How far inward the rounding of the edge reaches, to the shape's size.
    pub bevel: f32,
    /// The direction to the light, of length 1, z towards the viewer.
    pub light: [f32; 3],
    /// The strength of the highlight.
    pub gloss: f32,
    /// How dark the shadow is, in \[0, 1\], and how far it is cast.
    pub shadow: [f32; 2],
    /// The colours at both ends of the background.
    pub background: [Light; 2],
    /// The direction in which the background changes, of length 1.
    pub slope: [f32; 2],
}

impl ShapeScene {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let label = rng.random_range(0..OUTLINES.len());
        let outline = OUTLINES[label].0;
        let size = rng.random_range(0.55..0.88);
        // The whole shape stays in the picture, with a little air around it.
        let room = (0.96f32 - size).max(0.0);
        let centre = [rng.random_range(-room..=room), rng.random_range(-room..=room)];
        let turn = outline.largest_turn() * rng.random_range(-1.0..1.0f32);

        // Light on dark or dark on light, so that the shape stands out, and never grey on grey.
        let dark = rng.random_bool(0.5);
        let (back, front) = if dark { (0.22..0.48, 0.62..0.88) } else { (0.74..0.95, 0.42..0.66) };
        let (hue, near) = (rng.random_range(-PI..PI), rng.random_range(-0.5..0.5));
        let (lightness, chroma) = (rng.random_range(front), rng.random_range(0.11..0.2));
        let color = shown(lightness, chroma, hue);
        let striped = rng.random_bool(0.25);
        let other = shown(lightness + rng.random_range(0.1..0.2), 0.6 * chroma, hue + near);
        let behind = hue + PI + rng.random_range(-1.6..1.6f32);
        let (ground, tint) = (rng.random_range(back), rng.random_range(0.02..0.09));
        let change: f32 = rng.random_range(0.05..0.16);
        let background = [
            shown(ground - change, tint, behind),
            shown((ground + change).min(0.97), tint, behind + rng.random_range(-0.6..0.6)),
        ];

        // From above, more often from the left: what eyes take shading to mean.
        let (azimuth, height) = (rng.random_range(-2.6..-0.9f32), rng.random_range(0.75..1.05f32));
        let slope = rng.random_range(-PI..PI);
        Self {
            label: label as u8,
            outline,
            centre,
            size,
            turn: [libm::cosf(turn), libm::sinf(turn)],
            colors: [color, if striped { other } else { color }],
            stripe: rng.random_range(0.26..0.46),
            bevel: rng.random_range(0.25..0.9),
            light: [
                libm::cosf(azimuth) * libm::cosf(height),
                libm::sinf(azimuth) * libm::cosf(height),
                libm::sinf(height),
            ],
            gloss: rng.random_range(0.1..0.6),
            shadow: [rng.random_range(0.25..0.55), rng.random_range(0.08..0.2)],
            background,
            slope: [libm::cosf(slope), libm::sinf(slope)],
        }
    }
}

/// The colour of this lightness and hue, with as much of the chroma as a screen can show.
fn shown(lightness: f32, chroma: f32, hue: f32) -> Light {
    let (cos, sin) = (libm::cosf(hue), libm::sinf(hue));
    let at = |chroma: f32| -> Lab { [lightness.clamp(0.0, 1.0), chroma * cos, chroma * sin] };
    let mut chroma = chroma;
    let mut light = linear_light(at(chroma));
    while chroma > 0.005 && light.iter().any(|c| !(0.0..=1.0).contains(c)) {
        chroma *= 0.9;
        light = linear_light(at(chroma));
    }
    light.map(|c| c.clamp(0.0, 1.0))
}
