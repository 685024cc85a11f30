//! `export`: what a view shows, as a figure for print or as numbers, without a window.

mod args;
mod charts;
mod checks;
mod compared;
mod job;
mod recipe;
mod runs;
mod values;
mod write;

pub use args::ExportArgs;

use crate::cli::console::Console;
use crate::cli::output::{self, Kind};
use crate::cli::{CliError, GlobalArgs};
use crate::experiment::TimeAxis;
use crate::experiment::grid::DenoiserSpec;
use crate::sampler::grid::Curve;
use crate::view::grid::{Subject, curves_chart};
use job::Job;

pub(in crate::cli) fn run(args: &ExportArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let kinds: &[Kind] = match args.view {
        Subject::Timeline(_) => &[Kind::Gif, Kind::Csv],
        _ => &[Kind::Png, Kind::Svg, Kind::Pdf, Kind::Csv],
    };
    let denoiser = args.denoiser.as_ref().and_then(DenoiserSpec::file);
    let mut inputs = args.flow.inputs().file("--denoiser", denoiser);
    for denoiser in args.denoisers.iter().flat_map(|list| &list.0) {
        inputs = inputs.file("--denoisers", denoiser.file());
    }
    let kind = output::check(&args.out, kinds, &inputs).map_err(|why| match (args.view, &why) {
        (Subject::Timeline(_), CliError::Input(text)) if text.contains("ends in") => {
            CliError::Input(format!("{text}: a timeline is an animation; for one picture take --view strip"))
        }
        _ => why,
    })?;
    let job = Job::new(args, global, kind)?;
    job.refuse_foreign_settings()?;
    job.write(console)
}

/// Draws curves that were measured already, as `export --view curve` would; its size in pixels.
///
/// # Errors
/// Of the page, and if it can't be written.
pub(in crate::cli) fn curves(
    args: &ExportArgs,
    global: &GlobalArgs,
    kind: Kind,
    (curves, left_out): (&[Curve], &[String]),
) -> Result<[u32; 2], CliError> {
    let job = Job::new(args, global, kind)?;
    let mut chart = curves_chart(curves, None);
    chart.notes.extend(left_out.iter().cloned());
    output::write_figure(&args.out, kind, &chart.figure(&job.style()?), job.page()?)
}

/// The same of several sides in one figure; `labels` say what sets each apart, and along which `axis` they go together.
///
/// # Errors
/// As those of [`run`].
pub(in crate::cli) fn compared(
    sides: &[(ExportArgs, GlobalArgs)],
    (labels, axis): (&[String], TimeAxis),
    kind: Kind,
    console: &Console,
) -> Result<(), CliError> {
    let job = |(args, global)| {
        let job = Job::new(args, global, kind)?;
        job.refuse_foreign_settings().map(|()| job)
    };
    let jobs: Vec<_> = sides.iter().map(|(args, global)| job((args, global))).collect::<Result<_, _>>()?;
    Job::write_compared(&jobs, (labels, axis), console)
}
