//! Networks for texts in files.

use super::layout::TextLayout;
use super::{TextNet, TextNetConfig};
use crate::data::DataError;
use crate::data::language::{Alphabet, TextSource, alphabet_of};
use crate::model::file::{Content, Header, VERSION};
use crate::model::sequence::{SequenceFile, SequenceRecipe};

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

impl SequenceRecipe for TextRecipe {
    fn names(&self) -> Vec<(String, Vec<usize>)> {
        TextLayout::of(&self.network).names
    }

    fn training(&mut self) -> &mut serde_json::Value {
        &mut self.training
    }

    fn given_away(&self) -> Self {
        Self { data: self.data.anywhere(), ..self.clone() }
    }
}

/// A file in memory; its weights are in the order of [`TextNet::arrays`].
pub type TextFile = SequenceFile<TextRecipe>;

impl TextFile {
    /// The network: of a run on its way the best one by the texts held out.
    ///
    /// # Errors
    /// Never of a file that was read: its sizes are looked at there.
    pub fn network(&self) -> Result<TextNet, String> {
        TextNet::from_values(self.recipe.network, self.best().to_vec())
    }
}
