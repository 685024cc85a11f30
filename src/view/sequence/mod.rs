//! Sequences of tokens as pictures.

mod curves;
mod layers;
mod measured;
mod strip;
mod wall;

pub use curves::{ImageRun, RunCurve, runs_chart, runs_numbers};
pub use layers::{
    Insight, Layer, MOVES, changes_picture, entropy_picture, entropy_scale, insight, layers_figure,
};
pub use measured::{MatrixEntry, NfePoint, nfe_chart, read_rows, samplers};
pub use strip::denoising_strip;
pub use wall::{MOST_PIXELS, Wall, WallError};
