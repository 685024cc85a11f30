//! Vectors on a coarse grid of blocks: currents and mean displacements.

use super::scale::over_path;
use super::scene::PerAxis;
use super::{Moment, Scene, ViewError};
use crate::flow::{Axis, ConditionalPath, GridPath, Scheduler};
use ndarray::Array2;

/// What arrows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrowKind {
    /// Net mass through the edges of a cell, per unit time.
    Current,
    /// Flux out of a cell times how far it goes, mass × token values per unit time.
    Displacement,
}

impl ArrowKind {
    /// Unit of an arrow's length.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Current => "mass / time",
            Self::Displacement => "mass · values / time",
        }
    }

    /// Why there are no arrows on a path at any time: none of its moves lies between data tokens.
    pub fn absence(self, path: &GridPath) -> Option<&'static str> {
        if !path.has_mask() || path.conditional() != ConditionalPath::Mixture {
            return None;
        }
        Some(match self {
            Self::Current => {
                "With a mask source all mass enters from the margin m: none moves between data tokens."
            }
            Self::Displacement => {
                "With a mask source all mass comes from the mask m, which has no position: no distance."
            }
        })
    }

    /// The vectors of single cells per unit of κ, from what the path or a run gives per axis.
    fn of_cells(self, path: &GridPath, axes: &[Array2<f64>; 2]) -> [Array2<f64>; 2] {
        match self {
            Self::Displacement => axes.clone(),
            Self::Current => {
                let [first, second] = axes;
                let k = path.data_tokens();
                // A cell's current is the mean of its two edges.
                [
                    Array2::from_shape_fn((k, k), |(i, j)| 0.5 * (first[[i, j]] + first[[i + 1, j]])),
                    Array2::from_shape_fn((k, k), |(i, j)| 0.5 * (second[[i, j]] + second[[i, j + 1]])),
                ]
            }
        }
    }
}

/// The mean vector of a block of cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrow {
    /// Centre of the block in cell coordinates, \[0, K\].
    pub at: [f32; 2],
    /// Along both axes, in the unit of its [`ArrowKind`].
    pub vector: [f64; 2],
}

impl Arrow {
    /// Magnitude, in the unit of its components.
    pub fn length(&self) -> f64 {
        self.vector[0].hypot(self.vector[1])
    }

    /// Direction in degrees, −180 to 180: 0 is along token 1, 90 along token 2.
    pub fn degrees(&self) -> f64 {
        self.vector[1].atan2(self.vector[0]).to_degrees()
    }
}

/// The arrow of the block in which `state` lies, among the [`arrows`] of `path` in blocks of `block` cells; none in the
/// mask's margin.
pub fn arrow_at(all: &[Arrow], path: &GridPath, block: usize, state: [usize; 2]) -> Option<Arrow> {
    let (k, block) = (path.data_tokens(), block.max(1));
    let blocks = k.div_ceil(block);
    let inside = state.iter().all(|token| *token < k);
    inside.then(|| all.get(state[0] / block * blocks + state[1] / block).copied()).flatten()
}

/// Arrows averaged over blocks of `block` × `block` cells (fewer at the far ends), block rows after each other.
///
/// # Errors
/// If the run has not got there, or κ' is infinite.
pub fn arrows(scene: &Scene<'_>, kind: ArrowKind, block: usize) -> Result<Moment<Vec<Arrow>>, ViewError> {
    let Moment { values: PerAxis { axes, slope }, t } = match kind {
        ArrowKind::Current => scene.currents()?,
        ArrowKind::Displacement => scene.displacement()?,
    };
    let cells = kind.of_cells(scene.path, &axes);
    Ok(Moment { values: of_blocks(&cells, scene.path.data_tokens(), slope, block), t })
}

/// The longest exact arrow of the whole path in blocks of `block` cells: the fixed scale of the arrows.
pub fn longest_arrow(path: &GridPath, scheduler: Scheduler, kind: ArrowKind, block: usize) -> f64 {
    over_path(path, scheduler, |t, kappa| {
        let axes = Axis::BOTH.map(|axis| match kind {
            ArrowKind::Current => path.edge_current(axis, kappa),
            ArrowKind::Displacement => path.displacement(axis, kappa),
        });
        let cells = kind.of_cells(path, &axes);
        let all = of_blocks(&cells, path.data_tokens(), scheduler.derivative(t), block);
        all.iter().map(Arrow::length).fold(0.0, f64::max)
    })
}

fn of_blocks(cells: &[Array2<f64>; 2], k: usize, slope: f64, block: usize) -> Vec<Arrow> {
    let block = block.max(1);
    let blocks = k.div_ceil(block);
    let mut arrows = Vec::with_capacity(blocks * blocks);
    for bi in 0..blocks {
        for bj in 0..blocks {
            let (rows, columns) =
                (bi * block..((bi + 1) * block).min(k), bj * block..((bj + 1) * block).min(k));
            let count = (rows.len() * columns.len()) as f64;
            let vector = [0, 1].map(|axis| {
                let of_row = |i: usize| columns.clone().map(|j| cells[axis][[i, j]]).sum::<f64>();
                rows.clone().map(of_row).sum::<f64>() * slope / count
            });
            let at = [0.5 * (rows.start + rows.end) as f32, 0.5 * (columns.start + columns.end) as f32];
            arrows.push(Arrow { at, vector });
        }
    }
    arrows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FlowSpec, SourceSpec};
    use crate::flow::Corrector;
    use crate::view::grid::{DivergencePart, Show};

    #[test]
    fn the_arrow_under_a_state_is_that_of_its_block() {
        for source in [SourceSpec::Uniform, SourceSpec::Mask] {
            let path = FlowSpec { k: Some(7), source, ..FlowSpec::default() }.path().expect("path");
            let cells = [0, 1].map(|axis| {
                Array2::from_shape_fn((7, 7), |(i, j)| if axis == 0 { i as f64 } else { j as f64 })
            });
            for block in [1, 3, 7] {
                let all = of_blocks(&cells, 7, 1.0, block);
                for state in [[0, 0], [2, 3], [6, 1], [3, 6]] {
                    let arrow = arrow_at(&all, &path, block, state).expect("an arrow");
                    for axis in [0, 1] {
                        let start = state[axis] / block * block;
                        let end = (start + block).min(7);
                        let mean = (start + end - 1) as f64 / 2.0;
                        assert!((arrow.vector[axis] - mean).abs() < 1e-12, "{block} {state:?}");
                        assert!((start as f32..end as f32).contains(&arrow.at[axis]));
                    }
                }
                assert_eq!(arrow_at(&all, &path, block, [7, 0]), None);
            }
        }
        let arrow = |vector| Arrow { at: [0.0; 2], vector }.degrees();
        assert_eq!([arrow([1.0, 0.0]), arrow([0.0, 2.0]), arrow([-1.0, 0.0])], [0.0, 90.0, 180.0]);
        assert!((arrow([1.0, -1.0]) + 45.0).abs() < 1e-12);
    }

    #[test]
    fn arrows_are_block_means_and_vanish_for_a_mask() {
        let of = |kind, source: SourceSpec, block| {
            let spec = FlowSpec { k: Some(8), source, scheduler: Scheduler::Linear, ..FlowSpec::default() };
            let path = spec.path().expect("path");
            let (show, part, corrector) = (Show::Exact, DivergencePart::Total, Corrector::OFF);
            let scene =
                Scene { path: &path, scheduler: spec.scheduler, t: 0.4, show, corrector, part, run: None };
            arrows(&scene, kind, block).expect("arrows").values
        };
        for kind in [ArrowKind::Current, ArrowKind::Displacement] {
            let (fine, coarse) = (of(kind, SourceSpec::Uniform, 1), of(kind, SourceSpec::Uniform, 8));
            assert_eq!((fine.len(), coarse.len()), (64, 1));
            for axis in [0, 1] {
                let mean = fine.iter().map(|a| a.vector[axis]).sum::<f64>() / 64.0;
                assert!((mean - coarse[0].vector[axis]).abs() < 1e-15, "{kind:?}");
            }
            assert!(fine.iter().any(|a| a.vector[0].abs() > 1e-6), "{kind:?}");
            assert!(of(kind, SourceSpec::Mask, 1).iter().all(|a| a.vector == [0.0, 0.0]), "{kind:?}");
        }
    }
}
