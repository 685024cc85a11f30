//! Many images side by side, in rows.

use super::aspect::{Seen, WallError};
use crate::data::DataError;
use crate::data::codec::image::{NEUTRAL, Tokenizer};
use crate::figure::{
    FigureError, LEAST_DELAY, encode_gif_while, even_delays, foot, foot_height, most_frames,
};
use crate::sampler::sequence::SequenceTrace;
use image::{ImageFormat, Rgba, RgbaImage, imageops};
use std::io::Cursor;

/// Pixels a side that an image of a wall of up to 64 is enlarged to, by a whole factor.
const IMAGE: u32 = 128;
/// Pixels a side of a whole wall that large factors stop at.
pub const MOST_PIXELS: u32 = 2_048;
/// Between images, in pixels of the images.
const GAP: u32 = 1;
/// What is between them: transparent.
const BETWEEN: Rgba<u8> = Rgba([0, 0, 0, 0]);

/// How images are put together: as many columns as rows, or one more.
#[derive(Clone, Copy, Debug)]
pub struct Wall<'a> {
    tokenizer: &'a Tokenizer,
    columns: u32,
    rows: u32,
    factor: u32,
}

impl<'a> Wall<'a> {
    /// For `count` ≥ 1 images of `tokenizer`'s tokens, up to 65,536.
    pub fn of(tokenizer: &'a Tokenizer, count: usize) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
        let columns = f64::from(count).sqrt().ceil() as u32;
        let side = tokenizer.side() as u32;
        let factor = (IMAGE / side).min(MOST_PIXELS / (columns * (side + GAP))).max(1);
        Self { tokenizer, columns, rows: count.div_ceil(columns), factor }
    }

    /// The same beside each other in one row.
    pub fn row(tokenizer: &'a Tokenizer, count: usize) -> Self {
        let columns = u32::try_from(count).unwrap_or(u32::MAX).max(1);
        Self { columns, rows: 1, ..Self::of(tokenizer, count) }
    }

    /// Columns and rows of images.
    pub fn shape(&self) -> [usize; 2] {
        [self.columns as usize, self.rows as usize]
    }

    /// The wall of `states` \[B, N\], pixel by pixel, with one pixel between images; each token is a value, or K for the
    /// mask, which is seen as neutral grey.
    ///
    /// # Errors
    /// If the states are not this tokenizer's.
    pub fn pixels(&self, states: &[u16]) -> Result<RgbaImage, DataError> {
        let mut images = Vec::new();
        for state in states.chunks(self.tokenizer.tokens()) {
            images.extend(self.tokenizer.draw(state, NEUTRAL)?);
        }
        Ok(self.of_images(&images))
    }

    /// The wall of images \[B, R, R, 3\], pixel by pixel; what is beyond the last is left out.
    pub fn of_images(&self, images: &[u8]) -> RgbaImage {
        let side = self.tokenizer.side() as u32;
        let [width, height] = self.size();
        let mut small = RgbaImage::from_pixel(width, height, BETWEEN);
        let each = images.chunks_exact(3 * (side * side) as usize);
        for (n, pixels) in (0..self.columns * self.rows).zip(each) {
            let [left, top] = [n % self.columns, n / self.columns].map(|n| n * (side + GAP));
            for (at, color) in (0u32..).zip(pixels.as_chunks::<3>().0) {
                let [r, g, b] = *color;
                small.put_pixel(left + at % side, top + at / side, Rgba([r, g, b, 255]));
            }
        }
        small
    }

    /// Pixels to the right and down, one a pixel of the images.
    fn size(&self) -> [u32; 2] {
        [self.columns, self.rows].map(|n| n * (self.tokenizer.side() as u32 + GAP) - GAP)
    }

    /// [`Self::pixels`], enlarged.
    ///
    /// # Errors
    /// As those of [`Self::pixels`].
    pub fn picture(&self, states: &[u16]) -> Result<RgbaImage, DataError> {
        Ok(self.enlarged(&self.pixels(states)?))
    }

    fn enlarged(&self, small: &RgbaImage) -> RgbaImage {
        let [width, height] = [small.width(), small.height()].map(|n| n * self.factor);
        imageops::resize(small, width, height, imageops::FilterType::Nearest)
    }

    /// What is seen of a run at a frame, enlarged. Where that is not the tokens it is said below, with the colours of numbers.
    ///
    /// # Errors
    /// As those of [`Seen::images`], and of drawing.
    pub fn seen(&self, seen: &Seen<'_>, frame: usize) -> Result<RgbaImage, WallError> {
        let picture = self.enlarged(&self.of_images(&seen.images(frame, 0..usize::MAX)?));
        Ok(over(picture, self.foot(seen)?.as_ref()))
    }

    /// What stands below what is seen of a run.
    fn foot(&self, seen: &Seen<'_>) -> Result<Option<RgbaImage>, FigureError> {
        let bar = seen.aspect.bar(seen.tokenizer);
        seen.aspect.title().map(|words| foot(self.factor * self.size()[0], words, bar.as_ref())).transpose()
    }

    /// [`Self::picture`] as the bytes of a PNG file.
    ///
    /// # Errors
    /// As those of [`Self::picture`].
    pub fn png(&self, states: &[u16]) -> Result<Vec<u8>, WallError> {
        as_png(&self.picture(states)?)
    }

    /// [`Self::seen`] as the bytes of a PNG file.
    ///
    /// # Errors
    /// As those of [`Self::seen`].
    pub fn seen_png(&self, seen: &Seen<'_>, frame: usize) -> Result<Vec<u8>, WallError> {
        as_png(&self.seen(seen, frame)?)
    }

    /// A run as the bytes of a GIF file of at most `most` ≥ 2 frames, evenly spread over its own, that takes `lasts` ms,
    /// to 10 ms, and then shows the end for a third of that. `go_on` is told how much is done, in \[0, 1\].
    ///
    /// # Errors
    /// As those of [`Self::seen`] and [`encode_gif_while`].
    pub fn gif(
        &self,
        seen: &Seen<'_>,
        (most, lasts): (usize, u32),
        mut go_on: impl FnMut(f64) -> bool,
    ) -> Result<Vec<u8>, WallError> {
        let trace = seen.trace;
        let last = trace.frames().len().saturating_sub(1);
        let [count, held] = moving_and_held(trace, most, lasts);
        let of = |n: usize| n * last / count.saturating_sub(1).max(1);
        let foot = self.foot(seen)?;
        let mut frames = Vec::with_capacity(count + held);
        let (mut states, mut before) = (Vec::new(), None);
        for (n, frame) in (0..count).map(of).enumerate() {
            if !go_on(0.6 * n as f64 / count as f64) {
                return Err(FigureError::Stopped.into());
            }
            states =
                before.map_or_else(|| trace.states(frame), |before| trace.carried(&states, before, frame));
            before = Some(frame);
            let picture = self.enlarged(&self.of_images(&seen.pixels(&states, frame)?));
            frames.push(over(picture, foot.as_ref()));
        }
        let still = frames.last().cloned();
        frames.extend(still.into_iter().cycle().take(held));
        let delays = [even_delays(lasts, count), even_delays(lasts / 3, held)].concat();
        let all = frames.len() as f64;
        Ok(encode_gif_while(&frames, &delays, |n| go_on(0.6 + 0.4 * n as f64 / all))?)
    }
}

/// A picture with a foot below it.
fn over(picture: RgbaImage, foot: Option<&RgbaImage>) -> RgbaImage {
    let Some(foot) = foot else { return picture };
    let (width, height) = picture.dimensions();
    let mut whole = RgbaImage::new(width, height + foot.height());
    imageops::replace(&mut whole, &picture, 0, 0);
    imageops::replace(&mut whole, foot, 0, i64::from(height));
    whole
}

fn as_png(picture: &RgbaImage) -> Result<Vec<u8>, WallError> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(FigureError::from)?;
    Ok(bytes.into_inner())
}

/// The images of `side` × `side` pixels in a picture that a [`Wall`] drew of them, enlarged or not, \[side, side, 3\] each;
/// `None` if it is no such picture.
pub fn cut_wall(picture: &RgbaImage, side: usize) -> Option<Vec<Vec<u8>>> {
    let side = u32::try_from(side).ok()?;
    // The largest first: what was enlarged can be seen as less so, but not as more.
    let cut = |picture: &RgbaImage| (1..=IMAGE).rev().find_map(|factor| cut_enlarged(picture, side, factor));
    cut(picture).or_else(|| {
        // A guess has words below it.
        let (width, height) = picture.dimensions();
        let without = height.checked_sub(foot_height(width, false)).filter(|height| *height > 0)?;
        cut(&imageops::crop_imm(picture, 0, 0, width, without).to_image())
    })
}

/// The same for one that was enlarged by this `factor`.
fn cut_enlarged(picture: &RgbaImage, side: u32, factor: u32) -> Option<Vec<Vec<u8>>> {
    let step = side + GAP;
    let (width, height) = picture.dimensions();
    let fits = |pixels: u32| pixels.is_multiple_of(factor) && (pixels / factor + GAP).is_multiple_of(step);
    let first = |x: u32, y: u32| picture.get_pixel(x - x % factor, y - y % factor);
    let is_enlarged = || picture.enumerate_pixels().all(|(x, y, color)| color == first(x, y));
    let is_gap = |n: u32| n % step == side;
    let has_gaps = || {
        let mut all = picture.enumerate_pixels();
        all.all(|(x, y, color)| !(is_gap(x / factor) || is_gap(y / factor)) || color[3] == 0)
    };
    if !fits(width) || !fits(height) || !is_enlarged() || !has_gaps() {
        return None;
    }
    let [columns, rows] = [width, height].map(|pixels| (pixels / factor + GAP) / step);
    let place = |n: u32| [n % columns, n / columns].map(|n| n * step);
    let image = |[left, top]: [u32; 2]| {
        let at = move |n: u32| [left + n % side, top + n / side].map(|n| n * factor);
        (0..side * side).map(at).map(move |[x, y]| picture.get_pixel(x, y))
    };
    // The last row may end before the wall does.
    let there: Vec<_> =
        (0..columns * rows).map(place).filter(|at| image(*at).any(|color| color[3] != 0)).collect();
    let whole = there.iter().all(|at| image(*at).all(|color| color[3] == 255));
    let pixels = |at: &[u32; 2]| image(*at).flat_map(|color| [color[0], color[1], color[2]]).collect();
    (whole && !there.is_empty()).then(|| there.iter().map(pixels).collect())
}

/// Frames of a trace that fit into `lasts` ms, `most` of them at most, and those that show its end for a third of that.
pub(super) fn moving_and_held(trace: &SequenceTrace, most: usize, lasts: u32) -> [usize; 2] {
    let moving = trace.frames().len().min(most.max(2)).min(most_frames(lasts));
    let held = (moving / 3).min((lasts / 3 / LEAST_DELAY) as usize).max(1);
    [moving, held]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
    use crate::denoiser::sequence::Independent;
    use crate::flow::SequenceSource;
    use crate::sampler::sequence::{SequenceConfig, SequenceSetup, run_sequences};
    use crate::view::sequence::Aspect;
    use std::ops::ControlFlow;

    #[test]
    fn images_lie_row_by_row_and_what_is_masked_is_grey() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Gray(2), 8, None).expect("a tokenizer");
        let wall = Wall::of(&tokenizer, 5);
        let states: Vec<u16> = [0, 1, 2, 1, 0].iter().flat_map(|&token| [token; 64]).collect();
        let picture = wall.picture(&states).expect("a picture");
        // 3 columns and 2 rows of 8 pixels with gaps, 16 times as large.
        assert_eq!(picture.dimensions(), (26 * 16, 17 * 16));
        let at = |column: u32, row: u32| picture.get_pixel((column * 9 + 4) * 16, (row * 9 + 4) * 16).0;
        assert_eq!([at(0, 0), at(1, 0), at(0, 1)], [[0, 0, 0, 255], [255; 4], [255; 4]]);
        let [r, g, b] = NEUTRAL;
        assert_eq!(at(2, 0), [r, g, b, 255]);
        assert_eq!(at(2, 1), BETWEEN.0, "there is no sixth image");
        assert!(wall.picture(&states[..70]).is_err(), "an image cut short");
    }

    #[test]
    fn no_wall_is_larger_than_a_screen_shows_unless_pixel_by_pixel() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Gray(2), 32, None).expect("a tokenizer");
        for count in [1, 2, 64, 300, 4096] {
            let wall = Wall::of(&tokenizer, count);
            let [width, height] = [wall.columns, wall.rows].map(|n| (n * 33 - 1) * wall.factor);
            assert!(width <= MOST_PIXELS.max(wall.columns * 33) && height <= width, "{count}");
            assert!((wall.columns * wall.rows) as usize >= count);
        }
    }

    #[test]
    fn a_trace_becomes_an_animation_that_ends_with_its_end() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Gray(4), 8, None).expect("a tokenizer");
        let denoiser = Independent::new(vec![1; 64], 64, 4, 0.5, SequenceSource::Mask).expect("a denoiser");
        let config = SequenceConfig { steps: 20, ..SequenceConfig::default() };
        let mut trace = SequenceTrace::new(64);
        let setup = SequenceSetup { denoiser: &denoiser, config, count: 2, first: 0, given: None };
        let run = run_sequences(setup, |moment| {
            trace.record(moment);
            ControlFlow::Continue(())
        });
        let end = run.expect("a run").states;
        let wall = Wall::of(&tokenizer, 2);
        let seen = Seen {
            trace: &trace,
            denoiser: &denoiser,
            tokenizer: &tokenizer,
            scheduler: config.walks_by(),
            aspect: Aspect::Tokens,
        };
        let gif = wall.gif(&seen, (9, 900), |_| true).expect("a GIF");
        let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(gif)).expect("a GIF");
        let frames = image::AnimationDecoder::into_frames(decoder).collect_frames().expect("frames");
        assert_eq!(frames.len(), 9 + 3);
        let took = |frames: &[image::Frame]| {
            frames.iter().map(|frame| frame.delay().numer_denom_ms().0).sum::<u32>()
        };
        assert_eq!([took(&frames[..9]), took(&frames[9..])], [900, 300]);
        for (lasts, moving) in [(200, 10), (1_010, 21)] {
            let gif = wall.gif(&seen, (99, lasts), |_| true).expect("a GIF");
            let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(gif)).expect("a GIF");
            let frames = image::AnimationDecoder::into_frames(decoder).collect_frames().expect("frames");
            assert_eq!(took(&frames[..moving]), lasts, "as long as was asked for, however short");
            assert_eq!(frames.len(), moving_and_held(&trace, 99, lasts).iter().sum::<usize>());
        }
        let still = wall.picture(&end).expect("a picture");
        let shown = |pixel: &Rgba<u8>| if pixel.0[3] == 0 { [0; 4] } else { pixel.0 };
        let differs = |frame: &image::Frame| {
            frame.buffer().pixels().zip(still.pixels()).filter(|(a, b)| shown(a) != shown(b)).count()
        };
        assert_eq!(differs(&frames[11]), 0);
        assert!(differs(&frames[0]) > 0);
    }

    #[test]
    fn a_wall_is_cut_into_its_images_and_another_picture_is_none() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Rgb(256), 8, None).expect("a tokenizer");
        let images: Vec<Vec<u8>> =
            (0..7u32).map(|image| (0..192).map(|n| (31 * image + n) as u8).collect()).collect();
        let states: Vec<u16> = images.iter().flat_map(|image| tokenizer.encode(image)).collect();
        for count in [1, 5, 7] {
            let wall = Wall::of(&tokenizer, count);
            let states = &states[..count * tokenizer.tokens()];
            for picture in [wall.pixels(states).expect("a wall"), wall.picture(states).expect("a wall")] {
                assert_eq!(cut_wall(&picture, 8).as_deref(), Some(&images[..count]), "{count}");
            }
            let guess = over(
                wall.picture(states).expect("a wall"),
                foot(wall.factor * wall.size()[0], "guess", None).ok().as_ref(),
            );
            assert_eq!(cut_wall(&guess, 8).as_deref(), Some(&images[..count]), "{count} with words below");
            assert_eq!(cut_wall(&wall.pixels(states).expect("a wall"), 16), None);
        }
        let filled = RgbaImage::from_pixel(26, 17, Rgba([1, 2, 3, 255]));
        assert_eq!(cut_wall(&filled, 8), None, "nothing between");
    }
}
