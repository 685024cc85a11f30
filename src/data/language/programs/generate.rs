//! All programs of the toy language: four shapes, every one whose outputs for 0 to 9 are in 0..100 and not all the same.

use super::tokens::{
    A, B, COLON, END, IF, IS, LESS, MINUS, MORE, NL, PAD, PLUS, REST, RETURN, TIMES, X, alphabet, token,
};
use crate::flow::sequence::programs::{BODY, DOC, INPUTS, ProgramTable};

type Values = [i64; INPUTS];

/// How likely each shape is; the programs of a shape are alike.
const SHAPES: [f64; 4] = [0.08, 0.27, 0.40, 0.25];

/// What is given back or kept: an operation of two atoms, or one atom.
type Expression = Vec<u8>;

/// A program, its docstring and what it returns.
struct Program {
    shape: usize,
    body: Vec<u8>,
    doc: Vec<u8>,
    outputs: Values,
}

/// Variables that there are, and their values for every input.
type Variables<'a> = &'a [(u8, Values)];

/// All of them, 31,242.
pub fn program_table() -> ProgramTable {
    let programs = generated();
    let values = alphabet().map_or(0, |alphabet| alphabet.len());
    let counts = [0, 1, 2, 3].map(|shape| programs.iter().filter(|program| program.shape == shape).count());
    let mut table = ProgramTable {
        values,
        docs: Vec::new(),
        outputs: Vec::new(),
        bodies: Vec::new(),
        weights: Vec::new(),
        marks: [token("f("), token(")="), token("def f(x):")],
    };
    for program in programs {
        let padded =
            |tokens: Vec<u8>, length: usize| tokens.into_iter().chain(std::iter::repeat(PAD)).take(length);
        table.docs.extend(padded(program.doc, DOC));
        table.bodies.extend(padded(program.body, BODY));
        table.outputs.extend(program.outputs.map(|output| output as u8));
        table.weights.push(SHAPES[program.shape] / counts[program.shape] as f64);
    }
    table
}

fn generated() -> Vec<Program> {
    let mut programs = Vec::new();
    let mut keep = |shape, body: Vec<u8>, doc, outputs| {
        if fits(&outputs, 0) && outputs.iter().any(|y| *y != outputs[0]) {
            let body = body.into_iter().chain([END]).collect();
            programs.push(Program { shape, body, doc, outputs });
        }
    };
    let x: Values = std::array::from_fn(|n| n as i64);
    let first = expressions(&[X], X);
    let of_x: Vec<(Expression, Values)> = first.iter().map(|e| (e.clone(), evaluate(e, &[(X, x)]))).collect();
    for (e, values) in &of_x {
        keep(0, [&[RETURN], &e[..]].concat(), e.clone(), *values);
    }
    for (e, a) in of_x.iter().filter(|(_, a)| fits(a, -99)) {
        for second in expressions(&[X, A], A) {
            let body = [&[A, IS], &e[..], &[NL, RETURN], &second].concat();
            let doc = [e, &[COLON][..], &told(&second, A)].concat();
            keep(1, body, doc, evaluate(&second, &[(X, x), (A, *a)]));
        }
    }
    let mut branches = of_x.clone();
    branches.push((vec![X], x));
    branches.extend((1..10).map(|digit| (vec![digit], [digit.into(); INPUTS])));
    for (sign, word) in [(LESS, token("below")), (MORE, token("above"))] {
        for limit in 2..9 {
            for (then, yes) in &branches {
                for (other, no) in branches.iter().filter(|(other, _)| other != then) {
                    let holds =
                        |x: i64| if sign == LESS { x < i64::from(limit) } else { x > i64::from(limit) };
                    let outputs = std::array::from_fn(|n| if holds(x[n]) { yes[n] } else { no[n] });
                    let test = [IF, X, sign, limit, COLON, RETURN];
                    let body = [&test, &then[..], &[NL, RETURN], other].concat();
                    keep(2, body, [&[word, limit], &then[..], &[token("else")], other].concat(), outputs);
                }
            }
        }
    }
    for (e, a) in of_x.iter().filter(|(_, a)| fits(a, 0)) {
        for second in expressions(&[A], A) {
            let b = evaluate(&second, &[(A, *a)]);
            if !fits(&b, 0) {
                continue;
            }
            for third in expressions(&[X, A, B], B) {
                if !third.contains(&A) && !third.contains(&X) {
                    continue;
                }
                let body = [&[A, IS], &e[..], &[NL, B, IS], &second, &[NL, RETURN], &third].concat();
                let doc = [e, &[COLON][..], &told(&second, A), &[COLON], &told(&third, B)].concat();
                keep(3, body, doc, evaluate(&third, &[(X, x), (A, a.to_owned()), (B, b)]));
            }
        }
    }
    programs
}

fn fits(values: &Values, least: i64) -> bool {
    values.iter().all(|value| (least..100).contains(value))
}

/// Operations on `variables` and the digits 1 to 9 in which the newest variable stands: each in one spelling.
fn expressions(variables: &[u8], newest: u8) -> Vec<Expression> {
    let digit = |atom: u8| atom < 10;
    let atoms: Vec<u8> = variables.iter().copied().chain(1..10).collect();
    let mut found = Vec::new();
    for op in [PLUS, MINUS, TIMES, REST] {
        for &p in &atoms {
            for &q in &atoms {
                let useless = match op {
                    REST => !digit(q) || q == 1,
                    TIMES => p == 1 || q == 1 || digit(p),
                    MINUS => p == q,
                    // What commutes has its constant on the right.
                    _ => digit(p),
                };
                if (p == newest || q == newest) && !useless {
                    found.push(vec![p, op, q]);
                }
            }
        }
    }
    found
}

/// What an operation comes to for every input.
fn evaluate(expression: &[u8], variables: Variables<'_>) -> Values {
    let value = |atom: u8| {
        let known = variables.iter().find(|(name, _)| *name == atom);
        known.map_or([i64::from(atom); INPUTS], |(_, values)| *values)
    };
    let &[p, op, q] = expression else { return value(expression[0]) };
    let (p, q) = (value(p), value(q));
    std::array::from_fn(|n| match op {
        PLUS => p[n] + q[n],
        MINUS => p[n] - q[n],
        TIMES => p[n] * q[n],
        // A constant from 2 on.
        _ => p[n].rem_euclid(q[n]),
    })
}

/// A later step of a docstring: the newest variable is left out where it stands on the left and called `itself` where it
/// stands again or on the right; after b, a is `first`.
fn told(expression: &[u8], newest: u8) -> Vec<u8> {
    let &[p, op, q] = expression else { return expression.to_vec() };
    let name = |atom: u8| match atom {
        atom if atom == newest => token("itself"),
        A => token("first"),
        atom => atom,
    };
    if p == newest { vec![op, name(q)] } else { vec![name(p), op, name(q)] }
}

#[cfg(test)]
mod tests {
    use super::super::interpreter::run;
    use super::super::tokens::pretty;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_programs_are_those_of_the_reference() {
        let table = program_table();
        assert_eq!((table.len(), table.values), (31_242, 35));
        let counts = generated().iter().fold([0; 4], |mut counts, program| {
            counts[program.shape] += 1;
            counts
        });
        assert_eq!(counts, [28, 1155, 25_276, 4783]);
        let functions: BTreeSet<&[u8]> = (0..table.len()).map(|n| table.output(n)).collect();
        assert_eq!(functions.len(), 12_352);
        let (docs, bodies): (BTreeSet<&[u8]>, BTreeSet<&[u8]>) =
            (0..table.len()).map(|n| (table.doc(n), table.body(n))).unzip();
        assert_eq!((docs.len(), bodies.len()), (31_242, 31_242), "one to one");
        let bits: f64 = table.weights.iter().map(|w| -w * w.log2()).sum();
        assert!((bits - 13.9).abs() < 0.05, "{bits}");
        assert!((table.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let longest = generated()
            .iter()
            .map(|program| (program.doc.len(), program.body.len()))
            .fold((0, 0), |a, b| (a.0.max(b.0), a.1.max(b.1)));
        assert_eq!(longest, (11, 17));
    }

    #[test]
    fn the_interpreter_returns_what_the_generator_says() {
        let table = program_table();
        for n in 0..table.len() {
            let body: Vec<u16> = table.body(n).iter().map(|&token| token.into()).collect();
            let found = run(&body).expect("it runs");
            assert!(found.iter().zip(table.output(n)).all(|(a, b)| *a == i64::from(*b)), "{n}");
        }
    }

    #[test]
    fn a_program_is_told_in_words() {
        let table = program_table();
        let body = [A, IS, X, PLUS, 6, NL, B, IS, A, MINUS, 4, NL, RETURN, A, PLUS, B, END];
        let n = (0..table.len()).find(|n| table.body(*n).starts_with(&body)).expect("a program");
        let text = pretty(&table.text(n, [1, 3, 7]));
        let expected = "\"\"\"x + 6 : - 4 : first + itself\"\"\"  f(1)=10 f(3)=14 f(7)=22\ndef f(x):\n    a=x+6\n    b=a-4\n    return a+b";
        assert_eq!(text, expected);
    }
}
