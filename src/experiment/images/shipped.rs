//! The networks and classifiers that come with the program, by name.

use crate::assets;
use crate::data::images::ImageSource;
use crate::model::sequence::{ClassifierFile, ImageFile};

/// The networks that come with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shipped {
    /// Trained on CIFAR-10: 32 × 32 pixels, rgb:256, from masks.
    Cifar10,
    /// Trained on procedural shapes: 32 × 32 pixels, palette:64, from masks.
    Shapes,
    /// Trained on handwritten digits: 8 × 8 pixels, gray:17, from masks.
    Digits,
}

impl Shipped {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cifar10, Self::Shapes, Self::Digits];

    /// What it was trained on, in a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cifar10 => "cifar10",
            Self::Shapes => "shapes",
            Self::Digits => "digits",
        }
    }

    /// Its file.
    ///
    /// # Errors
    /// Never, as long as the program is whole.
    pub fn file(self) -> Result<ImageFile, String> {
        ImageFile::from_bytes(match self {
            Self::Cifar10 => assets::CIFAR10_NETWORK,
            Self::Shapes => assets::SHAPES_NETWORK,
            Self::Digits => assets::DIGITS_NETWORK,
        })
    }

    /// The one that was trained on a set, if any was.
    pub fn of(source: &ImageSource) -> Option<Self> {
        match source {
            ImageSource::Cifar10(_) => Some(Self::Cifar10),
            ImageSource::Shapes => Some(Self::Shapes),
            ImageSource::Digits => Some(Self::Digits),
            ImageSource::Folder(_) => None,
        }
    }

    /// The classifier of the same images, with the statistics of what it sees in them.
    ///
    /// # Errors
    /// Never, as long as the program is whole.
    pub fn classifier(self) -> Result<ClassifierFile, String> {
        ClassifierFile::from_bytes(match self {
            Self::Cifar10 => assets::CIFAR10_CLASSIFIER,
            Self::Shapes => assets::SHAPES_CLASSIFIER,
            Self::Digits => assets::DIGITS_CLASSIFIER,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sequence::{ImageModel, asked_for};
    use crate::sampler::sequence::SequenceConfig;

    #[test]
    fn the_networks_that_come_with_the_program_can_be_read_and_say_nothing_of_a_place() {
        for network in Shipped::ALL {
            let file = network.file().expect("a file");
            assert_eq!(file.recipe.data, file.recipe.data.anywhere());
            assert_eq!(file.recipe.data.to_string(), network.name());
            let model = ImageModel::of_file(&file).expect("a model");
            let side = if network == Shipped::Digits { 8 } else { 32 };
            assert_eq!((model.classes.len(), model.tokenizer.side()), (10, side));
            let classifier = network.classifier().expect("a classifier").recipe;
            assert_eq!((classifier.classes, Shipped::of(&classifier.data)), (model.classes, Some(network)));
            assert!(classifier.accuracy > 0.5 && classifier.reference >= 1500);
        }
    }

    #[test]
    fn nine_of_ten_digits_are_what_was_asked_for() {
        let model = ImageModel::of_file(&Shipped::Digits.file().expect("a file")).expect("a model");
        let file = Shipped::Digits.classifier().expect("a classifier");
        assert!(file.recipe.accuracy > 0.9, "{}", file.recipe.accuracy);
        let config = SequenceConfig { steps: 24, ..SequenceConfig::default() };
        let found = asked_for(&model, (300, 1.0), config, &file, &|| true).expect("samples").expect("all");
        assert!(found.images == 300 && found.right >= 270, "{found:?}");
    }
}
