//! The left panel: language, what is given, sampler, scheduler and corrector.
//!
//! What all sides share stands apart from what is set for one of them.

use crate::data::language::LanguageSpec;
use crate::experiment::text::{
    Answers, Coupling, Lexicon, MOST_TEXTS, MOST_TOKENS, TextSettings, TextSide, language_words,
    text_network_for, text_networks,
};
use crate::flow::{Scheduler, SequenceSource};
use crate::sampler::sequence::SequenceMethod;
use crate::ui::focus::scrolled;
use crate::ui::icons;
use crate::ui::sampling;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{
    Choice, SliderRange, Tone, icon_button, named_choice, notice, scheduler_choice, section, segmented,
    setting, slider,
};
use egui::{Button, ComboBox, RichText, Stroke, TextEdit, Ui};

/// A part of a text that is made free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hole {
    /// The second third.
    Middle,
    /// The second half.
    End,
    /// The first half.
    Start,
    /// One token of two.
    EverySecond,
}

/// What a button asks of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// For a text or a list of words.
    OpenFile,
    /// For a network.
    OpenNetwork,
    /// To give the text that is shown large but for a part.
    Give(Hole),
}

/// What the panel needs to know.
pub struct ControlContext<'a> {
    /// The language, once it is made.
    pub lexicon: Option<&'a Lexicon>,
    /// Why there is none, or no text of it.
    pub problem: Option<&'a str>,
    /// Why the side that is being set can't be sampled.
    pub side_problem: Option<&'a str>,
    /// Whether the text that is shown large is finished.
    pub finished: bool,
    /// Whether a network that denoises was trained in this window.
    pub has_trained: bool,
}

/// Draws the panel.
pub fn controls(ui: &mut Ui, settings: &mut TextSettings, context: &ControlContext<'_>) -> Option<Action> {
    let mut action = None;
    scrolled(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        // What is set for the side that was chosen above comes first then.
        let compared = settings.sides.is_compared();
        if compared {
            of_side(ui, settings, context, &mut action);
            shared_heading(ui, settings.sides.len());
        }
        section(ui, "Language", |ui| language(ui, settings, context, &mut action));
        section(ui, "Given tokens", |ui| given(ui, settings, context, &mut action));
        if !compared {
            of_side(ui, settings, context, &mut action);
        }
        section(ui, "Texts", |ui| texts(ui, settings));
    });
    action
}

/// Above what all sides have in common.
fn shared_heading(ui: &mut Ui, sides: usize) {
    let text = if sides == 2 { "Shared by A and B" } else { "Shared by A, B and C" };
    let about = "The language, what is given, the seed, and the clock below: what is changed here changes on all sides.";
    let palette = theme::palette(ui);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        ui.label(RichText::new(text).font(theme::small()).color(palette.text)).on_hover_text(about);
        let line = ui.available_rect_before_wrap();
        ui.painter().hline(line.x_range(), line.center().y, Stroke::new(2.0, palette.line));
    });
    ui.add_space(space::XS);
}

/// A menu that takes no more room than `width`, however long its words are.
fn menu_in<R>(
    ui: &mut Ui,
    width: f32,
    menu: ComboBox,
    content: impl FnOnce(&mut Ui) -> R,
) -> egui::InnerResponse<Option<R>> {
    let size = egui::vec2(width, ui.spacing().interact_size.y);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_max_width(width);
        menu.show_ui(ui, content)
    })
    .inner
}

/// Languages to choose from: name and what it is.
fn languages() -> [(LanguageSpec, &'static str); 7] {
    [
        (LanguageSpec::Sums, "12+7=19: statements, all of them true"),
        (LanguageSpec::Tales, "small stories that come back to a name and a thing"),
        (LanguageSpec::Words(None), "words of one length, all equally likely"),
        (LanguageSpec::Ngram { order: 3, file: None }, "the next letter depends on the last two"),
        (LanguageSpec::Ngram { order: 5, file: None }, "on the last four: 207,000 edges, takes its time"),
        (LanguageSpec::Programs, "31,242 toy programs with docstring and examples"),
        (LanguageSpec::Ngram { order: 1, file: None }, "letters alone, as often as in Shakespeare"),
    ]
}

fn language(
    ui: &mut Ui,
    settings: &mut TextSettings,
    context: &ControlContext<'_>,
    action: &mut Option<Action>,
) {
    let before = settings.language.clone();
    let about = "Every language here is known exactly: an automaton, or a list that is looked at as a whole. So its posterior \
                 p(x₁ⁱ | xₜ) is exact, and what is wrong in a text can be said.";
    setting(ui, "language", about, |ui| {
        let words = language_words(&settings.language);
        let width = ui.available_width() - 34.0;
        let menu = ComboBox::from_id_salt("language").selected_text(&words).width(width).truncate();
        let shown = menu_in(ui, width, menu, |ui| {
            for (language, about) in languages() {
                let is = settings.language == language;
                let label = format!("{}    {about}", language_words(&language));
                if ui.selectable_label(is, label).clicked() {
                    settings.language = language;
                }
            }
        });
        named_choice(&shown.response, "language", &words);
        let open = "A text (.txt) as 4-grams of its letters, or a list of words of one length …";
        if icon_button(ui, icons::FOLDER, open, false).clicked() {
            *action = Some(Action::OpenFile);
        }
    });
    if let LanguageSpec::Ngram { order, .. } = &mut settings.language {
        let mut value = *order as f64;
        let range = SliderRange { whole: true, ..SliderRange::linear(1.0..=7.0) };
        let about = "n, 1 to 7: a letter depends on the n − 1 before it. Its states grow with n.";
        if slider(ui, "order n", about, &mut value, range) {
            *order = value as usize;
        }
    }
    settings.follow_language(&before);
    let own = context.lexicon.map(|lexicon| lexicon.language.tokens);
    match settings.language {
        LanguageSpec::Programs | LanguageSpec::Words(Some(_)) => {}
        LanguageSpec::Words(None) => {
            let mut letters = settings.tokens.unwrap_or(5) as f64;
            let range = SliderRange { whole: true, ..SliderRange::linear(4.0..=8.0) };
            if slider(ui, "letters", "Letters of a word, 4 to 8.", &mut letters, range) {
                (settings.tokens, settings.token) = (Some(letters as usize), None);
            }
        }
        _ => {
            let mut tokens = settings.tokens.or(own).unwrap_or(64) as f64;
            let range = SliderRange::counts(4.0..=256.0).typed(1.0..=MOST_TOKENS as f64);
            if slider(ui, "tokens N", "Tokens of a text, 1 to 1024.", &mut tokens, range) {
                (settings.tokens, settings.token) = (Some(tokens as usize), None);
            }
        }
    }
    if let Some(lexicon) = context.lexicon.filter(|lexicon| lexicon.language.spec == settings.language) {
        let (letters, symbols) = lexicon.language.dropped;
        let entropy = lexicon.entropy.map(|bits| format!(", {bits:.3} bits a token"));
        let known = format!("K = {} symbols{}", lexicon.language.alphabet.len(), entropy.unwrap_or_default());
        notice(ui, Tone::Plain, &known);
        if symbols > 0 {
            let text = format!("{letters} letters of {symbols} rare symbols are taken for spaces.");
            notice(ui, Tone::Plain, &text);
        }
    }
}

fn given(
    ui: &mut Ui,
    settings: &mut TextSettings,
    context: &ControlContext<'_>,
    action: &mut Option<Action>,
) {
    let about = "What is there from the start and stays: the coupling. U: nothing. C: a prompt, or a beginning of each text.";
    setting(ui, "given", about, |ui| {
        let choices = [
            (Coupling::Free, "nothing", "U-coupling: everything is noise at t = 0."),
            (
                Coupling::Given,
                "a part",
                "C-coupling: a prompt, or what is around what is to be filled in. Type it, or paint on the large text.",
            ),
            (
                Coupling::Prefix,
                "prefix",
                "C-coupling as the paper trains: of each text a beginning, of a length from 0 to N by chance.",
            ),
        ];
        segmented(ui, "coupling", &mut settings.coupling, choices);
    });
    if settings.coupling == Coupling::Given {
        let hint = match settings.language {
            LanguageSpec::Sums => "12+?=19",
            LanguageSpec::Programs => "x + 6 : - 4",
            _ => "what is given",
        };
        let about = "What is given, token by token: ? is open, \\? the sign itself, \\n the end of a line; what comes after it is \
                     open. On the large text a stroke gives what it passes, or frees what was given.";
        let field = TextEdit::multiline(&mut settings.prompt)
            .desired_rows(2)
            .desired_width(ui.available_width())
            .font(egui::FontId::monospace(12.0))
            .hint_text(hint)
            .char_limit(4096);
        ui.add(field).on_hover_text(about);
        setting(ui, "take", "The text that is shown large, as it ends, but for a part that is free.", |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.spacing_mut().button_padding.x = 4.0;
            let holes = [
                (Hole::Middle, "( … )", "Its middle third is free: infilling."),
                (Hole::End, "( …", "Its second half is free: a prompt."),
                (Hole::Start, "… )", "Its first half is free."),
                (Hole::EverySecond, "…", "Every second token is free."),
            ];
            for (hole, label, about) in holes {
                let button = Button::new(RichText::new(label).font(theme::small()));
                if ui.add_enabled(context.finished, button).on_hover_text(about).clicked() {
                    *action = Some(Action::Give(hole));
                }
            }
            let clear = Button::new(RichText::new("clear").font(theme::small()));
            if ui.add(clear).on_hover_text("Nothing is given.").clicked() {
                settings.prompt.clear();
            }
        });
    }
    if let Some(why) = context.problem {
        notice(ui, Tone::Error, why);
    }
}

/// What is set for one side alone.
fn of_side(
    ui: &mut Ui,
    settings: &mut TextSettings,
    context: &ControlContext<'_>,
    action: &mut Option<Action>,
) {
    let values = context.lexicon.map_or(14, |lexicon| lexicon.writing.values());
    let has_given = settings.coupling != Coupling::Free;
    let learns = settings.learns();
    let side = settings.sides.here_mut();
    section(ui, "Text sampler", |ui| {
        let before = side.answers;
        sampler(ui, side, has_given);
        let answers = side.answers;
        let name = match answers {
            Answers::Network => Some(&mut settings.network),
            Answers::Twin => Some(&mut settings.twin),
            Answers::Exact | Answers::Joint => None,
        };
        if let Some(name) = name {
            // One that comes with the program, rather than none.
            if answers != before && !context.has_trained && name.is_none() {
                *name = text_network_for(&learns, answers).map(str::to_owned);
            }
            network(ui, name, action);
        }
        if let Some(why) = context.side_problem {
            notice(ui, Tone::Error, why);
        }
    });
    let steps = matches!(side.answers, Answers::Exact | Answers::Network);
    section(ui, "Text scheduler", |ui| {
        ui.add_enabled_ui(steps, |ui| scheduler(ui, side, values));
    });
    section(ui, "Text corrector", |ui| {
        let why = match () {
            () if !steps => Some("A single step has nothing to correct."),
            () if side.sampler.method != SequenceMethod::Exact => {
                Some("Only the exact method has a corrector.")
            }
            () => None,
        };
        let meaning =
            "tokens are masked again, or made noise, and drawn anew. A perfect denoiser has nothing to mend.";
        let set = (&mut side.corrector_on, &mut side.corrector);
        sampling::corrector(ui, (why, meaning), set, |ui| {
            sampling::moves(ui, &mut side.sampler.corrector_by, (None, None));
        });
    });
}

fn sampler(ui: &mut Ui, side: &mut TextSide, has_given: bool) {
    let about = "Who says what a text may become.";
    setting(ui, "answers", about, |ui| {
        let choices = [
            (
                Answers::Exact,
                "letters",
                "The exact posterior of every letter for itself, in steps: a perfect network.",
            ),
            (
                Answers::Joint,
                "whole texts",
                "The exact posterior of whole texts, drawn at once: what no network that answers letter by letter can do.",
            ),
        ];
        segmented(ui, "answers", &mut side.answers, choices);
    });
    setting(
        ui,
        "or",
        "Networks: those that come with the program, of a file, or one that is trained in this window.",
        |ui| {
            let choices = [
                (
                    Answers::Network,
                    "network",
                    "A network that denoises: what it gets wrong is its own error, beside that of parallel steps.",
                ),
                (
                    Answers::Twin,
                    "left to right",
                    "Its autoregressive twin: the same blocks, each letter from those before it. As many evaluations as letters.",
                ),
            ];
            segmented(ui, "answers of networks", &mut side.answers, choices);
        },
    );
    ui.add_enabled_ui(matches!(side.answers, Answers::Exact | Answers::Network), |ui| {
        let about = "Where the flow starts.";
        setting(ui, "source", about, |ui| {
            let choices = [
                (SequenceSource::Mask, "mask", "Every token is a mask, and is revealed once."),
                (
                    SequenceSource::Uniform,
                    "uniform",
                    "Every token is any symbol: a wrong one can be taken back. At equal steps more is true.",
                ),
            ];
            segmented(ui, "text source", &mut side.source, choices);
        });
        if side.source == SequenceSource::Uniform {
            side.sampler.method = SequenceMethod::Exact;
        }
        method(ui, side);
        let meaning = "Steps, the last one forced. A step that reveals nothing in a text costs it no evaluation.";
        sampling::steps(ui, meaning, &mut side.sampler.steps);
        match side.sampler.method {
            SequenceMethod::Exact => {
                let about = "Equal steps of t or of κ, or steps that shrink with 1−t.";
                sampling::time_grid(ui, about, &mut side.sampler.grid);
            }
            SequenceMethod::MaskGit => {
                sampling::choice_temperature(ui, &mut side.sampler.choice_temperature);
            }
            SequenceMethod::Confidence => {
                let about = "p, 0 to 1: a step reveals every token whose likeliest symbol is likelier than that, and at least the \
                             surest one. At 1, with a step a token, it is one token a step, which is exact in any order; below, what is revealed beside \
                             it is wrong about 1 − p of the time. It ends when nothing is masked: watch the NFE.";
                slider(ui, "threshold p", about, &mut side.sampler.confidence, SliderRange::linear(0.0..=1.0));
            }
            SequenceMethod::Blocks => {
                let mut block = side.sampler.block as f64;
                let about = "B, tokens of a block: each is filled in by the exact method in its share of the steps before the next \
                             begins. With B = 1 and a step a token it is an autoregressive sampler: exact. Larger blocks draw \
                             neighbours apart from each other, which are those that depend most on one another.";
                let range = SliderRange::counts(1.0..=64.0).typed(1.0..=1024.0);
                if slider(ui, "block B", about, &mut block, range) {
                    side.sampler.block = block as usize;
                }
            }
        }
    });
    ui.add_enabled_ui(side.answers != Answers::Joint, |ui| {
        let about =
            "τ in (0, 4]: p becomes softmax(ln p / τ). Anything but a constant 1 biases even the exact denoiser.";
        sampling::temperature(ui, about, &mut side.sampler.temperature.level);
    });
    ui.add_enabled_ui(matches!(side.answers, Answers::Exact | Answers::Network), |ui| {
        setting(ui, "τ over t", "How the temperature changes on the way.", |ui| {
            let choices = [
                (false, "constant", "τ(t) = τ."),
                (true, "τ(1−t)²", "The paper’s for text: draws end at the likeliest letter."),
            ];
            segmented(ui, "fading", &mut side.sampler.temperature.fading, choices);
        });
    });
    if has_given && side.source == SequenceSource::Uniform && side.answers != Answers::Joint {
        notice(ui, Tone::Plain, "Given tokens are put back after every step.");
    }
}

/// Which network answers.
fn network(ui: &mut Ui, name: &mut Option<String>, action: &mut Option<Action>) {
    const TRAINED: &str = "in training";
    setting(ui, "network", "Which network answers.", |ui| {
        let words =
            name.as_deref().map_or(TRAINED, |name| name.rsplit('/').next().unwrap_or(name)).to_owned();
        let width = ui.available_width() - 42.0;
        let menu = ComboBox::from_id_salt("text network").selected_text(&words).width(width).truncate();
        let shown = menu_in(ui, width, menu, |ui| {
            if ui.selectable_label(name.is_none(), TRAINED).clicked() {
                *name = None;
            }
            for own in text_networks() {
                if ui.selectable_label(name.as_deref() == Some(own), own).clicked() {
                    *name = Some(own.to_owned());
                }
            }
        });
        named_choice(&shown.response, "network that answers", &words);
        if icon_button(ui, icons::FOLDER, "A network in a file (.safetensors) …", false).clicked() {
            *action = Some(Action::OpenNetwork);
        }
    });
}

fn method(ui: &mut Ui, side: &mut TextSide) {
    let uniform =
        (side.source == SequenceSource::Uniform).then_some("It reveals masks: it needs the mask source.");
    let choices = [
        (
            SequenceMethod::Exact,
            "exact",
            "Every token with probability (κₜ₊ₕ − κₜ)/(1 − κₜ), whatever it is: discrete flow matching. Exact as steps grow.",
        ),
        (
            SequenceMethod::MaskGit,
            "MaskGIT",
            "The most confident draws first. All may be true, and yet the easy ones come too often: its bias does not vanish with \
             more steps.",
        ),
        (
            SequenceMethod::Confidence,
            "surer than p",
            "All that is surer than a threshold, as practice with language models does: few evaluations where much is plain. How \
             sure a token is does not depend on its draw, so one at a time is exact.",
        ),
        (
            SequenceMethod::Blocks,
            "blocks",
            "From left to right in blocks, as practice with language models does: B = 1, with a step a token, is \
             autoregressive and exact.",
        ),
    ];
    let about = "How tokens come out.";
    let mut rows = choices.chunks(2);
    for label in ["method", ""] {
        let Some(row) = rows.next() else { break };
        setting(ui, label, about, |ui| {
            let choice = |&(value, label, tooltip): &(SequenceMethod, &'static str, &'static str)| Choice {
                value,
                label,
                tooltip,
                disabled: uniform.filter(|_| value != SequenceMethod::Exact),
            };
            segmented(ui, &format!("text method {label}"), &mut side.sampler.method, row.iter().map(choice));
        });
    }
}

fn scheduler(ui: &mut Ui, side: &mut TextSide, values: usize) {
    if side.sampler.method != SequenceMethod::Exact {
        notice(ui, Tone::Plain, "This method does not walk by a scheduler that is set.");
        return;
    }
    let why =
        (side.source == SequenceSource::Uniform).then_some("An information curve is that of a mask source.");
    setting(ui, "steps at", "Where the sampler steps.", |ui| {
        let choices = [
            Choice::from((false, "scheduler", "As κ(t) below says.")),
            Choice {
                value: true,
                label: "best grid",
                tooltip: "The grid of so many steps that loses least in this language: dynamic programming on its information \
                          curve. Which is best is a property of the language.",
                disabled: why,
            },
        ];
        segmented(ui, "best grid", &mut side.best, choices);
    });
    ui.add_enabled_ui(!side.steps_best(), |ui| {
        let same = match side.source {
            SequenceSource::Mask => 0.0,
            SequenceSource::Uniform => 1.0 / values as f64,
        };
        scheduler_choice(ui, &mut side.sampler.scheduler, Some(Scheduler::Kinetic(same)));
    });
}

fn texts(ui: &mut Ui, settings: &mut TextSettings) {
    let mut count = settings.texts as f64;
    let range = SliderRange { whole: true, ..SliderRange::linear(1.0..=MOST_TEXTS as f64) };
    if slider(ui, "texts", "Texts of a page, 1 to 64.", &mut count, range) {
        settings.texts = count as usize;
        settings.picked = settings.picked.min(settings.texts - 1);
    }
    if settings.sides.is_compared() {
        setting(ui, "clock", "What is the same on all pages where the timeline is.", |ui| {
            let choices = [
                (false, "time", "The same t, or the same κ, on all pages."),
                (true, "evaluations", "A race: every page after as many denoiser evaluations a text."),
            ];
            segmented(ui, "clock of the pages", &mut settings.race, choices);
        });
    }
    let meaning = "A token has the same random numbers whatever else is set: what differs between pages is what was set.";
    sampling::seed(ui, meaning, &mut settings.seed);
}
