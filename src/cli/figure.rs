//! `figure`: draws the experiment inside a figure, preset or state anew.

use crate::cli::console::Console;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::cli::page_args::PageArgs;
use crate::cli::values::number;
use crate::cli::{CliError, GlobalArgs, grid, images, plane, recipe, text};
use crate::experiment::Recipe;
use crate::view::sequence::Aspect;
use clap::Args;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
A figure is drawn as it is, but for what is said of its page; of a preset or a state the first view, at the time where it stands. Files and networks that are
not where the file says are looked for beside it.

Examples:
  dfm-explorer figure slide.png --out slide.svg
      The same figure as a drawing
  dfm-explorer figure slide.png --width 8.5cm --font-size 8 --theme light --out column.pdf
      The same figure for a column of a paper
  dfm-explorer figure slide.png --out slide.gif
      The same view over the whole path
  dfm-explorer figure moons.json --t 0.7 --out moons.csv
      The numbers of a preset's first view
  dfm-explorer figure wall.png --show entropy --t 0.5 --out entropy.png
      The same images half-way, in the entropy of what is not decided yet";

/// Draw the experiment inside a figure, preset or state of this program
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct FigureArgs {
    /// The figure (.png, .svg, .pdf, .gif), preset or state (.json)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// FILE.svg, FILE.png, FILE.pdf, FILE.csv (numbers) or FILE.gif (over the whole path)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Another time than the file's, 0 (source) to 1 (target)
    #[arg(long, value_name = "T", value_parser = number(0.0..=1.0, "a number from 0 to 1"), allow_hyphen_values = true)]
    t: Option<f64>,
    /// Of a state, the experiment of this lab [default: the one that was open]
    #[arg(long, value_name = "grid|images|plane|text")]
    lab: Option<String>,
    /// Of walls, strips and animations of images, and of pages of texts, what is shown of them: their tokens, the denoiser's
    /// guess, or the entropy of p(x1 | xt) [default: what the file shows]
    #[arg(long, value_name = "tokens|guess|entropy")]
    show: Option<Aspect>,
    #[command(flatten)]
    page: PageArgs,
}

/// What is to be drawn.
pub(in crate::cli) struct Job<'a> {
    /// The experiment, with all of its settings.
    pub recipe: Recipe,
    /// Where it was found: other files are looked for beside it.
    pub file: &'a Path,
    /// Where it is drawn to.
    pub out: &'a Path,
    /// As what.
    pub kind: Kind,
    /// The time that was asked for.
    pub t: Option<f64>,
    /// What of the images was asked for.
    pub show: Option<Aspect>,
    /// What of the page was asked for.
    pub page: &'a PageArgs,
}

impl Job<'_> {
    /// Of a figure that `--show` would not change.
    pub fn shows_no_images(&self) -> Result<(), CliError> {
        let Some(show) = self.show else { return Ok(()) };
        Err(CliError::Input(format!(
            "--show {show}: {} shows no wall, strip or animation of images; leave it out",
            self.file.display()
        )))
    }

    /// Of a figure that `--t` would not change.
    pub fn timeless(&self) -> CliError {
        CliError::Input(format!(
            "--t: what is drawn of {} shows no single time; leave it out",
            self.file.display()
        ))
    }
}

/// Draws what is in a recipe of a lab.
type Draw = fn(&Job<'_>, &GlobalArgs, &Console) -> Result<(), CliError>;

/// The labs whose experiments can be drawn without a window.
const LABS: &[(&str, Draw)] = &[
    ("grid", grid::figure::draw),
    ("images", images::figure::draw),
    ("plane", plane::figure::draw),
    ("text", text::figure::draw),
];

pub(super) fn run(args: &FigureArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let inputs = Inputs::default().file("FILE", Some(&args.file));
    let kind = output::check(&args.out, &[Kind::Svg, Kind::Png, Kind::Pdf, Kind::Csv, Kind::Gif], &inputs)?;
    args.page.refuse_for(kind)?;
    let mut recipe = recipe::in_file(&args.file, args.lab.as_deref())?;
    recipe.t = args.t.or(recipe.t);
    let Some((_, draw)) = LABS.iter().find(|(lab, _)| *lab == recipe.lab) else {
        let known: Vec<_> = LABS.iter().map(|(lab, _)| *lab).collect();
        return Err(CliError::Input(format!(
            "{} is of the lab \"{}\": only those of {} can be drawn",
            args.file.display(),
            recipe.lab,
            known.join(" and ")
        )));
    };
    let FigureArgs { file, out, t, show, page, .. } = args;
    draw(&Job { recipe, file, out, kind, t: *t, show: *show, page }, global, console)
}
