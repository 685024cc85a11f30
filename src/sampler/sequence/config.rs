//! What a sampler of sequences is told.

use super::Temperature;
use crate::flow::{Corrector, FlowError, Scheduler, SequenceSource, text_by_name};
use crate::sampler::setting::{check_choice, check_steps};
use crate::sampler::walk::grid_spans;
use crate::sampler::{CHOICE_TEMPERATURE, CorrectorBy, TimeGrid};
use std::fmt;

/// How tokens come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SequenceMethod {
    /// Every token with probability (κ_{t+h} − κ_t)/(1 − κ_t), whatever it is: discrete flow matching.
    #[default]
    Exact,
    /// The most confident ones first, so many a step: MaskGIT, which is not a generating velocity (math.md 5.5).
    MaskGit,
    /// All that the denoiser is surer of than [`SequenceConfig::confidence`], and at least the surest one: what practice with
    /// language models does. One at a time it is exact for an exact denoiser, whatever the order; what is revealed beside it is
    /// wrong with a probability of about what the threshold lacks to 1. The last step reveals all that is left: one at a time
    /// takes as many steps as tokens.
    Confidence,
    /// From left to right in blocks of [`SequenceConfig::block`] tokens, each like [`Self::Exact`] along a linear scheduler in
    /// its share of the steps. Blocks of one token in at least as many steps are an autoregressive sampler, which is exact for
    /// an exact denoiser; with fewer steps than blocks a step draws several at once.
    Blocks,
}

impl SequenceMethod {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Exact, Self::MaskGit, Self::Confidence, Self::Blocks];
}

text_by_name!(
    SequenceMethod, "method", "exact, maskgit, confidence or blocks",
    Exact => "exact", MaskGit => "maskgit", Confidence => "confidence", Blocks => "blocks"
);

/// Settings of a sampler of sequences.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct SequenceConfig {
    /// How tokens come out.
    pub method: SequenceMethod,
    /// Number of steps, 1..=100,000.
    pub steps: usize,
    /// How fast the path is walked; MaskGIT has its own, the cosine's.
    pub scheduler: Scheduler,
    /// How the steps are spread.
    pub grid: TimeGrid,
    /// Corrector weights; off by default, [`Corrector::IMAGES`] is the paper's setting for images.
    pub corrector: Corrector,
    /// How the corrector's move is made.
    pub corrector_by: CorrectorBy,
    /// Of the draws.
    pub temperature: Temperature,
    /// Scale of the Gumbel noise on MaskGIT's confidences, in \[0, 10⁶\].
    pub choice_temperature: f64,
    /// The probability above which [`SequenceMethod::Confidence`] reveals a token, in \[0, 1\].
    pub confidence: f64,
    /// Tokens of a block of [`SequenceMethod::Blocks`], at least 1.
    pub block: usize,
    /// Of all random numbers. A token's are the same whatever else is set, so that settings can be compared.
    pub seed: u64,
}

impl Default for SequenceConfig {
    fn default() -> Self {
        Self {
            method: SequenceMethod::Exact,
            steps: 64,
            scheduler: Scheduler::Cubic,
            grid: TimeGrid::T,
            corrector: Corrector::OFF,
            corrector_by: CorrectorBy::Overshoot,
            temperature: Temperature::default(),
            choice_temperature: CHOICE_TEMPERATURE,
            confidence: 0.9,
            block: 8,
            seed: 0,
        }
    }
}

/// As command-line flags: method and steps, and what differs from the default.
impl fmt::Display for SequenceConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (config, usual) = (self.effective(), Self::default());
        write!(f, "--method {} --steps {}", config.method, config.steps)?;
        if config.method == SequenceMethod::Exact {
            write!(f, " --scheduler {}", config.scheduler)?;
        }
        if config.grid != usual.grid {
            write!(f, " --time-grid {}", config.grid)?;
        }
        if config.corrector.is_on() {
            write!(f, " --corrector {}", config.corrector)?;
            if config.corrector_by != usual.corrector_by {
                write!(f, " --corrector-by {}", config.corrector_by)?;
            }
        }
        if config.temperature != usual.temperature {
            write!(f, " --temperature {}", config.temperature)?;
        }
        if config.choice_temperature != usual.choice_temperature {
            write!(f, " --choice-temperature {}", config.choice_temperature)?;
        }
        if config.method == SequenceMethod::Confidence {
            write!(f, " --confidence {}", config.confidence)?;
        }
        if config.method == SequenceMethod::Blocks {
            write!(f, " --block {}", config.block)?;
        }
        write!(f, " --seed {}", config.seed)
    }
}

impl SequenceConfig {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        check_steps(self.steps)?;
        self.scheduler.validated()?;
        self.corrector.validated()?;
        self.temperature.validated()?;
        check_choice(self.choice_temperature)?;
        let expect = |what, given: f64, holds: bool, expected| {
            if holds { Ok(()) } else { Err(FlowError::Range { what, given, expected }) }
        };
        let sure = (0.0..=1.0).contains(&self.confidence);
        expect("confidence", self.confidence, sure, "a number from 0 to 1")?;
        expect("block", self.block as f64, self.block >= 1, "a whole number from 1")?;
        Ok(self)
    }

    /// How fast the path is walked: MaskGIT as the cosine says, the surest tokens and blocks evenly.
    pub fn walks_by(&self) -> Scheduler {
        match self.method {
            SequenceMethod::Exact => self.scheduler,
            SequenceMethod::MaskGit => Scheduler::Cosine,
            SequenceMethod::Confidence | SequenceMethod::Blocks => Scheduler::Linear,
        }
    }

    /// κ before each step, and 1.
    pub fn kappas(&self) -> Vec<f64> {
        let scheduler = self.walks_by();
        let spans = grid_spans(self.steps, self.grid, scheduler);
        spans.iter().map(|span| scheduler.kappa(span.t)).chain([1.0]).collect()
    }

    /// Without the settings that the method does not have.
    #[must_use]
    pub fn effective(self) -> Self {
        let usual = Self::default();
        let mut own = self;
        if self.method != SequenceMethod::MaskGit {
            own.choice_temperature = usual.choice_temperature;
        }
        if self.method != SequenceMethod::Confidence {
            own.confidence = usual.confidence;
        }
        if self.method != SequenceMethod::Blocks {
            own.block = usual.block;
        }
        if self.method != SequenceMethod::Exact {
            (own.corrector, own.grid) = (usual.corrector, usual.grid);
        }
        own
    }

    /// Checks that the settings have a meaning together and with `source`: one that would be ignored is refused.
    ///
    /// # Errors
    /// Says what is out of range, or what the method or the source lacks.
    pub fn checked_with(self, source: SequenceSource) -> Result<Self, FlowError> {
        let config = self.validated()?;
        if config.method != SequenceMethod::Exact {
            let method = config.method;
            if config.corrector.is_on() || config.grid != TimeGrid::T {
                let why = format!("the method {method} has no corrector and no time grid");
                return Err(FlowError::Unsupported(why));
            }
            if source != SequenceSource::Mask {
                let why = format!("{method} reveals masked tokens: it needs a mask source");
                return Err(FlowError::Unsupported(why));
            }
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_or_without_meaning_is_refused() {
        let usual = SequenceConfig::default();
        let bad = Corrector { amplitude: -1.0, ..Corrector::OFF };
        for (config, expected) in [
            (SequenceConfig { steps: 0, ..usual }, "steps = 0"),
            (SequenceConfig { steps: 100_001, ..usual }, "steps = 100001"),
            (SequenceConfig { scheduler: Scheduler::Power(0.0), ..usual }, "power n = 0"),
            (SequenceConfig { corrector: bad, ..usual }, "corrector A = -1"),
            (
                SequenceConfig { temperature: Temperature { level: 0.0, fading: true }, ..usual },
                "temperature = 0",
            ),
            (SequenceConfig { choice_temperature: f64::NAN, ..usual }, "choice temperature = NaN"),
            (SequenceConfig { confidence: 1.5, ..usual }, "confidence = 1.5"),
            (SequenceConfig { block: 0, ..usual }, "block = 0"),
        ] {
            let error = config.checked_with(SequenceSource::Mask).expect_err("out of range");
            assert!(error.to_string().starts_with(expected), "{error}");
        }
        let maskgit = SequenceConfig { method: SequenceMethod::MaskGit, ..usual };
        assert!(maskgit.checked_with(SequenceSource::Mask).is_ok());
        assert!(maskgit.checked_with(SequenceSource::Uniform).is_err());
        let correcting = SequenceConfig { corrector: Corrector::IMAGES, ..maskgit };
        assert!(correcting.checked_with(SequenceSource::Mask).is_err());
        assert!(correcting.effective().checked_with(SequenceSource::Mask).is_ok());
    }

    #[test]
    fn settings_are_told_as_flags_and_stored() {
        let config = SequenceConfig {
            corrector: Corrector::IMAGES,
            temperature: Temperature { level: 0.9, fading: false },
            seed: 7,
            ..SequenceConfig::default()
        };
        let flags =
            "--method exact --steps 64 --scheduler cubic --corrector 12,2,0.25 --temperature 0.9 --seed 7";
        assert_eq!(config.to_string(), flags);
        let maskgit = SequenceConfig { method: SequenceMethod::MaskGit, steps: 8, ..config };
        assert_eq!(maskgit.to_string(), "--method maskgit --steps 8 --temperature 0.9 --seed 7");
        let text = serde_json::to_string(&config).expect("text");
        assert_eq!(serde_json::from_str::<SequenceConfig>(&text).expect("the same"), config);
        let sure = SequenceConfig { method: SequenceMethod::Confidence, confidence: 0.8, ..config };
        assert_eq!(
            sure.to_string(),
            "--method confidence --steps 64 --temperature 0.9 --confidence 0.8 --seed 7"
        );
        for method in SequenceMethod::ALL {
            assert_eq!(method.to_string().parse(), Ok(method));
        }
        assert!("euler".parse::<SequenceMethod>().is_err());
    }
}
