//! How good samples of images are: how far what a classifier sees in them is from what it sees in real ones.

use super::classifier::SIDE;
use super::{ClassifierFile, FEATURES, ImageModel};
use crate::data::codec::image::Tokenizer;
use crate::data::images::ImageSource;
use crate::flow::metrics::{Moments, sequence_entropy};
use crate::sampler::SamplerError;
use crate::sampler::sequence::{SequenceConfig, SequenceSetup, SequenceSummary, run_sequences};
use std::ops::ControlFlow;

/// Images that are sampled at a time: what a trace of states and answers takes stays small.
const AT_A_TIME: usize = 64;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Squared Fréchet distance of the features to those of the reference. Biased upward for few samples: compare with
    /// [`floor`] of as many.
    pub frechet: f64,
    /// Entropy of the token values within one image, nats, averaged over the images.
    pub sequence_entropy: f64,
    /// What the runs cost.
    pub summary: SequenceSummary,
}

/// Samples `setup.count` images and looks at them. `None` if `go_on`, which is asked before every step, said no.
///
/// # Errors
/// If the images have another size than the classifier's, or can't be sampled.
pub fn quality(
    setup: SequenceSetup<'_>,
    tokenizer: &Tokenizer,
    file: &ClassifierFile,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<Quality>, SamplerError> {
    check(tokenizer, file)?;
    let (mut features, mut entropy) = (Vec::with_capacity(setup.count * FEATURES), 0.0);
    let mut total = SequenceSummary { sequences: setup.count, finished: true, ..SequenceSummary::default() };
    for start in (0..setup.count).step_by(AT_A_TIME) {
        let count = AT_A_TIME.min(setup.count - start);
        let part = SequenceSetup { count, first: setup.first + start as u32, ..setup };
        let run =
            run_sequences(
                part,
                |_| if go_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) },
            )?;
        if !run.summary.finished {
            return Ok(None);
        }
        let pixels = pixels(tokenizer, &run.states)?;
        features.extend(file.classifier.features(&pixels));
        entropy += count as f64 * sequence_entropy(&run.states, tokenizer.tokens());
        total.steps = run.summary.steps;
        total.passes += run.summary.passes;
        total.drawn += run.summary.drawn;
        total.renoised += run.summary.renoised;
        total.changed += run.summary.changed;
        total.off_support += run.summary.off_support;
    }
    let frechet = Moments::of(&features, FEATURES).frechet(&file.reference);
    let sequence_entropy = entropy / setup.count as f64;
    Ok(Some(Quality { frechet, sequence_entropy, summary: total }))
}

/// The distance of real images \[B, R, R, 3\], as their tokens show them: what perfect samples would have.
///
/// # Errors
/// If they have another size than the classifier's.
pub fn floor(tokenizer: &Tokenizer, images: &[u8], file: &ClassifierFile) -> Result<f64, SamplerError> {
    check(tokenizer, file)?;
    let size = tokenizer.side() * tokenizer.side() * 3;
    let states: Vec<u16> = images.chunks_exact(size).flat_map(|image| tokenizer.encode(image)).collect();
    let features = file.classifier.features(&pixels(tokenizer, &states)?);
    Ok(Moments::of(&features, FEATURES).frechet(&file.reference))
}

/// How many of the images that a class was asked for were taken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedFor {
    /// Images in all.
    pub images: usize,
    /// Those that the classifier takes for what was asked for.
    pub right: usize,
}

/// How many images there are of each class where `count` are asked for of all classes in turn.
fn of_each(count: usize, classes: usize) -> impl Iterator<Item = usize> {
    (0..classes).map(move |class| (count + classes - 1 - class) / classes)
}

/// How many runs [`asked_for`] makes.
pub fn runs_asked_for(count: usize, classes: usize) -> usize {
    of_each(count, classes).map(|own| own.div_ceil(AT_A_TIME)).sum()
}

/// Samples `count` images, the classes of `model` in turn with this guidance, and looks what the classifier takes them for.
/// `None` if `go_on`, which is asked before every step, said no.
///
/// # Errors
/// If the model or the classifier has other classes, the images another size, or they can't be sampled.
pub fn asked_for(
    model: &ImageModel,
    (count, guidance): (usize, f64),
    config: SequenceConfig,
    file: &ClassifierFile,
    go_on: &dyn Fn() -> bool,
) -> anyhow::Result<Option<AskedFor>> {
    check(&model.tokenizer, file)?;
    let classes = model.classes.len();
    anyhow::ensure!(classes > 0, "the denoiser knows no classes");
    let known = &file.recipe.classes;
    anyhow::ensure!(*known == model.classes, "the classifier knows other classes: {}", known.join(", "));
    let mut right = 0;
    for (class, own) in of_each(count, classes).enumerate() {
        let of_class = model.of_class(class, guidance)?;
        let before = (class * count.div_ceil(classes)) as u32;
        for start in (0..own).step_by(AT_A_TIME) {
            let part = AT_A_TIME.min(own - start);
            let first = before + start as u32;
            let setup = SequenceSetup { denoiser: &*of_class, config, count: part, first, given: None };
            let run = run_sequences(setup, |_| {
                if go_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            if !run.summary.finished {
                return Ok(None);
            }
            let found = file.classifier.classify(&pixels(&model.tokenizer, &run.states)?);
            right += found.into_iter().filter(|found| usize::from(*found) == class).count();
        }
    }
    Ok(Some(AskedFor { images: count, right }))
}

/// Small images are looked at where a classifier of the same kind learned them so: digits, each pixel repeated.
fn check(tokenizer: &Tokenizer, file: &ClassifierFile) -> Result<(), SamplerError> {
    if tokenizer.side() == SIDE || file.recipe.data == ImageSource::Digits {
        return Ok(());
    }
    let why = format!("the classifier sees {SIDE}×{SIDE} pixels, the images have {}", tokenizer.side());
    Err(SamplerError::Sequences(why))
}

/// What the classifier sees, \[B, 32, 32, 3\]: each pixel of a smaller image is repeated.
fn pixels(tokenizer: &Tokenizer, states: &[u16]) -> Result<Vec<u8>, SamplerError> {
    let (side, times) = (tokenizer.side(), SIDE / tokenizer.side());
    let mut all = Vec::with_capacity(states.len() / tokenizer.tokens() * SIDE * SIDE * 3);
    for state in states.chunks_exact(tokenizer.tokens()) {
        let image = tokenizer.decode(state).map_err(|error| SamplerError::Sequences(error.to_string()))?;
        for at in 0..SIDE * SIDE {
            let from = 3 * (at / SIDE / times * side + at % SIDE / times);
            all.extend_from_slice(&image[from..from + 3]);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
    use crate::data::images::ImageSource;
    use crate::denoiser::sequence::{Empirical, Independent};
    use crate::flow::SequenceSource;
    use crate::model::sequence::{Classifier, ClassifierRecipe};
    use crate::sampler::sequence::SequenceConfig;

    #[test]
    fn a_perfect_denoiser_is_near_the_floor_and_independent_tokens_are_far() {
        let data = ImageSource::Shapes.load(32, 0).expect("shapes");
        let tokenizer = Tokenizer::new(TokenSpec::Palette(16), &data.train, 0).expect("a tokenizer");
        let set = data.train.first(96);
        let pixels: Vec<u8> = (0..96).flat_map(|i| set.image(i).to_vec()).collect();
        let classifier = Classifier::new(10, 0);
        let file = ClassifierFile {
            recipe: ClassifierRecipe {
                version: 1,
                data: ImageSource::Shapes,
                classes: data.classes.clone(),
                images: 0,
                seconds: 0.0,
                accuracy: 0.0,
                held_out: 0,
                reference: 96,
            },
            reference: Moments::of(&classifier.features(&pixels), FEATURES),
            classifier,
        };
        let tokens: Vec<u8> =
            (0..96).flat_map(|i| tokenizer.encode(set.image(i)).into_iter().map(|t| t as u8)).collect();
        let floor = floor(&tokenizer, &pixels, &file).expect("a floor");
        let known = Empirical::new(tokens.clone(), 1024, 16, SequenceSource::Mask).expect("a denoiser");
        let alone = Independent::new(tokens, 1024, 16, 0.5, SequenceSource::Mask).expect("a denoiser");
        let config = SequenceConfig { steps: 64, ..SequenceConfig::default() };
        let of = |denoiser: &dyn crate::denoiser::sequence::SequenceDenoiser| {
            let setup = SequenceSetup { denoiser, config, count: 70, first: 0, given: None };
            quality(setup, &tokenizer, &file, &|| true).expect("samples").expect("not stopped")
        };
        let (good, bad) = (of(&known), of(&alone));
        assert!(good.frechet < 0.5 * bad.frechet && floor < good.frechet, "{floor} {good:?} {bad:?}");
        assert_eq!((good.summary.sequences, good.summary.steps), (70, 64));
        assert!(good.summary.passes <= 70 * 64 && good.sequence_entropy < bad.sequence_entropy);
        let small = Tokenizer::with_palette(TokenSpec::Gray(4), 8, None).expect("a tokenizer");
        assert!(super::floor(&small, &[], &file).is_err());
    }
}
