//! Velocities and scores as arrows.

use super::{PlaneView, Scene};
use crate::flow::FlowError;
use crate::flow::plane::Fields;

/// Arrows along a side.
pub const ARROWS_A_SIDE: usize = 22;
/// Where the density is below this share of the largest one, arrows do not set the scale.
const FAINT: f64 = 1e-3;

/// One arrow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneArrow {
    /// Where it is.
    pub at: [f64; 2],
    /// What it shows there.
    pub vector: [f64; 2],
    /// The density there.
    pub density: f64,
}

impl PlaneArrow {
    /// |vector|.
    pub fn length(&self) -> f64 {
        self.vector[0].hypot(self.vector[1])
    }
}

/// The arrows of a view in the middles of [`ARROWS_A_SIDE`]² squares, or of the cells of a grid, where they are known.
///
/// # Errors
/// Those of [`crate::flow::plane::PlaneFlow::at`].
pub fn arrows(scene: &Scene<'_>, view: PlaneView) -> Result<Vec<PlaneArrow>, FlowError> {
    if let Some(why) = view.without_score(scene.flow) {
        return Err(FlowError::Unsupported(why.to_owned()));
    }
    if view.is_of_board() {
        return super::pointed::board_arrows(scene, view);
    }
    if view == PlaneView::Miss || scene.asks_network(view) {
        return scene.learned_arrows(view, ARROWS_A_SIDE);
    }
    let at = scene.flow.at(scene.t)?;
    let [xs, ys] = [0, 1].map(|axis| scene.window.middles(axis, ARROWS_A_SIDE));
    let mut fields = Fields::default();
    at.lattice(&xs, &ys, &mut fields);
    let vectors = if view == PlaneView::Score { &fields.score } else { &fields.velocity };
    let arrow = |n: usize| PlaneArrow {
        at: [xs[n / ys.len()], ys[n % ys.len()]],
        vector: [vectors[0][n], vectors[1][n]],
        density: fields.density[n],
    };
    Ok((0..fields.len()).map(arrow).filter(|arrow| arrow.length().is_finite()).collect())
}

/// The length that is drawn longest: that of the longest arrow where there is mass.
pub fn longest(arrows: &[PlaneArrow]) -> f64 {
    let most = arrows.iter().map(|arrow| arrow.density).fold(0.0, f64::max);
    let counts = |arrow: &&PlaneArrow| arrow.density >= FAINT * most;
    arrows.iter().filter(counts).map(PlaneArrow::length).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Mixture, PlaneFlow, PlaneSource, PlaneTarget};
    use crate::view::plane::PlaneWindow;

    #[test]
    fn arrows_are_the_fields_and_at_the_start_they_point_to_the_mean() {
        let target = PlaneTarget::Mixture(Mixture::three());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let window = PlaneWindow::around_origin(4.0);
        let mean = Mixture::three().mean();
        let scene = Scene::new(&flow, None, 0.0, window);
        let all = arrows(&scene, PlaneView::Velocity).expect("arrows");
        assert_eq!(all.len(), ARROWS_A_SIDE * ARROWS_A_SIDE);
        for arrow in &all {
            for i in [0, 1] {
                // plane.md 1.1: u₀ = E[x₁] − x.
                assert!((arrow.vector[i] - (mean[i] - arrow.at[i])).abs() < 1e-12);
            }
        }
        let most = all.iter().map(PlaneArrow::length).fold(0.0, f64::max);
        assert!((0.3 * most..most).contains(&longest(&all)), "the corners are empty");
        let scores = arrows(&Scene { t: 0.5, ..scene }, PlaneView::Score).expect("arrows");
        let point = flow.at(0.5).expect("a time").point(scores[40].at);
        assert!((0..2).all(|i| (scores[40].vector[i] - point.score[i]).abs() < 1e-12));
    }
}
