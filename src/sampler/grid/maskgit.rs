//! MaskGIT's confidence-ordered decoding on two tokens (math.md 5.5): not a generating velocity, shown for comparison.
//!
//! In every round all masked tokens are drawn, the most confident of them are kept, the others masked again; the last
//! round keeps everything. With two tokens the first round keeps one of them, and the last one draws the other given
//! it: more rounds only weaken the noise in the choice, and the bias does not vanish.

use super::{SamplerConfig, Stage, StepKernel};
use crate::flow::grid::{AxisKernel, Posterior};
use crate::sampler::rounds::round_noise;
use ndarray::Array2;

/// The kernel of round `round` of `config.steps` from the denoiser's answer.
pub fn round_kernel(config: &SamplerConfig, posterior: &Posterior, round: usize) -> StepKernel {
    if round + 1 == config.steps {
        return StepKernel::together(posterior.axes.clone(), false);
    }
    let stages = if round == 0 { vec![Stage::FromMask(chosen(config, posterior))] } else { Vec::new() };
    StepKernel { stages, clipped: false }
}

/// The pmf \[V, V\] after the first round of a state with both tokens masked: both are drawn, the less confident one is
/// masked again.
fn chosen(config: &SamplerConfig, posterior: &Posterior) -> Array2<f64> {
    let v = posterior.axes[0].vocabulary();
    let mask = v - 1;
    let noise = round_noise(config.choice_temperature, 0, config.steps);
    // The difference of two Gumbel numbers is logistic.
    let keeps_first = |pa: f64, pb: f64| {
        if noise == 0.0 { f64::from(pa > pb) } else { 1.0 / (1.0 + (pb / pa).powf(1.0 / noise)) }
    };
    let [first, second] = [0, 1].map(|i| row(&posterior.axes[i], [mask, mask]));
    let mut out = Array2::zeros((v, v));
    for (a, &pa) in first.iter().enumerate().filter(|(_, p)| **p > 0.0) {
        for (b, &pb) in second.iter().enumerate().filter(|(_, p)| **p > 0.0) {
            let keep = keeps_first(pa, pb);
            // The mask itself may be drawn in a state of probability 0, whose posterior keeps it.
            out[[a, if a < mask { mask } else { b }]] += pa * pb * keep;
            out[[if b < mask { mask } else { a }, b]] += pa * pb * (1.0 - keep);
        }
    }
    out
}

/// P(y | z) over y.
fn row(kernel: &AxisKernel, z: [usize; 2]) -> Vec<f64> {
    (0..kernel.vocabulary()).map(|y| kernel.probability(y, z)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::grid::{Denoiser, Noisy, Oracle};
    use crate::flow::grid::outer;
    use crate::flow::grid::testing::small_target;
    use crate::flow::metrics::{tv, tv_noise_floor};
    use crate::flow::{Coupling, GridPath, Scheduler, Source};
    use crate::sampler::CHOICE_TEMPERATURE;
    use crate::sampler::grid::{Carrier, Method, Particles, PmfCarrier, Setup, run};
    use std::ops::ControlFlow;
    use std::sync::Arc;

    fn path(coupling: Coupling) -> Arc<GridPath> {
        Arc::new(GridPath::new(&small_target(5), &Source::Mask, coupling).expect("path"))
    }

    fn decode<C: Carrier>(
        path: &GridPath,
        denoiser: &dyn Denoiser,
        rounds: usize,
        choice: f64,
        mut carrier: C,
    ) -> C {
        let config = SamplerConfig {
            method: Method::MaskGit,
            steps: rounds,
            choice_temperature: choice,
            ..Default::default()
        };
        let setup = Setup { path, scheduler: Scheduler::Linear, config };
        let done = run(setup, denoiser, &mut carrier, |_, _| ControlFlow::Continue(())).expect("a run");
        assert_eq!(done.nfe, rounds);
        carrier
    }

    #[test]
    fn two_rounds_without_noise_have_the_bias_of_the_reference_script() {
        // check_math.py, section 5c: TV(MaskGIT, q) = 0.2033.
        let path = path(Coupling::Independent);
        let oracle = Oracle::new(path.clone());
        let decoded = |rounds, choice| decode(&path, &oracle, rounds, choice, PmfCarrier::new(&path)).pmf;
        let two = decoded(2, 0.0);
        assert!((tv(&two, path.target()) - 0.2033).abs() < 1e-4, "{}", tv(&two, path.target()));
        assert!((two.sum() - 1.0).abs() < 1e-12);
        // One round draws both tokens independently; very many with noise choose by chance, which is exact.
        let [q1, q2] = path.target_marginals();
        assert!(tv(&decoded(1, 0.0), &outer(q1, q2)) < 1e-14);
        assert!(tv(&decoded(100, 1e6), path.target()) < 1e-5);
    }

    #[test]
    fn particles_follow_the_pushed_pmf() {
        let n = 100_000;
        for coupling in [Coupling::Independent, Coupling::Keep(0.35)] {
            let path = path(coupling);
            let denoiser = Noisy::new(path.clone(), 0.2).expect("epsilon");
            for (rounds, choice) in [(1, 0.0), (2, 0.0), (8, CHOICE_TEMPERATURE)] {
                let pushed = decode(&path, &denoiser, rounds, choice, PmfCarrier::new(&path)).pmf;
                let particles = decode(&path, &denoiser, rounds, choice, Particles::new(&path, n, 3));
                let distance = tv(&particles.histogram(path.vocabulary()), &pushed);
                assert!(distance < 2.0 * tv_noise_floor(&pushed, n), "{coupling} {rounds}: {distance}");
            }
        }
    }
}
