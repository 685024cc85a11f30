//! Animations as GIF. A frame is any image of the same size; `PanelRow::to_image` makes one from
//! data.

use std::collections::HashSet;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, Rgba, RgbaImage};

use super::error::FigureError;

/// NeuQuant's sampling factor, 1 (best) to 30 (fastest), for frames too colourful for [`LEVELS`].
const SPEED: i32 = 10;

/// Colours that a GIF frame can have.
const PALETTE: usize = 256;

/// Numbers of levels a channel that are tried, from no loss to an error of 255 / 2 / 19 ≈ 7.
const LEVELS: [u32; 10] = [256, 128, 96, 64, 52, 42, 36, 30, 24, 20];

/// Encodes `frames` as a GIF that repeats for ever, each shown for `delay_ms` (GIF counts in
/// hundredths of a second, so this is rounded down to 10 ms; most viewers show less than 20 ms as
/// 100 ms, so that is the least written).
///
/// A frame can have 256 colours. Figures get them by rounding the channels, the same way in all
/// frames: colour bars stay smooth and nothing flickers, as it would with a palette learned for
/// each frame. Only where that would cost more than 7 of 255 (photographs), palettes are learned.
///
/// # Errors
/// [`FigureError::NoFrames`], [`FigureError::FrameSize`] where the frames differ in size,
/// [`FigureError::Image`] where the encoder refuses (sides above 65,535 px).
pub fn encode_gif(frames: &[RgbaImage], delay_ms: u32) -> Result<Vec<u8>, FigureError> {
    encode_gif_while(frames, delay_ms, |_| true)
}

/// The same, asking before each frame, by its number, whether to go on.
///
/// # Errors
/// Those of [`encode_gif`], and [`FigureError::Stopped`].
pub fn encode_gif_while(
    frames: &[RgbaImage],
    delay_ms: u32,
    mut go_on: impl FnMut(usize) -> bool,
) -> Result<Vec<u8>, FigureError> {
    let expected = frames.first().ok_or(FigureError::NoFrames)?.dimensions();
    let differs = |(_, frame): &(usize, &RgbaImage)| frame.dimensions() != expected;
    if let Some((index, frame)) = frames.iter().enumerate().find(differs) {
        return Err(FigureError::FrameSize { index, expected, found: frame.dimensions() });
    }
    let levels = common_levels(frames);
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, SPEED);
    encoder.set_repeat(Repeat::Infinite)?;
    let delay = Delay::from_numer_denom_ms(delay_ms.max(20), 1);
    for (index, frame) in frames.iter().enumerate() {
        if !go_on(index) {
            return Err(FigureError::Stopped);
        }
        let mut frame = frame.clone();
        if let Some(levels) = levels {
            frame.pixels_mut().for_each(|pixel| *pixel = rounded(*pixel, levels));
        }
        encoder.encode_frame(Frame::from_parts(frame, 0, 0, delay))?;
    }
    drop(encoder);
    Ok(bytes)
}

/// The most levels a channel with which every frame has at most 256 colours.
fn common_levels(frames: &[RgbaImage]) -> Option<u32> {
    let mut first = 0;
    for frame in frames {
        let colors = colors(frame)?;
        let fits = |levels: &u32| {
            let distinct: HashSet<_> = colors.iter().map(|c| rounded(*c, *levels)).collect();
            distinct.len() <= PALETTE
        };
        first += LEVELS[first..].iter().position(fits)?;
    }
    Some(LEVELS[first])
}

/// The distinct colours of a frame; `None` where there are so many that it is no figure.
fn colors(frame: &RgbaImage) -> Option<HashSet<Rgba<u8>>> {
    let mut colors = HashSet::new();
    let mut previous = None;
    for pixel in frame.pixels() {
        if previous != Some(pixel) {
            colors.insert(*pixel);
            previous = Some(pixel);
            if colors.len() > 64 * PALETTE {
                return None;
            }
        }
    }
    Some(colors)
}

/// A colour with its channels rounded to `levels` values; black and white stay what they are.
/// GIF knows no partial transparency, so alpha becomes 0 or 255, as the encoder would make it.
fn rounded(Rgba([r, g, b, a]): Rgba<u8>, levels: u32) -> Rgba<u8> {
    if a == 0 {
        return Rgba([0; 4]);
    }
    let steps = levels - 1;
    let [r, g, b] = [r, g, b].map(|v| {
        let level = (u32::from(v) * steps + 127) / 255;
        ((level * 255 + steps / 2) / steps) as u8
    });
    Rgba([r, g, b, 255])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{CellLayout, HeatPanel, PanelRow, Scale};
    use image::AnimationDecoder;
    use image::codecs::gif::GifDecoder;
    use ndarray::Array2;
    use std::io::Cursor;

    #[test]
    fn gif_decodes_to_the_same_frames() {
        let k = 16;
        let frames: Vec<RgbaImage> = (0..4)
            .map(|f| {
                let values = Array2::from_shape_fn((k, k), |(i, j)| (i * j * f) as f64);
                let scale = Scale::sequential(600.0);
                let panel = HeatPanel::new("p", values, CellLayout::new(k, false), scale);
                let mut row = PanelRow::new(format!("t = {f}"), vec![panel]);
                row.progress = Some(f as f64 / 3.0);
                row.to_image(1.0).expect("renders")
            })
            .collect();
        let gif = encode_gif(&frames, 50).expect("encodes");
        let decoder = GifDecoder::new(Cursor::new(&gif)).expect("is a GIF");
        let decoded = decoder.into_frames().collect_frames().expect("decodes");
        assert_eq!(decoded.len(), 4);
        for (frame, original) in decoded.iter().zip(&frames) {
            assert_eq!(frame.buffer().dimensions(), original.dimensions());
            assert_eq!(frame.delay().numer_denom_ms(), (50, 1));
            let channels = frame.buffer().iter().zip(original.iter());
            let worst = channels.map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(6), "error after rounding to a palette: {worst:?}");
        }
    }

    #[test]
    fn photographs_are_encoded_too() {
        let noise = RgbaImage::from_fn(200, 200, |x, y| {
            let hash = (x * 200 + y).wrapping_mul(2_654_435_761);
            let [r, g, b, _] = hash.to_le_bytes();
            Rgba([r, g, b, 255])
        });
        assert_eq!(common_levels(std::slice::from_ref(&noise)), None);
        assert!(encode_gif(&[noise], 50).is_ok());
    }

    #[test]
    fn rounding_keeps_black_white_and_exact_frames() {
        for levels in LEVELS {
            for v in [0, 255] {
                assert_eq!(rounded(Rgba([v, v, v, 255]), levels), Rgba([v, v, v, 255]));
            }
        }
        let few = RgbaImage::from_fn(16, 16, |x, y| Rgba([x as u8, 37, y as u8, 255]));
        assert_eq!(common_levels(std::slice::from_ref(&few)), Some(256));
        assert_eq!(rounded(Rgba([1, 37, 254, 255]), 256), Rgba([1, 37, 254, 255]));
    }

    #[test]
    fn empty_and_uneven_animations_are_refused() {
        assert!(matches!(encode_gif(&[], 50), Err(FigureError::NoFrames)));
        let frames = [RgbaImage::new(4, 4), RgbaImage::new(4, 5)];
        assert!(matches!(encode_gif(&frames, 50), Err(FigureError::FrameSize { index: 1, .. })));
    }
}
