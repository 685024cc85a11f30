//! What stands under a picture that has no page of its own: what it shows, and what its colours mean.

use super::parts::{AXIS, INK};
use super::pictures::PictureBar;
use crate::figure::error::FigureError;
use crate::figure::png::svg_to_image;
use crate::figure::svg::{Anchor, Canvas, Stroke, TextStyle, Weight};
use crate::figure::ticks::tick_labels;
use image::{Rgba, RgbaImage};

/// Size of the text under a picture so wide: a fortieth of it, where that can be read and is not large.
fn text_size(width: u32) -> f64 {
    (f64::from(width) / 40.0).round().clamp(9.0, 28.0)
}

/// Pixels down that a foot takes, without and with a colour bar.
pub fn foot_height(width: u32, has_bar: bool) -> u32 {
    (text_size(width) * if has_bar { 4.4 } else { 1.9 }).ceil() as u32
}

/// A foot for a picture of this width: words in one line, smaller where they would be longer, and below them the colours
/// with their numbers. On white, since nobody knows what it is laid on.
///
/// # Errors
/// [`FigureError::TooLarge`] where the picture is wider than figures can be.
pub fn foot(width: u32, words: &str, bar: Option<&PictureBar>) -> Result<RgbaImage, FigureError> {
    let (size, height) = (text_size(width), foot_height(width, bar.is_some()));
    let [left, right] = [size, f64::from(width) - size];
    let style = TextStyle { size, weight: Weight::Regular, color: INK, anchor: Anchor::Start, upward: false };
    let words = bar.map_or_else(|| words.to_owned(), |bar| format!("{words}, {}", bar.unit));
    let mut canvas = Canvas::new(f64::from(width), f64::from(height), "");
    canvas.text(left, 1.35 * size, &words, &style.fitted(&words, right - left));
    let Some(PictureBar { scale, .. }) = bar else { return svg_to_image(&canvas.finish(), 1.0) };
    let [top, bottom] = [1.9 * size, 2.7 * size].map(f64::round);
    let ticks = scale.ticks(((right - left) / (4.0 * size)).clamp(1.0, 8.0) as usize);
    let line = Stroke { width: (size / 12.0).max(1.0), ..AXIS };
    for (tick, label) in ticks.iter().zip(tick_labels(&ticks).labels) {
        let x = left + scale.unit(*tick) * (right - left);
        canvas.segment([x, bottom], [x, bottom + 0.3 * size], line);
        canvas.text(x, bottom + 1.3 * size, &label, &style.middle());
    }
    let mut foot = svg_to_image(&canvas.finish(), 1.0)?;
    let [first, last] = [left, right].map(|x| x.round() as u32);
    for x in first..last {
        let along = f64::from(x - first) / f64::from((last - first).saturating_sub(1).max(1));
        let [r, g, b] = scale.map.color(along);
        for y in top as u32..bottom as u32 {
            foot.put_pixel(x, y, Rgba([r, g, b, 255]));
        }
    }
    Ok(foot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{ColorMap, Scale};

    #[test]
    fn words_and_colours_have_their_room_under_pictures_of_any_width() {
        let bar = PictureBar { scale: Scale::sequential(24.0), unit: "bits a pixel".to_owned() };
        for width in [128, 300, 1151, 2048, 8447] {
            let words = "entropy of p(x₁ⁱ | xₜ)";
            let dark = |foot: &RgbaImage, rows: std::ops::Range<u32>, x: u32| {
                rows.into_iter().any(|y| foot.get_pixel(x, y)[0] < 100)
            };
            for bar in [None, Some(&bar)] {
                let foot = foot(width, words, bar).expect("a foot");
                assert_eq!(foot.dimensions(), (width, foot_height(width, bar.is_some())));
                // Nothing is cut off at the sides.
                for x in [0, width - 1] {
                    assert!(!dark(&foot, 0..foot.height(), x), "{width}: ink at {x}");
                }
                let first_line = 0..foot_height(width, false);
                assert!((0..width).any(|x| dark(&foot, first_line.clone(), x)), "{width}: no words");
            }
            let foot = foot(width, words, Some(&bar)).expect("a foot");
            let size = text_size(width);
            let y = (2.3 * size) as u32;
            for (x, value) in [(size.round() as u32, 0.0), (width - size.round() as u32 - 1, 1.0)] {
                assert_eq!(foot.get_pixel(x, y).0[..3], ColorMap::Viridis.color(value), "{width}");
            }
            let labels = (2.9 * size) as u32..foot.height();
            assert!((0..width).any(|x| dark(&foot, labels.clone(), x)), "{width}: no numbers");
        }
    }
}
