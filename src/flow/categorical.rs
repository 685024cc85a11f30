//! Drawing from a categorical distribution by its inverse cdf, given a uniform number (math.md 5.9).

/// Running sums of weights ≥ 0.
pub fn cumulative(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    weights
        .into_iter()
        .scan(0.0, |sum, w| {
            *sum += w;
            Some(*sum)
        })
        .collect()
}

/// The index that `uniform` in \[0, 1) falls on; never one of weight 0 while there is another.
pub fn index_at(cumulative: &[f64], uniform: f64) -> usize {
    let total = cumulative.last().copied().unwrap_or(0.0);
    let target = uniform * total;
    let found = cumulative.partition_point(|&c| c <= target);
    // The product may round up to the total itself: then the first entry that reaches it.
    if found < cumulative.len() { found } else { cumulative.partition_point(|&c| c < total) }
}

/// The index that `uniform` in \[0, 1) falls on among `count` ≥ 1 equally likely ones.
pub fn even_index_at(count: usize, uniform: f64) -> usize {
    // The product may round up to the count itself.
    ((uniform * count as f64) as usize).min(count - 1)
}

/// Entropy of p in bits; 0 log 0 = 0.
pub fn entropy_bits(p: &[f64]) -> f64 {
    // Not the negative of a sum: that of nothing would be −0.
    p.iter().filter(|p| **p > 0.0).map(|p| p * p.recip().log2()).sum()
}

/// Below this temperature a distribution is its largest entry (math.md 5.6).
pub const COLDEST: f64 = 1e-3;

/// p^(1/τ) up to a factor that is the same for all entries, `top` being the largest: softmax(ln p / τ). Divided by it
/// first, so that a small τ cannot underflow every entry at once.
pub fn sharpened(p: f64, top: f64, temperature: f64) -> f64 {
    if top > 0.0 { (p / top).powf(1.0 / temperature) } else { 0.0 }
}

/// The index that `uniform` falls on in weights sharpened by a temperature ≥ 0; the first of the largest below
/// [`COLDEST`]. What is in `weights` afterwards has no meaning.
pub fn sharpened_index_at(weights: &mut [f64], temperature: f64, uniform: f64) -> usize {
    let (at, top) =
        weights.iter().enumerate().fold((0, 0.0), |best, (n, &w)| if w > best.1 { (n, w) } else { best });
    if temperature < COLDEST {
        return at;
    }
    let mut sum = 0.0;
    for w in &mut *weights {
        sum += if temperature == 1.0 { *w } else { sharpened(*w, top, temperature) };
        *w = sum;
    }
    index_at(weights, uniform)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shares_are_equal() {
        let found = [0.0, 0.24, 0.25, 0.74, 0.75, 1.0 - f64::EPSILON / 2.0].map(|u| even_index_at(4, u));
        assert_eq!(found, [0, 0, 1, 2, 3, 3]);
        assert_eq!(even_index_at(1, 0.9), 0);
    }

    #[test]
    fn sharpened_draws_have_the_powers_as_their_shares() {
        let p = [0.5, 0.0, 0.3, 0.2];
        for temperature in [0.1, 0.8, 1.0, 2.5] {
            let power = p.map(|p: f64| p.powf(1.0 / temperature));
            let total: f64 = power.iter().sum();
            let mut counts = [0.0; 4];
            for n in 0..100_000 {
                let uniform = (f64::from(n) + 0.5) / 1e5;
                counts[sharpened_index_at(&mut p.clone(), temperature, uniform)] += 1e-5;
            }
            for (found, power) in counts.iter().zip(power) {
                assert!((found - power / total).abs() < 2e-5, "{temperature}: {counts:?}");
            }
        }
        // So small that each power alone would be 0.
        assert_eq!(sharpened_index_at(&mut [1e-5, 3e-5, 2e-5], 2e-3, 0.999), 1);
        for uniform in [0.0, 0.999] {
            assert_eq!(sharpened_index_at(&mut [0.1, 0.45, 0.45], 0.0, uniform), 1);
        }
    }

    #[test]
    fn every_number_falls_on_an_entry_with_weight() {
        let sums = cumulative([0.0, 0.25, 0.0, 0.5, 0.25, 0.0]);
        for (uniform, index) in
            [(0.0, 1), (0.2499, 1), (0.25, 3), (0.74, 3), (0.75, 4), (0.999_999, 4), (1.0, 4)]
        {
            assert_eq!(index_at(&sums, uniform), index, "{uniform}");
        }
    }
}
