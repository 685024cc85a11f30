//! What a sampler is told: method, number of steps, time grid, corrector, temperature.

use crate::flow::{Corrector, FlowError, GridPath, text_by_name};
use crate::sampler::setting::{check_choice, check_steps, check_temperature};
use crate::sampler::{CHOICE_TEMPERATURE, CorrectorBy, TimeGrid};
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
    /// Two evaluations: a leap of half the step shows where the rates will be, and the whole step is made with those:
    /// θ-RK-2 with θ = ½ (Ren et al. 2025).
    Midpoint,
    /// Two evaluations: a leap of half the step, then the other half from there with the rates 2u(x*) − u(x), cut off
    /// at 0: the θ-trapezoidal rule with θ = ½ (Ren et al. 2025), of second order where nothing is cut off.
    Trapezoidal,
    /// Every jump at its own time: no step, hence no bias of steps (math.md 5.3).
    Ctmc,
    /// MaskGIT's confidence-ordered decoding, one round a step: not a generating velocity (math.md 5.5).
    MaskGit,
}

impl Method {
    /// All methods, in the order they are shown.
    pub const ALL: [Self; 9] = [
        Self::Exact,
        Self::Euler,
        Self::Exponential,
        Self::Adaptive,
        Self::Tau,
        Self::Midpoint,
        Self::Trapezoidal,
        Self::Ctmc,
        Self::MaskGit,
    ];

    /// Those that make one move from one evaluation: a corrector can be part of it.
    pub const ONE_STEP: [Self; 5] = [Self::Exact, Self::Euler, Self::Exponential, Self::Adaptive, Self::Tau];

    /// Whether a corrector can be part of its moves.
    pub fn takes_corrector(self) -> bool {
        Self::ONE_STEP.contains(&self)
    }

    /// Whether it has a temperature.
    pub fn takes_temperature(self) -> bool {
        !matches!(self, Self::Ctmc | Self::MaskGit)
    }

    /// Whether it makes two evaluations a step, the second one in another state than the first.
    pub fn has_two_stages(self) -> bool {
        matches!(self, Self::Midpoint | Self::Trapezoidal)
    }
}

text_by_name!(
    Method, "method", "exact, euler, exponential, adaptive, tau, midpoint, trapezoidal, ctmc or maskgit",
    Exact => "exact", Euler => "euler", Exponential => "exponential", Adaptive => "adaptive", Tau => "tau",
    Midpoint => "midpoint", Trapezoidal => "trapezoidal", Ctmc => "ctmc", MaskGit => "maskgit"
);

/// Corrector iterations after every step, at its end's time: α = β, so that p_t is stationary (math.md 3.4).
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Sweeps {
    /// How many after each step but the last, 0..=1000.
    pub count: usize,
    /// Whether both tokens move at once: then p_t is only nearly stationary.
    pub parallel: bool,
    /// Step of a sweep in units of the largest, h/h_max in (0, 1]: the bias of parallel sweeps is of its order, and so is
    /// what a sweep gets done.
    pub share: f64,
}

impl Default for Sweeps {
    fn default() -> Self {
        Self { count: 0, parallel: false, share: 1.0 }
    }
}

impl Sweeps {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        if self.count > MOST_SWEEPS {
            let (given, expected) = (self.count as f64, "a whole number from 0 to 1000");
            return Err(FlowError::Range { what: "sweeps", given, expected });
        }
        if !(self.share > 0.0 && self.share <= 1.0) {
            let (given, expected) = (self.share, "a number above 0 and at most 1");
            return Err(FlowError::Range { what: "share of a sweep", given, expected });
        }
        Ok(self)
    }

    /// Passes of the denoiser that one step's sweeps take: a token that moves alone needs one of its own.
    pub fn passes(self) -> usize {
        if self.parallel { self.count } else { 2 * self.count }
    }
}

impl fmt::Display for Sweeps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, if self.parallel { ",parallel" } else { "" })?;
        if self.share == 1.0 { Ok(()) } else { write!(f, ",{}", self.share) }
    }
}

impl FromStr for Sweeps {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable = || FlowError::Unreadable {
            what: "sweeps",
            given: text.to_owned(),
            expected: "N, N,parallel or either with ,SHARE: N from 0 to 1000, SHARE above 0 and at most 1",
        };
        let mut words = text.split(',').map(str::trim).peekable();
        let count = words.next().and_then(|n| n.parse().ok()).ok_or_else(unreadable)?;
        let parallel = words.next_if_eq(&"parallel").is_some();
        let share = words.next().map_or(Ok(1.0), |share| share.parse().map_err(|_| unreadable()))?;
        if words.next().is_some() {
            return Err(unreadable());
        }
        Self { count, parallel, share }.validated().map_err(|_| unreadable())
    }
}

/// Sweeps after one step.
pub const MOST_SWEEPS: usize = 1000;

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
    /// How the exact method makes its corrector's move.
    pub corrector_by: CorrectorBy,
    /// Corrector iterations between the steps.
    pub sweeps: Sweeps,
    /// τ in (0, 4]: the denoiser's p becomes softmax(ln p / τ). Anything but 1 biases even the oracle.
    pub temperature: f64,
    /// Scale of the Gumbel noise on MaskGIT's confidences, in \[0, 10⁶\].
    pub choice_temperature: f64,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self {
            method: Method::Exact,
            steps: 64,
            grid: TimeGrid::T,
            corrector: Corrector::OFF,
            corrector_by: CorrectorBy::Overshoot,
            sweeps: Sweeps::default(),
            temperature: 1.0,
            choice_temperature: CHOICE_TEMPERATURE,
        }
    }
}

/// As command-line flags: method and steps, and what differs from the default.
impl fmt::Display for SamplerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (config, usual) = (self.effective(), Self::default());
        write!(f, "--method {} --steps {}", config.method, config.steps)?;
        if config.grid != usual.grid && config.method.takes_temperature() {
            write!(f, " --time-grid {}", config.grid)?;
        }
        if config.corrector.is_on() {
            write!(f, " --corrector {}", config.corrector)?;
            if config.corrector_by != usual.corrector_by && config.method == Method::Exact {
                write!(f, " --corrector-by {}", config.corrector_by)?;
            }
        }
        if config.sweeps.count > 0 {
            write!(f, " --sweeps {}", config.sweeps)?;
        }
        if config.temperature != usual.temperature {
            write!(f, " --temperature {}", config.temperature)?;
        }
        if config.method == Method::MaskGit && config.choice_temperature != usual.choice_temperature {
            write!(f, " --choice-temperature {}", config.choice_temperature)?;
        }
        Ok(())
    }
}

impl SamplerConfig {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        check_steps(self.steps)?;
        self.corrector.validated()?;
        check_temperature(self.temperature)?;
        self.sweeps.validated()?;
        check_choice(self.choice_temperature)?;
        Ok(self)
    }

    /// Without the settings that the method does not have.
    #[must_use]
    pub fn effective(self) -> Self {
        let usual = Self::default();
        Self {
            corrector: if self.method.takes_corrector() { self.corrector } else { usual.corrector },
            sweeps: if self.method.takes_temperature() { self.sweeps } else { usual.sweeps },
            temperature: if self.method.takes_temperature() { self.temperature } else { usual.temperature },
            ..self
        }
    }

    /// Checks that the settings have a meaning together and on `path`: one that would be ignored is refused.
    ///
    /// # Errors
    /// Says what the method, or the path, lacks.
    pub fn checked_on(self, path: &GridPath) -> Result<Self, FlowError> {
        let config = self.validated()?;
        let (method, conditional) = (config.method, path.conditional());
        let refuse = |why: String| Err(FlowError::Unsupported(why));
        if config != config.effective() {
            return refuse(format!(
                "the method {method} has no {}",
                if method.takes_temperature() { "corrector" } else { "corrector, sweeps or temperature" }
            ));
        }
        if method == Method::MaskGit && !path.reveals() {
            return refuse(
                "maskgit reveals masked tokens: it needs a mask source and the mixture path".into(),
            );
        }
        if path.metric().is_some() {
            if matches!(method, Method::Ctmc | Method::Midpoint | Method::Trapezoidal) {
                return refuse(format!(
                    "the method {method} needs a mixture or three-way path, not {conditional}"
                ));
            }
            if config.corrector.is_on() || config.sweeps.count > 0 {
                let why = "a corrector re-noises tokens, which needs a mixture or three-way path";
                return refuse(format!("{why}, not {conditional}"));
            }
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_come_back_from_their_text_and_nonsense_is_refused() {
        for text in ["0", "7", "7,parallel", "7,0.25", "1000,parallel,0.05"] {
            assert_eq!(text.parse::<Sweeps>().map(|sweeps| sweeps.to_string()), Ok(text.to_owned()));
        }
        let plain: Sweeps = "3,parallel,1".parse().expect("the largest share");
        assert_eq!(plain, Sweeps { count: 3, parallel: true, share: 1.0 });
        for bad in [
            "",
            "1001",
            "-1",
            "2,",
            "2,serial",
            "2,parallel,",
            "2,0",
            "2,parallel,1.1",
            "2,nan",
            "2,0.5,0.5",
            "2,-1",
        ] {
            assert!(bad.parse::<Sweeps>().is_err(), "{bad}");
        }
        let shareless = Sweeps { share: f64::NAN, ..Sweeps::default() };
        assert!(SamplerConfig { sweeps: shareless, ..SamplerConfig::default() }.validated().is_err());
    }
}
