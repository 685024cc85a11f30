//! The information curve of a language (math.md 15.3): how many nats a text still holds at κ, and what a number of steps
//! costs.

/// g(κ) = Σᵢ H(Xⁱ | every other token with probability κ), nats, of texts of L tokens; of a network the same with its
/// cross-entropy in place of the entropy.
///
/// All of it follows from L numbers: with h_m, the mean over the masked tokens where m random ones are masked,
/// g(κ) = L Σ_m B(L−m; L−1, κ) h_m, B being the binomial distribution of how many of the other tokens are seen. Hence
/// ∫₀¹ g dκ = Σ_m h_m, which is H(q) of the exact denoiser and the bound on −ln p of any other.
#[derive(Clone, Debug, PartialEq)]
pub struct Information {
    /// h_m in nats, by m − 1.
    means: Vec<f64>,
    /// ln of the binomial coefficients C(L−1, j).
    choices: Vec<f64>,
}

/// Texts of at most so many tokens can be looked at in all 2ᴸ ways.
const MOST_EXACT: usize = 12;

impl Information {
    /// From h_m, m = 1..=L, nats.
    pub fn new(means: Vec<f64>) -> Self {
        let mut choices = vec![0.0; means.len()];
        for j in 1..means.len() {
            let before: f64 = choices[j - 1];
            choices[j] = before + ((means.len() - j) as f64 / j as f64).ln();
        }
        Self { means, choices }
    }

    /// From some of them, each m with its h_m, straight lines in between and level beyond the first and the last.
    pub fn interpolated(tokens: usize, points: &[(usize, f64)]) -> Self {
        let at = |m: usize| {
            let next = points.partition_point(|(other, _)| *other < m);
            match (next.checked_sub(1).and_then(|n| points.get(n)), points.get(next)) {
                (Some(&(a, low)), Some(&(b, high))) => low + (high - low) * (m - a) as f64 / (b - a) as f64,
                (Some(&(_, h)), None) | (None, Some(&(_, h))) => h,
                (None, None) => 0.0,
            }
        };
        Self::new((1..=tokens).map(at).collect())
    }

    /// Exactly, of texts \[M, L\] that are all equally likely, L ≤ 12; none of longer ones.
    pub fn of_set(texts: &[u16], tokens: usize) -> Option<Self> {
        if tokens == 0 || tokens > MOST_EXACT || texts.is_empty() {
            return None;
        }
        let count = (texts.len() / tokens) as f64;
        // H of the tokens of every subset.
        let entropy = |subset: usize| {
            let of = |text: &[u16]| -> Vec<u16> {
                (0..tokens).filter(|i| subset >> i & 1 == 1).map(|i| text[i]).collect()
            };
            let mut parts: Vec<Vec<u16>> = texts.chunks_exact(tokens).map(of).collect();
            parts.sort_unstable();
            let shares = parts.chunk_by(|a, b| a == b).map(|alike| alike.len() as f64 / count);
            shares.map(|p| -p * p.ln()).sum::<f64>()
        };
        let entropies: Vec<f64> = (0..1 << tokens).map(entropy).collect();
        let mut means = vec![0.0; tokens];
        let mut counts = vec![0.0; tokens];
        for (seen, entropy) in entropies.iter().enumerate() {
            let masked = tokens - seen.count_ones() as usize;
            for i in (0..tokens).filter(|i| seen >> i & 1 == 0) {
                means[masked - 1] += entropies[seen | 1 << i] - entropy;
                counts[masked - 1] += 1.0;
            }
        }
        Some(Self::new(means.into_iter().zip(counts).map(|(sum, count)| sum / count).collect()))
    }

    /// L.
    pub fn tokens(&self) -> usize {
        self.means.len()
    }

    /// h_m, m = 1..=L, nats.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// g at κ in \[0, 1\], nats.
    pub fn at(&self, kappa: f64) -> f64 {
        let others = self.means.len() as f64 - 1.0;
        let times = |count: f64, log: f64| if count == 0.0 { 0.0 } else { count * log };
        let terms = self.choices.iter().zip(self.means.iter().rev()).zip(0..);
        let sum: f64 = terms
            .map(|((choices, mean), seen)| {
                let seen = f64::from(seen);
                (choices + times(seen, kappa.ln()) + times(others - seen, (-kappa).ln_1p())).exp() * mean
            })
            .sum();
        self.means.len() as f64 * sum
    }

    /// ∫₀¹ g dκ, nats: the entropy of the language, or the bound of a denoiser.
    pub fn area(&self) -> f64 {
        self.means.iter().sum()
    }

    /// The bound of a sampler that steps at `kappas`, from 0 to 1, nats: Σ_j (κ_{j+1} − κ_j) g(κ_j). For the exact denoiser
    /// it is H(q) + KL(q ‖ sampler) averaged over the orders in which tokens are revealed.
    pub fn staircase(&self, kappas: &[f64]) -> f64 {
        kappas.windows(2).map(|step| (step[1] - step[0]) * self.at(step[0])).sum()
    }

    /// What parallel steps cost, nats: [`Self::staircase`] above [`Self::area`].
    pub fn excess(&self, kappas: &[f64]) -> f64 {
        self.staircase(kappas) - self.area()
    }

    /// The nearest curve that never rises, as that of a language never does: noise taken out by least squares.
    #[must_use]
    pub fn falling(&self) -> Self {
        // Neighbours in the wrong order share their mean.
        let mut pools: Vec<(f64, usize)> = Vec::new();
        for &mean in &self.means {
            let mut pool = (mean, 1);
            while let Some(&(before, count)) = pools.last().filter(|(before, _)| *before > pool.0) {
                let both = count + pool.1;
                pool = ((before * count as f64 + pool.0 * pool.1 as f64) / both as f64, both);
                pools.pop();
            }
            pools.push(pool);
        }
        Self::new(pools.into_iter().flat_map(|(mean, count)| std::iter::repeat_n(mean, count)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Numbers, random_hmm, table};
    use super::super::{Automaton, best_steps};
    use super::*;

    const N: usize = 4;

    /// The entropies of all subsets of tokens of a language, for a brute force of g.
    fn subsets(language: &Automaton) -> Vec<f64> {
        let texts = table(language, N);
        let of = |subset: usize| {
            let mut shares = std::collections::BTreeMap::new();
            for (text, p) in &texts {
                let part: Vec<u16> = (0..N).filter(|i| subset >> i & 1 == 1).map(|i| text[i]).collect();
                *shares.entry(part).or_insert(0.0) += p;
            }
            shares.values().filter(|p| **p > 0.0).map(|p: &f64| -p * p.ln()).sum()
        };
        (0..1 << N).map(of).collect()
    }

    /// g by its definition.
    fn brute(entropies: &[f64], kappa: f64) -> f64 {
        let mut sum = 0.0;
        for i in 0..N {
            for seen in (0_usize..1 << N).filter(|seen| seen >> i & 1 == 0) {
                let count = seen.count_ones() as i32;
                let chance = kappa.powi(count) * (1.0 - kappa).powi(N as i32 - 1 - count);
                sum += chance * (entropies[seen | 1 << i] - entropies[seen]);
            }
        }
        sum
    }

    fn exact(language: &Automaton) -> (Information, Vec<f64>) {
        let entropies = subsets(language);
        let mut means = vec![(0.0, 0.0); N];
        for (seen, entropy) in entropies.iter().enumerate() {
            for i in (0..N).filter(|i| seen >> i & 1 == 0) {
                let mean = &mut means[N - seen.count_ones() as usize - 1];
                *mean = (mean.0 + entropies[seen | 1 << i] - entropy, mean.1 + 1.0);
            }
        }
        (Information::new(means.into_iter().map(|(sum, count)| sum / count).collect()), entropies)
    }

    #[test]
    fn the_curve_is_that_of_its_definition_and_its_area_the_entropy() {
        for seed in 0..3 {
            let (curve, entropies) = exact(&random_hmm(&mut Numbers::new(seed), 4, 3, 5, false));
            for kappa in [0.0, 0.125, 0.4, 0.9, 1.0] {
                assert!((curve.at(kappa) - brute(&entropies, kappa)).abs() < 1e-12, "{kappa}");
            }
            assert!((curve.area() - entropies[(1 << N) - 1]).abs() < 1e-12);
            let alone: f64 = (0..N).map(|i| entropies[1 << i]).sum();
            assert!((curve.at(0.0) - alone).abs() < 1e-12);
            let grid: Vec<f64> = (0..=100).map(|n| curve.at(f64::from(n) / 100.0)).collect();
            assert!(grid.windows(2).all(|two| two[1] <= two[0] + 1e-14));
            assert_eq!(curve.falling(), curve);
            // One step is the total correlation.
            let correlation = alone - entropies[(1 << N) - 1];
            assert!((curve.excess(&[0.0, 1.0]) - correlation).abs() < 1e-12);
        }
    }

    #[test]
    fn a_set_of_words_is_looked_at_in_every_way() {
        let words: Vec<u16> = vec![0, 1, 2, 0, 1, 1, 2, 0, 0, 0, 0, 0];
        let curve = Information::of_set(&words, 3).expect("short");
        assert!((curve.area() - 4f64.ln()).abs() < 1e-14);
        // At κ = 0: tokens alone, (3, 1), (2, 2), (2, 1, 1) of four.
        let alone = [[0.75, 0.25, 0.0], [0.5, 0.5, 0.0], [0.5, 0.25, 0.25]];
        let of = |p: [f64; 3]| p.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum::<f64>();
        assert!((curve.at(0.0) - alone.map(of).iter().sum::<f64>()).abs() < 1e-14);
        assert_eq!(Information::of_set(&[0; 26], 13), None);
    }

    #[test]
    fn points_are_joined_by_straight_lines_and_noise_is_levelled() {
        let curve = Information::interpolated(6, &[(1, 1.0), (3, 2.0), (5, 1.0)]);
        assert_eq!(curve.means(), [1.0, 1.5, 2.0, 1.5, 1.0, 1.0]);
        assert_eq!(curve.falling().means(), [1.0, 1.4, 1.4, 1.4, 1.4, 1.4].map(|h: f64| h));
        assert_eq!(Information::interpolated(2, &[]).area(), 0.0);
    }

    #[test]
    fn the_best_steps_are_no_worse_than_any_scheduler_and_many_cost_what_the_integral_says() {
        let (curve, _) = exact(&random_hmm(&mut Numbers::new(7), 4, 3, 5, false));
        let nodes =
            |n: usize, of: fn(f64) -> f64| -> Vec<f64> { (0..=n).map(|j| of(j as f64 / n as f64)).collect() };
        let ways: [fn(f64) -> f64; 3] = [|t| t, |t| t * t, |t| 1.0 - (std::f64::consts::FRAC_PI_2 * t).cos()];
        let slopes: [fn(f64) -> f64; 3] =
            [|_| 1.0, |t| 2.0 * t, |t| std::f64::consts::FRAC_PI_2 * (std::f64::consts::FRAC_PI_2 * t).sin()];
        let g_slope = |kappa: f64| {
            let e = 1e-5;
            (curve.at((kappa + e).min(1.0)) - curve.at((kappa - e).max(0.0))).abs()
                / ((kappa + e).min(1.0) - (kappa - e).max(0.0))
        };
        for n in [2, 4, 16] {
            let best = best_steps(&curve, n);
            assert_eq!((best.len(), best[0], best[n]), (n + 1, 0.0, 1.0));
            for way in ways {
                assert!(curve.excess(&best) <= curve.excess(&nodes(n, way)) + 2e-5, "{n}");
            }
        }
        // (1/2n) ∫ κ'² |g'(κ)| dt, and for the best one (1/2n) (∫ √|g'| dκ)².
        let middle = |n: usize| (f64::from(n as u32) + 0.5) / 2000.0;
        for (way, slope) in ways.into_iter().zip(slopes) {
            let integral: f64 =
                (0..2000).map(|n| slope(middle(n)).powi(2) * g_slope(way(middle(n))) / 2000.0).sum();
            let excess = curve.excess(&nodes(256, way));
            assert!((excess / (integral / 512.0) - 1.0).abs() < 2e-2, "{excess} {integral}");
        }
        let root: f64 = (0..2000).map(|n| g_slope(middle(n)).sqrt() / 2000.0).sum();
        let excess = curve.excess(&best_steps(&curve, 32));
        assert!((excess / (root * root / 64.0) - 1.0).abs() < 5e-2, "{excess} {root}");
    }
}
