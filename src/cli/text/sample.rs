//! `sample text`: texts out of masks or noise, and what it cost.

use crate::cli::console::Console;
use crate::cli::output::{self, Kind};
use crate::cli::page_args::PageArgs;
use crate::cli::said::SaidFlags;
use crate::cli::text::args::{LanguageArgs, TextSamplerArgs};
use crate::cli::text::asked::Asked;
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs};
use crate::data::language::{BETWEEN, programs};
use crate::flow::counted;
use crate::view::sequence::Aspect;
use clap::Args;
use serde::Serialize;
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
      Programs that do what three examples say
  dfm-explorer sample text --denoiser network:shakespeare.safetensors --steps 128
      What a network has learned
  dfm-explorer sample text --language sums --n 6 --t 0.5 --out page.svg
      The page as the window shows it half-way: text as text, masks with the likeliest letter on a shade of the entropy";

/// Texts of a language, token by token
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SampleTextArgs {
    #[command(flatten)]
    pub(super) said: SaidFlags,
    #[command(flatten)]
    pub(super) language: LanguageArgs,
    /// How many texts, 1 to 65536
    #[arg(long, short = 'n', value_name = "N", default_value = "16", value_parser = whole(1, 65_536), allow_hyphen_values = true)]
    pub(super) n: usize,
    #[command(flatten)]
    pub(super) sampler: TextSamplerArgs,
    /// A prompt, or what is around what is to be filled in: ? is filled, \? the letter itself, and what comes after its end is
    /// open
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) given: Option<String>,
    /// Of a page that is drawn, the time from 0 (all noise) to 1 (finished)
    #[arg(
        long,
        value_name = "T",
        default_value = "1",
        value_parser = number(0.0..=1.0, "a number from 0 to 1"),
        allow_hyphen_values = true
    )]
    pub(super) t: f64,
    /// What is shown of a page: its tokens, the denoiser's guess, or the entropy of p(x1 | xt) [default: tokens]
    #[arg(long, value_name = "tokens|guess|entropy")]
    pub(super) show: Option<Aspect>,
    #[command(flatten)]
    pub(super) page: PageArgs,
    /// FILE.txt of the texts, as eval text --texts reads them again, or FILE.json of what --json prints; FILE.svg, FILE.pdf or FILE.png of a page of at most 64 texts,
    /// FILE.gif of it over time; without it the texts are printed
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object: texts, tokens, steps, passes (of the denoiser, over all texts), nfe (passes a text), drawn,
    /// renoised, off_support (questions that no text can have led to), seconds; of a page that is drawn subject, sides and out
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What texts are written as.
const KINDS: [Kind; 6] = [Kind::Txt, Kind::Json, Kind::Svg, Kind::Pdf, Kind::Png, Kind::Gif];

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
        Some(out) => Some(output::check(out, &KINDS, &args.language.inputs())?),
        None => None,
    };
    match (&args.out, kind) {
        (Some(out), Some(kind)) if !kind.is_numbers() => {
            args.page.refuse_for(kind)?;
            if kind == Kind::Gif {
                args.said.refuse(&["t"], "an animation shows every time")?;
            }
            return super::sample_page::draw(args, (out, kind), global, console);
        }
        (_, kind) => {
            let of = if kind.is_some() { "texts have no page" } else { "it is of a page" };
            let why = format!("{of}; give --out FILE.svg, or leave it out");
            if let Some(flag) = args.page.first() {
                return Err(CliError::Input(format!("{flag}: {why}")));
            }
            args.said.refuse(&["show", "t"], &format!("{of}, which --out FILE.svg draws"))?;
        }
    }
    let busy = console.busy("making the language");
    let asked = Asked::of(&args.language, &args.sampler, args.given.as_deref(), global, console)?;
    drop(busy);
    asked.warn_unmet(&args.sampler.denoiser, console);
    let start = Instant::now();
    let (states, summary) = asked.sampled((&args.sampler, args.n), global.seed(), console)?;
    let seconds = start.elapsed().as_secs_f64();
    let report = Report {
        texts: states.chunks_exact(asked.tokens).map(|text| asked.alphabet.written(text)).collect(),
        tokens: asked.tokens,
        steps: summary.steps,
        passes: summary.passes,
        nfe: summary.mean_passes(),
        drawn: summary.drawn,
        renoised: summary.renoised,
        off_support: summary.off_support,
        seconds,
    };
    let together = |texts: &[String]| {
        let has_lines = asked.alphabet.token("\n").is_some();
        texts.join(&if has_lines { format!("\n{BETWEEN}\n") } else { "\n".to_owned() })
    };
    let (Some(out), Some(kind)) = (&args.out, kind) else {
        return console.product(&report, || match asked.is_programs() {
            true => together(&states.chunks_exact(asked.tokens).map(programs::pretty).collect::<Vec<_>>()),
            false => together(&report.texts),
        });
    };
    let bytes = match kind {
        Kind::Json => serde_json::to_vec(&report).map_err(|error| CliError::Failed(error.to_string()))?,
        _ => format!("{}\n", together(&report.texts)).into_bytes(),
    };
    output::write_bytes(out, &bytes)?;
    let divides = |text: &String| text.lines().any(|line| line.trim_end() == BETWEEN);
    if kind == Kind::Txt && report.texts.iter().any(divides) {
        let why = format!("a text has a line {BETWEEN}, as stands between texts");
        console.warn(&format!("--out {}: {why}: it is read again from FILE.json alone", out.display()));
    }
    console.result(&report, || {
        format!(
            "{}: {} of {} tokens in {}, {:.1} evaluations a text, {seconds:.2} s",
            out.display(),
            counted(args.n, "text"),
            report.tokens,
            counted(report.steps, "step"),
            report.nfe
        )
    })
}
