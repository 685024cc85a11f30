//! What can go wrong while a figure is turned into bytes.

use thiserror::Error;

/// An error of [`crate::figure`].
#[derive(Debug, Error)]
pub enum FigureError {
    /// The SVG text could not be parsed.
    #[error("the SVG could not be parsed: {0}")]
    Svg(#[from] resvg::usvg::Error),
    /// PNG or GIF encoding failed.
    #[error("the image could not be encoded: {0}")]
    Image(#[from] image::ImageError),
    /// The requested scale is not a positive, finite number.
    #[error("the scale of a figure must be positive and finite, found {0}")]
    BadScale(f32),
    /// The image would be larger than this program is willing to allocate.
    #[error("a figure of {width}×{height} pixels is too large (at most {limit} on a side)")]
    TooLarge {
        /// Width asked for, in pixels.
        width: f64,
        /// Height asked for, in pixels.
        height: f64,
        /// The largest side allowed, in pixels.
        limit: u32,
    },
    /// Not even with the smallest print does everything find room.
    #[error(
        "{size}{font} is too small for this figure: choose a larger size, {}fewer frames, or no caption",
        if font.is_empty() { "" } else { "smaller text, " }
    )]
    PageTooSmall {
        /// What was asked for.
        size: String,
        /// The text that was asked for, as the rest of a sentence.
        font: String,
    },
    /// A size on paper with too many dots.
    #[error("{0} has more than 100 million pixels: choose a smaller size, or fewer dots per inch")]
    TooFine(String),
    /// A PDF could not be written.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
    /// The one who watches the work said no.
    #[error("stopped")]
    Stopped,
    /// An animation without frames.
    #[error("an animation needs at least one frame")]
    NoFrames,
    /// Not every frame of an animation has its time.
    #[error("an animation of {frames} frames has {delays} delays")]
    Delays {
        /// Number of frames.
        frames: usize,
        /// Number of delays.
        delays: usize,
    },
    /// The frames of an animation differ in size.
    #[error("frame {index} of the animation is {found:?} pixels, the first one {expected:?}")]
    FrameSize {
        /// Index of the frame that differs.
        index: usize,
        /// `(width, height)` of the first frame.
        expected: (u32, u32),
        /// `(width, height)` of this frame.
        found: (u32, u32),
    },
}
