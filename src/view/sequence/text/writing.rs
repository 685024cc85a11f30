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
    /// Some texts, \[B, N\]: what is drawn has the room that they need, and so stays where it is whatever is sampled.
    typical: Vec<u16>,
    shapes: Vec<[usize; 2]>,
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
/// Texts that a language is known by.
const TYPICAL: usize = 64;
/// Lines that a text has in a wall at most.
const MOST_LINES: usize = 12;

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
        let (tokens, typical, shapes) = (language.tokens, language.some(TYPICAL, 0), Vec::new());
        let known = Self { symbols, quiet, newline, code, tokens, typical, shapes };
        Self { shapes: known.typical_shapes(), ..known }
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

    /// Letters a line that texts may have in a wall, widest first, each with the lines that they then take: those of typical texts
    /// of the language, in which no word is cut. Code keeps its lines: it has room for typical and for the `finished` texts \[B, N\].
    pub fn shapes(&self, finished: &[u16]) -> Vec<[usize; 2]> {
        match self.shapes[..] {
            [[width, lines]] if self.code => {
                let [wide, high] = self.room(finished, (0, true));
                vec![[width.max(wide), lines.max(high)]]
            }
            _ => self.shapes.clone(),
        }
    }

    /// Letters and lines that nine of ten typical texts take at most in lines of a width, which end at a new line, too.
    pub fn large(&self, width: usize) -> [usize; 2] {
        let texts = self.typical.chunks_exact(self.tokens.max(1));
        let rooms: Vec<[usize; 2]> = texts.map(|text| self.room(text, (width, true))).collect();
        [0, 1].map(|of| {
            let mut all: Vec<usize> = rooms.iter().map(|room| room[of]).collect();
            all.sort_unstable();
            all.get(9 * all.len() / 10).copied().unwrap_or(1)
        })
    }

    /// Room for all of some texts.
    fn room(&self, texts: &[u16], lines: (usize, bool)) -> [usize; 2] {
        let cells = texts.chunks_exact(self.tokens.max(1));
        let cells = cells.flat_map(|text| self.cells(text, text, Some(text), lines));
        cells.fold([1, 1], |[wide, high], cell| [wide.max(cell.column + cell.wide), high.max(cell.line + 1)])
    }

    fn typical_shapes(&self) -> Vec<[usize; 2]> {
        if self.code {
            return vec![self.room(&self.typical, (0, true))];
        }
        let n = self.tokens.max(1);
        let words = self
            .typical
            .chunks_exact(n)
            .flat_map(|text| text.split_inclusive(|symbol| self.ends_word(*symbol)));
        let longest = words.map(<[u16]>::len).max().unwrap_or(1);
        let lines_in = |width: usize| self.room(&self.typical, (width, false))[1];
        // The narrowest in which they take so many lines.
        let narrowest = |lines: usize| {
            let (mut low, mut high) = (n.div_ceil(lines).max(longest), n);
            while low < high {
                let width = low.midpoint(high);
                if lines_in(width) <= lines { high = width } else { low = width + 1 }
            }
            [low, lines_in(low).max(n.div_ceil(low))]
        };
        let mut shapes: Vec<[usize; 2]> = Vec::new();
        for [width, lines] in (1..=MOST_LINES).map(narrowest) {
            if shapes.last().is_none_or(|last| width < last[0] && lines > last[1]) {
                shapes.push([width, lines]);
            }
        }
        shapes
    }

    /// Where every token stands. `known` are the symbols that are `seen` or, where none is, the likeliest ones. Lines have at
    /// most `width` letters, and where `breaks` holds end at a new line, too. Where it is known how a text is `finished`, its
    /// words and the lines of code are whole from the start on, and nothing moves on the way.
    pub fn cells(
        &self,
        known: &[u16],
        seen: &[u16],
        finished: Option<&[u16]>,
        (width, breaks): (usize, bool),
    ) -> Vec<Cell> {
        if self.code {
            return self.code_cells(known, finished.unwrap_or(known));
        }
        let width = width.max(1);
        let room = self.shapes.iter().find(|shape| shape[0] == width && !breaks).map(|shape| shape[1]);
        let whole = finished.map(|text| self.lines(text, width, (breaks, true)));
        // A text with longer words than most takes no more room: its words are cut.
        let lines = whole.filter(|lines| room.is_none_or(|room| lines.len() <= room));
        let lines = lines.unwrap_or_else(|| self.lines(finished.unwrap_or(seen), width, (breaks, false)));
        let mut line = 0;
        let place = |token: usize| {
            line += usize::from(lines.get(line + 1) == Some(&token));
            Cell { ink: Ink::Token(token), column: token - lines[line], line, wide: 1 }
        };
        (0..known.len()).map(place).collect()
    }

    fn ends_word(&self, symbol: u16) -> bool {
        self.is_quiet(symbol) || self.shown(symbol) == " "
    }

    /// The tokens that begin the lines of a text, which end at new lines where it `breaks`; where its words are to be `whole`,
    /// one goes to the next line as a whole, if a line can hold it.
    fn lines(&self, text: &[u16], width: usize, (breaks, whole): (bool, bool)) -> Vec<usize> {
        let mut lines = vec![0];
        let (mut first, mut word) = (0, 0);
        for (token, symbol) in text.iter().enumerate() {
            if token - first == width {
                let end = text[word..].iter().position(|symbol| self.ends_word(*symbol));
                let fits = end.map_or(text.len() - word, |last| last + 1) <= width;
                first = if whole && word > first && fits { word } else { token };
                lines.push(first);
            }
            let ends_line = breaks && Some(*symbol) == self.newline && token + 1 < text.len();
            if self.ends_word(*symbol) {
                word = token + 1;
            }
            if ends_line {
                first = token + 1;
                lines.push(first);
            }
        }
        lines
    }

    /// Of code, with the lines of `like`.
    fn code_cells(&self, known: &[u16], like: &[u16]) -> Vec<Cell> {
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
        for token in BODY_AT - 1..known.len() {
            push(Ink::Token(token), &mut column, line, wide(token));
            if token + 1 == BODY_AT || like.get(token).copied() == self.newline {
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
        let cells = sums.cells(&[13; 64], &[13; 64], None, (20, true));
        assert_eq!((cells.len(), cells[41]), (64, Cell { ink: Ink::Token(41), column: 1, line: 2, wide: 1 }));

        let (language, plays) = writing("ngram:1");
        let newline = language.alphabet.token("\n").expect("lines");
        let mut text = vec![newline + 2; 128];
        text[3] = newline;
        let place = |cells: Vec<Cell>| (cells[4].column, cells[4].line, cells[14].line);
        assert_eq!(place(plays.cells(&text, &text, None, (10, true))), (0, 1, 2));
        assert_eq!(place(plays.cells(&text, &text, None, (10, false))), (4, 0, 1));
        assert_eq!((plays.shown(newline), plays.is_quiet(newline), plays.shown(99)), ("¶", true, ""));
    }

    #[test]
    fn statements_stay_whole_from_the_first_mask_on_and_take_no_room_that_they_do_not_need() {
        let (language, sums) = writing("sums");
        let read = |text: &str| -> Vec<u16> {
            let mut text: Vec<u16> =
                language.alphabet.read(text).expect("sums").into_iter().flatten().collect();
            text.resize(64, language.alphabet.token(" ").expect("a space"));
            text
        };
        let texts = [
            read("12+7=19 4-1=3 30+40=70 1+1=2 20-5=15 8+8=16 49+49=98 6-6=0 11-1="),
            read("1+2=3 3+4=7 5+6=11 7+8=15 9+0=9 12-2=10 40-30=10 22+22=44 1+1=2 "),
        ];
        let shapes = sums.shapes(&texts.concat());
        // The room is that of the language: it does not depend on what is sampled.
        assert_eq!(shapes, sums.shapes(&[]));
        assert_eq!(shapes[0], [64, 1]);
        assert!(shapes.windows(2).all(|two| two[0][0] > two[1][0] && two[0][1] < two[1][1]), "{shapes:?}");
        let is_space = |text: &[u16], token: usize| sums.shown(text[token]) == " ";
        let typical = language.some(TYPICAL, 0);
        assert_eq!(typical.len(), 64 * TYPICAL);
        for &[width, high] in &shapes {
            assert!(width > "49+49=98".len());
            for text in typical.chunks(64).chain(texts.iter().map(Vec::as_slice)) {
                // As it is laid out while nothing of it is known.
                let masked = vec![14; 64];
                let cells = sums.cells(&masked, &masked, Some(text), (width, false));
                assert_eq!(cells, sums.cells(text, text, Some(text), (width, false)));
                assert!(cells.iter().all(|cell| cell.column < width && cell.line < high));
            }
            for text in typical.chunks(64) {
                let cells = sums.cells(text, text, Some(text), (width, false));
                let whole = |token: &usize| cells[*token].column > 0 || is_space(text, token - 1);
                assert!((1..64).all(|token| whole(&token)), "{width}");
            }
            // What has longer words than the language takes no more room.
            let one = vec![1; 64];
            let cells = sums.cells(&one, &one, Some(&one), (width, false));
            assert!(cells.iter().all(|cell| cell.column < width && cell.line < high));
        }
        // A word of a list is on one line.
        let (words, list) = writing("words");
        assert_eq!(list.shapes(&[]), [[words.tokens, 1]]);
        let [wide, lines] = sums.large(30);
        assert!(wide <= 30 && (3..=4).contains(&lines), "{lines}");
        // A word longer than a line is cut, and every token stands somewhere.
        let cells = sums.cells(&texts[0], &texts[0], Some(&texts[0]), (3, false));
        assert!(cells.len() == 64 && cells.iter().all(|cell| cell.column < 3));
        // New lines are lines where they are asked for.
        let (language, plays) = writing("ngram:1");
        let (newline, a) = (language.alphabet.token("\n").expect("lines"), language.alphabet.token("a"));
        let mut text = vec![a.expect("a letter"); 128];
        (text[3], text[127]) = (newline, newline);
        let cells = plays.cells(&text, &text, Some(&text), (100, true));
        assert_eq!((cells[4].line, cells[4].column, cells[127].line), (1, 0, 2));
        assert_eq!(plays.cells(&text, &text, Some(&text), (128, false))[4].line, 0);
    }

    #[test]
    fn code_has_its_lines() {
        let (language, code) = writing("programs");
        let text = "x + 6 : - 4 : first + itself PAD PAD f(1)=10f(3)=14f(7)=22def f(x): a=x+6; b=a-4; return a+b END";
        let mut text: Vec<u16> =
            language.alphabet.read(text).expect("a program").into_iter().flatten().collect();
        text.resize(48, u16::from(programs::token("·")));
        let [[width, lines]] = code.shapes(&[])[..] else { panic!("one shape") };
        assert!((38..60).contains(&width) && (6..9).contains(&lines), "{width} × {lines}");
        assert_eq!(code.shapes(&text), [[width, lines]]);
        // It has them before they are known.
        let unknown = vec![9; 48];
        let lines = |cells: &[Cell]| cells.iter().map(|cell| cell.line).collect::<Vec<_>>();
        let ahead = lines(&code.cells(&unknown, &unknown, Some(&text), (0, true)));
        assert_eq!(ahead, lines(&code.cells(&text, &text, None, (0, true))));
        let cells = code.cells(&text, &text, None, (0, true));
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
