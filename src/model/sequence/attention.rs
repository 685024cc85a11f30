//! Self-attention over the pixels of a map: after a normalisation over the channels of a pixel every pixel asks all others,
//! by several heads, and what it is told is added (Vaswani et al. 2017).

use super::block::{normalise, normalise_back};
use super::layout::AttentionAt;
use super::linear::{Linear, Scratch};
use crate::flow::vectorized;
use crate::flow::vectors::single::{dot, exp_row};
use crate::model::gemm::{Left, Packed, Start, multiply};

/// Channels of a head, about.
const OF_A_HEAD: usize = 32;

/// Heads of a map of `c` channels: as many of about [`OF_A_HEAD`] as divide it.
pub(super) fn heads(c: usize) -> usize {
    (1..=c / OF_A_HEAD).rev().find(|heads| c.is_multiple_of(*heads)).unwrap_or(1)
}

/// What questions are multiplied with, at `channels` a head.
pub(super) fn scale(channels: usize) -> f32 {
    1.0 / (channels as f32).sqrt()
}

/// Cosine and sine of the angles by which pairs of channels are turned at place `place`, d/2 of them: rotary embedding, by which
/// a question meets a key as their distance says (Su et al. 2021).
pub(super) fn angles(place: usize, d: usize) -> impl Iterator<Item = (f32, f32)> {
    (0..d / 2).map(move |pair| {
        let (sin, cos) = (place as f32 * 1e4f32.powf(-2.0 * pair as f32 / d as f32)).sin_cos();
        (cos, sin)
    })
}

/// Turns questions and keys in `rows` \[n, 3C\] of heads of `d` channels, channel j together with j + d/2, by [`angles`], and
/// back by a `sense` of −1.
fn turn(rows: &mut [f32], c: usize, d: usize, sense: f32) {
    for (place, row) in rows.chunks_exact_mut(3 * c).enumerate() {
        let angles: Vec<(f32, f32)> = angles(place, d).collect();
        for head in row[..2 * c].chunks_exact_mut(d) {
            let (first, second) = head.split_at_mut(d / 2);
            for ((x, y), (cos, sin)) in first.iter_mut().zip(second).zip(&angles) {
                (*x, *y) = (*x * cos - *y * sin * sense, *x * sin * sense + *y * cos);
            }
        }
    }
}

/// The weights as they are multiplied with.
pub(super) struct Attention {
    qkv: Linear,
    out: Linear,
    turned: bool,
}

/// What it keeps of an image for the way back.
#[derive(Default)]
pub(super) struct Tape {
    /// \[n, C\]
    normal: Vec<f32>,
    /// \[n\]
    inverse: Vec<f32>,
    /// Questions, keys and values, \[n, 3C\].
    qkv: Vec<f32>,
    /// How much each pixel listens to each, \[heads, n, n\].
    shares: Vec<f32>,
    /// What it is told, \[n, C\].
    told: Vec<f32>,
}

/// Room that all share.
#[derive(Default)]
pub(super) struct Room {
    packed: Packed,
    /// Of one head, \[n, C/heads\]: questions, keys, values, and one more.
    parts: [Vec<f32>; 4],
    /// \[n, n\]
    scores: Vec<f32>,
    wide: Vec<f32>,
    narrow: Vec<f32>,
    /// Where nothing is kept.
    pub tape: Tape,
}

impl Attention {
    /// As [`Linear::new`].
    pub fn new(values: &[f32], at: &AttentionAt, back: bool) -> Self {
        Self {
            qkv: Linear::new(values, &at.qkv, back),
            out: Linear::new(values, &at.out, back),
            turned: at.turned,
        }
    }

    /// Adds to `map` \[n, C\] what its pixels tell each other.
    pub fn forward(&self, values: &[f32], map: &mut [f32], tape: &mut Tape, room: &mut Room) {
        let c = self.qkv.at.from;
        let (n, heads) = (map.len() / c, heads(c));
        let d = c / heads;
        let Tape { normal, inverse, qkv, shares, told } = tape;
        normal.clear();
        normal.extend_from_slice(map);
        inverse.resize(n, 0.0);
        vectorized!(normalise(normal, inverse, c));
        qkv.resize(3 * n * c, 0.0);
        self.qkv.forward(values, normal, Start::Zero, qkv);
        if self.turned {
            turn(qkv, c, d, 1.0);
        }
        shares.resize(heads * n * n, 0.0);
        told.resize(n * c, 0.0);
        let Room { packed, parts: [q, k, v, answer], .. } = room;
        for (head, shares) in shares.chunks_exact_mut(n * n).enumerate() {
            take(qkv, 3 * c, head * d, d, q);
            take(qkv, 3 * c, c + head * d, d, k);
            take(qkv, 3 * c, 2 * c + head * d, d, v);
            q.iter_mut().for_each(|x| *x *= scale(d));
            multiply(Left::Rows(q), packed.pack_transposed(k, d, n), Start::Zero, shares);
            vectorized!(shares.chunks_exact_mut(n).for_each(softmax));
            answer.resize(n * d, 0.0);
            multiply(Left::Rows(shares), packed.pack(v, n, d), Start::Zero, answer);
            put(answer, d, head * d, c, told);
        }
        self.out.forward(values, told, Start::Present, map);
    }

    /// `slope` \[n, C\], the gradient by the result, becomes that by what came in; those by the parameters are added.
    pub fn backward(
        &self,
        slope: &mut [f32],
        (tape, room): (&Tape, &mut Room),
        scratch: &mut Scratch,
        gradient: &mut [f32],
    ) {
        let c = self.qkv.at.from;
        let (n, heads) = (slope.len() / c, heads(c));
        let d = c / heads;
        let Room { packed, parts: [q, k, v, by], scores, wide, narrow, .. } = room;
        narrow.resize(n * c, 0.0);
        self.out.backward(slope, &tape.told, narrow, scratch, gradient);
        wide.resize(3 * n * c, 0.0);
        scores.resize(n * n, 0.0);
        for (head, shares) in tape.shares.chunks_exact(n * n).enumerate() {
            take(&tape.qkv, 3 * c, head * d, d, q);
            take(&tape.qkv, 3 * c, c + head * d, d, k);
            take(&tape.qkv, 3 * c, 2 * c + head * d, d, v);
            take(narrow, c, head * d, d, by);
            multiply(Left::Rows(by), packed.pack_transposed(v, d, n), Start::Zero, scores);
            multiply(Left::Columns(shares), packed.pack(by, n, d), Start::Zero, v);
            put(v, d, 2 * c + head * d, 3 * c, wide);
            let rows = scores.chunks_exact_mut(n).zip(shares.chunks_exact(n));
            vectorized!(rows.for_each(|(row, shares)| softmax_back(row, shares, scale(d))));
            multiply(Left::Rows(scores), packed.pack(k, n, d), Start::Zero, by);
            put(by, d, head * d, 3 * c, wide);
            multiply(Left::Columns(scores), packed.pack(q, n, d), Start::Zero, by);
            put(by, d, c + head * d, 3 * c, wide);
        }
        if self.turned {
            turn(wide, c, d, -1.0);
        }
        self.qkv.backward(wide, &tape.normal, narrow, scratch, gradient);
        vectorized!(normalise_back(narrow, &tape.normal, &tape.inverse, c));
        slope.iter_mut().zip(&*narrow).for_each(|(slope, x)| *slope += x);
    }
}

/// Columns `from..from + d` of rows of `width` numbers.
fn take(rows: &[f32], width: usize, from: usize, d: usize, out: &mut Vec<f32>) {
    out.clear();
    rows.chunks_exact(width).for_each(|row| out.extend_from_slice(&row[from..from + d]));
}

/// The reverse of [`take`].
fn put(part: &[f32], d: usize, from: usize, width: usize, rows: &mut [f32]) {
    for (row, part) in rows.chunks_exact_mut(width).zip(part.chunks_exact(d)) {
        row[from..from + d].copy_from_slice(part);
    }
}

/// Smaller shares are none. No sum in single precision would miss them, and what is multiplied with them ends below 1e-38,
/// where numbers have fewer digits and a multiplication takes a hundred times as long.
const LEAST: f32 = 1e-12;

#[inline(always)]
fn softmax(row: &mut [f32]) {
    let (_, sum) = exp_row(row);
    row.iter_mut().for_each(|x| *x = if *x < LEAST * sum { 0.0 } else { *x / sum });
}

/// The gradient by questions' products, `scale` in it, in place of that by the shares.
#[inline(always)]
fn softmax_back(row: &mut [f32], shares: &[f32], scale: f32) {
    let mean = dot(row, shares);
    row.iter_mut().zip(shares).for_each(|(x, share)| *x = scale * share * (*x - mean));
}
