//! `eval images`: how well a denoiser of images knows a set of them.

use crate::cli::console::Console;
use crate::cli::images::args::ImageModelArgs;
use crate::cli::images::classifier_args::ClassifierArgs;
use crate::cli::sequence_args::SequenceArgs;
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs};

use crate::data::codec::image::Tokenizer;
use crate::data::images::{ImageSource, Part};
use crate::flow::counted;
use crate::flow::metrics::sequence_entropy;
use crate::model::sequence::{AskedFor, ImageModel, asked_for, floor, quality, runs_asked_for};
use crate::sampler::sequence::{SequenceSetup, likelihood_bound};
use crate::train::sequence::pixels_of;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer eval images --denoiser empirical:shapes --data shapes --n 100 --json
      What a denoiser that only remembers knows of images it has not seen
  dfm-explorer eval images --denoiser network:cifar10 --data cifar10 --split test --n 1000 --json
  dfm-explorer eval images --denoiser network:shapes --data shapes --frechet 1000 --steps 128 --corrector 12,2,0.25
      How far 1,000 samples are from real images, in the features of a small classifier of this program
  dfm-explorer eval images --denoiser network:digits --data digits --asked 1000
      How many of 1,000 digits are what was asked for";

/// Which images of a set.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Split {
    /// Those to train on.
    Train,
    /// Those held out.
    Test,
}

/// On images: the bound on their negative logarithmic likelihood, in bits per dimension
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct EvalImagesArgs {
    #[command(flatten)]
    model: ImageModelArgs,
    /// Which images: digits, shapes, cifar10, cifar10:FOLDER or a FOLDER of pictures
    #[arg(long, value_name = "DATA")]
    data: ImageSource,
    /// train, or test: the test set of CIFAR-10, the first 10000 shapes, the last 297 digits, every tenth picture of a folder
    #[arg(long, value_name = "SPLIT", default_value = "test")]
    split: Split,
    /// How many images, from the first one on, 1 to 65536; all if there are fewer
    #[arg(
        long,
        short = 'n',
        value_name = "N",
        default_value = "1000",
        value_parser = whole(1, 65_536),
        allow_hyphen_values = true
    )]
    n: usize,
    /// In how many equal parts of κ each image is looked at once, 1 to 65536: more make the estimate closer
    #[arg(
        long,
        value_name = "S",
        default_value = "8",
        value_parser = whole(1, 65_536),
        allow_hyphen_values = true
    )]
    strata: usize,
    /// Sample so many images as the flags below say, 2 to 65536, and measure the squared Fréchet distance of what a small
    /// classifier sees in them to what it sees in real ones. It is no FID, and biased upward for few samples: the same of as
    /// many real images held out is told beside it
    #[arg(long, value_name = "N", value_parser = whole(2, 65_536), allow_hyphen_values = true)]
    frechet: Option<usize>,
    /// Sample so many images asked for by class, each class in turn, as the flags below say, 1 to 65536, and count those
    /// that the classifier takes for what was asked for
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "class",
        value_parser = whole(1, 65_536),
        allow_hyphen_values = true
    )]
    asked: Option<usize>,
    /// Classifier-free guidance of those, 0 to 100 [default: 1]
    #[arg(
        long,
        value_name = "W",
        requires = "asked",
        value_parser = number(0.0..=100.0, "a number from 0 to 100"),
        allow_hyphen_values = true
    )]
    asked_guidance: Option<f64>,
    #[command(flatten)]
    classifier: ClassifierArgs,
    #[command(flatten)]
    sampler: SequenceArgs,
    /// Print one JSON object: images, tokens, bits_per_dimension (infinite is null), standard_error, sequence_entropy of
    /// the images (in nats), passes, seconds; with --frechet also frechet, frechet_floor, samples, nfe and
    /// sample_sequence_entropy, with --asked also asked and asked_right
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report {
    images: usize,
    tokens: usize,
    bits_per_dimension: f64,
    standard_error: f64,
    sequence_entropy: f64,
    passes: usize,
    seconds: f64,
    #[serde(flatten)]
    samples: Option<SampleReport>,
    #[serde(flatten)]
    asked: Option<AskedReport>,
}

#[derive(Serialize)]
struct AskedReport {
    asked: usize,
    asked_right: usize,
}

#[derive(Serialize)]
struct SampleReport {
    frechet: f64,
    frechet_floor: Option<f64>,
    samples: usize,
    nfe: f64,
    sample_sequence_entropy: f64,
}

pub(in crate::cli) fn run(
    args: &EvalImagesArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let seed = global.seed();
    let busy = console.busy("reading the images");
    let model = args.model.load(global)?;
    let tokenizer = &model.tokenizer;
    let data = args.data.load(tokenizer.side(), seed)?;
    let part = if args.split == Split::Train { &data.train } else { &data.held_out };
    let tokens = tokens_of(part, args.n, tokenizer);
    drop(busy);
    let start = Instant::now();
    let questions = tokens.len().div_ceil(64 * tokenizer.tokens()) * args.strata;
    let bar = console.bar(questions as u64, "{bar:40} {percent}%  {eta} left");
    let bound = likelihood_bound(&*model.denoiser, &tokens, args.strata, seed, &|| {
        bar.inc(1);
        true
    });
    bar.finish_and_clear();
    let bound = bound?.ok_or_else(|| CliError::Failed("the images were not looked at".to_owned()))?;
    let samples = match args.frechet {
        Some(count) => Some(samples(args, &model, (part, count), seed, console)?),
        None => None,
    };
    let asked = args.asked.map(|count| asked(args, &model, count, seed, console)).transpose()?;
    let report = Report {
        images: bound.sequences,
        tokens: bound.tokens,
        bits_per_dimension: bound.bits_per_token(),
        standard_error: bound.bits_error(),
        sequence_entropy: sequence_entropy(&tokens, tokenizer.tokens()),
        passes: bound.passes,
        seconds: start.elapsed().as_secs_f64(),
        samples,
        asked: asked.map(|AskedFor { images, right }| AskedReport { asked: images, asked_right: right }),
    };
    console.result(&report, || {
        format!(
            "{} of {}: at most {:.4}{} bits per dimension, in {:.1} s",
            counted(report.images, "image"),
            args.data,
            report.bits_per_dimension,
            // Of a single image there is none.
            Some(report.standard_error)
                .filter(|e| e.is_finite())
                .map_or_else(String::new, |e| format!(" ± {e:.4}")),
            report.seconds
        ) + &report.samples.as_ref().map_or_else(String::new, |found| {
            let floor =
                found.frechet_floor.map(|floor| format!(", {floor:.3} of as many real images held out"));
            format!(
                "\n{} samples of {:.1} evaluations: Fréchet distance {:.3}{}",
                found.samples,
                found.nfe,
                found.frechet,
                floor.unwrap_or_default()
            )
        }) + &report.asked.as_ref().map_or_else(String::new, |found| {
            format!(
                "\n{} of {} asked for by class are what was asked for, by the classifier",
                found.asked_right,
                counted(found.asked, "sample")
            )
        })
    })
}

/// Samples images and looks at them.
fn samples(
    args: &EvalImagesArgs,
    model: &ImageModel,
    (held_out, count): (&Part, usize),
    seed: u64,
    console: &Console,
) -> Result<SampleReport, CliError> {
    let file = args.classifier.load(&args.data)?;
    let config = args.sampler.config(seed, model.denoiser.source())?;
    let setup = SequenceSetup { denoiser: &*model.denoiser, config, count, first: 0, given: None };
    let bar = console.bar((config.steps * count.div_ceil(64)) as u64, "{bar:40} {percent}%  {eta} left");
    let found = quality(setup, &model.tokenizer, &file, &|| {
        bar.inc(1);
        true
    })?;
    bar.finish_and_clear();
    let found = found.ok_or_else(|| CliError::Failed("no samples".to_owned()))?;
    let real = held_out.len().map_or(count, |len| count.min(len as usize));
    // Fewer of them would say something else.
    let floor = match real == count {
        true => Some(floor(&model.tokenizer, &pixels_of(held_out, 0, count), &file)?),
        false => None,
    };
    Ok(SampleReport {
        frechet: found.frechet,
        frechet_floor: floor,
        samples: count,
        nfe: found.summary.mean_passes(),
        sample_sequence_entropy: found.sequence_entropy,
    })
}

/// Samples images of every class and looks what they are.
fn asked(
    args: &EvalImagesArgs,
    model: &ImageModel,
    count: usize,
    seed: u64,
    console: &Console,
) -> Result<AskedFor, CliError> {
    let file = args.classifier.load(&args.data)?;
    let config = args.sampler.config(seed, model.denoiser.source())?;
    let how = (count, args.asked_guidance.unwrap_or(1.0));
    let runs = runs_asked_for(count, model.classes.len());
    let bar = console.bar((config.steps * runs) as u64, "every class: {bar:40} {percent}%  {eta} left");
    let found = asked_for(model, how, config, &file, &|| {
        bar.inc(1);
        true
    });
    bar.finish_and_clear();
    let found = found.map_err(|error| CliError::Input(format!("--asked: {error:#}")))?;
    found.ok_or_else(|| CliError::Failed("no samples".to_owned()))
}

/// The first images of a part as tokens, \[B, N\].
fn tokens_of(part: &Part, count: usize, tokenizer: &Tokenizer) -> Vec<u16> {
    let set = part.first(count);
    (0..set.len()).flat_map(|i| tokenizer.encode(set.image(i))).collect()
}
