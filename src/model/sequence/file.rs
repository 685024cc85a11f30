//! Image networks in files.

use super::layout::Layout;
use super::{ImageNet, ImageNetConfig, SequenceFile, SequenceRecipe};
use crate::data::codec::image::Tokenizer;
use crate::data::images::ImageSource;
use crate::model::file::{Content, Header, VERSION};

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

impl SequenceRecipe for ImageRecipe {
    fn names(&self) -> Vec<(String, Vec<usize>)> {
        Layout::of(&self.network).names
    }

    fn training(&mut self) -> &mut serde_json::Value {
        &mut self.training
    }

    fn given_away(&self) -> Self {
        let mut given = Self { data: self.data.anywhere(), ..self.clone() };
        if let Some(record) = given.training.as_object_mut() {
            record.remove(EARLY);
        }
        given
    }
}

/// A file in memory; its weights are in the order of [`ImageNet::arrays`].
pub type ImageFile = SequenceFile<ImageRecipe>;

impl ImageFile {
    /// The network.
    ///
    /// # Errors
    /// If its sizes and its tokenizer do not go together.
    pub fn network(&self) -> Result<ImageNet, String> {
        ImageNet::from_values(self.recipe.network, &self.recipe.tokenizer, self.weights.clone())
    }
}
