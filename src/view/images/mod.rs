//! Sequences of tokens as pictures.

mod strip;
mod wall;

pub use strip::denoising_strip;
pub use wall::{MOST_PIXELS, Wall, WallError};
