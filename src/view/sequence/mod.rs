//! Sequences of tokens as pictures and as texts, and what happens to them as curves.

mod aspect;
mod copies;
mod curves;
mod judged;
mod layers;
mod losses;
mod measured;
mod solved;
mod strip;
mod text;
mod wall;
mod walls;

pub use aspect::{Aspect, Seen, WallError, aspect_pixels};
pub use copies::{COMPARED, Compared, Copies, Originals, PAIRS};
pub use curves::{LoggedRun, RunCurve, runs_chart, runs_numbers};
pub use judged::{JudgedKind, JudgedTexts, perplexity_chart};
pub use layers::{
    Insight, Layer, MOVES, changes_picture, entropy_picture, entropy_scale, insight, layers_figure,
};
pub use losses::{RunLosses, losses_chart};
pub use measured::{AskedPoint, MatrixEntry, NfePoint, asked_chart, nfe_chart, read_rows};
pub use solved::{Solved, infill_chart, pass_chart};
pub use strip::{denoising_strip, rows_from};
pub use text::{
    Cell, Ink, MOST_GAP, Mark, Noted, SeenCell, Shade, TextLayer, TextNotes, TextTile, Tone, Writing, noted,
    sheet_of,
};
pub use wall::{MOST_PIXELS, Wall, cut_wall};
pub use walls::Walls;
