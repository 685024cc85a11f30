//! Settings of images in words, as captions say them.

use super::ImageSettings;
use crate::data::codec::image::TokenSpec;
use crate::flow::{SequenceSource, counted};
use crate::model::{ImageModelSpec, Images, Shipped};

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
}
