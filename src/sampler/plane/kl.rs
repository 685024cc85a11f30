//! KL of a deterministic sampler's law to the target: tangents are carried through its steps (plane.md 7).

use super::draw::Points;
use super::setting::{PlaneMethod, PlaneSampler};
use super::walk::start_scale;
use crate::flow::FlowError;
use crate::flow::plane::{AffinePath, PlaneFlow, PlaneSource, PlaneTarget};
use crate::sampler::SamplerError;
use rayon::prelude::*;
use std::f64::consts::TAU;

/// KL of a deterministic sampler's law to the target, exact up to the mean over the starts: tangents are carried through the
/// steps. And the least determinant of a step: at 0 and below it folds the plane, and the number is without meaning.
///
/// # Errors
/// If the flow is no mixture from N(0, I), or the method not deterministic with fixed steps.
pub fn kl_of_map(
    flow: &PlaneFlow,
    sampler: PlaneSampler,
    starts: &Points,
) -> Result<(f64, f64), SamplerError> {
    match kl_of_map_while(flow, sampler, starts, &|| true)? {
        Some(found) => Ok(found),
        None => unreachable!("nothing was to stop it"),
    }
}

/// Why a method's law has no KL to the target of a flow, if so.
pub(super) fn no_kl(flow: &PlaneFlow, method: PlaneMethod) -> Option<&'static str> {
    let is_mixture = matches!(flow.target(), PlaneTarget::Mixture(mixture) if !mixture.has_points());
    if !is_mixture || *flow.source() != PlaneSource::Normal {
        return Some("the KL of a map is of mixtures with widths, from N(0, I)");
    }
    let is_fixed = method.is_deterministic() && !matches!(method, PlaneMethod::Dopri5 { .. });
    (!is_fixed).then_some("the KL of a map is of deterministic methods with fixed steps; measure tv")
}

/// The same while `go_on` says so, which is asked before every step.
pub(super) fn kl_of_map_while(
    flow: &PlaneFlow,
    sampler: PlaneSampler,
    starts: &Points,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<(f64, f64)>, SamplerError> {
    if let Some(why) = no_kl(flow, sampler.method) {
        return Err(FlowError::Unsupported(format!("{}: {why}", sampler.method)).into());
    }
    let scale = start_scale(&sampler);
    let n = starts[0].len();
    let mut states: Vec<Carried> =
        (0..n).map(|i| Carried::start([starts[0][i], starts[1][i]], scale)).collect();
    if let Some(steps) = sampler.linear_steps() {
        let straight = flow.on(AffinePath::CondOt)?;
        for step in steps {
            if !go_on() {
                return Ok(None);
            }
            let at = straight.at(step.t_star)?;
            states.par_iter_mut().for_each(|state| {
                let Some((v, jacobian)) = at.jacobian(state.x.map(|x| x * step.scale)) else { return };
                let x = [0, 1].map(|i| step.keep * state.x[i] + step.push * v[i]);
                let tangent = jacobian.map(|j| step.push * step.scale * j);
                state.moved(x, [step.keep + tangent[0], tangent[1], tangent[2], step.keep + tangent[3]]);
            });
        }
    } else {
        let on_path = flow.on(sampler.path)?;
        for pair in sampler.nodes().windows(2) {
            if !go_on() {
                return Ok(None);
            }
            let (t, h) = (pair[0].t, pair[1].t - pair[0].t);
            let stages = [on_path.at(t)?, on_path.at(t + 0.5 * h)?, on_path.at(t + h)?];
            states.par_iter_mut().for_each(|state| {
                let of = |stage: usize, from: Option<&Tangent>, h: f64| {
                    let moved =
                        from.map_or(Tangent::identity(state.x), |k| Tangent::identity(state.x).plus(k, h));
                    let (u, jacobian) = stages[stage].jacobian(moved.x).unwrap_or_default();
                    Tangent { x: u, tangent: product(jacobian, moved.tangent) }
                };
                let a = of(0, None, 0.0);
                let start = Tangent::identity(state.x);
                let end = match sampler.method {
                    PlaneMethod::Midpoint => start.plus(&of(1, Some(&a), 0.5 * h), h),
                    PlaneMethod::Heun => start.plus(&a, 0.5 * h).plus(&of(2, Some(&a), h), 0.5 * h),
                    _ => {
                        let b = of(1, Some(&a), 0.5 * h);
                        let c = of(1, Some(&b), 0.5 * h);
                        let d = of(2, Some(&c), h);
                        start.plus(&a, h / 6.0).plus(&b, h / 3.0).plus(&c, h / 3.0).plus(&d, h / 6.0)
                    }
                };
                state.moved(end.x, end.tangent);
            });
        }
    }
    let total: f64 = states.iter().map(|state| state.ln - flow.target().ln_density(state.x)).sum();
    let least = states.iter().map(|state| state.least).fold(f64::INFINITY, f64::min);
    Ok(Some((total / n.max(1) as f64, least)))
}

/// A point, ln of the sampler's density there, and the least determinant that led there.
struct Carried {
    x: [f64; 2],
    ln: f64,
    least: f64,
}

impl Carried {
    fn start(z: [f64; 2], scale: f64) -> Self {
        let ln = -0.5 * (z[0] * z[0] + z[1] * z[1]) - (TAU * scale * scale).ln();
        Self { x: z.map(|z| z * scale), ln, least: f64::INFINITY }
    }

    fn moved(&mut self, x: [f64; 2], tangent: [f64; 4]) {
        let determinant = tangent[0] * tangent[3] - tangent[1] * tangent[2];
        self.x = x;
        self.ln -= determinant.abs().ln();
        self.least = self.least.min(determinant);
    }
}

/// A place or a velocity, and its derivative with respect to where the step began.
struct Tangent {
    x: [f64; 2],
    tangent: [f64; 4],
}

impl Tangent {
    fn identity(x: [f64; 2]) -> Self {
        Self { x, tangent: [1.0, 0.0, 0.0, 1.0] }
    }

    fn plus(&self, other: &Self, h: f64) -> Self {
        Self {
            x: [0, 1].map(|i| self.x[i] + h * other.x[i]),
            tangent: [0, 1, 2, 3].map(|i| self.tangent[i] + h * other.tangent[i]),
        }
    }
}

fn product(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
    ]
}

#[cfg(test)]
mod tests {
    use super::super::tests::flow_of;
    use super::*;
    use crate::flow::plane::{Mixture, normal_spiral};

    fn sampler(text: &str) -> PlaneSampler {
        PlaneSampler::usual(text.parse().expect(text), 1)
    }

    #[test]
    fn kl_of_eulers_map_is_of_second_order() {
        // plane.md 7: .103 .028 .0074 .0018 for 8, 16, 32, 64 steps (three).
        let flow = flow_of(Mixture::three());
        let starts = normal_spiral(8192);
        let kl = |method: &str, steps| {
            kl_of_map(&flow, PlaneSampler { steps, ..sampler(method) }, &starts).expect("a number")
        };
        for (steps, expected, least) in
            [(8, 0.103, 0.55), (16, 0.0278, 0.75), (32, 0.0074, 0.87), (64, 0.001_83, 0.93)]
        {
            let (found, determinant) = kl("euler", steps);
            assert!((found / expected - 1.0).abs() < 0.02, "{steps} {found}");
            assert!((determinant - least).abs() < 0.01, "{steps} {determinant}");
        }
        for method in ["midpoint", "heun", "rk4"] {
            assert!(kl(method, 32).0.abs() < 3e-4, "{method} {}", kl(method, 32).0);
        }
    }
}
