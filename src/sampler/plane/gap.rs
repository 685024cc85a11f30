//! How far a denoiser's velocity is from the exact one, on a lattice of x_t: no noise of the target enters (plane.md 1.3).

use super::coupling::{independent_cost, legendre};
use super::draw::{Points, cumulative, place};
use crate::denoiser::plane::{Denoiser, LatentDenoiser};
use crate::flow::FlowError;
use crate::flow::plane::{AffinePath, Latents, Mixture, PlaneFlow, PlaneSource, PlaneTarget, normal};
use crate::sampler::SamplerError;
use rayon::prelude::*;

/// Times at which it is measured, those of Gauss and Legendre's rule.
const TIMES: usize = 24;
/// Points x_t at each time.
const POINTS: usize = 1024;
/// Points that one thread works on at once.
const CHUNK: usize = 256;
/// The chance of a code that counts.
const LEAST_CHANCE: f64 = 1e-4;

/// x_t at one time and u there.
#[derive(Clone, Debug)]
struct GapTime {
    t: f64,
    weight: f64,
    x: Points,
    /// The component of each point's datum; of boxes 0.
    modes: Vec<usize>,
    exact: Points,
}

/// The lattice of a flow's straight path: 24 times, 1024 points of x_t at each, the same every time.
#[derive(Clone, Debug)]
pub struct GapLattice {
    times: Vec<GapTime>,
    energy: f64,
    floor: f64,
}

/// The gap of a network with codes, and what it is measured against.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct CodesGap {
    /// E|v_θ(x, z) − v(x, z)|², the best v of the present encoder's table.
    pub gap: f64,
    /// The least loss with the table.
    pub floor: f64,
}

impl GapLattice {
    /// Of a flow of independent pairs, on the straight path whatever its own is.
    ///
    /// # Errors
    /// If the flow is one of other pairs: their velocity for all draws is not known; or it can't be evaluated.
    pub fn new(flow: &PlaneFlow) -> Result<Self, FlowError> {
        if !flow.is_independent() {
            let why = "the gap: the exact velocity of a coupling that is not independent is not known";
            return Err(FlowError::Unsupported(why.to_owned()));
        }
        let flow = flow.on(AffinePath::CondOt)?;
        let draws = draws(&flow, POINTS);
        let times = legendre(TIMES).into_par_iter().map(|(t, weight)| {
            let x: Points = [0, 1].map(|axis| {
                draws.iter().map(|(one, zero, _)| t * one[axis] + (1.0 - t) * zero[axis]).collect()
            });
            let mut exact = [vec![0.0; POINTS], vec![0.0; POINTS]];
            let [u1, u2] = &mut exact;
            flow.at(t)?.velocity([&x[0], &x[1]], [u1, u2]);
            let modes = draws.iter().map(|(_, _, mode)| *mode).collect();
            Ok(GapTime { t, weight, x, modes, exact })
        });
        let times: Vec<GapTime> = times.collect::<Result<_, FlowError>>()?;
        let square = |time: &GapTime| {
            let sum: f64 = time.exact.iter().flatten().map(|u| u * u).sum();
            time.weight * sum / POINTS as f64
        };
        let energy = times.iter().map(square).sum();
        // L* = E|x₁ − x₀|² − ∫E|u|² dt.
        Ok(Self { times, energy, floor: (independent_cost(&flow) - energy).max(0.0) })
    }

    /// ∫E|u|² dt, what a velocity that is 0 misses.
    pub fn energy(&self) -> f64 {
        self.energy
    }

    /// L*, the least loss of a network, a sum over both coordinates: the exact loss of a denoiser is this and its gap.
    pub fn floor(&self) -> f64 {
        self.floor
    }

    /// ∫E|v − u|² dt of a denoiser; none if `go_on` said no on the way.
    ///
    /// # Errors
    /// If the denoiser fails.
    pub fn gap_while(
        &self,
        denoiser: &dyn Denoiser,
        go_on: impl Fn() -> bool + Sync,
    ) -> Result<Option<f64>, SamplerError> {
        let of = |time: &GapTime| {
            if !go_on() {
                return Ok(None);
            }
            let at = denoiser.at(time.t)?;
            let (mut v1, mut v2, mut sum) = ([0.0; CHUNK], [0.0; CHUNK], 0.0);
            for first in (0..time.x[0].len()).step_by(CHUNK) {
                let part = first..(first + CHUNK).min(time.x[0].len());
                let n = part.len();
                let x = [&time.x[0][part.clone()], &time.x[1][part.clone()]];
                at.velocity(x, [&mut v1[..n], &mut v2[..n]])?;
                let exact = time.exact[0][part.clone()].iter().zip(&time.exact[1][part]);
                for ((v1, v2), (u1, u2)) in v1.iter().zip(&v2).zip(exact) {
                    sum += (v1 - u1).powi(2) + (v2 - u2).powi(2);
                }
            }
            anyhow::Ok(Some(time.weight * sum / time.x[0].len() as f64))
        };
        // In order before summing: the result must not depend on the number of threads.
        let parts: Result<Vec<Option<f64>>, _> = self.times.par_iter().map(of).collect();
        Ok(parts.map_err(SamplerError::Denoiser)?.into_iter().sum())
    }

    /// The same to its end.
    ///
    /// # Errors
    /// If the denoiser fails.
    pub fn gap(&self, denoiser: &dyn Denoiser) -> Result<f64, SamplerError> {
        Ok(self.gap_while(denoiser, || true)?.unwrap_or(f64::NAN))
    }

    /// The gap of a denoiser with codes to the best one of `latents`, whose target is that of the flow: over the same x_t,
    /// and z by the table.
    pub fn codes_gap(&self, denoiser: &dyn LatentDenoiser, latents: &Latents) -> CodesGap {
        let of = |time: &GapTime| {
            let level = (1.0 - time.t) / time.t;
            // y + T n = x_t/t.
            let [x, y] = [0, 1].map(|axis| time.x[axis].iter().map(|x| x / time.t).collect::<Vec<f64>>());
            let n = x.len();
            // D − D' is (1−t)(v − v').
            let gain = (1.0 - time.t).powi(-2);
            let (mut gap, mut floor) = (0.0, 0.0);
            for code in 0..latents.encoder().ncols() {
                let chance = |i: usize| latents.encoder()[[time.modes[i], code]];
                let those: Vec<usize> = (0..n).filter(|&i| chance(i) > LEAST_CHANCE).collect();
                let [some_x, some_y] =
                    [&x, &y].map(|all| those.iter().map(|&i| all[i]).collect::<Vec<f64>>());
                let (mut d1, mut d2) = (vec![0.0; those.len()], vec![0.0; those.len()]);
                denoiser.denoised(level, Some(code), [&some_x, &some_y], [&mut d1, &mut d2]);
                for (k, &i) in those.iter().enumerate() {
                    let at = [some_x[k], some_y[k]];
                    let best = latents.denoised(at, level, Some(code));
                    gap += chance(i) * ((d1[k] - best[0]).powi(2) + (d2[k] - best[1]).powi(2));
                    floor += chance(i) * latents.spread(at, level, Some(code));
                }
            }
            [gap, floor].map(|sum| time.weight * gain * sum / n as f64)
        };
        let parts: Vec<[f64; 2]> = self.times.par_iter().map(of).collect();
        let sum = |place: usize| parts.iter().map(|part| part[place]).sum();
        CodesGap { gap: sum(0), floor: sum(1) }
    }
}

/// x₁, x₀ and the component of x₁, evenly over all of both: a Kronecker lattice by the roots of x⁷ = x + 1, whose every
/// stretch fills the cube of six dimensions about as evenly as can be.
fn draws(flow: &PlaneFlow, count: usize) -> Vec<([f64; 2], [f64; 2], usize)> {
    const DIMENSIONS: usize = 6;
    let mut root = 1.5f64;
    for _ in 0..60 {
        root = (1.0 + root).powf(1.0 / (DIMENSIONS + 1) as f64);
    }
    let steps: [f64; DIMENSIONS] = std::array::from_fn(|k| root.powi(-(k as i32 + 1)));
    let table = match flow.target() {
        PlaneTarget::Mixture(mixture) => cumulative(mixture.weights().iter().copied()),
        PlaneTarget::Boxes(boxes) => cumulative(boxes.pmf().iter().copied()),
    };
    let source = match flow.source() {
        PlaneSource::Mixture(mixture) => cumulative(mixture.weights().iter().copied()),
        _ => vec![1.0],
    };
    let of = |mixture: &Mixture, j: usize, z: [f64; 2]| {
        let mean = mixture.means()[j];
        let off = mixture.covariances()[j].draw(z.map(normal::quantile));
        [mean[0] + off[0], mean[1] + off[1]]
    };
    let at = |n: usize| {
        let u = steps.map(|step| (0.5 + (n + 1) as f64 * step).fract().clamp(1e-12, 1.0 - 1e-12));
        let j = place(&table, u[0]);
        let (one, mode) = match flow.target() {
            PlaneTarget::Mixture(mixture) => (of(mixture, j, [u[1], u[2]]), j),
            PlaneTarget::Boxes(boxes) => {
                let k = boxes.side();
                let inside = |cell: usize, u: f64| {
                    let [low, high] = boxes.cell(cell);
                    low + u * (high - low)
                };
                ([inside(j / k, u[1]), inside(j % k, u[2])], 0)
            }
        };
        let zero = match flow.source() {
            PlaneSource::Normal => [u[3], u[4]].map(normal::quantile),
            PlaneSource::Square(half) => [u[3], u[4]].map(|u| half * (2.0 * u - 1.0)),
            PlaneSource::Mixture(mixture) => of(mixture, place(&source, u[5]), [u[3], u[4]]),
        };
        (one, zero, mode)
    };
    (0..count).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::plane::{DenoiserAt, Oracle};
    use crate::flow::plane::Boxes;

    struct Still;

    impl Denoiser for Still {
        fn at(&self, _: f64) -> anyhow::Result<Box<dyn DenoiserAt + '_>> {
            Ok(Box::new(Self))
        }
    }

    impl DenoiserAt for Still {
        fn velocity(&self, _: [&[f64]; 2], [v1, v2]: [&mut [f64]; 2]) -> anyhow::Result<()> {
            v1.fill(0.0);
            v2.fill(0.0);
            Ok(())
        }
    }

    fn flow(target: PlaneTarget) -> PlaneFlow {
        PlaneFlow::new(target, PlaneSource::Normal, AffinePath::VP).expect("a flow")
    }

    #[test]
    fn floors_are_those_of_the_note_and_the_exact_velocity_has_no_gap() {
        // plane.md 1.3 and 8: the ring's 5.52, the checkerboard's 2 × 3.763.
        let ring = PlaneTarget::Mixture(Mixture::ring());
        for (target, floor) in [(ring, 5.52), (PlaneTarget::Boxes(Boxes::checkerboard()), 2.0 * 3.763)] {
            let flow = flow(target);
            let lattice = GapLattice::new(&flow).expect("a lattice");
            assert!((lattice.floor() / floor - 1.0).abs() < 0.02, "{} {floor}", lattice.floor());
            assert!(lattice.gap(&Oracle::new(&flow).expect("exact")).expect("a gap") < 1e-20);
            assert!((lattice.gap(&Still).expect("a gap") - lattice.energy()).abs() < 1e-9);
            assert!(lattice.gap_while(&Still, || false).expect("no fault").is_none());
        }
    }

    #[test]
    fn the_best_denoiser_of_a_table_has_no_gap_and_one_code_changes_nothing() {
        let flow = flow(PlaneTarget::Mixture(Mixture::ring()));
        let lattice = GapLattice::new(&flow).expect("a lattice");
        let latents = |codes| Latents::neighbours(Mixture::ring(), codes).expect("latents");
        let one = lattice.codes_gap(&latents(1), &latents(1));
        assert!(one.gap < 1e-20 && (one.floor / lattice.floor() - 1.0).abs() < 0.02, "{one:?}");
        let eight = lattice.codes_gap(&latents(8), &latents(8));
        // One code a mode: what is left is its width, 2s² ∫dt/(t²s² + (1−t)²) = πs.
        let width = 0.2 * std::f64::consts::PI;
        assert!(eight.gap < 1e-20 && (eight.floor - width).abs() < 1e-6, "{eight:?}");
        // A denoiser that does not heed codes misses what they are worth.
        struct Deaf(Latents);
        impl LatentDenoiser for Deaf {
            fn codes(&self) -> usize {
                8
            }
            fn denoised(&self, level: f64, _: Option<usize>, x: [&[f64]; 2], d: [&mut [f64]; 2]) {
                LatentDenoiser::denoised(&self.0, level, None, x, d);
            }
        }
        let deaf = lattice.codes_gap(&Deaf(latents(8)), &latents(8));
        assert!((deaf.gap + deaf.floor - one.floor).abs() < 0.15, "{deaf:?} {one:?}");
    }
}
