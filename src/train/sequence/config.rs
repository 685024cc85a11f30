//! Settings of a training run on images.

use super::Pace;
use super::pace::expect;
use crate::data::images::ImageData;
use crate::flow::{FlowError, Scheduler};
use crate::model::sequence::Products;

/// Whether images are seen mirrored, left for right, as often as not: it doubles a set of photographs, and teaches letters
/// that are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mirror {
    /// As [`ImageData::may_be_mirrored`] says.
    #[default]
    Auto,
    /// In any case.
    Yes,
    /// Never.
    No,
}

impl Mirror {
    /// Whether it is done with `data`.
    pub fn of(self, data: &ImageData) -> bool {
        match self {
            Self::Auto => data.may_be_mirrored(),
            Self::Yes => true,
            Self::No => false,
        }
    }
}

/// A record of a run without them is what it was before there were such settings.
fn is_endless(images: &u64) -> bool {
    *images == 0
}

fn is_none(share: &f64) -> bool {
    *share == 0.0
}

fn is_usual(products: &Products) -> bool {
    *products == Products::default()
}

/// What is left of the learning rate at the end of a run that has one.
const LAST_RATE: f64 = 0.02;

/// Settings of a run.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ImageTrainConfig {
    /// Images a step, 1..=4096.
    pub batch: usize,
    /// Adam's learning rate in (0, 1\], reached after `warm_up` steps.
    pub learning_rate: f64,
    /// Steps in which the learning rate grows from nothing.
    pub warm_up: u64,
    /// How much a step forgets the weights, times the learning rate (AdamW): in \[0, 1\].
    pub weight_decay: f64,
    /// Longest memory of the average of the weights, which is what answers: about 1/(1 − this) steps; in \[0, 1).
    pub average: f64,
    /// Probability that a class is not told, so that the network answers without one, too: in \[0, 1\].
    pub untold: f64,
    /// The length of the run in images, along which the learning rate falls to 2% of itself on half a cosine; 0 for a run
    /// without end at one rate.
    #[serde(skip_serializing_if = "is_endless")]
    pub images: u64,
    /// The longest gradient, all parameters together, that a step follows; a longer one is shortened to it. Above 0, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// The share of the channels inside each block that is dropped for an image: in \[0, 0.9\].
    #[serde(skip_serializing_if = "is_none")]
    pub dropout: f64,
    /// In which precision a device multiplies; the CPU does in single precision whatever this says.
    #[serde(skip_serializing_if = "is_usual")]
    pub products: Products,
    /// How κ is spread over (0, 1): as the scheduler spreads it over evenly spread t.
    pub scheduler: Scheduler,
    /// Whether images are seen mirrored as often as not.
    pub flips: bool,
    /// Seed of weights and data.
    pub seed: u64,
}

impl Default for ImageTrainConfig {
    fn default() -> Self {
        Self {
            batch: 32,
            learning_rate: 1e-3,
            warm_up: 200,
            weight_decay: 0.01,
            average: 0.999,
            untold: 0.15,
            images: 0,
            clip: None,
            dropout: 0.0,
            products: Products::Single,
            scheduler: Scheduler::Linear,
            flips: true,
            seed: 0,
        }
    }
}

impl ImageTrainConfig {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        self.pace().check()?;
        self.scheduler.validated()?;
        let untold = (0.0..=1.0).contains(&self.untold);
        expect("untold", self.untold, untold, "a probability from 0 to 1")?;
        Ok(self)
    }

    /// Adam's learning rate of step `number` ≥ 1 after `seen` images.
    pub fn rate_at(&self, number: u64, seen: u64) -> f64 {
        let falls =
            |over: f64| LAST_RATE + (1.0 - LAST_RATE) * (0.5 * (1.0 + (std::f64::consts::PI * over).cos()));
        self.pace().rate_at(number, seen, falls)
    }

    /// How its steps go.
    pub fn pace(&self) -> Pace {
        let Self { batch, learning_rate, warm_up, weight_decay, average, clip, dropout, .. } = *self;
        let (length, products) = (self.images, self.products);
        Pace { batch, learning_rate, warm_up, weight_decay, average, clip, dropout, length, products }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::optimizer::keep;

    #[test]
    fn what_is_out_of_range_is_named() {
        let usual = ImageTrainConfig::default();
        assert_eq!(usual.validated(), Ok(usual));
        for (wrong, name) in [
            (ImageTrainConfig { batch: 0, ..usual }, "batch"),
            (ImageTrainConfig { learning_rate: f64::NAN, ..usual }, "learning rate"),
            (ImageTrainConfig { weight_decay: -0.1, ..usual }, "weight decay"),
            (ImageTrainConfig { average: 1.0, ..usual }, "average"),
            (ImageTrainConfig { clip: Some(0.0), ..usual }, "clip"),
            (ImageTrainConfig { dropout: 1.0, ..usual }, "dropout"),
            (ImageTrainConfig { untold: 1.1, ..usual }, "untold"),
        ] {
            let error = wrong.validated().expect_err("out of range");
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }

    #[test]
    fn the_learning_rate_grows_and_the_average_learns_to_remember() {
        let config = ImageTrainConfig::default();
        assert_eq!([1, 100, 200, 9000].map(|n| config.rate_at(n, n)), [5e-6, 5e-4, 1e-3, 1e-3]);
        let ends = ImageTrainConfig { images: 1000, ..config };
        let rates = [0, 500, 1000, 5000].map(|seen| ends.rate_at(200, seen) / ends.learning_rate);
        let expected = [1.0, 0.51, LAST_RATE, LAST_RATE];
        assert!(rates.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{rates:?}");
        assert!(keep(config.average, 1) < 0.2 && keep(config.average, 20_000) == 0.999);
    }
}
