//! The plots beside the views as something to export: each with what it is made from, and the button that asks for it.

use super::options::Options;
use super::snapshot::FrozenSide;
use crate::experiment::Recipe;
use crate::experiment::grid::{Document, GridFigure, Sampling, carried};
use crate::figure::{Figure, Page};
use crate::flow::Scheduler;
use crate::sampler::grid::{Curve, SweepCurves};
use crate::ui::icons;
use crate::ui::theme;
use crate::view::grid::{
    CellBars, EarlyRun, Marks, RunGaps, Show, Style, Subject, cell_chart, curves_chart, distances_chart,
    early_figure, early_numbers, gap_chart, kappa_chart, letter, log_chart, rates_chart,
};
use crate::view::{Chart, Table};
use egui::{Context, Id, RichText, Ui};
use std::sync::Arc;

/// The plots and panels that can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plot {
    Kappa,
    Rates,
    Distances,
    Sweeps,
    Curves,
    Gap,
    Runs,
    Early,
    Cell,
    Log,
}

impl Plot {
    /// Those that are always there.
    #[cfg(test)]
    pub const ALL: [Self; 9] = [
        Self::Kappa,
        Self::Rates,
        Self::Distances,
        Self::Sweeps,
        Self::Curves,
        Self::Gap,
        Self::Runs,
        Self::Cell,
        Self::Log,
    ];

    /// What its button says.
    pub fn button(self) -> &'static str {
        match self {
            Self::Kappa => "Export κ(t)",
            Self::Rates => "Export the rates",
            Self::Distances => "Export TV to pₜ",
            Self::Sweeps => "Export the sweeps",
            Self::Curves => "Export TV against NFE",
            Self::Gap => "Export the gap",
            Self::Runs => "Export the gaps of all runs",
            Self::Early => "Export the early samples",
            Self::Cell => "Export the posteriors of this cell",
            Self::Log => "Export the jumps of this particle",
        }
    }
}

/// Where a button leaves what it asks for until the lab takes it, like a file that is dropped on the window.
fn place() -> Id {
    Id::unique("export of a plot")
}

/// A small button that asks for the export of a plot.
pub fn export_button(ui: &mut Ui, plot: Plot) {
    let label = RichText::new(icons::EXPORT).font(theme::icon(13.0));
    let response = ui.add(egui::Button::new(label).small().frame_when_inactive(false));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, plot.button()));
    let clicked = response.clicked();
    response.on_hover_text(format!("{}: a figure for print, or the numbers", plot.button()));
    if clicked {
        ui.data_mut(|data| data.insert_temp(place(), plot));
    }
}

/// The plot that was asked for, once.
pub fn asked(ctx: &Context) -> Option<Plot> {
    ctx.data_mut(|data| {
        let plot = data.get_temp(place());
        data.remove::<Plot>(place());
        plot
    })
}

/// What a plot is made from besides the experiment.
#[derive(Clone)]
pub enum PlotContent {
    Kappa,
    Rates,
    Distances,
    /// Sweeps at the present time, and their settings in words.
    Sweeps(Arc<SweepCurves>, String),
    /// The curves, the present setting's first, and its evaluations and TV.
    Curves(Arc<[Curve]>, Option<[f64; 2]>),
    /// Gaps, and the settings they were trained with in words.
    Gaps(Arc<[RunGaps]>, String),
    /// Early samples of runs, and the flows they learn in words.
    Early(Arc<[EarlyRun]>, String),
    /// A state, and what the shown denoiser says about it.
    Cell(CellBars),
    /// A particle.
    Log(usize),
}

impl PlotContent {
    /// For the name of its file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kappa => "kappa",
            Self::Rates => "rates",
            Self::Distances => "distances",
            Self::Sweeps(..) => "sweeps",
            Self::Curves(..) => "curve",
            Self::Gaps(..) => "gap",
            Self::Early(..) => "early-samples",
            Self::Cell(_) => "cell",
            Self::Log(_) => "log",
        }
    }

    /// Its numbers.
    ///
    /// # Errors
    /// Why there is nothing to show.
    pub fn numbers(&self, of: &FrozenSide) -> Result<Table, String> {
        match self {
            Self::Early(runs, _) => Ok(early_numbers(runs)),
            _ => self.chart(of).map(|chart| chart.numbers),
        }
    }

    /// The plot with its numbers.
    ///
    /// # Errors
    /// Why there is nothing to show.
    fn chart(&self, of: &FrozenSide) -> Result<Chart, String> {
        let (path, settings) = (&of.path, &of.settings);
        let scheduler = settings.flow.scheduler;
        let run = || of.result.as_ref().ok_or_else(|| "sampling …".to_owned());
        Ok(match self {
            Self::Kappa => kappa_chart(scheduler),
            Self::Rates => rates_chart(path, scheduler, settings.effective_sampler().corrector),
            Self::Distances => {
                let run = run()?;
                distances_chart(&run.stats, run.request.scheduler)
            }
            Self::Sweeps(curves, _) => curves.chart(),
            Self::Curves(curves, present) => curves_chart(curves, present.map(|at| (Some(0), at))),
            Self::Gaps(runs, _) => gap_chart(runs),
            Self::Early(..) => return Err("early samples are pictures, no curves".to_owned()),
            Self::Cell(cell) => cell_chart(path, scheduler, of.t, cell),
            Self::Log(particle) => {
                let run = run()?;
                let chart = log_chart(path, &run.trace, run.request.scheduler, *particle);
                chart.ok_or_else(|| format!("there is no particle {particle}"))?
            }
        })
    }

    /// Whether the curves of all sides can be drawn in it.
    pub fn is_of_all_sides(&self) -> bool {
        matches!(self, Self::Kappa | Self::Rates | Self::Distances)
    }

    /// The plot of several sides, each with what it is called.
    ///
    /// # Errors
    /// Why there is nothing to show.
    pub fn compared_chart(&self, sides: &[(String, &FrozenSide)]) -> Result<Chart, String> {
        let all = sides.iter().map(|(name, side)| Ok((name.clone(), self.chart(side)?)));
        all.collect::<Result<_, String>>().map(Chart::compared)
    }

    /// The same as a figure, drawn from `document`.
    ///
    /// # Errors
    /// Those of [`Self::compared_chart`].
    pub fn compared_figure(
        &self,
        sides: &[(String, &FrozenSide)],
        document: &Document,
        (options, page): (&Options, Page),
        out: &str,
    ) -> Result<Figure, String> {
        let figures = sides.iter().map(|(_, side)| self.described(side, options, page));
        let figures: Vec<_> = figures.collect::<Result<_, _>>()?;
        let words = sides
            .iter()
            .zip(&figures)
            .map(|((name, _), figure)| format!("{}: {}", letter(name), figure.words()));
        let style = Style {
            caption: options.page.caption.then(|| words.collect::<Vec<_>>().join(". ")),
            recipe: carried(document, &figures.iter().collect::<Vec<_>>(), out),
            ..Style::default()
        };
        Ok(self.compared_chart(sides)?.figure(&style))
    }

    /// The plot as a figure.
    ///
    /// # Errors
    /// Those of [`Self::chart`].
    pub fn figure(
        &self,
        of: &FrozenSide,
        document: &Document,
        (options, page): (&Options, Page),
        out: &str,
    ) -> Result<Figure, String> {
        let style = match self.described(of, options, page) {
            Ok(figure) => Style {
                caption: options.page.caption.then(|| figure.words()),
                recipe: carried(document, &[&figure], out),
                ..Style::default()
            },
            Err(settings) => Style {
                caption: options.page.caption.then_some(settings),
                recipe: Recipe::new(document).at(of.t).text(),
                ..Style::default()
            },
        };
        match self {
            Self::Early(runs, _) => early_figure(runs, &style),
            _ => Ok(self.chart(of)?.figure(&style)),
        }
    }

    /// All that it depends on; where no command makes it again, its settings in words.
    fn described(&self, of: &FrozenSide, options: &Options, page: Page) -> Result<GridFigure, String> {
        let plain = |subject| of.plain_figure(subject, options, page);
        let config = of.settings.effective_sampler();
        let of_run = |subject| GridFigure {
            denoiser: Some(of.denoiser()),
            sampling: Sampling::Run(config),
            ..plain(subject)
        };
        Ok(match self {
            Self::Kappa => plain(Subject::Kappa),
            Self::Rates => {
                GridFigure { sampling: Sampling::Corrector(config.corrector), ..plain(Subject::Rates) }
            }
            Self::Distances => of_run(Subject::Distances),
            Self::Curves(curves, _) => GridFigure {
                denoiser: Some(of.denoiser()),
                sampling: Sampling::Several(curve_flags(of, curves), schedulers_of(curves)),
                ..plain(Subject::Curve)
            },
            Self::Gaps(_, settings) | Self::Early(_, settings) | Self::Sweeps(_, settings) => {
                return Err(settings.clone());
            }
            Self::Cell(cell) => GridFigure {
                denoiser: cell.other.is_some().then(|| of.denoiser()),
                noise: cell.noise,
                marks: Marks { cell: Some(cell.z), ..Marks::default() },
                ..plain(Subject::Cell)
            },
            Self::Log(particle) => GridFigure {
                marks: Marks { particle: Some(*particle), ..Marks::default() },
                ..of_run(Subject::Log)
            },
        })
    }

    /// Whether its command needs the network in a file.
    pub fn needs_network(&self, show: Show) -> bool {
        let of_denoiser = match self {
            Self::Distances | Self::Curves(..) | Self::Log(_) => true,
            Self::Cell(cell) => cell.other.is_some(),
            _ => false,
        };
        show == Show::Learned && of_denoiser
    }
}

/// The schedulers of the curves, each once.
fn schedulers_of(curves: &[Curve]) -> Vec<Scheduler> {
    let mut all: Vec<Scheduler> = Vec::new();
    for curve in curves {
        if !all.contains(&curve.sampler.scheduler) {
            all.push(curve.sampler.scheduler);
        }
    }
    all
}

/// The same curves by flags: lists of what is compared, and the present setting as the mark.
fn curve_flags(of: &FrozenSide, curves: &[Curve]) -> String {
    let (settings, config) = (&of.settings, of.settings.effective_sampler());
    let mut flags = Vec::new();
    let drawn = |method| curves.iter().skip(1).any(|curve| curve.sampler.config.method == method);
    let methods: Vec<_> =
        settings.curves.methods.iter().filter(|m| drawn(**m)).map(ToString::to_string).collect();
    if !methods.is_empty() {
        flags.push(format!("--method {}", methods.join(",")));
    }
    let schedulers = std::iter::once(&settings.flow.scheduler).chain(&settings.curves.schedulers);
    let schedulers = schedulers.filter(|s| curves.iter().any(|curve| curve.sampler.scheduler == **s));
    flags.extend(schedulers.map(|scheduler| format!("--schedulers {scheduler}")));
    let steps = curves.first().map_or(&[][..], |curve| &curve.points).iter().map(|p| p.steps.to_string());
    flags.push(format!("--steps {}", steps.collect::<Vec<_>>().join(",")));
    let one = config.to_string();
    let more = one.split_once(" --steps ").and_then(|(_, steps)| steps.split_once(' '));
    flags.extend(more.map(|(_, more)| more.to_owned()));
    let has = |curve: &Curve, corrector| {
        curve.sampler.config.corrector == corrector && curve.sampler.config.method.takes_corrector()
    };
    let correctors = settings.curves.correctors.iter().filter(|c| curves.iter().any(|curve| has(curve, **c)));
    flags.extend(correctors.map(|corrector| format!("--correctors {corrector}")));
    flags.push(format!("--mark {}:{}", config.method, config.steps));
    flags.join(" ")
}
