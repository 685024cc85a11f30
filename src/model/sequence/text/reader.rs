//! The autoregressive twin at work: texts from left to right, and their exact probability.

use super::pass::{Prepared, TextPass};
use super::{TextNet, TextNetConfig};
use crate::flow::categorical::sharpened_index_at;
use crate::flow::vectors::single::silu;
use crate::flow::{Kappa, vectorized};
use crate::model::gemm::Start;
use crate::model::sequence::answer::Opinion;
use crate::model::sequence::block::{Block, normalise};
use crate::model::sequence::layout::{Kernel, LINE_KERNEL};
use crate::model::sequence::line::add_scaled;
use crate::random::{Purpose, stream};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::Arc;

/// Texts that a thread writes side by side, at most: their rows go through each layer together.
const SIDE_BY_SIDE: usize = 24;

/// A network that reads from left to right and foretells each token from those before it.
#[derive(Clone)]
pub struct Reader {
    net: Arc<TextNet>,
    prepared: Arc<Prepared>,
}

impl Reader {
    /// Of a causal network.
    ///
    /// # Errors
    /// If it is not.
    pub fn new(net: Arc<TextNet>) -> Result<Self, String> {
        if !net.config().causal {
            return Err("the network is a denoiser and does not write from left to right".to_owned());
        }
        let prepared = Arc::new(net.prepare(false));
        Ok(Self { net, prepared })
    }

    /// The sizes.
    pub fn config(&self) -> TextNetConfig {
        self.net.config()
    }

    /// ln p of each of `texts` \[B, N\], nats.
    pub fn log_probabilities(&self, texts: &[u16]) -> Vec<f64> {
        let TextNetConfig { tokens, values, .. } = self.config();
        let each = texts.par_chunks_exact(tokens);
        let of = |pass: &mut TextPass, text: &[u16]| -> f64 {
            self.net.infer(&self.prepared, Kappa::END, text, pass);
            let rows = pass.outputs.chunks_exact(values).zip(text);
            rows.map(|(row, token)| f64::from(Opinion::Categorical(row).log_p(usize::from(*token)))).sum()
        };
        each.map_init(TextPass::default, of).collect()
    }

    /// p of every token of a text \[N\] as those before it foretell it, K among them where one is not known: \[N, K\].
    pub fn foretold(&self, text: &[u16]) -> Vec<f64> {
        let TextNetConfig { values, .. } = self.config();
        let mut pass = TextPass::default();
        self.net.infer(&self.prepared, Kappa::END, text, &mut pass);
        let mut all = vec![0.0; pass.outputs.len()];
        let rows = pass.outputs.chunks_exact(values).zip(all.chunks_exact_mut(values));
        rows.for_each(|(row, p)| Opinion::Categorical(row).distribution(p));
        all
    }

    /// Begins `count` texts, the first of which has the number `first`: text n of a seed is the same however many there are.
    /// Where `given` \[N\] has a token it is written in place of what would be drawn; K there is a token that stays unknown, as
    /// those before the end of a prompt are in training.
    pub fn begin(
        &self,
        (first, count): (usize, usize),
        given: Option<&[Option<u16>]>,
        temperature: f64,
        seed: u64,
    ) -> Writing {
        let TextNetConfig { tokens, .. } = self.config();
        let mut given = given.unwrap_or_default().to_vec();
        given.resize(tokens, None);
        let numbers: Vec<usize> = (first..first + count).collect();
        let piece = |numbers: &[usize]| Piece {
            streams: numbers.iter().map(|n| stream(seed, Purpose::Texts, *n as u64)).collect(),
            texts: vec![Vec::new(); numbers.len()],
            before: vec![Vec::new(); self.prepared.blocks.len()],
            ..Piece::default()
        };
        // What a text becomes does not depend on how many are written beside it.
        let size = count.div_ceil(rayon::current_num_threads().max(1)).clamp(1, SIDE_BY_SIDE);
        let pieces = numbers.chunks(size).map(piece).collect();
        Writing { reader: self.clone(), given, temperature, written: 0, pieces }
    }
}

/// Texts that are being written, one token of each at a time: one pass of the network over one more place.
pub struct Writing {
    reader: Reader,
    /// \[N\].
    given: Vec<Option<u16>>,
    temperature: f64,
    written: usize,
    pieces: Vec<Piece>,
}

/// Texts of one thread.
#[derive(Default)]
struct Piece {
    streams: Vec<ChaCha8Rng>,
    /// \[B\]\[written\].
    texts: Vec<Vec<u16>>,
    /// What came into each block at every place so far, \[written, B, C\].
    before: Vec<Vec<f32>>,
    map: Vec<f32>,
    narrow: Vec<f32>,
    wide: Vec<f32>,
    inverse: Vec<f32>,
    logits: Vec<f32>,
    p: Vec<f64>,
}

impl Writing {
    /// Writes the next token of every text; whether there was one to write.
    pub fn step(&mut self) -> bool {
        let Some(&given) = self.given.get(self.written) else { return false };
        let (reader, temperature) = (&self.reader, self.temperature);
        self.pieces.par_iter_mut().for_each(|piece| piece.step(reader, given, temperature));
        self.written += 1;
        true
    }

    /// Tokens of every text that are written.
    pub fn written(&self) -> usize {
        self.written
    }

    /// The texts so far, \[B, N\], K where nothing is written yet.
    pub fn states(&self) -> Vec<u16> {
        let TextNetConfig { tokens, values, .. } = self.reader.config();
        let open = std::iter::repeat_n(values as u16, tokens - self.written);
        let texts = self.pieces.iter().flat_map(|piece| &piece.texts);
        texts.flat_map(|text| text.iter().copied().chain(open.clone())).collect()
    }
}

impl Piece {
    fn step(&mut self, reader: &Reader, given: Option<u16>, temperature: f64) {
        let Reader { net, prepared } = reader;
        let TextNetConfig { values: k, width: c, .. } = net.config();
        let b = self.texts.len();
        let table = &net.values[net.layout.table.clone()];
        self.map.clear();
        for text in &self.texts {
            let token = text.last().map_or(k, |token| usize::from(*token));
            self.map.extend_from_slice(&table[token * c..][..c]);
        }
        self.narrow.resize(b * c, 0.0);
        self.inverse.resize(b, 0.0);
        for (block, before) in prepared.blocks.iter().zip(&mut self.before) {
            before.extend_from_slice(&self.map);
            convolve_last(block, &net.values, before, b, &mut self.narrow);
            vectorized!(normalise(&mut self.narrow, &mut self.inverse, c));
            self.wide.resize(b * block.first.at.to, 0.0);
            block.first.forward(&net.values, &self.narrow, Start::Zero, &mut self.wide);
            vectorized!(self.wide.iter_mut().for_each(|x| *x = silu(*x).0));
            block.second.forward(&net.values, &self.wide, Start::Present, &mut self.map);
        }
        vectorized!(normalise(&mut self.map, &mut self.inverse, c));
        self.logits.resize(b * k, 0.0);
        prepared.head.forward(&net.values, &self.map, Start::Zero, &mut self.logits);
        let rows = self.logits.chunks_exact(k).zip(&mut self.streams).zip(&mut self.texts);
        for ((row, stream), text) in rows {
            let (opinion, u) = (Opinion::Categorical(row), stream.random());
            let mut drawn = || match temperature == 1.0 {
                true => opinion.draw(u),
                false => {
                    self.p.resize(k, 0.0);
                    opinion.distribution(&mut self.p);
                    sharpened_index_at(&mut self.p, temperature, u)
                }
            };
            text.push(given.unwrap_or_else(|| drawn() as u16));
        }
    }
}

/// The convolution of a block at the last place of `before` \[places, B, C\], into `out` \[B, C\].
fn convolve_last(block: &Block, values: &[f32], before: &[f32], b: usize, out: &mut [f32]) {
    let c = block.first.at.from;
    let dilation = match block.at.kernel {
        Kernel::Line { dilation, .. } => dilation,
        Kernel::Square | Kernel::Point => 1,
    };
    let last = before.len() / (b * c) - 1;
    let bias = &values[block.at.conv_bias.clone()];
    out.chunks_exact_mut(c).for_each(|out| out.copy_from_slice(bias));
    let weights = values[block.at.conv.clone()].chunks_exact(c);
    for (tap, weight) in weights.enumerate() {
        let Some(place) = last.checked_sub((LINE_KERNEL - 1 - tap) * dilation) else { continue };
        let rows = &before[place * b * c..][..b * c];
        add_scaled(rows, weight, out);
    }
}
