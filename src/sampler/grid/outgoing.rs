//! Where one state can go: its outgoing rates under the velocity that is sampled, and what flows through it.

use super::rates;
use crate::flow::{Axis, Corrector, GridPath, Scheduler};
use ndarray::Array1;

/// All moves out of one state at one time, exactly.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// u(y, z) per unit time, for token 1 and token 2, over its new value y: \[V\] each; 0 where y is the token's own
    /// value.
    pub rates: [Array1<f64>; 2],
    /// p_t(z).
    pub mass: f64,
}

/// Why a state has no rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRates {
    /// p_t(z) = 0.
    #[error("impossible now: pₜ = 0, so nothing flows out")]
    Impossible,
    /// Rates are infinite: a power below 1, or a metric path with a < 1, at t = 0.
    #[error("rates are infinite at t = 0: move on a little")]
    Infinite,
}

impl Outgoing {
    /// The moves out of `z` under α × forward + β × backward velocity, with the re-noising that the samplers use:
    /// u(y, z) = α forward flux / p_t(z) + β-rate · p₀(y), or + β backward flux / p_t(z) where re-noising from the
    /// source's marginals does not generate the path (math.md 3.1, 3.4). The flux over the mass, not the rate
    /// κ'/(1−κ) times the posterior: it has its limit at t = 1.
    ///
    /// # Errors
    /// If the state is impossible now, or κ' is infinite.
    pub fn new(
        path: &GridPath,
        scheduler: Scheduler,
        corrector: Corrector,
        t: f64,
        z: [usize; 2],
    ) -> Result<Self, NoRates> {
        let (kappa, slope) = (scheduler.at(t), scheduler.derivative(t));
        if !slope.is_finite() || !path.has_finite_slope(kappa) {
            return Err(NoRates::Infinite);
        }
        if !path.is_possible(z, kappa) {
            return Err(NoRates::Impossible);
        }
        let mass = path.pmf_at(z, kappa);
        let (alpha, beta) = (corrector.alpha(t), corrector.beta(t));
        let (_, backward) = rates(corrector, path, scheduler, t);
        let (shares, uniform) = (path.redraws().backward_shares(kappa), path.uniform_distribution());
        let rates = Axis::BOTH.map(|axis| {
            let i = axis.index();
            let noise = path.renoises_from_marginals().then(|| &path.noise_marginals()[i]);
            Array1::from_shape_fn(path.vocabulary(), |y| {
                if y == z[i] {
                    return 0.0;
                }
                let ahead = alpha * path.forward_flux(axis, y, z, kappa, slope) / mass;
                ahead
                    + match noise {
                        Some(noise) => backward * (shares.named * noise[y] + shares.uniform * uniform[y]),
                        None => beta * path.backward_flux(axis, y, z, kappa, slope) / mass,
                    }
            })
        });
        Ok(Self { rates, mass })
    }

    /// Total hazard Σ_y u(y, z) of one token, per unit time.
    pub fn hazard(&self, axis: Axis) -> f64 {
        self.rates[axis.index()].sum()
    }

    /// The largest single rate.
    pub fn largest(&self) -> f64 {
        self.rates.iter().flatten().fold(0.0, |m, &u| m.max(u))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::{SCHEDULERS, cases, largest};
    use ndarray::Array2;

    /// dp/dt by counting every move out of every state.
    fn counted(path: &GridPath, scheduler: Scheduler, corrector: Corrector, t: f64) -> Array2<f64> {
        let v = path.vocabulary();
        let mut change = Array2::zeros((v, v));
        for z in (0..v * v).map(|i| [i / v, i % v]) {
            let Ok(out) = Outgoing::new(path, scheduler, corrector, t, z) else { continue };
            for axis in Axis::BOTH {
                for (y, &u) in out.rates[axis.index()].iter().enumerate() {
                    assert!(u >= 0.0 && u.is_finite(), "u({y}, {z:?}) = {u} at t = {t}");
                    let mut to = z;
                    to[axis.index()] = y;
                    change[to] += out.mass * u;
                    change[z] -= out.mass * u;
                }
            }
        }
        change
    }

    #[test]
    fn all_moves_together_are_dpdt_with_and_without_corrector() {
        let plain: Vec<_> = cases().into_iter().map(|c| c.path).collect();
        let along = |p: &GridPath| p.clone().along(crate::flow::ConditionalPath::ThreeWay(0.8)).ok();
        let three_way: Vec<_> = plain.iter().filter_map(along).collect();
        for path in plain.into_iter().chain(three_way) {
            for scheduler in SCHEDULERS {
                for t in [0.1, 0.5, 0.9] {
                    for corrector in [Corrector::OFF, Corrector::IMAGES] {
                        let exact = path.pmf_slope(scheduler.at(t)) * scheduler.derivative(t);
                        let error = largest(&(counted(&path, scheduler, corrector, t) - &exact));
                        let scale = 1.0 + scheduler.derivative(t) * corrector.alpha(t);
                        assert!(
                            error < 1e-11 * scale,
                            "{} {scheduler} t = {t}: {error:e}",
                            path.conditional()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn without_corrector_they_are_the_velocity_and_have_their_limit_at_the_end() {
        for case in cases() {
            let (path, scheduler, v) = (&case.path, Scheduler::Linear, case.path.vocabulary());
            for z in (0..v * v).map(|i| [i / v, i % v]) {
                let Ok(out) = Outgoing::new(path, scheduler, Corrector::OFF, 0.6, z) else { continue };
                for axis in Axis::BOTH {
                    for y in (0..v).filter(|y| *y != z[axis.index()]) {
                        let u = path.velocity(axis, y, z, scheduler.at(0.6), scheduler.jump_rate(0.6), 0.0);
                        assert!((out.rates[axis.index()][y] - u).abs() < 1e-11 * (1.0 + u), "{}", case.name);
                    }
                }
                let Ok(end) = Outgoing::new(path, scheduler, Corrector::OFF, 1.0, z) else {
                    assert_eq!(
                        path.target()[z],
                        0.0,
                        "{}: only states without mass have no rates",
                        case.name
                    );
                    continue;
                };
                let near = Outgoing::new(path, scheduler, Corrector::OFF, 1.0 - 1e-13, z).expect("rates");
                for axis in Axis::BOTH {
                    let (end, near) = (end.hazard(axis), near.hazard(axis));
                    assert!((end - near).abs() < 1e-5 * (1.0 + end), "{}: {end} {near}", case.name);
                }
            }
        }
    }

    #[test]
    fn a_state_without_mass_and_an_infinite_slope_say_so() {
        let case = cases().into_iter().find(|c| c.name == "mask, independent").expect("case");
        let at = |scheduler, t, z| Outgoing::new(&case.path, scheduler, Corrector::OFF, t, z).map(|_| ());
        assert_eq!(at(Scheduler::Linear, 0.0, [0, 0]), Err(NoRates::Impossible));
        assert_eq!(at(Scheduler::Power(0.5), 0.0, [0, 0]), Err(NoRates::Infinite));
        let k = case.path.data_tokens();
        assert_eq!(at(Scheduler::Linear, 0.0, [k, k]), Ok(()));
    }
}
