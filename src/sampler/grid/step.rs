//! The transition kernel of one step (math.md 5.1, 5.2).

use super::{Method, SamplerConfig, rates};
use crate::flow::grid::{AxisKernel, Leap, Part, Posterior};
use crate::flow::{Axis, GridPath, Kappa, Metric, Redraw, Redraws, Scheduler};
use crate::sampler::odds::{Hazards, Overshoot};
use crate::sampler::{CorrectorBy, Span};
use ndarray::{Array1, Array2};

/// A move of the state, its tokens drawn independently of each other given the state before.
#[derive(Clone, Debug)]
pub enum Stage {
    /// Both tokens at once.
    Together([AxisKernel; 2]),
    /// One token; the other stays.
    One(AxisKernel),
    /// From the state in which both tokens are masked to a draw from a pmf \[V, V\]; other states stay.
    FromMask(Array2<f64>),
}

/// What happens in one step, in order.
#[derive(Clone, Debug)]
pub struct StepKernel {
    /// The moves.
    pub stages: Vec<Stage>,
    /// Whether a probability above 1 was cut off, i.e. the step is longer than its method allows.
    pub clipped: bool,
}

impl StepKernel {
    /// One move of both tokens.
    pub(super) fn together(kernels: [AxisKernel; 2], clipped: bool) -> Self {
        Self { stages: vec![Stage::Together(kernels)], clipped }
    }
}

/// Builds the kernel of `span` for a method of [`Method::ONE_STEP`] from the denoiser's answer at its start.
pub fn step_kernel(
    config: &SamplerConfig,
    path: &GridPath,
    scheduler: Scheduler,
    posterior: Posterior,
    span: Span,
) -> StepKernel {
    let tempered = |kernel: AxisKernel| match config.temperature {
        1.0 => kernel,
        other => kernel.with_temperature(other).into_owned(),
    };
    let target = posterior.axes.map(tempered);
    if span.last {
        return StepKernel::together(target, false);
    }
    let h = span.t_next - span.t;
    let (now, then) = (scheduler.at(span.t), scheduler.at(span.t_next));
    if let Some(metric) = path.metric() {
        return metric_step(
            config,
            path,
            metric,
            [&target[0], &target[1]],
            (now, then),
            h * scheduler.derivative(span.t),
        );
    }
    let ahead = |target: [AxisKernel; 2], draws: Redraw| {
        if draws.uniform == 0.0 {
            return target.map(|kernel| kernel.thinned(draws.named));
        }
        Axis::BOTH.map(|axis| drawn_ahead(path, axis, &target[axis.index()], draws))
    };
    let shares = path.redraws().forward_shares(now);
    let shares = shares.times(1.0 / shares.total());
    if !config.corrector.is_on() {
        let rate = rates(config.corrector, path, scheduler, span.t).0;
        let theta = match config.method {
            Method::Tau => {
                let kernels = ahead(target, shares).map(|kernel| kernel.one_event(h * rate));
                return StepKernel::together(kernels, false);
            }
            Method::Exponential if rate.is_finite() => -(-h * rate).exp_m1(),
            Method::Euler => h * rate,
            Method::Adaptive if rate.is_finite() => h * rate,
            _ => return StepKernel::together(ahead(target, path.redraws().forward_odds(now, then)), false),
        };
        return StepKernel::together(ahead(target, shares.times(theta.min(1.0))), theta > 1.0 + 1e-9);
    }
    let overshoots = config.method == Method::Exact && config.corrector_by == CorrectorBy::Overshoot;
    if overshoots && path.renoises_from_marginals() {
        let odds = Overshoot::of(config.corrector, path.redraws(), scheduler, span);
        let renoise = Axis::BOTH.map(|axis| drawn_back(path, axis, odds.back));
        let stages = vec![Stage::Together(ahead(target, odds.ahead)), Stage::Together(renoise)];
        return StepKernel { stages, clipped: false };
    }
    let (hazards, integrated) = hazards(config, path, scheduler, span);
    // Integrated hazards, and the exponential method's, hold for a step of any length; the others must stay below 1.
    let by_velocity = config.method == Method::Exact && config.corrector_by == CorrectorBy::Velocity;
    let any_length = (integrated && !by_velocity) || config.method == Method::Exponential;
    let moved = if any_length { hazards.any() } else { hazards.total().min(1.0) };
    let forward = hazards.forward_share();
    let noise = noise_kernels(path, now);
    let mixed = |weight: f64| {
        Axis::BOTH.map(|axis| {
            let (i, back) =
                (axis.index(), path.redraws().backward_shares(now).times(weight * (1.0 - forward)));
            redrawn(path, axis, (&target[i], shares.times(weight * forward)), (&noise[i], back))
        })
    };
    if config.method == Method::Tau {
        return StepKernel::together(mixed(1.0).map(|kernel| kernel.one_event(hazards.total())), false);
    }
    StepKernel::together(mixed(moved), !any_length && hazards.total() > 1.0 + 1e-9)
}

/// A step of a metric path; `length` is h κ′ at its start, infinite where κ′ is.
fn metric_step(
    config: &SamplerConfig,
    path: &GridPath,
    metric: Metric,
    target: [&AxisKernel; 2],
    (now, then): (Kappa, Kappa),
    length: f64,
) -> StepKernel {
    let leap = match config.method {
        Method::Euler | Method::Adaptive => Leap::Euler,
        Method::Exponential => Leap::Exponential,
        Method::Tau => Leap::Tau,
        _ => return StepKernel::together(path.metric_transition(metric, target, now, then), false),
    };
    // Where the intensities are infinite at the start they are integrated over the step.
    let frozen = (length * metric.beta_slope(now)).is_finite().then_some(length);
    let (kernels, clipped) = path.metric_leap(metric, target, (now, then), frozen, leap);
    StepKernel::together(kernels, clipped)
}

/// A token drawn anew from the denoiser or the uniform distribution.
pub(super) fn drawn_ahead(path: &GridPath, axis: Axis, target: &AxisKernel, draws: Redraw) -> AxisKernel {
    if draws.uniform == 0.0 {
        return AxisKernel::blend(axis, &[(draws.named, target)]);
    }
    AxisKernel::blend(
        axis,
        &[(draws.named, target), (draws.uniform, &constant(axis, &path.uniform_distribution()))],
    )
}

/// A token drawn anew from the source's marginal or the uniform distribution.
fn drawn_back(path: &GridPath, axis: Axis, draws: Redraw) -> AxisKernel {
    let source = constant(axis, &path.noise_marginals()[axis.index()]);
    drawn_ahead(path, axis, &source, draws)
}

/// A token drawn anew from the denoiser (or the uniform distribution) or from the noise (or the uniform distribution).
pub(super) fn redrawn(
    path: &GridPath,
    axis: Axis,
    (target, ahead): (&AxisKernel, Redraw),
    (noise, back): (&AxisKernel, Redraw),
) -> AxisKernel {
    let uniform = ahead.uniform + back.uniform;
    if uniform == 0.0 {
        return AxisKernel::blend(axis, &[(ahead.named, target), (back.named, noise)]);
    }
    let anywhere = constant(axis, &path.uniform_distribution());
    AxisKernel::blend(axis, &[(ahead.named, target), (back.named, noise), (uniform, &anywhere)])
}

/// What a token is re-noised from at κ: the source's marginals where they generate the path, else p_{0|t}.
pub(super) fn noise_kernels(path: &GridPath, kappa: Kappa) -> [AxisKernel; 2] {
    if path.renoises_from_marginals() {
        Axis::BOTH.map(|axis| constant(axis, &path.noise_marginals()[axis.index()]))
    } else {
        path.dense_noise_posterior(kappa)
    }
}

/// A draw from one distribution \[V\] in every state.
fn constant(axis: Axis, distribution: &Array1<f64>) -> AxisKernel {
    let v = distribution.len();
    AxisKernel::Mixture {
        axis,
        stay: Array2::zeros((v, v)),
        parts: vec![Part::constant(axis, 1.0, distribution)],
    }
}

/// The rates at the start of the step times its length, or for the exact method their integrals, and whether it is
/// these. Where the forward rate is infinite at the start, every method but Euler integrates.
fn hazards(config: &SamplerConfig, path: &GridPath, scheduler: Scheduler, span: Span) -> (Hazards, bool) {
    let h = span.t_next - span.t;
    let (forward, backward) = rates(config.corrector, path, scheduler, span.t);
    let integrated =
        config.method == Method::Exact || (config.method != Method::Euler && !forward.is_finite());
    if integrated {
        let redraws = Redraws { keep_rate: path.lifting_rate(), ..path.redraws() };
        (Hazards::integrated(config.corrector, redraws, scheduler, span), true)
    } else {
        (Hazards { ahead: h * forward, back: h * backward }, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Corrector;
    use crate::flow::grid::testing::{SCHEDULERS, cases, largest};
    use crate::sampler::grid::spans;

    fn kernels_of(stage: &Stage) -> &[AxisKernel] {
        match stage {
            Stage::Together(both) => both,
            Stage::One(one) => std::slice::from_ref(one),
            Stage::FromMask(_) => &[],
        }
    }

    #[test]
    fn every_kernel_is_a_transition_matrix_and_only_velocities_are_ever_cut_off() {
        let constant = Corrector { amplitude: 9.0, a: 0.0, b: 0.0 };
        let schedulers = SCHEDULERS.into_iter().chain([Scheduler::Power(0.1), Scheduler::Power(0.01)]);
        for (case, scheduler) in cases().iter().flat_map(|case| schedulers.clone().map(move |s| (case, s))) {
            let other_ways = [CorrectorBy::Exponential, CorrectorBy::Velocity].map(|by| (Method::Exact, by));
            let methods = Method::ONE_STEP.map(|method| (method, CorrectorBy::default()));
            for (method, corrector_by) in methods.into_iter().chain(other_ways) {
                for corrector in [Corrector::OFF, Corrector::IMAGES, constant] {
                    let config =
                        SamplerConfig { method, steps: 7, corrector, corrector_by, ..Default::default() };
                    let here = format!("{} {scheduler} {method} {corrector} {corrector_by}", case.name);
                    for span in spans(&config, &case.path, scheduler).expect("spans") {
                        let posterior = case.path.posterior(scheduler.at(span.t));
                        let step = step_kernel(&config, &case.path, scheduler, posterior, span);
                        let is_cut_off = method == Method::Euler || corrector_by == CorrectorBy::Velocity;
                        assert!(!step.clipped || is_cut_off, "{here} at {}", span.t);
                        for kernel in step.stages.iter().flat_map(kernels_of) {
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
        assert!(step_kernel(&config, &case.path, scheduler, posterior, span).clipped);
    }
}
