//! Loops for the vector units of the processor at hand, and the few functions they need. No intrinsics: plain loops,
//! compiled for several instruction sets, of which the best is chosen while running.

pub(crate) use crate::flow::vectorized;

/// Runs `work` with the best vectors that this processor has.
pub fn with_vectors<W: pulp::WithSimd>(work: W) -> W::Output {
    let arch = pulp::Arch::new();
    #[cfg(target_arch = "x86_64")]
    if let (pulp::Arch::Scalar, Some(avx2)) = (arch, pulp::x86::V3::try_new()) {
        return pulp::Simd::vectorize(avx2, work);
    }
    arch.dispatch(work)
}

/// eˣ within 2 units in the last place; 0 below −87.3, infinite never: it stops growing at x = 88. NaN stays NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Comparisons, not `clamp`: these become one vector instruction each and let NaN through.
    let x = if x < -87.3 { -87.3 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    // Adding 1.5·2²³ rounds to a whole number n, which the low bits then hold.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // x − n ln 2 in two parts, so that the difference keeps its last bits.
    let r = (x - n * 0.693_359_4) + n * 2.121_944_4e-4;
    // The minimax polynomial of Cephes' expf on ±ln 2 / 2.
    let mut p = 1.987_569_1e-4;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p * r + c;
    }
    let p = (p * r * r + r) + 1.0;
    let power_of_two = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    p * power_of_two
}

/// x σ(x) and its slope.
#[inline(always)]
pub fn silu(x: f32) -> (f32, f32) {
    let sigmoid = 1.0 / (1.0 + exp(-x));
    let value = x * sigmoid;
    (value, sigmoid + value * (1.0 - sigmoid))
}

/// Turns a row of logits into e^(logit − largest); ln Σ e^logit and Σ of the row as it is then.
#[inline(always)]
pub fn exp_row(row: &mut [f32]) -> (f32, f32) {
    let top = fold(row, f32::NEG_INFINITY, |a, b| if a > b { a } else { b });
    row.iter_mut().for_each(|x| *x = exp(*x - top));
    let sum = fold(row, 0.0, |a, b| a + b);
    (top + sum.ln(), sum)
}

/// Σ a b, in a fixed order.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}

/// A reduction in a fixed order that vectors can follow.
#[inline(always)]
fn fold(row: &[f32], start: f32, f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; 16];
    let (blocks, rest) = row.as_chunks::<16>();
    for block in blocks {
        for (lane, x) in lanes.iter_mut().zip(block) {
            *lane = f(*lane, *x);
        }
    }
    let all = lanes.into_iter().fold(start, &f);
    rest.iter().fold(all, |a, b| f(a, *b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_right_to_the_last_places_and_keeps_nan() {
        let mut worst = 0.0f64;
        for n in -870_000..880_000 {
            let x = n as f32 * 1e-4;
            let exact = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) - exact).abs() / exact);
        }
        assert!(worst < 2.0 * f64::from(f32::EPSILON), "{worst:e}");
        assert!(exp(f32::NAN).is_nan());
        assert!(exp(-1000.0) < 1.3e-38 && exp(f32::NEG_INFINITY) < 1.3e-38);
        assert!(exp(1000.0) > 1e38 && exp(1000.0).is_finite());
        // The same numbers whatever the processor's vectors.
        let all: Vec<f32> = (0..1000).map(|n| (n - 500) as f32 * 0.17).collect();
        let wide = vectorized!(all.iter().map(|&x| exp(x)).collect::<Vec<_>>());
        assert_eq!(wide, all.iter().map(|&x| exp(x)).collect::<Vec<_>>());
    }

    #[test]
    fn silu_and_its_slope() {
        for n in -400..400 {
            let x = n as f32 * 0.05;
            let exact = |x: f64| x / (1.0 + (-x).exp());
            let (value, slope) = silu(x);
            let difference = (exact(f64::from(x) + 1e-5) - exact(f64::from(x) - 1e-5)) / 2e-5;
            assert!((f64::from(value) - exact(f64::from(x))).abs() < 2e-6, "{x}");
            assert!((f64::from(slope) - difference).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn a_row_of_any_length_is_normalised() {
        for length in [2, 16, 17, 100] {
            let logits: Vec<f32> = (0..length).map(|n| (n as f32).sin() * 30.0).collect();
            let exact = logits.iter().map(|&x| f64::from(x).exp()).sum::<f64>();
            let mut row = logits.clone();
            let (log, sum) = exp_row(&mut row);
            assert!((f64::from(log) - exact.ln()).abs() < 1e-5);
            for (p, x) in row.iter().zip(logits) {
                assert!((f64::from(p / sum) - f64::from(x).exp() / exact).abs() < 1e-6);
            }
        }
        let mut spoilt = [1.0, f32::NAN, 2.0];
        assert!(exp_row(&mut spoilt).0.is_nan());
    }
}
