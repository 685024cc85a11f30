//! The kinetic-optimal scheduler of a source: κ along the Fisher–Rao geodesic from noise to datum (math.md 7).

use super::floor::gauss_legendre;
use super::{GridPath, Scheduler};

impl GridPath {
    /// The kinetic-optimal scheduler for this source: [`Scheduler::Kinetic`] with the probability p₀(x₁) that noise
    /// already is the datum. Where that differs from datum to datum it is the one with the least [`Self::action`].
    pub fn kinetic_scheduler(&self) -> Scheduler {
        let mut seen = self.meetings().map(|(p, _)| p);
        let first = seen.next().unwrap_or(0.0);
        if seen.all(|p| (p - first).abs() < 1e-12) {
            return Scheduler::Kinetic(first.min(LARGEST));
        }
        let action = |p: f64| self.action(Scheduler::Kinetic(p));
        let (mut low, mut high) = (0.0, LARGEST);
        let golden = 0.5 * (5f64.sqrt() - 1.0);
        for _ in 0..60 {
            let (a, b) = (high - golden * (high - low), low + golden * (high - low));
            if action(a) < action(b) { high = b } else { low = a }
        }
        Scheduler::Kinetic(0.5 * (low + high))
    }

    /// ∫₀¹ E Σ_x (d√p_t(x | x₁)/dt)² dt of the mixture path, mean over data and over the two tokens: Ω² for the optimal
    /// scheduler, cos²Ω = p₀(x₁). Infinite for schedulers with κ′(1) > 0, of which a finite number is returned.
    pub fn action(&self, scheduler: Scheduler) -> f64 {
        let total: f64 = gauss_legendre(96)
            .into_iter()
            .map(|(t, weight)| {
                let (kappa, slope) = (scheduler.at(t), scheduler.derivative(t));
                let rate: f64 = self
                    .meetings()
                    .map(|(p, mass)| {
                        let far = 1.0 - p;
                        mass * far / (4.0 * kappa.complement * (p + kappa.value * far))
                    })
                    .sum();
                weight * slope * slope * rate
            })
            .sum();
        0.5 * total
    }

    /// p₀(x₁ⁱ) and q(x₁ⁱ) for every datum of both tokens; the weights add up to 2.
    fn meetings(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.noise_marginals()
            .iter()
            .zip(self.target_marginals())
            .flat_map(|(noise, data)| noise.iter().copied().zip(data.iter().copied()))
            .filter(|(_, mass)| *mass > 0.0)
    }
}

/// Beyond this p₀(x₁) there is hardly any way to go.
const LARGEST: f64 = 0.999;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::{crooked_product, small_target};
    use crate::flow::{Coupling, Source};
    use ndarray::Array2;

    fn path(q: &Array2<f64>, source: &Source) -> GridPath {
        GridPath::new(q, source, Coupling::Independent).expect("path")
    }

    #[test]
    fn actions_are_those_of_the_reference_script_and_the_optimum_is_omega_squared() {
        // check_math.py, section 7.
        let mask = path(&small_target(5), &Source::Mask);
        assert_eq!(mask.kinetic_scheduler(), Scheduler::Kinetic(0.0));
        let uniform = path(&small_target(5), &Source::Uniform);
        let wide = path(&Array2::from_elem((256, 256), 1.0 / 65536.0), &Source::Uniform);
        for (path, omega2, sin2) in
            [(&mask, 2.4674, 2.467), (&uniform, 1.2258, 1.364), (&wide, 2.2748, 2.313)]
        {
            let best = path.action(path.kinetic_scheduler());
            assert!((best - omega2).abs() < 1e-4, "{best} {omega2}");
            assert!((path.action(Scheduler::Sin2) - sin2).abs() < 1e-3);
        }
    }

    #[test]
    fn for_an_uneven_source_no_neighbour_has_less_action() {
        let path = path(&small_target(5), &Source::Pmf(crooked_product(5)));
        let Scheduler::Kinetic(p) = path.kinetic_scheduler() else { panic!("a kinetic scheduler") };
        let best = path.action(Scheduler::Kinetic(p));
        for q in [0.5 * p, 0.9 * p, 1.1 * p, 2.0 * p] {
            assert!(path.action(Scheduler::Kinetic(q)) >= best, "{p} {q}");
        }
        assert!(best < path.action(Scheduler::Sin2) && best < path.action(Scheduler::Linear));
    }
}
