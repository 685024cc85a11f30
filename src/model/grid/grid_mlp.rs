//! The denoiser network of the grid: two tokens and κ in, logits of both data tokens out.

use crate::random::{Purpose, stream};
use burn::module::{Module, Param};
use burn::nn::{Embedding, Linear};
use burn::tensor::activation::silu;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Sizes of a [`GridMlp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GridMlpConfig {
    /// K, data tokens per axis, 2..=256.
    pub k: usize,
    /// Whether tokens may be the mask (index K) on input.
    pub mask: bool,
    /// Width of the embedding and of the hidden layers, 1..=1024.
    pub hidden: usize,
}

impl GridMlpConfig {
    /// V = K, or K + 1 with a mask.
    pub fn vocabulary(&self) -> usize {
        self.k + usize::from(self.mask)
    }

    /// Whether all sizes are in range.
    pub fn is_valid(&self) -> bool {
        (2..=256).contains(&self.k) && (1..=1024).contains(&self.hidden)
    }

    /// Random weights: embeddings from N(0, 1), layers uniform in ±1/√inputs; the same seed gives the same weights.
    pub fn init(&self, seed: u64, device: &Device) -> GridMlp {
        let mut rng = stream(seed, Purpose::Weights, 0);
        let h = self.hidden;
        GridMlp {
            kappa: linear(1, 1, &mut rng, device),
            token: embedding(self.vocabulary(), h, &mut rng, device),
            body: [2 * h + 1, h, h].map(|inputs| linear(inputs, h, &mut rng, device)).into(),
            head: linear(h, 2 * self.k, &mut rng, device),
        }
    }
}

/// An MLP over the embeddings of both tokens and κ, SiLU between layers: the architecture of the reference
/// library's 2D example. The head speaks of data tokens only, so the mask can never be predicted.
#[derive(Module, Debug)]
pub struct GridMlp {
    /// κ → one feature.
    pub kappa: Linear,
    /// V × H.
    pub token: Embedding,
    /// 2H+1 → H → H → H.
    pub body: Vec<Linear>,
    /// H → 2K.
    pub head: Linear,
}

impl GridMlp {
    /// # Shapes
    /// - `tokens`: `[B, 2]`, entries in 0..V
    /// - `kappa`: `[B, 1]`
    /// - returns logits `[B, 2, K]`
    pub fn forward(&self, tokens: Tensor<2, Int>, kappa: Tensor<2>) -> Tensor<3> {
        let embedded: Tensor<2> = self.token.forward(tokens).flatten(1, 2); // [B, 2H]
        let mut x = Tensor::cat(vec![embedded, self.kappa.forward(kappa)], 1); // [B, 2H+1]
        for layer in &self.body {
            x = layer.forward(silu(x)); // [B, H]
        }
        let logits = self.head.forward(silu(x)); // [B, 2K]
        let [batch, both] = logits.dims();
        logits.reshape([batch, 2, both / 2])
    }
}

fn linear(inputs: usize, outputs: usize, rng: &mut ChaCha8Rng, device: &Device) -> Linear {
    let bound = 1.0 / (inputs as f32).sqrt();
    let mut uniform =
        |n: usize| -> Vec<f32> { (0..n).map(|_| bound * (2.0 * rng.random::<f32>() - 1.0)).collect() };
    let weight = TensorData::new(uniform(inputs * outputs), [inputs, outputs]);
    let bias = TensorData::new(uniform(outputs), [outputs]);
    Linear {
        weight: Param::from_tensor(Tensor::from_data(weight, device)),
        bias: Some(Param::from_tensor(Tensor::from_data(bias, device))),
    }
}

fn embedding(rows: usize, width: usize, rng: &mut ChaCha8Rng, device: &Device) -> Embedding {
    // Box–Muller, one of each pair: the whole need of normal numbers in this program.
    let normal = |_| {
        let (u, angle) = (1.0 - rng.random::<f32>(), std::f32::consts::TAU * rng.random::<f32>());
        (-2.0 * u.ln()).sqrt() * angle.cos()
    };
    let weight: Vec<f32> = (0..rows * width).map(normal).collect();
    Embedding {
        weight: Param::from_tensor(Tensor::from_data(TensorData::new(weight, [rows, width]), device)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_seeds() {
        let config = GridMlpConfig { k: 6, mask: true, hidden: 8 };
        let device = Device::flex();
        let ask = |seed| {
            let tokens = Tensor::from_data(TensorData::new(vec![0i32, 6, 5, 6, 3, 2], [3, 2]), &device);
            let kappa = Tensor::from_data(TensorData::new(vec![0.0f32, 0.5, 1.0], [3, 1]), &device);
            config.init(seed, &device).forward(tokens, kappa)
        };
        assert_eq!(ask(1).dims(), [3, 2, 6]);
        let values = |seed| ask(seed).into_data().try_to_vec::<f32>().expect("f32");
        assert_eq!(values(1), values(1));
        assert_ne!(values(1), values(2));
        assert!(values(1).iter().all(|x| x.is_finite()));
    }
}
