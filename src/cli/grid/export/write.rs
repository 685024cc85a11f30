//! What `export` writes: a figure, an animation or numbers, and the report of it.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::grid::export::job::Job;
use crate::cli::grid::export::runs::Followed;
use crate::cli::output::{self, Kind};
use crate::data::write_csv;
use crate::figure::Page;
use crate::flow::counted;
use crate::view::grid::{AnimationError, Scene, Style, Subject, View, ViewError};
use crate::view::{Chart, Numbers};
use serde::Serialize;

#[derive(Serialize)]
struct Report {
    view: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kappa: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    command: String,
    out: String,
}

impl Job<'_> {
    pub(super) fn write(&self, console: &Console) -> Result<(), CliError> {
        if self.args.view.view().is_none() {
            return self.write_chart(console);
        }
        let followed = if self.args.follow.is_some() { Followed::Whole } else { Followed::Last };
        let trace = self.trace(console, followed)?;
        let scene = self.scene(trace.as_ref());
        let style = self.style()?;
        let page = self.page()?;
        let about = |why: ViewError| self.about(why);
        let mut size = None;
        match (self.kind, self.args.view) {
            (Kind::Csv, subject) => {
                let numbers = match subject {
                    Subject::View(view) => scene.numbers(view).map(|moment| moment.values),
                    _ => scene.numbers_over(subject.view().unwrap_or(View::Mass), &self.times()),
                };
                self.write_numbers(numbers.map_err(about)?)?;
            }
            (_, Subject::Timeline(view)) => {
                size = Some(self.write_animation(&scene, view, &style, page, console)?);
            }
            (_, subject) => {
                let figure = match subject {
                    Subject::Strip(view) => scene.strip(view, &self.times(), &style),
                    _ => scene.figure(subject.view().unwrap_or(View::Mass), &style),
                };
                size = Some(output::write_figure(&self.args.out, self.kind, &figure.map_err(about)?, page)?);
            }
        }
        // What is shown of a run is the state after its last step.
        let t = match self.args.view {
            Subject::View(view) => Some((view, scene.shown_at(view).map_err(about)?)),
            _ => None,
        };
        let kappa = t.map(|(view, t)| scene.kappa_of(view, t));
        self.report(console, t.map(|(_, t)| t), kappa, size)
    }

    /// Writes a plot that is no view.
    fn write_chart(&self, console: &Console) -> Result<(), CliError> {
        self.write_drawn(self.chart(console)?, &self.style()?, console)
    }

    /// Writes a chart that has been made.
    pub(super) fn write_drawn(&self, chart: Chart, style: &Style, console: &Console) -> Result<(), CliError> {
        let mut size = None;
        if self.kind == Kind::Csv {
            self.write_numbers(Numbers::Table(chart.numbers))?;
        } else {
            size = Some(output::write_figure(&self.args.out, self.kind, &chart.figure(style), self.page()?)?);
        }
        let t = (self.args.view == Subject::Cell).then(|| self.t());
        self.report(console, t, t.map(|t| self.spec.scheduler.kappa(t)), size)
    }

    pub(super) fn report(
        &self,
        console: &Console,
        t: Option<f64>,
        kappa: Option<f64>,
        size: Option<[u32; 2]>,
    ) -> Result<(), CliError> {
        let several = matches!(self.args.view, Subject::Strip(_) | Subject::Timeline(_));
        let report = Report {
            view: self.args.view.to_string(),
            t,
            kappa,
            frames: several.then(|| self.times().len()),
            width: size.map(|s| s[0]),
            height: size.map(|s| s[1]),
            command: self.command()?,
            out: self.args.out.display().to_string(),
        };
        console.result(&report, || {
            let size = size.map_or(String::new(), |[w, h]| format!(", {w}x{h} pixels"));
            let frames = report.frames.map_or(String::new(), |n| format!(", {}", counted(n, "frame")));
            format!("{}: {}{frames}{size}", report.out, report.view)
        })
    }

    pub(super) fn write_numbers(&self, numbers: Numbers) -> Result<(), CliError> {
        match numbers {
            Numbers::Grid(values) => Ok(write_csv(&self.args.out, &values)?),
            Numbers::Table(table) => output::write_bytes(&self.args.out, table.to_csv().as_bytes()),
        }
    }

    fn write_animation(
        &self,
        scene: &Scene<'_>,
        view: View,
        style: &Style,
        page: Page,
        console: &Console,
    ) -> Result<[u32; 2], CliError> {
        let bar = console.bar(1000, "drawing {bar:40} {percent}%  {eta} left");
        let done = scene.animation(view, &self.times(), self.lasts(), style, page, |share| {
            bar.set_position((1000.0 * share) as u64);
            true
        });
        bar.finish_and_clear();
        let (gif, size) = done.map_err(|why| self.about_animation(why))?;
        output::write_bytes(&self.args.out, &gif)?;
        Ok(size)
    }

    /// What is at fault where a view can't be shown.
    pub(super) fn about(&self, why: ViewError) -> CliError {
        CliError::Input(match why {
            ViewError::InfiniteSlope(scheduler) => format!(
                "--view {} at t = 0: rates of the scheduler {scheduler} are infinite there; choose a later --t or another \
                 view",
                self.args.view
            ),
            ViewError::NotYet => format!("--view {}: its run has no state there", self.args.view),
            ViewError::OtherStates => format!("--view {}: {why}", self.args.view),
            ViewError::TooLarge { .. } => format!("--frames: {why}"),
        })
    }

    /// The same where an animation can't be made.
    pub(super) fn about_animation(&self, why: AnimationError) -> CliError {
        match why {
            AnimationError::View(why) => self.about(why),
            AnimationError::Figure(why) => output::figure_failed(&self.args.out, &why),
            AnimationError::TooLarge { .. } => CliError::Input(format!("--frames: {why}")),
            AnimationError::TooShort { .. } => CliError::Input(format!("--seconds: {why}")),
        }
    }
}
