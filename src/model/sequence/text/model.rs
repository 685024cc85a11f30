//! A network for texts with what belongs to it: what its tokens mean, and what it learned from.

use super::{Reader, TextDenoiser, TextFile, TextNet, TextNetConfig};
use crate::data::language::{Alphabet, Language, TextSource};
use crate::denoiser::sequence::SequenceDenoiser;
use burn::tensor::Device;
use std::sync::Arc;

/// A network that answers about texts, or writes them.
#[derive(Clone)]
pub struct TextNetwork {
    /// Its sizes.
    pub config: TextNetConfig,
    /// What its tokens mean.
    pub alphabet: Alphabet,
    /// What it learned from.
    pub source: TextSource,
    net: Arc<TextNet>,
    answers: Answers,
}

#[derive(Clone)]
enum Answers {
    /// About states, anywhere in a text.
    Denoiser(Arc<TextDenoiser>),
    /// From left to right.
    Reader(Reader),
}

impl TextNetwork {
    /// The network of a file.
    ///
    /// # Errors
    /// Never of a file that was read: its sizes are looked at there.
    pub fn of_file(file: &TextFile) -> Result<Self, String> {
        let alphabet = file.recipe.alphabet().map_err(|error| error.to_string())?;
        Self::of_net(Arc::new(file.network()?), alphabet, file.recipe.data.clone())
    }

    /// The same of a network on its way.
    ///
    /// # Errors
    /// Never.
    pub fn of_net(net: Arc<TextNet>, alphabet: Alphabet, source: TextSource) -> Result<Self, String> {
        let config = net.config();
        let answers = match config.causal {
            true => Answers::Reader(Reader::new(net.clone())?),
            false => Answers::Denoiser(Arc::new(TextDenoiser::new(net.clone())?)),
        };
        Ok(Self { config, alphabet, source, net, answers })
    }

    /// The same computed on `device`. One that writes from left to right stays on the CPU: a pass over one place is too small
    /// for another device.
    #[must_use]
    pub fn on(self, device: &Device) -> Self {
        let moved = match &self.answers {
            Answers::Denoiser(_) => TextDenoiser::on(self.net.clone(), device).ok(),
            Answers::Reader(_) => None,
        };
        match moved {
            Some(moved) => Self { answers: Answers::Denoiser(Arc::new(moved)), ..self },
            None => self,
        }
    }

    /// Why it can't answer about texts of a language; none if it can.
    pub fn misfit(&self, language: &Language) -> Option<String> {
        let (n, k) = (language.tokens, language.alphabet.len());
        let is_own = self.config.tokens == n && self.alphabet.symbols() == language.alphabet.symbols();
        (!is_own).then(|| {
            format!(
                "the network is of {} in {} tokens of {} symbols, this language has texts of {n} tokens of {k} symbols",
                self.source, self.config.tokens, self.config.values
            )
        })
    }

    /// As samplers of flows know it; none of one that writes from left to right.
    pub fn denoiser(&self) -> Option<Arc<dyn SequenceDenoiser>> {
        match &self.answers {
            Answers::Denoiser(denoiser) => Some(denoiser.clone()),
            Answers::Reader(_) => None,
        }
    }

    /// What writes from left to right, if it does.
    pub fn reader(&self) -> Option<&Reader> {
        match &self.answers {
            Answers::Denoiser(_) => None,
            Answers::Reader(reader) => Some(reader),
        }
    }
}
