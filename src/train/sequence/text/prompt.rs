//! What a network is given of a text in training: the conditional coupling, which leaves the denoiser and its rates as they
//! are and only says which contexts are met (math.md 15.7).

use crate::data::language::programs::token;
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
    /// Of a program all but its body: the docstring, which says all, and three examples.
    Docstring,
    /// Of a program its three examples.
    Examples,
    /// Of a program docstring and examples, but for words of the docstring: each is hidden with a probability that is uniform
    /// in (0, 1) for a text.
    Hidden,
}

impl Prompt {
    /// All, from none on.
    pub const ALL: [Self; 5] = [Self::Nothing, Self::Prefix, Self::Docstring, Self::Examples, Self::Hidden];

    /// Whether only programs have it.
    pub fn is_of_programs(self) -> bool {
        !matches!(self, Self::Nothing | Self::Prefix)
    }

    /// Which tokens of a text are given.
    pub fn draw(self, text: &[u16], rng: &mut impl Rng) -> Vec<bool> {
        let tokens = text.len();
        let mut given = vec![false; tokens];
        let mut show = |from: usize, to: usize| given[from.min(tokens)..to.min(tokens)].fill(true);
        match self {
            Self::Nothing => {}
            Self::Prefix => show(0, rng.random_range(0..tokens.max(1))),
            Self::Examples => show(DOC, BODY_AT),
            Self::Docstring | Self::Hidden => show(0, BODY_AT),
        }
        if self == Self::Hidden {
            // How long the docstring is stays seen: what fills it up is no word.
            let (hidden, pad): (f64, u16) = (rng.random(), token("·").into());
            for (given, token) in given.iter_mut().zip(text).take(DOC) {
                *given = rng.random::<f64>() >= hidden || *token == pad;
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
            Self::Hidden => "hidden",
        })
    }
}

impl FromStr for Prompt {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        Self::ALL.into_iter().find(|prompt| prompt.to_string() == text).ok_or_else(|| FlowError::Unreadable {
            what: "prompt",
            given: text.to_owned(),
            expected: "none, prefix, docstring, examples or hidden",
        })
    }
}

serde_as_text!(Prompt, FlowError);
