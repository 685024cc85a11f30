//! The rounds of MaskGIT's confidence-ordered decoding (math.md 5.5).

use crate::flow::Kappa;

/// Where the denoiser is asked in round `round` of `rounds`: the share of tokens still masked is cos(π/2 · r/T).
pub fn round_kappa(round: usize, rounds: usize) -> Kappa {
    let masked = (std::f64::consts::FRAC_PI_2 * round as f64 / rounds as f64).cos();
    Kappa { value: 1.0 - masked, complement: masked }
}

/// The scale of the Gumbel noise on confidences in round `round` of `rounds`: it falls to 0 in the last one.
pub fn round_noise(choice_temperature: f64, round: usize, rounds: usize) -> f64 {
    choice_temperature * (1.0 - (round + 1) as f64 / rounds as f64)
}
