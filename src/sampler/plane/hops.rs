//! Particles that jump on the grid which reads a target as two tokens (plane.md 4): exactly, event by event.

use super::numbers::{Draw, Numbers};
use crate::flow::{Axis, GridPath, Kappa};

/// In s = −ln(1−κ) each token draws anew at the rate 1, from p(x₁ⁱ | z), and stays where it draws what it is: these are the
/// grid's exact rates κ'/(1−κ)(p(x₁ⁱ | z) − δ). Beyond this s, where 1−κ is 10⁻⁷, nothing more happens.
const LAST: f64 = 16.2;

/// One jump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hop {
    /// κ at that moment.
    pub kappa: f64,
    /// The state after it, which differs from that before in one token.
    pub to: [usize; 2],
}

/// All jumps of particle number `particle` from the state `start` on, in their order.
pub fn hops(path: &GridPath, start: [usize; 2], particle: usize, seed: u64) -> Vec<Hop> {
    let numbers = Numbers(seed);
    let (mut state, mut s) = (start, 0.0);
    let mut all = Vec::new();
    for event in 0.. {
        let [wait, which] = numbers.units(Draw::Jump, particle, event);
        // Two tokens that draw at the rate 1 each.
        s -= 0.5 * wait.ln();
        if s > LAST {
            break;
        }
        let kappa = Kappa { value: -(-s).exp_m1(), complement: (-s).exp() };
        let axis = Axis::BOTH[usize::from(which < 0.5)];
        let mut left = numbers.units(Draw::Landing, particle, event)[0];
        let posterior = path.posterior_at(axis, state, kappa);
        let drawn = posterior.iter().position(|p| {
            left -= p;
            left < 0.0
        });
        let to = drawn.unwrap_or(state[axis.index()]);
        if to != state[axis.index()] {
            state[axis.index()] = to;
            all.push(Hop { kappa: kappa.value, to: state });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::metrics::{tv, tv_noise_floor};
    use crate::flow::{Coupling, Source};
    use ndarray::Array2;

    #[test]
    fn at_every_time_jumping_particles_are_where_the_mass_is() {
        let mut pmf = Array2::from_shape_fn((4, 4), |(i, j)| f64::from(u8::from((i + j) % 2 == 1)));
        pmf[[0, 1]] = 2.0;
        let total = pmf.sum();
        let path = GridPath::new(&(pmf / total), &Source::Uniform, Coupling::Independent).expect("a path");
        let n = 8000;
        let all: Vec<_> =
            (0..n).map(|k| ([k % 4, k / 4 % 4], hops(&path, [k % 4, k / 4 % 4], k, 3))).collect();
        for kappa in [0.25, 0.5, 0.9, 1.0] {
            let mut found = Array2::zeros((4, 4));
            for (start, hops) in &all {
                let last = hops.iter().take_while(|hop| hop.kappa <= kappa).last();
                found[last.map_or(*start, |hop| hop.to)] += 1.0 / n as f64;
            }
            let exact = path.pmf(Kappa::new(kappa));
            assert!(tv(&found, &exact) < 1.8 * tv_noise_floor(&exact, n), "{kappa} {}", tv(&found, &exact));
        }
        for (mut state, hops) in all {
            assert!(hops.is_sorted_by(|a, b| a.kappa < b.kappa));
            for hop in hops {
                assert_eq!((0..2).filter(|i| hop.to[*i] != state[*i]).count(), 1, "along a row or a column");
                state = hop.to;
            }
        }
    }
}
