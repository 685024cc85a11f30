//! What must hold of any flow, as numbers: its mass, and how well the density follows the velocity.

use super::Scene;
use crate::flow::FlowError;
use crate::flow::plane::Fields;

/// Lattice that the numbers are taken from, cells along a side.
const CELLS: usize = 64;
/// Half the time between the two densities that are compared.
const STEP: f64 = 1e-4;

/// The numbers of a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conserved {
    /// ∫ p over what is shown.
    pub mass: f64,
    /// ∫ −∂p/∂t over what is shown: 0 of all of the plane.
    pub leaving: f64,
    /// ∫ |∂p/∂t| over what is shown, half of it: how fast mass is moved, per unit of time.
    pub moved: f64,
    /// Σ |Δp/Δt + div(p u)| / Σ |div(p u)|: the density at two moments against velocity and score between them.
    pub residual: f64,
}

/// The numbers of a moment that is not one of the ends.
///
/// # Errors
/// Those of [`crate::flow::plane::PlaneFlow::at`].
pub fn conserved(scene: &Scene<'_>) -> Result<Conserved, FlowError> {
    let t = scene.t.clamp(STEP, 1.0 - STEP);
    let [xs, ys] = [0, 1].map(|axis| scene.window.middles(axis, CELLS));
    let mut now = Fields::default();
    scene.flow.at(t)?.lattice(&xs, &ys, &mut now);
    let beside = |t: f64| Ok::<_, FlowError>(scene.flow.at(t)?.lattice_masses(&xs, &ys)[0].clone());
    let [before, after] = [beside(t - STEP)?, beside(t + STEP)?];
    let area = (2.0 * scene.window.half / CELLS as f64).powi(2);
    let (mut off, mut all) = (0.0, 0.0);
    for n in 0..now.len() {
        let [p, divergence] = [now.density[n], now.divergence[n]];
        if p <= 0.0 {
            continue;
        }
        let along: f64 = (0..2).map(|i| now.velocity[i][n] * now.score[i][n]).sum();
        let outflow = p * (divergence + along);
        off += ((after[n] - before[n]) / (2.0 * STEP) + outflow).abs();
        all += outflow.abs();
    }
    let sum = |values: &[f64]| area * values.iter().sum::<f64>();
    Ok(Conserved {
        mass: sum(&now.density),
        leaving: -sum(&now.slope),
        moved: 0.5 * area * now.slope.iter().map(|slope| slope.abs()).sum::<f64>(),
        residual: if all > 0.0 { off / all } else { 0.0 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Mixture, PlaneFlow, PlaneSource, PlaneTarget};
    use crate::view::plane::PlaneWindow;

    #[test]
    fn mass_stays_and_the_density_follows_the_velocity() {
        for path in [AffinePath::CondOt, AffinePath::Trig, AffinePath::VP] {
            let target = PlaneTarget::Mixture(Mixture::three());
            let flow = PlaneFlow::new(target, PlaneSource::Normal, path).expect("a flow");
            for t in [0.0, 0.4, 0.8, 1.0] {
                let scene = Scene::new(&flow, None, t, PlaneWindow::around_origin(6.0));
                let found = conserved(&scene).expect("numbers");
                assert!((found.mass - 1.0).abs() < 1e-3, "{path} {t} {found:?}");
                assert!(
                    found.residual < 2e-5 && found.leaving.abs() < 1e-2 * found.moved.max(1e-3),
                    "{path} {t} {found:?}"
                );
            }
        }
    }
}
