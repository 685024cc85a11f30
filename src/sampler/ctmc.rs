//! Event-by-event simulation of the jump process: no time step, hence no bias of steps (math.md 5.3).
//!
//! In the clock s = −ln(1−κ) every token rings at rate 1 and is then drawn anew from the posterior of that instant, so
//! the scheduler does not matter. Both ends are cut at the same κ: what is left, [`CTMC_END`], is one forced draw.

use super::SamplerError;
use crate::denoiser::Denoiser;
use crate::flow::categorical::{cumulative, index_at};
use crate::flow::grid::{push, push_one};
use crate::flow::{Axis, GridPath, Kappa};
use crate::random::{Purpose, stream};
use crate::sampler::Particles;
use ndarray::Array2;
use rand::RngExt;

/// 1−κ at which the simulation ends and every token takes a draw of x₁.
pub const CTMC_END: f64 = 1e-5;
/// Particles that are asked about at once.
const GROUP: usize = 4096;

/// Runs particles through every one of their jumps. `progress` is told the share of particles that is done. Returns the
/// mean number of denoiser questions a particle took.
///
/// # Errors
/// If the denoiser fails.
pub fn run_ctmc(
    denoiser: &dyn Denoiser,
    particles: &mut Particles,
    seed: u64,
    mut progress: impl FnMut(f64),
) -> Result<f64, SamplerError> {
    let total = particles.states.len().max(1);
    let mut questions = 0usize;
    for (group, states) in particles.states.chunks_mut(GROUP).enumerate() {
        let mut rng = stream(seed, Purpose::Events, group as u64);
        let mut left = vec![1.0f64; states.len()];
        let mut active: Vec<usize> = (0..states.len()).collect();
        while !active.is_empty() {
            let mut ringing: [Vec<usize>; 2] = [Vec::new(), Vec::new()];
            active.retain(|&n| {
                // The first of two unit clocks rings after an exponential time of rate 2.
                left[n] *= (1.0 - rng.random::<f64>()).sqrt();
                let goes_on = left[n] > CTMC_END;
                if goes_on {
                    ringing[usize::from(rng.random::<bool>())].push(n);
                }
                goes_on
            });
            for axis in Axis::BOTH {
                let who = &ringing[axis.index()];
                let at = |n: &usize| Kappa { value: 1.0 - left[*n], complement: left[*n] };
                questions +=
                    draw(denoiser, axis, states, who, &who.iter().map(at).collect::<Vec<_>>(), &mut rng)?;
            }
        }
        // Both tokens of the end see the same state.
        let all: Vec<usize> = (0..states.len()).collect();
        let end = vec![Kappa { value: 1.0 - CTMC_END, complement: CTMC_END }; states.len()];
        let before = states.to_vec();
        draw(denoiser, Axis::First, states, &all, &end, &mut rng)?;
        let mut second = before;
        questions += draw(denoiser, Axis::Second, &mut second, &all, &end, &mut rng)?;
        for (state, other) in states.iter_mut().zip(second) {
            state[1] = other[1];
        }
        progress(((group + 1) * GROUP).min(total) as f64 / total as f64);
    }
    Ok(questions as f64 / total as f64)
}

/// Draws token `axis` of the particles `who` anew; the number of questions.
fn draw(
    denoiser: &dyn Denoiser,
    axis: Axis,
    states: &mut [[u16; 2]],
    who: &[usize],
    kappas: &[Kappa],
    rng: &mut rand_chacha::ChaCha8Rng,
) -> Result<usize, SamplerError> {
    if who.is_empty() {
        return Ok(0);
    }
    let asked: Vec<[u16; 2]> = who.iter().map(|&n| states[n]).collect();
    let rows = denoiser.posterior_rows(axis, &asked, kappas).map_err(SamplerError::Denoiser)?;
    for (&n, row) in who.iter().zip(rows.outer_iter()) {
        states[n][axis.index()] = index_at(&cumulative(row.iter().copied()), rng.random()) as u16;
    }
    Ok(who.len())
}

/// The pmf that [`run_ctmc`] samples from: its Kolmogorov equation dp/ds = Σ_i (P_i p − p) by the classical
/// Runge–Kutta rule with `steps` equal steps of s, and the forced draw at the end. Four denoiser tables a step.
///
/// # Errors
/// If the denoiser fails.
pub fn push_ctmc(
    path: &GridPath,
    denoiser: &dyn Denoiser,
    steps: usize,
    mut progress: impl FnMut(f64),
) -> Result<Array2<f64>, SamplerError> {
    let end = -CTMC_END.ln();
    let h = end / steps as f64;
    let at = |s: f64| Kappa { value: -(-s).exp_m1(), complement: (-s).exp() };
    let slope = |p: &Array2<f64>, s: f64| -> Result<Array2<f64>, SamplerError> {
        let d = denoiser.posterior(at(s)).map_err(SamplerError::Denoiser)?;
        Ok(push_one(&d.axes[0], p) + push_one(&d.axes[1], p) - p * 2.0)
    };
    let mut p = path.start().clone();
    for step in 0..steps {
        let s = step as f64 * h;
        let k1 = slope(&p, s)?;
        let k2 = slope(&(&p + &(&k1 * (0.5 * h))), s + 0.5 * h)?;
        let k3 = slope(&(&p + &(&k2 * (0.5 * h))), s + 0.5 * h)?;
        let k4 = slope(&(&p + &(&k3 * h)), s + h)?;
        p += &((k1 + (k2 + k3) * 2.0 + k4) * (h / 6.0));
        progress((step + 1) as f64 / steps as f64);
    }
    let last = denoiser.posterior(at(end)).map_err(SamplerError::Denoiser)?;
    Ok(push([&last.axes[0], &last.axes[1]], &p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::{Noisy, Oracle};
    use crate::flow::grid::testing::cases;
    use crate::flow::metrics::{tv, tv_noise_floor};
    use std::sync::Arc;

    #[test]
    fn a_perfect_denoiser_ends_at_the_target_on_every_path() {
        for case in cases() {
            let path = Arc::new(case.path);
            let oracle = Oracle::new(path.clone());
            let pushed = push_ctmc(&path, &oracle, 400, |_| ()).expect("a run");
            assert!((pushed.sum() - 1.0).abs() < 1e-9, "{}", case.name);
            assert!(tv(&pushed, path.target()) < 1e-4, "{}: {}", case.name, tv(&pushed, path.target()));
            let n = 60_000;
            let mut particles = Particles::new(&path, n, 5);
            let questions = run_ctmc(&oracle, &mut particles, 5, |_| ()).expect("a run");
            let floor = tv_noise_floor(path.target(), n);
            let distance = tv(&particles.histogram(path.vocabulary()), path.target());
            assert!(distance < 2.0 * floor, "{}: {distance} against {floor}", case.name);
            // N ln(1/eps) rings and the last question (math.md 5.3: 23 for two tokens and 1e-5).
            assert!((questions - 24.0).abs() < 0.2, "{questions}");
        }
    }

    #[test]
    fn particles_follow_the_integrated_equation_of_a_wrong_denoiser() {
        for case in cases().into_iter().take(4) {
            let path = Arc::new(case.path);
            let wrong = Noisy::new(path.clone(), 0.3).expect("epsilon");
            let pushed = push_ctmc(&path, &wrong, 400, |_| ()).expect("a run");
            let fine = push_ctmc(&path, &wrong, 800, |_| ()).expect("a run");
            assert!(tv(&pushed, &fine) < 1e-7, "{}: the step is small enough", case.name);
            assert!(tv(&pushed, path.target()) > 0.01, "{}", case.name);
            let n = 60_000;
            let mut particles = Particles::new(&path, n, 6);
            run_ctmc(&wrong, &mut particles, 6, |_| ()).expect("a run");
            let distance = tv(&particles.histogram(path.vocabulary()), &pushed);
            assert!(distance < 2.0 * tv_noise_floor(&pushed, n), "{}: {distance}", case.name);
        }
    }
}
