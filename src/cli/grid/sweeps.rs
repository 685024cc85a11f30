//! `sweeps`: corrector iterations at a held time, sweep by sweep, and how far parallel ones end from p_t.

use crate::cli::console::Console;
use crate::cli::grid::FlowArgs;
use crate::cli::output::{self, Kind};
use crate::cli::values::number;
use crate::cli::{CliError, GlobalArgs};

use crate::experiment::grid::DenoiserSpec;
use crate::flow::counted;
use crate::sampler::grid::{HeldSweeps, SweepBias, Sweeps, sweep_bias};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer sweeps --t 0.6 --sweeps 200,parallel --out bias.csv --json
  dfm-explorer sweeps --source mask --t 0.6 --sweeps 200,parallel,0.25 --from source --out mixing.csv
  dfm-explorer sweeps --t 0.6 --sweeps 50 --denoiser noisy:0.2 --out mended.csv";

/// Push a pmf through corrector iterations at a held time and measure TV to p_t after each, without Monte-Carlo noise
///
/// One token at a time p_t stays what it is; both at once it drifts to a bias of the order of the step.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SweepsArgs {
    #[command(flatten)]
    flow: FlowArgs,
    /// The time that is held, 0 (source) to 1 (target)
    #[arg(long, value_name = "T", value_parser = number(0.0..=1.0, "a number from 0 to 1"), allow_hyphen_values = true)]
    t: f64,
    /// How many: N (one token at a time, exactly stationary) or N,parallel (both at once), N 1 to 1000; SHARE of the
    /// largest step h/h_max, above 0 to 1 [default SHARE: 1]
    #[arg(long, value_name = "N[,parallel][,SHARE]", allow_hyphen_values = true)]
    sweeps: Sweeps,
    /// Begin with p_t itself, or with the source
    #[arg(long, value_name = "START", value_enum, default_value = "path")]
    from: Start,
    /// oracle, noisy:EPS, noisy-early:EPS or FILE.safetensors
    #[arg(long, value_name = "D", default_value = "oracle")]
    denoiser: DenoiserSpec,
    /// FILE.csv: one row a sweep, the start first
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: kappa, tv (an array, the start first), sweep_bias, settled
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What is swept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Start {
    /// p_t
    Path,
    /// p_0
    Source,
}

#[derive(Serialize)]
struct Report {
    kappa: f64,
    /// After 0, 1, 2, … sweeps.
    tv: Vec<f64>,
    /// Where they lead in the end with the exact denoiser.
    sweep_bias: f64,
    /// Whether that was reached within 400 / SHARE sweeps.
    settled: bool,
}

pub(in crate::cli) fn run(args: &SweepsArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let inputs = args.flow.inputs().file("--denoiser", args.denoiser.file());
    output::check(&args.out, &[Kind::Csv], &inputs)?;
    if args.sweeps.count == 0 {
        return Err(CliError::Input(format!("--sweeps {}: expected at least one sweep", args.sweeps)));
    }
    let spec = args.flow.spec()?;
    let path = Arc::new(spec.path()?);
    let denoiser = args.denoiser.build(&path, global)?;
    let kappa = spec.scheduler.at(args.t);
    let from = match args.from {
        Start::Path => path.pmf(kappa),
        Start::Source => path.start().clone(),
    };
    let posterior = denoiser.posterior(kappa).map_err(|error| CliError::Failed(format!("{error:#}")))?;
    let mut held = HeldSweeps::new(&path, &posterior, kappa, args.sweeps, from)?;
    let bar = console.bar(args.sweeps.count as u64, "{bar:40} sweep {pos} of {len}  {eta} left");
    let go_on = || {
        bar.inc(1);
        true
    };
    let given_up = || CliError::Failed("the sweeps were given up".to_owned());
    let tv = held.curve(args.sweeps.count, go_on).ok_or_else(given_up)?;
    bar.finish_and_clear();
    let busy = console.busy("looking for the stationary pmf");
    let bias = sweep_bias(&path, kappa, args.sweeps, || true)?;
    drop(busy);
    let SweepBias { tv: sweep_bias, settled, .. } = bias.ok_or_else(given_up)?;
    let table = to_csv(&tv).map_err(|error| CliError::Failed(error.to_string()))?;
    output::write_bytes(&args.out, &table)?;
    let report = Report { kappa: kappa.value, tv, sweep_bias, settled };
    console.result(&report, || in_words(&report, args))
}

fn to_csv(tv: &[f64]) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["sweep", "tv"])?;
    for row in tv.iter().enumerate() {
        table.serialize(row)?;
    }
    Ok(table.into_inner()?)
}

fn in_words(report: &Report, args: &SweepsArgs) -> String {
    let [first, .., last] = report.tv[..] else { return String::new() };
    let end = if report.settled { "in the end" } else { "after 400 / SHARE sweeps, still moving" };
    format!(
        "{}: {} at κ = {:.6}\nTV to pₜ {first:.6} at the start, {last:.6} after; {end} {:.6} with the exact \
         denoiser",
        args.out.display(),
        counted(report.tv.len() - 1, "sweep"),
        report.kappa,
        report.sweep_bias,
    )
}
