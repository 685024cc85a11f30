//! The one format of files with networks: safetensors with arrays by name and, in an entry of the header, a recipe, which
//! is everything but numbers.

mod content;
mod parts;

pub use content::Content;
pub(super) use parts::numbers;
pub use parts::{gather, parts};

use crate::data::{DataError, atomic_write, read_head, read_limited};
use burn::tensor::TensorData;
use half::f16;
use safetensors::tensor::{Dtype, TensorView};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::Path;

/// Raised when old files can no longer be read.
pub(super) const VERSION: u32 = 1;

/// No header comes near so many bytes.
const MOST_HEADER_BYTES: u64 = 1 << 26;

/// Arrays by name, of 32-bit numbers.
pub type Arrays = BTreeMap<String, TensorData>;

/// A recipe: everything but numbers that a file knows.
pub trait Header: serde::Serialize + serde::de::DeserializeOwned {
    /// Which kind of file it is of.
    const CONTENT: Content;

    /// Format of the file it came from.
    fn version(&self) -> u32;

    /// Whether its sizes are such that the arrays can be looked at.
    ///
    /// # Errors
    /// Says which one is not.
    fn check(&self) -> Result<(), String>;
}

/// How exactly numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    /// To the last bit.
    Single,
    /// In half the room, to three digits: enough for a network that is given away.
    Half,
}

/// An array to be written: name, shape, numbers, and how exactly.
pub(super) type Written<'a> = (String, &'a [usize], &'a [f32], Precision);

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
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

impl ModelFileError {
    fn unusable(path: &Path) -> impl FnOnce(String) -> Self {
        let path = path.display().to_string();
        move |why| Self::Unusable { path, why }
    }
}

/// Reads a file with `content` in it; one that is larger than any of this program is refused before.
pub(super) fn read<T>(
    path: &Path,
    content: Content,
    from_bytes: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Result<T, ModelFileError> {
    let (most_bytes, what) = content.limit();
    from_bytes(&read_limited(path, most_bytes, what)?).map_err(ModelFileError::unusable(path))
}

/// The recipe of a file alone: its numbers, which are many, are not looked at.
pub(super) fn read_recipe<H: Header>(path: &Path) -> Result<H, ModelFileError> {
    let (_, what) = H::CONTENT.limit();
    let length = content::header_length(&read_head(path, 8, what)?).unwrap_or_default();
    // More is a mistake, and the header then no whole one.
    let header = read_head(path, length.min(MOST_HEADER_BYTES), what)?;
    let recipe = content::entry_in_header(&header, H::CONTENT).and_then(|text| recipe_of(&text));
    recipe.map_err(ModelFileError::unusable(path))
}

/// What a file of this program holds, by its header alone; none of any other file.
pub fn content_of(path: &Path) -> Option<Content> {
    let length = content::header_length(&read_head(path, 8, "checkpoint").ok()?)?;
    content::of_header(&read_head(path, length.min(MOST_HEADER_BYTES), "checkpoint").ok()?)
}

/// Writes a file, whole or not at all.
pub(super) fn write(path: &Path, bytes: Result<Vec<u8>, String>) -> Result<(), ModelFileError> {
    let bytes = bytes.map_err(ModelFileError::unusable(path))?;
    Ok(atomic_write(path, |file| file.write_all(&bytes))?)
}

/// The bytes of a file.
///
/// # Errors
/// If a number is not finite, or too large for half precision: such a file could not be read.
pub(super) fn encode<'a, H: Header>(
    recipe: &H,
    arrays: impl IntoIterator<Item = Written<'a>>,
) -> Result<Vec<u8>, String> {
    let recipe = serde_json::to_string(recipe).map_err(|e| e.to_string())?;
    let header = HashMap::from([(H::CONTENT.key().to_owned(), recipe)]);
    let bytes = |(name, shape, values, precision): Written<'a>| {
        let halves = (precision == Precision::Half).then(|| values.iter().map(|x| f16::from_f32(*x)));
        let written: Cow<'a, [f32]> = match halves.clone() {
            Some(halves) => halves.map(f16::to_f32).collect(),
            None => values.into(),
        };
        if let Some(at) = written.iter().position(|x| !x.is_finite()) {
            return Err(format!("the array {name} holds {}: try a smaller learning rate", values[at]));
        }
        let (kind, bytes): (_, Cow<'a, [u8]>) = match halves {
            Some(halves) => (Dtype::F16, halves.flat_map(f16::to_le_bytes).collect()),
            None => (Dtype::F32, bytemuck::cast_slice(values).into()),
        };
        Ok((name, kind, shape, bytes))
    };
    let arrays = arrays.into_iter().map(bytes).collect::<Result<Vec<_>, _>>()?;
    let views = arrays.iter().map(|(name, kind, shape, bytes)| {
        let view = TensorView::new(*kind, shape.to_vec(), bytes).map_err(|e| format!("{name}: {e}"))?;
        Ok((name, view))
    });
    let views = views.collect::<Result<Vec<_>, String>>()?;
    safetensors::serialize(views, Some(header)).map_err(|e| e.to_string())
}

/// The recipe and the arrays in the bytes of a file. What their names and shapes should be is for the caller to say.
///
/// # Errors
/// If they are damaged, truncated, of another program or of a newer version, or hold a number that is not finite.
pub(super) fn decode<H: Header>(bytes: &[u8]) -> Result<(H, Arrays), String> {
    let recipe: H = recipe_of(&content::entry(bytes, H::CONTENT)?)?;
    let file = content::arrays(bytes)?;
    let array = |(name, view): (&str, TensorView<'_>)| {
        let data = view.data();
        // The file gives no alignment, so the numbers are copied out byte by byte.
        let values: Vec<f32> = match view.dtype() {
            Dtype::F32 => data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Dtype::F16 => data.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            other => return Err(format!("array {name} is {other:?}, expected F32 or F16")),
        };
        match values.iter().find(|x| !x.is_finite()) {
            Some(bad) => Err(format!("array {name} holds {bad}")),
            None => Ok((name.to_owned(), TensorData::new(values, view.shape().to_vec()))),
        }
    };
    Ok((recipe, file.iter().map(array).collect::<Result<_, _>>()?))
}

/// The recipe in the text of an entry.
fn recipe_of<H: Header>(text: &str) -> Result<H, String> {
    let recipe: H =
        serde_json::from_str(text).map_err(|e| format!("its {} header entry: {e}", H::CONTENT.key()))?;
    if recipe.version() != VERSION {
        return Err(format!("it has format version {}, expected {VERSION}", recipe.version()));
    }
    recipe.check()?;
    Ok(recipe)
}
