//! The commands about texts.

mod args;
pub mod curve;
pub mod eval;
pub mod field;
pub mod figure;
pub mod sample;
