//! Networks that learn the posterior, and their files: of the [`grid`], and of [`sequence`]s.

mod container;
mod gemm;
pub mod grid;
mod moments;
mod quality;
pub mod sequence;
pub mod simd;

pub use moments::Moments;
pub use quality::{Quality, floor, quality};
