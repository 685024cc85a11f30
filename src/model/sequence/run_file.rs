//! Files of runs: safetensors with a recipe in the header, the weights that answer, and further arrays as long as they are, by
//! name; in full precision for a run that goes on, in half precision for a network to be given away.

use crate::model::file::{self, Header, Precision};
use crate::model::{ModelFileError, gather, parts};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Name of the array of the weights that answer: their running average.
const NET: &str = "net";

/// Everything but numbers that the file of a run knows.
pub trait SequenceRecipe: Header + Clone {
    /// Names and shapes of the arrays of its network, in order.
    fn names(&self) -> Vec<(String, Vec<usize>)>;

    /// How it was trained, as the training module wrote it.
    fn training(&mut self) -> &mut serde_json::Value;

    /// That of a network that is given away.
    #[must_use]
    fn given_away(&self) -> Self;

    /// Of a file, whose numbers are not looked at.
    ///
    /// # Errors
    /// If it can't be read or is none of such a network.
    fn read(path: &Path) -> Result<Self, ModelFileError> {
        file::read_recipe(path)
    }
}

/// A file in memory.
#[derive(Clone, Debug)]
pub struct SequenceFile<R> {
    /// All but the numbers.
    pub recipe: R,
    /// The weights that answer, in the order of the network's arrays.
    pub weights: Vec<f32>,
    /// Further arrays as long as the weights, by name: what a run needs to go on.
    pub state: BTreeMap<String, Vec<f32>>,
}

impl<R: SequenceRecipe> SequenceFile<R> {
    /// What the state of a run calls the best weights so far by what is held out; a network that is given away is these.
    pub const BEST: &'static str = "best";

    /// The best weights, where the run looked for them.
    pub(super) fn best(&self) -> &[f32] {
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
        let (recipe, weights) = match half {
            true => (&self.recipe.given_away(), self.best()),
            false => (&self.recipe, &self.weights[..]),
        };
        let state = self.state.iter().filter(|_| !half).map(|(name, values)| (name.as_str(), &values[..]));
        let groups: Vec<_> = std::iter::once((NET, weights)).chain(state).collect();
        let names = recipe.names();
        let total: usize = names.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        if groups.iter().any(|(_, values)| values.len() != total) {
            return Err("an array is short, or long".to_owned());
        }
        let precision = if half { Precision::Half } else { Precision::Single };
        let arrays = groups.into_iter().flat_map(|(group, values)| {
            parts(&names, values, group).map(move |(name, shape, values)| (name, shape, values, precision))
        });
        file::encode(recipe, arrays)
    }

    /// Reads a file, checking everything that is used later.
    ///
    /// # Errors
    /// If it can't be read or is damaged, truncated, of another program or of a newer version.
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        file::read(path, R::CONTENT, Self::from_bytes)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (recipe, arrays) = file::decode::<R>(bytes)?;
        let names = recipe.names();
        let groups: BTreeSet<&str> = arrays.keys().filter_map(|name| Some(name.split_once('.')?.0)).collect();
        let group = |group: &str| Ok((group.to_owned(), gather(&names, &arrays, group)?));
        let mut state = groups.into_iter().map(group).collect::<Result<BTreeMap<_, _>, String>>()?;
        let weights = state.remove(NET).ok_or("its weights are missing")?;
        Ok(Self { recipe, weights, state })
    }
}
