//! What the lab writes to files.

use super::films::TextFilm;
use super::studies::Truths;
use crate::experiment::text::{
    LanguageCurve, ShownSide, Stair, TextExhibit, TextSubject, TextView, areas_chart, truth_chart, truth_words,
};
use crate::experiment::{NAMES, Recipe, TimeAxis, file_stem};
use crate::figure::recipe::into_gif;
use crate::figure::{Drawing, Figure, LinePlot, TextSheet};
use crate::ui::export::{Exported, Format, PageOptions, small};
use crate::ui::widgets::segmented;
use crate::view::Chart;
use crate::view::sequence::{LoggedRun, RunCurve, TextLayer, runs_chart, runs_numbers};
use egui::{DragValue, Ui};
use image::RgbaImage;
use std::sync::Arc;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// All texts of all sides.
    Page,
    /// The text that is shown large, of every side.
    Text,
    /// That text at several κ.
    Strip,
    /// The page over time.
    Animation,
    /// A curve along the runs.
    Curve(RunCurve),
    /// The area picture.
    Areas,
    /// Steps against truth.
    Truth,
}

impl Export {
    /// What it can be written as.
    pub fn formats(self) -> &'static [Format] {
        match self {
            Self::Page | Self::Text => &[Format::Svg, Format::Png, Format::Pdf, Format::Txt, Format::Json],
            Self::Strip => &[Format::Svg, Format::Png, Format::Pdf],
            Self::Animation => &[Format::Gif],
            Self::Curve(_) | Self::Areas | Self::Truth => {
                &[Format::Png, Format::Svg, Format::Pdf, Format::Csv]
            }
        }
    }

    /// On the menu.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "Page of texts",
            Self::Text => "Large text",
            Self::Strip => "Text over κ",
            Self::Animation => "Timeline of the page",
            Self::Curve(RunCurve::Revealed) => "Revealed tokens",
            Self::Curve(RunCurve::Entropy) => "Entropy",
            Self::Curve(RunCurve::Passes) => "Denoiser evaluations",
            Self::Areas => "Information curve",
            Self::Truth => "Steps against truth",
        }
    }

    /// In a recipe.
    fn subject(self) -> TextSubject {
        match self {
            Self::Page => TextSubject::Page,
            Self::Text => TextSubject::Text,
            Self::Strip => TextSubject::Strip,
            Self::Animation => TextSubject::Timeline,
            Self::Curve(RunCurve::Revealed) => TextSubject::Revealed,
            Self::Curve(RunCurve::Entropy) => TextSubject::Entropy,
            Self::Curve(RunCurve::Passes) => TextSubject::Passes,
            Self::Areas => TextSubject::Areas,
            Self::Truth => TextSubject::Truth,
        }
    }
}

/// Everything that is needed to write what is shown, taken from the lab at once.
pub struct ExportContent {
    /// Films with their words, in the order of the sides.
    pub films: Vec<(String, Arc<TextFilm>)>,
    /// What happened along them.
    pub runs: Vec<Arc<LoggedRun>>,
    /// Which of them is being set.
    pub here: usize,
    /// What is shown of the texts.
    pub shows: TextLayer,
    /// Where all are shown: the axis that they go along, and the place on it.
    pub at: (TimeAxis, f64),
    /// The text that is shown large.
    pub picked: usize,
    /// What sets each side apart.
    pub labels: Vec<String>,
    /// The information curve, where it is known, and where the sides step.
    pub curve: Option<Arc<LanguageCurve>>,
    /// See there.
    pub stairs: Vec<Stair>,
    /// What is known of samplers.
    pub truths: Truths,
    /// All settings as a caption.
    pub caption: String,
    /// What gives the experiment back when the figure is dropped on the window.
    pub recipe: Recipe,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExportOptions {
    /// The kind of file.
    pub format: Format,
    /// Of a figure.
    pub page: PageOptions,
    /// κ of a strip.
    pub columns: usize,
    /// How long an animation lasts.
    pub seconds: f64,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { format: Format::Svg, page: PageOptions::default(), columns: 8, seconds: 6.0 }
    }
}

/// What is exported.
#[derive(Clone)]
pub struct TextExport {
    /// What of it.
    pub what: Export,
    /// All that is shown.
    pub content: Arc<ExportContent>,
}

impl Exported for TextExport {
    type Options = ExportOptions;

    fn fitting(&self, options: ExportOptions) -> ExportOptions {
        let formats = self.what.formats();
        let format = if formats.contains(&options.format) { options.format } else { formats[0] };
        ExportOptions { format, ..options }
    }

    fn seen(options: ExportOptions) -> ExportOptions {
        ExportOptions { format: Format::Png, seconds: 0.0, ..options }
    }

    fn format(options: &ExportOptions) -> Format {
        options.format
    }

    fn common(options: &mut ExportOptions) -> (&mut Format, &mut PageOptions) {
        (&mut options.format, &mut options.page)
    }

    fn page<'a>(&self, options: &'a mut ExportOptions) -> Option<&'a mut PageOptions> {
        let is_text = matches!(options.format, Format::Txt | Format::Json | Format::Csv);
        (!is_text).then_some(&mut options.page)
    }

    fn choices(&self, ui: &mut Ui, options: &mut ExportOptions) {
        let mut row = |name: &str, about: &str, value: DragValue<'_>| {
            ui.horizontal(|ui| {
                ui.label(small(name)).on_hover_text(about);
                ui.add(value);
            });
        };
        match self.what {
            Export::Strip => {
                let sheet = self.exhibited(|shown| shown.strip(options.columns, dark))?;
                Drawing::Texts(TextSheet { caption, ..sheet })
            }
            Export::Curve(curve) => {
                let count = self.films.first().map_or(1, |(_, film)| film.count);
                Ok(runs_chart(curve, &self.logs(), (count, "text")))
            }
            _ => Err("it is no chart".to_owned()),
        }
    }

    /// What has a page.
    fn figure(&self, what: Export, options: &ExportOptions) -> Result<Figure, String> {
        let caption = if options.page.caption { self.caption.clone() } else { String::new() };
        let dark = options.page.page(options.format).ground.dark;
        let drawing = match what {
            Export::Page | Export::Animation => {
                let sheet = self.exhibited(|shown| shown.page(self.at.1, dark))?;
                Drawing::Texts(TextSheet { caption, ..sheet })
            }
            Export::Text => Drawing::Texts(TextSheet { caption, ..self.exhibited(|shown| shown.large(dark))? }),
            Export::Strip => {
                let sheet = self.exhibited(|shown| shown.strip(options.columns, dark))?;
                Drawing::Texts(TextSheet { caption, ..sheet })
            }
            Export::Curve(_) | Export::Areas | Export::Truth => {
                let chart = self.chart(what)?;
                let notes = chart.notes.into_iter().chain([caption]).filter(|note| !note.is_empty());
                let caption = notes.collect::<Vec<_>>().join("; ");
                Drawing::Plot(LinePlot { caption, ..chart.plot })
            }
        };
        Ok(Figure { drawing, recipe: self.carried(what, options) })
    }

    /// Draws with what is shown.
    fn exhibited<T>(
        &self,
        draw: impl FnOnce(&TextExhibit<'_>) -> Result<T, String>,
    ) -> Result<T, String> {
        // Copies, so that the window does not wait for what is drawn of them.
        let reels: Vec<_> = self.films.iter().map(|(_, film)| film.lock().clone()).collect();
        let notes: Vec<_> =
            self.films.iter().map(|(_, film)| move |step: usize| film.notes_at(step)).collect();
        let sides = self.films.iter().zip(&reels).zip(&notes).map(|(((name, film), reel), notes)| ShownSide {
            name: name.clone(),
            lexicon: &film.lexicon,
            source: film.denoiser.source(),
            trace: reel.trace(),
            notes,
        });
        draw(&TextExhibit {
            sides: sides.collect(),
            here: self.here,
            shows: self.shows,
            axis: self.at.0,
            position: self.at.1,
            picked: self.picked,
        })
    }
}
