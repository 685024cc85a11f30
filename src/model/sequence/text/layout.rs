//! Where each array of parameters of a network for texts lies in the one array that holds them all.

use super::TextNetConfig;
use crate::model::sequence::features::KAPPA_FEATURES;
use crate::model::sequence::layout::{BlockAt, Builder, CONDITION, ConditionAt, Kernel, LinearAt};
use std::ops::Range;

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct TextLayout {
    /// \[V, C\]: what each token looks like.
    pub table: Range<usize>,
    pub condition: Option<ConditionAt>,
    pub blocks: Vec<BlockAt>,
    pub head: LinearAt,
    /// Name and shape, in order.
    pub names: Vec<(String, Vec<usize>)>,
    pub total: usize,
}

impl TextLayout {
    pub fn of(config: &TextNetConfig) -> Self {
        let mut b = Builder::default();
        let c = config.width;
        let table = b.array("table".to_owned(), vec![config.vocabulary(), c]);
        let kappa = config.has_condition().then(|| b.linear("kappa", KAPPA_FEATURES, CONDITION));
        let condition = kappa.map(|kappa| ConditionAt { classes: None, kappa: Some(kappa) });
        let block = |n: usize| {
            let kernel = match config.convolution {
                true => Kernel::Line { dilation: TextNetConfig::dilation(n), causal: config.causal },
                false => Kernel::Point,
            };
            let attends = n + config.attention >= config.blocks;
            b.block(&format!("block.{n}"), kernel, c, (config.expansion, config.has_condition(), attends))
        };
        let blocks = (0..config.blocks).map(block).collect();
        let head = b.linear("head", c, config.values);
        Self { table, condition, blocks, head, names: b.names, total: b.total }
    }
}
