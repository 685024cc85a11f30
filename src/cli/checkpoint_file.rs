//! Checkpoints between disk and the command line: read with the flag's name in messages, never written half or broken.

use super::{CliError, output};
use crate::model::Checkpoint;
use crate::train::Trainer;
use std::path::Path;

/// Reads the checkpoint given with `flag`.
///
/// # Errors
/// [`CliError::Input`] naming flag and file.
pub fn read(flag: &str, path: &Path) -> Result<Checkpoint, CliError> {
    Checkpoint::read(path).map_err(|error| CliError::from(error).about(flag))
}

/// Writes the state of a run, unless its numbers have gone bad: then the file stays what it was.
///
/// # Errors
/// [`CliError::Failed`] if the weights are not finite or the file can't be written.
pub fn save(trainer: &Trainer, path: &Path) -> Result<(), CliError> {
    let checkpoint = trainer.checkpoint();
    let finite = |data: &burn::tensor::TensorData| {
        data.as_slice::<f32>().is_ok_and(|values| values.iter().all(|x| x.is_finite()))
    };
    if !checkpoint.tensors.values().all(finite) {
        return Err(CliError::Failed(format!(
            "the weights stopped being finite numbers by step {}: try a smaller learning rate than {}",
            trainer.step(),
            trainer.config().learning_rate
        )));
    }
    let bytes = checkpoint.to_bytes().map_err(CliError::Failed)?;
    output::write_bytes(path, &bytes)
}
