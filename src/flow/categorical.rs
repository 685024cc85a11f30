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

#[cfg(test)]
mod tests {
    use super::*;

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
