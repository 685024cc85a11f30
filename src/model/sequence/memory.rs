//! How much memory the gradient of a network takes, counted from its layers before it is built: bytes beside the parameters
//! themselves.

use super::attention::heads;
use super::device::AT_ONCE;
use super::features::features;
use super::gradient::GROUPS;
use super::layout::{BlockAt, KERNEL, Layout};
use super::{Head, ImageNetConfig};
use crate::flow::SequenceSource;
use crate::model::gemm::Packed;

/// Bytes of a number.
const NUMBER: usize = size_of::<f32>();
/// Arrays of the size of all components that the mixture of a token leaves for the way back on a device
/// (`device/heads.rs`, operation by operation).
const OF_A_MIXTURE: usize = 22;

/// What a gradient takes on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceGradient {
    /// Bytes in all.
    pub all: usize,
    /// Of them, of the largest array.
    pub largest: usize,
}

/// A block at work on one image.
struct Working {
    /// Pixels.
    n: usize,
    /// Channels outside and inside.
    c: usize,
    inside: usize,
    /// Heads of its attention, if it has one.
    heads: Option<usize>,
}

impl ImageNetConfig {
    /// Blocks with the pixels that they see.
    fn working(&self, layout: &Layout) -> Vec<Working> {
        let at = |stage: usize, blocks: &[BlockAt]| -> Vec<Working> {
            let of = |block: &BlockAt| Working {
                n: self.pixels(stage),
                c: block.first.from,
                inside: block.first.to,
                heads: block.attention.as_ref().map(|_| heads(block.first.from)),
            };
            blocks.iter().map(of).collect()
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

    /// Bytes that [`super::ImageNet::gradient`] of `batch` images takes: weights packed both ways, and of each group of
    /// images a gradient and the room of one image.
    pub fn gradient_on_cpu(&self, batch: usize) -> usize {
        let layout = Layout::of(self);
        let packed = |from: usize, to: usize| Packed::room(from, to) + Packed::room(to, from);
        let weights: usize = layout.linears().map(|at| packed(at.from, at.to)).sum();
        let [c0, c1, c2] = self.widths;
        let maps = [0, 1, 2].map(|stage| self.pixels(stage) * self.widths[stage]);
        let (n, blocks) = (self.pixels(0), self.working(&layout));
        let tapes: usize = blocks
            .iter()
            .map(|&Working { n, c, inside, heads }| {
                let attention = heads.map_or(0, |heads| n * (5 * c + 1) + heads * n * n);
                n * (2 * c + 1 + 2 * inside) + attention
            })
            .sum();
        let most = |of: &dyn Fn(&Working) -> usize| blocks.iter().map(of).max().unwrap_or(0);
        let shared = most(&|block| block.n * (block.inside + block.c))
            + most(&|Working { n, c, heads, .. }| match heads {
                Some(heads) => n * (4 * c + 5 * c / heads) + n * n,
                None => 0,
            });
        let padded = (self.side + KERNEL).pow(2) * c0.max(c1 / 2).max(c2 / 4);
        let seen = n * (features(self) + 2 * self.coordinates + self.channels);
        // The map at hand, a spare one, what is kept on the way down, and what went into the maps between stages.
        let between = 3 * maps[0] + 2 * maps[0] + 2 * maps[1] + maps[1] + maps[2];
        let image = seen + 2 * self.outputs() + tapes + shared + padded + between;
        let groups = GROUPS * layout.total + batch.clamp(1, GROUPS) * image;
        let examples = batch * self.tokens() * 2 * size_of::<u16>();
        NUMBER * (weights + groups + layout.total) + examples
    }

    /// Bytes that [`super::DeviceNet::gradient`] of `batch` images takes: burn keeps what each operation needs for the way
    /// back until it has been there, of up to 64 images at a time; and the parameters once more, array by array, with
    /// their gradients, twice while these are put side by side.
    pub fn gradient_on_device(&self, batch: usize, drops: bool) -> DeviceGradient {
        let layout = Layout::of(self);
        let b = batch.min(AT_ONCE);
        let (n, blocks) = (self.pixels(0), self.working(&layout));
        let maps = [0, 1, 2].map(|stage| self.pixels(stage) * self.widths[stage]);
        let of_blocks: usize = blocks
            .iter()
            .map(|&Working { n, c, inside, heads }| {
                // Map, centred, normalised; before, after and inside the activation, once more where it is dropped.
                let own = 3 * n * c + (3 + usize::from(drops)) * n * inside;
                own + heads.map_or(0, |heads| 6 * n * c + 2 * heads * n * n)
            })
            .sum();
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
        let widest = blocks.iter().map(|block| block.n * block.inside).max().unwrap_or(0);
        let scores =
            blocks.iter().filter_map(|block| Some(block.heads? * block.n * block.n)).max().unwrap_or(0);
        let back = 2 * widest.max(self.outputs()).max(scores);
        let all = b * (of_blocks + of_head + between + seen + back) + 4 * layout.total;
        let largest = b * widest.max(scores).max(self.outputs()).max(n * features(self));
        DeviceGradient { all: NUMBER * all, largest: NUMBER * largest.max(layout.total) }
    }
}
