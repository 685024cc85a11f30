//! What is measured of a language and its samplers: the area picture, and how true texts are by steps.

use super::exporting::Export;
use super::films::TextFilm;
use crate::data::language::LanguageSpec;
use crate::experiment::text::{
    LanguageCurve, Lexicon, Reading, Stair, TextSide, Topic, TruthCurve, areas_chart, best_scheduler,
    truth_by_steps, truth_chart, truth_words,
};
use crate::experiment::{NAMES, Sides};
use crate::sampler::sequence::{Closeness, SequenceConfig};
use crate::ui::chart::ChartUi;
use crate::ui::icons;
use crate::ui::job::{Job, Worker};
use crate::ui::kept::{Same, kept};
use crate::ui::widgets::{Row, Tone, icon_button, notice, row, table, title};
use egui::{Align, Button, Layout, Ui, Vec2};
use std::sync::Arc;

/// Texts and numbers of masks that an information curve is looked at with.
const CLOSENESS: (usize, Closeness) = (16, Closeness { masks: 33, seed: 0 });

/// Whose curve.
#[derive(Clone)]
pub struct CurveQuestion {
    /// The language.
    pub lexicon: Arc<Lexicon>,
    /// What it was asked for as.
    pub of: (LanguageSpec, Option<usize>),
    /// The run of a network whose own curve is wanted, too.
    pub network: Option<Arc<TextFilm>>,
}

impl CurveQuestion {
    /// Which network it is of, if of any.
    pub fn model(&self) -> Option<u64> {
        self.network.as_ref().map(|film| film.model)
    }
}

impl PartialEq for CurveQuestion {
    fn eq(&self, other: &Self) -> bool {
        (&self.of, self.model()) == (&other.of, other.model())
    }
}

/// Measures information curves.
pub type CurveJob = Worker<CurveQuestion, (CurveQuestion, LanguageCurve)>;

/// Starts its thread.
///
/// # Errors
/// If the system gives none.
pub fn curve_job(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<CurveJob> {
    Worker::answering("information", wake, |question: CurveQuestion, go_on| {
        let lexicon = &question.lexicon;
        let network = question.network.as_ref().map(|film| &*film.denoiser);
        let found = LanguageCurve::of((&*lexicon.judge, &lexicon.language), network, CLOSENESS, &|| go_on())?;
        found.map(|curve| (question, curve)).ok_or_else(|| "it was stopped".to_owned())
    })
}

/// Whose truth.
#[derive(Clone)]
pub struct TruthQuestion {
    /// The language, and what is given.
    pub lexicon: Arc<Lexicon>,
    /// What it was asked for as.
    pub reading: Reading,
    /// For the best grids.
    pub curve: Arc<LanguageCurve>,
}

impl PartialEq for TruthQuestion {
    fn eq(&self, other: &Self) -> bool {
        self.reading == other.reading
    }
}

/// What is known of it so far.
pub type Truths = Arc<Vec<TruthCurve>>;
/// Measures samplers.
pub type TruthJob = Job<TruthQuestion, Option<(Reading, Truths)>>;

/// Starts its thread.
///
/// # Errors
/// If the system gives none.
pub fn truth_job(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<TruthJob> {
    Job::start("truth", None, wake, |question: TruthQuestion, progress| {
        progress.say(|said| *said = None);
        truth_by_steps(&question.lexicon, Some(&question.curve), &mut |known| {
            progress.say(|said| *said = Some((question.reading.clone(), Arc::new(known.to_vec()))));
            progress.goes_on()
        })
    })
}

/// What the panel is drawn from.
pub struct StudyContext<'a> {
    /// What is measured.
    pub topic: Topic,
    /// The information curve, once it is known.
    pub curve: Option<Arc<LanguageCurve>>,
    /// Why it is not.
    pub problem: Option<&'a str>,
    /// Where the sides step.
    pub stairs: &'a [Stair],
    /// Why the curve of the network that answers means little, if so.
    pub unmet: Option<&'a str>,
    /// Whether part of the texts that are sampled is given.
    pub has_given: bool,
    /// What is known of samplers, and whether more is being found out.
    pub truths: Truths,
    /// See there.
    pub samples: bool,
    /// What the texts are of.
    pub language: &'a LanguageSpec,
}

/// Draws the panel; what is to be exported.
pub fn studies(ui: &mut Ui, context: &StudyContext<'_>, sides: &mut Sides<TextSide>) -> Option<Export> {
    ui.spacing_mut().item_spacing.y = 3.0;
    if let Some(why) = context.problem {
        notice(ui, Tone::Error, why);
    }
    match context.topic {
        Topic::Now | Topic::Training | Topic::Judge => None,
        Topic::Areas => areas(ui, context, sides),
        Topic::Truth => truth(ui, context),
    }
}

/// A title with a button beside it; whether it is to be exported.
pub(super) fn heading(ui: &mut Ui, words: &str, about: &str) -> bool {
    let mut export = false;
    ui.horizontal(|ui| {
        title(ui, words, about);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            export = icon_button(ui, icons::EXPORT, &format!("Export {} …", words.to_lowercase()), false)
                .clicked();
        });
    });
    export
}

fn areas(ui: &mut Ui, context: &StudyContext<'_>, sides: &mut Sides<TextSide>) -> Option<Export> {
    let about = "g(κ) is what the tokens of a text still hold, each for itself, when every other one is seen with probability κ. \
                 The area under it is the entropy of the language. A sampler of n steps pays its staircase: what lies above g is \
                 the price of drawing tokens apart from each other, which bounds KL(language ‖ samples).";
    let export = heading(ui, "Information curve", about);
    let Some(curve) = &context.curve else {
        if context.problem.is_none() {
            notice(ui, Tone::Plain, "looking at the language …");
        }
        return None;
    };
    let here = sides.chosen();
    let key = (Same::of(curve), context.stairs.to_vec(), here);
    let chart = kept(ui.ctx(), "information curve", key, || areas_chart(curve, context.stairs, here));
    ChartUi::new("information curve", &chart).height(190.0).axis_names().legend(true).show(ui);
    let mut rows: Vec<Row> = Vec::new();
    let entropy = curve.entropy.map_or_else(|| "–".to_owned(), |bits| format!("{bits:.4}"));
    let error = if curve.error > 0.0 { format!(" ± {:.4}", curve.bits(curve.error)) } else { String::new() };
    rows.push(row(
        "area under g",
        "∫ g dκ, bits a token: must meet the entropy within its error.",
        format!("{:.4}{error}", curve.bits(curve.curve.area())),
    ));
    rows.push(row("entropy", "Of the language in closed form, bits a token.", entropy));
    if let Some(network) = &curve.network {
        let [all, error] = [network.curve.area(), network.error].map(|nats| curve.bits(nats));
        rows.push(row(
            "area under g_θ",
            "∫ g_θ dκ, bits a token: what whole texts, of which nothing is given, cost the network, the mean over all orders of writing one token after the \
             other. Of the same texts and masks as g; the error is that of the draws.",
            format!("{all:.4} ± {error:.4}"),
        ));
        rows.push(row(
            "model gap",
            "The area between g and g_θ, bits a token: KL from the language to a network that writes one token a step.",
            format!("{:.4}", all - curve.bits(curve.curve.area())),
        ));
    }
    for stair in context.stairs {
        let side = stair.place;
        let steps = stair.kappas.len() - 1;
        let name = if sides.len() > 1 { format!("{}: ", NAMES[side]) } else { String::new() };
        rows.push(row(
            format!("{name}parallel steps"),
            "The staircase of this sampler above g, or above g_θ where a network answers, bits a token: it falls like 1/n.",
            format!("{:.4}", curve.bits(curve.paid(stair.of_network).excess(&stair.kappas))),
        ));
        if side == here {
            let best = kept(ui.ctx(), "excess of the best grid", (Same::of(curve), steps), || {
                let scheduler = best_scheduler(&curve.curve, steps).ok()?;
                let config = SequenceConfig { scheduler, steps, ..SequenceConfig::default() };
                Some(curve.bits(curve.paid(stair.of_network).excess(&config.kappas())))
            });
            let said = (*best).map_or_else(|| "–".to_owned(), |bits| format!("{bits:.4}"));
            let about = match stair.of_network {
                true => {
                    "What the grid of as many steps that is best for the exact denoiser pays on the network’s curve: another one may \
                     pay less there."
                }
                false => {
                    "The least that a grid of as many steps pays in this language; beyond 32, straight lines between the best 32."
                }
            };
            rows.push(row(format!("{name}best grid of {steps}"), about, said));
        }
    }
    table(ui, "areas", rows);
    if let Some(why) = context.unmet.filter(|_| curve.network.is_some()) {
        let why = format!("The curve of the network is of whole texts, of which nothing is given: {why}.");
        notice(ui, Tone::Warning, &why);
    } else if context.has_given {
        notice(ui, Tone::Plain, "All of this is of whole texts, of which nothing is given.");
    }
    if context.stairs.len() < sides.len() {
        notice(ui, Tone::Plain, "Other methods and sources, correctors and whole texts have no staircase.");
    }
    let side = sides.here_mut();
    let button = Button::new(if side.best { "walk by the scheduler again" } else { "walk the best grid" })
        .min_size(Vec2::new(ui.available_width(), 24.0));
    let why = "Steps where this language wants it: dynamic programming on its information curve.";
    if ui.add(button).on_hover_text(why).clicked() {
        side.best = !side.best;
    }
    let about = "A staircase is that of the exact method with a mask source. Which scheduler is best is a property of the \
                 language: redundant texts want a slow start, rich ones walk evenly.";
    notice(ui, Tone::Plain, about);
    export.then_some(Export::Areas)
}

fn truth(ui: &mut Ui, context: &StudyContext<'_>) -> Option<Export> {
    let (what, meaning) = truth_words(context.language);
    let about = format!(
        "{meaning} Over the evaluations that they cost, by sampler, of as many texts as are set; the dashed line is a perfect \
         step, which draws whole texts."
    );
    let export = heading(ui, "Steps against truth", &about);
    let known = &context.truths;
    if known.is_empty() {
        if context.problem.is_none() {
            let what = if context.curve.is_none() { "looking at the language …" } else { "sampling …" };
            notice(ui, Tone::Plain, what);
        }
        return None;
    }
    let chart = kept(ui.ctx(), "steps against truth", Same::of(known), || truth_chart(known, what));
    ChartUi::new("steps against truth", &chart).height(220.0).axis_names().legend(true).show(ui);
    let steps = known.iter().map(|curve| curve.points.len()).max().unwrap_or_default();
    let last: Vec<Row> = known
        .iter()
        .filter_map(|curve| {
            let (_, _, truth) = curve.points.last()?;
            let (share, error) = (truth.share()?, truth.error()?);
            let about = "Of the most steps that are measured.";
            Some(row(curve.name.clone(), about, format!("{:.1} ± {:.1} %", 100.0 * share, 100.0 * error)))
        })
        .collect();
    table(ui, "truth", last);
    if context.samples {
        notice(ui, Tone::Plain, &format!("{steps} of 7 numbers of steps are measured …"));
    }
    export.then_some(Export::Truth)
}
