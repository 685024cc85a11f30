//! Texts as a sheet of tokens: where each token stands, what is known of it, and how it is drawn in a figure.

mod notes;
mod sheet;
mod writing;

pub use notes::{MOST_GAP, Noted, TextNotes, noted};
pub use sheet::{Mark, SeenCell, Shade, TextLayer, TextTile, Tone, sheet_of};
pub use writing::{Cell, Ink, Writing};
