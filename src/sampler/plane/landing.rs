//! Where jumps on the plane lead: one table of the rising density for all particles (plane.md 5.2, B).

use super::draw::{cumulative, place};
use crate::flow::plane::PlaneAt;

/// Cells an axis of the table.
const CELLS: usize = 128;

/// J(y) ∝ \[∂p/∂t\]₊ at one time, even within each cell.
#[derive(Clone, Debug, Default)]
pub struct Landing {
    table: Vec<f64>,
    reach: f64,
}

impl Landing {
    /// Of a flow at a time, on \[−reach, reach\]².
    pub fn new(at: &PlaneAt<'_>, reach: f64) -> Self {
        let line: Vec<f64> = (0..CELLS).map(|i| reach * ((2 * i + 1) as f64 / CELLS as f64 - 1.0)).collect();
        let [_, slope] = at.lattice_masses(&line, &line);
        Self { table: cumulative(slope.iter().map(|slope| slope.max(0.0))), reach }
    }

    /// Where a particle lands: `u` in \[0, 1) says in which cell, `inside` where in it.
    pub fn at(&self, u: f64, inside: [f64; 2]) -> [f64; 2] {
        let cell = place(&self.table, u);
        let width = 2.0 * self.reach / CELLS as f64;
        let of = |i: usize, part: f64| -self.reach + width * (i as f64 + part);
        [of(cell / CELLS, inside[0]), of(cell % CELLS, inside[1])]
    }

    /// Whether there is anywhere to land.
    pub fn is_empty(&self) -> bool {
        self.table.last().is_none_or(|total| *total <= 0.0)
    }
}
