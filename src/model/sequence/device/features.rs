//! [`super::super::features`] for a batch: what a network sees of images in which tokens are missing.

use super::super::ImageNetConfig;
use super::super::dropout::Dropout;
use super::super::features::REACHES;
use super::permuted;
use burn::tensor::{Int, Tensor, TensorData};

/// What a network is given of images.
pub(super) struct Seen {
    /// \[B, R, R, F\]
    pub rows: Tensor<4>,
    /// \[B, R²·D\]
    pub base: Tensor<2>,
    /// The state's tokens, \[B, N\].
    pub states: Tensor<2, Int>,
    /// Rows of the table of classes, \[B\].
    pub classes: Tensor<1, Int>,
    /// \[B, [`super::KAPPA_FEATURES`]\]
    pub kappas: Tensor<2>,
    /// What is dropped of each image inside the network; empty where nothing is.
    pub dropouts: Vec<Option<Dropout>>,
}

/// Of `states` \[B, N\], of which K is the mask, and what is told besides; `coordinates` \[K + 1, D/T\].
pub(super) fn seen(
    config: &ImageNetConfig,
    coordinates: &Tensor<2>,
    states: Tensor<2, Int>,
    (classes, kappas): (Tensor<1, Int>, Tensor<2>),
) -> Seen {
    let (r, d, t) = (config.side, config.coordinates, config.channels);
    let b = states.dims()[0];
    // Channels first, so that both axes of a picture can be multiplied from their side.
    let values = coordinates.clone().select(0, states.clone().flatten(0, 1));
    let values: Tensor<4> = permuted(values.reshape([b, r, r, d]), [0, 3, 1, 2]);
    let known = states.clone().lower_elem(config.values as i32).float();
    let known: Tensor<4> = permuted(known.reshape([b, r, r, t]), [0, 3, 1, 2]);
    // A flag for each coordinate: one of a token's own, or all three of a palette's.
    let of_coordinates = |x: Tensor<4>| if t == d { x } else { x.repeat_dim(1, d / t) };
    let both = Tensor::cat(vec![values.clone(), known.clone()], 1);
    let padded = both.clone().pad((1, 1, 1, 1), 0.0);
    let near = |n: usize| padded.clone().slice([0..b, 0..d + t, n / 3..n / 3 + r, n % 3..n % 3 + r]);
    let mut columns: Vec<Tensor<4>> = (0..9).map(near).collect();
    let mean = |sums: Tensor<4>, counts: Tensor<4>, otherwise: Tensor<4>| {
        let none = counts.clone().lower_elem(0.5);
        (sums / counts.clamp_min(1.0)).mask_where(none, otherwise)
    };
    let all = |x: &Tensor<4>| x.clone().sum_dim(2).sum_dim(3).repeat_dim(2, r).repeat_dim(3, r);
    let nothing = Tensor::zeros([b, d, r, r], &values.device());
    let mut base = mean(all(&values), of_coordinates(all(&known)), nothing);
    let mut averages = Vec::new();
    // From the largest window to the smallest: one that knows nothing takes over what the larger one says.
    for reach in REACHES.into_iter().rev() {
        let near = |y: usize, x: usize| y.abs_diff(x) <= reach;
        let band: Vec<f32> = (0..r * r).map(|n| f32::from(u8::from(near(n / r, n % r)))).collect();
        let along: Vec<f32> = band.chunks_exact(r).map(|row| row.iter().sum()).collect();
        let areas: Vec<f32> = (0..r * r).map(|n| along[n / r] * along[n % r]).collect();
        let matrix = |values: Vec<f32>| -> Tensor<4> {
            Tensor::from_data(TensorData::new(values, [1, 1, r, r]), &base.device())
        };
        let (band, areas) = (matrix(band), matrix(areas));
        let within = |x: Tensor<4>| band.clone().matmul(x).matmul(band.clone());
        let counts = within(known.clone());
        base = mean(within(values.clone()), of_coordinates(counts.clone()), base.clone());
        averages.push(Tensor::cat(vec![base.clone(), counts / areas], 1));
    }
    columns.extend(averages.into_iter().rev());
    columns.push((values - base.clone()) * of_coordinates(known));
    Seen {
        rows: permuted(Tensor::cat(columns, 1), [0, 2, 3, 1]),
        base: permuted(base, [0, 2, 3, 1]).reshape([b, r * r * d]),
        states,
        classes,
        kappas,
        dropouts: Vec::new(),
    }
}
