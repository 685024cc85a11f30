//! A step that is linear in x and in one answer of the denoiser, and adds normal noise: Euler's, DDIM's, DDPM's and those of
//! SDEs are all of this form (plane.md 3.2, 3.3).

use super::nodes::{Node, stars};
use super::setting::{PlaneMethod, PlaneSampler};
use crate::flow::plane::PathPoint;

/// x ← keep x + push v(x · scale, t*) + noise z, z ~ N(0, I).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearStep {
    /// The path's time before the step; of DDPM and DDIM t*.
    pub t: f64,
    /// When the denoiser is asked.
    pub t_star: f64,
    /// 1/(α+σ), which leads x to x̃.
    pub scale: f64,
    /// What is kept of x.
    pub keep: f64,
    /// How much of v is added.
    pub push: f64,
    /// The standard deviation of the noise.
    pub noise: f64,
}

/// u = `own` x + `gain` v at a point of a path: α'x̂₁ + σ'x̂₀ in terms of v.
pub(super) fn velocity_of(node: &Node) -> [f64; 2] {
    let PathPoint { alpha_slope, sigma_slope, .. } = node.point;
    [
        (alpha_slope + sigma_slope) / node.point.scale(),
        alpha_slope * (1.0 - node.t_star) - sigma_slope * node.t_star,
    ]
}

/// ā of DDPM's coordinates at t*, and 1 − ā.
fn level(t_star: f64) -> [f64; 2] {
    let [alpha, sigma] = [t_star, 1.0 - t_star].map(|x| x * x);
    [alpha / (alpha + sigma), sigma / (alpha + sigma)]
}

impl PlaneSampler {
    /// Its steps, where all are linear: those of Euler, DDPM, DDIM and SDEs.
    pub fn linear_steps(&self) -> Option<Vec<LinearStep>> {
        match self.method {
            PlaneMethod::Ddpm { .. } | PlaneMethod::Ddim { .. } => {
                let mut stars = stars(self.times, self.path, self.steps);
                stars.dedup();
                Some(stars.windows(2).map(|pair| self.diffusion_step(pair[0], pair[1])).collect())
            }
            PlaneMethod::Euler | PlaneMethod::Sde(_) => {
                let nodes = self.nodes();
                let last = nodes.len() - 2;
                let step = |(k, pair): (usize, &[Node])| self.euler_step(&pair[0], pair[1].t, k == last);
                Some(nodes.windows(2).enumerate().map(step).collect())
            }
            _ => None,
        }
    }

    /// Euler's step, or Euler and Maruyama's, whose last one adds no noise.
    pub(super) fn euler_step(&self, node: &Node, t_next: f64, is_last: bool) -> LinearStep {
        let (h, point) = (t_next - node.t, node.point);
        let [own, gain] = velocity_of(node);
        let (mut keep, mut push, mut noise) = (1.0 + h * own, h * gain, 0.0);
        if let PlaneMethod::Sde(kind) = self.method {
            let squared = kind.squared(point);
            // The score is −x̂₀/σ = −(x̃ − t* v)/σ.
            keep -= 0.5 * h * squared / (point.scale() * point.sigma);
            push += 0.5 * h * squared * node.t_star / point.sigma;
            noise = if is_last { 0.0 } else { (squared * h).sqrt() };
        }
        LinearStep { t: node.t, t_star: node.t_star, scale: 1.0 / point.scale(), keep, push, noise }
    }

    /// From the level a to the level b, the last of which is 1. β = 1 − a/b: strided steps have their own.
    fn diffusion_step(&self, from: f64, to: f64) -> LinearStep {
        let ([a, not_a], [b, not_b]) = (level(from), level(to));
        let scale = 1.0 / (a.sqrt() + not_a.sqrt());
        let beta = (b - a) / b;
        let tilde = beta * not_b / not_a;
        let (data, noise_part, own, variance) = match self.method {
            // x̂₁, x̂₀, x.
            PlaneMethod::Ddim { eta } => {
                (b.sqrt(), (not_b - eta * eta * tilde).max(0.0).sqrt(), 0.0, eta * eta * tilde)
            }
            PlaneMethod::Ddpm { tilde: small } => {
                let own = (a / b).sqrt() * not_b / not_a;
                (b.sqrt() * beta / not_a, 0.0, own, if small { tilde } else { beta })
            }
            _ => (1.0, 0.0, 0.0, 0.0),
        };
        LinearStep {
            t: from,
            t_star: from,
            scale,
            keep: own + (data + noise_part) * scale,
            push: data * (1.0 - from) - noise_part * from,
            noise: if to < 1.0 { variance.sqrt() } else { 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::setting::{Noise, PlaneTimes};
    use super::*;
    use crate::flow::plane::AffinePath;

    #[test]
    fn eulers_steps_on_the_straight_path_are_x_plus_h_v() {
        let steps = PlaneSampler::usual(PlaneMethod::Euler, 8).linear_steps().expect("linear");
        assert_eq!(steps.len(), 8);
        for (k, step) in steps.iter().enumerate() {
            let t = k as f64 / 8.0;
            assert_eq!(*step, LinearStep { t, t_star: t, scale: 1.0, keep: 1.0, push: 0.125, noise: 0.0 });
        }
    }

    #[test]
    fn ddim_with_eta_1_is_ddpm() {
        let of = |method| PlaneSampler::usual(method, 20).linear_steps().expect("linear");
        let (ddim, ddpm) = (of(PlaneMethod::Ddim { eta: 1.0 }), of(PlaneMethod::Ddpm { tilde: true }));
        for (a, b) in ddim.iter().zip(&ddpm) {
            assert!((a.keep - b.keep).abs() < 1e-12 && (a.push - b.push).abs() < 1e-12, "{a:?} {b:?}");
            assert!((a.noise - b.noise).abs() < 1e-15);
        }
        assert_eq!(ddpm[19].noise, 0.0, "no noise in the last step");
    }

    #[test]
    fn the_reverse_sde_is_andersons() {
        // Drift (β/2)x + β score, noise √β.
        let sampler = PlaneSampler::usual(PlaneMethod::Sde(Noise::Memoryless(1.0)), 10);
        let steps = sampler.linear_steps().expect("linear");
        let (step, point) = (steps[4], AffinePath::VP.at(0.4));
        let beta = AffinePath::VP.beta(0.4);
        let v = 0.7;
        let x = 1.3;
        let score = -(x / point.scale() - point.t_star() * v) / point.sigma;
        let expected = x + 0.1 * (0.5 * beta * x + beta * score);
        assert!((step.keep * x + step.push * v - expected).abs() < 1e-12);
        assert!((step.noise - (0.1 * beta).sqrt()).abs() < 1e-12 && steps[9].noise == 0.0);
    }

    #[test]
    fn a_step_lands_on_the_datum_in_the_end() {
        for method in [PlaneMethod::Euler, PlaneMethod::Ddim { eta: 0.0 }, PlaneMethod::Ddpm { tilde: true }]
        {
            for times in PlaneTimes::ALL {
                let sampler = PlaneSampler { method, path: AffinePath::CondOt, times, steps: 5 };
                let steps = sampler.linear_steps().expect("linear");
                let last = steps[steps.len() - 1];
                // x̂₁ = x̃ + (1−t*) v.
                assert!(
                    (last.keep - last.scale).abs() < 1e-9 && (last.push - (1.0 - last.t_star)).abs() < 1e-12
                );
            }
        }
    }
}
