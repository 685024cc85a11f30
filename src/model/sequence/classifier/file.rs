//! The classifier in a file, with the statistics of what it sees in the images it was trained on.

use super::super::file::{ImageFileError, numbers};
use super::{Classifier, FEATURES};
use crate::data::images::ImageSource;
use crate::data::{atomic_write, read_limited};
use crate::flow::metrics::Moments;
use crate::model::container::{self, Content};
use half::f16;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

/// Raised when old files can no longer be read.
const VERSION: u32 = 1;
const MOST_BYTES: u64 = 1 << 26;
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
    pub fn write(&self, path: &Path) -> Result<(), ImageFileError> {
        let bytes = self.to_bytes().map_err(|why| unusable(path, why))?;
        Ok(atomic_write(path, |file| file.write_all(&bytes))?)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// If a number is not finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let recipe = ClassifierRecipe { data: self.recipe.data.anywhere(), ..self.recipe.clone() };
        let recipe = serde_json::to_string(&recipe).map_err(|e| e.to_string())?;
        let header = HashMap::from([(Content::Classifier.key().to_owned(), recipe)]);
        let weights: Vec<f16> = self.classifier.values().iter().map(|x| f16::from_f32(*x)).collect();
        if weights.iter().any(|x| !x.is_finite()) {
            return Err("a weight is no number that half precision has".to_owned());
        }
        let weights: Vec<u8> = weights.iter().flat_map(|x| x.to_le_bytes()).collect();
        let wide =
            |values: &[f64]| values.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect::<Vec<u8>>();
        let (mean, covariance) = (wide(&self.reference.mean), wide(&self.reference.covariance));
        let view = |kind, shape: Vec<usize>, bytes| TensorView::new(kind, shape, bytes);
        let arrays = [
            (WEIGHTS, view(Dtype::F16, vec![weights.len() / 2], &weights)),
            (MEAN, view(Dtype::F32, vec![FEATURES], &mean)),
            (COVARIANCE, view(Dtype::F32, vec![FEATURES, FEATURES], &covariance)),
        ];
        let arrays = arrays
            .into_iter()
            .map(|(name, view)| Ok((name, view?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| e.to_string())?;
        safetensors::serialize(arrays, Some(header)).map_err(|e| e.to_string())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it can't be read or is damaged, truncated, of another program or of a newer version.
    pub fn read(path: &Path) -> Result<Self, ImageFileError> {
        let bytes = read_limited(path, MOST_BYTES, "classifier")?;
        Self::from_bytes(&bytes).map_err(|why| unusable(path, why))
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let recipe = container::entry(bytes, Content::Classifier)?;
        let recipe: ClassifierRecipe = serde_json::from_str(&recipe)
            .map_err(|e| format!("its {} header entry: {e}", Content::Classifier.key()))?;
        if recipe.version != VERSION {
            return Err(format!("it has format version {}, expected {VERSION}", recipe.version));
        }
        if !(2..=256).contains(&recipe.classes.len()) {
            return Err(format!("{} classes: expected 2 to 256", recipe.classes.len()));
        }
        let file = container::arrays(bytes)?;
        let array = |name: &str, shape: &[usize]| {
            let view = file.tensor(name).map_err(|_| format!("array {name} is missing"))?;
            if !shape.is_empty() && view.shape() != shape {
                return Err(format!("array {name} has shape {:?}, expected {shape:?}", view.shape()));
            }
            let values = numbers(&view).ok_or_else(|| format!("array {name} is {:?}", view.dtype()))?;
            match values.iter().find(|x| !x.is_finite()) {
                Some(bad) => Err(format!("array {name} holds {bad}")),
                None => Ok(values),
            }
        };
        let classifier = Classifier::from_values(recipe.classes.len(), array(WEIGHTS, &[])?)?;
        let wide = |values: Vec<f32>| values.into_iter().map(f64::from).collect();
        let reference = Moments {
            count: recipe.reference,
            mean: wide(array(MEAN, &[FEATURES])?),
            covariance: wide(array(COVARIANCE, &[FEATURES, FEATURES])?),
        };
        Ok(Self { recipe, classifier, reference })
    }
}

fn unusable(path: &Path, why: String) -> ImageFileError {
    ImageFileError::Unusable { path: path.display().to_string(), why }
}
