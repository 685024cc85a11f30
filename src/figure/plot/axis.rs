//! One axis of a plot: its range, its ticks, and where a value lies on it. Figures and the window set their axes by it.

use crate::figure::ticks::{TickLabels, format_value, log_ticks, nice_ticks, power_of_ten, tick_labels};

/// An axis: its range, its ticks, and where a value lies on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    log: bool,
    min: f64,
    max: f64,
    /// Values that have a label.
    pub ticks: Vec<f64>,
    /// One a tick.
    pub labels: Vec<String>,
    /// Ticks without label between decades.
    pub minor: Vec<f64>,
    /// The power of ten that all labels are to be multiplied with, if there is one.
    pub exponent: Option<i32>,
}

impl Axis {
    /// An axis over `values` with about `n` ticks and `pad` of its length free at both ends.
    pub fn new(values: impl Iterator<Item = f64>, log: bool, n: f64, pad: f64) -> Self {
        let [mut min, mut max] =
            values.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(v), b.max(v)]);
        if min > max {
            [min, max] = if log { [0.1, 1.0] } else { [0.0, 1.0] };
        }
        let n = n.max(2.0) as usize;
        if log {
            [min, max] = padded_log(min, max, pad);
            let ticks = log_ticks(min, max, n);
            let minor = minor_ticks(min, max);
            let labels = log_labels(&ticks);
            return Self { log, min, max, ticks, labels, minor, exponent: None };
        }
        [min, max] = padded_linear(min, max, pad);
        let ticks = nice_ticks(min, max, n);
        let TickLabels { labels, exponent } = tick_labels(&ticks);
        Self { log, min, max, ticks, labels, minor: Vec::new(), exponent }
    }

    /// Position along the axis, 0 at its start and 1 at its end.
    pub fn unit(&self, v: f64) -> f64 {
        let [v, min, max] =
            if self.log { [v, self.min, self.max].map(f64::log10) } else { [v, self.min, self.max] };
        // Halves, so that huge ranges do not overflow.
        let unit = (0.5 * v - 0.5 * min) / (0.5 * max - 0.5 * min);
        if unit.is_finite() { unit } else { 0.5 }
    }

    /// The value at a position along the axis: the inverse of [`Self::unit`].
    pub fn value(&self, unit: f64) -> f64 {
        let [min, max] = if self.log { [self.min, self.max].map(f64::log10) } else { [self.min, self.max] };
        let value = min * (1.0 - unit) + max * unit;
        if self.log { 10f64.powf(value) } else { value }
    }
}

/// Widens a linear range. An axis of values of one sign begins at zero where that costs little
/// room, and never passes it.
fn padded_linear(min: f64, max: f64, pad: f64) -> [f64; 2] {
    let span = max - min;
    if span <= 0.0 {
        // Zero alone is the foot of an axis, as it would be of any value above it.
        let half = 0.5 * min.abs();
        return if min == 0.0 { [0.0, 1.0] } else { [min - half, max + half] };
    }
    let (low, high) = (min - pad * span, max + pad * span);
    [
        if min >= 0.0 && min < 0.25 * span { 0.0 } else { low },
        if max <= 0.0 && max > -0.25 * span { 0.0 } else { high },
    ]
}

fn padded_log(min: f64, max: f64, pad: f64) -> [f64; 2] {
    let factor = (max / min).powf(pad).clamp(1.0 + pad, 1e12);
    let factor = if max > min { factor } else { 3.0 };
    [(min / factor).max(f64::MIN_POSITIVE), (max * factor).min(f64::MAX)]
}

/// 1, 2, … 9 times each power of ten, where there are few decades.
fn minor_ticks(min: f64, max: f64) -> Vec<f64> {
    let (low, high) = (min.log10().floor() as i32, max.log10().ceil() as i32);
    if high - low > 8 {
        return Vec::new();
    }
    let multiples = (low..high).flat_map(|e| (1..10).map(move |m| f64::from(m) * 10f64.powi(e)));
    multiples.filter(|t| (min..=max).contains(t)).collect()
}

/// Powers of ten with a superscript, or all ticks as plain numbers where they are not decades or
/// short enough to be read at once.
fn log_labels(ticks: &[f64]) -> Vec<String> {
    let is_decade = |t: f64| (t.log10() - t.log10().round()).abs() < 1e-9;
    let short = ticks.iter().all(|t| (1e-2..1e4).contains(t));
    if short || !ticks.iter().copied().all(is_decade) {
        return ticks.iter().copied().map(format_value).collect();
    }
    ticks.iter().map(|t| power_of_ten(t.log10().round() as i32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithmic_axis_places_decades_evenly() {
        let axis = Axis::new([1e-4, 1.0].into_iter(), true, 6.0, 0.0);
        assert_eq!(axis.labels.first().map(String::as_str), Some("10⁻⁴"));
        for (i, tick) in axis.ticks.iter().enumerate() {
            let step = axis.unit(10.0) - axis.unit(1.0);
            assert!((axis.unit(*tick) - axis.unit(axis.ticks[0]) - i as f64 * step).abs() < 1e-12);
            assert!((axis.value(axis.unit(*tick)) / tick - 1.0).abs() < 1e-12);
        }
        let linear = Axis::new([-2.0, 5.0].into_iter(), false, 6.0, 0.05);
        assert!((linear.value(linear.unit(3.5)) - 3.5).abs() < 1e-12);
    }
}
