//! Languages: targets whose texts have exact probabilities, because they are automata (sums, tales, words, n-grams) or because
//! they can all be looked at (programs). And readers of texts.

mod alphabet;
mod copies;
mod corpus;
mod judge;
mod measures;
mod ngram;
mod parts;
mod paths;
pub mod programs;
mod source;
mod spec;
mod sums;
mod tales;
mod texts;
mod tidy;
mod words;

pub use alphabet::{Alphabet, MASK};
pub use copies::{TextCopy, longest_copy};
pub use corpus::{Corpus, MOST_LETTERS_BYTES, corpus_of, held_out_corpus, read_corpus, shipped_corpus};
pub use judge::{JUDGE_ORDER, Judge};
pub use measures::{MeanError, Measures, REPEATED, Summary};
pub use ngram::{MOST_ORDER, ngram};
pub use parts::{TextParts, cheats};
pub use source::{TextSet, TextSource, alphabet_of};
pub use spec::{EXPECTED, Language, LanguageSpec, Shape};
pub use sums::{sums, true_statements};
pub use tales::tales;
pub use texts::{BETWEEN, Texts, read_texts, texts_in};
pub use tidy::{Tidied, tidied};
pub use words::{looks_like_words, read_words, shipped_words, words, words_in};
