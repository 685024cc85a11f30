//! Settings of a training run on texts.

use super::Prompt;
use crate::flow::{FlowError, SequenceSource};
use crate::model::sequence::{Products, TextNetConfig};
use crate::train::sequence::Pace;
use crate::train::sequence::pace::expect;

/// What the learning rate has fallen to at the end of a run with a length.
const LAST_RATE: f64 = 0.03;

/// See the module.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TextTrainConfig {
    /// Texts a step, 1 to 4096.
    pub batch: usize,
    /// Adam's learning rate at its highest, above 0 to 1.
    pub learning_rate: f64,
    /// Steps over which it grows to that.
    pub warm_up: u64,
    /// How much the weights are forgotten, times the learning rate: from 0 to 1.
    pub weight_decay: f64,
    /// The average of the weights has a memory of about 1/(1 − this) steps: from 0 to below 1.
    pub average: f64,
    /// The length of the run in texts, along which the learning rate falls to 3% of itself on a straight line; 0 for a run
    /// without end at one rate.
    pub texts: u64,
    /// The longest gradient, all parameters together, that a step follows; a longer one is shortened to it. Above 0, or none.
    pub clip: Option<f64>,
    /// The share of the channels inside each block that is dropped for a text: in \[0, 0.9\].
    pub dropout: f64,
    /// What is given of a text: each of these as often.
    pub prompts: Vec<Prompt>,
    /// Seed of weights and data.
    pub seed: u64,
}

impl Default for TextTrainConfig {
    fn default() -> Self {
        Self {
            batch: 16,
            learning_rate: 2e-3,
            warm_up: 100,
            weight_decay: 0.01,
            average: 0.999,
            texts: 0,
            clip: Some(1.0),
            dropout: 0.0,
            prompts: vec![Prompt::Nothing],
            seed: 0,
        }
    }
}

impl TextTrainConfig {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        self.pace().check()?;
        let prompts = (1..=64).contains(&self.prompts.len());
        expect("number of prompts", self.prompts.len() as f64, prompts, "1 to 64")?;
        Ok(self)
    }

    /// Checks that a network with this flow can be given these prompts, of texts that are programs or not.
    ///
    /// # Errors
    /// Names the first prompt that has no meaning there, and what was expected.
    pub fn check_prompts(&self, network: &TextNetConfig, programs: bool) -> Result<(), String> {
        let is_deaf = network.source == SequenceSource::Uniform && !network.causal;
        for prompt in &self.prompts {
            if prompt.is_of_programs() && !programs {
                return Err(format!("{prompt}: it is of programs alone; expected none or prefix"));
            }
            if is_deaf && *prompt != Prompt::Nothing {
                return Err(format!(
                    "{prompt}: from a uniform source nothing tells a given token from noise; expected none"
                ));
            }
        }
        Ok(())
    }

    /// Adam's learning rate of step `number` ≥ 1 after `seen` texts.
    pub fn rate_at(&self, number: u64, seen: u64) -> f64 {
        self.pace().rate_at(number, seen, |over| 1.0 - (1.0 - LAST_RATE) * over)
    }

    /// How its steps go.
    pub fn pace(&self) -> Pace {
        let Self { batch, learning_rate, warm_up, weight_decay, average, clip, dropout, .. } = *self;
        let (length, products) = (self.texts, Products::Single);
        Pace { batch, learning_rate, warm_up, weight_decay, average, clip, dropout, length, products }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named() {
        let usual = TextTrainConfig::default();
        assert_eq!(usual.clone().validated(), Ok(usual.clone()));
        for (wrong, name) in [
            (TextTrainConfig { batch: 0, ..usual.clone() }, "batch"),
            (TextTrainConfig { learning_rate: 0.0, ..usual.clone() }, "learning rate"),
            (TextTrainConfig { weight_decay: f64::NAN, ..usual.clone() }, "weight decay"),
            (TextTrainConfig { average: 1.0, ..usual.clone() }, "average"),
            (TextTrainConfig { clip: Some(0.0), ..usual.clone() }, "clip"),
            (TextTrainConfig { dropout: 1.0, ..usual.clone() }, "dropout"),
            (TextTrainConfig { prompts: Vec::new(), ..usual.clone() }, "number of prompts"),
        ] {
            let error = wrong.validated().expect_err("out of range");
            assert!(error.to_string().starts_with(name), "{error}");
        }
        let ends = TextTrainConfig { texts: 1000, ..usual };
        let rates = [0, 500, 1000, 5000].map(|seen| ends.rate_at(200, seen) / ends.learning_rate);
        assert!(rates.iter().zip([1.0, 0.515, 0.03, 0.03]).all(|(a, b)| (a - b).abs() < 1e-9), "{rates:?}");
    }
}
