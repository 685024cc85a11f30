//! The classifier in a file, with the statistics of what it sees in the images it was trained on.

use super::{Classifier, FEATURES};
use crate::data::images::ImageSource;
use crate::flow::metrics::Moments;
use crate::model::ModelFileError;
use crate::model::file::{self, Content, Header, Precision, VERSION};
use std::path::Path;

const WEIGHTS: &str = "classifier";
const MEAN: &str = "reference.mean";
const COVARIANCE: &str = "reference.covariance";

/// Everything but numbers that a file knows.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ClassifierRecipe {
    /// Format of the file.
    pub version: u32,
    /// What it was trained on.
    pub data: ImageSource,
    /// The names of its classes, by label.
    pub classes: Vec<String>,
    /// Images it has seen in training.
    pub images: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// The share of the images held out that it classifies rightly.
    pub accuracy: f64,
    /// How many those are.
    pub held_out: usize,
    /// How many images the statistics are of.
    pub reference: usize,
}

impl ClassifierRecipe {
    /// The present version.
    pub const VERSION: u32 = VERSION;
}

impl Header for ClassifierRecipe {
    const CONTENT: Content = Content::Classifier;

    fn version(&self) -> u32 {
        self.version
    }

    fn check(&self) -> Result<(), String> {
        if (2..=256).contains(&self.classes.len()) {
            return Ok(());
        }
        Err(format!("{} classes: expected 2 to 256", self.classes.len()))
    }
}

/// A file in memory.
#[derive(Clone, Debug)]
pub struct ClassifierFile {
    /// All but the numbers.
    pub recipe: ClassifierRecipe,
    /// The network.
    pub classifier: Classifier,
    /// Mean and covariance of what it sees in the images to train on.
    pub reference: Moments,
}

impl ClassifierFile {
    /// Writes the file, whole or not at all, the network in half precision.
    ///
    /// # Errors
    /// If a number is not finite, or the file can't be written.
    pub fn write(&self, path: &Path) -> Result<(), ModelFileError> {
        file::write(path, self.to_bytes())
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// If a number is not finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let recipe = ClassifierRecipe { data: self.recipe.data.anywhere(), ..self.recipe.clone() };
        let narrow = |values: &[f64]| values.iter().map(|x| *x as f32).collect::<Vec<_>>();
        let (mean, covariance) = (narrow(&self.reference.mean), narrow(&self.reference.covariance));
        let weights = self.classifier.values();
        let array = |name: &str, shape, values, precision| (name.to_owned(), shape, values, precision);
        file::encode(
            &recipe,
            [
                array(WEIGHTS, &[weights.len()][..], weights, Precision::Half),
                array(MEAN, &[FEATURES], &mean, Precision::Single),
                array(COVARIANCE, &[FEATURES, FEATURES], &covariance, Precision::Single),
            ],
        )
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it can't be read or is damaged, truncated, of another program or of a newer version.
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        file::read(path, Content::Classifier, Self::from_bytes)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (recipe, arrays) = file::decode::<ClassifierRecipe>(bytes)?;
        let array = |name: &str, shape: &[usize]| file::numbers(&arrays, name, shape);
        let classes = recipe.classes.len();
        let weights = array(WEIGHTS, &[Classifier::parameters(classes)])?;
        let classifier = Classifier::from_values(classes, weights.to_vec())?;
        let wide = |values: &[f32]| values.iter().copied().map(f64::from).collect();
        let reference = Moments {
            count: recipe.reference,
            mean: wide(array(MEAN, &[FEATURES])?),
            covariance: wide(array(COVARIANCE, &[FEATURES, FEATURES])?),
        };
        Ok(Self { recipe, classifier, reference })
    }
}
