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

/// The shortest time in ms that a frame is shown: most viewers show a shorter one for 100 ms.
pub const LEAST_DELAY: u32 = 20;

/// How long each of `count` frames is shown, in ms, so that together they take `lasts` ms to 10 ms, which is what GIF
/// counts in: what is rounded off at one frame is made up for at the next. Too many frames take longer, [`LEAST_DELAY`]
/// each.
pub fn even_delays(lasts: u32, count: usize) -> Vec<u32> {
    let hundredths = u64::from(lasts.saturating_add(5) / 10);
    let until = |n: usize| hundredths * n as u64 / count.max(1) as u64;
    (0..count).map(|n| (10 * (until(n + 1) - until(n)) as u32).max(LEAST_DELAY)).collect()
}

/// How many frames `lasts` ms have room for, two at the least.
pub fn most_frames(lasts: u32) -> usize {
    (lasts / LEAST_DELAY).max(2) as usize
}

/// Encodes `frames` as a GIF that repeats for ever, each shown for its own of `delays` in ms (GIF counts in hundredths of a
/// second; no frame is shown for less than [`LEAST_DELAY`]).
///
/// A frame can have 256 colours. Figures get them by rounding the channels, the same way in all
/// frames: colour bars stay smooth and nothing flickers, as it would with a palette learned for
/// each frame. Only where that would cost more than 7 of 255 (photographs), palettes are learned.
///
/// # Errors
/// [`FigureError::NoFrames`], [`FigureError::Delays`], [`FigureError::FrameSize`] where the frames differ in size,
/// [`FigureError::Image`] where the encoder refuses (sides above 65,535 px).
pub fn encode_gif(frames: &[RgbaImage], delays: &[u32]) -> Result<Vec<u8>, FigureError> {
    encode_gif_while(frames, delays, |_| true)
}

/// The same, asking before each frame, by its number, whether to go on.
///
/// # Errors
/// Those of [`encode_gif`], and [`FigureError::Stopped`].
pub fn encode_gif_while(
    frames: &[RgbaImage],
    delays: &[u32],
    mut go_on: impl FnMut(usize) -> bool,
) -> Result<Vec<u8>, FigureError> {
    let expected = frames.first().ok_or(FigureError::NoFrames)?.dimensions();
    if delays.len() != frames.len() {
        return Err(FigureError::Delays { frames: frames.len(), delays: delays.len() });
    }
    let differs = |(_, frame): &(usize, &RgbaImage)| frame.dimensions() != expected;
    if let Some((index, frame)) = frames.iter().enumerate().find(differs) {
        return Err(FigureError::FrameSize { index, expected, found: frame.dimensions() });
    }
    let levels = common_levels(frames);
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, SPEED);
    encoder.set_repeat(Repeat::Infinite)?;
    for (index, (frame, delay)) in frames.iter().zip(delays).enumerate() {
        if !go_on(index) {
            return Err(FigureError::Stopped);
        }
        let mut frame = frame.clone();
        if let Some(levels) = levels {
            frame.pixels_mut().for_each(|pixel| *pixel = rounded(*pixel, levels));
        }
        let delay = Delay::from_numer_denom_ms((*delay).max(LEAST_DELAY), 1);
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
        let delays = [50, 20, 10, 1000];
        let gif = encode_gif(&frames, &delays).expect("encodes");
        let decoder = GifDecoder::new(Cursor::new(&gif)).expect("is a GIF");
        let decoded = decoder.into_frames().collect_frames().expect("decodes");
        assert_eq!(decoded.len(), 4);
        for ((frame, original), delay) in decoded.iter().zip(&frames).zip(delays) {
            assert_eq!(frame.buffer().dimensions(), original.dimensions());
            assert_eq!(frame.delay().numer_denom_ms(), (delay.max(20), 1));
            let channels = frame.buffer().iter().zip(original.iter());
            let worst = channels.map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(6), "error after rounding to a palette: {worst:?}");
        }
    }

    #[test]
    fn frames_take_the_time_that_was_asked_for() {
        for (lasts, count) in
            [(500, 25), (2_900, 120), (6_000, 120), (1_000, 7), (1_005, 3), (60_000, 1), (90, 3)]
        {
            let delays = even_delays(lasts, count);
            assert_eq!(delays.len(), count);
            assert_eq!(delays.iter().sum::<u32>(), (lasts + 5) / 10 * 10, "{lasts} ms in {count} frames");
            assert!(delays.iter().all(|delay| *delay >= LEAST_DELAY && delay.is_multiple_of(10)));
            let [least, most] =
                [delays.iter().min(), delays.iter().max()].map(|delay| delay.copied().unwrap_or(0));
            assert!(most - least <= 10, "{delays:?}");
        }
        assert_eq!(even_delays(100, 10), [20; 10], "too many take longer");
        assert_eq!((most_frames(500), most_frames(2_900), most_frames(0)), (25, 145, 2));
    }

    #[test]
    fn photographs_are_encoded_too() {
        let noise = RgbaImage::from_fn(200, 200, |x, y| {
            let hash = (x * 200 + y).wrapping_mul(2_654_435_761);
            let [r, g, b, _] = hash.to_le_bytes();
            Rgba([r, g, b, 255])
        });
        assert_eq!(common_levels(std::slice::from_ref(&noise)), None);
        assert!(encode_gif(&[noise], &[50]).is_ok());
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
        assert!(matches!(encode_gif(&[], &[]), Err(FigureError::NoFrames)));
        let frames = [RgbaImage::new(4, 4), RgbaImage::new(4, 5)];
        assert!(matches!(encode_gif(&frames, &[50]), Err(FigureError::Delays { frames: 2, delays: 1 })));
        assert!(matches!(encode_gif(&frames, &[50, 50]), Err(FigureError::FrameSize { index: 1, .. })));
    }
}
