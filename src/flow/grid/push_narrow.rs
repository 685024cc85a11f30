//! A pmf pushed through two kernels of one part each whose columns are products of narrow tables: in two walks over the
//! states instead of one or two a term.

use super::kernel::Part;
use super::low_rank::LowRank;
use crate::flow::vectorized;
use crate::flow::vectors::double::{dot, flat};
use ndarray::Array2;

/// A mixture kernel with one part.
pub(super) struct Narrow<'a> {
    pub(super) stay: &'a Array2<f64>,
    pub(super) part: &'a Part,
    pub(super) factors: &'a LowRank,
}

/// p'(y) = Σ_z P₁(y1|z) P₂(y2|z) p(z), \[V, V\], of the kernels of token 1 and token 2.
pub(super) fn push_narrow([one, two]: [Narrow<'_>; 2], p: &Array2<f64>) -> Array2<f64> {
    let v = p.nrows();
    let (inner, across) = (one.factors.left.ncols(), two.factors.left.ncols());
    let [left_1, right_1] = [&one.factors.left, &one.factors.right].map(flat);
    let [left_2, right_2] = [&two.factors.left, &two.factors.right].map(flat);
    let (stay_1, stay_2) = (flat(one.stay), flat(two.stay));
    let (weight_1, weight_2) = (flat(&one.part.weight), flat(&two.part.weight));
    let (column_1, column_2) = (flat(&one.part.column), flat(&two.part.column));
    let p = flat(p);
    let mut out = vec![0.0; v * v];
    // Where only token 1 is drawn anew: Σ_z1 weight₁ stay₂ p, by z2.
    let mut first = vec![0.0; v];
    // Where both are: Σ_z weight₁ weight₂ p right₁[r, z2] left₂[z1, s], by r and s.
    let mut both = vec![0.0; inner * across];
    let (mut stays, mut drawn) = (vec![0.0; v], vec![0.0; v]);
    vectorized!({
        for (z1, out) in out.chunks_exact_mut(v).enumerate() {
            let row = z1 * v..(z1 + 1) * v;
            let (p, s1, s2) = (&p[row.clone()], &stay_1[row.clone()], &stay_2[row.clone()]);
            let (w1, w2) = (&weight_1[row.clone()], &weight_2[row.clone()]);
            apart(p, s1, w1, &mut stays, &mut drawn);
            // Where only token 2 is drawn anew.
            let second = dot(w2, &stays);
            stay(s2, &stays, &drawn, &column_2[row], second, (out, &mut first));
            drawn.iter_mut().zip(w2).for_each(|(drawn, w2)| *drawn *= w2);
            for (right, both) in right_1.chunks_exact(v).zip(both.chunks_exact_mut(across)) {
                let mass = dot(right, &drawn);
                both.iter_mut().zip(&left_2[z1 * across..]).for_each(|(both, left)| *both += mass * left);
            }
        }
        let mut ends = vec![0.0; inner * v];
        for (end, both) in ends.chunks_exact_mut(v).zip(both.chunks_exact(across)) {
            for (right, both) in right_2.chunks_exact(v).zip(both) {
                add(end, right, *both);
            }
        }
        for (y, (out, column)) in out.chunks_exact_mut(v).zip(column_1.chunks_exact(v)).enumerate() {
            for ((out, column), mass) in out.iter_mut().zip(column).zip(&first) {
                *out += column * mass;
            }
            for (end, left) in ends.chunks_exact(v).zip(&left_1[y * inner..]) {
                add(out, end, *left);
            }
        }
    });
    Array2::from_shape_vec((v, v), out).expect("as many entries as states")
}

/// A row of p, its part in which token 1 stays and the one in which it is drawn anew.
#[inline(always)]
fn apart(p: &[f64], stay: &[f64], weight: &[f64], stays: &mut [f64], drawn: &mut [f64]) {
    for ((((stays, drawn), p), s), w) in stays.iter_mut().zip(drawn).zip(p).zip(stay).zip(weight) {
        (*stays, *drawn) = (s * p, w * p);
    }
}

/// What of both parts of a row keeps token 2, and what of the first draws it anew, `second` in all.
#[inline(always)]
fn stay(
    stay: &[f64],
    stays: &[f64],
    drawn: &[f64],
    column: &[f64],
    second: f64,
    (out, first): (&mut [f64], &mut [f64]),
) {
    let ends = out.iter_mut().zip(first).zip(column);
    for ((((out, first), c), s), (stays, drawn)) in ends.zip(stay).zip(stays.iter().zip(drawn)) {
        *out = s * stays + c * second;
        *first += s * drawn;
    }
}

/// to += times · from.
#[inline(always)]
fn add(to: &mut [f64], from: &[f64], times: f64) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += times * from;
    }
}
