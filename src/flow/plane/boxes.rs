//! Targets that are even within each of K × K cells: the checkerboard, and every pmf of the grid lab read as a density
//! (plane.md 1.2, 4).

use super::mixture::FURTHEST;
use crate::flow::error::{FlowError, in_range};
use ndarray::Array2;

/// Probabilities of K × K equal cells of \[−L, L\]², each spread evenly over its cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Boxes {
    pmf: Array2<f64>,
    half_width: f64,
}

impl Boxes {
    /// Of a pmf \[K, K\] (axis 0 = first coordinate) on \[−L, L\]².
    ///
    /// # Errors
    /// If it is no pmf, not square, or L is not from 0.001 to 10⁶.
    pub fn new(pmf: Array2<f64>, half_width: f64) -> Result<Self, FlowError> {
        in_range("half the side of the square", half_width, 1e-3..=FURTHEST, "a number from 0.001 to 1e6")?;
        let (rows, columns) = pmf.dim();
        if rows != columns || rows == 0 {
            return Err(FlowError::Shape {
                what: "the target",
                given_rows: rows,
                given_columns: columns,
                expected: rows.max(1),
            });
        }
        let fits = pmf.iter().all(|p| (0.0..=1.0 + 1e-9).contains(p)) && (pmf.sum() - 1.0).abs() < 1e-9;
        if fits { Ok(Self { pmf, half_width }) } else { Err(FlowError::NotAPmf("the target")) }
    }

    /// The 4 × 4 board of facebookresearch/flow_matching's notebook: eight cells on \[−2, 2\]²/0.45.
    pub fn checkerboard() -> Self {
        let pmf = Array2::from_shape_fn((4, 4), |(i, j)| f64::from(u8::from((i + j) % 2 == 0)) / 8.0);
        Self { pmf, half_width: 2.0 / 0.45 }
    }

    /// K.
    pub fn side(&self) -> usize {
        self.pmf.nrows()
    }

    /// L.
    pub fn half_width(&self) -> f64 {
        self.half_width
    }

    /// q \[K, K\].
    pub fn pmf(&self) -> &Array2<f64> {
        &self.pmf
    }

    /// The ends of cell `i` of either axis.
    pub fn cell(&self, i: usize) -> [f64; 2] {
        let k = self.side() as f64;
        [i, i + 1].map(|i| self.half_width * (2.0 * i as f64 / k - 1.0))
    }

    /// E|x|².
    pub fn second_moment(&self) -> f64 {
        let square = |i: usize| {
            let [a, b] = self.cell(i);
            (a * a + a * b + b * b) / 3.0
        };
        self.pmf.indexed_iter().map(|((i, j), q)| q * (square(i) + square(j))).sum()
    }

    /// ln of the density at a point.
    pub fn ln_density(&self, x: [f64; 2]) -> f64 {
        let k = self.side() as f64;
        let cell = x.map(|x| ((x / self.half_width + 1.0) * 0.5 * k).floor());
        if cell.iter().any(|c| !(0.0..k).contains(c)) {
            return f64::NEG_INFINITY;
        }
        (self.pmf[cell.map(|c| c as usize)] * (0.5 * k / self.half_width).powi(2)).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_has_the_density_of_its_notebook() {
        let board = Boxes::checkerboard();
        // 0.45²/8 = 1/39.5, not the 1/32 that the notebook says.
        let density = board.ln_density([-4.0, -4.0]).exp();
        assert!((density - 0.45f64.powi(2) / 8.0).abs() < 1e-15 && (1.0 / density - 39.5).abs() < 0.01);
        assert_eq!(board.ln_density([-4.0, -2.0]), f64::NEG_INFINITY);
        assert_eq!(board.ln_density([9.0, 0.0]), f64::NEG_INFINITY);
    }

    #[test]
    fn what_is_no_pmf_is_refused() {
        for pmf in [
            Array2::zeros((2, 2)),
            Array2::from_elem((2, 2), f64::NAN),
            Array2::from_elem((2, 3), 1.0 / 6.0),
            Array2::zeros((0, 0)),
        ] {
            assert!(Boxes::new(pmf, 1.0).is_err());
        }
        assert!(Boxes::new(Array2::from_elem((2, 2), 0.25), f64::NAN).is_err());
    }
}
