//! Distances between two pmfs of the same shape (math.md 10), and between what is [seen](Moments) in two sets. Natural
//! logarithms.

mod moments;

pub use moments::Moments;

use ndarray::{Array2, Zip};

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

/// Sequence entropy: the entropy of the histogram of values inside one sequence, averaged over `sequences` \[B, N\] of
/// `tokens` = N values each. Nats, from 0 (every token alike) to ln N; 0 of no sequence.
pub fn sequence_entropy(sequences: &[u16], tokens: usize) -> f64 {
    if tokens == 0 || sequences.len() < tokens {
        return 0.0;
    }
    let one = |sequence: &[u16]| {
        let mut sorted = sequence.to_vec();
        sorted.sort_unstable();
        let shares = sorted.chunk_by(|a, b| a == b).map(|alike| alike.len() as f64 / sequence.len() as f64);
        shares.map(|p| -p * p.ln()).sum::<f64>()
    };
    let all = sequences.chunks_exact(tokens);
    let count = all.len() as f64;
    // Of a single symbol −p ln p is −0.
    all.map(one).sum::<f64>() / count + 0.0
}

/// Expected TV between a pmf and the histogram of `n` perfect samples from it: ½ Σ E|X/n − q| with X ~ Binomial(n, q),
/// exactly. For many samples a cell it is ½ Σ √(2q(1−q)/(πn)) (math.md 10), which for few would exceed 1.
pub fn tv_noise_floor(q: &Array2<f64>, n: usize) -> f64 {
    let mut known = (0.0, 0.0);
    let deviations = q.iter().map(|&q| {
        // Neighbouring cells of a pmf are often equal.
        if q != known.0 {
            known = (q, mean_deviation(n as f64, q));
        }
        known.1
    });
    0.5 * deviations.sum::<f64>() / n as f64
}

/// E|X − np| of X ~ Binomial(n, p): 2 (m+1) C(n, m+1) p^(m+1) (1−p)^(n−m) with m = ⌊np⌋ (de Moivre).
fn mean_deviation(n: f64, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return 0.0;
    }
    let m = (n * p).floor().min(n - 1.0);
    let log_choose = libm::lgamma(n + 1.0) - libm::lgamma(m + 2.0) - libm::lgamma(n - m);
    2.0 * (m + 1.0) * (log_choose + (m + 1.0) * p.ln() + (n - m) * (-p).ln_1p()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::small_target;
    use std::f64::consts::PI;

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
    fn sequence_entropy_is_that_of_the_histogram_within() {
        assert_eq!(sequence_entropy(&[3, 3, 3, 3], 4), 0.0);
        // One half and two quarters: 1.5 bits; four different values: 2 bits.
        let both = sequence_entropy(&[7, 1, 7, 256, 0, 1, 2, 3], 4);
        assert!((both - 1.75 * 2f64.ln()).abs() < 1e-14, "{both}");
        assert_eq!(sequence_entropy(&[], 4), 0.0);
        assert_eq!(sequence_entropy(&[], 0), 0.0);
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

    #[test]
    fn noise_floor_holds_for_few_samples_too() {
        // One sample of K² equal cells misses all but one: TV = 1 − 1/K².
        let q = Array2::from_elem((64, 64), 1.0 / 4096.0);
        assert!((tv_noise_floor(&q, 1) - (1.0 - 1.0 / 4096.0)).abs() < 1e-12);
        // Poisson: λ e^−λ cells a sample for λ = n/K² below 1.
        let lambda: f64 = 3000.0 / 4096.0;
        assert!((tv_noise_floor(&q, 3000) - (-lambda).exp()).abs() < 1e-4);
        // And the Gaussian formula for many.
        let gauss = 0.5 * q.iter().map(|q| (2.0 * q * (1.0 - q) / (PI * 1e9)).sqrt()).sum::<f64>();
        assert!((tv_noise_floor(&q, 1_000_000_000) / gauss - 1.0).abs() < 1e-5);
        for n in [1, 10, 1000, 100_000] {
            let floor = tv_noise_floor(&small_target(5), n);
            assert!(floor > 0.0 && floor <= 1.0, "{n}: {floor}");
        }
    }
}
