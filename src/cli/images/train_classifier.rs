//! `train classifier`: trains what tells samples from real images, and keeps the statistics of what it sees in those.

use crate::cli::console::Console;
use crate::cli::inputs::Inputs;
use crate::cli::interrupt::{self, Until};
use crate::cli::kept_run::{Rescue, wherever_it_can};
use crate::cli::output::{self, Kind};
use crate::cli::values::number;
use crate::cli::{CliError, GlobalArgs};

use crate::data::images::ImageSource;
use crate::flow::counted;
use crate::gpu::{CPU, choose};
use crate::train::TrainError;
use crate::train::sequence::{ClassifierTrainer, Mirror};
use clap::Args;
use serde::Serialize;
use std::ops::Bound;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

const EXAMPLES: &str = "\
Example:
  dfm-explorer train classifier --data cifar10 --minutes 30 --out classifier.safetensors";

/// A small classifier of 32×32 images, in whose features eval images --frechet measures
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct TrainClassifierArgs {
    /// Which images, with classes: digits, shapes, cifar10, cifar10:FOLDER or a FOLDER of folders of pictures
    #[arg(long, value_name = "DATA")]
    data: ImageSource,
    /// See no image mirrored, left for right: digits and letters must not be. Without it CIFAR-10 is mirrored as often as
    /// not, and so are pictures of a folder, unless each of its classes has a name of one character; shapes are not
    #[arg(long)]
    no_mirror: bool,
    /// Train for this many minutes, above 0 to 100000; the learning rate falls to nothing over them
    #[arg(
        long,
        value_name = "M",
        default_value = "10",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(1e5)), "a number above 0 and at most 100000"),
        allow_hyphen_values = true
    )]
    minutes: f64,
    /// FILE.safetensors: the network in half precision and the statistics of all images it was trained on
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write over what is at --out; a file that is there is refused without
    #[arg(long)]
    overwrite: bool,
    /// Print one JSON object: images (seen), seconds, accuracy, held_out (images), reference (images the statistics are of),
    /// mirrored
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report {
    images: u64,
    seconds: f64,
    accuracy: f64,
    held_out: usize,
    reference: usize,
    /// Whether images were seen mirrored as often as not.
    mirrored: bool,
}

pub(in crate::cli) fn run(
    args: &TrainClassifierArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    output::check(&args.out, &[Kind::Safetensors], &Inputs::default().images("--data", &args.data))?;
    // A classifier has no --resume.
    output::refuse_to_replace("--out", &args.out, None, args.overwrite, || false)?;
    let busy = console.busy("reading the images");
    let data = Arc::new(args.data.load(32, global.seed())?);
    let mirror = if args.no_mirror { Mirror::No } else { Mirror::Auto };
    let choice = choose(global.device())?;
    let mut trainer = ClassifierTrainer::new(data, global.seed(), mirror, &choice.device)?;
    drop(busy);
    interrupt::go_on(Until::SecondTime);
    let whole = 60.0 * args.minutes;
    let bar = console.bar((1000.0 * whole) as u64, "{bar:20} {msg}  {elapsed}  {eta} left");
    let (start, mut mean) = (Instant::now(), None::<f64>);
    loop {
        let elapsed = start.elapsed().as_secs_f64();
        if elapsed >= whole || interrupt::is_asked() {
            break;
        }
        let loss = wherever_it_can(&mut trainer, |trainer| trainer.step(elapsed / whole))?;
        let smooth = mean.map_or(loss, |mean| mean + 0.02 * (loss - mean));
        mean = Some(smooth);
        bar.set_position((1000.0 * elapsed) as u64);
        bar.set_message(format!(
            "{}  {:.0}/s  loss {smooth:.3} nats",
            counted(trainer.images(), "image"),
            trainer.images() as f64 / elapsed.max(1e-3)
        ));
    }
    bar.finish_and_clear();
    trainer.seconds = start.elapsed().as_secs_f64();
    let file = {
        let _busy = console.busy("looking at all images");
        wherever_it_can(&mut trainer, |trainer| trainer.file())?
    };
    file.write(&args.out).map_err(|error| CliError::Failed(error.to_string()))?;
    if interrupt::is_asked() {
        return Err(CliError::Failed(format!(
            "interrupted after {}: {} holds what was learned so far",
            counted(trainer.images(), "image"),
            args.out.display()
        )));
    }
    let recipe = file.recipe;
    let report = Report {
        images: recipe.images,
        seconds: recipe.seconds,
        accuracy: recipe.accuracy,
        held_out: recipe.held_out,
        reference: recipe.reference,
        mirrored: trainer.mirrored(),
    };
    let mirrored = if report.mirrored { "mirrored as often as not" } else { "none mirrored" };
    console.result(&report, || {
        format!(
            "{}: {} seen on {}, {mirrored}, {:.1}% of {} held out {} classified rightly",
            args.out.display(),
            counted(report.images, "image"),
            if trainer.is_on_cpu() { CPU } else { &choice.label },
            100.0 * report.accuracy,
            counted(report.held_out, "image"),
            if report.held_out == 1 { "is" } else { "are" }
        )
    })
}

impl Rescue for ClassifierTrainer {
    fn rescue(&mut self, _why: &str) -> Result<Option<String>, TrainError> {
        let reached = self.images();
        Ok(self.leave_device().then(|| format!("after {} of {reached}", counted(self.images(), "image"))))
    }
}
