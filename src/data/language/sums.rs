//! Sums: `12+7=19 `, one true statement after another.

use super::alphabet::MASK;
use super::paths::Paths;
use crate::flow::sequence::{Automaton, AutomatonError};

/// The symbols, in the order of their tokens.
pub(super) const SYMBOLS: &str = "0123456789+-= ";
/// Numbers are below it.
const BELOW: u32 = 50;

/// What must be remembered within a statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Memory {
    /// Nothing: a statement begins.
    Nothing,
    /// The digits of a so far.
    A(String),
    /// a and the operator.
    Op(u32, char),
    /// a, the operator and the first digit of b.
    B(u32, char, char),
    /// c, before its equals sign: the second digit of b was written.
    Result(u32),
    /// c, and how many of its digits are written.
    C(u32, usize),
}

/// Statements `a+b=c ` and `a-b=c `, the two alike, a uniform in 0..50, b uniform in 0..50 or, for minus, in 0..=a. They
/// are cut off at the end of a text.
///
/// # Errors
/// Never: the automaton is one.
pub fn sums() -> Result<Automaton, AutomatonError> {
    let mut paths = Paths::new(Memory::Nothing);
    for a in 0..BELOW {
        for (op, count) in [('+', BELOW), ('-', a + 1)] {
            for b in 0..count {
                let c = if op == '+' { a + b } else { a - b };
                let weight = 1.0 / f64::from(2 * BELOW * count);
                statement(&mut paths, (a, op, b, c), weight);
            }
        }
    }
    paths.automaton(SYMBOLS.len())
}

fn statement(paths: &mut Paths<Memory>, (a, op, b, c): (u32, char, u32, u32), weight: f64) {
    let [first, second, third] = [a, b, c].map(|n| n.to_string());
    let mut steps: Vec<(char, Memory)> = Vec::new();
    steps.extend(first.chars().enumerate().map(|(n, digit)| (digit, Memory::A(first[..=n].to_owned()))));
    steps.push((op, Memory::Op(a, op)));
    for (n, digit) in second.chars().enumerate() {
        steps.push((digit, if n == 0 { Memory::B(a, op, digit) } else { Memory::Result(c) }));
    }
    steps.push(('=', Memory::C(c, 0)));
    steps.extend(third.chars().enumerate().map(|(n, digit)| (digit, Memory::C(c, n + 1))));
    steps.push((' ', Memory::Nothing));
    let mut from = Memory::Nothing;
    for (letter, to) in steps {
        // Every letter is one of the symbols.
        let label = SYMBOLS.find(letter).unwrap_or_default() as u16;
        paths.edge(from, label, to.clone(), weight);
        from = to;
    }
}

/// How many statements of a text are complete, and how many of them true. One of which a letter is not known is not judged, nor is
/// what comes after the last space: it may be cut off, unless the text is `whole` and it is a statement from its beginning to its
/// end.
pub fn true_statements(text: &str, whole: bool) -> (usize, usize) {
    let number = |digits: &str| -> Option<i64> {
        let plain = digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
        let written = !digits.is_empty() && (digits == "0" || !digits.starts_with('0'));
        if plain && written { digits.parse().ok() } else { None }
    };
    let is_true = |statement: &str| {
        let (left, c) = statement.split_once('=')?;
        let at = left.find(['+', '-'])?;
        let (a, b, c) = (number(&left[..at])?, number(&left[at + 1..])?, number(c)?);
        Some(if left[at..].starts_with('+') { a + b == c } else { a - b == c })
    };
    let mut statements: Vec<&str> = text.split(' ').collect();
    let last = statements.pop();
    statements.extend(last.filter(|last| whole && is_true(last).is_some()));
    statements.retain(|statement| !statement.contains(MASK));
    let right = statements.iter().filter(|statement| is_true(statement) == Some(true)).count();
    (statements.len(), right)
}

#[cfg(test)]
mod tests {
    use super::super::Alphabet;
    use super::*;
    use crate::random::{Purpose, stream};
    use rand::RngExt as _;

    #[test]
    fn the_automaton_is_that_of_the_reference() {
        let sums = sums().expect("an automaton");
        assert_eq!((sums.states(), sums.edge_count()), (1492, 5266));
        assert!(sums.is_deterministic() && sums.is_stochastic());
        let bits = sums.entropy(64).expect("one path") / std::f64::consts::LN_2;
        assert!((bits - 93.55).abs() < 5e-3, "{bits}");
    }

    #[test]
    fn every_statement_that_is_sampled_is_true() {
        let sums = sums().expect("an automaton");
        let alphabet = Alphabet::of_letters(SYMBOLS.chars()).expect("an alphabet");
        let mut rng = stream(1, Purpose::Shapes, 0);
        let mut all = 0;
        for _ in 0..200 {
            let text = alphabet.write(&sums.sample(64, || rng.random()).expect("a text"));
            let (complete, right) = true_statements(&text, false);
            assert_eq!(complete, right, "{text}");
            all += complete;
        }
        assert!(all > 1200, "{all}");
    }

    #[test]
    fn statements_are_judged_one_by_one() {
        assert_eq!(true_statements("12+7=19 3-1=3 4+", false), (2, 1));
        for wrong in
            ["01+1=2 ", "1+1 ", "+1=1 ", "=2 ", "1+=1 ", "1+1=02 ", " ", "9+1=10=10 ", "1--1=2 ", "٣+1=4 "]
        {
            assert_eq!(true_statements(wrong, true).1, 0, "{wrong:?}");
        }
        assert_eq!(true_statements("1+1=2", false), (0, 0), "it may be cut off");
        assert_eq!(true_statements("1+1=2 1+▒=2 ▒▒1+2=3 ", false), (1, 1), "not known yet");
        for (text, judged) in
            [("1+1=2", (1, 1)), ("3-1=1", (1, 0)), ("1+1=2 3-", (1, 1)), ("1+1=▒", (0, 0)), ("", (0, 0))]
        {
            assert_eq!(true_statements(text, true), judged, "{text:?}");
        }
    }
}
