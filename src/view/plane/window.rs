//! A square part of the plane, and how it lies on a lattice of cells.

use crate::figure::CellWindow;
use crate::flow::FlowError;
use serde::{Deserialize, Serialize};

/// The smallest and the largest half side.
const HALVES: std::ops::RangeInclusive<f64> = 1e-3..=1e7;

/// A square, by its middle and half its side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaneWindow {
    /// Its middle.
    pub center: [f64; 2],
    /// Half its side.
    pub half: f64,
}

impl PlaneWindow {
    /// Around the origin.
    pub fn around_origin(half: f64) -> Self {
        Self { center: [0.0; 2], half }
    }

    /// Checks it, for one that comes from a file.
    ///
    /// # Errors
    /// Names what is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        let range = |what, given: f64, fits: bool, expected| {
            if fits { Ok(()) } else { Err(FlowError::Range { what, given, expected }) }
        };
        let half = HALVES.contains(&self.half);
        range("half the side of the view", self.half, half, "a number from 0.001 to 1e7")?;
        for at in self.center {
            range("the middle of the view", at, at.abs() <= 1e6, "a number from -1e6 to 1e6")?;
        }
        Ok(self)
    }

    /// The ends of an axis.
    pub fn range(&self, axis: usize) -> [f64; 2] {
        [self.center[axis] - self.half, self.center[axis] + self.half]
    }

    /// The middles of `n` cells along an axis.
    pub fn middles(&self, axis: usize, n: usize) -> Vec<f64> {
        let [low, _] = self.range(axis);
        let side = 2.0 * self.half / n as f64;
        (0..n).map(|i| low + side * (i as f64 + 0.5)).collect()
    }

    /// A point in cells of `n` along a side, from the bottom left corner.
    pub fn in_cells(&self, x: [f64; 2], n: usize) -> [f32; 2] {
        let per_unit = n as f64 / (2.0 * self.half);
        [0, 1].map(|axis| ((x[axis] - self.range(axis)[0]) * per_unit) as f32)
    }

    /// The point there; undoes [`Self::in_cells`].
    pub fn at_cell(&self, cell: [f32; 2], n: usize) -> [f64; 2] {
        let side = 2.0 * self.half / n as f64;
        [0, 1].map(|axis| self.range(axis)[0] + side * f64::from(cell[axis]))
    }

    /// The part of a lattice of `n` cells over `self` that another window shows.
    pub fn section(&self, shown: &Self, n: usize) -> CellWindow {
        let corner = [0, 1].map(|axis| shown.range(axis)[0]);
        let side = (shown.half / self.half * n as f64) as f32;
        CellWindow { min: self.in_cells(corner, n), size: [side; 2] }
    }

    /// Magnified by `factor` about the point at `focus`, in shares of the side from the bottom left corner.
    #[must_use]
    pub fn magnified(self, focus: [f64; 2], factor: f64) -> Self {
        let half = (self.half / factor).clamp(*HALVES.start(), *HALVES.end());
        let moved = |axis: usize| (2.0 * focus[axis] - 1.0) * (self.half - half);
        Self { center: [0, 1].map(|axis| self.center[axis] + moved(axis)), half }
    }

    /// Moved by shares of its side, right and up.
    #[must_use]
    pub fn panned(self, by: [f64; 2]) -> Self {
        Self {
            center: [0, 1].map(|axis| (self.center[axis] + 2.0 * self.half * by[axis]).clamp(-1e6, 1e6)),
            ..self
        }
    }

    /// The same in units of `scale`.
    #[must_use]
    pub fn scaled(self, scale: f64) -> Self {
        Self { center: self.center.map(|x| x * scale), half: self.half * scale }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_cells_are_each_other_s_and_what_is_under_the_pointer_stays() {
        let window = PlaneWindow { center: [1.0, -2.0], half: 4.0 };
        assert_eq!(window.in_cells([-3.0, 2.0], 64), [0.0, 64.0]);
        let back = window.at_cell([8.0, 40.0], 64);
        assert_eq!(window.in_cells(back, 64), [8.0, 40.0]);
        assert_eq!(window.middles(0, 2), [-1.0, 3.0]);
        for focus in [[0.25, 0.75], [0.0, 1.0], [0.5, 0.5]] {
            let at = |window: PlaneWindow| [0, 1].map(|i| window.range(i)[0] + 2.0 * window.half * focus[i]);
            let closer = window.magnified(focus, 2.0);
            assert_eq!((at(closer), closer.half), (at(window), 2.0));
        }
        assert_eq!(window.panned([0.5, -0.25]).center, [5.0, -4.0]);
        let section = window.section(&window.magnified([0.0; 2], 2.0), 64);
        assert_eq!((section.min, section.size), ([0.0; 2], [32.0; 2]));
    }

    #[test]
    fn one_from_a_file_is_checked() {
        for (half, center) in [(0.0, 0.0), (f64::NAN, 0.0), (1e9, 0.0), (1.0, f64::INFINITY)] {
            assert!(PlaneWindow { center: [center, 0.0], half }.validated().is_err(), "{half} {center}");
        }
        assert!(PlaneWindow::around_origin(4.0).validated().is_ok());
    }
}
