//! Networks on the grid: a multi-layer perceptron of two tokens and κ, for burn's devices and written out for the CPU.

mod checkpoint;
pub mod cpu_mlp;
mod grid_mlp;
mod network;

pub use checkpoint::{Checkpoint, CheckpointError, Recipe, load_tensors, named_tensors};
pub use cpu_mlp::CpuMlp;
pub use grid_mlp::{GridMlp, GridMlpConfig};
pub use network::{LogTable, NetworkDenoiser};
