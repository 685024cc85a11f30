//! How much memory the gradient of a network takes, counted from its layers before it is built: bytes beside the parameters
//! themselves.

use super::attention::heads;
use super::device::AT_ONCE;
use super::features::features;
use super::gradient::GROUPS;
use super::layout::{BlockAt, KERNEL, Layout, LinearAt};
use super::{Head, ImageNetConfig};
use crate::flow::SequenceSource;
use crate::model::gemm::Packed;

/// Bytes of a number.
pub(super) const NUMBER: usize = size_of::<f32>();
/// Arrays of the size of all components that the mixture of a token leaves for the way back on a device
/// (`device/heads.rs`, operation by operation).
const OF_A_MIXTURE: usize = 22;

/// Sizes of a network, by which the memory of its gradient is counted before it is built.
pub trait CountedGradient: Copy {
    /// One of what it learns from: “image”.
    const ONE: &'static str;

    /// Parameters.
    fn parameters(&self) -> usize;

    /// The same in words: “0.8 million parameters”.
    fn parameter_words(&self) -> String;

    /// Bytes that the gradient of a `batch` takes on the CPU: weights packed both ways, and of each group of examples a gradient
    /// and the room of one example.
    fn gradient_on_cpu(&self, batch: usize) -> usize;

    /// What the gradient of a `batch` takes on a device: burn keeps what each operation needs for the way back until it has been
    /// there, of up to [`AT_ONCE`] examples at a time; and the parameters once more, array by array, with their gradients, twice
    /// while these are put side by side. `drops`: whether channels are dropped.
    fn gradient_on_device(&self, batch: usize, drops: bool) -> DeviceGradient;
}

/// What a gradient takes on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceGradient {
    /// Bytes in all.
    pub all: usize,
    /// Of them, of the largest array.
    pub largest: usize,
}

/// A block at work on one image, or one text.
pub(super) struct Working {
    /// Pixels, or tokens.
    n: usize,
    /// Channels outside and inside.
    c: usize,
    inside: usize,
    /// Heads of its attention, if it has one.
    heads: Option<usize>,
}

impl Working {
    /// The block on so many places.
    pub fn new(block: &BlockAt, n: usize) -> Self {
        let c = block.first.from;
        Self { n, c, inside: block.first.to, heads: block.attention.as_ref().map(|_| heads(c)) }
    }

    /// Numbers that it keeps for the way back on the CPU.
    pub fn tape(&self) -> usize {
        let Self { n, c, inside, heads } = *self;
        let attention = heads.map_or(0, |heads| n * (5 * c + 1) + heads * n * n);
        n * (2 * c + 1 + 2 * inside) + attention
    }

    /// Numbers that `blocks` need besides, one after the other, on the CPU.
    pub fn shared(blocks: &[Self]) -> usize {
        let most = |of: &dyn Fn(&Self) -> usize| blocks.iter().map(of).max().unwrap_or(0);
        most(&|block| block.n * (block.inside + block.c))
            + most(&|Self { n, c, heads, .. }| match heads {
                Some(heads) => n * (4 * c + 5 * c / heads) + n * n,
                None => 0,
            })
    }

    /// Numbers that burn keeps of it for the way back: map, centred, normalised; before, after and inside the activation, once
    /// more where it `drops` some.
    pub fn kept_on_device(&self, drops: bool) -> usize {
        let Self { n, c, inside, heads } = *self;
        let own = 3 * n * c + (3 + usize::from(drops)) * n * inside;
        own + heads.map_or(0, |heads| 6 * n * c + 2 * heads * n * n)
    }

    /// Numbers of the widest map inside `blocks`, and of the shares of the largest attention.
    pub fn widest(blocks: &[Self]) -> [usize; 2] {
        let widest = blocks.iter().map(|block| block.n * block.inside).max().unwrap_or(0);
        let scores = blocks.iter().filter_map(|block| Some(block.heads? * block.n * block.n)).max();
        [widest, scores.unwrap_or(0)]
    }
}

/// Numbers of linear maps, packed both ways.
pub(super) fn packed<'a>(maps: impl Iterator<Item = &'a LinearAt>) -> usize {
    maps.map(|at| Packed::room(at.from, at.to) + Packed::room(at.to, at.from)).sum()
}

impl ImageNetConfig {
    /// Blocks with the pixels that they see.
    fn working(&self, layout: &Layout) -> Vec<Working> {
        let at = |stage: usize, blocks: &[BlockAt]| -> Vec<Working> {
            blocks.iter().map(|block| Working::new(block, self.pixels(stage))).collect()
        };
        let stages = [0, 1].into_iter().flat_map(|n| [at(n, &layout.down[n]), at(n, &layout.up[n])]);
        stages.chain([at(2, &layout.middle)]).flatten().collect()
    }

    /// Of a stage.
    fn pixels(&self, stage: usize) -> usize {
        (self.side >> stage).pow(2)
    }

    /// Numbers that come out for an image.
    fn outputs(&self) -> usize {
        self.tokens() * self.head.outputs(self.values)
    }
}

impl CountedGradient for ImageNetConfig {
    const ONE: &'static str = "image";

    fn parameters(&self) -> usize {
        self.parameters()
    }

    fn parameter_words(&self) -> String {
        self.parameter_words()
    }

    fn gradient_on_cpu(&self, batch: usize) -> usize {
        let layout = Layout::of(self);
        let weights = packed(layout.linears());
        let [c0, c1, c2] = self.widths;
        let maps = [0, 1, 2].map(|stage| self.pixels(stage) * self.widths[stage]);
        let (n, blocks) = (self.pixels(0), self.working(&layout));
        let tapes: usize = blocks.iter().map(Working::tape).sum();
        let shared = Working::shared(&blocks);
        let padded = (self.side + KERNEL).pow(2) * c0.max(c1 / 2).max(c2 / 4);
        let seen = n * (features(self) + 2 * self.coordinates + self.channels);
        // The map at hand, a spare one, what is kept on the way down, and what went into the maps between stages.
        let between = 3 * maps[0] + 2 * maps[0] + 2 * maps[1] + maps[1] + maps[2];
        let image = seen + 2 * self.outputs() + tapes + shared + padded + between;
        let groups = GROUPS * layout.total + batch.clamp(1, GROUPS) * image;
        let examples = batch * self.tokens() * 2 * size_of::<u16>();
        NUMBER * (weights + groups + layout.total) + examples
    }

    fn gradient_on_device(&self, batch: usize, drops: bool) -> DeviceGradient {
        let layout = Layout::of(self);
        let b = batch.min(AT_ONCE);
        let (n, blocks) = (self.pixels(0), self.working(&layout));
        let maps = [0, 1, 2].map(|stage| self.pixels(stage) * self.widths[stage]);
        let of_blocks: usize = blocks.iter().map(|block| block.kept_on_device(drops)).sum();
        // From the uniform source both the datum's and the state's probability are asked for.
        let asked = if self.source == SequenceSource::Uniform { 2 } else { 1 };
        let of_head = asked
            * match self.head {
                Head::Categorical => 2 * self.outputs(),
                Head::Logistics(components) => self.outputs() + OF_A_MIXTURE * self.tokens() * components,
            };
        // What went into the maps between stages, and into the head; what the network saw.
        let between = 2 * maps[0] + 2 * maps[1] + maps[2] + 2 * maps[0];
        let seen = 2 * n * features(self);
        // On the way back: the gradients of what is widest, before and after.
        let [widest, scores] = Working::widest(&blocks);
        let back = 2 * widest.max(self.outputs()).max(scores);
        let all = b * (of_blocks + of_head + between + seen + back) + 4 * layout.total;
        let largest = b * widest.max(scores).max(self.outputs()).max(n * features(self));
        DeviceGradient { all: NUMBER * all, largest: NUMBER * largest.max(layout.total) }
    }
}
