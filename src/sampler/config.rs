//! What a sampler is told: method, number of steps, time grid, corrector, temperature.

use crate::flow::{Corrector, FlowError};
use std::fmt;
use std::str::FromStr;

/// The one-step kernel (math.md 5.1, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Jump with probability (κ_{t+h} − κ_t)/(1 − κ_t): exact for a frozen denoiser. Its corrector overshoots and
    /// re-noises.
    #[default]
    Exact,
    /// Jump with probability h κ'/(1−κ), cut off at 1.
    Euler,
    /// Jump with probability 1 − exp(−h κ'/(1−κ)).
    Exponential,
    /// Euler with the largest step that keeps every probability in \[0, 1\], never longer than the grid's.
    Adaptive,
    /// Poisson counts of every jump at the rates of the step's start: a token moves if exactly one event falls on it.
    Tau,
}

impl Method {
    /// All methods, in the order they are shown.
    pub const ALL: [Self; 5] = [Self::Exact, Self::Euler, Self::Exponential, Self::Adaptive, Self::Tau];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Euler => "euler",
            Self::Exponential => "exponential",
            Self::Adaptive => "adaptive",
            Self::Tau => "tau",
        })
    }
}

impl FromStr for Method {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        Self::ALL.into_iter().find(|m| m.to_string() == text).ok_or_else(|| FlowError::Unreadable {
            what: "method",
            given: text.to_owned(),
            expected: "exact, euler, exponential, adaptive or tau",
        })
    }
}

/// How the steps are spread over the path (math.md 5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeGrid {
    /// Equal steps of t.
    #[default]
    T,
    /// Equal steps of κ.
    Kappa,
    /// 1−t falls by the same factor in every step, down to [`GEOMETRIC_END`]: natural for rates that grow like 1/(1−t).
    Geometric,
}

/// What a geometric grid leaves to its forced last step.
pub const GEOMETRIC_END: f64 = 1e-3;

impl fmt::Display for TimeGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::T => "t",
            Self::Kappa => "kappa",
            Self::Geometric => "geometric",
        })
    }
}

impl FromStr for TimeGrid {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        match text {
            "t" => Ok(Self::T),
            "kappa" => Ok(Self::Kappa),
            "geometric" => Ok(Self::Geometric),
            _ => Err(FlowError::Unreadable {
                what: "time grid",
                given: text.to_owned(),
                expected: "t, kappa or geometric",
            }),
        }
    }
}

/// Settings of a sampler.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct SamplerConfig {
    /// The step kernel.
    pub method: Method,
    /// Number of steps, 1..=100,000; for the adaptive method the smallest number.
    pub steps: usize,
    /// How they are spread.
    pub grid: TimeGrid,
    /// Corrector weights; off by default.
    pub corrector: Corrector,
    /// τ in (0, 4]: the denoiser's p becomes softmax(ln p / τ). Anything but 1 biases even the oracle.
    pub temperature: f64,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self {
            method: Method::Exact,
            steps: 64,
            grid: TimeGrid::T,
            corrector: Corrector::OFF,
            temperature: 1.0,
        }
    }
}

impl SamplerConfig {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        if !(1..=100_000).contains(&self.steps) {
            return Err(FlowError::Range {
                what: "steps",
                given: self.steps as f64,
                expected: "a whole number from 1 to 100000",
            });
        }
        self.corrector.validated()?;
        if !(self.temperature > 0.0 && self.temperature <= 4.0) {
            return Err(FlowError::Range {
                what: "temperature",
                given: self.temperature,
                expected: "a number above 0 and at most 4",
            });
        }
        Ok(self)
    }
}
