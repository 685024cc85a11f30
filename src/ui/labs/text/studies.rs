//! What is measured of a language and its samplers: the area picture, and how true texts are by steps.

use super::exporting::Export;
use super::films::TextFilm;
use crate::data::language::LanguageSpec;
use crate::data::language::programs::Prompt;
use crate::experiment::text::{
    LanguageCurve, Lexicon, Measured, MeasuredTexts, Reading, Stair, TextSide, Topic, TruthCurve,
    areas_chart, best_scheduler, judged_texts, solved_tasks, truth_by_steps, truth_chart, truth_words,
};
use crate::experiment::{NAMES, Sides};
use crate::sampler::sequence::{Closeness, SequenceConfig};
use crate::ui::chart::ChartUi;
use crate::ui::icons;
use crate::ui::job::{Job, Progress, Status, Worker};
use crate::ui::kept::{Same, kept};
use crate::ui::theme;
use crate::ui::widgets::{Row, Tone, icon_button, notice, row, segmented, table, title};
use crate::view::sequence::Solved;
use egui::{Align, Button, Grid, Label, Layout, RichText, Ui, Vec2};
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
pub type TruthJob = Job<TruthQuestion, Truths>;

/// Starts its thread.
///
/// # Errors
/// If the system gives none.
pub fn truth_job(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<TruthJob> {
    Job::start("truth", Truths::default(), wake, |question: TruthQuestion, progress| {
        progress.say(|said| *said = Truths::default());
        truth_by_steps(&question.lexicon, Some(&question.curve), &mut |known| {
            progress.say(|said| *said = Arc::new(known.to_vec()));
            progress.goes_on()
        })
    })
}

/// What is to be measured of whoever answers.
#[derive(Clone)]
pub struct MeasureQuestion {
    /// The language.
    pub lexicon: Arc<Lexicon>,
    /// The films of those who answer, with their names: texts are judged of the first one, programs are asked of all networks.
    pub films: Vec<(String, Arc<TextFilm>)>,
    /// What tasks for programs show.
    pub prompt: Prompt,
    /// Steps for them.
    pub steps: usize,
    /// Of all random numbers.
    pub seed: u64,
    /// Whose texts these are.
    pub whose: Whose,
}

/// Whose texts were measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Whose {
    /// What they are of.
    pub language: LanguageSpec,
    /// Who wrote them.
    pub who: String,
}

/// What a measurement has come to.
#[derive(Clone, Default)]
pub struct Measuring {
    /// Whose texts are being measured.
    pub whose: Option<Whose>,
    /// The share of it that is done, 0 to 1.
    pub share: f64,
    /// What was measured last.
    pub found: Option<(Whose, Arc<MeasuredTexts>)>,
}

/// Measures who answers.
pub type MeasureJob = Job<MeasureQuestion, Measuring>;

/// Starts its thread.
///
/// # Errors
/// If the system gives none.
pub fn measure_job(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<MeasureJob> {
    let work = |question: MeasureQuestion, progress: &Progress<'_, MeasureQuestion, Measuring>| {
        let MeasureQuestion { lexicon, films, prompt, steps, seed, whose } = question;
        progress.say(|said| (said.whose, said.share) = (Some(whose.clone()), 0.0));
        let go_on = |share: f64| {
            progress.say(|said| said.share = share);
            progress.goes_on()
        };
        // Programs are written by the exact denoiser in any case, texts by the page that is being set.
        let is_code = lexicon.writing.is_code();
        let asked = films.iter().enumerate();
        let asked = asked.filter(|(n, (_, film))| film.answering.is_network || !is_code && *n == 0);
        let writers: Vec<_> = asked
            .map(|(_, (name, film))| match &film.answering.reader {
                Some(reader) => (name.clone(), Measured::Reader(reader)),
                None => (name.clone(), Measured::Denoiser(&*film.denoiser)),
            })
            .collect();
        let found = match is_code {
            true => solved_tasks(&lexicon, (prompt, steps, seed), &writers, &go_on)?,
            false => judged_texts(&lexicon, &writers, seed, &go_on)?,
        };
        if let Some(found) = found {
            progress.say(|said| said.found = Some((whose, Arc::new(found))));
        }
        Ok(())
    };
    Job::start("measured texts", Measuring::default(), wake, work)
}

/// What was measured, and whether more is under way.
pub struct Judgement<'a> {
    /// What was measured, and of whom; whether more is, and why it was not.
    pub known: &'a Status<Measuring>,
    /// Of whom it would be now.
    pub now: &'a Whose,
    /// Whether the texts are programs.
    pub is_code: bool,
}

/// What a hand asks of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JudgeWish {
    /// To measure.
    Measure,
    /// To give it up.
    Stop,
    /// To export what was measured.
    Export,
}

/// Draws what was measured; what is asked of it.
pub fn judgement(ui: &mut Ui, of: &Judgement<'_>, prompt: &mut Prompt) -> Option<JudgeWish> {
    ui.spacing_mut().item_spacing.y = 3.0;
    let (words, about) = match of.is_code {
        true => (
            "Pass@k",
            "How often at least one of k programs passes all ten tests, unbiased: of a perfect step, of the exact denoiser in the \
             steps that are set, and of the network that answers. Even perfect knowledge of three examples guesses.",
        ),
        false => (
            "Perplexity against entropy",
            "A judge’s bits a letter, to the right what it finds unlikely, and the entropy of the letters within a text. Real texts \
             have an ellipse, samplers trails, and what repeats itself cheats: left is not better.",
        ),
    };
    // Of other texts than are shown it says nothing.
    let found = of.known.found.as_ref().filter(|(whose, _)| whose.language == of.now.language);
    let mut wish = None;
    if heading(ui, words, about) && found.is_some() {
        wish = Some(JudgeWish::Export);
    }
    if of.is_code {
        let choices = [
            (Prompt::Docstring, "docstring", "Docstring and three examples: there is one right program."),
            (Prompt::Hidden(0.5), "half hidden", "Every word of the docstring is hidden with probability ½."),
            (Prompt::Examples, "examples", "Three examples alone: the ceiling is 43 of 100."),
        ];
        segmented(ui, "task", prompt, choices);
    }
    let (words, asks) = match of.known.busy {
        true => (format!("stop measuring ({:.0} %)", 100.0 * of.known.share), JudgeWish::Stop),
        false => ("measure".to_owned(), JudgeWish::Measure),
    };
    let button = Button::new(words).min_size(Vec2::new(ui.available_width(), 24.0));
    if ui.add(button).clicked() {
        wish = Some(asks);
    }
    if found.is_none() && !of.known.busy {
        let about = match of.is_code {
            true => {
                "Sixty tasks, each solved 25 times: by a perfect step, by the exact denoiser in the steps that are set, and by every \
                 network that answers on a page, one that writes from left to right, too. It takes a while."
            }
            false => {
                "As many texts as are set, by several samplers with the denoiser of the page that is being set, and by the networks of \
                 the other pages, beside real texts and cheats. With a network it takes a while."
            }
        };
        notice(ui, Tone::Plain, about);
    }
    if let Some(why) = &of.known.error {
        notice(ui, Tone::Error, why);
    }
    if let Some((whose, found)) = found {
        let mut words = format!("{}, {}", whose.language, whose.who);
        if whose != of.now {
            words += " (measure again for what is set now)";
        }
        notice(ui, Tone::Plain, &words);
        let chart = kept(ui.ctx(), "judged texts", Same::of(found), || found.chart());
        ChartUi::new("judged texts", &chart).height(230.0).axis_names().legend(true).show(ui);
        for note in &chart.notes {
            notice(ui, Tone::Plain, note);
        }
        if let MeasuredTexts::Solved(all) = &**found {
            passes(ui, all);
        }
    }
    wish
}

/// Pass@k of everyone, per cent.
fn passes(ui: &mut Ui, all: &[Solved]) {
    let weak = theme::palette(ui).weak;
    let small = |text: String| RichText::new(text).font(theme::small());
    // The numbers stand whole, the names have what is left.
    let name_width = (ui.available_width() - 4.0 * 34.0).max(40.0);
    Grid::new("pass at k").num_columns(5).spacing([8.0, 2.0]).min_col_width(26.0).show(ui, |ui| {
        for heading in ["", "@1", "@10", "@25", "run"] {
            let about = "Pass@k of 60 tasks and the share of programs that run, per cent.";
            ui.label(small(heading.to_owned()).color(weak)).on_hover_text(about);
        }
        ui.end_row();
        for solved in all {
            let pass = |k: usize| solved.pass.get(k - 1).map_or(0.0, |pass| pass.mean);
            let name = Label::new(small(solved.name.clone()).color(weak)).truncate();
            let size = Vec2::new(name_width, ui.spacing().interact_size.y.min(16.0));
            ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(name_width);
                ui.add(name).on_hover_text(&solved.name);
            });
            for share in [pass(1), pass(10), pass(25), solved.compiles.mean] {
                ui.label(small(format!("{:.0}", 100.0 * share)));
            }
            ui.end_row();
        }
    });
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
    /// What is known of samplers.
    pub truths: &'a Status<Truths>,
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

fn heading(ui: &mut Ui, words: &str, about: &str) -> bool {
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
    let known = &**context.truths;
    if known.is_empty() {
        if context.problem.is_none() {
            notice(ui, Tone::Plain, "sampling …");
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
    if context.truths.busy {
        notice(ui, Tone::Plain, &format!("{steps} of 7 numbers of steps are measured …"));
    }
    export.then_some(Export::Truth)
}
