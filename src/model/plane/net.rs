//! The network of the plane: (x̃, t*) in and v out, and with codes an encoder beside it that says which code a datum has
//! (plane.md 1.3, 3.1, 6). Written out for the CPU, forwards and backwards.

use super::dense::{Dense, GROUP, Prepared, Room};
use crate::flow::plane::MOST_CODES;
use crate::flow::vectorized;
use crate::random::{Purpose, stream};
use rayon::prelude::*;
use std::sync::Mutex;

/// Widest network.
pub const MOST_WIDTH: usize = 1024;
/// Most hidden layers.
pub const MOST_LAYERS: usize = 8;
/// Width and hidden layers of the encoder.
const ENCODER: [usize; 2] = [64, 2];
/// A batch is cut into at most this many shares, each summed in order by one thread: sums do not depend on how many threads
/// there are.
const SHARES: usize = 8;

/// Sizes of a [`PlaneNet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PlaneNetConfig {
    /// Width of the hidden layers, 1 to [`MOST_WIDTH`].
    pub width: usize,
    /// Hidden layers, 1 to [`MOST_LAYERS`].
    pub layers: usize,
    /// Codes of the discrete latent, 2 to [`MOST_CODES`]; 0 where there is none.
    #[serde(default)]
    pub codes: usize,
}

impl Default for PlaneNetConfig {
    fn default() -> Self {
        Self { width: 128, layers: 4, codes: 0 }
    }
}

impl PlaneNetConfig {
    /// Whether all sizes are in range.
    pub fn is_valid(&self) -> bool {
        (1..=MOST_WIDTH).contains(&self.width)
            && (1..=MOST_LAYERS).contains(&self.layers)
            && self.codes <= MOST_CODES
    }

    /// (x̃, t*, z) → v.
    pub(super) fn denoiser(&self) -> Dense {
        Dense { inputs: 3 + self.codes, width: self.width, layers: self.layers, outputs: 2 }
    }

    /// x₁ → ln of the chance of each code, but for a constant.
    pub(super) fn encoder(&self) -> Option<Dense> {
        let [width, layers] = ENCODER;
        (self.codes > 0).then_some(Dense { inputs: 2, width, layers, outputs: self.codes })
    }

    /// Name and shape of every array of parameters, in the order in which they lie in the array of all.
    pub fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        let encoder = self.encoder().map(|net| net.shapes("encoder")).unwrap_or_default();
        self.denoiser().shapes("denoiser").into_iter().chain(encoder).collect()
    }

    /// How many parameters there are.
    pub fn parameters(&self) -> usize {
        self.denoiser().len() + self.encoder().map_or(0, |net| net.len())
    }

    /// The first parameters of a run: the same seed gives the same.
    pub fn init(&self, seed: u64) -> PlaneNet {
        let mut rng = stream(seed, Purpose::Weights, 0);
        let mut values = self.denoiser().init(&mut rng);
        if let Some(encoder) = self.encoder() {
            values.extend(encoder.init(&mut rng));
        }
        PlaneNet { config: *self, values }
    }
}

/// Sizes and all parameters in one array, in the order of [`PlaneNetConfig::shapes`].
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneNet {
    config: PlaneNetConfig,
    values: Vec<f32>,
}

/// A batch of B examples, as networks are shown them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaneExamples {
    /// \[B, 3\]: x̃ and t*.
    pub asked: Vec<f32>,
    /// \[B, 2\]: x₁ − x₀, which v is to be on average.
    pub answers: Vec<f32>,
    /// \[B, 2\]: x₁, which the encoder is shown; empty without codes.
    pub data: Vec<f32>,
    /// \[B, codes\]: standard Gumbel numbers; empty without codes.
    pub gumbel: Vec<f32>,
    /// \[B\]: whether the denoiser is told its code; empty without codes.
    pub told: Vec<bool>,
    /// Whether codes are drawn, as those of samples are, in place of relaxed: by those no encoder learns.
    pub drawn: bool,
    /// The temperature of the softmax that stands for a code.
    pub temperature: f32,
}

impl PlaneExamples {
    /// B.
    pub fn len(&self) -> usize {
        self.answers.len() / 2
    }

    /// Whether the loss of an example counts: without codes that of all, else of those that are told one.
    pub fn counts(&self, example: usize) -> bool {
        self.told.get(example).is_none_or(|told| *told)
    }

    /// How many examples count, at least 1.
    pub fn counted(&self) -> usize {
        (0..self.len()).filter(|n| self.counts(*n)).count().max(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }
}

/// Memory that gradients are computed in, kept from step to step.
#[derive(Default)]
pub struct PlaneGradients {
    denoiser: Prepared,
    encoder: Prepared,
    shares: Vec<Share>,
    /// \[parameters\]: the gradient.
    pub total: Vec<f32>,
}

#[derive(Default)]
struct Share {
    denoiser: Room,
    encoder: Room,
    rows: Vec<f32>,
    codes: Vec<f32>,
    sums: Vec<f32>,
    loss: f64,
}

impl PlaneNet {
    /// With these parameters.
    ///
    /// # Errors
    /// If sizes are out of range, or there are not as many parameters.
    pub fn from_values(config: PlaneNetConfig, values: Vec<f32>) -> Result<Self, String> {
        if !config.is_valid() || values.len() != config.parameters() {
            return Err(format!("{} parameters do not make a network of {config:?}", values.len()));
        }
        Ok(Self { config, values })
    }

    /// The same sizes with other parameters.
    #[must_use]
    pub fn with_values(&self, values: Vec<f32>) -> Self {
        Self { config: self.config, values }
    }

    /// The sizes.
    pub fn config(&self) -> PlaneNetConfig {
        self.config
    }

    /// All parameters.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All parameters, to be changed.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    pub(super) fn parts(&self) -> [&[f32]; 2] {
        let (denoiser, encoder) = self.values.split_at(self.config.denoiser().len());
        [denoiser, encoder]
    }

    /// The loss of a batch, mean over the examples that [count](PlaneExamples::counts) of |v − (x₁ − x₀)|² (a sum over both
    /// coordinates); the gradient of the mean over all of them is left in [`PlaneGradients::total`].
    ///
    /// Codes are Gumbel-softmax's (Jang et al. 2017). Where they are drawn the denoiser is told the likeliest entry alone, which
    /// is a draw from the encoder's law, and the encoder stays: by straight-through gradients its codes fall together.
    pub fn gradient(&self, batch: &PlaneExamples, room: &mut PlaneGradients) -> f64 {
        let (n, codes) = (batch.len(), self.config.codes);
        let (denoiser, encoder) = (self.config.denoiser(), self.config.encoder());
        let [of_denoiser, of_encoder] = self.parts();
        let PlaneGradients { denoiser: prepared, encoder: prepared_encoder, shares, total } = room;
        prepared.prepare(denoiser, of_denoiser, true);
        if let Some(net) = encoder {
            prepared_encoder.prepare(net, of_encoder, true);
        }
        let (prepared, prepared_encoder) = (&*prepared, &*prepared_encoder);
        let size = n.div_ceil(SHARES).next_multiple_of(GROUP);
        shares.resize_with(n.div_ceil(size.max(1)), Share::default);
        let scale = 1.0 / n.max(1) as f32;
        shares.par_iter_mut().enumerate().for_each(|(number, share)| {
            share.sums.clear();
            share.sums.resize(self.values.len(), 0.0);
            share.loss = 0.0;
            let last = n.min((number + 1) * size);
            for first in (number * size..last).step_by(GROUP) {
                let count = GROUP.min(last - first);
                let Share { denoiser: room, encoder: code_room, rows, codes: z, sums, loss } = share;
                let (sums, code_sums) = sums.split_at_mut(of_denoiser.len());
                rows.clear();
                if let Some(net) = encoder {
                    let data = &batch.data[2 * first..2 * (first + count)];
                    code_room.forward(net, prepared_encoder, data, count, true);
                    z.clear();
                    for i in 0..count {
                        let gumbel = &batch.gumbel[(first + i) * codes..][..codes];
                        let logits = &code_room.outputs[i * codes..][..codes];
                        soft_code(logits, gumbel, batch.temperature, z);
                    }
                    for i in 0..count {
                        rows.extend_from_slice(&batch.asked[3 * (first + i)..][..3]);
                        let told = batch.told[first + i];
                        let z = &z[i * codes..][..codes];
                        let drawn = batch.drawn.then(|| likeliest(z));
                        let seen =
                            |code: usize| drawn.map_or(z[code], |drawn| f32::from(u8::from(code == drawn)));
                        rows.extend((0..codes).map(|code| if told { seen(code) } else { 0.0 }));
                    }
                } else {
                    rows.extend_from_slice(&batch.asked[3 * first..3 * (first + count)]);
                }
                room.forward(denoiser, prepared, rows, count, true);
                let answers = &batch.answers[2 * first..2 * (first + count)];
                for (at, (v, answer)) in room.outputs.iter_mut().zip(answers).enumerate() {
                    let miss = *v - answer;
                    if batch.counts(first + at / 2) {
                        *loss += f64::from(miss * miss);
                    }
                    *v = 2.0 * scale * miss;
                }
                room.back(denoiser, prepared, rows, count, sums, encoder.is_some() && !batch.drawn);
                if let Some(net) = encoder.filter(|_| !batch.drawn) {
                    let inputs = 3 + codes;
                    for i in 0..count {
                        let z = &z[i * codes..][..codes];
                        let out = &mut code_room.outputs[i * codes..][..codes];
                        let slope = &room.inputs[i * inputs + 3..][..codes];
                        let told = batch.told[first + i];
                        let mean: f32 = z.iter().zip(slope).map(|(z, d)| z * d).sum();
                        for ((out, z), d) in out.iter_mut().zip(z).zip(slope) {
                            *out = if told { z * (d - mean) / batch.temperature } else { 0.0 };
                        }
                    }
                    let data = &batch.data[2 * first..2 * (first + count)];
                    code_room.back(net, prepared_encoder, data, count, code_sums, false);
                }
            }
        });
        total.resize(self.values.len(), 0.0);
        let shares = &*shares;
        total.par_chunks_mut(8192).enumerate().for_each(|(chunk, total)| {
            vectorized!({
                for (number, share) in shares.iter().enumerate() {
                    let part = &share.sums[chunk * 8192..][..total.len()];
                    if number == 0 {
                        total.copy_from_slice(part);
                    } else {
                        for (sum, x) in total.iter_mut().zip(part) {
                            *sum += x;
                        }
                    }
                }
            });
        });
        shares.iter().map(|share| share.loss).sum::<f64>() / batch.counted() as f64
    }

    /// The chance of each code of data, \[n, codes\]; empty without codes.
    pub fn code_chances(&self, data: &[[f64; 2]]) -> Vec<f32> {
        let Some(net) = self.config.encoder() else { return Vec::new() };
        let codes = self.config.codes;
        let mut prepared = Prepared::default();
        prepared.prepare(net, self.parts()[1], false);
        let mut room = Room::default();
        let mut chances = Vec::with_capacity(data.len() * codes);
        for group in data.chunks(GROUP) {
            let rows: Vec<f32> = group.as_flattened().iter().map(|x| *x as f32).collect();
            room.forward(net, &prepared, &rows, group.len(), false);
            for logits in room.outputs[..group.len() * codes].chunks_exact(codes) {
                soft_code(logits, &[], 1.0, &mut chances);
            }
        }
        chances
    }
}

/// The place of the largest entry of a code.
fn likeliest(z: &[f32]) -> usize {
    z.iter().enumerate().fold(0, |best, (n, x)| if *x > z[best] { n } else { best })
}

/// softmax((logits + gumbel)/temperature), appended to `out`; without numbers the softmax of the logits.
fn soft_code(logits: &[f32], gumbel: &[f32], temperature: f32, out: &mut Vec<f32>) {
    let start = out.len();
    let noise = |n: usize| gumbel.get(n).copied().unwrap_or(0.0);
    out.extend(logits.iter().enumerate().map(|(n, logit)| (logit + noise(n)) / temperature));
    let z = &mut out[start..];
    let most = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    z.iter_mut().for_each(|x| *x = (*x - most).exp());
    let total: f32 = z.iter().sum();
    z.iter_mut().for_each(|x| *x /= total);
}

/// A network that is asked: its weights as products read them.
pub struct PlaneNetwork {
    net: PlaneNet,
    prepared: Prepared,
    /// What is worked in, one for each thread that asks at the moment.
    rooms: Mutex<Vec<(Room, Vec<f32>)>>,
}

impl std::fmt::Debug for PlaneNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlaneNetwork").field("config", &self.net.config).finish_non_exhaustive()
    }
}

impl PlaneNetwork {
    /// Of a network.
    pub fn new(net: PlaneNet) -> Self {
        let mut prepared = Prepared::default();
        prepared.prepare(net.config.denoiser(), net.parts()[0], false);
        Self { net, prepared, rooms: Mutex::default() }
    }

    /// What it was made of.
    pub fn net(&self) -> &PlaneNet {
        &self.net
    }

    /// v at the points (x̃, ỹ) and t*, told the code, or none.
    pub fn velocity_at(&self, t_star: f64, code: Option<usize>, x: [&[f64]; 2], [v1, v2]: [&mut [f64]; 2]) {
        let net = self.net.config.denoiser();
        let spare = self.rooms.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        let (mut room, mut rows) = spare.unwrap_or_default();
        let points = x[0].chunks(GROUP).zip(x[1].chunks(GROUP));
        for ((x, y), (v1, v2)) in points.zip(v1.chunks_mut(GROUP).zip(v2.chunks_mut(GROUP))) {
            rows.clear();
            for (x, y) in x.iter().zip(y) {
                rows.extend_from_slice(&[*x as f32, *y as f32, t_star as f32]);
                rows.extend((0..self.net.config.codes).map(|z| if code == Some(z) { 1.0 } else { 0.0 }));
            }
            room.forward(net, &self.prepared, &rows, x.len(), false);
            for ((v1, v2), out) in v1.iter_mut().zip(v2).zip(room.outputs.as_chunks::<2>().0) {
                (*v1, *v2) = (f64::from(out[0]), f64::from(out[1]));
            }
        }
        self.rooms.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((room, rows));
    }
}
