//! Corrector iterations: forward and backward rates in balance at a fixed time, so that p_t stays what it is.

use super::step::{Stage, noise_kernels, redrawn};
use crate::flow::grid::Posterior;
use crate::flow::{Axis, GridPath, Kappa};

/// One sweep at `kappa` with the denoiser's answer there: every token is drawn anew with probability `share`, from
/// κ p_{1|t} + (1−κ) p_{0|t} (the source's marginals where they re-noise the path). `share` 1 is the largest step that
/// keeps every probability in \[0, 1\]. One token at a time p_t is exactly stationary; in `parallel` there is a bias of
/// the order of `share` (math.md 3.4). On a three-way path the draws are those of its hazards.
pub fn sweep_kernel(
    path: &GridPath,
    posterior: &Posterior,
    kappa: Kappa,
    share: f64,
    parallel: bool,
) -> Vec<Stage> {
    // α = β: forward and backward velocity with the same weight, scaled so that all hazards together are `share`.
    let rho = if path.renoises_from_marginals() { path.coupling().keep_rate() } else { 0.0 };
    let lifted = kappa.lifted(rho);
    let ahead = path.redraws().forward_shares(kappa).times(lifted.value);
    let back = path.redraws().backward_shares(kappa).times(lifted.complement);
    let scale = share / (ahead.total() + back.total());
    let noise = noise_kernels(path, kappa);
    let kernels = Axis::BOTH.map(|axis| {
        let i = axis.index();
        redrawn(path, axis, (&posterior.axes[i], ahead.times(scale)), (&noise[i], back.times(scale)))
    });
    if parallel {
        return vec![Stage::Together(kernels)];
    }
    let [first, second] = kernels;
    vec![Stage::One(first), Stage::One(second)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ConditionalPath;
    use crate::flow::grid::testing::{cases, largest};
    use crate::flow::metrics::tv;
    use crate::sampler::{Carrier, PmfCarrier, StepKernel};
    use ndarray::Array2;

    fn swept(
        path: &GridPath,
        kappa: Kappa,
        share: f64,
        parallel: bool,
        from: Array2<f64>,
        n: usize,
    ) -> Array2<f64> {
        let stages = sweep_kernel(path, &path.posterior(kappa), kappa, share, parallel);
        let kernel = StepKernel { stages, clipped: false };
        let mut carrier = PmfCarrier { pmf: from };
        for _ in 0..n {
            carrier.apply(&kernel);
        }
        carrier.pmf
    }

    #[test]
    fn one_token_at_a_time_is_exactly_stationary_on_every_path() {
        let plain: Vec<_> = cases().into_iter().map(|case| case.path).collect();
        let along = |p: &GridPath| p.clone().along(ConditionalPath::ThreeWay(0.8)).ok();
        let three_way: Vec<_> = plain.iter().filter_map(along).collect();
        for path in plain.into_iter().chain(three_way) {
            let kappa = Kappa::new(0.6);
            let p = path.pmf(kappa);
            for share in [1.0, 0.3] {
                let after = swept(&path, kappa, share, false, p.clone(), 1);
                let here = format!("{} {} V = {}", path.conditional(), path.coupling(), path.vocabulary());
                assert!(largest(&(after - &p)) < 1e-13, "{here}");
            }
        }
    }

    #[test]
    fn parallel_sweeps_have_the_bias_of_the_reference_script() {
        // check_math.py 5b, t = 0.6, linear: stationary TV at h_max/1, /2, /4, /8; 4.4e-2 for keep is not printed.
        for (name, expected) in [
            ("uniform, independent", [3.9e-2, 1.7e-2, 7.8e-3, 3.8e-3]),
            ("mask, independent", [3.0e-2, 1.3e-2, 6.3e-3, 3.1e-3]),
        ] {
            let path = cases().into_iter().find(|c| c.name == name).expect("the case").path;
            let (kappa, p) = (Kappa::new(0.6), path.pmf(Kappa::new(0.6)));
            for (j, expected) in expected.into_iter().enumerate() {
                let share = 0.5f64.powi(j as i32);
                let bias = tv(&swept(&path, kappa, share, true, p.clone(), 400 << j), &p);
                // The script re-noises from p_{0|t}, this from the marginals: the same drift, another traffic.
                assert!((bias / expected - 1.0).abs() < 0.6, "{name} {share}: {bias} {expected}");
            }
            let start = path.start().clone();
            assert!(tv(&swept(&path, kappa, 0.7, false, start, 50), &p) < 1e-3, "{name}: sweeps mix");
        }
    }
}
