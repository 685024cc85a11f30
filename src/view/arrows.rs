//! Vectors on a coarse grid of blocks: the currents.

use super::scale::looks;
use super::scene::Inflow;
use super::{Moment, Scene, ViewError};
use crate::flow::{Axis, GridPath, Scheduler};
use ndarray::Array2;

/// The mean current of a block of cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrow {
    /// Centre of the block in cell coordinates, \[0, K\].
    pub at: [f32; 2],
    /// Along both axes: mean edge current through the block, mass per unit time.
    pub current: [f64; 2],
}

impl Arrow {
    /// Magnitude, in the unit of its components.
    pub fn length(&self) -> f64 {
        self.current[0].hypot(self.current[1])
    }
}

/// Edge currents averaged over blocks of `block` × `block` cells (fewer at the far ends), block rows after each other.
///
/// # Errors
/// If the run has not got there, or κ' is infinite.
pub fn arrows(scene: &Scene<'_>, block: usize) -> Result<Moment<Vec<Arrow>>, ViewError> {
    let Moment { values: Inflow { nets, slope }, t } = scene.inflow()?;
    Ok(Moment { values: of_blocks(scene.path, &nets, slope, block), t })
}

/// The longest exact arrow of the whole path in blocks of `block` cells: the fixed scale of the currents.
pub fn longest_arrow(path: &GridPath, scheduler: Scheduler, block: usize) -> f64 {
    looks(path)
        .filter(|t| scheduler.derivative(*t).is_finite())
        .flat_map(|t| {
            let nets = Axis::BOTH.map(|axis| path.net_inflow(axis, scheduler.at(t)));
            of_blocks(path, &nets, scheduler.derivative(t), block)
        })
        .map(|arrow| arrow.length())
        .fold(0.0, f64::max)
}

fn of_blocks(path: &GridPath, nets: &[Array2<f64>; 2], slope: f64, block: usize) -> Vec<Arrow> {
    let (k, block) = (path.data_tokens(), block.max(1));
    let current = path.edge_current_of(nets);
    let blocks = k.div_ceil(block);
    let mut arrows = Vec::with_capacity(blocks * blocks);
    for bi in 0..blocks {
        for bj in 0..blocks {
            let (rows, columns) =
                (bi * block..((bi + 1) * block).min(k), bj * block..((bj + 1) * block).min(k));
            let cells = (rows.len() * columns.len()) as f64;
            let mut sum = [0.0; 2];
            for i in rows.clone() {
                for j in columns.clone() {
                    // A cell's current is the mean of its two edges.
                    sum[0] += 0.5 * (current[0][[i, j]] + current[0][[i + 1, j]]);
                    sum[1] += 0.5 * (current[1][[i, j]] + current[1][[i, j + 1]]);
                }
            }
            arrows.push(Arrow {
                at: [0.5 * (rows.start + rows.end) as f32, 0.5 * (columns.start + columns.end) as f32],
                current: sum.map(|s| s * slope / cells),
            });
        }
    }
    arrows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FlowSpec, SourceSpec};
    use crate::view::{DivergencePart, Show};

    #[test]
    fn arrows_are_block_means_and_vanish_for_a_mask() {
        let of = |source: SourceSpec, block| {
            let spec = FlowSpec { k: Some(8), source, scheduler: Scheduler::Linear, ..FlowSpec::default() };
            let path = spec.path().expect("path");
            let (show, part) = (Show::Exact, DivergencePart::Total);
            let scene = Scene { path: &path, scheduler: spec.scheduler, t: 0.4, show, part, run: None };
            arrows(&scene, block).expect("arrows").values
        };
        let (fine, coarse) = (of(SourceSpec::Uniform, 1), of(SourceSpec::Uniform, 8));
        assert_eq!((fine.len(), coarse.len()), (64, 1));
        let mean = fine.iter().map(|a| a.current[0]).sum::<f64>() / 64.0;
        assert!((mean - coarse[0].current[0]).abs() < 1e-15);
        assert!(fine.iter().any(|a| a.current[0].abs() > 1e-6));
        assert!(of(SourceSpec::Mask, 1).iter().all(|a| a.current == [0.0, 0.0]));
    }
}
