//! Functions for loops over `f64`, eight at a time.

use super::exponential;
use ndarray::Array2;
use std::borrow::Cow;

/// eˣ to the last place or two for −708 ≤ x ≤ 709, outside as at the nearer end. NaN stays NaN.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    exponential!(x, f64: -708.0 to 709.0, ROUND, 0.693_145_751_953_125 + 1.428_606_820_309_417_2e-6, 1023 << 52, |r| {
        // Taylor's series, the next term of which is below 2⁻⁵³ for |r| ≤ ln 2 / 2: Σ rⁿ/n! from n = 2 on, in pairs that do
        // not wait for each other (Estrin's scheme).
        let r2 = r * r;
        let r4 = r2 * r2;
        let low = (1.0 / 2.0 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
        let middle = (1.0 / 720.0 + r * (1.0 / 5_040.0)) + r2 * (1.0 / 40_320.0 + r * (1.0 / 362_880.0));
        let high = (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0))
            + r2 * (1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0));
        r2 * (low + r4 * (middle + r4 * high))
    })
}

/// Σ a b in a fixed order.
#[inline(always)]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    super::dot::<_, 8>(a, b)
}

/// Σ a in the same order.
#[inline(always)]
pub(crate) fn sum(a: &[f64]) -> f64 {
    let mut lanes = [0.0f64; 8];
    let (a, rest) = a.as_chunks::<8>();
    for a in a {
        lanes.iter_mut().zip(a).for_each(|(lane, a)| *lane += a);
    }
    lanes.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

/// The entries row by row.
pub(crate) fn flat(array: &Array2<f64>) -> Cow<'_, [f64]> {
    array.as_slice().map_or_else(|| Cow::Owned(array.iter().copied().collect()), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_right_to_the_last_places() {
        for n in -70_800..70_900 {
            let x = f64::from(n) * 1e-2;
            assert!((exp(x) / x.exp() - 1.0).abs() < 4.0 * f64::EPSILON, "{x}");
            let x = f64::from(n) * 1e-6;
            assert!((exp(x) / x.exp() - 1.0).abs() < 2.0 * f64::EPSILON, "{x}");
        }
        assert!(exp(f64::NAN).is_nan());
        assert!(exp(f64::NEG_INFINITY) < 1e-300);
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn dot_takes_every_entry_once() {
        for n in [0, 1, 8, 13, 40] {
            let a: Vec<f64> = (0..n).map(f64::from).collect();
            let exact: f64 = (0..n).map(|x| f64::from(x * x)).sum();
            assert_eq!(dot(&a, &a), exact);
            assert_eq!(sum(&a), (0..n).map(f64::from).sum::<f64>());
        }
    }
}
