//! Which noise goes to which datum: independent draws, minibatch optimal transport, reflow; and how straight the flow is
//! that comes of it (plane.md 2).

use super::draw::{Points, draw_source, draw_target};
use super::setting::{PlaneMethod, PlaneSampler};
use super::walk::{PlaneSetup, Walk};
use crate::denoiser::plane::{Denoiser, Oracle};
use crate::flow::plane::{
    AffinePath, Fields, Pairs, PlaneFlow, PlaneSource, PlaneTarget, assignment, squared_distances,
    wasserstein,
};
use crate::flow::{FlowError, serde_as_text};
use crate::sampler::SamplerError;
use rayon::prelude::*;
use std::fmt;
use std::str::FromStr;

/// Largest batch of minibatch optimal transport: the assignment is O(B³).
pub const MOST_BATCH: usize = 1024;
/// Most rounds of reflow.
pub const MOST_REFLOWS: usize = 5;
/// Steps of the flow whose ends are paired.
const FINE_STEPS: usize = 64;
/// Pairs at most: a velocity is a sum over all.
pub const MOST_PAIRS: usize = 20_000;

/// How x₁ and x₀ are paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PlaneCoupling {
    /// Not at all.
    #[default]
    Independent,
    /// Within batches of this many, so that Σ|x₀ − x₁|² is least; the permutation is kept.
    MinibatchOt(usize),
    /// Both ends of the trajectories of the flow, again and again.
    Reflow(usize),
}

impl fmt::Display for PlaneCoupling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Independent => f.write_str("independent"),
            Self::MinibatchOt(batch) => write!(f, "minibatch-ot:{batch}"),
            Self::Reflow(rounds) => write!(f, "reflow:{rounds}"),
        }
    }
}

impl FromStr for PlaneCoupling {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable = || FlowError::Unreadable {
            what: "coupling",
            given: text.to_owned(),
            expected: "independent, minibatch-ot:B with B from 1 to 1024, or reflow:K with K from 1 to 5",
        };
        let whole = |word: &str, most: usize| {
            word.trim().parse().ok().filter(|n| (1..=most).contains(n)).ok_or_else(unreadable)
        };
        match text.split_once(':') {
            None if text == "independent" => Ok(Self::Independent),
            Some(("minibatch-ot", batch)) => Ok(Self::MinibatchOt(whole(batch, MOST_BATCH)?)),
            Some(("reflow", rounds)) => Ok(Self::Reflow(whole(rounds, MOST_REFLOWS)?)),
            _ => Err(unreadable()),
        }
    }
}

serde_as_text!(PlaneCoupling, FlowError);

/// Pairs of minibatch optimal transport: `count` of them in batches of `batch`, the last of which may be smaller.
pub fn minibatch_pairs(
    target: &PlaneTarget,
    source: &PlaneSource,
    batch: usize,
    count: usize,
    seed: u64,
) -> Pairs {
    let (ones, zeros) =
        (together(&draw_target(target, count, seed)), together(&draw_source(source, count, seed)));
    let paired: Vec<[f64; 2]> = ones
        .par_chunks(batch)
        .zip(zeros.par_chunks(batch))
        .flat_map_iter(|(ones, zeros)| {
            let of_zero = assignment(zeros.len(), &squared_distances(zeros, ones));
            of_zero.into_iter().map(|one| ones[one]).collect::<Vec<_>>()
        })
        .collect();
    Pairs { ones: paired, zeros }
}

/// The mean of |x₁ − x₀|² over pairs.
pub fn transport_cost(pairs: &Pairs) -> f64 {
    let squares =
        pairs.ones.iter().zip(&pairs.zeros).map(|(a, b)| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2));
    squares.sum::<f64>() / pairs.ones.len().max(1) as f64
}

/// The flow of another coupling than the independent one: `count` pairs, each blurred by `bandwidth`.
///
/// # Errors
/// If the pairs are more than [`MOST_PAIRS`], the bandwidth is out of range, or the flow can't be walked.
pub fn coupled_flow(
    flow: &PlaneFlow,
    coupling: PlaneCoupling,
    count: usize,
    bandwidth: f64,
    seed: u64,
) -> Result<PlaneFlow, SamplerError> {
    if !(1..=MOST_PAIRS).contains(&count) {
        let expected = "a whole number from 1 to 20000";
        return Err(FlowError::Range { what: "the number of pairs", given: count as f64, expected }.into());
    }
    let of_pairs = |pairs| {
        PlaneFlow::of_pairs(flow.target().clone(), flow.source().clone(), flow.path(), pairs, bandwidth)
    };
    match coupling {
        PlaneCoupling::Independent => Ok(flow.clone()),
        PlaneCoupling::MinibatchOt(batch) => {
            Ok(of_pairs(minibatch_pairs(flow.target(), flow.source(), batch, count, seed))?)
        }
        PlaneCoupling::Reflow(rounds) => {
            let mut flow = flow.clone();
            for round in 0..rounds {
                flow = of_pairs(reflow_pairs(&flow, count, seed.wrapping_add(round as u64))?)?;
            }
            Ok(flow)
        }
    }
}

/// Both ends of `count` trajectories of the flow, in pairs that are never paired anew.
///
/// # Errors
/// If the flow can't be walked.
pub fn reflow_pairs(flow: &PlaneFlow, count: usize, seed: u64) -> Result<Pairs, SamplerError> {
    trajectory_pairs(flow, &Oracle::new(flow)?, FINE_STEPS, (count, seed))
}

/// Both ends of `count` trajectories of a denoiser from draws of the flow's source, by `steps` steps of Runge and Kutta's on
/// the straight path.
///
/// # Errors
/// If the denoiser fails.
pub fn trajectory_pairs(
    flow: &PlaneFlow,
    denoiser: &dyn Denoiser,
    steps: usize,
    (count, seed): (usize, u64),
) -> Result<Pairs, SamplerError> {
    let starts = draw_source(flow.source(), count, seed);
    let zeros = together(&starts);
    let sampler = PlaneSampler::usual(PlaneMethod::Rk4, steps);
    let mut walk = Walk::new(PlaneSetup { flow, denoiser, sampler, seed }, starts)?;
    walk.run(|_| true)?;
    Ok(Pairs { ones: together(&walk.into_points()), zeros })
}

fn together(points: &Points) -> Vec<[f64; 2]> {
    points[0].iter().zip(&points[1]).map(|(x, y)| [*x, *y]).collect()
}

/// How straight the trajectories of a denoiser are. Numbers are squared lengths but for the excess.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Straightness {
    /// E|Z₁ − Z₀|², what the flow's own coupling costs.
    pub transport: f64,
    /// S = ∫E|(Z₁ − Z₀) − Ż|²dt: 0 for straight lines at constant speed.
    pub straightness: f64,
    /// ∫E|u|²dt = transport + S.
    pub energy: f64,
    /// Length of the path over its chord, less 1.
    pub excess_length: f64,
    /// √E|Z₀ + u(Z₀) − Z₁|²: by how much one step of Euler's misses.
    pub one_step: f64,
}

/// Of trajectories on the straight path from these x₀, by `steps` steps of Runge and Kutta's.
///
/// # Errors
/// If the denoiser fails.
pub fn straightness(
    flow: &PlaneFlow,
    denoiser: &dyn Denoiser,
    starts: &Points,
    steps: usize,
) -> Result<Straightness, SamplerError> {
    along(flow, denoiser, (starts, steps), |_, _| Ok(())).map(|(found, _)| found)
}

/// How straight the exact flow of independent pairs is, how its cost could be less, and the least loss of a network on its
/// pairs, all of the same trajectories.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostShares {
    /// How straight.
    pub of: Straightness,
    /// The least cost of pairing some of its ends anew, an estimate of W₂² that is a few per cent too large, and what the same
    /// ends cost as they are paired.
    pub least: [f64; 2],
    /// L* = ∫k² E tr Cov\[x₁ | x_t\]dt: along the trajectories x_t has the law of the flow.
    pub loss: f64,
}

/// Ends that are paired anew.
const PAIRED: usize = 600;

/// Of trajectories on the straight path from these x₀, by `steps` steps of Runge and Kutta's.
///
/// # Errors
/// If the flow can't be evaluated.
pub fn cost_shares(flow: &PlaneFlow, starts: &Points, steps: usize) -> Result<CostShares, SamplerError> {
    let straight = flow.on(AffinePath::CondOt)?;
    let mut loss = 0.0;
    let (of, ends) = along(flow, &Oracle::new(flow)?, (starts, steps), |t, x| {
        let mut fields = Fields::default();
        straight.at(t)?.fields([&x[0], &x[1]], &mut fields);
        let mean = fields.trace_cov.iter().sum::<f64>() / x[0].len().max(1) as f64;
        loss += AffinePath::CondOt.at(t).gain().powi(2) * mean / steps.max(1) as f64;
        Ok(())
    })?;
    let some = |points: &Points| -> Vec<[f64; 2]> {
        let all = together(points);
        all.iter().step_by(all.len().div_ceil(PAIRED).max(1)).copied().collect()
    };
    let pairs = Pairs { ones: some(&ends), zeros: some(starts) };
    let least = wasserstein(&pairs.zeros, &pairs.ones).powi(2);
    Ok(CostShares { of, least: [least, transport_cost(&pairs)], loss })
}

/// [`straightness`], and where the trajectories end; `look` sees where they are in the middle of each step.
fn along(
    flow: &PlaneFlow,
    denoiser: &dyn Denoiser,
    (starts, steps): (&Points, usize),
    mut look: impl FnMut(f64, &Points) -> Result<(), SamplerError>,
) -> Result<(Straightness, Points), SamplerError> {
    let sampler = PlaneSampler::usual(PlaneMethod::Rk4, steps.max(1));
    let mut walk = Walk::new(PlaneSetup { flow, denoiser, sampler, seed: 0 }, starts.clone())?;
    let n = starts[0].len();
    let (mut length, mut energy) = (vec![0.0; n], 0.0);
    let mut first = [vec![0.0; n], vec![0.0; n]];
    let mut before = starts.clone();
    let mut cross = vec![[0.0; 2]; n];
    let mut middle = [vec![0.0; n], vec![0.0; n]];
    let h = 1.0 / steps.max(1) as f64;
    while !walk.is_done() {
        let t = walk.now().t;
        if t == 0.0 {
            velocity(denoiser, 0.0, starts, &mut first)?;
        }
        walk.step()?;
        let after = walk.points();
        // The speed in the middle of the step, where the path is.
        let half: Points =
            [0, 1].map(|axis| before[axis].iter().zip(after[axis]).map(|(a, b)| 0.5 * (a + b)).collect());
        velocity(denoiser, t + 0.5 * h, &half, &mut middle)?;
        look(t + 0.5 * h, &half)?;
        for i in 0..n {
            let moved = [after[0][i] - before[0][i], after[1][i] - before[1][i]];
            length[i] += moved[0].hypot(moved[1]);
            energy += h * (middle[0][i].powi(2) + middle[1][i].powi(2));
            cross[i] = [cross[i][0] + h * middle[0][i], cross[i][1] + h * middle[1][i]];
        }
        before = [after[0].to_vec(), after[1].to_vec()];
    }
    let (mut transport, mut excess, mut miss, mut product) = (0.0, 0.0, 0.0, 0.0);
    for i in 0..n {
        let chord = [before[0][i] - starts[0][i], before[1][i] - starts[1][i]];
        transport += chord[0].powi(2) + chord[1].powi(2);
        excess += length[i] / chord[0].hypot(chord[1]).max(f64::MIN_POSITIVE) - 1.0;
        miss += (first[0][i] - chord[0]).powi(2) + (first[1][i] - chord[1]).powi(2);
        product += chord[0] * cross[i][0] + chord[1] * cross[i][1];
    }
    let count = n.max(1) as f64;
    let found = Straightness {
        transport: transport / count,
        straightness: (transport - 2.0 * product + energy) / count,
        energy: energy / count,
        excess_length: excess / count,
        one_step: (miss / count).sqrt(),
    };
    Ok((found, walk.into_points()))
}

/// Particles that one thread works on at once.
const CHUNK: usize = 1024;

fn velocity(denoiser: &dyn Denoiser, t_star: f64, x: &Points, v: &mut Points) -> Result<(), SamplerError> {
    let [v1, v2] = v;
    let at = denoiser.at(t_star).map_err(SamplerError::Denoiser)?;
    let chunks = x[0].par_chunks(CHUNK).zip(x[1].par_chunks(CHUNK));
    let out = v1.par_chunks_mut(CHUNK).zip(v2.par_chunks_mut(CHUNK));
    chunks
        .zip(out)
        .enumerate()
        .try_for_each(|(n, ((x, y), (u1, u2)))| at.velocity_from(n * CHUNK, [x, y], [u1, u2]))
        .map_err(SamplerError::Denoiser)
}

/// Nodes and weights of Gauss and Legendre's rule on \[0, 1\].
pub(super) fn legendre(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|i| {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..50 {
                let (mut before, mut p) = (1.0, x);
                for k in 2..=n {
                    let k = k as f64;
                    (before, p) = (p, ((2.0 * k - 1.0) * x * p - (k - 1.0) * before) / k);
                }
                slope = n as f64 * (x * p - before) / (x * x - 1.0);
                x -= p / slope;
            }
            (0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

/// L* = ∫k² E tr Cov\[x₁ | x_t\]dt, the least loss of flow matching as a sum over both coordinates: `draws` of x_t at each of
/// 24 times. On the straight path it is E|x₁ − x₀|² − ∫E|u|²dt.
///
/// # Errors
/// If the flow can't be evaluated.
pub fn loss_floor(flow: &PlaneFlow, draws: usize, seed: u64) -> Result<f64, FlowError> {
    let ones = draw_target(flow.target(), draws, seed);
    let zeros = draw_source(flow.source(), draws, seed);
    let terms = legendre(24).into_par_iter().map(|(t, weight)| {
        let point = flow.path().at(t);
        let x: Points = [0, 1].map(|axis| {
            let mixed = ones[axis].iter().zip(&zeros[axis]);
            mixed.map(|(one, zero)| point.alpha * one + point.sigma * zero).collect()
        });
        let mut fields = Fields::default();
        flow.at(t)?.fields([&x[0], &x[1]], &mut fields);
        let mean = fields.trace_cov.iter().sum::<f64>() / draws.max(1) as f64;
        Ok(weight * point.gain().powi(2) * mean)
    });
    terms.sum()
}

/// E|x₁ − x₀|² of independent draws.
pub fn independent_cost(flow: &PlaneFlow) -> f64 {
    let (source, mean0) = match flow.source() {
        PlaneSource::Normal => (2.0, [0.0; 2]),
        PlaneSource::Square(half) => (2.0 * half * half / 3.0, [0.0; 2]),
        PlaneSource::Mixture(mixture) => (mixture.second_moment(), mixture.mean()),
    };
    let mean1 = match flow.target() {
        PlaneTarget::Mixture(mixture) => mixture.mean(),
        PlaneTarget::Boxes(boxes) => {
            let middle = |i: usize| 0.5 * (boxes.cell(i)[0] + boxes.cell(i)[1]);
            let sum = |pick: fn((usize, usize)) -> usize| {
                boxes.pmf().indexed_iter().map(|(place, q)| q * middle(pick(place))).sum()
            };
            [sum(|place| place.0), sum(|place| place.1)]
        }
    };
    flow.target().second_moment() + source - 2.0 * (mean0[0] * mean1[0] + mean0[1] * mean1[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{Component, Mixture};

    fn flow(mixture: Mixture) -> PlaneFlow {
        PlaneFlow::new(PlaneTarget::Mixture(mixture), PlaneSource::Normal, AffinePath::CondOt)
            .expect("a flow")
    }

    fn of(flow: &PlaneFlow, n: usize) -> Straightness {
        let oracle = Oracle::new(flow).expect("an oracle");
        straightness(flow, &oracle, &draw_source(&PlaneSource::Normal, n, 5), 100).expect("numbers")
    }

    #[test]
    fn four_numbers_add_up() {
        // plane.md 2: 11.08 = 3.37 + 2.17 + 5.51 on the ring, excess length .185, one step misses by 3.0.
        let ring = flow(Mixture::ring());
        assert!((independent_cost(&ring) - 11.08).abs() < 1e-12);
        let found = of(&ring, 6000);
        let floor = loss_floor(&ring, 4000, 1).expect("a floor");
        assert!((found.transport - 3.37).abs() < 0.06, "{found:?}");
        assert!((found.straightness - 2.17).abs() < 0.06 && (floor - 5.51).abs() < 0.12, "{found:?} {floor}");
        assert!((found.transport + found.straightness + floor - 11.08).abs() < 0.15);
        assert!((found.energy - found.transport - found.straightness).abs() < 1e-2);
        assert!(
            (found.excess_length - 0.185).abs() < 0.02 && (found.one_step - 3.0).abs() < 0.06,
            "{found:?}"
        );
    }

    #[test]
    fn shares_of_the_cost_add_up_along_the_trajectories() {
        let ring = flow(Mixture::ring());
        let starts = crate::sampler::plane::even_starts(ring.source(), 100, 0);
        let CostShares { of, least: [least, own], loss } = cost_shares(&ring, &starts, 64).expect("shares");
        assert!((of.transport - 3.37).abs() < 0.02 && (of.straightness - 2.17).abs() < 0.02, "{of:?}");
        assert!((of.transport + of.straightness + loss - 11.08).abs() < 0.02, "{of:?} {loss}");
        // W₂² is about 3.35: the flow's pairs are nearly the cheapest.
        assert!(least <= own && own - least < 0.1 && (least - 3.3).abs() < 0.15, "{least} {own}");
    }

    #[test]
    fn even_one_gaussian_is_not_straight() {
        // S = 2[∫(d√v/dt)²dt − (1−s)²] = .1717 at s = .2.
        let one = Component { weight: 1.0, mean: [1.0, -2.0], sd: 0.2 };
        let found = of(&flow(Mixture::new(&[one]).expect("one")), 4000);
        assert!((found.straightness - 0.1717).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn minibatches_cost_what_the_note_says() {
        let (target, source) = (PlaneTarget::Mixture(Mixture::ring()), PlaneSource::Normal);
        let cost = |batch| transport_cost(&minibatch_pairs(&target, &source, batch, 4096, 3));
        for (batch, expected) in [(1, 11.1), (2, 8.9), (4, 7.0), (8, 5.5), (16, 4.7), (64, 3.7), (256, 3.5)] {
            assert!((cost(batch) / expected - 1.0).abs() < 0.06, "{batch} {}", cost(batch));
        }
        // Trap: reflow's pairs shuffled cost as much as independent ones.
        let pairs = reflow_pairs(&flow(Mixture::ring()), 2000, 1).expect("pairs");
        let mut shuffled = pairs.clone();
        shuffled.ones.rotate_left(1);
        assert!(
            (transport_cost(&pairs) - 3.37).abs() < 0.15 && (transport_cost(&shuffled) - 11.08).abs() < 0.5
        );
    }

    #[test]
    fn reflow_straightens() {
        // plane.md 2: S 2.17 → .012, one step misses by .31 (3000 pairs, h = .15).
        let ring = flow(Mixture::ring());
        let again = coupled_flow(&ring, PlaneCoupling::Reflow(1), 2000, 0.15, 1).expect("a flow");
        let oracle = Oracle::new(&again).expect("an oracle");
        let starts = draw_source(&PlaneSource::Normal, 400, 5);
        let found = straightness(&again, &oracle, &starts, 20).expect("numbers");
        assert!(found.straightness < 0.03 && (found.one_step - 0.31).abs() < 0.12, "{found:?}");
    }

    #[test]
    fn names_are_read_back_and_others_refused() {
        for text in ["independent", "minibatch-ot:64", "reflow:2"] {
            assert_eq!(text.parse::<PlaneCoupling>().expect(text).to_string(), text);
        }
        for text in ["", "ot", "minibatch-ot:0", "minibatch-ot:2000", "reflow:9", "reflow", "reflow:x"] {
            assert!(text.parse::<PlaneCoupling>().is_err(), "{text}");
        }
        let total: f64 = legendre(24).iter().map(|(t, w)| w * t.powi(5)).sum();
        assert!((total - 1.0 / 6.0).abs() < 1e-13);
    }
}
