//! A small classifier of 32 × 32 images. What it sees before it decides is what distances between sets of images are
//! measured in: the same blocks as the networks that denoise, at 16, 8 and 4 pixels a side.

mod device;
mod file;
#[cfg(test)]
mod tests;

pub use device::DeviceClassifier;
pub use file::{ClassifierFile, ClassifierRecipe};

use super::block::{Block, Room, Tape, normalise, normalise_back};
use super::layout::{BlockAt, Builder, LinearAt};
use super::linear::Linear;
use super::pass::{gather, scatter};
use crate::flow::vectorized;
use crate::model::gemm::Start;
use crate::random::{Purpose, stream};
use rand::RngExt;
use rayon::prelude::*;

/// Numbers that an image becomes.
pub const FEATURES: usize = 128;
/// Pixels a side of its images.
pub const SIDE: usize = 32;
const WIDTHS: [usize; 3] = [32, 64, FEATURES];
const BLOCKS: [usize; 3] = [1, 2, 2];
const EXPANSION: usize = 2;
/// Numbers of an image.
const PIXELS: usize = SIDE * SIDE * 3;
/// Groups whose gradients are added up on their own: the same on any number of threads.
const GROUPS: usize = 4;

/// Where each array of parameters lies.
#[derive(Clone, Debug)]
struct ClassifierLayout {
    stem: LinearAt,
    stages: [Vec<BlockAt>; 3],
    smaller: [LinearAt; 2],
    head: LinearAt,
    /// Name and shape, in order.
    names: Vec<(String, Vec<usize>)>,
    total: usize,
}

impl ClassifierLayout {
    fn of(classes: usize) -> Self {
        let mut b = Builder::default();
        let kind = (EXPANSION, false, false);
        let stem = b.linear("stem", 12, WIDTHS[0]);
        let first = b.blocks("stage.0", BLOCKS[0], WIDTHS[0], kind);
        let smaller_0 = b.linear("smaller.0", 4 * WIDTHS[0], WIDTHS[1]);
        let second = b.blocks("stage.1", BLOCKS[1], WIDTHS[1], kind);
        let smaller_1 = b.linear("smaller.1", 4 * WIDTHS[1], WIDTHS[2]);
        let third = b.blocks("stage.2", BLOCKS[2], WIDTHS[2], kind);
        let head = b.linear("head", FEATURES, classes);
        let (names, total) = (b.names, b.total);
        Self { stem, stages: [first, second, third], smaller: [smaller_0, smaller_1], head, names, total }
    }
}

/// The network: all its parameters in one array.
#[derive(Clone, Debug)]
pub struct Classifier {
    layout: ClassifierLayout,
    values: Vec<f32>,
}

/// What is made of the parameters before any image.
struct Prepared {
    stem: Linear,
    stages: [Vec<Block>; 3],
    smaller: [Linear; 2],
    head: Linear,
}

/// One image on its way.
#[derive(Default)]
struct Pass {
    rows: Vec<f32>,
    map: Vec<f32>,
    tapes: [Vec<Tape>; 3],
    into_smaller: [Vec<f32>; 2],
    last: Vec<f32>,
    inverse: Vec<f32>,
    features: Vec<f32>,
    logits: Vec<f32>,
    room: Room,
    spare: Vec<f32>,
}

/// Room for gradients.
#[derive(Default)]
pub struct ClassifierGradients {
    groups: Vec<Group>,
    /// By every parameter, of the mean loss.
    pub total: Vec<f32>,
}

#[derive(Default)]
struct Group {
    pass: Pass,
    gradient: Vec<f32>,
    loss: f64,
}

impl Classifier {
    /// With first weights, for `classes` ≥ 2 classes.
    pub fn new(classes: usize, seed: u64) -> Self {
        let layout = ClassifierLayout::of(classes);
        let mut values = vec![0.0; layout.total];
        let mut rng = stream(seed, Purpose::Weights, 1);
        let mut fill = |values: &mut [f32], deviation: f32| {
            let reach = deviation * 3f32.sqrt();
            values.iter_mut().for_each(|x| *x = reach * (2.0 * rng.random::<f32>() - 1.0));
        };
        let blocks = layout.stages.iter().flatten();
        let inside = blocks.clone().flat_map(|block| [&block.first, &block.second]);
        for at in std::iter::once(&layout.stem).chain(&layout.smaller).chain(inside) {
            fill(&mut values[at.weight.clone()], (1.0 / at.from as f32).sqrt());
        }
        for block in blocks {
            fill(&mut values[block.conv.clone()], 0.2);
            // A new block changes little.
            values[block.second.weight.clone()].iter_mut().for_each(|x| *x *= 0.1);
        }
        Self { layout, values }
    }

    /// How many parameters one for `classes` classes has.
    pub fn parameters(classes: usize) -> usize {
        ClassifierLayout::of(classes).total
    }

    /// With these parameters.
    ///
    /// # Errors
    /// If there are more or fewer than it has.
    pub fn from_values(classes: usize, values: Vec<f32>) -> Result<Self, String> {
        let layout = ClassifierLayout::of(classes);
        if values.len() != layout.total {
            return Err(format!("{} parameters: expected {}", values.len(), layout.total));
        }
        Ok(Self { layout, values })
    }

    /// How many classes it tells apart.
    pub fn classes(&self) -> usize {
        self.layout.head.to
    }

    /// All parameters.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All parameters, to be changed.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// What it sees in images \[B, 32, 32, 3\]: \[B, [`FEATURES`]\].
    pub fn features(&self, images: &[u8]) -> Vec<f32> {
        self.each(images, |pass| pass.features.clone())
    }

    /// The class it takes each of the images \[B, 32, 32, 3\] for.
    pub fn classify(&self, images: &[u8]) -> Vec<u8> {
        self.each(images, |pass| {
            let best = pass.logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            vec![best.map_or(0, |(class, _)| class as u8)]
        })
    }

    fn each<T: Send>(&self, images: &[u8], of: impl Fn(&Pass) -> Vec<T> + Sync) -> Vec<T> {
        let prepared = self.prepare(false);
        let all: Vec<Vec<T>> = images
            .par_chunks(PIXELS)
            .map_init(Pass::default, |pass, image| {
                self.forward(&prepared, image, pass);
                of(pass)
            })
            .collect();
        all.into_iter().flatten().collect()
    }

    fn prepare(&self, back: bool) -> Prepared {
        let linear = |at: &LinearAt| Linear::new(&self.values, at, back);
        let block = |at: &BlockAt| Block::new(&self.values, at, back);
        let ClassifierLayout { stem, stages, smaller, head, .. } = &self.layout;
        Prepared {
            stem: linear(stem),
            stages: [0, 1, 2].map(|stage| stages[stage].iter().map(block).collect()),
            smaller: [linear(&smaller[0]), linear(&smaller[1])],
            head: linear(head),
        }
    }

    fn forward(&self, prepared: &Prepared, image: &[u8], pass: &mut Pass) {
        let values = &self.values[..];
        let Pass { rows, map, tapes, into_smaller, last, inverse, features, logits, room, spare } = pass;
        spare.clear();
        spare.extend(image.iter().map(|byte| f32::from(*byte) / 63.75 - 2.0));
        rows.resize(PIXELS, 0.0);
        gather(spare, SIDE, 3, rows);
        map.clear();
        map.resize((SIDE / 2) * (SIDE / 2) * WIDTHS[0], 0.0);
        prepared.stem.forward(values, rows, Start::Zero, map);
        for stage in 0..3 {
            let side = SIDE >> (stage + 1);
            tapes[stage].resize_with(BLOCKS[stage], Tape::default);
            for (block, tape) in prepared.stages[stage].iter().zip(&mut tapes[stage]) {
                block.forward(values, None, side, map, tape, room);
            }
            if stage < 2 {
                let into = &mut into_smaller[stage];
                into.resize(map.len(), 0.0);
                gather(map, side, WIDTHS[stage], into);
                map.clear();
                map.resize((side / 2) * (side / 2) * WIDTHS[stage + 1], 0.0);
                prepared.smaller[stage].forward(values, into, Start::Zero, map);
            }
        }
        last.clone_from(map);
        inverse.resize(last.len() / FEATURES, 0.0);
        vectorized!(normalise(last, inverse, FEATURES));
        features.clear();
        features.resize(FEATURES, 0.0);
        let share = FEATURES as f32 / last.len() as f32;
        for row in last.chunks_exact(FEATURES) {
            features.iter_mut().zip(row).for_each(|(sum, x)| *sum += share * x);
        }
        logits.resize(prepared.head.at.to, 0.0);
        prepared.head.forward(values, features, Start::Zero, logits);
    }

    /// The gradient by every parameter, added to `gradient`, from that by the logits.
    fn backward(&self, prepared: &Prepared, slopes: &[f32], pass: &mut Pass, gradient: &mut [f32]) {
        let values = &self.values[..];
        let Pass { rows, map, tapes, into_smaller, last, inverse, features, room, spare, .. } = pass;
        let mut by_features = vec![0.0; FEATURES];
        prepared.head.backward(slopes, features, &mut by_features, &mut room.scratch, gradient);
        let share = FEATURES as f32 / last.len() as f32;
        map.clear();
        map.resize(last.len(), 0.0);
        for row in map.chunks_exact_mut(FEATURES) {
            row.iter_mut().zip(&by_features).for_each(|(x, by)| *x = share * by);
        }
        vectorized!(normalise_back(map, last, inverse, FEATURES));
        for stage in [2, 1, 0] {
            let side = SIDE >> (stage + 1);
            for (block, tape) in prepared.stages[stage].iter().zip(&tapes[stage]).rev() {
                block.backward(values, None, side, map, (tape, room), gradient);
            }
            if stage > 0 {
                let (above, c) = (2 * side, WIDTHS[stage - 1]);
                spare.clear();
                spare.resize(above * above * c, 0.0);
                let smaller = &prepared.smaller[stage - 1];
                smaller.backward(map, &into_smaller[stage - 1], spare, &mut room.scratch, gradient);
                map.clear();
                map.resize(above * above * c, 0.0);
                scatter(spare, above, c, map);
            }
        }
        prepared.stem.backward_weights(map, rows, &mut room.scratch, gradient);
    }

    /// The mean cross-entropy of images \[B, 32, 32, 3\] with their `labels` \[B\], nats, and its gradient into
    /// `room.total`.
    pub fn gradient(&self, images: &[u8], labels: &[u8], room: &mut ClassifierGradients) -> f64 {
        let prepared = self.prepare(true);
        room.groups.resize_with(GROUPS, Group::default);
        let size = labels.len().div_ceil(GROUPS).max(1);
        room.groups.par_iter_mut().enumerate().for_each(|(n, group)| {
            group.gradient.clear();
            group.gradient.resize(self.values.len(), 0.0);
            group.loss = 0.0;
            let examples = images.chunks_exact(PIXELS).zip(labels).skip(n * size).take(size);
            for (image, &label) in examples {
                self.forward(&prepared, image, &mut group.pass);
                let mut slopes = group.pass.logits.clone();
                let most = slopes.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let sum: f32 = slopes.iter().map(|x| (x - most).exp()).sum();
                let label = usize::from(label);
                group.loss += f64::from(most + sum.ln() - slopes[label]);
                for (class, x) in slopes.iter_mut().enumerate() {
                    let p = (*x - most).exp() / sum;
                    *x = (p - f32::from(class == label)) / labels.len() as f32;
                }
                self.backward(&prepared, &slopes, &mut group.pass, &mut group.gradient);
            }
        });
        let ClassifierGradients { groups, total } = room;
        total.clear();
        total.resize(self.values.len(), 0.0);
        for group in groups.iter() {
            total.iter_mut().zip(&group.gradient).for_each(|(total, x)| *total += x);
        }
        groups.iter().map(|group| group.loss).sum::<f64>() / labels.len().max(1) as f64
    }
}
