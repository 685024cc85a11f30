//! What a network says beside the exact values.

use super::{PlaneArrow, PlaneView, Scene};
use crate::flow::FlowError;
use crate::flow::plane::Fields;
use crate::sampler::plane::Answers;
use ndarray::Array2;

/// Cells a side beyond which a lattice is fine.
const FINE: usize = 128;
/// The least share of the largest density where a network is judged.
const FAINT: f64 = 1e-3;
/// Why a view shows nothing.
pub const NO_NETWORK: &str = "Needs a network of this flow: train one on the right, under “train”.";

/// Where the density is at least a share of the largest one: what lies beyond says nothing of a network.
fn seen(density: &[f64]) -> impl Fn(usize) -> bool + '_ {
    let most = density.iter().copied().fold(0.0, f64::max);
    move |k| density[k] >= FAINT * most
}

impl Scene<'_> {
    /// Whether a view can be shown: one of a network needs one, and so do arrows that are to be a network's.
    pub fn can_show(&self, view: PlaneView) -> bool {
        self.network.is_some() || !(view.needs_network() || self.asks_network(view))
    }

    /// Whether a view shows what a network says in place of the exact value.
    pub fn asks_network(&self, view: PlaneView) -> bool {
        self.shows_network && view.is_answered()
    }

    /// |v − u|, the length of learned − exact, \[n, n\]; no number where a network has hardly seen anything.
    ///
    /// # Errors
    /// If there is no network, it fails, or the flow has no values at its time.
    pub fn on_miss(&self, n: usize) -> Result<Array2<f64>, FlowError> {
        // A network takes a hundred times as long as a closed form: a fine lattice has it in blocks of 2 × 2.
        let block = if n > FINE && n.is_multiple_of(2) { 2 } else { 1 };
        let (fields, miss) = self.missed(n / block)?;
        let seen = seen(&fields.density);
        let length = |k: usize| if seen(k) { miss[0][k].hypot(miss[1][k]) } else { f64::NAN };
        let lengths: Vec<f64> = (0..fields.len()).map(length).collect();
        Ok(Array2::from_shape_fn((n, n), |(i, j)| lengths[i / block * (n / block) + j / block]))
    }

    /// The exact fields on a lattice, and learned − exact velocity there.
    fn missed(&self, n: usize) -> Result<(Fields, [Vec<f64>; 2]), FlowError> {
        let (fields, answers) = self.answered(n)?;
        let miss = [0, 1].map(|axis| {
            let both = answers.velocity[axis].iter().zip(&fields.velocity[axis]);
            both.map(|(learned, exact)| learned - exact).collect()
        });
        Ok((fields, miss))
    }

    /// The exact fields on a lattice, and what the network says there.
    fn answered(&self, n: usize) -> Result<(Fields, Answers), FlowError> {
        let network = self.network.ok_or_else(|| FlowError::Unsupported(NO_NETWORK.to_owned()))?;
        let [xs, ys] = [0, 1].map(|axis| self.window.middles(axis, n));
        let mut fields = Fields::default();
        self.flow.at(self.t)?.lattice(&xs, &ys, &mut fields);
        let points = [
            xs.iter().flat_map(|x| std::iter::repeat_n(*x, n)).collect(),
            ys.iter().copied().cycle().take(n * n).collect(),
        ];
        let answers = Answers::of(network, self.flow.path(), self.t, &points)
            .map_err(|why| FlowError::Unsupported(why.to_string()))?;
        Ok((fields, answers))
    }

    /// The arrows of a view that a network makes, in the middles of `n`² squares.
    ///
    /// # Errors
    /// As [`Self::on_miss`].
    pub(super) fn learned_arrows(&self, view: PlaneView, n: usize) -> Result<Vec<PlaneArrow>, FlowError> {
        let (fields, vectors) = match view {
            PlaneView::Miss => self.missed(n)?,
            PlaneView::Score => self.answered(n).map(|(fields, answers)| (fields, answers.score))?,
            _ => self.answered(n).map(|(fields, answers)| (fields, answers.velocity))?,
        };
        let [xs, ys] = [0, 1].map(|axis| self.window.middles(axis, n));
        let arrow = |k: usize| PlaneArrow {
            at: [xs[k / n], ys[k % n]],
            vector: [vectors[0][k], vectors[1][k]],
            density: fields.density[k],
        };
        let seen = seen(&fields.density);
        let shown = |k: &usize| view != PlaneView::Miss || seen(*k);
        let all = (0..n * n).filter(shown).map(arrow);
        Ok(all.filter(|arrow| arrow.length().is_finite()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::plane::Oracle;
    use crate::flow::plane::{AffinePath, Mixture, PlaneFlow, PlaneSource, PlaneTarget};
    use crate::view::plane::{PlaneWindow, arrows, fields};

    #[test]
    fn the_exact_velocity_misses_nothing_and_without_a_network_there_is_a_reason() {
        let flow = |mixture| {
            PlaneFlow::new(PlaneTarget::Mixture(mixture), PlaneSource::Normal, AffinePath::VP)
                .expect("a flow")
        };
        let ring = flow(Mixture::ring());
        let scene = Scene::new(&ring, None, 0.6, PlaneWindow::around_origin(4.0));
        let why = fields(&scene, &[PlaneView::Miss], 8).expect_err("no network").to_string();
        assert!(why.contains("network") && !scene.can_show(PlaneView::Miss));
        let (own, other) =
            (Oracle::new(&ring).expect("exact"), Oracle::new(&flow(Mixture::three())).expect("exact"));
        let scene = Scene { network: Some(&own), ..scene };
        let none = fields(&scene, &[PlaneView::Miss], 8).expect("a field").remove(0);
        let known = none.values.iter().filter(|miss| miss.is_finite());
        assert!(known.clone().all(|miss| *miss < 1e-9) && known.count() > 10, "{:?}", none.values);
        let scene = Scene { network: Some(&other), shows_network: true, ..scene };
        let miss = arrows(&scene, PlaneView::Miss).expect("arrows");
        let learned = arrows(&scene, PlaneView::Velocity).expect("arrows");
        let exact = arrows(&Scene { shows_network: false, ..scene }, PlaneView::Velocity).expect("arrows");
        assert!(miss.len() > 40 && miss.len() < exact.len());
        for miss in &miss {
            let there = |all: &[PlaneArrow]| all.iter().find(|a| a.at == miss.at).copied().expect("an arrow");
            let (learned, exact) = (there(&learned), there(&exact));
            for i in [0, 1] {
                assert!((learned.vector[i] - exact.vector[i] - miss.vector[i]).abs() < 1e-9);
            }
        }
    }
}
