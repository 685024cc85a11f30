//! What a run showed early: samples of its first networks and of the newest, which stay with the run.

use crate::train::TrainError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// Rows of samples that a run keeps at most.
pub const MOST_EARLY: usize = 8;
/// Bytes of a row's picture at most: a few small images.
const MOST_BYTES: usize = 1 << 16;

/// Samples of a network, as a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlyRow {
    /// Images that it had seen.
    pub images: u64,
    /// PNG of some images side by side.
    #[serde(serialize_with = "to_text", deserialize_with = "of_text")]
    pub png: Arc<[u8]>,
}

/// What a person has to say of a run, and what was seen of it: all that stays with it and is not the trainer's own.
#[derive(Clone, Debug, PartialEq)]
pub struct RunNotes {
    /// The number of the run.
    pub run: u64,
    /// Its name; empty if it was given none.
    pub name: String,
    /// Early samples, the first ones first.
    pub early: Vec<EarlyRow>,
}

/// Refuses more than a run keeps.
///
/// # Errors
/// [`TrainError::Misfit`] saying what is too much.
pub(super) fn check(rows: &[EarlyRow]) -> Result<(), TrainError> {
    if rows.len() > MOST_EARLY {
        let why = format!("it has {} rows of early samples: expected at most {MOST_EARLY}", rows.len());
        return Err(TrainError::Misfit(why));
    }
    match rows.iter().map(|row| row.png.len()).find(|bytes| *bytes > MOST_BYTES) {
        Some(bytes) => Err(TrainError::Misfit(format!(
            "a row of its early samples has {bytes} bytes: expected at most {MOST_BYTES}"
        ))),
        None => Ok(()),
    }
}

/// The rows that a run may keep.
pub(super) fn kept(rows: Vec<EarlyRow>) -> Vec<EarlyRow> {
    rows.into_iter().filter(|row| row.png.len() <= MOST_BYTES).take(MOST_EARLY).collect()
}

fn to_text<S: Serializer>(png: &Arc<[u8]>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&BASE64.encode(png))
}

fn of_text<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<[u8]>, D::Error> {
    let text = String::deserialize(from)?;
    BASE64.decode(text).map(Arc::from).map_err(serde::de::Error::custom)
}
