//! What a network is given of a text in training: the conditional coupling, which leaves the denoiser and its rates as they
//! are and only says which contexts are met (math.md 15.7).

use crate::data::language::programs::token;
use crate::flow::sequence::programs::{BODY_AT, DOC};
use crate::flow::{FlowError, serde_as_text, text_by_name};
use rand::{Rng, RngExt as _};
use std::ops::Range;

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

    /// Tokens that are given of every text of so many `tokens`.
    pub fn always(self, tokens: usize) -> Range<usize> {
        let (from, to) = match self {
            Self::Nothing | Self::Prefix => (0, 0),
            // Any word of the docstring may be hidden.
            Self::Examples | Self::Hidden => (DOC, BODY_AT),
            Self::Docstring => (0, BODY_AT),
        };
        from.min(tokens)..to.min(tokens)
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

text_by_name!(
    Prompt, "prompt", "none, prefix, docstring, examples or hidden",
    Nothing => "none", Prefix => "prefix", Docstring => "docstring", Examples => "examples",
    Hidden => "hidden"
);

serde_as_text!(Prompt, FlowError);
