//! What a sampler asks of a batch is computed where its outputs are: of a network's many numbers a token only values,
//! logarithms and entropies come back.

use super::super::{Head, ImageNetConfig};
use super::heads::{every_log_p, log_p_of};
use super::{AT_ONCE, DeviceNet, Parameters, Told};
use crate::denoiser::sequence::{BatchAnswer, Place};
use crate::flow::categorical::COLDEST;
use crate::flow::{Kappa, SequenceSource};
use anyhow::Context as _;
use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Numbers of the largest array in between, of all values of some tokens.
const MOST_NUMBERS: usize = 1 << 24;
/// The largest number below 1: what has fewer digits than the sampler's may round up to 1.
const BELOW_ONE: f32 = 1.0 - f32::EPSILON / 2.0;

/// What one pass of a network over a batch gave, in pieces of [`AT_ONCE`] images.
struct Outputs {
    pieces: Vec<Piece>,
}

struct Piece {
    /// \[B·N, P\]
    outputs: Tensor<2>,
    /// \[B·N, D/T\]
    base: Tensor<2>,
}

/// An answer on a device: of a network, or of one that is asked twice and mixed by guidance.
pub(in crate::model::sequence) struct DeviceAnswer {
    config: ImageNetConfig,
    device: Device,
    states: Vec<u16>,
    kappas: Vec<Kappa>,
    /// With the class.
    told: Outputs,
    /// Without it, and the weight of the one with it.
    free: Option<(Outputs, f64)>,
}

impl DeviceNet {
    /// Asks about `states` \[B, N\], each at its κ: of a class, or whatever it is; with a weight of
    /// [`crate::denoiser::sequence::Guided`] both, mixed.
    pub(in crate::model::sequence) fn answer(
        &self,
        parameters: &Parameters,
        (states, kappas): (&[u16], &[Kappa]),
        class: Option<u16>,
        guidance: Option<f64>,
    ) -> DeviceAnswer {
        let pass = |class: Option<u16>| {
            let n = self.config.tokens();
            let of_piece = |(states, kappas): (&[u16], &[Kappa])| {
                let told: Vec<Told> = kappas.iter().map(|&kappa| Told { class, kappa }).collect();
                let seen = self.look(states, &told);
                let outputs = self.forward(parameters, &seen);
                let all = kappas.len() * n;
                let each = |numbers: usize| [all, numbers / all];
                let sizes = [outputs.shape().num_elements(), seen.base.shape().num_elements()].map(each);
                Piece { outputs: outputs.reshape(sizes[0]), base: seen.base.reshape(sizes[1]) }
            };
            let pieces = states.chunks(AT_ONCE * n).zip(kappas.chunks(AT_ONCE));
            Outputs { pieces: pieces.map(of_piece).collect() }
        };
        DeviceAnswer {
            config: self.config,
            device: self.device.clone(),
            states: states.to_vec(),
            kappas: kappas.to_vec(),
            told: pass(class),
            free: guidance.map(|weight| (pass(None), weight)),
        }
    }
}

impl DeviceAnswer {
    fn here(&self, place: Place) -> u16 {
        self.states[place.sequence * self.config.tokens() + place.token]
    }

    /// Whether it is known already: then it stays.
    fn is_known(&self, place: Place) -> bool {
        self.config.source == SequenceSource::Mask && usize::from(self.here(place)) < self.config.values
    }

    fn column(&self, values: Vec<f32>) -> Tensor<2> {
        let m = values.len();
        Tensor::from_data(TensorData::new(values, [m, 1]), &self.device)
    }

    fn ints(&self, values: Vec<i32>) -> Tensor<1, Int> {
        let m = values.len();
        Tensor::from_data(TensorData::new(values, [m]), &self.device)
    }

    /// ln p \[M, K\] of tokens of one piece by one pass.
    fn by(&self, outputs: &Outputs, piece: usize, places: &[Place]) -> Tensor<2> {
        let Piece { outputs, base } = &outputs.pieces[piece];
        let (n, k) = (self.config.tokens(), self.config.values);
        let row = |place: &Place| ((place.sequence % AT_ONCE) * n + place.token) as i32;
        let rows = self.ints(places.iter().map(row).collect());
        let log = every_log_p(&self.config, outputs.clone().select(0, rows.clone()), || {
            base.clone().select(0, rows)
        });
        if self.config.source == SequenceSource::Mask {
            return log;
        }
        // A token comes from the data with probability ρ, and then stays (math.md 2.2).
        let here = self.ints(places.iter().map(|place| i32::from(self.here(*place))).collect());
        let here: Tensor<2, Int> = here.unsqueeze_dim(1);
        let kappas = || places.iter().map(|place| self.kappas[place.sequence]);
        let value = self.column(kappas().map(|kappa| kappa.value as f32).collect());
        let noise = self.column(kappas().map(|kappa| (kappa.complement / k as f64) as f32).collect());
        let p = log.exp();
        let from_data = value * p.clone().gather(1, here.clone());
        let sum = from_data.clone() + noise.clone();
        let every = self.ints((0..k as i32).collect()).unsqueeze_dim::<2>(0);
        let at_it = here.repeat_dim(1, k).equal(every.repeat_dim(0, places.len())).float();
        let stays = from_data / sum.clone();
        (p * (noise / sum) + at_it * stays).clamp_min(f32::MIN_POSITIVE).log()
    }

    /// Asks `of` about ln p \[M, K\] of `tokens` that are not known yet, piece by piece, and puts its M answers back where
    /// `known` says what is said of the others.
    fn each<Q: Copy, A: Clone>(
        &self,
        tokens: &[Q],
        place: impl Fn(&Q) -> Place,
        known: impl Fn(&Q) -> A,
        of: impl Fn(Tensor<2>, &[Q]) -> anyhow::Result<Vec<A>>,
    ) -> anyhow::Result<Vec<A>> {
        let open: Vec<Q> = tokens.iter().filter(|q| !self.is_known(place(q))).copied().collect();
        let size = match self.config.head {
            Head::Categorical => self.config.values,
            Head::Logistics(components) => components * self.config.values,
        };
        let mut found = Vec::with_capacity(open.len());
        for of_piece in open.chunk_by(|a, b| place(a).sequence / AT_ONCE == place(b).sequence / AT_ONCE) {
            for part in of_piece.chunks((MOST_NUMBERS / size).max(1)) {
                let places: Vec<Place> = part.iter().map(&place).collect();
                let piece = places[0].sequence / AT_ONCE;
                let mut log = self.by(&self.told, piece, &places);
                if let Some((free, weight)) = &self.free {
                    let weight = *weight as f32;
                    let free = self.by(free, piece, &places);
                    log = log_softmax(log * weight + free * (1.0 - weight), 1);
                }
                found.extend(of(log, part)?);
            }
        }
        let mut found = found.into_iter();
        let answers: Option<Vec<A>> = tokens
            .iter()
            .map(|q| if self.is_known(place(q)) { Some(known(q)) } else { found.next() })
            .collect();
        answers.context("the device gave fewer answers than it was asked for")
    }
}

impl BatchAnswer for DeviceAnswer {
    fn draw(&self, tokens: &[(Place, f64)], temperature: f64) -> anyhow::Result<Vec<u16>> {
        let k = self.config.values;
        self.each(
            tokens,
            |(place, _)| *place,
            |(place, _)| self.here(*place),
            |log, tokens| {
                let index = if temperature < COLDEST {
                    log.argmax(1)
                } else {
                    let sums = softmax(log / temperature as f32, 1).cumsum(1);
                    let total = sums.clone().slice_dim(1, k - 1..k);
                    let numbers = tokens.iter().map(|(_, u)| (*u as f32).min(BELOW_ONE)).collect();
                    let target = total * self.column(numbers);
                    sums.lower_equal(target.repeat_dim(1, k)).int().sum_dim(1).clamp_max(k as i32 - 1)
                };
                Ok(index.try_into_data()?.iter::<i64>().map(|index| index as u16).collect())
            },
        )
    }

    fn log_probability(&self, tokens: &[(Place, u16)]) -> anyhow::Result<Vec<f64>> {
        self.each(
            tokens,
            |(place, _)| *place,
            |(place, value)| if self.here(*place) == *value { 0.0 } else { f64::NEG_INFINITY },
            |log, tokens| {
                let values = self.ints(tokens.iter().map(|(_, value)| i32::from(*value)).collect());
                let of_values = log_p_of(log, values.unsqueeze_dim(1));
                Ok(of_values.try_into_data()?.iter::<f64>().collect())
            },
        )
    }

    fn entropy(&self, tokens: &[Place]) -> anyhow::Result<Vec<f64>> {
        self.each(
            tokens,
            |place| *place,
            |_| 0.0,
            |log, _| {
                let bits = (log.clone().exp() * log).sum_dim(1) / -std::f32::consts::LN_2;
                Ok(bits.try_into_data()?.iter::<f64>().map(|bits| bits.max(0.0)).collect())
            },
        )
    }
}
