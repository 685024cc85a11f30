//! Conditional paths p_t(xⁱ | x₀ⁱ, x₁ⁱ) of one token, given its noise and its datum (math.md 1, 3.5, 7).

use super::as_text::serde_as_text;
use super::error::{FlowError, in_range};
use std::fmt;
use std::str::FromStr;

/// How a token goes from noise to data. All are functions of κ alone, so a scheduler only sets the walking speed.
#[derive(Clone, Copy, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ConditionalPath {
    /// (1−κ) δ(x₀) + κ δ(x₁).
    #[default]
    Mixture,
    /// κ δ(x₁) + cκ(1−κ) u + (1−κ)(1−cκ) δ(x₀), u uniform over the data tokens, c in \[0, 1\].
    ThreeWay(f64),
    /// softmax over x of −β d(x, x₁), β = c (κ/(1−κ))ᵃ: from the uniform source to x₁ by ever closer tokens.
    Metric(Metric),
}

/// Distance and temperature of a metric-induced path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// lp in d(x, x₁) = (|x − x₁| / (K−1))^lp.
    pub power: f64,
    /// c, scale of β.
    pub c: f64,
    /// a, exponent of β.
    pub a: f64,
}

impl Default for Metric {
    /// c = 3 and a = 0.9 are the values published for image tokens (math.md 7), on squared distances.
    fn default() -> Self {
        Self { power: 2.0, c: 3.0, a: 0.9 }
    }
}

impl Metric {
    /// d of two tokens that are `apart` values from each other among `k`, in \[0, 1\].
    pub fn distance(self, apart: usize, k: usize) -> f64 {
        (apart as f64 / (k.max(2) - 1) as f64).powf(self.power)
    }

    /// β, from 0 at κ = 0 to ∞ at κ = 1.
    pub fn beta(self, kappa: super::Kappa) -> f64 {
        self.c * (kappa.value / kappa.complement).powf(self.a)
    }

    /// dβ/dκ = aβ / (κ(1−κ)); at κ = 0 its limit, which is ∞ for a < 1.
    pub fn beta_slope(self, kappa: super::Kappa) -> f64 {
        if kappa.value > 0.0 {
            return self.a * self.beta(kappa) / (kappa.value * kappa.complement);
        }
        match self.a {
            a if a < 1.0 => f64::INFINITY,
            1.0 => self.c,
            _ => 0.0,
        }
    }
}

impl ConditionalPath {
    /// Checks the parameters.
    ///
    /// # Errors
    /// If c of a three-way path is outside \[0, 1\], or of a metric path the power outside \[0.1, 8\], c outside
    /// \[0.01, 1000\] or a outside \[0.1, 8\].
    pub fn validated(self) -> Result<Self, FlowError> {
        match self {
            Self::Mixture => {}
            Self::ThreeWay(c) => {
                in_range("three-way c", c, 0.0..=1.0, "a number from 0 to 1")?;
            }
            Self::Metric(Metric { power, c, a }) => {
                in_range("metric power lp", power, 0.1..=8.0, "a number from 0.1 to 8")?;
                in_range("metric c", c, 0.01..=1000.0, "a number from 0.01 to 1000")?;
                in_range("metric a", a, 0.1..=8.0, "a number from 0.1 to 8")?;
            }
        }
        Ok(self)
    }

    /// Share of a token's noise that is uniform at κ: cκ on a three-way path, else 0.
    pub(crate) fn uniform_share(self, kappa: f64) -> f64 {
        match self {
            Self::ThreeWay(c) => c * kappa,
            _ => 0.0,
        }
    }
}

impl fmt::Display for ConditionalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mixture => f.write_str("mixture"),
            Self::ThreeWay(c) => write!(f, "three-way:{c}"),
            Self::Metric(Metric { power, c, a }) => write!(f, "metric:{power},{c},{a}"),
        }
    }
}

impl FromStr for ConditionalPath {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable = || FlowError::Unreadable {
            what: "path",
            given: text.to_owned(),
            expected: "mixture, three-way:C or metric:LP,C,A",
        };
        let numbers = |digits: &str| -> Result<Vec<f64>, FlowError> {
            digits.split(',').map(|n| n.trim().parse().map_err(|_| unreadable())).collect()
        };
        match (text, text.split_once(':')) {
            ("mixture", _) => Ok(Self::Mixture),
            (_, Some(("three-way", c))) => match numbers(c)?[..] {
                [c] => Self::ThreeWay(c).validated(),
                _ => Err(unreadable()),
            },
            (_, Some(("metric", rest))) => match numbers(rest)?[..] {
                [power, c, a] => Self::Metric(Metric { power, c, a }).validated(),
                _ => Err(unreadable()),
            },
            _ => Err(unreadable()),
        }
    }
}

serde_as_text!(ConditionalPath, FlowError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Kappa;

    #[test]
    fn names_round_trip_and_nonsense_is_refused() {
        for name in ["mixture", "three-way:0.8", "metric:2,3,0.9"] {
            assert_eq!(name.parse::<ConditionalPath>().map(|p| p.to_string()), Ok(name.to_owned()));
        }
        for bad in [
            "",
            "three-way",
            "three-way:",
            "three-way:1.1",
            "three-way:-0.1",
            "three-way:nan",
            "three-way:0,1",
            "metric:2,3",
            "metric:0,3,1",
            "metric:2,-3,1",
            "metric:2,inf,1",
            "metric:2,3,9",
            "metric:2,3,1,1",
            "mix",
        ] {
            assert!(bad.parse::<ConditionalPath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn beta_slope_is_the_slope_of_beta_and_has_its_limit_at_the_start() {
        for metric in
            [Metric::default(), Metric { power: 1.0, c: 2.0, a: 1.0 }, Metric { power: 1.0, c: 0.5, a: 2.5 }]
        {
            for kappa in [0.01, 0.3, 0.9] {
                let e = 1e-6;
                let slope =
                    (metric.beta(Kappa::new(kappa + e)) - metric.beta(Kappa::new(kappa - e))) / (2.0 * e);
                assert!(
                    (slope / metric.beta_slope(Kappa::new(kappa)) - 1.0).abs() < 1e-4,
                    "{metric:?} {kappa}"
                );
            }
            let (near, at) = (metric.beta_slope(Kappa::new(1e-12)), metric.beta_slope(Kappa::START));
            assert!(
                at == f64::INFINITY && near > 10.0 || (near - at).abs() < 1e-6,
                "{metric:?}: {near} {at}"
            );
        }
    }
}
