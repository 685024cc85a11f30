//! A training run on texts that can be stopped, saved and taken up again.

use super::batches::{asked, batch};
use super::{EarlyText, TextHeldOut, TextRunSettings, TextTrainConfig, TextTraining};
use crate::data::language::TextSet;
use crate::flow::SequenceSource;
use crate::model::sequence::{
    TextDenoiser, TextExample, TextFile, TextNet, TextNetConfig, TextNetwork, TextRecipe,
};
use crate::sampler::sequence::likelihood_bound;
use crate::train::TrainError;
use crate::train::sequence::course::unanswered;
use crate::train::sequence::engine::State;
use crate::train::sequence::{RunRecord as _, SequenceTrainer, Subject};
use burn::tensor::Device;
use std::f64::consts::LN_2;
use std::sync::Arc;

/// In how many parts of the path each text held out is asked about, from a uniform source.
const STRATA: usize = 2;
/// Texts held out that are asked about between two looks whether an answer is still wanted.
const TOGETHER: usize = 16;

/// Texts as they are learned.
#[derive(Clone)]
pub struct Texts {
    pub(super) texts: Arc<TextSet>,
}

impl Subject for Texts {
    const ONE: &'static str = "text";
    type Net = TextNet;
    type Record = TextTraining;
    type Settings = TextRunSettings;

    fn batch(&self, record: &TextTraining, net: &TextNet, number: u64) -> Vec<TextExample> {
        batch(&record.config, &net.config(), &self.texts, number)
    }

    fn smaller_batch(batch: usize) -> Option<usize> {
        Some(batch / 2).filter(|half| *half > 0)
    }

    fn recipe(&self, net: &TextNet, training: serde_json::Value) -> TextRecipe {
        TextRecipe::new(net.config(), self.texts.source.clone(), &self.texts.alphabet, training)
    }

    fn settings(recipe: &TextRecipe, record: &TextTraining) -> TextRunSettings {
        TextRunSettings::of(recipe, record.config.clone())
    }
}

/// Network, optimiser and texts of one run.
pub type TextTrainer = SequenceTrainer<Texts>;

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
        let size = texts.size();
        Ok(Self::begun(Texts { texts }, (net, None), (TextTraining::new(config, size), None), device))
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
            training.earlier += std::mem::take(&mut training.step);
            State::first(&file.weights)
        });
        let net = TextNet::new(recipe.network, 0).map_err(TrainError::Misfit)?;
        Ok(Self::begun(Texts { texts }, (net, Some(state)), (training, best), device))
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
        let texts = self.texts().held_out_by(count, 0);
        let asked_about = texts.len() / network.tokens;
        if texts.is_empty() || !go_on() {
            return Ok(None);
        }
        let (bits, error) = if network.source == SequenceSource::Uniform && !network.causal {
            let denoiser = TextDenoiser::new(Arc::new(net.clone())).map_err(TrainError::Misfit)?;
            let bound = likelihood_bound(&denoiser, &texts, STRATA, 0, go_on).map_err(unanswered)?;
            let Some(bound) = bound else { return Ok(None) };
            (bound.bits_per_token(), bound.bits_error())
        } else {
            let mut losses = Vec::with_capacity(asked_about);
            for piece in asked(&self.training.config, &network, &texts).chunks(TOGETHER) {
                if !go_on() {
                    return Ok(None);
                }
                losses.extend(net.losses(piece));
            }
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
        let (alphabet, source) = (self.texts().alphabet.clone(), self.texts().source.clone());
        TextNetwork::of_net(net, alphabet, source).map_err(TrainError::Misfit)
    }

    /// Keeps a sample with the run.
    pub fn keep_early(&mut self, sample: EarlyText) {
        self.training.keep_early(sample);
    }

    /// Its texts.
    pub fn texts(&self) -> &TextSet {
        &self.subject.texts
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
        check(&self.sizes(), &config, self.texts())?;
        self.training.config = config;
        Ok(())
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
    config.check_prompts(network, texts.is_programs()).or_else(|why| misfit(format!("the prompt {why}")))
}

#[cfg(test)]
mod tests;
