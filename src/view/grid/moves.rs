//! Moves between states: out of one state, or out of every state of a small grid.

use super::{MoveKind, Scene};
use crate::figure::{Move, Moves};
use crate::flow::Axis;
use crate::sampler::grid::Outgoing;

/// Largest K at which the arrows and numbers of all states can be told apart.
pub const MOST_TOKENS: usize = 6;

impl Scene<'_> {
    /// The rates u(y, z) out of `z` now; none where it has no rates.
    pub fn moves_from(&self, z: [usize; 2]) -> Moves {
        let unit = MoveKind::Rates.unit().to_owned();
        Moves { moves: self.moves_of(z, MoveKind::Rates), unit, from_one: true }
    }

    /// All moves of all states now, or those of a `chosen` one alone.
    pub fn all_moves(&self, kind: MoveKind, chosen: Option<[usize; 2]>) -> Moves {
        let v = self.path.vocabulary();
        let states = (0..v * v).map(|i| [i / v, i % v]);
        let shown = states.filter(|z| chosen.is_none_or(|chosen| chosen == *z));
        let moves = shown.flat_map(|z| self.moves_of(z, kind)).collect();
        Moves { moves, unit: kind.unit().to_owned(), from_one: false }
    }

    fn moves_of(&self, from: [usize; 2], kind: MoveKind) -> Vec<Move> {
        let Ok(out) = Outgoing::new(self.path, self.scheduler, self.corrector, self.t, from) else {
            return Vec::new();
        };
        let weight = if kind == MoveKind::Fluxes { out.mass } else { 1.0 };
        let of_axis = |axis: Axis| {
            let values = out.rates[axis.index()].iter().enumerate();
            values.filter(move |(y, _)| *y != from[axis.index()]).map(move |(y, u)| {
                let mut to = from;
                to[axis.index()] = y;
                Move { from, to, value: weight * u }
            })
        };
        Axis::BOTH.into_iter().flat_map(of_axis).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::cases;
    use crate::flow::{Corrector, Scheduler};
    use crate::view::grid::{DivergencePart, Show};

    #[test]
    fn fluxes_of_all_moves_add_up_to_the_traffic_and_to_dpdt() {
        for case in cases() {
            let path = &case.path;
            let scene = Scene {
                path,
                scheduler: Scheduler::Linear,
                t: 0.4,
                show: Show::Exact,
                corrector: Corrector::OFF,
                part: DivergencePart::Total,
                run: None,
            };
            let moves = scene.all_moves(MoveKind::Fluxes, None).moves;
            let (kappa, slope) = (scene.kappa(), Scheduler::Linear.derivative(0.4));
            let mut net = path.pmf_slope(kappa) * slope;
            let mut out = path.traffic(kappa, 1.0, 0.0) * slope;
            for m in &moves {
                net[m.from] += m.value;
                net[m.to] -= m.value;
                out[m.from] -= m.value;
            }
            assert!(net.iter().all(|x| x.abs() < 1e-12), "{}: what flows in and out is dp/dt", case.name);
            assert!(out.iter().all(|x| x.abs() < 1e-12), "{}: all flux is the traffic", case.name);
            let one = scene.all_moves(MoveKind::Rates, Some([0, 1])).moves;
            assert_eq!(one, scene.moves_from([0, 1]).moves, "{}", case.name);
        }
    }
}
