//! The transition kernel of one step (math.md 5.1, 5.2).

use super::span::{rates, start_of};
use super::{Method, SamplerConfig, SamplerError, Span};
use crate::flow::grid::{AxisKernel, Part, Posterior};
use crate::flow::{Axis, GridPath, Scheduler};
use ndarray::Array2;

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
///
/// # Errors
/// [`SamplerError::NoRenoising`] for the exact method with a corrector on a path that can't be re-noised from the
/// source's marginals.
pub fn step_kernel(
    config: &SamplerConfig,
    path: &GridPath,
    scheduler: Scheduler,
    posterior: &Posterior,
    span: Span,
) -> Result<StepKernel, SamplerError> {
    let target = [0, 1].map(|i| posterior.axes[i].with_temperature(config.temperature));
    let plain = |forward, clipped| StepKernel { forward, renoise: None, clipped };
    if span.last {
        return Ok(plain(target, false));
    }
    let h = span.t_next - span.t;
    let jump = |theta: f64| {
        Axis::BOTH.map(|axis| AxisKernel::blend(axis, &[(theta.min(1.0), &target[axis.index()])]))
    };
    if !config.corrector.is_on() {
        let theta = match config.method {
            Method::Exact => 1.0 - scheduler.at(span.t_next).complement / scheduler.at(span.t).complement,
            Method::Euler => h * scheduler.jump_rate(span.t),
            Method::Adaptive => h * scheduler.jump_rate(start_of(span.t)),
            Method::Exponential => -(-h * scheduler.jump_rate(span.t)).exp_m1(),
        };
        return Ok(plain(jump(theta), theta > 1.0 + 1e-9));
    }
    if config.method == Method::Exact {
        if !path.renoises_from_marginals() {
            return Err(SamplerError::NoRenoising);
        }
        let rho = path.coupling().keep_rate();
        let (now, then) = (scheduler.at(span.t).lifted(rho), scheduler.at(span.t_next).lifted(rho));
        let alpha = config.corrector.alpha(0.5 * (span.t + span.t_next));
        let theta = if now.complement > 0.0 {
            -(alpha * (then.complement / now.complement).ln()).exp_m1()
        } else {
            0.0
        };
        let overshot = 1.0 - now.complement * (1.0 - theta);
        let back = if overshot > 0.0 { (1.0 - then.value / overshot).max(0.0) } else { 0.0 };
        let renoise = Axis::BOTH.map(|axis| from_marginal(path, axis, back));
        return Ok(StepKernel { forward: jump(theta), renoise: Some(renoise), clipped: false });
    }
    let (mut forward, backward) = rates(config, path, scheduler, span.t);
    if config.method == Method::Adaptive {
        forward = rates(config, path, scheduler, start_of(span.t)).0;
    }
    let total = forward + backward;
    let moved = match config.method {
        Method::Exponential => -(-h * total).exp_m1(),
        _ => (h * total).min(1.0),
    };
    // An infinite forward rate (a power below 1 at t = 0) leaves no room for the backward one.
    let share = if forward.is_finite() && total > 0.0 { forward / total } else { 1.0 };
    let noise = if path.renoises_from_marginals() {
        Axis::BOTH.map(|axis| from_marginal(path, axis, 1.0))
    } else {
        path.dense_noise_posterior(scheduler.at(span.t))
    };
    let kernel = Axis::BOTH.map(|axis| {
        let i = axis.index();
        AxisKernel::blend(axis, &[(moved * share, &target[i]), (moved * (1.0 - share), &noise[i])])
    });
    Ok(plain(kernel, config.method != Method::Exponential && h * total > 1.0 + 1e-9))
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
    fn every_kernel_is_a_transition_matrix() {
        for case in cases() {
            for scheduler in SCHEDULERS {
                for method in Method::ALL {
                    for corrector in [Corrector::OFF, Corrector::IMAGES] {
                        let config = SamplerConfig {
                            method,
                            steps: 7,
                            grid: TimeGrid::T,
                            corrector,
                            temperature: 1.0,
                        };
                        if method == Method::Exact
                            && corrector.is_on()
                            && !case.path.renoises_from_marginals()
                        {
                            continue;
                        }
                        for span in spans(&config, &case.path, scheduler).expect("spans") {
                            let posterior = case.path.posterior(scheduler.at(span.t));
                            let step = step_kernel(&config, &case.path, scheduler, &posterior, span)
                                .expect("kernel");
                            assert!(!(step.clipped && method == Method::Adaptive), "{scheduler} {}", span.t);
                            for kernel in step.forward.iter().chain(step.renoise.iter().flatten()) {
                                let table = kernel.to_dense();
                                assert!(table.iter().all(|&p| p >= -1e-12 && p.is_finite()), "{}", case.name);
                                assert!(
                                    largest(&(table.sum_axis(ndarray::Axis(0)) - 1.0)) < 1e-9,
                                    "{}",
                                    case.name
                                );
                            }
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
        assert!(step_kernel(&config, &case.path, scheduler, &posterior, span).expect("kernel").clipped);
    }

    #[test]
    fn overshooting_corrector_is_refused_where_it_is_not_exact() {
        let case = cases().into_iter().find(|c| !c.path.renoises_from_marginals()).expect("case");
        let config = SamplerConfig { corrector: Corrector::IMAGES, ..Default::default() };
        let posterior = case.path.posterior(Scheduler::Linear.at(0.5));
        let span = Span { t: 0.5, t_next: 0.6, last: false };
        let built = step_kernel(&config, &case.path, Scheduler::Linear, &posterior, span);
        assert!(matches!(built, Err(SamplerError::NoRenoising)));
    }
}
