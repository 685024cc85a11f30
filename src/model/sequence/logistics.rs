//! A mixture of discretised logistic distributions over values in order (Salimans et al. 2017, PixelCNN++).
//!
//! Value v of K lies at −1 + 2v/(K−1) and has the mass between the middles to its neighbours; the first and the last one
//! have the tails. A component is three numbers: the logarithm of its weight up to a constant, its mean over a base, and
//! the logarithm of its scale; the outputs of a token are all weights, all means, all scales.

use crate::flow::vectors::single::exp;

/// The smallest logarithm of a scale: below, a value has all the mass.
pub(super) const NARROWEST: f32 = -7.0;
/// The most components.
const MOST: usize = 32;

/// The mixture of one token.
#[derive(Clone, Copy)]
pub(super) struct Logistics<'a> {
    outputs: &'a [f32],
    base: f32,
    values: usize,
}

/// What one component says of a value.
#[derive(Clone, Copy, Default)]
struct Said {
    log_p: f32,
    by_mean: f32,
    by_scale: f32,
}

/// σ(x).
#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// ln(1 + eˣ).
#[inline(always)]
fn softplus(x: f32) -> f32 {
    x.max(0.0) + exp(-x.abs()).ln_1p()
}

impl<'a> Logistics<'a> {
    /// `outputs` \[3M\]; means are over `base`; K = `values`.
    pub fn new(outputs: &'a [f32], base: f32, values: usize) -> Self {
        Self { outputs, base, values }
    }

    fn components(&self) -> usize {
        self.outputs.len() / 3
    }

    fn mean_and_scale(&self, m: usize) -> (f32, f32) {
        let n = self.components();
        (self.base + self.outputs[n + m], exp(self.outputs[2 * n + m].max(NARROWEST)))
    }

    /// Softmax of the weights; ln of what they were divided by.
    fn weights(&self) -> ([f32; MOST], f32) {
        let logits = &self.outputs[..self.components()];
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut weights = [0.0; MOST];
        let mut total = 0.0;
        for (weight, logit) in weights.iter_mut().zip(logits) {
            *weight = exp(logit - top);
            total += *weight;
        }
        weights.iter_mut().for_each(|weight| *weight /= total);
        (weights, top + total.ln())
    }

    /// ln P and its gradients by mean and logarithm of the scale.
    fn said(&self, m: usize, value: usize) -> Said {
        let last = self.values - 1;
        let half = 1.0 / last as f32;
        let x = -1.0 + 2.0 * half * value as f32;
        let (mean, scale) = self.mean_and_scale(m);
        let inverse = 1.0 / scale;
        // The ends of the value's part of the axis, in scales.
        let (above, below) = ((x + half - mean) * inverse, (x - half - mean) * inverse);
        let (to_the_right, to_the_left) = (sigmoid(-above), sigmoid(below));
        let (mut log_p, mut by_mean, mut by_scale) = (0.0, 0.0, 0.0);
        if value < last {
            log_p -= softplus(-above);
            by_mean -= to_the_right;
            by_scale -= above * to_the_right;
        }
        if value > 0 {
            log_p -= softplus(below);
            by_mean += to_the_left;
            by_scale += below * to_the_left;
        }
        if value > 0 && value < last {
            // σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(b−a)).
            let width = 2.0 * half * inverse;
            log_p += (-(-width).exp_m1()).ln();
            by_scale -= if width < 80.0 { width / width.exp_m1() } else { 0.0 };
        }
        let at_the_end = self.outputs[2 * self.components() + m] < NARROWEST;
        Said { log_p, by_mean: by_mean * inverse, by_scale: if at_the_end { 0.0 } else { by_scale } }
    }

    /// ln p(`value`).
    pub fn log_p(&self, value: usize) -> f32 {
        self.gradient(value, 0.0, None)
    }

    /// ln p(`value`), and `weight` times its gradient added to `gradient` \[3M\].
    pub fn gradient(&self, value: usize, weight: f32, gradient: Option<&mut [f32]>) -> f32 {
        let n = self.components();
        let (weights, log_total) = self.weights();
        let mut said = [Said::default(); MOST];
        let mut joint = [f32::NEG_INFINITY; MOST];
        for m in 0..n {
            said[m] = self.said(m, value);
            joint[m] = self.outputs[m] - log_total + said[m].log_p;
        }
        let top = joint.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let log_p = top + joint[..n].iter().map(|x| exp(x - top)).sum::<f32>().ln();
        if let Some(gradient) = gradient {
            for m in 0..n {
                let share = exp(joint[m] - log_p);
                gradient[m] += weight * (share - weights[m]);
                gradient[n + m] += weight * share * said[m].by_mean;
                gradient[2 * n + m] += weight * share * said[m].by_scale;
            }
        }
        log_p
    }

    /// p into `out` \[K\].
    pub fn distribution(&self, out: &mut [f64]) {
        let (weights, _) = self.weights();
        let half = 1.0 / (self.values - 1) as f64;
        out.fill(0.0);
        for (m, weight) in weights.iter().enumerate().take(self.components()) {
            let (mean, scale) = self.mean_and_scale(m);
            // The mass below and above the upper end of a value's part of the axis, either with all its digits: guidance
            // divides by the far tails.
            let around = |value: usize| {
                let end = -1.0 + 2.0 * half * value as f64 + half;
                let x = (end - f64::from(mean)) / f64::from(scale);
                let small = (-x.abs()).exp();
                let (far, near) = (small / (1.0 + small), 1.0 / (1.0 + small));
                if x > 0.0 { (near, far) } else { (far, near) }
            };
            let mut before = (0.0, 1.0);
            for (value, out) in out.iter_mut().enumerate() {
                let up_to = if value + 1 == self.values { (1.0, 0.0) } else { around(value) };
                let within = if before.0 < 0.5 { up_to.0 - before.0 } else { before.1 - up_to.1 };
                *out += f64::from(*weight) * within;
                before = up_to;
            }
        }
    }

    /// A value from a number `u` in \[0, 1).
    pub fn draw(&self, u: f64) -> usize {
        let (weights, _) = self.weights();
        let last = self.components() - 1;
        let mut left = u;
        let mut m = 0;
        while m < last && left >= f64::from(weights[m]) {
            left -= f64::from(weights[m]);
            m += 1;
        }
        // What is left of the number is as good as a new one.
        let within = (left / f64::from(weights[m])).clamp(1e-12, 1.0 - 1e-12);
        let (mean, scale) = self.mean_and_scale(m);
        let x = f64::from(mean) + f64::from(scale) * (within / (1.0 - within)).ln();
        let value = ((x + 1.0) * 0.5 * (self.values - 1) as f64).round();
        value.clamp(0.0, (self.values - 1) as f64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUTS: [f32; 9] = [0.3, -0.8, 0.1, -0.4, 0.2, 1.7, -2.0, -0.5, -3.0];

    #[test]
    fn it_is_a_distribution_and_its_logarithms_agree() {
        for values in [2, 3, 16, 256] {
            let mixture = Logistics::new(&OUTPUTS, -0.2, values);
            let mut p = vec![0.0; values];
            mixture.distribution(&mut p);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-6);
            for (value, p) in p.iter().enumerate() {
                let log_p = f64::from(mixture.log_p(value));
                assert!(
                    (log_p - p.ln()).abs() < 2e-3 * p.ln().abs().max(1.0),
                    "{values} {value}: {log_p} {p}"
                );
            }
        }
    }

    #[test]
    fn far_tails_keep_their_digits() {
        let mixture = Logistics::new(&[0.0, -0.6, -3.5], 0.0, 256);
        let mut p = [0.0; 256];
        mixture.distribution(&mut p);
        for value in [0, 3, 200, 254, 255] {
            let log_p = f64::from(mixture.log_p(value));
            assert!((p[value].ln() - log_p).abs() < 1e-3, "{value}: {} {log_p}", p[value].ln());
        }
    }

    #[test]
    fn far_away_values_have_finite_logarithms_and_gradients() {
        let narrow = [0.0, 0.9, -30.0];
        let mixture = Logistics::new(&narrow, 0.0, 256);
        for value in [0, 1, 100, 255] {
            let mut gradient = [0.0; 3];
            let log_p = mixture.gradient(value, 1.0, Some(&mut gradient));
            assert!(log_p.is_finite() && log_p <= 0.0, "{value}: {log_p}");
            assert!(gradient.iter().all(|g| g.is_finite()) && gradient[2] == 0.0, "{value}");
        }
    }

    #[test]
    fn gradients_are_those_of_differences() {
        for (values, value) in [(256, 0), (256, 255), (256, 131), (5, 2), (2, 1)] {
            let mut gradient = [0.5; 9];
            Logistics::new(&OUTPUTS, 0.1, values).gradient(value, -2.0, Some(&mut gradient));
            for n in 0..9 {
                let at = |step: f32| {
                    let mut outputs = OUTPUTS;
                    outputs[n] += step;
                    Logistics::new(&outputs, 0.1, values).log_p(value)
                };
                let difference = (at(4e-3) - at(-4e-3)) / 8e-3;
                let found = (gradient[n] - 0.5) / -2.0;
                assert!(
                    (found - difference).abs() < 2e-3 + 2e-3 * difference.abs(),
                    "{value} {n}: {found} {difference}"
                );
            }
        }
    }

    #[test]
    fn draws_follow_the_distribution() {
        let mixture = Logistics::new(&OUTPUTS, 0.0, 8);
        let mut p = [0.0; 8];
        mixture.distribution(&mut p);
        let mut counts = [0.0; 8];
        let n = 20_000;
        for u in 0..n {
            counts[mixture.draw((f64::from(u) + 0.5) / f64::from(n))] += 1.0 / f64::from(n);
        }
        for (count, p) in counts.iter().zip(p) {
            assert!((count - p).abs() < 1e-3, "{count} {p}");
        }
    }
}
