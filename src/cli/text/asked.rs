//! Who is asked about which texts: the exact denoiser of a language, or a network.

use crate::cli::console::Console;
use crate::cli::text::args::{LanguageArgs, TextDenoiser, TextSamplerArgs, of_text};
use crate::cli::{CliError, GlobalArgs};
use crate::data::DataError;
use crate::data::language::{Alphabet, LanguageSpec, TextSet, TextSource};
use crate::denoiser::sequence::SequenceDenoiser;
use crate::experiment::text::{TaughtNetwork, TextModel, given_of, text_network};
use crate::flow::SequenceSource;
use crate::gpu::choose;
use crate::model::sequence::TextNetwork;
use crate::sampler::sequence::{Given, SequenceSetup, SequenceSummary, joint_texts, run_sequences};
use std::fmt::Display;
use std::ops::ControlFlow;
use std::sync::Arc;

/// See the module.
pub struct Asked {
    /// The symbols of the texts' tokens.
    pub alphabet: Alphabet,
    /// N.
    pub tokens: usize,
    /// What the texts are of.
    pub source: TextSource,
    /// Where the flow starts.
    pub flow: SequenceSource,
    /// What is given of each, \[N\].
    given: Option<Vec<Option<u16>>>,
    answers: Answers,
}

/// Numbers of a question to the denoiser that are in memory at once, 32 MiB of them.
const AT_ONCE: usize = 1 << 22;

enum Answers {
    Exact(TextModel),
    Network(TaughtNetwork),
}

impl Asked {
    /// Makes the language, or reads the network, that the flags name; of a network it is the texts that it learned from.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag.
    pub fn of(
        language: &LanguageArgs,
        sampler: &TextSamplerArgs,
        given: Option<&str>,
        global: &GlobalArgs,
        console: &Console,
    ) -> Result<Self, CliError> {
        let about = |error: DataError| CliError::Input(format!("--given: {error}"));
        let Some(name) = sampler.denoiser.network() else {
            sampler.refuse_idle(false)?;
            let (asked, language) = (language.tokens, language.load(console)?);
            let (alphabet, tokens) = (language.alphabet.clone(), language.tokens);
            let given = given.map(|text| given_of(&alphabet, tokens, text)).transpose().map_err(about)?;
            let flag = match (&given, asked) {
                (Some(_), _) => "--given",
                (None, Some(_)) => "--tokens",
                (None, None) => "--language",
            };
            let source = TextSource::Language(language.spec.clone());
            let flow = sampler.source.unwrap_or_default();
            let model = TextModel::of(language, flow, given.clone()).map_err(|why| of_text(flag, &why))?;
            return Ok(Self { alphabet, tokens, source, flow, given, answers: Answers::Exact(model) });
        };
        let network = network(&sampler.denoiser, name, global)?;
        let config = network.config;
        sampler.refuse_idle(config.causal)?;
        // Other texts may have the same symbols.
        if let Some(said) = language.language.as_ref().filter(|l| l.anywhere() != network.source.anywhere()) {
            let other = said.load(Some(config.tokens));
            let other = other.map_err(|error| CliError::Input(format!("--language: {error}")))?;
            if other.alphabet.symbols() != network.alphabet.symbols() {
                return Err(differs("--language", said, (&network.source, name)));
            }
        }
        if let Some(tokens) = language.tokens.filter(|tokens| *tokens != config.tokens) {
            return Err(differs("--tokens", &tokens, (&config.tokens, name)));
        }
        if let Some(flow) = sampler.source.filter(|flow| *flow != config.source) {
            return Err(differs("--source", &flow, (&config.source, name)));
        }
        let (alphabet, tokens) = (network.alphabet.clone(), config.tokens);
        let given = given.map(|text| given_of(&alphabet, tokens, text)).transpose().map_err(about)?;
        let source = language.language.clone().unwrap_or_else(|| here(&network, console));
        let answers = Answers::Network(network);
        Ok(Self { alphabet, tokens, source, flow: config.source, given, answers })
    }

    /// The language with its exact denoiser, if that is who answers.
    pub fn exact(&self) -> Option<&TextModel> {
        match &self.answers {
            Answers::Exact(model) => Some(model),
            Answers::Network(_) => None,
        }
    }

    /// The network, if that is who answers.
    pub fn network(&self) -> Option<&TaughtNetwork> {
        match &self.answers {
            Answers::Exact(_) => None,
            Answers::Network(network) => Some(network),
        }
    }

    /// Who answers as samplers know it; none of one that writes from left to right.
    pub fn denoiser(&self) -> Option<Arc<dyn SequenceDenoiser>> {
        match &self.answers {
            Answers::Exact(model) => Some(model.denoiser()),
            Answers::Network(network) => network.denoiser(),
        }
    }

    /// Says so where a network has never met texts of which so little is given.
    pub fn warn_unmet(&self, denoiser: &TextDenoiser, console: &Console) {
        let is_given = |token: usize| self.given.as_ref().is_some_and(|given| given[token].is_some());
        if let Some(network) = self.network() {
            warn_unmet(denoiser, network, is_given, console);
        }
    }

    /// Whether the texts are programs.
    pub fn is_programs(&self) -> bool {
        self.source == TextSource::Language(LanguageSpec::Programs)
    }

    /// Texts \[B, N\], and what they cost.
    ///
    /// # Errors
    /// If a flag has no meaning with another one, or a device fails.
    pub fn sampled(
        &self,
        (sampler, count): (&TextSamplerArgs, usize),
        seed: u64,
        console: &Console,
    ) -> Result<(Vec<u16>, SequenceSummary), CliError> {
        let config = sampler.config_of(self.exact(), self.flow, seed, console)?;
        let at_once = |steps: usize, passes: usize| SequenceSummary {
            steps,
            sequences: count,
            passes,
            drawn: count * self.tokens,
            finished: true,
            ..SequenceSummary::default()
        };
        if let (TextDenoiser::Joint, Some(model)) = (&sampler.denoiser, self.exact()) {
            return Ok((joint_texts(&*model.exact, count, seed), at_once(1, count)));
        }
        if let Some(reader) = self.network().and_then(|network| network.reader()) {
            let bar = console.bar(self.tokens as u64, "{bar:40} token {pos} of {len}  {eta} left");
            // It is one temperature from the first token to the last.
            let level = config.temperature.level;
            let mut writing = reader.begin((0, count), self.given.as_deref(), level, seed);
            while writing.step() {
                bar.inc(1);
            }
            bar.finish_and_clear();
            return Ok((writing.states(), at_once(self.tokens, count * self.tokens)));
        }
        let denoiser = self.denoiser().ok_or_else(|| CliError::Failed("nobody answers".to_owned()))?;
        let given = self.given.clone().map(Given::new);
        let together = (AT_ONCE / (self.tokens * self.alphabet.len()).max(1)).max(64);
        let steps = config.steps * count.div_ceil(together);
        let bar = console.bar(steps as u64, "{bar:40} step {pos} of {len}  {eta} left");
        let mut states = Vec::new();
        let mut summary = SequenceSummary { sequences: count, finished: true, ..SequenceSummary::default() };
        for first in (0..count).step_by(together) {
            let count = together.min(count - first);
            let setup = SequenceSetup {
                denoiser: &*denoiser,
                config,
                count,
                first: first as u32,
                given: given.as_ref(),
            };
            let done = run_sequences(setup, |moment| {
                bar.set_position((first / together * config.steps + moment.summary.steps) as u64);
                ControlFlow::Continue(())
            });
            let done = done.inspect_err(|_| bar.finish_and_clear())?;
            states.extend(done.states);
            summary.steps = done.summary.steps;
            summary.passes += done.summary.passes;
            summary.drawn += done.summary.drawn;
            summary.renoised += done.summary.renoised;
            summary.changed += done.summary.changed;
            summary.off_support += done.summary.off_support;
        }
        bar.finish_and_clear();
        Ok((states, summary))
    }
}

/// A flag that says something else than what the network of a name has learned.
pub fn differs(flag: &str, said: &dyn Display, (own, name): (&dyn Display, &str)) -> CliError {
    CliError::Input(format!("{flag} {said} differs from {own}, which the network {name} is of"))
}

/// What a network has learned from. Where that text is not here, the plays of this program stand in for it, if it knows their
/// letters.
fn here(network: &TextNetwork, console: &Console) -> TextSource {
    let own = &network.source;
    let is_gone = matches!(own, TextSource::Letters(Some(file)) if !file.exists());
    let plays = TextSource::default();
    let is_known = |texts: &TextSet| texts.alphabet.symbols() == network.alphabet.symbols();
    if is_gone && plays.load(Some(network.config.tokens)).is_ok_and(|texts| is_known(&texts)) {
        console.warn(&format!(
            "--language {own} is not here: {plays} stands in for it, whose letters the network knows"
        ));
        return plays;
    }
    own.clone()
}

/// The network that `--denoiser` names, on the device that was asked for.
///
/// # Errors
/// [`CliError::Input`] naming the flag and the file.
pub fn network(denoiser: &TextDenoiser, name: &str, global: &GlobalArgs) -> Result<TaughtNetwork, CliError> {
    let about = |why: String| CliError::Input(format!("--denoiser {denoiser}: {why}"));
    let file = text_network(name).map_err(|error| about(error.to_string()))?;
    let TaughtNetwork { network, prompts } = TaughtNetwork::of_file(&file).map_err(about)?;
    let causal = network.config.causal;
    match denoiser {
        TextDenoiser::Network(_) if causal => Err(about(
            "the network is autoregressive and no denoiser: expected ar: before its name".to_owned(),
        )),
        TextDenoiser::Ar(_) if !causal => {
            Err(about("the network is a denoiser: expected network: before its name".to_owned()))
        }
        _ => {
            let network = network.on(&choose(global.device())?.device);
            Ok(TaughtNetwork { network, prompts })
        }
    }
}

/// Says so where a network is asked about texts of which less is given than it has ever met.
pub fn warn_unmet(
    denoiser: &TextDenoiser,
    network: &TaughtNetwork,
    is_given: impl Fn(usize) -> bool,
    console: &Console,
) {
    if let Some(why) = network.unmet(is_given) {
        console.warn(&format!("--denoiser {denoiser}: {why}"));
    }
}
