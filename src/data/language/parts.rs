//! The text behind a language of letters in two parts: what is learned from, and what is held out.

use super::{Alphabet, Corpus, LanguageSpec, held_out_corpus, read_corpus, shipped_corpus};
use crate::data::DataError;
use std::collections::HashSet;

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

    /// The same with another text to learn from; what is held out stays.
    ///
    /// # Errors
    /// The rest of a sentence about the text: a symbol of it is none of these, or a piece of `tokens` letters of what is held
    /// out stands in it, so that nothing would be held out.
    pub fn learning_from(mut self, corpus: &Corpus, tokens: usize) -> Result<Self, String> {
        let own = |symbol: &String| match self.alphabet.token(symbol) {
            Some(token) => Ok(token as u8),
            None => Err(format!("has the symbol {symbol:?}, which the language does not have")),
        };
        let map = corpus.alphabet.symbols().iter().map(own).collect::<Result<Vec<u8>, _>>()?;
        self.training = corpus.letters.iter().map(|&letter| map[usize::from(letter)]).collect();
        let held_out: HashSet<&[u8]> = self.held_out.chunks_exact(tokens.max(1)).collect();
        if let Some(at) = self.training.windows(tokens.max(1)).position(|piece| held_out.contains(piece)) {
            return Err(format!("has, from letter {} on, {tokens} letters of what is held out", at + 1));
        }
        Ok(self)
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

/// Texts that please an n-gram judge better than real ones do, by repeating themselves: their name, and `tokens` letters. Those
/// that the alphabet can write.
pub fn cheats(alphabet: &Alphabet, tokens: usize) -> Vec<(&'static str, Vec<u16>)> {
    let of = |text: &'static str| {
        let once = text.chars().map(|c| alphabet.token(c.encode_utf8(&mut [0; 4])));
        let once = once.collect::<Option<Vec<u16>>>()?;
        Some((text.trim_end(), once.into_iter().cycle().take(tokens).collect()))
    };
    ["the ", "i will not be the man ", "10+10=20 "].into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{JUDGE_ORDER, Judge, Summary, corpus_of};
    use super::*;

    #[test]
    fn ones_own_text_holds_out_its_end() {
        let corpus = corpus_of(b"abcdefghij klmnopqrst").expect("a text");
        let parts = TextParts::of(corpus);
        assert_eq!((parts.training.len(), parts.held_out.len()), (19, 2));
        assert_eq!(parts.held_out_texts(2, 9).len(), 2);
        assert!(parts.held_out_texts(3, 9).is_empty());
        assert_eq!(spread(&[0, 1, 2, 3, 4, 5, 6, 7, 8], 2, 2), [0, 1, 4, 5]);
        assert!(LanguageSpec::Sums.parts().expect("none").is_none());
    }

    /// The judge's numbers in the design of the text lab (its section 9), in texts of 128 letters. Theirs are of 4.49 million
    /// letters, these of the 1.2 million that come with the program: 2.46 bits for 2.34.
    #[test]
    fn who_repeats_himself_is_better_than_shakespeare() {
        let parts = TextParts::shipped().expect("plays");
        let (tokens, symbols) = (128, parts.alphabet.symbols());
        let judge = Judge::new(parts.training.clone(), usize::MAX, symbols, JUDGE_ORDER).expect("a judge");
        let summary = |texts: &[u16]| Summary::of(&judge.measures(&texts.chunks(tokens).collect::<Vec<_>>()));
        let near = |found: f64, expected: f64, within: f64| {
            assert!((found - expected).abs() < within, "{found} for {expected}");
        };
        let real = summary(&parts.held_out_texts(tokens, 120));
        near(real.bits.mean, 2.46, 4.0 * real.bits.error);
        near(real.entropy.mean, 4.21, 0.04);
        assert!(real.distinct > 0.95 && real.known_words.is_some_and(|share| share > 0.88), "{real:?}");
        assert!((10.0..25.0).contains(&real.copied.0.mean), "{real:?}");
        let cheats = cheats(&parts.alphabet, tokens);
        for ((name, text), (bits, entropy)) in cheats.iter().zip([(1.89, 2.00), (1.50, 3.29)]) {
            let found = summary(text);
            near(found.bits.mean, bits, 0.03);
            near(found.entropy.mean, entropy, 0.01);
            // What gives them away.
            assert!(found.distinct < 0.01 && found.bits.mean < real.bits.mean - 0.5, "{name}: {found:?}");
        }
        // Trained on what it judges it would say that everything is likely.
        let held_out = Judge::new(parts.held_out.clone(), usize::MAX, symbols, JUDGE_ORDER).expect("a judge");
        let own = Summary::of(
            &held_out.measures(&parts.held_out_texts(tokens, 40).chunks(tokens).collect::<Vec<_>>()),
        );
        assert!(own.bits.mean < 1.8, "{own:?}");
    }
}
