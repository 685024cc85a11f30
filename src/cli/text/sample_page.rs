//! Pages of texts from the command line, as the window shows them: `sample text --out FILE.svg`, and `export text`.

use crate::cli::console::Console;
use crate::cli::figure::Job;
use crate::cli::output::Kind;
use crate::cli::text::args::{LanguageArgs, TextDenoiser, TextSamplerArgs};
use crate::cli::text::asked::Asked;
use crate::cli::text::figure;
use crate::cli::text::sample::SampleTextArgs;
use crate::cli::{CliError, GlobalArgs};
use crate::data::language::{LanguageSpec, TextSource};
use crate::experiment::text::{
    Answers, Coupling, MOST_TEXTS, TEXT_CORRECTOR, TextSettings, TextSide, TextSubject, TextView,
};
use crate::experiment::{Recipe, Sides};
use std::path::Path;

/// The n-grams that a page of a text is judged by which nobody knows exactly, as of a text that is dropped on the window.
const PAGE_ORDER: usize = 4;

/// What a page is of: a language, a sampler, a number of texts, and what is given.
pub(super) struct PageOf<'a> {
    pub language: &'a LanguageArgs,
    pub sampler: &'a TextSamplerArgs,
    pub n: usize,
    pub given: Option<&'a str>,
}

impl PageOf<'_> {
    /// The settings of the lab that show it.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag that there is no page of.
    pub fn settings(&self, global: &GlobalArgs, console: &Console) -> Result<TextSettings, CliError> {
        if self.n > MOST_TEXTS {
            return Err(CliError::Input(format!("-n {}: a page has at most {MOST_TEXTS} texts", self.n)));
        }
        let asked = Asked::of(self.language, self.sampler, self.given, global, console)?;
        let answers = match (&self.sampler.denoiser, asked.network()) {
            (_, Some(network)) if network.config.causal => Answers::Twin,
            (_, Some(_)) => Answers::Network,
            (TextDenoiser::Joint, None) => Answers::Joint,
            (_, None) => Answers::Exact,
        };
        let language = match &asked.source {
            TextSource::Language(spec) => spec.clone(),
            // Nobody knows it exactly: what is wrong is wrong for its n-grams.
            TextSource::Letters(file) => LanguageSpec::Ngram { order: PAGE_ORDER, file: file.clone() },
        };
        let tokens = self.language.tokens.or(asked.network().map(|network| network.config.tokens));
        let sampler = self.sampler.config_of(asked.exact(), asked.flow, global.seed(), console)?;
        let named =
            |of: Answers| self.sampler.denoiser.network().filter(|_| answers == of).map(str::to_owned);
        let corrector_on = sampler.corrector.is_on();
        let corrector = if corrector_on { sampler.corrector } else { TEXT_CORRECTOR };
        let side = TextSide { answers, source: asked.flow, sampler, best: false, corrector_on, corrector };
        Ok(TextSettings {
            language,
            tokens,
            coupling: if self.given.is_some() { Coupling::Given } else { Coupling::Free },
            prompt: self.given.unwrap_or_default().to_owned(),
            texts: self.n,
            seed: global.seed(),
            sides: Sides::new(side, []),
            network: named(Answers::Network),
            twin: named(Answers::Twin),
            ..TextSettings::default()
        })
    }
}

/// Samples the texts and draws the page.
pub(super) fn draw(
    args: &SampleTextArgs,
    (out, kind): (&Path, Kind),
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let SampleTextArgs { language, sampler, n, given, page, .. } = args;
    let of = PageOf { language, sampler, n: *n, given: given.as_deref() };
    let subject = if kind == Kind::Gif { TextSubject::Timeline } else { TextSubject::Page };
    let view = TextView { subject, ..TextView::default() };
    let recipe = Recipe::new(&of.settings(global, console)?).at(args.t).showing(&view);
    figure::draw(&Job { recipe, file: out, out, kind, t: None, show: args.show, page }, global, console)
}
