//! What the lab writes to files.

use super::films::{Film, Reel};
use super::layers::pixels;
use super::measured::Measured;
use super::questions::Thought;
use crate::experiment::images::{ImageSubject, ImageView};
use crate::experiment::{NAMES, Recipe, TimeAxis, file_stem};
use crate::figure::recipe::{into_gif, into_png};
use crate::figure::{Drawing, Figure, FigureError, LinePlot, Pictures};
use crate::sampler::sequence::StepRecord;
use crate::ui::export::{Exported, Format, PageOptions, format_row, number_row, seconds_row};
use crate::view::sequence::{
    Aspect, Layer, LoggedRun, RunCurve, RunLosses, Seen, Wall, WallError, Walls, denoising_strip,
    layers_figure, losses_chart, rows_from, runs_chart, runs_numbers,
};
use egui::{DragValue, Ui};
use image::RgbaImage;
use std::sync::Arc;

/// Most frames of an animation.
const FRAMES: usize = 120;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// The wall as it is, PNG.
    Wall,
    /// The large image with its layers.
    Layers,
    /// Images at several κ: rows are settings, or images of one setting.
    Strip,
    /// The wall over time, GIF.
    Animation,
    /// A curve along the runs.
    Curve(RunCurve),
    /// What was measured with a network of ours.
    Measured(Measured),
    /// What the training runs cost.
    Losses,
}

impl Export {
    /// What it can be written as.
    pub fn formats(self) -> &'static [Format] {
        match self {
            Self::Wall => &[Format::Png, Format::Svg, Format::Pdf],
            Self::Animation => &[Format::Gif],
            Self::Layers | Self::Strip => &[Format::Png, Format::Svg, Format::Pdf],
            Self::Curve(_) | Self::Measured(_) | Self::Losses => {
                &[Format::Png, Format::Svg, Format::Pdf, Format::Csv]
            }
        }
    }

    /// On the menu.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wall => "Wall",
            Self::Layers => "Image with its layers",
            Self::Strip => "Denoising strip",
            Self::Animation => "Timeline of the wall",
            Self::Curve(RunCurve::Revealed) => "Revealed tokens",
            Self::Curve(RunCurve::Entropy) => "Entropy",
            Self::Curve(RunCurve::Passes) => "Denoiser evaluations",
            Self::Measured(which) => which.export_name(),
            Self::Losses => "Losses of the training runs",
        }
    }
}

/// Everything that is needed to write what is shown, taken from the lab at once.
pub struct ExportContent {
    /// Films with their words, in the order of the sides.
    pub films: Vec<(String, Arc<Film>)>,
    /// What happened along them.
    pub runs: Vec<Arc<LoggedRun>>,
    /// Which of them is being set.
    pub here: usize,
    /// What walls, strips and animations show of the images.
    pub shows: Aspect,
    /// Where all are shown: the axis that they go along, and the place on it.
    pub at: (TimeAxis, f64),
    /// The image that is shown large.
    pub picked: Option<usize>,
    /// What sets each side apart.
    pub labels: Vec<String>,
    /// What is thought of it, with the words of its side.
    pub thoughts: Vec<(String, Thought)>,
    /// All settings as a caption.
    pub caption: String,
    /// The training runs that are shown, in words.
    pub trained: String,
    /// Their losses, and the bounds on images held out.
    pub losses: Vec<RunLosses>,
    /// What gives the experiment back when the figure is dropped on the window, if anything can.
    pub recipe: Option<Recipe>,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExportOptions {
    /// The kind of file.
    pub format: Format,
    /// Of a figure; walls have none.
    pub page: PageOptions,
    /// Columns of a strip.
    pub columns: usize,
    /// Rows of a strip of one setting.
    pub rows: usize,
    /// How long an animation lasts.
    pub seconds: f64,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { format: Format::Png, page: PageOptions::default(), columns: 9, rows: 6, seconds: 6.0 }
    }
}

/// What is exported.
#[derive(Clone)]
pub struct ImageExport {
    /// What of it.
    pub what: Export,
    /// All that is shown.
    pub content: Arc<ExportContent>,
}

impl Exported for ImageExport {
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
        // One wall alone is its pixels and nothing else.
        let alone = self.content.films.len() < 2;
        let as_pixels = match self.what {
            Export::Wall => alone && options.format == Format::Png,
            Export::Animation => alone,
            _ => false,
        };
        (!as_pixels).then_some(&mut options.page)
    }

    fn choices(&self, ui: &mut Ui, options: &mut ExportOptions) {
        match self.what {
            Export::Strip => {
                let films = || self.content.films.iter().map(|(_, film)| film);
                let most = films().map(|film| film.lock().trace().frames().len()).min().unwrap_or_default();
                let times = DragValue::new(&mut options.columns).range(2..=most.max(2)).speed(0.05);
                number_row(ui, "Columns", "Times whose κ are as evenly spread as the steps allow.", times);
                if let [(_, film)] = &self.content.films[..] {
                    let images = DragValue::new(&mut options.rows).range(1..=film.count).speed(0.05);
                    number_row(
                        ui,
                        "Rows",
                        "Images, from the one that is shown large, else from the first.",
                        images,
                    );
                }
            }
            Export::Animation => {
                seconds_row(ui, &mut options.seconds);
            }
            _ => {}
        }
        format_row(ui, &mut options.format, self.what.formats());
    }

    fn file_stem(&self, _: &ExportOptions) -> String {
        let of_sides = !matches!(self.what, Export::Measured(_) | Export::Losses);
        let labels: &[String] = if of_sides { &self.content.labels } else { &[] };
        let named = NAMES.into_iter().zip(labels.iter().map(String::as_str));
        file_stem(&self.what.name().to_lowercase(), named.filter(|_| labels.len() > 1))
    }

    fn notes(&self) -> Vec<String> {
        let carries = self.content.recipe.is_some() && self.what != Export::Losses;
        if carries || matches!(self.what, Export::Measured(_)) {
            return Vec::new();
        }
        vec![
            "A file can't say all of this experiment: dropped on the window, it will not give it back."
                .to_owned(),
        ]
    }

    fn preview(&self, options: &ExportOptions) -> Result<RgbaImage, String> {
        let content = &self.content;
        if matches!(self.what, Export::Wall | Export::Animation) && content.films.len() < 2 {
            let reel = content.film()?.lock().clone();
            let (seen, frame) = content.here(&reel)?;
            return content.wall()?.seen(&seen, frame).map_err(|error| error.to_string());
        }
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
        let recipe = &self.carried(what, options);
        let several = self.films.len() > 1;
        let bytes = match (what, options.format) {
            (Export::Animation, _) if several => {
                let lasts = (1000.0 * options.seconds).round() as u32;
                let caption = if options.page.caption { self.caption.as_str() } else { "" };
                let reels = self.reels();
                match self.walls(&reels)?.gif(
                    caption,
                    (FRAMES, lasts),
                    options.page.page(options.format),
                    go_on,
                ) {
                    Ok(gif) if recipe.is_empty() => gif,
                    Ok(gif) => into_gif(gif, recipe),
                    Err(WallError::Figure(FigureError::Stopped)) => return Ok(None),
                    Err(error) => return Err(error.to_string()),
                }
            }
            (Export::Wall, Format::Png) if !several => {
                let reel = self.film()?.lock().clone();
                let (seen, frame) = self.here(&reel)?;
                let png = self.wall()?.seen_png(&seen, frame).map_err(|e| e.to_string())?;
                if recipe.is_empty() { png } else { into_png(png, recipe) }
            }
            (Export::Animation, _) => {
                // A copy, so that the window does not wait for it.
                let reel = self.film()?.lock().clone();
                let lasts = (1000.0 * options.seconds).round() as u32;
                match self.wall()?.gif(&self.seen(self.film()?, &reel), (FRAMES, lasts), go_on) {
                    Ok(gif) if recipe.is_empty() => gif,
                    Ok(gif) => into_gif(gif, recipe),
                    Err(WallError::Figure(FigureError::Stopped)) => return Ok(None),
                    Err(error) => return Err(error.to_string()),
                }
            }
            (Export::Measured(which), Format::Csv) => which.chart()?.numbers.to_csv().into_bytes(),
            (Export::Losses, Format::Csv) => {
                losses_chart(&self.losses, "images").numbers.to_csv().into_bytes()
            }
            (_, Format::Csv) => runs_numbers(&self.runs()).to_csv().into_bytes(),
            (_, format) => {
                let figure = self.figure(what, options)?;
                format.of_figure(&figure, options.page.page(format)).map_err(|error| error.to_string())?
            }
        };
        Ok(Some(bytes))
    }

    /// What a file carries; nothing of what was measured, and where nothing gives the experiment back.
    fn carried(&self, what: Export, options: &ExportOptions) -> String {
        let subject = match what {
            Export::Wall => ImageSubject::Wall,
            Export::Layers => ImageSubject::Layers,
            Export::Strip => ImageSubject::Strip,
            Export::Animation => ImageSubject::Timeline,
            Export::Curve(RunCurve::Revealed) => ImageSubject::Revealed,
            Export::Curve(RunCurve::Entropy) => ImageSubject::Entropy,
            Export::Curve(RunCurve::Passes) => ImageSubject::Passes,
            // A run is kept in a file of its own.
            Export::Measured(_) | Export::Losses => return String::new(),
        };
        let ExportOptions { page, columns, rows, seconds, .. } = *options;
        let view = ImageView {
            columns,
            rows,
            seconds,
            ..ImageView::on(subject, page.page(options.format), page.caption)
        };
        self.recipe.as_ref().map_or_else(String::new, |recipe| recipe.clone().showing(&view).text())
    }

    fn film(&self) -> Result<&Film, String> {
        Ok(&self.films.get(self.here).ok_or("there is no run yet")?.1)
    }

    fn wall(&self) -> Result<Wall<'_>, String> {
        let film = self.film()?;
        Ok(Wall::of(&film.tokenizer, film.count))
    }

    /// Copies, so that the window does not wait for what is drawn of them.
    fn reels(&self) -> Vec<Reel> {
        self.films.iter().map(|(_, film)| film.lock().clone()).collect()
    }

    /// How the images of a film are seen.
    fn seen<'a>(&self, film: &'a Film, reel: &'a Reel) -> Seen<'a> {
        Seen {
            trace: reel.trace(),
            denoiser: &*film.denoiser,
            tokenizer: &film.tokenizer,
            scheduler: film.scheduler,
            aspect: self.shows,
        }
    }

    /// The film that is being set, of which `reel` is, and the frame that is shown.
    fn here<'a>(&'a self, reel: &'a Reel) -> Result<(Seen<'a>, usize), String> {
        let (axis, position) = self.at;
        let record = reel.record_at(axis, position).ok_or("there is no run yet")?;
        Ok((self.seen(self.film()?, reel), reel.trace().frame_at(record.step).unwrap_or(0)))
    }

    /// All walls beside each other.
    fn walls<'a>(&'a self, reels: &'a [Reel]) -> Result<Walls<'a>, String> {
        let film = self.film()?;
        let sides = self.films.iter().zip(reels);
        let sides = sides.map(|((words, film), reel)| (words.clone(), self.seen(film, reel)));
        let (along, axis): (fn(&StepRecord) -> f64, _) = match self.at.0 {
            TimeAxis::T => (|record| record.t, "t"),
            TimeAxis::Kappa => (|record| record.kappa, "κ"),
        };
        Ok(Walls { tokenizer: &film.tokenizer, images: film.count, sides: sides.collect(), along, axis })
    }

    fn runs(&self) -> Vec<&LoggedRun> {
        self.runs.iter().map(|run| &**run).collect()
    }

    /// What has a page.
    fn figure(&self, what: Export, options: &ExportOptions) -> Result<Figure, String> {
        let caption = || if options.page.caption { self.caption.clone() } else { String::new() };
        let drawing = match what {
            Export::Measured(which) => {
                let chart = which.chart()?;
                let caption = if options.page.caption { chart.notes.join("; ") } else { String::new() };
                Drawing::Plot(LinePlot { caption, ..chart.plot })
            }
            Export::Losses => {
                let caption = if options.page.caption { self.trained.clone() } else { String::new() };
                Drawing::Plot(losses_chart(&self.losses, "images").captioned(caption))
            }
            Export::Curve(curve) => {
                let chart = runs_chart(curve, &self.runs(), (self.film()?.count, "image"));
                Drawing::Plot(chart.captioned(caption()))
            }
            Export::Layers => Drawing::Pictures(Pictures { caption: caption(), ..self.layers()? }),
            Export::Strip => Drawing::Pictures(Pictures { caption: caption(), ..self.strip(options)? }),
            Export::Wall | Export::Animation => {
                let reels = self.reels();
                let walls = self.walls(&reels)?.at(self.at.1).map_err(|error| error.to_string())?;
                Drawing::Pictures(Pictures { caption: caption(), ..walls })
            }
        };
        Ok(Figure { drawing, recipe: self.carried(what, options) })
    }

    fn layers(&self) -> Result<Pictures, String> {
        let Some((_, first)) = self.thoughts.first() else {
            return Err("no image is shown large".to_owned());
        };
        let layers = |thought: &Thought| Layer::ALL.map(|layer| pixels(layer, thought)).to_vec();
        let sides = self.thoughts.iter().map(|(words, thought)| (words.clone(), layers(thought)));
        Ok(layers_figure(sides.collect(), first.still.kappa.value, &first.question.film.tokenizer))
    }

    fn strip(&self, options: &ExportOptions) -> Result<Pictures, String> {
        let reels = self.reels();
        let alone = self.films.len() == 1;
        let name = |words: &String| if alone { String::new() } else { words.clone() };
        let runs = self.films.iter().zip(&reels);
        let runs: Vec<_> = runs.map(|((words, film), reel)| (name(words), self.seen(film, reel))).collect();
        let images = match (self.films.len(), self.picked) {
            (1, picked) => rows_from(picked, options.rows, self.film()?.count),
            (_, Some(picked)) => picked..picked + 1,
            _ => 0..1,
        };
        denoising_strip(&runs, images, options.columns).map_err(|e| e.to_string())
    }
}
