//! What a network is given of a text in training: the conditional coupling, which leaves the denoiser and its rates as they
//! are and only says which contexts are met (math.md 1).

use crate::flow::sequence::programs::{BODY_AT, DOC};
use crate::flow::{FlowError, serde_as_text};
use rand::{Rng, RngExt as _};
use std::fmt;
use std::str::FromStr;

/// Which tokens are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Prompt {
    /// None.
    Nothing,
    /// The first of them, so many that each number of them below all is alike.
    Prefix,
    /// Of a program its docstring.
    Docstring,
    /// Of a program its three examples.
    Examples,
    /// Both.
    Both,
    /// Both, but for words of the docstring: each is hidden with a probability that is uniform in (0, 1) for a text.
    Hints,
}

impl Prompt {
    /// All, from none on.
    pub const ALL: [Self; 6] =
        [Self::Nothing, Self::Prefix, Self::Docstring, Self::Examples, Self::Both, Self::Hints];

    /// Whether only programs have it.
    pub fn is_of_programs(self) -> bool {
        !matches!(self, Self::Nothing | Self::Prefix)
    }

    /// Which tokens of a text of so many are given.
    pub fn draw(self, tokens: usize, rng: &mut impl Rng) -> Vec<bool> {
        let mut given = vec![false; tokens];
        let mut show = |from: usize, to: usize| given[from.min(tokens)..to.min(tokens)].fill(true);
        match self {
            Self::Nothing => {}
            Self::Prefix => show(0, rng.random_range(0..tokens.max(1))),
            Self::Docstring => show(0, DOC),
            Self::Examples => show(DOC, BODY_AT),
            Self::Both | Self::Hints => show(0, BODY_AT),
        }
        if self == Self::Hints {
            let hidden: f64 = rng.random();
            for token in given.iter_mut().take(DOC) {
                *token = rng.random::<f64>() >= hidden;
            }
        }
        given
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "none",
            Self::Prefix => "prefix",
            Self::Docstring => "docstring",
            Self::Examples => "examples",
            Self::Both => "both",
            Self::Hints => "hints",
        })
    }
}

impl FromStr for Prompt {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        Self::ALL.into_iter().find(|prompt| prompt.to_string() == text).ok_or_else(|| FlowError::Unreadable {
            what: "prompt",
            given: text.to_owned(),
            expected: "none, prefix, docstring, examples, both or hints",
        })
    }
}

serde_as_text!(Prompt, FlowError);
