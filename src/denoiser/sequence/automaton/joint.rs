//! Whole texts from p(x₁ | x_t): what a perfect step draws at once (math.md 15.1).

use super::pass::{Opens, Pass, Weights};
use crate::denoiser::sequence::Emissions;
use crate::flow::categorical::{cumulative, index_at};
use crate::flow::sequence::Automaton;

/// Draws a text backwards from the α of a pass: the edge into what is already drawn with probability ∝ α w e. `uniform`
/// gives numbers in \[0, 1). None if the pass has found no text.
pub(super) fn draw(
    language: &Automaton,
    pass: &Pass<1>,
    (emissions, gate): (&Emissions, &impl Opens<1>),
    mut uniform: impl FnMut() -> f64,
) -> Option<Vec<u16>> {
    let tokens = emissions.tokens();
    let mut pick = |weights: Vec<f64>| {
        let sums = cumulative(weights);
        sums.last().is_some_and(|total| *total > 0.0).then(|| index_at(&sums, uniform()))
    };
    let last: Vec<(u32, f64)> = pass.after(tokens).collect();
    let at = pick(last.iter().map(|&(state, alpha)| alpha * language.end(state)).collect())?;
    let mut state = last[at].0;
    let mut text = vec![0; tokens];
    for token in (0..tokens).rev() {
        let e = emissions.of_token(token);
        let mut into = Vec::new();
        for (from, alpha) in pass.after(token) {
            for edge in language.edges_of(from).iter().filter(|edge| edge.to == state) {
                let label = usize::from(edge.label);
                let [flow] = gate.edge((token, from, label, state), [alpha * edge.weight * e[label]]);
                into.push((from, edge.label, flow));
            }
        }
        let at = pick(into.iter().map(|(.., weight)| *weight).collect())?;
        (state, text[token]) = (into[at].0, into[at].1);
    }
    Some(text)
}

/// e of one sequence.
pub(super) fn weights(emissions: &Emissions) -> Weights<1> {
    Weights::new(emissions.tokens(), emissions.values(), |_, token, value| emissions.of_token(token)[value])
}
