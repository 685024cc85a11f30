//! `eval nfe`: how good samples of images get with more passes of the denoiser.

use crate::cli::console::Console;
use crate::cli::images::args::ImageModelArgs;
use crate::cli::images::classifier_args::ClassifierArgs;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};

use crate::data::images::ImageSource;
use crate::flow::{Corrector, Scheduler, counted};
use crate::model::sequence::{floor, quality};
use crate::sampler::sequence::{SequenceConfig, SequenceMethod, SequenceSetup};
use crate::train::sequence::pixels_of;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer eval nfe --denoiser network:shapes --data shapes --n 256 --steps 4,8,16,32,64,128 --out nfe.csv
  dfm-explorer eval nfe --denoiser network:cifar10 --data cifar10 --samplers cubic,cubic+corrector --out nfe.csv";

/// Samples of images against the number of passes: Fréchet distance, sequence entropy and time of several samplers
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct EvalNfeArgs {
    #[command(flatten)]
    model: ImageModelArgs,
    /// Which images are the real ones: digits, shapes, cifar10, cifar10:FOLDER or a FOLDER of pictures; as many of those held out
    /// as are sampled make the floor
    #[arg(long, value_name = "DATA")]
    data: ImageSource,
    /// Samplers: a scheduler; one with +corrector, the paper's 12,2,0.25 for images; or maskgit
    #[arg(
        long,
        value_name = "S,…",
        value_delimiter = ',',
        value_parser = sampler,
        default_value = "linear,cubic,cubic+corrector,maskgit"
    )]
    samplers: Vec<Sampler>,
    /// Numbers of steps, each 1 to 100000
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        value_parser = whole(1, 100_000),
        default_value = "4,8,16,32,64,128",
        allow_hyphen_values = true
    )]
    steps: Vec<usize>,
    /// How many images are sampled for every point, 2 to 65536
    #[arg(long, short = 'n', value_name = "N", default_value = "256", value_parser = whole(2, 65_536), allow_hyphen_values = true)]
    n: usize,
    #[command(flatten)]
    classifier: ClassifierArgs,
    /// FILE.csv: one row a sampler and number of steps, written anew after each
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: points, an array of the rows
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// A sampler, by name.
#[derive(Clone, Debug)]
struct Sampler {
    name: String,
    method: SequenceMethod,
    scheduler: Scheduler,
    corrector: Corrector,
}

fn sampler(text: &str) -> Result<Sampler, String> {
    let name = text.trim().to_owned();
    if name == "maskgit" {
        let (method, scheduler) = (SequenceMethod::MaskGit, Scheduler::Cosine);
        return Ok(Sampler { name, method, scheduler, corrector: Corrector::OFF });
    }
    let (of, corrector) = match name.strip_suffix("+corrector") {
        Some(of) => (of, Corrector::IMAGES),
        None => (name.as_str(), Corrector::OFF),
    };
    let scheduler =
        of.parse().map_err(|error| format!("{error}, or maskgit; each scheduler may have +corrector"))?;
    Ok(Sampler { name: name.clone(), method: SequenceMethod::Exact, scheduler, corrector })
}

/// One point.
#[derive(Clone, Debug, Serialize)]
struct Point {
    sampler: String,
    steps: usize,
    nfe: f64,
    frechet: f64,
    frechet_floor: Option<f64>,
    sequence_entropy: f64,
    samples: usize,
    seconds: f64,
}

#[derive(Serialize)]
struct Report {
    points: Vec<Point>,
}

pub(in crate::cli) fn run(
    args: &EvalNfeArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let inputs =
        Inputs::default().image_model("--denoiser", &args.model.denoiser).images("--data", &args.data);
    output::check(&args.out, &[Kind::Csv], &inputs.file("--classifier", args.classifier.file()))?;
    let seed = global.seed();
    let busy = console.busy("reading the images");
    let model = args.model.load(global)?;
    let file = args.classifier.load(&args.data)?;
    let data = args.data.load(model.tokenizer.side(), seed)?;
    let has_enough = data.held_out.len().is_none_or(|len| len >= args.n as u64);
    let floor = match has_enough {
        true => Some(floor(&model.tokenizer, &pixels_of(&data.held_out, 0, args.n), &file)?),
        false => None,
    };
    drop(busy);
    let config = |sampler: &Sampler, steps: usize| SequenceConfig {
        method: sampler.method,
        steps,
        scheduler: sampler.scheduler,
        corrector: sampler.corrector,
        seed,
        ..SequenceConfig::default()
    };
    for sampler in &args.samplers {
        config(sampler, 1).checked_with(model.denoiser.source())?;
    }
    let total: usize = args.steps.iter().sum::<usize>() * args.samplers.len() * args.n.div_ceil(64);
    let bar = console.bar(total as u64, "{bar:40} {percent}%  {eta} left");
    let mut points: Vec<Point> = Vec::new();
    // The quick ones first: there is something to see early.
    let mut steps = args.steps.clone();
    steps.sort_unstable();
    for steps in steps {
        for sampler in &args.samplers {
            let (config, start) = (config(sampler, steps), Instant::now());
            let setup =
                SequenceSetup { denoiser: &*model.denoiser, config, count: args.n, first: 0, given: None };
            let found = quality(setup, &model.tokenizer, &file, &|| {
                bar.inc(1);
                true
            })?;
            points.extend(found.map(|found| Point {
                sampler: sampler.name.clone(),
                steps,
                nfe: found.summary.mean_passes(),
                frechet: found.frechet,
                frechet_floor: floor,
                sequence_entropy: found.sequence_entropy,
                samples: args.n,
                seconds: start.elapsed().as_secs_f64(),
            }));
            let table = to_csv(&points).map_err(|error| CliError::Failed(error.to_string()))?;
            output::write_bytes(&args.out, &table)?;
        }
    }
    bar.finish_and_clear();
    let report = Report { points };
    console.result(&report, || in_words(&report, args))
}

fn to_csv(points: &[Point]) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    points.iter().try_for_each(|point| table.serialize(point))?;
    Ok(table.into_inner()?)
}

fn in_words(report: &Report, args: &EvalNfeArgs) -> String {
    let runs = counted(report.points.len(), "run");
    let mut text = format!("{}: {runs} of {} images", args.out.display(), args.n);
    if let Some(floor) = report.points.first().and_then(|point| point.frechet_floor) {
        text += &format!("; Fréchet distance of as many real images {floor:.3}");
    }
    for sampler in &args.samplers {
        let of = report.points.iter().filter(|point| point.sampler == sampler.name);
        let values: Vec<_> = of.map(|p| format!("{:.0}:{:.3}", p.nfe, p.frechet)).collect();
        text.push_str(&format!("\n{}  {}", sampler.name, values.join(" ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samplers_are_read_by_name() {
        let found = sampler("cubic+corrector").expect("a sampler");
        assert_eq!((found.scheduler, found.corrector), (Scheduler::Cubic, Corrector::IMAGES));
        assert_eq!(sampler("maskgit").expect("a sampler").method, SequenceMethod::MaskGit);
        assert!(!sampler("linear").expect("a sampler").corrector.is_on());
        for bad in ["", "euler", "maskgit+corrector", "+corrector"] {
            assert!(sampler(bad).is_err(), "{bad}");
        }
    }
}
