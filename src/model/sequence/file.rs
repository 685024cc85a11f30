//! Image networks in files: safetensors with a recipe in the header, in full precision for a run that goes on, in half
//! precision for a network to be given away.

use super::layout::Layout;
use super::run_file;
use super::{ImageNet, ImageNetConfig};
use crate::data::codec::image::Tokenizer;
use crate::data::images::ImageSource;
use crate::model::ModelFileError;
use crate::model::file::{self, Content, Header, VERSION};
use std::collections::BTreeMap;
use std::path::Path;

/// What the record of a run calls its early samples, which stay with it when the network is given away.
const EARLY: &str = "early";

/// Everything but numbers that a file knows.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ImageRecipe {
    /// Format of the file.
    pub version: u32,
    /// Sizes of the network.
    pub network: ImageNetConfig,
    /// What its tokens mean.
    pub tokenizer: Tokenizer,
    /// What it was trained on.
    pub data: ImageSource,
    /// Seed of procedural images.
    pub data_seed: u64,
    /// The names of the classes it can be told, by label.
    pub classes: Vec<String>,
    /// How it was trained, as the training module wrote it.
    pub training: serde_json::Value,
}

impl ImageRecipe {
    /// Of the present version.
    pub fn new(
        network: ImageNetConfig,
        tokenizer: Tokenizer,
        (data, data_seed): (ImageSource, u64),
        classes: Vec<String>,
        training: serde_json::Value,
    ) -> Self {
        Self { version: VERSION, network, tokenizer, data, data_seed, classes, training }
    }

    /// Of a file, whose numbers are not looked at.
    ///
    /// # Errors
    /// If it can't be read or is none of an image network.
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        file::read_recipe(path)
    }
}

impl Header for ImageRecipe {
    const CONTENT: Content = Content::Images;

    fn version(&self) -> u32 {
        self.version
    }

    fn check(&self) -> Result<(), String> {
        ImageNet::from_values(self.network, &self.tokenizer, Vec::new())?;
        if self.network.classes != self.classes.len() {
            return Err(format!(
                "its network knows {} classes, and {} have names",
                self.network.classes,
                self.classes.len()
            ));
        }
        Ok(())
    }
}

/// A file in memory.
#[derive(Clone, Debug)]
pub struct ImageFile {
    /// All but the numbers.
    pub recipe: ImageRecipe,
    /// The weights that answer, in the order of [`ImageNet::arrays`].
    pub weights: Vec<f32>,
    /// Further arrays as long as the weights, by name: what a run needs to go on.
    pub state: BTreeMap<String, Vec<f32>>,
}

impl ImageFile {
    /// The network.
    ///
    /// # Errors
    /// If its sizes and its tokenizer do not go together.
    pub fn network(&self) -> Result<ImageNet, String> {
        ImageNet::from_values(self.recipe.network, &self.recipe.tokenizer, self.weights.clone())
    }

    /// Writes the file, whole or not at all; in `half` precision without the state of the run.
    ///
    /// # Errors
    /// If a number is not finite, or the file can't be written.
    pub fn write(&self, path: &Path, half: bool) -> Result<(), ModelFileError> {
        file::write(path, self.to_bytes(half))
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// If a number is not finite, or too large for half precision: such a file could not be read.
    pub fn to_bytes(&self, half: bool) -> Result<Vec<u8>, String> {
        let mut recipe = self.recipe.clone();
        if half {
            // It is given away.
            recipe.data = recipe.data.anywhere();
            if let Some(record) = recipe.training.as_object_mut() {
                record.remove(EARLY);
            }
        }
        let names = Layout::of(&self.recipe.network).names;
        run_file::encode(&recipe, &names, (&self.weights, &self.state), half)
    }

    /// Reads a file, checking everything that is used later.
    ///
    /// # Errors
    /// If it can't be read or is damaged, truncated, of another program or of a newer version.
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        file::read(path, Content::Images, Self::from_bytes)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let names = |recipe: &ImageRecipe| Layout::of(&recipe.network).names;
        let (recipe, weights, state) = run_file::decode(bytes, names)?;
        Ok(Self { recipe, weights, state })
    }
}
