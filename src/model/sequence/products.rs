//! In which precision a device multiplies.

use crate::flow::{FlowError, serde_as_text};
use std::fmt;
use std::str::FromStr;

/// In which precision products of matrices are computed while a network is trained on a device. All else is in single
/// precision, and so is what they give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Products {
    /// Single precision, 32 bits.
    #[default]
    Single,
    /// Half precision, 16 bits, on devices that have it ([`super::has_half`]).
    Half,
}

serde_as_text!(Products, FlowError);

impl fmt::Display for Products {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Single => "single",
            Self::Half => "half",
        })
    }
}

impl FromStr for Products {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        match text {
            "single" => Ok(Self::Single),
            "half" => Ok(Self::Half),
            _ => Err(FlowError::Unreadable {
                what: "precision of products",
                given: text.to_owned(),
                expected: "single or half",
            }),
        }
    }
}
