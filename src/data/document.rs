//! Small files of the program's own, such as its state and the user's presets: JSON that says what it is.

use super::error::DataError;
use super::sniff::sniff;
use super::{atomic_write, read_limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::io::Write;
use std::path::Path;

/// Largest document that is read: far more than settings need.
pub const MOST_DOCUMENT_BYTES: u64 = 1 << 20;
/// The entry that says what a file is.
const FORMAT: &str = "format";

/// Writes `content` as JSON with the entry `"format": format`; a reader sees the old file or the new.
///
/// # Errors
/// [`DataError::Write`] naming `path`.
pub fn write_document<T: Serialize>(path: &Path, format: &str, content: &T) -> Result<(), DataError> {
    let text =
        document_text(format, content).map_err(|why| DataError::Write { path: path.to_owned(), why })?;
    atomic_write(path, |file| writeln!(file, "{text}"))
}

/// Reads what [`write_document`] wrote with the same `format`. Entries that `T` does not know are ignored.
///
/// # Errors
/// [`DataError`] naming `path`: it can't be read, is no JSON, says that it is something else, or has an entry that
/// can't be understood, which is then named.
pub fn read_document<T: DeserializeOwned>(path: &Path, format: &str) -> Result<T, DataError> {
    let bytes = read_limited(path, MOST_DOCUMENT_BYTES, format)?;
    parse_document(&bytes, format).map_err(|why| DataError::content(format, path, why))
}

/// [`read_document`] on the bytes of a file.
///
/// # Errors
/// As [`read_document`]; the error continues a sentence that starts with the file's name.
pub fn parse_document<T: DeserializeOwned>(bytes: &[u8], format: &str) -> Result<T, String> {
    let (own, whole) = parse_any_document(bytes, format)?;
    if own != format {
        return Err(format!("says its format is \"{own}\": expected \"{format}\""));
    }
    understood(&whole)
}

/// A document of any format in the bytes of a file: what it says it is, and all of it. `expected` is for messages.
///
/// # Errors
/// If it is no document; the error continues a sentence that starts with the file's name.
pub fn parse_any_document(bytes: &[u8], expected: &str) -> Result<(String, Value), String> {
    // Some editors put a byte order mark first.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let whole: Value = serde_json::from_slice(text).map_err(|e| match sniff(bytes) {
        Some(found) => format!("is no JSON document but {found}: {}", found.advice()),
        None => format!("is no JSON document: {e}"),
    })?;
    match whole.get(FORMAT) {
        Some(Value::String(own)) => Ok((own.clone(), whole)),
        Some(own) => Err(format!("says its format is {own}: expected \"{expected}\"")),
        None => Err(format!("has no entry \"{FORMAT}\": expected \"{expected}\"")),
    }
}

/// `whole` as what it should be.
///
/// # Errors
/// Names the entry that can't be understood; the error continues a sentence about the file.
pub fn understood<T: DeserializeOwned>(whole: &Value) -> Result<T, String> {
    serde_json::from_value(whole.clone()).map_err(|error| {
        let place = culprit::<T>(whole, &mut Vec::new()).join(".");
        if place.is_empty() {
            format!("can't be understood: {error}")
        } else {
            format!("has an entry \"{place}\" that can't be understood: {error}")
        }
    })
}

/// `content` as the text of a document.
///
/// # Errors
/// If it has no named fields.
pub fn document_text<T: Serialize>(format: &str, content: &T) -> Result<String, String> {
    let Value::Object(entries) = serde_json::to_value(content).map_err(|e| e.to_string())? else {
        return Err("only a structure with named fields makes a document".to_owned());
    };
    let mut whole = Map::new();
    whole.insert(FORMAT.to_owned(), Value::from(format));
    whole.extend(entries);
    serde_json::to_string_pretty(&whole).map_err(|e| e.to_string())
}

/// The path to the first entry that `T` refuses, found by offering entries one at a time. Every entry that `T` can
/// do without is found so; one below an entry that has no default is named by that.
fn culprit<T: DeserializeOwned>(part: &Value, above: &mut Vec<String>) -> Vec<String> {
    let Value::Object(entries) = part else { return above.clone() };
    for (name, value) in entries {
        above.push(name.clone());
        let mut alone = value.clone();
        for name in above.iter().rev() {
            alone = Value::Object(Map::from_iter([(name.clone(), alone)]));
        }
        if serde_json::from_value::<T>(alone).is_err() {
            return culprit::<T>(value, above);
        }
        above.pop();
    }
    above.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    #[serde(default)]
    struct Inner {
        steps: usize,
        rate: f64,
    }

    #[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    #[serde(default)]
    struct Outer {
        name: String,
        inner: Inner,
    }

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.json");
        let content = Outer { name: "κ “quoted”".to_owned(), inner: Inner { steps: 3, rate: 0.1 } };
        write_document(&file, "test", &content).expect("written");
        assert_eq!(read_document::<Outer>(&file, "test"), Ok(content));
        assert!(write_document(&file, "test", &1.5).is_err(), "a bare number is no document");
        assert!(read_document::<Outer>(&file, "test").is_ok(), "the old file is still there");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.json");
        for (text, named) in [
            ("", "no JSON"),
            ("{\"format\": \"test\", ", "no JSON"),
            ("<!DOCTYPE html>", "is no JSON document but a web page"),
            ("[1, 2]", "no entry \"format\""),
            ("{}", "no entry \"format\""),
            (r#"{"format": "other", "name": "x"}"#, "says its format is \"other\""),
            (r#"{"format": 3}"#, "says its format is 3"),
            (r#"{"format": "test", "name": 3}"#, "\"name\""),
            (r#"{"format": "test", "name": "x", "inner": {"rate": 1, "steps": -1}}"#, "\"inner.steps\""),
            (r#"{"format": "test", "inner": 7}"#, "\"inner\""),
        ] {
            std::fs::write(&file, text).expect("write");
            let error = read_document::<Outer>(&file, "test").expect_err(text).to_string();
            assert!(error.contains(named) && error.contains("a.json"), "{text}: {error}");
        }
        let later = r#"{"format": "test", "new": [1], "inner": {"more": {}, "steps": 2}}"#;
        std::fs::write(&file, later).expect("write");
        assert_eq!(read_document::<Outer>(&file, "test").expect("read").inner.steps, 2);
        std::fs::write(&file, format!("\u{feff}{later}")).expect("write");
        assert!(read_document::<Outer>(&file, "test").is_ok(), "with a byte order mark");
    }
}
