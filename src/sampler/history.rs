//! Where every particle, or token, was at every kept frame of a run: whole copies now and then, in between only what jumped.
//!
//! A particle jumps a few times in a whole run, so a million of them over a hundred frames take tens of megabytes
//! instead of hundreds, and any frame can be had in any order, exactly.

use std::sync::Arc;

/// Frames from one whole copy to the next, at most: a frame is rebuilt from the nearest one. There are no more jumps
/// between the two than there are particles, or one frame's.
const WHOLE_EVERY: usize = 32;

/// What is kept of every particle, or of every token of a sequence.
pub trait Cell: Copy + Default + PartialEq {
    /// Exclusive or: what differs from `other`, or `other` again from what differs.
    fn xor(self, other: Self) -> Self;
}

impl Cell for [u16; 2] {
    fn xor(self, [a, b]: Self) -> Self {
        [self[0] ^ a, self[1] ^ b]
    }
}

impl Cell for u16 {
    fn xor(self, other: Self) -> Self {
        self ^ other
    }
}

/// States of particles over the frames of a run.
#[derive(Clone, Debug)]
pub struct History<S = [u16; 2]> {
    count: usize,
    frames: Vec<Record<S>>,
    /// Frames and jumps since the last whole copy.
    since_whole: [usize; 2],
}

/// One frame.
#[derive(Clone, Debug)]
struct Record<S> {
    /// What differs from the frame before; nothing in the first one.
    jumps: Arc<Jumps<S>>,
    /// All states, in some frames and always in the first.
    whole: Option<Arc<Vec<S>>>,
}

/// What differs between two frames, in either direction.
#[derive(Clone, Debug, PartialEq)]
struct Jumps<S> {
    /// A bit a particle.
    moved: Vec<u64>,
    /// Old state exclusive-or new state of those that moved, in order.
    changes: Vec<S>,
}

impl<S: Cell> Jumps<S> {
    fn none() -> Self {
        Self { moved: Vec::new(), changes: Vec::new() }
    }

    fn between(before: &[S], after: &[S]) -> Self {
        let mut jumps = Self { moved: vec![0; before.len().div_ceil(64)], changes: Vec::new() };
        for (n, (a, b)) in before.iter().zip(after).enumerate() {
            if a != b {
                jumps.moved[n / 64] |= 1 << (n % 64);
                jumps.changes.push(a.xor(*b));
            }
        }
        jumps.changes.shrink_to_fit();
        jumps
    }

    /// Takes `states`, the first ones of all, from the frame before to this one, or back.
    fn apply(&self, states: &mut [S]) {
        let mut changes = self.changes.iter();
        for (word, states) in self.moved.iter().zip(states.chunks_mut(64)) {
            let mut left = *word;
            while left != 0 {
                let n = left.trailing_zeros() as usize;
                let (Some(state), Some(change)) = (states.get_mut(n), changes.next()) else { return };
                *state = state.xor(*change);
                left &= left - 1;
            }
        }
    }

    /// What particle `n` changes by.
    fn change_of(&self, n: usize) -> S {
        let (word, bit) = (n / 64, n % 64);
        let Some(last) = self.moved.get(word).filter(|word| **word >> bit & 1 == 1) else {
            return S::default();
        };
        let before: u32 = self.moved[..word].iter().map(|word| word.count_ones()).sum();
        let within = (last & ((1 << bit) - 1)).count_ones();
        self.changes[(before + within) as usize]
    }

    /// The jumps of `self` and then those of `next`.
    fn then(&self, next: &Self) -> Self {
        let mut both = Self { moved: Vec::with_capacity(self.moved.len()), changes: Vec::new() };
        let (mut ours, mut theirs) = (self.changes.iter(), next.changes.iter());
        for (a, b) in self.moved.iter().zip(&next.moved) {
            let mut word = 0;
            let mut left = a | b;
            while left != 0 {
                let bit = left & left.wrapping_neg();
                let take = |from: &mut std::slice::Iter<'_, S>, word: &u64| {
                    if word & bit == 0 { S::default() } else { from.next().copied().unwrap_or_default() }
                };
                let (first, second) = (take(&mut ours, a), take(&mut theirs, b));
                let change = first.xor(second);
                // One that went and came back has not moved.
                if change != S::default() {
                    word |= bit;
                    both.changes.push(change);
                }
                left ^= bit;
            }
            both.moved.push(word);
        }
        both.changes.shrink_to_fit();
        both
    }
}

impl<S> Default for History<S> {
    fn default() -> Self {
        Self { count: 0, frames: Vec::new(), since_whole: [0; 2] }
    }
}

impl<S: Cell> History<S> {
    /// How many particles.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Bytes that all frames take.
    pub fn bytes(&self) -> usize {
        let of = |record: &Record<S>| {
            8 * record.jumps.moved.len()
                + size_of::<S>() * record.jumps.changes.len()
                + size_of::<S>() * record.whole.as_ref().map_or(0, |whole| whole.len())
        };
        self.frames.iter().map(of).sum()
    }

    /// Adds a frame with the states `after`; `before` are those of the last one, of as many particles.
    pub(super) fn push(&mut self, before: &[S], after: &[S]) {
        let first = self.frames.is_empty();
        let jumps = if first { Jumps::none() } else { Jumps::between(before, after) };
        self.count = after.len();
        let whole = self.needs_whole(&jumps).then(|| Arc::new(after.to_vec()));
        self.frames.push(Record { jumps: Arc::new(jumps), whole });
    }

    /// Whether a frame that is about to be added should be whole.
    fn needs_whole(&mut self, jumps: &Jumps<S>) -> bool {
        let [frames, moved] = &mut self.since_whole;
        (*frames, *moved) = (*frames + 1, *moved + jumps.changes.len());
        let whole = self.frames.is_empty() || *frames >= WHOLE_EVERY || *moved > self.count;
        if whole {
            self.since_whole = [0; 2];
        }
        whole
    }

    /// Drops every second frame.
    pub(super) fn thin(&mut self) {
        let old = std::mem::take(&mut self.frames);
        let mut states = Vec::new();
        for (index, record) in old.iter().enumerate().step_by(2) {
            let jumps = match index.checked_sub(1) {
                None => record.jumps.clone(),
                Some(dropped) => Arc::new(old[dropped].jumps.then(&record.jumps)),
            };
            match &record.whole {
                Some(whole) => states.clone_from(whole),
                None => jumps.apply(&mut states),
            }
            let whole = self.needs_whole(&jumps);
            let whole = whole.then(|| record.whole.clone().unwrap_or_else(|| Arc::new(states.clone())));
            self.frames.push(Record { jumps, whole });
        }
    }

    /// The states of the first `most` particles in a frame; none of a frame that there is not.
    pub fn states(&self, frame: usize, most: usize) -> Vec<S> {
        let Some((from, whole)) = self.nearest_whole(frame) else { return Vec::new() };
        let mut states = whole[..most.min(whole.len())].to_vec();
        for jumps in self.between(from, frame) {
            jumps.apply(&mut states);
        }
        states
    }

    /// The states in frame `to`, made from those in frame `from`; none where [`Self::states`] has a shorter way.
    pub fn carried(&self, states: &[S], from: usize, to: usize) -> Option<Vec<S>> {
        let (whole, _) = self.nearest_whole(to)?;
        if from >= self.len() || states.len() != self.count || from.abs_diff(to) > whole.abs_diff(to) {
            return None;
        }
        let mut states = states.to_vec();
        self.between(from, to).for_each(|jumps| jumps.apply(&mut states));
        Some(states)
    }

    /// The state of one particle in a frame; none if either is not there.
    pub fn state(&self, frame: usize, particle: usize) -> Option<S> {
        let (from, whole) = self.nearest_whole(frame)?;
        let state = *whole.get(particle)?;
        Some(self.between(from, frame).fold(state, |state, jumps| state.xor(jumps.change_of(particle))))
    }

    /// The states of one particle in every frame, in order; none of a particle that there is not.
    pub fn way(&self, particle: usize) -> Vec<S> {
        let Some(start) = self.state(0, particle) else { return Vec::new() };
        let later = self.frames[1..].iter().scan(start, |state, record| {
            *state = state.xor(record.jumps.change_of(particle));
            Some(*state)
        });
        std::iter::once(start).chain(later).collect()
    }

    fn nearest_whole(&self, frame: usize) -> Option<(usize, &Arc<Vec<S>>)> {
        self.frames.get(frame)?;
        let whole = |index: usize| self.frames.get(index)?.whole.as_ref().map(|whole| (index, whole));
        (0..self.frames.len())
            .find_map(|away| frame.checked_sub(away).and_then(whole).or_else(|| whole(frame + away)))
    }

    /// What leads from one frame to another, forward or back.
    fn between(&self, from: usize, to: usize) -> impl Iterator<Item = &Jumps<S>> {
        let forward = from + 1..to + 1;
        let back = to + 1..from + 1;
        forward.chain(back.rev()).map(|index| &*self.frames[index].jumps)
    }
}

/// Drops the second, fourth, … of `items`.
pub fn every_second<T>(items: &mut Vec<T>) {
    let mut index = 0;
    items.retain(|_| {
        index += 1;
        index % 2 == 1
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    /// Frames of `count` particles of which each jumps with the given probability.
    fn frames(count: usize, frames: usize, probability: f64) -> Vec<Vec<[u16; 2]>> {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut now: Vec<[u16; 2]> = (0..count).map(|n| [n as u16 % 7, 256]).collect();
        let mut all = vec![now.clone()];
        for _ in 1..frames {
            for state in &mut now {
                if rng.random_bool(probability) {
                    // May stay where it is.
                    state[usize::from(rng.random::<bool>())] = rng.random_range(0..257);
                }
            }
            all.push(now.clone());
        }
        all
    }

    fn recorded(all: &[Vec<[u16; 2]>]) -> History {
        let mut history = History::default();
        for (index, after) in all.iter().enumerate() {
            history.push(&all[index.saturating_sub(1)], after);
        }
        history
    }

    #[test]
    fn every_frame_comes_back_in_any_order() {
        for (count, probability) in [(0, 0.5), (1, 0.5), (63, 0.1), (64, 1.0), (65, 0.01), (1000, 0.05)] {
            let all = frames(count, 2 * WHOLE_EVERY + 5, probability);
            let history = recorded(&all);
            assert_eq!((history.len(), history.count()), (all.len(), count));
            for frame in (0..all.len()).rev() {
                assert_eq!(history.states(frame, usize::MAX), all[frame], "frame {frame} of {count}");
                assert_eq!(history.states(frame, 70), all[frame][..70.min(count)]);
                for n in (0..count).step_by(13) {
                    assert_eq!(history.state(frame, n), Some(all[frame][n]));
                }
            }
            for (from, to) in [(0, 1), (40, 38), (33, 32), (20, 21), (7, 9), (9, 9)] {
                if let Some(carried) = history.carried(&all[from], from, to) {
                    assert_eq!(carried, all[to], "from {from} to {to} of {count}");
                }
            }
            // A whole copy is nearer, or not.
            assert!(history.carried(&all[0], 0, 1).is_some() && history.carried(&all[40], 40, 0).is_none());
            assert!(history.states(all.len(), 10).is_empty() && history.state(0, count).is_none());
        }
    }

    #[test]
    fn thinning_keeps_every_second_frame() {
        for length in [1, 2, 3, 2 * WHOLE_EVERY + 2] {
            let all = frames(200, length, 0.3);
            let mut history = recorded(&all);
            let mut kept: Vec<usize> = (0..length).collect();
            for _ in 0..3 {
                history.thin();
                kept = kept.into_iter().step_by(2).collect();
                assert_eq!(history.len(), kept.len());
                for (index, frame) in kept.iter().enumerate() {
                    assert_eq!(history.states(index, usize::MAX), all[*frame], "{frame} of {length}");
                }
            }
        }
    }

    #[test]
    fn few_jumps_take_little() {
        let all = frames(10_000, 65, 0.03);
        let bytes = recorded(&all).bytes();
        // Three whole copies, a bit a particle and frame, and 3% of the states of each.
        assert!(bytes < 3 * 40_000 + 65 * (1_256 + 1_400), "{bytes}");
    }
}
