//! The symbols of a language, and texts as people write them.

use crate::data::DataError;

/// How a token that is not known is written; `?` is read as one, too.
pub const MASK: char = '▒';

/// Most symbols: the limit of what a denoiser takes.
const MOST: usize = 256;

/// The K symbols of a language in the order of their tokens. A symbol may be several characters long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alphabet {
    symbols: Vec<String>,
    /// Other ways to write a symbol, and its token.
    aliases: Vec<(String, u16)>,
    /// Whether spaces between symbols mean nothing.
    spaced: bool,
}

impl Alphabet {
    /// Of `symbols`, all different and none empty.
    ///
    /// # Errors
    /// If there are fewer than 2 or more than 256, one is empty, or there twice.
    pub fn new(symbols: Vec<String>) -> Result<Self, DataError> {
        if !(2..=MOST).contains(&symbols.len()) {
            let why = format!("{} different symbols: expected from 2 to {MOST}", symbols.len());
            return Err(DataError::language(why));
        }
        for (n, symbol) in symbols.iter().enumerate() {
            if symbol.is_empty() || symbols[..n].contains(symbol) {
                return Err(DataError::language(format!("the symbol {symbol:?} is empty or there twice")));
            }
        }
        Ok(Self { symbols, aliases: Vec::new(), spaced: false })
    }

    /// Of single characters.
    ///
    /// # Errors
    /// As those of [`Self::new`].
    pub fn of_letters(letters: impl IntoIterator<Item = char>) -> Result<Self, DataError> {
        Self::new(letters.into_iter().map(String::from).collect())
    }

    /// With other ways to write symbols, and spaces between them without a meaning.
    #[must_use]
    pub(super) fn with_aliases(self, aliases: &[(&str, u16)]) -> Self {
        let aliases = aliases.iter().map(|(text, token)| ((*text).to_owned(), *token)).collect();
        Self { aliases, spaced: true, ..self }
    }

    /// K.
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Whether there is no symbol: never.
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// The symbols in the order of their tokens.
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// The token of a symbol.
    pub fn token(&self, symbol: &str) -> Option<u16> {
        self.symbols.iter().position(|own| own == symbol).map(|at| at as u16)
    }

    /// Tokens as a text; those that are no symbols as masks.
    pub fn write(&self, tokens: &[u16]) -> String {
        let mask = String::from(MASK);
        tokens.iter().map(|&token| self.symbols.get(usize::from(token)).unwrap_or(&mask).as_str()).collect()
    }

    /// The same with a space between symbols that would be read as others side by side: [`super::read_texts`] reads all of it.
    pub fn written(&self, tokens: &[u16]) -> String {
        if !self.spaced {
            return self.write(tokens);
        }
        let mask = String::from(MASK);
        tokens.iter().rev().fold(String::new(), |rest, &token| {
            let symbol = self.symbols.get(usize::from(token)).unwrap_or(&mask);
            let together = format!("{symbol}{rest}");
            match self.longest(&together) {
                Some(read) if read != (token, symbol.len()) => format!("{symbol} {rest}"),
                _ => together,
            }
        })
    }

    /// Tokens as a text that [`Self::read`] reads as the same, none as `?`.
    pub fn told(&self, tokens: &[Option<u16>]) -> String {
        let told = |token: &Option<u16>| {
            let symbol = token.and_then(|token| self.symbols.get(usize::from(token)));
            match symbol.map(String::as_str) {
                None => "?".to_owned(),
                Some("\n") => "\\n".to_owned(),
                Some(symbol @ ("?" | "\\" | "▒")) => format!("\\{symbol}"),
                Some(symbol) => symbol.to_owned(),
            }
        };
        let all: Vec<String> = tokens.iter().map(told).collect();
        // What stands together may be another symbol.
        all.join(if self.spaced { " " } else { "" })
    }

    /// A text as tokens, none where it has a mask: `?` or `▒`. A backslash takes the meaning from the character after it,
    /// but `\n` is the end of a line. Of several symbols that fit, the longest is meant.
    ///
    /// # Errors
    /// Names the first character that begins no symbol, and its place.
    pub fn read(&self, text: &str) -> Result<Vec<Option<u16>>, DataError> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first == '?' || first == MASK {
                tokens.push(None);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let escaped = rest.strip_prefix('\\').and_then(|after| Some((after, after.chars().next()?)));
            if let Some((after, meant)) = escaped {
                let meant_symbol = if meant == 'n' { "\n".to_owned() } else { meant.to_string() };
                if let Some(token) = self.token(&meant_symbol) {
                    tokens.push(Some(token));
                    rest = &after[meant.len_utf8()..];
                    continue;
                }
            }
            match self.longest(rest) {
                Some((token, length)) => {
                    tokens.push(Some(token));
                    rest = &rest[length..];
                }
                None if self.spaced && first.is_whitespace() => rest = &rest[first.len_utf8()..],
                None => {
                    let place = text[..text.len() - rest.len()].chars().count() + 1;
                    return Err(DataError::language(format!(
                        "character {place} is {first:?}, which is not in the alphabet: expected {}",
                        self.in_words()
                    )));
                }
            }
        }
        Ok(tokens)
    }

    /// The symbol that a text begins with, and its length in bytes.
    fn longest(&self, text: &str) -> Option<(u16, usize)> {
        let own = self.symbols.iter().map(String::as_str).zip(0..);
        let others = self.aliases.iter().map(|(alias, token)| (alias.as_str(), *token));
        let fits = own.chain(others).filter_map(|(symbol, token)| {
            // A space at its end need not be written.
            let written = if self.spaced { symbol.trim_end_matches(' ') } else { symbol };
            let found = if text.starts_with(symbol) { symbol } else { written };
            text.starts_with(found).then_some((token, found.len()))
        });
        fits.max_by_key(|(_, length)| *length)
    }

    /// All symbols, for messages.
    pub fn in_words(&self) -> String {
        let names: Vec<String> = self
            .symbols
            .iter()
            .map(|symbol| match symbol.as_str() {
                " " => "space".to_owned(),
                "\n" => "\\n".to_owned(),
                "?" => "\\?".to_owned(),
                other => other.to_owned(),
            })
            .collect();
        format!("{}, or ? for what is not known", names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn letters(text: &str) -> Alphabet {
        Alphabet::of_letters(text.chars()).expect("an alphabet")
    }

    #[test]
    fn texts_are_read_and_written() {
        let sums = letters("0123456789+-= ");
        let read = sums.read("12+?=▒9 ").expect("tokens");
        assert_eq!(read, [Some(1), Some(2), Some(10), None, Some(12), None, Some(9), Some(13)]);
        let tokens: Vec<u16> = read.iter().map(|token| token.unwrap_or(14)).collect();
        assert_eq!(sums.write(&tokens), "12+▒=▒9 ");
        let why = sums.read("12+x").expect_err("no x").to_string();
        assert!(why.contains("character 4 is 'x'") && why.contains("+ - = space"), "{why}");
        // A letter that is also the sign for what is not known.
        let asking = letters("a?\\\n");
        assert_eq!(
            asking.read("?a\\?\\\\\\n\n").expect("tokens"),
            [None, Some(0), Some(1), Some(2), Some(3), Some(3)]
        );
        // A backslash before what is no symbol is no symbol itself.
        assert!(sums.read("\\q").is_err());
    }

    #[test]
    fn the_longest_symbol_is_meant_and_spaces_may_mean_nothing() {
        let code = Alphabet::new(["a", "above", "=", "==", "if ", "\n"].map(String::from).to_vec())
            .expect("an alphabet")
            .with_aliases(&[(";", 5)]);
        let read = |text| code.read(text).expect("tokens").into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(read("a above === if a; if\n"), [0, 1, 3, 2, 4, 0, 5, 4, 5]);
        let all = [0, 1, 2, 2, 3, 2, 4, 0, 5, 4, 5];
        assert_eq!(code.written(&all), "aabove= = ===if a\nif \n");
        assert_eq!(read(&code.written(&all)), all);
    }

    #[test]
    fn what_is_no_alphabet_is_refused() {
        for bad in [vec![], vec!["a"], vec!["a", "a"], vec!["a", ""]] {
            assert!(Alphabet::new(bad.iter().map(ToString::to_string).collect()).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*|.*") {
            let alphabet = letters("ab? \\\n");
            if let Ok(read) = alphabet.read(&text) {
                prop_assert!(read.len() <= text.chars().count());
            }
        }
    }
}
