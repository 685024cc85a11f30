//! The same network as operations of burn, on any of its devices: what is written out for the CPU beside it is the reference
//! for a GPU, with the same parameters in the same order.
//!
//! Maps are \[B, R, R, C\], channels last. Gradients are burn's own.

mod answer;
mod features;
mod heads;
mod loss;
#[cfg(test)]
mod tests;

use super::attention::{angles, heads, scale};
use super::block::EPSILON;
use super::dropout::Dropout;
use super::features::{KAPPA_FEATURES, kappa_features};
use super::layout::{AttentionAt, BlockAt, CONDITION, KERNEL, Kernel, LINE_KERNEL, Layout, LinearAt};
use super::pass::{Told, class_row};
use super::{Example, ImageNet, ImageNetConfig, Products};
use burn::tensor::activation::{silu, softmax};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, FloatDType, Gradients, Int, Tensor, TensorData};
use features::Seen;
use std::collections::BTreeMap;
use std::ops::Range;

/// Images that go through the network together; more of a batch follow.
pub const AT_ONCE: usize = 64;

/// A network on a device: what is the same whatever its parameters are.
#[derive(Clone)]
pub struct DeviceNet {
    config: ImageNetConfig,
    layout: Layout,
    /// \[K + 1, D/T\]: the coordinates of a token's values, and zeros for the mask.
    coordinates: Tensor<2>,
    device: Device,
}

/// Whether a device computes in half precision. The CPU's backend can, more slowly.
pub fn has_half(device: &Device) -> bool {
    device.supports_dtype(FloatDType::F16)
}

/// What a loss is multiplied with, one after the other until its gradient has no number that is too large for half precision:
/// the smallest numbers of a gradient would be 0 there. Sizes as in Micikevicius et al., 2018 (1710.03740, 3.2).
const SCALES: [f32; 4] = [1024.0, 128.0, 16.0, 1.0];

/// All parameters, each array by where it begins in the array of all.
pub(in crate::model::sequence) struct Parameters {
    arrays: BTreeMap<usize, Tensor<1>>,
    products: Products,
}

impl Parameters {
    /// One of them, by where it lies.
    pub fn array<const D: usize>(&self, at: &Range<usize>, shape: [usize; D]) -> Tensor<D> {
        self.arrays[&at.start].clone().reshape(shape)
    }

    /// Those with these `names` and shapes, one after the other in `values` \[P\], to answer with.
    pub fn of(names: &[(String, Vec<usize>)], values: &Tensor<1>) -> Self {
        Self::with(names, values, Products::Single, |array| array)
    }

    /// The same to learn with: gradients can be asked for.
    pub fn learning(names: &[(String, Vec<usize>)], values: &Tensor<1>, products: Products) -> Self {
        Self::with(names, values, products, |array| Tensor::from_inner(array).require_grad())
    }

    fn with(
        names: &[(String, Vec<usize>)],
        values: &Tensor<1>,
        products: Products,
        taken: impl Fn(Tensor<1>) -> Tensor<1>,
    ) -> Self {
        let mut start = 0;
        let mut arrays = BTreeMap::new();
        for (_, shape) in names {
            let end = start + shape.iter().product::<usize>();
            arrays.insert(start, taken(values.clone().slice_dim(0, start..end)));
            start = end;
        }
        Self { arrays, products }
    }

    /// A loss, a scalar that `loss` computes from these parameters, as a number, and its gradient \[P\]. No number if the
    /// gradient is too large for half precision even so.
    ///
    /// # Errors
    /// If the device fails.
    pub fn learn(&self, loss: impl Fn(&Self) -> Tensor<1>) -> anyhow::Result<(f64, Tensor<1>)> {
        let number = |loss: Tensor<1>| -> anyhow::Result<f32> {
            Ok(loss.try_into_data()?.as_slice::<f32>()?.first().copied().unwrap_or(f32::NAN))
        };
        if self.products == Products::Single {
            let loss = loss(self);
            let gradient = self.gradient(&loss.backward());
            return Ok((f64::from(number(loss.inner())?), gradient));
        }
        let mut last = (f64::NAN, Tensor::zeros([1], &Device::flex()));
        for scale in SCALES {
            let loss = loss(self);
            let gradient = self.gradient(&(loss.clone() * scale).backward()) / scale;
            // Not finite if one of them is not.
            let all = number(gradient.clone().abs().sum())?;
            last = (f64::from(number(loss.inner())?), gradient);
            if all.is_finite() {
                return Ok(last);
            }
        }
        Ok((f64::NAN, last.1))
    }

    /// Of all of them, \[P\].
    fn gradient(&self, gradients: &Gradients) -> Tensor<1> {
        let each = self.arrays.values().map(|array| {
            let zeros = || Tensor::zeros(array.dims(), &array.device());
            array.grad(gradients).unwrap_or_else(zeros)
        });
        Tensor::cat(each.collect(), 0)
    }

    /// rows \[…, from\] · W + bias.
    pub fn linear(&self, at: &LinearAt, rows: Tensor<4>) -> Tensor<4> {
        let [b, h, w, from] = rows.dims();
        let flat: Tensor<2> = rows.reshape([b * h * w, from]);
        let weight = self.array(&at.weight, [at.from, at.to]);
        (self.product(flat, weight) + self.array(&at.bias, [1, at.to])).reshape([b, h, w, at.to])
    }

    /// a · b, in the precision of products.
    pub fn product<const D: usize>(&self, a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
        match self.products {
            Products::Single => a.matmul(b),
            Products::Half => a.cast(FloatDType::F16).matmul(b.cast(FloatDType::F16)).cast(FloatDType::F32),
        }
    }
}

impl DeviceNet {
    /// The network's sizes on `device`, without its parameters.
    pub fn new(net: &ImageNet, device: &Device) -> Self {
        let each = net.config.coordinates / net.config.channels;
        let mut coordinates = net.coordinates.clone();
        coordinates.extend(std::iter::repeat_n(0.0, each));
        let data = TensorData::new(coordinates, [net.config.values + 1, each]);
        let coordinates = Tensor::from_data(data, device);
        Self { config: net.config, layout: net.layout.clone(), coordinates, device: device.clone() }
    }

    /// Where it is.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The sizes.
    pub fn config(&self) -> ImageNetConfig {
        self.config
    }

    /// `values` \[P\] on the device.
    pub fn values(&self, values: &[f32]) -> Tensor<1> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &self.device)
    }

    /// All parameters out of `values` \[P\], to answer with.
    pub(in crate::model::sequence) fn parameters(&self, values: &Tensor<1>) -> Parameters {
        Parameters::of(&self.layout.names, values)
    }

    /// Outputs \[B, N, P\] and bases \[B, N·D/T\] of images with these `states` \[B·N\].
    ///
    /// # Errors
    /// If the device fails.
    pub(in crate::model::sequence) fn infer(
        &self,
        parameters: &Parameters,
        told: &[Told],
        states: &[u16],
    ) -> anyhow::Result<[Vec<f32>; 2]> {
        let seen = self.look(states, told);
        let outputs = self.forward(parameters, &seen);
        Ok([
            outputs.try_into_data()?.try_into_vec::<f32>()?,
            seen.base.try_into_data()?.try_into_vec::<f32>()?,
        ])
    }

    /// What `part` of a batch of the size `whole` adds to its mean loss, and to its gradient \[P\]: at most [`AT_ONCE`] images,
    /// since the device has them all in its memory.
    ///
    /// # Errors
    /// If the device fails.
    pub fn part_of_gradient(
        &self,
        values: &Tensor<1>,
        (part, whole): (&[Example], usize),
        products: Products,
    ) -> anyhow::Result<(f64, Tensor<1>)> {
        if part.is_empty() {
            return Ok((0.0, Tensor::zeros([self.layout.total], &self.device)));
        }
        let parameters = Parameters::learning(&self.layout.names, values, products);
        parameters.learn(|parameters| self.loss(parameters, part, whole))
    }

    /// What the network is given of images.
    fn look(&self, states: &[u16], told: &[Told]) -> Seen {
        let (b, n) = (told.len(), self.config.tokens());
        let states = self.ints(states.iter().map(|x| i32::from(*x)).collect(), [b, n]);
        let classes = told.iter().map(|told| class_row(&self.config, told.class) as i32).collect();
        let kappas: Vec<f32> = told.iter().flat_map(|told| kappa_features(told.kappa)).collect();
        let kappas = Tensor::from_data(TensorData::new(kappas, [b, KAPPA_FEATURES]), &self.device);
        features::seen(&self.config, &self.coordinates, states, (self.ints(classes, [b]), kappas))
    }

    fn ints<const D: usize>(&self, values: Vec<i32>, shape: [usize; D]) -> Tensor<D, Int> {
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }

    /// The outputs \[B, N, P\].
    fn forward(&self, p: &Parameters, seen: &Seen) -> Tensor<3> {
        let layout = &self.layout;
        let condition = self.take_in(p, seen);
        let blocks = |all: &[BlockAt], map: Tensor<4>| {
            all.iter().fold(map, |map, at| {
                block(p, at, (condition.as_ref(), mask(at, &seen.dropouts, &self.device)), map)
            })
        };
        let mut map = p.linear(&layout.stem, seen.rows.clone());
        let mut kept = Vec::new();
        for stage in 0..2 {
            map = blocks(&layout.down[stage], map);
            kept.push(map.clone());
            map = p.linear(&layout.smaller[stage], gather(map));
        }
        map = blocks(&layout.middle, map);
        for stage in [1, 0] {
            let back = scatter(p.linear(&layout.larger[stage], map));
            map = blocks(&layout.up[stage], back + kept[stage].clone());
        }
        let outputs = p.linear(&layout.head, normalise(map));
        let size = self.config.head.outputs(self.config.values);
        outputs.reshape([seen.base.dims()[0], self.config.tokens(), size])
    }

    /// What κ and a class become, \[B, [`CONDITION`]\].
    fn take_in(&self, p: &Parameters, seen: &Seen) -> Option<Tensor<2>> {
        let at = self.layout.condition.as_ref()?;
        let of_class = at.classes.as_ref().map(|classes| {
            let table = p.array(classes, [self.config.classes + 1, CONDITION]);
            table.select(0, seen.classes.clone())
        });
        let of_kappa = at.kappa.as_ref().map(|kappa| {
            let weight = p.array(&kappa.weight, [KAPPA_FEATURES, CONDITION]);
            seen.kappas.clone().matmul(weight) + p.array(&kappa.bias, [1, CONDITION])
        });
        of_class.into_iter().chain(of_kappa).reduce(|a, b| a + b).map(silu)
    }
}

/// What the channels inside a block are multiplied with, \[B, 1, 1, eC\], if any is dropped.
pub(in crate::model::sequence) fn mask(
    at: &BlockAt,
    dropouts: &[Option<Dropout>],
    device: &Device,
) -> Option<Tensor<4>> {
    dropouts.iter().any(Option::is_some).then(|| {
        let mut mask = Vec::new();
        for dropout in dropouts {
            match dropout {
                Some(dropout) => dropout.mask(at.conv.start, at.first.to, &mut mask),
                None => mask.resize(mask.len() + at.first.to, 1.0),
            }
        }
        let data = TensorData::new(mask, [dropouts.len(), 1, 1, at.first.to]);
        Tensor::from_data(data, device)
    })
}

/// As [`super::block::Block`]'s.
pub(in crate::model::sequence) fn block(
    p: &Parameters,
    at: &BlockAt,
    (condition, mask): (Option<&Tensor<2>>, Option<Tensor<4>>),
    map: Tensor<4>,
) -> Tensor<4> {
    let c = at.first.from;
    let mut normal = convolved(p, at, map.clone()) + p.array(&at.conv_bias, [1, 1, 1, c]);
    if let (Some(at), Some(condition)) = (&at.condition, condition) {
        let bias = condition.clone().matmul(p.array(at, [CONDITION, c]));
        let b = bias.dims()[0];
        normal = normal + bias.reshape([b, 1, 1, c]);
    }
    let inside = silu(p.linear(&at.first, normalise(normal)));
    let inside = match mask {
        Some(mask) => inside * mask,
        None => inside,
    };
    let map = map + p.linear(&at.second, inside);
    match &at.attention {
        Some(at) => attention(p, at, map),
        None => map,
    }
}

/// As [`Kernel::convolve`], without the bias. A line is a map \[B, N, 1, C\].
fn convolved(p: &Parameters, at: &BlockAt, map: Tensor<4>) -> Tensor<4> {
    let c = at.first.from;
    let channels_first = || permuted(map.clone(), [0, 3, 1, 2]);
    let (channels_first, weight, options) = match at.kernel {
        Kernel::Point => return map * p.array(&at.conv, [1, 1, 1, c]),
        Kernel::Square => {
            let weight = p.array(&at.conv, [KERNEL, KERNEL, 1, c]);
            (channels_first(), weight, ConvOptions::new([1, 1], [KERNEL / 2; 2], [1, 1], c))
        }
        Kernel::Line { dilation, causal } => {
            let weight = p.array(&at.conv, [LINE_KERNEL, 1, 1, c]);
            let whole = (LINE_KERNEL - 1) * dilation;
            let (line, padding) = match causal {
                true => (channels_first().pad((0, 0, whole, 0), 0.0), 0),
                false => (channels_first(), whole / 2),
            };
            (line, weight, ConvOptions::new([1, 1], [padding, 0], [dilation, 1], c))
        }
    };
    let found = conv2d(channels_first, permuted(weight, [3, 2, 0, 1]), None, options);
    permuted(found, [0, 2, 3, 1])
}

/// As [`super::attention::Attention`]'s.
fn attention(p: &Parameters, at: &AttentionAt, map: Tensor<4>) -> Tensor<4> {
    let [b, h, w, c] = map.dims();
    let heads = heads(c);
    let qkv = p.linear(&at.qkv, normalise(map.clone()));
    let part = |n: usize| -> Tensor<4> {
        let part = qkv.clone().slice_dim(3, n * c..(n + 1) * c);
        part.reshape([b, h * w, heads, c / heads]).swap_dims(1, 2)
    };
    let [questions, keys] = [part(0), part(1)].map(|part| if at.turned { turned(part) } else { part });
    let shares = softmax(p.product(questions * scale(c / heads), keys.swap_dims(2, 3)), 3);
    let told = p.product(shares, part(2)).swap_dims(1, 2).reshape([b, h, w, c]);
    map + p.linear(&at.out, told)
}

/// Questions or keys \[B, heads, n, d\], turned by [`angles`].
fn turned(part: Tensor<4>) -> Tensor<4> {
    let [_, _, n, d] = part.dims();
    let half = d / 2;
    let (cos, sin): (Vec<f32>, Vec<f32>) = (0..n).flat_map(|place| angles(place, d)).unzip();
    let [cos, sin] =
        [cos, sin].map(|x| Tensor::<4>::from_data(TensorData::new(x, [1, 1, n, half]), &part.device()));
    let [x, y] = [0..half, half..2 * half].map(|channels| part.clone().slice_dim(3, channels));
    let first = x.clone() * cos.clone() - y.clone() * sin.clone();
    let mut all = vec![first, x * sin + y * cos];
    // An odd channel has none to turn with.
    all.extend((d > 2 * half).then(|| part.slice_dim(3, 2 * half..d)));
    Tensor::cat(all, 3)
}

/// To mean 0 and variance 1 over the channels of a pixel.
pub(in crate::model::sequence) fn normalise(map: Tensor<4>) -> Tensor<4> {
    let centred = map.clone() - map.mean_dim(3);
    let variance = (centred.clone() * centred.clone()).mean_dim(3);
    centred / (variance + EPSILON).sqrt()
}

/// Each square of four pixels side by side: \[B, side, side, C\] becomes \[B, side/2, side/2, 4C\].
pub(in crate::model::sequence) fn gather(map: Tensor<4>) -> Tensor<4> {
    let [b, side, _, c] = map.dims();
    let half = side / 2;
    map.reshape([b, half, 2, half, 2, c]).swap_dims(2, 3).reshape([b, half, half, 4 * c])
}

/// The reverse of [`gather`].
fn scatter(map: Tensor<4>) -> Tensor<4> {
    let [b, half, _, c] = map.dims();
    let c = c / 4;
    let squares = map.reshape([b, half, half, 2, 2, c]).swap_dims(2, 3);
    squares.reshape([b, 2 * half, 2 * half, c])
}

/// The axes in another order, by exchanges of two: burn 0.22.1 tells a server of a `permute` of numbers as of one of integers,
/// which a server's CPU refuses.
pub(in crate::model::sequence) fn permuted<const D: usize>(map: Tensor<D>, axes: [usize; D]) -> Tensor<D> {
    let (mut map, mut now) = (map, std::array::from_fn::<usize, D, _>(|axis| axis));
    for (place, axis) in axes.into_iter().enumerate() {
        if let Some(at) = now.iter().position(|own| *own == axis).filter(|at| *at != place) {
            map = map.swap_dims(place, at);
            now.swap(place, at);
        }
    }
    map
}
