//! The tokens of programs.

use crate::data::DataError;
use crate::data::language::Alphabet;
use crate::flow::sequence::programs::{BODY, DOC, EXAMPLE};

/// The symbols, in the order of their tokens; the first ten are the digits.
pub const SYMBOLS: [&str; 35] = [
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "f(",
    ")=",
    "def f(x):",
    "\n",
    "return ",
    "if ",
    ":",
    "a",
    "b",
    "x",
    "=",
    "+",
    "-",
    "*",
    "%",
    "<",
    ">",
    "==",
    "■",
    "·",
    "itself",
    "first",
    "else",
    "below",
    "above",
];

/// The token of a symbol of [`SYMBOLS`].
pub const fn token(symbol: &str) -> u8 {
    let mut n = 0;
    while n < SYMBOLS.len() {
        if alike(SYMBOLS[n].as_bytes(), symbol.as_bytes()) {
            return n as u8;
        }
        n += 1;
    }
    panic!("no symbol of the language")
}

const fn alike(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut n = 0;
    while n < a.len() {
        if a[n] != b[n] {
            return false;
        }
        n += 1;
    }
    true
}

/// A new line.
pub const NL: u8 = token("\n");
/// `return `.
pub const RETURN: u8 = token("return ");
/// `if `.
pub const IF: u8 = token("if ");
/// The colon.
pub const COLON: u8 = token(":");
/// The first variable.
pub const A: u8 = token("a");
/// The second variable.
pub const B: u8 = token("b");
/// The input.
pub const X: u8 = token("x");
/// The sign that gives a variable its value.
pub const IS: u8 = token("=");
/// Plus.
pub const PLUS: u8 = token("+");
/// Minus.
pub const MINUS: u8 = token("-");
/// Times.
pub const TIMES: u8 = token("*");
/// What is left of a division.
pub const REST: u8 = token("%");
/// Less.
pub const LESS: u8 = token("<");
/// More.
pub const MORE: u8 = token(">");
/// Equal.
pub const EQUAL: u8 = token("==");
/// The end of a body.
pub const END: u8 = token("■");
/// What fills up what is too short.
pub const PAD: u8 = token("·");

/// All of them; `END`, `PAD` and `;` for a new line are read, too.
///
/// # Errors
/// Never: the symbols differ.
pub fn alphabet() -> Result<Alphabet, DataError> {
    let alphabet = Alphabet::new(SYMBOLS.map(str::to_owned).to_vec())?;
    Ok(alphabet.with_aliases(&[("END", END.into()), ("PAD", PAD.into()), (";", NL.into())]))
}

/// A text \[48\] as people read it: the docstring, the examples, and the body with its lines.
pub fn pretty(tokens: &[u16]) -> String {
    let words = |tokens: &[u16]| -> Vec<String> {
        let of = |token: &u16| {
            let symbol = SYMBOLS.get(usize::from(*token)).copied().unwrap_or("▒");
            if *token == u16::from(PAD) { String::new() } else { symbol.to_owned() }
        };
        tokens.iter().map(of).collect()
    };
    let (doc, rest) = tokens.split_at(DOC.min(tokens.len()));
    let (examples, body) = rest.split_at(rest.len().saturating_sub(BODY));
    let doc = words(doc).into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let (examples, begin) = examples.split_at(examples.len().saturating_sub(1));
    let examples: Vec<String> = words(examples).chunks(EXAMPLE).map(|example| example.concat()).collect();
    let lines = words(body).concat().replace('■', "").replace('\n', "\n    ");
    format!("\"\"\"{doc}\"\"\"  {}\n{}\n    {lines}", examples.join(" "), words(begin).concat())
}
