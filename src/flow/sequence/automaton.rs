//! Weighted automata: languages whose probabilities are sums over paths (math.md 15.1).

use crate::flow::categorical::index_at;
use std::collections::BTreeMap;

/// An edge that leaves a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Where it leads.
    pub to: u32,
    /// The token it writes, below K.
    pub label: u16,
    /// Its weight, above 0.
    pub weight: f64,
}

/// A language: q(x) ∝ a₀ᵀ A_{x¹} … A_{xᴸ} ω over texts x of L tokens below K, for any L. In a stochastic one the weights of
/// the edges that leave a state add up to 1 and ω = 1; in a deterministic one a text has one path at most.
#[derive(Clone, Debug)]
pub struct Automaton {
    values: usize,
    /// Where each state's edges begin, \[S + 1\].
    offsets: Vec<u32>,
    edges: Vec<Edge>,
    /// States to begin in and their weights, in the order of the states.
    start: Vec<(u32, f64)>,
    /// ω \[S\]; none where all are 1.
    end: Option<Vec<f64>>,
}

/// What is no automaton.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AutomatonError {
    /// The number of values of a token is out of range.
    #[error("K = {0}: the number of values of a token must be from 2 to 256")]
    Values(usize),
    /// Too few or too many states or edges.
    #[error("{0} states and {1} edges: expected at least one of each and fewer than 4294967295")]
    Size(usize, usize),
    /// An edge that leads nowhere or writes nothing.
    #[error("an edge from state {0} to state {1} writes {2}: there are {3} states and {4} values")]
    Edge(u32, u32, u16, usize, usize),
    /// A weight that is none.
    #[error("a weight is {0}: expected a number above 0 and at most 1e300")]
    Weight(f64),
}

impl Automaton {
    /// Of `states` = S states, `values` = K tokens, edges by the state they leave, and states to begin in with their weights.
    /// `end` is ω \[S\], each ≥ 0; without it all are 1.
    ///
    /// # Errors
    /// If K is outside 2..=256, there is no state, edge or beginning, one of them names a state or a token that there is
    /// not, or a weight is none.
    pub fn new(
        values: usize,
        states: usize,
        edges: impl IntoIterator<Item = (u32, Edge)>,
        start: impl IntoIterator<Item = (u32, f64)>,
        end: Option<Vec<f64>>,
    ) -> Result<Self, AutomatonError> {
        if !(2..=256).contains(&values) {
            return Err(AutomatonError::Values(values));
        }
        let mut edges: Vec<(u32, Edge)> = edges.into_iter().collect();
        let start: BTreeMap<u32, f64> = start.into_iter().collect();
        let too_many = |n: usize| n == 0 || n >= u32::MAX as usize;
        if too_many(states) || too_many(edges.len()) || start.is_empty() {
            return Err(AutomatonError::Size(states, edges.len()));
        }
        let there = |state: u32| (state as usize) < states;
        for &(from, Edge { to, label, .. }) in &edges {
            if !there(from) || !there(to) || usize::from(label) >= values {
                return Err(AutomatonError::Edge(from, to, label, states, values));
            }
        }
        if let Some((&state, _)) = start.iter().find(|(state, _)| !there(**state)) {
            return Err(AutomatonError::Edge(state, state, 0, states, values));
        }
        let weights = edges.iter().map(|(_, edge)| edge.weight).chain(start.values().copied());
        if let Some(weight) = weights.into_iter().find(|w| !(*w > 0.0 && *w <= 1e300)) {
            return Err(AutomatonError::Weight(weight));
        }
        if let Some(end) = &end {
            if end.len() != states {
                return Err(AutomatonError::Size(end.len(), edges.len()));
            }
            if let Some(weight) = end.iter().find(|w| !(0.0..=1e300).contains(*w)) {
                return Err(AutomatonError::Weight(*weight));
            }
        }
        edges.sort_by_key(|(from, edge)| (*from, edge.label, edge.to));
        let mut offsets = vec![0; states + 1];
        for (from, _) in &edges {
            offsets[*from as usize + 1] += 1;
        }
        for state in 0..states {
            offsets[state + 1] += offsets[state];
        }
        let edges = edges.into_iter().map(|(_, edge)| edge).collect();
        Ok(Self { values, offsets, edges, start: start.into_iter().collect(), end })
    }

    /// K.
    pub fn values(&self) -> usize {
        self.values
    }

    /// S.
    pub fn states(&self) -> usize {
        self.offsets.len() - 1
    }

    /// E, the number of edges.
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// The edges that leave a state, by label.
    #[inline(always)]
    pub fn edges_of(&self, state: u32) -> &[Edge] {
        let state = state as usize;
        &self.edges[self.offsets[state] as usize..self.offsets[state + 1] as usize]
    }

    /// States to begin in, in order, and their weights.
    pub fn start(&self) -> &[(u32, f64)] {
        &self.start
    }

    /// ω of a state.
    #[inline(always)]
    pub fn end(&self, state: u32) -> f64 {
        self.end.as_ref().map_or(1.0, |end| end[state as usize])
    }

    /// Whether a text has one path at most.
    pub fn is_deterministic(&self) -> bool {
        let alike = |state: u32| self.edges_of(state).windows(2).any(|two| two[0].label == two[1].label);
        self.start.len() == 1 && !(0..self.states() as u32).any(alike)
    }

    /// Whether edges are probabilities: those that leave a state add up to 1, where any do, and a text may end anywhere.
    pub fn is_stochastic(&self) -> bool {
        let one = |sum: f64| (sum - 1.0).abs() < 1e-9;
        let of = |state: u32| self.edges_of(state).iter().map(|edge| edge.weight).sum::<f64>();
        let each = (0..self.states() as u32).all(|state| self.edges_of(state).is_empty() || one(of(state)));
        self.end.is_none() && one(self.start.iter().map(|(_, weight)| weight).sum()) && each
    }

    /// The weight of every state after so many tokens, scaled to a sum of 1, and ln of the scale; no state where no text
    /// gets so far.
    pub(crate) fn forward(&self, tokens: usize) -> (Vec<f64>, f64) {
        let mut weights = vec![0.0; self.states()];
        self.start.iter().for_each(|&(state, weight)| weights[state as usize] = weight);
        let mut log = 0.0;
        for _ in 0..tokens {
            log += scale(&mut weights);
            let mut next = vec![0.0; self.states()];
            for (state, weight) in (0..).zip(&weights).filter(|(_, weight)| **weight > 0.0) {
                self.edges_of(state).iter().for_each(|edge| next[edge.to as usize] += weight * edge.weight);
            }
            weights = next;
        }
        log += scale(&mut weights);
        (weights, log)
    }

    /// ln of what all texts of `tokens` tokens weigh together: 0 for a stochastic automaton, −∞ where there is no text.
    pub fn log_total(&self, tokens: usize) -> f64 {
        let (weights, log) = self.forward(tokens);
        log + (0..).zip(&weights).map(|(state, weight)| weight * self.end(state)).sum::<f64>().ln()
    }

    /// ln of the weight of a text, −∞ if it is none of the language's. Less [`Self::log_total`] it is ln q.
    pub fn log_weight(&self, text: &[u16]) -> f64 {
        let mut now: Vec<(u32, f64)> = self.start.clone();
        let mut log = 0.0;
        for &label in text {
            let mut next = BTreeMap::new();
            for &(state, weight) in &now {
                let edges = self.edges_of(state);
                let first = edges.partition_point(|edge| edge.label < label);
                for edge in edges[first..].iter().take_while(|edge| edge.label == label) {
                    *next.entry(edge.to).or_insert(0.0) += weight * edge.weight;
                }
            }
            let total: f64 = next.values().sum();
            if total == 0.0 {
                return f64::NEG_INFINITY;
            }
            log += total.ln();
            now = next.into_iter().map(|(state, weight)| (state, weight / total)).collect();
        }
        log + now.iter().map(|&(state, weight)| weight * self.end(state)).sum::<f64>().ln()
    }

    /// A text of `tokens` tokens of a stochastic automaton, each by a number in \[0, 1) that `uniform` gives; none where
    /// there is no way on.
    pub fn sample(&self, tokens: usize, mut uniform: impl FnMut() -> f64) -> Option<Vec<u16>> {
        let pick = |weights: &mut dyn Iterator<Item = f64>, u: f64| {
            let sums = crate::flow::categorical::cumulative(weights);
            (!sums.is_empty()).then(|| index_at(&sums, u))
        };
        let first = pick(&mut self.start.iter().map(|(_, weight)| *weight), uniform())?;
        let mut state = self.start[first].0;
        let mut text = Vec::with_capacity(tokens);
        for _ in 0..tokens {
            let edges = self.edges_of(state);
            let edge = edges[pick(&mut edges.iter().map(|edge| edge.weight), uniform())?];
            text.push(edge.label);
            state = edge.to;
        }
        Some(text)
    }

    /// The entropy of the texts of `tokens` tokens, nats; none where a text may have several paths, and none where there is
    /// no text. H = ln Z − E ln w over the edges of a text's path, which for a stochastic automaton is Σᵢ Σₛ Pᵢ(s) h(s).
    pub fn entropy(&self, tokens: usize) -> Option<f64> {
        if !self.is_deterministic() {
            return None;
        }
        let total = self.log_total(tokens);
        if total == f64::NEG_INFINITY {
            return None;
        }
        let to_come = self.backward(tokens);
        let mut now = vec![0.0; self.states()];
        self.start.iter().for_each(|&(state, _)| now[state as usize] = 1.0);
        let mut logs: f64 = self.start.iter().map(|(_, weight)| weight.ln()).sum();
        for after in to_come[1..].iter() {
            let mut next = vec![0.0; self.states()];
            for (state, p) in (0..).zip(&now).filter(|(_, p)| **p > 0.0) {
                let edges = self.edges_of(state);
                let ahead = |edge: &Edge| edge.weight * after[edge.to as usize];
                let all: f64 = edges.iter().map(ahead).sum();
                for edge in edges.iter().filter(|edge| ahead(edge) > 0.0) {
                    let p = p * ahead(edge) / all;
                    logs += p * edge.weight.ln();
                    next[edge.to as usize] += p;
                }
            }
            now = next;
        }
        let ends = (0..).zip(&now).filter(|(_, p)| **p > 0.0).map(|(state, p)| p * self.end(state).ln());
        Some(total - logs - ends.sum::<f64>())
    }

    /// What the rest of a text weighs from every state, after i = 0..=`tokens` tokens, \[L + 1\]\[S\], each scaled to a
    /// largest of 1.
    pub(crate) fn backward(&self, tokens: usize) -> Vec<Vec<f64>> {
        let states = 0..self.states() as u32;
        let mut all = vec![states.clone().map(|state| self.end(state)).collect::<Vec<_>>()];
        for _ in 0..tokens {
            let after = &all[all.len() - 1];
            let ahead = |edge: &Edge| edge.weight * after[edge.to as usize];
            let mut now: Vec<f64> =
                states.clone().map(|state| self.edges_of(state).iter().map(ahead).sum()).collect();
            let top = now.iter().copied().fold(0.0, f64::max);
            if top > 0.0 {
                now.iter_mut().for_each(|weight| *weight /= top);
            }
            all.push(now);
        }
        all.reverse();
        all
    }
}

/// Scales weights to a sum of 1 and returns ln of what they were.
fn scale(weights: &mut [f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 {
        weights.iter_mut().for_each(|weight| *weight /= sum);
    }
    sum.ln()
}
