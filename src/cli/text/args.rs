//! The flags that name a language, and a sampler of it.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::inputs::Inputs;
use crate::cli::said::SaidFlags;
use crate::cli::sequence_args::SequenceArgs;
use crate::cli::values::whole;
use crate::data::DataError;
use crate::data::language::{EXPECTED, Language, LanguageSpec, TextSource};
use crate::experiment::text::{Answers, TextError, TextModel, best_scheduler, text_networks_by_answers};
use crate::flow::{Scheduler, SequenceSource};
use crate::sampler::TimeGrid;
use crate::sampler::sequence::{
    Closeness, MeasuredInformation, SequenceConfig, SequenceMethod, Temperature, joint_texts,
    measured_information,
};
use clap::Args;
use std::fmt;
use std::str::FromStr;

/// Which language.
#[derive(Args, Clone, Debug)]
pub struct LanguageArgs {
    /// sums (true statements), tales (small stories), words or words:FILE (one word a line, all of one length), ngram:ORDER
    /// or ngram:ORDER:FILE (letters of Shakespeare, or of any text; ORDER 1 to 7), programs (31,242 toy programs); of a network
    /// also text or text:FILE, which nobody knows exactly [default: sums; of a network what it learned from, of a file of texts
    /// text]
    #[arg(long, value_name = "L")]
    pub language: Option<TextSource>,
    /// Tokens of a text, 1 to 1024; of words 4 to 8 [default: sums 64, tales 112, n-grams 128, words 5; of a network its own]
    #[arg(long, value_name = "N", value_parser = whole(1, 1024), allow_hyphen_values = true)]
    pub tokens: Option<usize>,
}

/// The language that is meant where none is named, as the window opens with it.
pub static USUAL: LanguageSpec = LanguageSpec::Sums;

/// The language in the tokens that were `said`, else in a network's `own`, and what a command says of one that it makes of a file.
pub fn load(
    spec: &LanguageSpec,
    (said, own): (Option<usize>, Option<usize>),
    console: &Console,
) -> Result<Language, CliError> {
    let about = |error| of_source(&TextSource::Language(spec.clone()), said, &error);
    let language = spec.load(said.or(own)).map_err(about)?;
    let (letters, symbols) = language.dropped;
    if symbols > 0 {
        console.warn(&format!(
            "--language {spec}: {letters} letters of {symbols} rare symbols are taken for spaces; the {} most frequent are kept",
            language.alphabet.len()
        ));
    }
    Ok(language)
}

/// The language that is known exactly.
///
/// # Errors
/// [`CliError::Input`] if it is none.
pub fn known(source: &TextSource) -> Result<&LanguageSpec, CliError> {
    match source {
        TextSource::Language(spec) => Ok(spec),
        TextSource::Letters(_) => Err(CliError::Input(format!(
            "--language {source}: nobody knows it exactly; expected {EXPECTED}, or --denoiser network:… or ar:…"
        ))),
    }
}

/// What is wrong with texts of `source`, by the flag: without `tokens`, a number of them that was given, they may be made.
pub fn of_source(source: &TextSource, tokens: Option<usize>, error: &DataError) -> CliError {
    let flag = if tokens.is_some() && source.load(None).is_ok() { "--tokens" } else { "--language" };
    CliError::Input(format!("{flag}: {error}"))
}

/// What is wrong with a language or given tokens, by the flag.
pub fn of_text(flag: &str, error: &TextError) -> CliError {
    CliError::Input(format!("{flag}: {error}"))
}

impl LanguageArgs {
    /// Makes it.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag and the file.
    pub fn load(&self, console: &Console) -> Result<Language, CliError> {
        load(self.known()?, (self.tokens, None), console)
    }

    /// The language, which is known exactly.
    ///
    /// # Errors
    /// [`CliError::Input`] if it is none of those.
    pub fn known(&self) -> Result<&LanguageSpec, CliError> {
        self.language.as_ref().map_or(Ok(&USUAL), known)
    }

    /// The file it is made from.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs::default().file("--language", self.language.as_ref().and_then(TextSource::file))
    }
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextDenoiser {
    /// The exact posterior, token by token.
    Exact,
    /// The exact posterior of whole texts, in one step.
    Joint,
    /// A network that denoises, by its name or file.
    Network(String),
    /// One that writes from left to right.
    Ar(String),
    /// Whichever it is.
    Either(String),
}

impl TextDenoiser {
    /// The network's name or file.
    pub fn network(&self) -> Option<&str> {
        match self {
            Self::Exact | Self::Joint => None,
            Self::Network(name) | Self::Ar(name) | Self::Either(name) => Some(name),
        }
    }
}

impl FromStr for TextDenoiser {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = |name: &str| match name {
            "" => Err("expected the name or the file of a network behind the colon".to_owned()),
            name => Ok(name.to_owned()),
        };
        match text.split_once(':') {
            _ if text == "exact" => Ok(Self::Exact),
            _ if text == "joint" => Ok(Self::Joint),
            Some(("network", name)) => named(name).map(Self::Network),
            Some(("ar", name)) => named(name).map(Self::Ar),
            _ if text.ends_with(".safetensors") => Ok(Self::Either(text.to_owned())),
            _ => {
                let own = own_networks();
                Err(format!(
                    "expected exact, joint, or network:CKPT, ar:CKPT or CKPT, a FILE.safetensors; of this program {own}"
                ))
            }
        }
    }
}

impl fmt::Display for TextDenoiser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("exact"),
            Self::Joint => f.write_str("joint"),
            Self::Network(name) => write!(f, "network:{name}"),
            Self::Ar(name) => write!(f, "ar:{name}"),
            Self::Either(name) => f.write_str(name),
        }
    }
}

/// The networks that come with the program, as `--denoiser` takes them.
fn own_networks() -> String {
    let word = |(name, answers): (&str, Answers)| match answers {
        Answers::Twin => format!("ar:{name}"),
        _ => format!("network:{name}"),
    };
    text_networks_by_answers().map(word).collect::<Vec<_>>().join(", ")
}

/// The help of a `--denoiser`: `words`, and the networks of this program.
pub(super) fn with_own_networks(words: &str) -> String {
    format!("{words}. Networks of this program: {}", own_networks())
}

/// How texts are sampled.
#[derive(Args, Clone, Debug)]
pub struct TextSamplerArgs {
    #[command(flatten)]
    pub said: SaidFlags,
    /// Who answers.
    #[arg(
        long,
        value_name = "D",
        default_value = "exact",
        help = with_own_networks(
            "exact (the posterior of every token, in steps), joint (whole texts at once: what a perfect step would draw, without any of the \
             sampler's flags), network:CKPT (a network of train text), or ar:CKPT (its autoregressive twin, from left to right: of the sampler's \
             flags it has the temperature alone)"
        )
    )]
    pub denoiser: TextDenoiser,
    /// Where the flow starts: mask or uniform [default: mask, or the network's]
    #[arg(long, value_name = "mask|uniform")]
    pub source: Option<SequenceSource>,
    /// Step where this language wants it: the best grid of so many steps on its information curve, in place of --scheduler;
    /// a mask source only
    #[arg(long, conflicts_with = "scheduler")]
    best: bool,
    #[command(flatten)]
    sampler: SequenceArgs,
}

/// Flags of samplers that go in steps, by their fields, without the temperature.
pub const OF_STEPS: [&str; 11] = [
    "source",
    "best",
    "method",
    "steps",
    "scheduler",
    "time_grid",
    "corrector",
    "corrector_by",
    "choice_temperature",
    "confidence",
    "block",
];

/// Refuses what was `said` of a sampler where nobody of those who write has it: whole texts at once have nothing of it, and who
/// writes from left to right has one temperature from the first token to the last. Each is who it is, and whether it does that.
///
/// # Errors
/// [`CliError::Input`] naming the flag.
pub fn refuse_idle(
    said: &SaidFlags,
    temperature: Temperature,
    all: &[(&TextDenoiser, bool)],
) -> Result<(), CliError> {
    let is_joint = |who: &TextDenoiser| *who == TextDenoiser::Joint;
    if all.iter().any(|(who, causal)| !causal && !is_joint(who)) {
        return Ok(());
    }
    let names: Vec<String> = all.iter().map(|(who, _)| who.to_string()).collect();
    let names = names.join(",");
    if all.iter().all(|(who, _)| is_joint(who)) {
        let why = format!("--denoiser {names} draws whole texts at once, not in steps");
        said.refuse(&["temperature"], &why)?;
        return said.refuse(&OF_STEPS, &why);
    }
    said.refuse(
        &OF_STEPS,
        &format!(
            "--denoiser {names} writes from left to right, a token at a time: it has a temperature alone"
        ),
    )?;
    match temperature.fading {
        true => Err(CliError::Input(format!(
            "--temperature {temperature}: --denoiser {names} has one temperature from the first token to the last; expected {}",
            temperature.level
        ))),
        false => Ok(()),
    }
}

impl TextSamplerArgs {
    /// Refuses what was said of the sampler where who answers has nothing of it; `causal` is whether it writes from left to
    /// right.
    ///
    /// # Errors
    /// As those of [`refuse_idle`].
    pub fn refuse_idle(&self, causal: bool) -> Result<(), CliError> {
        refuse_idle(&self.said, self.sampler.temperature, &[(&self.denoiser, causal)])
    }

    /// How tokens come out.
    pub fn method(&self) -> SequenceMethod {
        self.sampler.method
    }

    /// The settings of the sampler of a language.
    ///
    /// # Errors
    /// [`CliError::Input`] naming a flag that has no meaning with another one.
    pub fn config(
        &self,
        model: &TextModel,
        seed: u64,
        console: &Console,
    ) -> Result<SequenceConfig, CliError> {
        self.config_of(Some(model), model.exact.source(), seed, console)
    }

    /// The same of any flow from `source`; `model` is its exact denoiser, if there is one.
    ///
    /// # Errors
    /// As those of [`Self::config`].
    pub fn config_of(
        &self,
        model: Option<&TextModel>,
        source: SequenceSource,
        seed: u64,
        console: &Console,
    ) -> Result<SequenceConfig, CliError> {
        let usual = SequenceConfig { scheduler: Scheduler::Linear, seed, ..SequenceConfig::default() };
        let config = self.sampler.config_over(usual, source)?;
        if !self.best {
            return Ok(config);
        }
        let Some(model) = model else {
            let why = "--best: the grid is that of a language that is known exactly; leave it out";
            return Err(CliError::Input(why.to_owned()));
        };
        if source != SequenceSource::Mask || config.method != SequenceMethod::Exact {
            let why =
                "--best: an information curve is that of a mask source and the exact method; leave it out";
            return Err(CliError::Input(why.to_owned()));
        }
        if config.grid != TimeGrid::T {
            let why = "--time-grid: --best says where the steps are; leave one of them out";
            return Err(CliError::Input(why.to_owned()));
        }
        let curve = curve_of(model, (BEST_TEXTS, BEST_MASKS), seed, console)?.expected;
        let config = SequenceConfig { scheduler: best_scheduler(&curve, config.steps)?, ..config };
        Ok(config.checked_with(source)?)
    }
}

/// How closely a language is looked at for its best steps.
const BEST_TEXTS: usize = 12;
const BEST_MASKS: usize = 24;

/// The information curve of a language from so many texts of it and numbers of masks.
///
/// # Errors
/// [`CliError`] if it can't be had.
pub fn curve_of(
    model: &TextModel,
    (texts, masks): (usize, usize),
    seed: u64,
    console: &Console,
) -> Result<MeasuredInformation, CliError> {
    let _busy = console.busy("looking at the language");
    let texts = joint_texts(&*model.exact, texts, seed);
    let denoiser = model.denoiser();
    let found = measured_information(&*denoiser, &texts, Closeness { masks, seed }, &|| true)?;
    found.ok_or_else(|| CliError::Failed("the language was not looked at".to_owned()))
}
