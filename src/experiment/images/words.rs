//! The settings of the image lab in words: what differs between two sets of them, and what a caption says.

use super::settings::{ImageSettings, MOST_SIDES, SideSettings};
use super::{ImageModelSpec, Images, Shipped};
use crate::data::codec::image::TokenSpec;
use crate::experiment::{Difference, between};
use crate::flow::{SequenceSource, counted};
use serde::Serialize;

/// What the walls are called.
pub const NAMES: [&str; MOST_SIDES] = ["A", "B", "C"];

/// Fields of the settings whose name on the screen is another than their own.
const FIELDS: &[(&str, &str)] = &[
    ("model", "denoiser"),
    ("trained", "network in training"),
    ("side", "size"),
    ("images", "images of a wall"),
    ("pace.axis", "axis of the timeline"),
    ("pace.looped", "start over at the end"),
    ("training.side", "size"),
    ("training.config.learning_rate", "step size"),
];

/// The same of the settings of a wall.
const SIDE_FIELDS: &[(&str, &str)] = &[
    ("corrector_on", "corrector"),
    ("corrector.amplitude", "corrector A"),
    ("corrector.a", "corrector a"),
    ("corrector.b", "corrector b"),
    ("sampler.grid", "time grid"),
    ("sampler.corrector_by", "corrector kernel"),
    ("sampler.choice_temperature", "choice τ"),
    ("sampler.temperature.level", "temperature"),
    ("sampler.temperature.fading", "fading temperature"),
];

/// Every change from one set of settings to another that is a step, each with whose it is: all but where one looks.
pub fn differences(first: &ImageSettings, second: &ImageSettings) -> Vec<(String, Difference)> {
    if first == second {
        return Vec::new();
    }
    let of = |change: &Difference| match change.field.starts_with("training.") {
        true => " of the next run".to_owned(),
        false => String::new(),
    };
    let whole = |settings: &ImageSettings| {
        let sides = vec![SideSettings::default()];
        ImageSettings { here: 0, picked: None, sides, ..settings.clone() }
    };
    let all = between_fields(&whole(first), &whole(second), FIELDS);
    let mut found: Vec<_> = all.into_iter().map(|change| (of(&change), change)).collect();
    found.extend(of_the_walls(&first.sides, &second.sides));
    found
}

fn of_the_walls(before: &[SideSettings], after: &[SideSettings]) -> Vec<(String, Difference)> {
    if before.len() != after.len() {
        let counts = [before, after].map(|sides| sides.len().to_string());
        return vec![(String::new(), Difference::named("walls", counts))];
    }
    let of = |side: usize| match before.len() {
        1 => String::new(),
        _ => format!(" of {}", NAMES[side]),
    };
    let pairs = before.iter().zip(after).enumerate();
    let changes = pairs
        .flat_map(|(side, (a, b))| between_fields(a, b, SIDE_FIELDS).into_iter().map(move |c| (side, c)));
    changes.map(|(side, change)| (of(side), change)).collect()
}

fn between_fields(
    first: &impl Serialize,
    second: &impl Serialize,
    names: &[(&str, &str)],
) -> Vec<Difference> {
    // Settings are plain structures of numbers, texts and lists: they always have this form.
    match (serde_json::to_value(first), serde_json::to_value(second)) {
        (Ok(first), Ok(second)) => between(&first, &second, names),
        _ => Vec::new(),
    }
}

/// What a caption needs to know of the model that answers.
pub struct Answering<'a> {
    /// How images become tokens.
    pub tokens: TokenSpec,
    /// Pixels a side.
    pub side: usize,
    /// Where the flow starts.
    pub source: SequenceSource,
    /// The names of the classes that can be asked for, by label.
    pub classes: &'a [String],
}

/// All that makes the walls; `network` are the words for a network that is being trained, which answers instead.
pub fn caption(settings: &ImageSettings, network: Option<String>, model: Option<&Answering<'_>>) -> String {
    let mut parts = vec![network.unwrap_or_else(|| model_words(&settings.model))];
    if let Some(Answering { tokens, side, source, classes }) = model {
        parts.push(format!("{tokens} tokens, {side} × {side} pixels, {source} source"));
        if let Some(class) = settings.class.and_then(|class| classes.get(class)) {
            parts.push(format!("class {class}"));
            if settings.guidance != 1.0 {
                parts.push(format!("guidance {}", settings.guidance));
            }
        }
    }
    parts.push(counted(settings.images, "image"));
    let sides = settings.sides.iter().map(|side| side.words(&settings.sides));
    parts.push(sides.collect::<Vec<_>>().join(" | "));
    parts.push(format!("seed {}", settings.seed));
    parts.join(", ")
}

/// A denoiser of images in words.
pub fn model_words(model: &ImageModelSpec) -> String {
    let of = |images: &Images| match images.count {
        Some(count) => format!("{} of {}", counted(count, "image"), images.source),
        None => format!("all images of {}", images.source),
    };
    match model {
        ImageModelSpec::Network(Shipped::Cifar10) => "network trained on CIFAR-10".to_owned(),
        ImageModelSpec::Network(Shipped::Shapes) => "network trained on shapes".to_owned(),
        ImageModelSpec::Checkpoint(file) => {
            format!("network {}", file.file_name().unwrap_or(file.as_os_str()).to_string_lossy())
        }
        ImageModelSpec::Empirical(images) => format!("exact denoiser of {}", of(images)),
        ImageModelSpec::Independent(images) => format!("marginals of {}", of(images)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_speaks_in_words() {
        let mut settings =
            ImageSettings { class: Some(1), guidance: 4.0, seed: 7, ..ImageSettings::default() };
        settings.model = "empirical:shapes@20".parse().expect("a model");
        let classes = ["disc".to_owned(), "ring".to_owned()];
        let (tokens, source) = (TokenSpec::Palette(64), SequenceSource::Mask);
        let model = Answering { tokens, side: 32, source, classes: &classes };
        assert_eq!(
            caption(&settings, None, Some(&model)),
            "exact denoiser of 20 images of shapes, palette:64 tokens, 32 × 32 pixels, mask source, class ring, guidance \
             4, 36 images, cubic, 64 steps, seed 7"
        );
    }

    #[test]
    fn every_name_belongs_to_a_setting() {
        let whole = serde_json::to_value(ImageSettings::default()).expect("json");
        let side = serde_json::to_value(SideSettings::default()).expect("json");
        for (names, of) in [(FIELDS, whole), (SIDE_FIELDS, side)] {
            for (field, _) in names {
                let pointer = format!("/{}", field.replace('.', "/"));
                assert!(of.pointer(&pointer).is_some(), "there is no setting {field}");
            }
        }
    }
}
