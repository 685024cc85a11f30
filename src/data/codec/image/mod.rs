//! Images as sequences of tokens, and back.
//!
//! A [`TokenSpec`] says how, as `--tokens` does on the command line; a [`Tokenizer`] is that for images of one side, with
//! the palette it needs, as a checkpoint keeps it.

mod palette;
mod spec;
mod tokenizer;

pub use palette::Palette;
pub use spec::TokenSpec;
pub use tokenizer::{NEUTRAL, SIDES, Tokenizer};
