//! Checkpoints between disk and the command line: read with the flag's name in messages, never written half or broken.

use crate::cli::{CliError, output};

use crate::model::grid::Checkpoint;
use crate::train::grid::Trainer;
use std::path::Path;

/// Reads the checkpoint given with `flag`.
///
/// # Errors
/// [`CliError::Input`] naming flag and file.
pub fn read(flag: &str, path: &Path) -> Result<Checkpoint, CliError> {
    Checkpoint::read(path).map_err(|error| CliError::from(error).about(flag))
}

/// Writes the state of a run, unless its numbers have gone bad: then the file stays what it was. What was written.
///
/// # Errors
/// [`CliError::Failed`] if the weights are not finite or the file can't be written.
pub fn save(trainer: &Trainer, path: &Path) -> Result<Checkpoint, CliError> {
    let made = trainer.checkpoint().and_then(|checkpoint| Ok((checkpoint.to_bytes()?, checkpoint)));
    let (bytes, checkpoint) =
        made.map_err(|why| CliError::Failed(format!("{why} (step {})", trainer.step())))?;
    output::write_bytes(path, &bytes)?;
    Ok(checkpoint)
}
