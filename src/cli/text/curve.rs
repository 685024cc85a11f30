//! `curve text`: how much a language still holds at every κ, and what a number of steps costs.

use crate::cli::console::Console;
use crate::cli::output::{self, Kind};
use crate::cli::text::args::{LanguageArgs, curve_of, of_text};
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};
use crate::experiment::text::{TextModel, best_scheduler};
use crate::flow::sequence::Information;
use crate::flow::{Scheduler, SequenceSource};
use clap::Args;
use serde::Serialize;
use std::f64::consts::LN_2;
use std::path::PathBuf;

const EXAMPLES: &str = "\
The information curve g(κ) is what a text's tokens still hold, each for itself, when every other one is seen with
probability κ. The area under it is the entropy of the language; the staircase of a sampler's steps above it is what
drawing tokens apart from each other costs.

Examples:
  dfm-explorer curve text --language sums --steps 16,64 --json
  dfm-explorer curve text --language tales --schedulers linear,quadratic,best --out tales.csv
  dfm-explorer curve text --language words --steps 1,2,4,8";

/// The information curve of a language, and what parallel steps cost by scheduler, bits a token
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CurveTextArgs {
    #[command(flatten)]
    language: LanguageArgs,
    /// Schedulers: linear, quadratic, cubic, cosine, sin2, power:N, or best, the best grid of this language
    #[arg(
        long,
        value_name = "S,…",
        value_delimiter = ',',
        value_parser = named,
        default_value = "linear,quadratic,cubic,cosine,sin2,best"
    )]
    schedulers: Vec<Named>,
    /// Numbers of steps, each 1 to 100000
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        value_parser = whole(1, 100_000),
        default_value = "16,64",
        allow_hyphen_values = true
    )]
    steps: Vec<usize>,
    /// How many texts the curve is estimated from, 2 to 4096; that of words is exact
    #[arg(long, value_name = "B", default_value = "16", value_parser = whole(2, 4096), allow_hyphen_values = true)]
    texts: usize,
    /// At how many numbers of masked tokens, 2 to 1024
    #[arg(long, value_name = "M", default_value = "33", value_parser = whole(2, 1024), allow_hyphen_values = true)]
    masks: usize,
    /// FILE.csv of the curve: kappa and bits (a token)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object: tokens, entropy (bits a token; null where it has no closed form), area and area_error (bits a
    /// token), curve (an array of kappa and bits), points (an array of scheduler, steps, excess and kappas: excess in bits a
    /// token, kappas only of best and up to 32 steps)
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// A scheduler by name, or the best one.
#[derive(Clone, Copy, Debug)]
enum Named {
    Of(Scheduler),
    Best,
}

fn named(text: &str) -> Result<Named, String> {
    match text.trim() {
        "best" => Ok(Named::Best),
        name => name.parse().map(Named::Of).map_err(|error| format!("{error}, or best")),
    }
}

#[derive(Serialize)]
struct Report {
    tokens: usize,
    entropy: Option<f64>,
    area: f64,
    area_error: f64,
    curve: Vec<Node>,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Node {
    kappa: f64,
    bits: f64,
}

#[derive(Serialize)]
struct Point {
    scheduler: String,
    steps: usize,
    excess: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    kappas: Option<Vec<f64>>,
}

/// Parts of the curve that is written.
const PARTS: usize = 200;

pub(in crate::cli) fn run(
    args: &CurveTextArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    if let Some(out) = &args.out {
        output::check(out, &[Kind::Csv], &args.language.inputs())?;
    }
    let language = args.language.load(console)?;
    let model =
        TextModel::of(language, SequenceSource::Mask, None).map_err(|why| of_text("--language", &why))?;
    let tokens = model.language.tokens;
    let bits = 1.0 / LN_2 / tokens as f64;
    let (curve, error) = match exact(&model) {
        Some(curve) => (curve, 0.0),
        None => {
            let found = curve_of(&model, (args.texts, args.masks), global.seed(), console)?;
            (found.expected, found.errors[0])
        }
    };
    let mut points = Vec::new();
    for named in &args.schedulers {
        for &steps in &args.steps {
            let (name, scheduler) = match named {
                Named::Of(scheduler) => (scheduler.to_string(), *scheduler),
                Named::Best => ("best".to_owned(), best_scheduler(&curve, steps)?),
            };
            let kappas: Vec<f64> = (0..=steps).map(|j| scheduler.kappa(j as f64 / steps as f64)).collect();
            let excess = curve.excess(&kappas) * bits;
            let is_told = matches!(named, Named::Best) && steps <= 32;
            points.push(Point { scheduler: name, steps, excess, kappas: is_told.then_some(kappas) });
        }
    }
    let node = |n: usize| {
        let kappa = n as f64 / PARTS as f64;
        Node { kappa, bits: curve.at(kappa) * bits }
    };
    let entropy = model.language.entropy().map(|nats| nats * bits);
    let report = Report {
        tokens,
        entropy,
        area: curve.area() * bits,
        area_error: error * bits,
        curve: (0..=PARTS).map(node).collect(),
        points,
    };
    if let Some(out) = &args.out {
        let mut table = csv::Writer::from_writer(Vec::new());
        let written = report.curve.iter().try_for_each(|node| table.serialize(node));
        written.map_err(|error| CliError::Failed(error.to_string()))?;
        let bytes = table.into_inner().map_err(|error| CliError::Failed(error.to_string()))?;
        output::write_bytes(out, &bytes)?;
    }
    console.result(&report, || in_words(&report, args))
}

/// The exact curve of short words.
fn exact(model: &TextModel) -> Option<Information> {
    Information::of_set(&model.language.all_texts()?, model.language.tokens)
}

fn in_words(report: &Report, args: &CurveTextArgs) -> String {
    let entropy = report.entropy.map_or_else(String::new, |bits| format!(", entropy {bits:.4}"));
    let error = if report.area_error > 0.0 { format!(" ± {:.4}", report.area_error) } else { String::new() };
    let mut text = format!(
        "{}: {} tokens{entropy}, area under the curve {:.4}{error} bits a token; what steps cost:",
        args.language.language, report.tokens, report.area
    );
    for point in &report.points {
        text += &format!("\n  {:<12} {:>6} steps  {:.4}", point.scheduler, point.steps, point.excess);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedulers_are_read_by_name() {
        assert!(matches!(named("best"), Ok(Named::Best)));
        assert!(matches!(named(" cosine "), Ok(Named::Of(Scheduler::Cosine))));
        assert!(named("worst").expect_err("no scheduler").ends_with("or best"));
    }
}
