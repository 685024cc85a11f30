//! `eval images`: how well a denoiser of images knows a set of them.

use super::console::Console;
use super::image_args::ImageModelArgs;
use super::values::whole;
use super::{CliError, GlobalArgs};
use crate::data::images::{ImageSource, Part};
use crate::data::tokens::Tokenizer;
use crate::flow::metrics::sequence_entropy;
use crate::sampler::sequence::likelihood_bound;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer eval images --denoiser empirical:shapes --data shapes --n 100 --json
      What a denoiser that only remembers knows of images it has not seen
  dfm-explorer eval images --denoiser net.safetensors --data cifar10 --split test --n 1000 --json";

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
    /// Which images: shapes, cifar10, cifar10:FOLDER or a FOLDER of pictures
    #[arg(long, value_name = "DATA")]
    data: ImageSource,
    /// train, or test: the test set of CIFAR-10, the first 10000 shapes, every tenth picture of a folder
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
    /// Print one JSON object: images, tokens, bits_per_dimension (infinite is null), standard_error, sequence_entropy of
    /// the images (in nats), passes, seconds
    #[arg(long)]
    pub(super) json: bool,
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
}

pub(super) fn run(args: &EvalImagesArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let seed = global.seed();
    let busy = console.busy("reading the images");
    let model = args.model.load(seed)?;
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
    let Some(bound) = bound? else { return Ok(()) };
    let report = Report {
        images: bound.sequences,
        tokens: bound.tokens,
        bits_per_dimension: bound.bits_per_token(),
        standard_error: bound.bits_error(),
        sequence_entropy: sequence_entropy(&tokens, tokenizer.tokens()),
        passes: bound.passes,
        seconds: start.elapsed().as_secs_f64(),
    };
    console.result(&report, || {
        format!(
            "{} images of {}: at most {:.4} ± {:.4} bits per dimension, in {:.1} s",
            report.images, args.data, report.bits_per_dimension, report.standard_error, report.seconds
        )
    })
}

/// The first images of a part as tokens, \[B, N\].
fn tokens_of(part: &Part, count: usize, tokenizer: &Tokenizer) -> Vec<u16> {
    let set = part.first(count);
    (0..set.len()).flat_map(|i| tokenizer.encode(set.image(i))).collect()
}
