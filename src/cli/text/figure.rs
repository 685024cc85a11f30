//! `figure` of an experiment with texts: its language is made and its texts are sampled anew.

use crate::cli::console::Console;
use crate::cli::figure::Job;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::cli::{CliError, GlobalArgs};
use crate::experiment::text::{
    Answering, Answers, LanguageCurve, Lexicon, Reading, ShownSide, TaughtNetwork, TextExhibit, TextRecord,
    TextSettings, TextSubject, TextView, areas_chart, best_scheduler, called, caption, stairs_of,
    text_network, text_networks, truth_by_steps, truth_chart, truth_words,
};
use crate::experiment::{Recipe, along};
use crate::figure::recipe::into_gif;
use crate::figure::{Drawing, Figure, TextSheet};
use crate::flow::{Scheduler, SequenceSource};
use crate::gpu::choose;
use crate::sampler::sequence::Closeness;
use crate::view::Chart;
use crate::view::sequence::{Aspect, LoggedRun, RunCurve, TextLayer, runs_chart};
use serde::Serialize;
use std::path::Path;

/// Texts and numbers of masks that an information curve is looked at with, as in the window.
const CLOSENESS: (usize, usize) = (16, 33);

/// Why a sampler is not drawn beside an information curve.
pub(super) const NO_STAIRCASE: &str =
    "the information curve is that of a mask source and of the exact method without a corrector";

#[derive(Serialize)]
struct Report {
    subject: TextSubject,
    sides: usize,
    out: String,
}

/// What is drawn, made anew.
struct Made {
    settings: TextSettings,
    lexicon: Lexicon,
    curve: Option<LanguageCurve>,
    best: Vec<Option<Scheduler>>,
    /// Who answers on each side, and what came of it.
    answering: Vec<Answering>,
    records: Vec<TextRecord>,
    names: Vec<String>,
}

pub(in crate::cli) fn draw(job: &Job<'_>, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let about = |why: String| CliError::Input(format!("{} {why}", job.file.display()));
    let settings: TextSettings = job.recipe.settings(&TextSettings::default()).map_err(about)?;
    let mut settings = crate::experiment::Settings::found_beside(settings, job.file);
    let mut view = job.recipe.view::<TextView>().map_err(about)?.unwrap_or_default();
    view.page = job.page.over(view.page)?;
    let network = |answers| settings.network_of(answers).filter(|name| !is_shipped(name)).map(Path::new);
    let inputs = Inputs::default()
        .file("FILE", settings.language.file())
        .file("its network", network(Answers::Network))
        .file("its network", network(Answers::Twin));
    inputs.refuse("--out", job.out)?;
    if let Some(show) = job.show {
        settings.shows = match show {
            Aspect::Tokens => TextLayer::Tokens,
            Aspect::Guess => TextLayer::Guess,
            Aspect::Entropy => TextLayer::Entropy,
        };
    }
    if job.kind == Kind::Gif {
        if job.t.is_some() {
            return Err(job.timeless());
        }
        view.subject = TextSubject::Timeline;
    } else if view.subject == TextSubject::Timeline {
        view.subject = TextSubject::Page;
    }
    let busy = console.busy("sampling");
    let failed = |why: String| about(format!("can't be drawn: {why}"));
    let networks = networks(&settings, global, &failed)?;
    let made = Made::of(settings, view.subject, &networks).map_err(failed)?;
    for (answering, name) in made.answering.iter().zip(&made.names) {
        if let Some(why) = &answering.unmet {
            console.warn(&format!("{name}: {why}"));
        }
    }
    if view.subject == TextSubject::Areas {
        let sides = made.settings.sides.iter().zip(&made.names);
        for (_, name) in sides.filter(|(side, _)| !side.steps_on_curve()) {
            console.warn(&format!("{name}: {NO_STAIRCASE}: it is left out"));
        }
    }
    let t = job.recipe.t.unwrap_or(1.0);
    let report = Report {
        subject: view.subject,
        sides: made.settings.sides.len(),
        out: job.out.display().to_string(),
    };
    let page = view.page.page().map_err(failed)?;
    let tokens = Some(made.lexicon.language.tokens);
    let words = if view.page.bare { String::new() } else { caption(&made.settings, tokens) };
    let recipe = Recipe { view: None, ..Recipe::new(&made.settings).at(t) }.showing(&view).text();
    let written = |bytes: &[u8]| output::write_bytes(job.out, bytes);
    match (job.kind, made.chart(view.subject).map_err(failed)?) {
        (Kind::Csv, Some(chart)) => written(chart.numbers.to_csv().as_bytes())?,
        (Kind::Csv, None) => {
            return Err(about(
                "shows texts, which are no numbers: expected .svg, .png, .pdf or .gif".to_owned(),
            ));
        }
        (Kind::Gif, _) => {
            let gif = made.exhibited(t, |shown| shown.gif((&words, view.seconds), page, &mut |_| true));
            written(&into_gif(gif.map_err(failed)?.unwrap_or_default(), &recipe))?;
        }
        (kind, chart) => {
            let dark = page.ground.dark;
            let drawing = match (chart, view.subject) {
                (Some(chart), _) => Drawing::Plot(chart.captioned(words)),
                (None, subject) => {
                    let sheet = made.exhibited(t, |shown| match subject {
                        TextSubject::Text => shown.large(dark),
                        TextSubject::Strip => shown.strip(view.columns, dark),
                        _ => shown.page(shown.position, dark),
                    });
                    Drawing::Texts(TextSheet { caption: words, ..sheet.map_err(failed)? })
                }
            };
            output::write_figure(job.out, kind, &Figure { drawing, recipe }, page)?;
        }
    }
    drop(busy);
    console.result(&report, || report.out.clone())
}

fn is_shipped(name: &str) -> bool {
    text_networks().any(|own| own == name)
}

/// The networks that answer: one that denoises, and one that writes from left to right.
fn networks(
    settings: &TextSettings,
    global: &GlobalArgs,
    failed: &impl Fn(String) -> CliError,
) -> Result<[Option<TaughtNetwork>; 2], CliError> {
    const IN_TRAINING: &str = "a network answers there that was in training, which a figure does not hold: save its run \
                               in the window, choose that file as network, and export anew";
    let mut found = [None, None];
    for (found, answers) in found.iter_mut().zip([Answers::Network, Answers::Twin]) {
        if settings.sides.iter().any(|side| side.answers == answers) {
            let name = settings.network_of(answers).ok_or_else(|| failed(IN_TRAINING.to_owned()))?;
            let file = text_network(name).map_err(|why| failed(why.to_string()))?;
            let TaughtNetwork { network, prompts } = TaughtNetwork::of_file(&file).map_err(failed)?;
            let network = network.on(&choose(global.device())?.device);
            *found = Some(TaughtNetwork { network, prompts });
        }
    }
    Ok(found)
}

impl Made {
    fn of(
        settings: TextSettings,
        subject: TextSubject,
        [network, twin]: &[Option<TaughtNetwork>; 2],
    ) -> Result<Self, String> {
        let mut lexicon = Lexicon::load(&Reading::of(&settings)).map_err(|why| why.to_string())?;
        let mut answering = Vec::new();
        for side in &*settings.sides {
            let network = if side.answers == Answers::Twin { twin } else { network };
            answering.push(Answering::of(&mut lexicon, side, network.as_ref())?);
        }
        let of_curves = matches!(subject, TextSubject::Areas | TextSubject::Truth);
        let wants_curve = of_curves || settings.sides.iter().any(|side| side.steps_best());
        let curve = match wants_curve {
            true => {
                let (texts, masks) = CLOSENESS;
                let of = (&*lexicon.judge, &lexicon.language);
                let here = &answering[settings.sides.chosen()];
                let masks_it = here.denoiser.source() == SequenceSource::Mask && here.reader.is_none();
                let network = (here.is_network && masks_it).then_some(&*here.denoiser);
                LanguageCurve::of(of, network, (texts, Closeness { masks, seed: 0 }), &|| true)?
            }
            false => None,
        };
        let best = |side: &crate::experiment::text::TextSide| {
            let curve = curve.as_ref().filter(|_| side.steps_best())?;
            best_scheduler(&curve.curve, side.sampler.steps).ok()
        };
        let best: Vec<Option<Scheduler>> = settings.sides.iter().map(best).collect();
        let answering: Vec<Answering> =
            answering.into_iter().zip(&best).map(|(who, best)| who.stepping(*best)).collect();
        let mut records = Vec::new();
        if !of_curves {
            records = answering.iter().map(TextRecord::of).collect::<Result<_, _>>()?;
        }
        let names = called(&settings.sides);
        Ok(Self { settings, lexicon, curve, best, answering, records, names })
    }

    /// The chart that is asked for, if it is one.
    fn chart(&self, subject: TextSubject) -> Result<Option<Chart>, String> {
        let runs = |curve: RunCurve| {
            let logged = self.records.iter().zip(&self.names).enumerate();
            let logged: Vec<LoggedRun> = logged
                .map(|(place, (record, name))| LoggedRun {
                    label: name.clone(),
                    place,
                    records: record.trace.records().to_vec(),
                    doubts: record.doubts.clone(),
                    seconds: Vec::new(),
                })
                .collect();
            runs_chart(curve, &logged.iter().collect::<Vec<_>>(), (self.lexicon.texts, "text"))
        };
        Ok(match (subject, &self.curve) {
            (TextSubject::Revealed, _) => Some(runs(RunCurve::Revealed)),
            (TextSubject::Entropy, _) => Some(runs(RunCurve::Entropy)),
            (TextSubject::Passes, _) => Some(runs(RunCurve::Passes)),
            (TextSubject::Areas, Some(curve)) => {
                let TextSettings { seed, sides, .. } = &self.settings;
                let stairs = stairs_of(sides, *seed, |side| self.best[side], &self.names);
                Some(areas_chart(curve, &stairs, sides.chosen()))
            }
            (TextSubject::Truth, Some(curve)) => {
                let mut all = Vec::new();
                truth_by_steps(&self.lexicon, Some(curve), &mut |known| {
                    all = known.to_vec();
                    true
                })?;
                Some(truth_chart(&all, truth_words(&self.settings.language).0))
            }
            _ => None,
        })
    }

    /// Draws with what was sampled, where A is at `t`.
    fn exhibited<T>(
        &self,
        t: f64,
        draw: impl FnOnce(&TextExhibit<'_>) -> Result<T, String>,
    ) -> Result<T, String> {
        let notes: Vec<_> = self
            .records
            .iter()
            .map(|record| {
                move |step: usize| record.notes.range(..=step).next_back().map(|(_, notes)| notes.clone())
            })
            .collect();
        let sides = self.answering.iter().zip(&self.records).zip(&self.names).zip(&notes);
        let sides = sides.map(|(((who, record), name), notes)| {
            ShownSide::new((name.clone(), who.denoiser.source()), &self.lexicon, &record.trace, notes)
        });
        let axis = self.settings.pace.axis;
        let first = self.answering.first().map_or(Scheduler::Linear, Answering::scheduler);
        draw(&TextExhibit {
            sides: sides.collect(),
            here: self.settings.sides.chosen(),
            shows: self.settings.shows,
            axis,
            position: along(axis, first, t),
            picked: self.settings.picked,
        })
    }
}
