//! The same figure of several sides: A, B and C in one.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::grid::export::job::Job;
use crate::cli::grid::export::runs::Followed;
use crate::cli::output::{self, Kind};
use crate::experiment::{NAMES, TimeAxis, along, time_at};
use crate::view::grid::{
    Subject, ViewError, compared_animation, compared_figure, compared_numbers, compared_strip, heading,
    letter,
};
use crate::view::{Chart, Numbers};

impl Job<'_> {
    /// Writes the same of several sides in one figure; `labels` say what sets each apart, and the times of a strip or a
    /// timeline are the same, or along `axis` those of the same κ.
    pub(super) fn write_compared(
        sides: &[Self],
        (labels, axis): (&[String], TimeAxis),
        console: &Console,
    ) -> Result<(), CliError> {
        let Some(first) = sides.first() else { return Ok(()) };
        let all: Vec<&Self> = sides.iter().collect();
        let mut styles: Vec<_> = sides.iter().map(|side| side.style_of(&all)).collect::<Result<_, _>>()?;
        let headings: Vec<_> = NAMES.iter().zip(labels).map(|(name, label)| heading(name, label)).collect();
        let (view, times) = match first.args.view {
            Subject::View(view) => (view, sides.iter().map(|side| vec![side.t()]).collect::<Vec<_>>()),
            Subject::Strip(view) | Subject::Timeline(view) => {
                let (from, times) = (first.spec.scheduler, first.times());
                let of = |side: &Self| match side.spec.scheduler {
                    to if to == from => times.clone(),
                    to => times.iter().map(|t| time_at(axis, to, along(axis, from, *t))).collect(),
                };
                (view, sides.iter().map(of).collect())
            }
            Subject::Kappa | Subject::Rates | Subject::Distances => {
                let charts =
                    sides.iter().zip(&headings).map(|(side, name)| Ok((name.clone(), side.chart(console)?)));
                let chart = Chart::compared(charts.collect::<Result<_, CliError>>()?);
                let words = headings.iter().zip(&styles);
                let words = words.filter_map(|(name, style)| {
                    Some(format!("{}: {}", letter(name), style.caption.as_ref()?))
                });
                let words: Vec<_> = words.collect();
                styles[0].caption = styles[0].caption.take().map(|_| words.join(". "));
                return first.write_drawn(chart, &styles[0], console);
            }
            other => {
                return Err(CliError::Input(format!("--view {other}: it can't show A and B in one figure")));
            }
        };
        let over_time = !matches!(first.args.view, Subject::View(_));
        let trace = |(job, times): (&Self, &Vec<f64>)| {
            let times = if over_time { times.clone() } else { job.times() };
            job.trace_at(
                &times,
                console,
                if job.args.follow.is_some() { Followed::Whole } else { Followed::Last },
            )
        };
        let traces: Vec<_> = sides.iter().zip(&times).map(trace).collect::<Result<_, _>>()?;
        let scenes: Vec<_> =
            sides.iter().zip(&traces).map(|(job, trace)| job.scene(trace.as_ref())).collect();
        let about = |why: ViewError| first.about(why);
        let mut size = None;
        match (first.kind, first.args.view) {
            (Kind::Csv, _) => {
                let numbers = compared_numbers(&scenes, view, &times, &NAMES).map_err(about)?;
                first.write_numbers(Numbers::Table(numbers))?;
            }
            (_, Subject::Timeline(_)) => {
                let named = (&headings[..], &styles[..]);
                let asked = (first.lasts(), first.page()?);
                let gif = compared_animation(&scenes, view, &times, named, asked, |_| true);
                let (gif, [width, height]) = gif.map_err(|why| first.about_animation(why))?;
                output::write_bytes(&first.args.out, &gif)?;
                size = Some([width, height]);
            }
            (_, subject) => {
                let figure = match subject {
                    Subject::Strip(_) => compared_strip(&scenes, view, &times, &headings, &styles),
                    _ => compared_figure(&scenes, view, &headings, &styles),
                };
                let figure = figure.map_err(about)?;
                size = Some(output::write_figure(&first.args.out, first.kind, &figure, first.page()?)?);
            }
        }
        first.report(console, (!over_time).then(|| first.t()), None, size)
    }
}
