//! `curve`: how good samplers get with more evaluations, exactly: no Monte-Carlo noise.

use crate::cli::console::Console;
use crate::cli::grid::FlowArgs;
use crate::cli::grid::flow_args::{SchedulerArg, scheduler};
use crate::cli::grid::sample::method;
use crate::cli::grid::step_args::StepArgs;
use crate::cli::output::{self, Kind};
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};

use crate::experiment::grid::DenoiserSpec;
use crate::flow::metrics::Distances;
use crate::flow::{Scheduler, counted};
use crate::sampler::SamplerError;
use crate::sampler::grid::{CurvePoint, Method, curve_point};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer curve --methods exact,euler,tau --schedulers linear,cubic --steps 1,2,4,8,16,32,64 --out curve.csv
  dfm-explorer curve --source mask --denoiser noisy-early:0.4 --corrector 12,2,0.25 --out corrected.csv --json

Lists are separated by commas. A scheduler whose parameters hold a comma gets a flag of its own:
  dfm-explorer curve --schedulers linear,power:1.5 --schedulers hermite:0,2 --out curve.csv";

/// Measure TV, KL and JS to the target against the number of denoiser evaluations (NFE)
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CurveArgs {
    #[command(flatten)]
    flow: FlowArgs,
    /// Samplers: exact, euler, exponential, adaptive, tau, midpoint, trapezoidal (its pmf takes seconds a step beyond V =
    /// 33 and can't be had beyond V = 65, from masks beyond V = 129), ctmc, maskgit. One that the flow does not have is
    /// left out, and one that takes no corrector is measured without: both are said
    #[arg(long, value_name = "M,…", value_delimiter = ',', value_parser = method, default_value = "exact")]
    methods: Vec<Method>,
    /// Schedulers, comma separated, kinetic among them; hermite:A,B one at a time by giving the flag again [default: the
    /// FLOW's]
    #[arg(long, value_name = "S,…", value_parser = schedulers)]
    schedulers: Vec<Schedulers>,
    /// Numbers of steps, each 1 to 100000
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        value_parser = whole(1, 100_000),
        default_value = "1,2,4,8,16,32,64,128,256",
        allow_hyphen_values = true
    )]
    steps: Vec<usize>,
    /// oracle, noisy:EPS, noisy-early:EPS or FILE.safetensors
    #[arg(long, value_name = "D", default_value = "oracle")]
    denoiser: DenoiserSpec,
    #[command(flatten)]
    stepping: StepArgs,
    /// FILE.csv: one row a scheduler, method and number of steps
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: points, an array of the rows
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What one `--schedulers` names.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Schedulers(pub Vec<SchedulerArg>);

/// A single scheduler, whose parameters may hold a comma, or a list of them.
pub(in crate::cli) fn schedulers(text: &str) -> Result<Schedulers, String> {
    if let Ok(one) = scheduler(text) {
        return Ok(Schedulers(vec![one]));
    }
    text.split(',').map(|name| scheduler(name.trim())).collect::<Result<_, _>>().map(Schedulers)
}

/// One point of a curve.
#[derive(Clone, Debug, Serialize)]
struct Point {
    scheduler: String,
    method: String,
    steps: usize,
    nfe: usize,
    #[serde(flatten)]
    distances: Distances,
    clipped_steps: usize,
}

#[derive(Serialize)]
struct Report {
    points: Vec<Point>,
}

pub(in crate::cli) fn run(args: &CurveArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let inputs = args.flow.inputs().file("--denoiser", args.denoiser.file());
    output::check(&args.out, &[Kind::Csv], &inputs)?;
    let spec = args.flow.spec()?;
    for lacking in args.stepping.check_some(&args.methods)? {
        console.warn(&format!("{lacking}: it is measured without"));
    }
    let path = Arc::new(spec.path()?);
    args.stepping.check_on(&path)?;
    let denoiser = args.denoiser.build(&path, global.device)?;
    let named = args.schedulers.iter().flat_map(|list| &list.0).map(|named| named.on(&path));
    let named: Vec<Scheduler> =
        named.collect::<Result<_, _>>().map_err(|why| CliError::from(why).about("--schedulers"))?;
    let all = if named.is_empty() { vec![spec.scheduler] } else { named };
    let total = all.len() * args.methods.len() * args.steps.len();
    let bar = console.bar(total as u64, "{bar:40} {pos} of {len} runs  {eta} left");
    let mut points = Vec::with_capacity(total);
    let mut left_out: Vec<(Method, String)> = Vec::new();
    for (&scheduler, &method) in all.iter().flat_map(|s| args.methods.iter().map(move |m| (s, m))) {
        for &steps in &args.steps {
            bar.inc(1);
            if left_out.iter().any(|(gone, _)| *gone == method) {
                continue;
            }
            let config = args.stepping.config(method, steps).effective();
            let point = match curve_point(&path, denoiser.as_ref(), scheduler, config, || true) {
                Err(SamplerError::Setting(why)) => {
                    left_out.push((method, why.to_string()));
                    None
                }
                done => done?,
            };
            points.extend(point.map(|CurvePoint { nfe, distances, clipped_steps, .. }| Point {
                scheduler: scheduler.to_string(),
                method: method.to_string(),
                steps,
                nfe,
                distances,
                clipped_steps,
            }));
        }
    }
    if let (true, Some((_, why))) = (points.is_empty(), left_out.first()) {
        return Err(CliError::Input(why.clone()));
    }
    // A method whose first steps are quick may turn out too slow later: it has no half curves.
    points.retain(|point: &Point| left_out.iter().all(|(gone, _)| gone.to_string() != point.method));
    bar.finish_and_clear();
    // The first one is the error where there is nothing else.
    for (method, why) in left_out.iter().skip(usize::from(points.is_empty())) {
        console.warn(&format!("{method} is left out: {why}"));
    }
    if let (true, Some((method, why))) = (points.is_empty(), left_out.first()) {
        return Err(CliError::Failed(format!("nothing was measured: {method} is left out: {why}")));
    }
    let table = to_csv(&points).map_err(|error| CliError::Failed(error.to_string()))?;
    output::write_bytes(&args.out, &table)?;
    let report = Report { points };
    console.result(&report, || in_words(&report, args))
}

fn to_csv(points: &[Point]) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        "scheduler",
        "method",
        "steps",
        "nfe",
        "tv",
        "kl",
        "js",
        "off_support",
        "clipped_steps",
    ])?;
    for point in points {
        let Distances { tv, kl, js, off_support } = point.distances;
        table.serialize((
            &point.scheduler,
            &point.method,
            point.steps,
            point.nfe,
            tv,
            kl,
            js,
            off_support,
            point.clipped_steps,
        ))?;
    }
    Ok(table.into_inner()?)
}

fn in_words(report: &Report, args: &CurveArgs) -> String {
    let runs = counted(report.points.len(), "run");
    let mut text = format!("{}: {runs}, TV to the target", args.out.display());
    for line in report.points.chunk_by(|a, b| (&a.scheduler, &a.method) == (&b.scheduler, &b.method)) {
        let values: Vec<_> = line.iter().map(|p| format!("{}:{:.5}", p.nfe, p.distances.tv)).collect();
        text.push_str(&format!("\n{} {}  {}", line[0].scheduler, line[0].method, values.join(" ")));
    }
    text
}
