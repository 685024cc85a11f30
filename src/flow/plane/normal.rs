//! The normal distribution where its tails matter: density, distribution function, quantiles, and the moments of a normal
//! variable that is cut off at both sides.

use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

/// √(2π).
pub const ROOT_TAU: f64 = 2.506_628_274_631_000_7;

/// φ(z), the standard normal density.
pub fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / ROOT_TAU
}

/// Φ(z), the standard normal distribution function; small values keep all their digits.
pub fn distribution(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// Φ(b) − Φ(a) for a ≤ b without cancellation in either tail.
pub fn between(a: f64, b: f64) -> f64 {
    if a > 0.0 { distribution(-a) - distribution(-b) } else { distribution(b) - distribution(a) }
}

/// ∫ Φ up to z: zΦ(z) + φ(z).
pub fn integrated(z: f64) -> f64 {
    if z == f64::NEG_INFINITY { 0.0 } else { z * distribution(z) + density(z) }
}

/// Φ⁻¹(p) for p in (0, 1): a rational guess (Acklam's) and one step of Halley's method.
pub fn quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416];
    let polynomial = |all: &[f64], q: f64| all.iter().fold(0.0, |sum, a| sum * q + a);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&C, q) / (polynomial(&D, q) * q + 1.0)
    };
    let z = if p < 0.024_25 {
        tail(p)
    } else if p > 1.0 - 0.024_25 {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        polynomial(&A, q * q) * q / (polynomial(&B, q * q) * q * q + 1.0)
    };
    // In the upper half of the distribution 1 − Φ has the digits.
    let miss = if z > 0.0 { (1.0 - p) - distribution(-z) } else { distribution(z) - p };
    let step = miss * ROOT_TAU * (0.5 * z * z).exp();
    z - step / (1.0 + 0.5 * z * step)
}

/// e^{x²} erfc(x) for x ≥ 0.
fn scaled_erfc(x: f64) -> f64 {
    if x < 20.0 {
        return (x * x).exp() * libm::erfc(x);
    }
    let y = 0.5 / (x * x);
    (1.0 - y * (1.0 - 3.0 * y * (1.0 - 5.0 * y * (1.0 - 7.0 * y)))) / (x * PI.sqrt())
}

/// Q(z)/φ(z), Mills' ratio, for z ≥ 0.
fn mills(z: f64) -> f64 {
    ROOT_TAU * 0.5 * scaled_erfc(z / SQRT_2)
}

/// A standard normal variable between two bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncated {
    /// ln(Φ(b) − Φ(a)).
    pub ln_mass: f64,
    /// Its mean.
    pub mean: f64,
    /// Its mean minus the middle of the bounds, with all digits.
    pub shift: f64,
    /// Its variance.
    pub variance: f64,
}

/// Nodes and weights of Gauss and Legendre's rule of eight points on \[−1, 1\], the positive half.
pub(super) const NODES: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

/// Between these bounds of the variable, narrower than this for its slope there, a sum over nodes is exact.
const NARROW: f64 = 0.6;

/// Of a standard normal variable between a < b, finite and far out alike: nothing underflows, and a narrow piece keeps its
/// digits.
pub fn truncated(a: f64, b: f64) -> Truncated {
    let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
    if 2.0 * half * middle.abs().max(1.0) < NARROW {
        return narrow(middle, half);
    }
    if a + b < 0.0 {
        let mirrored = truncated(-b, -a);
        return Truncated { mean: -mirrored.mean, shift: -mirrored.shift, ..mirrored };
    }
    if a > 0.0 {
        // In units of φ(a): φ(b) = φ(a) e^{−δ}.
        let fall = (-(b - a) * middle).exp();
        let (mass, mean) = (mills(a) - mills(b) * fall, -(-(b - a) * middle).exp_m1());
        let mean = mean / mass;
        let square = (a - b * fall) / mass;
        return Truncated {
            ln_mass: mass.ln() - 0.5 * a * a - ROOT_TAU.ln(),
            mean,
            shift: mean - middle,
            variance: positive(1.0 + square - mean * mean, a, b),
        };
    }
    let mass = between(a, b);
    let (fa, fb) = (density(a), density(b));
    let mean = (fa - fb) / mass;
    let variance = 1.0 + (a * fa - b * fb) / mass - mean * mean;
    Truncated { ln_mass: mass.ln(), mean, shift: mean - middle, variance: positive(variance, a, b) }
}

/// A variance in its bounds: at most that of the two ends.
fn positive(variance: f64, a: f64, b: f64) -> f64 {
    variance.clamp(0.0, (0.25 * (b - a) * (b - a)).max(f64::MIN_POSITIVE))
}

fn narrow(middle: f64, half: f64) -> Truncated {
    let (mut mass, mut first, mut second) = (0.0, 0.0, 0.0);
    for (node, weight) in NODES {
        for offset in [-half * node, half * node] {
            // φ(middle + offset)/φ(middle).
            let f = weight * (-offset * (middle + 0.5 * offset)).exp();
            mass += f;
            first += f * offset;
            second += f * offset * offset;
        }
    }
    let shift = first / mass;
    Truncated {
        ln_mass: (mass * half).ln() - 0.5 * middle * middle - ROOT_TAU.ln(),
        mean: middle + shift,
        shift,
        variance: (second / mass - shift * shift).max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_found_again() {
        for i in 1..2000 {
            let p = f64::from(i) / 2000.0;
            assert!((distribution(quantile(p)) / p - 1.0).abs() < 1e-12, "{p}");
        }
        for p in [1e-300, 1e-20, 1e-6, 1.0 - 1e-9] {
            assert!((distribution(quantile(p)) / p - 1.0).abs() < 1e-9, "{p}");
        }
        assert!(quantile(0.5).abs() < 1e-15);
    }

    #[test]
    fn a_truncated_variable_is_its_integral() {
        let cases = [
            (-1.0, 2.0),
            (0.3, 0.9),
            (2.0, 2.05),
            (-8.0, 8.0),
            (5.0, 6.0),
            (-30.0, -29.0),
            (12.0, 40.0),
            (-0.001, 0.002),
            (3.0, 3.0 + 1e-7),
            (-2.0, 11.0),
            (0.2, 7.0),
            (25.0, 25.5),
            (-9.0, -3.0),
            (0.25, 1.45),
        ];
        for (a, b) in cases {
            let found = truncated(a, b);
            // Simpson's rule in units of the largest density.
            let top = if a > 0.0 {
                a
            } else if b < 0.0 {
                b
            } else {
                0.0
            };
            let n = 200_000;
            let h = (b - a) / f64::from(n);
            let mut sums = [0.0; 3];
            let centre = found.mean;
            for i in 0..=n {
                let x = a + h * f64::from(i);
                let weight = if i == 0 || i == n { 1.0 } else { 2.0 + 2.0 * f64::from(i % 2) };
                let f = weight * (0.5 * (top - x) * (top + x)).exp() * h / 3.0;
                sums[0] += f;
                sums[1] += f * (x - centre);
                sums[2] += f * (x - centre) * (x - centre);
            }
            let ln_mass = sums[0].ln() - 0.5 * top * top - ROOT_TAU.ln();
            assert!(
                (found.ln_mass - ln_mass).abs() < 1e-10 * (1.0 + ln_mass.abs()),
                "{a} {b} {found:?} {ln_mass}"
            );
            assert!(
                (sums[1] / sums[0]).abs() < 1e-9 * (b - a) + 1e-15 * a.abs(),
                "{a} {b} mean {}",
                sums[1] / sums[0]
            );
            let variance = sums[2] / sums[0];
            // Far out it is a difference of squares of the distance.
            let tol = 1e-8 * (1.0 + a.abs().min(b.abs()).powi(2));
            assert!((found.variance / variance - 1.0).abs() < tol, "{a} {b} {} {variance}", found.variance);
        }
    }

    #[test]
    fn differences_keep_their_digits_in_both_tails() {
        assert!((between(8.0, 9.0) / between(-9.0, -8.0) - 1.0).abs() < 1e-12);
        assert!((between(-1.0, 1.0) - 0.682_689_492_137_085_9).abs() < 1e-15);
        assert!((integrated(-1.0) - (density(1.0) - distribution(-1.0))).abs() < 1e-15);
    }
}
