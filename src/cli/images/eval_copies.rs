//! `eval copies`: whether samples of images are copies of images to train on.

use crate::cli::console::Console;
use crate::cli::images::args::ImageModelArgs;
use crate::cli::images::sample_files::read_samples;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::cli::sequence_args::SequenceArgs;
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};

use crate::data::images::ImageSource;
use crate::flow::counted;
use crate::model::sequence::ImageModel;
use crate::sampler::sequence::{SequenceSetup, run_sequences};
use crate::view::sequence::{Compared, Copies, Originals};
use clap::Args;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

const EXAMPLES: &str = "\
A distance is the root of the mean squared difference of the sRGB values, in levels of 255, between images as the tokens of \
the denoiser show them; 0 is a copy. It is judged by 4096 pairs of images to train on, drawn by chance, and by as many images \
held out as there are samples: those are no copies, and have a nearest one, too.

Examples:
  dfm-explorer eval copies --denoiser network:cifar10 --n 64 --steps 128 --out copies.csv
  dfm-explorer eval copies --denoiser empirical:shapes@500 --tokens palette:64 --n 16 --json
      A denoiser that only remembers: all are copies
  dfm-explorer eval copies --denoiser network:shapes --samples wall.png
      Images that were sampled before";

/// Samples of images against those to train on: how far the nearest one of each is, beside the distances of such images to each other
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct EvalCopiesArgs {
    #[command(flatten)]
    model: ImageModelArgs,
    /// Which images were trained on: digits, shapes, cifar10, cifar10:FOLDER or a FOLDER of pictures [default: those of the
    /// denoiser]
    #[arg(long, value_name = "DATA")]
    data: Option<ImageSource>,
    /// Images that were sampled before, in place of new ones: FILE.npy of the denoiser's tokens or of pixels [N, R, R, 3], a wall of
    /// sample images, or a picture
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,
    /// How many images are sampled, 1 to 65536
    #[arg(
        long,
        short = 'n',
        value_name = "N",
        default_value = "64",
        value_parser = whole(1, 65_536),
        conflicts_with = "samples",
        allow_hyphen_values = true
    )]
    n: usize,
    #[command(flatten)]
    sampler: SequenceArgs,
    /// FILE.csv: one row a sample, and one an image held out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object: samples, among (how many images to train on), copies (at distance 0), median_distance,
    /// held_out, held_out_median_distance, pairs, pairs_median_distance, found (an array: image, nearest, class, distance,
    /// closer_than (a share of pairs), standard_error), seconds
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    samples: usize,
    among: u64,
    copies: usize,
    median_distance: Option<f64>,
    held_out: usize,
    held_out_median_distance: Option<f64>,
    pairs: usize,
    pairs_median_distance: Option<f64>,
    found: Vec<Found<'a>>,
    seconds: f64,
}

/// A sample and the image to train on that is nearest to it.
#[derive(Serialize)]
struct Found<'a> {
    image: usize,
    nearest: u64,
    class: Option<&'a str>,
    distance: f64,
    closer_than: Option<f64>,
    standard_error: Option<f64>,
}

pub(in crate::cli) fn run(
    args: &EvalCopiesArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let inputs = Inputs::default()
        .image_model("--denoiser", &args.model.denoiser)
        .file("--samples", args.samples.as_deref());
    let inputs = args.data.iter().fold(inputs, |inputs, data| inputs.images("--data", data));
    if let Some(out) = &args.out {
        output::check(out, &[Kind::Csv], &inputs)?;
    }
    let busy = console.busy("reading the images");
    let model = args.model.load(global)?;
    let tokenizer = &model.tokenizer;
    let (own, own_seed) = &model.data;
    let (data, seed) = args.data.as_ref().map_or((own, *own_seed), |data| (data, global.seed()));
    let set = data.load(tokenizer.side(), seed)?;
    drop(busy);
    let start = Instant::now();
    let samples = match &args.samples {
        Some(file) => read_samples("--samples", file, tokenizer)?,
        None => sampled(args, &model, global.seed(), console)?,
    };
    let count = samples.len();
    let originals = Originals { data: &set, tokenizer, seed };
    let found = {
        let _busy = console.busy("looking for the nearest images");
        let samples = samples.into_iter().enumerate().collect();
        originals.find(samples, (1, count), || originals.spread(&|| true).map(Arc::new), &|| true)
    };
    let found = found.ok_or_else(|| CliError::Failed("the images were not looked at".to_owned()))?;
    if found.samples.is_empty() {
        return Err(CliError::Input(format!("--data {data}: it has no images to train on")));
    }
    if let Some(out) = &args.out {
        output::write_bytes(out, found.numbers().to_csv().as_bytes())?;
    }
    console.result(&report(&found, start.elapsed().as_secs_f64()), || in_words(&found, data))
}

/// Images of the denoiser, as its tokens show them.
fn sampled(
    args: &EvalCopiesArgs,
    model: &ImageModel,
    seed: u64,
    console: &Console,
) -> Result<Vec<Vec<u8>>, CliError> {
    let config = args.sampler.config(seed, model.denoiser.source())?;
    let setup = SequenceSetup { denoiser: &*model.denoiser, config, count: args.n, first: 0, given: None };
    let bar = console.bar(config.steps as u64, "{bar:40} step {pos} of {len}  {eta} left");
    let done = run_sequences(setup, |moment| {
        bar.set_position(moment.summary.steps as u64);
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    let states = done?.states;
    let image = |tokens: &[u16]| model.tokenizer.decode(tokens);
    Ok(states.chunks(model.tokenizer.tokens()).map(image).collect::<Result<_, _>>()?)
}

fn report(found: &Copies, seconds: f64) -> Report<'_> {
    let row = |one: &Compared| {
        let near = &one.found[0];
        let share = found.spread.share_beyond(near.distance);
        Found {
            image: one.image,
            nearest: near.index,
            class: found.class(near),
            distance: near.distance,
            closer_than: share.map(|[share, _]| share),
            standard_error: share.map(|[_, error]| error),
        }
    };
    Report {
        samples: found.samples.len(),
        among: found.among,
        copies: found.copies(),
        median_distance: found.median(),
        held_out: found.held_out.len(),
        held_out_median_distance: found.held_out_median(),
        pairs: found.spread.pairs(),
        pairs_median_distance: found.spread.median(),
        found: found.samples.iter().map(row).collect(),
        seconds,
    }
}

fn in_words(found: &Copies, data: &ImageSource) -> String {
    let mut text = format!("{}, compared with {} of {data}", found.verdict(), found.among);
    if let Some(medians) = found.medians() {
        text += &format!("\n{medians}");
    }
    if let Some(nearest) = found.nearest() {
        let near = &nearest.found[0];
        let class = found.class(near).map_or_else(String::new, |class| format!(" ({class})"));
        text += &format!(
            "\nthe nearest: sample {} is {:.1} from image {}{class}",
            nearest.image, near.distance, near.index
        );
        text += &found.judged(near.distance).map_or_else(String::new, |judged| format!(", {judged}"));
    }
    text + &match found.spread.median() {
        Some(median) => format!("\nhalf of {} are below {median:.1}", counted(found.spread.pairs(), "pair")),
        None => String::new(),
    }
}
