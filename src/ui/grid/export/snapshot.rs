//! What is exported: a view as it was when the button was pressed, and how it is to be drawn.

use super::super::fields::Scene;
use super::super::sampler_thread::SampleResult;
use super::super::settings::Settings;
use crate::data::{atomic_write, write_csv};
use crate::figure::{Figure, FigureError, Page, PageSize};
use crate::flow::GridPath;
use crate::view::{self, Numbers, Recipe, Show, Style, Subject, View};
use image::RgbaImage;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// The name under which the network is to be saved so that a figure's command finds it.
pub const NETWORK: &str = "network.safetensors";

/// Everything that a view depends on.
#[derive(Clone)]
pub struct Snapshot {
    pub path: Arc<GridPath>,
    pub settings: Settings,
    pub result: Option<Arc<SampleResult>>,
    pub t: f64,
    pub view: View,
}

/// One picture, several beside each other, or an animation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Over {
    #[default]
    Now,
    Strip,
    Timeline,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Png,
    Svg,
    Csv,
    Gif,
}

impl Format {
    /// Of its file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Csv => "csv",
            Self::Gif => "gif",
        }
    }
}

/// How it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    pub over: Over,
    pub format: Format,
    pub size: Option<PageSize>,
    pub dark: bool,
    pub caption: bool,
    pub strip_frames: usize,
    pub timeline_frames: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            over: Over::Now,
            format: Format::Png,
            size: None,
            dark: false,
            caption: true,
            strip_frames: 6,
            timeline_frames: 48,
        }
    }
}

impl Snapshot {
    /// What the figure is about.
    pub fn subject(&self, options: &Options) -> Subject {
        match options.over {
            Over::Now => Subject::View(self.view),
            Over::Strip => Subject::Strip(self.view),
            Over::Timeline => Subject::Timeline(self.view),
        }
    }

    fn scene(&self) -> view::Scene<'_> {
        let (path, settings) = (&self.path, &self.settings);
        Scene { path, settings, result: self.result.as_ref(), t: self.t }.of_views()
    }

    fn times(&self, options: &Options) -> Vec<f64> {
        view::times(match options.over {
            Over::Now => 1,
            Over::Strip => options.strip_frames,
            Over::Timeline => options.timeline_frames,
        })
    }

    /// The command that makes it again.
    fn recipe(&self, options: &Options, page: Page) -> Recipe {
        let settings = &self.settings;
        let mut flow = settings.flow.clone();
        flow.k = Some(self.path.data_tokens());
        let from_run = self.view.needs_run(settings.show);
        let denoiser = match settings.show {
            Show::Learned => NETWORK.to_owned(),
            Show::Exact if settings.epsilon == 0.0 => "oracle".to_owned(),
            Show::Exact if settings.early_error && self.path.reveals() => {
                format!("noisy-early:{}", settings.epsilon)
            }
            Show::Exact => format!("noisy:{}", settings.epsilon),
        };
        let config = settings.effective_sampler();
        let sampler = match self.view {
            View::PosteriorError => String::new(),
            _ if from_run => config.to_string(),
            View::Traffic if config.corrector.is_on() => format!("--corrector {}", config.corrector),
            _ => String::new(),
        };
        Recipe {
            subject: self.subject(options),
            flow: flow.to_string(),
            t: self.t,
            denoiser: from_run.then_some(denoiser),
            sampler,
            particles: (settings.particles, settings.seed),
            part: settings.divergence,
            scale: settings.scale,
            frames: (options.over != Over::Now).then(|| self.times(options).len()),
            page,
            caption: options.caption,
        }
    }

    fn style(&self, options: &Options, page: Page, out: &str) -> Style {
        let recipe = self.recipe(options, page);
        let caption = options.caption.then(|| recipe.settings());
        Style { scale: recipe.scale, caption, recipe: recipe.command(out) }
    }

    /// The figure as pixels, no larger than a preview needs; of an animation the present frame.
    pub fn preview(&self, options: &Options) -> Result<RgbaImage, String> {
        let page = Page { size: options.size.map(for_preview), dark: options.dark };
        let figure = self.figure(options, page, "figure.png")?;
        figure.to_image(page).map_err(|why| why.to_string())
    }

    fn figure(&self, options: &Options, page: Page, out: &str) -> Result<Figure, String> {
        let (scene, style) = (self.scene(), self.style(options, page, out));
        let figure = match options.over {
            Over::Now => scene.figure(self.view, &style),
            Over::Strip => scene.strip(self.view, &self.times(options), &style),
            Over::Timeline => scene.frame_figure(self.view, self.t, &style),
        };
        figure.map_err(|why| why.to_string())
    }

    /// Writes the file, whole or not at all; false if `go_on` stopped it. `go_on` is told how much is done.
    pub fn write(
        &self,
        options: &Options,
        file: &Path,
        go_on: impl FnMut(f64) -> bool,
    ) -> Result<bool, String> {
        let page = Page { size: options.size, dark: options.dark };
        let name = file.file_name().map_or("figure".into(), |name| name.to_string_lossy().into_owned());
        let bytes = match (options.format, options.over) {
            (Format::Csv, over) => {
                let numbers = match over {
                    Over::Now => self.scene().numbers(self.view),
                    _ => self.scene().numbers_over(self.view, &self.times(options)),
                };
                match numbers.map_err(|why| why.to_string())? {
                    Numbers::Grid(values) => {
                        return write_csv(file, &values).map(|()| true).map_err(|e| e.to_string());
                    }
                    Numbers::Table(table) => table.to_csv().into_bytes(),
                }
            }
            (_, Over::Timeline) => {
                let style = self.style(options, page, &name);
                match self.scene().animation(self.view, &self.times(options), &style, page, go_on) {
                    Ok((gif, _)) => gif,
                    Err(view::AnimationError::Figure(FigureError::Stopped)) => return Ok(false),
                    Err(why) => return Err(why.to_string()),
                }
            }
            (format, _) => {
                let figure = self.figure(options, page, &name)?;
                let bytes = match format {
                    Format::Svg => figure.to_svg(page).map(String::into_bytes),
                    _ => figure.to_png(page),
                };
                bytes.map_err(|why| why.to_string())?
            }
        };
        atomic_write(file, |out| out.write_all(&bytes)).map(|()| true).map_err(|e| e.to_string())
    }
}

/// A page of the same shape that is quick to draw: a figure is laid out the same on both.
fn for_preview(size: PageSize) -> PageSize {
    let share = (1000.0 / f64::from(size.width().max(size.height()))).min(1.0);
    let [width, height] = [size.width(), size.height()].map(|side| (f64::from(side) * share).round() as u32);
    PageSize::new(width, height).unwrap_or(size)
}
