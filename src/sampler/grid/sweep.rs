//! Corrector iterations: forward and backward rates in balance at a fixed time, so that p_t stays what it is.

use super::step::{Stage, noise_kernels, redrawn};
use super::{Carrier, PmfCarrier, StepKernel, Sweeps};
use crate::flow::grid::Posterior;
use crate::flow::metrics::tv;
use crate::flow::{Axis, FlowError, GridPath, Kappa};
use ndarray::Array2;

/// One sweep at `kappa` with the denoiser's answer there: every token is drawn anew with the probability
/// [`Sweeps::share`], from κ p_{1|t} + (1−κ) p_{0|t} (the source's marginals where they re-noise the path). Share 1 is
/// the largest step that keeps every probability in \[0, 1\]. One token at a time p_t is exactly stationary; in
/// parallel there is a bias of the order of the share (math.md 3.4). On a three-way path the draws are those of its
/// hazards.
pub fn sweep_kernel(path: &GridPath, posterior: &Posterior, kappa: Kappa, sweeps: Sweeps) -> StepKernel {
    // α = β: forward and backward velocity with the same weight, scaled so that all hazards together are the share.
    let lifted = kappa.lifted(path.lifting_rate());
    let ahead = path.redraws().forward_shares(kappa).times(lifted.value);
    let back = path.redraws().backward_shares(kappa).times(lifted.complement);
    let scale = sweeps.share / (ahead.total() + back.total());
    let noise = noise_kernels(path, kappa);
    let kernels = Axis::BOTH.map(|axis| {
        let i = axis.index();
        redrawn(path, axis, (&posterior.axes[i], ahead.times(scale)), (&noise[i], back.times(scale)))
    });
    if sweeps.parallel {
        return StepKernel::together(kernels, false);
    }
    let [first, second] = kernels;
    StepKernel { stages: vec![Stage::One(first), Stage::One(second)], clipped: false }
}

/// Sweeps at a held time, one after the other.
#[derive(Clone, Debug)]
pub struct HeldSweeps {
    kernel: StepKernel,
    exact: Array2<f64>,
    carrier: PmfCarrier,
}

impl HeldSweeps {
    /// At `kappa` with the denoiser's answer there, from a pmf \[V, V\]; the count of `sweeps` does not matter.
    ///
    /// # Errors
    /// If the share is out of range, or on a metric path, which has no backward rates.
    pub fn new(
        path: &GridPath,
        posterior: &Posterior,
        kappa: Kappa,
        sweeps: Sweeps,
        from: Array2<f64>,
    ) -> Result<Self, FlowError> {
        let sweeps = sweeps.validated()?;
        if path.metric().is_some() {
            let why = "sweeps re-noise tokens, which needs a mixture or three-way path";
            return Err(FlowError::Unsupported(format!("{why}, not {}", path.conditional())));
        }
        let kernel = sweep_kernel(path, posterior, kappa, sweeps);
        Ok(Self { kernel, exact: path.pmf(kappa), carrier: from.into() })
    }

    /// TV to p_t now.
    pub fn tv(&self) -> f64 {
        tv(&self.carrier.pmf, &self.exact)
    }

    /// One more sweep; how much it changed, TV.
    pub fn sweep(&mut self) -> f64 {
        let before = self.carrier.pmf.clone();
        self.carrier.apply(&self.kernel);
        tv(&self.carrier.pmf, &before)
    }

    /// The pmf now.
    pub fn pmf(&self) -> &Array2<f64> {
        &self.carrier.pmf
    }
}

/// How far sweeps leave a pmf from p_t in the end, with a perfect denoiser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepBias {
    /// TV between p_t and the pmf that the sweeps leave as it is.
    pub tv: f64,
    /// Sweeps that were made from p_t.
    pub sweeps: usize,
    /// Whether it had settled then: the last sweep changed less than 10⁻⁸ of the share, TV. Else `tv` is what
    /// [`MOST_ITERATIONS`] / share sweeps have made of p_t.
    pub settled: bool,
}

/// Sweeps of the largest share after which a stationary pmf is given up; in small shares it takes as many times more.
pub const MOST_ITERATIONS: usize = 400;

/// The stationary bias of sweeps at `kappa`, by sweeping p_t until it stays: exact, no Monte-Carlo noise. 0 for sweeps of
/// one token at a time. `None` if `go_on` said no between two of them.
///
/// # Errors
/// As [`HeldSweeps::new`]'s.
pub fn sweep_bias(
    path: &GridPath,
    kappa: Kappa,
    sweeps: Sweeps,
    go_on: impl Fn() -> bool,
) -> Result<Option<SweepBias>, FlowError> {
    let mut held = HeldSweeps::new(path, &path.posterior(kappa), kappa, sweeps, path.pmf(kappa))?;
    if !sweeps.parallel {
        return Ok(Some(SweepBias { tv: 0.0, sweeps: 0, settled: true }));
    }
    let most = (MOST_ITERATIONS as f64 / sweeps.share).ceil() as usize;
    for sweeps_done in 1..=most {
        if !go_on() {
            return Ok(None);
        }
        let settled = held.sweep() < 1e-8 * sweeps.share;
        if settled || sweeps_done == most {
            return Ok(Some(SweepBias { tv: held.tv(), sweeps: sweeps_done, settled }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ConditionalPath;
    use crate::flow::grid::AxisKernel;
    use crate::flow::grid::testing::{cases, largest};

    fn held(path: &GridPath, kappa: Kappa, share: f64, parallel: bool, from: Array2<f64>) -> HeldSweeps {
        let sweeps = Sweeps { count: 1, parallel, share };
        HeldSweeps::new(path, &path.posterior(kappa), kappa, sweeps, from)
            .expect("a path with backward rates")
    }

    fn bias(path: &GridPath, kappa: Kappa, share: f64) -> SweepBias {
        let sweeps = Sweeps { count: 1, parallel: true, share };
        sweep_bias(path, kappa, sweeps, || true).expect("a mixture path").expect("not given up")
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
                let mut held = held(&path, kappa, share, false, p.clone());
                held.sweep();
                let here = format!("{} {} V = {}", path.conditional(), path.coupling(), path.vocabulary());
                assert!(largest(&(held.pmf() - &p)) < 1e-13, "{here}");
            }
        }
    }

    #[test]
    fn parallel_sweeps_have_the_bias_that_the_reference_script_prints() {
        // check_math.py 5b, t = 0.6, linear: stationary TV at h_max/1, /2, /4, /8, re-noising from p_{0|t}. From masks
        // that is the same as from the marginals; elsewhere the marginals make more traffic, and more bias.
        let kappa = Kappa::new(0.6);
        for (name, expected, ours_is_the_same) in [
            ("uniform, independent", [3.9e-2, 1.7e-2, 7.8e-3, 3.8e-3], false),
            ("mask, independent", [3.0e-2, 1.3e-2, 6.3e-3, 3.1e-3], true),
        ] {
            let path = cases().into_iter().find(|c| c.name == name).expect("the case").path;
            let (posterior, noise) = (path.posterior(kappa).axes, path.dense_noise_posterior(kappa));
            for (j, expected) in expected.into_iter().enumerate() {
                let share = 0.5f64.powi(j as i32);
                // Half a unit of the last printed digit.
                let digit = 0.051 * 10f64.powi(f64::log10(expected).floor() as i32);
                let kernels = Axis::BOTH.map(|axis| {
                    let i = axis.index();
                    let (ahead, back) = (share * kappa.value, share * kappa.complement);
                    AxisKernel::blend(axis, &[(ahead, &posterior[i]), (back, &noise[i])])
                });
                let mut script = PmfCarrier::from(path.pmf(kappa));
                let kernel = StepKernel::together(kernels, false);
                (0..400 << j).for_each(|_| script.apply(&kernel));
                let theirs = tv(&script.pmf, &path.pmf(kappa));
                assert!((theirs - expected).abs() < digit, "{name} {share}: {theirs} {expected}");
                let ours = bias(&path, kappa, share);
                assert!(ours.settled, "{name} {share}: {ours:?}");
                if ours_is_the_same {
                    assert!((ours.tv - theirs).abs() < 1e-6, "{name} {share}: {ours:?} {theirs}");
                } else {
                    assert!(ours.tv > theirs, "{name} {share}: {ours:?} {theirs}");
                }
            }
            let halved = bias(&path, kappa, 0.125).tv / bias(&path, kappa, 0.0625).tv;
            assert!((halved - 2.0).abs() < 0.06, "{name}: of the first order in the share: {halved}");
        }
    }

    #[test]
    fn the_bias_is_that_of_the_eigenvector_of_the_whole_transition_matrix() {
        // Brute force: the V² × V² matrix of a sweep squared until nothing changes, its columns the stationary pmf.
        for case in cases() {
            let (path, v) = (&case.path, case.path.vocabulary());
            let kappa = Kappa::new(0.45);
            for share in [1.0, 0.4] {
                let sweeps = Sweeps { count: 1, parallel: true, share };
                let kernel = sweep_kernel(path, &path.posterior(kappa), kappa, sweeps);
                let [Stage::Together([one, two])] = &kernel.stages[..] else { panic!("both at once") };
                let mut matrix = Array2::from_shape_fn((v * v, v * v), |(to, from)| {
                    let z = [from / v, from % v];
                    one.probability(to / v, z) * two.probability(to % v, z)
                });
                for _ in 0..40 {
                    matrix = matrix.dot(&matrix);
                    let sums = matrix.sum_axis(ndarray::Axis(0));
                    matrix /= &sums;
                }
                let start = path.pmf(kappa).into_shape_with_order(v * v).expect("V² states");
                let stationary = matrix.dot(&start).into_shape_with_order((v, v)).expect("V² states");
                let (found, exact) = (bias(path, kappa, share), tv(&stationary, &path.pmf(kappa)));
                assert!(found.settled && (found.tv - exact).abs() < 1e-5, "{}: {found:?} {exact}", case.name);
            }
        }
    }

    #[test]
    fn sweeps_from_a_wrong_start_mix_as_fast_as_the_reference_script_s() {
        // check_math.py 5b, one token at a time, h = 0.7 h_max, after 1, 2, 5, 10, 20 sweeps.
        let path = cases().into_iter().find(|c| c.name == "mask, independent").expect("the case").path;
        let [q1, q2] = path.target_marginals();
        let start = crate::flow::grid::outer(q1, q2);
        let mut held = held(&path, Kappa::new(0.6), 0.7, false, start);
        let expected = [(1, 2.4e-1), (2, 1.1e-1), (5, 1.3e-2), (10, 4.7e-4), (20, 6.5e-7)];
        for n in 1..=20 {
            held.sweep();
            if let Some((_, tv)) = expected.iter().find(|(at, _)| *at == n) {
                assert!((held.tv() / tv - 1.0).abs() < 0.05, "{n}: {} {tv}", held.tv());
            }
        }
    }

    #[test]
    fn what_has_no_backward_rates_has_no_sweeps() {
        let uniform = cases().remove(0).path;
        let metric = uniform.along("metric:1,3,1".parse().expect("a path")).expect("an even source");
        let sweeps = Sweeps { count: 1, parallel: true, share: 1.0 };
        let error = sweep_bias(&metric, Kappa::new(0.5), sweeps, || true).expect_err("a metric path");
        assert!(error.to_string().contains("metric:1,3,1"), "{error}");
        assert_eq!(sweep_bias(&cases().remove(0).path, Kappa::new(0.5), sweeps, || false), Ok(None));
    }
}
