//! What a run on images was started with, in words: by what differs, runs are told apart.

use super::ImageTrainConfig;
use crate::data::codec::image::TokenSpec;
use crate::data::images::ImageSource;
use crate::flow::{SequenceSource, counted};
use crate::model::sequence::{ImageNetConfig, ImageRecipe, Products};

/// What a run was started with.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageRunSettings {
    /// On which images.
    pub data: ImageSource,
    /// How they become tokens.
    pub tokens: TokenSpec,
    /// Pixels a side.
    pub side: usize,
    /// Where the flow starts.
    pub source: SequenceSource,
    /// The network.
    pub network: ImageNetConfig,
    /// How.
    pub config: ImageTrainConfig,
}

impl ImageRunSettings {
    /// Of a file that is trained as `config` says.
    pub fn of(recipe: &ImageRecipe, config: ImageTrainConfig) -> Self {
        Self {
            data: recipe.data.clone(),
            tokens: recipe.tokenizer.spec(),
            side: recipe.tokenizer.side(),
            source: recipe.network.source,
            network: recipe.network,
            config,
        }
    }

    /// What is trained.
    pub fn words(&self) -> String {
        let Self { tokens, side, source, network, config, .. } = self;
        let mirrored = if config.flips { ", mirrored too" } else { "" };
        format!("{tokens} at {side}×{side}, {source} source, {}{mirrored}", network.size_words())
    }

    /// How it is trained, as far as that is not the same for all: its batch, its learning rate, and what it was given
    /// besides.
    pub fn course(&self) -> String {
        let ImageTrainConfig { batch, learning_rate, images, clip, dropout, products, .. } = self.config;
        let mut words = vec![format!("batch {batch}"), format!("learning rate {learning_rate}")];
        words.extend((dropout > 0.0).then(|| format!("dropout {dropout}")));
        words.extend(clip.map(|clip| format!("clipped at {clip}")));
        words.extend((products == Products::Half).then(|| "products in half precision".to_owned()));
        words.extend((images > 0).then(|| format!("{} long", counted(images, "image"))));
        words.join(", ")
    }

    /// One by one, in an order that all runs share.
    fn phrases(&self) -> Vec<String> {
        let Self { data, tokens, side, source, network, config } = self;
        vec![
            data.to_string(),
            tokens.to_string(),
            format!("{side}×{side}"),
            format!("{source} source"),
            network.size_words(),
            if config.flips { "mirrored" } else { "not mirrored" }.to_owned(),
            format!("batch {}", config.batch),
            format!("learning rate {}", config.learning_rate),
            match config.images {
                0 => "no end".to_owned(),
                images => format!("{} long", counted(images, "image")),
            },
            config.clip.map_or("no clipping".to_owned(), |clip| format!("clipped at {clip}")),
            format!("dropout {}", config.dropout),
            format!("{} precision", config.products),
            format!("κ spread {}", config.scheduler),
            format!("seed {}", config.seed),
        ]
    }

    /// Names for runs that were given none, of their numbers and what differs between them.
    pub fn names(runs: &[(u64, &Self)]) -> Vec<String> {
        names_by_difference(runs.iter().map(|(number, run)| (*number, run.phrases())).collect())
    }
}

/// Names for runs of their numbers and of those of their phrases, as many for each, that differ between them.
pub(super) fn names_by_difference(all: Vec<(u64, Vec<String>)>) -> Vec<String> {
    let differs = |n: &usize| all.iter().any(|(_, phrases)| phrases[*n] != all[0].1[*n]);
    let count = all.first().map_or(0, |(_, phrases)| phrases.len());
    let differing: Vec<usize> = (0..count).filter(differs).collect();
    let name = |(number, phrases): &(u64, Vec<String>)| {
        let what: Vec<&str> = differing.iter().map(|n| phrases[*n].as_str()).collect();
        match &what[..] {
            [] => format!("run {number}"),
            what => format!("run {number}: {}", what.join(", ")),
        }
    };
    all.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sequence::NetSize;

    #[test]
    fn runs_are_named_by_what_differs() {
        let network = |width| {
            let usual = ImageNetConfig::for_images(TokenSpec::Palette(32), 16, 10, SequenceSource::Mask);
            usual.sized_or_wide(NetSize::Small, width)
        };
        let usual = ImageRunSettings {
            data: ImageSource::Shapes,
            tokens: TokenSpec::Palette(32),
            side: 16,
            source: SequenceSource::Mask,
            network: network(48),
            config: ImageTrainConfig::default(),
        };
        let config = ImageTrainConfig { learning_rate: 0.002, ..usual.config };
        let other = ImageRunSettings { network: network(32), config, ..usual.clone() };
        let names = |runs: &[(u64, &ImageRunSettings)]| ImageRunSettings::names(runs);
        assert_eq!(names(&[]), Vec::<String>::new());
        assert_eq!(names(&[(3, &usual)]), ["run 3"]);
        assert_eq!(names(&[(3, &usual), (4, &usual)]), ["run 3", "run 4"]);
        let expected = ["run 3: width 48, learning rate 0.001", "run 5: width 32, learning rate 0.002"];
        assert_eq!(names(&[(3, &usual), (5, &other)]), expected);
        assert_eq!(other.course(), "batch 32, learning rate 0.002");
        let products = Products::Half;
        let config = ImageTrainConfig { images: 5000, clip: Some(1.0), dropout: 0.1, products, ..config };
        let long = ImageRunSettings { config, ..other.clone() };
        let course = "batch 32, learning rate 0.002, dropout 0.1, clipped at 1, products in half precision, 5000 images long";
        assert_eq!(long.course(), course);
        assert_eq!(other.words(), "palette:32 at 16×16, mask source, width 32, mirrored too");
    }
}
