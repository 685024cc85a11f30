//! n-grams of a text as an automaton: real statistics, and still exact.

use crate::data::DataError;
use crate::flow::sequence::{Automaton, Edge};
use std::collections::HashMap;

/// Longest n-gram.
pub const MOST_ORDER: usize = 7;
/// Edges that are less likely are left out, and what is left is the language.
const LEAST_PROBABLE: f64 = 1e-4;
/// Letters of the text for one occurrence that a context must have: 60 in the 4.5 million letters of Shakespeare.
const LETTERS_A_TIME: usize = 75_000;
/// Most states.
const MOST_STATES: usize = 65_536;

/// What is known of the letters after a context.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// How often each letter follows that does, in the order of the letters.
    counts: Vec<(u8, u32)>,
}

impl Context {
    /// n(c).
    pub fn total(&self) -> usize {
        self.counts.iter().map(|(_, count)| *count as usize).sum()
    }

    /// T(c).
    pub fn kinds(&self) -> usize {
        self.counts.len()
    }

    /// n(c, v).
    pub fn count(&self, letter: u8) -> u32 {
        self.counts.binary_search_by_key(&letter, |(own, _)| *own).map_or(0, |at| self.counts[at].1)
    }
}

/// The last letters, packed; contexts of other lengths are others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Packed {
    length: usize,
    letters: u64,
}

const BITS: usize = 6;

impl Packed {
    pub const EMPTY: Self = Self { length: 0, letters: 0 };

    /// Of letters below 64, at most ten.
    pub fn of(letters: &[u8]) -> Self {
        letters.iter().fold(Self::EMPTY, |context, letter| context.then(letter & 63))
    }

    /// Without its first letter.
    fn tail(self) -> Self {
        let length = self.length - 1;
        Self { length, letters: self.letters & ((1 << (BITS * length)) - 1) }
    }

    fn then(self, letter: u8) -> Self {
        Self { length: self.length + 1, letters: self.letters << BITS | u64::from(letter) }
    }
}

/// The n-grams of `letters` below `values` = K ≤ 64, n = `order` from 1 to 7. A state is the longest of the last n − 1
/// letters that were seen often enough: at least once in 75,000 letters and at least twice. Probabilities by Witten and Bell,
/// p(v|c) = (n(c,v) + T(c) p(v|c′)) / (n(c) + T(c)), c′ = c without its first letter and T the number of different letters
/// after c; those below 10⁻⁴ are left out.
///
/// # Errors
/// If the order is out of range or the text is too short.
pub fn ngram(letters: &[u8], values: usize, order: usize) -> Result<Automaton, DataError> {
    ngram_of(letters, values, order, (letters.len() / LETTERS_A_TIME).max(2))
}

/// The same with contexts seen at least so many times, or more if there were too many.
pub(super) fn ngram_of(
    letters: &[u8],
    values: usize,
    order: usize,
    mut least: usize,
) -> Result<Automaton, DataError> {
    if !(1..=MOST_ORDER).contains(&order) {
        return Err(DataError::language(format!(
            "n-grams of order {order}: expected from 1 to {MOST_ORDER}"
        )));
    }
    if letters.len() < order {
        let why = format!("a text of {} letters is too short for {order}-grams", letters.len());
        return Err(DataError::language(why));
    }
    let mut contexts = loop {
        match contexts_of(letters, letters.len(), order, least, MOST_STATES) {
            Some(contexts) => break contexts,
            None => least *= 2,
        }
    };
    let followed = contexts.remove(&Packed::EMPTY).unwrap_or(Context { counts: Vec::new() });
    contexts.insert(Packed::EMPTY, followed);
    let mut names: Vec<Packed> = contexts.keys().copied().collect();
    names.sort_unstable();
    let numbers: HashMap<Packed, u32> = names.iter().copied().zip(0..).collect();
    // Of every state, shorter contexts first: \[S, K\].
    let mut p: Vec<Vec<f64>> = Vec::with_capacity(names.len());
    for name in &names {
        let context = &contexts[name];
        let mut own: Vec<f64> = match name.length {
            // Every letter may come, even one that stands nowhere but at the end.
            0 => vec![1.0; values],
            _ => {
                let kinds = context.counts.len() as f64;
                p[numbers[&name.tail()] as usize].iter().map(|p| kinds * p).collect()
            }
        };
        context.counts.iter().for_each(|&(letter, count)| own[usize::from(letter)] += f64::from(count));
        let total: f64 = own.iter().sum();
        own.iter_mut().for_each(|p| *p /= total);
        p.push(own);
    }
    let mut edges = Vec::new();
    for ((name, p), from) in names.iter().zip(&p).zip(0..) {
        let kept = || p.iter().zip(0..).filter(|(p, _)| **p >= LEAST_PROBABLE);
        let total: f64 = kept().map(|(p, _)| p).sum();
        for (p, letter) in kept() {
            let mut next = if name.length + 1 < order { name.then(letter) } else { after(*name, letter) };
            while !numbers.contains_key(&next) {
                next = next.tail();
            }
            edges.push((from, Edge { to: numbers[&next], label: letter.into(), weight: p / total }));
        }
    }
    let start = numbers[&Packed::EMPTY];
    Automaton::new(values, names.len(), edges, [(start, 1.0)], None)
        .map_err(|error| DataError::language(error.to_string()))
}

/// The context after a letter more, as long as before.
fn after(context: Packed, letter: u8) -> Packed {
    if context.length == 0 { Packed::EMPTY } else { context.tail().then(letter) }
}

/// The contexts of up to `order` − 1 letters that occur at least `least` times in texts of `tokens` letters each; none if there
/// are more than `most`.
pub(super) fn contexts_of(
    letters: &[u8],
    tokens: usize,
    order: usize,
    least: usize,
    most: usize,
) -> Option<HashMap<Packed, Context>> {
    let mut all = HashMap::new();
    for length in 0..order {
        let mask = (1_u64 << (BITS * (length + 1))) - 1;
        let mut grams = Vec::with_capacity(letters.len());
        for text in letters.chunks(tokens) {
            let mut now = 0;
            for (n, &letter) in text.iter().enumerate() {
                now = (now << BITS | u64::from(letter)) & mask;
                if n >= length {
                    grams.push(now);
                }
            }
        }
        grams.sort_unstable();
        for alike in grams.chunk_by(|a, b| a >> BITS == b >> BITS) {
            if length > 0 && alike.len() < least {
                continue;
            }
            let counts = alike.chunk_by(|a, b| a == b).map(|same| ((same[0] & 63) as u8, same.len() as u32));
            let context = Context { counts: counts.collect() };
            // The last letters of the text have nothing after them: their tails may have been seen less often.
            let name = Packed { length, letters: alike[0] >> BITS };
            if length < 2 || all.contains_key(&name.tail()) {
                debug_assert!(context.total() >= least.min(alike.len()));
                all.insert(name, context);
            }
        }
        if all.len() > most {
            return None;
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::super::corpus::corpus_of;
    use super::*;

    #[test]
    fn probabilities_are_those_of_witten_and_bell() {
        // a b a c a b: after a, b twice and c once; alone a 3, b 2, c 1 and one more each.
        let automaton = ngram_of(&[0, 1, 0, 2, 0, 1], 3, 2, 1).expect("an automaton");
        let alone = [4.0 / 9.0, 3.0 / 9.0, 2.0 / 9.0];
        let of = |text: &[u16]| automaton.log_weight(text).exp();
        for (letter, p) in alone.into_iter().enumerate() {
            assert!((of(&[letter as u16]) - p).abs() < 1e-15);
        }
        let after_a =
            [(0.0 + 2.0 * alone[0]) / 5.0, (2.0 + 2.0 * alone[1]) / 5.0, (1.0 + 2.0 * alone[2]) / 5.0];
        for (letter, p) in after_a.into_iter().enumerate() {
            assert!((of(&[0, letter as u16]) - alone[0] * p).abs() < 1e-15, "{letter}");
        }
        assert!(automaton.is_deterministic() && automaton.is_stochastic());
    }

    #[test]
    fn a_longer_memory_makes_a_text_likelier() {
        let text =
            "the cat sat on the mat. the dog sat on the log. the cat and the dog ran to the log. ".repeat(20);
        let corpus = corpus_of(text.as_bytes()).expect("a text");
        let tokens: Vec<u16> = corpus.letters[..400].iter().map(|&x| x.into()).collect();
        let mut before = f64::NEG_INFINITY;
        for order in 1..=MOST_ORDER {
            let automaton = ngram(&corpus.letters, corpus.alphabet.len(), order).expect("an automaton");
            assert!(automaton.is_deterministic() && automaton.is_stochastic(), "{order}");
            let log = automaton.log_weight(&tokens);
            assert!(log > before, "{order}: {log} {before}");
            before = log;
            assert_eq!(automaton.states(), automaton.states().min(MOST_STATES));
        }
        assert!(before / -400.0 < 0.4, "{before}");
    }

    #[test]
    fn what_is_no_order_or_no_text_is_refused() {
        for (letters, order) in [(&[0, 1][..], 0), (&[0, 1], 8), (&[0, 1], 3), (&[], 1)] {
            assert!(ngram(letters, 2, order).is_err(), "{order}");
        }
        // As short as can be.
        assert!(ngram(&[0, 1], 2, 2).is_ok());
    }
}
