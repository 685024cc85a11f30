//! Networks for texts in files: safetensors with a recipe in the header, in full precision for a run that goes on, in half
//! precision for a network to be given away.

use super::layout::TextLayout;
use super::{TextNet, TextNetConfig};
use crate::data::DataError;
use crate::data::language::{Alphabet, TextSource, alphabet_of};
use crate::model::ModelFileError;
use crate::model::file::{self, Content, Header, VERSION};
use crate::model::sequence::run_file;
use std::collections::BTreeMap;
use std::path::Path;

/// Everything but numbers that a file knows.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TextRecipe {
    /// Format of the file.
    pub version: u32,
    /// Sizes of the network.
    pub network: TextNetConfig,
    /// What it was trained on.
    pub data: TextSource,
    /// The symbols of its tokens, in order.
    pub symbols: Vec<String>,
    /// How it was trained, as the training module wrote it.
    pub training: serde_json::Value,
}

impl TextRecipe {
    /// Of the present version.
    pub fn new(
        network: TextNetConfig,
        data: TextSource,
        alphabet: &Alphabet,
        training: serde_json::Value,
    ) -> Self {
        Self { version: VERSION, network, data, symbols: alphabet.symbols().to_vec(), training }
    }

    /// Of a file, whose numbers are not looked at.
    ///
    /// # Errors
    /// If it can't be read or is none of a network for texts.
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        file::read_recipe(path)
    }

    /// The symbols of its tokens.
    ///
    /// # Errors
    /// Never of a file that was read: they are looked at there.
    pub fn alphabet(&self) -> Result<Alphabet, DataError> {
        alphabet_of(&self.data, &self.symbols)
    }
}

impl Header for TextRecipe {
    const CONTENT: Content = Content::Texts;

    fn version(&self) -> u32 {
        self.version
    }

    fn check(&self) -> Result<(), String> {
        self.network.validated()?;
        let symbols = self.alphabet().map_err(|error| error.to_string())?.len();
        if symbols != self.network.values {
            return Err(format!(
                "its network knows {} tokens, and {symbols} have symbols",
                self.network.values
            ));
        }
        Ok(())
    }
}

/// A file in memory.
#[derive(Clone, Debug)]
pub struct TextFile {
    /// All but the numbers.
    pub recipe: TextRecipe,
    /// The weights that answer, in the order of [`TextNet::arrays`].
    pub weights: Vec<f32>,
    /// Further arrays as long as the weights, by name: what a run needs to go on.
    pub state: BTreeMap<String, Vec<f32>>,
}

impl TextFile {
    /// What the state of a run calls the best weights so far by the texts held out; a network that is given away is these.
    pub const BEST: &'static str = "best";

    /// The network: of a run on its way the best one by the texts held out.
    ///
    /// # Errors
    /// Never of a file that was read: its sizes are looked at there.
    pub fn network(&self) -> Result<TextNet, String> {
        TextNet::from_values(self.recipe.network, self.best().to_vec())
    }

    fn best(&self) -> &[f32] {
        self.state.get(Self::BEST).unwrap_or(&self.weights)
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
        let mut weights = &self.weights[..];
        if half {
            // It is given away.
            recipe.data = recipe.data.anywhere();
            weights = self.best();
        }
        let names = TextLayout::of(&recipe.network).names;
        run_file::encode(&recipe, &names, (weights, &self.state), half)
    }

    /// Reads a file, checking everything that is used later.
    ///
    /// # Errors
    /// If it can't be read or is damaged, truncated, of another program or of a newer version.
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        file::read(path, Content::Texts, Self::from_bytes)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let names = |recipe: &TextRecipe| TextLayout::of(&recipe.network).names;
        let (recipe, weights, state) = run_file::decode(bytes, names)?;
        Ok(Self { recipe, weights, state })
    }
}
