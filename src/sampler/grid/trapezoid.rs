//! The θ-trapezoidal rule pushed through a whole pmf, exactly.
//!
//! Its rates (2u(l) − u(x))₊ know the start x and the look ahead l of both tokens at once, and the cut at 0 lets no sum
//! go first: every pair of states with mass is gone through, O(V⁶) where all can be reached from all. From masks that is
//! O(V⁴): most pairs have none.

use super::{MOST_LOOKED_AHEAD, TwoStage};
use crate::flow::FlowError;
use crate::flow::grid::AxisKernel;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, s};
use rayon::prelude::*;

/// Refuses what would take too long.
///
/// # Errors
/// If there is more to sum up than `most` terms.
pub(super) fn check_work(step: &TwoStage, p: &Array2<f64>, most: f64) -> Result<(), FlowError> {
    let v = p.nrows();
    let why = if v > MOST_LOOKED_AHEAD {
        format!(
            "tables of V³ numbers, too many for V = {v}: even from masks it is had up to V = {MOST_LOOKED_AHEAD}"
        )
    } else if terms(step, p) > most {
        format!("V⁶ terms a step where every state can be reached, too many for V = {v}")
    } else {
        return Ok(());
    };
    let what = "the trapezoidal rule's exact pmf takes";
    Err(FlowError::Unsupported(format!("{what} {why}; use particles, or a method that can be pushed")))
}

/// Pairs of start and look ahead with mass, times V² outcomes.
fn terms(step: &TwoStage, p: &Array2<f64>) -> f64 {
    let v = p.nrows();
    let reached = |i: usize, x: [usize; 2]| -> f64 {
        match &step.first[i] {
            AxisKernel::Mixture { parts, .. } => {
                // An upper bound that does not look at the columns.
                if parts.iter().any(|part| part.weight[x] > 0.0) { v as f64 } else { 1.0 }
            }
            AxisKernel::Dense { table, .. } => {
                table.slice(s![.., x[0], x[1]]).iter().filter(|p| **p > 0.0).count() as f64
            }
        }
    };
    let pairs = p.indexed_iter().filter(|(_, p)| **p > 0.0);
    pairs.map(|((a, b), _)| reached(0, [a, b]) * reached(1, [a, b])).sum::<f64>() * (v * v) as f64
}

/// p'(y) = Σ p(x) F(l | x) P₁(y₁ | x, l) P₂(y₂ | x, l): the second moves start from l.
pub(super) fn push_trapezoid(step: &TwoStage, p: &Array2<f64>) -> Array2<f64> {
    let v = p.nrows();
    let first = [0, 1].map(|i| step.first[i].to_dense());
    let early = [0, 1].map(|i| rates(&step.early[i], 1.0));
    let late = [0, 1].map(|i| rates(&step.late[i], 2.0));
    let line = |x: [usize; 2]| (x[0] * v + x[1]) * v..(x[0] * v + x[1] + 1) * v;
    // Added up in the order of x₁, so that the sum is the same on any number of threads.
    let from_each: Vec<Array2<f64>> = (0..v)
        .into_par_iter()
        .map(|x1| {
            let mut out = Array2::zeros((v, v));
            let mut moves = [Array2::<f64>::zeros((v, v)), Array2::<f64>::zeros((v, v))];
            for x in (0..v).map(|x2| [x1, x2]).filter(|x| p[*x] > 0.0) {
                let reached = |i: usize| -> Vec<(usize, f64)> {
                    let of = first[i].slice(s![.., x[0], x[1]]);
                    of.iter().copied().enumerate().filter(|(_, p)| *p > 0.0).collect()
                };
                let (firsts, seconds) = (reached(0), reached(1));
                for (l1, f1) in firsts {
                    for (n, &(l2, f2)) in seconds.iter().enumerate() {
                        let look = [l1, l2];
                        let mass = [p[x] * f1 * f2, 1.0];
                        for i in [0, 1] {
                            let mut row = moves[i].row_mut(n);
                            let row = row.as_slice_mut().expect("rows of a standard layout");
                            let (early, late) = (&early[i][line(x)], &late[i][line(look)]);
                            second_half(row, early, late, look[i], step.half, mass[i]);
                        }
                    }
                    let [one, two] = [0, 1].map(|i| moves[i].slice(s![..seconds.len(), ..]));
                    general_mat_mul(1.0, &one.t(), &two, 1.0, &mut out);
                }
            }
            out
        })
        .collect();
    from_each.into_iter().fold(Array2::zeros((v, v)), |sum, part| sum + part)
}

/// `scale` × the rates of leaving, \[z1, z2, y\].
fn rates(kernel: &AxisKernel, scale: f64) -> Vec<f64> {
    let table = kernel.to_dense();
    let mut rates: Vec<f64> = table.view().permuted_axes([1, 2, 0]).iter().map(|p| scale * p).collect();
    let v = kernel.vocabulary();
    for (state, line) in rates.chunks_exact_mut(v).enumerate() {
        line[[state / v, state % v][kernel.axis().index()]] = 0.0;
    }
    rates
}

/// `mass` × the distribution of a token after the second half of the step, from `here`.
fn second_half(row: &mut [f64], early: &[f64], late: &[f64], here: usize, half: f64, mass: f64) {
    let mut total = 0.0;
    for ((out, early), late) in row.iter_mut().zip(early).zip(late) {
        *out = (late - early).max(0.0);
        total += *out;
    }
    let rung = -(-half * total).exp_m1();
    let scale = if total > 0.0 { mass * rung / total } else { 0.0 };
    row.iter_mut().for_each(|p| *p *= scale);
    row[here] += mass * (1.0 - rung);
}
