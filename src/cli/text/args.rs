//! The flags that name a language, and a sampler of it.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::inputs::Inputs;
use crate::cli::sequence_args::SequenceArgs;
use crate::cli::values::whole;
use crate::data::DataError;
use crate::data::language::{Language, LanguageSpec};
use crate::experiment::text::{TextError, TextModel, best_scheduler};
use crate::flow::{Scheduler, SequenceSource};
use crate::sampler::TimeGrid;
use crate::sampler::sequence::{
    Closeness, MeasuredInformation, SequenceConfig, SequenceMethod, joint_texts, measured_information,
};
use clap::{Args, ValueEnum};

/// Which language.
#[derive(Args, Clone, Debug)]
pub struct LanguageArgs {
    /// sums (true statements), tales (small stories), words or words:FILE (one word a line, all of one length), ngram:ORDER
    /// or ngram:ORDER:FILE (letters of Shakespeare, or of any text; ORDER 1 to 7), programs (31,242 toy programs)
    #[arg(long, value_name = "L")]
    pub language: LanguageSpec,
    /// Tokens of a text, 1 to 1024; of words 4 to 8 [default: sums 64, tales 112, n-grams 128, words 5]
    #[arg(long, value_name = "N", value_parser = whole(1, 1024), allow_hyphen_values = true)]
    pub tokens: Option<usize>,
}

/// What a command says of a language that it makes of a file.
pub fn load(spec: &LanguageSpec, tokens: Option<usize>, console: &Console) -> Result<Language, CliError> {
    let language = spec.load(tokens).map_err(|error| of_language(&error))?;
    let (letters, symbols) = language.dropped;
    if symbols > 0 {
        console.warn(&format!(
            "--language {spec}: {letters} letters of {symbols} rare symbols are taken for spaces; the {} most frequent are kept",
            language.alphabet.len()
        ));
    }
    Ok(language)
}

fn of_language(error: &DataError) -> CliError {
    CliError::Input(format!("--language: {error}"))
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
        load(&self.language, self.tokens, console)
    }

    /// The file it is made from.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs::default().file("--language", self.language.file())
    }
}

/// Who answers.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextDenoiser {
    /// The exact posterior, token by token.
    Exact,
    /// The exact posterior of whole texts, in one step.
    Joint,
}

/// How texts are sampled.
#[derive(Args, Clone, Debug)]
pub struct TextSamplerArgs {
    /// exact (the posterior of every token, in steps), or joint (whole texts at once: what a perfect step would draw)
    #[arg(long, value_name = "D", default_value = "exact")]
    pub denoiser: TextDenoiser,
    /// Where the flow starts: mask or uniform
    #[arg(long, value_name = "mask|uniform", default_value = "mask")]
    pub source: SequenceSource,
    /// Step where this language wants it: the best grid of so many steps on its information curve, in place of --scheduler;
    /// a mask source only
    #[arg(long, conflicts_with = "scheduler")]
    best: bool,
    #[command(flatten)]
    sampler: SequenceArgs,
}

impl TextSamplerArgs {
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
        let usual = SequenceConfig { scheduler: Scheduler::Linear, seed, ..SequenceConfig::default() };
        let config = self.sampler.config_over(usual, self.source)?;
        if !self.best {
            return Ok(config);
        }
        if self.source != SequenceSource::Mask || config.method != SequenceMethod::Exact {
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
        Ok(config.checked_with(self.source)?)
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
