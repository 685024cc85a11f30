//! A multi-layer perceptron with SiLU between its layers, forwards and backwards, for a group of examples at a time: what the
//! networks on the plane are made of.

use crate::flow::vectorized;
use crate::flow::vectors::single::silu;
use crate::model::gemm::{Left, Packed, Start, multiply};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Examples that go through the layers together: their activations stay in the second-level cache.
pub(super) const GROUP: usize = 64;

/// Sizes: `inputs` → `layers` times `width` → `outputs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dense {
    /// Numbers that an example brings.
    pub inputs: usize,
    /// Width of the hidden layers.
    pub width: usize,
    /// How many hidden layers there are.
    pub layers: usize,
    /// Numbers that come out.
    pub outputs: usize,
}

impl Dense {
    /// Inputs and outputs of every layer, the last one included.
    pub fn sizes(&self) -> impl Iterator<Item = [usize; 2]> + use<> {
        let Self { inputs, width, layers, outputs } = *self;
        (0..=layers)
            .map(move |n| [if n == 0 { inputs } else { width }, if n == layers { outputs } else { width }])
    }

    /// How many parameters there are.
    pub fn len(&self) -> usize {
        self.sizes().map(|[from, to]| (from + 1) * to).sum()
    }

    /// Name and shape of every array of parameters, weights \[from, to\] before biases.
    pub fn shapes(&self, name: &str) -> Vec<(String, Vec<usize>)> {
        let of = |(n, [from, to]): (usize, [usize; 2])| {
            [(format!("{name}.{n}.weight"), vec![from, to]), (format!("{name}.{n}.bias"), vec![to])]
        };
        self.sizes().enumerate().flat_map(of).collect()
    }

    /// Random parameters, uniform in ±1/√inputs of their layer.
    pub fn init(&self, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.len());
        for [from, to] in self.sizes() {
            let bound = 1.0 / (from as f32).sqrt();
            values.extend((0..(from + 1) * to).map(|_| bound * (2.0 * rng.random::<f32>() - 1.0)));
        }
        values
    }

    /// Where weights and bias of every layer lie in the array of all.
    fn places(&self) -> impl Iterator<Item = (usize, usize, usize, usize)> + use<> {
        let mut start = 0;
        self.sizes().map(move |[from, to]| {
            let place = (start, start + from * to, from, to);
            start += (from + 1) * to;
            place
        })
    }
}

/// A network's weights as its products read them.
#[derive(Default)]
pub(super) struct Prepared {
    weights: Vec<Packed>,
    transposed: Vec<Packed>,
    biases: Vec<Vec<f32>>,
}

impl Prepared {
    /// Takes the parameters over; those for the way back as well if it `learns`.
    pub fn prepare(&mut self, net: Dense, values: &[f32], learns: bool) {
        self.weights.resize_with(net.layers + 1, Packed::default);
        self.transposed.resize_with(net.layers + 1, Packed::default);
        self.biases.clear();
        for (n, (start, middle, from, to)) in net.places().enumerate() {
            self.weights[n].pack(&values[start..middle], from, to);
            if learns {
                self.transposed[n].pack_transposed(&values[start..middle], to, from);
            }
            self.biases.push(values[middle..middle + to].to_vec());
        }
    }
}

/// The activations of a group of examples.
#[derive(Default)]
pub(super) struct Room {
    /// SiLU of each hidden layer's output \[GROUP, width\], and its slope.
    value: Vec<Vec<f32>>,
    slope: Vec<Vec<f32>>,
    /// \[GROUP, outputs\]: what comes out; before the way back, the gradient with respect to it.
    pub outputs: Vec<f32>,
    /// \[GROUP, inputs\]: after the way back, the gradient with respect to what came in.
    pub inputs: Vec<f32>,
    above: Vec<f32>,
    below: Vec<f32>,
    packed: Packed,
}

impl Room {
    fn fit(&mut self, net: Dense) {
        let hidden = GROUP * net.width;
        for all in [&mut self.value, &mut self.slope] {
            all.resize_with(net.layers, Vec::new);
            all.iter_mut().for_each(|layer| layer.resize(hidden, 0.0));
        }
        self.above.resize(hidden, 0.0);
        self.below.resize(hidden, 0.0);
        self.outputs.resize(GROUP * net.outputs, 0.0);
        self.inputs.resize(GROUP * net.inputs, 0.0);
    }

    /// Sends `n` examples \[n, inputs\], at most [`GROUP`], through: [`Self::outputs`]. With slopes if they will come back.
    pub fn forward(&mut self, net: Dense, prepared: &Prepared, rows: &[f32], n: usize, with_slopes: bool) {
        self.fit(net);
        for layer in 0..=net.layers {
            let (before, after) = self.value.split_at_mut(layer);
            let input = match before.last() {
                Some(value) => &value[..n * net.width],
                None => rows,
            };
            let bias = Start::Row(&prepared.biases[layer]);
            if layer == net.layers {
                let outputs = &mut self.outputs[..n * net.outputs];
                multiply(Left::Rows(input), &prepared.weights[layer], bias, outputs);
                break;
            }
            let out = &mut after[0][..n * net.width];
            multiply(Left::Rows(input), &prepared.weights[layer], bias, out);
            let slope = &mut self.slope[layer][..n * net.width];
            vectorized!({
                if with_slopes {
                    for (x, slope) in out.iter_mut().zip(slope) {
                        (*x, *slope) = silu(*x);
                    }
                } else {
                    for x in out.iter_mut() {
                        *x = silu(*x).0;
                    }
                }
            });
        }
    }

    /// The way back of the examples that went through last, from the gradient in [`Self::outputs`]: adds to `sums`, laid out
    /// as the parameters; and if `to_inputs`, leaves the gradient with respect to `rows` in [`Self::inputs`].
    pub fn back(
        &mut self,
        net: Dense,
        prepared: &Prepared,
        rows: &[f32],
        n: usize,
        sums: &mut [f32],
        to_inputs: bool,
    ) {
        let Self { value, slope, outputs, inputs, above, below, packed } = self;
        let places: Vec<_> = net.places().collect();
        for layer in (0..=net.layers).rev() {
            let (start, middle, from, to) = places[layer];
            let gradient = if layer == net.layers { &mut outputs[..n * to] } else { &mut above[..n * to] };
            let input = if layer == 0 { rows } else { &value[layer - 1][..n * from] };
            let (weights, bias) = sums[start..middle + to].split_at_mut(middle - start);
            multiply(Left::Columns(input), packed.pack(gradient, n, to), Start::Present, weights);
            vectorized!({
                for row in gradient.chunks_exact(to) {
                    for (sum, x) in bias.iter_mut().zip(row) {
                        *sum += x;
                    }
                }
            });
            if layer == 0 {
                if to_inputs {
                    let inputs = &mut inputs[..n * from];
                    multiply(Left::Rows(gradient), &prepared.transposed[0], Start::Zero, inputs);
                }
                break;
            }
            let out = &mut below[..n * from];
            multiply(Left::Rows(gradient), &prepared.transposed[layer], Start::Zero, out);
            let slope = &slope[layer - 1][..n * from];
            vectorized!({
                for (x, slope) in out.iter_mut().zip(slope) {
                    *x *= slope;
                }
            });
            std::mem::swap(above, below);
        }
    }
}
