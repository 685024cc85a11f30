//! `curve text`: how much a language still holds at every κ, and what a number of steps costs.

use crate::cli::console::Console;
use crate::cli::output;
use crate::cli::page_args::PageArgs;
use crate::cli::said::SaidFlags;
use crate::cli::text::args::{LanguageArgs, TextDenoiser, known, load, of_text, with_own_networks};
use crate::cli::text::asked::{network, warn_unmet};
use crate::cli::text::drawn::Drawn;
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};
use crate::data::language::{LanguageSpec, TextSource};
use crate::experiment::text::{LanguageCurve, Stair, TextModel, areas_chart, best_scheduler};
use crate::figure::fixed;
use crate::flow::{Scheduler, SequenceSource};
use crate::sampler::sequence::Closeness;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::f64::consts::LN_2;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
The information curve g(κ) is what a text's tokens still hold, each for itself, when every other one is seen with
probability κ. The area under it is the entropy of the language; the staircase of a sampler's steps above it is what
drawing tokens apart from each other costs. --of truth is what is right of texts (true statements, words of the list, programs
that run) by 1 to 64 steps, of seven ways to sample, MaskGIT among them with choice temperature 0; --of perplexity what a 5-gram judge says of texts against how many different
letters they have, with real texts, lower temperatures and texts that cheat.

Examples:
  dfm-explorer curve text --language sums --steps 16,64 --json
  dfm-explorer curve text --language tales --schedulers linear,quadratic,best --out tales.csv
  dfm-explorer curve text --language words --steps 1,2,4,8
  dfm-explorer curve text --language tales --schedulers quadratic,linear --steps 16 --out areas.svg
  dfm-explorer curve text --denoiser network:programs --texts 64 --out areas.svg
  dfm-explorer curve text --of truth --language sums --texts 48 --out truth.svg
  dfm-explorer curve text --of perplexity --language ngram:5 --out perplexity.svg
  dfm-explorer curve text --of perplexity --denoiser network:shakespeare.safetensors --texts 64 --out perplexity.svg";

/// The information curve of a language, and what parallel steps cost by scheduler, bits a token
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CurveTextArgs {
    #[command(flatten)]
    pub(super) said: SaidFlags,
    /// areas (the information curve and what steps cost), truth (what is right, by steps) or perplexity (against token entropy)
    #[arg(long, value_name = "WHAT", default_value = "areas")]
    of: What,
    #[command(flatten)]
    pub(super) language: LanguageArgs,
    /// Who writes the texts.
    #[arg(
        long,
        value_name = "D",
        default_value = "exact",
        help = with_own_networks(
            "Who writes the texts of --of perplexity: exact, network:CKPT or ar:CKPT; network:CKPT of areas adds what the texts \
             cost a network, on which steps are paid then"
        )
    )]
    pub(super) denoiser: TextDenoiser,
    /// Schedulers of areas: linear, quadratic, cubic, cosine, sin2, power:N, or best, the best grid of this language
    #[arg(
        long,
        value_name = "S,…",
        value_delimiter = ',',
        value_parser = named,
        default_value = "linear,quadratic,cubic,cosine,sin2,best"
    )]
    schedulers: Vec<Named>,
    /// Numbers of steps of areas, each 1 to 100000
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        value_parser = whole(1, 100_000),
        default_value = "16,64",
        allow_hyphen_values = true
    )]
    steps: Vec<usize>,
    /// How many texts the curve is estimated from, 2 to 4096; that of words is exact. Of truth and perplexity: texts a point
    #[arg(long, value_name = "B", default_value = "16", value_parser = whole(2, 4096), allow_hyphen_values = true)]
    pub(super) texts: usize,
    /// At how many numbers of masked tokens the curve is estimated, 2 to 1024; that of words is exact. Of truth: the curve that its
    /// best grid is of
    #[arg(long, value_name = "M", default_value = "33", value_parser = whole(2, 1024), allow_hyphen_values = true)]
    pub(super) masks: usize,
    #[command(flatten)]
    page: PageArgs,
    /// FILE.csv of the curve: kappa and bits (a token), or of the points; FILE.png, FILE.svg or FILE.pdf: the figure, of areas
    /// with the staircase of the first scheduler and number of steps as a surface
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object: tokens, entropy (bits a token; null where it has no closed form), area and area_error (bits a
    /// token), of a network network_area and network_area_error, too, curve (an array of kappa, bits and network_bits), points (an array of scheduler, steps, excess and kappas: excess in bits a
    /// token, kappas only of best and up to 32 steps). Of truth: counted (what), texts and points, an array of sampler, steps,
    /// nfe, right, of, share and error. Of perplexity: judge, letters (that it has learned from) and points, an array of texts,
    /// count, bits and bits_error (a letter), token_entropy, token_entropy_error and distinct_8grams
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What is drawn.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// The information curve.
    Areas,
    /// What is right, by steps.
    Truth,
    /// A judge's opinion against token entropy.
    Perplexity,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    network_area: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_area_error: Option<f64>,
    curve: Vec<Node>,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Node {
    kappa: f64,
    bits: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_bits: Option<f64>,
}

#[derive(Serialize)]
struct Point {
    scheduler: String,
    steps: usize,
    excess: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    kappas: Option<Vec<f64>>,
}

impl CurveTextArgs {
    /// Refuses what was said and changes nothing of what is drawn.
    fn refuse_idle(&self) -> Result<(), CliError> {
        match self.of {
            What::Areas => Ok(()),
            What::Truth => {
                let why = "--of truth compares samplers of its own by 1 to 64 steps";
                self.said.refuse(&["steps", "schedulers"], why)
            }
            What::Perplexity => {
                let why = "--of perplexity judges samplers of its own and looks at no information curve";
                self.said.refuse(&["steps", "schedulers", "masks"], why)?;
                match self.denoiser.network() {
                    None => Ok(()),
                    Some(_) => {
                        let why =
                            format!("--denoiser {} writes the texts that it has learned", self.denoiser);
                        self.said.refuse(&["language", "tokens"], &why)
                    }
                }
            }
        }
    }
}

/// Parts of the curve that is written.
const PARTS: usize = 200;

pub(in crate::cli) fn run(
    args: &CurveTextArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let inputs = args.language.inputs().file("--denoiser", args.denoiser.network().map(Path::new));
    let drawn = Drawn::checked(args.out.as_deref(), &args.page, &inputs)?;
    args.refuse_idle()?;
    match args.of {
        What::Truth if args.denoiser != TextDenoiser::Exact => {
            let why = "--denoiser: --of truth is of the exact denoiser; leave it out";
            return Err(CliError::Input(why.to_owned()));
        }
        What::Areas if !matches!(args.denoiser, TextDenoiser::Exact | TextDenoiser::Network(_)) => {
            let (who, why) = (&args.denoiser, "areas are of the exact denoiser, and of network:… beside it");
            return Err(CliError::Input(format!("--denoiser {who}: {why}")));
        }
        What::Perplexity if args.denoiser == TextDenoiser::Joint => {
            let why =
                "--denoiser joint: whole texts at once are there anyway; expected exact, network:… or ar:…";
            return Err(CliError::Input(why.to_owned()));
        }
        What::Truth => return super::curve_truth::run(args, &drawn, global, console),
        What::Perplexity => return super::curve_perplexity::run(args, &drawn, global, console),
        What::Areas => {}
    }
    let network = args.denoiser.network().map(|name| network(&args.denoiser, name, global)).transpose()?;
    let spec = match (&network, &args.language.language) {
        // Its own, unless another one is said.
        (Some(network), None | Some(TextSource::Letters(_))) => known(&network.source).map_err(|_| {
            let (who, source) = (&args.denoiser, &network.source);
            let why = format!("--denoiser {who} has learned from {source}, which nobody knows exactly");
            CliError::Input(format!("{why}; expected --language ngram:ORDER, a model of its letters"))
        })?,
        _ => args.language.known()?,
    };
    if let Some(network) = &network {
        warn_unmet(&args.denoiser, network, |_| false, console);
    }
    let own = network.as_ref().map(|network| network.config.tokens);
    let language = load(spec, (args.language.tokens, own), console)?;
    if let Some(why) = network.as_ref().and_then(|network| network.misfit(&language)) {
        return Err(CliError::Input(format!("--denoiser {}: {why}", args.denoiser)));
    }
    if network.is_none() && language.all_texts().is_some() {
        args.said.refuse(&["texts", "masks"], &format!("the curve of {spec} is exact, not estimated"))?;
    }
    let model =
        TextModel::of(language, SequenceSource::Mask, None).map_err(|why| of_text("--language", &why))?;
    let tokens = model.language.tokens;
    let bits = 1.0 / LN_2 / tokens as f64;
    let of = {
        let _busy = console.busy("looking at the language");
        let closeness = (args.texts, Closeness { masks: args.masks, seed: global.seed() });
        let denoiser = network.as_ref().and_then(|network| network.denoiser());
        let found =
            LanguageCurve::of((&*model.exact, &model.language), denoiser.as_deref(), closeness, &|| true);
        let found = found.map_err(|why| CliError::Input(format!("--denoiser {}: {why}", args.denoiser)))?;
        found.ok_or_else(|| CliError::Failed("the language was not looked at".to_owned()))?
    };
    let curve = &of.curve;
    let (mut points, mut stairs) = (Vec::new(), Vec::new());
    for named in &args.schedulers {
        for &steps in &args.steps {
            let (name, scheduler) = match named {
                Named::Of(scheduler) => (scheduler.to_string(), *scheduler),
                Named::Best => ("best".to_owned(), best_scheduler(curve, steps)?),
            };
            let kappas: Vec<f64> = (0..=steps).map(|j| scheduler.kappa(j as f64 / steps as f64)).collect();
            let excess = of.paid(true).excess(&kappas) * bits;
            stairs.push(Stair {
                label: format!("{name}, {steps} steps"),
                place: stairs.len(),
                kappas: kappas.clone(),
                of_network: true,
            });
            let is_told = matches!(named, Named::Best) && steps <= 32;
            points.push(Point { scheduler: name, steps, excess, kappas: is_told.then_some(kappas) });
        }
    }
    let node = |n: usize| {
        let kappa = n as f64 / PARTS as f64;
        let network = of.network.as_ref().map(|network| network.curve.at(kappa) * bits);
        Node { kappa, bits: curve.at(kappa) * bits, network_bits: network }
    };
    let report = Report {
        tokens,
        entropy: of.entropy,
        area: curve.area() * bits,
        area_error: of.error * bits,
        network_area: of.network.as_ref().map(|network| network.curve.area() * bits),
        network_area_error: of.network.as_ref().map(|network| network.error * bits),
        curve: (0..=PARTS).map(node).collect(),
        points,
    };
    if let Some(out) = args.out.as_ref().filter(|_| drawn.is_numbers()) {
        let mut table = csv::Writer::from_writer(Vec::new());
        let written = report.curve.iter().try_for_each(|node| table.serialize(node));
        written.map_err(|error| CliError::Failed(error.to_string()))?;
        let bytes = table.into_inner().map_err(|error| CliError::Failed(error.to_string()))?;
        output::write_bytes(out, &bytes)?;
    } else {
        let caption = format!("{spec}, {} denoiser, mask source", args.denoiser);
        drawn.write(&areas_chart(&of, &stairs, 0), caption)?;
    }
    console.result(&report, || in_words(&report, spec))
}

fn in_words(report: &Report, spec: &LanguageSpec) -> String {
    let entropy = report.entropy.map_or_else(String::new, |bits| format!(", entropy {bits:.4}"));
    let error = if report.area_error > 0.0 { format!(" ± {:.4}", report.area_error) } else { String::new() };
    let network = match (report.network_area, report.network_area_error) {
        (Some(area), Some(error)) => {
            let gap = fixed(area - report.area, 4);
            format!(", under that of the network {area:.4} ± {error:.4}: it is {gap} off")
        }
        _ => String::new(),
    };
    let mut text = format!(
        "{spec}: {} tokens{entropy}, area under the curve {:.4}{error} bits a token{network}; what steps cost:",
        report.tokens, report.area
    );
    for point in &report.points {
        let excess = fixed(point.excess, 4);
        text += &format!("\n  {:<12} {:>6} steps  {excess}", point.scheduler, point.steps);
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
