//! `eval grid`: how good a trained network is, exactly: its loss above the floor, and what its flow ends in.

use crate::cli::console::Console;
use crate::cli::grid::FlowArgs;
use crate::cli::grid::denoiser::{misfit, network};
use crate::cli::grid::sample::push_exactly;
use crate::cli::grid::train::gap_in_words;
use crate::cli::{CliError, GlobalArgs, checkpoint_file};

use crate::experiment::grid::is_checkpoint;
use crate::flow::metrics::Distances;
use crate::gpu::choose;
use crate::train::grid::{Floors, Gap, TrainingRecord};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Steps of the exact sampler that the metrics are taken from.
const STEPS: usize = 64;

const EXAMPLES: &str = "\
The FLOW may have another scheduler, coupling or target than the network was trained on; K and the mask must match.

Examples:
  dfm-explorer eval grid --denoiser net.safetensors --json
  dfm-explorer eval grid --scheduler cosine --denoiser net.safetensors";

/// On the grid: exact loss, floor and gap, and the metrics of 64 exact steps of the whole pmf
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct EvalGridArgs {
    #[command(flatten)]
    flow: FlowArgs,
    /// A trained FILE.safetensors
    #[arg(long, value_name = "CKPT")]
    denoiser: PathBuf,
    /// Print one JSON object: loss, floor, gap (mean KL(posterior ‖ network): loss − floor for ce, another number for gkl),
    /// tv, kl, js, off_support, nfe, seconds
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    gap: Gap,
    #[serde(flatten)]
    distances: Distances,
    nfe: usize,
    seconds: f64,
}

pub(in crate::cli) fn run(
    args: &EvalGridArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let file = &args.denoiser;
    if !is_checkpoint(file) {
        return Err(CliError::Input(format!(
            "--denoiser {}: eval measures trained networks, expected FILE.safetensors",
            file.display()
        )));
    }
    let checkpoint = checkpoint_file::read("--denoiser", file)?;
    let about = format!("--denoiser {}", file.display());
    let record = TrainingRecord::of(&checkpoint).map_err(|error| CliError::from(error).about(&about))?;
    let kind = record.config.loss;
    let spec = args.flow.spec()?;
    let path = Arc::new(spec.path()?);
    misfit(file, &checkpoint, &path)?;
    let start = Instant::now();
    let network = network(file, &checkpoint, &path, &choose(global.device())?.device)?;
    let gap = {
        let _busy = console.busy("measuring the gap");
        Floors::new(path.clone(), spec.scheduler).gap(&network, kind)?
    };
    let (pushed, summary) = push_exactly(&path, spec.scheduler, &network, STEPS, console)?;
    let distances = Distances::between(path.target(), &pushed.pmf);
    let report = Report { gap, distances, nfe: summary.nfe, seconds: start.elapsed().as_secs_f64() };
    console.result(&report, || {
        format!(
            "{}\nafter {} exact steps: TV to the target {:.6}, KL {:.6} nats, JS {:.6} nats, mass off the support {:.6}",
            gap_in_words(&gap, kind),
            report.nfe,
            distances.tv,
            distances.kl,
            distances.js,
            distances.off_support
        )
    })
}
