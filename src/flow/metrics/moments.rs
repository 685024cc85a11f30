//! Mean and covariance of features, and the Fréchet distance between two normal distributions that have them.

/// Mean and covariance of `count` rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Of how many rows.
    pub count: usize,
    /// \[D\]
    pub mean: Vec<f64>,
    /// \[D, D\], with count − 1 below; zero of a single row.
    pub covariance: Vec<f64>,
}

impl Moments {
    /// Of rows \[n, D\] with n ≥ 1.
    pub fn of(rows: &[f32], d: usize) -> Self {
        let count = rows.len() / d;
        let mut mean = vec![0.0; d];
        for row in rows.chunks_exact(d) {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x) / count as f64);
        }
        let mut covariance = vec![0.0; d * d];
        let mut off = vec![0.0; d];
        for row in rows.chunks_exact(d) {
            off.iter_mut()
                .zip(row.iter().zip(&mean))
                .for_each(|(off, (x, mean))| *off = f64::from(*x) - mean);
            for (sums, a) in covariance.chunks_exact_mut(d).zip(&off) {
                sums.iter_mut().zip(&off).for_each(|(sum, b)| *sum += a * b);
            }
        }
        let below = count.saturating_sub(1).max(1) as f64;
        covariance.iter_mut().for_each(|x| *x /= below);
        Self { count, mean, covariance }
    }

    /// ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (√Σ₁ Σ₂ √Σ₁)^½): the squared Fréchet distance of the normal distributions with these
    /// moments (Dowson and Landau 1982).
    pub fn frechet(&self, other: &Self) -> f64 {
        let d = self.mean.len();
        let between: f64 = self.mean.iter().zip(&other.mean).map(|(a, b)| (a - b).powi(2)).sum();
        let trace = |matrix: &[f64]| (0..d).map(|i| matrix[i * d + i]).sum::<f64>();
        let root = root(&self.covariance, d);
        let mixed = product(&product(&root, &other.covariance, d), &root, d);
        let (eigenvalues, _) = eigen(&mixed, d);
        let both: f64 = eigenvalues.iter().map(|x| x.max(0.0).sqrt()).sum();
        (between + trace(&self.covariance) + trace(&other.covariance) - 2.0 * both).max(0.0)
    }
}

fn product(a: &[f64], b: &[f64], d: usize) -> Vec<f64> {
    let mut out = vec![0.0; d * d];
    for (row, out) in a.chunks_exact(d).zip(out.chunks_exact_mut(d)) {
        for (x, b) in row.iter().zip(b.chunks_exact(d)) {
            out.iter_mut().zip(b).for_each(|(out, b)| *out += x * b);
        }
    }
    out
}

/// The positive root of a symmetric matrix without negative eigenvalues, but for rounding.
fn root(matrix: &[f64], d: usize) -> Vec<f64> {
    let (eigenvalues, vectors) = eigen(matrix, d);
    let mut out = vec![0.0; d * d];
    for (value, vector) in eigenvalues.iter().zip(vectors.chunks_exact(d)) {
        let root = value.max(0.0).sqrt();
        for (a, out) in vector.iter().zip(out.chunks_exact_mut(d)) {
            out.iter_mut().zip(vector).for_each(|(out, b)| *out += root * a * b);
        }
    }
    out
}

/// Eigenvalues of a symmetric matrix and their vectors, one a row: Jacobi's rotations, until nothing is left to turn.
fn eigen(matrix: &[f64], d: usize) -> (Vec<f64>, Vec<f64>) {
    let mut a = matrix.to_vec();
    let mut v = vec![0.0; d * d];
    (0..d).for_each(|i| v[i * d + i] = 1.0);
    let size: f64 = a.iter().map(|x| x * x).sum::<f64>().sqrt();
    // Convergence is quadratic: a handful of sweeps.
    for _ in 0..60 {
        let off = |a: &[f64]| (0..d * d).filter(|n| n / d != n % d).map(|n| a[n] * a[n]).sum::<f64>().sqrt();
        if off(&a) <= 1e-13 * size {
            break;
        }
        for p in 0..d {
            for q in p + 1..d {
                let here = a[p * d + q];
                if here == 0.0 {
                    continue;
                }
                let theta = (a[q * d + q] - a[p * d + p]) / (2.0 * here);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for k in 0..d {
                    let (x, y) = (a[k * d + p], a[k * d + q]);
                    (a[k * d + p], a[k * d + q]) = (c * x - s * y, s * x + c * y);
                }
                for k in 0..d {
                    let (x, y) = (a[p * d + k], a[q * d + k]);
                    (a[p * d + k], a[q * d + k]) = (c * x - s * y, s * x + c * y);
                    let (x, y) = (v[p * d + k], v[q * d + k]);
                    (v[p * d + k], v[q * d + k]) = (c * x - s * y, s * x + c * y);
                }
            }
        }
    }
    ((0..d).map(|i| a[i * d + i]).collect(), v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, stream};
    use rand::RngExt;

    fn rows(n: usize, d: usize, scale: f32, shift: f32, seed: u64) -> Vec<f32> {
        let mut rng = stream(seed, Purpose::Weights, 9);
        // Nearly normal: a sum of uniform numbers; neighbours are correlated.
        let mut last = 0.0;
        (0..n * d)
            .map(|_| {
                let x = (0..6).map(|_| rng.random::<f32>() - 0.5).sum::<f32>() + 0.4 * last;
                last = x;
                scale * x + shift
            })
            .collect()
    }

    #[test]
    fn moments_are_those_of_the_rows() {
        let all = [1.0, 2.0, 3.0, 6.0, 5.0, 1.0];
        let found = Moments::of(&all, 2);
        assert_eq!((found.count, found.mean), (3, vec![3.0, 3.0]));
        let expected = [4.0, -1.0, -1.0, 7.0];
        assert!(found.covariance.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn a_matrix_is_its_vectors_and_its_root_squared() {
        let d = 17;
        let moments = Moments::of(&rows(60, d, 1.0, 0.0, 1), d);
        let root = root(&moments.covariance, d);
        let squared = product(&root, &root, d);
        assert!(squared.iter().zip(&moments.covariance).all(|(a, b)| (a - b).abs() < 1e-10));
        let (values, vectors) = eigen(&moments.covariance, d);
        for (value, vector) in values.iter().zip(vectors.chunks_exact(d)) {
            for (row, x) in moments.covariance.chunks_exact(d).zip(vector) {
                let image: f64 = row.iter().zip(vector).map(|(a, b)| a * b).sum();
                assert!((image - value * x).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn the_distance_is_that_of_the_formula_where_it_is_known() {
        let d = 12;
        let first = Moments::of(&rows(400, d, 1.0, 0.0, 1), d);
        assert!(first.frechet(&first) < 1e-9);
        // Scaling by s and shifting by m: d m² + (s − 1)² tr Σ.
        let second = Moments::of(&rows(400, d, 1.5, 0.0, 1).iter().map(|x| x + 2.0).collect::<Vec<_>>(), d);
        let trace: f64 = (0..d).map(|i| first.covariance[i * d + i]).sum();
        let between: f64 = first.mean.iter().zip(&second.mean).map(|(a, b)| (a - b).powi(2)).sum();
        let expected = between + 0.25 * trace;
        assert!((first.frechet(&second) - expected).abs() < 1e-4 * expected, "{expected}");
        assert!((first.frechet(&second) - second.frechet(&first)).abs() < 1e-8 * expected);
        // Of fewer rows than columns the covariance has no full rank, and all goes on.
        let few = Moments::of(&rows(5, d, 1.0, 0.0, 3), d);
        assert!(few.frechet(&first).is_finite());
        assert!(Moments::of(&rows(1, d, 1.0, 0.0, 3), d).frechet(&first) > 0.0);
    }
}
