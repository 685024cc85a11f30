//! What can go wrong with a target, a source or a file: one error type whose messages name the culprit and
//! what was expected.

use std::path::{Path, PathBuf};

use super::pmf::{K_MAX, K_MIN};

/// Why a target, a source or a file was refused. Every message is a whole sentence for a person at a
/// terminal.
#[derive(thiserror::Error, Debug, Clone, PartialEq)]
pub enum DataError {
    /// The grid size is outside [`K_MIN`]`..=`[`K_MAX`].
    #[error("K = {k} is out of range: expected {K_MIN} to {K_MAX}")]
    K {
        /// The size that was asked for.
        k: usize,
    },
    /// A target that is neither a preset, nor `text:WORD`, nor a file of a known kind.
    #[error("unknown target \"{text}\": expected {}", super::target::EXPECTED)]
    UnknownTarget {
        /// What was given.
        text: String,
    },
    /// A word that cannot be drawn.
    #[error("target \"text:{word}\": {why}")]
    Text {
        /// The word, without `text:`.
        word: String,
        /// What is wrong with it.
        why: String,
    },
    /// `--invert` with something other than a picture.
    #[error("--invert only applies to a .png target (bright = mass), but the target is {target}")]
    Invert {
        /// The target it was given with.
        target: String,
    },
    /// A drawn target that can't be read, or was named where it can't be.
    #[error("the drawn target can't be read: {why}")]
    Drawing {
        /// What is wrong.
        why: String,
    },
    /// A target or source of the plane that can't be meant.
    #[error("{why}")]
    Plane {
        /// What is wrong, and what was expected.
        why: String,
    },
    /// The file cannot be opened or read.
    #[error("cannot read {what} {}: {why}", path.display())]
    Read {
        /// The role of the file, such as `target`.
        what: String,
        /// The file.
        path: PathBuf,
        /// The reason, from the operating system or from a limit.
        why: String,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {why}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// The file was read, but its content is not what it should be.
    #[error("{what} {} {why}", path.display())]
    Content {
        /// The role of the file, such as `target`.
        what: String,
        /// The file.
        path: PathBuf,
        /// What is wrong, as the rest of a sentence that starts with the file: "is truncated: ...".
        why: String,
    },
    /// The file fixes K, and another K was asked for.
    #[error("{what} {} is {own}×{own}, but K = {asked} was asked for: leave K out or give {own}", path.display())]
    KMismatch {
        /// The role of the file, such as `target`.
        what: String,
        /// The file.
        path: PathBuf,
        /// The size of the array in the file.
        own: usize,
        /// The size that was asked for.
        asked: usize,
    },
    /// Images that make no set.
    #[error("images: {why}")]
    Images {
        /// What is wrong, with the numbers.
        why: String,
    },
    /// Tokens, or a way to make them, that fit no image.
    #[error("tokens: {why}")]
    Tokens {
        /// What is wrong, with the numbers.
        why: String,
    },
    /// The values are no pmf.
    #[error("{what} {problem}")]
    Pmf {
        /// What the values are, such as `target a.npy`.
        what: String,
        /// What is wrong with them.
        problem: PmfProblem,
    },
}

/// What is said of every file and folder that is not there.
const MISSING: &str = "No such file or directory";

/// Why an array of values is not a probability mass function. Indices are `(token 1, token 2)`, the first
/// offender in C order.
#[derive(thiserror::Error, Debug, Clone, Copy, PartialEq)]
pub enum PmfProblem {
    /// There are no values at all.
    #[error("is empty: it has no values")]
    Empty,
    /// A value below zero.
    #[error("has the negative value {value:e} at ({}, {}): probabilities are >= 0", index.0, index.1)]
    Negative {
        /// Where it is.
        index: (usize, usize),
        /// What it is.
        value: f64,
    },
    /// A value that is not a number.
    #[error("has NaN (not a number) at ({}, {}): probabilities are finite", index.0, index.1)]
    NaN {
        /// Where it is.
        index: (usize, usize),
    },
    /// A value that is plus or minus infinity.
    #[error("has an infinite value at ({}, {}): probabilities are finite", index.0, index.1)]
    Infinite {
        /// Where it is.
        index: (usize, usize),
    },
    /// Every value is zero.
    #[error("is all zero: at least one value must be positive")]
    AllZero,
}

impl DataError {
    /// A [`DataError::Content`]; `why` continues a sentence that starts with the file's name.
    pub(super) fn content(what: &str, path: &Path, why: impl Into<String>) -> Self {
        Self::Content { what: what.to_owned(), path: path.to_owned(), why: why.into() }
    }

    /// A [`DataError::Images`].
    pub(crate) fn images(why: impl Into<String>) -> Self {
        Self::Images { why: why.into() }
    }

    /// A [`DataError::Tokens`].
    pub(super) fn tokens(why: impl Into<String>) -> Self {
        Self::Tokens { why: why.into() }
    }

    /// A [`DataError::Read`].
    pub(super) fn read(what: &str, path: &Path, why: impl Into<String>) -> Self {
        Self::Read { what: what.to_owned(), path: path.to_owned(), why: why.into() }
    }

    /// A [`DataError::Write`].
    pub(super) fn write(path: &Path, why: impl Into<String>) -> Self {
        Self::Write { path: path.to_owned(), why: why.into() }
    }
}

/// The reason of an I/O error for a person: without Rust's "(os error 2)", and the same on every system where nothing is
/// there.
pub fn io_reason(error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::NotFound {
        return MISSING.to_owned();
    }
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_file_and_both_sizes() {
        let error =
            DataError::KMismatch { what: "target".into(), path: "dir/a.npy".into(), own: 32, asked: 64 };
        let text = error.to_string();
        assert!(text.contains("dir/a.npy") && text.contains("32×32") && text.contains("K = 64"), "{text}");
    }

    #[test]
    fn a_range_error_says_the_range() {
        assert_eq!(DataError::K { k: 1 }.to_string(), "K = 1 is out of range: expected 2 to 256");
    }

    #[test]
    fn an_io_reason_has_no_error_number() {
        let error = std::fs::File::open("no/such/file").expect_err("there is no such file");
        assert!(error.to_string().contains("os error"));
        assert_eq!(io_reason(&error), "No such file or directory");
        assert_eq!(io_reason(&std::io::ErrorKind::NotFound.into()), "No such file or directory");
        assert_eq!(io_reason(&std::io::Error::other("plain")), "plain");
    }
}
