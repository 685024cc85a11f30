//! Nice positions for the ticks of an axis, and how numbers are written beside them.

/// At most `n + 1` evenly spaced positions within `[min, max]`, multiples of 1, 2 or 5 times a
/// power of ten. Where no such grid exists (equal, reversed, overflowing or non-finite limits) the
/// finite limits themselves.
pub fn nice_ticks(min: f64, max: f64, n: usize) -> Vec<f64> {
    let span = max - min;
    if !(span.is_finite() && span > 0.0) {
        return ends(min, max);
    }
    let step = nice_step(span / n.max(1) as f64);
    let (first, last) = ((min / step).ceil(), (max / step).floor());
    // Neighbouring multiples must be distinct numbers, which fails far from zero.
    if !(step.is_normal() && first.abs().max(last.abs()) < 1e15) {
        return ends(min, max);
    }
    let count = (last - first) as usize + 1;
    let ticks: Vec<f64> = (0..count)
        // `+ 0.0` turns −0 into 0.
        .map(|i| (first + i as f64) * step + 0.0)
        .filter(|&tick| tick >= min && tick <= max)
        .collect();
    if ticks.len() < 2 { ends(min, max) } else { ticks }
}

/// Ticks of a logarithmic axis within `[min, max]` (both positive): powers of ten, every second or
/// third of them where there are many; 1, 2 and 5 times a power of ten where there are few; a
/// linear grid below that.
pub fn log_ticks(min: f64, max: f64, n: usize) -> Vec<f64> {
    if !(min > 0.0 && max > min && max.is_finite()) {
        return ends(min, max);
    }
    let within = |tick: &f64| *tick >= min * (1.0 - 1e-9) && *tick <= max * (1.0 + 1e-9);
    let (low, high) = (min.log10().floor() as i32, max.log10().ceil() as i32);
    let stride = ((high - low) as usize).div_ceil(n.max(1)).max(1) as i32;
    let decades: Vec<f64> =
        (low..=high).filter(|e| e % stride == 0).map(|e| 10f64.powi(e)).filter(within).collect();
    if decades.len() >= 3 || high - low > 4 {
        return if decades.len() < 2 { ends(min, max) } else { decades };
    }
    let parts: Vec<f64> =
        (low..=high).flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(e))).filter(within).collect();
    if parts.len() >= 2 { parts } else { nice_ticks(min, max, n) }
}

/// The labels of a set of ticks, all with the same number of decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickLabels {
    /// One label a tick.
    pub labels: Vec<String>,
    /// A power of ten that all labels are to be multiplied with, to be written at the end of the
    /// axis (`×10⁻⁴`), where the numbers are too small or too large to be written out.
    pub exponent: Option<i32>,
}

/// Labels for evenly spaced `ticks`.
pub fn tick_labels(ticks: &[f64]) -> TickLabels {
    let largest = ticks.iter().fold(0.0_f64, |m, t| m.max(t.abs()));
    let smallest_step = ticks.windows(2).map(|w| (w[1] - w[0]).abs()).fold(f64::INFINITY, f64::min);
    let largest_exponent = decimal_exponent(largest);
    let exponent = (!(-2..6).contains(&largest_exponent)).then_some(largest_exponent);
    let shift = exponent.unwrap_or(0);
    let step_exponent =
        // The slack keeps a step of 0.9999… from asking for one more decimal.
        if smallest_step.is_finite() {
            decimal_exponent(smallest_step * (1.0 + 1e-9))
        } else {
            largest_exponent - 1
        };
    let decimals = (shift - step_exponent).clamp(0, 12) as usize;
    let labels = ticks.iter().map(|&t| fixed(scale_by_power(t, -shift), decimals)).collect();
    TickLabels { labels, exponent }
}

/// A number as a label that stands alone: three digits, `0.05`, `12000`, and `2.4e−4` outside
/// [0.001, 100000), with a real minus sign (U+2212).
pub fn format_value(v: f64) -> String {
    if v.is_nan() {
        return "NaN".to_owned();
    }
    if v.is_infinite() {
        return if v > 0.0 { "∞".to_owned() } else { "\u{2212}∞".to_owned() };
    }
    if v == 0.0 {
        return "0".to_owned();
    }
    let exponent = decimal_exponent(v.abs());
    if (-3..5).contains(&exponent) {
        trim_zeros(fixed(v, (2 - exponent).clamp(0, 6) as usize))
    } else {
        // `{:e}` rounds correctly, also where 9.96 becomes 10.
        let text = format!("{v:.1e}");
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = mantissa.strip_suffix(".0").unwrap_or(mantissa);
        format!("{mantissa}e{power}").replace('-', "\u{2212}")
    }
}

/// `10⁻⁴` for −4.
pub fn power_of_ten(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let exponent = exponent.to_string();
    let superscript = exponent.chars().map(|c| c.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize]));
    "10".chars().chain(superscript).collect()
}

/// The finite ones of the two limits, in order, each once.
fn ends(min: f64, max: f64) -> Vec<f64> {
    let mut ends: Vec<f64> = [min, max].into_iter().filter(|v| v.is_finite()).collect();
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    ends
}

/// The smallest of 1, 2, 5 × 10ᵏ that is at least `step`.
fn nice_step(step: f64) -> f64 {
    let power = 10f64.powi(decimal_exponent(step));
    let mantissa = step / power;
    // The slack keeps 0.1 / 0.02 from becoming 5.000000001 parts.
    let nice = [1.0, 2.0, 5.0].into_iter().find(|m| mantissa <= m * (1.0 + 1e-9)).unwrap_or(10.0);
    nice * power
}

/// `floor(log10(v))`, correct at powers of ten as well; 0 for 0.
fn decimal_exponent(v: f64) -> i32 {
    if v == 0.0 || !v.is_finite() {
        return 0;
    }
    format!("{v:e}").split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
}

/// `v · 10ᵏ` without the overflow of `10ᵏ` itself for the exponents of subnormal numbers.
fn scale_by_power(v: f64, k: i32) -> f64 {
    let half = k / 2;
    v * 10f64.powi(half) * 10f64.powi(k - half)
}

/// With a real minus.
fn fixed(v: f64, decimals: usize) -> String {
    super::fixed(v, decimals).replace('-', "\u{2212}")
}

fn trim_zeros(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_with_few_digits_and_a_real_minus() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (0.05, "0.05"),
            (1.0, "1"),
            (63.47, "63.5"),
            (-1.5, "\u{2212}1.5"),
            (12_000.0, "12000"),
            (0.000_24, "2.4e\u{2212}4"),
            (-3e-9, "\u{2212}3e\u{2212}9"),
            (9.96e-5, "1e\u{2212}4"),
            (2.5e7, "2.5e7"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "\u{2212}∞"),
        ];
        for (value, text) in cases {
            assert_eq!(format_value(value), text);
        }
    }

    #[test]
    fn labels_share_decimals_and_exponent() {
        let plain = tick_labels(&nice_ticks(0.0, 0.16, 4));
        assert_eq!(plain.labels, ["0.00", "0.05", "0.10", "0.15"]);
        assert_eq!(plain.exponent, None);
        let small = tick_labels(&nice_ticks(-2.4e-4, 2.4e-4, 5));
        assert_eq!(small.labels, ["\u{2212}2", "\u{2212}1", "0", "1", "2"]);
        assert_eq!(small.exponent, Some(-4));
        assert_eq!(power_of_ten(-14), "10⁻¹⁴");
    }

    #[test]
    fn logarithmic_ticks_are_decades_or_their_parts() {
        assert_eq!(log_ticks(0.9e-3, 1.5, 6), [1e-3, 1e-2, 1e-1, 1.0]);
        let parts = log_ticks(0.015, 0.6, 6);
        let expected = [0.02, 0.05, 0.1, 0.2, 0.5];
        assert_eq!(parts.len(), expected.len());
        assert!(parts.iter().zip(expected).all(|(a, b)| (a / b - 1.0).abs() < 1e-12));
    }

    proptest! {
        #[test]
        fn nice_ticks_are_few_even_round_and_inside(
            min in -1e6..1e6_f64,
            span_exponent in -6.0..6.0_f64,
            n in 3usize..12,
        ) {
            let max = min + 10f64.powf(span_exponent);
            let ticks = nice_ticks(min, max, n);
            prop_assert!(ticks.len() >= 2 && ticks.len() <= n + 1);
            prop_assert!(ticks.iter().all(|&t| t >= min && t <= max));
            if ticks.len() >= 3 {
                let step = ticks[1] - ticks[0];
                for pair in ticks.windows(2) {
                    let error = (pair[1] - pair[0]) / step - 1.0;
                    prop_assert!(error.abs() < 1e-3 + 1e-9 * (max.abs() / step));
                }
            }
            if min < 0.0 && max > 0.0 && ticks.len() >= 3 {
                prop_assert!(ticks.contains(&0.0));
            }
        }

        #[test]
        fn any_numbers_at_all_are_survived(a in any::<f64>(), b in any::<f64>(), n in 0usize..9) {
            for ticks in [nice_ticks(a, b, n), log_ticks(a, b, n)] {
                prop_assert!(ticks.len() < 400);
                prop_assert_eq!(tick_labels(&ticks).labels.len(), ticks.len());
            }
            prop_assert!(!format_value(a).contains('-'));
        }
    }
}
