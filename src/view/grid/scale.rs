//! Colour scales: one for a whole path, or of one moment.

use super::Scene;
use super::kind::{DivergencePart, ScaleMode, View};
use crate::figure::Scale;
use crate::flow::{Axis, GridPath, Kappa, Scheduler};
use ndarray::{Array2, ArrayView2, s};

impl View {
    /// The scale on which `values` of this view are shown. A fixed one looks through the whole path (some milliseconds at
    /// K = 128): worth keeping while the scene is the same but for its time.
    pub fn scale(self, scene: &Scene<'_>, values: &Array2<f64>, mode: ScaleMode) -> Scale {
        match mode {
            ScaleMode::Fixed => self.fixed_scale(scene),
            ScaleMode::PerFrame => self.scale_of(scene.path, values),
        }
    }

    /// The scale of one moment: it goes as far as `values` do.
    pub fn scale_of(self, path: &GridPath, values: &Array2<f64>) -> Scale {
        self.scale_up_to(seen(path, values))
    }

    /// The scale of every moment of the path.
    pub fn fixed_scale(self, scene: &Scene<'_>) -> Scale {
        let (path, scheduler) = (scene.path, scene.scheduler);
        self.scale_up_to(match self {
            Self::Divergence => seen_over_path(path, scheduler, |_, kappa| match scene.part {
                DivergencePart::Total => path.pmf_slope(kappa),
                DivergencePart::First => path.net_inflow(Axis::First, kappa),
                DivergencePart::Second => path.net_inflow(Axis::Second, kappa),
            }),
            Self::Traffic => seen_over_path(path, scheduler, |t, kappa| {
                path.traffic(kappa, scene.corrector.alpha(t), scene.corrector.beta(t))
            }),
            Self::PosteriorError => {
                let frames = scene.run.iter().flat_map(|run| &run.trace.frames);
                let errors = frames.filter_map(|frame| frame.extras.posterior_error.as_ref());
                errors.map(|error| error.likely).fold(0.0, f64::max)
            }
            // Half the mass scale shows a bias worth seeing; a small one is for the per-frame scale.
            Self::Difference => 0.5 * largest_mass(path),
            _ => largest_mass(path),
        })
    }

    /// The scale that goes as far as `most`.
    pub(super) fn scale_up_to(self, most: f64) -> Scale {
        if self.is_signed() { Scale::diverging(most) } else { Scale::sequential(most) }
    }

    /// Whether negative values mean something.
    pub fn is_signed(self) -> bool {
        matches!(self, Self::Divergence | Self::Difference)
    }
}

/// Values below are what rounding leaves of 0.
const ROUNDING: f64 = 1e-14;

/// The largest magnitude that a scale must show: that of the data cells, since the mask margin holds much more mass per
/// cell and would drown them; that of the margin where nothing else has a value.
fn seen(path: &GridPath, values: &Array2<f64>) -> f64 {
    match largest(data_cells(path, values).iter().copied()) {
        most if most > ROUNDING => most,
        _ => largest(values.iter().copied()),
    }
}

/// Mass is largest at one of the ends.
fn largest_mass(path: &GridPath) -> f64 {
    let ends = [Kappa::START, Kappa::END].map(|k| largest(data_cells(path, &path.pmf(k)).iter().copied()));
    ends[0].max(ends[1])
}

/// Data cells only.
fn data_cells<'a>(path: &GridPath, p: &'a Array2<f64>) -> ArrayView2<'a, f64> {
    let k = path.data_tokens();
    p.slice(s![..k, ..k])
}

/// The largest magnitude; numbers that are not finite do not count.
fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().filter(|x| x.is_finite()).fold(0.0, |m, x| m.max(x.abs()))
}

/// The largest rate of data cells at any time of the path; that of the margin where data cells never have one.
fn seen_over_path(path: &GridPath, scheduler: Scheduler, f: impl Fn(f64, Kappa) -> Array2<f64>) -> f64 {
    let rate = |t: f64, most: f64| scheduler.derivative(t) * most;
    let data = |t, kappa| rate(t, largest(data_cells(path, &f(t, kappa)).iter().copied()));
    let margin = || over_path(path, scheduler, |t, kappa| rate(t, largest(f(t, kappa).iter().copied())));
    match over_path(path, scheduler, data) {
        most if most > ROUNDING => most,
        most => margin().max(most),
    }
}

/// The largest of `f` over a whole path, where rates are finite: evenly spread looks, fewer where each costs milliseconds,
/// and then some more around the largest. A metric path is looked at evenly in what it resolves: its fine structure may
/// appear within the last hundredth of the time.
pub(super) fn over_path(path: &GridPath, scheduler: Scheduler, f: impl Fn(f64, Kappa) -> f64) -> f64 {
    let (steps, nearest) = match (path.metric(), path.data_tokens()) {
        (Some(_), _) => (12, 1.0 / 64.0),
        (None, k) => (if k > 128 { 8 } else { 32 }, 1.0 / 256.0),
    };
    let look = |at: f64| {
        let t = path.metric().map_or(at, |metric| scheduler.inverse(path.resolving(metric, at).value));
        let finite = scheduler.derivative(t).is_finite() && path.has_finite_slope(scheduler.at(t));
        if finite { f(t, scheduler.at(t)) } else { 0.0 }
    };
    let (mut at, mut most) = (0.0, 0.0);
    let mut try_at = |place: f64| {
        let found = look(place);
        if found > most {
            (at, most) = (place, found);
        }
        at
    };
    let mut here = 0.0;
    for j in 0..=steps {
        here = try_at(f64::from(j) / f64::from(steps));
    }
    let mut apart = 0.5 / f64::from(steps);
    while apart > nearest {
        for place in [here - apart, here + apart].into_iter().filter(|at| (0.0..=1.0).contains(at)) {
            here = try_at(place);
        }
        apart *= 0.5;
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;
    use crate::flow::Corrector;
    use crate::flow::grid::testing::cases;
    use crate::view::grid::Show;

    fn scene(path: &GridPath, t: f64) -> Scene<'_> {
        let (show, part, corrector) = (Show::Exact, DivergencePart::Total, Corrector::OFF);
        Scene { path, scheduler: Scheduler::Quadratic, t, show, corrector, part, run: None }
    }

    #[test]
    fn the_divergence_is_minus_dpdt_and_fixed_scales_hold_every_frame() {
        for case in cases() {
            let path = &case.path;
            for j in 0..=10 {
                let t = f64::from(j) / 10.0;
                let scene = scene(path, t);
                let shown = scene.values(View::Divergence).expect("a finite slope");
                let exact = path.pmf_slope(scene.kappa()) * -scene.scheduler.derivative(t);
                assert_eq!(shown.t, t);
                assert!(largest(&shown.values - &exact) < 1e-12, "{} at {t}", case.name);
                for view in [View::Divergence, View::Traffic] {
                    let values = scene.values(view).expect("a finite slope").values;
                    let scale = view.scale(&scene, &values, ScaleMode::Fixed);
                    let most = seen(path, &values);
                    assert!(most <= scale.max * 1.01, "{} at {t}: {most} beyond {}", case.name, scale.max);
                }
            }
        }
    }

    #[test]
    fn few_looks_find_the_largest_all_the_same() {
        let uniform = FlowSpec { k: Some(32), ..FlowSpec::default() }.path().expect("path");
        for text in ["metric:1,3,1", "metric:2,30,0.9"] {
            let path = uniform.clone().along(text.parse().expect("a path")).expect("an even source");
            for scheduler in [Scheduler::Linear, Scheduler::Cubic, Scheduler::Sin2] {
                let f = |t: f64, kappa| scheduler.derivative(t) * largest(path.pmf_slope(kappa));
                let looks = (0..=100)
                    .map(|j| f64::from(j) / 100.0)
                    .filter(|t| path.has_finite_slope(scheduler.at(*t)));
                let most = looks.map(|t| f(t, scheduler.at(t))).fold(0.0, f64::max);
                let found = over_path(&path, scheduler, f);
                assert!(found > 0.97 * most, "{text} {scheduler}: {found} {most}");
            }
        }
    }

    #[test]
    fn the_margin_never_rules_the_scale_of_data_cells() {
        let path = cases().into_iter().find(|c| c.name == "mask, independent").expect("the case").path;
        // At t = 0 only the margin moves: 2 units of mass per unit time out of the masked state.
        let linear = Scene { scheduler: Scheduler::Linear, ..scene(&path, 0.5) };
        let most = (0..=32).map(|j| f64::from(j) / 32.0).map(|t| {
            let slope = path.pmf_slope(Scheduler::Linear.at(t));
            largest(data_cells(&path, &slope).iter().copied())
        });
        let scale = View::Divergence.fixed_scale(&linear);
        let most = most.fold(0.0, f64::max);
        assert!(scale.max < 1.5 * most && scale.max >= most, "{} for {most}", scale.max);
    }

    #[test]
    fn traffic_is_at_least_the_net_outflow_and_grows_with_the_corrector() {
        for case in cases() {
            let plain = scene(&case.path, 0.4);
            let traffic = plain.values(View::Traffic).expect("a finite slope").values;
            let net = plain.values(View::Divergence).expect("a finite slope").values;
            assert!(traffic.iter().zip(&net).all(|(traffic, net)| *traffic >= net - 1e-15), "{}", case.name);
            let corrected = Scene { corrector: Corrector::IMAGES, ..plain };
            let more = corrected.values(View::Traffic).expect("a finite slope").values;
            assert!(more.sum() > 1.5 * traffic.sum(), "{}", case.name);
            if case.path.has_mask() {
                let scale = View::Traffic.fixed_scale(&plain);
                assert!(scale.max > 0.0 && scale.max < 10.0, "all traffic leaves the margin: {scale:?}");
            }
        }
    }
}
