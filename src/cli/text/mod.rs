//! The commands about texts.

mod args;
pub mod code;
pub mod curve;
pub mod data;
pub mod eval;
pub mod field;
mod judge;
pub mod sample;
