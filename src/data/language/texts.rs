//! Texts of a language from a file, as `sample text` writes them or anybody else: to be judged.

use super::{Alphabet, MASK, MOST_LETTERS_BYTES};
use crate::data::{DataError, read_limited};
use std::path::Path;

/// What stands on a line of its own between texts that have lines.
pub const BETWEEN: &str = "----";

/// Texts as tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// Each of at least one token.
    pub texts: Vec<Vec<u16>>,
    /// Letters outside the alphabet, which are taken for spaces.
    pub strange: usize,
}

/// Reads texts: of a `.json` file the strings of its list `texts`, of any other one a text a line, or where lines are part of
/// texts a text between lines of `----`. With `lenient`, as letters of a natural text are read, capitals are small ones and
/// what is not in the alphabet is a space.
///
/// # Errors
/// [`DataError`] naming the file: not readable, too large, not UTF-8, no texts, or letters outside the alphabet.
pub fn read_texts(path: &Path, alphabet: &Alphabet, lenient: bool) -> Result<Texts, DataError> {
    let bytes = read_limited(path, MOST_LETTERS_BYTES, "the texts")?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let found = texts_in(&bytes, alphabet, (is_json, lenient));
    found.map_err(|why| DataError::content("the texts", path, why))
}

/// Texts in the bytes of a file, JSON or not; what is wrong is the rest of a sentence about it.
///
/// # Errors
/// As those of [`read_texts`].
pub fn texts_in(
    bytes: &[u8],
    alphabet: &Alphabet,
    (is_json, lenient): (bool, bool),
) -> Result<Texts, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("is no text: byte {} is not UTF-8", error.valid_up_to() + 1))?;
    let text = text.trim_start_matches('\u{feff}');
    let pieces = if is_json { of_json(text)? } else { of_lines(text, alphabet) };
    let mut found = Texts { texts: Vec::new(), strange: 0 };
    for (number, piece) in (1..).zip(pieces) {
        let (tokens, strange) =
            tokens(&piece, alphabet, lenient).map_err(|why| format!("has in text {number} {why}"))?;
        found.strange += strange;
        if !tokens.is_empty() {
            found.texts.push(tokens);
        }
    }
    if found.texts.is_empty() {
        return Err("has no texts".to_owned());
    }
    Ok(found)
}

fn of_json(text: &str) -> Result<Vec<String>, String> {
    let expected = "expected a list of texts, or an object with such a list as texts";
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}; {expected}"))?;
    let list = if value.is_array() { &value } else { &value["texts"] };
    let texts = list.as_array().ok_or_else(|| format!("has no texts: {expected}"))?;
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    texts
        .iter()
        .map(text)
        .collect::<Option<_>>()
        .ok_or_else(|| format!("has a text that is no string: {expected}"))
}

fn of_lines(text: &str, alphabet: &Alphabet) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    if alphabet.token("\n").is_none() {
        return text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    }
    // The end of the file's last line is no part of a text.
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let mut pieces = vec![Vec::new()];
    for line in text.split('\n') {
        match line.trim_end() {
            BETWEEN => pieces.push(Vec::new()),
            _ => pieces.last_mut().into_iter().for_each(|piece| piece.push(line)),
        }
    }
    pieces.into_iter().map(|lines| lines.join("\n")).collect()
}

/// A finished text: a `?` is itself.
fn tokens(text: &str, alphabet: &Alphabet, lenient: bool) -> Result<(Vec<u16>, usize), String> {
    if text.contains(MASK) {
        return Err(format!("a {MASK}: expected finished texts"));
    }
    if !lenient {
        // What asks elsewhere is a letter here.
        let read = alphabet.read(&text.replace('\\', "\\\\").replace('?', "\\?"));
        let tokens: Option<Vec<u16>> =
            read.map_err(|why| format!("what cannot be: {why}"))?.into_iter().collect();
        return tokens.map(|tokens| (tokens, 0)).ok_or_else(|| "a ?: expected finished texts".to_owned());
    }
    let space = alphabet.token(" ");
    let mut strange = 0;
    let mut found = Vec::new();
    for c in text.chars() {
        let symbol = |c: char| alphabet.token(c.encode_utf8(&mut [0; 4]));
        let token = symbol(c).or_else(|| c.to_lowercase().next().and_then(symbol));
        strange += usize::from(token.is_none());
        found.extend(token.or(space));
    }
    Ok((found, strange))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Alphabet {
        Alphabet::of_letters(text.chars()).expect("an alphabet")
    }

    fn read(text: &str, alphabet: &Alphabet, how: (bool, bool)) -> Result<Vec<String>, String> {
        let found = texts_in(text.as_bytes(), alphabet, how)?;
        Ok(found.texts.iter().map(|text| alphabet.write(text)).collect())
    }

    #[test]
    fn texts_are_lines_or_stand_between_lines_or_are_json() {
        let sums = letters("0123456789+-= ");
        assert_eq!(read("1+1=2 \r\n\n2+2=4", &sums, (false, false)).expect("texts"), ["1+1=2 ", "2+2=4"]);
        let plays = letters("\n abc?");
        let text = "a b\nc?\n----\ncab\n";
        assert_eq!(read(text, &plays, (false, false)).expect("texts"), ["a b\nc?", "cab"]);
        assert_eq!(read(r#"{"texts": ["a b", "c"]}"#, &plays, (true, false)).expect("texts"), ["a b", "c"]);
        assert_eq!(read(r#"["a\nb"]"#, &plays, (true, false)).expect("texts"), ["a\nb"]);
        let found = texts_in("Ab;c".as_bytes(), &plays, (false, true)).expect("a text");
        assert_eq!((plays.write(&found.texts[0]).as_str(), found.strange), ("ab c", 1));
    }

    #[test]
    fn what_is_no_text_of_the_alphabet_is_refused() {
        let sums = letters("0123456789+-= ");
        for (bytes, json, said) in [
            (&b""[..], false, "no texts"),
            (b"1+1=x", false, "has in text 1 what cannot be: character 5"),
            (b"1+1=2\n1+?=2", false, "text 2"),
            ("1+1=\u{2592}".as_bytes(), false, "finished"),
            (b"1\xff", false, "byte 2"),
            (b"{}", true, "no texts"),
            (b"[1]", true, "no string"),
            (b"nonsense", true, "no JSON"),
        ] {
            let why = texts_in(bytes, &sums, (json, false)).expect_err("refused");
            assert!(why.contains(said), "{why}");
        }
    }
}
