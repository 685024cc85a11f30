//! `figure` of an experiment with images: its runs are made anew.

use crate::cli::console::Console;
use crate::cli::figure::Job;
use crate::cli::images::sample::MOST_FRAMES;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::cli::{CliError, GlobalArgs};
use crate::data::images::{MOST_PICTURE_BYTES, decode_picture};
use crate::data::read_limited;
use crate::denoiser::sequence::SequenceDenoiser;
use crate::experiment::images::{
    Answering, Base, ImageSettings, ImageSubject, ImageView, KeptInfill, SideSettings, called, caption,
};
use crate::experiment::{Recipe, Settings as _, TimeAxis, along};
use crate::figure::recipe::{into_gif, into_png};
use crate::figure::{Drawing, Figure, Pictures};
use crate::flow::{Scheduler, counted};
use crate::gpu::choose;
use crate::model::sequence::ImageModel;
use crate::sampler::sequence::{Given, SequenceSetup, SequenceTrace, StepRecord, mean_doubt, run_sequences};
use crate::view::sequence::{
    Layer, LoggedRun, RunCurve, Seen, Wall, Walls, denoising_strip, insight, layers_figure, rows_from,
    runs_chart, runs_numbers,
};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

/// Tokens that are asked for their entropy in a step, as in the window.
const ASKED: usize = 512;

#[derive(Serialize)]
struct Report {
    subject: ImageSubject,
    images: usize,
    sides: usize,
    out: String,
}

/// The run of a side.
struct SideRun {
    words: String,
    denoiser: Arc<dyn SequenceDenoiser>,
    trace: SequenceTrace,
    curves: LoggedRun,
}

/// Everything that is drawn from.
struct Exhibit<'a> {
    settings: &'a ImageSettings,
    model: &'a ImageModel,
    runs: Vec<SideRun>,
    t: f64,
    view: ImageView,
    /// What the file carries.
    recipe: String,
}

pub(in crate::cli) fn draw(job: &Job<'_>, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let about = |why: String| CliError::Input(format!("{} {why}", job.file.display()));
    let mut settings: ImageSettings = job.recipe.settings(&ImageSettings::default()).map_err(about)?;
    settings.shows = job.show.unwrap_or(settings.shows);
    // The file carries what was asked for, and else what it is drawn from, with files where they were named.
    let carried = if job.show.is_some() { Recipe::new(&settings) } else { job.recipe.clone() };
    let settings = settings.found_beside(job.file);
    // Former versions do not say what a drawing was of: they drew strips.
    let usual = || match job.kind {
        Kind::Svg | Kind::Pdf => ImageView { subject: ImageSubject::Strip, ..ImageView::default() },
        _ => ImageView::default(),
    };
    let mut view = job.recipe.view::<ImageView>().map_err(about)?.unwrap_or_else(usual);
    view.subject = adapted(view.subject, job.kind).map_err(about)?;
    let shows_images =
        matches!(view.subject, ImageSubject::Wall | ImageSubject::Strip | ImageSubject::Timeline);
    if !shows_images {
        job.shows_no_images()?;
    }
    let alone = settings.sides.len() == 1;
    let as_pixels = match view.subject {
        ImageSubject::Wall => alone && job.kind == Kind::Png,
        ImageSubject::Timeline => alone,
        _ => false,
    };
    if as_pixels || job.kind == Kind::Csv {
        if let Some(flag) = job.page.first() {
            return Err(about(format!(
                "is drawn as the pixels of its images, which have no page: leave out {flag}"
            )));
        }
    } else {
        view.page = job.page.over(view.page)?;
    }
    let given = settings.given.as_ref().and_then(|given| match &given.base {
        Base::File(file) => Some(file.as_path()),
        Base::Data(_) | Base::Sample => None,
    });
    let inputs =
        Inputs::default().image_model("its denoiser", &settings.model).file("its given picture", given);
    inputs.refuse("--out", job.out)?;
    if job.t.is_some() && !matches!(view.subject, ImageSubject::Wall | ImageSubject::Layers) {
        return Err(job.timeless());
    }
    let busy = console.busy("reading the images");
    let failed = |why: anyhow::Error| about(format!("can't be drawn: {why:#}"));
    let model = settings.model.load(settings.side, settings.tokens, settings.source, settings.seed);
    let mut model = model.map_err(failed)?;
    if model.is_network() {
        model = model.on(&choose(global.device())?.device);
    }
    let given = settings.given.as_ref().map(|given| picture(given, &model)).transpose().map_err(about)?;
    drop(busy);
    let t = job.recipe.t.unwrap_or(1.0);
    let recipe = carried.showing(&view).at(t).text();
    let mut exhibit = Exhibit { settings: &settings, model: &model, runs: Vec::new(), t, view, recipe };
    for side in settings.sides.iter() {
        let denoiser = model.asked_for(side.wanted_class()).map_err(failed)?;
        let run = exhibit.run(side, denoiser, given.as_ref(), console)?;
        exhibit.runs.push(run);
    }
    let bytes = exhibit.bytes(job.kind).map_err(about)?;
    output::write_bytes(job.out, &bytes)?;
    let (subject, images) = (exhibit.view.subject, settings.images);
    let report = Report { subject, images, sides: settings.sides.len(), out: job.out.display().to_string() };
    console.result(&report, || format!("{}: {}", report.out, counted(images, "image")))
}

/// What a file of this kind shows of a figure.
fn adapted(subject: ImageSubject, kind: Kind) -> Result<ImageSubject, String> {
    let is_curve = matches!(subject, ImageSubject::Revealed | ImageSubject::Entropy | ImageSubject::Passes);
    match (subject, kind) {
        (_, Kind::Gif) if !is_curve => Ok(ImageSubject::Timeline),
        (_, Kind::Gif) => {
            Err("shows curves, which are no animation: expected --out FILE.png, .svg, .pdf or .csv"
                .to_owned())
        }
        (_, Kind::Csv) if is_curve => Ok(subject),
        (_, Kind::Csv) => Ok(ImageSubject::Revealed),
        (ImageSubject::Timeline, Kind::Png) => Ok(ImageSubject::Wall),
        (ImageSubject::Timeline, Kind::Svg | Kind::Pdf) => Ok(ImageSubject::Strip),
        (subject, _) => Ok(subject),
    }
}

/// The tokens that are given.
fn picture(given: &KeptInfill, model: &ImageModel) -> Result<Given, String> {
    let side = given.mask.len();
    if side != model.tokenizer.side() {
        return Err(format!("has a mask of {side} rows for images of {} pixels", model.tokenizer.side()));
    }
    let pixels = match &given.base {
        Base::Data(index) => {
            let (source, seed) = &model.data;
            let data = source.load(side, *seed).map_err(|why| why.to_string())?;
            let count = data.held_out.len().unwrap_or(u64::MAX);
            if count == 0 {
                return Err(format!("is given an image of {source}, which has none held out"));
            }
            let mut pixels = vec![0; 3 * side * side];
            data.held_out.image(index % count, &mut pixels);
            pixels
        }
        Base::File(file) => {
            let bytes = read_limited(file, MOST_PICTURE_BYTES, "picture").map_err(|why| why.to_string())?;
            decode_picture(&bytes, side).map_err(|why| format!("is given {} which {why}", file.display()))?
        }
        Base::Sample => return Err("is given a sample, which is gone".to_owned()),
    };
    Ok(given.tokens(&pixels, &model.tokenizer))
}

impl Exhibit<'_> {
    fn run(
        &self,
        side: &SideSettings,
        denoiser: Arc<dyn SequenceDenoiser>,
        given: Option<&Given>,
        console: &Console,
    ) -> Result<SideRun, CliError> {
        let config = side.config(self.settings.seed);
        let count = self.settings.images;
        let setup = SequenceSetup { denoiser: &*denoiser, config, count, first: 0, given };
        let words = called(&self.settings.sides).swap_remove(self.runs.len());
        let mut trace = SequenceTrace::new(self.model.tokenizer.tokens());
        let (mut doubts, mut seconds) = (Vec::new(), Vec::new());
        let bar = console.bar(config.steps as u64, "{bar:40} step {pos} of {len}  {eta} left");
        let mut last = Instant::now();
        let done = run_sequences(setup, |moment| {
            bar.set_position(moment.summary.steps as u64);
            doubts.push(mean_doubt(&*denoiser, moment, ASKED));
            trace.record(moment);
            seconds.push(last.elapsed().as_secs_f64());
            last = Instant::now();
            ControlFlow::Continue(())
        });
        bar.finish_and_clear();
        done?;
        let curves = LoggedRun {
            label: words.clone(),
            place: self.runs.len(),
            records: trace.records().to_vec(),
            doubts,
            seconds,
        };
        Ok(SideRun { words, denoiser, trace, curves })
    }

    fn bytes(&self, kind: Kind) -> Result<Vec<u8>, String> {
        let ImageSettings { images, picked, ref sides, .. } = *self.settings;
        let tokenizer = &self.model.tokenizer;
        let run = self.runs.get(sides.chosen()).ok_or("has no sides")?;
        let wall = Wall::of(tokenizer, images);
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let drawing = match self.view.subject {
            _ if kind == Kind::Csv => {
                let runs: Vec<_> = self.runs.iter().map(|run| &run.curves).collect();
                return Ok(runs_numbers(&runs).to_csv().into_bytes());
            }
            ImageSubject::Timeline if self.runs.len() > 1 => {
                let lasts = (1000.0 * self.view.seconds).round() as u32;
                let (asked, page) = ((MOST_FRAMES, lasts), self.view.page.page()?);
                let gif = self.walls().gif(&self.caption(), asked, page, |_| true).map_err(|e| text(&e))?;
                return Ok(into_gif(gif, &self.recipe));
            }
            ImageSubject::Wall if self.runs.len() > 1 || kind != Kind::Png => {
                Drawing::Pictures(self.noted(self.walls().at(self.position()).map_err(|e| text(&e))?))
            }
            ImageSubject::Wall => {
                let (seen, frame) = (self.seen(sides.chosen())?, self.frame(&run.trace));
                let png = wall.seen_png(&seen, frame).map_err(|e| text(&e))?;
                return Ok(into_png(png, &self.recipe));
            }
            ImageSubject::Timeline => {
                let lasts = (1000.0 * self.view.seconds).round() as u32;
                let asked = (MOST_FRAMES, lasts);
                let gif = wall.gif(&self.seen(sides.chosen())?, asked, |_| true).map_err(|e| text(&e))?;
                return Ok(into_gif(gif, &self.recipe));
            }
            ImageSubject::Layers => Drawing::Pictures(self.noted(self.layers(picked.unwrap_or(0))?)),
            ImageSubject::Strip => {
                let one = self.runs.len() == 1;
                let rows = if one {
                    rows_from(picked, self.view.rows, images)
                } else {
                    picked.unwrap_or(0)..picked.unwrap_or(0) + 1
                };
                let name = |run: &SideRun| if one { String::new() } else { run.words.clone() };
                let names = self.runs.iter().map(name);
                let runs: Vec<_> = names.zip(self.all_seen()).collect();
                let strip = denoising_strip(&runs, rows, self.view.columns).map_err(|e| text(&e))?;
                Drawing::Pictures(self.noted(strip))
            }
            ImageSubject::Revealed => self.curve(RunCurve::Revealed),
            ImageSubject::Entropy => self.curve(RunCurve::Entropy),
            ImageSubject::Passes => self.curve(RunCurve::Passes),
        };
        let figure = Figure { drawing, recipe: self.recipe.clone() };
        let page = self.view.page.page()?;
        match kind {
            Kind::Svg => figure.to_svg(page).map(String::into_bytes),
            Kind::Pdf => figure.to_pdf(page),
            _ => figure.to_png(page),
        }
        .map_err(|e| text(&e))
    }

    /// The place of the time on the axis that all go along.
    fn position(&self) -> f64 {
        let first = self.settings.sides.first().map_or(Scheduler::Linear, SideSettings::scheduler);
        along(self.settings.pace.axis, first, self.t)
    }

    /// The last frame of a side there: the same t on every side, or where the timeline runs along κ the same κ.
    fn frame(&self, trace: &SequenceTrace) -> usize {
        self.walls().frame(trace, self.position())
    }

    /// The runs as the settings say that they are seen.
    fn all_seen(&self) -> impl Iterator<Item = Seen<'_>> {
        self.runs.iter().zip(self.settings.sides.iter()).map(|(run, side)| Seen {
            trace: &run.trace,
            denoiser: &*run.denoiser,
            tokenizer: &self.model.tokenizer,
            scheduler: side.scheduler(),
            aspect: self.settings.shows,
        })
    }

    fn seen(&self, side: usize) -> Result<Seen<'_>, String> {
        self.all_seen().nth(side).ok_or_else(|| "has no sides".to_owned())
    }

    /// All walls beside each other.
    fn walls(&self) -> Walls<'_> {
        let sides = self.runs.iter().map(|run| run.words.clone()).zip(self.all_seen());
        let (along, axis): (fn(&StepRecord) -> f64, _) = match self.settings.pace.axis {
            TimeAxis::T => (|record| record.t, "t"),
            TimeAxis::Kappa => (|record| record.kappa, "κ"),
        };
        let (tokenizer, images) = (&self.model.tokenizer, self.settings.images);
        Walls { tokenizer, images, sides: sides.collect(), along, axis }
    }

    fn noted(&self, pictures: Pictures) -> Pictures {
        Pictures { caption: self.caption(), ..pictures }
    }

    fn curve(&self, curve: RunCurve) -> Drawing {
        let runs: Vec<_> = self.runs.iter().map(|run| &run.curves).collect();
        let chart = runs_chart(curve, &runs, (self.settings.images, "image"));
        Drawing::Plot(chart.captioned(self.caption()))
    }

    fn caption(&self) -> String {
        if self.view.page.bare {
            return String::new();
        }
        let ImageModel { tokenizer, denoiser, classes, .. } = self.model;
        let model = Answering {
            tokens: tokenizer.spec(),
            side: tokenizer.side(),
            source: denoiser.source(),
            classes,
        };
        let given = if self.settings.given.is_some() { ", a part of a picture is given" } else { "" };
        caption(self.settings, None, Some(&model)) + given
    }

    fn layers(&self, image: usize) -> Result<Pictures, String> {
        let tokenizer = &self.model.tokenizer;
        let n = tokenizer.tokens();
        let mut rows = Vec::new();
        let mut shown = 0.0;
        for (run, side) in self.runs.iter().zip(self.settings.sides.iter()) {
            let frame = self.frame(&run.trace);
            let step = run.trace.frames().get(frame).copied().unwrap_or(0);
            let t = run.trace.records().get(step).map_or(1.0, |record| record.t);
            let kappa = side.scheduler().at(t);
            let states = run.trace.states(frame);
            let state = states.get(image * n..(image + 1) * n).ok_or("has no such image")?;
            let changes: Vec<_> =
                run.trace.changes(frame).into_iter().filter(|change| change.sequence == image).collect();
            let insight = insight(&*run.denoiser, tokenizer, state, kappa).map_err(|e| format!("{e:#}"))?;
            let pixels = |layer: Layer| layer.pixels(tokenizer, (state, &changes), &insight);
            rows.push((run.words.clone(), Layer::ALL.map(pixels).to_vec()));
            if shown == 0.0 {
                shown = kappa.value;
            }
        }
        Ok(layers_figure(rows, shown, tokenizer))
    }
}
