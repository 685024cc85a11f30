//! Networks that learn the posterior, and their files: of the [`grid`], and of [`sequence`]s.

mod file;
mod gemm;
pub mod grid;
pub mod sequence;

pub use file::{Arrays, ModelFileError, gather, parts};
