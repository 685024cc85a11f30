//! `figure` of an experiment on the plane: its flows are built and sampled anew.

use crate::cli::console::Console;
use crate::cli::figure::Job;
use crate::cli::inputs::Inputs;
use crate::cli::output::Kind;
use crate::cli::plane::export::write;
use crate::cli::{CliError, GlobalArgs};
use crate::experiment::Settings as _;
use crate::experiment::plane::{Exhibit, MethodStart, PlaneFigure, PlaneSettings, diffusion_starts};
use crate::sampler::plane::PlaneCurves;
use crate::view::plane::NO_NETWORK;
use serde::Serialize;

#[derive(Serialize)]
struct Report {
    views: Vec<&'static str>,
    sides: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diffusion: Vec<MethodStart>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
    out: String,
}

/// Why there is no figure, in words for a command: a figure does not hold a network.
fn undrawn(why: &str) -> String {
    let missing = "a network answers there, which a figure does not hold: draw it with export --lab plane --checkpoint FILE";
    format!("can't be drawn: {}", why.replace(NO_NETWORK, missing))
}

pub(in crate::cli) fn draw(job: &Job<'_>, _: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let about = |why: String| CliError::Input(format!("{} {why}", job.file.display()));
    let settings: PlaneSettings = job.recipe.settings(&PlaneSettings::default()).map_err(about)?;
    let settings = settings.found_beside(job.file);
    // Of a preset or a state the views that are on the screen.
    let usual = || PlaneFigure { views: settings.shown().to_vec(), ..PlaneFigure::default() };
    let mut figure = job.recipe.view::<PlaneFigure>().map_err(about)?.unwrap_or_else(usual);
    figure.page = job.page.over(figure.page)?;
    Inputs::default().refuse("--out", job.out)?;
    if job.t.is_some() && job.kind == Kind::Gif {
        return Err(job.timeless());
    }
    let busy = console.busy("sampling");
    let t = job.recipe.t.unwrap_or(1.0);
    let exhibit = Exhibit::for_figure(settings, t, &figure, None).map_err(|why| about(undrawn(&why)))?;
    let curves = exhibit.curves.as_deref();
    let left_out = curves.map(PlaneCurves::left_out).unwrap_or_default();
    let report = Report {
        views: match figure.chart {
            Some(chart) => vec![chart.name()],
            None => figure.views.iter().map(|view| view.name()).collect(),
        },
        sides: exhibit.sides.len(),
        diffusion: diffusion_starts(&exhibit.settings, &figure, curves),
        left_out,
        out: job.out.display().to_string(),
    };
    write(&exhibit, &figure, job.kind, job.out).map_err(|why| match why {
        CliError::Input(why) => about(undrawn(&why)),
        failed => failed.about(format!("{} can't be drawn", job.file.display())),
    })?;
    drop(busy);
    for why in &report.left_out {
        console.warn(&format!("{why}: it is left out"));
    }
    console.result(&report, || format!("{}: {}", report.out, report.views.join(", ")))
}
