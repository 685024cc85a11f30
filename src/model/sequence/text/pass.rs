//! One text through the network, forward and back.

use super::{TextNet, TextNetConfig};
use crate::flow::{Kappa, vectorized};
use crate::model::gemm::Start;
use crate::model::sequence::block::{Block, Room, Tape, normalise, normalise_back};
use crate::model::sequence::condition::Condition;
use crate::model::sequence::linear::Linear;
use crate::model::sequence::{Dropout, GoOn};

/// What is made of the parameters before any text.
pub(super) struct Prepared {
    pub blocks: Vec<Block>,
    pub head: Linear,
}

/// The room of one thread: everything of a text on its way.
#[derive(Default)]
pub struct TextPass {
    /// \[N, K\]: the last logits.
    pub(super) outputs: Vec<f32>,
    /// Rows of the table that were seen, \[N\].
    seen: Vec<u16>,
    tapes: Vec<Tape>,
    /// The map at hand, \[N, C\].
    map: Vec<f32>,
    /// Before the head: mean 0 and variance 1 over a token's channels.
    last: Vec<f32>,
    inverse: Vec<f32>,
    condition: Condition,
    room: Room,
}

/// What each place is shown, from the tokens \[N\] of a text: those themselves, or, where each is to be foretold, those before
/// it, the first of them the sign for the beginning.
pub(super) fn seen(config: &TextNetConfig, tokens: &[u16]) -> impl Iterator<Item = u16> {
    let beginning = config.causal.then_some(config.values as u16);
    beginning.into_iter().chain(tokens.iter().copied()).take(tokens.len())
}

impl TextNet {
    /// `back` prepares for gradients, too.
    pub(super) fn prepare(&self, back: bool) -> Prepared {
        let layout = &self.layout;
        Prepared {
            blocks: layout.blocks.iter().map(|at| Block::new(&self.values, at, back)).collect(),
            head: Linear::new(&self.values, &layout.head, back),
        }
    }

    /// Sees `tokens` \[N\] and fills in `pass.outputs`, and what [`Self::backward`] needs. False if `go_on` said no before one of
    /// the blocks: of a large network and a long text each of them takes seconds.
    pub(super) fn forward(
        &self,
        prepared: &Prepared,
        (kappa, dropout): (Kappa, Option<Dropout>),
        tokens: &[u16],
        pass: &mut TextPass,
        go_on: &GoOn,
    ) -> bool {
        self.look(kappa, tokens, pass);
        pass.tapes.resize_with(prepared.blocks.len(), Tape::default);
        let condition = pass.condition.value();
        for (block, tape) in prepared.blocks.iter().zip(&mut pass.tapes) {
            if !go_on() {
                return false;
            }
            tape.mask.clear();
            if let Some(dropout) = dropout {
                dropout.mask(block.at.conv.start, block.first.at.to, &mut tape.mask);
            }
            block.forward(&self.values, condition, tokens.len(), &mut pass.map, tape, &mut pass.room);
        }
        self.answer(prepared, pass);
        true
    }

    /// The same outputs alone.
    pub(super) fn infer(&self, prepared: &Prepared, kappa: Kappa, tokens: &[u16], pass: &mut TextPass) {
        self.look(kappa, tokens, pass);
        let condition = pass.condition.value();
        for block in &prepared.blocks {
            block.infer(&self.values, condition, tokens.len(), &mut pass.map, &mut pass.room);
        }
        self.answer(prepared, pass);
    }

    fn look(&self, kappa: Kappa, tokens: &[u16], pass: &mut TextPass) {
        let c = self.config.width;
        let table = &self.values[self.layout.table.clone()];
        pass.condition.take(&self.values, self.layout.condition.as_ref(), (0, kappa));
        pass.seen.clear();
        pass.seen.extend(seen(&self.config, tokens));
        pass.map.clear();
        for token in &pass.seen {
            pass.map.extend_from_slice(&table[usize::from(*token) * c..][..c]);
        }
    }

    fn answer(&self, prepared: &Prepared, pass: &mut TextPass) {
        let (n, c) = (pass.seen.len(), self.config.width);
        std::mem::swap(&mut pass.last, &mut pass.map);
        pass.inverse.resize(n, 0.0);
        vectorized!(normalise(&mut pass.last, &mut pass.inverse, c));
        pass.outputs.resize(n * self.config.values, 0.0);
        prepared.head.forward(&self.values, &pass.last, Start::Zero, &mut pass.outputs);
    }

    /// The gradient by every parameter, added to `gradient`, from that by the outputs \[N, K\]. False, and a part of it, if `go_on`
    /// said no before one of the blocks.
    pub(super) fn backward(
        &self,
        prepared: &Prepared,
        kappa: Kappa,
        slopes: &[f32],
        (pass, gradient): (&mut TextPass, &mut [f32]),
        go_on: &GoOn,
    ) -> bool {
        let (n, c) = (pass.seen.len(), self.config.width);
        let TextPass { map, tapes, room, condition, seen, .. } = pass;
        let (value, by_condition) = condition.for_gradient();
        map.clear();
        map.resize(n * c, 0.0);
        prepared.head.backward(slopes, &pass.last, map, &mut room.scratch, gradient);
        vectorized!(normalise_back(map, &pass.last, &pass.inverse, c));
        for (block, tape) in prepared.blocks.iter().zip(&*tapes).rev() {
            if !go_on() {
                return false;
            }
            let condition = (!value.is_empty()).then_some((value, &mut by_condition[..]));
            block.backward(&self.values, condition, n, map, (tape, room), gradient);
        }
        let table = &mut gradient[self.layout.table.clone()];
        for (token, slope) in seen.iter().zip(map.chunks_exact(c)) {
            let row = &mut table[usize::from(*token) * c..][..c];
            row.iter_mut().zip(slope).for_each(|(to, slope)| *to += slope);
        }
        pass.condition.give_back(self.layout.condition.as_ref(), (0, kappa), gradient);
        true
    }
}
