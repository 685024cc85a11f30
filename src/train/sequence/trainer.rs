//! A training run on images that can be stopped, saved and taken up again.

use super::batches::batch;
use super::engine::{Engine, State};
use super::losses::LossCurve;
use super::memory::out_of_memory;
use super::spare::Spare;
use super::{EarlyRow, ImageRunSettings, ImageTrainConfig, RunNotes, early};
use crate::data::codec::image::Tokenizer;
use crate::data::images::ImageData;
use crate::flow::SequenceSource;
use crate::model::sequence::{ImageDenoiser, ImageFile, ImageNet, ImageNetConfig, ImageRecipe};
use crate::sampler::SamplerError;
use crate::sampler::sequence::{LikelihoodBound, likelihood_bound};
use crate::train::optimizer::Stride;
use crate::train::{TrainError, is_out_of_memory};
use burn::tensor::Device;
use std::f64::consts::LN_2;
use std::sync::Arc;
use std::time::Instant;

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

impl ImageTraining {
    /// Of a file.
    ///
    /// # Errors
    /// [`TrainError::Misfit`] if it has none, or one out of range.
    pub fn of(recipe: &ImageRecipe) -> Result<Self, TrainError> {
        let training: Self = serde_json::from_value(recipe.training.clone())
            .map_err(|e| TrainError::Misfit(format!("its training record: {e}")))?;
        training.config.validated()?;
        early::check(&training.early)?;
        Ok(training)
    }

    /// Takes over what is said of the run.
    pub fn take(&mut self, notes: RunNotes) {
        (self.name, self.early) = (notes.name, early::kept(notes.early));
    }
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Its number since the moments began, from 1.
    pub step: u64,
    /// The loss of its batch, bits a token.
    pub bits: f64,
    /// Images seen in all.
    pub images: u64,
    /// Seconds spent in steps in all.
    pub seconds: f64,
}

/// Network, optimiser and data of one run.
pub struct ImageTrainer {
    data: Arc<ImageData>,
    tokenizer: Tokenizer,
    data_seed: u64,
    engine: Engine<ImageNet>,
    training: ImageTraining,
    curve: LossCurve,
    /// As it was a moment ago, where the device can be lost.
    spare: Option<Spare<(State, ImageTraining)>>,
}

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
        Ok(Self::begun((net, None), (data, data_seed), tokenizer, training, device))
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
        Ok(Self::begun((net, Some(state)), (data, recipe.data_seed), tokenizer, training, device))
    }

    fn begun(
        (net, state): (ImageNet, Option<State>),
        (data, data_seed): (Arc<ImageData>, u64),
        tokenizer: Tokenizer,
        mut training: ImageTraining,
        device: &Device,
    ) -> Self {
        let state = state.unwrap_or_else(|| State::first(net.values()));
        let spare = (*device != Device::flex()).then(|| Spare::new((state.clone(), training.clone())));
        let curve = LossCurve::after(&training.losses, training.config.batch);
        let engine = Engine::new(net, state, device);
        // What is recorded is what is done.
        training.config.products = engine.taken(training.config.products);
        Self { data, tokenizer, data_seed, engine, training, curve, spare }
    }

    /// The same run, each of whose batches is split over `others`, too: the same gradient but for the order of sums. If one of
    /// the devices is lost, so is the whole way.
    #[must_use]
    pub fn shared_with(mut self, others: &[Device]) -> Self {
        self.engine.share_with(others);
        self
    }

    /// The run on the CPU, after the device that it was on has failed: from its last copy in memory, at most about ten
    /// seconds, or fifty times what a copy takes, before; from where it began if there was none yet. `None` on the CPU
    /// itself, which can't be lost.
    pub fn rescued(&self) -> Option<Self> {
        let (state, training) = &self.spare.as_ref()?.kept;
        let (net, data) = (self.engine.sizes().clone(), (self.data.clone(), self.data_seed));
        let state = (net, Some(state.clone()));
        Some(Self::begun(state, data, self.tokenizer.clone(), training.clone(), &Device::flex()))
    }

    /// What is to be said if the device failed because of this, and a smaller batch would have done: it had no memory left.
    pub fn out_of_memory(&self, why: &str) -> Option<TrainError> {
        is_out_of_memory(why).then(|| out_of_memory(self.training.config.batch))
    }

    /// One step on the next batch.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] if the loss is no number any more; the weights are left as they were.
    /// [`TrainError::Device`] if the device fails: see [`Self::rescued`].
    pub fn step(&mut self) -> Result<StepReport, TrainError> {
        let start = Instant::now();
        let ImageTraining { config, step, .. } = &self.training;
        let number = step + 1;
        // After a fresh start of the moments, images go on where they were.
        let order = self.training.images / config.batch as u64 + 1;
        let examples = batch(config, &self.engine.config(), &self.tokenizer, &self.data.train, order);
        let stride = Stride {
            number,
            learning_rate: config.rate_at(number, self.training.images),
            weight_decay: config.weight_decay,
            keep: config.keep_at(number),
        };
        let loss = self.engine.step(&examples, stride, (config.clip, config.products))?;
        if !loss.is_finite() {
            let learning_rate = config.learning_rate;
            return Err(TrainError::Diverged { loss: loss as f32, step: number, learning_rate });
        }
        self.training.step = number;
        self.training.images += examples.len() as u64;
        self.training.seconds += start.elapsed().as_secs_f64();
        let bits = loss / LN_2;
        self.curve.take(&mut self.training.losses, bits, self.training.images);
        if let Some(spare) = &mut self.spare {
            spare.renew(|| Ok((self.engine.state()?, self.training.clone())))?;
        }
        Ok(StepReport { step: number, bits, images: self.training.images, seconds: self.training.seconds })
    }

    /// Bytes that the device has taken for arrays, those included that it keeps for later ones; none of the CPU. The device
    /// comes to rest for it.
    pub fn device_memory(&self) -> Option<u64> {
        self.engine.device_memory()
    }

    /// The average of the weights as a denoiser.
    ///
    /// # Errors
    /// Never, as long as the sizes are what they were.
    pub fn denoiser(&self) -> Result<ImageDenoiser, TrainError> {
        self.engine.denoiser(&self.tokenizer)
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
        let set = self.data.held_out.first(count);
        let tokens: Vec<u16> = (0..set.len()).flat_map(|i| self.tokenizer.encode(set.image(i))).collect();
        let bound =
            likelihood_bound(&self.denoiser()?, &tokens, strata, 0, go_on).map_err(|error| match error {
                SamplerError::Denoiser(why) => TrainError::Device(why),
                other => TrainError::Misfit(other.to_string()),
            })?;
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

    /// What a file remembers of the run.
    pub fn training(&self) -> &ImageTraining {
        &self.training
    }

    /// What it was started with.
    pub fn settings(&self) -> ImageRunSettings {
        ImageRunSettings {
            data: self.data.source.clone(),
            tokens: self.tokenizer.spec(),
            side: self.tokenizer.side(),
            source: self.engine.config().source,
            net: self.engine.config().size_words(),
            config: self.training.config,
        }
    }

    /// Takes over what is said of the run.
    pub fn take(&mut self, notes: RunNotes) {
        self.training.take(notes);
    }

    /// What its tokens mean.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
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

    /// The run as a file: the average of the weights, and all that is needed to go on.
    ///
    /// # Errors
    /// If the record can't be expressed as JSON.
    pub fn file(&self) -> Result<ImageFile, TrainError> {
        let training = serde_json::to_value(&self.training).map_err(|e| TrainError::Misfit(e.to_string()))?;
        let network = self.engine.config();
        let classes = if network.classes > 0 { self.data.classes.clone() } else { Vec::new() };
        let data = (self.data.source.clone(), self.data_seed);
        let (weights, state) = self.engine.state()?.for_file();
        let recipe = ImageRecipe::new(network, self.tokenizer.clone(), data, classes, training);
        Ok(ImageFile { recipe, weights, state })
    }
}

#[cfg(test)]
mod tests;
