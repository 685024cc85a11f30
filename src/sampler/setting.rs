//! Settings that samplers of every state space have.

use crate::flow::{FlowError, text_by_name};

/// How the exact method makes its corrector's move (math.md 3.4, 5.2); the other methods have their own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CorrectorBy {
    /// Forward beyond the step's end, then re-noised back to it: the second half is exact for a product source.
    #[default]
    Overshoot,
    /// With probability 1 − exp(−∫R) a token is drawn anew, from the denoiser or from the noise.
    Exponential,
    /// The velocity itself: probability ∫R, cut off at 1.
    Velocity,
}

text_by_name!(
    CorrectorBy, "corrector kernel", "overshoot, exponential or velocity",
    Overshoot => "overshoot", Exponential => "exponential", Velocity => "velocity"
);

/// Refuses a number of steps outside 1..=100,000.
pub(super) fn check_steps(steps: usize) -> Result<(), FlowError> {
    if (1..=100_000).contains(&steps) {
        return Ok(());
    }
    let (given, expected) = (steps as f64, "a whole number from 1 to 100000");
    Err(FlowError::Range { what: "steps", given, expected })
}

/// Refuses a temperature outside (0, 4].
pub(super) fn check_temperature(given: f64) -> Result<(), FlowError> {
    if given > 0.0 && given <= 4.0 {
        return Ok(());
    }
    Err(FlowError::Range { what: "temperature", given, expected: "a number above 0 and at most 4" })
}

/// Refuses a choice temperature outside \[0, 10⁶\].
pub(super) fn check_choice(given: f64) -> Result<(), FlowError> {
    if (0.0..=1e6).contains(&given) {
        return Ok(());
    }
    Err(FlowError::Range { what: "choice temperature", given, expected: "a number from 0 to 1000000" })
}

/// The choice temperature of MaskGIT's class-conditional setting.
pub const CHOICE_TEMPERATURE: f64 = 4.5;
