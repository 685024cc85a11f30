//! What is measured of who answers: texts before a judge, and programs that are run.

use super::films::TextFilm;
use super::networks::Who;
use super::studies::heading;
use crate::data::language::LanguageSpec;
use crate::data::language::programs::Prompt;
use crate::experiment::text::{Lexicon, Measured, MeasuredTexts, judged_texts, solved_tasks};
use crate::flow::SequenceSource;
use crate::ui::chart::ChartUi;
use crate::ui::job::{Job, Progress, Status};
use crate::ui::kept::{Same, kept};
use crate::ui::theme;
use crate::ui::widgets::{Tone, notice, segmented};
use crate::view::sequence::Solved;
use egui::{Align, Button, Grid, Label, Layout, RichText, Ui, Vec2};
use std::sync::Arc;

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

/// Whose texts were measured, and all that this depends on.
#[derive(Clone, PartialEq)]
pub struct Whose {
    /// What they are of.
    pub language: LanguageSpec,
    /// Tokens of a text, where that is another number than usual.
    pub tokens: Option<usize>,
    /// How many texts.
    pub texts: usize,
    /// Of all random numbers.
    pub seed: u64,
    /// Who wrote them, and from which source: the first one by several samplers.
    pub writers: Vec<(Who, SequenceSource)>,
    /// What tasks for programs show, and steps for them.
    pub task: Option<(Prompt, usize)>,
}

impl Whose {
    /// In words.
    pub fn words(&self) -> String {
        let first = self.writers.first().map_or_else(|| Who::Exact.words(), |(who, _)| who.words());
        match self.task {
            Some((prompt, steps)) => format!("{prompt} given, {steps} steps"),
            None => format!("{}, {} texts, {first}", self.language, self.texts),
        }
    }
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
            (Prompt::Examples, "examples", "Three examples alone: the ceiling is 42 of 100."),
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
        notice(ui, Tone::Plain, &whose.words());
        if whose != of.now {
            notice(ui, Tone::Warning, "Something else is set now: measure again.");
        }
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
