//! `figure` of an experiment of the grid: as `export` draws it.

use crate::cli::console::Console;
use crate::cli::figure::Job;
use crate::cli::grid::export::{ExportArgs, both, run};
use crate::cli::output::Kind;
use crate::cli::{Cli, CliError, Command, GlobalArgs};
use crate::data::shell::words;
use crate::experiment::Settings as _;
use crate::experiment::grid::{Document, GridFigure, GridView, Settings, command};
use crate::view::grid::Subject;
use clap::Parser as _;

/// Flags of frames, which one picture has not.
const FRAMES: [&str; 2] = ["frames", "seconds"];
/// Flags of what is marked in one picture, which a strip has not.
const MARKS: [&str; 2] = ["cell", "follow"];

pub(in crate::cli) fn draw(job: &Job<'_>, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let about = |why: String| CliError::Input(format!("{} {why}", job.file.display()));
    let document: Document = job.recipe.settings(&Document::default()).map_err(about)?;
    let document = document.found_beside(job.file);
    let time = job.recipe.t.unwrap_or(0.5);
    let view = match job.recipe.view::<GridView>().map_err(about)? {
        Some(view) if view.subject.is_empty() => {
            return Err(about("shows what the window alone has measured: it can't be drawn anew".to_owned()));
        }
        Some(view) => view,
        None => {
            let here = document.here();
            GridView::of([&GridFigure::of(here, here.views[0], time).map_err(about)?])
        }
    };
    let subject = adapted(view.subject.parse().map_err(about)?, job.kind);
    let sides: Vec<&Settings> = if view.both { document.sides().collect() } else { vec![&document.a] };
    let mut without: Vec<&str> = Vec::new();
    if !matches!(subject, Subject::Timeline(_)) {
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
    if job.kind == Kind::Csv {
        // Numbers have no page.
        (view.size, view.dark, view.bare) = (None, false, false);
    }
    let time = matches!(subject, Subject::View(_) | Subject::Cell).then_some(time);
    let out = job.out.display().to_string();
    let all = sides.iter().enumerate().map(|(side, settings)| {
        let command = view.command(side, &settings.flow, time, &out);
        let read = words(&command).map(Cli::try_parse_from);
        match read.map(|cli| cli.map(|cli| (cli.command, cli.global))) {
            Some(Ok((Some(Command::Export(args)), own))) => Ok((args, own)),
            Some(Err(why)) => Err(about(format!("can't be drawn: {}", why.to_string().trim()))),
            _ => Err(about("can't be drawn: its command is no export".to_owned())),
        }
    });
    let all: Vec<(ExportArgs, GlobalArgs)> = all.collect::<Result<_, _>>()?;
    let with = |own: &GlobalArgs| GlobalArgs { seed: own.seed, ..global.clone() };
    match &all[..] {
        [(a, of_a), (b, of_b)] => both([(a, &with(of_a)), (b, &with(of_b))], job.kind, console),
        [(one, own), ..] => run(one, &with(own), console),
        [] => Err(about("shows nothing".to_owned())),
    }
}

/// What a file of this kind shows of a figure: an animation the whole path, a picture of an animation several moments.
fn adapted(subject: Subject, kind: Kind) -> Subject {
    match (subject, kind) {
        (Subject::View(view) | Subject::Strip(view), Kind::Gif) => Subject::Timeline(view),
        (Subject::Timeline(view), Kind::Png | Kind::Svg) => Subject::Strip(view),
        (subject, _) => subject,
    }
}
