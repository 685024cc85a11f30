//! What is measured of one text beside its likelihood, since a low perplexity alone is had by repeating one word (math.md
//! 15.6): how many different letters, how many repetitions, which words, and what it has copied.

use super::copies::longest_copy;
use super::judge::Judge;

/// Length of the grams that are looked for twice.
pub const REPEATED: usize = 8;

/// One text, measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// −log₂ p a letter, by the judge.
    pub bits: f64,
    /// The entropy of the letters within the text, bits.
    pub entropy: f64,
    /// The share of its 8-grams that stand in it once.
    pub distinct: f64,
    /// Its whole words, and those of them that are in the training text: words that are cut at its ends do not count.
    pub words: [usize; 2],
    /// Letters of the longest piece that stands in the training text as it is, where that was looked for.
    pub copied: Option<usize>,
}

impl Measures {
    /// Measures a text of a judge's symbols.
    pub fn of(text: &[u8], judge: &Judge, copies: bool) -> Self {
        let known = |word: &&[u8]| judge.words.contains(*word);
        let words = whole_words(text, &judge.in_words);
        Self {
            bits: judge.bits(text),
            entropy: entropy(text),
            distinct: distinct(text, REPEATED),
            words: [words.len(), words.iter().filter(|word| known(word)).count()],
            copied: copies.then(|| longest_copy(text, &judge.letters).length),
        }
    }
}

/// The entropy of the histogram of a text, bits: letters that it has not do not count. At most log₂ min(N, K).
fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_usize; 256];
    text.iter().for_each(|&letter| counts[usize::from(letter)] += 1);
    let p = |count: usize| count as f64 / text.len() as f64;
    // What is negative zero is zero.
    counts.iter().filter(|count| **count > 0).map(|&count| -p(count) * p(count).log2()).sum::<f64>().max(0.0)
}

/// The share of the n-grams of a text that stand in it once; 1 of a text that has none.
fn distinct(text: &[u8], n: usize) -> f64 {
    let mut grams: Vec<&[u8]> = text.windows(n).collect();
    let all = grams.len();
    if all == 0 {
        return 1.0;
    }
    grams.sort_unstable();
    grams.chunk_by(|a, b| a == b).filter(|alike| alike.len() == 1).count() as f64 / all as f64
}

/// Whether a symbol is a letter of words: an apostrophe is, too.
pub(super) fn is_in_words(symbol: &str) -> bool {
    symbol.chars().all(|c| c.is_alphabetic() || c == '\'')
}

/// The words of a text but those at its ends, which may be cut.
pub(super) fn whole_words<'a>(text: &'a [u8], in_words: &[bool]) -> Vec<&'a [u8]> {
    let is_letter = |letter: &u8| in_words.get(usize::from(*letter)).copied().unwrap_or(false);
    let mut pieces: Vec<&[u8]> = text.split(|letter| !is_letter(letter)).collect();
    pieces.pop();
    pieces.into_iter().skip(1).filter(|word| !word.is_empty()).collect()
}

/// A mean and its standard error, infinite of a single value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanError {
    /// The mean; 0 of none.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
}

impl MeanError {
    /// Of some values.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let n = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / n.max(1.0);
        let spread = values.map(|x| (x - mean) * (x - mean)).sum::<f64>();
        Self { mean, error: if n < 2.0 { f64::INFINITY } else { (spread / (n - 1.0) / n).sqrt() } }
    }
}

/// Many texts, measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// By the judge, bits a letter.
    pub bits: MeanError,
    /// Of the letters within a text, bits.
    pub entropy: MeanError,
    /// The share of 8-grams that stand in their text once.
    pub distinct: f64,
    /// The share of whole words that are in the training text; none where there is no whole word.
    pub known_words: Option<f64>,
    /// Letters of the longest piece of the training text: on average, and at most.
    pub copied: (MeanError, usize),
}

impl Summary {
    /// Of what was measured of each.
    pub fn of(each: &[Measures]) -> Self {
        let [all, known] = [0, 1].map(|n| each.iter().map(|m| m.words[n]).sum::<usize>());
        let mean = |of: fn(&Measures) -> f64| MeanError::of(each.iter().map(of));
        Self {
            bits: mean(|m| m.bits),
            entropy: mean(|m| m.entropy),
            distinct: mean(|m| m.distinct).mean,
            known_words: (all > 0).then(|| known as f64 / all as f64),
            copied: (
                MeanError::of(each.iter().filter_map(|m| m.copied).map(|copied| copied as f64)),
                each.iter().filter_map(|m| m.copied).max().unwrap_or(0),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_grams_and_words_are_counted() {
        assert_eq!(entropy(b"abababab"), 1.0);
        assert_eq!(entropy(b"aaaa"), 0.0);
        assert_eq!(distinct(b"abcdefghabcdefgh", 8), 7.0 / 9.0);
        assert_eq!((distinct(b"abc", 8), distinct(b"aaaaaaaaaa", 8)), (1.0, 0.0));
        let in_words: Vec<bool> = (0..128).map(|c| is_in_words(&char::from(c).to_string())).collect();
        let words = whole_words(b"ne i'll go,go now", &in_words);
        assert_eq!(words, [&b"i'll"[..], b"go", b"go"]);
        assert!(whole_words(b"cut", &in_words).is_empty() && whole_words(b"", &in_words).is_empty());
        assert!(!is_in_words(" ") && !is_in_words("-") && is_in_words("é"));
    }

    #[test]
    fn means_have_errors() {
        let found = MeanError::of([1.0, 2.0, 3.0].into_iter());
        assert!((found.mean - 2.0).abs() < 1e-15 && (found.error - (1.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(MeanError::of([5.0].into_iter()), MeanError { mean: 5.0, error: f64::INFINITY });
    }
}
