//! Loops for the vector units of the processor at hand. No intrinsics: plain loops over slices, compiled for several
//! instruction sets, of which the best is chosen while running.

use ndarray::Array2;
use std::borrow::Cow;

/// Evaluates an expression with everything inlined into it compiled for the widest vectors of this processor. A macro,
/// because a long closure that is not told to be inlined is compiled for the narrowest ones. In it, loops rather than
/// `for_each` with long closures, for the same reason.
macro_rules! vectorized {
    ($work:expr) => {
        $crate::flow::vectors::compiled_for_vectors(
            #[inline(always)]
            || $work,
        )
    };
}
pub(crate) use vectorized;

/// What [`vectorized`] does with its closure.
pub(crate) fn compiled_for_vectors<R>(work: impl FnOnce() -> R) -> R {
    let arch = pulp::Arch::new();
    // The middle of three choices on x86 is not among those that `Arch` makes in this build.
    #[cfg(target_arch = "x86_64")]
    if let (pulp::Arch::Scalar, Some(avx2)) = (arch, pulp::x86::V3::try_new()) {
        return pulp::Simd::vectorize(avx2, work);
    }
    arch.dispatch(work)
}

/// eˣ to the last place or two for −708 ≤ x ≤ 709, outside as at the nearer end. NaN stays NaN.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    // Comparisons, not `clamp`: these become one vector instruction each and let NaN through.
    let x = if x < -708.0 { -708.0 } else { x };
    let x = if x > 709.0 { 709.0 } else { x };
    // Adding 1.5·2⁵² rounds to a whole number n, which the low bits then hold.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // x − n ln 2 in two parts, so that the difference keeps its last bits.
    let r = (x - n * 0.693_145_751_953_125) - n * 1.428_606_820_309_417_2e-6;
    // Taylor's series, the next term of which is below 2⁻⁵³ for |r| ≤ ln 2 / 2: Σ rⁿ/n! from n = 2 on, in pairs that do
    // not wait for each other (Estrin's scheme).
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = (1.0 / 2.0 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
    let middle = (1.0 / 720.0 + r * (1.0 / 5_040.0)) + r2 * (1.0 / 40_320.0 + r * (1.0 / 362_880.0));
    let high = (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0))
        + r2 * (1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0));
    let p = (r2 * (low + r4 * (middle + r4 * high)) + r) + 1.0;
    p * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

/// Σ a b in a fixed order that vectors can follow.
#[inline(always)]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0f64; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f64>() + rest
}

/// Σ a in the same order.
#[inline(always)]
pub(super) fn sum(a: &[f64]) -> f64 {
    let mut lanes = [0.0f64; 8];
    let (a, rest) = a.as_chunks::<8>();
    for a in a {
        lanes.iter_mut().zip(a).for_each(|(lane, a)| *lane += a);
    }
    lanes.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

/// The entries row by row.
pub(super) fn flat(array: &Array2<f64>) -> Cow<'_, [f64]> {
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
