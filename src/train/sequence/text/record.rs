//! What a file remembers of a run on texts besides the arrays.

use super::TextTrainConfig;
use crate::model::sequence::TextRecipe;
use crate::train::TrainError;
use crate::train::sequence::{Pace, RunNotes, RunRecord, SoFar};

/// Early samples that a run keeps at most.
const MOST_EARLY: usize = 8;

/// How well a run knew texts that it did not see.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TextHeldOut {
    /// Texts seen in training up to then.
    pub texts: u64,
    /// Seconds of training up to then.
    pub seconds: f64,
    /// The bound on −log₂ p, or of one that writes from left to right −log₂ p itself, bits a token that is not given.
    pub bits: f64,
    /// Its standard error, from the spread between texts.
    pub error: f64,
    /// How many texts were asked about.
    pub asked: usize,
}

/// A sample of a network on its way.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EarlyText {
    /// Texts that it had seen.
    pub texts: u64,
    /// What it wrote.
    pub sample: String,
}

/// What a file remembers of a run besides the arrays.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TextTraining {
    /// The settings.
    pub config: TextTrainConfig,
    /// Steps done since the moments of the optimiser began.
    pub step: u64,
    /// Those done before that, by the network that it began with.
    #[serde(default, skip_serializing_if = "is_none")]
    pub earlier: u64,
    /// Texts seen, also before.
    pub texts: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// The held-out bound as it fell.
    #[serde(default)]
    pub held_out: Vec<TextHeldOut>,
    /// That of the best weights so far.
    #[serde(default)]
    pub best: Option<TextHeldOut>,
    /// Its losses: texts seen, and the mean of some steps up to there, bits a token.
    #[serde(default)]
    pub losses: Vec<[f64; 2]>,
    /// The name that a person gave it, if one did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Samples of its early networks, the first ones first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early: Vec<EarlyText>,
    /// How large the text, or the list, of its file was when it began: [`TextSet::size`](crate::data::language::TextSet::size).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A file of a run that began with a new network is what it was before there were others.
fn is_none(steps: &u64) -> bool {
    *steps == 0
}

impl TextTraining {
    /// Of a new run on a text of this size, if it has one.
    pub(super) fn new(config: TextTrainConfig, size: Option<u64>) -> Self {
        let (held_out, losses, early) = (Vec::new(), Vec::new(), Vec::new());
        let (step, earlier, texts, seconds) = (0, 0, 0, 0.0);
        Self {
            config,
            step,
            earlier,
            texts,
            seconds,
            held_out,
            best: None,
            losses,
            name: String::new(),
            early,
            size,
        }
    }

    /// The settings with their end after so many `steps` over all calls; without, as many as are left where a step has as many
    /// texts as before. The run may be past it.
    #[must_use]
    pub fn ending(&self, config: TextTrainConfig, steps: Option<u64>) -> TextTrainConfig {
        let own = &self.config;
        let left = match steps {
            Some(steps) => steps.saturating_sub(self.earlier + self.step),
            None if config.batch == own.batch || own.texts <= self.texts => return config,
            None => (own.texts - self.texts).div_ceil(own.batch as u64),
        };
        TextTrainConfig { texts: self.texts + left * config.batch as u64, ..config }
    }

    /// Keeps a sample if there is room: the first ones stay, the last place is the newest one's.
    pub fn keep_early(&mut self, sample: EarlyText) {
        self.early.truncate(MOST_EARLY - 1);
        self.early.push(sample);
    }
}

impl RunRecord for TextTraining {
    type Recipe = TextRecipe;

    fn validated(mut self) -> Result<Self, TrainError> {
        self.config = self.config.validated()?;
        if self.early.len() > MOST_EARLY {
            let why = format!("{} early samples: expected at most {MOST_EARLY}", self.early.len());
            return Err(TrainError::Misfit(why));
        }
        Ok(self)
    }

    fn pace(&self) -> Pace {
        self.config.pace()
    }

    fn rate_at(&self, number: u64) -> f64 {
        self.config.rate_at(number, self.texts)
    }

    fn so_far(&self) -> SoFar {
        SoFar { step: self.step, seen: self.texts, seconds: self.seconds }
    }

    fn advance(&mut self, so_far: SoFar) {
        (self.step, self.texts, self.seconds) = (so_far.step, so_far.seen, so_far.seconds);
    }

    fn losses(&mut self) -> &mut Vec<[f64; 2]> {
        &mut self.losses
    }

    fn answers(&self) -> usize {
        self.held_out.len()
    }

    fn take(&mut self, notes: RunNotes) {
        self.name = notes.name;
    }
}
