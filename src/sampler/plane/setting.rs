//! What can be set of a sampler on the plane, and how it is written (plane.md 2, 3, 5).

use crate::flow::plane::{AffinePath, PathPoint};
use crate::flow::{FlowError, serde_as_text};
use std::fmt;
use std::str::FromStr;

/// How a sampler steps.
#[derive(Clone, Copy, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PlaneMethod {
    /// Euler's method on the ODE: one evaluation a step.
    #[default]
    Euler,
    /// The midpoint rule: two.
    Midpoint,
    /// Heun's method: two.
    Heun,
    /// Runge and Kutta's classical method: four.
    Rk4,
    /// Dormand and Prince's pair with step control: 1 + 6 evaluations an attempted step, rejected ones too.
    Dopri5 {
        /// Relative and absolute tolerance; none: [`Self::USUAL_TOLERANCE`], and in curves one after the other.
        tol: Option<f64>,
    },
    /// Ancestral sampling of DDPM.
    Ddpm {
        /// Noise of variance β̃, else β.
        tilde: bool,
    },
    /// DDIM: η = 0 is deterministic and Euler's method on its grid of t*, η = 1 is DDPM with β̃.
    Ddim {
        /// η.
        eta: f64,
    },
    /// Euler and Maruyama's method on the SDE with this noise.
    Sde(Noise),
    /// Jumps of one axis at a time (A).
    AxisJump,
    /// Jumps on the plane (B).
    PlaneJump,
    /// A part of jumps on the plane, the rest flow, and Langevin noise.
    Superposition {
        /// The part w of jumps.
        w: f64,
        /// g of the noise.
        g: f64,
    },
}

/// g² of an SDE that keeps p_t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// This part, 0 to 1, of the memoryless g² = 2σ(α'σ/α − σ'): β on VP.
    Memoryless(f64),
    /// η times the memoryless one times t*: 2η(1−t) on cond-OT, finite everywhere.
    Tame(f64),
}

impl Noise {
    /// g² at a point of a path. Where the memoryless one is infinite, at α = 0, it is taken as 0: any noise keeps p there.
    pub fn squared(self, point: PathPoint) -> f64 {
        let memoryless = if point.alpha > 0.0 { point.memoryless() } else { 0.0 };
        match self {
            Self::Memoryless(part) => part * memoryless,
            // 2σ(α'σ − ασ')/(α+σ), finite at α = 0.
            Self::Tame(eta) => {
                let PathPoint { alpha, sigma, alpha_slope, sigma_drift, .. } = point;
                eta * 2.0 * (alpha_slope * sigma * sigma - alpha * sigma_drift) / point.scale()
            }
        }
    }
}

impl PlaneMethod {
    /// Dormand and Prince's with its usual tolerance.
    pub const DOPRI5: Self = Self::Dopri5 { tol: None };
    /// The tolerance of Dormand and Prince's where none is said.
    pub const USUAL_TOLERANCE: f64 = 1e-4;

    /// The tolerance of the adaptive method.
    pub fn tolerance(self) -> Option<f64> {
        match self {
            Self::Dopri5 { tol } => Some(tol.unwrap_or(Self::USUAL_TOLERANCE)),
            _ => None,
        }
    }

    /// Checks the parameters.
    ///
    /// # Errors
    /// Naming what is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        let check = |what, given: f64, least: f64, most: f64, expected| {
            // NaN is in no range.
            if (least..=most).contains(&given) {
                Ok(())
            } else {
                Err(FlowError::Range { what, given, expected })
            }
        };
        match self {
            Self::Dopri5 { tol: Some(tol) } => {
                check("dopri5's tolerance", tol, 1e-10, 0.5, "a number from 1e-10 to 0.5")?
            }
            Self::Ddim { eta } => check("ddim's η", eta, 0.0, 1.0, "a number from 0 to 1")?,
            Self::Sde(Noise::Memoryless(part)) => {
                check("sde's part of the memoryless noise", part, 0.0, 1.0, "a number from 0 to 1")?;
            }
            Self::Sde(Noise::Tame(eta)) => check("tame's η", eta, 0.0, 10.0, "a number from 0 to 10")?,
            Self::Superposition { w, g } => {
                check("the part w of jumps", w, 0.0, 1.0, "a number from 0 to 1")?;
                check("the noise g", g, 0.0, 10.0, "a number from 0 to 10")?;
            }
            _ => {}
        }
        Ok(self)
    }

    /// Evaluations a step; of the adaptive method those of an attempted one.
    pub fn evaluations(self) -> usize {
        match self {
            Self::Midpoint | Self::Heun => 2,
            Self::Rk4 => 4,
            Self::Dopri5 { .. } => 6,
            _ => 1,
        }
    }

    /// Whether the same start always has the same end.
    pub fn is_deterministic(self) -> bool {
        match self {
            Self::Euler | Self::Midpoint | Self::Heun | Self::Rk4 | Self::Dopri5 { .. } => true,
            Self::Ddim { eta } => eta == 0.0,
            Self::Sde(Noise::Memoryless(part) | Noise::Tame(part)) => part == 0.0,
            _ => false,
        }
    }

    /// Whether it needs the score, which only the independent coupling with N(0, I) gives (plane.md 3.3).
    pub fn needs_score(self) -> bool {
        match self {
            Self::Ddpm { .. } => true,
            Self::Ddim { eta } => eta > 0.0,
            Self::Sde(_) => !self.is_deterministic(),
            Self::Superposition { g, .. } => g > 0.0,
            _ => false,
        }
    }

    /// Why it has no score to add, where it needs one: of a coupling that is not independent, or of another source than
    /// N(0, I).
    pub fn without_score(self, is_independent: bool, is_normal: bool) -> Option<&'static str> {
        match (is_independent, is_normal) {
            _ if !self.needs_score() => None,
            (false, _) => Some(
                "it needs a score, and the velocity gives none under a coupling that is not independent; take an ODE method",
            ),
            (true, false) => Some(
                "it needs a score, and the velocity gives one only from the source N(0, I); take an ODE method",
            ),
            (true, true) => None,
        }
    }

    /// Whether particles jump: then the exact flow is needed, a velocity does not say where to.
    pub fn jumps(self) -> bool {
        matches!(self, Self::AxisJump | Self::PlaneJump | Self::Superposition { .. })
    }

    /// The path and the times that it is usually taken on.
    pub fn usual(self) -> (AffinePath, PlaneTimes) {
        match self {
            Self::Ddpm { .. } | Self::Ddim { .. } => (AffinePath::VP, PlaneTimes::Ddpm),
            Self::Sde(Noise::Memoryless(_)) => (AffinePath::VP, PlaneTimes::Own),
            _ => (AffinePath::CondOt, PlaneTimes::Own),
        }
    }
}

impl fmt::Display for PlaneMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Euler => f.write_str("euler"),
            Self::Midpoint => f.write_str("midpoint"),
            Self::Heun => f.write_str("heun"),
            Self::Rk4 => f.write_str("rk4"),
            Self::Dopri5 { tol: None } => f.write_str("dopri5"),
            Self::Dopri5 { tol: Some(tol) } => write!(f, "dopri5:{tol}"),
            Self::Ddpm { tilde: true } => f.write_str("ddpm"),
            Self::Ddpm { tilde: false } => f.write_str("ddpm:beta"),
            Self::Ddim { eta } => write!(f, "ddim:{eta}"),
            Self::Sde(Noise::Memoryless(part)) => write!(f, "sde:{part}"),
            Self::Sde(Noise::Tame(eta)) => write!(f, "tame:{eta}"),
            Self::AxisJump => f.write_str("jump:A"),
            Self::PlaneJump => f.write_str("jump:B"),
            Self::Superposition { w, g } => write!(f, "superposition:{w},{g}"),
        }
    }
}

impl FromStr for PlaneMethod {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable = || FlowError::Unreadable {
            what: "method",
            given: text.to_owned(),
            expected: "euler, midpoint, heun, rk4, dopri5 or dopri5:TOL, ddpm or ddpm:beta, ddim or ddim:ETA, sde or sde:G, \
                       tame or tame:ETA, jump:A, jump:B or superposition:W,G",
        };
        let number = |word: &str| word.trim().parse::<f64>().map_err(|_| unreadable());
        let (name, rest) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let method = match (name, rest) {
            ("euler", None) => Self::Euler,
            ("midpoint", None) => Self::Midpoint,
            ("heun", None) => Self::Heun,
            ("rk4", None) => Self::Rk4,
            ("dopri5", None) => Self::DOPRI5,
            ("dopri5", Some(tol)) => Self::Dopri5 { tol: Some(number(tol)?) },
            ("ddpm", None | Some("tilde")) => Self::Ddpm { tilde: true },
            ("ddpm", Some("beta")) => Self::Ddpm { tilde: false },
            ("ddim", None) => Self::Ddim { eta: 0.0 },
            ("ddim", Some(eta)) => Self::Ddim { eta: number(eta)? },
            ("sde", None) => Self::Sde(Noise::Memoryless(1.0)),
            ("sde", Some(part)) => Self::Sde(Noise::Memoryless(number(part)?)),
            ("tame", None) => Self::Sde(Noise::Tame(1.0)),
            ("tame", Some(eta)) => Self::Sde(Noise::Tame(number(eta)?)),
            ("jump", Some("A" | "a")) => Self::AxisJump,
            ("jump", Some("B" | "b")) => Self::PlaneJump,
            ("superposition", Some(rest)) => {
                let (w, g) = rest.split_once(',').ok_or_else(unreadable)?;
                Self::Superposition { w: number(w)?, g: number(g)? }
            }
            _ => return Err(unreadable()),
        };
        method.validated()
    }
}

serde_as_text!(PlaneMethod, FlowError);

/// When a sampler steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PlaneTimes {
    /// Even in the path's own t.
    #[default]
    Own,
    /// Even in t*.
    TStar,
    /// Even in the index k of DDPM's linear schedule of 1000 steps.
    Ddpm,
    /// Even in ln(α/σ), from DDPM's first level to EDM's last, and then to the end.
    LogSnr,
    /// EDM's noise levels σ/α from 80 to 0.002 with ρ = 7, and then to the end.
    Edm,
}

impl PlaneTimes {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Own, Self::TStar, Self::Ddpm, Self::LogSnr, Self::Edm];
}

impl fmt::Display for PlaneTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "own",
            Self::TStar => "t-star",
            Self::Ddpm => "ddpm",
            Self::LogSnr => "log-snr",
            Self::Edm => "edm",
        })
    }
}

impl FromStr for PlaneTimes {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let named = Self::ALL.into_iter().find(|times| times.to_string() == text);
        named.ok_or_else(|| FlowError::Unreadable {
            what: "times",
            given: text.to_owned(),
            expected: "own, t-star, ddpm, log-snr or edm",
        })
    }
}

serde_as_text!(PlaneTimes, FlowError);

/// Most steps of a run.
pub const MOST_STEPS: usize = 100_000;

/// A sampler but for its particles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneSampler {
    /// How it steps.
    pub method: PlaneMethod,
    /// Along which path. DDPM and DDIM are on VP's coordinates whatever it is.
    pub path: AffinePath,
    /// When.
    pub times: PlaneTimes,
    /// How many steps, 1 to [`MOST_STEPS`]; the adaptive method chooses itself.
    pub steps: usize,
}

impl PlaneSampler {
    /// As the method is usually taken.
    pub fn usual(method: PlaneMethod, steps: usize) -> Self {
        let (path, times) = method.usual();
        Self { method, path, times, steps }
    }

    /// With as many steps as `nfe` evaluations pay for, at least one.
    #[must_use]
    pub fn with_evaluations(self, nfe: usize) -> Self {
        Self { steps: (nfe / self.method.evaluations()).max(1), ..self }
    }

    /// Checks all settings.
    ///
    /// # Errors
    /// Naming what is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        self.method.validated()?;
        self.path.validated()?;
        if !(1..=MOST_STEPS).contains(&self.steps) {
            let expected = "a whole number from 1 to 100000";
            return Err(FlowError::Range { what: "steps", given: self.steps as f64, expected });
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_refused() {
        let all = [
            "euler",
            "midpoint",
            "heun",
            "rk4",
            "dopri5",
            "dopri5:0.01",
            "dopri5:0.0001",
            "ddpm",
            "ddpm:beta",
            "ddim:0",
            "ddim:0.5",
            "sde:1",
            "sde:0.25",
            "tame:1",
            "jump:A",
            "jump:B",
            "superposition:0.5,0.3",
        ];
        for text in all {
            assert_eq!(text.parse::<PlaneMethod>().expect(text).to_string(), text);
        }
        let bad = [
            "",
            "Euler",
            "ddim:",
            "ddim:2",
            "ddim:nan",
            "sde:-1",
            "sde:1.5",
            "jump",
            "jump:C",
            "superposition:1",
            "superposition:2,0",
            "superposition:0,inf",
            "dopri5:0",
            "dopri5:1",
            "tame:-1",
            "euler:2",
        ];
        for text in bad {
            assert!(text.parse::<PlaneMethod>().is_err(), "{text}");
        }
        for times in PlaneTimes::ALL {
            assert_eq!(times.to_string().parse(), Ok(times));
        }
        assert!("uniform".parse::<PlaneTimes>().is_err());
    }

    #[test]
    fn noises_are_those_of_the_note() {
        // β on VP, 2(1−t)/t and 2η(1−t) on cond-OT.
        let vp = AffinePath::VP.at(0.4);
        assert!((Noise::Memoryless(1.0).squared(vp) - AffinePath::VP.beta(0.4)).abs() < 1e-9);
        let straight = AffinePath::CondOt.at(0.4);
        assert!((Noise::Memoryless(0.5).squared(straight) - 1.5).abs() < 1e-12);
        assert!((Noise::Tame(0.7).squared(straight) - 0.84).abs() < 1e-12);
        assert!((Noise::Tame(1.0).squared(AffinePath::CondOt.at(0.0)) - 2.0).abs() < 1e-12);
        assert!(Noise::Memoryless(1.0).squared(AffinePath::CondOt.at(0.0)) == 0.0);
    }
}
