//! A number with so many decimals.

/// `x` with so many decimals; what rounds to nothing has no sign.
pub fn fixed(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|c| matches!(c, '0' | '.')) => zero.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_sign() {
        for (x, decimals, said) in [
            (-0.0, 3, "0.000"),
            (-4e-5, 4, "0.0000"),
            (-6e-5, 4, "-0.0001"),
            (-0.4, 0, "0"),
            (1.25, 1, "1.2"),
        ] {
            assert_eq!(fixed(x, decimals), said);
        }
        assert_eq!(fixed(f64::NEG_INFINITY, 2), "-inf");
    }
}
