//! The two training losses on the CPU, row by row: value and gradient with respect to the logits in one pass.

use super::loss::weight_at;
use crate::flow::vectorized;
use crate::flow::vectors::single::exp_row;
use crate::train::grid::{Batch, LossKind};

/// [`super::loss::batch_loss`] without tensors.
pub(super) struct LossRows<'a> {
    pub kind: LossKind,
    pub batch: &'a Batch,
    /// Whether a token that is not the mask is the datum's already.
    pub reveals: bool,
    pub k: usize,
}

impl LossRows<'_> {
    /// The part of the batch's loss of the examples from `start` whose `logits` \[n, 2K\] these are. Leaves the gradient
    /// in their place.
    pub(super) fn loss(&self, start: usize, logits: &mut [f32]) -> f64 {
        let k = self.k;
        let mut total = 0.0;
        vectorized!({
            for (n, row) in logits.chunks_exact_mut(k).enumerate() {
                total += self.row(start + n / 2, n % 2, row);
            }
        });
        total
    }

    /// Token `i` of example `j`: −a ln p(x₁) − b p(x_t) + c, with softmax p of the row.
    #[inline(always)]
    fn row(&self, j: usize, i: usize, row: &mut [f32]) -> f64 {
        let (x, y) = (self.batch.states[j][i] as usize, self.batch.targets[j][i] as usize);
        let scale = 1.0 / (2 * self.batch.states.len()) as f64;
        // Positions that are already revealed on a mask path are left out: the posterior there is known.
        let asked = !self.reveals || x == self.k;
        let (a, b, c) = match self.kind {
            LossKind::Ce => (scale, 0.0, 0.0),
            LossKind::Gkl => {
                let weight = scale * weight_at(self.batch.kappas[j]);
                let moved = x != y;
                // A masked token never keeps its value: p(x_t | x_t) = 0.
                let stays = if self.reveals { 0.0 } else { weight };
                if moved { (weight, stays, 0.0) } else { (0.0, stays, stays) }
            }
        };
        if !asked || (a == 0.0 && b == 0.0) {
            row.fill(0.0);
            return 0.0;
        }
        let logit = row[y];
        let (log, sum) = exp_row(row);
        let kept = if b > 0.0 { f64::from(row[x] / sum) } else { 0.0 };
        let loss = -a * f64::from(logit - log) - b * kept + c;
        let all = ((a + b * kept) / f64::from(sum)) as f32;
        row.iter_mut().for_each(|p| *p *= all);
        row[y] -= a as f32;
        if b > 0.0 {
            row[x] -= (b * kept) as f32;
        }
        loss
    }
}
