//! Which sequences of a set differ least from each of many states, by a blocked search that stays in the cache.

use super::set::{LANES, Set};
use crate::flow::vectorized;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// Tokens compared before it is known whether a sequence is still near enough: lanes of a byte must not overflow.
const STRETCH: usize = 8 * LANES;
/// Bytes of sequences that are compared with many states while they are in the second-level cache.
const BLOCK: usize = 128 << 10;
/// States that a block is compared with.
const STATES: usize = 64;

/// A state as bytes, padded like the set's sequences.
pub(super) struct Seen {
    /// Anything where nothing is seen.
    values: Vec<u8>,
    /// 255 where the value counts, else 0.
    counts: Vec<u8>,
    /// How many more disagreements than the fewest are still of interest.
    slack: u32,
}

impl Seen {
    /// Of a state, in which `mask` is not seen.
    pub fn new(state: &[u16], mask: u16, stride: usize, slack: u32) -> Self {
        let mut seen = Self { values: vec![0; stride], counts: vec![0; stride], slack };
        for ((value, counts), &x) in seen.values.iter_mut().zip(&mut seen.counts).zip(state) {
            // A set's values fit a byte; only the mask may not.
            (*value, *counts) = (x as u8, if x == mask { 0 } else { 255 });
        }
        seen
    }
}

/// A sequence of the set and in how many tokens it differs from a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Near {
    pub row: u32,
    pub apart: u32,
}

/// For every state the sequences that differ from it in at most `slack` tokens more than the nearest one, in the order
/// of the set: the same on any number of threads.
pub(super) fn nearest(set: &Set, states: &[Seen]) -> Vec<Vec<Near>> {
    let block = (BLOCK / set.stride()).max(1);
    let blocks = set.count().div_ceil(block);
    // The fewest disagreements found so far. How far the others are only decides what is looked at in vain.
    let fewest: Vec<AtomicU32> = states.iter().map(|_| AtomicU32::new(u32::MAX)).collect();
    let tasks = states.len().div_ceil(STATES) * blocks;
    let found: Vec<Vec<(usize, Near)>> = (0..tasks)
        .into_par_iter()
        .map(|task| {
            let (first_state, first_row) = (task / blocks * STATES, task % blocks * block);
            let rows = set.rows(first_row, first_row + block);
            let states = states.iter().zip(&fewest).enumerate().skip(first_state).take(STATES);
            let mut found = Vec::new();
            for (n, (state, fewest)) in states {
                vectorized!(search(rows, first_row as u32, state, fewest, |near| found.push((n, near))));
            }
            found
        })
        .collect();
    let mut all = vec![Vec::new(); states.len()];
    for (n, near) in found.into_iter().flatten() {
        let most = fewest[n].load(Ordering::Relaxed).saturating_add(states[n].slack);
        if near.apart <= most {
            all[n].push(near);
        }
    }
    all
}

/// Compares one state with a block of sequences.
#[inline(always)]
fn search(rows: &[u8], first_row: u32, state: &Seen, fewest: &AtomicU32, mut found: impl FnMut(Near)) {
    let mut best = fewest.load(Ordering::Relaxed);
    for (row, bytes) in (first_row..).zip(rows.chunks_exact(state.values.len())) {
        let most = best.saturating_add(state.slack);
        let apart = disagreements(bytes, state, most);
        if apart <= most {
            found(Near { row, apart });
            best = best.min(apart);
        }
    }
    fewest.fetch_min(best, Ordering::Relaxed);
}

/// In how many seen tokens a sequence differs; more than `most` if it is more than that.
#[inline(always)]
fn disagreements(row: &[u8], state: &Seen, most: u32) -> u32 {
    let mut apart = 0;
    let stretches = row.chunks(STRETCH).zip(state.values.chunks(STRETCH)).zip(state.counts.chunks(STRETCH));
    for ((row, values), counts) in stretches {
        let mut lanes = [0u8; LANES];
        let (row, values, counts) =
            (row.as_chunks::<LANES>().0, values.as_chunks::<LANES>().0, counts.as_chunks::<LANES>().0);
        for ((row, values), counts) in row.iter().zip(values).zip(counts) {
            for ((lane, row), (value, counts)) in lanes.iter_mut().zip(row).zip(values.iter().zip(counts)) {
                *lane += u8::from((row ^ value) & counts != 0);
            }
        }
        apart += lanes.iter().map(|lane| u32::from(*lane)).sum::<u32>();
        if apart > most {
            break;
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_nearest_are_those_of_a_plain_search_whatever_the_threads() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for (count, tokens, values) in [(1, 1, 2), (700, 3, 2), (300, 2500, 7), (40, 64, 256)] {
            let rows: Vec<u8> = (0..count * tokens).map(|_| rng.random_range(0..values) as u8).collect();
            let set = Set::new(rows.clone(), tokens, usize::from(values)).expect("a set");
            let states: Vec<Vec<u16>> =
                (0..70).map(|_| (0..tokens).map(|_| rng.random_range(0..=values)).collect()).collect();
            for slack in [0, 3, u32::MAX] {
                let seen: Vec<Seen> =
                    states.iter().map(|state| Seen::new(state, values, set.stride(), slack)).collect();
                let search = |threads| {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
                    pool.install(|| nearest(&set, &seen))
                };
                let found = search(2);
                assert_eq!(found, search(1));
                for (state, found) in states.iter().zip(found) {
                    let apart = |row: &[u8]| {
                        let differs = |(x, y): (&u16, &u8)| *x != values && *x != u16::from(*y);
                        state.iter().zip(row).filter(|pair| differs(*pair)).count() as u32
                    };
                    let all: Vec<u32> = rows.chunks(tokens).map(apart).collect();
                    let most = all.iter().min().expect("a row").saturating_add(slack);
                    let expected: Vec<Near> = (0..)
                        .zip(all)
                        .filter(|(_, apart)| *apart <= most)
                        .map(|(row, apart)| Near { row, apart })
                        .collect();
                    assert_eq!(found, expected);
                }
            }
        }
    }
}
