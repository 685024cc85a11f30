//! Depthwise convolution along a line of tokens, dilated: each channel on its own with its neighbours, channels last. And which
//! convolution a kernel means.

use super::depthwise::{self, LANES, Padded, load, store};
use super::layout::{Kernel, LINE_KERNEL};
use crate::flow::vectorized;
use crate::flow::vectors::with_vectors;
use pulp::{Simd, WithSimd};

/// Tokens at a time: each weight is loaded once for all of them.
const TOKENS: usize = 8;

impl Kernel {
    /// out \[n, C\] = bias + Σ weight\[tap, C\] · map at the tap, 0 beyond its ends; `length` is the pixels a side of a map, even,
    /// or its tokens. C is a multiple of 16.
    pub fn convolve(
        self,
        map: &[f32],
        length: usize,
        weight: &[f32],
        bias: &[f32],
        padded: &mut Padded,
        out: &mut [f32],
    ) {
        match self {
            Self::Square => depthwise::convolve(map, length, weight, bias, padded, out),
            Self::Line { dilation, causal } => {
                let [before, after] = margins(dilation, causal);
                let padded = padded.line(map, bias.len(), [before, after + TOKENS]);
                with_vectors(Slide { padded, dilation, c: bias.len(), weight, bias: Some(bias), out });
            }
            Self::Point => {
                out.chunks_exact_mut(bias.len()).for_each(|row| row.copy_from_slice(bias));
                add_scaled(map, weight, out);
            }
        }
    }

    /// The gradient by the map of [`Self::convolve`], added to `out`; `slope` \[n, C\] is that by its result.
    pub fn convolve_back(
        self,
        slope: &[f32],
        length: usize,
        weight: &[f32],
        padded: &mut Padded,
        out: &mut [f32],
    ) {
        match self {
            Self::Square => depthwise::convolve_back(slope, length, weight, padded, out),
            Self::Line { dilation, causal } => {
                let c = weight.len() / LINE_KERNEL;
                // A tap to the right gives to the left what it took from the right: the same with the taps, and the margins,
                // in reverse.
                let mut turned = weight.to_vec();
                for (to, from) in turned.chunks_exact_mut(c).zip(weight.chunks_exact(c).rev()) {
                    to.copy_from_slice(from);
                }
                let [before, after] = margins(dilation, causal);
                let padded = padded.line(slope, c, [after, before + TOKENS]);
                with_vectors(Slide { padded, dilation, c, weight: &turned, bias: None, out });
            }
            Self::Point => add_scaled(slope, weight, out),
        }
    }

    /// The gradient by the weights of [`Self::convolve`], added to `weight`.
    pub fn convolve_weights(
        self,
        map: &[f32],
        slope: &[f32],
        length: usize,
        padded: &mut Padded,
        weight: &mut [f32],
    ) {
        match self {
            Self::Square => depthwise::convolve_weights(map, slope, length, padded, weight),
            Self::Line { dilation, causal } => {
                let c = weight.len() / LINE_KERNEL;
                let padded = padded.line(map, c, margins(dilation, causal));
                vectorized!({
                    for first in (0..c).step_by(LANES) {
                        let sums = taps(padded, slope, dilation, c, first);
                        for (sums, weight) in sums.iter().zip(weight.chunks_exact_mut(c)) {
                            for (to, sum) in weight[first..][..LANES].iter_mut().zip(sums) {
                                *to += sum;
                            }
                        }
                    }
                });
            }
            Self::Point => vectorized!({
                let c = weight.len();
                for (map, slope) in map.chunks_exact(c).zip(slope.chunks_exact(c)) {
                    for ((to, map), slope) in weight.iter_mut().zip(map).zip(slope) {
                        *to += map * slope;
                    }
                }
            }),
        }
    }
}

/// Adds each row of `rows` \[n, C\], channel by channel times `weight` \[C\], to `out`.
pub(super) fn add_scaled(rows: &[f32], weight: &[f32], out: &mut [f32]) {
    let c = weight.len();
    vectorized!(for (out, row) in out.chunks_exact_mut(c).zip(rows.chunks_exact(c)) {
        for ((out, x), w) in out.iter_mut().zip(row).zip(weight) {
            *out += x * w;
        }
    });
}

/// Tokens that are 0 before and after a line.
fn margins(dilation: usize, causal: bool) -> [usize; 2] {
    let whole = (LINE_KERNEL - 1) * dilation;
    if causal { [whole, 0] } else { [whole / 2, whole / 2] }
}

/// What slides along a line.
struct Slide<'a, 'b> {
    padded: &'a [f32],
    dilation: usize,
    c: usize,
    weight: &'a [f32],
    /// \[C\]; without one the result is added to what is there.
    bias: Option<&'a [f32]>,
    out: &'b mut [f32],
}

impl WithSimd for Slide<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Slide { padded, dilation, c, weight, bias, out } = self;
        for token in (0..out.len() / c).step_by(TOKENS) {
            for first in (0..c).step_by(S::F32_LANES) {
                let mut sums = [simd.splat_f32s(0.0); TOKENS];
                for tap in 0..LINE_KERNEL {
                    let weight = load::<S>(&weight[tap * c + first..]);
                    let seen = &padded[(token + tap * dilation) * c + first..];
                    for (n, sum) in sums.iter_mut().enumerate() {
                        *sum = simd.mul_add_e_f32s(load::<S>(&seen[n * c..]), weight, *sum);
                    }
                }
                store::<S>(simd, &sums, token, (c, first), bias, out);
            }
        }
    }
}

/// Σ over tokens of slope · map for every tap, of [`LANES`] channels.
#[inline(always)]
fn taps(
    padded: &[f32],
    slope: &[f32],
    dilation: usize,
    c: usize,
    first: usize,
) -> [[f32; LANES]; LINE_KERNEL] {
    let mut sums = [[0.0f32; LANES]; LINE_KERNEL];
    for (token, slope) in slope.chunks_exact(c).enumerate() {
        let slope = &slope[first..].as_chunks::<LANES>().0[0];
        for (tap, sums) in sums.iter_mut().enumerate() {
            let map = &padded[(token + tap * dilation) * c + first..].as_chunks::<LANES>().0[0];
            for ((sum, map), slope) in sums.iter_mut().zip(map).zip(slope) {
                *sum += map * slope;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wavy(n: usize, step: f32) -> Vec<f32> {
        (0..n).map(|j| (j as f32 * step).sin()).collect()
    }

    #[test]
    fn it_is_the_sum_over_the_neighbours_and_its_gradients_are_the_transposed_sums() {
        for (length, c, dilation, causal) in
            [(1, 16, 1, false), (5, 32, 2, false), (48, 16, 8, false), (7, 16, 1, true), (33, 48, 4, true)]
        {
            let kernel = Kernel::Line { dilation, causal };
            let (map, weight, bias) = (wavy(length * c, 0.7), wavy(9 * c, 1.3), wavy(c, 0.2));
            let slope = wavy(length * c, 0.11);
            let mut expected: Vec<f32> = (0..length).flat_map(|_| bias.clone()).collect();
            let (mut back, mut of_weights) = (vec![1.0; map.len()], vec![2.0; weight.len()]);
            let reach = if causal { 8 } else { 4 } * dilation;
            for (token, tap) in (0..length).flat_map(|token| (0..9).map(move |tap| (token, tap))) {
                let Some(from) = (token + tap * dilation).checked_sub(reach).filter(|at| *at < length) else {
                    continue;
                };
                for n in 0..c {
                    let (to, from, w) = (token * c + n, from * c + n, tap * c + n);
                    expected[to] += map[from] * weight[w];
                    back[from] += slope[to] * weight[w];
                    of_weights[w] += slope[to] * map[from];
                }
            }
            let mut padded = Padded::default();
            let mut found = vec![7.0; map.len()];
            kernel.convolve(&map, length, &weight, &bias, &mut padded, &mut found);
            // Without any vectors, too.
            let mut scalar = vec![7.0; map.len()];
            let [before, after] = margins(dilation, causal);
            let padded_map = padded.line(&map, c, [before, after + TOKENS]).to_vec();
            let bias = Some(bias.as_slice());
            let slide = Slide { padded: &padded_map, dilation, c, weight: &weight, bias, out: &mut scalar };
            Simd::vectorize(pulp::Scalar::new(), slide);
            let (mut found_back, mut found_weights) = (vec![1.0; map.len()], vec![2.0; weight.len()]);
            kernel.convolve_back(&slope, length, &weight, &mut padded, &mut found_back);
            kernel.convolve_weights(&map, &slope, length, &mut padded, &mut found_weights);
            for (found, expected) in [
                (scalar, expected.clone()),
                (found, expected),
                (found_back, back),
                (found_weights, of_weights),
            ] {
                for (a, b) in found.iter().zip(&expected) {
                    assert!((a - b).abs() < 1e-4, "{length} {c} {dilation} {causal}: {a} {b}");
                }
            }
        }
    }
}
