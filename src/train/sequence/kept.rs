//! Runs that were kept when the window was last closed or killed, and what is said of them later.

use super::{ImageRunSettings, ImageTraining, RunNotes};
use crate::data::RunFile;
use crate::model::sequence::{ImageFile, ImageRecipe};
use crate::train::Keeper;
use std::path::PathBuf;

/// What is known of a run that was kept, without its numbers, which are many.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptImageRun {
    /// Its number, from 1.
    pub number: u64,
    /// Its file.
    pub file: PathBuf,
    /// What it was started with.
    pub settings: ImageRunSettings,
    /// How far it was, its name, its losses and early samples.
    pub training: ImageTraining,
}

/// What is in the header of the file of a run.
///
/// # Errors
/// If it can't be used.
pub(super) fn read(file: &RunFile) -> Result<KeptImageRun, String> {
    let recipe = ImageRecipe::read(&file.path).map_err(|error| error.to_string())?;
    let training = ImageTraining::of(&recipe).map_err(|error| format!("{}: {error}", file.path.display()))?;
    let settings = ImageRunSettings::of(&recipe, training.config);
    Ok(KeptImageRun { number: file.number, file: file.path.clone(), settings, training })
}

/// Writes down what is said of a run that is not the present one.
///
/// # Errors
/// Names the file that can't be read or written.
pub(super) fn amend(notes: RunNotes, keeper: &Keeper) -> Result<(), String> {
    let Some(path) = keeper.file(notes.run) else { return Ok(()) };
    let mut file = ImageFile::read(&path).map_err(|error| error.to_string())?;
    let mut training = ImageTraining::of(&file.recipe).map_err(|e| format!("{}: {e}", path.display()))?;
    training.take(notes);
    file.recipe.training = serde_json::to_value(&training).map_err(|error| error.to_string())?;
    keeper.amend(&path, &file.to_bytes(false)?)
}
