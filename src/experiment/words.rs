//! Words that captions of every lab have.

use crate::flow::Corrector;

/// A tᵃ (1−t)ᵇ.
pub fn corrector_words(corrector: Corrector) -> String {
    let power = |base: &str, exponent: f64| match exponent {
        0.0 => String::new(),
        1.0 => format!(" {base}"),
        _ => format!(" {base}^{exponent}"),
    };
    let Corrector { amplitude, a, b } = corrector;
    format!("corrector {amplitude}{}{}", power("t", a), power("(1−t)", b))
}
