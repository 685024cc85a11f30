//! A training run on images that can be stopped, saved and taken up again.

use super::batches::batch;
use super::course::unanswered;
use super::engine::State;
use super::{
    EarlyRow, ImageRunSettings, ImageTrainConfig, Pace, RunNotes, RunRecord, SequenceTrainer, SoFar, Subject,
    early, smaller_batch,
};
use crate::data::codec::image::Tokenizer;
use crate::data::images::ImageData;
use crate::flow::SequenceSource;
use crate::model::sequence::{
    Example, ImageDenoiser, ImageFile, ImageNet, ImageNetConfig, ImageRecipe, Products,
};
use crate::sampler::sequence::{LikelihoodBound, likelihood_bound};
use crate::train::TrainError;
use burn::tensor::Device;
use std::sync::Arc;

/// How well a run knew images that it did not see.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct HeldOut {
    /// Images seen in training up to then.
    pub images: u64,
    /// Seconds of training up to then.
    pub seconds: f64,
    /// The bound on the negative logarithmic likelihood, in bits a token.
    pub bits: f64,
    /// Its standard error.
    pub error: f64,
    /// How many images were asked about.
    pub asked: usize,
}

/// What a file remembers of a run besides the arrays.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ImageTraining {
    /// The settings.
    pub config: ImageTrainConfig,
    /// Steps done since the moments of the optimiser began.
    pub step: u64,
    /// Images seen, also before.
    pub images: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// The held-out bound as it fell.
    #[serde(default)]
    pub held_out: Vec<HeldOut>,
    /// Its losses: images seen, and the mean of some steps up to there, bits a token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<[f64; 2]>,
    /// The name that a person gave it, if one did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its early samples.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early: Vec<EarlyRow>,
}

impl RunRecord for ImageTraining {
    type Recipe = ImageRecipe;

    fn validated(self) -> Result<Self, TrainError> {
        self.config.validated()?;
        early::check(&self.early)?;
        Ok(self)
    }

    fn pace(&self) -> Pace {
        self.config.pace()
    }

    fn multiply_in(&mut self, products: Products) {
        self.config.products = products;
    }

    fn rate_at(&self, number: u64) -> f64 {
        self.config.rate_at(number, self.images)
    }

    fn so_far(&self) -> SoFar {
        SoFar { step: self.step, seen: self.images, seconds: self.seconds }
    }

    fn advance(&mut self, so_far: SoFar) {
        (self.step, self.images, self.seconds) = (so_far.step, so_far.seen, so_far.seconds);
    }

    fn losses(&mut self) -> &mut Vec<[f64; 2]> {
        &mut self.losses
    }

    fn answers(&self) -> usize {
        self.held_out.len()
    }

    fn take(&mut self, notes: RunNotes) {
        (self.name, self.early) = (notes.name, early::kept(notes.early));
    }
}

/// Images as they are learned.
#[derive(Clone)]
pub struct Images {
    pub(super) data: Arc<ImageData>,
    tokenizer: Tokenizer,
    data_seed: u64,
}

impl Subject for Images {
    const ONE: &'static str = "image";
    type Net = ImageNet;
    type Record = ImageTraining;
    type Settings = ImageRunSettings;

    fn batch(&self, record: &ImageTraining, net: &ImageNet, number: u64) -> Vec<Example> {
        batch(&record.config, &net.config(), &self.tokenizer, &self.data.train, number)
    }

    fn smaller_batch(batch: usize) -> Option<usize> {
        smaller_batch(batch)
    }

    fn recipe(&self, net: &ImageNet, training: serde_json::Value) -> ImageRecipe {
        let network = net.config();
        let classes = if network.classes > 0 { self.data.classes.clone() } else { Vec::new() };
        let data = (self.data.source.clone(), self.data_seed);
        ImageRecipe::new(network, self.tokenizer.clone(), data, classes, training)
    }

    fn settings(recipe: &ImageRecipe, record: &ImageTraining) -> ImageRunSettings {
        ImageRunSettings::of(recipe, record.config)
    }
}

/// Network, optimiser and data of one run.
pub type ImageTrainer = SequenceTrainer<Images>;

impl ImageTrainer {
    /// A fresh run on `data`, whose tokens are `tokenizer`'s, computed on `device`. It is told classes where there are any.
    ///
    /// # Errors
    /// If a setting or a size is out of range.
    pub fn new(
        network: ImageNetConfig,
        config: ImageTrainConfig,
        (data, data_seed): (Arc<ImageData>, u64),
        tokenizer: Tokenizer,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let config = config.validated()?;
        let net = ImageNet::new(network, &tokenizer, config.seed).map_err(TrainError::Misfit)?;
        let training = ImageTraining {
            config,
            step: 0,
            images: 0,
            seconds: 0.0,
            held_out: Vec::new(),
            losses: Vec::new(),
            name: String::new(),
            early: Vec::new(),
        };
        Ok(Self::begun(Images { data, tokenizer, data_seed }, (net, None), (training, None), device))
    }

    /// The usual sizes for `data` and `tokenizer`.
    pub fn usual_network(data: &ImageData, tokenizer: &Tokenizer, source: SequenceSource) -> ImageNetConfig {
        ImageNetConfig::for_tokens(tokenizer, data.classes.len(), source)
    }

    /// Takes a run up where `file` left it: the same weights, moments, data order and settings. From a network that was
    /// given away, without the state of its run, it begins with fresh moments at its weights. On another `device` than
    /// before its numbers may differ in the last digits.
    ///
    /// # Errors
    /// If the file is of other images, or its state is not whole.
    pub fn resume(file: &ImageFile, data: Arc<ImageData>, device: &Device) -> Result<Self, TrainError> {
        let mut training = ImageTraining::of(&file.recipe)?;
        let recipe = &file.recipe;
        if recipe.classes != data.classes && recipe.network.classes > 0 {
            return Err(TrainError::Misfit("it knows other classes than the images have".to_owned()));
        }
        if data.train.side() != recipe.tokenizer.side() {
            return Err(TrainError::Misfit("its images have another size".to_owned()));
        }
        let state = State::of_file(&file.weights, &file.state)?.unwrap_or_else(|| {
            training.step = 0;
            State::first(&file.weights)
        });
        let tokenizer = recipe.tokenizer.clone();
        let net = ImageNet::new(recipe.network, &tokenizer, 0).map_err(TrainError::Misfit)?;
        let images = Images { data, tokenizer, data_seed: recipe.data_seed };
        Ok(Self::begun(images, (net, Some(state)), (training, None), device))
    }

    /// The average of the weights as a denoiser.
    ///
    /// # Errors
    /// Never, as long as the sizes are what they were.
    pub fn denoiser(&self) -> Result<ImageDenoiser, TrainError> {
        self.engine.denoiser(&self.subject.tokenizer)
    }

    /// Asks about the first `count` images held out, each in `strata` parts of the path, and remembers the answer. `None`
    /// if `go_on` said no.
    ///
    /// # Errors
    /// If the bound can't be estimated; [`TrainError::Device`] if the device fails: see [`Self::rescued`].
    pub fn hold_out(
        &mut self,
        count: usize,
        strata: usize,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<HeldOut>, TrainError> {
        let Images { data, tokenizer, .. } = &self.subject;
        let set = data.held_out.first(count);
        let tokens: Vec<u16> = (0..set.len()).flat_map(|i| tokenizer.encode(set.image(i))).collect();
        let bound = likelihood_bound(&self.denoiser()?, &tokens, strata, 0, go_on).map_err(unanswered)?;
        let found = bound.map(|bound: LikelihoodBound| HeldOut {
            images: self.training.images,
            seconds: self.training.seconds,
            bits: bound.bits_per_token(),
            error: bound.bits_error(),
            asked: bound.sequences,
        });
        self.training.held_out.extend(found);
        Ok(found)
    }

    /// What its tokens mean.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.subject.tokenizer
    }

    /// Sizes of the network.
    pub fn network(&self) -> ImageNetConfig {
        self.engine.config()
    }

    /// The settings from here on; weights and data order stay. Where the device has no half precision, products stay single.
    ///
    /// # Errors
    /// If one is out of range.
    pub fn set_config(&mut self, config: ImageTrainConfig) -> Result<(), TrainError> {
        self.training.config = config.validated()?;
        self.training.config.products = self.engine.taken(config.products);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
