//! What steps cost from a uniform source, on all states of a small language: the twin of check_text.py, section 4.

use crate::denoiser::sequence::testing::all_states;
use crate::denoiser::sequence::{AutomatonDenoiser, ExactDenoiser as _, SequenceDenoiser as _};
use crate::flow::sequence::testing::{Numbers, random_hmm, table};
use crate::flow::{Kappa, SequenceSource};
use std::sync::Arc;

const N: usize = 4;
const K: usize = 3;

/// TV, −E ln p of the sampler, and the bound of so many equal steps of κ.
fn measured(denoiser: &AutomatonDenoiser, q: &[f64], steps: usize) -> [f64; 3] {
    let states: Vec<Vec<u16>> = all_states(N, K).collect();
    let flat: Vec<u16> = states.concat();
    let mut p = vec![1.0 / states.len() as f64; states.len()];
    let mut bound = 0.0;
    for j in 0..steps {
        let kappa = Kappa::new(j as f64 / steps as f64);
        let theta = 1.0 / (steps - j) as f64;
        let found = denoiser.posteriors(&flat, &vec![kappa; states.len()]).expect("states");
        let d = |z: usize, i: usize, v: usize| found.p[(z * N + i) * K + v];
        let mut next = vec![0.0; states.len()];
        for (z, state) in states.iter().enumerate() {
            let p_t = found.log_probability[z].exp();
            for (i, &here) in state.iter().enumerate() {
                let here = usize::from(here);
                // KL of the step that knows x₁ from the step that does not, on the few values where they differ.
                let stay = 1.0 - theta + theta * d(z, i, here);
                for v in (0..K).filter(|&v| d(z, i, v) > 0.0) {
                    let rest = if theta < 1.0 { (1.0 - theta) * ((1.0 - theta) / stay).ln() } else { 0.0 };
                    let kl = if v == here { -stay.ln() } else { -theta * d(z, i, v).ln() + rest };
                    bound += p_t * d(z, i, v) * kl;
                }
            }
            for (y, other) in states.iter().enumerate() {
                let each = (0..N).map(|i| {
                    let same = if other[i] == state[i] { 1.0 - theta } else { 0.0 };
                    same + theta * d(z, i, usize::from(other[i]))
                });
                next[y] += p[z] * each.product::<f64>();
            }
        }
        p = next;
    }
    let tv = 0.5 * p.iter().zip(q).map(|(p, q)| (p - q).abs()).sum::<f64>();
    let cost = p.iter().zip(q).filter(|(_, q)| **q > 0.0).map(|(p, q)| -q * p.ln()).sum();
    [tv, cost, bound]
}

#[test]
fn the_bound_of_a_uniform_source_does_not_tend_to_the_entropy_though_the_sampler_does() {
    let language = Arc::new(random_hmm(&mut Numbers::new(7), 4, K, 5, false));
    let denoiser = AutomatonDenoiser::new(language.clone(), N, SequenceSource::Uniform).expect("a language");
    assert_eq!((denoiser.tokens(), denoiser.values()), (N, K));
    let q: Vec<f64> = table(&language, N).into_iter().map(|(_, q)| q).collect();
    let entropy: f64 = q.iter().filter(|q| **q > 0.0).map(|q| -q * q.ln()).sum();
    let found = [1, 2, 4, 8, 16].map(|steps| measured(&denoiser, &q, steps));
    for [_, cost, bound] in found {
        assert!(entropy <= cost + 1e-12 && cost <= bound + 1e-12, "{cost} {bound}");
    }
    // One step is the product of the marginals, and its bound is sharp.
    assert!((found[0][1] - found[0][2]).abs() < 1e-12);
    assert!(found.windows(2).all(|two| two[1][0] < two[0][0] && two[1][2] > two[0][2]), "{found:?}");
    assert!(found[4][0] < 0.05 && found[4][1] < entropy + 0.02, "{found:?} {entropy}");
    assert!(found[4][2] > entropy + 0.3, "{found:?} {entropy}");
}
