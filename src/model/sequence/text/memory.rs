//! How much memory the gradient of a network for texts takes, counted from its layers before it is built.

use super::TextNetConfig;
use super::layout::TextLayout;
use crate::flow::SequenceSource;
use crate::model::sequence::device::AT_ONCE;
use crate::model::sequence::gradient::GROUPS;
use crate::model::sequence::layout::LINE_KERNEL;
use crate::model::sequence::memory::{CountedGradient, DeviceGradient, NUMBER, Working, packed};

impl TextNetConfig {
    /// Blocks with the tokens that they see.
    fn working(&self, layout: &TextLayout) -> Vec<Working> {
        layout.blocks.iter().map(|block| Working::new(block, self.tokens)).collect()
    }
}

impl CountedGradient for TextNetConfig {
    const ONE: &'static str = "text";

    fn parameters(&self) -> usize {
        self.parameters()
    }

    fn parameter_words(&self) -> String {
        self.parameter_words()
    }

    fn gradient_on_cpu(&self, batch: usize) -> usize {
        let (layout, Self { tokens: n, values, width: c, .. }) = (TextLayout::of(self), *self);
        let maps = layout.blocks.iter().flat_map(|block| {
            let attention = block.attention.iter().flat_map(|at| [&at.qkv, &at.out]);
            [&block.first, &block.second].into_iter().chain(attention)
        });
        let weights = packed(maps.chain([&layout.head]));
        let blocks = self.working(&layout);
        let tapes: usize = blocks.iter().map(Working::tape).sum();
        // Beyond both ends of the line, as far as the widest kernel reaches.
        let reach = (LINE_KERNEL - 1) * (0..self.blocks).map(Self::dilation).max().unwrap_or(0);
        // The map at hand and that before the head; logits and the gradient by them.
        let text = 2 * n * c + 2 * n * values + tapes + Working::shared(&blocks) + (n + reach) * c;
        let groups = GROUPS * layout.total + batch.clamp(1, GROUPS) * text;
        // Data, state, and what is learnt.
        let examples = 3 * batch * n * size_of::<u16>();
        NUMBER * (weights + groups + layout.total) + examples
    }

    fn gradient_on_device(&self, batch: usize, drops: bool) -> DeviceGradient {
        let (layout, Self { tokens: n, values, width: c, .. }) = (TextLayout::of(self), *self);
        let (b, blocks, outputs) = (batch.min(AT_ONCE), self.working(&layout), n * values);
        let of_blocks: usize = blocks.iter().map(|block| block.kept_on_device(drops)).sum();
        // From the uniform source both the datum's and the state's probability are asked for.
        let asked = if self.source == SequenceSource::Uniform && !self.causal { 2 } else { 1 };
        let of_head = asked * 2 * outputs + 3 * n * c;
        // On the way back: the gradients of what is widest, before and after.
        let [widest, scores] = Working::widest(&blocks);
        let largest = widest.max(scores).max(outputs);
        let all = b * (of_blocks + of_head + 2 * largest) + 4 * layout.total;
        DeviceGradient { all: NUMBER * all, largest: NUMBER * (b * largest).max(layout.total) }
    }
}
