//! The best places to step for a language: dynamic programming on its information curve (math.md 15.3).

use super::Information;

/// Into how many parts κ is cut. They are narrower near 0, where redundant texts give away all they have: κ = u², u in
/// equal parts.
const PARTS: usize = 400;

/// The `steps` + 1 values of κ, from 0 to 1 and each above the one before, at which a sampler of so many steps, 1 to 400,
/// loses least; at most 400 of more. Each lies on a grid of 401 values.
pub fn best_steps(curve: &Information, steps: usize) -> Vec<f64> {
    let steps = steps.clamp(1, PARTS);
    let node = |j: usize| (j as f64 / PARTS as f64).powi(2);
    let curve = curve.falling();
    let g: Vec<f64> = (0..=PARTS).map(|j| curve.at(node(j))).collect();
    // The least area up to a node, and the node before it, for one step more at a time.
    let mut least = vec![f64::INFINITY; PARTS + 1];
    least[0] = 0.0;
    let mut before = Vec::with_capacity(steps);
    for _ in 0..steps {
        let mut next = vec![f64::INFINITY; PARTS + 1];
        let mut from = vec![0; PARTS + 1];
        for to in 1..=PARTS {
            for at in 0..to {
                let area = least[at] + (node(to) - node(at)) * g[at];
                if area < next[to] {
                    (next[to], from[to]) = (area, at);
                }
            }
        }
        least = next;
        before.push(from);
    }
    let mut at = PARTS;
    let mut kappas = vec![1.0];
    for from in before.iter().rev() {
        at = from[at];
        kappas.push(node(at));
    }
    kappas.reverse();
    kappas
}
