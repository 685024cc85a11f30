//! Colour scales: one for a whole path, or of one moment.

use super::Scene;
use super::kind::{ScaleMode, View};
use crate::figure::Scale;
use crate::flow::{Axis, GridPath, Kappa, Scheduler};
use ndarray::{Array2, ArrayView2, s};

/// Largest values over a whole path: the fixed colour scales.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathScales {
    mass: f64,
    divergence: [f64; 3],
}

impl PathScales {
    /// Looks through the whole path: largest mass at both ends, and largest divergence on the way. Some milliseconds at
    /// K = 128.
    pub fn new(path: &GridPath, scheduler: Scheduler) -> Self {
        let ends =
            [Kappa::START, Kappa::END].map(|k| largest(data_cells(path, &path.pmf(k)).iter().copied()));
        let mut divergence = [0.0f64; 3];
        for t in looks(path) {
            let (kappa, slope) = (scheduler.at(t), scheduler.derivative(t));
            if !slope.is_finite() {
                continue;
            }
            let nets = Axis::BOTH.map(|axis| path.net_inflow(axis, kappa));
            for (most, net) in
                divergence.iter_mut().zip([&nets[0] + &nets[1], nets[0].clone(), nets[1].clone()])
            {
                *most = most.max(slope * largest(data_cells(path, &net).iter().copied()));
            }
        }
        Self { mass: ends[0].max(ends[1]), divergence }
    }

    /// The scale on which `values` of `view` are shown.
    pub fn scale(&self, view: View, scene: &Scene<'_>, values: &Array2<f64>, mode: ScaleMode) -> Scale {
        let now = || largest(data_cells(scene.path, values).iter().copied());
        let per_frame = mode == ScaleMode::PerFrame;
        match view {
            View::Divergence if per_frame => Scale::diverging(now()),
            View::Divergence => Scale::diverging(self.divergence[scene.part as usize]),
            View::Difference if per_frame => Scale::diverging(now()),
            // Half the mass scale shows a bias worth seeing; a small one is for the per-frame scale.
            View::Difference => Scale::diverging(0.5 * self.mass),
            _ if per_frame => Scale::sequential(now()),
            _ => Scale::sequential(self.mass),
        }
    }
}

/// Data cells only: the mask margin holds much more mass per cell and would drown them.
pub(super) fn data_cells<'a>(path: &GridPath, p: &'a Array2<f64>) -> ArrayView2<'a, f64> {
    let k = path.data_tokens();
    p.slice(s![..k, ..k])
}

/// The largest magnitude; numbers that are not finite do not count.
pub(super) fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().filter(|x| x.is_finite()).fold(0.0, |m, x| m.max(x.abs()))
}

/// Times at which a whole path is looked at for its largest values: fewer on a large grid, where each costs
/// milliseconds.
pub(super) fn looks(path: &GridPath) -> impl Iterator<Item = f64> {
    let steps = if path.data_tokens() > 128 { 8 } else { 32 };
    (0..=steps).map(move |j| f64::from(j) / f64::from(steps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::cases;
    use crate::view::{DivergencePart, Show};

    #[test]
    fn the_divergence_is_minus_dpdt_and_its_fixed_scale_holds_every_frame() {
        for case in cases() {
            let (path, scheduler) = (&case.path, Scheduler::Quadratic);
            let scales = PathScales::new(path, scheduler);
            for j in 0..=10 {
                let t = f64::from(j) / 10.0;
                let part = DivergencePart::Total;
                let scene = Scene { path, scheduler, t, show: Show::Exact, part, run: None };
                let shown = scene.values(View::Divergence).expect("a finite slope");
                let exact = path.pmf_slope(scheduler.at(t)) * -scheduler.derivative(t);
                assert_eq!(shown.t, t);
                assert!(largest(&shown.values - &exact) < 1e-12, "{} at {t}", case.name);
                let scale = scales.scale(View::Divergence, &scene, &exact, ScaleMode::Fixed);
                let most = largest(data_cells(path, &exact).iter().copied());
                assert!(most <= scale.max * 1.01, "{} at {t}: {most} beyond {}", case.name, scale.max);
            }
        }
    }
}
