//! `eval matrix`: networks trained with one scheduler each, sampled with every one.

use crate::cli::console::Console;
use crate::cli::images::args::ImageTokenArgs;
use crate::cli::images::classifier_args::ClassifierArgs;
use crate::cli::inputs::Inputs;
use crate::cli::interrupt::{self, Until};
use crate::cli::output::{self, Kind};
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};

use crate::data::codec::image::Tokenizer;
use crate::data::images::ImageSource;
use crate::flow::{Scheduler, counted};
use crate::gpu::choose;
use crate::model::sequence::{ImageNetConfig, quality};
use crate::sampler::sequence::{SequenceConfig, SequenceSetup};
use crate::train::sequence::{ImageTrainConfig, ImageTrainer};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

const EXAMPLES: &str = "\
Example:
  dfm-explorer eval matrix --data shapes --tokens palette:64 --images-seen 20000 --steps 32 --out matrix.csv";

/// The schedulers of the matrix.
const SCHEDULERS: [Scheduler; 4] =
    [Scheduler::Linear, Scheduler::Quadratic, Scheduler::Cubic, Scheduler::Cosine];
/// Images held out that are asked about, in how many parts of the path.
const HELD_OUT: (usize, usize) = (256, 4);

/// Train small networks with κ spread as each of four schedulers spreads it, and sample each with all four
///
/// The path does not depend on the scheduler: what differs is which κ a network has seen often.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct EvalMatrixArgs {
    /// Which images: digits, shapes, cifar10, cifar10:FOLDER or a FOLDER of pictures
    #[arg(long, value_name = "DATA", default_value = "shapes")]
    data: ImageSource,
    #[command(flatten)]
    images: ImageTokenArgs,
    /// Channels at full size, a multiple of 16 up to 256
    #[arg(long, value_name = "C", default_value = "32", value_parser = crate::cli::images::train::width, allow_hyphen_values = true)]
    width: usize,
    /// Images each network sees, 32 to 1000000000: the same budget for all
    #[arg(long, value_name = "N", default_value = "20000", value_parser = whole(32, 1_000_000_000), allow_hyphen_values = true)]
    images_seen: usize,
    /// Steps of sampling, 1 to 100000
    #[arg(long, value_name = "N", default_value = "32", value_parser = whole(1, 100_000), allow_hyphen_values = true)]
    steps: usize,
    /// How many images are sampled for every entry, 2 to 65536
    #[arg(long, short = 'n', value_name = "N", default_value = "256", value_parser = whole(2, 65_536), allow_hyphen_values = true)]
    n: usize,
    #[command(flatten)]
    classifier: ClassifierArgs,
    /// FILE.csv: one row a pair of schedulers, written anew after each
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: entries, an array of the rows
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// One entry.
#[derive(Clone, Debug, Serialize)]
struct Entry {
    trained: String,
    sampled: String,
    images_seen: u64,
    bits_per_dimension: f64,
    standard_error: f64,
    steps: usize,
    nfe: f64,
    frechet: f64,
    sequence_entropy: f64,
    samples: usize,
}

#[derive(Serialize)]
struct Report {
    entries: Vec<Entry>,
}

fn interrupted(args: &EvalMatrixArgs, entries: &[Entry]) -> CliError {
    let out = args.out.display();
    CliError::Failed(match entries.len() {
        0 => format!("interrupted: nothing was written to {out}"),
        count => format!("interrupted: {out} holds what was measured so far, {}", counted(count, "row")),
    })
}

pub(in crate::cli) fn run(
    args: &EvalMatrixArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let inputs = Inputs::default().images("--data", &args.data).file("--classifier", args.classifier.file());
    output::check(&args.out, &[Kind::Csv], &inputs)?;
    let seed = global.seed();
    let busy = console.busy("reading the images");
    let file = args.classifier.load(&args.data)?;
    let (tokens, side) = args.images.of(&args.data);
    let data = Arc::new(args.data.load(side, seed)?);
    let tokenizer = Tokenizer::new(tokens, &data.train, seed)?;
    drop(busy);
    interrupt::go_on(Until::SecondTime);
    let c = args.width;
    let usual = ImageTrainer::usual_network(&data, &tokenizer, args.images.source.unwrap_or_default());
    let network = ImageNetConfig { widths: [c, 2 * c, 4 * c], ..usual };
    // Of shapes as the published table was measured.
    let flips = data.source == ImageSource::Shapes || data.may_be_mirrored();
    let device = choose(global.device())?.device;
    let mut entries: Vec<Entry> = Vec::new();
    for trained in SCHEDULERS {
        let config = ImageTrainConfig { scheduler: trained, flips, seed, ..ImageTrainConfig::default() };
        let data = (data.clone(), seed);
        let mut trainer = ImageTrainer::new(network, config, data, tokenizer.clone(), &device)?;
        let bar = console.bar(args.images_seen as u64, "{bar:40} {msg}  {eta} left");
        bar.set_message(format!("training with {trained}"));
        while trainer.training().images < args.images_seen as u64 {
            if interrupt::is_asked() {
                return Err(interrupted(args, &entries));
            }
            bar.set_position(trainer.step()?.seen);
        }
        bar.finish_and_clear();
        let _busy = console.busy("sampling");
        let bound = trainer.hold_out(HELD_OUT.0, HELD_OUT.1, &|| !interrupt::is_asked())?;
        let bound = bound.ok_or_else(|| interrupted(args, &entries))?;
        let denoiser = trainer.denoiser()?;
        for sampled in SCHEDULERS {
            let config =
                SequenceConfig { steps: args.steps, scheduler: sampled, seed, ..SequenceConfig::default() };
            let setup = SequenceSetup { denoiser: &denoiser, config, count: args.n, first: 0, given: None };
            let found = quality(setup, &tokenizer, &file, &|| !interrupt::is_asked())?;
            let found = found.ok_or_else(|| interrupted(args, &entries))?;
            entries.push(Entry {
                trained: trained.to_string(),
                sampled: sampled.to_string(),
                images_seen: trainer.training().images,
                bits_per_dimension: bound.bits,
                standard_error: bound.error,
                steps: args.steps,
                nfe: found.summary.mean_passes(),
                frechet: found.frechet,
                sequence_entropy: found.sequence_entropy,
                samples: args.n,
            });
            let mut table = csv::Writer::from_writer(Vec::new());
            let failed = |error: &dyn std::fmt::Display| CliError::Failed(error.to_string());
            entries.iter().try_for_each(|entry| table.serialize(entry)).map_err(|e| failed(&e))?;
            output::write_bytes(&args.out, &table.into_inner().map_err(|e| failed(&e))?)?;
        }
    }
    let report = Report { entries };
    console.result(&report, || {
        let mut text =
            format!("{}: Fréchet distance, a row a network, a column a sampler", args.out.display());
        for row in report.entries.chunk_by(|a, b| a.trained == b.trained) {
            let values: Vec<_> = row.iter().map(|e| format!("{} {:.3}", e.sampled, e.frechet)).collect();
            let bits = row[0].bits_per_dimension;
            text.push_str(&format!("\n{} ({bits:.3} bits/dim)  {}", row[0].trained, values.join("  ")));
        }
        text
    })
}
