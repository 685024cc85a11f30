//! `train grid`: trains a network, saving as it goes, and says how far it is from the best there is.

use crate::cli::console::Console;
use crate::cli::grid::FlowArgs;
use crate::cli::interrupt::{self, Until};
use crate::cli::kept_run::{self, KeptRun, Rescue};
use crate::cli::output::{self, Kind};
use crate::cli::resumed::same;
use crate::cli::stepping::Stepping;
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs, checkpoint_file};

use crate::flow::counted;
use crate::gpu::{CPU, choose};
use crate::model::grid::Checkpoint;
use crate::train::TrainError;
use crate::train::grid::{GAP_NODES, Gap, LossKind, TrainConfig, Trainer, TrainingRecord, fits};
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
The checkpoint is written whole or not at all: first after a second, then at growing intervals of at most 20 seconds, \
and at the end. A run that was killed goes on with --resume from the last one, with the same batches.

Examples:
  dfm-explorer train grid --seconds 60 --out net.safetensors
  dfm-explorer train grid --seconds 60 --out net.safetensors --resume net.safetensors
  dfm-explorer train grid --target rings --k 32 --source mask --steps 2000 --hidden 64 --loss gkl --out rings.safetensors \
--json";

/// On the grid: a small network that sees pairs of the FLOW's coupling
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct TrainGridArgs {
    #[command(flatten)]
    flow: FlowArgs,
    /// Train up to this many steps in all, those before a --resume included, 1 to 1000000000
    #[arg(long, value_name = "N", value_parser = whole(1, 1_000_000_000), conflicts_with = "seconds", allow_hyphen_values = true)]
    steps: Option<usize>,
    /// Train for this many seconds in this call, above 0 to 1000000 [default without --steps: 60]
    #[arg(
        long,
        value_name = "S",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(1e6)), "a number above 0 and at most 1000000"),
        allow_hyphen_values = true
    )]
    seconds: Option<f64>,
    /// Pairs per step, 1 to 65536 [default: 1024]
    #[arg(long, value_name = "B", value_parser = whole(1, 65_536), allow_hyphen_values = true)]
    batch: Option<usize>,
    /// Width of the network, 1 to 1024 [default: 128]
    #[arg(long, value_name = "H", value_parser = whole(1, 1024), allow_hyphen_values = true)]
    hidden: Option<usize>,
    /// Learning rate of Adam, above 0 to 1 [default: 0.003]
    #[arg(
        long,
        value_name = "LR",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(1.0)), "a number above 0 and at most 1"),
        allow_hyphen_values = true
    )]
    lr: Option<f64>,
    /// ce (cross-entropy of the data tokens) or gkl (generalised KL between jump rates, the ELBO) [default: ce]
    #[arg(long, value_name = "ce|gkl")]
    loss: Option<LossKind>,
    /// FILE.safetensors: weights, the optimiser's state and the settings that made them
    #[arg(long, value_name = "CKPT")]
    out: PathBuf,
    /// Go on from this checkpoint with its own flow, batch, hidden, lr, loss and seed; --out may be the same file
    #[arg(long, value_name = "CKPT")]
    resume: Option<PathBuf>,
    /// Write over what is at --out with a new run; a file that is there is refused without, unless it is an empty one
    #[arg(long)]
    overwrite: bool,
    /// Print one JSON object: steps (in all), seconds (of this call), loss, floor, gap (mean KL(posterior ‖ network): loss −
    /// floor for ce, another number for gkl), steps_per_second
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// How long the default run is, in seconds.
const DEFAULT_SECONDS: f64 = 60.0;

#[derive(Serialize)]
struct Report {
    /// All steps of the run, before any resume too.
    steps: u64,
    /// Wall-clock seconds of this call's training loop.
    seconds: f64,
    loss: f64,
    floor: f64,
    gap: f64,
    /// Of this call.
    steps_per_second: f64,
}

pub(in crate::cli) fn run(
    args: &TrainGridArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    output::check(&args.out, &[Kind::Safetensors], &args.flow.inputs())?;
    let goes_on = || Checkpoint::read(&args.out).is_ok();
    output::refuse_to_replace("--out", &args.out, args.resume.as_deref(), args.overwrite, goes_on)?;
    let earlier = match &args.resume {
        Some(file) => {
            let checkpoint = checkpoint_file::read("--resume", file)?;
            let about =
                |error: TrainError| CliError::from(error).about(format!("--resume {}", file.display()));
            let record = TrainingRecord::of(&checkpoint).map_err(about)?;
            refuse_other_settings(args, global, file, &checkpoint, &record)?;
            Some((file, checkpoint, record))
        }
        None => None,
    };
    // A resumed run goes on with the flow it was trained on; only the scheduler, which measures, may be another.
    let spec = match &earlier {
        Some((_, _, record)) => args.flow.spec_after(record.flow.clone())?,
        None => args.flow.spec()?,
    };
    let path = Arc::new(spec.path()?);
    let misfit = |file: &Path, error: TrainError| match error {
        TrainError::Misfit(why) => {
            CliError::Input(format!("--resume {} does not fit this flow: {why}", file.display()))
        }
        other => other.into(),
    };
    if let Some((file, checkpoint, _)) = &earlier {
        fits(&checkpoint.recipe.network, &path).map_err(|why| misfit(file, TrainError::Misfit(why)))?;
    }
    let choice = choose(global.device())?;
    let busy = console.busy("preparing the network");
    let trainer = match &earlier {
        Some((file, checkpoint, _)) => {
            Trainer::resume(path, spec, checkpoint, &choice.device).map_err(|error| misfit(file, error))?
        }
        None => Trainer::new(path, spec, settings(args, global), &choice.device)?,
    };
    drop(busy);
    let seconds = args.seconds.unwrap_or(DEFAULT_SECONDS);
    let stepping = Stepping::new(args.steps, seconds, (trainer.step(), args.resume.as_deref()))?;
    let spare = earlier.map(|(_, checkpoint, _)| checkpoint);
    let states = GAP_NODES * trainer.denoiser().config().vocabulary().pow(2);
    let batches_per_gap = states as f64 / trainer.config().batch as f64;
    let mut run = Training { trainer, device: choice.label, spare, batches_per_gap, gap: None, stepping };
    let bar = run.stepping.bar(console);
    let seconds = kept_run::train(&mut run, &args.out, &bar, console)?.as_secs_f64();
    kept_run::wherever_it_can(&mut run, |run| Ok(run.save(&args.out)))??;
    // What is measured now need not be waited for.
    interrupt::go_on(Until::Now);
    let gap = {
        let _busy = console.busy("measuring the gap");
        kept_run::wherever_it_can(&mut run, |run| run.trainer.gap())?
    };
    let steps = run.trainer.step();
    let steps_per_second = run.stepping.rate(steps, seconds);
    let report = Report { steps, seconds, loss: gap.loss, floor: gap.floor, gap: gap.gap, steps_per_second };
    console.result(&report, || {
        format!(
            "{}: {}, {seconds:.1} s on {} ({steps_per_second:.1} steps/s)\n{}",
            args.out.display(),
            counted(steps, "step"),
            run.device,
            gap_in_words(&gap, run.trainer.config().loss)
        )
    })
}

/// Loss, floor and gap: with the generalised KL the gap is that of another loss, and it is said.
pub(in crate::cli) fn gap_in_words(Gap { loss, floor, gap }: &Gap, kind: LossKind) -> String {
    let of = if kind == LossKind::Ce { "" } else { " in cross-entropy" };
    format!("loss {loss:.6} ({kind}), floor {floor:.6}, gap{of} {gap:.6} nats per token")
}

/// The settings of a fresh run.
fn settings(args: &TrainGridArgs, global: &GlobalArgs) -> TrainConfig {
    let usual = TrainConfig::default();
    TrainConfig {
        batch: args.batch.unwrap_or(usual.batch),
        hidden: args.hidden.unwrap_or(usual.hidden),
        learning_rate: args.lr.unwrap_or(usual.learning_rate),
        loss: args.loss.unwrap_or(usual.loss),
        seed: global.seed(),
    }
}

/// A resumed run is the same run: a flag that says otherwise is a mistake.
fn refuse_other_settings(
    args: &TrainGridArgs,
    global: &GlobalArgs,
    file: &Path,
    checkpoint: &Checkpoint,
    record: &TrainingRecord,
) -> Result<(), CliError> {
    let (own, flow) = (record.config, &record.flow);
    same("--target", args.flow.target.clone(), flow.target.clone(), file)?;
    same("--k", args.flow.k, checkpoint.recipe.network.k, file)?;
    same("--source", args.flow.source.clone(), flow.source.clone(), file)?;
    same("--coupling", args.flow.coupling, flow.coupling, file)?;
    same("--path", args.flow.path, flow.conditional, file)?;
    same("--invert", args.flow.invert.then_some(true), flow.invert, file)?;
    same("--batch", args.batch, own.batch, file)?;
    same("--hidden", args.hidden, own.hidden, file)?;
    same("--lr", args.lr, own.learning_rate, file)?;
    same("--loss", args.loss, own.loss, file)?;
    same("--seed", global.seed, own.seed, file)
}

/// The run of a call.
struct Training {
    trainer: Trainer,
    /// What computes it, in words.
    device: String,
    /// As it was saved last, or taken up.
    spare: Option<Checkpoint>,
    /// How many batches the states of one gap are worth.
    batches_per_gap: f64,
    gap: Option<f64>,
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
        let (step, elapsed) = (self.trainer.step(), start.elapsed().as_secs_f64());
        if !bar.is_hidden() {
            if self.gap.is_none() {
                // A step is about three forward passes over its batch; a gap is one over every state, and then sums.
                self.stepping.price = self.batches_per_gap * elapsed / self.stepping.done(step) as f64;
            }
            let gap = self.stepping.afford(elapsed, || self.trainer.gap())?;
            self.gap = gap.map(|found| found.gap).or(self.gap);
        }
        self.stepping.show(bar, (step, f64::from(loss)), self.gap, elapsed);
        Ok(())
    }

    fn save(&mut self, out: &Path) -> Result<(), CliError> {
        self.spare = Some(checkpoint_file::save(&self.trainer, out)?);
        Ok(())
    }

    fn place(&self) -> String {
        format!("at step {}", self.trainer.step())
    }
}
