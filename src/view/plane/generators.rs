//! Generators as rates between cells, all in closed form (plane.md 5.3): how well they follow the path, and where they lead
//! from one cell.

use super::{PlaneView, Scene};
use crate::flow::FlowError;
use crate::flow::plane::{AffinePath, CellEdges, CellsAt, PlaneAt, PlaneSource, PlaneTarget};
use ndarray::Array2;

/// Cells an axis of the map of residuals, and of that of the rates out of one cell.
const FINE: usize = 64;
const COARSE: usize = 24;
/// Cells an axis on which the rising density is added up.
const SUMMED: usize = 96;

/// Rates of jumps, per unit of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JumpRates {
    /// λ at the point that is looked at.
    pub here: f64,
    /// Jumps a particle: E λ over all of them.
    pub mean: f64,
}

impl Scene<'_> {
    /// Rates of jumps on the plane (B), and of jumps by axes (A) where the target is a mixture of round Gaussians (plane.md 5.2).
    ///
    /// # Errors
    /// Those of [`crate::flow::plane::PlaneFlow::at`].
    pub fn jump_rates(&self) -> Result<(JumpRates, Option<JumpRates>), FlowError> {
        let at = self.flow.at(self.t)?;
        let fields = at.point(self.point);
        let rate = -fields.slope / fields.density;
        // What is not known, far from all mass, stays so.
        let here = if rate < 0.0 { 0.0 } else { rate };
        let on_plane = JumpRates { here, mean: self.rising(&at) };
        let by_axes = match &at {
            PlaneAt::Moving(moving) => {
                let mut rates = Vec::new();
                moving.axis_jump_rates(self.point, &mut rates);
                Some(JumpRates { here: rates.iter().sum(), mean: moving.axis_jump_flux() })
            }
            PlaneAt::Oblong(_) | PlaneAt::Products(_) => None,
        };
        Ok((on_plane, by_axes))
    }

    /// Half the side of a square that holds all of the path, whatever is shown of it.
    fn reach(&self) -> f64 {
        let source = match self.flow.source() {
            PlaneSource::Normal => 4.0,
            PlaneSource::Square(half) => *half,
            PlaneSource::Mixture(mixture) => PlaneTarget::Mixture(mixture.clone()).reach(),
        };
        let target = match self.flow.target() {
            PlaneTarget::Boxes(boxes) => boxes.half_width(),
            mixture => mixture.reach(),
        };
        let spread = match self.flow.path() {
            path @ AffinePath::Ve { .. } => path.at(self.t).scale(),
            _ => 1.0,
        };
        target.max(source) * spread
    }

    /// The cells that generators are rates between.
    fn cells(&self, view: PlaneView) -> Result<CellEdges, FlowError> {
        let reach = self.reach();
        let inner = if view == PlaneView::Rates { COARSE } else { FINE };
        CellEdges::new(-reach, reach, inner + 2)
    }

    /// The cell of the point that is looked at, in which rates begin: two opposite corners.
    pub fn cell_of_point(&self) -> Option<[[f64; 2]; 2]> {
        let cells = self.cells(PlaneView::Rates).ok()?;
        let of = |x: f64| {
            let k = cells.cell_of(x);
            [cells.edges()[k], cells.edges()[k + 1]]
        };
        let [across, up] = self.point.map(of);
        let corners = [[across[0], up[0]], [across[1], up[1]]];
        corners.iter().flatten().all(|x| x.is_finite()).then_some(corners)
    }

    /// A view of generators on a lattice of `n` cells a side over what is shown.
    pub(super) fn on_cells(&self, view: PlaneView, n: usize) -> Result<Array2<f64>, FlowError> {
        let cells = self.cells(view)?;
        let at = CellsAt::new(&self.flow.at(self.t)?, &cells);
        at.refuse(&self.blend)?;
        let values = match view {
            PlaneView::Rates => at.rates_from(&self.blend, self.point.map(|x| cells.cell_of(x))),
            _ => {
                let most = at.slope.iter().fold(f64::MIN_POSITIVE, |most, slope| slope.abs().max(most));
                (at.apply(&self.blend, &at.mass) - &at.slope) / most
            }
        };
        let [xs, ys] = [0, 1].map(|axis| {
            let middles = self.window.middles(axis, n).into_iter();
            middles.map(|x| cells.cell_of(x)).collect::<Vec<_>>()
        });
        Ok(Array2::from_shape_fn((n, n), |(i, j)| values[[xs[i], ys[j]]]))
    }

    /// The largest |A P − dP/dt| of all cells, as a share of the largest |dP/dt|.
    ///
    /// # Errors
    /// Those of [`crate::flow::plane::PlaneFlow::at`].
    pub fn kolmogorov_residual(&self) -> Result<f64, FlowError> {
        let at = CellsAt::new(&self.flow.at(self.t)?, &self.cells(PlaneView::Residual)?);
        at.refuse(&self.blend)?;
        Ok(at.residual(&self.blend))
    }

    /// ∫ \[∂p/∂t\]₊ over all of the plane: jumps a particle and unit of time of the fewest that can follow the path.
    pub(super) fn rising(&self, at: &PlaneAt<'_>) -> f64 {
        let reach = self.reach();
        let width = 2.0 * reach / SUMMED as f64;
        let line: Vec<f64> = (0..SUMMED).map(|i| width * (i as f64 + 0.5) - reach).collect();
        let [_, slope] = at.lattice_masses(&line, &line);
        width * width * slope.iter().map(|slope| slope.max(0.0)).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{Blend, Mixture, PlaneFlow};
    use crate::view::plane::{PlaneWindow, fields};

    fn flow() -> PlaneFlow {
        let target = PlaneTarget::Mixture(Mixture::three());
        PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow")
    }

    #[test]
    fn every_generator_solves_the_equation_and_one_of_a_flow_too_many_does_not() {
        let flow = flow();
        let scene = Scene::new(&flow, None, 0.45, PlaneWindow::around_origin(4.0));
        for blend in [Blend::FLOW, Blend::JUMP, Blend::AXIS_JUMP, Blend::superposition(0.5, 0.3)] {
            let scene = Scene { blend, ..scene };
            assert!(scene.kolmogorov_residual().expect("a number") < 1e-12, "{blend:?}");
            let map = fields(&scene, &[PlaneView::Residual], 64).expect("a map").remove(0);
            assert!(map.values.iter().all(|off| off.abs() < 1e-12), "{blend:?}");
        }
        // The trap of plane.md 10: 1 + 1 in place of w + (1 − w).
        let both = Scene { blend: Blend { jump: 1.0, ..Blend::FLOW }, ..scene };
        assert!((both.kolmogorov_residual().expect("a number") - 1.0).abs() < 1e-9);
    }

    #[test]
    fn rates_begin_in_the_cell_of_the_point_and_go_where_the_generator_leads() {
        let flow = flow();
        let scene =
            Scene { point: [0.3, -0.4], ..Scene::new(&flow, None, 0.45, PlaneWindow::around_origin(3.9)) };
        let [low, high] = scene.cell_of_point().expect("a cell");
        assert!((0..2).all(|i| low[i] <= scene.point[i] && scene.point[i] < high[i]));
        let reached = |blend: Blend| {
            let values = scene.on_cells_of(blend);
            values.iter().filter(|rate| **rate > 0.0).count()
        };
        let [flow, noise, jumps] = [Blend::FLOW, Blend::superposition(0.0, 1.0), Blend::JUMP].map(reached);
        assert!(flow > 0 && flow < noise && noise < jumps, "{flow} {noise} {jumps}");
    }

    #[test]
    fn mean_rates_are_those_of_cells_and_the_fewest_are_on_the_plane() {
        let flow = flow();
        let scene =
            Scene { point: [0.3, -0.4], ..Scene::new(&flow, None, 0.45, PlaneWindow::around_origin(4.0)) };
        let (on_plane, by_axes) = scene.jump_rates().expect("rates");
        let by_axes = by_axes.expect("a mixture");
        // Cells do not see what stays within one: a little less.
        let cells =
            CellsAt::new(&flow.at(0.45).expect("a time"), &CellEdges::new(-6.0, 6.0, 400).expect("cells"));
        for (rates, on_cells) in [(on_plane, cells.plane_jumps()), (by_axes, cells.axis_jumps())] {
            assert!((rates.mean / on_cells - 1.0).abs() < 0.02, "{rates:?} {on_cells}");
        }
        assert!(on_plane.mean < by_axes.mean);
        // What is said of the point is what the map shows there.
        let map = fields(&scene, &[PlaneView::JumpRate], 257).expect("a map").remove(0);
        let near = map.values
            [[(0.5 * (0.3 / 4.0 + 1.0) * 257.0) as usize, (0.5 * (-0.4 / 4.0 + 1.0) * 257.0) as usize]];
        assert!((near - on_plane.here).abs() < 0.05 * (1.0 + near), "{near} {on_plane:?}");
        let board = PlaneFlow::new(
            PlaneTarget::Boxes(crate::flow::plane::Boxes::checkerboard()),
            PlaneSource::Normal,
            AffinePath::CondOt,
        );
        let board = board.expect("a flow");
        assert!(Scene { flow: &board, ..scene }.jump_rates().expect("rates").1.is_none());
    }

    #[test]
    fn landings_add_up_to_one() {
        let flow = flow();
        let scene = Scene::new(&flow, None, 0.45, PlaneWindow::around_origin(5.0));
        let map = fields(&scene, &[PlaneView::Landing], 200).expect("a map").remove(0);
        let area = (10.0f64 / 200.0).powi(2);
        assert!((map.values.sum() * area - 1.0).abs() < 5e-3, "{}", map.values.sum() * area);
    }

    impl Scene<'_> {
        fn on_cells_of(&self, blend: Blend) -> Array2<f64> {
            Scene { blend, ..*self }.on_cells(PlaneView::Rates, 64).expect("rates")
        }
    }
}
