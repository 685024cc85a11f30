//! A training run on texts that can be stopped, saved and taken up again.

use super::batches::{asked, batch};
use super::{TextNotes, TextRunSettings, TextTrainConfig};
use crate::data::language::TextSet;
use crate::flow::SequenceSource;
use crate::model::sequence::{
    Products, TextDenoiser, TextFile, TextNet, TextNetConfig, TextNetwork, TextRecipe,
};
use crate::sampler::SamplerError;
use crate::sampler::sequence::likelihood_bound;
use crate::train::optimizer::Stride;
use crate::train::sequence::engine::{Engine, State};
use crate::train::sequence::losses::LossCurve;
use crate::train::sequence::spare::Spare;
use crate::train::{TrainError, is_out_of_memory};
use burn::tensor::Device;
use std::f64::consts::LN_2;
use std::sync::Arc;
use std::time::Instant;

/// In how many parts of the path each text held out is asked about, from a uniform source.
const STRATA: usize = 2;
/// Early samples that a run keeps at most.
const MOST_EARLY: usize = 8;

/// How well a run knew texts that it did not see.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TextHeldOut {
    /// Texts seen in training up to then.
    pub texts: u64,
    /// Seconds of training up to then.
    pub seconds: f64,
    /// The bound on −log₂ p, or of one that writes from left to right −log₂ p itself, bits a token that is not given.
    pub bits: f64,
    /// Its standard error, from the spread between texts.
    pub error: f64,
    /// How many texts were asked about.
    pub asked: usize,
}

/// A sample of a network on its way.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EarlyText {
    /// Texts that it had seen.
    pub texts: u64,
    /// What it wrote.
    pub sample: String,
}

/// What a file remembers of a run besides the arrays.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TextTraining {
    /// The settings.
    pub config: TextTrainConfig,
    /// Steps done since the moments of the optimiser began.
    pub step: u64,
    /// Texts seen, also before.
    pub texts: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// The held-out bound as it fell.
    #[serde(default)]
    pub held_out: Vec<TextHeldOut>,
    /// That of the best weights so far.
    #[serde(default)]
    pub best: Option<TextHeldOut>,
    /// Its losses: texts seen, and the mean of some steps up to there, bits a token.
    #[serde(default)]
    pub losses: Vec<[f64; 2]>,
    /// The name that a person gave it, if one did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Samples of its early networks, the first ones first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early: Vec<EarlyText>,
}

impl TextTraining {
    fn new(config: TextTrainConfig) -> Self {
        let (held_out, losses, early) = (Vec::new(), Vec::new(), Vec::new());
        let (step, texts, seconds) = (0, 0, 0.0);
        Self { config, step, texts, seconds, held_out, best: None, losses, name: String::new(), early }
    }

    /// Of a file.
    ///
    /// # Errors
    /// [`TrainError::Misfit`] if it has none, or one out of range.
    pub fn of(recipe: &TextRecipe) -> Result<Self, TrainError> {
        let mut training: Self = serde_json::from_value(recipe.training.clone())
            .map_err(|e| TrainError::Misfit(format!("its training record: {e}")))?;
        training.config = training.config.validated()?;
        if training.early.len() > MOST_EARLY {
            let why = format!("{} early samples: expected at most {MOST_EARLY}", training.early.len());
            return Err(TrainError::Misfit(why));
        }
        Ok(training)
    }

    /// Takes over what is said of the run.
    pub fn take(&mut self, notes: TextNotes) {
        self.name = notes.name;
    }

    /// Keeps a sample if there is room: the first ones stay, the last place is the newest one's.
    pub fn keep_early(&mut self, sample: EarlyText) {
        self.early.truncate(MOST_EARLY - 1);
        self.early.push(sample);
    }

    /// Seconds until it has seen all texts of its length, at so many a second; none without a length, or past it.
    pub fn seconds_left(&self, texts_per_second: f64) -> Option<f64> {
        let left = self.config.texts.checked_sub(self.texts).filter(|left| *left > 0)?;
        (texts_per_second > 0.0).then(|| left as f64 / texts_per_second)
    }

    /// Whether its last step was the one in which it came to its end.
    pub fn has_just_ended(&self) -> bool {
        let before = self.texts.saturating_sub(self.config.batch as u64);
        (before..self.texts).contains(&self.config.texts.wrapping_sub(1))
    }
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextStep {
    /// Its number since the moments began, from 1.
    pub step: u64,
    /// The loss of its batch, bits a token that is learnt from.
    pub bits: f64,
    /// Texts seen in all.
    pub texts: u64,
    /// Seconds spent in steps in all.
    pub seconds: f64,
}

/// Network, optimiser and texts of one run.
pub struct TextTrainer {
    texts: Arc<TextSet>,
    engine: Engine<TextNet>,
    training: TextTraining,
    curve: LossCurve,
    /// The best weights so far by the texts held out.
    best: Option<Vec<f32>>,
    /// As it was a moment ago, where the device can be lost.
    spare: Option<Spare<(State, TextTraining)>>,
}

impl TextTrainer {
    /// So many texts that are held out say which weights are the best.
    pub const HELD_OUT: usize = 256;

    /// A fresh run on `texts`, computed on `device`.
    ///
    /// # Errors
    /// If a setting or a size is out of range, or the network is for other texts.
    pub fn new(
        network: TextNetConfig,
        config: TextTrainConfig,
        texts: Arc<TextSet>,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let config = config.validated()?;
        check(&network, &config, &texts)?;
        let net = TextNet::new(network, config.seed).map_err(TrainError::Misfit)?;
        Ok(Self::begun((net, None), texts, (TextTraining::new(config), None), device))
    }

    /// Takes a run up where `file` left it: the same weights, moments, data order and settings. From a network that was
    /// given away, without the state of its run, it begins with fresh moments at its weights. On another `device` than
    /// before its numbers may differ in the last digits.
    ///
    /// # Errors
    /// If the file is of other texts, or its state is not whole.
    pub fn resume(file: &TextFile, texts: Arc<TextSet>, device: &Device) -> Result<Self, TrainError> {
        let mut training = TextTraining::of(&file.recipe)?;
        let recipe = &file.recipe;
        check(&recipe.network, &training.config, &texts)?;
        if recipe.symbols != texts.alphabet.symbols() {
            return Err(TrainError::Misfit("its texts have other symbols".to_owned()));
        }
        let mut arrays = file.state.clone();
        let best = arrays.remove(TextFile::BEST).filter(|_| training.best.is_some());
        let state = State::of_file(&file.weights, &arrays)?.unwrap_or_else(|| {
            training.step = 0;
            State::first(&file.weights)
        });
        let net = TextNet::new(recipe.network, 0).map_err(TrainError::Misfit)?;
        Ok(Self::begun((net, Some(state)), texts, (training, best), device))
    }

    fn begun(
        (net, state): (TextNet, Option<State>),
        texts: Arc<TextSet>,
        (training, best): (TextTraining, Option<Vec<f32>>),
        device: &Device,
    ) -> Self {
        let state = state.unwrap_or_else(|| State::first(net.values()));
        let spare = (*device != Device::flex()).then(|| Spare::new((state.clone(), training.clone())));
        let curve = LossCurve::after(&training.losses, training.config.batch);
        Self { texts, engine: Engine::new(net, state, device), training, curve, best, spare }
    }

    /// The same run, each of whose batches is split over `others`, too.
    #[must_use]
    pub fn shared_with(mut self, others: &[Device]) -> Self {
        self.engine.share_with(others);
        self
    }

    /// The run on the CPU, after the device that it was on has failed, from its last copy in memory. `None` on the CPU itself,
    /// which can't be lost.
    pub fn rescued(&self) -> Option<Self> {
        let (state, training) = &self.spare.as_ref()?.kept;
        let state = (self.engine.sizes().clone(), Some(state.clone()));
        let kept = (training.clone(), self.best.clone());
        Some(Self::begun(state, self.texts.clone(), kept, &Device::flex()))
    }

    /// What is to be said if the device failed because of this: it had no memory left.
    pub fn out_of_memory(&self, why: &str) -> Option<TrainError> {
        let batch = self.training.config.batch;
        let instead = match batch / 2 {
            0 => "a smaller network".to_owned(),
            half => format!("a batch of {half}"),
        };
        is_out_of_memory(why).then_some(TrainError::OutOfMemory { batch, what: "text", instead })
    }

    /// One step on the next batch.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] if the loss is no number any more; the weights are left as they were.
    /// [`TrainError::Device`] if the device fails: see [`Self::rescued`].
    pub fn step(&mut self) -> Result<TextStep, TrainError> {
        let start = Instant::now();
        let TextTraining { config, step, texts, .. } = &self.training;
        let number = step + 1;
        // After a fresh start of the moments, texts go on where they were.
        let order = texts / config.batch as u64 + 1;
        let examples = batch(config, &self.engine.sizes().config(), &self.texts, order);
        let stride = Stride {
            number,
            learning_rate: config.rate_at(number, *texts),
            weight_decay: config.weight_decay,
            keep: config.keep_at(number),
        };
        let loss = self.engine.step(&examples, stride, (config.clip, Products::Single))?;
        if !loss.is_finite() {
            let learning_rate = config.learning_rate;
            return Err(TrainError::Diverged { loss: loss as f32, step: number, learning_rate });
        }
        self.training.step = number;
        self.training.texts += examples.len() as u64;
        self.training.seconds += start.elapsed().as_secs_f64();
        let bits = loss / LN_2;
        self.curve.take(&mut self.training.losses, bits, self.training.texts);
        if let Some(spare) = &mut self.spare {
            spare.renew(|| Ok((self.engine.state()?, self.training.clone())))?;
        }
        Ok(TextStep { step: number, bits, texts: self.training.texts, seconds: self.training.seconds })
    }

    /// Bytes that the device has taken for arrays; none of the CPU. The device comes to rest for it.
    pub fn device_memory(&self) -> Option<u64> {
        self.engine.device_memory()
    }

    /// Asks the average of the weights about [`Self::HELD_OUT`] texts that are held out, remembers the answer, and keeps the
    /// weights if they are the best. `None` if `go_on` said no, or nothing is held out.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails: see [`Self::rescued`].
    pub fn hold_out(&mut self, go_on: &dyn Fn() -> bool) -> Result<Option<TextHeldOut>, TrainError> {
        let net = self.engine.average()?;
        let Some(found) = self.ask(&net, Self::HELD_OUT, go_on)? else { return Ok(None) };
        self.training.held_out.push(found);
        let best = self.training.best.filter(|_| self.best.is_some());
        if best.is_none_or(|best| best.asked != found.asked || found.bits <= best.bits) {
            self.training.best = Some(found);
            self.best = Some(net.values().to_vec());
        }
        Ok(Some(found))
    }

    /// What the best weights say of `count` texts that are held out. `None` if `go_on` said no, or nothing is held out.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails.
    pub fn judge(&self, count: usize, go_on: &dyn Fn() -> bool) -> Result<Option<TextHeldOut>, TrainError> {
        self.ask(&self.net()?, count, go_on)
    }

    fn ask(
        &self,
        net: &TextNet,
        count: usize,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<TextHeldOut>, TrainError> {
        let network = net.config();
        let texts = self.texts.held_out_by(count, 0);
        let asked_about = texts.len() / network.tokens;
        if texts.is_empty() || !go_on() {
            return Ok(None);
        }
        let (bits, error) = if network.source == SequenceSource::Uniform && !network.causal {
            let denoiser = TextDenoiser::new(Arc::new(net.clone())).map_err(TrainError::Misfit)?;
            let bound = likelihood_bound(&denoiser, &texts, STRATA, 0, go_on);
            let bound = bound.map_err(|error| match error {
                SamplerError::Denoiser(why) => TrainError::Device(why),
                other => TrainError::Misfit(other.to_string()),
            })?;
            let Some(bound) = bound else { return Ok(None) };
            (bound.bits_per_token(), bound.bits_error())
        } else {
            let losses = net.losses(&asked(&self.training.config, &network, &texts));
            let count = losses.len() as f64;
            let mean = losses.iter().sum::<f64>() / count;
            let squares: f64 = losses.iter().map(|loss| (loss - mean).powi(2)).sum();
            (mean / LN_2, (squares / (count * (count - 1.0).max(1.0))).sqrt() / LN_2)
        };
        let TextTraining { texts, seconds, .. } = self.training;
        Ok(Some(TextHeldOut { texts, seconds, bits, error, asked: asked_about }))
    }

    /// The best network by the texts held out, or the newest where none was asked yet.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails.
    pub fn net(&self) -> Result<TextNet, TrainError> {
        let mut net = self.engine.average()?;
        if let Some(best) = &self.best {
            net.values_mut().copy_from_slice(best);
        }
        Ok(net)
    }

    /// The newest network, as it is to be sampled from.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device fails.
    pub fn network(&self) -> Result<TextNetwork, TrainError> {
        let net = Arc::new(self.engine.average()?);
        let (alphabet, source) = (self.texts.alphabet.clone(), self.texts.source.clone());
        TextNetwork::of_net(net, alphabet, source).map_err(TrainError::Misfit)
    }

    /// What a file remembers of the run.
    pub fn training(&self) -> &TextTraining {
        &self.training
    }

    /// What it was started with.
    pub fn settings(&self) -> TextRunSettings {
        TextRunSettings {
            source: self.texts.source.clone(),
            network: self.engine.sizes().config(),
            config: self.training.config.clone(),
        }
    }

    /// Takes over what is said of the run.
    pub fn take(&mut self, notes: TextNotes) {
        self.training.take(notes);
    }

    /// Keeps a sample with the run.
    pub fn keep_early(&mut self, sample: EarlyText) {
        self.training.keep_early(sample);
    }

    /// Its texts.
    pub fn texts(&self) -> &TextSet {
        &self.texts
    }

    /// Sizes of the network.
    pub fn sizes(&self) -> TextNetConfig {
        self.engine.sizes().config()
    }

    /// The settings from here on; weights and data order stay.
    ///
    /// # Errors
    /// If one is out of range.
    pub fn set_config(&mut self, config: TextTrainConfig) -> Result<(), TrainError> {
        let config = config.validated()?;
        check(&self.sizes(), &config, &self.texts)?;
        self.training.config = config;
        Ok(())
    }

    /// The run as a file: the average of the weights, the best ones, and all that is needed to go on.
    ///
    /// # Errors
    /// If the record can't be expressed as JSON.
    pub fn file(&self) -> Result<TextFile, TrainError> {
        let training = serde_json::to_value(&self.training).map_err(|e| TrainError::Misfit(e.to_string()))?;
        let (weights, mut state) = self.engine.state()?.for_file();
        state.extend(self.best.iter().map(|best| (TextFile::BEST.to_owned(), best.clone())));
        let (source, alphabet) = (self.texts.source.clone(), &self.texts.alphabet);
        let recipe = TextRecipe::new(self.sizes(), source, alphabet, training);
        Ok(TextFile { recipe, weights, state })
    }
}

/// Whether a network can learn from these texts in this way.
fn check(network: &TextNetConfig, config: &TextTrainConfig, texts: &TextSet) -> Result<(), TrainError> {
    let misfit = |why: String| Err(TrainError::Misfit(why));
    if (network.tokens, network.values) != (texts.tokens, texts.values()) {
        return misfit(format!(
            "the network is for texts of {} tokens with {} values each, not {} with {}",
            network.tokens,
            network.values,
            texts.tokens,
            texts.values()
        ));
    }
    if let Some(prompt) = config.prompts.iter().find(|prompt| prompt.is_of_programs() && !texts.is_programs())
    {
        return misfit(format!("the prompt {prompt} is of programs alone"));
    }
    let is_given = config.prompts.iter().any(|prompt| *prompt != super::Prompt::Nothing);
    if network.source == SequenceSource::Uniform && !network.causal && is_given {
        return misfit(
            "with a uniform source nothing tells a given token from noise: expected no prompt".to_owned(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
