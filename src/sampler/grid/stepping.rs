//! One step of many particles: the CPU twin of shaders/step_particles.wgsl.
//!
//! Probabilities are rounded to multiples of 2⁻³¹ once, and every decision is a comparison of integers. So both twins
//! give the same states bit for bit, and a step's distribution is off by at most V · 2⁻³¹ in total variation.

use crate::flow::grid::AxisKernel;
use crate::flow::vectorized;
use crate::random::{Purpose, philox};
use ndarray::{Array2, Axis as Dim};
use rayon::prelude::*;

/// Particles stepped by one thread at a time.
const CHUNK: usize = 4096;
/// Certainty: probabilities are multiples of 2⁻³¹, so that 0 and 1 are exact.
const ONE: u32 = 1 << 31;

/// Which random numbers: a particle's are a function of these and its own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Of the run.
    pub seed: u64,
    /// Counts up with every draw.
    pub step: u32,
}

impl Key {
    /// Random words for particles 2 `pair` and 2 `pair` + 1, two each: whether token 1 and token 2 stay.
    fn decisions(self, pair: u32) -> [u32; 4] {
        philox([pair, self.step, Purpose::Particles as u32, 0], self.seed_words())
    }

    /// Random words for particle `n`, the first two of them for where token 1 and token 2 go: needed for few.
    pub fn draws(self, n: u32) -> [u32; 4] {
        philox([n, self.step, Purpose::Particles as u32, 1], self.seed_words())
    }

    /// The seed, its low word first.
    pub fn seed_words(self) -> [u32; 2] {
        [self.seed as u32, (self.seed >> 32) as u32]
    }
}

/// Steps particles somewhere else than on the CPU, as [`step_particles`] does.
pub trait Stepper: Send {
    /// Moves every particle by one draw from `tables`.
    ///
    /// # Errors
    /// Why it can't, with `states` as they were.
    fn step_particles(
        &mut self,
        states: &mut [[u16; 2]],
        tables: &StepTables,
        key: Key,
    ) -> Result<(), String>;
}

/// The kernels of both tokens made ready for drawing, as integers in units of 2⁻³¹.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepTables {
    /// V.
    pub tokens: usize,
    /// For token 1 and token 2.
    pub axes: [AxisTable; 2],
}

/// How one token moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisTable {
    /// Whether every state has a distribution of its own, which then holds the probability of staying, too.
    pub by_state: bool,
    /// How many distributions a token may be drawn from, ≥ 1.
    pub parts: usize,
    /// \[V, V, parts\]: the probability of staying, of staying or part 0, …; empty if `by_state`.
    pub thresholds: Vec<u32>,
    /// Running sums of the distributions over y: \[parts, V, V\] = part, other token, y; if `by_state` \[V, V, V\] =
    /// token 1, token 2, y.
    pub columns: Vec<u32>,
}

impl StepTables {
    /// Of the kernels of token 1 and token 2.
    pub fn new(kernels: [&AxisKernel; 2]) -> Self {
        Self { tokens: kernels[0].vocabulary(), axes: kernels.map(AxisTable::new) }
    }

    /// Bytes of all tables.
    pub fn bytes(&self) -> usize {
        self.axes.iter().map(|axis| 4 * (axis.thresholds.len() + axis.columns.len())).sum()
    }
}

impl AxisTable {
    /// Leaves the token as it is; `v` = V.
    pub fn still(v: usize) -> Self {
        Self { by_state: false, parts: 1, thresholds: vec![ONE; v * v], columns: vec![ONE; v * v] }
    }

    /// Of the kernel of one token.
    pub fn new(kernel: &AxisKernel) -> Self {
        match kernel {
            AxisKernel::Mixture { axis, stay, parts } => {
                let others = Dim(1 - axis.index());
                // Without parts nothing is ever drawn.
                let mut columns = vec![ONE; parts.len().max(1) * stay.len()];
                for (part, columns) in parts.iter().zip(columns.chunks_exact_mut(stay.len())) {
                    let lines = part.column.axis_iter(others).zip(columns.chunks_exact_mut(stay.nrows()));
                    lines.for_each(|(line, sums)| running_sums(line.iter().copied(), sums));
                }
                let weights: Vec<&Array2<f64>> = parts.iter().map(|part| &part.weight).collect();
                Self {
                    by_state: false,
                    parts: parts.len().max(1),
                    thresholds: thresholds(stay, &weights),
                    columns,
                }
            }
            AxisKernel::Dense { table, .. } => {
                let v = table.dim().0;
                let mut columns = vec![0; v * v * v];
                columns.par_chunks_mut(v * v).enumerate().for_each(|(z1, columns)| {
                    let slab = table.index_axis(Dim(1), z1).reversed_axes();
                    // [z2, y]: where y is not side by side in memory, it is made so once.
                    let lines = slab.as_standard_layout();
                    let lines = lines.as_slice().expect("standard layout is contiguous");
                    vectorized!({
                        for (line, sums) in lines.chunks_exact(v).zip(columns.chunks_exact_mut(v)) {
                            running_sums(line.iter().copied(), sums);
                        }
                    });
                });
                Self { by_state: true, parts: 1, thresholds: Vec::new(), columns }
            }
        }
    }

    /// The line of `columns` from which token `i` of state `z` is drawn; none if it stays.
    fn line(&self, z: [usize; 2], i: usize, v: usize, word: u32) -> Option<usize> {
        let state = z[0] * v + z[1];
        if self.by_state {
            return Some(state);
        }
        let uniform = word >> 1;
        let thresholds = &self.thresholds[state * self.parts..][..self.parts];
        if uniform < thresholds[0] {
            return None;
        }
        let part = thresholds[1..].iter().take_while(|threshold| uniform >= **threshold).count();
        Some(part * v + z[1 - i])
    }

    /// A value from a line of `columns`.
    fn draw(&self, line: usize, v: usize, here: usize, word: u32) -> usize {
        let uniform = word >> 1;
        // Most draws from a state's own distribution stay: two numbers side by side instead of a search.
        if self.by_state {
            let sums = &self.columns[line * v..][..v];
            let before = if here > 0 { sums[here - 1] } else { 0 };
            if before <= uniform && uniform < sums[here] {
                return here;
            }
        }
        // The last sum is ONE, above any uniform number.
        self.columns[line * v..][..v].partition_point(|sum| *sum <= uniform)
    }
}

/// \[V, V, parts\] from what stays and what is drawn from each part; the last part takes the rest.
fn thresholds(stay: &Array2<f64>, weights: &[&Array2<f64>]) -> Vec<u32> {
    if weights.is_empty() {
        return vec![ONE; stay.len()];
    }
    let mut all = Vec::with_capacity(stay.len() * weights.len());
    for (z, stay) in stay.indexed_iter() {
        let mut sum = *stay;
        all.push(in_units(sum));
        for weight in &weights[..weights.len() - 1] {
            sum += weight[z];
            all.push(in_units(sum));
        }
    }
    all
}

/// The running sums of a distribution. Its whole is summed in the same order, so that the last entry with weight reaches
/// [`ONE`] exactly.
#[inline(always)]
fn running_sums(line: impl Iterator<Item = f64> + Clone, sums: &mut [u32]) {
    let total: f64 = line.clone().sum();
    if !(total.is_finite() && total > 0.0) {
        // Nothing is ever drawn from it.
        sums.fill(ONE);
        return;
    }
    let mut sum = 0.0;
    for (to, p) in sums.iter_mut().zip(line) {
        sum += p;
        *to = in_units(sum / total);
    }
}

#[inline(always)]
fn in_units(probability: f64) -> u32 {
    // The cast is 0 for a negative number or NaN.
    (probability * f64::from(ONE)).round_ties_even().min(f64::from(ONE)) as u32
}

/// Moves every particle by one draw: both tokens see the state before.
///
/// All states are on the grid of `tables`.
pub fn step_particles(states: &mut [[u16; 2]], tables: &StepTables, key: Key) {
    states.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, states)| {
        for (pair, states) in (chunk * CHUNK / 2..).zip(states.chunks_mut(2)) {
            let words = key.decisions(pair as u32);
            for (which, state) in states.iter_mut().enumerate() {
                let n = 2 * pair + which;
                step_one(state, tables, [words[2 * which], words[2 * which + 1]], || key.draws(n as u32));
            }
        }
    });
}

fn step_one(
    state: &mut [u16; 2],
    tables: &StepTables,
    decisions: [u32; 2],
    draws: impl FnOnce() -> [u32; 4],
) {
    let v = tables.tokens;
    let z = state.map(usize::from);
    let lines = [0, 1].map(|i| tables.axes[i].line(z, i, v, decisions[i]));
    if lines == [None, None] {
        return;
    }
    let words = draws();
    for i in [0, 1] {
        if let Some(line) = lines[i] {
            state[i] = tables.axes[i].draw(line, v, z[i], words[i]) as u16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::Part;
    use crate::flow::grid::testing::cases;
    use crate::flow::metrics::{tv, tv_noise_floor};
    use crate::flow::{Axis, Kappa};

    #[test]
    fn draws_have_the_probabilities_of_the_kernel() {
        let count = 200_000;
        for case in cases() {
            let exact = case.path.posterior(Kappa::new(0.4)).axes;
            let noise = &case.path.noise_marginals()[0];
            let renoise = AxisKernel::Mixture {
                axis: Axis::First,
                stay: Array2::zeros(exact[0].to_dense().index_axis(Dim(0), 0).dim()),
                parts: vec![Part::constant(Axis::First, 1.0, noise)],
            };
            // Staying, two parts or more on one token; one posterior on the other.
            let first = AxisKernel::blend(Axis::First, &[(0.4, &exact[0]), (0.3, &renoise)]);
            let tables = StepTables::new([&first, &exact[1]]);
            let v = case.path.vocabulary();
            for z in [[0, 1], [2, 2], [v - 1, 0]] {
                let mut states = vec![z.map(|token| token as u16); count];
                step_particles(&mut states, &tables, Key { seed: 1, step: 3 });
                let expected = Array2::from_shape_fn((v, v), |(a, b)| {
                    first.probability(a, z) * exact[1].probability(b, z)
                });
                let distance = tv(&crate::sampler::grid::histogram(&states, v), &expected);
                let floor = tv_noise_floor(&expected, count);
                assert!(distance < 2.5 * floor + 1e-9, "{} at {z:?}: {distance} {floor}", case.name);
            }
        }
    }

    #[test]
    fn certainty_is_certain_and_the_impossible_never_happens() {
        let v = 4;
        let mut column = Array2::zeros((v, v));
        column.column_mut(0).assign(&ndarray::array![0.0, 0.3, 0.7, 0.0]);
        column.column_mut(1).assign(&ndarray::array![1.0, 0.0, 0.0, 0.0]);
        let moving = AxisKernel::Mixture {
            axis: Axis::First,
            stay: Array2::zeros((v, v)),
            parts: vec![Part { weight: Array2::ones((v, v)), column: column.into(), factors: None }],
        };
        let still = AxisKernel::Mixture { axis: Axis::Second, stay: Array2::ones((v, v)), parts: Vec::new() };
        let tables = StepTables::new([&moving, &still]);
        let mut states: Vec<[u16; 2]> = (0..300_000).map(|n| [3, n as u16 % 2]).collect();
        step_particles(&mut states, &tables, Key { seed: 0, step: 1 });
        for (n, state) in states.iter().enumerate() {
            assert_eq!(state[1], n as u16 % 2, "no reason to move");
            assert!(if state[1] == 0 { [1, 2].contains(&state[0]) } else { state[0] == 0 }, "{state:?}");
        }
    }

    #[test]
    fn steps_and_seeds_draw_differently() {
        let case = cases().remove(0);
        let exact = case.path.posterior(Kappa::new(0.4)).axes;
        let tables = StepTables::new([&exact[0], &exact[1]]);
        let stepped = |seed, step| {
            let mut states = vec![[0, 1]; 1000];
            step_particles(&mut states, &tables, Key { seed, step });
            states
        };
        let all = [stepped(1, 1), stepped(1, 2), stepped(2, 1), stepped(1 << 32 | 1, 1)];
        assert_eq!(stepped(1, 1), all[0]);
        for (i, a) in all.iter().enumerate() {
            assert!(!all[i + 1..].contains(a));
        }
    }
}
