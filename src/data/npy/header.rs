//! Guards npyz, which trusts headers: refuses those on which it would overflow, recurse without bound or allocate what
//! a file only claims; and rewrites what Python 2 wrote.

use super::super::sniff::{Known, sniff};
use super::expected_size;

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header that is parsed. That of a plain array has 118 or 54 bytes.
pub(super) const MAX_HEADER_BYTES: usize = 4096;
/// Deepest nesting of brackets in a header: 2 for a plain array, 4 for a structured one whose fields are
/// arrays. npyz's parser recurses, and each level multiplies its time.
pub(super) const MAX_HEADER_DEPTH: usize = 4;
/// Largest product of all numbers in a header, far below where npyz's own product would overflow.
const MAX_HEADER_PRODUCT: u128 = 1 << 62;

/// Everything before the array's data, checked for what npyz does not guard against, as it can read it; and its length in
/// the file.
pub(super) fn preamble(bytes: &[u8]) -> Result<(Vec<u8>, usize), String> {
    if bytes.is_empty() {
        return Err("is empty: it has no bytes".into());
    }
    if !bytes.starts_with(MAGIC) {
        let hint = match sniff(bytes) {
            Some(Known::Npy) | None => " (it does not start with \"\\x93NUMPY\")".to_owned(),
            Some(found) => format!(": it is {found}; {}", found.advice()),
        };
        return Err(format!("is not an .npy file{hint}"));
    }
    const CUT: &str = "is truncated: it ends in its header";
    let field = |range: std::ops::Range<usize>| bytes.get(range).ok_or_else(|| CUT.to_owned());
    let (start, length) = match field(6..8)? {
        [1, 0] => match field(8..10)? {
            [a, b] => (10, usize::from(u16::from_le_bytes([*a, *b]))),
            _ => return Err(CUT.into()),
        },
        [2 | 3, 0] => match field(8..12)? {
            [a, b, c, d] => (12, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
            _ => return Err(CUT.into()),
        },
        version => {
            return Err(format!(
                "has the unknown .npy version {}.{}: expected 1.0, 2.0 or 3.0",
                version[0], version[1]
            ));
        }
    };
    if length > MAX_HEADER_BYTES {
        return Err(format!(
            "claims a header of {length} bytes: a plain array's has at most {MAX_HEADER_BYTES}"
        ));
    }
    let header = header_text(field(start..start + length)?)?;
    Ok(([&bytes[..start], header.as_bytes()].concat(), start + length))
}

/// The header as npyz can read it: `3L`, a long integer of Python 2, becomes `3 `. Refuses texts on which npyz would
/// overflow, recurse without bound or take exponential time.
fn header_text(header: &[u8]) -> Result<String, String> {
    let malformed = |why: &str| Err::<String, _>(format!("has a malformed header: {why}"));
    let Ok(text) = std::str::from_utf8(header) else {
        return malformed("it is not text");
    };
    let mut readable = text.to_owned();
    let mut depth = 0_usize;
    let mut product = 1_u128;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\'' | '"' => {
                let Some(end) = rest.find(c) else {
                    return malformed("a string has no end");
                };
                let string = &rest[..end];
                rest = &rest[end + c.len_utf8()..];
                // Escapes and triple quotes could end the string elsewhere for npyz than here.
                if string.contains('\\') || rest.starts_with(['\'', '"']) {
                    return malformed("it has an escaped string");
                }
            }
            '(' | '[' | '{' => {
                depth += 1;
                if depth > MAX_HEADER_DEPTH {
                    return malformed("it has brackets within brackets within brackets");
                }
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' | ':' | ' ' | '\t' | '\n' => {}
            c if c.is_ascii_alphanumeric() => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                let word = format!("{c}{}", &rest[..end]);
                rest = &rest[end..];
                if word == "True" || word == "False" {
                    continue;
                }
                let digits = word.strip_suffix('L').unwrap_or(&word);
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return malformed(&format!("\"{word}\" is unexpected"));
                }
                if digits.len() < word.len() {
                    let at = text.len() - rest.len() - 1;
                    readable.replace_range(at..=at, " ");
                }
                let number = digits.parse::<u128>().unwrap_or(u128::MAX);
                product = product.saturating_mul(number.max(1));
                if product > MAX_HEADER_PRODUCT {
                    return Err(format!("claims an array of astronomic size: {}", expected_size()));
                }
            }
            other => return malformed(&format!("{other:?} is unexpected")),
        }
    }
    Ok(readable)
}
