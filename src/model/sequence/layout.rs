//! Where each array of parameters lies in the one array that holds them all.

use super::ImageNetConfig;
use super::features::{KAPPA_FEATURES, features};
use crate::flow::SequenceSource;
use std::ops::Range;

/// Pixels a side of a depthwise kernel.
pub(super) const KERNEL: usize = 5;
/// Tokens that a depthwise kernel on a line sees.
pub(super) const LINE_KERNEL: usize = 9;
/// Numbers that a class and κ become.
pub(super) const CONDITION: usize = 64;

/// Which neighbours a depthwise convolution sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    /// [`KERNEL`] × [`KERNEL`] pixels of a square map.
    Square,
    /// [`LINE_KERNEL`] tokens of a line, `dilation` apart.
    Line {
        /// Tokens from one to the next.
        dilation: usize,
        /// Whether they are those before a token and itself; else it is in their middle.
        causal: bool,
    },
    /// A token of a line sees itself alone.
    Point,
}

impl Kernel {
    /// How many it sees.
    pub fn taps(self) -> usize {
        match self {
            Self::Square => KERNEL * KERNEL,
            Self::Line { .. } => LINE_KERNEL,
            Self::Point => 1,
        }
    }

    /// Places of a map of so many pixels a side, or tokens.
    pub fn places(self, length: usize) -> usize {
        match self {
            Self::Square => length * length,
            Self::Line { .. } | Self::Point => length,
        }
    }
}

/// A linear map with its bias.
#[derive(Clone, Debug)]
pub(super) struct LinearAt {
    /// \[from, to\]
    pub weight: Range<usize>,
    /// \[to\]
    pub bias: Range<usize>,
    pub from: usize,
    pub to: usize,
}

/// A block.
#[derive(Clone, Debug)]
pub(super) struct BlockAt {
    pub kernel: Kernel,
    /// \[taps, C\]
    pub conv: Range<usize>,
    /// \[C\]
    pub conv_bias: Range<usize>,
    /// \[[`CONDITION`], C\]
    pub condition: Option<Range<usize>>,
    pub first: LinearAt,
    pub second: LinearAt,
    pub attention: Option<AttentionAt>,
}

/// Attention after a block.
#[derive(Clone, Debug)]
pub(super) struct AttentionAt {
    /// To questions, keys and values.
    pub qkv: LinearAt,
    pub out: LinearAt,
    /// Whether questions and keys are turned by their place: where no convolution tells how far apart tokens are.
    pub turned: bool,
}

/// What κ and a class become.
#[derive(Clone, Debug)]
pub(super) struct ConditionAt {
    /// \[classes + 1, [`CONDITION`]\], the last for "no class".
    pub classes: Option<Range<usize>>,
    pub kappa: Option<LinearAt>,
}

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub stem: LinearAt,
    pub condition: Option<ConditionAt>,
    /// On the way down, of the first two stages.
    pub down: [Vec<BlockAt>; 2],
    /// From a stage to the next, smaller one.
    pub smaller: [LinearAt; 2],
    pub middle: Vec<BlockAt>,
    /// Back to the stage.
    pub larger: [LinearAt; 2],
    /// On the way up.
    pub up: [Vec<BlockAt>; 2],
    pub head: LinearAt,
    /// Name and shape, in order.
    pub names: Vec<(String, Vec<usize>)>,
    pub total: usize,
}

/// Lays arrays out one after the other.
#[derive(Default)]
pub(super) struct Builder {
    pub names: Vec<(String, Vec<usize>)>,
    pub total: usize,
}

impl Builder {
    pub fn array(&mut self, name: String, shape: Vec<usize>) -> Range<usize> {
        let start = self.total;
        self.total += shape.iter().product::<usize>();
        self.names.push((name, shape));
        start..self.total
    }

    pub fn linear(&mut self, name: &str, from: usize, to: usize) -> LinearAt {
        let weight = self.array(format!("{name}.weight"), vec![from, to]);
        LinearAt { weight, bias: self.array(format!("{name}.bias"), vec![to]), from, to }
    }

    /// `told`: whether they are told κ or a class; `attends`: whether attention follows each.
    pub fn blocks(
        &mut self,
        name: &str,
        count: usize,
        c: usize,
        (expansion, told, attends): (usize, bool, bool),
    ) -> Vec<BlockAt> {
        let block =
            |n: usize| self.block(&format!("{name}.{n}"), Kernel::Square, c, (expansion, told, attends));
        (0..count).map(block).collect()
    }

    /// One of them.
    pub fn block(
        &mut self,
        name: &str,
        kernel: Kernel,
        c: usize,
        (expansion, told, attends): (usize, bool, bool),
    ) -> BlockAt {
        BlockAt {
            kernel,
            conv: self.array(format!("{name}.conv.weight"), vec![kernel.taps(), c]),
            conv_bias: self.array(format!("{name}.conv.bias"), vec![c]),
            condition: told.then(|| self.array(format!("{name}.condition"), vec![CONDITION, c])),
            first: self.linear(&format!("{name}.first"), c, expansion * c),
            second: self.linear(&format!("{name}.second"), expansion * c, c),
            attention: attends.then(|| AttentionAt {
                qkv: self.linear(&format!("{name}.attention.qkv"), c, 3 * c),
                out: self.linear(&format!("{name}.attention.out"), c, c),
                turned: kernel == Kernel::Point,
            }),
        }
    }
}

impl Layout {
    pub fn of(config: &ImageNetConfig) -> Self {
        let mut b = Builder::default();
        let [c0, c1, c2] = config.widths;
        let kind = |stage: usize| (config.expansion, config.has_condition(), config.attention[stage]);
        let stem = b.linear("stem", features(config), c0);
        let condition = config.has_condition().then(|| ConditionAt {
            classes: (config.classes > 0)
                .then(|| b.array("classes".to_owned(), vec![config.classes + 1, CONDITION])),
            kappa: (config.source == SequenceSource::Uniform)
                .then(|| b.linear("kappa", KAPPA_FEATURES, CONDITION)),
        });
        let first = b.blocks("down.0", config.blocks[0], c0, kind(0));
        let smaller_0 = b.linear("smaller.0", 4 * c0, c1);
        let second = b.blocks("down.1", config.blocks[1], c1, kind(1));
        let smaller_1 = b.linear("smaller.1", 4 * c1, c2);
        let middle = b.blocks("middle", config.blocks[2], c2, kind(2));
        let larger_1 = b.linear("larger.1", c2, 4 * c1);
        let up_1 = b.blocks("up.1", config.blocks[1], c1, kind(1));
        let larger_0 = b.linear("larger.0", c1, 4 * c0);
        let up_0 = b.blocks("up.0", config.blocks[0], c0, kind(0));
        let head = b.linear("head", c0, config.channels * config.head.outputs(config.values));
        Self {
            stem,
            condition,
            down: [first, second],
            smaller: [smaller_0, smaller_1],
            middle,
            larger: [larger_0, larger_1],
            up: [up_0, up_1],
            head,
            names: b.names,
            total: b.total,
        }
    }

    /// Every linear map.
    pub fn linears(&self) -> impl Iterator<Item = &LinearAt> {
        let blocks = self.blocks().flat_map(|block| {
            let attention = block.attention.iter().flat_map(|at| [&at.qkv, &at.out]);
            [&block.first, &block.second].into_iter().chain(attention)
        });
        std::iter::once(&self.stem)
            .chain(&self.smaller)
            .chain(&self.larger)
            .chain(std::iter::once(&self.head))
            .chain(blocks)
    }

    /// Every block.
    pub fn blocks(&self) -> impl Iterator<Item = &BlockAt> {
        self.down.iter().flatten().chain(&self.middle).chain(self.up.iter().flatten())
    }
}
