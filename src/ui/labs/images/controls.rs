//! The left panel: model, sampler, scheduler, corrector, what is given, and training.

use super::infill::Infill;
use crate::data::codec::image::TokenSpec;
use crate::data::images::ImageSource;
use crate::experiment::images::{Base, Region};
use crate::experiment::images::{ImageModelSpec, Images, Shipped};
use crate::experiment::images::{ImageSettings, MOST_IMAGES, SideSettings};
use crate::flow::{Corrector, Scheduler, SequenceSource};
use crate::model::sequence::ImageModel;
use crate::sampler::sequence::SequenceMethod;
use crate::sampler::{CorrectorBy, TimeGrid};
use crate::ui::icons;
use crate::ui::theme;
use crate::ui::widgets::{
    ABOVE_ZERO, Choice, SliderRange, Tone, icon_button, named_choice, notice, scheduler_choice, section,
    seed_field, segmented, setting, slider,
};
use egui::{Button, ComboBox, RichText, ScrollArea, Ui};

/// Room for an icon button at the end of a row, points.
const BUTTON: f32 = 46.0;

/// What a button asks of the lab.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// To begin a run with the present settings.
    NewRun,
    /// To go on with the run, or pause it.
    Run(bool),
    /// To go on with a run that was kept.
    Continue(std::path::PathBuf),
    /// To let go of the run.
    Reset,
    /// To save it: the network alone in half precision, or all of it.
    Save,
    /// For a checkpoint to open.
    OpenModel,
    /// For a folder of pictures.
    OpenFolder {
        /// To train on, or for the model to know.
        for_training: bool,
    },
    /// For a picture of which a part is given.
    OpenPicture,
    /// To take the picture from there.
    TakeBase(Base),
}

/// What the panel needs to know.
pub struct ControlContext<'a> {
    /// The model that answers, once there is one.
    pub model: Option<&'a ImageModel>,
    /// Why there is none.
    pub problem: Option<&'a str>,
    /// Why the side that is being set can't be sampled.
    pub side_problem: Option<&'a str>,
    /// What is given.
    pub infill: &'a mut Infill,
    /// Whether there is a network in training that could answer.
    pub can_show_trained: bool,
}

/// Draws the panel.
pub fn controls(ui: &mut Ui, settings: &mut ImageSettings, context: ControlContext<'_>) -> Option<Action> {
    let ControlContext { model, problem, side_problem, infill, can_show_trained } = context;
    let mut action = None;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        section(ui, "Model", |ui| self::model(ui, settings, model, can_show_trained, &mut action));
        if let Some(why) = problem {
            notice(ui, Tone::Error, why);
        }
        let source = model.map_or(settings.source, |model| model.denoiser.source());
        section(ui, "Walls", |ui| walls(ui, settings));
        section(ui, "Image sampler", |ui| {
            sampler(ui, settings.side_mut(), source);
            if let Some(why) = side_problem {
                notice(ui, Tone::Error, why);
            }
        });
        section(ui, "Image scheduler", |ui| {
            let side = settings.side_mut();
            let is_maskgit = side.sampler.method == SequenceMethod::MaskGit;
            ui.add_enabled_ui(!is_maskgit, |ui| {
                let values = model.map_or(settings_values(settings), |model| model.denoiser.values());
                let same = match source {
                    SequenceSource::Mask => 0.0,
                    SequenceSource::Uniform => 1.0 / values as f64,
                };
                scheduler_choice(
                    ui,
                    &mut settings.side_mut().sampler.scheduler,
                    Some(Scheduler::Kinetic(same)),
                );
            });
            if is_maskgit {
                notice(ui, Tone::Plain, "MaskGIT reveals as many tokens as the cosine says.");
            }
        });
        section(ui, "Image corrector", |ui| corrector(ui, settings.side_mut()));
        section(ui, "Infilling", |ui| infilling(ui, infill, &mut action));
    });
    action
}

fn settings_values(settings: &ImageSettings) -> usize {
    settings.tokens.values()
}

/// The kinds of models.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Empirical,
    Independent,
    Network(Shipped),
    File,
    Trained,
}

fn kind(settings: &ImageSettings) -> Kind {
    match &settings.model {
        _ if settings.trained => Kind::Trained,
        ImageModelSpec::Empirical(_) => Kind::Empirical,
        ImageModelSpec::Independent(_) => Kind::Independent,
        ImageModelSpec::Network(network) => Kind::Network(*network),
        ImageModelSpec::Checkpoint(_) => Kind::File,
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Empirical => "perfect denoiser",
        Kind::Independent => "independent tokens",
        Kind::Network(Shipped::Cifar10) => "network: CIFAR-10",
        Kind::Network(Shipped::Shapes) => "network: shapes",
        Kind::File => "network from a file",
        Kind::Trained => "network in training",
    }
}

fn model(
    ui: &mut Ui,
    settings: &mut ImageSettings,
    model: Option<&ImageModel>,
    can_show_trained: bool,
    action: &mut Option<Action>,
) {
    let present = kind(settings);
    setting(ui, "denoiser", "What answers p(x₁ⁱ | xₜ) for every token.", |ui| {
        let width = ui.available_width();
        let menu = ComboBox::from_id_salt("image model").selected_text(name(present)).width(width);
        let shown = menu.show_ui(ui, |ui| {
            let about = [
                (
                    Kind::Empirical,
                    "The exact posterior of a set of images, in closed form: it makes no error and only remembers.",
                ),
                (Kind::Independent, "Every token for itself, by its marginal: the floor of all models."),
                (Kind::Network(Shipped::Shapes), "Comes with the program: shapes of 64 colours."),
                (Kind::Network(Shipped::Cifar10), "Comes with the program: CIFAR-10, three tokens a pixel."),
                (Kind::Trained, "As it is now; press Train in the right panel."),
            ];
            for (other, about) in about {
                let enabled = other != Kind::Trained || can_show_trained;
                let row = ui.add_enabled(enabled, Button::selectable(other == present, name(other)));
                if row.on_hover_text(about).on_disabled_hover_text(about).clicked() && other != present {
                    choose(settings, other);
                }
            }
            ui.separator();
            let about = "A checkpoint of train images, or of the right panel.";
            if ui.selectable_label(false, "open a network …").on_hover_text(about).clicked() {
                *action = Some(Action::OpenModel);
            }
        });
        named_choice(&shown.response, "denoiser", name(present));
    });
    let own = match &mut settings.model {
        _ if settings.trained => true,
        ImageModelSpec::Empirical(images) | ImageModelSpec::Independent(images) => {
            set(ui, images, action);
            false
        }
        ImageModelSpec::Network(_) => true,
        ImageModelSpec::Checkpoint(file) => {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            setting(ui, "file", "A checkpoint of this program.", |ui| {
                ui.add(egui::Label::new(name).truncate()).on_hover_text(file.display().to_string());
            });
            true
        }
    };
    if own {
        if let Some(model) = model {
            let tokenizer = &model.tokenizer;
            let about = format!(
                "{} at {}×{}: {} tokens of {} values, {} source",
                tokenizer.spec(),
                tokenizer.side(),
                tokenizer.side(),
                tokenizer.tokens(),
                tokenizer.values(),
                model.denoiser.source()
            );
            notice(ui, Tone::Plain, &about);
        }
    } else {
        tokens(ui, &mut settings.tokens, &mut settings.side);
        source(ui, &mut settings.source);
    }
    class(ui, settings, model);
}

fn choose(settings: &mut ImageSettings, kind: Kind) {
    settings.trained = kind == Kind::Trained;
    let images = match &settings.model {
        ImageModelSpec::Empirical(images) | ImageModelSpec::Independent(images) => images.clone(),
        _ => Images { source: ImageSource::Shapes, count: Some(512) },
    };
    match kind {
        Kind::Empirical => settings.model = ImageModelSpec::Empirical(images),
        Kind::Independent => settings.model = ImageModelSpec::Independent(images),
        Kind::Network(network) => settings.model = ImageModelSpec::Network(network),
        Kind::File | Kind::Trained => {}
    }
}

/// Which images it knows.
fn set(ui: &mut Ui, images: &mut Images, action: &mut Option<Action>) {
    data_choice(ui, &mut images.source, false, action);
    let mut count = images.count.unwrap_or(0) as f64;
    let tooltip = "How many images of the set it knows, from the first one on. 1 to 65536.";
    let range = SliderRange::counts(1.0..=16_384.0).typed(1.0..=65_536.0);
    if images.count.is_some() && slider(ui, "images", tooltip, &mut count, range) {
        images.count = Some(count as usize);
    }
}

/// A choice of a set of images.
pub fn data_choice(ui: &mut Ui, source: &mut ImageSource, for_training: bool, action: &mut Option<Action>) {
    let name = match &*source {
        ImageSource::Shapes => "shapes".to_owned(),
        ImageSource::Cifar10(_) => "CIFAR-10".to_owned(),
        ImageSource::Folder(folder) => folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    setting(ui, "data", "The set of images.", |ui| {
        let width = ui.available_width() - BUTTON;
        let menu = ComboBox::from_id_salt("image data").selected_text(&name).width(width);
        let shown = menu.show_ui(ui, |ui| {
            for (choice, name, about) in [
                (ImageSource::Shapes, "shapes", "Shaded, coloured shapes of ten classes, without end."),
                (
                    ImageSource::Cifar10(None),
                    "CIFAR-10",
                    "50,000 pictures of ten classes, once dfm-explorer data cifar10 has fetched them.",
                ),
            ] {
                let chosen = source.kind() == choice.kind();
                if ui.selectable_label(chosen, name).on_hover_text(about).clicked() && !chosen {
                    *source = choice;
                }
            }
        });
        named_choice(&shown.response, "data", &name);
        if icon_button(ui, icons::FOLDER, "A folder of pictures …", false).clicked() {
            *action = Some(Action::OpenFolder { for_training });
        }
    });
}

/// How images become tokens.
pub fn tokens(ui: &mut Ui, tokens: &mut TokenSpec, side: &mut usize) {
    setting(ui, "tokens", "How an image becomes tokens.", |ui| {
        let mut kind = match tokens {
            TokenSpec::Palette(_) => 0,
            TokenSpec::Gray(_) => 1,
            TokenSpec::Rgb(_) => 2,
        };
        let choices = [
            (0, "palette", "One token a pixel: one of P colours found for the data."),
            (1, "grey", "One token a pixel: one of L levels of its luma."),
            (2, "rgb", "Three tokens a pixel, one a channel, with L levels each."),
        ];
        if segmented(ui, "token kind", &mut kind, choices) {
            *tokens = match kind {
                0 => TokenSpec::Palette(64),
                1 => TokenSpec::Gray(32),
                _ => TokenSpec::Rgb(256),
            };
        }
    });
    let (TokenSpec::Palette(count) | TokenSpec::Gray(count) | TokenSpec::Rgb(count)) = tokens;
    let mut values = f64::from(*count);
    let tooltip = "K, the number of values of a token: levels or colours. 2 to 256.";
    let range = SliderRange { whole: true, ..SliderRange::logarithmic(2.0..=256.0) };
    if slider(ui, "values", tooltip, &mut values, range) {
        *count = values as u16;
    }
    setting(ui, "size", "Pixels a side.", |ui| {
        let choices = [(8, "8", "8 × 8 pixels"), (16, "16", "16 × 16 pixels"), (32, "32", "32 × 32 pixels")];
        segmented(ui, "size", side, choices);
    });
}

/// Where the flow starts.
pub fn source(ui: &mut Ui, source: &mut SequenceSource) {
    setting(ui, "source", "Where the flow starts.", |ui| {
        let choices = [
            (SequenceSource::Mask, "mask", "All tokens masked."),
            (SequenceSource::Uniform, "uniform", "Every token a value by chance."),
        ];
        segmented(ui, "image source", source, choices);
    });
}

fn class(ui: &mut Ui, settings: &mut ImageSettings, model: Option<&ImageModel>) {
    let Some(model) = model.filter(|model| !model.classes.is_empty()) else { return };
    let known = settings.class.and_then(|class| model.classes.get(class));
    let text = known.map_or("any", String::as_str).to_owned();
    setting(ui, "class", "Only images of one class.", |ui| {
        let menu = ComboBox::from_id_salt("class").selected_text(&text).width(ui.available_width());
        let shown = menu.show_ui(ui, |ui| {
            ui.selectable_value(&mut settings.class, None, "any");
            for (label, name) in model.classes.iter().enumerate() {
                ui.selectable_value(&mut settings.class, Some(label), name);
            }
        });
        named_choice(&shown.response, "class", &text);
    });
    if settings.class.is_some() {
        let tooltip = "Classifier-free guidance w: p ∝ p(x₁|class)ʷ p(x₁)¹⁻ʷ. 1 is the class alone; other weights take \
                       two passes a step. 0 to 100.";
        let range = SliderRange::linear(0.0..=4.0).typed(0.0..=100.0);
        slider(ui, "guidance", tooltip, &mut settings.guidance, range);
    }
}

fn walls(ui: &mut Ui, settings: &mut ImageSettings) {
    let mut images = settings.images as f64;
    let range = SliderRange { whole: true, ..SliderRange::linear(1.0..=MOST_IMAGES as f64) };
    if slider(ui, "images", "Images of a wall, 1 to 64.", &mut images, range) {
        settings.images = images as usize;
        settings.picked = settings.picked.map(|picked| picked.min(settings.images - 1));
    }
    let about = "A whole number from 0 to 18446744073709551615. A token has the same random numbers whatever else is set: \
                 what differs between walls is what was set.";
    let problem = setting(ui, "seed", about, |ui| {
        let width = ui.available_width() - BUTTON;
        let problem = seed_field(ui, width, &mut settings.seed);
        if icon_button(ui, icons::DICE, "Next seed", false).clicked() {
            settings.seed = settings.seed.wrapping_add(1);
        }
        problem
    });
    if let Some(problem) = problem {
        notice(ui, Tone::Error, &problem);
    }
}

fn sampler(ui: &mut Ui, side: &mut SideSettings, source: SequenceSource) {
    let sampler = &mut side.sampler;
    setting(ui, "method", "How tokens come out.", |ui| {
        let uniform =
            (source == SequenceSource::Uniform).then_some("It reveals masks: it needs the mask source.");
        let choices = [
            Choice::from((
                SequenceMethod::Exact,
                "exact",
                "Every token with probability (κₜ₊ₕ − κₜ)/(1 − κₜ), whatever it is: discrete flow matching.",
            )),
            Choice {
                value: SequenceMethod::MaskGit,
                label: "MaskGIT",
                tooltip: "The most confident tokens first: its bias does not vanish with more steps.",
                disabled: uniform,
            },
        ];
        segmented(ui, "image method", &mut sampler.method, choices);
    });
    let mut steps = sampler.steps as f64;
    let tooltip =
        "Steps, the last one forced. A step that reveals nothing in an image costs it no pass. 1 to 100000.";
    let range = SliderRange::counts(1.0..=1024.0).typed(1.0..=100_000.0);
    if slider(ui, "steps", tooltip, &mut steps, range) {
        sampler.steps = steps as usize;
    }
    let exact = sampler.method == SequenceMethod::Exact;
    if exact {
        setting(ui, "time grid", "Equal steps of t or of κ, or steps that shrink with 1−t.", |ui| {
            let choices = [
                (TimeGrid::T, "t", "tⱼ = j/n"),
                (TimeGrid::Kappa, "κ", "κ(tⱼ) = j/n"),
                (TimeGrid::Geometric, "geom.", "1 − tⱼ = 0.001^(j/n)"),
            ];
            segmented(ui, "image time grid", &mut sampler.grid, choices);
        });
    } else {
        let tooltip = "Scale of the Gumbel noise on the confidences: 0 keeps the most confident token, large chooses \
                       by chance. 0 to 1000000.";
        let range = SliderRange::linear(0.0..=20.0).typed(0.0..=1e6);
        slider(ui, "choice τ", tooltip, &mut sampler.choice_temperature, range);
    }
    let tooltip =
        "τ in (0, 4]: p becomes softmax(ln p / τ). Anything but a constant 1 biases even a perfect denoiser.";
    let range = SliderRange::linear(0.1..=2.0).typed(ABOVE_ZERO..=4.0);
    slider(ui, "temperature", tooltip, &mut sampler.temperature.level, range);
    setting(ui, "τ over t", "How the temperature changes on the way.", |ui| {
        let choices = [
            (false, "constant", "τ(t) = τ."),
            (true, "fading", "τ(t) = τ (1−t)²: draws end at the likeliest value."),
        ];
        segmented(ui, "fading", &mut sampler.temperature.fading, choices);
    });
}

fn corrector(ui: &mut Ui, side: &mut SideSettings) {
    let why = (side.sampler.method == SequenceMethod::MaskGit).then_some("MaskGIT has no corrector.");
    let meaning = "Forward velocity × α = 1 + β, backward velocity × β = A tᵃ (1−t)ᵇ: tokens are masked again and drawn \
                   anew, which mends what was drawn too early.";
    ui.add_enabled_ui(why.is_none(), |ui| {
        setting(ui, "corrector", why.unwrap_or(meaning), |ui| {
            let choices = [(false, "off", "α = 1, β = 0."), (true, "on", meaning)];
            segmented(ui, "image corrector", &mut side.corrector_on, choices);
        });
        if !side.corrector_on {
            return;
        }
        let c = &mut side.corrector;
        let range = |most| SliderRange::linear(0.0..=most).typed(0.0..=1000.0);
        slider(ui, "A", "Strength A, 0 to 1000.", &mut c.amplitude, range(30.0));
        slider(ui, "a", "Exponent of t, 0 to 1000.", &mut c.a, range(4.0));
        slider(ui, "b", "Exponent of 1−t, 0 to 1000.", &mut c.b, range(4.0));
        setting(ui, "preset", "Settings of the paper.", |ui| {
            if ui.small_button("images").on_hover_text("12 t² (1−t)^0.25").clicked() {
                *c = Corrector::IMAGES;
            }
            if ui.small_button("text").on_hover_text("10 t^0.25 (1−t)^0.25").clicked() {
                *c = Corrector { amplitude: 10.0, a: 0.25, b: 0.25 };
            }
        });
        // Without a label: three words need the room.
        let choices = [
            (CorrectorBy::Overshoot, "overshoot", "Forward beyond the step’s end, then re-noised back."),
            (CorrectorBy::Exponential, "exp.", "With probability 1 − exp(−∫(αλ + βμ))."),
            (CorrectorBy::Velocity, "velocity", "With probability ∫(αλ + βμ), cut off at 1."),
        ];
        segmented(ui, "image moves by", &mut side.sampler.corrector_by, choices);
    });
}

fn infilling(ui: &mut Ui, infill: &mut Infill, action: &mut Option<Action>) {
    setting(ui, "given", "Tokens that are kept at every step; the others are filled in.", |ui| {
        let choices = [
            (false, "nothing", "Everything is sampled."),
            (true, "a part", "A part of a picture is given: paint which."),
        ];
        segmented(ui, "infill", &mut infill.on, choices);
    });
    if !infill.on {
        return;
    }
    setting(ui, "picture", "What a part is given of.", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let mut index = if let Base::Data(index) = infill.base { index } else { 0 };
        let drag = ui.add(egui::DragValue::new(&mut index).range(0..=9_999).prefix("no. ").speed(0.1));
        if drag
            .on_hover_text(
                "An image held out of the model’s data, by its number; beyond the last it starts over.",
            )
            .changed()
        {
            *action = Some(Action::TakeBase(Base::Data(index)));
        }
        if icon_button(ui, icons::NEXT, "The next image of the data", false).clicked() {
            *action = Some(Action::TakeBase(Base::Data(index + 1)));
        }
        if icon_button(ui, icons::FOLDER, "A picture in a file …", false).clicked() {
            *action = Some(Action::OpenPicture);
        }
        if icon_button(ui, icons::COPY, "The sample that is shown large, as it is at the end", false)
            .clicked()
        {
            *action = Some(Action::TakeBase(Base::Sample));
        }
    });
    let about = match &infill.base {
        Base::Data(index) => format!("image {index} of those held out"),
        Base::File(file) => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        Base::Sample => "a finished sample".to_owned(),
    };
    notice(ui, Tone::Plain, &about);
    setting(ui, "give", "Regions at once.", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding.x = 3.0;
        for (region, label, about) in [
            (Region::Left, "left", "The left half is given."),
            (Region::Top, "top", "The upper half is given."),
            (Region::Frame, "frame", "A box in the middle is open."),
            (Region::Inverse, "invert", "What is given becomes open, and the other way round."),
        ] {
            let text = RichText::new(label).font(theme::small());
            if ui.add(Button::new(text)).on_hover_text(about).clicked() {
                infill.give(region);
            }
        }
    });
    setting(ui, "or", "Regions at once.", |ui| {
        for (region, label, about) in [
            (Region::All, "all", "Everything is given: open what should be filled in."),
            (Region::Nothing, "nothing", "Nothing is given: paint what should be."),
        ] {
            let text = RichText::new(label).font(theme::small());
            if ui.add(Button::new(text)).on_hover_text(about).clicked() {
                infill.give(region);
            }
        }
    });
    setting(
        ui,
        "brush",
        "What a stroke on the picture does; the other mouse button does the opposite.",
        |ui| {
            let choices = [
                (true, "opens", "What is painted is filled in."),
                (false, "gives", "What is painted is given."),
            ];
            segmented(ui, "brush", &mut infill.opens, choices);
        },
    );
    let range = SliderRange::linear(0.5..=12.0);
    slider(ui, "radius", "Radius of the brush in pixels, 0.5 to 12.", &mut infill.brush, range);
}
