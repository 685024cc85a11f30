//! A view over the whole path, as a GIF.

use super::{Scene, Style, View, ViewError};
use crate::figure::{FigureError, Page, encode_gif_while, recipe};

/// Milliseconds a frame is shown.
const DELAY: u32 = 80;
/// How often the last frame is repeated, so that the end is seen before it starts again.
const HOLD: usize = 12;
/// Pixels of all frames together: about 800 MB.
const MOST_PIXELS: u64 = 200_000_000;

/// Why an animation could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AnimationError {
    /// A frame has nothing to show.
    #[error(transparent)]
    View(#[from] ViewError),
    /// A frame could not be drawn, or the watcher said no.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// It would take too much memory.
    #[error(
        "{frames} frames of {width}x{height} pixels are more than an animation of this program holds \
         ({MOST_PIXELS} pixels): choose fewer or smaller frames"
    )]
    TooLarge {
        /// Frames asked for.
        frames: usize,
        /// Pixels of one.
        width: u32,
        /// Pixels of one.
        height: u32,
    },
}

impl Scene<'_> {
    /// `view` at `times` as the bytes of a GIF with its recipe, and its size in pixels. `go_on` is told how much is done,
    /// in \[0, 1\], and may stop it.
    ///
    /// # Errors
    /// Those of [`Self::values`] and of drawing; [`FigureError::Stopped`].
    pub fn animation(
        &self,
        view: View,
        times: &[f64],
        style: &Style,
        page: Page,
        mut go_on: impl FnMut(f64) -> bool,
    ) -> Result<(Vec<u8>, [u32; 2]), AnimationError> {
        let mut frames = Vec::with_capacity(times.len() + HOLD);
        let mut size = [0, 0];
        let common = self.common(view, times, style)?;
        for (index, &t) in times.iter().enumerate() {
            if !go_on(0.6 * index as f64 / times.len() as f64) {
                return Err(FigureError::Stopped.into());
            }
            let image = self.frame_like(view, t, style, &common)?.to_image(page)?;
            size = [image.width(), image.height()];
            let pixels = u64::from(size[0]) * u64::from(size[1]) * (times.len() + HOLD) as u64;
            if pixels > MOST_PIXELS {
                return Err(AnimationError::TooLarge {
                    frames: times.len(),
                    width: size[0],
                    height: size[1],
                });
            }
            frames.push(image);
        }
        if let Some(last) = frames.last().cloned() {
            frames.extend(std::iter::repeat_n(last, HOLD));
        }
        let all = frames.len() as f64;
        let gif = encode_gif_while(&frames, DELAY, |index| go_on(0.6 + 0.4 * index as f64 / all))?;
        Ok((recipe::into_gif(gif, &style.recipe), size))
    }
}
