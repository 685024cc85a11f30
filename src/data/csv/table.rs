//! The cells of a CSV text: which separator it has, and what is left without what spreadsheets put around numbers.

use super::super::pmf::K_MAX;
use super::expected_size;
use csv::{ReaderBuilder, StringRecord, Trim};

/// Most cells of a row, and most rows: a title row and an index column besides the numbers.
const MOST: usize = K_MAX + 1;

/// The cells of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    /// All rows that are not empty, each without empty cells at its end.
    pub rows: Vec<Row>,
    /// Whether a comma within a cell can be a decimal comma.
    pub decimal_commas: bool,
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    /// Its cells.
    pub cells: Vec<String>,
    /// How many cells it has with those that are empty at its end.
    pub written: usize,
    /// The line it begins in, from 1.
    pub line: u64,
}

impl Table {
    /// Of a text: blank lines and those that start with `#` are passed over, and so are rows of empty cells at the end.
    ///
    /// # Errors
    /// A separator line that can't be meant, more rows or columns than any grid has, or broken quotes.
    pub fn new(text: &str) -> Result<Self, String> {
        let (separator, text, skipped) = match separator_line(text)? {
            Some((separator, rest)) => (Some(separator), rest, 1),
            None => (separator_of(text), text, 0),
        };
        let mut table = Self { rows: Vec::new(), decimal_commas: separator != Some(b',') };
        match separator {
            Some(separator) => table.split(text, separator, skipped)?,
            None => table.split_at_blanks(text, skipped)?,
        }
        while table.rows.last().is_some_and(|row| row.cells.is_empty()) {
            table.rows.pop();
        }
        if table.rows.len() > MOST {
            return Err(too_many("rows"));
        }
        Ok(table)
    }

    fn split(&mut self, text: &str, separator: u8, skipped: u64) -> Result<(), String> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .comment(Some(b'#'))
            .delimiter(separator)
            .from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(|e| format!("cannot be read: {e}"))? {
            let line = record.position().map_or(0, csv::Position::line) + skipped;
            // Comments that are indented; csv skips the others itself.
            if record
                .get(0)
                .is_none_or(|first| first.starts_with('#') || (first.is_empty() && record.len() == 1))
            {
                continue;
            }
            self.push(record.iter(), line)?;
        }
        Ok(())
    }

    /// As `numpy.savetxt` writes it unless told otherwise.
    fn split_at_blanks(&mut self, text: &str, skipped: u64) -> Result<(), String> {
        for (line, text) in text.lines().enumerate() {
            let text = text.trim();
            if !text.is_empty() && !text.starts_with('#') {
                let cells = text.split_whitespace().map(|cell| cell.trim_matches('"'));
                self.push(cells, line as u64 + 1 + skipped)?;
            }
        }
        Ok(())
    }

    fn push<'a>(&mut self, cells: impl Iterator<Item = &'a str>, line: u64) -> Result<(), String> {
        let mut row = Row { line, ..Row::default() };
        for cell in cells {
            row.written += 1;
            if !cell.is_empty() {
                if row.written > MOST {
                    return Err(too_many("columns"));
                }
                row.cells.resize(row.written - 1, String::new());
                row.cells.push(cell.to_owned());
            }
        }
        // Rows of empty cells may be the last ones, of which a spreadsheet writes any number.
        if self.rows.len() > MOST && !row.cells.is_empty() {
            return Err(too_many("rows"));
        }
        if self.rows.len() <= MOST || !row.cells.is_empty() {
            self.rows.push(row);
        }
        Ok(())
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0)
    }
}

fn too_many(what: &str) -> String {
    format!("has more than {K_MAX} {what}: {}", expected_size())
}

/// The separator of a first line such as `sep=;`, which Excel writes and reads, and the text after it.
fn separator_line(text: &str) -> Result<Option<(u8, &str)>, String> {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.trim_end_matches('\r');
    let line = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
    let Some(("sep" | "SEP" | "Sep", separator)) = line.split_once('=') else { return Ok(None) };
    match separator.as_bytes() {
        [separator @ (b',' | b';' | b'\t' | b'|')] => Ok(Some((*separator, rest))),
        _ => Err(format!(
            "says in its first line that \"{}\" is the separator: expected a comma, a semicolon, a tab or |",
            separator.escape_debug().take(8).collect::<String>()
        )),
    }
}

/// What separates the cells of the first line that has any of the separators outside of quotes; `None` where no line has:
/// then blanks do.
fn separator_of(text: &str) -> Option<u8> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    // A semicolon first: where it separates, a comma can only be a decimal comma.
    let separator = |line: &str| [b';', b'\t', b'|', b','].into_iter().find(|s| is_bare(line, *s));
    lines.take(MOST + 2).find_map(separator)
}

/// Whether a character stands in a line outside of quotes.
fn is_bare(line: &str, character: u8) -> bool {
    line.split('"').step_by(2).any(|part| part.as_bytes().contains(&character))
}
