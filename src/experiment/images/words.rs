//! The settings of the image lab in words: what differs between two sets of them, and what a caption says.

use super::settings::{ImageSettings, SideSettings};
use super::{ImageModelSpec, Images, Shipped};
use crate::data::codec::image::TokenSpec;
use crate::experiment::{Change, Difference, Sides, between, changes, sides_called};
use crate::flow::{SequenceSource, counted};

/// Fields of the settings whose name on the screen is another than their own.
const FIELDS: &[(&str, &str)] = &[
    ("model", "denoiser"),
    ("trained", "network in training"),
    ("side", "size"),
    ("images", "images of a wall"),
    ("shows", "what the walls show"),
    ("pace.axis", "axis of the timeline"),
    ("pace.looped", "start over at the end"),
    ("training.side", "size"),
    ("training.net", "network"),
    ("training.config.learning_rate", "learning rate"),
    ("training.config.images", "length"),
    ("training.config.clip", "longest gradient"),
    ("training.config.products", "products"),
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
///
/// # Errors
/// Another number of walls is a step of its own.
pub fn steps_between(
    first: &ImageSettings,
    second: &ImageSettings,
) -> Result<Vec<(String, Difference)>, Change> {
    if first == second {
        return Ok(Vec::new());
    }
    let of = |change: &Difference| match change.field.starts_with("training.") {
        true => " of the next run".to_owned(),
        false => String::new(),
    };
    let whole = |settings: &ImageSettings| ImageSettings {
        picked: None,
        sides: Sides::default(),
        ..settings.clone()
    };
    let all = between(&whole(first), &whole(second), FIELDS);
    let mut found: Vec<_> = all.into_iter().map(|change| (of(&change), change)).collect();
    found.extend(changes(&first.sides, &second.sides, differences)?);
    Ok(found)
}

/// How the settings of two walls differ.
pub fn differences(first: &SideSettings, second: &SideSettings) -> Vec<Difference> {
    between(first, second, SIDE_FIELDS)
}

/// What each wall is called: its settings in a few words where it is alone, else its letter and what sets it apart.
pub fn called(sides: &[SideSettings]) -> Vec<String> {
    sides_called(sides, |side: &SideSettings| side.words(sides), differences)
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
    if let Some(Answering { tokens, side, source, .. }) = model {
        parts.push(format!("{tokens} tokens, {side} × {side} pixels, {source} source"));
    }
    let classes = model.map_or(&[][..], |model| model.classes);
    let first = settings.sides.first().and_then(|side| class_words(side, classes));
    let asks_the_same = settings.sides.iter().all(|side| class_words(side, classes) == first);
    parts.extend(first.filter(|_| asks_the_same));
    parts.push(counted(settings.images, "image"));
    let side = |side: &SideSettings| side.words_of(&settings.sides, classes);
    parts.push(settings.sides.iter().map(side).collect::<Vec<_>>().join(" | "));
    parts.push(format!("seed {}", settings.seed));
    parts.join(", ")
}

/// The class that a wall asks for, by its name where it has one.
pub fn class_words(side: &SideSettings, classes: &[String]) -> Option<String> {
    let class = side.class?;
    let name = classes.get(class).cloned().unwrap_or_else(|| class.to_string());
    let guidance = if side.guidance == 1.0 { String::new() } else { format!(", guidance {}", side.guidance) };
    Some(format!("class {name}{guidance}"))
}

/// A denoiser of images in words.
pub fn model_words(model: &ImageModelSpec) -> String {
    let of = |images: &Images| match images.count {
        Some(count) => format!("{} of {}", counted(count, "image"), images.source),
        None => format!("all images of {}", images.source),
    };
    match model {
        ImageModelSpec::Network(Shipped::Cifar10) => "network trained on CIFAR-10".to_owned(),
        ImageModelSpec::Network(Shipped::Digits) => "network trained on digits".to_owned(),
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
    use crate::model::sequence::Products;

    #[test]
    fn a_caption_speaks_in_words() {
        let mut settings = ImageSettings { seed: 7, ..ImageSettings::default() };
        (settings.sides[0].class, settings.sides[0].guidance) = (Some(1), 4.0);
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
    fn walls_are_called_by_what_differs() {
        let usual = SideSettings::default();
        let mut corrected = SideSettings { corrector_on: true, ..usual };
        assert_eq!(called(&[usual]), ["cubic, 64 steps"]);
        assert_eq!(called(&[usual, corrected]), ["A corrector off", "B corrector on"]);
        // A wall that differs in what its words leave out is told apart all the same.
        let by = corrected;
        corrected.sampler.corrector_by = crate::sampler::CorrectorBy::Velocity;
        let names = called(&[by, corrected]);
        assert!(names[0] != names[1] && names[1].starts_with("B "), "{names:?}");
        assert_eq!(called(&[usual, usual])[1], "B cubic, 64 steps");
    }

    #[test]
    fn every_name_belongs_to_a_setting() {
        let mut all = ImageSettings::default();
        // What is not set is not written.
        (all.training.config.images, all.training.config.clip) = (1, Some(1.0));
        all.training.config.products = Products::Half;
        let whole = serde_json::to_value(all).expect("json");
        let side = serde_json::to_value(SideSettings::default()).expect("json");
        for (names, of) in [(FIELDS, whole), (SIDE_FIELDS, side)] {
            for (field, _) in names {
                let pointer = format!("/{}", field.replace('.', "/"));
                assert!(of.pointer(&pointer).is_some(), "there is no setting {field}");
            }
        }
    }
}
