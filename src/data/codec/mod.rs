//! What turns data into sequences of tokens and back: one codec a kind of data.

pub mod image;
