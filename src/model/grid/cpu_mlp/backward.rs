//! Gradients of a loss by hand, through the layers of the forward pass in reverse.

use super::forward::{Activations, GROUP, Prepared};
use super::{CpuMlp, MIDDLE};
use crate::flow::vectorized;
use crate::flow::vectors::single::dot;
use crate::model::gemm::{Left, Packed, Start, multiply};
use rayon::prelude::*;

/// A batch is cut into at most this many shares, each summed in order by one thread: sums do not depend on how many
/// threads there are.
const SHARES: usize = 8;

/// Memory that gradients are computed in, kept from step to step.
#[derive(Default)]
pub struct Workspace {
    shares: Vec<Share>,
    sum: Vec<f32>,
    gradient: Vec<f32>,
}

/// What one share of a batch needs and yields.
struct Share {
    activations: Activations,
    /// Logits, then the loss's gradient with respect to them, \[GROUP, 2K\].
    logits: Vec<f32>,
    /// The gradient with respect to a layer's output and to its input, \[GROUP, H\].
    above: Vec<f32>,
    below: Vec<f32>,
    /// What a layer's gradient is the right factor of.
    packed: Packed,
    /// Sums over the share, see [`Sums`].
    sums: Vec<f32>,
    loss: f64,
}

/// Views of what is summed over examples.
struct Sums<'a> {
    /// The weight and bias of κ's feature.
    kappa: &'a mut [f32],
    /// The first layer's row for κ, \[H\].
    of_kappa: &'a mut [f32],
    /// With respect to the looked-up products of token 1 and token 2, \[V, H\].
    first: &'a mut [f32],
    second: &'a mut [f32],
    middle: [(&'a mut [f32], &'a mut [f32]); MIDDLE],
    head: (&'a mut [f32], &'a mut [f32]),
}

impl CpuMlp {
    /// The loss of a batch and its gradient, laid out as the parameters.
    ///
    /// `loss` is given the index of its first example and logits \[n, 2K\] of some examples; it returns their part of
    /// the loss and leaves the gradient with respect to the logits in their place.
    pub fn gradient<'w>(
        &self,
        tokens: &[[u16; 2]],
        kappas: &[f32],
        workspace: &'w mut Workspace,
        loss: impl Fn(usize, &mut [f32]) -> f64 + Sync,
    ) -> (f64, &'w [f32]) {
        let (h, v, k) = (self.config.hidden, self.config.vocabulary(), self.config.k);
        let prepared = self.prepare();
        let transposed = self.transposed();
        let summed = 2 + h + 2 * v * h + MIDDLE * (h * h + h) + 2 * k * (h + 1);
        let share = tokens.len().div_ceil(SHARES).max(GROUP);
        let Workspace { shares, sum, gradient } = workspace;
        shares.resize_with(tokens.len().div_ceil(share), || Share {
            activations: Activations::new(h),
            logits: vec![0.0; GROUP * 2 * k],
            above: vec![0.0; GROUP * h],
            below: vec![0.0; GROUP * h],
            packed: Packed::default(),
            sums: vec![0.0; summed],
            loss: 0.0,
        });
        shares
            .par_iter_mut()
            .zip(tokens.par_chunks(share))
            .zip(kappas.par_chunks(share))
            .enumerate()
            .for_each(|(index, ((space, tokens), kappas))| {
                space.sums.fill(0.0);
                space.loss = 0.0;
                for (group, (tokens, kappas)) in tokens.chunks(GROUP).zip(kappas.chunks(GROUP)).enumerate() {
                    let start = index * share + group * GROUP;
                    let part = |logits: &mut [f32]| loss(start, logits);
                    self.back(&prepared, &transposed, tokens, kappas, space, part);
                }
            });
        let total = shares.iter().map(|share| share.loss).sum();
        sum.resize(summed, 0.0);
        sum.par_chunks_mut(4096).enumerate().for_each(|(chunk, sum)| {
            vectorized!({
                for (n, share) in shares.iter().enumerate() {
                    let part = &share.sums[chunk * 4096..][..sum.len()];
                    if n == 0 {
                        sum.copy_from_slice(part);
                    } else {
                        sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
                    }
                }
            });
        });
        self.assemble(&prepared, sum, gradient);
        (total, gradient)
    }

    /// One group of examples: forward, loss, and the sums of `space` moved on.
    fn back(
        &self,
        prepared: &Prepared,
        transposed: &[Packed; MIDDLE + 1],
        tokens: &[[u16; 2]],
        kappas: &[f32],
        space: &mut Share,
        loss: impl FnOnce(&mut [f32]) -> f64,
    ) {
        let (n, h, out) = (tokens.len(), self.config.hidden, 2 * self.config.k);
        let p = self.parameters();
        let Share { activations, logits, above, below, packed, sums, loss: total } = space;
        let logits = &mut logits[..n * out];
        self.group(prepared, tokens, kappas, true, activations, logits);
        *total += loss(logits);
        let Activations { value, slope, kappa } = activations;
        let mut sums = self.sums(sums);

        let (weights, bias) = &mut sums.head;
        multiply(Left::Columns(&value[MIDDLE]), packed.pack(logits, n, out), Start::Present, weights);
        vectorized!(logits.chunks_exact(out).for_each(|row| add(bias, row)));
        multiply(Left::Rows(logits), &transposed[MIDDLE], Start::Zero, &mut above[..n * h]);
        for layer in (0..MIDDLE).rev() {
            let (weights, bias) = &mut sums.middle[layer];
            let from = &mut above[..n * h];
            vectorized!({
                times(from, &slope[layer + 1]);
                from.chunks_exact(h).for_each(|row| add(bias, row));
            });
            multiply(Left::Columns(&value[layer]), packed.pack(from, n, h), Start::Present, weights);
            multiply(Left::Rows(from), &transposed[layer], Start::Zero, &mut below[..n * h]);
            std::mem::swap(above, below);
        }

        let of_kappa = &p.first[2 * h * h..];
        vectorized!({
            times(&mut above[..n * h], &slope[0]);
            for (((row, [a, b]), (feature, slope)), at) in
                above.chunks_exact(h).zip(tokens).zip(&*kappa).zip(kappas)
            {
                add(&mut sums.first[usize::from(*a) * h..][..h], row);
                add(&mut sums.second[usize::from(*b) * h..][..h], row);
                sums.of_kappa.iter_mut().zip(row).for_each(|(sum, x)| *sum += feature * x);
                let along = dot(row, of_kappa);
                sums.kappa[0] += along * slope * at;
                sums.kappa[1] += along * slope;
            }
        });
    }

    /// The weights of all layers but the first, the head last, as gradients go back through them.
    fn transposed(&self) -> [Packed; MIDDLE + 1] {
        let (h, k) = (self.config.hidden, self.config.k);
        let p = self.parameters();
        let mut all: [Packed; MIDDLE + 1] = Default::default();
        for (packed, (weights, _)) in all.iter_mut().zip(p.middle) {
            packed.pack_transposed(weights, h, h);
        }
        all[MIDDLE].pack_transposed(p.head, 2 * k, h);
        all
    }

    fn sums<'a>(&self, all: &'a mut [f32]) -> Sums<'a> {
        let (h, v, k) = (self.config.hidden, self.config.vocabulary(), self.config.k);
        let mut rest = all;
        let mut take = |n: usize| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(n);
            rest = after;
            part
        };
        Sums {
            kappa: take(2),
            of_kappa: take(h),
            first: take(v * h),
            second: take(v * h),
            middle: std::array::from_fn(|_| (take(h * h), take(h))),
            head: (take(h * 2 * k), take(2 * k)),
        }
    }

    /// The gradient of every parameter from the sums over the batch: what was looked up goes back through the first
    /// layer and the embeddings.
    fn assemble(&self, prepared: &Prepared, sum: &mut [f32], gradient: &mut Vec<f32>) {
        let (h, v) = (self.config.hidden, self.config.vocabulary());
        let p = self.parameters();
        gradient.resize(self.values.len(), 0.0);
        let after = self.sums(sum);
        let (kappa, rest) = gradient.split_at_mut(2);
        let (token, rest) = rest.split_at_mut(v * h);
        let (first, rest) = rest.split_at_mut((2 * h + 1) * h);
        let (first_bias, rest) = rest.split_at_mut(h);
        kappa.copy_from_slice(after.kappa);
        let (of_tokens, of_kappa) = first.split_at_mut(2 * h * h);
        of_kappa.copy_from_slice(after.of_kappa);
        let sides = [&*after.first, &*after.second];
        of_tokens.par_chunks_mut(h * h).zip(sides).for_each(|(weights, side)| {
            let mut packed = Packed::default();
            multiply(Left::Columns(&prepared.value), packed.pack(side, v, h), Start::Zero, weights);
        });
        let mut packed = Packed::default();
        for (side, (from, start)) in sides.into_iter().zip([(0, Start::Zero), (h, Start::Present)]) {
            let weights = packed.pack_transposed(&p.first[from * h..][..h * h], h, h);
            multiply(Left::Rows(side), weights, start, token);
        }
        vectorized!({
            times(token, &prepared.slope);
            first_bias.fill(0.0);
            after.first.chunks_exact(h).for_each(|row| add(first_bias, row));
        });
        let mut rest = rest;
        for (weights, bias) in after.middle.into_iter().chain([after.head]) {
            for part in [&*weights, &*bias] {
                let (to, after) = rest.split_at_mut(part.len());
                to.copy_from_slice(part);
                rest = after;
            }
        }
    }
}

#[inline(always)]
fn add(sum: &mut [f32], row: &[f32]) {
    sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
}

#[inline(always)]
fn times(values: &mut [f32], by: &[f32]) {
    values.iter_mut().zip(by).for_each(|(x, y)| *x *= y);
}
