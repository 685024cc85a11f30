//! Brute force for denoisers of sequences, and sequences to try them on.

use super::SequenceAnswer;
use crate::flow::{Kappa, SequenceSource};

/// Both ends and places between.
pub(crate) const KAPPAS: [Kappa; 5] = [
    Kappa::START,
    Kappa { value: 0.125, complement: 0.875 },
    Kappa { value: 0.5, complement: 0.5 },
    Kappa { value: 0.9375, complement: 0.0625 },
    Kappa::END,
];

/// Sequences \[count, tokens\] without structure, some of them there more than once.
pub(crate) fn few_sequences(count: usize, tokens: usize, values: usize) -> Vec<u8> {
    let value = |m: usize, i: usize| {
        let wave = (1.3 * m as f64).sin() + (0.7 * (m * i) as f64 + 0.4 * i as f64).cos();
        ((0.25 * (wave + 2.0) * values as f64) as usize).min(values - 1) as u8
    };
    (0..count).flat_map(|m| (0..tokens).map(move |i| value(m, i))).collect()
}

/// Every state of `tokens` tokens with `vocabulary` values.
pub(crate) fn all_states(tokens: usize, vocabulary: usize) -> impl Iterator<Item = Vec<u16>> {
    (0..vocabulary.pow(tokens as u32)).map(move |mut n| {
        (0..tokens)
            .map(|_| {
                let value = n % vocabulary;
                n /= vocabulary;
                value as u16
            })
            .collect()
    })
}

/// p of one token.
pub(crate) fn distribution_of(
    answer: &dyn SequenceAnswer,
    values: usize,
    sequence: usize,
    token: usize,
) -> Vec<f64> {
    let mut p = vec![f64::NAN; values];
    answer.distribution(sequence, token, &mut p);
    p
}

/// p_t(x | x₁) of one token, from the definition of the path.
pub(crate) fn likelihood(values: usize, source: SequenceSource, x: u16, x1: u16, kappa: Kappa) -> f64 {
    let noise = match source {
        SequenceSource::Mask => f64::from(usize::from(x) == values),
        SequenceSource::Uniform => 1.0 / values as f64,
    };
    kappa.complement * noise + if x == x1 { kappa.value } else { 0.0 }
}

/// p_{1|t} of every token, \[N\]\[K\], by Bayes' rule over the set; none in an impossible state.
pub(crate) fn brute_force(
    sequences: &[u8],
    tokens: usize,
    values: usize,
    source: SequenceSource,
    state: &[u16],
    kappa: Kappa,
) -> Option<Vec<Vec<f64>>> {
    let mut joint = vec![vec![0.0; values]; tokens];
    let mut total = 0.0;
    for x1 in sequences.chunks(tokens) {
        let each = state.iter().zip(x1).map(|(&x, &x1)| likelihood(values, source, x, x1.into(), kappa));
        let weight: f64 = each.product();
        total += weight;
        for (joint, &x1) in joint.iter_mut().zip(x1) {
            joint[usize::from(x1)] += weight;
        }
    }
    joint.iter_mut().flatten().for_each(|p| *p /= total);
    (total > 0.0).then_some(joint)
}
