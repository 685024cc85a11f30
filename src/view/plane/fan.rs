//! What a point may become: the components of the target that it may come from, each with its probability.

use super::Scene;
use crate::flow::FlowError;
use crate::flow::plane::{PlaneSource, PlaneTarget, PointFields};

/// Rays thinner than this are left out.
const FAINTEST: f64 = 1e-3;
/// Shares from this on are written.
const WRITTEN: f64 = 0.05;

/// One component of the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it lies.
    pub to: [f64; 2],
    /// P(component | x).
    pub share: f64,
}

impl Ray {
    /// Its share in words, where it is not too small for that.
    pub fn words(&self) -> Option<String> {
        (self.share >= WRITTEN).then(|| format!("{:.0} %", 100.0 * self.share))
    }

    /// The point that lies `further` beyond its end, seen from `from`; none where both are one.
    pub fn beyond(&self, from: [f64; 2], further: f64) -> Option<[f64; 2]> {
        let along = [0, 1].map(|i| self.to[i] - from[i]);
        let length = along[0].hypot(along[1]);
        (length > 0.0).then(|| [0, 1].map(|i| self.to[i] + along[i] / length * further))
    }
}

/// A point and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fan {
    /// The point x.
    pub at: [f64; 2],
    /// Everything exact there.
    pub fields: PointFields,
    /// ln p.
    pub ln_density: f64,
    /// e^H of the shares: to how many components, or pairs of a coupling, it still belongs.
    pub components: f64,
    /// The components, likeliest first, without those that it hardly belongs to; none of a flow of coupled pairs.
    pub rays: Vec<Ray>,
}

/// The fan of a point.
///
/// # Errors
/// Those of [`crate::flow::plane::PlaneFlow::at`].
pub fn fan(scene: &Scene<'_>, at: [f64; 2]) -> Result<Fan, FlowError> {
    let now = scene.flow.at(scene.t)?;
    if !scene.flow.is_independent() {
        // It comes from pairs, which have no names.
        let components = now.effective_components(at);
        return Ok(Fan {
            at,
            fields: now.point(at),
            ln_density: now.ln_density(at),
            components,
            rays: Vec::new(),
        });
    }
    let centres: Vec<[f64; 2]> = match scene.flow.target() {
        PlaneTarget::Mixture(mixture) => mixture.means().to_vec(),
        PlaneTarget::Boxes(boxes) => {
            let middle = |i: usize| 0.5 * boxes.cell(i).iter().sum::<f64>();
            let k = boxes.side();
            (0..k * k).map(|n| [middle(n / k), middle(n % k)]).collect()
        }
    };
    let shares = now.shares(at);
    // A source of several components has so many shares for each of the target's.
    let each = match scene.flow.source() {
        PlaneSource::Mixture(source) if matches!(scene.flow.target(), PlaneTarget::Mixture(_)) => {
            source.len()
        }
        _ => 1,
    };
    let whole = shares.chunks(each).map(|shares| shares.iter().sum::<f64>());
    let mut rays: Vec<Ray> = centres.into_iter().zip(whole).map(|(to, share)| Ray { to, share }).collect();
    let entropy: f64 = rays.iter().filter(|ray| ray.share > 0.0).map(|ray| -ray.share * ray.share.ln()).sum();
    rays.retain(|ray| ray.share >= FAINTEST);
    rays.sort_by(|a, b| b.share.total_cmp(&a.share));
    Ok(Fan { at, fields: now.point(at), ln_density: now.ln_density(at), components: entropy.exp(), rays })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Mixture, PlaneFlow};
    use crate::view::plane::PlaneWindow;

    #[test]
    fn the_middle_of_a_ring_belongs_to_all_of_it_and_the_edge_to_one() {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let scene = Scene::new(&flow, None, 0.5, PlaneWindow::around_origin(4.0));
        let middle = fan(&scene, [0.0, 0.0]).expect("a fan");
        assert!((middle.components - 8.0).abs() < 1e-9 && middle.rays.len() == 8);
        let beside = fan(&scene, [1.5, 0.0]).expect("a fan");
        assert_eq!(beside.rays[0].to, [3.0, 0.0]);
        let mean: f64 = beside.rays.iter().map(|ray| ray.share).sum();
        assert!((mean - 1.0).abs() < 1e-2 && beside.components < 3.0, "{beside:?}");
        let late = fan(&Scene { t: 0.95, ..scene }, [2.8, 0.0]).expect("a fan");
        assert_eq!(late.rays.len(), 1);
        let two = PlaneSource::Mixture(Mixture::three());
        let flow =
            PlaneFlow::new(PlaneTarget::Mixture(Mixture::ring()), two, AffinePath::CondOt).expect("a flow");
        let from_three = fan(&Scene { flow: &flow, ..scene }, [0.3, 0.1]).expect("a fan");
        let all: f64 = from_three.rays.iter().map(|ray| ray.share).sum();
        assert!((all - 1.0).abs() < 1e-2, "{all}");
    }
}
