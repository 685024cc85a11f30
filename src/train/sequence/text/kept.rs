//! Runs that were kept when the window was last closed or killed, and what is said of them later.

use super::{TextNotes, TextRunSettings, TextTraining};
use crate::data::RunFile;
use crate::model::sequence::{TextFile, TextRecipe};
use crate::train::Keeper;
use std::path::PathBuf;

/// What is known of a run that was kept, without its numbers, which are many.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptTextRun {
    /// Its number, from 1.
    pub number: u64,
    /// Its file.
    pub file: PathBuf,
    /// What it was started with.
    pub settings: TextRunSettings,
    /// How far it was, its name, its losses and early samples.
    pub training: TextTraining,
}

/// What is in the header of the file of a run.
///
/// # Errors
/// If it can't be used.
pub(super) fn read(file: &RunFile) -> Result<KeptTextRun, String> {
    let recipe = TextRecipe::read(&file.path).map_err(|error| error.to_string())?;
    let training = TextTraining::of(&recipe).map_err(|error| format!("{}: {error}", file.path.display()))?;
    let settings = TextRunSettings::of(&recipe, training.config.clone());
    Ok(KeptTextRun { number: file.number, file: file.path.clone(), settings, training })
}

/// Writes down what is said of a run that is not the present one.
///
/// # Errors
/// Names the file that can't be read or written.
pub(super) fn amend(notes: TextNotes, keeper: &Keeper) -> Result<(), String> {
    let Some(path) = keeper.file(notes.run) else { return Ok(()) };
    let mut file = TextFile::read(&path).map_err(|error| error.to_string())?;
    let mut training = TextTraining::of(&file.recipe).map_err(|e| format!("{}: {e}", path.display()))?;
    training.take(notes);
    file.recipe.training = serde_json::to_value(&training).map_err(|error| error.to_string())?;
    keeper.amend(&path, &file.to_bytes(false)?)
}
