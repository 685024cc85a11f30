//! `curve plane`: how good samplers get with more evaluations, without Monte-Carlo noise.

use crate::cli::console::Console;
use crate::cli::output::{self, Kind};
use crate::cli::plane::PlaneFlowArgs;
use crate::cli::plane::checkpoint::{Asked, CheckpointArg, ToldArgs, ToldReport};
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};
use crate::denoiser::plane::Denoiser;
use crate::experiment::plane::{Telling, denoisers};
use crate::flow::counted;
use crate::flow::plane::AffinePath;
use crate::sampler::plane::{
    CurveSetup, DiffusionStart, Measure, MethodOnPath, PlaneCurve, PlaneCurves, PlaneMethod, PlaneSampler,
    PlaneTimes, Precision, plane_curves,
};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer curve plane --methods euler,midpoint,rk4,dopri5 --out end-points.csv
  dfm-explorer curve plane --measure tv --methods euler,midpoint,rk4,ddim:0,ddpm,ddpm:beta,sde:1,tame:1 --out needed.csv
  dfm-explorer curve plane --target three --measure kl --methods euler,heun --nfe 8,16,32,64 --out kl.csv --json
  dfm-explorer curve plane --measure tv --methods superposition:0.5,0.3 --methods euler@vp --out vp.csv
  dfm-explorer curve plane --checkpoint ring.safetensors --measure tv --methods euler,ddpm --out network.csv

floor is what measuring so shows of the exact flow itself, whoever answers: of deterministic samplers what their lattice of
starts does, of noisy ones at most what their raster does, of jumps where their flow ends. A value near it says nothing. A
network's own error stands beside it, as that of many steps.

Lists are separated by commas; a method whose parameters hold a comma gets a flag of its own. METHOD@PATH is the method on
another path than --path or its usual one.";

/// On the plane: error against the number of evaluations (NFE) of any set of samplers, with the exact velocity or a network
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CurvePlaneArgs {
    #[command(flatten)]
    flow: PlaneFlowArgs,
    #[command(flatten)]
    network: CheckpointArg,
    #[command(flatten)]
    told: ToldArgs,
    /// Samplers as of `sample plane --method`, each with @PATH where it is not on its usual path
    #[arg(long, visible_alias = "method", value_name = "M,…", value_parser = methods, default_value = "euler,midpoint,rk4")]
    methods: Vec<Methods>,
    /// When they step: own, t-star, ddpm, log-snr or edm [default: ddpm for ddpm and ddim, else own]
    #[arg(long, value_name = "TIMES")]
    times: Option<PlaneTimes>,
    /// Numbers of evaluations a particle, each 1 to 100000; dopri5 has as many tolerances in their place, from 0.1 down by tens,
    /// and dopri5:TOL this one alone
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        value_parser = whole(1, 100_000),
        default_value = "4,8,16,32,64,128",
        allow_hyphen_values = true
    )]
    nfe: Vec<usize>,
    /// end-point (RMS distance to a fine solution from the same starts; deterministic samplers), tv (total variation on
    /// 32 × 32 cells, all samplers), kl (of deterministic samplers of fixed steps, on mixtures)
    #[arg(long, value_name = "MEASURE", default_value = "end-point")]
    measure: Measure,
    /// Coarser lattices and rasters, as for curves that are drawn live; the floors say how much coarser
    #[arg(long)]
    quick: bool,
    /// FILE.csv: one row a method and number of evaluations
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: points, an array of the rows, of dopri5 with tol, of ddpm and ddim with T and alpha_T of where they begin; fine, of a network with tv: what many steps of an ODE method show; left_out, why some methods have none; of a network
    /// with codes guidance and code (null: from the prior)
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What one `--methods` names.
#[derive(Clone, Debug)]
pub struct Methods(Vec<MethodOnPath>);

impl Methods {
    /// All of them, each with its path where it is not its usual one.
    pub fn all(&self) -> &[MethodOnPath] {
        &self.0
    }
}

/// Reads a list of them.
pub(super) fn methods(text: &str) -> Result<Methods, String> {
    MethodOnPath::list(text).map(Methods).map_err(|why| why.to_string())
}

#[derive(Serialize)]
struct Point {
    method: String,
    path: String,
    times: String,
    steps: usize,
    nfe: usize,
    value: f64,
    floor: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tol: Option<f64>,
    #[serde(flatten)]
    start: Option<DiffusionStart>,
}

/// The points of one method that was given.
struct Line {
    name: String,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Report {
    measure: String,
    /// As one array of points.
    #[serde(rename = "points", serialize_with = "points_of")]
    lines: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fine: Option<f64>,
    left_out: Vec<String>,
    #[serde(flatten)]
    told: Option<ToldReport>,
}

fn points_of<S: serde::Serializer>(lines: &[Line], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(lines.iter().flat_map(|line| &line.points))
}

pub(in crate::cli) fn run(
    args: &CurvePlaneArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let inputs = args.flow.inputs().file("--checkpoint", args.network.checkpoint.as_deref());
    output::check(&args.out, &[Kind::Csv], &inputs)?;
    let asked = Asked::new(&args.flow, &args.network, AffinePath::CondOt, global.seed())?;
    if args.measure == Measure::Kl && asked.learned.is_some() {
        let why = "--measure kl: the slopes of a network are not known; take end-point or tv";
        return Err(CliError::Input(why.to_owned()));
    }
    let samplers: Vec<PlaneSampler> = args
        .methods
        .iter()
        .flat_map(Methods::all)
        .map(|&MethodOnPath { method, path }| {
            let (usual, times) = method.usual();
            let path = path.or(args.flow.path).unwrap_or(usual);
            PlaneSampler { method, path, times: args.times.unwrap_or(times), steps: 1 }
        })
        .collect();
    let (samplers, refused): (Vec<PlaneSampler>, Vec<PlaneSampler>) =
        samplers.into_iter().partition(|sampler| asked.check(sampler.method).is_ok());
    let (seed, precision) = (global.seed(), if args.quick { Precision::LIVE } else { Precision::FINE });
    let telling = asked.telling(&args.told)?;
    // Each start has its code; masses are carried by one network for every code.
    let each = telling
        .as_ref()
        .map(|telling| telling.each(precision.starts, seed))
        .transpose()
        .map_err(CliError::Input)?;
    let parts =
        telling.as_ref().map(Telling::parts).transpose().map_err(CliError::Input)?.unwrap_or_default();
    let setup = CurveSetup {
        flow: &asked.flow,
        denoiser: each.as_ref().map_or(asked.denoiser(), |each| each as &dyn Denoiser),
        parts: &denoisers(&parts),
        measure: args.measure,
        precision,
        exact: asked.exact(),
        seed,
    };
    let mut nfe = args.nfe.clone();
    nfe.sort_unstable();
    nfe.dedup();
    let busy = console.busy("measuring");
    let found = plane_curves(setup, &samplers, &nfe, || true)?;
    drop(busy);
    // All of it is there: nothing stops it.
    let fine = found.as_ref().and_then(|found| found.fine);
    let refused = refused.iter().filter_map(|sampler| asked.check(sampler.method).err());
    let left_out = found.iter().flat_map(PlaneCurves::left_out);
    let left_out: Vec<String> = refused.map(|why| why.to_string()).chain(left_out).collect();
    for why in &left_out {
        console.warn(&format!("{why}: it is left out"));
    }
    let of = |curve: &PlaneCurve| {
        let PlaneSampler { method, path, times, .. } = curve.sampler;
        let points = curve.points.iter().map(|point| Point {
            method: point.tol.map_or(method, |tol| PlaneMethod::Dopri5 { tol: Some(tol) }).to_string(),
            path: path.to_string(),
            times: times.to_string(),
            steps: point.steps,
            nfe: point.nfe,
            value: point.value,
            floor: point.floor,
            tol: point.tol,
            start: PlaneSampler { steps: point.steps, ..curve.sampler }.diffusion_start(),
        });
        Line { name: format!("{method} on {path}"), points: points.collect() }
    };
    let lines: Vec<Line> = found.iter().flat_map(PlaneCurves::drawn).map(of).collect();
    if lines.is_empty() {
        let (measure, why) = (args.measure, left_out.join("; "));
        return Err(CliError::Input(format!(
            "--measure {measure}: none of the methods can be measured by it: {why}"
        )));
    }
    let told = telling.as_ref().map(ToldReport::from);
    let report = Report { measure: args.measure.to_string(), lines, fine, left_out, told };
    let table = to_csv(&report).map_err(|error| CliError::Failed(error.to_string()))?;
    output::write_bytes(&args.out, &table)?;
    console.result(&report, || in_words(args, &asked, telling.as_ref(), &report))
}

fn to_csv(report: &Report) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["method", "path", "times", "steps", "nfe", &report.measure, "floor"])?;
    for point in report.lines.iter().flat_map(|line| &line.points) {
        let Point { method, path, times, steps, nfe, value, floor, .. } = point;
        table.serialize((method, path, times, steps, nfe, value, floor))?;
    }
    Ok(table.into_inner()?)
}

fn in_words(args: &CurvePlaneArgs, asked: &Asked, telling: Option<&Telling>, report: &Report) -> String {
    let runs = counted(report.lines.iter().map(|line| line.points.len()).sum::<usize>(), "run");
    let codes = telling.map_or_else(String::new, |telling| format!(", {}", telling.told.words()));
    let mut text = format!("{}: {runs}, {} to {}{codes}", args.out.display(), report.measure, asked.words());
    for Line { name, points } in &report.lines {
        // The adaptive method has a tolerance in each of its points.
        let tol = |p: &Point| p.tol.map_or_else(String::new, |tol| format!(" ({tol})"));
        let values: Vec<_> = points.iter().map(|p| format!("{}:{:.5}{}", p.nfe, p.value, tol(p))).collect();
        let floor = points.iter().map(|point| point.floor).fold(0.0, f64::max);
        let floor = if floor > 0.0 { format!("  (floor {floor:.5})") } else { String::new() };
        let start = points.iter().find_map(|point| point.start).map_or_else(String::new, |start| {
            let schedule = start.schedule.map_or_else(String::new, |steps| format!("T = {steps}, "));
            format!("  ({schedule}α_T = {:.5})", start.alpha)
        });
        text.push_str(&format!("\n{name}  {}{floor}{start}", values.join(" ")));
    }
    if let Some(fine) = report.fine {
        text.push_str(&format!("\nmany steps of the network  {fine:.5}"));
    }
    text
}
