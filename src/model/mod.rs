//! Networks that learn the posterior, and their files: of the [`grid`], of the [`plane`], and of [`sequence`]s.

mod file;
mod gemm;
pub mod grid;
pub mod plane;
pub mod sequence;

pub use file::{Arrays, Content, ModelFileError, content_of, gather, parts};
