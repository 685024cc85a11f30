//! What the grid does at the clicked point, beside the arrow of the continuous flow: the rates out of its cell, and the two
//! fields of the discrete flow, forward and backward (plane.md 4).

use super::{Board, PlaneArrow, PlaneView, Scene};
use crate::figure::scale::format_value;
use crate::flow::{Axis, FlowError, Kappa};

/// Rates have no limit at the ends: they are taken so far from them.
const BESIDE: f64 = 1e-6;
/// Arrows of a large grid along a side at most.
const MOST: usize = 24;

/// The rates out of one cell of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// The cell that they lead out of.
    pub from: [usize; 2],
    /// Every cell of its row and column that is reached, and the rate, per unit of t.
    pub to: Vec<([usize; 2], f64)>,
}

impl Bars {
    /// The largest of them.
    pub fn most(&self) -> f64 {
        self.to.iter().map(|(_, rate)| *rate).fold(0.0, f64::max)
    }

    /// Two opposite corners of the bar of a rate in its cell, in shares of its side: over the longest there is room for its
    /// number below the bar of the next cell.
    pub fn bar(&self, rate: f64) -> [[f64; 2]; 2] {
        [[0.28, 0.04], [0.72, 0.04 + 0.64 * rate / self.most()]]
    }

    /// A rate as its bar says it, to two decimals.
    pub fn words(rate: f64) -> String {
        format_value((100.0 * rate).round() / 100.0)
    }

    /// How long they are in words.
    pub fn scale(&self) -> String {
        format!("up to {} / time", format_value(self.most()))
    }
}

impl Board {
    /// The cell of a point, and where in it that lies, in shares of its side; none beyond all cells.
    pub fn cell_of(&self, x: [f64; 2]) -> Option<([usize; 2], [f64; 2])> {
        let k = self.cells() as f64;
        let at = x.map(|x| (x / self.half_width() + 1.0) * 0.5 * k);
        let inside = at.iter().all(|at| (0.0..=k).contains(at));
        let cell = at.map(|at| (at as usize).min(self.cells() - 1));
        inside.then(|| (cell, [0, 1].map(|i| at[i] - cell[i] as f64)))
    }

    /// The point that lies there in a cell; undoes [`Self::cell_of`].
    pub fn point_in(&self, cell: [usize; 2], share: [f64; 2]) -> [f64; 2] {
        let width = 2.0 * self.half_width() / self.cells() as f64;
        [0, 1].map(|i| width * (cell[i] as f64 + share[i]) - self.half_width())
    }

    /// Rates u(y, z) = (p(x₁ⁱ = y | z) − δ)/(1−t) out of the cell of a point, at κ = t.
    pub fn bars(&self, x: [f64; 2], t: f64) -> Option<Bars> {
        let (from, _) = self.cell_of(x)?;
        let kappa = Kappa::new(t.min(1.0 - BESIDE));
        let mut to = Vec::new();
        for axis in Axis::BOTH {
            let posterior = self.path().posterior_at(axis, from, kappa);
            for (y, chance) in posterior.iter().enumerate().filter(|(y, _)| *y != from[axis.index()]) {
                let mut cell = from;
                cell[axis.index()] = y;
                to.push((cell, chance / kappa.complement));
            }
        }
        to.retain(|(_, rate)| *rate > 0.0);
        Some(Bars { from, to })
    }

    /// How far, on average, the forward velocity κ'/(1−κ)(p(x₁|z) − δ) or the backward one κ'/κ(δ − p(x₀|z)) carries a
    /// particle of every cell per unit of t; of a large grid every second, third … cell.
    pub fn field(&self, view: PlaneView, t: f64) -> Vec<PlaneArrow> {
        let k = self.cells();
        let kappa = Kappa::new(t.clamp(BESIDE, 1.0 - BESIDE));
        let (mass, width) = (self.mass(t), 2.0 * self.half_width() / k as f64);
        let step = self.stride();
        let cells = (0..k).step_by(step).flat_map(|i| (0..k).step_by(step).map(move |j| [i, j]));
        let arrow = |z: [usize; 2]| {
            let drawn = |axis: Axis| {
                let posterior = match view {
                    PlaneView::BoardBackward => self.path().noise_posterior_at(axis, z, kappa),
                    _ => self.path().posterior_at(axis, z, kappa),
                };
                let mean: f64 = posterior.iter().enumerate().map(|(y, p)| y as f64 * p).sum();
                mean - posterior.sum() * z[axis.index()] as f64
            };
            let vector = Axis::BOTH.map(|axis| match view {
                PlaneView::BoardBackward => -width * drawn(axis) / kappa.value,
                _ => width * drawn(axis) / kappa.complement,
            });
            PlaneArrow { at: self.point_in(z, [0.5; 2]), vector, density: mass[z] / self.area() }
        };
        cells.map(arrow).collect()
    }

    /// Cells from one arrow to the next.
    pub fn stride(&self) -> usize {
        self.cells().div_ceil(MOST)
    }
}

/// The rates out of the cell of the point that is looked at; none where the flow has no grid or the point lies beyond it.
pub fn bars(scene: &Scene<'_>) -> Option<Bars> {
    scene.board?.bars(scene.point, scene.t)
}

/// The longest arrow of a grid's field in cells, where others get 1.35 times the distance between them: one that is half as long
/// again as the scale's longest still stays within its cell, and at the edge within the frame.
const WITHIN: f64 = 0.84;

/// How many arrows of a view stand beside each other where all of what is shown is full of them; more of those that have to be
/// shorter than others.
pub fn arrows_across(scene: &Scene<'_>, view: PlaneView) -> f64 {
    match (view, scene.board) {
        (PlaneView::BoardForward | PlaneView::BoardBackward, Some(board)) => {
            let width = 2.0 * board.half_width() * board.stride() as f64 / board.cells() as f64;
            1.35 / WITHIN * 2.0 * scene.window.half / width
        }
        _ => super::ARROWS_A_SIDE as f64,
    }
}

/// The arrows of a view of the grid.
pub(super) fn board_arrows(scene: &Scene<'_>, view: PlaneView) -> Result<Vec<PlaneArrow>, FlowError> {
    match scene.board {
        Some(board) => Ok(board.field(view, scene.t)),
        None => Err(FlowError::Unsupported(Board::of(scene.flow).err().unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Boxes, PlaneFlow, PlaneSource, PlaneTarget};
    use ndarray::Array2;

    fn board() -> Board {
        let mut pmf = Array2::from_shape_fn((4, 4), |(i, j)| f64::from(u8::from((i + j) % 2 == 1)));
        pmf[[0, 1]] = 2.0;
        let total = pmf.sum();
        let boxes = Boxes::new(pmf / total, 1.0).expect("a pmf");
        let flow = PlaneFlow::new(PlaneTarget::Boxes(boxes), PlaneSource::Square(1.0), AffinePath::CondOt);
        Board::of(&flow.expect("a flow")).expect("a board")
    }

    #[test]
    fn bars_are_what_leaves_a_cell_and_arrives_in_others() {
        let board = board();
        let (t, h) = (0.5, 1e-5);
        // Σ of all bars of all cells, times the mass they leave, is how the mass changes.
        let mut slope = Array2::<f64>::zeros((4, 4));
        for i in 0..4 {
            for j in 0..4 {
                let bars = board.bars(board.point_in([i, j], [0.3, 0.8]), t).expect("a cell");
                assert_eq!(bars.from, [i, j]);
                for (to, rate) in bars.to {
                    assert!((to[0] == i) != (to[1] == j), "along a row or a column");
                    let moved = rate * board.mass(t)[[i, j]];
                    slope[to] += moved;
                    slope[[i, j]] -= moved;
                }
            }
        }
        let expected = (board.mass(t + h) - board.mass(t - h)) / (2.0 * h);
        assert!((slope - expected).iter().all(|off| off.abs() < 1e-8));
        assert_eq!(board.bars([1.1, 0.0], t), None);
    }

    #[test]
    fn forward_and_backward_are_two_fields_with_one_mean() {
        let board = board();
        let t = 0.5;
        let [ahead, back] =
            [PlaneView::BoardForward, PlaneView::BoardBackward].map(|view| board.field(view, t));
        assert!(ahead.iter().zip(&back).any(|(a, b)| (a.vector[0] - b.vector[0]).abs() > 0.05));
        // Both move the mean by E[x₁] − E[x₀].
        let target = board.mass(1.0);
        let expected = [0, 1].map(|axis| {
            let place = |z: (usize, usize)| board.point_in([z.0, z.1], [0.5; 2])[axis];
            target.indexed_iter().map(|(z, p)| p * place(z)).sum::<f64>()
        });
        for field in [ahead, back] {
            let mean =
                [0, 1].map(|i| field.iter().map(|a| a.density * board.area() * a.vector[i]).sum::<f64>());
            assert!((0..2).all(|i| (mean[i] - expected[i]).abs() < 1e-9), "{mean:?} {expected:?}");
        }
    }
}
