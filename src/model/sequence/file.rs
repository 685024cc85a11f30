//! Image networks in files: safetensors with a recipe in the header, in full precision for a run that goes on, in half
//! precision for a network to be given away.

use super::{ImageNet, ImageNetConfig};
use crate::data::codec::image::Tokenizer;
use crate::data::images::ImageSource;
use crate::data::{DataError, atomic_write, read_limited};
use crate::model::container::{self, Content};
use half::f16;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::Path;

/// Raised when old files can no longer be read.
const VERSION: u32 = 1;
/// No file of this program comes near it; a larger one is refused before it is read.
const MOST_BYTES: u64 = 1 << 30;
/// Name of the array of the weights that answer: their running average.
const NET: &str = "net";

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
    pub fn write(&self, path: &Path, half: bool) -> Result<(), ImageFileError> {
        let bytes = self.to_bytes(half).map_err(|why| ImageFileError::unusable(path, why))?;
        Ok(atomic_write(path, |file| file.write_all(&bytes))?)
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
        }
        let recipe = serde_json::to_string(&recipe).map_err(|e| e.to_string())?;
        let header = HashMap::from([(Content::Images.key().to_owned(), recipe)]);
        let layout = super::layout::Layout::of(&self.recipe.network).names;
        let net = std::iter::once((NET, &self.weights));
        let state = self.state.iter().filter(|_| !half).map(|(name, values)| (name.as_str(), values));
        let mut arrays: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        for (group, values) in net.chain(state) {
            let mut rest = &values[..];
            for (name, shape) in &layout {
                let (part, after) =
                    rest.split_at_checked(shape.iter().product()).ok_or("an array is short")?;
                rest = after;
                let number = |x: f32| if half { f16::from_f32(x).to_f32() } else { x };
                if let Some(bad) = part.iter().find(|x| !number(**x).is_finite()) {
                    return Err(format!("the array {group}.{name} holds {bad}: try a smaller learning rate"));
                }
                let bytes = if half {
                    part.iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()).collect()
                } else {
                    part.iter().flat_map(|x| x.to_le_bytes()).collect()
                };
                arrays.push((format!("{group}.{name}"), shape.clone(), bytes));
            }
        }
        let kind = if half { Dtype::F16 } else { Dtype::F32 };
        let views = arrays
            .iter()
            .map(|(name, shape, bytes)| Ok((name, TensorView::new(kind, shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| e.to_string())?;
        safetensors::serialize(views, Some(header)).map_err(|e| e.to_string())
    }

    /// Reads a file, checking everything that is used later.
    ///
    /// # Errors
    /// If it can't be read or is damaged, truncated, of another program or of a newer version.
    pub fn read(path: &Path) -> Result<Self, ImageFileError> {
        let bytes = read_limited(path, MOST_BYTES, "checkpoint")?;
        Self::from_bytes(&bytes).map_err(|why| ImageFileError::unusable(path, why))
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let recipe = container::entry(bytes, Content::Images)?;
        let recipe: ImageRecipe = serde_json::from_str(&recipe)
            .map_err(|e| format!("its dfm-explorer-images header entry: {e}"))?;
        if recipe.version != VERSION {
            return Err(format!("it has format version {}, expected {VERSION}", recipe.version));
        }
        let network = ImageNet::from_values(recipe.network, &recipe.tokenizer, Vec::new())?;
        if recipe.network.classes != recipe.classes.len() {
            return Err(format!(
                "its network knows {} classes, and {} have names",
                recipe.network.classes,
                recipe.classes.len()
            ));
        }
        let file = container::arrays(bytes)?;
        let groups: std::collections::BTreeSet<&str> =
            file.names().into_iter().filter_map(|name| Some(name.split_once('.')?.0)).collect();
        let mut all = BTreeMap::new();
        for group in groups {
            let mut values = Vec::new();
            for (name, shape) in network.arrays() {
                let name = format!("{group}.{name}");
                let view = file.tensor(&name).map_err(|_| format!("array {name} is missing"))?;
                if view.shape() != shape {
                    return Err(format!("array {name} has shape {:?}, expected {shape:?}", view.shape()));
                }
                values.extend(
                    numbers(&view)
                        .ok_or_else(|| format!("array {name} is {:?}, expected F32 or F16", view.dtype()))?,
                );
                if let Some(bad) = values.iter().find(|x| !x.is_finite()) {
                    return Err(format!("array {name} holds {bad}"));
                }
            }
            all.insert(group.to_owned(), values);
        }
        let weights = all.remove(NET).ok_or("its weights are missing")?;
        Ok(Self { recipe, weights, state: all })
    }
}

/// The numbers of an array; the file gives no alignment, so they are copied out byte by byte.
pub(super) fn numbers(view: &TensorView<'_>) -> Option<Vec<f32>> {
    match view.dtype() {
        Dtype::F32 => Some(view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()),
        Dtype::F16 => {
            Some(view.data().as_chunks::<2>().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect())
        }
        _ => None,
    }
}

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ImageFileError {
    /// It could not be opened, read or written.
    #[error(transparent)]
    Io(#[from] DataError),
    /// It is not what it should be.
    #[error("{path} can't be used: {why}")]
    Unusable {
        /// The file.
        path: String,
        /// What is wrong, and what was expected.
        why: String,
    },
}

impl ImageFileError {
    fn unusable(path: &Path, why: String) -> Self {
        Self::Unusable { path: path.display().to_string(), why }
    }
}
