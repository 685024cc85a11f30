//! Runs that were kept when the window was last closed or killed, and what is said of them later.

use super::course::{RecipeOf, Subject};
use super::{RunNotes, RunRecord};
use crate::data::RunFile;
use crate::model::sequence::{SequenceFile, SequenceRecipe};
use crate::train::Keeper;
use std::path::PathBuf;

/// What is known of a run that was kept, without its numbers, which are many: what it was started with, and its record.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptSequenceRun<W, R> {
    /// Its number, from 1.
    pub number: u64,
    /// Its file.
    pub file: PathBuf,
    /// What it was started with.
    pub settings: W,
    /// How far it was, its name, its losses and early samples.
    pub training: R,
}

/// One of these.
pub(super) type KeptOf<S> = KeptSequenceRun<<S as Subject>::Settings, <S as Subject>::Record>;

/// What is in the header of the file of a run.
///
/// # Errors
/// If it can't be used.
pub(super) fn read<S: Subject>(file: &RunFile) -> Result<KeptOf<S>, String> {
    let recipe = RecipeOf::<S>::read(&file.path).map_err(|error| error.to_string())?;
    let training = S::Record::of(&recipe).map_err(|error| format!("{}: {error}", file.path.display()))?;
    let settings = S::settings(&recipe, &training);
    Ok(KeptSequenceRun { number: file.number, file: file.path.clone(), settings, training })
}

/// Writes down what is said of a run that is not the present one.
///
/// # Errors
/// Names the file that can't be read or written.
pub(super) fn amend<S: Subject>(notes: RunNotes, keeper: &Keeper) -> Result<(), String> {
    let Some(path) = keeper.file(notes.run) else { return Ok(()) };
    let mut file = SequenceFile::<RecipeOf<S>>::read(&path).map_err(|error| error.to_string())?;
    let mut training = S::Record::of(&file.recipe).map_err(|e| format!("{}: {e}", path.display()))?;
    training.take(notes);
    *file.recipe.training() = serde_json::to_value(&training).map_err(|error| error.to_string())?;
    keeper.amend(&path, &file.to_bytes(false)?)
}
