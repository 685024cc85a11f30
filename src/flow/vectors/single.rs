//! Functions for loops over `f32`, sixteen at a time.

use super::exponential;

/// eˣ within 2 units in the last place; 0 below −87.3, infinite never: it stops growing at x = 88. NaN stays NaN.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    exponential!(x, f32: -87.3 to 88.0, ROUND, 0.693_359_4 + -2.121_944_4e-4, 127 << 23, |r| {
        // The minimax polynomial of Cephes' expf on ±ln 2 / 2.
        let mut p = 1.987_569_1e-4;
        for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
            p = p * r + c;
        }
        p * r * r
    })
}

/// x σ(x) and its slope.
#[inline(always)]
pub(crate) fn silu(x: f32) -> (f32, f32) {
    let sigmoid = 1.0 / (1.0 + exp(-x));
    let value = x * sigmoid;
    (value, sigmoid + value * (1.0 - sigmoid))
}

/// Turns a row of logits into e^(logit − largest); ln Σ e^logit and Σ of the row as it is then.
#[inline(always)]
pub(crate) fn exp_row(row: &mut [f32]) -> (f32, f32) {
    let top = fold(row, f32::NEG_INFINITY, |a, b| if a > b { a } else { b });
    row.iter_mut().for_each(|x| *x = exp(*x - top));
    let sum = fold(row, 0.0, |a, b| a + b);
    (top + sum.ln(), sum)
}

/// Σ a b, in a fixed order.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    super::dot::<_, 16>(a, b)
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
    use crate::flow::vectorized;

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
