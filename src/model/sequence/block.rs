//! A block: depthwise convolution, normalisation over the channels of a place, a pixel or a token, and a two-layer network of
//! each, added
//! to what came in (the ConvNeXt block of Liu et al. 2022, with SiLU and without layer scale).

use super::attention::{self, Attention};
use super::depthwise::Padded;
use super::layout::{BlockAt, CONDITION};
use super::linear::{Linear, Scratch, add_columns};
use crate::flow::vectorized;
use crate::flow::vectors::single::silu;
use crate::model::gemm::Start;

/// Added to a variance.
pub(super) const EPSILON: f32 = 1e-5;
/// Places that go through the two layers together.
const AT_ONCE: usize = 96;

/// What a block keeps of an image for the way back.
#[derive(Default)]
pub(super) struct Tape {
    /// \[n, C\]
    input: Vec<f32>,
    /// Mean 0 and variance 1 over each place's channels, \[n, C\].
    normal: Vec<f32>,
    /// What it was divided by, inverted: \[n\].
    inverse: Vec<f32>,
    /// Inside, after SiLU, and its slope: \[n, eC\].
    value: Vec<f32>,
    slope: Vec<f32>,
    attention: attention::Tape,
    /// What the channels inside are multiplied with, \[eC\], said before the way forward; none if empty.
    pub mask: Vec<f32>,
}

/// The weights of a block as they are multiplied with.
pub(super) struct Block {
    pub at: BlockAt,
    pub first: Linear,
    pub second: Linear,
    pub attention: Option<Attention>,
}

/// Room that blocks share.
#[derive(Default)]
pub(super) struct Room {
    pub padded: Padded,
    pub scratch: Scratch,
    bias: Vec<f32>,
    wide: Vec<f32>,
    narrow: Vec<f32>,
    inverse: Vec<f32>,
    attention: attention::Room,
}

impl Block {
    /// Packs the weights out of all `values`; `back` packs them for the way back, too.
    pub fn new(values: &[f32], at: &BlockAt, back: bool) -> Self {
        Self {
            first: Linear::new(values, &at.first, back),
            second: Linear::new(values, &at.second, back),
            attention: at.attention.as_ref().map(|at| Attention::new(values, at, back)),
            at: at.clone(),
        }
    }

    /// `map` \[n, C\] becomes the block's result; `length` is its pixels a side, or its tokens. `condition` is what κ and a
    /// class became.
    pub fn forward(
        &self,
        values: &[f32],
        condition: Option<&[f32]>,
        length: usize,
        map: &mut Vec<f32>,
        tape: &mut Tape,
        room: &mut Room,
    ) {
        let (n, c, inside) = (self.at.kernel.places(length), self.first.at.from, self.first.at.to);
        self.bias(values, condition, &mut room.bias);
        tape.input.clone_from(map);
        tape.normal.resize(n * c, 0.0);
        let weight = &values[self.at.conv.clone()];
        self.at.kernel.convolve(map, length, weight, &room.bias, &mut room.padded, &mut tape.normal);
        tape.inverse.resize(n, 0.0);
        vectorized!(normalise(&mut tape.normal, &mut tape.inverse, c));
        tape.value.resize(n * inside, 0.0);
        tape.slope.resize(n * inside, 0.0);
        self.first.forward(values, &tape.normal, Start::Zero, &mut tape.value);
        vectorized!(activate(&mut tape.value, &mut tape.slope));
        if !tape.mask.is_empty() {
            for rows in [&mut tape.value, &mut tape.slope] {
                for row in rows.chunks_exact_mut(inside) {
                    row.iter_mut().zip(&tape.mask).for_each(|(x, mask)| *x *= mask);
                }
            }
        }
        self.second.forward(values, &tape.value, Start::Present, map);
        if let Some(attention) = &self.attention {
            attention.forward(values, map, &mut tape.attention, &mut room.attention);
        }
    }

    /// [`Self::forward`] to the last bit, with nothing kept for the way back: a few places at a time go all the way while they
    /// are near.
    pub fn infer(
        &self,
        values: &[f32],
        condition: Option<&[f32]>,
        length: usize,
        map: &mut [f32],
        room: &mut Room,
    ) {
        let (n, c, inside) = (self.at.kernel.places(length), self.first.at.from, self.first.at.to);
        let Room { padded, bias, wide, narrow, inverse, .. } = room;
        self.bias(values, condition, bias);
        narrow.resize(n * c, 0.0);
        self.at.kernel.convolve(map, length, &values[self.at.conv.clone()], bias, padded, narrow);
        wide.resize(wide.len().max(AT_ONCE * inside), 0.0);
        inverse.resize(AT_ONCE, 0.0);
        for (narrow, map) in narrow.chunks_mut(AT_ONCE * c).zip(map.chunks_mut(AT_ONCE * c)) {
            let wide = &mut wide[..narrow.len() / c * inside];
            vectorized!(normalise(narrow, inverse, c));
            self.first.forward(values, narrow, Start::Zero, wide);
            vectorized!(wide.iter_mut().for_each(|x| *x = silu(*x).0));
            self.second.forward(values, wide, Start::Present, map);
        }
        if let Some(attention) = &self.attention {
            let mut tape = std::mem::take(&mut room.attention.tape);
            attention.forward(values, map, &mut tape, &mut room.attention);
            room.attention.tape = tape;
        }
    }

    /// What is added to the convolution: a part of it says what κ and a class became.
    fn bias(&self, values: &[f32], condition: Option<&[f32]>, out: &mut Vec<f32>) {
        out.clear();
        out.extend_from_slice(&values[self.at.conv_bias.clone()]);
        if let (Some(at), Some(condition)) = (&self.at.condition, condition) {
            for (row, x) in values[at.clone()].chunks_exact(self.first.at.from).zip(condition) {
                out.iter_mut().zip(row).for_each(|(bias, w)| *bias += x * w);
            }
        }
    }

    /// `slope` \[n, C\], the gradient by the result, becomes that by what came in; those by the parameters and by
    /// the condition are added.
    pub fn backward(
        &self,
        values: &[f32],
        condition: Option<(&[f32], &mut [f32])>,
        length: usize,
        slope: &mut [f32],
        (tape, room): (&Tape, &mut Room),
        gradient: &mut [f32],
    ) {
        let (n, c, inside) = (self.at.kernel.places(length), self.first.at.from, self.first.at.to);
        if let Some(attention) = &self.attention {
            let both = (&tape.attention, &mut room.attention);
            attention.backward(slope, both, &mut room.scratch, gradient);
        }
        let (mut wide, mut narrow) = (std::mem::take(&mut room.wide), std::mem::take(&mut room.narrow));
        wide.resize(n * inside, 0.0);
        narrow.resize(n * c, 0.0);
        self.second.backward(slope, &tape.value, &mut wide, &mut room.scratch, gradient);
        vectorized!(wide.iter_mut().zip(&tape.slope).for_each(|(x, slope)| *x *= slope));
        self.first.backward(&wide, &tape.normal, &mut narrow, &mut room.scratch, gradient);
        vectorized!(normalise_back(&mut narrow, &tape.normal, &tape.inverse, c));
        let bias = &mut room.bias;
        bias.clear();
        bias.resize(c, 0.0);
        vectorized!(add_columns(&narrow, bias));
        add(&mut gradient[self.at.conv_bias.clone()], bias);
        if let (Some(at), Some((condition, by_condition))) = (&self.at.condition, condition) {
            let rows = gradient[at.clone()].chunks_exact_mut(c).zip(values[at.clone()].chunks_exact(c));
            debug_assert_eq!(condition.len(), CONDITION);
            for ((gradient, w), (x, by)) in rows.zip(condition.iter().zip(by_condition)) {
                *by += w.iter().zip(&*bias).map(|(w, bias)| w * bias).sum::<f32>();
                gradient.iter_mut().zip(&*bias).for_each(|(g, bias)| *g += x * bias);
            }
        }
        let (kernel, weights) = (self.at.kernel, &mut gradient[self.at.conv.clone()]);
        kernel.convolve_weights(&tape.input, &narrow, length, &mut room.padded, weights);
        kernel.convolve_back(&narrow, length, &values[self.at.conv.clone()], &mut room.padded, slope);
        (room.wide, room.narrow) = (wide, narrow);
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}

/// Each row of C numbers to mean 0 and variance 1; what it was multiplied with.
#[inline(always)]
pub(super) fn normalise(rows: &mut [f32], inverse: &mut [f32], c: usize) {
    for (row, inverse) in rows.chunks_exact_mut(c).zip(inverse) {
        let mean = sum(row, |x| x) / c as f32;
        row.iter_mut().for_each(|x| *x -= mean);
        let variance = sum(row, |x| x * x) / c as f32;
        *inverse = 1.0 / (variance + EPSILON).sqrt();
        row.iter_mut().for_each(|x| *x *= *inverse);
    }
}

/// The gradient by what was normalised, in place of that by the result `normal`.
#[inline(always)]
pub(super) fn normalise_back(slope: &mut [f32], normal: &[f32], inverse: &[f32], c: usize) {
    for ((row, normal), inverse) in slope.chunks_exact_mut(c).zip(normal.chunks_exact(c)).zip(inverse) {
        let mean = sum(row, |x| x) / c as f32;
        let along = crate::flow::vectors::single::dot(row, normal) / c as f32;
        for (slope, normal) in row.iter_mut().zip(normal) {
            *slope = (*slope - mean - along * normal) * inverse;
        }
    }
}

#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; 16];
    for block in row.as_chunks::<16>().0 {
        lanes.iter_mut().zip(block).for_each(|(lane, x)| *lane += of(*x));
    }
    lanes.iter().sum()
}

#[inline(always)]
fn activate(value: &mut [f32], slope: &mut [f32]) {
    for (x, slope) in value.iter_mut().zip(slope) {
        (*x, *slope) = silu(*x);
    }
}
