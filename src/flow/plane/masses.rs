//! Density and its slope alone, at many points: what pictures of mass need, in a tenth of the time of everything.

use super::exact::PlaneAt;
use super::fields::Fields;
use super::moving::{LANES, Lanes, MovingLaw, MovingMixture, load};
use super::oblong::OblongComponent;
use crate::flow::vectorized;
use crate::flow::vectors::double::exp;

/// Below this a density is 0: `exp` gives no less than about this.
const NOTHING: f64 = 1e-306;

impl PlaneAt<'_> {
    /// p and ∂p/∂t on the lattice of all (x, y), x outermost, as [`Self::lattice`] has them.
    pub fn lattice_masses(&self, xs: &[f64], ys: &[f64]) -> [Vec<f64>; 2] {
        match self {
            Self::Moving(moving) => lines_of(xs, ys, moving),
            Self::Oblong(moving) => lines_of(xs, ys, moving),
            Self::Products(_) => {
                let mut fields = Fields::default();
                self.lattice(xs, ys, &mut fields);
                [fields.density, fields.slope]
            }
        }
    }
}

/// Points of one x.
trait LineMasses {
    /// p and ∂p/∂t there.
    fn line_masses(&self, x: f64, ys: &[f64], to: [&mut [f64]; 2]);
}

fn lines_of(xs: &[f64], ys: &[f64], moving: &impl LineMasses) -> [Vec<f64>; 2] {
    let mut all = [0, 1].map(|_| vec![0.0; xs.len() * ys.len()]);
    let [density, slope] = &mut all;
    if ys.is_empty() {
        return all;
    }
    let lines = density.chunks_mut(ys.len()).zip(slope.chunks_mut(ys.len()));
    vectorized!(for (x, (density, slope)) in xs.iter().zip(lines) {
        moving.line_masses(*x, ys, [density, slope]);
    });
    all
}

/// Sums below what numbers can show are 0.
#[inline(always)]
fn without_nothing([p, rising]: [&mut Lanes; 2], components: usize) {
    for i in 0..LANES {
        let is_nothing = p[i] < NOTHING * components as f64;
        p[i] = if is_nothing { 0.0 } else { p[i] };
        rising[i] = if is_nothing { 0.0 } else { rising[i] };
    }
}

impl LineMasses for MovingMixture<OblongComponent> {
    /// By ∂p_j/∂t = −p_j (div a_j + a_j·g_j).
    #[inline(always)]
    fn line_masses(&self, x: f64, ys: &[f64], [density, slope]: [&mut [f64]; 2]) {
        let rows = ys.chunks(LANES).zip(density.chunks_mut(LANES).zip(slope.chunks_mut(LANES)));
        for (ys, (density, slope)) in rows {
            let y = load(ys);
            let (mut p, mut rising) = ([0.0; LANES], [0.0; LANES]);
            for c in &self.components {
                for i in 0..LANES {
                    let e = c.offset([x, y[i]]);
                    let (part, a, g) = (exp(c.log(e)), c.velocity(e), c.score(e));
                    p[i] += part;
                    rising[i] -= part * (c.divergence() + a[0] * g[0] + a[1] * g[1]);
                }
            }
            without_nothing([&mut p, &mut rising], self.components.len());
            density.copy_from_slice(&p[..ys.len()]);
            slope.copy_from_slice(&rising[..ys.len()]);
        }
    }
}

impl LineMasses for MovingMixture {
    /// p and ∂p/∂t = Σ p_j (−2c_j + M_j'·e_j/v_j + c_j|e_j|²/v_j) at the points (x, y) of one x (plane.md 1.1).
    #[inline(always)]
    fn line_masses(&self, x: f64, ys: &[f64], [density, slope]: [&mut [f64]; 2]) {
        let rows = ys.chunks(LANES).zip(density.chunks_mut(LANES).zip(slope.chunks_mut(LANES)));
        for (ys, (density, slope)) in rows {
            let n = ys.len();
            let y = load(ys);
            let (mut p, mut rising) = ([0.0; LANES], [0.0; LANES]);
            for c in &self.components {
                let e1 = x - c.mean[0];
                // What does not depend on y.
                let (e1_squared, along) = (e1 * e1, c.inverse * c.drift[0] * e1 - 2.0 * c.growth);
                let (half, across, spread) = (0.5 * c.inverse, c.inverse * c.drift[1], c.growth * c.inverse);
                for i in 0..LANES {
                    let e2 = y[i] - c.mean[1];
                    let square = e1_squared + e2 * e2;
                    let part = exp(c.ln - half * square);
                    p[i] += part;
                    rising[i] += part * (along + across * e2 + spread * square);
                }
            }
            without_nothing([&mut p, &mut rising], self.components.len());
            density.copy_from_slice(&p[..n]);
            slope.copy_from_slice(&rising[..n]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Boxes, Mixture, PlaneFlow, PlaneSource, PlaneTarget};

    #[test]
    fn masses_are_those_of_all_fields() {
        for (target, source) in [
            (PlaneTarget::Mixture(Mixture::three()), PlaneSource::Normal),
            (PlaneTarget::Mixture(Mixture::spiral()), PlaneSource::Mixture(Mixture::ring())),
            (PlaneTarget::Mixture(crate::flow::plane::tests::oblong()), PlaneSource::Normal),
            (PlaneTarget::Boxes(Boxes::checkerboard()), PlaneSource::Normal),
        ] {
            let flow = PlaneFlow::new(target, source, AffinePath::VP).expect("a flow");
            let xs: Vec<f64> = (0..13).map(|i| f64::from(i) * 0.9 - 5.4).collect();
            let ys: Vec<f64> = (0..19).map(|i| f64::from(i) * 0.7 - 6.3).collect();
            for t in [0.0, 0.3, 0.7, 0.99] {
                let at = flow.at(t).expect("a time");
                let mut fields = Fields::default();
                at.lattice(&xs, &ys, &mut fields);
                let [density, slope] = at.lattice_masses(&xs, &ys);
                let most = fields.slope.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
                for n in 0..fields.len() {
                    assert!(
                        (density[n] - fields.density[n]).abs() < 1e-12 * (1e-9 + fields.density[n]),
                        "{t} {n}"
                    );
                    assert!((slope[n] - fields.slope[n]).abs() < 1e-10 * (1e-3 + most), "{t} {n}");
                }
            }
        }
        // Far away there is nothing, and no rate of it.
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        assert_eq!(flow.at(0.9).expect("a time").lattice_masses(&[1e3], &[1e3]), [vec![0.0], vec![0.0]]);
    }
}
