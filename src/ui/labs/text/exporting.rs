//! What the lab writes to files.

use super::films::TextFilm;
use super::studies::Truths;
use crate::experiment::text::{
    LanguageCurve, MeasuredTexts, ShownSide, Stair, TextExhibit, TextSubject, TextView, areas_chart,
    truth_chart, truth_words,
};
use crate::experiment::{NAMES, Recipe, TimeAxis, file_stem};
use crate::figure::recipe::into_gif;
use crate::figure::{Drawing, Figure, TextSheet};
use crate::ui::export::{Exported, Format, PageOptions, format_row, number_row, seconds_row};
use crate::view::Chart;
use crate::view::sequence::{
    LoggedRun, RunCurve, RunLosses, TextLayer, losses_chart, runs_chart, runs_numbers,
};
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
    /// What was measured of who answers.
    Judged,
    /// The losses of the training runs.
    Losses,
}

impl Export {
    /// What it can be written as.
    pub fn formats(self) -> &'static [Format] {
        match self {
            Self::Page | Self::Text => &[Format::Svg, Format::Png, Format::Pdf, Format::Txt, Format::Json],
            Self::Strip => &[Format::Svg, Format::Png, Format::Pdf],
            Self::Animation => &[Format::Gif],
            Self::Curve(_) | Self::Areas | Self::Truth | Self::Judged | Self::Losses => {
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
            Self::Judged => "Judged texts",
            Self::Losses => "Losses of the training runs",
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
            // What was measured is not sampled again, and what was trained is not trained again.
            Self::Judged | Self::Losses => TextSubject::Page,
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
    /// What was measured of who answers, and in words of whom.
    pub judged: Option<(String, Arc<MeasuredTexts>)>,
    /// What the training runs cost that are shown, and what they are.
    pub losses: Vec<RunLosses>,
    /// See there.
    pub trained: String,
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

    fn common(options: &mut ExportOptions) -> (&mut Format, &mut PageOptions) {
        (&mut options.format, &mut options.page)
    }

    fn page<'a>(&self, options: &'a mut ExportOptions) -> Option<&'a mut PageOptions> {
        let is_text = matches!(options.format, Format::Txt | Format::Json | Format::Csv);
        (!is_text).then_some(&mut options.page)
    }

    fn choices(&self, ui: &mut Ui, options: &mut ExportOptions) {
        match self.what {
            Export::Strip => {
                let times = DragValue::new(&mut options.columns).range(2..=32).speed(0.05);
                number_row(ui, "Times", "κ are as evenly spread as the steps allow.", times);
            }
            Export::Animation => {
                seconds_row(ui, &mut options.seconds);
            }
            _ => {}
        }
        format_row(ui, &mut options.format, self.what.formats());
    }

    fn file_stem(&self, _: &ExportOptions) -> String {
        let of_all = matches!(self.what, Export::Truth | Export::Losses);
        let labels: &[String] = if of_all { &[] } else { &self.content.labels };
        let named = NAMES.into_iter().zip(labels.iter().map(String::as_str));
        file_stem(&self.what.name().to_lowercase(), named.filter(|_| labels.len() > 1))
    }

    fn preview(&self, options: &ExportOptions) -> Result<RgbaImage, String> {
        let figure = self.content.figure(self.what, options)?;
        figure.to_preview(options.page.page(options.format)).map_err(|error| error.to_string())
    }

    fn bytes(
        &self,
        options: &ExportOptions,
        _: &str,
        go_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Vec<u8>>, String> {
        self.content.bytes(self.what, options, go_on)
    }
}

impl ExportContent {
    /// The bytes of a file; none if `go_on` stopped it.
    fn bytes(
        &self,
        what: Export,
        options: &ExportOptions,
        go_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Vec<u8>>, String> {
        let bytes = match (what, options.format) {
            (Export::Animation, _) => {
                let caption = if options.page.caption { self.caption.as_str() } else { "" };
                let page = options.page.page(Format::Gif);
                let gif = self.exhibited(|shown| shown.gif((caption, options.seconds), page, go_on))?;
                match gif {
                    Some(gif) => into_gif(gif, &self.carried(what, options)),
                    None => return Ok(None),
                }
            }
            (_, Format::Txt) => self.exhibited(|shown| shown.text_file(what == Export::Text))?.into_bytes(),
            (_, Format::Json) => {
                self.exhibited(|shown| shown.json_file(&self.caption, what == Export::Text))?
            }
            (Export::Areas | Export::Truth | Export::Judged | Export::Losses, Format::Csv) => {
                self.chart(what)?.numbers.to_csv().into_bytes()
            }
            (_, Format::Csv) => runs_numbers(&self.logs()).to_csv().into_bytes(),
            (_, format) => {
                let figure = self.figure(what, options)?;
                format.of_figure(&figure, options.page.page(format)).map_err(|error| error.to_string())?
            }
        };
        Ok(Some(bytes))
    }

    /// What a file carries.
    fn carried(&self, what: Export, options: &ExportOptions) -> String {
        let ExportOptions { page, columns, seconds, .. } = *options;
        let view = TextView {
            columns,
            seconds,
            ..TextView::on(what.subject(), page.page(options.format), page.caption)
        };
        match what {
            // Nothing gives a training run back.
            Export::Losses => String::new(),
            _ => self.recipe.clone().showing(&view).text(),
        }
    }

    fn logs(&self) -> Vec<&LoggedRun> {
        self.runs.iter().map(|run| &**run).collect()
    }

    fn chart(&self, what: Export) -> Result<Chart, String> {
        match what {
            Export::Areas => {
                let curve = self.curve.as_ref().ok_or("the information curve is not known yet")?;
                Ok(areas_chart(curve, &self.stairs, self.here))
            }
            Export::Truth => {
                let film = &self.films.first().ok_or("there is no run yet")?.1;
                let (name, _) = truth_words(&film.lexicon.language.spec);
                Ok(truth_chart(&self.truths, name))
            }
            Export::Judged => Ok(self.judged.as_ref().ok_or("nothing was measured yet")?.1.chart()),
            Export::Losses => Ok(losses_chart(&self.losses, "texts")),
            Export::Curve(curve) => {
                let count = self.films.first().map_or(1, |(_, film)| film.count);
                Ok(runs_chart(curve, &self.logs(), (count, "text")))
            }
            _ => Err("it is no chart".to_owned()),
        }
    }

    /// What has a page.
    fn figure(&self, what: Export, options: &ExportOptions) -> Result<Figure, String> {
        let said = match (what, &self.judged) {
            (Export::Losses, _) => self.trained.clone(),
            (Export::Judged, Some((whose, _))) => format!("{}; measured: {whose}", self.caption),
            _ => self.caption.clone(),
        };
        let caption = if options.page.caption { said } else { String::new() };
        let dark = options.page.page(options.format).ground.dark;
        let drawing = match what {
            Export::Page | Export::Animation => {
                let sheet = self.exhibited(|shown| shown.page(self.at.1, dark))?;
                Drawing::Texts(TextSheet { caption, ..sheet })
            }
            Export::Text => {
                Drawing::Texts(TextSheet { caption, ..self.exhibited(|shown| shown.large(dark))? })
            }
            Export::Strip => {
                let sheet = self.exhibited(|shown| shown.strip(options.columns, dark))?;
                Drawing::Texts(TextSheet { caption, ..sheet })
            }
            Export::Curve(_) | Export::Areas | Export::Truth | Export::Judged | Export::Losses => {
                Drawing::Plot(self.chart(what)?.captioned(caption))
            }
        };
        Ok(Figure { drawing, recipe: self.carried(what, options) })
    }

    /// Draws with what is shown.
    fn exhibited<T>(&self, draw: impl FnOnce(&TextExhibit<'_>) -> Result<T, String>) -> Result<T, String> {
        // Copies, so that the window does not wait for what is drawn of them.
        let reels: Vec<_> = self.films.iter().map(|(_, film)| film.lock().clone()).collect();
        let notes: Vec<_> =
            self.films.iter().map(|(_, film)| move |step: usize| film.notes_at(step)).collect();
        let sides = self.films.iter().zip(&reels).zip(&notes).map(|(((name, film), reel), notes)| {
            let called = (name.clone(), film.denoiser.source());
            ShownSide::new(called, &film.lexicon, reel.trace(), notes)
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
