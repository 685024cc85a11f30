//! The transition kernel of one step (math.md 5.1, 5.2).

use super::{Method, SamplerConfig, Span, rates};
use crate::flow::grid::{AxisKernel, Part, Posterior};
use crate::flow::{Axis, GridPath, Scheduler};
use ndarray::Array2;
use std::borrow::Cow;

/// What happens to both tokens in one step, in order.
#[derive(Clone, Debug)]
pub struct StepKernel {
    /// The move with the denoiser.
    pub forward: [AxisKernel; 2],
    /// The overshoot corrector's second half: re-noising back to where the step should end.
    pub renoise: Option<[AxisKernel; 2]>,
    /// Whether a probability above 1 was cut off, i.e. the step is longer than its method allows.
    pub clipped: bool,
}

/// Builds the kernel of `span` from the denoiser's answer at its start.
pub fn step_kernel(
    config: &SamplerConfig,
    path: &GridPath,
    scheduler: Scheduler,
    posterior: &Posterior,
    span: Span,
) -> StepKernel {
    let target = [0, 1].map(|i| posterior.axes[i].with_temperature(config.temperature));
    let plain = |forward, clipped| StepKernel { forward, renoise: None, clipped };
    if span.last {
        return plain(target.map(Cow::into_owned), false);
    }
    let h = span.t_next - span.t;
    let jump = |theta: f64| {
        Axis::BOTH.map(|axis| AxisKernel::blend(axis, &[(theta.min(1.0), &*target[axis.index()])]))
    };
    let (now, then) = (scheduler.at(span.t), scheduler.at(span.t_next));
    if config.method == Method::Tau && !config.corrector.is_on() {
        let hazard = h * scheduler.jump_rate(span.t);
        return plain(target.map(|kernel| kernel.one_event(hazard)), false);
    }
    if !config.corrector.is_on() {
        let rate = scheduler.jump_rate(span.t);
        let theta = match config.method {
            Method::Exponential if rate.is_finite() => -(-h * rate).exp_m1(),
            Method::Euler => h * rate,
            Method::Adaptive if rate.is_finite() => h * rate,
            _ => 1.0 - then.complement / now.complement,
        };
        return plain(jump(theta), theta > 1.0 + 1e-9);
    }
    if config.method == Method::Exact && path.renoises_from_marginals() {
        let rho = path.coupling().keep_rate();
        let (now, then) = (now.lifted(rho), then.lifted(rho));
        let alpha = config.corrector.alpha(0.5 * (span.t + span.t_next));
        let theta = if now.complement > 0.0 {
            -(alpha * (then.complement / now.complement).ln()).exp_m1()
        } else {
            0.0
        };
        let overshot = 1.0 - now.complement * (1.0 - theta);
        let back = if overshot > 0.0 { (1.0 - then.value / overshot).max(0.0) } else { 0.0 };
        let renoise = Axis::BOTH.map(|axis| from_marginal(path, axis, back));
        return StepKernel { forward: jump(theta), renoise: Some(renoise), clipped: false };
    }
    let Hazards { ahead, back, integrated } = hazards(config, path, scheduler, span);
    let total = ahead + back;
    // Integrated hazards, and the exponential method's, hold for a step of any length; the others must stay below 1.
    let any_length = integrated || config.method == Method::Exponential;
    let moved = if any_length { -(-total).exp_m1() } else { total.min(1.0) };
    // An infinite forward hazard (Euler with a power below 1 at t = 0) leaves no room for the backward one.
    let share = if ahead.is_finite() && total > 0.0 { ahead / total } else { 1.0 };
    let noise = if path.renoises_from_marginals() {
        Axis::BOTH.map(|axis| from_marginal(path, axis, 1.0))
    } else {
        path.dense_noise_posterior(now)
    };
    if config.method == Method::Tau {
        let kernel = Axis::BOTH.map(|axis| {
            let i = axis.index();
            AxisKernel::blend(axis, &[(share, &*target[i]), (1.0 - share, &noise[i])]).one_event(total)
        });
        return plain(kernel, false);
    }
    let kernel = Axis::BOTH.map(|axis| {
        let i = axis.index();
        AxisKernel::blend(axis, &[(moved * share, &*target[i]), (moved * (1.0 - share), &noise[i])])
    });
    plain(kernel, !any_length && total > 1.0 + 1e-9)
}

/// Expected draws within a step.
struct Hazards {
    /// From the denoiser.
    ahead: f64,
    /// From the noise.
    back: f64,
    /// Whether they are integrals over the step rather than rates at its start times its length.
    integrated: bool,
}

/// The rates at the start of the step times its length, or for the exact method the integrals ∫ κ'/(1−κ) and ∫ κ'/κ
/// with α and β of its middle. Where the forward rate is infinite at the start, every method but Euler integrates.
fn hazards(config: &SamplerConfig, path: &GridPath, scheduler: Scheduler, span: Span) -> Hazards {
    let h = span.t_next - span.t;
    let (forward, backward) = rates(config.corrector, path, scheduler, span.t);
    let integrated =
        config.method == Method::Exact || (config.method != Method::Euler && !forward.is_finite());
    if !integrated {
        return Hazards { ahead: h * forward, back: h * backward, integrated };
    }
    let middle = 0.5 * (span.t + span.t_next);
    let (now, then) = (scheduler.at(span.t), scheduler.at(span.t_next));
    let beta = config.corrector.beta(middle);
    let ahead = -(1.0 + beta) * (then.complement / now.complement).ln();
    let back = if now.value > 0.0 {
        beta * (then.value / now.value).ln()
    } else {
        // From κ = 0 the integral diverges; the rate of the middle stands for it.
        h * rates(config.corrector, path, scheduler, middle).1
    };
    Hazards { ahead, back, integrated }
}

/// Replaces the token by a draw from the source's marginal with the given probability.
fn from_marginal(path: &GridPath, axis: Axis, probability: f64) -> AxisKernel {
    let v = path.vocabulary();
    AxisKernel::Mixture {
        axis,
        stay: Array2::from_elem((v, v), 1.0 - probability),
        parts: vec![Part::constant(axis, probability, &path.noise_marginals()[axis.index()])],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Corrector;
    use crate::flow::grid::testing::{SCHEDULERS, cases, largest};
    use crate::sampler::{TimeGrid, spans};

    #[test]
    fn every_kernel_is_a_transition_matrix_and_only_euler_is_ever_cut_off() {
        let constant = Corrector { amplitude: 9.0, a: 0.0, b: 0.0 };
        let schedulers = SCHEDULERS.into_iter().chain([Scheduler::Power(0.1), Scheduler::Power(0.01)]);
        for (case, scheduler) in cases().iter().flat_map(|case| schedulers.clone().map(move |s| (case, s))) {
            for method in Method::ALL {
                for corrector in [Corrector::OFF, Corrector::IMAGES, constant] {
                    let config =
                        SamplerConfig { method, steps: 7, grid: TimeGrid::T, corrector, temperature: 1.0 };
                    let here = format!("{} {scheduler} {method} {corrector}", case.name);
                    for span in spans(&config, &case.path, scheduler).expect("spans") {
                        let posterior = case.path.posterior(scheduler.at(span.t));
                        let step = step_kernel(&config, &case.path, scheduler, &posterior, span);
                        assert!(!step.clipped || method == Method::Euler, "{here} at {}", span.t);
                        for kernel in step.forward.iter().chain(step.renoise.iter().flatten()) {
                            let table = kernel.to_dense().into_owned();
                            assert!(table.iter().all(|&p| p >= -1e-12 && p.is_finite()), "{here}");
                            assert!(largest(&(table.sum_axis(ndarray::Axis(0)) - 1.0)) < 1e-9, "{here}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn too_long_an_euler_step_says_so() {
        let case = cases().remove(0);
        let config = SamplerConfig {
            method: Method::Euler,
            steps: 2,
            corrector: Corrector::IMAGES,
            ..Default::default()
        };
        let scheduler = Scheduler::Sin2;
        let span = Span { t: 0.5, t_next: 0.9, last: false };
        let posterior = case.path.posterior(scheduler.at(span.t));
        assert!(step_kernel(&config, &case.path, scheduler, &posterior, span).clipped);
    }
}
