//! Networks that learn the posterior, and their files.

mod checkpoint;
mod grid_mlp;
mod network;

pub use checkpoint::{Checkpoint, CheckpointError, Recipe, load_tensors, named_tensors};
pub use grid_mlp::{GridMlp, GridMlpConfig};
pub use network::{LogTable, NetworkDenoiser};
