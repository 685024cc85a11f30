//! How often pairs of tokens follow each other in the texts of an automaton: what a sampler's texts are measured against.

use super::Automaton;

impl Automaton {
    /// The expected number of times that token b follows token a in a text of `tokens` tokens, \[K, K\] by a and b.
    pub fn pair_counts(&self, tokens: usize) -> Vec<f64> {
        let k = self.values();
        let to_come = self.backward(tokens);
        let mut counts = vec![0.0; k * k];
        let mut now = vec![0.0; self.states()];
        let first = &to_come[0];
        let total: f64 = self.start().iter().map(|(state, weight)| weight * first[*state as usize]).sum();
        for &(state, weight) in self.start() {
            now[state as usize] = weight * first[state as usize] / total;
        }
        for i in 0..tokens {
            let mut next = vec![0.0; self.states()];
            for (state, p) in (0..).zip(&now).filter(|(_, p)| **p > 0.0) {
                let ahead = |edge: &super::Edge, at: usize| edge.weight * to_come[at][edge.to as usize];
                let edges = self.edges_of(state);
                let all: f64 = edges.iter().map(|edge| ahead(edge, i + 1)).sum();
                for edge in edges {
                    let flow = p * ahead(edge, i + 1) / all;
                    if flow == 0.0 {
                        continue;
                    }
                    next[edge.to as usize] += flow;
                    if i + 1 == tokens {
                        continue;
                    }
                    let after = self.edges_of(edge.to);
                    let all: f64 = after.iter().map(|edge| ahead(edge, i + 2)).sum();
                    for second in after {
                        let pair = usize::from(edge.label) * k + usize::from(second.label);
                        counts[pair] += flow * ahead(second, i + 2) / all;
                    }
                }
            }
            now = next;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Numbers, random_hmm, random_pdfa, table};

    #[test]
    fn pairs_are_counted_as_enumeration_counts_them() {
        let mut numbers = Numbers::new(3);
        for language in [random_pdfa(&mut numbers, 5, 4, 3), random_hmm(&mut numbers, 4, 4, 5, true)] {
            let mut expected = vec![0.0; 16];
            for (text, p) in table(&language, 6) {
                for two in text.windows(2) {
                    expected[usize::from(two[0]) * 4 + usize::from(two[1])] += p;
                }
            }
            for (found, expected) in language.pair_counts(6).iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            }
        }
    }
}
