//! `train plane`: trains a velocity on the plane, saving as it goes, and says how far it is from the exact one.

use super::PlaneFlowArgs;
use super::checkpoint;
use crate::cli::console::Console;
use crate::cli::interrupt::{self, Until};
use crate::cli::kept_run::{self, KeptRun, Rescue};
use crate::cli::output::{self, Kind};
use crate::cli::resumed::{differs, same};
use crate::cli::stepping::Stepping;
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs};
use crate::data::plane::{PlaneSourceSpec, PlaneTargetSpec};
use crate::experiment::plane::target_name;
use crate::flow::counted;
use crate::flow::plane::AffinePath;
use crate::gpu::{CPU, choose};
use crate::model::plane::PlaneFile;
use crate::sampler::plane::PlaneCoupling;
use crate::train::plane::{
    PlanePoint, PlaneRecord, PlaneTask, PlaneTrainConfig, PlaneTrainer, learned_latents,
};
use crate::train::{TrainError, add_point};
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
One network learns v(x̃, t*) of the straight path from fresh pairs and serves every path, sampler and prediction. The loss is
a sum over both coordinates; of independent pairs it is its floor and the gap, the mean of |v − u|² to the exact velocity.
With minibatch-ot and reflow the exact velocity is not known and there is no gap: see eval plane.
The file is written whole or not at all, as the run goes and at its end; --resume goes on with the same batches.

Examples:
  dfm-explorer train plane --target ring --minutes 0.5 --out ring.safetensors
  dfm-explorer train plane --target ring --steps 20000 --out ring.safetensors --resume ring.safetensors
  dfm-explorer train plane --target moons --coupling minibatch-ot:256 --steps 4000 --out ot.safetensors --json
  dfm-explorer train plane --coupling reflow:2 --round-steps 3000 --steps 6000 --out straight.safetensors
  dfm-explorer train plane --target ring --codes 8 --steps 6000 --out codes.safetensors";

/// On the plane: a small network that learns the velocity of a flow, with codes an encoder beside it
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct TrainPlaneArgs {
    #[command(flatten)]
    flow: PlaneFlowArgs,
    /// Train up to this many steps in all, those before a --resume included, 1 to 1000000000
    #[arg(long, value_name = "N", value_parser = whole(1, 1_000_000_000), conflicts_with = "minutes", allow_hyphen_values = true)]
    steps: Option<usize>,
    /// Train for this many minutes in this call, above 0 to 10000 [default without --steps: 1]
    #[arg(
        long,
        value_name = "M",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(1e4)), "a number above 0 and at most 10000"),
        allow_hyphen_values = true
    )]
    minutes: Option<f64>,
    /// Pairs a step, 1 to 65536 [default: 256]
    #[arg(long, value_name = "B", value_parser = whole(1, 65_536), allow_hyphen_values = true)]
    batch: Option<usize>,
    /// Width of the hidden layers, 1 to 1024 [default: 128]
    #[arg(long, value_name = "H", value_parser = whole(1, 1024), allow_hyphen_values = true)]
    width: Option<usize>,
    /// Hidden layers, 1 to 8 [default: 4]
    #[arg(long, value_name = "L", value_parser = whole(1, 8), allow_hyphen_values = true)]
    layers: Option<usize>,
    /// Learning rate of Adam, above 0 to 1 [default: 0.002]
    #[arg(
        long,
        value_name = "LR",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(1.0)), "a number above 0 and at most 1"),
        allow_hyphen_values = true
    )]
    lr: Option<f64>,
    /// Steps of each round of reflow:K but the last; the first learns trajectories of the exact flow, each other one those of
    /// the network so far [default: 3000]
    #[arg(long, value_name = "N", value_parser = whole(1, 1_000_000_000), allow_hyphen_values = true)]
    round_steps: Option<usize>,
    /// Codes of a discrete latent that an encoder learns with the network (Gumbel-softmax), 2 to 16; of Gaussians alone
    #[arg(long, value_name = "N", value_parser = whole(2, PlaneTrainConfig::MOST_CODES as u64), allow_hyphen_values = true)]
    codes: Option<usize>,
    /// Temperature of the softmax that stands for a code while the encoder learns, 0.01 to 10: high ones find all codes where
    /// there are as many as modes, low ones decide where there are fewer [default: 1]
    #[arg(long, value_name = "T", value_parser = number(0.01..=10.0, "a number from 0.01 to 10"), allow_hyphen_values = true)]
    temperature: Option<f64>,
    /// Steps for which the denoiser is told relaxed codes, by which the encoder learns; then that stays and the denoiser is told
    /// drawn ones, as samples are, 0 to 10^9 [default: 8000]
    #[arg(long, value_name = "N", value_parser = whole(0, 1_000_000_000), allow_hyphen_values = true)]
    relaxed_steps: Option<usize>,
    /// FILE.safetensors: weights, the optimiser's state and the settings that made them
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Go on from this file with its own target, pairs and settings; --out may be the same file
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Write over what is at --out with a new run; a file that is there is refused without, unless it is an empty one
    #[arg(long)]
    overwrite: bool,
    /// Print one JSON object: steps (in all), seconds (of this call), loss (of the last batches), floor, gap, energy_share
    /// (gap over E|u|²), best_gap and best_step, steps_per_second; with codes effective_codes and information (nats)
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// How long the default run is.
const DEFAULT_MINUTES: f64 = 1.0;

#[derive(Serialize)]
struct Report {
    steps: u64,
    seconds: f64,
    loss: f64,
    floor: Option<f64>,
    gap: Option<f64>,
    energy_share: Option<f64>,
    best_gap: Option<f64>,
    best_step: Option<u64>,
    steps_per_second: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_codes: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    information: Option<f64>,
}

pub(in crate::cli) fn run(
    args: &TrainPlaneArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let inputs = args.flow.inputs();
    output::check(&args.out, &[Kind::Safetensors], &inputs)?;
    let goes_on = || PlaneFile::read(&args.out).is_ok();
    output::refuse_to_replace("--out", &args.out, args.resume.as_deref(), args.overwrite, goes_on)?;
    refuse_idle_flags(args)?;
    let earlier = match &args.resume {
        Some(file) => {
            let (_, record) = checkpoint::read("--resume", file)?;
            refuse_other_settings(args, global, file, &record)?;
            let read = PlaneFile::read(file).map_err(|error| CliError::from(error).about("--resume"))?;
            Some((file, read))
        }
        None => None,
    };
    let task = match &earlier {
        Some(_) => None,
        None => Some(task(args, global)?),
    };
    let choice = choose(global.device())?;
    let busy = console.busy("preparing the pairs");
    let trainer = match (&earlier, task) {
        (Some((file, read)), _) => PlaneTrainer::resume(read, &choice.device)
            .map_err(|why| CliError::from(why).about(format!("--resume {}", file.display())))?,
        (None, Some(task)) => PlaneTrainer::new(task, &choice.device)?,
        (None, None) => return Err(CliError::Failed("there is nothing to train".to_owned())),
    };
    drop(busy);
    let seconds = 60.0 * args.minutes.unwrap_or(DEFAULT_MINUTES);
    let stepping = Stepping::new(args.steps, seconds, (trainer.step(), args.resume.as_deref()))?;
    let history = match &earlier {
        Some((_, read)) => PlaneRecord::of(read)?.history,
        None => Vec::new(),
    };
    let mut run =
        Training { stepping, device: choice.label, spare: earlier.map(|(_, read)| read), history, trainer };
    let bar = run.stepping.bar(console);
    let seconds = kept_run::train(&mut run, &args.out, &bar, console)?.as_secs_f64();
    // What is measured now need not be waited for.
    interrupt::go_on(Until::Now);
    let point = {
        let _busy = console.busy("measuring the gap");
        kept_run::wherever_it_can(&mut run, |run| run.trainer.point_while(|| true))?
    };
    run.history.extend(point);
    kept_run::wherever_it_can(&mut run, |run| Ok(run.save(&args.out)))??;
    let report = report(&run, point, seconds)?;
    console.result(&report, || in_words(args, &run, &report))
}

fn report(run: &Training, point: Option<PlanePoint>, seconds: f64) -> Result<Report, CliError> {
    let trainer = &run.trainer;
    let flow = &trainer.task().flow;
    let latents = learned_latents(&trainer.network()?, flow.target())?;
    let loss = point.filter(|point| point.loss > 0.0).map(|point| point.loss).or(run.stepping.loss);
    let gap = point.and_then(|point| point.gap);
    let energy = || crate::sampler::plane::GapLattice::new(flow).ok().map(|lattice| lattice.energy());
    let share = gap.and_then(|gap| Some(gap / energy()?));
    let steps = trainer.step();
    Ok(Report {
        steps,
        seconds,
        loss: loss.unwrap_or(f64::NAN),
        floor: point.and_then(|point| point.floor),
        gap,
        energy_share: share.filter(|_| latents.is_none()),
        best_gap: trainer.best().map(|(_, gap)| gap),
        best_step: trainer.best().map(|(step, _)| step),
        steps_per_second: run.stepping.rate(steps, seconds),
        effective_codes: latents.as_ref().map(|latents| latents.effective_codes()),
        information: latents.as_ref().map(|latents| latents.information()),
    })
}

fn in_words(args: &TrainPlaneArgs, run: &Training, report: &Report) -> String {
    let gap = match (report.floor, report.gap) {
        (Some(floor), Some(gap)) => {
            let share = report.energy_share;
            let share = share.map_or_else(String::new, |share| format!(" ({:.2}% of E|u|²)", 100.0 * share));
            format!(", floor {floor:.4}, gap {gap:.5}{share}")
        }
        _ => "; the exact velocity of these pairs is not known: see eval plane".to_owned(),
    };
    let codes = match (report.effective_codes, report.information) {
        (Some(codes), Some(information)) => {
            format!("\n{codes:.2} codes in use, {information:.3} nats about the mode")
        }
        _ => String::new(),
    };
    format!(
        "{}: {} on {}, {}, {:.1} s on {} ({:.1} steps/s)\nloss {:.4}{gap}{codes}",
        args.out.display(),
        counted(report.steps, "step"),
        run.trainer.task().name,
        run.trainer.task().config.coupling,
        report.seconds,
        run.device,
        report.steps_per_second,
        report.loss,
    )
}

/// What only the exact flow has.
fn refuse_idle_flags(args: &TrainPlaneArgs) -> Result<(), CliError> {
    let refused = |flag: &str, why: &str| Err(CliError::Input(format!("{flag}: {why}; leave it out")));
    if args.flow.path.is_some() {
        return refused("--path", "one network serves every path");
    }
    if args.flow.pairs.is_some() {
        return refused("--pairs", "a network is trained on fresh pairs");
    }
    let is_of_points = matches!(args.flow.target, PlaneTargetSpec::Points(_));
    if args.flow.bandwidth.is_some() && args.resume.is_none() && !is_of_points {
        return refused("--bandwidth", "only the points of points:FILE are blurred, fresh pairs are not");
    }
    if args.round_steps.is_some() && !matches!(args.flow.coupling, PlaneCoupling::Reflow(_)) {
        return refused("--round-steps", "only --coupling reflow:K has rounds");
    }
    if args.temperature.is_some() && args.codes.is_none() {
        return refused("--temperature", "only --codes N have one");
    }
    if args.relaxed_steps.is_some() && args.codes.is_none() {
        return refused("--relaxed-steps", "only --codes N have them");
    }
    Ok(())
}

fn task(args: &TrainPlaneArgs, global: &GlobalArgs) -> Result<PlaneTask, CliError> {
    let usual = PlaneTrainConfig::default();
    let config = PlaneTrainConfig {
        batch: args.batch.unwrap_or(usual.batch),
        width: args.width.unwrap_or(usual.width),
        layers: args.layers.unwrap_or(usual.layers),
        learning_rate: args.lr.unwrap_or(usual.learning_rate),
        coupling: args.flow.coupling,
        round_steps: args.round_steps.map_or(usual.round_steps, |steps| steps as u64),
        codes: args.codes.unwrap_or(0),
        temperature: args.temperature.unwrap_or(usual.temperature),
        relaxed_steps: args.relaxed_steps.map_or(usual.relaxed_steps, |steps| steps as u64),
        seed: global.seed(),
        ..usual
    };
    let flow = PlaneFlowArgs { coupling: PlaneCoupling::Independent, ..args.flow.clone() };
    let flow = flow.flow(AffinePath::CondOt, global.seed())?;
    Ok(PlaneTask::new(target_name(&args.flow.target), &flow, config)?)
}

/// A resumed run is the same run: a flag that says otherwise is a mistake.
fn refuse_other_settings(
    args: &TrainPlaneArgs,
    global: &GlobalArgs,
    file: &Path,
    record: &PlaneRecord,
) -> Result<(), CliError> {
    let own = record.config;
    if let Some((flag, given)) = checkpoint::idle_size(&args.flow) {
        return Err(differs(flag, given, "its own target", file));
    }
    if checkpoint::is_another(&args.flow, record) {
        return Err(differs("--target", &args.flow.target, &record.name, file));
    }
    if args.flow.source != PlaneSourceSpec::default() {
        return Err(differs("--source", &args.flow.source, "its own source", file));
    }
    if args.flow.coupling != PlaneCoupling::Independent {
        same("--coupling", Some(args.flow.coupling), own.coupling, file)?;
    }
    same("--batch", args.batch, own.batch, file)?;
    same("--width", args.width, own.width, file)?;
    same("--layers", args.layers, own.layers, file)?;
    same("--lr", args.lr, own.learning_rate, file)?;
    same("--round-steps", args.round_steps.map(|steps| steps as u64), own.round_steps, file)?;
    same("--codes", args.codes, own.codes, file)?;
    same("--temperature", args.temperature, own.temperature, file)?;
    same("--relaxed-steps", args.relaxed_steps.map(|steps| steps as u64), own.relaxed_steps, file)?;
    same("--seed", global.seed, own.seed, file)
}

/// The run of a call.
struct Training {
    trainer: PlaneTrainer,
    device: String,
    /// As it was saved last, or taken up.
    spare: Option<PlaneFile>,
    /// Points of the curves, where the time allowed for them; they are kept in the file, and the best network with them.
    history: Vec<PlanePoint>,
    stepping: Stepping,
}

impl Rescue for Training {
    fn rescue(&mut self, _why: &str) -> Result<Option<String>, TrainError> {
        if self.device == CPU {
            return Ok(None);
        }
        let reached = self.trainer.step();
        self.trainer = self.trainer.rescued(self.spare.as_ref())?;
        self.device = CPU.to_owned();
        let step = self.trainer.step();
        Ok(Some(format!("from step {step} (it had reached {reached})")))
    }
}

impl KeptRun for Training {
    const SAVES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(20)];

    fn is_over(&self, elapsed: Duration) -> bool {
        self.stepping.is_over(self.trainer.step(), elapsed)
    }

    fn step(&mut self, bar: &ProgressBar, start: Instant) -> Result<(), TrainError> {
        let loss = self.trainer.train_step()?;
        let elapsed = start.elapsed().as_secs_f64();
        let point = self.stepping.afford(elapsed, || self.trainer.point_while(|| true))?;
        if let Some(point) = point.flatten() {
            add_point(&mut self.history, point);
        }
        let gap = self.history.last().and_then(|point| point.gap);
        self.stepping.show(bar, (self.trainer.step(), loss), gap, elapsed);
        Ok(())
    }

    fn save(&mut self, out: &Path) -> Result<(), CliError> {
        let file = self.trainer.file(self.history.clone())?;
        let step = self.trainer.step();
        let bytes = file.to_bytes().map_err(|why| CliError::Failed(format!("{why} (step {step})")))?;
        output::write_bytes(out, &bytes)?;
        self.spare = Some(file);
        Ok(())
    }

    fn place(&self) -> String {
        format!("at step {}", self.trainer.step())
    }
}
