//! `curve`: how good samplers get with more evaluations, exactly: no Monte-Carlo noise.

use crate::cli::console::Console;
use crate::cli::grid::FlowArgs;
use crate::cli::grid::export::{self, ExportArgs};
use crate::cli::grid::flow_args::{SchedulerArg, scheduler};
use crate::cli::grid::measured_curves::measured_curves;
use crate::cli::grid::sample::method;
use crate::cli::grid::step_args::StepArgs;
use crate::cli::output::{self, Kind};
use crate::cli::page_args::PageArgs;
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};

use crate::experiment::grid::DenoiserSpec;
use crate::flow::metrics::Distances;
use crate::flow::{Scheduler, counted};
use crate::sampler::grid::{Curve, Method, Sampler};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer curve --methods exact,euler,tau --schedulers linear,cubic --steps 1,2,4,8,16,32,64 --out curve.csv
  dfm-explorer curve --methods exact,euler --denoisers oracle,noisy:0.1 --out curves.pdf
  dfm-explorer curve --source mask --denoiser noisy-early:0.4 --corrector 12,2,0.25 --out corrected.csv --json

Lists are separated by commas. A scheduler whose parameters hold a comma gets a flag of its own:
  dfm-explorer curve --schedulers linear,power:1.5 --schedulers hermite:0,2 --out curve.csv";

/// Measure TV, KL and JS to the target against the number of denoiser evaluations (NFE)
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CurveArgs {
    #[command(flatten)]
    pub(super) flow: FlowArgs,
    /// Samplers: exact, euler, exponential, adaptive, tau, midpoint, trapezoidal (its pmf takes seconds a step beyond V =
    /// 33 and can't be had beyond V = 65, from masks beyond V = 129), ctmc, maskgit. One that the flow does not have is
    /// left out, and one that takes no corrector is measured without: both are said
    #[arg(
        long,
        visible_alias = "method",
        value_name = "M,…",
        value_delimiter = ',',
        value_parser = method,
        default_value = "exact"
    )]
    pub(super) methods: Vec<Method>,
    /// Schedulers, comma separated, kinetic among them; hermite:A,B one at a time by giving the flag again [default: the
    /// FLOW's]
    #[arg(long, value_name = "S,…", value_parser = schedulers)]
    pub(super) schedulers: Vec<Schedulers>,
    /// Numbers of steps, each 1 to 100000
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        value_parser = whole(1, 100_000),
        default_value = "1,2,4,8,16,32,64,128,256",
        allow_hyphen_values = true
    )]
    pub(super) steps: Vec<usize>,
    /// oracle, noisy:EPS, noisy-early:EPS or FILE.safetensors [default: oracle]
    #[arg(long, value_name = "D")]
    pub(super) denoiser: Option<DenoiserSpec>,
    /// Several of them to compare, comma separated
    #[arg(long, value_name = "D,…", value_parser = denoisers, conflicts_with = "denoiser")]
    pub(super) denoisers: Vec<Denoisers>,
    #[command(flatten)]
    pub(super) stepping: StepArgs,
    #[command(flatten)]
    pub(super) page: PageArgs,
    /// FILE.csv: one row a denoiser, scheduler, method and number of steps; FILE.png, FILE.svg or FILE.pdf: the figure
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
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

/// What one `--denoisers` names.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Denoisers(pub Vec<DenoiserSpec>);

/// A list of denoisers, or the file of a single one whose name holds a comma.
pub(in crate::cli) fn denoisers(text: &str) -> Result<Denoisers, String> {
    let one = |text: &str| text.trim().parse::<DenoiserSpec>().map_err(|why| why.to_string());
    if std::path::Path::new(text).exists() {
        return one(text).map(|one| Denoisers(vec![one]));
    }
    text.split(',').map(one).collect::<Result<_, _>>().map(Denoisers)
}

/// One point of a curve.
#[derive(Clone, Debug, Serialize)]
struct Point {
    /// Where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    denoiser: Option<String>,
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
    let specs: Vec<DenoiserSpec> =
        match args.denoisers.iter().flat_map(|list| list.0.clone()).collect::<Vec<_>>() {
            several if !several.is_empty() => several,
            _ => vec![args.denoiser.clone().unwrap_or_default()],
        };
    let mut inputs = args.flow.inputs();
    for spec in &specs {
        inputs =
            inputs.file(if args.denoisers.is_empty() { "--denoiser" } else { "--denoisers" }, spec.file());
    }
    let kind = output::check(&args.out, &[Kind::Csv, Kind::Png, Kind::Svg, Kind::Pdf], &inputs)?;
    args.page.refuse_for(kind)?;
    let spec = args.flow.spec()?;
    for lacking in args.stepping.check_some(&args.methods)? {
        console.warn(&format!("{lacking}: it is measured without"));
    }
    let path = Arc::new(spec.path()?);
    args.stepping.check_on(&path)?;
    let named = args.schedulers.iter().flat_map(|list| &list.0).map(|named| named.on(&path));
    let named: Vec<Scheduler> =
        named.collect::<Result<_, _>>().map_err(|why| CliError::from(why).about("--schedulers"))?;
    let all = if named.is_empty() { vec![spec.scheduler] } else { named };
    let config = |method| args.stepping.config(method, 1).effective();
    let of =
        |&scheduler| args.methods.iter().map(move |&method| Sampler { scheduler, config: config(method) });
    let samplers: Vec<Sampler> = all.iter().flat_map(of).collect();
    let (curves, left_out) = measured_curves(&path, (&specs, global), (&samplers, &args.steps), console)?;
    let points: Vec<Point> = curves.iter().flat_map(points_of).collect();
    if kind == Kind::Csv {
        let table = to_csv(&points).map_err(|error| CliError::Failed(error.to_string()))?;
        output::write_bytes(&args.out, &table)?;
    } else {
        export::curves(&ExportArgs::of_curves(args), global, kind, (&curves, &left_out))?;
    }
    let report = Report { points };
    console.result(&report, || in_words(&report, args))
}

/// The points of a curve as rows of a table.
fn points_of(curve: &Curve) -> impl Iterator<Item = Point> {
    curve.points.iter().map(|point| Point {
        denoiser: curve.denoiser.clone(),
        scheduler: curve.sampler.scheduler.to_string(),
        method: curve.sampler.config.method.to_string(),
        steps: point.steps,
        nfe: point.nfe,
        distances: point.distances,
        clipped_steps: point.clipped_steps,
    })
}

fn to_csv(points: &[Point]) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    // A column of denoisers only where there are several.
    let several = points.iter().any(|point| point.denoiser.is_some());
    let names = ["scheduler", "method", "steps", "nfe", "tv", "kl", "js", "off_support", "clipped_steps"];
    table.write_record(several.then_some("denoiser").into_iter().chain(names))?;
    for point in points {
        let Distances { tv, kl, js, off_support } = point.distances;
        let row = (
            (&point.scheduler, &point.method, point.steps, point.nfe),
            (tv, kl, js, off_support, point.clipped_steps),
        );
        match &point.denoiser {
            Some(denoiser) if several => table.serialize((denoiser, row))?,
            _ => table.serialize(row)?,
        }
    }
    Ok(table.into_inner()?)
}

fn in_words(report: &Report, args: &CurveArgs) -> String {
    let runs = counted(report.points.len(), "run");
    let mut text = format!("{}: {runs}, TV to the target", args.out.display());
    let key = |point: &Point| (point.denoiser.clone(), point.scheduler.clone(), point.method.clone());
    for line in report.points.chunk_by(|a, b| key(a) == key(b)) {
        let values: Vec<_> = line.iter().map(|p| format!("{}:{:.5}", p.nfe, p.distances.tv)).collect();
        let denoiser = line[0].denoiser.as_ref().map_or_else(String::new, |denoiser| format!("{denoiser} "));
        text.push_str(&format!("\n{denoiser}{} {}  {}", line[0].scheduler, line[0].method, values.join(" ")));
    }
    text
}
