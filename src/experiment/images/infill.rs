//! What is given of an image, as a file keeps it.

use crate::data::codec::image::{SIDES, Tokenizer};
use crate::flow::FlowError;
use crate::sampler::sequence::Given;
use serde::{Deserialize, Serialize};

/// What the picture is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// An image held out of the model's data, by its number.
    Data(u64),
    /// A picture in a file.
    File(std::path::PathBuf),
    /// A sample that was finished.
    Sample,
}

/// What is given, as a file keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptInfill {
    /// What the picture is; a sample is gone with the program.
    pub base: Base,
    /// A row of R signs for each of R rows: `#` is given, `.` is not.
    pub mask: Vec<String>,
}

impl KeptInfill {
    /// Of `given` \[R, R\], row by row.
    pub fn new(base: Base, given: &[bool], side: usize) -> Self {
        let row = |row: &[bool]| row.iter().map(|given| if *given { '#' } else { '.' }).collect();
        Self { base, mask: given.chunks(side).map(row).collect() }
    }

    /// The tokens that are given of a picture `pixels` \[R, R, 3\] of the mask's own size.
    pub fn tokens(&self, pixels: &[u8], tokenizer: &Tokenizer) -> Given {
        let given: Vec<bool> =
            self.mask.iter().flat_map(|row| row.bytes().map(|sign| sign == b'#')).collect();
        given_tokens(pixels, &given, tokenizer)
    }

    /// Checks the mask, for one that comes from a file.
    ///
    /// # Errors
    /// Says what a mask looks like.
    pub fn validated(&self) -> Result<(), FlowError> {
        let side = self.mask.len();
        let fits = |row: &String| row.len() == side && row.bytes().all(|sign| b"#.".contains(&sign));
        if SIDES.contains(&side) && self.mask.iter().all(fits) {
            return Ok(());
        }
        Err(FlowError::Unreadable {
            what: "mask of what is given",
            given: self.mask.join("/").chars().take(40).collect(),
            expected: "8, 16 or 32 rows of as many signs, each # (given) or . (free)",
        })
    }
}

/// A region that is given at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// The left half.
    Left,
    /// The upper half.
    Top,
    /// A box in the middle is free, all around it given.
    Frame,
    /// Everything.
    All,
    /// Nothing.
    Nothing,
    /// The other way round.
    Inverse,
}

/// The tokens of a picture `pixels` \[R, R, 3\] where `given` \[R, R\] says so, row by row.
pub fn given_tokens(pixels: &[u8], given: &[bool], tokenizer: &Tokenizer) -> Given {
    let channels = tokenizer.channels();
    let tokens = tokenizer.encode(pixels).into_iter().enumerate();
    Given::new(tokens.map(|(n, token)| given[n / channels].then_some(token)).collect())
}
