//! Automata from texts whose prefixes are merged: the weights of all that run through an edge are added up.

use crate::flow::sequence::{Automaton, AutomatonError, Edge};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// An automaton in the making, its states known by what must be remembered in them.
pub(super) struct Paths<M> {
    states: HashMap<M, u32>,
    /// By state and label: where to, and what weighs.
    edges: BTreeMap<(u32, u16), (u32, f64)>,
}

impl<M: Eq + Hash> Paths<M> {
    /// With the state to begin in.
    pub fn new(first: M) -> Self {
        Self { states: HashMap::from([(first, 0)]), edges: BTreeMap::new() }
    }

    fn state(&mut self, memory: M) -> u32 {
        let next = self.states.len() as u32;
        *self.states.entry(memory).or_insert(next)
    }

    /// Adds an edge of a text of this weight.
    pub fn edge(&mut self, from: M, label: u16, to: M, weight: f64) {
        let (from, to) = (self.state(from), self.state(to));
        self.edges.entry((from, label)).or_insert((to, 0.0)).1 += weight;
    }

    /// The automaton, every state's weights made into probabilities.
    pub fn automaton(self, values: usize) -> Result<Automaton, AutomatonError> {
        let mut sums = vec![0.0; self.states.len()];
        for ((from, _), (_, weight)) in &self.edges {
            sums[*from as usize] += weight;
        }
        let edges = self.edges.iter().map(|(&(from, label), &(to, weight))| {
            (from, Edge { to, label, weight: weight / sums[from as usize] })
        });
        Automaton::new(values, sums.len(), edges, [(0, 1.0)], None)
    }
}
