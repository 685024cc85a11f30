//! One image through the network, forward and back.

use super::block::{Block, Room, Tape};
use super::condition::Condition;
use super::dropout::Dropout;
use super::features::Features;
use super::layout::{BlockAt, LinearAt};
use super::linear::Linear;
use super::{ImageNet, ImageNetConfig};
use crate::flow::Kappa;
use crate::flow::vectorized;
use crate::model::gemm::Start;

/// What is made of the parameters before any image.
pub(super) struct Prepared {
    stem: Linear,
    head: Linear,
    down: [Vec<Block>; 2],
    smaller: [Linear; 2],
    middle: Vec<Block>,
    larger: [Linear; 2],
    up: [Vec<Block>; 2],
}

/// What is said of an image besides its tokens.
#[derive(Clone, Copy)]
pub(super) struct Told {
    /// A class, or none.
    pub class: Option<u16>,
    pub kappa: Kappa,
}

/// The room of one thread: everything of an image on its way.
#[derive(Default)]
pub struct Pass {
    pub(super) features: Features,
    /// \[R², T·P\]: the last result.
    pub(super) outputs: Vec<f32>,
    tapes: [Vec<Tape>; 5],
    /// The map at hand.
    map: Vec<f32>,
    /// At the end of the way down, of both stages: what the way up is added to.
    kept: [Vec<f32>; 2],
    /// What went into the maps between stages.
    into_smaller: [Vec<f32>; 2],
    into_larger: [Vec<f32>; 2],
    /// Before the head: mean 0 and variance 1 over a pixel's channels.
    last: Vec<f32>,
    inverse: Vec<f32>,
    condition: Condition,
    room: Room,
    spare: Vec<f32>,
}

impl ImageNet {
    /// `back` prepares for gradients, too.
    pub(super) fn prepare(&self, back: bool) -> Prepared {
        let linear = |at: &LinearAt| Linear::new(&self.values, at, back);
        let blocks = |all: &[BlockAt]| all.iter().map(|at| Block::new(&self.values, at, back)).collect();
        let layout = &self.layout;
        Prepared {
            stem: linear(&layout.stem),
            head: linear(&layout.head),
            down: [blocks(&layout.down[0]), blocks(&layout.down[1])],
            smaller: [linear(&layout.smaller[0]), linear(&layout.smaller[1])],
            middle: blocks(&layout.middle),
            larger: [linear(&layout.larger[0]), linear(&layout.larger[1])],
            up: [blocks(&layout.up[0]), blocks(&layout.up[1])],
        }
    }

    /// Sees `tokens` \[N\] and fills in `pass.outputs`, and what [`Self::backward`] needs.
    pub(super) fn forward(
        &self,
        prepared: &Prepared,
        (told, dropout): (Told, Option<Dropout>),
        tokens: &[u16],
        pass: &mut Pass,
    ) {
        self.walk::<true>(prepared, (told, dropout), tokens, pass);
    }

    /// The same outputs alone.
    pub(super) fn infer(&self, prepared: &Prepared, told: Told, tokens: &[u16], pass: &mut Pass) {
        self.walk::<false>(prepared, (told, None), tokens, pass);
    }

    fn walk<const BACK: bool>(
        &self,
        prepared: &Prepared,
        (told, dropout): (Told, Option<Dropout>),
        tokens: &[u16],
        pass: &mut Pass,
    ) {
        let (values, r) = (&self.values[..], self.config.side);
        pass.features.fill(&self.config, &self.coordinates, tokens);
        pass.condition.take(
            values,
            self.layout.condition.as_ref(),
            (class_row(&self.config, told.class), told.kappa),
        );
        let Pass { map, tapes, room, kept, into_smaller, into_larger, spare, condition, .. } = pass;
        let condition = condition.value();
        let mut blocks = |all: &[Block], tapes: &mut Vec<Tape>, side: usize, map: &mut Vec<f32>| {
            if BACK {
                tapes.resize_with(all.len(), Tape::default);
                for (block, tape) in all.iter().zip(tapes) {
                    tape.mask.clear();
                    if let Some(dropout) = dropout {
                        dropout.mask(block.at.conv.start, block.first.at.to, &mut tape.mask);
                    }
                    block.forward(values, condition, side, map, tape, room);
                }
            } else {
                all.iter().for_each(|block| block.infer(values, condition, side, map, room));
            }
        };
        map.resize(r * r * self.config.widths[0], 0.0);
        prepared.stem.forward(values, &pass.features.rows, Start::Zero, map);
        for stage in 0..2 {
            let (side, c) = (r >> stage, self.config.widths[stage]);
            blocks(&prepared.down[stage], &mut tapes[stage], side, map);
            std::mem::swap(&mut kept[stage], map);
            into_smaller[stage].resize(side * side * c, 0.0);
            gather(&kept[stage], side, c, &mut into_smaller[stage]);
            map.resize((side / 2) * (side / 2) * self.config.widths[stage + 1], 0.0);
            prepared.smaller[stage].forward(values, &into_smaller[stage], Start::Zero, map);
        }
        blocks(&prepared.middle, &mut tapes[2], r / 4, map);
        for stage in [1, 0] {
            let (side, c) = (r >> stage, self.config.widths[stage]);
            std::mem::swap(&mut into_larger[stage], map);
            spare.resize(side * side * c, 0.0);
            prepared.larger[stage].forward(values, &into_larger[stage], Start::Zero, spare);
            map.resize(side * side * c, 0.0);
            scatter(spare, side, c, map);
            map.iter_mut().zip(&kept[stage]).for_each(|(x, kept)| *x += kept);
            blocks(&prepared.up[stage], &mut tapes[4 - stage], side, map);
        }
        std::mem::swap(&mut pass.last, map);
        pass.inverse.resize(r * r, 0.0);
        vectorized!(super::block::normalise(&mut pass.last, &mut pass.inverse, self.config.widths[0]));
        pass.outputs.resize(r * r * prepared.head.at.to, 0.0);
        prepared.head.forward(values, &pass.last, Start::Zero, &mut pass.outputs);
    }

    /// The gradient by every parameter, added to `gradient`, from that by the outputs \[R², T·P\].
    pub(super) fn backward(
        &self,
        prepared: &Prepared,
        told: Told,
        slopes: &[f32],
        pass: &mut Pass,
        gradient: &mut [f32],
    ) {
        let (values, r, widths) = (&self.values[..], self.config.side, self.config.widths);
        let Pass { map, tapes, room, into_smaller, into_larger, spare, condition, kept, .. } = pass;
        let (value, by_condition) = condition.for_gradient();
        let mut blocks = |all: &[Block],
                          tapes: &[Tape],
                          side: usize,
                          map: &mut [f32],
                          room: &mut Room,
                          gradient: &mut [f32]| {
            for (block, tape) in all.iter().zip(tapes).rev() {
                let condition = (!value.is_empty()).then_some((value, &mut by_condition[..]));
                block.backward(values, condition, side, map, (tape, room), gradient);
            }
        };
        map.clear();
        map.resize(r * r * widths[0], 0.0);
        prepared.head.backward(slopes, &pass.last, map, &mut room.scratch, gradient);
        vectorized!(super::block::normalise_back(map, &pass.last, &pass.inverse, widths[0]));
        for stage in [0, 1] {
            let (side, c) = (r >> stage, widths[stage]);
            blocks(&prepared.up[stage], &tapes[4 - stage], side, map, room, gradient);
            // It went on both ways.
            kept[stage].clone_from(map);
            spare.clear();
            spare.resize(map.len(), 0.0);
            gather(map, side, c, spare);
            map.clear();
            map.resize((side / 2) * (side / 2) * widths[stage + 1], 0.0);
            prepared.larger[stage].backward(spare, &into_larger[stage], map, &mut room.scratch, gradient);
        }
        blocks(&prepared.middle, &tapes[2], r / 4, map, room, gradient);
        for stage in [1, 0] {
            let (side, c) = (r >> stage, widths[stage]);
            spare.clear();
            spare.resize(side * side * c, 0.0);
            prepared.smaller[stage].backward(map, &into_smaller[stage], spare, &mut room.scratch, gradient);
            map.clear();
            map.resize(side * side * c, 0.0);
            scatter(spare, side, c, map);
            map.iter_mut().zip(&kept[stage]).for_each(|(x, kept)| *x += kept);
            blocks(&prepared.down[stage], &tapes[stage], side, map, room, gradient);
        }
        prepared.stem.backward_weights(map, &pass.features.rows, &mut room.scratch, gradient);
        let told = (class_row(&self.config, told.class), told.kappa);
        pass.condition.give_back(self.layout.condition.as_ref(), told, gradient);
    }
}

/// The row of the table of classes: one that there is not is "no class".
pub(super) fn class_row(config: &ImageNetConfig, class: Option<u16>) -> usize {
    class.map_or(config.classes, |class| usize::from(class).min(config.classes))
}

/// Each square of four pixels of a map \[side, side, C\] side by side: \[(side/2)², 4C\].
pub(super) fn gather(map: &[f32], side: usize, c: usize, out: &mut [f32]) {
    for (n, to) in out.chunks_exact_mut(c).enumerate() {
        to.copy_from_slice(&map[place(n, side) * c..][..c]);
    }
}

/// The reverse of [`gather`].
pub(super) fn scatter(squares: &[f32], side: usize, c: usize, map: &mut [f32]) {
    for (n, from) in squares.chunks_exact(c).enumerate() {
        map[place(n, side) * c..][..c].copy_from_slice(from);
    }
}

/// The pixel of entry `n` of a list of squares of four.
fn place(n: usize, side: usize) -> usize {
    let (square, corner) = (n / 4, n % 4);
    let (y, x) = (square / (side / 2), square % (side / 2));
    (2 * y + corner / 2) * side + 2 * x + corner % 2
}
