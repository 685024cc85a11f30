//! `train images`: trains a network on images, saving as it goes, and says how well it knows those it has not seen.

use crate::cli::console::Console;
use crate::cli::images::args::ImageTokenArgs;
use crate::cli::inputs::Inputs;
use crate::cli::interrupt;
use crate::cli::kept_run::{self, KeptRun as _};
use crate::cli::resumed::{differs, same};
use crate::cli::sequence_run::{End, RunFiles, Training, needs};
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs};

use crate::data::codec::image::Tokenizer;
use crate::data::images::ImageSource;
use crate::data::memory;
use crate::flow::{Scheduler, counted};
use crate::gpu::{DeviceChoice, choose_all};
use crate::model::sequence::{ImageFile, NetSize, Products};
use crate::train::note_out_of_memory;
use crate::train::sequence::{
    HeldOut, ImageTrainConfig, ImageTrainer, ImageTraining, Images, Mirror, RunMemory, RunRecord as _,
};
use clap::Args;
use serde::Serialize;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
The checkpoint is written whole or not at all, at least once a minute and at the end. A run that was killed goes on with \
--resume from the last one, with the same batches; so does a network that was given away in half precision, with a fresh \
optimiser.

Examples:
  dfm-explorer train images --data digits --minutes 2 --out digits.safetensors
  dfm-explorer train images --data shapes --tokens palette:64 --size 16 --minutes 10 --out shapes.safetensors
  dfm-explorer train images --data cifar10 --minutes 60 --out cifar10.safetensors
  dfm-explorer train images --data cifar10 --minutes 60 --out cifar10.safetensors --resume cifar10.safetensors";

/// On images: a network that sees each image at a random time of its way
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct TrainImagesArgs {
    /// Which images: digits, shapes, cifar10, cifar10:FOLDER or a FOLDER of pictures [default: shapes]
    #[arg(long, value_name = "DATA")]
    data: Option<ImageSource>,
    #[command(flatten)]
    tokens: ImageTokenArgs,
    /// Channels at full size, a multiple of 16 up to 256; twice and four times as many at a half and a quarter
    /// [default: 48]
    #[arg(long, value_name = "C", value_parser = width, allow_hyphen_values = true)]
    width: Option<usize>,
    /// The network's size by name instead: small is the default, 0.9 million parameters; medium about 8.5 million, with
    /// attention at a quarter of the size; large about 35 million, with attention at a half and a quarter. The larger ones
    /// are for a GPU [default: small]
    #[arg(long, value_name = "small|medium|large", conflicts_with = "width")]
    net: Option<NetSize>,
    /// End the run, over all its calls, after about so many images, 1 to 10^12, and let the learning rate fall to 2% on half
    /// a cosine on the way; a run that is resumed may go on to another end [default: no end but --minutes]
    #[arg(long, value_name = "N", value_parser = whole(1, 1_000_000_000_000), allow_hyphen_values = true)]
    images: Option<usize>,
    /// Shorten longer gradients to this length, above 0 to 1000000; a run that is resumed may go on with another
    /// [default: none, or the checkpoint's]
    #[arg(
        long,
        value_name = "G",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(1e6)), "a number above 0 and at most 1000000"),
        allow_hyphen_values = true
    )]
    clip: Option<f64>,
    /// Drop this share of the channels inside each block for a whole image, 0 to 0.9; a run that is resumed may go on with
    /// another [default: 0, or the checkpoint's]
    #[arg(
        long,
        value_name = "P",
        value_parser = number((Bound::Included(0.0), Bound::Included(0.9)), "a number from 0 to 0.9"),
        allow_hyphen_values = true
    )]
    dropout: Option<f64>,
    /// In which precision a GPU multiplies matrices; all else is single in any case. A run that is resumed may go on with
    /// another [default: single, or the checkpoint's where the device has it]
    #[arg(long, value_name = "single|half")]
    products: Option<Products>,
    /// Images a step, 1 to 4096; a GPU computes 64 of them at a time. A run that is resumed may go on with another [default:
    /// 32]
    #[arg(long, value_name = "B", value_parser = whole(1, 4096), allow_hyphen_values = true)]
    batch: Option<usize>,
    /// Learning rate of Adam, above 0 to 1; a run that is resumed may go on with another [default: 0.001]
    #[arg(
        long,
        value_name = "LR",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(1.0)), "a number above 0 and at most 1"),
        allow_hyphen_values = true
    )]
    lr: Option<f64>,
    /// How training spreads κ over (0, 1): as this scheduler does over evenly spread t. The path does not depend on it
    /// [default: linear, or the checkpoint's]
    #[arg(long, value_name = "S")]
    scheduler: Option<Scheduler>,
    /// See no image mirrored, left for right: digits and letters must not be. Without it CIFAR-10 is mirrored as often as
    /// not, and so are pictures of a folder, unless each of its classes has a name of one character; shapes are not
    /// [default: as said, or the checkpoint's]
    #[arg(long)]
    no_mirror: bool,
    /// Train for this many minutes in this call, above 0 to 100000
    #[arg(
        long,
        value_name = "M",
        default_value = "10",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(1e5)), "a number above 0 and at most 100000"),
        allow_hyphen_values = true
    )]
    minutes: f64,
    /// FILE.safetensors: weights, the optimiser's state, and the settings that made them
    #[arg(long, value_name = "CKPT")]
    out: PathBuf,
    /// Go on from this checkpoint with its own data, tokens, size, source, width or net, mirroring and seed; --out may be the same file
    #[arg(long, value_name = "CKPT")]
    resume: Option<PathBuf>,
    /// Write the network in half precision, without the state of its run, into this file, too, once the run has ended: a fifth of the size
    #[arg(long, value_name = "CKPT")]
    give: Option<PathBuf>,
    /// Write over what is at --out and --give with a new run; a file that is there is refused without, unless it is an
    /// empty one
    #[arg(long)]
    overwrite: bool,
    /// Train even if the machine or the GPU seems to have too little memory for it
    #[arg(long)]
    beyond_memory: bool,
    /// Print one JSON object: steps, images (seen in all), seconds (of training in all), images_per_second (of this call),
    /// seconds_left (until --images are seen; null without them), bits_per_token (of the last batches), bits_per_dimension
    /// (held out), standard_error, mirrored, device, needed_memory_bytes (counted beforehand, without program and images),
    /// peak_memory_bytes (of the process, without what lies on a GPU; null where the system does not say),
    /// needed_device_bytes and peak_device_bytes (on a GPU; null on the CPU)
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

pub(in crate::cli) fn width(text: &str) -> Result<usize, String> {
    let found = text.trim().parse().ok().filter(|c: &usize| c.is_multiple_of(16) && (16..=256).contains(c));
    found.ok_or_else(|| "expected a multiple of 16 from 16 to 256".to_owned())
}

/// Images held out that are asked about at the end, and in how many parts of the path.
const AT_THE_END: (usize, usize) = (256, 8);

#[derive(Serialize)]
struct Report {
    steps: u64,
    images: u64,
    seconds: f64,
    images_per_second: f64,
    seconds_left: Option<f64>,
    bits_per_token: f64,
    bits_per_dimension: f64,
    standard_error: f64,
    /// Whether images were seen mirrored as often as not.
    mirrored: bool,
    /// What computed it.
    device: String,
    needed_memory_bytes: u64,
    /// Of the process.
    peak_memory_bytes: Option<u64>,
    needed_device_bytes: Option<u64>,
    peak_device_bytes: Option<u64>,
}

pub(in crate::cli) fn run(
    args: &TrainImagesArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let (give, resume) = (args.give.as_deref(), args.resume.as_deref());
    let files = RunFiles { out: &args.out, give, resume, overwrite: args.overwrite };
    let data = args.data.iter().fold(Inputs::default(), |inputs, data| inputs.images("--data", data));
    files.check(data, |file| ImageFile::read(file).is_ok())?;
    let busy = console.busy("reading the images");
    let devices = choose_all(global.device())?;
    let first = devices.first().ok_or_else(|| CliError::Failed("no device".to_owned()))?;
    if let Some(choice) = devices.iter().find(|choice| !choice.has_half())
        && args.products == Some(Products::Half)
    {
        return Err(CliError::Input(format!(
            "--products half: {} multiplies in single precision only, expected single or another --device",
            choice.label
        )));
    }
    first.watch_memory(note_out_of_memory);
    let (trainer, needs) = match &args.resume {
        Some(file) => resumed(args, global, file, first)?,
        None => fresh(args, global, first)?,
    };
    drop(busy);
    let done = (trainer.training().images, "image");
    let end = End { flag: "--images", given: args.images, done };
    files.check_end(trainer.training(), end, console)?;
    console.note(&format!(
        "a network of {} in steps of {} needs {}, besides program and images",
        trainer.network().parameter_words(),
        counted(trainer.training().config.batch, "image"),
        needs.words()
    ));
    if devices.len() > 1 {
        console.warn(
            "each batch is split over the devices and their gradients are joined through this machine's memory: burn 0.22 \
             joins them on the devices themselves with CUDA only",
        );
    }
    let mut run = Training::new(trainer, &devices, args.minutes);
    let bar = console.bar(Training::<Images>::WHOLE, "{bar:20} {msg}  {elapsed}");
    kept_run::train(&mut run, &args.out, &bar, console)?;
    let found = {
        let _busy = console.busy("asking about images held out");
        kept_run::wherever_it_can(&mut run, |run| {
            run.trainer.hold_out(AT_THE_END.0, AT_THE_END.1, &|| !interrupt::is_asked())
        })?
    };
    run.save_all(&args.out, give)?;
    let Some(HeldOut { bits, error, .. }) = found else {
        return Err(run.interrupted(&args.out));
    };
    run.look_at_device();
    let training = run.trainer.training();
    let report = Report {
        steps: training.step,
        images: training.images,
        seconds: training.seconds,
        images_per_second: run.rate(),
        seconds_left: training.seconds_left(run.rate()),
        bits_per_token: run.loss.unwrap_or(f64::NAN),
        bits_per_dimension: bits,
        standard_error: error,
        mirrored: training.config.flips,
        device: run.device.clone(),
        needed_memory_bytes: needs.machine,
        peak_memory_bytes: memory::peak(),
        needed_device_bytes: needs.device.map(|[all, _]| all),
        peak_device_bytes: run.device_peak,
    };
    let mirrored = if report.mirrored { "mirrored as often as not" } else { "none mirrored" };
    console.result(&report, || {
        format!(
            "{}: {} seen, {mirrored}, {:.1} a second on {}\n{:.4} bits a token in training, at most {bits:.4} ± {error:.4} on images \
             held out",
            args.out.display(),
            counted(report.images, "image"),
            report.images_per_second,
            report.device,
            report.bits_per_token
        )
    })
}

fn fresh(
    args: &TrainImagesArgs,
    global: &GlobalArgs,
    choice: &DeviceChoice,
) -> Result<(ImageTrainer, RunMemory), CliError> {
    let seed = global.seed();
    let source = args.data.clone().unwrap_or_default();
    let (tokens, side) = args.tokens.of(&source);
    let data = Arc::new(source.load(side, seed)?);
    let tokenizer = Tokenizer::new(tokens, &data.train, seed)?;
    let usual = ImageTrainer::usual_network(&data, &tokenizer, args.tokens.source.unwrap_or_default());
    let network = match args.width {
        Some(width) => usual.sized_or_wide(NetSize::Small, width),
        None => usual.sized(args.net.unwrap_or_default()),
    };
    let usual = ImageTrainConfig::default();
    let config = ImageTrainConfig {
        batch: args.batch.unwrap_or(usual.batch),
        learning_rate: args.lr.unwrap_or(usual.learning_rate),
        images: args.images.map_or(usual.images, |images| images as u64),
        clip: args.clip.or(usual.clip),
        dropout: args.dropout.unwrap_or(usual.dropout),
        products: args.products.unwrap_or(usual.products),
        scheduler: args.scheduler.unwrap_or(usual.scheduler),
        flips: if args.no_mirror { Mirror::No } else { Mirror::Auto }.of(&data),
        seed,
        ..usual
    };
    let needs = needs(&network, &config.pace(), choice, room(args))?;
    Ok((ImageTrainer::new(network, config, (data, seed), tokenizer, &choice.device)?, needs))
}

fn resumed(
    args: &TrainImagesArgs,
    global: &GlobalArgs,
    file: &Path,
    choice: &DeviceChoice,
) -> Result<(ImageTrainer, RunMemory), CliError> {
    let about = |why: String| CliError::Input(format!("--resume {}: {why}", file.display()));
    let read = ImageFile::read(file).map_err(|e| about(e.to_string()))?;
    let recipe = &read.recipe;
    let (tokenizer, network) = (&recipe.tokenizer, recipe.network);
    // The same images may be in another folder now.
    let data = args.data.as_ref().unwrap_or(&recipe.data);
    if data.kind() != recipe.data.kind() {
        return Err(differs("--data", data, &recipe.data, file));
    }
    same("--tokens", args.tokens.tokens, tokenizer.spec(), file)?;
    same("--size", args.tokens.size, tokenizer.side(), file)?;
    same("--source", args.tokens.source, network.source, file)?;
    if let Some(net) = args.net.filter(|net| network.size() != Some(*net)) {
        return Err(differs("--net", net, network.size_words(), file));
    }
    same("--width", args.width, network.widths[0], file)?;
    let data = Arc::new(data.load(tokenizer.side(), recipe.data_seed)?);
    let own = ImageTraining::of(recipe).map_err(|e| about(e.to_string()))?.config;
    same("--seed", global.seed, own.seed, file)?;
    same("--scheduler", args.scheduler, own.scheduler, file)?;
    if args.no_mirror && own.flips {
        return Err(about(
            "it was trained with mirrored images: leave --no-mirror out to go on so".to_owned(),
        ));
    }
    let config = ImageTrainConfig {
        batch: args.batch.unwrap_or(own.batch),
        learning_rate: args.lr.unwrap_or(own.learning_rate),
        images: args.images.map_or(own.images, |images| images as u64),
        clip: args.clip.or(own.clip),
        dropout: args.dropout.unwrap_or(own.dropout),
        products: args.products.unwrap_or(own.products),
        ..own
    };
    let needs = needs(&network, &config.pace(), choice, room(args))?;
    let mut trainer = ImageTrainer::resume(&read, data, &choice.device).map_err(|e| about(e.to_string()))?;
    trainer.set_config(config)?;
    Ok((trainer, needs))
}

/// Whether it is trained where memory seems too small, and what would need less.
fn room(args: &TrainImagesArgs) -> (bool, &'static str) {
    (args.beyond_memory, "a smaller --net or --width")
}
