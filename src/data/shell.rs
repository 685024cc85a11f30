//! Commands as text: words quoted so that a shell takes them to the letter, and the words of such a command.

use std::fmt::Write as _;

/// A word for a shell. Control characters are written as `$'…'`, so that a command is one line that any file can carry.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:,=+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.chars().any(is_awkward) {
        escaped(word)
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The flag `--name` with its value. One that starts with a dash is tied to the flag, or it would be taken for another.
pub fn flag(name: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("--{name}{between}{}", quoted(value))
}

/// What no line of text, or no XML, can hold.
fn is_awkward(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

fn escaped(word: &str) -> String {
    let mut text = "$'".to_owned();
    for c in word.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\'' | '\\' => text.extend(['\\', c]),
            // Four digits always: what follows is no part of the number. Writing into a String cannot fail.
            c if is_awkward(c) => _ = write!(text, "\\u{:04x}", u32::from(c)),
            c => text.push(c),
        }
    }
    text.push('\'');
    text
}

/// The words of a command, as a shell splits them: blanks part them, single quotes hold them together, `$'…'` has
/// escapes, and a backslash outside of quotes takes the next character as it is. `None` if a quote is not closed.
pub fn words(command: &str) -> Option<Vec<String>> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut characters = command.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '$' if characters.peek() == Some(&'\'') => {
                characters.next();
                unescape(&mut characters, word.get_or_insert_default())?;
            }
            '\\' => word.get_or_insert_default().extend(characters.next()),
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// Reads up to the end of `$'…'`.
fn unescape(characters: &mut impl Iterator<Item = char>, word: &mut String) -> Option<()> {
    loop {
        match characters.next()? {
            '\'' => return Some(()),
            '\\' => match characters.next()? {
                'n' => word.push('\n'),
                'r' => word.push('\r'),
                't' => word.push('\t'),
                'u' => {
                    let digits: String = characters.by_ref().take(4).collect();
                    word.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                c => word.push(c),
            },
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commands_are_split_as_a_shell_does() {
        let of = |text: &str| words(text).map(|words| words.join("|"));
        assert_eq!(of("a --b  c=1").as_deref(), Some("a|--b|c=1"));
        assert_eq!(of("--target 'text:A B' x").as_deref(), Some("--target|text:A B|x"));
        assert_eq!(of(r"'it'\''s' ''").as_deref(), Some("it's|"));
        assert_eq!(of(r"a$'\'b\\c\n'd $x a$").as_deref(), Some("a'b\\c\nd|$x|a$"));
        // As older figures have it.
        assert_eq!(of("'two\nlines' x").as_deref(), Some("two\nlines|x"));
        assert_eq!((of("'open"), of("$'open"), of(r"$'\u00")), (None, None, None));
        assert_eq!(of("").as_deref(), Some(""));
    }

    #[test]
    fn words_are_quoted_only_where_they_must_be() {
        assert_eq!(quoted("a/b-c.npy"), "a/b-c.npy");
        assert_eq!(quoted("流動.npy"), "流動.npy");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("a\nb'\u{7}"), r"$'a\nb\'\u0007'");
        assert_eq!(quoted(""), "''");
        assert_eq!(flag("out", "-x.png"), "--out=-x.png");
        assert_eq!(flag("out", "- x"), "--out='- x'");
        assert_eq!(flag("out", "x y"), "--out 'x y'");
    }

    proptest! {
        #[test]
        fn any_word_survives(parts in proptest::collection::vec("[-a流 '\"\\\\$#\n\r\t!*]{0,8}|\\PC{0,6}|.{0,4}|[\0-\u{1f}\u{7f}-\u{9f}\u{2028}]{0,2}", 0..4)) {
            let command = parts.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(" ");
            prop_assert!(!command.chars().any(is_awkward), "{}", command);
            prop_assert_eq!(words(&command), Some(parts));
        }
    }
}
