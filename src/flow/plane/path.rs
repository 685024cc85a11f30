//! Paths x_t = α x₁ + σ x₀ on the plane: four of them, and the one map that leads all onto one (plane.md 0, 3.1).

use crate::flow::as_text::serde_as_text;
use crate::flow::error::{FlowError, in_range};
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};
use std::fmt;
use std::str::FromStr;

/// How noise x₀ and data x₁ are mixed over the time t from 0 (noise) to 1 (data).
#[derive(Clone, Copy, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum AffinePath {
    /// α = t, σ = 1−t: flow matching's straight lines.
    #[default]
    CondOt,
    /// α = sin(πt/2), σ = cos(πt/2): variance preserving.
    Trig,
    /// Variance preserving with β = min + (max−min)(1−t): the continuous form of DDPM.
    Vp {
        /// β at t = 1, the clean end.
        min: f64,
        /// β at t = 0.
        max: f64,
    },
    /// α = 1, σ = T(1−t): EDM's noise level run backwards.
    Ve {
        /// The level T that it starts at.
        level: f64,
    },
}

/// A path at one time. Slopes are per unit of t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathPoint {
    /// α, the part of x₁.
    pub alpha: f64,
    /// σ, the part of x₀.
    pub sigma: f64,
    /// α'.
    pub alpha_slope: f64,
    /// σ'. −∞ at the end of VP.
    pub sigma_slope: f64,
    /// σσ', finite everywhere: what stands in the formulae where σ' would be infinite.
    pub sigma_drift: f64,
}

impl AffinePath {
    /// VP as DDPM's usual β from 10⁻⁴ to 0.02 in 1000 steps makes it.
    pub const VP: Self = Self::Vp { min: 0.1, max: 20.0 };
    /// VE from the level that EDM starts at.
    pub const VE: Self = Self::Ve { level: 80.0 };
    /// All of them as they are usually taken.
    pub const ALL: [Self; 4] = [Self::CondOt, Self::Trig, Self::VP, Self::VE];

    /// Checks the parameters.
    ///
    /// # Errors
    /// If β is not from 0 to 1000 with min < max, or a level not from 0.01 to 10⁴.
    pub fn validated(self) -> Result<Self, FlowError> {
        match self {
            Self::Vp { min, max } => {
                in_range("vp's least β", min, 0.0..=1e3, "a number from 0 to 1000")?;
                in_range("vp's largest β", max, min.max(1e-3)..=1e3, "a number from the least one to 1000")?;
            }
            Self::Ve { level } => {
                in_range("ve's noise level", level, 1e-2..=1e4, "a number from 0.01 to 10000")?;
            }
            _ => {}
        }
        Ok(self)
    }

    /// α, σ and their slopes at `t` in \[0, 1\].
    pub fn at(self, t: f64) -> PathPoint {
        let s = 1.0 - t;
        match self {
            Self::CondOt => {
                PathPoint { alpha: t, sigma: s, alpha_slope: 1.0, sigma_slope: -1.0, sigma_drift: -s }
            }
            Self::Trig => {
                // From 1−t, so that the end is exact.
                let (alpha, sigma) = ((FRAC_PI_2 * s).cos(), (FRAC_PI_2 * s).sin());
                let alpha = if t == 0.0 { 0.0 } else { alpha };
                let (alpha_slope, sigma_slope) = (FRAC_PI_2 * sigma, -FRAC_PI_2 * alpha);
                PathPoint { alpha, sigma, alpha_slope, sigma_slope, sigma_drift: sigma * sigma_slope }
            }
            Self::Vp { min, max } => {
                let (b, beta) = (s * (min + 0.5 * (max - min) * s), min + (max - min) * s);
                let (alpha, sigma) = ((-0.5 * b).exp(), (-(-b).exp_m1()).sqrt());
                let sigma_drift = -0.5 * beta * alpha * alpha;
                PathPoint {
                    alpha,
                    sigma,
                    alpha_slope: 0.5 * beta * alpha,
                    sigma_slope: sigma_drift / sigma,
                    sigma_drift,
                }
            }
            Self::Ve { level } => PathPoint {
                alpha: 1.0,
                sigma: level * s,
                alpha_slope: 0.0,
                sigma_slope: -level,
                sigma_drift: -level * level * s,
            },
        }
    }

    /// The time at which t* = α/(α+σ) is reached; one before the path's first is t = 0.
    pub fn time_of(self, t_star: f64) -> f64 {
        if t_star <= 0.0 || t_star >= 1.0 {
            return t_star.clamp(0.0, 1.0);
        }
        // σ/α.
        let ratio = (1.0 - t_star) / t_star;
        let t = match self {
            Self::CondOt => t_star,
            Self::Trig => FRAC_2_PI * (1.0 / ratio).atan(),
            Self::Vp { min, max } => {
                // e^B = 1 + σ²/α², B = min τ + (max−min) τ²/2.
                let b = if ratio > 1e150 { 2.0 * ratio.ln() } else { (ratio * ratio).ln_1p() };
                1.0 - 2.0 * b / (min + (min * min + 2.0 * (max - min) * b).sqrt()).max(f64::MIN_POSITIVE)
            }
            Self::Ve { level } => 1.0 - ratio / level,
        };
        t.clamp(0.0, 1.0)
    }

    /// β(t) of VP at `t`, else 0.
    pub fn beta(self, t: f64) -> f64 {
        match self {
            Self::Vp { min, max } => min + (max - min) * (1.0 - t),
            _ => 0.0,
        }
    }
}

impl PathPoint {
    /// t* = α/(α+σ), the time of the same mixture on cond-OT: what networks and samplers take in place of t.
    pub fn t_star(self) -> f64 {
        self.alpha / (self.alpha + self.sigma)
    }

    /// ŝ = α+σ: x/ŝ lies on cond-OT at t*.
    pub fn scale(self) -> f64 {
        self.alpha + self.sigma
    }

    /// k = α' − ασ'/σ: an error δ of x̂₁ is one of kδ of the velocity. Infinite where σ = 0.
    pub fn gain(self) -> f64 {
        self.alpha_slope - self.alpha * self.sigma_slope / self.sigma
    }

    /// g² = 2σ(α'σ/α − σ'), the noise that makes x₀ and x₁ independent (plane.md 3.3): β on VP, 2(1−t)/t on cond-OT. Infinite
    /// where α = 0.
    pub fn memoryless(self) -> f64 {
        2.0 * (self.alpha_slope / self.alpha * self.sigma * self.sigma - self.sigma_drift)
    }

    /// ln(α/σ), half the logarithm of the signal-to-noise ratio.
    pub fn log_ratio(self) -> f64 {
        (self.alpha / self.sigma).ln()
    }
}

impl fmt::Display for AffinePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::CondOt => f.write_str("cond-ot"),
            Self::Trig => f.write_str("trig"),
            Self::VP => f.write_str("vp"),
            Self::Vp { min, max } => write!(f, "vp:{min},{max}"),
            Self::VE => f.write_str("ve"),
            Self::Ve { level } => write!(f, "ve:{level}"),
        }
    }
}

impl FromStr for AffinePath {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable = || FlowError::Unreadable {
            what: "path",
            given: text.to_owned(),
            expected: "cond-ot, trig, vp, vp:MIN,MAX, ve or ve:LEVEL",
        };
        let number = |word: &str| word.trim().parse::<f64>().map_err(|_| unreadable());
        let (name, rest) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        match (name, rest) {
            ("cond-ot", None) => Ok(Self::CondOt),
            ("trig", None) => Ok(Self::Trig),
            ("vp", None) => Ok(Self::VP),
            ("ve", None) => Ok(Self::VE),
            ("vp", Some(rest)) => {
                let (min, max) = rest.split_once(',').ok_or_else(unreadable)?;
                Self::Vp { min: number(min)?, max: number(max)? }.validated()
            }
            ("ve", Some(rest)) => Self::Ve { level: number(rest)? }.validated(),
            _ => Err(unreadable()),
        }
    }
}

serde_as_text!(AffinePath, FlowError);

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: [f64; 6] = [0.0, 0.08, 0.35, 0.7, 0.93, 1.0];

    #[test]
    fn slopes_are_derivatives() {
        let h = 1e-6;
        for path in AffinePath::ALL {
            for t in [0.08, 0.35, 0.7, 0.93] {
                let (before, here, after) = (path.at(t - h), path.at(t), path.at(t + h));
                let slope = |f: fn(PathPoint) -> f64| (f(after) - f(before)) / (2.0 * h);
                assert!((slope(|p| p.alpha) - here.alpha_slope).abs() < 1e-7 * (1.0 + here.alpha_slope));
                let sigma = slope(|p| p.sigma);
                assert!((sigma - here.sigma_slope).abs() < 1e-7 * (1.0 + sigma.abs()), "{path} {t}");
                assert!(
                    (here.sigma * here.sigma_slope - here.sigma_drift).abs() < 1e-10 * (1.0 + sigma.abs())
                );
            }
        }
    }

    #[test]
    fn the_numbers_of_the_note() {
        // plane.md 11 and 3.3.
        let vp = AffinePath::VP.at(0.7);
        for (found, expected) in [
            (vp.alpha, 0.629_550_000_3),
            (vp.sigma, 0.776_959_971_3),
            (vp.t_star(), 0.447_597_253_5),
            (vp.scale(), 1.406_509_971_7),
            (AffinePath::VP.at(0.4).memoryless(), 12.04),
            (AffinePath::CondOt.at(0.4).memoryless(), 3.0),
        ] {
            assert!((found - expected).abs() < 6e-11 * expected.max(1.0), "{found} {expected}");
        }
        // α at the start of VP is not 0.
        assert!((AffinePath::VP.at(0.0).alpha - 0.0066).abs() < 5e-5);
    }

    #[test]
    fn ends_are_exact_and_finite_but_where_they_cannot_be() {
        for path in AffinePath::ALL {
            let end = path.at(1.0);
            assert_eq!((end.alpha, end.sigma, end.t_star()), (1.0, 0.0, 1.0), "{path}");
            assert!(end.sigma_drift.is_finite() && end.alpha_slope.is_finite());
            assert_eq!(end.sigma_slope.is_infinite(), path == AffinePath::VP);
        }
        for path in [AffinePath::CondOt, AffinePath::Trig] {
            assert_eq!((path.at(0.0).alpha, path.at(0.0).sigma), (0.0, 1.0));
        }
    }

    #[test]
    fn a_time_is_found_again_from_its_t_star() {
        for path in AffinePath::ALL {
            for t in TIMES {
                let back = path.time_of(path.at(t).t_star());
                assert!((back - t).abs() < 1e-9, "{path} {t} {back}");
            }
            assert_eq!((path.time_of(0.0), path.time_of(1.0)), (0.0, 1.0));
        }
    }

    #[test]
    fn names_are_read_back_and_others_refused() {
        for path in AffinePath::ALL
            .into_iter()
            .chain([AffinePath::Vp { min: 0.2, max: 15.0 }, AffinePath::Ve { level: 10.0 }])
        {
            assert_eq!(path.to_string().parse(), Ok(path));
        }
        for text in
            ["", "ot", "vp:", "vp:1", "vp:2,1", "vp:0,nan", "ve:0", "ve:-1", "ve:x", "trig:2", "COND-OT"]
        {
            assert!(text.parse::<AffinePath>().is_err(), "{text}");
        }
    }
}
