//! One step of a network whose parameters lie in one array: Adam's rule (Kingma and Ba 2015), weights that are forgotten
//! (AdamW), and the running average of where it goes, in one pass.

use crate::flow::vectorized;
use burn::tensor::Tensor;
use rayon::prelude::*;

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/// Parameters that one thread updates at a time.
const BLOCK: usize = 8192;

/// How a step goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stride {
    /// Its number since the moments began, from 1.
    pub number: u64,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// How much the weights are forgotten, times the learning rate.
    pub weight_decay: f64,
    /// How much of the old average stays.
    pub keep: f64,
}

/// How much of the old average stays in step `number` ≥ 1 where its memory is at `longest` about 1/(1 − this) steps:
/// young averages forget faster, so that the first weights leave no trace.
pub(super) fn keep(longest: f64, number: u64) -> f64 {
    let n = number as f64;
    longest.min((1.0 + n) / (10.0 + n))
}

/// Shortens a gradient to `longest` if it is longer. Its length is added up over fixed blocks, whatever the threads.
pub(super) fn shorten(gradient: &mut [f32], longest: f64) {
    let square = |block: &[f32]| -> f64 { block.iter().map(|g| f64::from(*g).powi(2)).sum() };
    let squares: Vec<f64> = gradient.par_chunks(BLOCK).map(square).collect();
    let length = squares.iter().sum::<f64>().sqrt();
    if length > longest {
        let times = (longest / length) as f32;
        gradient.par_chunks_mut(BLOCK).for_each(|block| block.iter_mut().for_each(|g| *g *= times));
    }
}

/// The same on a device.
pub(super) fn shorten_on_device(gradient: Tensor<1>, longest: f64) -> Tensor<1> {
    let length = (gradient.clone() * gradient.clone()).sum().sqrt();
    let times = (length.clamp_min(longest).recip()) * longest;
    gradient * times
}

/// All that a run remembers of its steps but the parameters: each array as long as these.
#[derive(Clone, Debug)]
pub(super) struct Optimizer {
    /// The running average of the parameters; empty where nobody asks for it.
    pub average: Vec<f32>,
    /// The running mean of gradients.
    pub first: Vec<f32>,
    /// The running mean of their squares.
    pub second: Vec<f32>,
}

impl Optimizer {
    /// At these parameters, before the first step.
    pub fn new(values: &[f32]) -> Self {
        Self { average: values.to_vec(), ..Self::without_average(values) }
    }

    /// The same, with no average kept.
    pub fn without_average(values: &[f32]) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { average: Vec::new(), first: zeros.clone(), second: zeros }
    }

    /// Moves `values` against `gradient`, and all else with them.
    pub fn step(&mut self, values: &mut [f32], gradient: &[f32], stride: Stride) {
        let rule = Rule::of(stride);
        let forget = (stride.weight_decay * stride.learning_rate) as f32;
        let keep = stride.keep as f32;
        let mut averages = self.average.chunks_mut(BLOCK);
        let averages: Vec<&mut [f32]> =
            values.chunks(BLOCK).map(|_| averages.next().unwrap_or_default()).collect();
        let blocks = values
            .par_chunks_mut(BLOCK)
            .zip(averages)
            .zip(self.first.par_chunks_mut(BLOCK))
            .zip(self.second.par_chunks_mut(BLOCK))
            .zip(gradient.par_chunks(BLOCK));
        blocks.for_each(|((((values, average), first), second), gradient)| {
            vectorized!({
                let moments = first.iter_mut().zip(second);
                for ((x, (m, v)), g) in values.iter_mut().zip(moments).zip(gradient) {
                    *x -= forget * *x + rule.update(m, v, *g);
                }
                for (average, x) in average.iter_mut().zip(values) {
                    *average = keep * *average + (1.0 - keep) * *x;
                }
            });
        });
    }
}

/// The same on a device.
pub(super) struct DeviceOptimizer {
    /// The running average of the parameters.
    pub average: Tensor<1>,
    /// The running mean of gradients.
    pub first: Tensor<1>,
    /// The running mean of their squares.
    pub second: Tensor<1>,
}

impl DeviceOptimizer {
    /// Moves everything against `gradient`; the parameters after the step.
    pub fn step(&mut self, values: Tensor<1>, gradient: Tensor<1>, stride: Stride) -> Tensor<1> {
        let rule = Rule::of(stride);
        let keep = stride.keep as f32;
        let square = gradient.clone() * gradient.clone();
        self.first = self.first.clone() * BETA_1 + gradient * (1.0 - BETA_1);
        self.second = self.second.clone() * BETA_2 + square * (1.0 - BETA_2);
        let update = self.first.clone() * rule.rate / (self.second.clone().sqrt() + rule.epsilon);
        let forget = (stride.weight_decay * stride.learning_rate) as f32;
        let values = values * (1.0 - forget) - update;
        self.average = self.average.clone() * keep + values.clone() * (1.0 - keep);
        values
    }
}

/// Adam's rule in one step.
#[derive(Clone, Copy)]
struct Rule {
    rate: f32,
    epsilon: f32,
}

impl Rule {
    /// The corrections for the moments' start at 0 folded in.
    fn of(stride: Stride) -> Self {
        let n = i32::try_from(stride.number).unwrap_or(i32::MAX);
        let second = (1.0 - f64::from(BETA_2).powi(n)).sqrt();
        let rate = stride.learning_rate * second / (1.0 - f64::from(BETA_1).powi(n));
        Self { rate: rate as f32, epsilon: (f64::from(EPSILON) * second) as f32 }
    }

    /// Moves the moments and returns what to subtract.
    #[inline(always)]
    fn update(self, first: &mut f32, second: &mut f32, gradient: f32) -> f32 {
        *first = BETA_1 * *first + (1.0 - BETA_1) * gradient;
        *second = BETA_2 * *second + (1.0 - BETA_2) * gradient * gradient;
        self.rate * *first / (second.sqrt() + self.epsilon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_that_of_the_papers_and_the_average_follows() {
        let stride = |number| Stride { number, learning_rate: 0.1, weight_decay: 0.2, keep: 0.75 };
        // More than one block, the last one short.
        let start: Vec<f32> = (0..2 * BLOCK + 5).map(|n| (n as f32).sin()).collect();
        let gradients = [0.5f64, -0.25];
        let (mut values, mut optimizer) = (start.clone(), Optimizer::new(&start));
        let (mut plain, mut without) = (start.clone(), Optimizer::without_average(&start));
        for (n, g) in gradients.into_iter().enumerate() {
            let gradient = vec![g as f32; start.len()];
            optimizer.step(&mut values, &gradient, stride(n as u64 + 1));
            without.step(&mut plain, &gradient, stride(n as u64 + 1));
        }
        assert!(values == plain && without.average.is_empty());
        for i in [0, BLOCK, 2 * BLOCK + 4] {
            let mut x = f64::from(start[i]);
            let (mut m, mut v, mut average) = (0.0, 0.0, x);
            for (n, g) in (1..).zip(gradients) {
                m = 0.9 * m + 0.1 * g;
                v = 0.999 * v + 0.001 * g * g;
                let (m, v) = (m / (1.0 - 0.9f64.powi(n)), v / (1.0 - 0.999f64.powi(n)));
                x -= 0.1 * (0.2 * x + m / (v.sqrt() + 1e-8));
                average = 0.75 * average + 0.25 * x;
            }
            assert!((f64::from(values[i]) - x).abs() < 1e-5, "{} {x}", values[i]);
            assert!((f64::from(optimizer.average[i]) - average).abs() < 1e-5);
        }
    }

    #[test]
    fn a_long_gradient_is_shortened_and_a_short_one_stays() {
        let gradient: Vec<f32> = (0..BLOCK + 9).map(|n| (n as f32).sin()).collect();
        let length = |g: &[f32]| g.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
        for longest in [2.0, 1e4] {
            let mut shortened = gradient.clone();
            shorten(&mut shortened, longest);
            assert!((length(&shortened) - longest.min(length(&gradient))).abs() < 1e-4);
            let device = burn::tensor::Device::flex();
            let data = burn::tensor::TensorData::new(gradient.clone(), [gradient.len()]);
            let found = shorten_on_device(Tensor::from_data(data, &device), longest);
            let found = found.into_data().try_to_vec::<f32>().expect("numbers");
            assert!(found.iter().zip(&shortened).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }

    #[test]
    fn a_young_average_forgets_faster() {
        assert!(keep(0.999, 1) < 0.2 && keep(0.995, 1_000_000) == 0.995);
    }
}
