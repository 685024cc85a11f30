//! What is exported: a view or a plot as it was when its button was pressed.

use super::super::fields::SideScene;
use super::super::inspector::shows_all_moves;
use super::super::sampler_thread::SampleResult;
use super::options::{Options, Over};
use super::plot::PlotContent;
use crate::data::FlowSpec;
use crate::data::csv_text;
use crate::experiment::grid::{Document, GridFigure, Moves, Sampling, Settings, carried};
use crate::experiment::{NAMES, Sides, along, file_stem, time_at};
use crate::figure::{CellWindow, Figure, FigureError, Page};
use crate::flow::GridPath;
use crate::ui::export::Format;
use crate::view::grid::{Ends, Marks, MoveKind, Scene, Style, Subject, View};
use crate::view::{self, Numbers};
use image::RgbaImage;
use std::sync::Arc;

/// An experiment at one moment: everything that a view of it depends on.
#[derive(Clone)]
pub struct FrozenSide {
    pub path: Arc<GridPath>,
    pub settings: Settings,
    pub result: Option<Arc<SampleResult>>,
    pub t: f64,
    pub shown_to: f64,
}

/// What is shown of it.
#[derive(Clone)]
pub enum Content {
    View(View),
    Plot(PlotContent),
}

/// What an export is made from.
#[derive(Clone)]
pub struct Snapshot {
    /// All that stand beside each other: then their colours are shared.
    pub sides: Vec<FrozenSide>,
    /// Which of them it is of.
    pub side: usize,
    /// All that is set.
    pub document: Document,
    pub content: Content,
    /// The pinned cell and the particle that is followed.
    pub cell: Option<[usize; 2]>,
    pub particle: Option<usize>,
    /// The part of the cells that is shown, where it is not all of them.
    pub section: Option<CellWindow>,
}

/// What a figure of all sides is made from.
struct Compared<'a> {
    scenes: Vec<Scene<'a>>,
    times: Vec<Vec<f64>>,
    styles: Vec<Style>,
    headings: Vec<String>,
}

impl FrozenSide {
    /// Of what is on the screen.
    pub fn of(scene: SideScene<'_>) -> Self {
        Self {
            path: scene.path.clone(),
            settings: scene.settings.clone(),
            result: scene.result.cloned(),
            // As the figure will say it; never before a step that has been made.
            t: ((1e6 * scene.t - 1e-3).ceil() / 1e6).min(1.0),
            shown_to: scene.shown_to,
        }
    }

    /// As the window's parts know it.
    pub fn scene(&self) -> SideScene<'_> {
        SideScene {
            path: &self.path,
            settings: &self.settings,
            result: self.result.as_ref(),
            t: self.t,
            shown_to: self.shown_to,
        }
    }

    /// The denoiser that is shown, as the command line names it.
    pub fn denoiser(&self) -> String {
        self.settings.denoiser().to_string()
    }

    /// The flow, with its K written out.
    pub fn flow(&self) -> FlowSpec {
        FlowSpec { k: Some(self.path.data_tokens()), ..self.settings.flow.clone() }
    }

    /// A figure about `subject` that shows neither a run nor a denoiser, and marks nothing.
    pub fn plain_figure(&self, subject: Subject, options: &Options, page: Page) -> GridFigure {
        let settings = &self.settings;
        GridFigure {
            subject,
            flow: self.flow(),
            t: self.t,
            denoiser: None,
            sampling: Sampling::None,
            particles: (settings.particles, settings.seed),
            part: settings.divergence,
            scale: settings.scale,
            ends: None,
            marks: Marks::default(),
            noise: false,
            frames: None,
            seconds: None,
            page,
            caption: options.page.caption,
        }
    }
}

impl Snapshot {
    /// The experiment that it is of.
    pub fn here(&self) -> &FrozenSide {
        &self.sides[self.side]
    }

    /// Whether there are several.
    pub fn is_compared(&self) -> bool {
        self.sides.len() > 1
    }

    /// Whether all of them can be in one figure.
    pub fn can_show_all(&self) -> bool {
        self.is_compared()
            && match &self.content {
                Content::View(_) => true,
                Content::Plot(plot) => plot.is_of_all_sides(),
            }
    }

    fn shows_all(&self, options: &Options) -> bool {
        options.all_sides && self.can_show_all()
    }

    /// The times of one side where those of A are these: the same, or where the timeline runs along κ those of the same κ.
    fn times_of(&self, side: &FrozenSide, options: &Options) -> Vec<f64> {
        if options.over == Over::Now {
            return vec![side.t];
        }
        let (a, own) = (&self.sides[0].settings, &side.settings);
        let (from, to) = (a.flow.scheduler, own.flow.scheduler);
        let translated = |t: f64| if from == to { t } else { time_at(a.axis, to, along(a.axis, from, t)) };
        self.times(options).into_iter().map(translated).collect()
    }

    /// What the figure is about.
    pub fn subject(&self, view: View, options: &Options) -> Subject {
        match options.over {
            Over::Now => Subject::View(view),
            Over::Strip => Subject::Strip(view),
            Over::Timeline => Subject::Timeline(view),
        }
    }

    /// The view, if it is one.
    pub fn view(&self) -> Option<View> {
        match self.content {
            Content::View(view) => Some(view),
            Content::Plot(_) => None,
        }
    }

    /// Whether something is marked over the picture that could be left out.
    pub fn is_marked(&self) -> bool {
        self.view().is_some_and(|view| self.all_marks(view, self.here()) != Marks::default())
    }

    fn times(&self, options: &Options) -> Vec<f64> {
        match options.over {
            Over::Now => vec![self.here().t],
            Over::Strip => view::grid::times(options.strip_frames),
            Over::Timeline => view::grid::times(options.frames_in_time()),
        }
    }

    /// What is marked in the window over a view of one of the experiments.
    fn all_marks(&self, view: View, of: &FrozenSide) -> Marks {
        let exists = |z: &[usize; 2]| z.iter().all(|token| *token < of.path.vocabulary());
        let moves = match of.settings.moves {
            Moves::Rates => Some(MoveKind::Rates),
            Moves::Fluxes => Some(MoveKind::Fluxes),
            Moves::Off => None,
        };
        Marks {
            moves: moves.filter(|_| view == View::Mass && shows_all_moves(of.scene())),
            cell: self.cell.filter(exists),
            particle: self.particle,
            section: None,
        }
    }

    /// What is marked in the figure.
    fn marks(&self, view: View, of: &FrozenSide, options: &Options) -> Marks {
        let marked = if options.marks { self.all_marks(view, of) } else { Marks::default() };
        // The particle belongs to the run of the experiment that is looked at.
        let own = std::ptr::eq(of, self.here());
        let particle = marked.particle.filter(|_| own && options.over != Over::Strip);
        Marks { section: self.section.filter(|_| options.section), particle, ..marked }
    }

    /// Where the colours of all sides end together.
    fn ends(&self, view: View, options: &Options) -> Result<Option<Ends>, String> {
        if !self.is_compared() {
            return Ok(None);
        }
        let scenes: Vec<_> = self.sides.iter().map(|side| side.scene().of_views()).collect();
        let times = self.sides.iter().map(|side| self.times_of(side, options));
        let marks = self.marks(view, self.here(), options);
        let style = Style { scale: self.here().settings.scale, marks, ..Style::default() };
        let ends = view::grid::shared_ends(&scenes, view, &times.collect::<Vec<_>>(), &style);
        ends.map(Some).map_err(|why| why.to_string())
    }

    /// All that the picture of a view depends on.
    fn described(
        &self,
        view: View,
        of: &FrozenSide,
        ends: Option<Ends>,
        options: &Options,
        page: Page,
    ) -> GridFigure {
        let settings = &of.settings;
        let marks = self.marks(view, of, options);
        let from_run = view.needs_run(settings.show) || marks.particle.is_some();
        let config = settings.effective_sampler();
        let sampling = match view {
            View::PosteriorError => Sampling::None,
            _ if from_run => Sampling::Run(config),
            View::Traffic => Sampling::Corrector(config.corrector),
            _ if marks.cell.is_some() || marks.moves.is_some() => Sampling::Corrector(config.corrector),
            _ => Sampling::None,
        };
        GridFigure {
            denoiser: from_run.then(|| of.denoiser()),
            sampling,
            ends,
            marks,
            frames: (options.over != Over::Now).then(|| self.times(options).len()),
            seconds: (options.over == Over::Timeline && options.format == Format::Gif)
                .then_some(options.timeline_seconds),
            ..of.plain_figure(self.subject(view, options), options, page)
        }
    }

    fn style(
        &self,
        view: View,
        of: &FrozenSide,
        options: &Options,
        page: Page,
        out: &str,
    ) -> Result<(Style, GridFigure), String> {
        let figure = self.described(view, of, self.ends(view, options)?, options, page);
        let style = Style {
            scale: figure.scale,
            ends: figure.ends,
            marks: figure.marks,
            caption: figure.caption.then(|| figure.words()),
            recipe: carried(&self.alone(of), &[&figure], out),
        };
        Ok((style, figure))
    }

    /// All that is set, for a figure of one side alone.
    fn alone(&self, of: &FrozenSide) -> Document {
        Document { sides: Sides::from(of.settings.clone()), ..self.document.clone() }
    }

    /// The figure as pixels, no larger than a preview needs; of an animation the present frame.
    pub fn preview(&self, options: &Options) -> Result<RgbaImage, String> {
        let page = options.page.page(options.format);
        let figure = self.figure(options, page, "figure.png")?;
        figure.to_preview(page).map_err(|why| why.to_string())
    }

    fn figure(&self, options: &Options, page: Page, out: &str) -> Result<Figure, String> {
        let view = match &self.content {
            Content::View(view) => *view,
            Content::Plot(plot) if self.shows_all(options) => {
                let sides: Vec<_> = self.headings().into_iter().zip(&self.sides).collect();
                return plot.compared_figure(&sides, &self.whole(), (options, page), out);
            }
            Content::Plot(plot) => {
                return plot.figure(self.here(), &self.alone(self.here()), (options, page), out);
            }
        };
        if self.shows_all(options) {
            let Compared { scenes, times, styles, headings } = self.compared(view, options, page, out)?;
            let figure = match options.over {
                Over::Strip => view::grid::compared_strip(&scenes, view, &times, &headings, &styles),
                _ => view::grid::compared_figure(&scenes, view, &headings, &styles),
            };
            return figure.map_err(|why| why.to_string());
        }
        let (scene, style) =
            (self.here().scene().of_views(), self.style(view, self.here(), options, page, out)?.0);
        let times = self.times(options);
        let figure = match options.over {
            Over::Now => scene.figure(view, &style),
            Over::Strip => scene.strip(view, &times, &style),
            Over::Timeline => scene.frame_figure(view, self.here().t, &times, &style),
        };
        figure.map_err(|why| why.to_string())
    }

    /// What each side is called.
    fn headings(&self) -> Vec<String> {
        let labels = self.document.labels();
        NAMES.iter().zip(&labels).map(|(name, label)| view::grid::heading(name, label)).collect()
    }

    /// What its file is called unless another name is typed.
    pub fn file_stem(&self, options: &Options) -> String {
        let subject = match &self.content {
            Content::View(view) => self.subject(*view, options).to_string(),
            Content::Plot(plot) => plot.name().to_owned(),
        };
        let labels = self.document.labels();
        let all = NAMES.into_iter().zip(labels.iter().map(String::as_str)).enumerate();
        let shown = all.filter(|(side, _)| self.shows_all(options) || *side == self.side);
        file_stem(&subject, shown.filter(|_| self.is_compared()).map(|(_, named)| named))
    }

    /// All that is set on all sides.
    fn whole(&self) -> Document {
        Document { sides: self.document.sides.clone().shown_alone(), ..self.document.clone() }
    }

    /// What a figure of all sides is made from. Their commands make one picture each; the recipe has all.
    fn compared(&self, view: View, options: &Options, page: Page, out: &str) -> Result<Compared<'_>, String> {
        let all = self.sides.iter().map(|side| self.style(view, side, options, page, out));
        let (mut styles, figures): (Vec<_>, Vec<_>) = all.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        styles[0].recipe = carried(&self.whole(), &figures.iter().collect::<Vec<_>>(), out);
        let scenes = self.sides.iter().map(|side| side.scene().of_views()).collect();
        let times = self.sides.iter().map(|side| self.times_of(side, options)).collect();
        Ok(Compared { scenes, times, styles, headings: self.headings() })
    }

    /// The bytes of the file `name`; none if `go_on` stopped it, which is told how much is done.
    pub fn bytes(
        &self,
        options: &Options,
        name: &str,
        go_on: impl FnMut(f64) -> bool,
    ) -> Result<Option<Vec<u8>>, String> {
        let page = options.page.page(options.format);
        let bytes = match (options.format, options.over, self.view()) {
            (Format::Csv, ..) => match self.numbers(options)? {
                Numbers::Grid(values) => csv_text(&values).into_bytes(),
                Numbers::Table(table) => table.to_csv().into_bytes(),
            },
            (_, Over::Timeline, Some(view)) if self.shows_all(options) => {
                let Compared { scenes, times, styles, headings } =
                    self.compared(view, options, page, name)?;
                let (named, lasts) = ((&headings[..], &styles[..]), (Some(options.lasts()), page));
                match view::grid::compared_animation(&scenes, view, &times, named, lasts, go_on) {
                    Ok((gif, _)) => gif,
                    Err(view::grid::AnimationError::Figure(FigureError::Stopped)) => return Ok(None),
                    Err(why) => return Err(why.to_string()),
                }
            }
            (_, Over::Timeline, Some(view)) => {
                let (style, _) = self.style(view, self.here(), options, page, name)?;
                let scene = self.here().scene().of_views();
                match scene.animation(view, &self.times(options), Some(options.lasts()), &style, page, go_on)
                {
                    Ok((gif, _)) => gif,
                    Err(view::grid::AnimationError::Figure(FigureError::Stopped)) => return Ok(None),
                    Err(why) => return Err(why.to_string()),
                }
            }
            (format, ..) => {
                let figure = self.figure(options, page, name)?;
                format.of_figure(&figure, page).map_err(|why| why.to_string())?
            }
        };
        Ok(Some(bytes))
    }

    /// The numbers of what is exported.
    fn numbers(&self, options: &Options) -> Result<Numbers, String> {
        let view = match &self.content {
            Content::View(view) => *view,
            Content::Plot(plot) if self.shows_all(options) => {
                let sides: Vec<_> = self.headings().into_iter().zip(&self.sides).collect();
                return plot.compared_chart(&sides).map(|chart| Numbers::Table(chart.numbers));
            }
            Content::Plot(plot) => return plot.numbers(self.here()).map(Numbers::Table),
        };
        if self.shows_all(options) {
            let scenes: Vec<_> = self.sides.iter().map(|side| side.scene().of_views()).collect();
            let times: Vec<_> = self.sides.iter().map(|side| self.times_of(side, options)).collect();
            let numbers = view::grid::compared_numbers(&scenes, view, &times, &NAMES);
            return numbers.map(Numbers::Table).map_err(|why| why.to_string());
        }
        let scene = self.here().scene().of_views();
        let numbers = match options.over {
            Over::Now => scene.numbers(view).map(|moment| moment.values),
            _ => scene.numbers_over(view, &self.times(options)),
        };
        numbers.map_err(|why| why.to_string())
    }
}
