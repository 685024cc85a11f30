//! The assignment problem: which of n noises goes to which of n data at the least total cost (plane.md 2, minibatch OT).

/// For every row of the n × n `costs` (row by row, finite) the column it is paired with, so that the costs add up to the
/// least that there is. Shortest augmenting paths (Jonker and Volgenant), O(n³).
///
/// # Panics
/// If there are not n² costs.
pub fn assignment(n: usize, costs: &[f64]) -> Vec<usize> {
    assert_eq!(costs.len(), n * n, "n × n costs");
    const NONE: usize = usize::MAX;
    let (mut row_price, mut column_price) = (vec![0.0; n], vec![0.0; n]);
    let (mut column_of, mut row_of) = (vec![NONE; n], vec![NONE; n]);
    // Prices of columns at their least reduced costs pair most rows at once.
    for j in 0..n {
        column_price[j] = (0..n).map(|i| costs[i * n + j]).fold(f64::INFINITY, f64::min);
    }
    for i in 0..n {
        let row = &costs[i * n..][..n];
        let (j, least) = row.iter().zip(&column_price).map(|(c, v)| c - v).enumerate().fold(
            (NONE, f64::INFINITY),
            |best, (j, reduced)| if reduced < best.1 { (j, reduced) } else { best },
        );
        row_price[i] = least;
        if j != NONE && row_of[j] == NONE {
            (row_of[j], column_of[i]) = (i, j);
        }
    }
    let (mut shortest, mut from) = (vec![0.0; n], vec![NONE; n]);
    let mut left: Vec<usize> = Vec::with_capacity(n);
    for start in 0..n {
        if column_of[start] != NONE {
            continue;
        }
        shortest.fill(f64::INFINITY);
        left.clear();
        left.extend(0..n);
        // Columns that are reached, in order, with the distance at which they are.
        let mut reached: Vec<usize> = Vec::new();
        let (mut row, mut distance) = (start, 0.0);
        let end = loop {
            let (mut nearest, mut least) = (NONE, f64::INFINITY);
            let (costs, price) = (&costs[row * n..][..n], row_price[row]);
            for (place, &j) in left.iter().enumerate() {
                let reduced = distance + costs[j] - price - column_price[j];
                if reduced < shortest[j] {
                    shortest[j] = reduced;
                    from[j] = row;
                }
                // Among equals one that is free ends the search.
                if shortest[j] < least || (shortest[j] == least && row_of[j] == NONE) {
                    (nearest, least) = (place, shortest[j]);
                }
            }
            let j = left.swap_remove(nearest);
            distance = least;
            reached.push(j);
            if row_of[j] == NONE {
                break j;
            }
            row = row_of[j];
        };
        row_price[start] += distance;
        for &j in &reached[..reached.len() - 1] {
            let change = distance - shortest[j];
            row_price[row_of[j]] += change;
            column_price[j] -= change;
        }
        // Along the path everybody moves on by one.
        let mut j = end;
        loop {
            let i = from[j];
            row_of[j] = i;
            std::mem::swap(&mut column_of[i], &mut j);
            if i == start {
                break;
            }
        }
    }
    column_of
}

/// Squared distances of all pairs, row by row.
pub fn squared_distances(from: &[[f64; 2]], to: &[[f64; 2]]) -> Vec<f64> {
    let each = |a: &[f64; 2]| {
        let a = *a;
        to.iter().map(move |b| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2))
    };
    from.iter().flat_map(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random.
    fn number(seed: &mut u64) -> f64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 11) as f64 / (1u64 << 53) as f64
    }

    fn best(n: usize, costs: &[f64], row: usize, used: &mut Vec<bool>) -> f64 {
        if row == n {
            return 0.0;
        }
        let mut least = f64::INFINITY;
        for j in 0..n {
            if !used[j] {
                used[j] = true;
                least = least.min(costs[row * n + j] + best(n, costs, row + 1, used));
                used[j] = false;
            }
        }
        least
    }

    #[test]
    fn it_is_the_best_of_all() {
        let mut seed = 7;
        for n in 0..8 {
            for whole in [false, true] {
                for _ in 0..20 {
                    let cost = |x: f64| if whole { (4.0 * x).floor() - 1.0 } else { x };
                    let costs: Vec<f64> = (0..n * n).map(|_| cost(number(&mut seed))).collect();
                    let pairs = assignment(n, &costs);
                    let mut sorted = pairs.clone();
                    sorted.sort_unstable();
                    assert_eq!(sorted, (0..n).collect::<Vec<_>>());
                    let total: f64 = pairs.iter().enumerate().map(|(i, j)| costs[i * n + j]).sum();
                    assert!((total - best(n, &costs, 0, &mut vec![false; n])).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn points_of_a_line_are_paired_in_order() {
        let mut seed = 3;
        let mut draw = |n: usize| (0..n).map(|_| [number(&mut seed), 0.0]).collect::<Vec<_>>();
        let (a, b) = (draw(300), draw(300));
        let pairs = assignment(300, &squared_distances(&a, &b));
        let total: f64 = pairs.iter().enumerate().map(|(i, j)| (a[i][0] - b[*j][0]).powi(2)).sum();
        let sorted = |points: &[[f64; 2]]| {
            let mut xs: Vec<f64> = points.iter().map(|x| x[0]).collect();
            xs.sort_by(f64::total_cmp);
            xs
        };
        let expected: f64 = sorted(&a).iter().zip(sorted(&b)).map(|(a, b)| (a - b) * (a - b)).sum();
        assert!((total - expected).abs() < 1e-10);
    }
}
