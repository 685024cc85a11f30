//! `sample grid`: runs a sampler and measures how far it ends from the target.

use crate::cli::console::Console;
use crate::cli::grid::FlowArgs;
use crate::cli::grid::step_args::StepArgs;
use crate::cli::output::{self, Kind};
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};

use crate::data::{write_npy_f64, write_npy_i64};
use crate::denoiser::grid::Denoiser;
use crate::experiment::grid::DenoiserSpec;
use crate::flow::metrics::{Distances, tv_noise_floor};
use crate::flow::{GridPath, counted};
use crate::sampler::grid::{
    Carrier, Method, Particles, PmfCarrier, SamplerConfig, Setup, Summary, run as walk, spans, sweep_bias,
};
use clap::Args;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer sample grid --denoiser oracle --method exact --steps 64 --push --out pmf.npy --json
  dfm-explorer sample grid --source mask --denoiser noisy:0.2 --method euler --steps 256 --corrector 12,2,0.25 \
--particles 100000 --out cloud.npy
  dfm-explorer sample grid --denoiser net.safetensors --method adaptive --steps 32 --time-grid kappa --push --out p.npy";

/// On the grid: particles, or the whole pmf without Monte-Carlo noise
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SampleGridArgs {
    #[command(flatten)]
    flow: FlowArgs,
    /// oracle (the exact posterior), noisy:EPS (the oracle mixed with EPS, 0 to 1, of the uniform distribution),
    /// noisy-early:EPS (the same only while both tokens are masked), or a trained FILE.safetensors
    #[arg(long, value_name = "D", default_value = "oracle")]
    denoiser: DenoiserSpec,
    /// exact (exact for a frozen denoiser), euler, exponential, adaptive (Euler with steps short enough), tau
    /// (tau-leaping: a token moves if exactly one Poisson event falls on it), midpoint and trapezoidal (two evaluations
    /// a step; --push of the latter takes seconds a step beyond V = 33, and is refused beyond V = 65, from masks beyond
    /// V = 129), ctmc (every jump at its own time, no step error), or maskgit (most confident first; a mask source only)
    #[arg(long, value_name = "M", value_parser = method, default_value = "exact")]
    method: Method,
    /// Number of steps, 1 to 100000; for adaptive the least number, for maskgit its rounds; ctmc has none, and its
    /// result does not depend on the number
    #[arg(long, value_name = "N", value_parser = whole(1, 100_000), allow_hyphen_values = true)]
    steps: usize,
    #[command(flatten)]
    carrier: CarrierArgs,
    #[command(flatten)]
    stepping: StepArgs,
    /// FILE.npy: int64 [P, 2] of particles (the mask is K), float64 [V, V] of a pushed pmf
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: tv, kl, js, off_support, nfe, seconds; noise_floor for particles; clipped_steps if any;
    /// sweep_bias of parallel sweeps: the largest TV to p_t, over up to 8 of the steps, that they leave with the exact
    /// denoiser, however many there are
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What is carried through the steps: exactly one of both.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
struct CarrierArgs {
    /// Run P independent particles, 1 to 10000000
    #[arg(long, value_name = "P", value_parser = whole(1, 10_000_000), allow_hyphen_values = true)]
    particles: Option<usize>,
    /// Push the whole pmf through the sampler: its exact result, no Monte-Carlo noise
    #[arg(long)]
    push: bool,
}

/// A method by name.
pub(in crate::cli) fn method(text: &str) -> Result<Method, String> {
    text.parse::<Method>().map_err(|e| e.to_string())
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    distances: Distances,
    nfe: usize,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    noise_floor: Option<f64>,
    #[serde(skip_serializing_if = "is_zero")]
    clipped_steps: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sweep_bias: Option<f64>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

pub(in crate::cli) fn run(
    args: &SampleGridArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let inputs = args.flow.inputs().file("--denoiser", args.denoiser.file());
    output::check(&args.out, &[Kind::Npy], &inputs)?;
    args.stepping.check(&[args.method])?;
    let spec = args.flow.spec()?;
    let path = Arc::new(spec.path()?);
    args.stepping.check_on(&path)?;
    let denoiser = args.denoiser.build(&path, global)?;
    let denoiser = denoiser.as_ref();
    let count = args.carrier.particles;
    let mut carriers = (
        count.map(|count| Particles::new(&path, count, global.seed())),
        count.is_none().then(|| PmfCarrier::new(&path)),
    );
    let start = Instant::now();
    let setup = Setup {
        path: &path,
        scheduler: spec.scheduler,
        config: args.stepping.config(args.method, args.steps),
    };
    let summary = match &mut carriers {
        (Some(particles), _) => carry(setup, denoiser, particles, console)?,
        (_, Some(pmf)) => carry(setup, denoiser, pmf, console)?,
        _ => Summary::default(),
    };
    let seconds = start.elapsed().as_secs_f64();
    let v = path.vocabulary();
    let (distances, noise_floor) = match &carriers {
        (Some(particles), _) => {
            let states: Vec<i64> = particles.states.as_flattened().iter().map(|&x| i64::from(x)).collect();
            write_npy_i64(&args.out, &[particles.states.len(), 2], &states)?;
            let floor = tv_noise_floor(path.target(), particles.states.len());
            (Distances::between(path.target(), &particles.histogram(v)), Some(floor))
        }
        (None, pmf) => {
            let p = pmf.as_ref().map_or(path.start(), |carrier| &carrier.pmf);
            let values: Vec<f64> = p.iter().copied().collect();
            write_npy_f64(&args.out, &[v, v], &values)?;
            (Distances::between(path.target(), p), None)
        }
    };
    let Summary { nfe, clipped_steps, .. } = summary;
    if clipped_steps > 0 {
        console.warn(&format!(
            "{clipped_steps} of {} {} too long for euler: {} probabilities were cut off at 1; take more steps, or exact or \
             adaptive",
            counted(nfe, "step"),
            if clipped_steps == 1 { "was" } else { "were" },
            if clipped_steps == 1 { "its" } else { "their" },
        ));
    }
    let sweep_bias = largest_sweep_bias(setup)?;
    let report = Report { distances, nfe, seconds, noise_floor, clipped_steps, sweep_bias };
    console.result(&report, || in_words(&report, args))
}

/// Steps at whose ends the bias of parallel sweeps is looked at.
const BIAS_LOOKS: usize = 8;

/// The largest stationary bias of the parallel sweeps of a run; none without them.
fn largest_sweep_bias(setup: Setup<'_>) -> Result<Option<f64>, CliError> {
    let Setup { path, scheduler, config } = setup;
    if config.sweeps.count == 0 || !config.sweeps.parallel {
        return Ok(None);
    }
    let all = spans(&config, path, scheduler)?;
    let swept = all.iter().filter(|span| !span.last);
    let mut most = 0.0f64;
    for span in swept.step_by(all.len().div_ceil(BIAS_LOOKS)) {
        let bias = sweep_bias(path, scheduler.at(span.t_next), config.sweeps, || true)?;
        most = most.max(bias.map_or(0.0, |bias| bias.tv));
    }
    Ok(Some(most))
}

fn in_words(report: &Report, args: &SampleGridArgs) -> String {
    let Distances { tv, kl, js, off_support } = report.distances;
    let noise = report.noise_floor.map_or(String::new(), |n| format!(" ({n:.6} is Monte-Carlo noise)"));
    let bias = report.sweep_bias.map_or(String::new(), |bias| {
        format!("\nparallel sweeps alone would leave TV {bias:.6} to pₜ with the exact denoiser")
    });
    format!(
        "{}: {} in {:.2} s\nTV to the target {tv:.6}{noise}, KL {kl:.6} nats, JS {js:.6} nats, \
         mass off the support {off_support:.6}{bias}",
        args.out.display(),
        counted(report.nfe, "denoiser evaluation"),
        report.seconds,
    )
}

/// Runs the sampler with a progress bar.
fn carry<C: Carrier>(
    setup: Setup<'_>,
    denoiser: &dyn Denoiser,
    carrier: &mut C,
    console: &Console,
) -> Result<Summary, CliError> {
    let bar = console.bar(setup.config.steps as u64, "{bar:40} step {pos} of {len}  {eta} left");
    let summary = walk(setup, denoiser, carrier, |_, moment| {
        bar.set_length(moment.total as u64);
        bar.set_position(moment.done as u64);
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    Ok(summary?)
}

/// The pmf at the end of an exact sampler with `steps` steps, and what it cost.
pub(in crate::cli) fn push_exactly(
    path: &GridPath,
    scheduler: crate::flow::Scheduler,
    denoiser: &dyn Denoiser,
    steps: usize,
    console: &Console,
) -> Result<(PmfCarrier, Summary), CliError> {
    let config = SamplerConfig { steps, ..SamplerConfig::default() };
    let mut pushed = PmfCarrier::new(path);
    let summary = carry(Setup { path, scheduler, config }, denoiser, &mut pushed, console)?;
    Ok((pushed, summary))
}
