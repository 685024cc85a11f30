//! What the lab writes to files.

use crate::experiment::plane::{Exhibit, PlaneChart, PlaneFigure, PlaneSettings};
use crate::experiment::{NAMES, Recipe, contrasts, file_stem, labels, plane::differences};
use crate::figure::{Drawing, Figure};
use crate::flow::plane::AffinePath;
use crate::sampler::plane::{Measure, PlaneCurve};
use crate::ui::export::{Exported, Format, PageOptions, small};
use crate::ui::widgets::segmented;
use crate::view::plane::{PlaneView, path_chart, samplers_chart};
use crate::view::{Chart, Table};
use egui::{DragValue, Ui};
use image::RgbaImage;
use std::sync::Arc;

/// What is written.
#[derive(Clone)]
pub enum PlaneContent {
    /// Views of all sides.
    Views {
        /// All that is needed to draw them.
        exhibit: Box<Exhibit>,
        /// The one whose button was pressed.
        view: PlaneView,
        /// All that are on the screen.
        views: Vec<PlaneView>,
    },
    /// The curves of a path.
    Path(AffinePath),
    /// Samplers over their evaluations, on the flow of a side.
    Curves(Arc<Vec<PlaneCurve>>, usize),
    /// Another plot.
    Chart(PlaneChart, Arc<Chart>),
    /// A plot of a network, which no recipe makes again, and what its file is called.
    Plot(&'static str, Arc<Chart>),
    /// Another figure of a network with its numbers, and what its file is called.
    Drawn(&'static str, Arc<(Drawing, Table)>),
}

impl PlaneContent {
    /// A figure with its numbers, and what its file is called.
    pub fn drawn(stem: &'static str, drawing: Drawing, numbers: Table) -> Self {
        Self::Drawn(stem, Arc::new((drawing, numbers)))
    }
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneOptions {
    /// The kind of file.
    pub format: Format,
    /// Of a figure.
    pub page: PageOptions,
    /// All views that are on the screen, in one figure.
    pub all: bool,
    /// How long an animation lasts.
    pub seconds: f64,
}

impl Default for PlaneOptions {
    fn default() -> Self {
        Self { format: Format::Png, page: PageOptions::default(), all: false, seconds: 6.0 }
    }
}

/// What is exported.
#[derive(Clone)]
pub struct PlaneExport {
    content: Arc<PlaneContent>,
    /// The experiment of a plot, and its time.
    of: Option<Arc<(PlaneSettings, f64)>>,
}

impl PlaneExport {
    /// Of this.
    pub fn new(content: PlaneContent) -> Self {
        Self { content: Arc::new(content), of: None }
    }

    /// With the experiment that a plot is of.
    pub fn of(content: PlaneContent, settings: PlaneSettings, t: f64) -> Self {
        Self { of: Some(Arc::new((settings, t))), ..Self::new(content) }
    }

    /// What a plot carries, so that it gives the experiment back.
    fn recipe(&self, options: &PlaneOptions) -> String {
        let chart = match &*self.content {
            PlaneContent::Views { .. } => None,
            PlaneContent::Path(_) => Some(PlaneChart::Path),
            PlaneContent::Curves(..) => Some(PlaneChart::Samplers),
            PlaneContent::Chart(chart, _) => Some(*chart),
            PlaneContent::Plot(..) | PlaneContent::Drawn(..) => None,
        };
        let Some(((settings, t), chart)) = self.of.as_deref().zip(chart) else { return String::new() };
        let page = options.page.page(options.format);
        let figure = PlaneFigure {
            chart: Some(chart),
            seconds: options.seconds,
            ..PlaneFigure::on(Vec::new(), page, options.page.caption)
        };
        Recipe::new(settings).at(*t).showing(&figure).text()
    }

    fn formats(&self) -> &'static [Format] {
        match &*self.content {
            PlaneContent::Views { .. } => &[Format::Png, Format::Svg, Format::Pdf, Format::Csv, Format::Gif],
            _ => &[Format::Png, Format::Svg, Format::Pdf, Format::Csv],
        }
    }

    fn figure(&self, options: &PlaneOptions) -> Result<Figure, String> {
        match &*self.content {
            PlaneContent::Views { exhibit, .. } => exhibit.figure(&self.shown(options)),
            PlaneContent::Drawn(_, drawn) => {
                Ok(Figure { drawing: drawn.0.clone(), recipe: self.recipe(options) })
            }
            _ => {
                let drawing = Drawing::Plot(self.chart().plot);
                Ok(Figure { drawing, recipe: self.recipe(options) })
            }
        }
    }

    /// The chart, where it is one.
    fn chart(&self) -> Chart {
        match &*self.content {
            PlaneContent::Views { .. } => Chart::default(),
            PlaneContent::Drawn(_, drawn) => Chart { numbers: drawn.1.clone(), ..Chart::default() },
            PlaneContent::Path(path) => path_chart(*path),
            PlaneContent::Curves(curves, _) => samplers_chart(curves, Measure::Tv),
            PlaneContent::Chart(_, chart) | PlaneContent::Plot(_, chart) => Chart::clone(chart),
        }
    }

    /// What a figure of views shows.
    fn shown(&self, options: &PlaneOptions) -> PlaneFigure {
        let views = match &*self.content {
            PlaneContent::Views { views, .. } if options.all => views.clone(),
            PlaneContent::Views { view, .. } => vec![*view],
            _ => Vec::new(),
        };
        let page = options.page.page(options.format);
        PlaneFigure { seconds: options.seconds, ..PlaneFigure::on(views, page, options.page.caption) }
    }
}

impl Exported for PlaneExport {
    type Options = PlaneOptions;

    fn fitting(&self, options: PlaneOptions) -> PlaneOptions {
        let formats = self.formats();
        let format = if formats.contains(&options.format) { options.format } else { formats[0] };
        // Numbers are of one view.
        PlaneOptions { format, all: options.all && format != Format::Csv, ..options }
    }

    fn seen(options: PlaneOptions) -> PlaneOptions {
        PlaneOptions { format: Format::Png, seconds: 0.0, ..options }
    }

    fn common(options: &mut PlaneOptions) -> (&mut Format, &mut PageOptions) {
        (&mut options.format, &mut options.page)
    }

    fn page<'a>(&self, options: &'a mut PlaneOptions) -> Option<&'a mut PageOptions> {
        Some(&mut options.page)
    }

    fn choices(&self, ui: &mut Ui, options: &mut PlaneOptions) {
        if let PlaneContent::Views { views, .. } = &*self.content
            && views.len() > 1
        {
            let one = options.format != Format::Csv;
            let all = egui::Checkbox::new(&mut options.all, "All views in one figure");
            ui.add_enabled(one, all)
                .on_hover_text("Beside each other; those whose colours mean the same on one scale.")
                .on_disabled_hover_text("Numbers are of one view.");
        }
        ui.label(small("Format"));
        segmented(ui, "export format", &mut options.format, self.formats().iter().map(|f| f.choice()));
        if options.format == Format::Gif {
            ui.horizontal(|ui| {
                let about = "From noise to data; then it shows the end for a third of that.";
                ui.label(small("Takes")).on_hover_text(about);
                ui.add(DragValue::new(&mut options.seconds).range(1.0..=60.0).suffix(" s").speed(0.05));
            });
        }
    }

    fn file_stem(&self, options: &PlaneOptions) -> String {
        match &*self.content {
            PlaneContent::Views { exhibit, view, .. } => {
                let sides = &exhibit.settings.sides;
                let words = labels(sides.len(), &contrasts(sides, differences));
                let subject = if options.all { "plane" } else { view.name() };
                let named = NAMES.into_iter().zip(words.iter().map(String::as_str));
                file_stem(subject, named.filter(|_| words.len() > 1))
            }
            PlaneContent::Path(path) => file_stem(&format!("path-{path}"), []),
            PlaneContent::Curves(..) => file_stem("samplers", []),
            PlaneContent::Chart(chart, _) => file_stem(chart.name(), []),
            PlaneContent::Plot(name, _) | PlaneContent::Drawn(name, _) => file_stem(name, []),
        }
    }

    fn preview(&self, options: &PlaneOptions) -> Result<RgbaImage, String> {
        let figure = self.figure(options)?;
        figure.to_preview(options.page.page(options.format)).map_err(|why| why.to_string())
    }

    fn bytes(
        &self,
        options: &PlaneOptions,
        _: &str,
        go_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Vec<u8>>, String> {
        match (&*self.content, options.format) {
            (PlaneContent::Views { exhibit, .. }, Format::Gif) => exhibit.gif(&self.shown(options), go_on),
            (PlaneContent::Views { exhibit, .. }, Format::Csv) => {
                Ok(Some(exhibit.numbers(&self.shown(options))?.to_csv().into_bytes()))
            }
            (_, Format::Csv) => Ok(Some(self.chart().numbers.to_csv().into_bytes())),
            (_, format) => {
                let figure = self.figure(options)?;
                format.of_figure(&figure, options.page.page(format)).map(Some).map_err(|why| why.to_string())
            }
        }
    }
}
