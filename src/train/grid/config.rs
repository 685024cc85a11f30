//! Settings of a training run and what can be wrong with them.

use crate::flow::{FlowError, text_by_name};

/// Which loss is minimised (math.md 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LossKind {
    /// Cross-entropy of both data tokens.
    #[default]
    Ce,
    /// Generalised KL between the jump rates: the ELBO's integrand.
    Gkl,
}

text_by_name!(LossKind, "loss", "ce or gkl", Ce => "ce", Gkl => "gkl");

/// Settings of a run.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TrainConfig {
    /// Pairs per step, 1..=65,536.
    pub batch: usize,
    /// Width of the network, 1..=1024.
    pub hidden: usize,
    /// Adam's learning rate in (0, 1].
    pub learning_rate: f64,
    /// The loss.
    pub loss: LossKind,
    /// Seed of weights and data.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self { batch: 1024, hidden: 128, learning_rate: 3e-3, loss: LossKind::Ce, seed: 0 }
    }
}

impl TrainConfig {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        let whole = |what, given: usize, most: usize, expected| {
            if (1..=most).contains(&given) {
                Ok(())
            } else {
                Err(FlowError::Range { what, given: given as f64, expected })
            }
        };
        whole("batch", self.batch, 65_536, "a whole number from 1 to 65536")?;
        whole("hidden", self.hidden, 1024, "a whole number from 1 to 1024")?;
        if !(self.learning_rate > 0.0 && self.learning_rate <= 1.0) {
            return Err(FlowError::Range {
                what: "learning rate",
                given: self.learning_rate,
                expected: "a number above 0 and at most 1",
            });
        }
        Ok(self)
    }
}
