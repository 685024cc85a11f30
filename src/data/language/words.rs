//! Words: a list of them, all equally likely.

use super::Alphabet;
use super::paths::Paths;
use crate::data::{DataError, read_limited};
use crate::flow::sequence::Automaton;
use std::collections::BTreeSet;
use std::path::Path;

/// No list of words comes near it.
const MOST_BYTES: u64 = 4 << 20;
/// Longest word, in letters.
const LONGEST: usize = 64;

/// The words of `length` letters, 4 to 8, of the list that comes with the program.
pub fn shipped_words(length: usize) -> Vec<String> {
    let all = crate::assets::WORDS.split_whitespace();
    all.filter(|word| word.chars().count() == length).map(str::to_owned).collect()
}

/// The words in a file: one a line, all of one length, blank lines left out.
///
/// # Errors
/// [`DataError`] naming the file: not readable, not UTF-8, no words, unequal lengths, a control character.
pub fn read_words(path: &Path) -> Result<Vec<String>, DataError> {
    let bytes = read_limited(path, MOST_BYTES, "the words")?;
    words_in(&bytes).map_err(|why| DataError::content("the words", path, why))
}

/// Whether a file has a word a line, of whatever lengths: it is meant as a list.
pub fn looks_like_words(path: &Path) -> bool {
    let text =
        read_limited(path, MOST_BYTES, "the words").ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let is_word = |line: &str| line.split_whitespace().count() <= 1 && line.trim().chars().count() <= LONGEST;
    text.is_some_and(|text| text.lines().count() > 1 && text.lines().all(is_word))
}

/// The words in the bytes of a file; what is wrong is the rest of a sentence about it.
///
/// # Errors
/// As those of [`read_words`].
pub fn words_in(bytes: &[u8]) -> Result<Vec<String>, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("is no text: byte {} is not UTF-8", error.valid_up_to() + 1))?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).zip(1..);
    let words: Vec<(&str, usize)> = lines.filter(|(word, _)| !word.is_empty()).collect();
    let Some((first, _)) = words.first() else {
        return Err("has no words: expected one a line".to_owned());
    };
    let length = first.chars().count();
    if length > LONGEST {
        return Err(format!("has a word of {length} letters: expected at most {LONGEST}"));
    }
    for (word, line) in &words {
        if word.chars().any(char::is_control) {
            return Err(format!("has a control character in line {line}"));
        }
        let other = word.chars().count();
        if other != length {
            return Err(format!(
                "has {word:?} with {other} letters in line {line}, but {first:?} has {length}: expected words of one length"
            ));
        }
    }
    let mut seen = BTreeSet::new();
    Ok(words.into_iter().filter(|(word, _)| seen.insert(*word)).map(|(word, _)| word.to_owned()).collect())
}

/// Words of one length as an automaton, all equally likely, and its symbols: a to z, or where others are used those that
/// are, in order.
///
/// # Errors
/// If there are none, their lengths differ, or they use one letter alone or more than 256.
pub fn words(list: &[String]) -> Result<(Alphabet, Automaton), DataError> {
    let length = list.first().map_or(0, |word| word.chars().count());
    if length == 0 || list.iter().any(|word| word.chars().count() != length) {
        return Err(DataError::language("expected words of one length"));
    }
    let used: BTreeSet<char> = list.iter().flat_map(|word| word.chars()).collect();
    let is_plain = used.iter().all(char::is_ascii_lowercase);
    let letters: Vec<char> = if is_plain { ('a'..='z').collect() } else { used.into_iter().collect() };
    let alphabet = Alphabet::of_letters(letters.iter().copied())?;
    let mut paths = Paths::new(String::new());
    for word in list {
        for (at, letter) in word.char_indices() {
            let end = at + letter.len_utf8();
            let label = letters.binary_search(&letter).unwrap_or_default() as u16;
            paths.edge(word[..at].to_owned(), label, word[..end].to_owned(), 1.0);
        }
    }
    let automaton =
        paths.automaton(alphabet.len()).map_err(|error| DataError::language(error.to_string()))?;
    Ok((alphabet, automaton))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_shipped_words_are_lists_of_every_length() {
        for length in 4..=8 {
            let list = shipped_words(length);
            assert!(list.len() >= 60, "{} words of {length} letters", list.len());
            let all: BTreeSet<&String> = list.iter().collect();
            assert_eq!(all.len(), list.len(), "a word is there twice");
            let (alphabet, automaton) = words(&list).expect("words");
            assert_eq!(alphabet.len(), 26);
            let entropy = automaton.entropy(length).expect("one path");
            assert!((entropy - (list.len() as f64).ln()).abs() < 1e-12);
        }
        let others =
            crate::assets::WORDS.split_whitespace().filter(|w| !(4..=8).contains(&w.chars().count()));
        assert_eq!(others.count(), 0);
    }

    #[test]
    fn lists_are_read_and_what_is_none_is_refused() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("list.txt");
        for (text, is_list) in
            [("one\nthree\n", true), ("one two\nthree\n", false), ("one", false), ("", false)]
        {
            std::fs::write(&file, text).expect("written");
            assert_eq!(looks_like_words(&file), is_list, "{text}");
        }
        assert_eq!(words_in("\u{feff}kiwi\r\n\n akne \nkiwi\n".as_bytes()).expect("words"), ["kiwi", "akne"]);
        let refused = |bytes: &[u8]| words_in(bytes).expect_err("refused");
        assert!(refused(b"ab\nabc\n").contains("\"abc\" with 3 letters in line 2"));
        assert!(refused(b"  \n").contains("no words"));
        assert!(refused(b"ab\xff\n").contains("byte 3"));
        assert!(refused(b"a\0b\n").contains("control character in line 1"));
        assert!(refused(&[b'a'; 65]).contains("65 letters"));
        // One symbol is no alphabet, but of a to z it is a word.
        assert!(words(&["11".to_owned()]).is_err());
        assert_eq!(words(&["aa".to_owned()]).expect("a word").0.len(), 26);
        let (alphabet, _) = words(&["né".to_owned(), "no".to_owned()]).expect("words");
        assert_eq!(alphabet.symbols(), ["n", "o", "é"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_words_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(list) = words_in(&bytes) {
                prop_assert!(!list.is_empty());
                _ = words(&list);
            }
        }
    }
}
