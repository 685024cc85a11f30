//! `figure` of an experiment on the plane: its flows are built and sampled anew.

use crate::cli::console::Console;
use crate::cli::figure::Job;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::cli::{CliError, GlobalArgs};
use crate::experiment::plane::{Exhibit, PlaneFigure, PlaneSettings};
use serde::Serialize;

#[derive(Serialize)]
struct Report {
    views: Vec<&'static str>,
    sides: usize,
    out: String,
}

pub(in crate::cli) fn draw(job: &Job<'_>, _: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let about = |why: String| CliError::Input(format!("{} {why}", job.file.display()));
    let settings: PlaneSettings = job.recipe.settings(&PlaneSettings::default()).map_err(about)?;
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
    let exhibit =
        Exhibit::of(settings, t, &figure.views).map_err(|why| about(format!("can't be drawn: {why}")))?;
    let failed = |why: String| about(format!("can't be drawn: {why}"));
    let report = Report {
        views: figure.views.iter().map(|view| view.name()).collect(),
        sides: exhibit.sides.len(),
        out: job.out.display().to_string(),
    };
    match job.kind {
        Kind::Csv => {
            let numbers = exhibit.numbers(&figure).map_err(failed)?.to_csv();
            output::write_bytes(job.out, numbers.as_bytes())?;
        }
        Kind::Gif => {
            let gif = exhibit.gif(&figure, &mut |_| true).map_err(failed)?.unwrap_or_default();
            output::write_bytes(job.out, &gif)?;
        }
        kind => {
            let page = figure.page.page().map_err(failed)?;
            let drawn = exhibit.figure(&figure).map_err(failed)?;
            output::write_figure(job.out, kind, &drawn, page)?;
        }
    }
    drop(busy);
    console.result(&report, || format!("{}: {}", report.out, report.views.join(", ")))
}
