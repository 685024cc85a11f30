//! `figure` of an experiment of the grid: as `export` draws it.

use crate::cli::console::Console;
use crate::cli::figure::Job;
use crate::cli::grid::export::{ExportArgs, compared, run};
use crate::cli::lab::WithPlane;
use crate::cli::output::Kind;
use crate::cli::{Cli, CliError, Command, GlobalArgs};
use crate::data::shell::words;
use crate::experiment::grid::{Document, GridFigure, GridView, Settings, command};
use crate::experiment::{KeptPage, Settings as _, TimeAxis, along, time_at};
use crate::figure::CellLayout;
use crate::view::grid::Subject;
use clap::Parser as _;

/// Flags of frames, which one picture has not.
const FRAMES: [&str; 2] = ["frames", "seconds"];
/// Flags of what is marked in one picture, which a strip has not.
const MARKS: [&str; 2] = ["cell", "follow"];

pub(in crate::cli) fn draw(job: &Job<'_>, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    job.shows_no_images()?;
    let about = |why: String| CliError::Input(format!("{} {why}", job.file.display()));
    let document: Document = job.recipe.settings(&Document::default()).map_err(about)?;
    let document = document.found_beside(job.file);
    let time = job.recipe.t.unwrap_or(0.5);
    let said = job.recipe.view::<GridView>().map_err(about)?;
    // A preset or a state shows the side that is being set; a figure has its own settings first.
    let alone = if said.is_some() { document.sides.side(0) } else { document.sides.here() };
    let view = match said {
        Some(view) if view.subject.is_empty() => {
            return Err(about("shows what the window alone has measured: it can't be drawn anew".to_owned()));
        }
        Some(view) => view,
        None => {
            let mut figure = GridFigure::of(alone, alone.views[0], time).map_err(about)?;
            if !document.zoom.is_whole() {
                let path = alone.flow.path().map_err(|why| about(format!("can't be drawn: {why}")))?;
                let layout = CellLayout::new(path.data_tokens(), path.has_mask());
                figure.marks.section = Some(document.zoom.window(&layout));
            }
            GridView::of([&figure])
        }
    };
    let shown = view.subject.parse();
    let shown =
        shown.map_err(|why: String| about(format!("has view.subject = \"{}\": {why}", view.subject)))?;
    let subject = adapted(shown, job.kind);
    let sides: Vec<&Settings> = if view.both { document.sides.iter().collect() } else { vec![alone] };
    let mut without: Vec<&str> = Vec::new();
    if job.kind != Kind::Gif {
        without.push("seconds");
    }
    if !matches!(subject, Subject::Timeline(_) | Subject::Strip(_)) || subject.to_string() != view.subject {
        without.extend(FRAMES);
    }
    if matches!(subject, Subject::Strip(_)) {
        without.extend(MARKS);
    }
    let flags = view.flags.iter().map(|flags| command::adapted(flags, job.file, &without));
    let flags = flags.collect::<Result<Vec<_>, _>>().map_err(about)?;
    let mut view = GridView { subject: subject.to_string(), flags, ..view };
    view.page = match job.kind {
        // Numbers have no page.
        Kind::Csv => KeptPage::default(),
        // And an animation has a ground.
        Kind::Gif => KeptPage { transparent: false, ..job.page.over(view.page)? },
        _ => job.page.over(view.page)?,
    };
    let has_time = matches!(subject, Subject::View(_) | Subject::Cell);
    if job.t.is_some() && !has_time {
        return Err(job.timeless());
    }
    // Where the timeline runs along κ, B stands at the same κ.
    let time_of = |settings: &Settings| match (sides.first(), document.sides.side(0).axis) {
        (Some(a), axis @ TimeAxis::Kappa) if settings.flow.scheduler != a.flow.scheduler => {
            time_at(axis, settings.flow.scheduler, along(axis, a.flow.scheduler, time))
        }
        _ => time,
    };
    let out = job.out.display().to_string();
    let all = sides.iter().enumerate().map(|(side, settings)| {
        let time = has_time.then(|| time_of(settings));
        let command = view.command(side, &settings.flow, time, &out);
        let read = words(&command).map(Cli::try_parse_from);
        match read.map(|cli| cli.map(|cli| (cli.command, cli.global))) {
            Some(Ok((Some(Command::Export(WithPlane::Grid(args))), own))) => Ok((args, own)),
            Some(Err(why)) => Err(about(format!("can't be drawn: {}", why.to_string().trim()))),
            _ => Err(about("can't be drawn: its command is no export".to_owned())),
        }
    });
    let all: Vec<(ExportArgs, GlobalArgs)> = all.collect::<Result<_, _>>()?;
    let with =
        |(args, own): (ExportArgs, GlobalArgs)| (args, GlobalArgs { seed: own.seed, ..global.clone() });
    let all: Vec<_> = all.into_iter().map(with).collect();
    match &all[..] {
        [(one, own)] => run(one, own, console),
        several => {
            let axis = document.sides.side(0).axis;
            compared(several, (&document.labels(), axis), job.kind, console)
        }
    }
}

/// What a file of this kind shows of a figure: an animation the whole path, a picture of an animation several moments.
fn adapted(subject: Subject, kind: Kind) -> Subject {
    match (subject, kind) {
        (Subject::View(view) | Subject::Strip(view), Kind::Gif) => Subject::Timeline(view),
        (Subject::Timeline(view), Kind::Png | Kind::Svg | Kind::Pdf) => Subject::Strip(view),
        (subject, _) => subject,
    }
}
