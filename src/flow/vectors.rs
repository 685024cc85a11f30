//! Loops for the vector units of the processor at hand, and the few functions they need, in [`double`] and in [`single`]
//! precision. No intrinsics: plain loops over slices, compiled for several instruction sets, of which the best is chosen
//! while running.

pub(crate) mod double;
pub(crate) mod single;

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

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

/// What [`vectorized`] does with its closure. That it is asked for as `FnOnce` makes it one: one that could be called twice
/// would be called through a function of its own, and that is compiled for the narrowest vectors.
#[inline(always)]
pub(crate) fn compiled_for_vectors<R>(work: impl FnOnce() -> R) -> R {
    with_vectors(work)
}

/// Runs `work` with the best vectors that this processor has.
pub(crate) fn with_vectors<W: pulp::WithSimd>(work: W) -> W::Output {
    let arch = pulp::Arch::new();
    // The middle of three choices on x86 is not among those that `Arch` makes in this build.
    #[cfg(target_arch = "x86_64")]
    if let (pulp::Arch::Scalar, Some(avx2)) = (arch, pulp::x86::V3::try_new()) {
        return pulp::Simd::vectorize(avx2, work);
    }
    arch.dispatch(work)
}

/// Σ a b in a fixed order that vectors of `LANES` numbers can follow.
#[inline(always)]
fn dot<T, const LANES: usize>(a: &[T], b: &[T]) -> T
where
    T: Copy + Default + AddAssign + Add<Output = T> + Mul<Output = T> + Sum,
{
    let mut lanes = [T::default(); LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += *a * *b;
        }
    }
    let rest: T = a_rest.iter().zip(b_rest).map(|(a, b)| *a * *b).sum();
    lanes.into_iter().sum::<T>() + rest
}

/// eˣ between `$least` and `$most`, outside as at the nearer end; NaN stays NaN. `$tail` is Σ rⁿ/n! from n = 2 on, for
/// |r| ≤ ln 2 / 2. `$round` is 1.5 times the first number without places after the point, ln 2 comes in two parts, and
/// the exponent of a number lies `$mantissa` bits up, `$bias` higher than it means.
macro_rules! exponential {
    (
        $x:expr, $float:ident: $least:literal to $most:literal, $round:ident, $ln_2:literal + $little:literal,
        $bias:literal << $mantissa:literal, |$r:ident| $tail:expr
    ) => {{
        // Comparisons, not `clamp`: these become one vector instruction each and let NaN through.
        let x = if $x < $least { $least } else { $x };
        let x = if x > $most { $most } else { x };
        // Adding rounds to a whole number n, which the low bits then hold.
        let shifted = x * std::$float::consts::LOG2_E + $round;
        let n = shifted - $round;
        // x − n ln 2 in two parts, so that the difference keeps its last bits.
        let $r = (x - n * $ln_2) - n * $little;
        let p = ($tail + $r) + 1.0;
        p * $float::from_bits(shifted.to_bits().wrapping_add($bias) << $mantissa)
    }};
}
use exponential;
