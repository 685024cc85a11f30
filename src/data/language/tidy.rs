//! One's own text made fit to be learned from: plain quotes and dashes, no runs of blanks, small letters of at most 64 kinds.

use super::corpus_of;
use std::collections::BTreeMap;

/// A text as a file that every language of letters reads as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Tidied {
    /// The text, in UTF-8.
    pub text: String,
    /// Its symbols.
    pub symbols: Vec<String>,
    /// Its letters.
    pub letters: usize,
    /// Symbols that were too rare to be kept, and how often they stood there, the most frequent first: spaces stand for them.
    pub dropped: Vec<(char, usize)>,
}

/// Tidies a text; what is wrong is the rest of a sentence about it.
///
/// # Errors
/// If it is not UTF-8, binary, empty, has a single symbol, or so many that more than half of its letters would be dropped.
pub fn tidied(bytes: &[u8]) -> Result<Tidied, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("is no text: byte {} is not UTF-8", error.valid_up_to() + 1))?;
    if text.contains('\0') {
        return Err("is no text: it has zero bytes".to_owned());
    }
    let plain = without_runs(&text.trim_start_matches('\u{feff}').replace("\r\n", "\n"));
    let corpus = corpus_of(plain.as_bytes())?;
    let mut dropped = BTreeMap::new();
    let kept: Vec<char> = corpus.alphabet.symbols().iter().flat_map(|symbol| symbol.chars()).collect();
    for c in
        plain.to_lowercase().chars().filter(|c| !c.is_whitespace() && !c.is_control() && !kept.contains(c))
    {
        *dropped.entry(c).or_insert(0) += 1;
    }
    let mut dropped: Vec<(char, usize)> = dropped.into_iter().collect();
    dropped.sort_by_key(|&(c, count)| (std::cmp::Reverse(count), c));
    let symbols = corpus.alphabet.symbols().to_vec();
    let text: String = corpus.letters.iter().map(|&letter| symbols[usize::from(letter)].as_str()).collect();
    // What was dropped may have left blanks beside each other.
    let text = without_runs(&text);
    // So that none may be left.
    let symbols = symbols.into_iter().filter(|symbol| text.contains(symbol.as_str())).collect();
    let letters = text.chars().count();
    Ok(Tidied { text, symbols, letters, dropped })
}

/// A text with plain quotes, dashes and dots, single spaces, no spaces at the ends of lines, and at most one empty line.
fn without_runs(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let (mut spaces, mut ends) = (false, 2);
    let mut add = |c: char| match c {
        '\n' => {
            spaces = false;
            ends += 1;
            if ends <= 2 {
                plain.push('\n');
            }
        }
        c if c.is_whitespace() || c.is_control() => spaces = true,
        c => {
            if spaces && ends == 0 {
                plain.push(' ');
            }
            (spaces, ends) = (false, 0);
            plain.push(c);
        }
    };
    for c in text.chars() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{201b}' => add('\''),
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => add('"'),
            '\u{2010}'..='\u{2015}' => add('-'),
            '\u{2026}' => "...".chars().for_each(&mut add),
            // Marks of where a line may break say nothing.
            '\u{ad}' | '\u{200b}' | '\u{feff}' => {}
            c => add(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_made_plain() {
        let found = tidied(
            "\u{feff}\u{201c}Not  you\u{2019}re\u{201d}\t\u{2014} he said \r\n\r\n\n\n  So\u{2026}\n"
                .as_bytes(),
        )
        .expect("a text");
        assert_eq!(found.text, "\"not you're\" - he said\n\nso...\n");
        assert!(found.dropped.is_empty() && found.letters == 30, "{found:?}");
    }

    #[test]
    fn rare_symbols_are_dropped_and_named() {
        let many: String = (0..100).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
        let found = tidied(format!("to be or not {many} to be \u{4e00}").as_bytes()).expect("a text");
        // Of those that are as rare the first ones stay.
        assert_eq!((found.symbols.len(), found.dropped.len()), (63, 44));
        assert!(
            found.dropped.iter().all(|(_, count)| *count == 1) && !found.text.contains("  "),
            "{found:?}"
        );
        // Where all that was dropped stood at the end of a line no space is left of it.
        let found =
            tidied(format!("{}{many}", "abcd".repeat(9)).replace('d', "d\n").as_bytes()).expect("a text");
        assert!(found.dropped.len() > 40 && found.symbols.concat() == symbols_in(&found.text), "{found:?}");
        assert!(tidied(b"aaaa").expect_err("one letter").contains("single symbol"));
        assert!(tidied(b"").expect_err("nothing").contains("empty"));
        assert!(tidied(b"a\xffb").expect_err("no text").contains("byte 2"));
        assert!(tidied(b"ab\0").expect_err("binary").contains("zero bytes"));
    }

    /// Those that a text has, the end of a line first.
    fn symbols_in(text: &str) -> String {
        text.chars().collect::<std::collections::BTreeSet<char>>().into_iter().collect()
    }

    proptest! {
        #[test]
        fn what_is_tidy_stays_as_it_is(text in "\\PC*|[ -~\n\t]{0,60}") {
            if let Ok(found) = tidied(text.as_bytes()) {
                match tidied(found.text.as_bytes()) {
                    Ok(again) => {
                        prop_assert_eq!(&again.text, &found.text);
                        prop_assert!(again.dropped.is_empty() && again.symbols == found.symbols);
                    }
                    // Blanks alone may be all that is left.
                    Err(_) => prop_assert!(found.letters < 2 || found.text.chars().all(|c| found.text.starts_with(c))),
                }
            }
        }
    }
}
