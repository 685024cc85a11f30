//! The text behind a language of letters in two parts: what is learned from, and what is held out.

use super::{Alphabet, Corpus, LanguageSpec, held_out_corpus, read_corpus, shipped_corpus};
use crate::data::DataError;

/// One letter in so many of one's own text is held out: its end.
const HELD_OUT: usize = 10;

/// A text, letter by letter, in two parts.
#[derive(Clone, Debug)]
pub struct TextParts {
    /// The symbols of both.
    pub alphabet: Alphabet,
    /// What is learned from, and what copies are looked for in.
    pub training: Vec<u8>,
    /// What is not.
    pub held_out: Vec<u8>,
}

impl LanguageSpec {
    /// The text that an n-gram language is of: of the one that comes with the program other plays are held out, of one's own
    /// the last tenth. None of other languages.
    ///
    /// # Errors
    /// Those of [`read_corpus`].
    pub fn parts(&self) -> Result<Option<TextParts>, DataError> {
        match self {
            Self::Ngram { file: Some(file), .. } => Ok(Some(TextParts::of(read_corpus(file)?))),
            Self::Ngram { file: None, .. } => TextParts::shipped().map(Some),
            _ => Ok(None),
        }
    }
}

impl TextParts {
    /// One's own text, its last tenth held out.
    pub fn of(corpus: Corpus) -> Self {
        let Corpus { alphabet, letters: mut training, .. } = corpus;
        let held_out = training.split_off(training.len() - training.len() / HELD_OUT);
        Self { alphabet, training, held_out }
    }

    /// The plays that come with the program, and those of them that are held out.
    ///
    /// # Errors
    /// Never: they are texts.
    pub fn shipped() -> Result<Self, DataError> {
        let Corpus { alphabet, letters: training, .. } = shipped_corpus()?;
        let other = held_out_corpus()?;
        let space = alphabet.token(" ").unwrap_or_default();
        let own = |symbol: &String| alphabet.token(symbol).unwrap_or(space) as u8;
        let map: Vec<u8> = other.alphabet.symbols().iter().map(own).collect();
        let held_out = other.letters.iter().map(|&letter| map[usize::from(letter)]).collect();
        Ok(Self { alphabet, training, held_out })
    }

    /// At most `count` texts of `tokens` letters of what is held out, evenly spread over it, \[B, N\].
    pub fn held_out_texts(&self, tokens: usize, count: usize) -> Vec<u16> {
        spread(&self.held_out, tokens, count)
    }
}

/// Pieces of a text that do not lie over each other.
fn spread(letters: &[u8], tokens: usize, count: usize) -> Vec<u16> {
    let all = letters.len() / tokens.max(1);
    let count = count.min(all);
    let at = |n: usize| n * all / count.max(1) * tokens;
    (0..count).flat_map(|n| letters[at(n)..][..tokens].iter().map(|&letter| u16::from(letter))).collect()
}
