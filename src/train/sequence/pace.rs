//! How the steps of a run go, of images as of texts.

use crate::flow::FlowError;
use crate::model::sequence::Products;

/// What the settings of all runs have in common.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Sequences a step, 1..=4096.
    pub batch: usize,
    /// Adam's learning rate in (0, 1\], reached after `warm_up` steps.
    pub learning_rate: f64,
    /// Steps in which the learning rate grows from nothing.
    pub warm_up: u64,
    /// How much a step forgets the weights, times the learning rate (AdamW): in \[0, 1\].
    pub weight_decay: f64,
    /// Longest memory of the average of the weights: about 1/(1 − this) steps; in \[0, 1).
    pub average: f64,
    /// The longest gradient that a step follows: above 0, or none.
    pub clip: Option<f64>,
    /// The share of the channels inside each block that is dropped for a sequence: in \[0, 0.9\].
    pub dropout: f64,
    /// The length of the run in sequences; 0 for one without end.
    pub length: u64,
    /// In which precision a device multiplies.
    pub products: Products,
}

/// Nothing, if a setting is in range.
pub(super) fn expect(
    what: &'static str,
    given: f64,
    holds: bool,
    expected: &'static str,
) -> Result<(), FlowError> {
    if holds { Ok(()) } else { Err(FlowError::Range { what, given, expected }) }
}

impl Pace {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn check(&self) -> Result<(), FlowError> {
        let batch = (1..=4096).contains(&self.batch);
        expect("batch", self.batch as f64, batch, "a whole number from 1 to 4096")?;
        let rate = self.learning_rate > 0.0 && self.learning_rate <= 1.0;
        expect("learning rate", self.learning_rate, rate, "a number above 0 and at most 1")?;
        let decay = (0.0..=1.0).contains(&self.weight_decay);
        expect("weight decay", self.weight_decay, decay, "a number from 0 to 1")?;
        let average = (0.0..1.0).contains(&self.average);
        expect("average", self.average, average, "a number from 0 to below 1")?;
        let clip = self.clip.unwrap_or(1.0);
        expect("clip", clip, clip > 0.0 && clip.is_finite(), "a number above 0")?;
        let dropout = (0.0..=0.9).contains(&self.dropout);
        expect("dropout", self.dropout, dropout, "a number from 0 to 0.9")
    }

    /// Adam's learning rate of step `number` ≥ 1 after `seen` sequences; what it `falls` to, as a share, by that of the length
    /// that is over.
    pub fn rate_at(&self, number: u64, seen: u64, falls: impl Fn(f64) -> f64) -> f64 {
        let warm = (number as f64 / self.warm_up.max(1) as f64).min(1.0);
        let over = if self.length == 0 { 0.0 } else { (seen as f64 / self.length as f64).min(1.0) };
        self.learning_rate * warm * falls(over)
    }
}
