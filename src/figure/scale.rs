//! Which position on a colour map a value has, and the ticks of a colour bar.

use ndarray::Array2;

use super::colormap::ColorMap;
use super::ticks;

/// Below this a field counts as zero everywhere and gets the range 0..1 (or −1..1).
const SMALLEST_RANGE: f64 = 1e-300;

/// A linear scale from values to a colour map.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Scale {
    /// Value at the lower end of the map.
    pub min: f64,
    /// Value at the upper end of the map.
    pub max: f64,
    /// The colour map.
    pub map: ColorMap,
}

impl Scale {
    /// Viridis from 0 to `max`; a `max` that is not finite or not above 1e-300 becomes 1.
    pub fn sequential(max: f64) -> Self {
        Self { min: 0.0, max: usable(max), map: ColorMap::Viridis }
    }

    /// Blue–white–red from `−max_abs` to `max_abs`, zero in the middle; a `max_abs` that is not
    /// finite or not above 1e-300 becomes 1.
    pub fn diverging(max_abs: f64) -> Self {
        let max = usable(max_abs);
        Self { min: -max, max, map: ColorMap::Diverging }
    }

    /// [`Scale::sequential`] up to the largest finite value of `values`.
    pub fn from_values_sequential(values: &Array2<f64>) -> Self {
        Self::sequential(values.iter().filter(|v| v.is_finite()).fold(0.0, |m, &v| m.max(v)))
    }

    /// [`Scale::diverging`] up to the largest finite magnitude in `values`.
    pub fn from_values_diverging(values: &Array2<f64>) -> Self {
        Self::diverging(values.iter().filter(|v| v.is_finite()).fold(0.0, |m, v| m.max(v.abs())))
    }

    /// The scale that covers both ranges, with the map of `self`: for one colour bar over frames.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max), map: self.map }
    }

    /// Position of `value` in [0, 1], limited to that range. NaN for values that are not finite,
    /// so that they get the colour of a missing cell; 0.5 where the range is empty.
    pub fn unit(&self, value: f64) -> f64 {
        if !value.is_finite() {
            return f64::NAN;
        }
        // Halves, so that the range of two huge limits does not overflow.
        let span = 0.5 * self.max - 0.5 * self.min;
        if !(span > 0.0 && span.is_finite()) {
            return 0.5;
        }
        ((0.5 * value - 0.5 * self.min) / span).clamp(0.0, 1.0)
    }

    /// The colour of `value`.
    pub fn color(&self, value: f64) -> [u8; 3] {
        self.map.color(self.unit(value))
    }

    /// At most `n + 1` round values inside the scale, for a colour bar.
    pub fn ticks(&self, n: usize) -> Vec<f64> {
        ticks::nice_ticks(self.min, self.max, n)
    }
}

pub use super::ticks::format_value;

/// The largest of 1, 2 and 5 times a power of ten up to `v`; 0 where there is none.
pub fn round_down(v: f64) -> f64 {
    if !(v > 0.0 && v.is_finite()) {
        return 0.0;
    }
    let decade = 10f64.powf(v.log10().floor());
    let share = v / decade * (1.0 + 1e-12);
    decade * [5.0, 2.0].into_iter().find(|step| share >= *step).unwrap_or(1.0)
}

fn usable(max: f64) -> f64 {
    if max.is_finite() && max > SMALLEST_RANGE { max } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn positions_of_ends_middle_and_outside() {
        let scale = Scale::sequential(4.0);
        assert_eq!([0.0, 1.0, 4.0, 9.0, -1.0].map(|v| scale.unit(v)), [0.0, 0.25, 1.0, 1.0, 0.0]);
        let scale = Scale::diverging(3e-7);
        assert_eq!([-3e-7, 0.0, 3e-7].map(|v| scale.unit(v)), [0.0, 0.5, 1.0]);
        assert_eq!(scale.color(0.0), [255, 255, 255]);
        assert!(scale.unit(f64::INFINITY).is_nan());
        assert_eq!(Scale { min: -f64::MAX, max: f64::MAX, ..scale }.unit(0.0), 0.5);
        assert_eq!(Scale { min: 1.0, max: 1.0, ..scale }.unit(1.0), 0.5);
    }

    #[test]
    fn ranges_ignore_what_is_not_finite_and_zero_fields_get_one() {
        let values = array![[0.5, f64::NAN], [-2.0, f64::INFINITY]];
        assert_eq!(Scale::from_values_sequential(&values).max, 0.5);
        assert_eq!(Scale::from_values_diverging(&values).min, -2.0);
        let zero = Array2::zeros((3, 3));
        assert_eq!(Scale::from_values_sequential(&zero), Scale::sequential(1.0));
        assert_eq!(Scale::from_values_diverging(&zero), Scale::diverging(1.0));
        assert_eq!(Scale::sequential(1.0).union(Scale::sequential(3.0)).max, 3.0);
    }

    #[test]
    fn ticks_of_a_diverging_scale_are_symmetric_about_zero() {
        let ticks = Scale::diverging(0.37).ticks(6);
        assert!(ticks.contains(&0.0) && ticks.len() >= 3);
        let mirrored: Vec<f64> = ticks.iter().rev().map(|t| 0.0 - t).collect();
        assert_eq!(ticks, mirrored);
    }

    #[test]
    fn legend_values_are_round_and_below_the_longest() {
        for (v, expected) in
            [(0.01002, 0.01), (0.0099, 0.005), (4.9, 2.0), (5.0, 5.0), (1e-7, 1e-7), (1999.0, 1000.0)]
        {
            assert!((round_down(v) / expected - 1.0).abs() < 1e-12, "{v}: {}", round_down(v));
        }
        assert_eq!([0.0, -1.0, f64::NAN, f64::INFINITY].map(round_down), [0.0; 4]);
    }
}
