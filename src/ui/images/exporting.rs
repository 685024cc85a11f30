//! What the lab writes to files.

use super::films::Film;
use super::layers::pixels;
use super::measured::Measured;
use super::questions::Thought;
use crate::data::atomic_write;
use crate::figure::recipe::{into_gif, into_png};
use crate::figure::{Drawing, Figure, LinePlot, Page, Picture, PictureRow, Pictures};
use crate::view::images::{
    ImageRun, Layer, RunCurve, Wall, denoising_strip, nfe_chart, runs_chart, runs_numbers,
};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// Columns of a strip.
const COLUMNS: usize = 9;
/// Rows of a strip of one setting.
const ROWS: usize = 6;
/// Most frames of an animation, and how long it lasts in ms.
const FRAMES: usize = 120;
const LASTS: u32 = 6_000;

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
}

impl Export {
    /// What it can be written as.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Wall => &["png"],
            Self::Animation => &["gif"],
            Self::Layers | Self::Strip => &["png", "svg"],
            Self::Curve(_) | Self::Measured(_) => &["svg", "png", "csv"],
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
            Self::Curve(RunCurve::Passes) => "Passes",
            Self::Measured(_) => "Samples against passes",
        }
    }
}

/// Everything that is needed to write what is shown, taken from the lab at once.
pub struct ExportContent {
    /// Films with their words, in the order of the sides.
    pub films: Vec<(String, Arc<Film>)>,
    /// Which of them is being set.
    pub here: usize,
    /// All images of that one as they are shown.
    pub states: Vec<u16>,
    /// The image that is shown large.
    pub picked: Option<usize>,
    /// What is thought of it, with the words of its side.
    pub thoughts: Vec<(String, Thought)>,
    /// All settings as a caption.
    pub caption: String,
    /// What gives the experiment back when the figure is dropped on the window; empty if nothing can.
    pub recipe: String,
}

impl ExportContent {
    /// Writes `what` to a file, whole or not at all. Returns what to say.
    ///
    /// # Errors
    /// If there is nothing to be written, or the file can't be.
    pub fn write(&self, what: Export, file: &Path) -> Result<String, String> {
        let ending = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let bytes = self.bytes(what, &ending).map_err(|why| format!("{}: {why}", file.display()))?;
        atomic_write(file, |out| out.write_all(&bytes)).map_err(|error| error.to_string())?;
        Ok(format!("saved {}", file.display()))
    }

    fn bytes(&self, what: Export, ending: &str) -> Result<Vec<u8>, String> {
        if let Export::Measured(which) = what {
            let chart = nfe_chart(&which.points()?);
            if ending == "csv" {
                return Ok(chart.numbers.to_csv().into_bytes());
            }
            let caption = chart.notes.join("; ");
            return self.figure(Drawing::Plot(LinePlot { caption, ..chart.plot }), ending);
        }
        let (_, film) = self.films.get(self.here).ok_or("there is no run yet")?;
        let wall = Wall::of(&film.tokenizer, film.images);
        match what {
            Export::Wall => {
                let png = wall.png(&self.states).map_err(|e| e.to_string())?;
                Ok(if self.recipe.is_empty() { png } else { into_png(png, &self.recipe) })
            }
            Export::Animation => {
                // A copy, so that the window does not wait for it.
                let reel = film.lock().clone();
                let gif = wall.gif(reel.trace(), FRAMES, LASTS, |_| true).map_err(|e| e.to_string())?;
                Ok(if self.recipe.is_empty() { gif } else { into_gif(gif, &self.recipe) })
            }
            Export::Layers => self.figure(Drawing::Pictures(self.layers()?), ending),
            Export::Strip => self.figure(Drawing::Pictures(self.strip()?), ending),
            // It needs no run, and is done already.
            Export::Measured(_) => Err("there is nothing to write".to_owned()),
            Export::Curve(curve) => {
                let runs: Vec<ImageRun> =
                    self.films.iter().map(|(words, film)| film.as_run(words.clone())).collect();
                if ending == "csv" {
                    return Ok(runs_numbers(&runs).to_csv().into_bytes());
                }
                let chart = runs_chart(curve, &runs, film.images);
                let notes = chart.notes.into_iter().map(|note| format!("{note}; "));
                let caption = notes.chain([self.caption.clone()]).collect();
                self.figure(Drawing::Plot(LinePlot { caption, ..chart.plot }), ending)
            }
        }
    }

    fn figure(&self, drawing: Drawing, ending: &str) -> Result<Vec<u8>, String> {
        let figure = Figure { drawing, recipe: self.recipe.clone() };
        if ending == "svg" {
            figure.to_svg(Page::default()).map(String::into_bytes).map_err(|e| e.to_string())
        } else {
            figure.to_png(Page::default()).map_err(|e| e.to_string())
        }
    }

    fn layers(&self) -> Result<Pictures, String> {
        if self.thoughts.is_empty() {
            return Err("no image is shown large".to_owned());
        }
        let row = |(words, thought): &(String, Thought)| PictureRow {
            label: if self.thoughts.len() > 1 { words.clone() } else { String::new() },
            pictures: Layer::ALL
                .into_iter()
                .map(|layer| Picture { title: layer.name().to_owned(), pixels: pixels(layer, thought) })
                .collect(),
        };
        let rows = self.thoughts.iter().map(row).collect();
        let kappa = self.thoughts[0].1.still.kappa.value;
        Ok(Pictures { title: format!("κ = {kappa:.3}"), rows, caption: self.caption.clone() })
    }

    fn strip(&self) -> Result<Pictures, String> {
        let reels: Vec<_> = self.films.iter().map(|(words, film)| (words, film.lock().clone())).collect();
        let traces: Vec<_> = reels.iter().map(|(words, reel)| ((*words).clone(), reel.trace())).collect();
        let images = match (self.films.len(), self.picked) {
            (1, _) => 0..ROWS,
            (_, Some(picked)) => picked..picked + 1,
            _ => 0..1,
        };
        let tokenizer = &self.films[0].1.tokenizer;
        let traces = if traces.len() == 1 { vec![(String::new(), traces[0].1)] } else { traces };
        let strip = denoising_strip(tokenizer, &traces, images, COLUMNS).map_err(|e| e.to_string())?;
        Ok(Pictures { caption: self.caption.clone(), ..strip })
    }
}
