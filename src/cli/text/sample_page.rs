//! `sample text --out FILE.svg`: a page of texts, as the window shows it, with text as text.

use crate::cli::console::Console;
use crate::cli::figure::Job;
use crate::cli::output::Kind;
use crate::cli::text::args::{TextDenoiser, known};
use crate::cli::text::asked::Asked;
use crate::cli::text::figure;
use crate::cli::text::sample::SampleTextArgs;
use crate::cli::{CliError, GlobalArgs};
use crate::experiment::Recipe;
use crate::experiment::text::{
    Answers, Coupling, MOST_TEXTS, TEXT_CORRECTOR, TextSettings, TextSide, TextSubject, TextView,
};
use std::path::Path;

/// Samples the texts and draws the page.
pub(super) fn draw(
    args: &SampleTextArgs,
    (out, kind): (&Path, Kind),
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let refuse = |why: String| Err(CliError::Input(why));
    let answers = match &args.sampler.denoiser {
        TextDenoiser::Exact => Answers::Exact,
        TextDenoiser::Joint => Answers::Joint,
        network => {
            return refuse(format!(
                "--denoiser {network}: pages are drawn of exact and joint; expected --out FILE.txt or .json"
            ));
        }
    };
    if args.n > MOST_TEXTS {
        return refuse(format!("-n {}: a page has at most {MOST_TEXTS} texts", args.n));
    }
    let language = known(&args.language.language)?.clone();
    let asked = Asked::of(&args.language, &args.sampler, args.given.as_deref(), global, console)?;
    let Some(model) = asked.exact() else {
        return Err(CliError::Failed("nobody answers".to_owned()));
    };
    let sampler = args.sampler.config(model, global.seed(), console)?;
    let corrector_on = sampler.corrector.is_on();
    let corrector = if corrector_on { sampler.corrector } else { TEXT_CORRECTOR };
    let side = TextSide { answers, source: asked.flow, sampler, best: false, corrector_on, corrector };
    let settings = TextSettings {
        language,
        tokens: args.language.tokens,
        coupling: if args.given.is_some() { Coupling::Given } else { Coupling::Free },
        prompt: args.given.clone().unwrap_or_default(),
        texts: args.n,
        seed: global.seed(),
        sides: crate::experiment::Sides::new(side, []),
        ..TextSettings::default()
    };
    let subject = if kind == Kind::Gif { TextSubject::Timeline } else { TextSubject::Page };
    let view = TextView { subject, ..TextView::default() };
    let recipe = Recipe::new(&settings).at(args.t).showing(&view);
    figure::draw(
        &Job { recipe, file: out, out, kind, t: None, show: args.show, page: &args.page },
        global,
        console,
    )
}
