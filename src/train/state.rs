//! Where a training run is, and why it ended.

use crate::flow::{FlowError, counted};
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the trainer is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum TrainState {
    /// There is no network.
    #[default]
    Idle,
    /// It steps.
    Running,
    /// It could go on.
    Paused,
    /// It stopped, and why.
    Failed(String),
}

/// Why training could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting out of range.
    #[error(transparent)]
    Setting(#[from] FlowError),
    /// A checkpoint that does not fit the run.
    #[error("the checkpoint does not fit: {0}")]
    Misfit(String),
    /// The loss stopped being a number.
    #[error("the loss became {loss} at step {step}: try a smaller learning rate than {learning_rate}")]
    Diverged {
        /// The value it took.
        loss: f32,
        /// At which step.
        step: u64,
        /// With which learning rate.
        learning_rate: f64,
    },
    /// The device has no memory left for a step.
    #[error("the GPU has no memory left for a step of {}: try {instead}", counted(*batch, what))]
    OutOfMemory {
        /// Images or texts of the step.
        batch: usize,
        /// One of them.
        what: &'static str,
        /// What may do.
        instead: String,
    },
    /// The device failed.
    #[error("the training device failed: {0}")]
    Device(#[source] anyhow::Error),
}

/// Whether a device has said that it has no memory left, and nobody was told.
static RAN_OUT: AtomicBool = AtomicBool::new(false);

/// A device has no memory left: what fails next there fails for that.
pub fn note_out_of_memory() {
    RAN_OUT.store(true, Ordering::Relaxed);
}

/// Whether something failed for want of memory, by [`note_out_of_memory`] or by `why`: wgpu's words, or cubecl's for an array
/// that it refuses.
pub(super) fn is_out_of_memory(why: &str) -> bool {
    let why = why.to_lowercase();
    let noted = RAN_OUT.swap(false, Ordering::Relaxed);
    noted
        || ["out of memory", "out of device memory", "not enough memory", "can't allocate buffer"]
            .iter()
            .any(|words| why.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn want_of_memory_is_told_from_other_failures() {
        for why in [
            "wgpu error: Out of Memory",
            "An IO error happened\nCaused by:\n  can't allocate buffer of size: 139571488",
            "out of device memory allocating 4096 bytes",
        ] {
            assert!(is_out_of_memory(why), "{why}");
        }
        assert!(!is_out_of_memory("The device is poisoned\nCaused by:\n  Unknown: lost"));
    }
}
