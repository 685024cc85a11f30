//! What a file remembers of a run besides the arrays, as far as images and texts have it alike.

use super::{Pace, RunNotes};
use crate::model::sequence::{Products, SequenceRecipe};
use crate::train::TrainError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoFar {
    /// Steps done since the moments of the optimiser began.
    pub step: u64,
    /// Images or texts seen, also before.
    pub seen: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
}

/// The record of a run.
pub trait RunRecord: Clone + Serialize + DeserializeOwned {
    /// What its file says besides.
    type Recipe: SequenceRecipe;

    /// Checks every range.
    ///
    /// # Errors
    /// Names the first one that does not hold.
    fn validated(self) -> Result<Self, TrainError>;

    /// Of a file.
    ///
    /// # Errors
    /// [`TrainError::Misfit`] if it has none, or one out of range.
    fn of(recipe: &Self::Recipe) -> Result<Self, TrainError> {
        let record: Self = serde_json::from_value(recipe.clone().training().take())
            .map_err(|e| TrainError::Misfit(format!("its training record: {e}")))?;
        record.validated()
    }

    /// How its steps go.
    fn pace(&self) -> Pace;

    /// In which precision a device multiplies from here on: what is recorded is what is done.
    fn multiply_in(&mut self, _products: Products) {}

    /// Adam's learning rate in step `number` ≥ 1.
    fn rate_at(&self, number: u64) -> f64;

    /// How far it is.
    fn so_far(&self) -> SoFar;

    /// One step is done, and it is so far now.
    fn advance(&mut self, so_far: SoFar);

    /// Images or texts seen, and the mean loss of some steps up to there, bits a token.
    fn losses(&mut self) -> &mut Vec<[f64; 2]>;

    /// How often it was asked about what is held out.
    fn answers(&self) -> usize;

    /// Takes over what is said of the run.
    fn take(&mut self, notes: RunNotes);

    /// Seconds until it has seen all of its length, at so many a second; none without a length, or past it.
    fn seconds_left(&self, a_second: f64) -> Option<f64> {
        let left = self.pace().length.checked_sub(self.so_far().seen).filter(|left| *left > 0)?;
        (a_second > 0.0).then(|| left as f64 / a_second)
    }

    /// Whether its last step was the one in which it came to its end. A run that goes on after that has none.
    fn has_just_ended(&self) -> bool {
        let (Pace { batch, length, .. }, seen) = (self.pace(), self.so_far().seen);
        (seen.saturating_sub(batch as u64)..seen).contains(&length.wrapping_sub(1))
    }
}
