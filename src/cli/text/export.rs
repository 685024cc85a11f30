//! `export text`, also said as `export --lab text`: what the window of the text lab shows, as figures, animations and numbers.

use crate::cli::console::Console;
use crate::cli::figure::Job;
use crate::cli::output::{self, Kind};
use crate::cli::page_args::PageArgs;
use crate::cli::said::SaidFlags;
use crate::cli::text::args::{LanguageArgs, TextSamplerArgs};
use crate::cli::text::export_flags::{refuse_idle, refuse_without_curve};
use crate::cli::text::figure;
use crate::cli::text::sample_page::PageOf;
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs};
use crate::experiment::Recipe;
use crate::experiment::text::{TextSettings, TextSubject, TextView};
use crate::view::sequence::Aspect;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Views: page (all texts), text (one of them, large), strip (that one over κ), timeline (the page over time).
Plots: revealed, entropy and passes (of the run), areas (the information curve with the steps of a sampler with a mask source and
the exact method), truth (how true texts are, by 1 to 64 steps of seven samplers, MaskGIT among them with choice temperature 0).
Flags that a view has no use for are refused.

The experiment is kept inside the file: dropped on the window it comes back, and dfm-explorer figure draws it anew.

Examples:
  dfm-explorer export --lab text --language sums --t 0.5 --show guess --out page.svg
  dfm-explorer export --lab text --view strip --language tales --scheduler quadratic --out strip.pdf
  dfm-explorer export --lab text --view timeline --language programs -n 6 --out programs.gif
  dfm-explorer export --lab text --view areas --language tales --steps 16 --out areas.svg";

/// Of texts: write what a view or a plot of the window shows as a figure for print, an animation, or numbers
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExportTextArgs {
    #[command(flatten)]
    pub(super) said: SaidFlags,
    /// What is shown, see below
    #[arg(long, value_name = "V", value_parser = subject, default_value = "page")]
    pub(super) view: TextSubject,
    #[command(flatten)]
    language: LanguageArgs,
    /// How many texts, 1 to 64
    #[arg(long, short = 'n', value_name = "N", default_value = "16", value_parser = whole(1, 64), allow_hyphen_values = true)]
    pub(super) n: usize,
    #[command(flatten)]
    pub(super) sampler: TextSamplerArgs,
    /// A prompt, or what is around what is to be filled in, as of sample text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    given: Option<String>,
    /// The time of a page or a text, 0 (all noise) to 1 (finished)
    #[arg(
        long,
        value_name = "T",
        default_value = "1",
        value_parser = number(0.0..=1.0, "a number from 0 to 1"),
        allow_hyphen_values = true
    )]
    t: f64,
    /// What is shown of the texts: their tokens, the denoiser's guess, or the entropy of p(x1 | xt) [default: tokens]
    #[arg(long, value_name = "tokens|guess|entropy")]
    show: Option<Aspect>,
    /// The text that text and strip show, counted from 0, below --n
    #[arg(long, value_name = "N", default_value = "0", value_parser = whole(0, 63), allow_hyphen_values = true)]
    pub(super) picked: usize,
    /// How many κ a strip has, 2 to 64
    #[arg(long, value_name = "N", default_value = "8", value_parser = whole(2, 64), allow_hyphen_values = true)]
    columns: usize,
    /// How long an animation (FILE.gif) takes, 1 to 60
    #[arg(
        long,
        value_name = "S",
        default_value = "6",
        value_parser = number(1.0..=60.0, "a number from 1 to 60"),
        allow_hyphen_values = true
    )]
    seconds: f64,
    #[command(flatten)]
    page: PageArgs,
    /// FILE.svg and FILE.pdf (text as text), FILE.png, FILE.gif (the page over time) or FILE.csv (the numbers of a plot)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: subject, sides, out
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What is shown, by name.
const SUBJECTS: [(&str, TextSubject); 9] = [
    ("page", TextSubject::Page),
    ("text", TextSubject::Text),
    ("strip", TextSubject::Strip),
    ("timeline", TextSubject::Timeline),
    ("revealed", TextSubject::Revealed),
    ("entropy", TextSubject::Entropy),
    ("passes", TextSubject::Passes),
    ("areas", TextSubject::Areas),
    ("truth", TextSubject::Truth),
];

fn subject(text: &str) -> Result<TextSubject, String> {
    let found = SUBJECTS.iter().find(|(name, _)| *name == text).map(|(_, subject)| *subject);
    let names = SUBJECTS.map(|(name, _)| name);
    found.ok_or_else(|| format!("expected one of {}", names.join(", ")))
}

/// What a view is called.
pub(super) fn name_of(view: TextSubject) -> &'static str {
    SUBJECTS.iter().find(|(_, subject)| *subject == view).map_or("page", |(name, _)| name)
}

pub(in crate::cli) fn run(
    args: &ExportTextArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let kinds = [Kind::Svg, Kind::Pdf, Kind::Png, Kind::Gif, Kind::Csv];
    let kind = output::check(&args.out, &kinds, &args.language.inputs())?;
    args.page.refuse_for(kind)?;
    let moves = matches!(args.view, TextSubject::Page | TextSubject::Timeline);
    if kind == Kind::Gif && !moves {
        let why =
            "--out: only a page or a timeline is an animation; expected .svg, .pdf, .png, or .csv of a plot";
        return Err(CliError::Input(why.to_owned()));
    }
    refuse_idle(args, kind)?;
    let of =
        PageOf { language: &args.language, sampler: &args.sampler, n: args.n, given: args.given.as_deref() };
    let settings = TextSettings { picked: args.picked, ..of.settings(global, console)? };
    refuse_without_curve(args, &settings)?;
    let view =
        TextView { subject: args.view, columns: args.columns, seconds: args.seconds, ..TextView::default() };
    let recipe = Recipe::new(&settings).at(args.t).showing(&view);
    let (file, out, page) = (&args.out, &args.out, &args.page);
    figure::draw(&Job { recipe, file, out, kind, t: None, show: args.show, page }, global, console)
}
