//! The corrector's weights α(t) = 1 + β(t) and β(t) = A tᵃ (1−t)ᵇ (math.md 3.4).

use super::error::{FlowError, in_range};
use std::fmt;
use std::str::FromStr;

/// Corrector schedule: forward velocity times α = 1 + β, backward velocity times β. A = 0 switches it off.
#[derive(Clone, Copy, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Corrector {
    /// Strength A ≥ 0.
    pub amplitude: f64,
    /// Exponent a ≥ 0 of t.
    pub a: f64,
    /// Exponent b ≥ 0 of 1−t.
    pub b: f64,
}

impl Corrector {
    /// No corrector: α = 1, β = 0.
    pub const OFF: Self = Self { amplitude: 0.0, a: 0.0, b: 0.0 };
    /// The paper's setting for images, 12 t² (1−t)^0.25.
    pub const IMAGES: Self = Self { amplitude: 12.0, a: 2.0, b: 0.25 };

    /// Checks the parameters.
    ///
    /// # Errors
    /// If A, a or b is negative, not finite or above 1000.
    pub fn validated(self) -> Result<Self, FlowError> {
        in_range("corrector A", self.amplitude, 0.0..=1000.0, "a number from 0 to 1000")?;
        in_range("corrector a", self.a, 0.0..=1000.0, "a number from 0 to 1000")?;
        in_range("corrector b", self.b, 0.0..=1000.0, "a number from 0 to 1000")?;
        Ok(self)
    }

    /// Whether it does anything.
    pub fn is_on(self) -> bool {
        self.amplitude > 0.0
    }

    /// β(t), the weight of the backward velocity. With a = 0 it is A at t = 0 (0⁰ = 1).
    pub fn beta(self, t: f64) -> f64 {
        if self.is_on() { self.amplitude * t.powf(self.a) * (1.0 - t).powf(self.b) } else { 0.0 }
    }

    /// α(t) = 1 + β(t), the weight of the forward velocity.
    pub fn alpha(self, t: f64) -> f64 {
        1.0 + self.beta(t)
    }
}

impl fmt::Display for Corrector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.amplitude, self.a, self.b)
    }
}

impl FromStr for Corrector {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable = || FlowError::Unreadable {
            what: "corrector",
            given: text.to_owned(),
            expected: "three numbers A,a,b such as 12,2,0.25",
        };
        let parts: Vec<f64> =
            text.split(',').map(|x| x.trim().parse().map_err(|_| unreadable())).collect::<Result<_, _>>()?;
        match parts[..] {
            [amplitude, a, b] => Self { amplitude, a, b }.validated(),
            _ => Err(unreadable()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_minus_beta_is_one_and_ends_are_finite() {
        for c in [Corrector::OFF, Corrector::IMAGES, Corrector { amplitude: 10.0, a: 0.0, b: 0.0 }] {
            for j in 0..=20 {
                let t = j as f64 / 20.0;
                assert!(c.beta(t).is_finite() && c.beta(t) >= 0.0);
                assert!((c.alpha(t) - c.beta(t) - 1.0).abs() < 1e-14);
            }
        }
        assert!((Corrector::IMAGES.beta(0.5) - 12.0 * 0.25 * 0.5f64.powf(0.25)).abs() < 1e-14);
    }

    #[test]
    fn text_round_trips_and_nonsense_is_refused() {
        assert_eq!("12,2,0.25".parse(), Ok(Corrector::IMAGES));
        assert_eq!(Corrector::IMAGES.to_string().parse(), Ok(Corrector::IMAGES));
        for bad in ["", "1", "1,2", "1,2,3,4", "-1,0,0", "1,-1,0", "1,0,nan", "inf,0,0", "a,b,c"] {
            assert!(bad.parse::<Corrector>().is_err(), "{bad}");
        }
    }
}
