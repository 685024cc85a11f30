//! Training on texts in the window: how it is set, how far it is, how well it does, and what it writes.

use super::runs::{TextRuns, sample};
use crate::data::language::LanguageSpec;
use crate::experiment::text::{TextSettings, TextTraining, unmet};
use crate::flow::{SequenceSource, counted};
use crate::model::sequence::{TextNetConfig, TextSize};
use crate::train::TrainState;
use crate::train::sequence::{Prompt, TextTrainStatus, left_words};
use crate::ui::run_card::{PREPARING, TrainerButton, trainer_buttons};
use crate::ui::sequence_runs::RunsWish;
use crate::ui::theme;
use crate::ui::widgets::{ABOVE_ZERO, SliderRange, Tone, notice, section, segmented, setting, slider, title};
use egui::{Button, RichText, Ui};

/// Networks that were early, and what they wrote.
const EARLY: usize = 6;

/// What a button asks of the lab.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainingWish {
    /// To begin a run with the present settings.
    New,
    /// To go on, or to pause.
    Run(bool),
    /// To let go of the run.
    Reset,
    /// To save it.
    Save,
    /// Of the runs that are kept.
    Runs(RunsWish),
    /// To export the losses.
    ExportLosses,
    /// To sample the side that is being set from it.
    Sample,
}

/// Draws the panel; `sizes`: N and K of the language.
pub fn training(
    ui: &mut Ui,
    settings: &mut TextSettings,
    status: &TextTrainStatus,
    runs: &mut TextRuns,
    sizes: [usize; 2],
) -> Option<TrainingWish> {
    let palette = theme::palette(ui);
    let weak = |text: String| RichText::new(text).font(theme::small()).color(palette.weak);
    ui.spacing_mut().item_spacing.y = 4.0;
    let mut wish = trainer_buttons(ui, &status.state, status.starting).map(|pressed| match pressed {
        TrainerButton::New => TrainingWish::New,
        TrainerButton::Run(run) => TrainingWish::Run(run),
        TrainerButton::Reset => TrainingWish::Reset,
        TrainerButton::Save => TrainingWish::Save,
    });
    if let TrainState::Failed(why) = &status.state {
        notice(ui, Tone::Error, why);
    }
    if status.starting {
        notice(ui, Tone::Plain, "reading the texts");
    }
    let on = runs.continue_button(ui, status);
    wish = wish.or(on.map(TrainingWish::Runs));
    if !status.about.is_empty() {
        let hover = match &status.file {
            Some(file) => format!("Kept every half minute in {}", file.display()),
            None => "It is not kept when the window is closed.".to_owned(),
        };
        ui.label(weak(status.about.clone())).on_hover_text(hover);
        ui.label(weak(format!(
            "{}   {:.0} s   {:.0} letters/s",
            counted(status.seen, "text"),
            status.seconds,
            status.own.token_rate
        )));
        if status.prepares && status.state == TrainState::Running {
            notice(ui, Tone::Plain, PREPARING);
        }
        if let Some(left) = status.left.filter(|_| status.state == TrainState::Running) {
            ui.label(weak(left_words(left)));
        }
        let button = Button::new("sample from it");
        let about = "The page that is being set is sampled from this network, again from every newer one.";
        if ui.add_enabled(status.own.model.is_some(), button).on_hover_text(about).clicked() {
            wish = Some(TrainingWish::Sample);
        }
    }
    if !runs.is_empty() && runs.plot(ui, status) {
        wish = Some(TrainingWish::ExportLosses);
    }
    samples(ui, status);
    section(ui, "Next text run", |ui| next(ui, settings, sizes));
    if !runs.is_empty() {
        section(ui, "Text runs", |ui| {
            let asked = runs.cards(ui, status);
            wish = wish.take().or(asked.map(TrainingWish::Runs));
        });
    }
    wish
}

fn samples(ui: &mut Ui, status: &TextTrainStatus) {
    let Some(alphabet) = &status.own.alphabet else { return };
    title(
        ui,
        "What it writes",
        "Texts of the newest network, from nothing, always with the same random numbers; below, the first \
                                 one of earlier networks.",
    );
    if let Some(run) = &status.own.settings
        && let Some(why) = unmet(&run.config.prompts, run.network.tokens, |_| false)
    {
        notice(ui, Tone::Warning, &why);
    }
    for text in status.own.samples.iter().take(3) {
        sample(ui, status.shown, &alphabet.write(text));
    }
    for early in status.own.early.iter().rev().skip(1).take(EARLY) {
        sample(ui, early.texts, &early.sample);
    }
}

fn next(ui: &mut Ui, settings: &mut TextSettings, [tokens, values]: [usize; 2]) {
    let is_programs = settings.language == LanguageSpec::Programs;
    let TextTraining { causal, source, size, prompt, config } = &mut settings.training;
    let about = "Both have the same blocks: 1-D ConvNeXt, nine letters wide, 1, 2, 4 and 8 apart.";
    setting(ui, "network", about, |ui| {
        let choices = [
            (false, "denoiser", "Answers about any state: what flows are sampled from."),
            (
                true,
                "left to right",
                "Its autoregressive twin: each letter from those before it. Learns more in the same minutes.",
            ),
        ];
        segmented(ui, "text network", causal, choices);
    });
    setting(ui, "size", "How many parameters.", |ui| {
        let words = TextSize::ALL
            .map(|size| TextNetConfig::new(tokens, values, *source, *causal).sized(size).parameter_words());
        let all = TextSize::ALL.iter().zip(&words).zip(["live", "large"]);
        segmented(
            ui,
            "text network size",
            size,
            all.map(|((size, words), label)| (*size, label, words.as_str())),
        );
    });
    if !*causal {
        setting(ui, "source", "Where its flow starts.", |ui| {
            let choices = [
                (SequenceSource::Mask, "mask", "It is not told κ: the masks say it."),
                (SequenceSource::Uniform, "uniform", "It is told κ."),
            ];
            segmented(ui, "source to learn", source, choices);
        });
    }
    setting(
        ui,
        "given",
        "What is given in training: the coupling. The denoiser is the same function; other contexts are met.",
        |ui| {
            let mut choices = vec![
                (Prompt::Nothing, "nothing", "U-coupling."),
                (Prompt::Prefix, "prefix", "C-coupling: a beginning of each text."),
            ];
            if is_programs {
                choices = vec![
                    (Prompt::Nothing, "nothing", "U-coupling."),
                    (Prompt::Docstring, "doc", "Docstring and examples: learned in a minute."),
                    (Prompt::Hidden, "hidden", "The same with words of the docstring hidden."),
                    (Prompt::Examples, "examples", "Three examples alone: not learned in minutes."),
                ];
            }
            segmented(ui, "given in training", prompt, choices);
        },
    );
    let mut batch = config.batch as f64;
    let range = SliderRange::counts(4.0..=128.0).typed(1.0..=4096.0);
    if slider(ui, "batch", "Texts a step, 1 to 4096.", &mut batch, range) {
        config.batch = batch as usize;
    }
    let rates = SliderRange::logarithmic(1e-5..=1e-2).typed(ABOVE_ZERO..=1.0);
    slider(ui, "learning rate", "Of Adam, in (0, 1].", &mut config.learning_rate, rates);
    let about =
        "With a length the learning rate falls to 3% of itself on the way, and the run pauses at its end.";
    setting(ui, "length", about, |ui| {
        let mut ends = config.texts > 0;
        let choices = [(false, "no end", "Until it is stopped."), (true, "fixed", "So many texts.")];
        if segmented(ui, "length of a text run", &mut ends, choices) {
            config.texts = if ends { 40_000 } else { 0 };
        }
    });
    if config.texts > 0 {
        let mut texts = config.texts as f64;
        let range = SliderRange::counts(1e3..=1e6).typed(1.0..=1e12);
        if slider(ui, "texts", "Texts that the run sees in all, 1 to 10¹².", &mut texts, range) {
            config.texts = texts as u64;
        }
    }
}
