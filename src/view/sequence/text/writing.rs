//! Where the tokens of a text stand: letters in lines of a width, programs with the lines and the indentation of code.

use crate::data::language::{Language, LanguageSpec, programs};
use crate::flow::sequence::programs::{BODY_AT, DOC, EXAMPLE};

/// How the texts of a language are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    symbols: Vec<String>,
    /// Symbols that carry no meaning of their own: fillers, ends.
    quiet: Vec<bool>,
    newline: Option<u16>,
    code: bool,
    tokens: usize,
}

/// What is written in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Token number i of the text.
    Token(usize),
    /// What belongs to the form and is no token: quotation marks.
    Form(&'static str),
}

/// A place of a sheet, in letters from the left and lines from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What stands there.
    pub ink: Ink,
    /// Letters from the left.
    pub column: usize,
    /// Lines from the top.
    pub line: usize,
    /// How many letters wide it is.
    pub wide: usize,
}

/// Spaces before the lines of a body.
const INDENT: usize = 4;
/// Letters of the longest usual line of code.
const CODE_WIDTH: usize = 42;
/// Lines of most programs: docstring, examples, head and body.
const CODE_LINES: usize = 6;

impl Writing {
    /// Of a language.
    pub fn of(language: &Language) -> Self {
        let symbols = language.alphabet.symbols().to_vec();
        let code = language.spec == LanguageSpec::Programs;
        let newline = language.alphabet.token("\n");
        let fills = |symbol: &String| symbol == "\n" || language.spec == LanguageSpec::Tales && symbol == "#";
        let mut quiet: Vec<bool> = symbols.iter().map(fills).collect();
        if code {
            quiet[usize::from(programs::token("·"))] = true;
            quiet[usize::from(programs::token("■"))] = true;
        }
        Self { symbols, quiet, newline, code, tokens: language.tokens }
    }

    /// K.
    pub fn values(&self) -> usize {
        self.symbols.len()
    }

    /// N.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Whether the texts are code, whose lines are where they are.
    pub fn is_code(&self) -> bool {
        self.code
    }

    /// A symbol as it is drawn; nothing of what is none.
    pub fn shown(&self, symbol: u16) -> &str {
        match self.symbols.get(usize::from(symbol)).map(String::as_str) {
            Some("\n") => "¶",
            Some(symbol) => symbol,
            None => "",
        }
    }

    /// A symbol as it is named in a list.
    pub fn name(&self, symbol: u16) -> &str {
        match self.shown(symbol) {
            " " => "space",
            "" => "mask",
            shown => shown.trim_end(),
        }
    }

    /// Whether a symbol says nothing: what fills up, and what ends.
    pub fn is_quiet(&self, symbol: u16) -> bool {
        self.quiet.get(usize::from(symbol)).copied().unwrap_or(false)
    }

    /// Letters a line that a text may have in a wall, widest first, each with the lines it then takes.
    pub fn shapes(&self) -> Vec<[usize; 2]> {
        if self.code {
            return vec![[CODE_WIDTH, CODE_LINES]];
        }
        let most = self.tokens.max(1);
        let mut widths: Vec<usize> = (1..=12).map(|lines| most.div_ceil(lines)).collect();
        widths.dedup();
        widths.into_iter().map(|width| [width, most.div_ceil(width)]).collect()
    }

    /// Where every token stands. `known` are the symbols that are seen or, where none is, the likeliest ones; letters go in
    /// lines of `width`, and where `breaks` holds also end where a new line is `seen`.
    pub fn cells(&self, known: &[u16], seen: &[u16], width: usize, breaks: bool) -> Vec<Cell> {
        if self.code {
            return self.code_cells(known);
        }
        let (mut column, mut line) = (0, 0);
        let mut cells = Vec::with_capacity(known.len());
        for (token, symbol) in seen.iter().enumerate() {
            if column >= width.max(1) {
                (column, line) = (0, line + 1);
            }
            cells.push(Cell { ink: Ink::Token(token), column, line, wide: 1 });
            column += 1;
            if breaks && Some(*symbol) == self.newline {
                (column, line) = (0, line + 1);
            }
        }
        cells
    }

    fn code_cells(&self, known: &[u16]) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(known.len() + 2);
        let wide =
            |token: usize| known.get(token).map_or(1, |symbol| self.shown(*symbol).chars().count().max(1));
        let (mut column, mut line) = (0, 0);
        let mut push = |ink: Ink, column: &mut usize, line: usize, wide: usize| {
            cells.push(Cell { ink, column: *column, line, wide });
            *column += wide;
        };
        push(Ink::Form("\"\"\""), &mut column, line, 3);
        for token in 0..DOC.min(known.len()) {
            push(Ink::Token(token), &mut column, line, wide(token));
            column += 1;
        }
        column = column.saturating_sub(1);
        push(Ink::Form("\"\"\""), &mut column, line, 3);
        (column, line) = (0, line + 1);
        let examples = DOC..(BODY_AT - 1).min(known.len());
        for token in examples {
            push(Ink::Token(token), &mut column, line, wide(token));
            if (token + 1 - DOC).is_multiple_of(EXAMPLE) {
                column += 1;
            }
        }
        (column, line) = (0, line + 1);
        for (token, symbol) in known.iter().enumerate().skip(BODY_AT - 1) {
            push(Ink::Token(token), &mut column, line, wide(token));
            if token + 1 == BODY_AT || Some(*symbol) == self.newline {
                (column, line) = (INDENT, line + 1);
            }
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writing(name: &str) -> (Language, Writing) {
        let language = name.parse::<LanguageSpec>().and_then(|spec| spec.load(None)).expect("a language");
        let writing = Writing::of(&language);
        (language, writing)
    }

    #[test]
    fn letters_stand_in_lines_and_every_token_stands_once() {
        let (_, sums) = writing("sums");
        let cells = sums.cells(&[13; 64], &[13; 64], 20, true);
        assert_eq!((cells.len(), cells[41]), (64, Cell { ink: Ink::Token(41), column: 1, line: 2, wide: 1 }));
        assert_eq!(sums.shapes()[..3], [[64, 1], [32, 2], [22, 3]]);
        let (language, plays) = writing("ngram:1");
        let newline = language.alphabet.token("\n").expect("lines");
        let mut text = vec![newline + 2; 128];
        text[3] = newline;
        let place = |cells: Vec<Cell>| (cells[4].column, cells[4].line, cells[14].line);
        assert_eq!(place(plays.cells(&text, &text, 10, true)), (0, 1, 2));
        assert_eq!(place(plays.cells(&text, &text, 10, false)), (4, 0, 1));
        assert_eq!((plays.shown(newline), plays.is_quiet(newline), plays.shown(99)), ("¶", true, ""));
    }

    #[test]
    fn code_has_its_lines() {
        let (language, code) = writing("programs");
        let text = "x + 6 : - 4 : first + itself PAD PAD f(1)=10f(3)=14f(7)=22def f(x): a=x+6; b=a-4; return a+b END";
        let mut text: Vec<u16> =
            language.alphabet.read(text).expect("a program").into_iter().flatten().collect();
        text.resize(48, u16::from(programs::token("·")));
        let cells = code.cells(&text, &text, 0, true);
        let tokens = cells.iter().filter(|cell| matches!(cell.ink, Ink::Token(_))).count();
        assert_eq!((tokens, cells.len()), (48, 50));
        let of = |token: usize| *cells.iter().find(|cell| cell.ink == Ink::Token(token)).expect("a cell");
        assert_eq!((of(0).line, of(0).column), (0, 3));
        assert_eq!((of(12).line, of(17).line, of(27).line, of(28).line), (1, 1, 2, 3));
        assert_eq!((of(28).column, of(34).line, of(34).column), (4, 4, 4));
        // No two share a place.
        for (n, cell) in cells.iter().enumerate() {
            assert!(cells[..n].iter().all(|other| other.line != cell.line
                || other.column + other.wide <= cell.column
                || cell.column + cell.wide <= other.column));
        }
    }
}
