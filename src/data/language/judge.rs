//! A judge of texts that has no language of its own: an n-gram model with full support, so that it has an opinion of any
//! text, however wrong (math.md 15.6).

use super::ngram::{Context, Packed, contexts_of};
use super::{MOST_ORDER, Measures};
use crate::data::DataError;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// The order of the judge that samples are shown with: "5-gram judge".
pub const JUDGE_ORDER: usize = 5;

/// Of so many texts it is said what they have copied: each is looked for in all of the training text.
const COPIES: usize = 256;

/// n-grams of a text by Witten and Bell, unpruned: every letter may come after every context.
#[derive(Clone, Debug)]
pub struct Judge {
    values: usize,
    order: usize,
    contexts: HashMap<Packed, Context>,
    /// What it was trained on: copies are looked for in it.
    pub(super) letters: Vec<u8>,
    /// All words of that.
    pub(super) words: HashSet<Vec<u8>>,
    /// Which symbols are letters of words; none of a language without words.
    pub(super) in_words: Vec<bool>,
}

impl Judge {
    /// Trained on texts of `tokens` letters each, one after another, below `symbols.len()` = K ≤ 64; a stream is a single text.
    /// No context goes on from one text to the next.
    ///
    /// # Errors
    /// If the order is not from 1 to 7, K is above 64 or there are no letters.
    pub fn new(letters: Vec<u8>, tokens: usize, symbols: &[String], order: usize) -> Result<Self, DataError> {
        let values = symbols.len();
        if !(1..=MOST_ORDER).contains(&order) || values > 64 || letters.is_empty() {
            return Err(DataError::language(format!(
                "a judge of order {order} from {} letters of {values} symbols: expected an order from 1 to {MOST_ORDER}, letters, \
                 and at most 64 symbols",
                letters.len()
            )));
        }
        let contexts = contexts_of(&letters, tokens.max(1), order, 1, usize::MAX).unwrap_or_default();
        let in_words = symbols.iter().map(|symbol| super::measures::is_in_words(symbol)).collect::<Vec<_>>();
        let texts = letters.chunks(tokens.max(1));
        let words = texts.flat_map(|text| super::measures::whole_words(text, &in_words)).map(<[u8]>::to_vec);
        let words = words.collect();
        Ok(Self { values, order, contexts, letters, words, in_words })
    }

    /// K.
    pub fn values(&self) -> usize {
        self.values
    }

    /// How many letters it was trained on.
    pub fn trained_on(&self) -> usize {
        self.letters.len()
    }

    /// p of `letter` after the last n − 1 letters of `before`; 1/K of what is no letter.
    pub fn probability(&self, before: &[u8], letter: u8) -> f64 {
        let values = self.values as f64;
        let Some(alone) = self.contexts.get(&Packed::EMPTY).filter(|_| usize::from(letter) < self.values)
        else {
            return 1.0 / values;
        };
        // Every letter once more than it was seen.
        let mut p = f64::from(alone.count(letter) + 1) / (alone.total() as f64 + values);
        for length in 1..self.order.min(before.len() + 1) {
            let name = Packed::of(&before[before.len() - length..]);
            let Some(context) = self.contexts.get(&name) else { break };
            let kinds = context.kinds() as f64;
            p = (f64::from(context.count(letter)) + kinds * p) / (context.total() as f64 + kinds);
        }
        p
    }

    /// −log₂ p a letter of a text that begins from nothing.
    pub fn bits(&self, text: &[u8]) -> f64 {
        let each = (0..text.len()).map(|at| -self.probability(&text[..at], text[at]).log2());
        each.sum::<f64>() / text.len().max(1) as f64
    }

    /// What it and the counts say of texts, text by text; copies are looked for in the first 256 of them.
    pub fn measures(&self, texts: &[&[u16]]) -> Vec<Measures> {
        self.measured(texts, COPIES)
    }

    /// The same without copies, which take longest.
    pub fn likelihoods(&self, texts: &[&[u16]]) -> Vec<Measures> {
        self.measured(texts, 0)
    }

    fn measured(&self, texts: &[&[u16]], copies: usize) -> Vec<Measures> {
        let each = texts.par_iter().enumerate();
        each.map(|(n, text)| {
            let bytes: Vec<u8> = text.iter().map(|&x| u8::try_from(x).unwrap_or(u8::MAX)).collect();
            Measures::of(&bytes, self, n < copies)
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{corpus_of, ngram::ngram_of};
    use super::*;

    #[test]
    fn it_is_the_language_of_the_same_counts_before_that_is_cut() {
        let corpus = corpus_of(b"abac abab, cab a bac. baa cab".repeat(3).as_slice()).expect("a text");
        let k = corpus.alphabet.len();
        let judge =
            Judge::new(corpus.letters.clone(), usize::MAX, corpus.alphabet.symbols(), 4).expect("a judge");
        let automaton = ngram_of(&corpus.letters, k, 4, 1).expect("an automaton");
        let text = &corpus.letters[5..40];
        let tokens: Vec<u16> = text.iter().map(|&x| x.into()).collect();
        // Nothing is below 10⁻⁴ in so short a text.
        let expected = -automaton.log_weight(&tokens) / std::f64::consts::LN_2 / 35.0;
        assert!((judge.bits(text) - expected).abs() < 1e-12, "{} {expected}", judge.bits(text));
        for before in [&[][..], &[0], &[1, 2, 3], &[3, 3, 3, 3]] {
            let all: f64 = (0..k as u8).map(|letter| judge.probability(before, letter)).sum();
            assert!((all - 1.0).abs() < 1e-12, "{before:?}");
        }
        assert_eq!(judge.probability(&[0], 255), 1.0 / k as f64);
    }

    #[test]
    fn texts_of_their_own_have_no_context_from_before() {
        let symbols = ["a", "b"].map(String::from);
        let together = Judge::new(vec![0, 1, 0, 1], 4, &symbols, 2).expect("a judge");
        let apart = Judge::new(vec![0, 1, 0, 1], 2, &symbols, 2).expect("a judge");
        // After b nothing was seen in texts of two letters.
        assert_eq!(apart.probability(&[1], 0), apart.probability(&[], 0));
        assert!(together.probability(&[1], 0) > together.probability(&[], 0));
        for (letters, order, symbols) in
            [(vec![], 2, &symbols[..]), (vec![0], 0, &symbols), (vec![0], 8, &symbols)]
        {
            assert!(Judge::new(letters, 4, symbols, order).is_err());
        }
    }
}
