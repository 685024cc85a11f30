//! One axis of x = α x₁ + σ x₀ where each of x₁ and x₀ is normal or even on an interval: density, posterior means, velocity
//! and their slopes (plane.md 1.1, 1.2, 4).

use super::normal::{self, Truncated, truncated};
use super::path::PathPoint;

/// The law of one coordinate of x₁ or of x₀.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    /// N(mean, sd²), sd ≥ 0.
    Normal {
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        sd: f64,
    },
    /// Even on \[low, high\], low < high.
    Even {
        /// Its lower end.
        low: f64,
        /// Its upper end.
        high: f64,
    },
}

/// The law of x₁'s coordinate and that of x₀'s, independent of each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisLaw {
    /// Of x₁.
    pub one: Side,
    /// Of x₀.
    pub zero: Side,
}

/// One coordinate of x_t at one value x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisValues {
    /// ln of the density; −∞ where there is none, and then all else is 0.
    pub ln: f64,
    /// ∂ ln p/∂x.
    pub score: f64,
    /// E[α'x₁ + σ'x₀ | x].
    pub velocity: f64,
    /// ∂ velocity/∂x.
    pub slope: f64,
    /// E[x₁ | x].
    pub one: f64,
    /// E[x₀ | x].
    pub zero: f64,
    /// Var[x₁ | x].
    pub variance: f64,
}

impl AxisValues {
    const NOWHERE: Self = Self {
        ln: f64::NEG_INFINITY,
        score: 0.0,
        velocity: 0.0,
        slope: 0.0,
        one: 0.0,
        zero: 0.0,
        variance: 0.0,
    };
}

/// rate · value where an infinite rate meets a value of 0.
fn times(rate: f64, value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { rate * value }
}

/// A normal variable w = (x − c₁ centre − c₂ y)/sd whose y is even on an interval.
fn cut(x: f64, sd: f64, [low, high]: [f64; 2], factor: f64) -> Truncated {
    truncated((x - factor * high) / sd, (x - factor * low) / sd)
}

impl AxisLaw {
    /// Everything at `x`. Where both parts have width 0 the law is a point, which has no density: the caller asks before.
    pub fn at(&self, point: PathPoint, x: f64) -> AxisValues {
        match (self.one, self.zero) {
            (Side::Normal { mean, sd }, Side::Normal { mean: mean0, sd: sd0 }) => {
                normal_normal(point, x, [mean, sd], [mean0, sd0])
            }
            (Side::Even { low, high }, Side::Normal { mean, sd }) => {
                even_normal(point, x, [low, high], [mean, sd])
            }
            (Side::Normal { mean, sd }, Side::Even { low, high }) => {
                normal_even(point, x, [mean, sd], [low, high])
            }
            (Side::Even { low, high }, Side::Even { low: low0, high: high0 }) => {
                even_even(point, x, [low, high], [low0, high0])
            }
        }
    }

    /// Where the density is not 0: both ends, ±∞ of normal laws.
    pub fn support(&self, point: PathPoint) -> [f64; 2] {
        let of = |side: Side, factor: f64| match side {
            Side::Normal { mean, sd } if sd * factor == 0.0 => [factor * mean; 2],
            Side::Normal { .. } => [f64::NEG_INFINITY, f64::INFINITY],
            Side::Even { low, high } => [factor * low, factor * high],
        };
        let (one, zero) = (of(self.one, point.alpha), of(self.zero, point.sigma));
        [one[0] + zero[0], one[1] + zero[1]]
    }

    /// The probability that the coordinate lies below `cut`.
    pub fn mass_below(&self, point: PathPoint, cut: f64) -> f64 {
        if cut.is_infinite() {
            return f64::from(u8::from(cut > 0.0));
        }
        let PathPoint { alpha, sigma, .. } = point;
        match (self.one, self.zero) {
            (Side::Normal { mean, sd }, Side::Normal { mean: mean0, sd: sd0 }) => {
                below_normal(cut - alpha * mean - sigma * mean0, (alpha * sd).hypot(sigma * sd0))
            }
            (Side::Even { low, high }, Side::Normal { mean, sd }) => {
                below_smeared(cut - sigma * mean, sigma * sd, alpha * low, alpha * high)
            }
            (Side::Normal { mean, sd }, Side::Even { low, high }) => {
                below_smeared(cut - alpha * mean, alpha * sd, sigma * low, sigma * high)
            }
            (Side::Even { low, high }, Side::Even { low: low0, high: high0 }) => {
                below_even(cut, [alpha * low, alpha * high], [sigma * low0, sigma * high0])
            }
        }
    }

    /// Density times velocity at `cut`: what flows through it upwards per unit of t; 0 at ±∞.
    pub fn flux(&self, point: PathPoint, cut: f64) -> f64 {
        if cut.is_infinite() {
            return 0.0;
        }
        let values = self.at(point, cut);
        values.ln.exp() * values.velocity
    }
}

fn below_normal(distance: f64, sd: f64) -> f64 {
    if sd > 0.0 { normal::distribution(distance / sd) } else { f64::from(u8::from(distance > 0.0)) }
}

/// P(N(0, sd²) + even on \[low, high\] ≤ cut).
fn below_smeared(cut: f64, sd: f64, low: f64, high: f64) -> f64 {
    let width = high - low;
    if sd <= 1e-9 * width {
        return ((cut - low) / width).clamp(0.0, 1.0);
    }
    if width < 0.02 * sd {
        // The mean over the interval by Simpson's rule: differences of what follows would lose digits.
        let at = |y: f64| below_normal(cut - y, sd);
        return (at(low) + 4.0 * at(0.5 * (low + high)) + at(high)) / 6.0;
    }
    let integrated = |y: f64| normal::integrated((cut - y) / sd);
    ((integrated(low) - integrated(high)) * sd / width).clamp(0.0, 1.0)
}

/// P(even on a + even on b ≤ cut) by second differences of squared ramps.
fn below_even(cut: f64, a: [f64; 2], b: [f64; 2]) -> f64 {
    let (wide, narrow) = if a[1] - a[0] > b[1] - b[0] { (a, b) } else { (b, a) };
    let widths = [wide[1] - wide[0], narrow[1] - narrow[0]];
    if widths[1] < 1e-5 * widths[0] {
        return ((cut - 0.5 * (narrow[0] + narrow[1]) - wide[0]) / widths[0]).clamp(0.0, 1.0);
    }
    let ramp = |y: f64| (cut - y).max(0.0).powi(2);
    let sum = ramp(a[0] + b[0]) - ramp(a[0] + b[1]) - ramp(a[1] + b[0]) + ramp(a[1] + b[1]);
    (sum / (2.0 * widths[0] * widths[1])).clamp(0.0, 1.0)
}

fn normal_normal(point: PathPoint, x: f64, [mean, sd]: [f64; 2], [mean0, sd0]: [f64; 2]) -> AxisValues {
    let PathPoint { alpha, sigma, alpha_slope, sigma_slope, sigma_drift } = point;
    let v = (alpha * sd).powi(2) + (sigma * sd0).powi(2);
    let e = x - alpha * mean - sigma * mean0;
    let c = (alpha_slope * alpha * sd * sd + sigma_drift * sd0 * sd0) / v;
    AxisValues {
        ln: -0.5 * e * e / v - 0.5 * v.ln() - normal::ROOT_TAU.ln(),
        score: -e / v,
        velocity: alpha_slope * mean + times(sigma_slope, mean0) + c * e,
        slope: c,
        one: mean + alpha * sd * sd / v * e,
        zero: mean0 + sigma * sd0 * sd0 / v * e,
        variance: (sigma * sd * sd0).powi(2) / v,
    }
}

fn even_normal(point: PathPoint, x: f64, [low, high]: [f64; 2], [mean0, sd0]: [f64; 2]) -> AxisValues {
    let PathPoint { alpha, sigma, alpha_slope, sigma_slope, .. } = point;
    let (sd, width, centre) = (sigma * sd0, high - low, 0.5 * (low + high));
    let apart = x - sigma * mean0;
    if sd == 0.0 {
        // x₁ is known: x₀ is its mean alone.
        if !(alpha * low..=alpha * high).contains(&apart) || alpha == 0.0 {
            return AxisValues::NOWHERE;
        }
        let one = apart / alpha;
        return AxisValues {
            ln: -(alpha * width).ln(),
            score: 0.0,
            velocity: alpha_slope * one + times(sigma_slope, mean0),
            slope: alpha_slope / alpha,
            one,
            zero: mean0,
            variance: 0.0,
        };
    }
    if alpha * width < 1e-100 * sd {
        let w = apart / sd;
        return AxisValues {
            ln: -0.5 * w * w - sd.ln() - normal::ROOT_TAU.ln(),
            score: -w / sd,
            velocity: alpha_slope * centre + sigma_slope * (mean0 + sd0 * w),
            slope: sigma_slope / sigma,
            one: centre,
            zero: mean0 + sd0 * w,
            variance: width * width / 12.0,
        };
    }
    let w = cut(apart, sd, [low, high], alpha);
    let (one, zero) = (centre - sd / alpha * w.shift, mean0 + sd0 * w.mean);
    AxisValues {
        ln: w.ln_mass - (alpha * width).ln(),
        score: -w.mean / sd,
        velocity: alpha_slope * one + sigma_slope * zero,
        slope: alpha_slope * w.variance / alpha + sigma_slope * (1.0 - w.variance) / sigma,
        one,
        zero,
        variance: (sd / alpha).powi(2) * w.variance,
    }
}

fn normal_even(point: PathPoint, x: f64, [mean, sd1]: [f64; 2], [low, high]: [f64; 2]) -> AxisValues {
    let PathPoint { alpha, sigma, alpha_slope, sigma_slope, .. } = point;
    let (sd, width, centre) = (alpha * sd1, high - low, 0.5 * (low + high));
    let apart = x - alpha * mean;
    if sd == 0.0 {
        // x₀ is known.
        if !(sigma * low..=sigma * high).contains(&apart) || sigma == 0.0 {
            return AxisValues::NOWHERE;
        }
        let zero = apart / sigma;
        return AxisValues {
            ln: -(sigma * width).ln(),
            score: 0.0,
            velocity: alpha_slope * mean + sigma_slope * zero,
            slope: sigma_slope / sigma,
            one: mean,
            zero,
            variance: sd1 * sd1,
        };
    }
    if sigma * width < 1e-100 * sd {
        let w = apart / sd;
        return AxisValues {
            ln: -0.5 * w * w - sd.ln() - normal::ROOT_TAU.ln(),
            score: -w / sd,
            velocity: alpha_slope * (mean + sd1 * w) + times(sigma_slope, centre),
            slope: alpha_slope / alpha,
            one: mean + sd1 * w,
            zero: centre,
            variance: 0.0,
        };
    }
    let w = cut(apart, sd, [low, high], sigma);
    let (one, zero) = (mean + sd1 * w.mean, centre - sd / sigma * w.shift);
    AxisValues {
        ln: w.ln_mass - (sigma * width).ln(),
        score: -w.mean / sd,
        velocity: alpha_slope * one + sigma_slope * zero,
        slope: alpha_slope * (1.0 - w.variance) / alpha + sigma_slope * w.variance / sigma,
        one,
        zero,
        variance: sd1 * sd1 * w.variance,
    }
}

fn even_even(point: PathPoint, x: f64, [low, high]: [f64; 2], [low0, high0]: [f64; 2]) -> AxisValues {
    let PathPoint { alpha, sigma, alpha_slope, sigma_slope, .. } = point;
    let (width, width0) = (high - low, high0 - low0);
    // The bounds of α x₁, and whether each of them moves with x.
    let from = |one: f64, zero: f64, is_larger: fn(f64, f64) -> bool| {
        if is_larger(zero, one) { (zero, 1.0) } else { (one, 0.0) }
    };
    let (lo, lo_moves) = from(alpha * low, x - sigma * high0, |zero, one| zero > one);
    let (hi, hi_moves) = from(alpha * high, x - sigma * low0, |zero, one| zero < one);
    let length = hi - lo;
    if alpha == 0.0 || sigma == 0.0 {
        let known = if alpha == 0.0 { [low0, high0] } else { [low, high] };
        // One of the two is 0, the other 1 or VE's level.
        let value = x / (alpha + sigma);
        if !(known[0]..=known[1]).contains(&value) {
            return AxisValues::NOWHERE;
        }
        let (one, zero) = match alpha == 0.0 {
            true => (0.5 * (low + high), value),
            false => (value, 0.5 * (low0 + high0)),
        };
        let moves = if alpha == 0.0 { sigma_slope / sigma } else { alpha_slope / alpha };
        return AxisValues {
            ln: -((alpha + sigma) * (known[1] - known[0])).ln(),
            score: 0.0,
            velocity: alpha_slope * one + times(sigma_slope, zero),
            slope: moves,
            one,
            zero,
            variance: if alpha == 0.0 { width * width / 12.0 } else { 0.0 },
        };
    }
    if length <= 0.0 {
        return AxisValues::NOWHERE;
    }
    let both = 0.5 * (lo_moves + hi_moves);
    let one = if both == 0.0 { 0.5 * (low + high) } else { 0.5 * (lo + hi) / alpha };
    let zero = (x - alpha * one) / sigma;
    AxisValues {
        ln: length.ln() - (alpha * width * sigma * width0).ln(),
        score: (hi_moves - lo_moves) / length,
        velocity: alpha_slope * one + sigma_slope * zero,
        slope: alpha_slope * both / alpha + sigma_slope * (1.0 - both) / sigma,
        one,
        zero,
        variance: (length / alpha).powi(2) / 12.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::AffinePath;

    fn laws() -> Vec<AxisLaw> {
        let sides = [
            Side::Normal { mean: 0.4, sd: 0.7 },
            Side::Even { low: -0.5, high: 1.0 },
            Side::Even { low: -1.0, high: 1.0 },
        ];
        sides.iter().flat_map(|&one| sides.iter().map(move |&zero| AxisLaw { one, zero })).collect()
    }

    /// E f(x₁, x₀) near x, by brute force: midpoints of x₁ on a fine line, x₀ = (x − αx₁)/σ.
    fn brute(law: AxisLaw, point: PathPoint, x: f64) -> [f64; 4] {
        let density = |side: Side, y: f64| match side {
            Side::Normal { mean, sd } => normal::density((y - mean) / sd) / sd,
            Side::Even { low, high } => f64::from(u8::from((low..high).contains(&y))) / (high - low),
        };
        let n = 400_000;
        let h = 12.0 / f64::from(n);
        let mut sums = [0.0; 4];
        for i in 0..n {
            let one = -6.0 + h * (f64::from(i) + 0.5);
            let zero = (x - point.alpha * one) / point.sigma;
            let f = density(law.one, one) * density(law.zero, zero) / point.sigma * h;
            sums[0] += f;
            sums[1] += f * one;
            sums[2] += f * zero;
            sums[3] += f * one * one;
        }
        sums
    }

    #[test]
    fn every_pair_is_its_integral() {
        for law in laws() {
            for t in [0.2, 0.5, 0.85] {
                let point = AffinePath::CondOt.at(t);
                for x in [-0.37, 0.1, 0.62] {
                    let found = law.at(point, x);
                    let [p, one, zero, square] = brute(law, point, x);
                    if p < 1e-3 {
                        continue;
                    }
                    let (mean, tol) = (one / p, 3e-4);
                    assert!((found.ln.exp() / p - 1.0).abs() < tol, "{law:?} {t} {x} {} {p}", found.ln.exp());
                    assert!((found.one - mean).abs() < tol && (found.zero - zero / p).abs() < tol);
                    assert!((found.variance - (square / p - mean * mean)).abs() < tol, "{law:?} {t} {x}");
                    assert!((point.alpha * found.one + point.sigma * found.zero - x).abs() < 1e-14);
                }
            }
        }
    }

    #[test]
    fn slopes_and_masses_are_derivatives_of_each_other() {
        let h = 1e-5;
        for law in laws() {
            for path in [AffinePath::CondOt, AffinePath::Trig, AffinePath::VP] {
                for t in [0.3, 0.62, 0.9] {
                    let point = path.at(t);
                    for x in [-0.813, -0.271, 0.117, 0.733] {
                        let [a, here, b] = [x - h, x, x + h].map(|x| law.at(point, x));
                        if [a, here, b].iter().any(|v| v.ln == f64::NEG_INFINITY) {
                            continue;
                        }
                        let slope = |a: f64, b: f64| (b - a) / (2.0 * h);
                        let scale = 1.0 + here.slope.abs() + here.score.abs();
                        assert!(
                            (slope(a.ln, b.ln) - here.score).abs() < 1e-4 * scale,
                            "{law:?} {path} {t} {x}"
                        );
                        assert!((slope(a.velocity, b.velocity) - here.slope).abs() < 1e-4 * scale);
                        let mass = |t: f64, x: f64| law.mass_below(path.at(t), x);
                        let p = here.ln.exp();
                        assert!((slope(mass(t, x - h), mass(t, x + h)) - p).abs() < 1e-5 * (1.0 + p));
                        // d/dt of the mass below x is what does not flow out through x.
                        let rate = slope(mass(t - h, x), mass(t + h, x));
                        let flux = law.flux(point, x);
                        assert!(
                            (rate + flux).abs() < 1e-4 * (1.0 + flux.abs()),
                            "{law:?} {path} {t} {x} {rate} {flux}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn both_ends_are_finite_and_the_limit_of_what_is_beside_them() {
        for law in laws() {
            for path in [AffinePath::CondOt, AffinePath::Trig] {
                for (end, beside) in [(0.0, 1e-7), (1.0, 1.0 - 1e-7)] {
                    for x in [-0.3, 0.2, 0.55] {
                        let (at, near) = (law.at(path.at(end), x), law.at(path.at(beside), x));
                        for (a, b) in [
                            (at.ln, near.ln),
                            (at.velocity, near.velocity),
                            (at.slope, near.slope),
                            (at.one, near.one),
                            (at.zero, near.zero),
                            (at.score, near.score),
                        ] {
                            assert!(
                                (a - b).abs() < 1e-4 * (1.0 + b.abs()),
                                "{law:?} {path} {end} {x} {at:?} {near:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}
