//! Walls of several settings beside each other, at one moment or over the whole path.

use super::aspect::{Seen, WallError};
use super::wall::{Wall, moving_and_held};
use crate::data::codec::image::Tokenizer;
use crate::figure::{
    Drawing, Figure, FigureError, Page, Picture, PictureRow, Pictures, encode_gif_while, even_delays,
};
use crate::sampler::sequence::{SequenceTrace, StepRecord};
use image::RgbaImage;

/// Width of a wall where nothing else is asked for, px.
const SIDE: f64 = 300.0;
/// Between images and around walls that are not square: neutral on a light ground and on a dark one.
const BETWEEN: u8 = 128;

/// What is compared.
pub struct Walls<'a> {
    /// What tokens mean.
    pub tokenizer: &'a Tokenizer,
    /// Images of a wall.
    pub images: usize,
    /// What each wall is called, and its run.
    pub sides: Vec<(String, Seen<'a>)>,
    /// Where a step lies on the axis that all go along: its t, or its κ.
    pub along: fn(&StepRecord) -> f64,
    /// What the axis is called.
    pub axis: &'static str,
}

impl Walls<'_> {
    /// All walls at a position of the axis, in \[0, 1\].
    ///
    /// # Errors
    /// If the states are not the tokenizer's, or a denoiser fails.
    pub fn at(&self, position: f64) -> Result<Pictures, WallError> {
        let wall = Wall::of(self.tokenizer, self.images);
        let picture = |(heading, seen): &(String, Seen<'_>)| {
            let images = seen.images(self.frame(seen.trace, position), 0..self.images)?;
            Ok(Picture { title: heading.clone(), pixels: square(&wall.of_images(&images)) })
        };
        let pictures = self.sides.iter().map(picture).collect::<Result<_, WallError>>()?;
        let at = format!("{} = {position:.3}", self.axis);
        let shown = self.sides.first().map(|(_, seen)| seen.aspect).unwrap_or_default();
        let title = shown.title().map_or_else(|| at.clone(), |shown| format!("{at}: {shown}"));
        let rows = vec![PictureRow { label: String::new(), pictures }];
        Ok(Pictures { title, rows, side: SIDE, bar: shown.bar(self.tokenizer), caption: String::new() })
    }

    /// The last frame of a run at or before a position.
    pub fn frame(&self, trace: &SequenceTrace, position: f64) -> usize {
        let records = trace.records();
        let step = records.partition_point(|record| (self.along)(record) <= position + 1e-9).max(1) - 1;
        trace.frame_at(step).unwrap_or(0)
    }

    /// The whole path as the bytes of a GIF file of at most `most` ≥ 2 frames with a caption, that takes `lasts` ms, to
    /// 10 ms, and then shows the end for a third of that. `go_on` is told how much is done, in \[0, 1\].
    ///
    /// # Errors
    /// As those of [`Self::at`], of drawing, and [`FigureError::Stopped`].
    pub fn gif(
        &self,
        caption: &str,
        (most, lasts): (usize, u32),
        page: Page,
        mut go_on: impl FnMut(f64) -> bool,
    ) -> Result<Vec<u8>, WallError> {
        let longest = self.sides.iter().map(|(_, seen)| seen.trace).max_by_key(|trace| trace.frames().len());
        let [count, held] = longest.map_or([0, 0], |trace| moving_and_held(trace, most, lasts));
        let mut frames: Vec<RgbaImage> = Vec::with_capacity(count + held);
        for n in 0..count {
            if !go_on(0.6 * n as f64 / count as f64) {
                return Err(FigureError::Stopped.into());
            }
            let position = n as f64 / count.saturating_sub(1).max(1) as f64;
            let pictures = Pictures { caption: caption.to_owned(), ..self.at(position)? };
            let figure = Figure { drawing: Drawing::Pictures(pictures), recipe: String::new() };
            frames.push(figure.to_image(page)?);
        }
        let still = frames.last().cloned();
        frames.extend(still.into_iter().cycle().take(held));
        let delays = [even_delays(lasts, count), even_delays(lasts / 3, held)].concat();
        let all = frames.len() as f64;
        Ok(encode_gif_while(&frames, &delays, |n| go_on(0.6 + 0.4 * n as f64 / all))?)
    }
}

/// A wall in the middle of a square, \[side, side, 3\].
fn square(wall: &RgbaImage) -> Vec<u8> {
    let side = wall.width().max(wall.height());
    let [left, top] = [wall.width(), wall.height()].map(|length| (side - length) / 2);
    let mut pixels = Vec::with_capacity(3 * (side * side) as usize);
    for y in 0..side {
        for x in 0..side {
            let inside = x.checked_sub(left).zip(y.checked_sub(top));
            let pixel = inside.and_then(|(x, y)| wall.get_pixel_checked(x, y)).filter(|pixel| pixel[3] > 0);
            pixels.extend(pixel.map_or([BETWEEN; 3], |pixel| [pixel[0], pixel[1], pixel[2]]));
        }
    }
    pixels
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
    fn walls_are_beside_each_other_at_the_same_place_of_the_axis() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Gray(2), 8, None).expect("a tokenizer");
        let denoiser = Independent::new(vec![1; 64], 64, 2, 0.5, SequenceSource::Mask).expect("a denoiser");
        let trace = |steps| {
            let config = SequenceConfig { steps, ..SequenceConfig::default() };
            let setup = SequenceSetup { denoiser: &denoiser, config, count: 3, first: 0, given: None };
            let mut trace = SequenceTrace::new(64);
            run_sequences(setup, |moment| {
                trace.record(moment);
                ControlFlow::Continue(())
            })
            .expect("a run");
            trace
        };
        let (few, many) = (trace(4), trace(16));
        let seen = |trace| Seen {
            trace,
            denoiser: &denoiser,
            tokenizer: &tokenizer,
            scheduler: SequenceConfig::default().walks_by(),
            aspect: Aspect::Tokens,
        };
        let sides = vec![("A 4 steps".to_owned(), seen(&few)), ("B 16 steps".to_owned(), seen(&many))];
        let walls = Walls { tokenizer: &tokenizer, images: 3, sides, along: |record| record.t, axis: "t" };
        let pictures = walls.at(0.6).expect("pictures");
        assert_eq!(pictures.title, "t = 0.600");
        let row = &pictures.rows[0].pictures;
        assert_eq!([&row[0].title, &row[1].title], ["A 4 steps", "B 16 steps"]);
        // 2 × 2 images with a pixel between them.
        let wall = Wall::of(&tokenizer, 3);
        for (picture, (trace, step)) in row.iter().zip([(&few, 2), (&many, 9)]) {
            let frame = trace.frame_at(step).expect("a frame");
            assert_eq!(picture.pixels, square(&wall.pixels(&trace.states(frame)).expect("its states")));
            assert_eq!(picture.pixels.len(), 3 * 17 * 17);
        }
        let gif = walls.gif("words", (8, 400), Page::default(), |_| true).expect("a film");
        assert!(gif.starts_with(b"GIF89a"));
        let stopped = walls.gif("words", (8, 400), Page::default(), |_| false);
        assert!(matches!(stopped, Err(WallError::Figure(FigureError::Stopped))));
        // Of another aspect it is said which.
        let sides = vec![(String::new(), Seen { aspect: Aspect::Entropy, ..seen(&few) })];
        let entropy = Walls { sides, ..walls }.at(0.6).expect("pictures");
        assert_eq!(entropy.title, "t = 0.600: entropy of p(x₁ⁱ | xₜ)");
        assert!(entropy.bar.is_some_and(|bar| bar.scale.max == 1.0 && bar.unit == "bits a pixel"));
    }
}
