//! The same target and source read as two tokens: the discrete flow beside the continuous one (plane.md 4).

use super::{PlaneView, Scene};
use crate::flow::plane::{AffinePath, PlaneFlow, PlaneSource, PlaneTarget};
use crate::flow::{Axis, Coupling, FlowError, GridPath, Kappa, Source};
use ndarray::Array2;

/// Half the time between the two masses that are compared.
const STEP: f64 = 1e-5;

/// What must hold of a discrete flow, as numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoardConserved {
    /// Σ p: 1.
    pub mass: f64,
    /// Σ −dp/dt: 0.
    pub leaving: f64,
    /// Σ |Δp/Δt + div| / Σ |div|: masses at two moments against the flow between them.
    pub residual: f64,
}

/// A discrete path whose states are the cells of a flow from an even square to an even target on it.
#[derive(Clone, Debug)]
pub struct Board {
    path: GridPath,
    half_width: f64,
}

impl Board {
    /// That of a flow: of boxes, from the square they lie in, along straight lines.
    ///
    /// # Errors
    /// Says why it has none.
    pub fn of(flow: &PlaneFlow) -> Result<Self, String> {
        let (PlaneTarget::Boxes(boxes), PlaneSource::Square(half)) = (flow.target(), flow.source()) else {
            return Err(
                "Needs a target of cells (a board or a pmf of the grid) and the even source: then both read \
                        the same numbers."
                    .to_owned(),
            );
        };
        if !flow.is_independent() {
            return Err("Needs independent pairs: the grid’s flow is that of all of them.".to_owned());
        }
        if *half != boxes.half_width() || flow.path() != AffinePath::CondOt {
            return Err("Needs the path cond-OT, whose t is the grid’s κ.".to_owned());
        }
        let path = GridPath::new(boxes.pmf(), &Source::Uniform, Coupling::Independent);
        Ok(Self { path: path.map_err(|why| why.to_string())?, half_width: *half })
    }

    /// The discrete path.
    pub(super) fn path(&self) -> &GridPath {
        &self.path
    }

    /// K.
    pub fn cells(&self) -> usize {
        self.path.data_tokens()
    }

    /// L of the square \[−L, L\]².
    pub fn half_width(&self) -> f64 {
        self.half_width
    }

    /// The area of a cell.
    pub fn area(&self) -> f64 {
        (2.0 * self.half_width / self.cells() as f64).powi(2)
    }

    /// The mass of every state with κ = `t`, \[K, K\].
    pub fn mass(&self, t: f64) -> Array2<f64> {
        self.path.pmf(Kappa::new(t))
    }

    /// −dp/dt of every state with κ = t.
    pub fn outflow(&self, t: f64) -> Array2<f64> {
        let kappa = Kappa::new(t);
        -(self.path.net_inflow(Axis::First, kappa) + self.path.net_inflow(Axis::Second, kappa))
    }

    /// What must hold of the discrete flow, as numbers.
    pub fn conserved(&self, t: f64) -> BoardConserved {
        let (before, after) = ((t - STEP).max(0.0), (t + STEP).min(1.0));
        let middle = 0.5 * (before + after);
        let (outflow, slope) =
            (self.outflow(middle), (self.mass(after) - self.mass(before)) / (after - before));
        let size: f64 = outflow.iter().map(|x| x.abs()).sum();
        let off: f64 = (&slope + &outflow).iter().map(|x| x.abs()).sum();
        BoardConserved {
            mass: self.mass(t).sum(),
            leaving: self.outflow(t).sum(),
            residual: if size > 0.0 { off / size } else { 0.0 },
        }
    }

    /// Mass between both paths: ½ Σ |P − p| over the cells, where `continuous` has the mass of the continuous one in them.
    pub fn distance(&self, t: f64, continuous: &Array2<f64>) -> f64 {
        0.5 * (self.mass(t) - continuous).iter().map(|d| d.abs()).sum::<f64>()
    }
}

impl Scene<'_> {
    /// A view of the grid on a lattice of `n` cells a side over what is shown, per unit of area; 0 beyond all states.
    pub(super) fn on_board(&self, view: PlaneView, n: usize) -> Result<Array2<f64>, FlowError> {
        let board = match self.board {
            Some(board) => board,
            None => return Err(FlowError::Unsupported(Board::of(self.flow).err().unwrap_or_default())),
        };
        let values = match view {
            PlaneView::BoardOutflow => board.outflow(self.t),
            _ => board.mass(self.t),
        };
        let (k, half, area) = (board.cells() as f64, board.half_width(), board.area());
        let cells = [0, 1].map(|axis| {
            let cell = |x: f64| ((x / half + 1.0) * 0.5 * k).floor();
            let middles = self.window.middles(axis, n).into_iter().map(cell);
            middles.map(|cell| (0.0..k).contains(&cell).then_some(cell as usize)).collect::<Vec<_>>()
        });
        Ok(Array2::from_shape_fn((n, n), |(i, j)| match (cells[0][i], cells[1][j]) {
            (Some(i), Some(j)) => values[[i, j]] / area,
            _ => 0.0,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::Boxes;

    /// K = 4, one cell twice as likely as the others of its colour.
    fn flow() -> PlaneFlow {
        let mut pmf = Array2::from_shape_fn((4, 4), |(i, j)| f64::from(u8::from((i + j) % 2 == 1)));
        pmf[[0, 1]] = 2.0;
        let total = pmf.sum();
        let boxes = Boxes::new(pmf / total, 1.0).expect("a pmf");
        PlaneFlow::new(PlaneTarget::Boxes(boxes), PlaneSource::Square(1.0), AffinePath::CondOt)
            .expect("a flow")
    }

    #[test]
    fn both_readings_conserve_mass_agree_at_the_ends_and_differ_between() {
        let flow = flow();
        let board = Board::of(&flow).expect("a board");
        let (h, t) = (1e-5, 0.5);
        let outflow = board.outflow(t);
        let slope = (board.mass(t + h) - board.mass(t - h)) / (2.0 * h);
        assert!(outflow.sum().abs() < 1e-14 && (board.mass(t).sum() - 1.0).abs() < 1e-14);
        assert!((&outflow + &slope).iter().all(|d| d.abs() < 1e-9));
        for t in [0.0, 0.3, 1.0] {
            let numbers = board.conserved(t);
            assert!(
                (numbers.mass - 1.0).abs() < 1e-12
                    && numbers.leaving.abs() < 1e-12
                    && numbers.residual < 1e-6
            );
        }
        // The mass of the continuous path in the cells, by midpoints of its density.
        let n = 240;
        let window = crate::view::plane::PlaneWindow::around_origin(1.0);
        let masses = |t: f64| {
            let scene = Scene::new(&flow, Some(&board), t, window);
            let field = crate::view::plane::fields(&scene, &[PlaneView::Density], n).expect("a field");
            let area = (2.0 / n as f64).powi(2);
            let mut cells = Array2::zeros((4, 4));
            for ((i, j), p) in field[0].values.indexed_iter() {
                cells[[i * 4 / n, j * 4 / n]] += p * area;
            }
            cells
        };
        // plane.md 4: TV .333 in the middle.
        assert!(
            (board.distance(0.5, &masses(0.5)) - 0.333).abs() < 1e-3,
            "{}",
            board.distance(0.5, &masses(0.5))
        );
        for end in [0.0, 1.0] {
            assert!(board.distance(end, &masses(end)) < 1e-9, "at {end}");
        }
    }

    #[test]
    fn a_flow_without_cells_says_what_it_needs() {
        let ring = PlaneTarget::Mixture(crate::flow::plane::Mixture::ring());
        let ring = PlaneFlow::new(ring, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        assert!(Board::of(&ring).expect_err("none").contains("even source"));
        let curved = flow().on(AffinePath::Trig).expect("a flow");
        assert!(Board::of(&curved).expect_err("none").contains("cond-OT"));
    }
}
