//! What is said of a run of `train images` on the way.

use crate::cli::sequence_run::{Told, Training};
use crate::data::memory;
use crate::train::TrainError;
use crate::train::sequence::{ImageTrainer, ImageTraining, Images};
use std::time::Duration;

/// Images held out that are asked about on the way, and in how many parts of the path.
const ON_THE_WAY: (usize, usize) = (128, 4);

impl Told for Images {
    const QUESTIONS: [Duration; 2] = [Duration::from_secs(300); 2];
    const LOOK_EVERY: Option<Duration> = Some(Duration::from_secs(1));

    fn ask(trainer: &mut ImageTrainer, go_on: &dyn Fn() -> bool) -> Result<Option<f64>, TrainError> {
        let (images, parts) = ON_THE_WAY;
        Ok(trainer.hold_out(images, parts, go_on)?.map(|found| found.bits))
    }

    fn asked_last(record: &ImageTraining) -> Option<f64> {
        record.held_out.last().map(|found| found.bits)
    }

    fn speed(run: &Training<Self>) -> String {
        let memory = [(memory::peak(), ""), (run.device_peak, " on the GPU")].map(|(bytes, place)| {
            bytes.map_or(String::new(), |bytes| format!(", {}{place}", memory::in_words(bytes)))
        });
        format!("{:.0}/s on {}{}", run.rate(), run.device, memory.concat())
    }
}
