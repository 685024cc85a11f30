//! Tables that are products of two narrow ones: far fewer multiplications when a pmf is pushed through them.

use ndarray::{Array1, Array2, ArrayView2, Axis as Dim, concatenate, s};

/// left \[V, r\] · right \[r, V\] with r well below V. No factor has a negative entry, so that nothing cancels in a product.
#[derive(Clone, Debug)]
pub struct LowRank {
    /// \[V, r\].
    pub left: Array2<f64>,
    /// \[r, V\].
    pub right: Array2<f64>,
}

impl LowRank {
    /// A table ≥ 0 most of whose rows, or columns, are multiples of each other, as in patterns of blocks and stripes:
    /// then it is one row of each kind, taken as often as it occurs. `None` if more than a quarter of them are different,
    /// where the factors would save little.
    pub fn of(table: &Array2<f64>) -> Option<Self> {
        Self::of_rows(table.view()).or_else(|| Self::of_rows(table.t()).map(Self::transposed))
    }

    fn of_rows(table: ArrayView2<'_, f64>) -> Option<Self> {
        let (rows, most) = (table.nrows(), table.nrows() / 4);
        let mut kinds: Vec<Array1<f64>> = Vec::new();
        let mut left = Array2::zeros((rows, most));
        for (n, row) in table.outer_iter().enumerate() {
            let top = row.fold(0.0f64, |top, &x| top.max(x));
            if top == 0.0 {
                continue;
            }
            let row = row.mapv(|x| x / top);
            // The same up to the last places, which products and quotients round either way.
            let is_same = |kind: &Array1<f64>| {
                kind.iter().zip(&row).all(|(a, b)| (a - b).abs() <= 4.0 * f64::EPSILON * a)
            };
            let kind = kinds.iter().position(is_same).unwrap_or(kinds.len());
            if kind == most {
                return None;
            }
            left[[n, kind]] = top;
            if kind == kinds.len() {
                kinds.push(row);
            }
        }
        let mut right = Array2::zeros((kinds.len(), table.ncols()));
        for (mut to, kind) in right.outer_iter_mut().zip(&kinds) {
            to.assign(kind);
        }
        Some(Self { left: left.slice_move(s![.., ..kinds.len()]), right })
    }

    /// One distribution \[V\] in every column.
    pub fn constant_columns(distribution: &Array1<f64>) -> Self {
        let v = distribution.len();
        Self { left: distribution.clone().insert_axis(Dim(1)), right: Array2::ones((1, v)) }
    }

    /// One distribution \[V\] in every row.
    pub fn constant_rows(distribution: &Array1<f64>) -> Self {
        Self::constant_columns(distribution).transposed()
    }

    fn transposed(self) -> Self {
        Self { left: self.right.reversed_axes(), right: self.left.reversed_axes() }
    }

    /// This plus left · right of two vectors.
    #[must_use]
    pub fn plus(&self, left: &Array1<f64>, right: &Array1<f64>) -> Self {
        let joined = |a: &Array2<f64>, b: &Array1<f64>, axis: usize| {
            concatenate(Dim(axis), &[a.view(), b.view().insert_axis(Dim(axis))])
                .expect("a vector is as long as the table it is put beside")
        };
        Self { left: joined(&self.left, left, 1), right: joined(&self.right, right, 0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_or_columns_of_few_kinds_are_found() {
        let kinds =
            Array2::from_shape_fn((3, 24), |(n, i)| if i % 3 == n { 0.0 } else { 1.0 + (i as f64).sin() });
        let table = Array2::from_shape_fn((24, 24), |(i, j)| match i % 4 {
            0 => 0.0,
            n => kinds[[n - 1, j]] * (0.1 + i as f64),
        });
        for table in [table.clone(), table.reversed_axes()] {
            let factors = LowRank::of(&table).expect("three kinds");
            assert_eq!(factors.left.ncols(), 3);
            let product = factors.left.dot(&factors.right);
            assert!(product.iter().zip(&table).all(|(a, b)| (a - b).abs() <= 8.0 * f64::EPSILON * b));
            assert!(factors.left.iter().chain(&factors.right).all(|x| *x >= 0.0));
        }
        assert!(LowRank::of(&Array2::eye(24)).is_none());
        assert_eq!(LowRank::of(&Array2::zeros((24, 24))).map(|nothing| nothing.left.ncols()), Some(0));
    }

    #[test]
    fn rows_columns_and_sums() {
        let (a, b) = (Array1::linspace(0.1, 0.4, 4), Array1::linspace(1.0, 2.0, 4));
        let columns = LowRank::constant_columns(&a);
        let rows = LowRank::constant_rows(&a).plus(&b, &a);
        for i in 0..4 {
            for j in 0..4 {
                assert_eq!(columns.left.dot(&columns.right)[[i, j]], a[i]);
                assert_eq!(rows.left.dot(&rows.right)[[i, j]], a[j] + b[i] * a[j]);
            }
        }
    }
}
