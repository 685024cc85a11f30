//! Everything a user can set in the text lab.

use super::networks::text_networks;
use crate::data::beside;
use crate::data::language::{Language, LanguageSpec, TextSource};
use crate::experiment;
use crate::experiment::{Pace, Sides};
use crate::flow::{Corrector, FlowError, Scheduler, SequenceSource};
use crate::model::sequence::TextSize;
use crate::sampler::sequence::{SequenceConfig, SequenceMethod};
use crate::train::sequence::{Prompt, TextTrainConfig};
use crate::view::sequence::TextLayer;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Texts of a wall.
pub const MOST_TEXTS: usize = 64;
/// Most tokens of a text.
pub const MOST_TOKENS: usize = 1024;
/// Longest prompt that is kept, in characters.
const LONGEST_PROMPT: usize = 16_384;

/// The paper's corrector for text.
pub const TEXT_CORRECTOR: Corrector = Corrector { amplitude: 10.0, a: 0.25, b: 0.25 };

/// Who answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// The exact posterior of every token.
    #[default]
    Exact,
    /// The exact posterior of whole texts, drawn at once.
    Joint,
    /// A network that denoises.
    Network,
    /// Its autoregressive twin, which writes from left to right.
    Twin,
}

impl Answers {
    /// Whether a network answers.
    pub fn is_network(self) -> bool {
        matches!(self, Self::Network | Self::Twin)
    }
}

/// What is trained in the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextTraining {
    /// Whether it writes from left to right.
    pub causal: bool,
    /// Where its flow starts.
    pub source: SequenceSource,
    /// Its size.
    pub size: TextSize,
    /// What is given of a text.
    pub prompt: Prompt,
    /// How.
    pub config: TextTrainConfig,
}

impl Default for TextTraining {
    fn default() -> Self {
        Self {
            causal: false,
            source: SequenceSource::Mask,
            size: TextSize::Live,
            prompt: Prompt::Nothing,
            config: TextTrainConfig::default(),
        }
    }
}

/// What is there from the start: the coupling of the flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coupling {
    /// Nothing: all is noise, U.
    #[default]
    Free,
    /// A prompt, or what is around what is to be filled in: C.
    Given,
    /// Of every text a beginning of a length of its own: C.
    Prefix,
}

/// How one of the pages is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextSide {
    /// Who answers.
    pub answers: Answers,
    /// Where the flow starts.
    pub source: SequenceSource,
    /// The sampler but for its corrector and seed.
    pub sampler: SequenceConfig,
    /// Whether it steps where the language wants it, whatever scheduler is set.
    pub best: bool,
    /// Whether the corrector is on; its numbers are kept while it is off.
    pub corrector_on: bool,
    /// The corrector's numbers.
    pub corrector: Corrector,
}

impl Default for TextSide {
    fn default() -> Self {
        Self {
            answers: Answers::Exact,
            source: SequenceSource::Mask,
            sampler: SequenceConfig { scheduler: Scheduler::Linear, ..SequenceConfig::default() },
            best: false,
            corrector_on: false,
            corrector: TEXT_CORRECTOR,
        }
    }
}

impl TextSide {
    /// What the sampler is told; `best` is the best scheduler of the language, which takes the place of the one that is set.
    pub fn config(&self, seed: u64, best: Option<Scheduler>) -> SequenceConfig {
        let corrector = if self.corrector_on { self.corrector } else { Corrector::OFF };
        let scheduler = best.filter(|_| self.steps_best()).unwrap_or(self.sampler.scheduler);
        SequenceConfig { corrector, seed, scheduler, ..self.sampler }.effective()
    }

    /// Whether a setting of the side, by where it is stored, changes anything: that of another method, or of a corrector that
    /// is off, does not.
    pub fn has_effect(&self, field: &str) -> bool {
        let in_steps = matches!(self.answers, Answers::Exact | Answers::Network);
        let method = self.sampler.method;
        let is_exact = method == SequenceMethod::Exact;
        match field {
            "answers" => true,
            // One that writes from left to right has one temperature from the first token to the last.
            "sampler.temperature.level" => self.answers != Answers::Joint,
            _ if !in_steps => false,
            "best" => is_exact && self.source == SequenceSource::Mask,
            "corrector_on" | "sampler.grid" => is_exact,
            "sampler.scheduler" => is_exact && !self.steps_best(),
            "sampler.choice_temperature" => method == SequenceMethod::MaskGit,
            "sampler.confidence" => method == SequenceMethod::Confidence,
            "sampler.block" => method == SequenceMethod::Blocks,
            // The page's own take the place of both.
            "sampler.seed" => false,
            field if field.starts_with("sampler.corrector.") => false,
            "sampler.corrector_by" => is_exact && self.corrector_on,
            field if field.starts_with("corrector.") => is_exact && self.corrector_on,
            _ => true,
        }
    }

    /// Whether it goes in steps out of masks by the exact method.
    fn is_plain(&self) -> bool {
        let steps = matches!(self.answers, Answers::Exact | Answers::Network);
        steps && self.source == SequenceSource::Mask && self.sampler.method == SequenceMethod::Exact
    }

    /// Whether its steps stand on the information curve, which knows nothing of other sources and methods, nor of a corrector
    /// that takes tokens back.
    pub fn steps_on_curve(&self) -> bool {
        self.is_plain() && !self.corrector_on
    }

    /// Whether the best scheduler is asked for and has a meaning.
    pub fn steps_best(&self) -> bool {
        self.best && self.is_plain()
    }
}

/// The lab's settings. A file may lack fields that came later; a range belongs into [`Self::validated`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextSettings {
    /// What the texts are of.
    pub language: LanguageSpec,
    /// Tokens of a text, where that is another number than usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<usize>,
    /// What is there from the start.
    pub coupling: Coupling,
    /// The prompt, or what is around what is to be filled in, as on the command line.
    pub prompt: String,
    /// How many texts.
    pub texts: usize,
    /// Of all random numbers.
    pub seed: u64,
    /// One to three settings beside each other.
    pub sides: Sides<TextSide>,
    /// What is shown of the texts.
    pub shows: TextLayer,
    /// The text that is shown large.
    pub picked: usize,
    /// The token of it that is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<usize>,
    /// How the timeline plays.
    pub pace: Pace,
    /// The network that denoises: one of the program's or of a file; the one in training where none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The same that writes from left to right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
    /// What the next run learns.
    pub training: TextTraining,
    /// Whether pages beside each other are shown after as many evaluations, in place of the same time: a race.
    #[serde(skip_serializing_if = "is_off")]
    pub race: bool,
}

fn is_off(switch: &bool) -> bool {
    !switch
}

impl Default for TextSettings {
    fn default() -> Self {
        Self {
            language: LanguageSpec::Sums,
            tokens: None,
            coupling: Coupling::Free,
            prompt: String::new(),
            texts: 16,
            seed: 0,
            sides: Sides::default(),
            shows: TextLayer::Tokens,
            picked: 0,
            token: None,
            pace: Pace::default(),
            network: None,
            twin: None,
            training: TextTraining::default(),
            race: false,
        }
    }
}

impl TextSettings {
    /// What is given, if anything is.
    pub fn given_text(&self) -> Option<&str> {
        (self.coupling == Coupling::Given && !self.prompt.is_empty()).then_some(self.prompt.as_str())
    }

    /// Checks every range, for settings that come from a file.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        let expect = |what, given: f64, holds: bool, expected| {
            if holds { Ok(()) } else { Err(FlowError::Range { what, given, expected }) }
        };
        let texts = (1..=MOST_TEXTS).contains(&self.texts);
        expect("texts", self.texts as f64, texts, "a whole number from 1 to 64")?;
        let tokens = self.tokens.unwrap_or(1);
        expect(
            "tokens",
            tokens as f64,
            (1..=MOST_TOKENS).contains(&tokens),
            "a whole number from 1 to 1024",
        )?;
        let length = self.prompt.chars().count();
        expect("characters of the prompt", length as f64, length <= LONGEST_PROMPT, "at most 16384")?;
        expect("text shown large", self.picked as f64, self.picked < MOST_TEXTS, "below 64")?;
        let speed = self.pace.speed > 0.0 && self.pace.speed <= 100.0;
        expect("speed", self.pace.speed, speed, "a number above 0 and at most 100")?;
        let sides = self.sides.validated(|side: TextSide| -> Result<_, FlowError> {
            side.sampler.validated()?;
            side.corrector.validated()?;
            Ok(side)
        })?;
        let config = self.training.config.clone().validated()?;
        let training = TextTraining { config, ..self.training };
        Ok(Self { sides, training, ..self })
    }

    /// The network by name or file that answers so; none where that is one in training, or no network answers.
    pub fn network_of(&self, answers: Answers) -> Option<&str> {
        match answers {
            Answers::Exact | Answers::Joint => None,
            Answers::Network => self.network.as_deref(),
            Answers::Twin => self.twin.as_deref(),
        }
    }

    /// What a network learns from: the texts of the language, or of n-grams the text itself.
    pub fn learns(&self) -> TextSource {
        match &self.language {
            LanguageSpec::Ngram { file, .. } => TextSource::Letters(file.clone()),
            language => TextSource::Language(language.clone()),
        }
    }

    /// After another language may have been chosen than `before`: what was written in its letters says nothing in others.
    pub fn follow_language(&mut self, before: &LanguageSpec) {
        if *before != self.language {
            (self.tokens, self.token) = (None, None);
            self.prompt.clear();
            (self.network, self.twin) = (None, None);
            self.training.prompt = match self.language {
                LanguageSpec::Programs => Prompt::Docstring,
                _ => Prompt::Nothing,
            };
            if self.coupling == Coupling::Given {
                self.coupling = Coupling::Free;
            }
        }
    }
}

impl experiment::Settings for TextSettings {
    const LAB: &'static str = "text";

    fn checked(self) -> Result<Self, String> {
        self.validated().map_err(|why| why.to_string())
    }

    fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    fn found_beside(mut self, figure: &Path) -> Self {
        match &mut self.language {
            LanguageSpec::Words(Some(file)) | LanguageSpec::Ngram { file: Some(file), .. } => {
                *file = beside(file, figure);
            }
            _ => {}
        }
        for name in [&mut self.network, &mut self.twin].into_iter().flatten() {
            if !text_networks().any(|own| own == name) {
                *name = beside(Path::new(name), figure).display().to_string();
            }
        }
        self
    }
}

/// Given tokens \[N\] as a prompt that is read as the same.
pub fn prompt_of(language: &Language, given: &[Option<u16>]) -> String {
    let used = given.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    language.alphabet.told(&given[..used])
}

#[cfg(test)]
mod tests {
    use super::super::given_tokens;
    use super::*;

    #[test]
    fn settings_survive_json_and_what_is_out_of_range_is_named() {
        let settings = TextSettings {
            language: "ngram:3".parse().expect("a language"),
            coupling: Coupling::Given,
            prompt: "to be \\? ??".to_owned(),
            sides: Sides::new(TextSide::default(), [TextSide { best: true, ..TextSide::default() }])
                .set_at(1),
            ..TextSettings::default()
        };
        let text = serde_json::to_string(&settings).expect("text");
        assert_eq!(serde_json::from_str::<TextSettings>(&text).expect("the same"), settings);
        assert_eq!(serde_json::from_str::<TextSettings>("{}").expect("usual"), TextSettings::default());
        assert!(settings.clone().validated().is_ok());
        for (spoil, name) in [
            ((|s| s.texts = 65) as fn(&mut TextSettings), "texts"),
            (|s| s.tokens = Some(0), "tokens"),
            (|s| s.prompt = "?".repeat(20_000), "characters"),
            (|s| s.picked = 64, "text shown"),
            (|s| s.sides[1].sampler.steps = 0, "steps"),
            (|s| s.sides[0].corrector.amplitude = -1.0, "corrector"),
            (|s| s.pace.speed = 0.0, "speed"),
            (|s| s.training.config.batch = 0, "batch"),
        ] {
            let mut bad = settings.clone();
            spoil(&mut bad);
            let error = bad.validated().expect_err("out of range").to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn the_best_scheduler_takes_the_place_of_the_one_that_is_set_where_it_means_anything() {
        let best = TextSide { best: true, ..TextSide::default() };
        let table = Some(Scheduler::Cubic);
        assert_eq!(best.config(3, table).scheduler, Scheduler::Cubic);
        assert_eq!(TextSide::default().config(3, table).scheduler, Scheduler::Linear);
        let uniform = TextSide { source: SequenceSource::Uniform, ..best };
        assert_eq!(
            (uniform.config(3, table).scheduler, uniform.config(3, None).seed),
            (Scheduler::Linear, 3)
        );
    }

    #[test]
    fn a_prompt_is_read_as_it_is_written() {
        for name in ["sums", "ngram:1", "programs"] {
            let language = name.parse::<LanguageSpec>().and_then(|spec| spec.load(None)).expect(name);
            let k = language.alphabet.len() as u16;
            let given: Vec<Option<u16>> =
                (0..language.tokens as u16).map(|n| (n % 3 != 1 && n < 40).then_some(n * 7 % k)).collect();
            let prompt = prompt_of(&language, &given);
            assert_eq!(given_tokens(&language, &prompt).expect("a prompt"), given, "{prompt}");
        }
    }
}
