//! Which language, by name.

use super::source::program;
use super::{Alphabet, ngram, programs, read_corpus, read_words, shipped_words, sums, tales, words};
use crate::data::DataError;
use crate::data::language::programs::{ProgramTable, program_table};
use crate::flow::categorical::cumulative;
use crate::flow::sequence::Automaton;
use crate::flow::serde_as_text;
use crate::random::{Purpose, stream};
use rand::RngExt as _;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// What a language may be, for messages and help.
pub const EXPECTED: &str = "sums, tales, words, words:FILE, ngram:ORDER, ngram:ORDER:FILE or programs";

/// Tokens of a text of sums, of tales and of n-grams, and letters of a word, where nothing else is said.
const SUMS: usize = 64;
const TALES: usize = 112;
const NGRAM: usize = 128;
const WORD: usize = 5;
/// Most tokens of a text whose length is free.
const MOST_TOKENS: usize = 1024;

/// A language as it is named on the command line and in files; [`Self::load`] makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum LanguageSpec {
    /// True statements.
    #[default]
    Sums,
    /// Small stories.
    Tales,
    /// Words that come with the program, or those of a file.
    Words(Option<PathBuf>),
    /// n-grams of a text.
    Ngram {
        /// n.
        order: usize,
        /// The text; none for the one that comes with the program.
        file: Option<PathBuf>,
    },
    /// Toy programs.
    Programs,
}

/// A language, made.
#[derive(Clone, Debug)]
pub struct Language {
    /// What it was asked for as.
    pub spec: LanguageSpec,
    /// Its symbols.
    pub alphabet: Alphabet,
    /// N, tokens of a text.
    pub tokens: usize,
    /// What its texts are.
    pub shape: Shape,
    /// Letters of its text that became spaces, and of how many symbols.
    pub dropped: (usize, usize),
}

/// What a language is made as.
#[derive(Clone, Debug)]
pub enum Shape {
    /// An automaton.
    Automaton(Arc<Automaton>),
    /// Programs, all of them.
    Programs(Arc<ProgramTable>),
}

impl LanguageSpec {
    /// The file it is made from.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Words(file) | Self::Ngram { file, .. } => file.as_deref(),
            _ => None,
        }
    }

    /// Makes it, with texts of so many `tokens`, or as many as usual.
    ///
    /// # Errors
    /// [`DataError`] naming the file, or a number of tokens that its texts cannot have.
    pub fn load(&self, tokens: Option<usize>) -> Result<Language, DataError> {
        let free = |usual: usize| checked(tokens.unwrap_or(usual));
        let fixed = |own: usize| match tokens {
            Some(tokens) => self.checked_own(own, tokens),
            None => Ok(own),
        };
        let of_automaton = |automaton: Automaton| Shape::Automaton(Arc::new(automaton));
        let broken = |error: crate::flow::sequence::AutomatonError| DataError::language(error.to_string());
        let (alphabet, tokens, shape, dropped) = match self {
            Self::Sums => {
                let alphabet = Alphabet::of_letters(super::sums::SYMBOLS.chars())?;
                (alphabet, free(SUMS)?, of_automaton(sums().map_err(broken)?), (0, 0))
            }
            Self::Tales => {
                let alphabet = Alphabet::of_letters(super::tales::SYMBOLS.chars())?;
                (alphabet, free(TALES)?, of_automaton(tales().map_err(broken)?), (0, 0))
            }
            Self::Words(file) => {
                let list = match file {
                    Some(file) => read_words(file)?,
                    None => match tokens.unwrap_or(WORD) {
                        length @ 4..=8 => shipped_words(length),
                        length => {
                            let why = format!("words of {length} letters: those of this program have 4 to 8");
                            return Err(DataError::language(why));
                        }
                    },
                };
                let own = list.first().map_or(0, |word| word.chars().count());
                let about = |error: DataError| match file {
                    Some(file) => DataError::content("the words", file, format!("cannot be used: {error}")),
                    None => error,
                };
                let (alphabet, automaton) = words(&list).map_err(about)?;
                (alphabet, fixed(own)?, of_automaton(automaton), (0, 0))
            }
            Self::Ngram { order, file } => {
                let corpus = match file {
                    Some(file) => read_corpus(file)?,
                    None => super::shipped_corpus()?,
                };
                let automaton = ngram(&corpus.letters, corpus.alphabet.len(), *order)?;
                (corpus.alphabet, free(NGRAM)?, of_automaton(automaton), corpus.dropped)
            }
            Self::Programs => {
                let shape = Shape::Programs(Arc::new(program_table()));
                (programs::alphabet()?, fixed(programs::TOKENS)?, shape, (0, 0))
            }
        };
        Ok(Language { spec: self.clone(), alphabet, tokens, shape, dropped })
    }

    /// The number of tokens that all texts have, `own`, if that is asked for.
    fn checked_own(&self, own: usize, asked: usize) -> Result<usize, DataError> {
        if asked == own {
            return Ok(own);
        }
        Err(DataError::language(format!("{asked} tokens: every text of {self} has {own}")))
    }

    /// Whether every text has the same number of tokens whatever is asked.
    pub fn has_own_length(&self) -> bool {
        matches!(self, Self::Words(_) | Self::Programs)
    }
}

fn checked(tokens: usize) -> Result<usize, DataError> {
    match tokens {
        1..=MOST_TOKENS => Ok(tokens),
        _ => Err(DataError::language(format!("{tokens} tokens: expected from 1 to {MOST_TOKENS}"))),
    }
}

/// Texts that stand for a language have other numbers than those that are sampled, and than those held out.
const SOME: u64 = u32::MAX as u64 - 1;

impl Language {
    /// The entropy of its texts, nats; none where it has no closed form.
    pub fn entropy(&self) -> Option<f64> {
        match &self.shape {
            Shape::Automaton(automaton) => automaton.entropy(self.tokens),
            Shape::Programs(table) => Some(table.entropy()),
        }
    }

    /// Texts that are drawn from it with the random numbers of `seed`, \[B, N\]: `count` of them, or none of a language that is
    /// not written from left to right.
    pub fn some(&self, count: usize, seed: u64) -> Vec<u16> {
        let mut rng = stream(seed, Purpose::Texts, SOME);
        let mut uniform = || rng.random();
        match &self.shape {
            Shape::Automaton(automaton) if automaton.is_stochastic() => {
                (0..count).filter_map(|_| automaton.sample(self.tokens, &mut uniform)).flatten().collect()
            }
            Shape::Automaton(_) => Vec::new(),
            Shape::Programs(table) => {
                let sums = cumulative(table.weights.iter().copied());
                (0..count).flat_map(|_| program(table, &sums, &mut uniform)).collect()
            }
        }
    }

    /// All texts of a list of words, \[M, N\], all equally likely; none of another language.
    pub fn all_texts(&self) -> Option<Vec<u16>> {
        let (Shape::Automaton(automaton), LanguageSpec::Words(_)) = (&self.shape, &self.spec) else {
            return None;
        };
        let mut texts = vec![(automaton.start().first()?.0, Vec::new())];
        for _ in 0..self.tokens {
            let longer = |(state, text): &(u32, Vec<u16>)| {
                let edges = automaton.edges_of(*state).iter();
                let with = |label| text.iter().copied().chain([label]).collect();
                edges.map(|edge| (edge.to, with(edge.label))).collect::<Vec<_>>()
            };
            texts = texts.iter().flat_map(longer).collect();
        }
        Some(texts.into_iter().flat_map(|(_, text)| text).collect())
    }

    /// The same with texts of so many tokens.
    ///
    /// # Errors
    /// If its texts all have another number, or there are none or more than 1,024.
    pub fn with_tokens(self, tokens: usize) -> Result<Self, DataError> {
        let tokens = match self.spec.has_own_length() {
            true => self.spec.checked_own(self.tokens, tokens)?,
            false => checked(tokens)?,
        };
        Ok(Self { tokens, ..self })
    }
}

impl FromStr for LanguageSpec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let unknown = || DataError::language(format!("no language is called {text:?}: expected {EXPECTED}"));
        let file = |name: &str| if name.is_empty() { Err(unknown()) } else { Ok(Some(PathBuf::from(name))) };
        match text.split_once(':') {
            None => match text {
                "sums" => Ok(Self::Sums),
                "tales" => Ok(Self::Tales),
                "words" => Ok(Self::Words(None)),
                "programs" => Ok(Self::Programs),
                _ => Err(unknown()),
            },
            Some(("words", name)) => Ok(Self::Words(file(name)?)),
            Some(("ngram", rest)) => {
                let (order, name) = match rest.split_once(':') {
                    Some((order, name)) => (order, file(name)?),
                    None => (rest, None),
                };
                let most = super::MOST_ORDER;
                let order =
                    order.parse().ok().filter(|order| (1..=most).contains(order)).ok_or_else(|| {
                        DataError::language(format!(
                            "{text}: n-grams have an order from 1 to {most}, as in ngram:5"
                        ))
                    })?;
                Ok(Self::Ngram { order, file: name })
            }
            Some(_) => Err(unknown()),
        }
    }
}

impl fmt::Display for LanguageSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sums => f.write_str("sums"),
            Self::Tales => f.write_str("tales"),
            Self::Words(None) => f.write_str("words"),
            Self::Words(Some(file)) => write!(f, "words:{}", file.display()),
            Self::Ngram { order, file: None } => write!(f, "ngram:{order}"),
            Self::Ngram { order, file: Some(file) } => write!(f, "ngram:{order}:{}", file.display()),
            Self::Programs => f.write_str("programs"),
        }
    }
}

serde_as_text!(LanguageSpec, DataError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in ["sums", "tales", "words", "words:a/b.txt", "ngram:3", "ngram:5:C:/x.txt", "programs"] {
            assert_eq!(name.parse::<LanguageSpec>().expect("a language").to_string(), name);
        }
        for bad in
            ["", "Sums", "words:", "ngram", "ngram:", "ngram:0", "ngram:8", "ngram:x", "ngram:3:", "sums:1"]
        {
            assert!(bad.parse::<LanguageSpec>().is_err(), "{bad}");
        }
    }

    #[test]
    fn languages_have_their_lengths() {
        let tokens = |spec: &str, tokens| {
            spec.parse::<LanguageSpec>().expect("a language").load(tokens).map(|language| language.tokens)
        };
        assert_eq!((tokens("sums", None), tokens("sums", Some(7))), (Ok(64), Ok(7)));
        assert_eq!((tokens("words", None), tokens("words", Some(8))), (Ok(5), Ok(8)));
        assert_eq!(tokens("programs", Some(48)), Ok(48));
        for (spec, wrong) in [("sums", 0), ("sums", 1025), ("words", 3), ("words", 9), ("programs", 47)] {
            assert!(tokens(spec, Some(wrong)).is_err(), "{spec} {wrong}");
        }
    }
}
