//! `sample text`: texts out of masks or noise, and what it cost.

use crate::cli::console::Console;
use crate::cli::output::{self, Kind};
use crate::cli::text::args::{LanguageArgs, TextDenoiser, TextSamplerArgs, of_text};
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};
use crate::data::language::{Language, LanguageSpec, programs};
use crate::experiment::text::{TextModel, given_tokens};
use crate::flow::counted;
use crate::sampler::sequence::{Given, SequenceSetup, SequenceSummary, joint_texts, run_sequences};
use clap::Args;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer sample text --language sums --n 8
      True statements out of masks; draws of letters apart from each other spoil a few
  dfm-explorer sample text --language sums --given '12+?=19' --tokens 7
  dfm-explorer sample text --language ngram:5 --best --steps 32 --out texts.txt
      Letters of Shakespeare, stepping where this language wants it
  dfm-explorer sample text --language programs --given '????????????f(1)=10f(3)=14f(7)=22def f(x):' --denoiser joint
      Programs that do what three examples say";

/// Texts of a language, token by token
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SampleTextArgs {
    #[command(flatten)]
    language: LanguageArgs,
    /// How many texts, 1 to 65536
    #[arg(long, short = 'n', value_name = "N", default_value = "16", value_parser = whole(1, 65_536), allow_hyphen_values = true)]
    n: usize,
    #[command(flatten)]
    sampler: TextSamplerArgs,
    /// A prompt, or what is around what is to be filled in: ? is filled, \? the letter itself, and what comes after its end is
    /// open
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    given: Option<String>,
    /// FILE.txt of the texts, or FILE.json of what --json prints; without it the texts are printed
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object: texts, tokens, steps, passes (of the denoiser, over all texts), nfe (passes a text), drawn,
    /// renoised, off_support (questions that no text can have led to), seconds
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report {
    texts: Vec<String>,
    tokens: usize,
    steps: usize,
    passes: usize,
    nfe: f64,
    drawn: usize,
    renoised: usize,
    off_support: usize,
    seconds: f64,
}

pub(in crate::cli) fn run(
    args: &SampleTextArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let kind = match &args.out {
        Some(out) => Some(output::check(out, &[Kind::Txt, Kind::Json], &args.language.inputs())?),
        None => None,
    };
    let busy = console.busy("making the language");
    let language = args.language.load(console)?;
    drop(busy);
    let about = |error: crate::data::DataError| CliError::Input(format!("--given: {error}"));
    let given = args.given.as_ref().map(|text| given_tokens(&language, text)).transpose().map_err(about)?;
    let flag = if given.is_some() { "--given" } else { "--language" };
    let model =
        TextModel::of(language, args.sampler.source, given.clone()).map_err(|why| of_text(flag, &why))?;
    let start = Instant::now();
    let (states, summary) = sampled(&model, given, (&args.sampler, args.n), global.seed(), console)?;
    let seconds = start.elapsed().as_secs_f64();
    let language = &model.language;
    let report = Report {
        texts: states.chunks_exact(language.tokens).map(|text| language.alphabet.write(text)).collect(),
        tokens: language.tokens,
        steps: summary.steps,
        passes: summary.passes,
        nfe: summary.mean_passes(),
        drawn: summary.drawn,
        renoised: summary.renoised,
        off_support: summary.off_support,
        seconds,
    };
    let shown = shown(language, &states);
    if let (Some(out), Some(kind)) = (&args.out, kind) {
        let bytes = match kind {
            Kind::Json => serde_json::to_vec(&report).map_err(|error| CliError::Failed(error.to_string()))?,
            _ => format!("{shown}\n").into_bytes(),
        };
        output::write_bytes(out, &bytes)?;
    }
    console.result(&report, || match &args.out {
        None => shown,
        Some(out) => format!(
            "{}: {} of {} tokens in {}, {:.1} evaluations a text, {seconds:.2} s",
            out.display(),
            counted(args.n, "text"),
            report.tokens,
            counted(report.steps, "step"),
            report.nfe
        ),
    })
}

/// Texts \[B, N\], and what they cost.
pub(super) fn sampled(
    model: &TextModel,
    given: Option<Vec<Option<u16>>>,
    (sampler, count): (&TextSamplerArgs, usize),
    seed: u64,
    console: &Console,
) -> Result<(Vec<u16>, SequenceSummary), CliError> {
    let config = sampler.config(model, seed, console)?;
    if sampler.denoiser == TextDenoiser::Joint {
        let (steps, passes, drawn) = (1, count, count * model.language.tokens);
        let summary = SequenceSummary {
            steps,
            sequences: count,
            passes,
            drawn,
            finished: true,
            ..SequenceSummary::default()
        };
        return Ok((joint_texts(&*model.exact, count, seed), summary));
    }
    let given = given.map(Given::new);
    let denoiser = model.denoiser();
    let setup = SequenceSetup { denoiser: &*denoiser, config, count, first: 0, given: given.as_ref() };
    let bar = console.bar(config.steps as u64, "{bar:40} step {pos} of {len}  {eta} left");
    let done = run_sequences(setup, |moment| {
        bar.set_position(moment.summary.steps as u64);
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    let done = done?;
    Ok((done.states, done.summary))
}

/// What stands between texts that have lines of their own.
const BETWEEN: &str = "\n----\n";

/// Texts for people, one after another.
fn shown(language: &Language, states: &[u16]) -> String {
    let has_lines = language.alphabet.token("\n").is_some();
    let text = |tokens: &[u16]| match language.spec {
        LanguageSpec::Programs => programs::pretty(tokens),
        _ => language.alphabet.write(tokens),
    };
    let texts: Vec<String> = states.chunks_exact(language.tokens).map(text).collect();
    texts.join(if has_lines { BETWEEN } else { "\n" })
}
