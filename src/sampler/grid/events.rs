//! Event-by-event simulation of the jump process: no time step, hence no bias of steps (math.md 5.3).
//!
//! In the clock s = −ln κ₃ (−ln(1−κ) on a mixture path) every token rings at rate 1 and is then drawn anew from the
//! posterior of that instant, so the scheduler does not matter. The clocks have no memory: a run may be looked at
//! between two rings. The end is cut at [`CTMC_END`]: what is left is one forced draw.

use super::{Particles, PmfCarrier};
use crate::denoiser::grid::Denoiser;
use crate::flow::categorical::{cumulative, index_at};
use crate::flow::grid::{AxisKernel, Part, push, push_one};
use crate::flow::{Axis, GridPath, Kappa};
use crate::sampler::SamplerError;
use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// 1−κ at which the simulation ends and every token takes a draw of x₁.
pub const CTMC_END: f64 = 1e-5;
/// Longest step of the Runge–Kutta rule that carries a whole pmf, in units of s.
const PUSH_STEP: f64 = 0.1;

/// A stretch of the path between two looks at a run.
pub struct EventSpan<'a> {
    /// The path.
    pub path: &'a GridPath,
    /// Asked at every ring.
    pub denoiser: &'a dyn Denoiser,
    /// From here.
    pub now: Kappa,
    /// To here.
    pub then: Kappa,
    /// Whether it ends the run with the forced draw.
    pub last: bool,
}

impl EventSpan<'_> {
    const END: Kappa = Kappa { value: 1.0 - CTMC_END, complement: CTMC_END };

    /// Probability that a clock does not ring on the way; 1 if nothing is left of it.
    fn survival(&self) -> f64 {
        let end = if self.then.complement < CTMC_END { Self::END } else { self.then };
        if self.now.complement <= end.complement {
            1.0
        } else {
            self.path.redraws().log_survival(self.now, end).exp()
        }
    }

    /// Share of rings that draw from the uniform distribution.
    fn uniform_share(&self, kappa: Kappa) -> f64 {
        let shares = self.path.redraws().forward_shares(kappa);
        shares.uniform / shares.total()
    }

    /// Rings of one particle on the whole path and its last question (math.md 5.3).
    pub fn expected_questions(path: &GridPath) -> f64 {
        1.0 - 2.0 * path.redraws().log_survival(Kappa::START, Self::END)
    }

    /// Moves particles that share a random stream through their rings.
    pub(super) fn move_particles(
        &self,
        states: &mut [[u16; 2]],
        rng: &mut ChaCha8Rng,
    ) -> Result<(), SamplerError> {
        let survival = self.survival();
        let mut left = vec![1.0f64; states.len()];
        let mut active: Vec<usize> = if survival < 1.0 { (0..states.len()).collect() } else { Vec::new() };
        while !active.is_empty() {
            let mut ringing: [(Vec<usize>, Vec<Kappa>); 2] = Default::default();
            active.retain(|&n| {
                // The first of two unit clocks rings after an exponential time of rate 2.
                left[n] *= (1.0 - rng.random::<f64>()).sqrt();
                let goes_on = left[n] > survival;
                if goes_on {
                    let token = usize::from(rng.random::<bool>());
                    let kappa = self.path.redraws().after_survival(self.now, left[n]);
                    if rng.random::<f64>() < self.uniform_share(kappa) {
                        states[n][token] = rng.random_range(0..self.path.data_tokens()) as u16;
                    } else {
                        ringing[token].0.push(n);
                        ringing[token].1.push(kappa);
                    }
                }
                goes_on
            });
            for axis in Axis::BOTH {
                let (who, kappas) = &ringing[axis.index()];
                draw(self.denoiser, axis, states, who, kappas, rng)?;
            }
        }
        if self.last {
            // Both tokens of the end see the same state.
            let all: Vec<usize> = (0..states.len()).collect();
            let end = vec![Self::END; states.len()];
            let mut second = states.to_vec();
            draw(self.denoiser, Axis::First, states, &all, &end, rng)?;
            draw(self.denoiser, Axis::Second, &mut second, &all, &end, rng)?;
            for (state, other) in states.iter_mut().zip(second) {
                state[1] = other[1];
            }
        }
        Ok(())
    }

    /// Moves a whole pmf: its Kolmogorov equation dp/ds = Σ_i (P_i p − p) by the classical Runge–Kutta rule.
    fn move_pmf(&self, p: &mut Array2<f64>) -> Result<(), SamplerError> {
        let length = -self.survival().ln();
        let steps = (length / PUSH_STEP).ceil() as usize;
        let h = length / steps.max(1) as f64;
        let uniform = self.path.uniform_distribution();
        let anywhere = Axis::BOTH.map(|axis| AxisKernel::Mixture {
            axis,
            stay: Array2::zeros(p.dim()),
            parts: vec![Part::constant(axis, 1.0, &uniform)],
        });
        let slope = |p: &Array2<f64>, s: f64| -> Result<Array2<f64>, SamplerError> {
            let kappa = self.path.redraws().after_survival(self.now, (-s).exp());
            let d = self.denoiser.posterior(kappa).map_err(SamplerError::Denoiser)?;
            let drawn = push_one(&d.axes[0], p) + push_one(&d.axes[1], p);
            let share = self.uniform_share(kappa);
            if share == 0.0 {
                return Ok(drawn - p * 2.0);
            }
            let scattered = push_one(&anywhere[0], p) + push_one(&anywhere[1], p);
            Ok(drawn * (1.0 - share) + scattered * share - p * 2.0)
        };
        for step in 0..steps {
            let s = step as f64 * h;
            let k1 = slope(p, s)?;
            let k2 = slope(&(&*p + &(&k1 * (0.5 * h))), s + 0.5 * h)?;
            let k3 = slope(&(&*p + &(&k2 * (0.5 * h))), s + 0.5 * h)?;
            let k4 = slope(&(&*p + &(&k3 * h)), s + h)?;
            *p += &((k1 + (k2 + k3) * 2.0 + k4) * (h / 6.0));
        }
        if self.last {
            let last = self.denoiser.posterior(Self::END).map_err(SamplerError::Denoiser)?;
            *p = push([&last.axes[0], &last.axes[1]], p);
        }
        Ok(())
    }
}

impl PmfCarrier {
    pub(super) fn follow_events(&mut self, span: &EventSpan<'_>) -> Result<(), SamplerError> {
        span.move_pmf(&mut self.pmf)
    }
}

/// Draws token `axis` of the particles `who` anew.
fn draw(
    denoiser: &dyn Denoiser,
    axis: Axis,
    states: &mut [[u16; 2]],
    who: &[usize],
    kappas: &[Kappa],
    rng: &mut ChaCha8Rng,
) -> Result<(), SamplerError> {
    if who.is_empty() {
        return Ok(());
    }
    let asked: Vec<[u16; 2]> = who.iter().map(|&n| states[n]).collect();
    let rows = denoiser.posterior_rows(axis, &asked, kappas).map_err(SamplerError::Denoiser)?;
    for (&n, row) in who.iter().zip(rows.outer_iter()) {
        states[n][axis.index()] = index_at(&cumulative(row.iter().copied()), rng.random()) as u16;
    }
    Ok(())
}

impl Particles {
    pub(super) fn follow_events(&mut self, span: &EventSpan<'_>) -> Result<(), SamplerError> {
        self.chunks().try_for_each(|(states, rng)| span.move_particles(states, rng))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::grid::{Noisy, Oracle};
    use crate::flow::grid::testing::cases;
    use crate::flow::metrics::{tv, tv_noise_floor};
    use crate::flow::{ConditionalPath, Scheduler};
    use crate::sampler::grid::{Carrier, Method, SamplerConfig, Setup, run};
    use std::ops::ControlFlow;
    use std::sync::Arc;

    fn sampled<C: Carrier>(path: &Arc<GridPath>, denoiser: &dyn Denoiser, mut carrier: C, steps: usize) -> C {
        let config = SamplerConfig { method: Method::Ctmc, steps, ..Default::default() };
        let setup = Setup { path, scheduler: Scheduler::Cubic, config };
        let done = run(setup, denoiser, &mut carrier, |_, _| ControlFlow::Continue(())).expect("a run");
        // N ln(1/eps) rings and the last question (math.md 5.3: 23 for two tokens and 1e-5).
        let expected = if matches!(path.conditional(), ConditionalPath::Mixture) { 24 } else { done.nfe };
        assert_eq!(done.nfe, expected);
        carrier
    }

    #[test]
    fn a_perfect_denoiser_ends_at_the_target_on_every_path() {
        let three_way = |path: &GridPath| path.clone().along(ConditionalPath::ThreeWay(0.8)).ok();
        let plain: Vec<_> = cases().into_iter().map(|case| case.path).collect();
        let others: Vec<_> = plain.iter().filter_map(three_way).collect();
        for path in plain.into_iter().chain(others) {
            let path = Arc::new(path);
            let here = format!("{} {} V = {}", path.conditional(), path.coupling(), path.vocabulary());
            let oracle = Oracle::new(path.clone());
            for steps in [1, 7] {
                let pushed = sampled(&path, &oracle, PmfCarrier::new(&path), steps).pmf;
                assert!((pushed.sum() - 1.0).abs() < 1e-9, "{here}");
                assert!(tv(&pushed, path.target()) < 1e-4, "{here}: {}", tv(&pushed, path.target()));
            }
            let n = 60_000;
            let particles = sampled(&path, &oracle, Particles::new(&path, n, 5), 3);
            let floor = tv_noise_floor(path.target(), n);
            let distance = tv(&particles.histogram(path.vocabulary()), path.target());
            assert!(distance < 2.0 * floor, "{here}: {distance} against {floor}");
        }
    }

    #[test]
    fn particles_follow_the_integrated_equation_of_a_wrong_denoiser() {
        for case in cases().into_iter().take(4) {
            let path = Arc::new(case.path);
            let wrong = Noisy::new(path.clone(), 0.3).expect("epsilon");
            let pushed = sampled(&path, &wrong, PmfCarrier::new(&path), 4).pmf;
            let fine = sampled(&path, &wrong, PmfCarrier::new(&path), 1000).pmf;
            assert!(tv(&pushed, &fine) < 1e-5, "{}: {}", case.name, tv(&pushed, &fine));
            assert!(tv(&pushed, path.target()) > 0.01, "{}", case.name);
            let n = 60_000;
            let particles = sampled(&path, &wrong, Particles::new(&path, n, 6), 4);
            let distance = tv(&particles.histogram(path.vocabulary()), &pushed);
            assert!(distance < 2.0 * tv_noise_floor(&pushed, n), "{}: {distance}", case.name);
        }
    }
}
