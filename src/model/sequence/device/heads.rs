//! ln p of values by either head, for a batch ([`super::super::answer`], [`super::super::logistics`]).

use super::super::logistics::NARROWEST;
use super::super::{Head, ImageNetConfig};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};

/// Below this width of a value in scales 1 − e^(−w) has lost digits, and its series is taken.
const NARROW: f32 = 0.1;

/// ln p \[B, N\] of `values` \[B, N\] from outputs \[B, N, P\] and bases \[B, N\].
pub(super) fn log_p(
    config: &ImageNetConfig,
    outputs: Tensor<3>,
    base: Tensor<2>,
    values: Tensor<2, Int>,
) -> Tensor<2> {
    match config.head {
        Head::Categorical => log_p_of(log_softmax(outputs, 2), values.unsqueeze_dim(2)).squeeze_dim(2),
        Head::Logistics(components) => {
            mixture(outputs, base.unsqueeze_dim(2), values.unsqueeze_dim(2), (components, config.values))
        }
    }
}

/// ln p \[M, K\] of all values, from outputs \[M, P\] and, where there are any, bases \[M, 1\].
pub(super) fn every_log_p(
    config: &ImageNetConfig,
    outputs: Tensor<2>,
    base: impl FnOnce() -> Tensor<2>,
) -> Tensor<2> {
    match config.head {
        Head::Categorical => log_softmax(outputs, 1),
        Head::Logistics(components) => {
            let values = Tensor::arange(0..config.values as i64, &outputs.device()).reshape([1, -1, 1]);
            mixture(outputs.unsqueeze_dim(1), base().unsqueeze_dim(1), values, (components, config.values))
        }
    }
}

/// Of each last axis the entry at `values`, which has one there.
pub(super) fn log_p_of<const D: usize>(log: Tensor<D>, values: Tensor<D, Int>) -> Tensor<D> {
    log.gather(D - 1, values)
}

/// ln p \[M, N\] of a mixture, from outputs \[M, N, 3C\], bases and values \[M, N, 1\]; an axis of length 1 is for all of
/// the others.
fn mixture(
    outputs: Tensor<3>,
    base: Tensor<3>,
    values: Tensor<3, Int>,
    (components, k): (usize, usize),
) -> Tensor<2> {
    let part = |n: usize| outputs.clone().slice_dim(2, n * components..(n + 1) * components);
    let (logits, means, scales) = (part(0), part(1) + base, part(2));
    let last = (k - 1) as i32;
    let half = 1.0 / last as f32;
    let inverse = scales.clamp_min(NARROWEST).neg().exp();
    let at = values.clone().float() * (2.0 * half) - 1.0;
    // The ends of the value's part of the axis, in scales.
    let above = (at.clone() + half - means.clone()) * inverse.clone();
    let below = (at - half - means) * inverse.clone();
    let flag = |x: burn::tensor::Tensor<3, burn::tensor::Bool>| x.float();
    let (not_last, not_first) = (flag(values.clone().lower_elem(last)), flag(values.greater_elem(0)));
    let inside = not_last.clone() * not_first.clone();
    // σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(b−a)).
    let width = inverse * (2.0 * half);
    let small = width.clone().lower_elem(NARROW);
    let series = width.clone()
        * ((width.clone() * (width.clone() * (-1.0 / 24.0) + 1.0 / 6.0) - 0.5) * width.clone() + 1.0);
    let share = (width.neg().exp().neg() + 1.0).mask_where(small, series);
    let said = inside * share.log() - not_last * softplus(above.neg()) - not_first * softplus(below);
    let joint = log_softmax(logits, 2) + said;
    let top = joint.clone().detach().max_dim(2);
    ((joint - top.clone()).exp().sum_dim(2).log() + top).squeeze_dim(2)
}

/// ln(1 + eˣ).
fn softplus(x: Tensor<3>) -> Tensor<3> {
    x.clone().clamp_min(0.0) + x.abs().neg().exp().log1p()
}
