//! Texts as letters: any file in UTF-8 becomes at most 64 symbols.

use super::Alphabet;
use crate::data::{DataError, read_limited};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

/// Largest text that is read.
pub const MOST_LETTERS_BYTES: u64 = 64 << 20;
/// Most symbols of a text.
const MOST_SYMBOLS: usize = 64;

/// A text, letter by letter.
#[derive(Clone, Debug, PartialEq)]
pub struct Corpus {
    /// Its symbols: the end of a line, the space, then the others by their code.
    pub alphabet: Alphabet,
    /// Tokens, a byte each.
    pub letters: Vec<u8>,
    /// How many letters became spaces because their symbol is too rare, and of how many symbols.
    pub dropped: (usize, usize),
}

/// Reads a text: lower case, blanks as spaces, and of its symbols the 64 most frequent; the others become spaces.
///
/// # Errors
/// [`DataError`] naming the file: not readable, too large, not UTF-8, empty, with a single symbol, or with so many that more than
/// half of its letters would become spaces.
pub fn read_corpus(path: &Path) -> Result<Corpus, DataError> {
    let bytes = read_limited(path, MOST_LETTERS_BYTES, "the text")?;
    corpus_of(&bytes).map_err(|why| DataError::content("the text", path, why))
}

/// The plays that come with the program: 1.2 million letters.
///
/// # Errors
/// Never: it is a text.
pub fn shipped_corpus() -> Result<Corpus, DataError> {
    shipped(crate::assets::SHAKESPEARE)
}

/// Macbeth and As You Like It, whose letters are in [`shipped_corpus`] nowhere.
///
/// # Errors
/// Never: it is a text.
pub fn held_out_corpus() -> Result<Corpus, DataError> {
    shipped(crate::assets::SHAKESPEARE_HELD_OUT)
}

fn shipped(packed: &[u8]) -> Result<Corpus, DataError> {
    let mut bytes = Vec::new();
    let read = flate2::read::GzDecoder::new(packed).take(MOST_LETTERS_BYTES).read_to_end(&mut bytes);
    read.map_err(|error| DataError::language(format!("the text of this program: {error}")))?;
    corpus_of(&bytes).map_err(|why| DataError::language(format!("the text of this program {why}")))
}

/// A text from the bytes of a file; what is wrong is the rest of a sentence about it.
///
/// # Errors
/// As those of [`read_corpus`].
pub fn corpus_of(bytes: &[u8]) -> Result<Corpus, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("is no text: byte {} is not UTF-8", error.valid_up_to() + 1))?;
    if text.contains('\0') {
        return Err("is no text: it has zero bytes".to_owned());
    }
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").to_lowercase();
    let plain = |c: char| match c {
        '\n' => '\n',
        c if c.is_whitespace() || c.is_control() => ' ',
        c => c,
    };
    let mut counts = BTreeMap::new();
    text.chars().for_each(|c| *counts.entry(plain(c)).or_insert(0_usize) += 1);
    // The space stands for what is rare.
    let own = |c: &char| *c != ' ' && *c != '\n';
    let mut others: Vec<(char, usize)> =
        counts.iter().filter(|(c, _)| own(c)).map(|(c, n)| (*c, *n)).collect();
    others.sort_by_key(|(c, count)| (std::cmp::Reverse(*count), *c));
    let blanks: Vec<char> = ['\n', ' '].into_iter().filter(|c| counts.contains_key(c)).collect();
    let sum = |of: &[(char, usize)]| of.iter().map(|(_, count)| count).sum::<usize>();
    let (different, all) = (others.len(), sum(&others));
    let rare = others.split_off(others.len().min(MOST_SYMBOLS - 2));
    let dropped = (sum(&rare), rare.len());
    if 2 * dropped.0 > all {
        return Err(format!(
            "has {different} different letters, of which at most {} are kept: {} of its {all} letters would become spaces, \
             expected at most half",
            others.len(),
            dropped.0
        ));
    }
    let mut symbols = blanks;
    if !rare.is_empty() && !symbols.contains(&' ') {
        symbols.push(' ');
    }
    let mut letters: Vec<char> = others.iter().map(|(c, _)| *c).collect();
    letters.sort_unstable();
    symbols.extend(letters);
    match symbols.len() {
        0 => return Err("is empty".to_owned()),
        1 => return Err(format!("has a single symbol, {:?}: expected at least two", symbols[0])),
        _ => {}
    }
    let tokens: BTreeMap<char, u8> = symbols.iter().copied().zip(0..).collect();
    let space = tokens.get(&' ').copied().unwrap_or_default();
    let letters = text.chars().map(|c| tokens.get(&plain(c)).copied().unwrap_or(space)).collect();
    let alphabet = Alphabet::of_letters(symbols).map_err(|error| error.to_string())?;
    Ok(Corpus { alphabet, letters, dropped })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_becomes_letters() {
        let corpus = corpus_of("\u{feff}To be,\r\nor\tNOT".as_bytes()).expect("a text");
        assert_eq!(corpus.alphabet.symbols().concat(), "\n ,benort");
        let tokens: Vec<u16> = corpus.letters.iter().map(|&x| x.into()).collect();
        assert_eq!(corpus.alphabet.write(&tokens), "to be,\nor not");
        assert_eq!(corpus.dropped, (0, 0));
    }

    #[test]
    fn what_is_rare_becomes_a_space_and_is_counted() {
        let many: String = (0..100_000_u32).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
        let usual = "ab".repeat(60_000);
        let corpus = corpus_of(format!("{usual}{many}").as_bytes()).expect("a text");
        assert_eq!(corpus.alphabet.len(), 63);
        let (letters, symbols) = corpus.dropped;
        assert!(letters >= symbols && symbols > 60_000, "{:?}", corpus.dropped);
        assert_eq!(&corpus.letters[..2], &corpus.letters[2..4]);
        // Of spaces nothing is to be learned.
        let why = corpus_of(format!("abab{many}").as_bytes()).expect_err("spaces");
        assert!(
            why.contains("different letters, of which at most 62 are kept") && why.contains("half"),
            "{why}"
        );
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for (bytes, why) in [
            (&b""[..], "is empty"),
            (b"aaaa", "single symbol"),
            (b"ab\xff", "byte 3"),
            (b"\n\n", "single"),
            (b"ab\0", "zero bytes"),
        ] {
            let said = corpus_of(bytes).expect_err("refused");
            assert!(said.contains(why), "{said}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_text_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in ".*") {
            for bytes in [&bytes[..], text.as_bytes()] {
                if let Ok(corpus) = corpus_of(bytes) {
                    prop_assert!(corpus.letters.iter().all(|&x| usize::from(x) < corpus.alphabet.len()));
                }
            }
        }
    }
}
