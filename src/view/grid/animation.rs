//! A view over the whole path, as a GIF.

use super::{Scene, Style, View, ViewError};
use crate::figure::recipe::into_gif;
use crate::figure::{Figure, FigureError, LEAST_DELAY, Page, encode_gif_while, even_delays, most_frames};

/// Milliseconds a frame is shown where no length is asked for.
const DELAY: u32 = 80;
/// How often the last frame is repeated, so that the end is seen before it starts again; with a length that was asked for
/// this is for a third of it, and at most so often.
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
    /// No frame may be shown for less than 20 ms.
    #[error(
        "{frames} frames of at least {LEAST_DELAY} ms do not fit into {} s: choose at most {}, or a longer time",
        f64::from(*lasts) / 1000.0,
        most_frames(*lasts)
    )]
    TooShort {
        /// Frames asked for.
        frames: usize,
        /// Milliseconds asked for.
        lasts: u32,
    },
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

/// So many frames as the bytes of a GIF with a recipe, and its size in pixels. It takes `lasts` ms, if that is said, to 10 ms,
/// and then shows its end. `go_on` is told how much is done, in \[0, 1\], and may stop it.
///
/// # Errors
/// Those of drawing; [`FigureError::Stopped`].
pub(super) fn animated(
    count: usize,
    mut frame: impl FnMut(usize) -> Result<Figure, ViewError>,
    (lasts, recipe, page): (Option<u32>, &str, Page),
    mut go_on: impl FnMut(f64) -> bool,
) -> Result<(Vec<u8>, [u32; 2]), AnimationError> {
    if let Some(lasts) = lasts.filter(|lasts| count > most_frames(*lasts)) {
        return Err(AnimationError::TooShort { frames: count, lasts });
    }
    let delays = delays(count, lasts);
    let mut frames = Vec::with_capacity(delays.len());
    let mut size = [0, 0];
    for index in 0..count {
        if !go_on(0.6 * index as f64 / count as f64) {
            return Err(FigureError::Stopped.into());
        }
        let image = frame(index)?.to_image(page)?;
        size = [image.width(), image.height()];
        let pixels = u64::from(size[0]) * u64::from(size[1]) * delays.len() as u64;
        if pixels > MOST_PIXELS {
            return Err(AnimationError::TooLarge { frames: count, width: size[0], height: size[1] });
        }
        frames.push(image);
    }
    if let Some(last) = frames.last().cloned() {
        frames.extend(std::iter::repeat_n(last, delays.len() - count));
    }
    let all = frames.len() as f64;
    let gif = encode_gif_while(&frames, &delays, |index| go_on(0.6 + 0.4 * index as f64 / all))?;
    Ok((into_gif(gif, recipe), size))
}

impl Scene<'_> {
    /// `view` at `times` as the bytes of a GIF with its recipe, and its size in pixels. It takes `lasts` ms, if that is said,
    /// to 10 ms, and then shows its end. `go_on` is told how much is done, in \[0, 1\], and may stop it.
    ///
    /// # Errors
    /// Those of [`Self::values`] and of drawing; [`FigureError::Stopped`].
    pub fn animation(
        &self,
        view: View,
        times: &[f64],
        lasts: Option<u32>,
        style: &Style,
        page: Page,
        go_on: impl FnMut(f64) -> bool,
    ) -> Result<(Vec<u8>, [u32; 2]), AnimationError> {
        let common = self.common(view, times, style)?;
        let frame = |index: usize| self.frame_like(view, times[index], style, &common);
        animated(times.len(), frame, (lasts, &style.recipe, page), go_on)
    }
}

/// How long each frame is shown, those that hold the end included, in ms.
fn delays(frames: usize, lasts: Option<u32>) -> Vec<u32> {
    let Some(lasts) = lasts else { return vec![DELAY; frames + HOLD] };
    let held = lasts / 3;
    [even_delays(lasts, frames), even_delays(held, HOLD.min((held / LEAST_DELAY) as usize).max(1))].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_animation_takes_as_long_as_was_asked_for_and_holds_its_end() {
        assert_eq!(delays(5, None), [80; 17]);
        for (frames, lasts) in [(25, 500), (48, 2_900), (48, 4_000), (1_000, 60_000)] {
            let all = delays(frames, Some(lasts));
            assert_eq!(all[..frames].iter().sum::<u32>(), lasts, "{frames} frames");
            assert!(all.len() > frames && all.iter().all(|delay| *delay >= LEAST_DELAY));
            assert!(all[frames..].iter().sum::<u32>().abs_diff(lasts / 3) < 20, "the end");
        }
    }
}
