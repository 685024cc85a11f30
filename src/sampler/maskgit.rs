//! MaskGIT's confidence-ordered decoding on two tokens (math.md 5.5): not a generating velocity, shown for comparison.
//!
//! In every round all masked tokens are drawn, the most confident of them are kept, the others masked again; the last
//! round keeps everything. With two tokens the first round keeps one of them, and the last one draws the other given
//! it: more rounds only weaken the noise in the choice, and the bias does not vanish.

use super::{Particles, SamplerError};
use crate::denoiser::Denoiser;
use crate::flow::categorical::{cumulative, index_at};
use crate::flow::grid::{AxisKernel, Posterior};
use crate::flow::{FlowError, GridPath, Kappa};
use crate::random::{Purpose, stream};
use ndarray::Array2;
use rand::RngExt;

/// The choice temperature of MaskGIT's class-conditional setting.
pub const CHOICE_TEMPERATURE: f64 = 4.5;

/// MaskGIT on a mask path.
#[derive(Clone, Debug)]
pub struct MaskGit {
    k: usize,
    /// The denoiser's answers in the first and in the last round.
    first: Posterior,
    last: Posterior,
    /// Denoiser evaluations.
    nfe: usize,
    /// Scale of the Gumbel noise on the confidences in the round that chooses.
    noise: f64,
}

impl MaskGit {
    /// Asks the denoiser: `rounds` ≥ 1 rounds with the cosine schedule of masks, noise on the confidences of
    /// `choice_temperature` ≥ 0, annealed linearly.
    ///
    /// # Errors
    /// If the path has no mask, a number is out of range or the denoiser fails.
    pub fn new(
        path: &GridPath,
        denoiser: &dyn Denoiser,
        rounds: usize,
        choice_temperature: f64,
    ) -> Result<Self, SamplerError> {
        if !path.has_mask() {
            let why = "maskgit reveals masked tokens: it needs a mask source".to_owned();
            return Err(FlowError::Coupling(why).into());
        }
        if !(choice_temperature.is_finite() && choice_temperature >= 0.0) {
            let expected = "a number from 0";
            let given = choice_temperature;
            return Err(FlowError::Range { what: "choice temperature", given, expected }.into());
        }
        // The share of tokens that are masked when round r begins is cos(π/2 · r/T).
        let at = |round: usize| {
            let masked = (std::f64::consts::FRAC_PI_2 * round as f64 / rounds as f64).cos();
            Kappa { value: 1.0 - masked, complement: masked }
        };
        let ask = |round| denoiser.posterior(at(round)).map_err(SamplerError::Denoiser);
        Ok(Self {
            k: path.data_tokens(),
            first: ask(0)?,
            last: ask(rounds.max(1) - 1)?,
            nfe: rounds,
            noise: if rounds > 1 { choice_temperature * (1.0 - 1.0 / rounds as f64) } else { 0.0 },
        })
    }

    /// Denoiser evaluations of a run: one a round.
    pub fn nfe(&self) -> usize {
        self.nfe
    }

    /// The probability that token 1 is kept when the draws `a`, `b` have the probabilities `pa`, `pb`: the difference of
    /// two Gumbel numbers is logistic.
    fn keeps_first(&self, pa: f64, pb: f64) -> f64 {
        if self.noise == 0.0 { f64::from(pa > pb) } else { 1.0 / (1.0 + (pb / pa).powf(1.0 / self.noise)) }
    }

    /// The pmf that comes out of `start` \[V, V\], with no Monte-Carlo noise.
    pub fn push(&self, start: &Array2<f64>) -> Array2<f64> {
        let m = self.k;
        let mut out = start.clone();
        let [one, two] = &self.last.axes;
        // States with one token revealed keep it and draw the other.
        let mut first_known: Vec<f64> = (0..m).map(|y| start[[y, m]]).collect();
        let mut second_known: Vec<f64> = (0..m).map(|y| start[[m, y]]).collect();
        let masked = start[[m, m]];
        let (d1, d2) = (row(&self.first.axes[0], [m, m]), row(&self.first.axes[1], [m, m]));
        for y in 0..m {
            (out[[y, m]], out[[m, y]]) = (0.0, 0.0);
        }
        out[[m, m]] = 0.0;
        for (a, &pa) in d1.iter().enumerate() {
            for (b, &pb) in d2.iter().enumerate() {
                let mass = masked * pa * pb;
                if mass == 0.0 {
                    continue;
                }
                if self.nfe == 1 {
                    out[[a, b]] += mass;
                    continue;
                }
                let keep = self.keeps_first(pa, pb);
                // The mask itself may be drawn in a state of probability 0, whose posterior keeps it.
                if a < m {
                    first_known[a] += mass * keep;
                } else {
                    out[[a, b]] += mass * keep;
                }
                if b < m {
                    second_known[b] += mass * (1.0 - keep);
                } else {
                    out[[a, b]] += mass * (1.0 - keep);
                }
            }
        }
        for y in 0..m {
            for (other, p) in row(two, [y, m]).into_iter().enumerate() {
                out[[y, other]] += first_known[y] * p;
            }
            for (other, p) in row(one, [m, y]).into_iter().enumerate() {
                out[[other, y]] += second_known[y] * p;
            }
        }
        out
    }

    /// Runs particles from where they are.
    pub fn run(&self, particles: &mut Particles, seed: u64) {
        const GROUP: usize = 4096;
        let m = self.k as u16;
        let line = |kernel: &AxisKernel, z: [usize; 2]| cumulative(row(kernel, z));
        let hidden = [self.k, self.k];
        let first = [0, 1].map(|i| row(&self.first.axes[i], hidden));
        let draws = [cumulative(first[0].clone()), cumulative(first[1].clone())];
        let given_first: Vec<_> = (0..self.k).map(|y| line(&self.last.axes[1], [y, self.k])).collect();
        let given_second: Vec<_> = (0..self.k).map(|y| line(&self.last.axes[0], [self.k, y])).collect();
        for (group, states) in particles.states.chunks_mut(GROUP).enumerate() {
            let mut rng = stream(seed, Purpose::Events, group as u64);
            for state in states {
                if *state == [m, m] {
                    let [a, b] = [0, 1].map(|i| index_at(&draws[i], rng.random()));
                    *state = [a as u16, b as u16];
                    if self.nfe > 1 {
                        let keep = rng.random::<f64>() < self.keeps_first(first[0][a], first[1][b]);
                        state[usize::from(keep)] = m;
                    }
                }
                match *state {
                    [a, b] if a < m && b == m => {
                        state[1] = index_at(&given_first[usize::from(a)], rng.random()) as u16;
                    }
                    [a, b] if a == m && b < m => {
                        state[0] = index_at(&given_second[usize::from(b)], rng.random()) as u16;
                    }
                    _ => {}
                }
            }
        }
    }
}

/// P(y | z) over y.
fn row(kernel: &AxisKernel, z: [usize; 2]) -> Vec<f64> {
    (0..kernel.vocabulary()).map(|y| kernel.probability(y, z)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::{Noisy, Oracle};
    use crate::flow::grid::outer;
    use crate::flow::grid::testing::small_target;
    use crate::flow::metrics::{tv, tv_noise_floor};
    use crate::flow::{Coupling, Source};
    use std::sync::Arc;

    fn path(coupling: Coupling) -> Arc<GridPath> {
        Arc::new(GridPath::new(&small_target(5), &Source::Mask, coupling).expect("path"))
    }

    #[test]
    fn two_rounds_without_noise_have_the_bias_of_the_reference_script() {
        // check_math.py, section 5c: TV(MaskGIT, q) = 0.2033.
        let path = path(Coupling::Independent);
        let oracle = Oracle::new(path.clone());
        let decoded = MaskGit::new(&path, &oracle, 2, 0.0).expect("a mask path").push(path.start());
        assert!((tv(&decoded, path.target()) - 0.2033).abs() < 1e-4, "{}", tv(&decoded, path.target()));
        assert!((decoded.sum() - 1.0).abs() < 1e-12);
        // One round draws both tokens independently; very many with noise choose by chance, which is exact.
        let once = MaskGit::new(&path, &oracle, 1, 0.0).expect("a mask path").push(path.start());
        let [q1, q2] = path.target_marginals();
        assert!(tv(&once, &outer(q1, q2)) < 1e-14);
        let random = MaskGit::new(&path, &oracle, 100, 1e6).expect("a mask path").push(path.start());
        assert!(tv(&random, path.target()) < 1e-5);
    }

    #[test]
    fn particles_follow_the_pushed_pmf() {
        let n = 100_000;
        for coupling in [Coupling::Independent, Coupling::Keep(0.35)] {
            let path = path(coupling);
            let denoiser = Noisy::new(path.clone(), 0.2).expect("epsilon");
            for (rounds, temperature) in [(1, 0.0), (2, 0.0), (8, CHOICE_TEMPERATURE)] {
                let sampler = MaskGit::new(&path, &denoiser, rounds, temperature).expect("a mask path");
                let pushed = sampler.push(path.start());
                let mut particles = Particles::new(&path, n, 3);
                sampler.run(&mut particles, 3);
                let distance = tv(&particles.histogram(path.vocabulary()), &pushed);
                assert!(distance < 2.0 * tv_noise_floor(&pushed, n), "{coupling} {rounds}: {distance}");
            }
        }
    }

    #[test]
    fn it_needs_a_mask() {
        let path = GridPath::new(&small_target(5), &Source::Uniform, Coupling::Independent).expect("path");
        let path = Arc::new(path);
        assert!(MaskGit::new(&path, &Oracle::new(path.clone()), 2, 1.0).is_err());
    }
}
