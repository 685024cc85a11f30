//! Contexts that fit no text, as tokens that are revealed in parallel need not (math.md 15.2): the limit ε → 0 of tokens
//! that are wrong with probability ε. What counts are the texts with the fewest wrong tokens.
//!
//! It is a pass in the semiring of pairs (d, w) ~ w εᵈ, in two halves: the least d from every state to the end first, then
//! an ordinary pass over those edges alone that lie on a path with the least d of all.

use super::pass::Opens;
use crate::flow::sequence::Automaton;

/// More wrong tokens than there are: what a value costs that no text may have there.
pub(super) const NEVER: u16 = u16::MAX;

/// Which edges lie on the paths with the fewest wrong tokens, by lane.
pub(super) struct Gate<const W: usize> {
    states: usize,
    values: usize,
    /// Wrong tokens to come, at least, after i tokens: \[N + 1, S\].
    ahead: Vec<[u16; W]>,
    /// 1 where a value would be a wrong token, [`NEVER`] where it can't be: \[N, K\].
    costs: Vec<[u16; W]>,
    /// Of a whole text.
    least: [u16; W],
}

impl<const W: usize> Gate<W> {
    /// `cost` says of a lane, a token and a value how many wrong tokens it is: none, one, or [`NEVER`] any number.
    #[inline(always)]
    pub fn new(language: &Automaton, tokens: usize, cost: impl Fn(usize, usize, usize) -> u16) -> Self {
        let (states, values) = (language.states(), language.values());
        let costs: Vec<[u16; W]> = (0..tokens * values)
            .map(|at| std::array::from_fn(|lane| cost(lane, at / values, at % values)))
            .collect();
        let mut ahead = vec![[NEVER; W]; (tokens + 1) * states];
        for (state, ahead) in (0..).zip(&mut ahead[tokens * states..]) {
            if language.end(state) > 0.0 {
                *ahead = [0; W];
            }
        }
        for token in (0..tokens).rev() {
            let (now, after) = ahead[token * states..].split_at_mut(states);
            let costs = &costs[token * values..][..values];
            for (state, now) in (0..).zip(now) {
                let mut best = [NEVER; W];
                for edge in language.edges_of(state) {
                    let (after, cost) = (after[edge.to as usize], costs[usize::from(edge.label)]);
                    for lane in 0..W {
                        best[lane] = best[lane].min(after[lane].saturating_add(cost[lane]));
                    }
                }
                *now = best;
            }
        }
        let mut least = [NEVER; W];
        for &(state, _) in language.start() {
            for lane in 0..W {
                least[lane] = least[lane].min(ahead[state as usize][lane]);
            }
        }
        Self { states, values, ahead, costs, least }
    }

    /// The least number of wrong tokens, by lane; none where there is no text at all.
    pub fn least(&self) -> [Option<usize>; W] {
        self.least.map(|least| (least < NEVER).then_some(least.into()))
    }
}

impl<const W: usize> Opens<W> for Gate<W> {
    /// Where a best path begins.
    #[inline(always)]
    fn start(&self, state: u32, weight: [f64; W]) -> [f64; W] {
        kept(weight, self.ahead[state as usize], self.least)
    }

    /// Where the edge continues a best path.
    #[inline(always)]
    fn edge(&self, (token, from, label, to): (usize, u32, usize, u32), weight: [f64; W]) -> [f64; W] {
        let before = self.ahead[token * self.states + from as usize];
        let mut after = self.ahead[(token + 1) * self.states + to as usize];
        let cost = self.costs[token * self.values + label];
        for lane in 0..W {
            after[lane] = after[lane].saturating_add(cost[lane]);
        }
        kept(weight, before, after)
    }
}

/// The weights of the lanes in which two numbers are the same.
#[inline(always)]
fn kept<const W: usize>(mut weight: [f64; W], a: [u16; W], b: [u16; W]) -> [f64; W] {
    for lane in 0..W {
        weight[lane] = if a[lane] == b[lane] { weight[lane] } else { 0.0 };
    }
    weight
}
