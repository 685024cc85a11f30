//! The two training losses on a batch (math.md 6), in nats per token.

use crate::flow::Kappa;
use crate::train::grid::{Batch, LossKind};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Largest weight 1/(1−κ) of the generalised KL: the last thousandth of the path would otherwise rule the gradient.
const LARGEST_WEIGHT: f64 = 1e3;

/// The generalised KL's weight of an example.
pub(super) fn weight_at(kappa: Kappa) -> f64 {
    (1.0 / kappa.complement).min(LARGEST_WEIGHT)
}

/// The loss of `logits` \[B, 2, K\] on `batch`, a scalar.
///
/// Positions that are already revealed on a mask path are left out: the posterior there is known.
pub fn batch_loss(
    kind: LossKind,
    logits: Tensor<3>,
    batch: &Batch,
    mask: bool,
    device: &Device,
) -> Tensor<1> {
    let [size, _, k] = logits.dims();
    let log = log_softmax(logits, 2);
    let at = |tokens: Vec<i32>| -> Tensor<2> {
        let index: Tensor<3, Int> = Tensor::from_data(TensorData::new(tokens, [size, 2, 1]), device);
        log.clone().gather(2, index).squeeze_dim(2)
    };
    let weights = |f: &dyn Fn(usize, usize) -> f64| -> Tensor<2> {
        let values: Vec<f32> = (0..size).flat_map(|j| [0, 1].map(|i| f(j, i) as f32)).collect();
        Tensor::from_data(TensorData::new(values, [size, 2]), device)
    };
    let (states, targets) = (&batch.states, &batch.targets);
    let log_target = at(targets.as_flattened().to_vec());
    let asked = |j: usize, i: usize| !mask || states[j][i] == k as i32;
    let scale = 1.0 / (2 * size) as f64;
    match kind {
        LossKind::Ce => (log_target * weights(&|j, i| if asked(j, i) { -scale } else { 0.0 })).sum(),
        LossKind::Gkl => {
            let weight = |j: usize| scale * weight_at(batch.kappas[j]);
            let moved = |j: usize, i: usize| states[j][i] != targets[j][i];
            let surprise = weights(&|j, i| if asked(j, i) && moved(j, i) { -weight(j) } else { 0.0 });
            let loss = (log_target * surprise).sum();
            if mask {
                // A masked token never keeps its value: p(x_t | x_t) = 0 and nothing else remains.
                return loss;
            }
            let stay = at(states.as_flattened().to_vec()).exp();
            let kept: f64 = (0..size)
                .flat_map(|j| [(j, 0), (j, 1)])
                .map(|(j, i)| if moved(j, i) { 0.0 } else { weight(j) })
                .sum();
            loss - (stay * weights(&|j, _| weight(j))).sum() + kept
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(states: Vec<[i32; 2]>, targets: Vec<[i32; 2]>, kappa: f64) -> Batch {
        let kappas = vec![Kappa::new(kappa); states.len()];
        Batch { states, targets, kappas }
    }

    fn value(kind: LossKind, logits: &[f32], b: &Batch, mask: bool) -> f64 {
        let device = Device::flex();
        let k = logits.len() / (2 * b.states.len());
        let data = TensorData::new(logits.to_vec(), [b.states.len(), 2, k]);
        f64::from(batch_loss(kind, Tensor::from_data(data, &device), b, mask, &device).into_scalar::<f32>())
    }

    #[test]
    fn losses_are_their_formulas() {
        let logits: Vec<f32> = (0..12).map(|i| (f64::from(i) * 1.7).sin() as f32).collect();
        let b = batch(vec![[0, 2], [1, 1]], vec![[1, 2], [1, 0]], 0.75);
        let log = |j: usize, i: usize, y: usize| {
            let row: Vec<f64> = logits[(j * 2 + i) * 3..][..3].iter().map(|&x| f64::from(x)).collect();
            row[y] - row.iter().map(|x| x.exp()).sum::<f64>().ln()
        };
        let (mut ce, mut gkl) = (0.0, 0.0);
        for j in 0..2 {
            for i in 0..2 {
                let (x, y) = (b.states[j][i] as usize, b.targets[j][i] as usize);
                ce -= log(j, i, y) / 4.0;
                let same = f64::from(x == y);
                gkl += (same - log(j, i, x).exp() - (1.0 - same) * log(j, i, y)) / 0.25 / 4.0;
            }
        }
        assert!((value(LossKind::Ce, &logits, &b, false) - ce).abs() < 1e-6);
        assert!((value(LossKind::Gkl, &logits, &b, false) - gkl).abs() < 1e-5);
    }

    #[test]
    fn revealed_tokens_of_a_mask_path_do_not_count() {
        let mut logits: Vec<f32> = (0..12).map(|i| i as f32 * 0.3).collect();
        let b = batch(vec![[3, 2], [3, 3]], vec![[1, 2], [1, 0]], 0.5);
        for kind in [LossKind::Ce, LossKind::Gkl] {
            let before = value(kind, &logits, &b, true);
            logits[4] += 3.0;
            assert_eq!(
                value(kind, &logits, &b, true),
                before,
                "{kind}: token 2 of the first state is revealed"
            );
            logits[0] += 3.0;
            assert_ne!(value(kind, &logits, &b, true), before);
        }
    }

    #[test]
    fn gradients_match_finite_differences() {
        let device = Device::flex().autodiff();
        let logits: Vec<f32> = (0..12).map(|i| (f64::from(i) * 0.9).cos() as f32).collect();
        let b = batch(vec![[0, 2], [1, 1]], vec![[1, 2], [1, 0]], 0.6);
        for kind in [LossKind::Ce, LossKind::Gkl] {
            let input =
                Tensor::<3>::from_data(TensorData::new(logits.clone(), [2, 2, 3]), &device).require_grad();
            let grads = batch_loss(kind, input.clone(), &b, false, &device).backward();
            let exact = input.grad(&grads).expect("a gradient").into_data().try_to_vec::<f32>().expect("f32");
            for (n, exact) in exact.iter().enumerate() {
                let moved = |by: f32| {
                    let mut x = logits.clone();
                    x[n] += by;
                    value(kind, &x, &b, false)
                };
                let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                assert!((slope - f64::from(*exact)).abs() < 2e-3, "{kind} {n}: {slope} {exact}");
            }
        }
    }
}
