//! What a file with a network is for: an entry of ours in its header says it.

use crate::data::sniff::{Known, sniff};
use safetensors::SafeTensorError;
use safetensors::tensor::{Metadata, SafeTensors};
use std::collections::HashMap;

/// What a file of this program can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A network of a flow on the grid, with its run.
    Grid,
    /// A network of a flow on the plane, with its run.
    Plane,
    /// A network for images.
    Images,
    /// A classifier of images.
    Classifier,
    /// A network for texts.
    Texts,
}

impl Content {
    const ALL: [Self; 5] = [Self::Grid, Self::Plane, Self::Images, Self::Classifier, Self::Texts];

    /// Its entry in the header.
    pub fn key(self) -> &'static str {
        match self {
            Self::Grid => "dfm-explorer",
            Self::Plane => "dfm-explorer-plane",
            Self::Images => "dfm-explorer-images",
            Self::Classifier => "dfm-explorer-classifier",
            Self::Texts => "dfm-explorer-texts",
        }
    }

    /// No file of its kind comes near so many bytes; and what it is called before it is read.
    pub fn limit(self) -> (u64, &'static str) {
        match self {
            Self::Grid | Self::Images | Self::Texts => (1 << 30, "checkpoint"),
            Self::Plane => (1 << 28, "checkpoint"),
            Self::Classifier => (1 << 26, "classifier"),
        }
    }

    /// What it is, and where it belongs.
    fn about(self) -> &'static str {
        match self {
            Self::Grid => {
                "a network for flows on a grid (of train grid): it goes with the commands for grids, or the window’s tab \
                 Grid"
            }
            Self::Plane => {
                "a network for flows on the plane (of train plane): it goes with the commands for the plane, or the window’s tab \
                 Plane"
            }
            Self::Images => {
                "a network for images (of train images): it goes with the commands for images, or the window’s tab Images"
            }
            Self::Classifier => {
                "a classifier of images (of train classifier): it goes with eval images --frechet … --classifier"
            }
            Self::Texts => {
                "a network for texts (of train text): it goes with the commands for texts, or the window’s tab Text"
            }
        }
    }

    /// In a word or two.
    fn name(self) -> &'static str {
        match self {
            Self::Grid => "a network for flows on a grid",
            Self::Plane => "a network for flows on the plane",
            Self::Images => "a network for images",
            Self::Classifier => "a classifier of images",
            Self::Texts => "a network for texts",
        }
    }
}

/// The text of the entry in the header of a file that should hold `expected`.
///
/// # Errors
/// Says what the bytes are instead.
pub(super) fn entry(bytes: &[u8], expected: Content) -> Result<String, String> {
    let metadata = metadata(bytes)?;
    entry_of(&metadata.metadata().clone().unwrap_or_default(), expected)
}

/// The same of the header alone, its length before it.
///
/// # Errors
/// As [`entry`].
pub(super) fn entry_in_header(bytes: &[u8], expected: Content) -> Result<String, String> {
    match entries(bytes) {
        Some(entries) => entry_of(&entries, expected),
        // What it is instead.
        None => Err(metadata(bytes).err().unwrap_or_else(|| "it has a damaged header".to_owned())),
    }
}

/// What the header alone, its length before it, says that a file holds.
pub(super) fn of_header(bytes: &[u8]) -> Option<Content> {
    let entries = entries(bytes)?;
    Content::ALL.into_iter().find(|content| entries.contains_key(content.key()))
}

fn entries(bytes: &[u8]) -> Option<HashMap<String, String>> {
    #[derive(serde::Deserialize)]
    struct Header {
        #[serde(default, rename = "__metadata__")]
        entries: HashMap<String, String>,
    }
    serde_json::from_slice(bytes.get(8..)?).ok().map(|Header { entries }| entries)
}

/// How many bytes the header and its length have.
pub(super) fn header_length(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|length| u64::from_le_bytes(*length).saturating_add(8))
}

fn entry_of(entries: &HashMap<String, String>, expected: Content) -> Result<String, String> {
    if let Some(entry) = entries.get(expected.key()) {
        return Ok(entry.clone());
    }
    let other = Content::ALL.into_iter().find(|content| entries.contains_key(content.key()));
    Err(match other {
        Some(other) => format!("it is {}; expected {}", other.about(), expected.name()),
        None => format!(
            "its header has no {} entry, so it was made by another program: expected {} that this program trained",
            expected.key(),
            expected.name()
        ),
    })
}

/// The arrays of a file whose header was read.
///
/// # Errors
/// As [`entry`], for a file that is damaged.
pub(super) fn arrays(bytes: &[u8]) -> Result<SafeTensors<'_>, String> {
    SafeTensors::deserialize(bytes).map_err(|error| damaged(bytes, &error))
}

fn metadata(bytes: &[u8]) -> Result<Metadata, String> {
    if bytes.is_empty() {
        return Err("it is empty: it has no bytes".to_owned());
    }
    match SafeTensors::read_metadata(bytes) {
        Ok((_, metadata)) => Ok(metadata),
        Err(error) => Err(damaged(bytes, &error)),
    }
}

fn damaged(bytes: &[u8], error: &SafeTensorError) -> String {
    let length = bytes.len() as u64;
    if let SafeTensorError::MetadataIncompleteBuffer = error
        && let Some(expected) = length_of(bytes)
    {
        return if length > expected {
            let more = length - expected;
            format!(
                "it has {more} bytes more than its header says ({length}, expected {expected}): something was added at its end"
            )
        } else {
            format!("it is truncated: it has {length} bytes, expected {expected}")
        };
    }
    match (sniff(bytes), error) {
        (Some(Known::Safetensors), SafeTensorError::InvalidHeaderLength) => {
            "it is truncated: it ends in its header".to_owned()
        }
        (Some(Known::Safetensors) | None, _) => {
            format!("it is not a readable safetensors file ({error}); it may be truncated or damaged")
        }
        (Some(other), _) => format!("it is no safetensors file but {other}; {}", other.advice()),
    }
}

/// How long the header says that the file is.
fn length_of(bytes: &[u8]) -> Option<u64> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let length = u64::from_le_bytes(*length);
    let header: serde_json::Value =
        serde_json::from_slice(rest.get(..usize::try_from(length).ok()?)?).ok()?;
    let ends = header.as_object()?.values().filter_map(|array| array.get("data_offsets")?.get(1)?.as_u64());
    8_u64.checked_add(length)?.checked_add(ends.max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::{Dtype, TensorView};

    /// A file with one array and this entry in its header.
    fn file(key: &str) -> Vec<u8> {
        let numbers = [0; 8];
        let array = TensorView::new(Dtype::F32, vec![2], &numbers).expect("an array");
        let header = HashMap::from([(key.to_owned(), "it".to_owned())]);
        safetensors::serialize([("a", array)], Some(header)).expect("bytes")
    }

    fn why(bytes: &[u8], expected: Content) -> String {
        entry(bytes, expected).expect_err("refused")
    }

    #[test]
    fn a_file_of_another_use_is_named() {
        for content in Content::ALL {
            let bytes = file(content.key());
            assert_eq!(entry(&bytes, content).as_deref(), Ok("it"));
            let header = &bytes[..header_length(&bytes).expect("a header") as usize];
            assert_eq!(entry_in_header(header, content).as_deref(), Ok("it"));
        }
        assert!(entry_in_header(b"hello, world", Content::Images).expect_err("none").contains("safetensors"));
        let grid = file("dfm-explorer");
        assert!(why(&grid, Content::Images).starts_with("it is a network for flows on a grid"));
        let images = why(&file("dfm-explorer-images"), Content::Grid);
        assert!(
            images.starts_with("it is a network for images") && images.contains("tab Images"),
            "{images}"
        );
        let classifier = why(&file("dfm-explorer-classifier"), Content::Images);
        assert!(classifier.starts_with("it is a classifier of images"), "{classifier}");
        let other = why(&file("format"), Content::Grid);
        assert!(other.contains("no dfm-explorer entry") && other.contains("another program"), "{other}");
    }

    #[test]
    fn what_is_no_safetensors_file_is_named() {
        let zip = [&b"PK\x03\x04"[..], &[0; 26], b"archive/data.pkl"].concat();
        for (bytes, word) in [
            (&zip[..], "but a PyTorch file (torch.save)"),
            (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "but a PyTorch file (torch.save)"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12345\n", "git lfs pull"),
            (b"<!DOCTYPE html><html></html>", "a web page"),
            (b"\x93NUMPY\x01\x00v\x00", "an .npy array"),
            (b"", "it is empty"),
            (b"hello, world", "not a readable safetensors file"),
        ] {
            let why = why(bytes, Content::Grid);
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn bytes_too_many_and_too_few_are_counted() {
        let whole = file("dfm-explorer");
        let longer = [&whole[..], &[0; 16]].concat();
        let said = why(&longer, Content::Grid);
        assert!(
            said.contains("16 bytes more") && said.contains(&format!("expected {}", whole.len())),
            "{said}"
        );
        let said = why(&whole[..whole.len() - 3], Content::Grid);
        assert!(said.contains(&format!("truncated: it has {} bytes", whole.len() - 3)), "{said}");
        assert!(why(&whole[..30], Content::Grid).contains("truncated: it ends in its header"));
    }
}
