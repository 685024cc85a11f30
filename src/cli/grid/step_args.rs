//! The flags that every sampler in steps has.

use crate::cli::CliError;
use crate::cli::values::number;
use crate::flow::{Corrector, GridPath};
use crate::sampler::grid::{Method, SamplerConfig, Sweeps};
use crate::sampler::{CorrectorBy, TimeGrid};
use clap::Args;
use std::ops::Bound;

/// Flags of `sample` and `curve`.
#[derive(Args, Clone, Debug)]
pub struct StepArgs {
    /// Corrector A tᵃ (1−t)ᵇ added to both directions, each number from 0 to 1000 [default: off]
    #[arg(long, value_name = "A,a,b", allow_hyphen_values = true)]
    corrector: Option<Corrector>,
    /// How the exact method makes the corrector's move: overshoot (forward beyond the step's end, then re-noised back),
    /// exponential (1 − exp of the integrated rates) or velocity (the rates themselves, cut off at 1)
    /// [default: overshoot; exponential where the source's tokens are not independent or the coupling is transport]
    #[arg(long, value_name = "KERNEL")]
    corrector_by: Option<CorrectorBy>,
    /// Corrector iterations at fixed t after every step but the last: N (one token at a time, exactly stationary) or
    /// N,parallel (both at once, biased: --json says by how much), N 0 to 1000; SHARE of the largest step h/h_max, above
    /// 0 to 1 (the bias is of its order) [default: 0]
    #[arg(long, value_name = "N[,parallel][,SHARE]", allow_hyphen_values = true)]
    sweeps: Option<Sweeps>,
    /// Scale of the Gumbel noise on maskgit's confidences, 0 to 1000000 [default: 4.5]
    #[arg(
        long,
        value_name = "C",
        value_parser = number(0.0..=1e6, "a number from 0 to 1000000"),
        allow_hyphen_values = true
    )]
    choice_temperature: Option<f64>,
    /// Equal steps of t or of κ, or geometric: 1−t falls by the same factor in every step
    #[arg(long, value_name = "t|kappa|geometric", default_value = "t")]
    time_grid: TimeGrid,
    /// Sharpens (below 1) or flattens (above 1) the denoiser, above 0 to 4; anything but 1 biases even the oracle
    #[arg(
        long,
        value_name = "TAU",
        default_value = "1",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(4.0)), "a number above 0 and at most 4"),
        allow_hyphen_values = true
    )]
    temperature: f64,
}

impl StepArgs {
    /// These settings with a method and a number of steps.
    pub fn config(&self, method: Method, steps: usize) -> SamplerConfig {
        let usual = SamplerConfig::default();
        SamplerConfig {
            method,
            steps,
            grid: self.time_grid,
            corrector: self.corrector.unwrap_or(Corrector::OFF),
            corrector_by: self.corrector_by.unwrap_or_default(),
            sweeps: self.sweeps.unwrap_or_default(),
            temperature: self.temperature,
            choice_temperature: self.choice_temperature.unwrap_or(usual.choice_temperature),
        }
    }

    /// Refuses settings that one of `methods` lacks: an ignored flag would be a wrong answer. Those that contradict the
    /// path are refused when the sampler runs.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag.
    pub fn check(&self, methods: &[Method]) -> Result<(), CliError> {
        self.check_named(methods)?;
        methods.iter().find_map(|method| self.lacks(*method)).map_or(Ok(()), |why| Err(CliError::Input(why)))
    }

    /// The same for methods that are compared: what only some of them lack is left out for these, and said.
    ///
    /// # Errors
    /// [`CliError::Input`] naming a flag that none of them has.
    pub fn check_some(&self, methods: &[Method]) -> Result<Vec<String>, CliError> {
        self.check_named(methods)?;
        let lacking: Vec<String> = methods.iter().filter_map(|method| self.lacks(*method)).collect();
        match lacking.first() {
            Some(why) if lacking.len() == methods.len() => Err(CliError::Input(why.clone())),
            _ => Ok(lacking),
        }
    }

    /// Flags that belong to one method.
    fn check_named(&self, methods: &[Method]) -> Result<(), CliError> {
        let refuse = |why: &str| Err(CliError::Input(why.to_owned()));
        if self.choice_temperature.is_some() && !methods.contains(&Method::MaskGit) {
            return refuse("--choice-temperature belongs to the method maskgit alone");
        }
        if self.corrector_by.is_some() && (self.corrector.is_none() || !methods.contains(&Method::Exact)) {
            return refuse(
                "--corrector-by says how the exact method corrects: it needs --corrector and exact",
            );
        }
        Ok(())
    }

    /// Refuses an overshoot that was asked for on a path that has none.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag.
    pub fn check_on(&self, path: &GridPath) -> Result<(), CliError> {
        if self.corrector_by == Some(CorrectorBy::Overshoot) && !path.renoises_from_marginals() {
            return Err(CliError::Input(
                "--corrector-by overshoot re-noises each token from the source's marginals: expected a source of \
                 independent tokens without transport, or another kernel"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Which flags `method` has no use for.
    fn lacks(&self, method: Method) -> Option<String> {
        let config = self.config(method, 1);
        if config != config.effective() {
            let flags = if method.takes_temperature() {
                "--corrector"
            } else {
                "--corrector, --sweeps or --temperature"
            };
            return Some(format!("--method {method} takes no {flags}"));
        }
        let timeless = self.time_grid != TimeGrid::T && !method.takes_temperature();
        timeless.then(|| format!("--method {method} takes no --time-grid: its moves have times of their own"))
    }

    /// Whether nothing was asked for.
    pub fn are_default(&self) -> bool {
        self.corrector.is_none() && self.are_only_corrector()
    }

    /// Whether nothing but a corrector was asked for.
    pub fn are_only_corrector(&self) -> bool {
        let plain = SamplerConfig {
            steps: 1,
            corrector: self.config(Method::Exact, 1).corrector,
            ..Default::default()
        };
        self.config(Method::Exact, 1) == plain
    }
}
