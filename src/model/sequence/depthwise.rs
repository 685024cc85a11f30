//! Depthwise convolution: each channel on its own with its neighbours, channels last.

use super::layout::KERNEL;
use crate::flow::vectorized;
use crate::flow::vectors::with_vectors;
use pulp::{Simd, WithSimd};

/// Pixels around a map that are 0.
const PAD: usize = KERNEL / 2;
/// Channels at a time.
pub(super) const LANES: usize = 16;
/// Pixels of a row at a time: each weight is loaded once for all of them.
const PIXELS: usize = 8;

/// A map \[side, side, C\] with zeros around it.
#[derive(Default)]
pub(super) struct Padded {
    /// \[side + 4, side + 4, C\], and a few more.
    values: Vec<f32>,
    /// Side and C: the zeros around a map of the same size are those of the last one.
    size: (usize, usize),
}

impl Padded {
    /// A line of rows of C numbers with so many rows of zeros `before` and `after` it.
    pub fn line(&mut self, rows: &[f32], c: usize, [before, after]: [usize; 2]) -> &[f32] {
        self.size = (0, 0);
        self.values.clear();
        self.values.resize(before * c, 0.0);
        self.values.extend_from_slice(rows);
        self.values.resize(self.values.len() + after * c, 0.0);
        &self.values
    }

    fn of(&mut self, map: &[f32], side: usize, c: usize) -> &[f32] {
        let wide = side + 2 * PAD;
        if self.size != (side, c) {
            self.size = (side, c);
            self.values.clear();
            // A group of pixels may reach beyond the last line.
            self.values.resize((wide * wide + PIXELS) * c, 0.0);
        }
        for (row, from) in map.chunks_exact(side * c).enumerate() {
            let start = ((row + PAD) * wide + PAD) * c;
            self.values[start..][..side * c].copy_from_slice(from);
        }
        &self.values
    }
}

/// out \[side, side, C\] = bias + Σ weight\[tap, C\] · map at the tap; side is a multiple of 2.
pub(super) fn convolve(
    map: &[f32],
    side: usize,
    weight: &[f32],
    bias: &[f32],
    padded: &mut Padded,
    out: &mut [f32],
) {
    let c = bias.len();
    let padded = padded.of(map, side, c);
    with_vectors(Slide { padded, side, c, weight, bias: Some(bias), out });
}

/// The gradient by the map of [`convolve`], added to `out`; `slope` \[side, side, C\] is that by its result.
pub(super) fn convolve_back(
    slope: &[f32],
    side: usize,
    weight: &[f32],
    padded: &mut Padded,
    out: &mut [f32],
) {
    let c = weight.len() / (KERNEL * KERNEL);
    // A tap to the right gives to the left what it took from the right: the same with the taps in reverse.
    let mut turned = weight.to_vec();
    for (to, from) in turned.chunks_exact_mut(c).zip(weight.chunks_exact(c).rev()) {
        to.copy_from_slice(from);
    }
    let padded = padded.of(slope, side, c);
    with_vectors(Slide { padded, side, c, weight: &turned, bias: None, out });
}

/// The gradient by the weights of [`convolve`], added to `weight`.
pub(super) fn convolve_weights(
    map: &[f32],
    slope: &[f32],
    side: usize,
    padded: &mut Padded,
    weight: &mut [f32],
) {
    let c = weight.len() / (KERNEL * KERNEL);
    let padded = padded.of(map, side, c);
    vectorized!({
        for row in 0..KERNEL {
            let weight = &mut weight[row * KERNEL * c..][..KERNEL * c];
            for first in (0..c).step_by(LANES) {
                let sums = taps(padded, slope, side, c, row, first);
                for (sums, weight) in sums.iter().zip(weight.chunks_exact_mut(c)) {
                    for (to, sum) in weight[first..][..LANES].iter_mut().zip(sums) {
                        *to += sum;
                    }
                }
            }
        }
    });
}

/// What slides over a map.
struct Slide<'a, 'b> {
    padded: &'a [f32],
    side: usize,
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
        let Slide { padded, side, c, weight, bias, out } = self;
        let wide = (side + 2 * PAD) * c;
        for (y, row) in out.chunks_exact_mut(side * c).enumerate() {
            let lines: [&[f32]; KERNEL] = std::array::from_fn(|ky| &padded[(y + ky) * wide..]);
            for x in (0..side).step_by(PIXELS) {
                for first in (0..c).step_by(S::F32_LANES) {
                    // What four and eight pixels and their neighbours need are the registers that there are.
                    if S::F32_LANES == 16 {
                        let sums = sums::<S, PIXELS, { PIXELS + 4 }>(simd, lines, x, (c, first), weight);
                        store::<S>(simd, &sums, x, (c, first), bias, row);
                    } else {
                        for x in [x, x + PIXELS / 2] {
                            let sums = sums::<S, 4, 8>(simd, lines, x, (c, first), weight);
                            store::<S>(simd, &sums, x, (c, first), bias, row);
                        }
                    }
                }
            }
        }
    }
}

/// Of P pixels from `x`, a vector of channels from `first`; W = P + 4 pixels are seen.
#[inline(always)]
fn sums<S: Simd, const P: usize, const W: usize>(
    simd: S,
    lines: [&[f32]; KERNEL],
    x: usize,
    (c, first): (usize, usize),
    weight: &[f32],
) -> [S::f32s; P] {
    let mut sums = [simd.splat_f32s(0.0); P];
    for (ky, line) in lines.into_iter().enumerate() {
        let line = &line[x * c..];
        let seen: [S::f32s; W] = std::array::from_fn(|pixel| load::<S>(&line[pixel * c + first..]));
        for kx in 0..KERNEL {
            let weight = load::<S>(&weight[(ky * KERNEL + kx) * c + first..]);
            for (sum, seen) in sums.iter_mut().zip(&seen[kx..]) {
                *sum = simd.mul_add_e_f32s(*seen, weight, *sum);
            }
        }
    }
    sums
}

#[inline(always)]
pub(super) fn load<S: Simd>(from: &[f32]) -> S::f32s {
    S::as_simd_f32s(&from[..S::F32_LANES]).0[0]
}

#[inline(always)]
pub(super) fn store<S: Simd>(
    simd: S,
    sums: &[S::f32s],
    x: usize,
    (c, first): (usize, usize),
    bias: Option<&[f32]>,
    row: &mut [f32],
) {
    // The last group may reach beyond the map.
    for (to, sum) in row.chunks_exact_mut(c).skip(x).zip(sums) {
        let to = &mut S::as_mut_simd_f32s(&mut to[first..][..S::F32_LANES]).0[0];
        *to = match bias {
            Some(bias) => simd.add_f32s(*sum, load::<S>(&bias[first..])),
            None => simd.add_f32s(*to, *sum),
        };
    }
}

/// Σ over pixels of slope · map for the five taps of a row, of [`LANES`] channels.
#[inline(always)]
fn taps(
    padded: &[f32],
    slope: &[f32],
    side: usize,
    c: usize,
    ky: usize,
    first: usize,
) -> [[f32; LANES]; KERNEL] {
    let wide = (side + 2 * PAD) * c;
    let mut sums = [[0.0f32; LANES]; KERNEL];
    for (y, slopes) in slope.chunks_exact(side * c).enumerate() {
        let line = &padded[(y + ky) * wide..][..wide];
        for (x, slope) in slopes.chunks_exact(c).enumerate() {
            let slope = &slope[first..].as_chunks::<LANES>().0[0];
            for (kx, sums) in sums.iter_mut().enumerate() {
                let map = &line[(x + kx) * c + first..].as_chunks::<LANES>().0[0];
                for ((sum, map), slope) in sums.iter_mut().zip(map).zip(slope) {
                    *sum += map * slope;
                }
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
        for (side, c) in [(2, 16), (4, 32), (8, 48)] {
            let (map, weight, bias) = (wavy(side * side * c, 0.7), wavy(25 * c, 1.3), wavy(c, 0.2));
            let slope = wavy(side * side * c, 0.11);
            let at = |y: usize, x: usize, tap: usize| {
                let (y, x) = ((y + tap / 5).wrapping_sub(2), (x + tap % 5).wrapping_sub(2));
                (y < side && x < side).then_some((y * side + x) * c)
            };
            let mut expected: Vec<f32> = (0..side * side).flat_map(|_| bias.clone()).collect();
            let (mut back, mut of_weights) = (vec![1.0; map.len()], vec![2.0; weight.len()]);
            for pixel in 0..side * side {
                for tap in 0..25 {
                    let Some(from) = at(pixel / side, pixel % side, tap) else { continue };
                    for n in 0..c {
                        let (to, w) = (pixel * c + n, tap * c + n);
                        expected[to] += map[from + n] * weight[w];
                        back[from + n] += slope[to] * weight[w];
                        of_weights[w] += slope[to] * map[from + n];
                    }
                }
            }
            let mut padded = Padded::default();
            let mut found = vec![7.0; map.len()];
            convolve(&map, side, &weight, &bias, &mut padded, &mut found);
            // Without any vectors, too.
            let mut scalar = vec![7.0; map.len()];
            let padded_map = padded.values.as_slice();
            let bias = Some(bias.as_slice());
            let slide = Slide { padded: padded_map, side, c, weight: &weight, bias, out: &mut scalar };
            Simd::vectorize(pulp::Scalar::new(), slide);
            let (mut found_back, mut found_weights) = (vec![1.0; map.len()], vec![2.0; weight.len()]);
            convolve_back(&slope, side, &weight, &mut padded, &mut found_back);
            convolve_weights(&map, &slope, side, &mut padded, &mut found_weights);
            for (found, expected) in [
                (scalar, expected.clone()),
                (found, expected),
                (found_back, back),
                (found_weights, of_weights),
            ] {
                for (a, b) in found.iter().zip(&expected) {
                    assert!((a - b).abs() < 1e-4, "{side} {c}: {a} {b}");
                }
            }
        }
    }
}
