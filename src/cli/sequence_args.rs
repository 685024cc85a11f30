//! The flags of a sampler of sequences.

use crate::cli::CliError;
use crate::cli::values::{number, whole};
use crate::flow::{Corrector, Scheduler, SequenceSource};
use crate::sampler::sequence::{SequenceConfig, SequenceMethod, Temperature};
use crate::sampler::{CorrectorBy, TimeGrid};
use clap::Args;

/// How sequences are sampled.
#[derive(Args, Clone, Debug)]
pub struct SequenceArgs {
    /// exact (every token with the path's own probability), or maskgit (the most confident tokens first, as many a step
    /// as the cosine says), confidence (all that the denoiser is surer of than --confidence, at least one, and in the last step
    /// whatever is left), or blocks (from left to right in blocks of --block tokens); all but exact with a mask source only
    #[arg(long, value_name = "exact|maskgit|confidence|blocks", default_value = "exact")]
    pub method: SequenceMethod,
    /// Number of steps, 1 to 100000. Steps that reveal nothing of a sequence cost it nothing
    #[arg(
        long,
        value_name = "N",
        default_value = "64",
        value_parser = whole(1, 100_000),
        allow_hyphen_values = true
    )]
    steps: usize,
    /// linear, quadratic, cubic, cosine, sin2, power:N or hermite:A,B: how fast κ goes from 0 to 1 [default: cubic, of
    /// texts linear]
    #[arg(long, value_name = "S")]
    scheduler: Option<Scheduler>,
    /// Equal steps of t or of κ, or geometric: 1−t falls by the same factor in every step [default: t]
    #[arg(long, value_name = "t|kappa|geometric")]
    time_grid: Option<TimeGrid>,
    /// Corrector A tᵃ (1−t)ᵇ added to both directions, each number from 0 to 1000; the paper's setting, made for
    /// images, is 12,2,0.25 [default: off]
    #[arg(long, value_name = "A,a,b", allow_hyphen_values = true)]
    corrector: Option<Corrector>,
    /// How the corrector's move is made: overshoot (forward beyond the step's end, then re-noised back), exponential or
    /// velocity [default: overshoot]
    #[arg(long, value_name = "KERNEL")]
    corrector_by: Option<CorrectorBy>,
    /// Sharpens (below 1) or flattens (above 1) the denoiser, above 0 to 4; T,fading lets it fall like (1−t)² from T
    #[arg(long, value_name = "T[,fading]", default_value = "1", allow_hyphen_values = true)]
    pub temperature: Temperature,
    /// Scale of the Gumbel noise on maskgit's confidences, 0 to 1000000 [default: 4.5]
    #[arg(
        long,
        value_name = "C",
        value_parser = number(0.0..=1e6, "a number from 0 to 1000000"),
        allow_hyphen_values = true
    )]
    choice_temperature: Option<f64>,
    /// How sure the denoiser must be of a token for the method confidence to reveal it, 0 to 1: at 1, with at least as many
    /// steps as tokens, one token a step [default: 0.9]
    #[arg(
        long,
        value_name = "P",
        value_parser = number(0.0..=1.0, "a number from 0 to 1"),
        allow_hyphen_values = true
    )]
    confidence: Option<f64>,
    /// Tokens of a block of the method blocks, 1 to 65536: with 1, and at least as many steps as tokens, it is autoregressive
    /// [default: 8]
    #[arg(long, value_name = "B", value_parser = whole(1, 65_536), allow_hyphen_values = true)]
    block: Option<usize>,
}

impl SequenceArgs {
    /// The same but for what is `given` of `own`, by the names of the fields. Another method comes without what it does not
    /// have.
    pub fn with(self, own: Self, given: impl Fn(&str) -> bool) -> Self {
        let method = if given("method") { own.method } else { self.method };
        let is_exact = method == SequenceMethod::Exact;
        let is = |other| method == other;
        Self {
            method,
            steps: if given("steps") { own.steps } else { self.steps },
            scheduler: own.scheduler.or(self.scheduler.filter(|_| is_exact)),
            time_grid: own.time_grid.or(self.time_grid.filter(|_| is_exact)),
            corrector: own.corrector.or(self.corrector.filter(|_| is_exact)),
            corrector_by: own.corrector_by.or(self.corrector_by.filter(|_| is_exact)),
            temperature: if given("temperature") { own.temperature } else { self.temperature },
            choice_temperature: own
                .choice_temperature
                .or(self.choice_temperature.filter(|_| is(SequenceMethod::MaskGit))),
            confidence: own.confidence.or(self.confidence.filter(|_| is(SequenceMethod::Confidence))),
            block: own.block.or(self.block.filter(|_| is(SequenceMethod::Blocks))),
        }
    }

    /// The settings, with a `seed`, for a flow from `source`.
    ///
    /// # Errors
    /// [`CliError::Input`] naming a flag that the method does not have, or what the source lacks.
    pub fn config(&self, seed: u64, source: SequenceSource) -> Result<SequenceConfig, CliError> {
        self.config_over(SequenceConfig { seed, ..SequenceConfig::default() }, source)
    }

    /// What is said, and otherwise what is `usual`.
    ///
    /// # Errors
    /// As those of [`Self::config`].
    pub fn config_over(
        &self,
        usual: SequenceConfig,
        source: SequenceSource,
    ) -> Result<SequenceConfig, CliError> {
        let refuse = |why: &str| Err(CliError::Input(why.to_owned()));
        let is_exact = self.method == SequenceMethod::Exact;
        for (flag, given, method) in [
            ("--choice-temperature", self.choice_temperature.is_some(), SequenceMethod::MaskGit),
            ("--confidence", self.confidence.is_some(), SequenceMethod::Confidence),
            ("--block", self.block.is_some(), SequenceMethod::Blocks),
        ] {
            if given && self.method != method {
                return refuse(&format!("{flag} belongs to the method {method} alone"));
            }
        }
        if self.corrector_by.is_some() && self.corrector.is_none() {
            return refuse("--corrector-by says how a corrector's move is made: it needs --corrector");
        }
        let exact_alone = [
            ("--scheduler", self.scheduler.is_some()),
            ("--time-grid", self.time_grid.is_some()),
            ("--corrector", self.corrector.is_some()),
        ];
        if let (false, Some((flag, _))) = (is_exact, exact_alone.iter().find(|(_, given)| *given)) {
            let how = match self.method {
                SequenceMethod::Confidence => "it reveals what the denoiser is sure of",
                SequenceMethod::Blocks => "it goes from left to right",
                SequenceMethod::Exact | SequenceMethod::MaskGit => {
                    "it reveals as many tokens as the cosine says"
                }
            };
            return refuse(&format!("--method {} takes no {flag}: {how}", self.method));
        }
        let config = SequenceConfig {
            method: self.method,
            steps: self.steps,
            scheduler: self.scheduler.unwrap_or(usual.scheduler),
            grid: self.time_grid.unwrap_or(usual.grid),
            corrector: self.corrector.unwrap_or(usual.corrector),
            corrector_by: self.corrector_by.unwrap_or(usual.corrector_by),
            temperature: self.temperature,
            choice_temperature: self.choice_temperature.unwrap_or(usual.choice_temperature),
            confidence: self.confidence.unwrap_or(usual.confidence),
            block: self.block.unwrap_or(usual.block),
            seed: usual.seed,
        };
        Ok(config.checked_with(source)?)
    }
}
