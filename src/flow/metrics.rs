//! Distances between two pmfs of the same shape (math.md 10). Natural logarithms.

use ndarray::{Array2, Zip};
use std::f64::consts::PI;

/// Added to the second argument of [`kl`] where the first has mass, so that an empty cell costs a finite amount.
pub const KL_FLOOR: f64 = 1e-12;

/// All metrics of a sampler's pmf against the target.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Distances {
    /// Total variation.
    pub tv: f64,
    /// KL(target ‖ sample) with [`KL_FLOOR`], nats.
    pub kl: f64,
    /// Jensen–Shannon divergence, nats.
    pub js: f64,
    /// Sampled mass on states where the target is 0, leftover masks included.
    pub off_support: f64,
}

impl Distances {
    /// Of `p` against the target `q`.
    pub fn between(q: &Array2<f64>, p: &Array2<f64>) -> Self {
        Self { tv: tv(q, p), kl: kl(q, p), js: js(q, p), off_support: off_support(q, p) }
    }
}

/// Total variation ½ Σ |p − q|, in \[0, 1\].
pub fn tv(p: &Array2<f64>, q: &Array2<f64>) -> f64 {
    0.5 * Zip::from(p).and(q).fold(0.0, |sum, p, q| sum + (p - q).abs())
}

/// KL(q ‖ p) = Σ q ln(q / (p + 1e-12)) in nats.
pub fn kl(q: &Array2<f64>, p: &Array2<f64>) -> f64 {
    let cost = |q: f64, p: f64| if q > 0.0 { q * (q / (p + KL_FLOOR)).ln() } else { 0.0 };
    // What was added to p would leave equal pmfs just below 0.
    Zip::from(q).and(p).fold(0.0, |sum, &q, &p| sum + cost(q, p)).max(0.0)
}

/// Jensen–Shannon divergence H((p+q)/2) − (H(p)+H(q))/2 in \[0, ln 2\].
pub fn js(p: &Array2<f64>, q: &Array2<f64>) -> f64 {
    let half = |p: f64, q: f64| if p > 0.0 { 0.5 * p * (2.0 * p / (p + q)).ln() } else { 0.0 };
    Zip::from(p).and(q).fold(0.0, |sum, &p, &q| sum + half(p, q) + half(q, p))
}

/// Mass of `p` where `q` is zero.
pub fn off_support(q: &Array2<f64>, p: &Array2<f64>) -> f64 {
    Zip::from(q).and(p).fold(0.0, |sum, &q, &p| if q == 0.0 { sum + p } else { sum })
}

/// Entropy −Σ p ln p in nats.
pub fn entropy(p: &Array2<f64>) -> f64 {
    p.iter().map(|&p| if p > 0.0 { -p * p.ln() } else { 0.0 }).sum()
}

/// Expected TV between a pmf and the histogram of `n` perfect samples from it: ½ Σ √(2q(1−q)/(πn)).
pub fn tv_noise_floor(q: &Array2<f64>, n: usize) -> f64 {
    let scale = 2.0 / (PI * n as f64);
    0.5 * q.iter().map(|q| (scale * q * (1.0 - q)).sqrt()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::small_target;

    #[test]
    fn distances_obey_their_inequalities() {
        let q = small_target(5);
        let p = Array2::from_elem((5, 5), 0.04);
        assert_eq!(tv(&q, &q), 0.0);
        assert!(kl(&q, &q).abs() < 1e-9 && js(&q, &q).abs() < 1e-15);
        let (t, d) = (tv(&p, &q), kl(&q, &p));
        assert!(t * t <= d / 2.0, "Pinsker");
        let middle = (&p + &q) * 0.5;
        let by_entropy = entropy(&middle) - 0.5 * (entropy(&p) + entropy(&q));
        assert!((js(&p, &q) - by_entropy).abs() < 1e-14);
        assert!((0.0..=2f64.ln()).contains(&js(&p, &q)));
        assert!((off_support(&q, &p) - 3.0 * 0.04).abs() < 1e-15, "three exact zeros in the target");
        let apart =
            (Array2::from_diag(&ndarray::arr1(&[1.0, 0.0])), Array2::from_diag(&ndarray::arr1(&[0.0, 1.0])));
        assert!((js(&apart.0, &apart.1) - 2f64.ln()).abs() < 1e-15);
        assert!((kl(&apart.0, &apart.1) - 1e12f64.ln()).abs() < 1e-9, "an empty cell costs ln 1e12");
    }

    #[test]
    fn noise_floor_is_what_perfect_samples_show() {
        use rand::{RngExt, SeedableRng};
        let q = small_target(5);
        let cdf: Vec<f64> = q
            .iter()
            .scan(0.0, |sum, q| {
                *sum += q;
                Some(*sum)
            })
            .collect();
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let (n, rounds) = (4000, 300);
        let mut mean = 0.0;
        for _ in 0..rounds {
            let mut counts = Array2::<f64>::zeros((5, 5));
            for _ in 0..n {
                let u: f64 = rng.random();
                let cell = cdf.partition_point(|&c| c <= u).min(24);
                counts[[cell / 5, cell % 5]] += 1.0 / n as f64;
            }
            mean += tv(&counts, &q) / rounds as f64;
        }
        assert!((mean / tv_noise_floor(&q, n) - 1.0).abs() < 0.05, "{mean} {}", tv_noise_floor(&q, n));
    }
}
