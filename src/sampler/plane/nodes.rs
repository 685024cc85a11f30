//! The times that a sampler steps through, in t* and on its path.

use super::setting::{PlaneMethod, PlaneSampler, PlaneTimes};
use crate::flow::plane::{AffinePath, PathPoint};
use std::sync::OnceLock;

/// Steps of DDPM's schedule.
pub const DDPM_STEPS: usize = 1000;
/// EDM's largest and least noise level, and its exponent.
const EDM: [f64; 3] = [80.0, 0.002, 7.0];

/// ā_k of DDPM's linear schedule, β from 10⁻⁴ to 0.02 in 1000 steps: entry k, ā₀ = 1.
pub fn ddpm_levels() -> &'static [f64] {
    static LEVELS: OnceLock<Vec<f64>> = OnceLock::new();
    LEVELS.get_or_init(|| {
        let beta = |k: usize| 1e-4 + (0.02 - 1e-4) * k as f64 / (DDPM_STEPS - 1) as f64;
        let products = (0..DDPM_STEPS).scan(1.0, |product, k| {
            *product *= 1.0 - beta(k);
            Some(*product)
        });
        std::iter::once(1.0).chain(products).collect()
    })
}

/// ā_k of the cosine schedule with T steps, β at most 0.999: entry k, ā₀ = 1.
pub fn cosine_levels(steps: usize) -> Vec<f64> {
    let f = |k: usize| {
        let angle = std::f64::consts::FRAC_PI_2 * (k as f64 / steps as f64 + 0.008) / 1.008;
        angle.cos().powi(2)
    };
    let mut levels = vec![1.0];
    for k in 1..=steps {
        let beta = (1.0 - f(k) / f(k - 1)).min(0.999);
        levels.push(levels[k - 1] * (1.0 - beta));
    }
    levels
}

/// One moment of a walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// The path's own time.
    pub t: f64,
    /// t*.
    pub t_star: f64,
    /// The path there.
    pub point: PathPoint,
}

impl Node {
    /// At the path's own time.
    pub fn at(path: AffinePath, t: f64) -> Self {
        let point = path.at(t);
        Self { t, t_star: point.t_star(), point }
    }

    /// At t*. VP does not reach the least t*, nor VE: its first time stands for those.
    pub fn at_star(path: AffinePath, t_star: f64) -> Self {
        match path {
            AffinePath::CondOt => Self { t: t_star, t_star, point: path.at(t_star) },
            _ => Self::at(path, path.time_of(t_star)),
        }
    }
}

/// t* of the signal α/σ.
fn star(ratio: f64) -> f64 {
    ratio / (1.0 + ratio)
}

/// The t* that a sampler steps through, from noise to 1: as many as its steps and one.
pub fn stars(times: PlaneTimes, path: AffinePath, steps: usize) -> Vec<f64> {
    let part = |k: usize| k as f64 / steps as f64;
    // The steps before the last to the end, from 0 to 1.
    let before = |k: usize| if steps > 1 { k as f64 / (steps - 1) as f64 } else { 0.0 };
    let inner: Vec<f64> = match times {
        PlaneTimes::Own => (0..steps).map(|k| path.at(part(k)).t_star()).collect(),
        PlaneTimes::TStar => {
            let first = path.at(0.0).t_star();
            (0..steps).map(|k| first + (1.0 - first) * part(k)).collect()
        }
        PlaneTimes::Ddpm => {
            let levels = ddpm_levels();
            let index = |k: usize| {
                // As numpy rounds: half to even.
                (DDPM_STEPS as f64 * (1.0 - part(k))).round_ties_even() as usize
            };
            (0..steps).map(|k| levels[index(k)]).map(|a| star((a / (1.0 - a)).sqrt())).collect()
        }
        PlaneTimes::LogSnr => {
            let a = ddpm_levels()[DDPM_STEPS];
            let [from, to] = [0.5 * (a / (1.0 - a)).ln(), -EDM[1].ln()];
            (0..steps).map(|k| star((from + (to - from) * before(k)).exp())).collect()
        }
        PlaneTimes::Edm => {
            let [most, least, rho] = EDM;
            let [from, to] = [most, least].map(|level| level.powf(1.0 / rho));
            (0..steps).map(|k| star(1.0 / (from + (to - from) * before(k)).powf(rho))).collect()
        }
    };
    inner.into_iter().chain([1.0]).collect()
}

/// Where DDPM and DDIM begin: they take N(0, I) for the law there (plane.md 3.2, 10).
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct DiffusionStart {
    /// T, the steps of the schedule of which a sampler takes some, where its times are that schedule's.
    #[serde(rename = "T")]
    pub schedule: Option<usize>,
    /// α_T, how much of the data is left at the start: so far centres are off.
    #[serde(rename = "alpha_T")]
    pub alpha: f64,
}

impl PlaneSampler {
    /// Where it begins, of DDPM and DDIM.
    pub fn diffusion_start(&self) -> Option<DiffusionStart> {
        let is_diffusion = matches!(self.method, PlaneMethod::Ddpm { .. } | PlaneMethod::Ddim { .. });
        let first = *stars(self.times, self.path, self.steps).first().filter(|_| is_diffusion)?;
        let schedule = (self.times == PlaneTimes::Ddpm).then_some(DDPM_STEPS);
        Some(DiffusionStart { schedule, alpha: first / first.hypot(1.0 - first) })
    }

    /// The moments that it steps through: one more than steps.
    pub fn nodes(&self) -> Vec<Node> {
        let Self { path, times, steps, .. } = *self;
        if times == PlaneTimes::Own {
            return (0..=steps).map(|k| Node::at(path, k as f64 / steps as f64)).collect();
        }
        let mut nodes: Vec<Node> =
            stars(times, path, steps).into_iter().map(|star| Node::at_star(path, star)).collect();
        // Times before the path's first are one: there is nothing to step between them.
        nodes.dedup_by(|later, earlier| later.t <= earlier.t && later.t < 1.0);
        nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_the_notes() {
        let levels = ddpm_levels();
        for (k, expected, tol) in [
            (1, 0.9999, 1e-12),
            (500, 0.078_587_242_9, 1e-10),
            (1000, 4.035_829_765_4e-5, 1e-14),
            (100, 0.897_02, 1e-5),
        ] {
            assert!((levels[k] - expected).abs() < tol, "{k} {}", levels[k]);
        }
        // It is VP(0.1, 20) up to 8e-4.
        let off = (1..=1000).map(|k| {
            let alpha = AffinePath::VP.at(1.0 - f64::from(k) / 1000.0).alpha;
            (levels[k as usize] - alpha * alpha).abs()
        });
        let most = off.fold(0.0, f64::max);
        assert!((most - 8.1e-4).abs() < 1e-5, "{most}");
        let cosine = cosine_levels(1000);
        assert!(cosine.windows(2).all(|pair| pair[1] < pair[0] && pair[1] > 0.0) && cosine[1000] < 1e-5);
    }

    #[test]
    fn diffusion_begins_where_the_schedule_does() {
        // plane.md 3.2: ā_1000 = 4.0358e-5, whatever the stride.
        for steps in [1, 7, 1000] {
            let ddpm = PlaneSampler::usual(PlaneMethod::Ddpm { tilde: true }, steps);
            let start = ddpm.diffusion_start().expect("diffusion");
            assert_eq!(start.schedule, Some(1000));
            assert!((start.alpha * start.alpha / 4.035_829_765_4e-5 - 1.0).abs() < 1e-9, "{start:?}");
            let own = PlaneSampler { times: PlaneTimes::Own, ..ddpm }.diffusion_start().expect("diffusion");
            assert!(own.schedule.is_none() && (own.alpha - AffinePath::VP.at(0.0).alpha).abs() < 1e-12);
        }
        assert_eq!(PlaneSampler::usual(PlaneMethod::Euler, 8).diffusion_start(), None);
    }

    #[test]
    fn times_rise_from_noise_to_the_end() {
        for times in PlaneTimes::ALL {
            for path in AffinePath::ALL {
                for steps in [1, 2, 7, 64] {
                    let sampler = PlaneSampler { method: PlaneMethod::Euler, path, times, steps };
                    let nodes = sampler.nodes();
                    assert!(nodes.windows(2).all(|pair| pair[0].t < pair[1].t), "{times} {path} {steps}");
                    assert_eq!(nodes[nodes.len() - 1].t, 1.0);
                    assert!(nodes.len() <= steps + 1 && nodes.len() >= 2, "{times} {path} {steps}");
                }
            }
        }
    }
}
