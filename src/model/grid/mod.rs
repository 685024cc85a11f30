//! Networks on the grid: a multi-layer perceptron of two tokens and κ, for burn's devices and written out for the CPU.

mod checkpoint;
pub mod cpu_mlp;
mod grid_mlp;
mod named;
mod network;

pub use checkpoint::{Checkpoint, GridRecipe};
pub use cpu_mlp::CpuMlp;
pub use grid_mlp::{GridMlp, GridMlpConfig};
pub use named::{ByName, load_tensors, map_by_name, named_tensors};
pub use network::{LogTable, NetworkDenoiser};
