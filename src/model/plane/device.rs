//! The same network as operations of burn, on any of its devices, with the same parameters in the same order; gradients are
//! burn's own. What is written out for the CPU is compared with it.

use super::dense::Dense;
use super::{PlaneExamples, PlaneNetConfig};
use burn::tensor::activation::{silu, softmax};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// A network on a device: what is the same whatever its parameters are.
#[derive(Clone)]
pub struct DevicePlaneNet {
    config: PlaneNetConfig,
    device: Device,
}

impl DevicePlaneNet {
    /// The network's sizes on `device`.
    pub fn new(config: PlaneNetConfig, device: &Device) -> Self {
        Self { config, device: device.clone() }
    }

    /// `values` \[P\] on the device.
    pub fn values(&self, values: &[f32]) -> Tensor<1> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &self.device)
    }

    /// The loss of [`super::PlaneNet::gradient`] and its gradient \[P\].
    ///
    /// # Errors
    /// If the device fails.
    pub fn gradient(&self, values: &Tensor<1>, batch: &PlaneExamples) -> anyhow::Result<(f64, Tensor<1>)> {
        let (n, codes) = (batch.len(), self.config.codes);
        let learning = self.device.clone().autodiff();
        let rows = |values: &[f32], width: usize| -> Tensor<2> {
            Tensor::from_data(TensorData::new(values.to_vec(), [n, width]), &learning)
        };
        let mut start = 0;
        // Layer by layer: weight and bias, each with its gradient.
        let arrays: Vec<Tensor<1>> = self
            .config
            .shapes()
            .iter()
            .map(|(_, shape)| {
                let end = start + shape.iter().product::<usize>();
                let array = values.clone().slice_dim(0, start..end);
                start = end;
                Tensor::from_inner(array).require_grad()
            })
            .collect();
        let (of_denoiser, of_encoder) = arrays.split_at(2 * (self.config.layers + 1));
        let mut seen = rows(&batch.asked, 3);
        if let Some(encoder) = self.config.encoder() {
            let logits = forward(encoder, of_encoder, rows(&batch.data, 2));
            let noisy = logits + rows(&batch.gumbel, codes);
            let mut z = softmax(noisy.div_scalar(batch.temperature), 1);
            if batch.drawn {
                let all = Tensor::<1, Int>::arange(0..codes as i64, &learning)
                    .reshape([1, codes])
                    .expand([n, codes]);
                z = z.detach().argmax(1).expand([n, codes]).equal(all).float();
            }
            let told = ones(batch.told.iter().copied());
            seen = Tensor::cat(vec![seen, z * rows(&told, 1)], 1);
        }
        let v = forward(self.config.denoiser(), of_denoiser, seen);
        let miss = v - rows(&batch.answers, 2);
        let square = miss.clone() * miss;
        let counts = rows(&ones((0..n).map(|example| batch.counts(example))), 1).inner();
        let counted = (square.clone().inner() * counts).sum() / batch.counted() as f32;
        let loss: Tensor<1> = square.sum() / n as f32;
        let gradients = loss.backward();
        let each = arrays.iter().map(|array| {
            let zeros = || Tensor::zeros(array.dims(), &self.device);
            array.grad(&gradients).unwrap_or_else(zeros)
        });
        let gradient = Tensor::cat(each.collect(), 0);
        // The one wait for the device per step.
        let loss = counted.try_into_data()?.try_into_vec::<f32>()?;
        Ok((loss.first().copied().map_or(f64::NAN, f64::from), gradient))
    }
}

/// 1 for each that holds, else 0.
fn ones(all: impl Iterator<Item = bool>) -> Vec<f32> {
    all.map(|holds| f32::from(u8::from(holds))).collect()
}

/// Outputs \[B, outputs\] of rows \[B, inputs\].
fn forward(net: Dense, arrays: &[Tensor<1>], rows: Tensor<2>) -> Tensor<2> {
    let mut x = rows;
    for (n, ([from, to], array)) in net.sizes().zip(arrays.chunks_exact(2)).enumerate() {
        if n > 0 {
            x = silu(x);
        }
        x = x.matmul(array[0].clone().reshape([from, to])) + array[1].clone().reshape([1, to]);
    }
    x
}
