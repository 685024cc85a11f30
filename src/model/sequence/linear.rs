//! A linear map of each pixel, with its gradients, on packed weights.

use super::layout::LinearAt;
use crate::flow::vectorized;
use crate::model::gemm::{Left, Packed, Start, multiply};

/// Pixels whose product with a gradient is added up at a time: they fit the first-level cache.
const STRETCH: usize = 128;

/// A linear map and its weights, packed both ways.
pub(super) struct Linear {
    pub at: LinearAt,
    weight: Packed,
    turned: Packed,
}

/// Room for a packed gradient.
#[derive(Default)]
pub(super) struct Scratch(Packed);

impl Linear {
    /// Packs the weights out of all `values`; `back` packs them for the way back, too.
    pub fn new(values: &[f32], at: &LinearAt, back: bool) -> Self {
        let (mut weight, mut turned) = (Packed::default(), Packed::default());
        weight.pack(&values[at.weight.clone()], at.from, at.to);
        if back {
            turned.pack_transposed(&values[at.weight.clone()], at.to, at.from);
        }
        Self { at: at.clone(), weight, turned }
    }

    /// out \[n, to\] = rows \[n, from\] · W + bias; with [`Start::Present`] it is added to what is there.
    pub fn forward(&self, values: &[f32], rows: &[f32], start: Start<'_>, out: &mut [f32]) {
        let bias = &values[self.at.bias.clone()];
        let start = match start {
            Start::Present => Start::PresentAndRow(bias),
            _ => Start::Row(bias),
        };
        multiply(Left::Rows(rows), &self.weight, start, out);
    }

    /// From the gradient `slope` \[n, to\] by the result: that by the rows into `out` \[n, from\], those by weights and bias
    /// added to `gradient`.
    pub fn backward(
        &self,
        slope: &[f32],
        rows: &[f32],
        out: &mut [f32],
        scratch: &mut Scratch,
        gradient: &mut [f32],
    ) {
        self.backward_weights(slope, rows, scratch, gradient);
        multiply(Left::Rows(slope), &self.turned, Start::Zero, out);
    }

    /// The same where nothing comes before the map.
    pub fn backward_weights(&self, slope: &[f32], rows: &[f32], scratch: &mut Scratch, gradient: &mut [f32]) {
        let LinearAt { weight, bias, from, to } = &self.at;
        vectorized!(add_columns(slope, &mut gradient[bias.clone()]));
        let pieces = slope.chunks(STRETCH * to).zip(rows.chunks(STRETCH * from));
        for (slope, rows) in pieces {
            scratch.0.pack(slope, slope.len() / to, *to);
            multiply(Left::Columns(rows), &scratch.0, Start::Present, &mut gradient[weight.clone()]);
        }
    }
}

/// Adds every row of `rows` to `sums`.
#[inline(always)]
pub(super) fn add_columns(rows: &[f32], sums: &mut [f32]) {
    for row in rows.chunks_exact(sums.len()) {
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
}
