//! What the lab writes to files.

use crate::experiment::plane::differences;
use crate::experiment::plane::{Exhibit, PlaneChart, PlaneFigure, PlaneSettings, chart_caption};
use crate::experiment::{NAMES, Recipe, contrasts, file_stem, labels};
use crate::figure::{Drawing, Figure};
use crate::flow::plane::AffinePath;
use crate::sampler::plane::PlaneCurves;
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
    Curves(Arc<PlaneCurves>, usize),
    /// Another plot.
    Chart(PlaneChart, Arc<Chart>),
    /// A figure of a network, which no recipe makes again.
    Drawn(Arc<Drawn>),
}

/// A figure with its numbers.
pub struct Drawn {
    /// What its file is called.
    pub stem: &'static str,
    /// The figure, without caption.
    pub drawing: Drawing,
    /// Its numbers.
    pub numbers: Table,
    /// What its caption says.
    pub about: String,
}

impl PlaneContent {
    /// A plot of a network.
    pub fn plot(stem: &'static str, chart: &Chart, about: String) -> Self {
        let (drawing, numbers) = (Drawing::Plot(chart.plot.clone()), chart.numbers.clone());
        Self::Drawn(Arc::new(Drawn { stem, drawing, numbers, about }))
    }

    /// The plot of what is set that it is.
    fn chart(&self) -> Option<PlaneChart> {
        match self {
            Self::Path(_) => Some(PlaneChart::Path),
            Self::Curves(..) => Some(PlaneChart::Samplers),
            Self::Chart(chart, _) => Some(*chart),
            Self::Views { .. } | Self::Drawn(_) => None,
        }
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
        let of = self.of.as_deref().zip(self.content.chart());
        let Some(((settings, t), chart)) = of else { return String::new() };
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
        let (drawing, about) = match &*self.content {
            PlaneContent::Views { exhibit, .. } => return exhibit.figure(&self.shown(options)),
            PlaneContent::Drawn(drawn) => (drawn.drawing.clone(), drawn.about.clone()),
            content => {
                let of = self.of.as_deref().zip(content.chart());
                let about = of.map(|((settings, _), chart)| chart_caption(settings, chart));
                (Drawing::Plot(self.chart().plot), about.unwrap_or_default())
            }
        };
        let caption = if options.page.caption { about } else { String::new() };
        Ok(Figure { drawing: drawing.captioned(caption), recipe: self.recipe(options) })
    }

    /// The plot of what is set, where it is one.
    fn chart(&self) -> Chart {
        match &*self.content {
            PlaneContent::Views { .. } | PlaneContent::Drawn(_) => Chart::default(),
            PlaneContent::Path(path) => path_chart(*path),
            PlaneContent::Curves(curves, _) => samplers_chart(curves),
            PlaneContent::Chart(_, chart) => Chart::clone(chart),
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
            PlaneContent::Drawn(drawn) => file_stem(drawn.stem, []),
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
            (PlaneContent::Drawn(drawn), Format::Csv) => Ok(Some(drawn.numbers.to_csv().into_bytes())),
            (_, Format::Csv) => Ok(Some(self.chart().numbers.to_csv().into_bytes())),
            (_, format) => {
                let figure = self.figure(options)?;
                format.of_figure(&figure, options.page.page(format)).map(Some).map_err(|why| why.to_string())
            }
        }
    }
}
