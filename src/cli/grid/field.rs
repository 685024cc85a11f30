//! `field`: one exact quantity of a flow at one time, as numbers or as a figure.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::grid::quantity::{Quantity, Values};
use crate::cli::grid::{FlowArgs, field_figure};
use crate::cli::output::{self, Kind};
use crate::cli::page_args::{PageArgs, page_of};
use crate::cli::values::number;

use crate::data::{write_csv, write_npy_f64};
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
V = K, or K + 1 with a mask source. Rates are per unit of t, axis 0 is token 1, axis 1 token 2.
  pmf                      p_t [V, V]
  dpdt                     dp/dt [V, V]
  divergence               −dp/dt [V, V]
  divergence-1, -2         its parts along token 1 and token 2 [V, V]
  current-1, -2            net flux up through each cut [V+1, V], [V, V+1];
                           0 at both ends, and 0 everywhere with a mask source
  traffic                  total absolute flux out of each state [V, V]
  posterior:I,Z1,Z2        p(x₁ = y | x_t = (Z1, Z2)) of token I = 1 or 2 [V]
  noise-posterior:I,Z1,Z2  p(x₀ = y | x_t = (Z1, Z2)) of token I = 1 or 2 [V]

Examples:
  dfm-explorer field --t 0.3 --quantity pmf --out pmf.npy
  dfm-explorer field --target text:DFM --k 96 --source mask --t 0.8 --quantity divergence-1 --out flow.png
  dfm-explorer field --target moons --coupling ot:0.02 --t 0.5 --quantity posterior:1,20,40 --out posterior.svg";

/// Write an exact quantity of a flow: probability, divergence, current, posterior
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct FieldArgs {
    #[command(flatten)]
    flow: FlowArgs,
    /// The time, 0 (source) to 1 (target)
    #[arg(long, value_name = "T", value_parser = number(0.0..=1.0, "a number from 0 to 1"), allow_hyphen_values = true)]
    t: f64,
    /// What to compute: pmf, dpdt, divergence, divergence-1, divergence-2, current-1, current-2, traffic,
    /// posterior:I,Z1,Z2 or noise-posterior:I,Z1,Z2
    #[arg(long, value_name = "Q")]
    quantity: Quantity,
    #[command(flatten)]
    page: PageArgs,
    /// FILE.npy (float64) or FILE.csv (row = token 1) for numbers, FILE.png, FILE.svg or FILE.pdf for a figure
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: quantity, t, kappa, shape, min, max, out
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report {
    quantity: String,
    t: f64,
    kappa: f64,
    shape: Vec<usize>,
    min: f64,
    max: f64,
    out: String,
}

pub(in crate::cli) fn run(args: &FieldArgs, console: &Console) -> Result<(), CliError> {
    let kinds = [Kind::Npy, Kind::Csv, Kind::Png, Kind::Svg, Kind::Pdf];
    let kind = output::check(&args.out, &kinds, &args.flow.inputs())?;
    args.page.refuse_for(kind)?;
    let page = args.page.kept()?;
    let spec = args.flow.spec()?;
    let path = spec.path()?;
    let values = args.quantity.values(&path, spec.scheduler, args.t)?;
    match kind {
        Kind::Png | Kind::Svg | Kind::Pdf => {
            let figure = field_figure::figure(&spec, &path, (args.t, args.quantity), &values, !page.bare);
            output::write_figure(&args.out, kind, &figure, page_of(&page)?)?;
        }
        _ => write_numbers(&args.out, kind, &values)?,
    }
    let fold = |pick: fn(f64, f64) -> f64| values.table.iter().copied().reduce(pick).unwrap_or_default();
    let report = Report {
        quantity: args.quantity.to_string(),
        t: args.t,
        kappa: spec.scheduler.kappa(args.t),
        shape: values.shape.clone(),
        min: fold(f64::min),
        max: fold(f64::max),
        out: args.out.display().to_string(),
    };
    console.result(&report, || {
        let shape: Vec<_> = report.shape.iter().map(usize::to_string).collect();
        format!(
            "{}: {} at t = {} (κ = {:.6}), {}, from {:.6e} to {:.6e}",
            report.out,
            report.quantity,
            report.t,
            report.kappa,
            shape.join(" × "),
            report.min,
            report.max
        )
    })
}

fn write_numbers(path: &Path, kind: Kind, values: &Values) -> Result<(), CliError> {
    if kind == Kind::Csv {
        return Ok(write_csv(path, &values.table)?);
    }
    let flat: Vec<f64> = values.table.iter().copied().collect();
    Ok(write_npy_f64(path, &values.shape, &flat)?)
}
