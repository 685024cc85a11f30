//! Runs a body, whatever it is made of. It has no loops, so it ends; numbers that grow too large are an error.

use super::tokens::{A, B, COLON, END, EQUAL, IF, IS, LESS, MINUS, MORE, NL, PLUS, REST, RETURN, TIMES, X};
use crate::flow::sequence::programs::INPUTS;

/// Why a body does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// There is no end.
    #[error("no end")]
    NoEnd,
    /// A line is none of the language.
    #[error("syntax")]
    Syntax,
    /// A variable has no value yet.
    #[error("undefined name")]
    Undefined,
    /// A rest of a division by 0.
    #[error("division by zero")]
    DivisionByZero,
    /// A number does not fit 64 bits.
    #[error("number too large")]
    TooLarge,
    /// There is an input for which it returns nothing.
    #[error("returns nothing")]
    NoReturn,
}

/// A line.
#[derive(Clone, Copy)]
enum Line<'a> {
    Return(&'a [u16]),
    Keep(u16, &'a [u16]),
    If([u16; 3], &'a [u16]),
}

/// What `tokens` up to the first end return for the inputs 0 to 9.
///
/// # Errors
/// [`RunError`], for the first input that has one.
pub fn run(tokens: &[u16]) -> Result<[i64; INPUTS], RunError> {
    let end = tokens.iter().position(|&token| is(token, END)).ok_or(RunError::NoEnd)?;
    let lines = tokens[..end].split(|&token| is(token, NL)).map(line);
    let lines: Vec<Line<'_>> = lines.collect::<Option<_>>().ok_or(RunError::Syntax)?;
    let mut outputs = [0; INPUTS];
    for (x, output) in (0..).zip(&mut outputs) {
        *output = call(&lines, x)?;
    }
    Ok(outputs)
}

fn is(token: u16, name: u8) -> bool {
    token == u16::from(name)
}

fn is_atom(token: u16) -> bool {
    token < 10 || [A, B, X].iter().any(|name| is(token, *name))
}

fn line(tokens: &[u16]) -> Option<Line<'_>> {
    let expression = |tokens: &[u16]| match *tokens {
        [p] => is_atom(p),
        [p, op, q] => is_atom(p) && is_atom(q) && [PLUS, MINUS, TIMES, REST].iter().any(|name| is(op, *name)),
        _ => false,
    };
    match *tokens {
        [first, ref rest @ ..] if is(first, RETURN) && expression(rest) => Some(Line::Return(rest)),
        [name, sign, ref rest @ ..] if (is(name, A) || is(name, B)) && is(sign, IS) && expression(rest) => {
            Some(Line::Keep(name, rest))
        }
        [first, p, sign, q, colon, back, ref rest @ ..]
            if is(first, IF)
                && is_atom(p)
                && [LESS, MORE, EQUAL].iter().any(|name| is(sign, *name))
                && is_atom(q)
                && is(colon, COLON)
                && is(back, RETURN)
                && expression(rest) =>
        {
            Some(Line::If([p, sign, q], rest))
        }
        _ => None,
    }
}

/// What the lines return for an input.
fn call(lines: &[Line<'_>], x: i64) -> Result<i64, RunError> {
    let mut kept: [Option<i64>; 2] = [None; 2];
    for line in lines {
        match *line {
            Line::Return(expression) => return evaluate(expression, x, kept),
            Line::Keep(name, expression) => {
                kept[usize::from(is(name, B))] = Some(evaluate(expression, x, kept)?);
            }
            Line::If([p, sign, q], expression) => {
                let (p, q) = (value(p, x, kept)?, value(q, x, kept)?);
                let holds = if is(sign, LESS) {
                    p < q
                } else if is(sign, MORE) {
                    p > q
                } else {
                    p == q
                };
                if holds {
                    return evaluate(expression, x, kept);
                }
            }
        }
    }
    Err(RunError::NoReturn)
}

fn value(atom: u16, x: i64, kept: [Option<i64>; 2]) -> Result<i64, RunError> {
    match atom {
        digit if digit < 10 => Ok(digit.into()),
        name if is(name, X) => Ok(x),
        name => kept[usize::from(is(name, B))].ok_or(RunError::Undefined),
    }
}

fn evaluate(expression: &[u16], x: i64, kept: [Option<i64>; 2]) -> Result<i64, RunError> {
    let of = |atom| value(atom, x, kept);
    let &[p, op, q] = expression else {
        return expression.first().map_or(Err(RunError::Syntax), |atom| of(*atom));
    };
    let (p, q) = (of(p)?, of(q)?);
    let found = if is(op, PLUS) {
        p.checked_add(q)
    } else if is(op, MINUS) {
        p.checked_sub(q)
    } else if is(op, TIMES) {
        p.checked_mul(q)
    } else if q == 0 {
        return Err(RunError::DivisionByZero);
    } else {
        // As Python has it: the rest has the sign of what is divided by.
        p.checked_rem(q).map(|rest| if rest != 0 && (rest < 0) != (q < 0) { rest + q } else { rest })
    };
    found.ok_or(RunError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::super::tokens::alphabet;
    use super::*;
    use proptest::prelude::*;

    fn ran(text: &str) -> Result<[i64; INPUTS], RunError> {
        let tokens = alphabet().expect("an alphabet").read(text).expect("tokens");
        run(&tokens.into_iter().flatten().collect::<Vec<_>>())
    }

    #[test]
    fn bodies_are_run_as_python_runs_them() {
        assert_eq!(ran("return 3 - x END"), Ok(std::array::from_fn(|x| 3 - x as i64)));
        assert_eq!(ran("a=2-x; return a%3 END").map(|y| y[3..6].to_vec()), Ok(vec![2, 1, 0]));
        assert_eq!(ran("a=0-3; return x%a END").map(|y| y[..4].to_vec()), Ok(vec![0, -2, -1, 0]));
        assert_eq!(ran("if x==2:return 9; return x END").map(|y| y[..3].to_vec()), Ok(vec![0, 1, 9]));
        // What comes after the end does not count, and a line after the return is not reached.
        assert_eq!(ran("return x; return b END return").map(|y| y[9]), Ok(9));
        for (text, why) in [
            ("return x", RunError::NoEnd),
            ("END", RunError::Syntax),
            ("return x+ END", RunError::Syntax),
            ("x=3; return x END", RunError::Syntax),
            ("return x; END", RunError::Syntax),
            ("return a END", RunError::Undefined),
            ("return 3%x END", RunError::DivisionByZero),
            ("a=x END", RunError::NoReturn),
            ("if x<5:return x END", RunError::NoReturn),
        ] {
            assert_eq!(ran(text), Err(why), "{text}");
        }
        let squares = "a=x*9;".to_owned() + &"a=a*a;".repeat(8) + "return a END";
        assert_eq!(ran(&squares), Err(RunError::TooLarge));
    }

    proptest! {
        #[test]
        fn any_tokens_run_or_do_not(tokens in proptest::collection::vec(0u16..40, 0..60)) {
            _ = run(&tokens);
        }

        #[test]
        fn lines_of_the_language_run_or_do_not(lines in proptest::collection::vec(0usize..6, 0..12), atoms in proptest::collection::vec(0u16..13, 40)) {
            let mut atoms = atoms.into_iter().map(|n| if n < 10 { n } else { [A, B, X].map(u16::from)[usize::from(n) - 10] });
            let mut next = || atoms.next().unwrap_or(0);
            let mut tokens = Vec::new();
            for line in lines {
                let (p, q) = (next(), next());
                tokens.extend(match line {
                    0 => vec![A.into(), IS.into(), p, TIMES.into(), q],
                    1 => vec![B.into(), IS.into(), p, REST.into(), q],
                    2 => vec![IF.into(), p, LESS.into(), q, COLON.into(), RETURN.into(), p],
                    3 => vec![A.into(), IS.into(), p, MINUS.into(), q],
                    4 => vec![B.into(), IS.into(), p, PLUS.into(), q],
                    _ => vec![RETURN.into(), p],
                });
                tokens.push(NL.into());
            }
            tokens.pop();
            tokens.push(END.into());
            prop_assert!(!matches!(run(&tokens), Err(RunError::NoEnd)));
        }
    }
}
