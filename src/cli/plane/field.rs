//! `field plane`: everything exact about a flow at one time, at a point or at many.

use crate::cli::console::Console;
use crate::cli::output::{self, Kind};
use crate::cli::plane::PlaneFlowArgs;
use crate::cli::plane::checkpoint::{Asked, CheckpointArg};
use crate::cli::values::number;
use crate::cli::{CliError, GlobalArgs};
use crate::data::plane::read_points;
use crate::data::write_npy_f64;
use crate::flow::plane::{AffinePath, FURTHEST, Fields, PointFields};
use crate::model::plane::PlaneNetwork;
use crate::sampler::plane::{Answers, PlaneCoupling, velocity_on};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::str::FromStr;

/// Most points of a file.
const MOST_POINTS: usize = 1_000_000;

const EXAMPLES: &str = "\
Rates are per unit of the path's own t. What is known at x_t = X,Y:
  density     p_t(x)
  velocity    u_t(x), the exact velocity of the flow [2]
  score       ∇ ln p_t(x) [2]; null under a coupling that is not independent: no velocity gives it
  divergence  div u
  dpdt        ∂p/∂t = −div(pu)
  x1, x0      E[x₁ | x_t], E[x₀ | x_t]: the predicted datum and noise [2]
  trace_cov   tr Cov[x₁ | x_t]
Where no mass ever is, all but density and dpdt are null. With --checkpoint velocity, score, x1, x0 and divergence are the
network's, density stays the exact one, and dpdt and trace_cov, of which a velocity says nothing, are null.

Examples:
  dfm-explorer field plane --target ring --path cond-ot --t 0.5 --at 1,0.5 --json
  dfm-explorer field plane --target mixture:three.csv --path vp --t 0.7 --at points.csv --json
  dfm-explorer field plane --target grid:moons --source square:3 --t 0.5 --at points.csv --out fields.npy
  dfm-explorer field plane --checkpoint ring.safetensors --t 0.5 --at 1,0.5 --json";

/// On the plane: density, velocity, score, divergence and posterior means, exactly, at a point or at many
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct FieldPlaneArgs {
    #[command(flatten)]
    flow: PlaneFlowArgs,
    #[command(flatten)]
    network: CheckpointArg,
    /// The time, 0 (noise) to 1 (data)
    #[arg(long, value_name = "T", value_parser = number(0.0..=1.0, "a number from 0 to 1"), allow_hyphen_values = true)]
    t: f64,
    /// Where: a point X,Y, or a FILE.csv or FILE.npy with rows x,y
    #[arg(long, value_name = "X,Y|FILE", allow_hyphen_values = true)]
    at: At,
    /// FILE.npy (float64 [points, 12]) or FILE.csv with all values, in the order density, velocity, score, divergence,
    /// dpdt, x1, x0, trace_cov
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object; of a file of points a list of them, in order
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Where fields are asked for.
#[derive(Clone, Debug, PartialEq)]
enum At {
    Point([f64; 2]),
    File(PathBuf),
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        let is_file = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("csv") || end.eq_ignore_ascii_case("npy"));
        if is_file {
            return Ok(Self::File(path));
        }
        let numbers: Option<Vec<f64>> = text.split(',').map(|word| word.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[x, y]) if [x, y].iter().all(|x| (-FURTHEST..=FURTHEST).contains(x)) => {
                Ok(Self::Point([x, y]))
            }
            _ => Err("expected X,Y with numbers from -1e6 to 1e6, FILE.csv or FILE.npy".to_owned()),
        }
    }
}

/// Names of the columns of a table.
const COLUMNS: [&str; 12] = [
    "density",
    "velocity_x",
    "velocity_y",
    "score_x",
    "score_y",
    "divergence",
    "dpdt",
    "x1_x",
    "x1_y",
    "x0_x",
    "x0_y",
    "trace_cov",
];

#[derive(Serialize)]
struct Report {
    density: f64,
    velocity: [f64; 2],
    score: Option<[f64; 2]>,
    divergence: f64,
    dpdt: f64,
    x1: [f64; 2],
    x0: [f64; 2],
    trace_cov: f64,
}

impl Report {
    fn new(values: PointFields, has_score: bool) -> Self {
        Self {
            density: values.density,
            velocity: values.velocity,
            score: has_score.then_some(values.score),
            divergence: values.divergence,
            dpdt: values.slope,
            x1: values.one,
            x0: values.zero,
            trace_cov: values.trace_cov,
        }
    }

    fn row(&self) -> [f64; 12] {
        let ([u1, u2], [s1, s2]) = (self.velocity, self.score.unwrap_or([f64::NAN; 2]));
        let ([a1, a2], [b1, b2]) = (self.x1, self.x0);
        [self.density, u1, u2, s1, s2, self.divergence, self.dpdt, a1, a2, b1, b2, self.trace_cov]
    }
}

pub(in crate::cli) fn run(
    args: &FieldPlaneArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let mut inputs = args.flow.inputs().file("--checkpoint", args.network.checkpoint.as_deref());
    if let At::File(file) = &args.at {
        inputs = inputs.file("--at", Some(file));
    }
    let kind =
        args.out.as_ref().map(|out| output::check(out, &[Kind::Npy, Kind::Csv], &inputs)).transpose()?;
    let points = match &args.at {
        At::Point(point) => vec![*point],
        At::File(file) => read_points(file, "--at", MOST_POINTS)?,
    };
    let asked = Asked::new(&args.flow, &args.network, AffinePath::CondOt, global.seed())?;
    let flow = &asked.flow;
    let at = flow.at(args.t).map_err(|why| CliError::from(why).about("--t"))?;
    let [x, y]: [Vec<f64>; 2] = [0, 1].map(|axis| points.iter().map(|point| point[axis]).collect());
    let mut fields = Fields::default();
    at.fields([&x, &y], &mut fields);
    let has_score = match &asked.learned {
        Some((_, record)) => record.config.coupling == PlaneCoupling::Independent,
        None => flow.is_independent(),
    };
    if let Some((network, _)) = &asked.learned {
        learned(network, flow.path(), args.t, [&x, &y], &mut fields)?;
    }
    if asked.learned.is_none() && !flow.is_independent() {
        console.warn(&format!(
            "under the coupling {} no velocity gives a score: it is left out",
            args.flow.coupling
        ));
    }
    let reports: Vec<Report> = (0..points.len()).map(|n| Report::new(fields.at(n), has_score)).collect();
    if let (Some(out), Some(kind)) = (&args.out, kind) {
        write(out, kind, &reports)?;
    }
    match (&args.at, reports.first()) {
        (At::Point(point), Some(report)) => console.result(report, || in_words(args, &asked, *point, report)),
        _ => console.result(&reports, || summary(args, &asked, &reports)),
    }
}

/// What a network says in place of the exact values; the slopes of its velocity are differences over a hundredth.
fn learned(
    network: &PlaneNetwork,
    path: AffinePath,
    t: f64,
    [x, y]: [&[f64]; 2],
    fields: &mut Fields,
) -> Result<(), CliError> {
    const STEP: f64 = 1e-2;
    let points = [x.to_vec(), y.to_vec()];
    let Answers { velocity, one, zero, score } = Answers::of(network, path, t, &points)?;
    (fields.velocity, fields.one, fields.zero, fields.score) = (velocity, one, zero, score);
    fields.divergence.fill(0.0);
    for axis in [0, 1] {
        let moved = |by: f64| {
            let mut points = points.clone();
            points[axis].iter_mut().for_each(|x| *x += by);
            velocity_on(network, path, t, &points)
        };
        let (after, before) = (moved(0.5 * STEP)?, moved(-0.5 * STEP)?);
        let slopes = after[axis].iter().zip(&before[axis]).map(|(a, b)| (a - b) / STEP);
        fields.divergence.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
    }
    fields.slope.fill(f64::NAN);
    fields.trace_cov.fill(f64::NAN);
    Ok(())
}

fn write(out: &std::path::Path, kind: Kind, reports: &[Report]) -> Result<(), CliError> {
    let rows = reports.iter().map(Report::row);
    if kind == Kind::Npy {
        let values: Vec<f64> = rows.flatten().collect();
        return Ok(write_npy_f64(out, &[reports.len(), COLUMNS.len()], &values)?);
    }
    let mut text = COLUMNS.join(",");
    for row in rows {
        text.push('\n');
        // Debug has an exponent where there would be hundreds of zeros.
        text.push_str(&row.map(|value| format!("{value:?}")).join(","));
    }
    text.push('\n');
    output::write_bytes(out, text.as_bytes())
}

fn in_words(args: &FieldPlaneArgs, asked: &Asked, [x, y]: [f64; 2], report: &Report) -> String {
    let pair = |[a, b]: [f64; 2]| format!("({a:.9}, {b:.9})");
    let path = args.flow.path.unwrap_or_default();
    format!(
        "{} on {path} at t = {}, x = ({x}, {y})\n\
         density    {:.9e}\nvelocity   {}\nscore      {}\ndivergence {:.9}\ndp/dt      {:.9e}\n\
         E[x1|x]    {}\nE[x0|x]    {}\ntr Cov     {:.9}",
        asked.words(),
        args.t,
        report.density,
        pair(report.velocity),
        report.score.map_or_else(|| "none".to_owned(), pair),
        report.divergence,
        report.dpdt,
        pair(report.x1),
        pair(report.x0),
        report.trace_cov,
    )
}

fn summary(args: &FieldPlaneArgs, asked: &Asked, reports: &[Report]) -> String {
    let points = crate::flow::counted(reports.len(), "point");
    let most = reports.iter().map(|report| report.density).fold(0.0, f64::max);
    let out = args.out.as_ref().map_or_else(String::new, |out| format!("{}: ", out.display()));
    format!(
        "{out}{points} of {} at t = {}, density up to {most:.6e}{}",
        asked.words(),
        args.t,
        if args.out.is_none() { "; give --json or --out FILE to see all values" } else { "" }
    )
}
