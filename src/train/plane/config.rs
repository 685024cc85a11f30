//! Settings of a training run on the plane and what can be wrong with them.

use crate::flow::FlowError;
use crate::flow::plane::MOST_CODES;
use crate::model::plane::{MOST_LAYERS, MOST_WIDTH, PlaneNetConfig};
use crate::sampler::plane::{PlaneCoupling, PlaneMethod};

/// Largest batch.
const MOST_BATCH: usize = 65_536;

/// Settings of a run.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct PlaneTrainConfig {
    /// Pairs a step, 1 to 65,536.
    pub batch: usize,
    /// Width of the hidden layers, 1 to [`MOST_WIDTH`].
    pub width: usize,
    /// Hidden layers, 1 to [`MOST_LAYERS`].
    pub layers: usize,
    /// Adam's learning rate in (0, 1].
    pub learning_rate: f64,
    /// Which noise goes to which datum.
    pub coupling: PlaneCoupling,
    /// Steps of each round of reflow but the last: then the network so far makes the pairs of the next.
    pub round_steps: u64,
    /// Codes of a discrete latent that an encoder learns with the network, 2 to 16; 0 for none.
    pub codes: usize,
    /// Temperature of the softmax that stands for a code while the encoder learns, 0.01 to 10.
    pub temperature: f64,
    /// Steps for which the denoiser is told relaxed codes, by which the encoder learns; then that stays, and the denoiser is told
    /// drawn ones, as samples are (relaxed to the end, samples miss modes that share codes: TV .48 with four on the ring).
    pub relaxed_steps: u64,
    /// How often the network is not told its code, 0 to below 1.
    pub dropout: f64,
    /// Seed of weights and data.
    pub seed: u64,
}

impl Default for PlaneTrainConfig {
    fn default() -> Self {
        Self {
            batch: 256,
            width: 128,
            layers: 4,
            learning_rate: 2e-3,
            coupling: PlaneCoupling::Independent,
            round_steps: 3000,
            codes: 0,
            temperature: 1.0,
            relaxed_steps: 8000,
            dropout: 0.1,
            seed: 0,
        }
    }
}

impl PlaneTrainConfig {
    /// Most codes that are learned.
    pub const MOST_CODES: usize = if MOST_CODES < 16 { MOST_CODES } else { 16 };

    /// Checks every range.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        let expect = |what, given: f64, holds: bool, expected| match holds {
            true => Ok(()),
            false => Err(FlowError::Range { what, given, expected }),
        };
        let whole = |what, given: usize, most: usize, expected| {
            expect(what, given as f64, (1..=most).contains(&given), expected)
        };
        whole("batch", self.batch, MOST_BATCH, "a whole number from 1 to 65536")?;
        whole("width", self.width, MOST_WIDTH, "a whole number from 1 to 1024")?;
        whole("layers", self.layers, MOST_LAYERS, "a whole number from 1 to 8")?;
        let rate = self.learning_rate > 0.0 && self.learning_rate <= 1.0;
        expect("learning rate", self.learning_rate, rate, "a number above 0 and at most 1")?;
        let rounds = (1..=1_000_000_000).contains(&self.round_steps);
        expect("steps of a round", self.round_steps as f64, rounds, "a whole number from 1 to 1000000000")?;
        let codes = self.codes == 0 || (2..=Self::MOST_CODES).contains(&self.codes);
        expect("codes", self.codes as f64, codes, "0, or a whole number from 2 to 16")?;
        let temperature = (0.01..=10.0).contains(&self.temperature);
        expect("temperature", self.temperature, temperature, "a number from 0.01 to 10")?;
        let relaxed = self.relaxed_steps <= 1_000_000_000;
        expect("relaxed steps", self.relaxed_steps as f64, relaxed, "a whole number from 0 to 1000000000")?;
        expect("dropout", self.dropout, (0.0..1.0).contains(&self.dropout), "a number from 0 to below 1")?;
        if self.codes > 0 && self.coupling != PlaneCoupling::Independent {
            return Err(FlowError::Unsupported(
                "codes: an encoder is learned on independent pairs alone; take the coupling independent"
                    .to_owned(),
            ));
        }
        Ok(self)
    }

    /// Whether codes are drawn at a step.
    pub fn draws_codes(&self, step: u64) -> bool {
        self.codes > 0 && step >= self.relaxed_steps
    }

    /// Whether its network can serve a sampler.
    ///
    /// # Errors
    /// If it needs a score under a coupling that is not independent, or jumps: a velocity does not say where to.
    pub fn serves(&self, method: PlaneMethod) -> Result<(), FlowError> {
        if method.jumps() {
            let why = "it jumps by rates that a velocity does not say; take the exact flow";
            return Err(FlowError::Unsupported(format!("{method}: {why}")));
        }
        if method.needs_score() && self.coupling != PlaneCoupling::Independent {
            return Err(FlowError::Unsupported(format!(
                "{method}: it needs a score, and a network of {} pairs gives none; take an ODE method",
                self.coupling
            )));
        }
        Ok(())
    }

    /// The sizes of the network.
    pub fn network(&self) -> PlaneNetConfig {
        PlaneNetConfig { width: self.width, layers: self.layers, codes: self.codes }
    }

    /// Rounds of reflow; 0 of another coupling.
    pub fn rounds(&self) -> usize {
        match self.coupling {
            PlaneCoupling::Reflow(rounds) => rounds,
            _ => 0,
        }
    }

    /// The round that the step after `step` steps is of, from 1; 0 of another coupling.
    pub fn round_at(&self, step: u64) -> usize {
        let whole = usize::try_from(step / self.round_steps).unwrap_or(usize::MAX);
        self.rounds().min(whole.saturating_add(1))
    }
}
