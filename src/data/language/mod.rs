//! Languages: targets whose texts have exact probabilities, because they are automata (sums, tales, words, n-grams) or because
//! they can all be looked at (programs). And readers of texts.

mod alphabet;
mod corpus;
mod ngram;
mod parts;
mod paths;
pub mod programs;
mod source;
mod spec;
mod sums;
mod tales;
mod words;

pub use alphabet::{Alphabet, MASK};
pub use corpus::{Corpus, MOST_LETTERS_BYTES, corpus_of, held_out_corpus, read_corpus, shipped_corpus};
pub use ngram::{MOST_ORDER, ngram};
pub use parts::TextParts;
pub use source::{TextSet, TextSource, alphabet_of};
pub use spec::{EXPECTED, Language, LanguageSpec, Shape};
pub use sums::{sums, true_statements};
pub use tales::tales;
pub use words::{read_words, shipped_words, words, words_in};
