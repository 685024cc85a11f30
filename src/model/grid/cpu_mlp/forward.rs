//! From tokens and κ to logits.

use super::{CpuMlp, MIDDLE};
use crate::flow::vectorized;
use crate::flow::vectors::single::{exp_row, silu};
use crate::model::gemm::{Left, Packed, Start, multiply};
use rayon::prelude::*;

/// Examples that go through the layers together: their activations stay in the second-level cache.
pub(super) const GROUP: usize = 128;

/// What is made of the parameters before any example: all that a group of examples reads.
pub(super) struct Prepared {
    /// SiLU of the embeddings and its slope, \[V, H\].
    pub(super) value: Vec<f32>,
    pub(super) slope: Vec<f32>,
    /// Their product with the first layer's weights for token 1, its bias included, and for token 2, \[V, H\].
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
    /// The weights of the other layers, the head last.
    weights: [Packed; MIDDLE + 1],
}

/// The activations of a group of examples.
pub(super) struct Activations {
    /// SiLU of each layer's output, \[GROUP, H\].
    pub(super) value: [Vec<f32>; MIDDLE + 1],
    /// Its slope; filled when gradients are wanted.
    pub(super) slope: [Vec<f32>; MIDDLE + 1],
    /// SiLU of the feature made of κ, and its slope, a number an example.
    pub(super) kappa: Vec<(f32, f32)>,
}

impl Activations {
    pub(super) fn new(hidden: usize) -> Self {
        let room = || std::array::from_fn(|_| vec![0.0; GROUP * hidden]);
        Self { value: room(), slope: room(), kappa: Vec::with_capacity(GROUP) }
    }
}

impl CpuMlp {
    pub(super) fn prepare(&self) -> Prepared {
        let (h, v, k) = (self.config.hidden, self.config.vocabulary(), self.config.k);
        let p = self.parameters();
        let (mut value, mut slope) = (p.token.to_vec(), vec![0.0; v * h]);
        vectorized!({
            for (x, slope) in value.iter_mut().zip(&mut slope) {
                (*x, *slope) = silu(*x);
            }
        });
        let times = |from: usize, start| {
            let (mut out, mut weights) = (vec![0.0; v * h], Packed::default());
            multiply(Left::Rows(&value), weights.pack(&p.first[from * h..], h, h), start, &mut out);
            out
        };
        let (first, second) = rayon::join(|| times(0, Start::Row(p.first_bias)), || times(h, Start::Zero));
        let mut weights: [Packed; MIDDLE + 1] = Default::default();
        for (packed, (middle, _)) in weights.iter_mut().zip(p.middle) {
            packed.pack(middle, h, h);
        }
        weights[MIDDLE].pack(p.head, h, 2 * k);
        Prepared { value, slope, first, second, weights }
    }

    /// Logits \[n, 2K\] of at most [`GROUP`] examples; their activations stay in `activations`, with slopes if asked.
    pub(super) fn group(
        &self,
        prepared: &Prepared,
        tokens: &[[u16; 2]],
        kappas: &[f32],
        with_slopes: bool,
        activations: &mut Activations,
        logits: &mut [f32],
    ) {
        let (n, h) = (tokens.len(), self.config.hidden);
        let p = self.parameters();
        let Activations { value, slope, kappa } = activations;
        let of_kappa = &p.first[2 * h * h..];
        kappa.clear();
        kappa.extend(kappas.iter().map(|&kappa| silu(p.kappa_weight * kappa + p.kappa_bias)));
        vectorized!({
            for ((out, [a, b]), (feature, _)) in value[0].chunks_exact_mut(h).zip(tokens).zip(&*kappa) {
                let first = &prepared.first[usize::from(*a) * h..][..h];
                let second = &prepared.second[usize::from(*b) * h..][..h];
                for (((out, x), y), w) in out.iter_mut().zip(first).zip(second).zip(of_kappa) {
                    *out = x + y + feature * w;
                }
            }
            activate(&mut value[0][..n * h], &mut slope[0][..n * h], with_slopes);
        });
        for (layer, (_, bias)) in p.middle.into_iter().enumerate() {
            let (before, after) = value.split_at_mut(layer + 1);
            let out = &mut after[0][..n * h];
            multiply(Left::Rows(&before[layer]), &prepared.weights[layer], Start::Row(bias), out);
            let slope = &mut slope[layer + 1][..n * h];
            vectorized!(activate(out, slope, with_slopes));
        }
        multiply(Left::Rows(&value[MIDDLE]), &prepared.weights[MIDDLE], Start::Row(p.head_bias), logits);
    }

    /// ln p(y | z) of both tokens in the states `tokens`, each at its own κ: \[n, 2, K\].
    pub fn log_posteriors(&self, tokens: &[[u16; 2]], kappas: &[f32]) -> Vec<f32> {
        let (h, k) = (self.config.hidden, self.config.k);
        let prepared = self.prepare();
        let mut rows = vec![0.0; tokens.len() * 2 * k];
        rows.par_chunks_mut(GROUP * 2 * k)
            .zip(tokens.par_chunks(GROUP))
            .zip(kappas.par_chunks(GROUP))
            .for_each_init(
                || Activations::new(h),
                |activations, ((rows, tokens), kappas)| {
                    self.group(&prepared, tokens, kappas, false, activations, rows);
                    let mut scratch = vec![0.0; k];
                    vectorized!({
                        for row in rows.chunks_exact_mut(k) {
                            scratch.copy_from_slice(row);
                            let (log, _) = exp_row(&mut scratch);
                            row.iter_mut().for_each(|x| *x -= log);
                        }
                    });
                },
            );
        rows
    }
}

/// SiLU in place, with its slope if asked.
#[inline(always)]
fn activate(value: &mut [f32], slope: &mut [f32], with_slopes: bool) {
    if with_slopes {
        for (x, slope) in value.iter_mut().zip(slope) {
            (*x, *slope) = silu(*x);
        }
    } else {
        value.iter_mut().for_each(|x| *x = silu(*x).0);
    }
}
