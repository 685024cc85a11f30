//! The midpoint rule pushed through a whole pmf, exactly.
//!
//! Each token's second move is a draw that depends on where *both* tokens looked, or none: so the tokens share their
//! look ahead but draw apart, and the sum over it splits into four. Mixture kernels then cost a few V × V products,
//! tables O(V⁴).

use super::TwoStage;
use crate::flow::Axis;
use crate::flow::grid::{AxisKernel, push};
use ndarray::{Array1, Array2, ArrayView2, Axis as Dim};
use rayon::prelude::*;

/// p'(y) = Σ p(x) F(l | x) Π_i \[r Lᵢ(yᵢ | l) + (1−r) δ(yᵢ, xᵢ)\] with F the leap to the middle, L what a ring draws from
/// there, and r = 1 − e^(−s) for a step of length s.
pub(super) fn push_midpoint(step: &TwoStage, p: &Array2<f64>) -> Array2<f64> {
    let stays = (-2.0 * step.half).exp();
    let rings = -(-2.0 * step.half).exp_m1();
    let looked = push([&step.first[0], &step.first[1]], p);
    let mut out = p * (stays * stays);
    out.scaled_add(rings * rings, &push([&step.late[0], &step.late[1]], &looked));
    for axis in Axis::BOTH {
        out.scaled_add(rings * stays, &one_drawn(step, axis, p));
    }
    out
}

/// Σ p(x) F(l | x) Lᵢ(yᵢ | l): both tokens look ahead, token i draws, the other one goes back to where it was.
fn one_drawn(step: &TwoStage, axis: Axis, p: &Array2<f64>) -> Array2<f64> {
    let (i, o) = (axis.index(), 1 - axis.index());
    let kernels = [&step.first[i], &step.first[o], &step.late[i]];
    let p = match axis {
        Axis::First => p.view(),
        Axis::Second => p.t(),
    };
    let out = match kernels.map(Factors::of) {
        [Some(own), Some(other), Some(late)] => factored(&own, &other, &late, p),
        _ => dense(kernels, axis, p),
    };
    match axis {
        Axis::First => out,
        Axis::Second => out.reversed_axes(),
    }
}

/// A mixture kernel with its own token along the rows.
struct Factors<'a> {
    /// \[own, other\].
    stay: ArrayView2<'a, f64>,
    /// Weight \[own, other\] and column \[y, other\].
    parts: Vec<(ArrayView2<'a, f64>, ArrayView2<'a, f64>)>,
}

impl<'a> Factors<'a> {
    fn of(kernel: &'a AxisKernel) -> Option<Self> {
        let AxisKernel::Mixture { axis, stay, parts } = kernel else { return None };
        let turned = |array: &'a Array2<f64>| match axis {
            Axis::First => array.view(),
            Axis::Second => array.t(),
        };
        let parts = parts.iter().map(|part| (turned(&part.weight), turned(&part.column)));
        Some(Self { stay: turned(stay), parts: parts.collect() })
    }

    /// The token moves, the other one stays.
    fn moved(&self, p: &Array2<f64>) -> Array2<f64> {
        let mut out = &self.stay * p;
        for (weight, column) in &self.parts {
            let mass = (weight * p).sum_axis(Dim(0));
            out += &(column * &mass);
        }
        out
    }
}

/// In the coordinates \[own, other\]. With weights w and columns c of the leaps of both tokens, and W and C those of the
/// draw, the other token's look l' counts only through C(y | l') and W(l, l').
fn factored(
    own: &Factors<'_>,
    other: &Factors<'_>,
    late: &Factors<'_>,
    p: ArrayView2<'_, f64>,
) -> Array2<f64> {
    // The other token stays where it is.
    let mut out = late.moved(&own.moved(&(&other.stay.t() * &p)));
    // It draws l' given x.
    for (weight, column) in &other.parts {
        let mass = &weight.t() * &p;
        let kept = &own.stay * &mass;
        let drawn: Vec<Array2<f64>> = own.parts.iter().map(|(w, _)| column.dot(&(w * &mass))).collect();
        // Staying in the second move: at l = x, or at a draw of l.
        let remain: Array1<f64> = (&late.stay * &column.t()).sum_axis(Dim(1));
        out += &(&kept * &remain.insert_axis(Dim(1)));
        for ((_, place), drawn) in own.parts.iter().zip(&drawn) {
            out += &(place * &late.stay.dot(drawn));
        }
        for (w, c) in &late.parts {
            let mut through = (&w.t() * column).dot(&kept);
            for ((_, place), drawn) in own.parts.iter().zip(&drawn) {
                through += &(drawn * &w.t().dot(place));
            }
            out += &c.dot(&through);
        }
    }
    out
}

/// The same from full tables: the leaps' joint distribution \[x', l, l'\] first.
fn dense([own, other, late]: [&AxisKernel; 3], axis: Axis, p: ArrayView2<'_, f64>) -> Array2<f64> {
    let v = p.nrows();
    let (own, other, late) = (own.to_dense(), other.to_dense(), late.to_dense());
    let order = match axis {
        Axis::First => [0, 1, 2],
        Axis::Second => [0, 2, 1],
    };
    // [destination, own, other], whichever token the kernel moves.
    let (own, other) = (own.view().permuted_axes(order), other.view().permuted_axes(order));
    let joint: Vec<f64> = (0..v)
        .into_par_iter()
        .flat_map_iter(|place| {
            let weighted = &own.index_axis(Dim(2), place) * &p.column(place);
            weighted.dot(&other.index_axis(Dim(2), place).t()).into_iter()
        })
        .collect();
    let states = (v, v * v);
    let joint = Array2::from_shape_vec(states, joint).expect("V² looks for each of V places");
    let late = late.view().permuted_axes(order);
    let late = late.as_standard_layout();
    late.view().into_shape_with_order(states).expect("a [V, V, V] table in rows").dot(&joint.t())
}
