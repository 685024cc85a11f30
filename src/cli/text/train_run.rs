//! What is said of a run of `train text` on the way.

use crate::cli::sequence_run::{Told, Training};
use crate::train::TrainError;
use crate::train::sequence::{TextTrainer, TextTraining, Texts};
use std::time::Duration;

impl Told for Texts {
    // At first soon, then less and less often.
    const QUESTIONS: [Duration; 2] = [Duration::from_secs(15), Duration::from_secs(120)];

    fn ask(trainer: &mut TextTrainer, go_on: &dyn Fn() -> bool) -> Result<Option<f64>, TrainError> {
        Ok(trainer.hold_out(go_on)?.map(|found| found.bits))
    }

    fn asked_last(record: &TextTraining) -> Option<f64> {
        record.held_out.last().map(|found| found.bits)
    }

    fn speed(run: &Training<Self>) -> String {
        format!("{:.0} tokens/s on {}", tokens_per_second(run), run.device)
    }
}

/// Of this call.
pub(super) fn tokens_per_second(run: &Training<Texts>) -> f64 {
    run.rate() * run.trainer.sizes().tokens as f64
}
