//! How an image becomes tokens, by name.

use crate::data::images::{ImageSource, digits};
use crate::flow::{FlowError, serde_as_text};
use std::fmt;
use std::str::FromStr;

/// How an image becomes tokens; numbers from 2 to 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum TokenSpec {
    /// One token a channel, in the order row, column, channel, with this many levels; 256 are the bytes themselves.
    Rgb(u16),
    /// One token a pixel: this many levels of its luma.
    Gray(u16),
    /// One token a pixel: one of this many colours, found for the data.
    Palette(u16),
}

/// The bytes themselves, as in the paper.
impl Default for TokenSpec {
    fn default() -> Self {
        Self::Rgb(256)
    }
}

impl TokenSpec {
    /// How images of `source` usually become tokens, and with how many pixels a side: digits as they are, all others as in
    /// the paper.
    pub fn usual_of(source: &ImageSource) -> (Self, usize) {
        match source {
            ImageSource::Digits => (Self::Gray(digits::LEVELS), digits::SIDE),
            _ => (Self::default(), 32),
        }
    }

    /// K, the number of values of a token.
    pub fn values(self) -> usize {
        let (Self::Rgb(count) | Self::Gray(count) | Self::Palette(count)) = self;
        usize::from(count)
    }

    /// Tokens a pixel.
    pub fn channels(self) -> usize {
        if matches!(self, Self::Rgb(_)) { 3 } else { 1 }
    }

    /// Whether neighbouring values look alike, so that a head may use their order.
    pub fn is_ordinal(self) -> bool {
        !matches!(self, Self::Palette(_))
    }
}

impl FromStr for TokenSpec {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let read = || {
            let (kind, count) = text.split_once(':')?;
            let count = count.parse().ok().filter(|count| (2..=256).contains(count))?;
            match kind {
                "rgb" => Some(Self::Rgb(count)),
                "gray" => Some(Self::Gray(count)),
                "palette" => Some(Self::Palette(count)),
                _ => None,
            }
        };
        read().ok_or_else(|| FlowError::Unreadable {
            what: "tokens",
            given: text.to_owned(),
            expected: "rgb:L or gray:L with L levels, or palette:P with P colours, each from 2 to 256",
        })
    }
}

serde_as_text!(TokenSpec, FlowError);

impl fmt::Display for TokenSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rgb(levels) => write!(f, "rgb:{levels}"),
            Self::Gray(levels) => write!(f, "gray:{levels}"),
            Self::Palette(colors) => write!(f, "palette:{colors}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_and_nonsense_is_refused() {
        for (name, spec, channels) in [
            ("rgb:256", TokenSpec::Rgb(256), 3),
            ("gray:2", TokenSpec::Gray(2), 1),
            ("palette:64", TokenSpec::Palette(64), 1),
        ] {
            assert_eq!(name.parse(), Ok(spec));
            assert_eq!(spec.to_string(), name);
            assert_eq!(serde_json::to_string(&spec).expect("JSON"), format!("\"{name}\""));
            assert_eq!((spec.channels(), spec.is_ordinal()), (channels, channels == 3 || name == "gray:2"));
        }
        for bad in
            ["", "rgb", "rgb:", "rgb:1", "rgb:257", "rgb:-4", "grey:8", "palette:0", "rgb:8:8", " rgb:8"]
        {
            let why = bad.parse::<TokenSpec>().expect_err(bad).to_string();
            assert!(why.contains("tokens") && why.contains("from 2 to 256"), "{why}");
        }
    }
}
