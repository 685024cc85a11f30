//! Sets of images: CIFAR-10, endless procedural shapes, handwritten digits, or a folder of pictures.
//!
//! [`ImageSource`] is the way in: what `--data` names on the command line, and what it loads, images to train on and
//! images held out, all square and of one size.

pub mod cifar10;
pub mod digits;
mod folder;
mod nearest;
mod picture;
mod resample;
mod set;
pub mod shapes;
mod source;
mod spread;

pub use folder::Skipped;
pub use nearest::{Neighbour, nearest, rms};
pub use picture::{MOST_PICTURE_BYTES, decode_mask, decode_picture, decode_whole};
pub use set::{ImageSet, SIDE_MAX, check_side};
pub use shapes::Shapes;
pub use source::{ImageData, ImageSource, Part};
pub use spread::{Spread, median};
