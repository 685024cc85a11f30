//! Sequences of tokens as pictures.

mod wall;

pub use wall::{MOST_PIXELS, Wall, WallError};
