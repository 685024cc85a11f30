//! What answers, and about which images.

use super::{Action, BUTTON};
use crate::data::codec::image::TokenSpec;
use crate::data::images::ImageSource;
use crate::experiment::images::ImageModelSpec;
use crate::experiment::images::ImageSettings;
use crate::experiment::images::Images;
use crate::experiment::images::Shipped;
use crate::experiment::images::SideSettings;
use crate::flow::SequenceSource;
use crate::model::sequence::ImageModel;
use crate::ui::icons;
use crate::ui::widgets::SliderRange;
use crate::ui::widgets::Tone;
use crate::ui::widgets::icon_button;
use crate::ui::widgets::named_choice;
use crate::ui::widgets::notice;
use crate::ui::widgets::segmented;
use crate::ui::widgets::setting;
use crate::ui::widgets::slider;
use egui::Button;
use egui::ComboBox;
use egui::Ui;

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
        Kind::Empirical => "exact denoiser",
        Kind::Independent => "independent tokens",
        Kind::Network(Shipped::Cifar10) => "network: CIFAR-10",
        Kind::Network(Shipped::Shapes) => "network: shapes",
        Kind::Network(Shipped::Digits) => "network: digits",
        Kind::File => "network from a file",
        Kind::Trained => "network in training",
    }
}

pub(super) fn model(
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
                (Kind::Network(Shipped::Digits), "Comes with the program: handwritten digits, a grey a pixel."),
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
            let before = images.source.clone();
            set(ui, images, action);
            settings.follow_data(&before);
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
        ImageSource::Digits => "digits".to_owned(),
        ImageSource::Cifar10(_) => "CIFAR-10".to_owned(),
        ImageSource::Folder(folder) => folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    setting(ui, "data", "The set of images.", |ui| {
        let width = ui.available_width() - BUTTON;
        let menu = ComboBox::from_id_salt("image data").selected_text(&name).width(width);
        let shown = menu.show_ui(ui, |ui| {
            for (choice, name, about) in [
                (
                    ImageSource::Digits,
                    "digits",
                    "1,797 handwritten digits of 8 × 8 pixels, which come with the program.",
                ),
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

pub(super) fn class(ui: &mut Ui, side: &mut SideSettings, model: Option<&ImageModel>) {
    let Some(model) = model.filter(|model| !model.classes.is_empty()) else { return };
    let known = side.class.and_then(|class| model.classes.get(class));
    let text = known.map_or("any", String::as_str).to_owned();
    setting(ui, "class", "Only images of one class.", |ui| {
        let menu = ComboBox::from_id_salt("class").selected_text(&text).width(ui.available_width());
        let shown = menu.show_ui(ui, |ui| {
            ui.selectable_value(&mut side.class, None, "any");
            for (label, name) in model.classes.iter().enumerate() {
                ui.selectable_value(&mut side.class, Some(label), name);
            }
        });
        named_choice(&shown.response, "class", &text);
    });
    if side.class.is_some() {
        let tooltip = "Classifier-free guidance w: p ∝ p(x₁|class)ʷ p(x₁)¹⁻ʷ. 1 is the class alone; other weights take \
                       two evaluations a step. 0 to 100.";
        let range = SliderRange::linear(0.0..=4.0).typed(0.0..=100.0);
        slider(ui, "guidance", tooltip, &mut side.guidance, range);
    }
}
