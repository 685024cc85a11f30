//! Which cells of a table are the numbers, and which are titles or an index: only what can be nothing else is left out.

use super::super::pmf::{K_MAX, K_MIN};
use super::expected_size;
use super::table::{Row, Table};
use ndarray::Array2;

/// Characters of a bad cell that a message quotes.
const QUOTED_CHARS: usize = 24;

/// What is left out of a table before its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Labels {
    /// The first row.
    titles: bool,
    /// The first column.
    index: bool,
}

/// The numbers of a table.
///
/// # Errors
/// Says which cell is no number, or what else could be meant, and what to do; the rest of a sentence that starts with the
/// file's name.
pub(super) fn numbers(mut table: Table) -> Result<Array2<f64>, String> {
    let (rows, columns) = (table.rows.len(), table.columns());
    if rows == 0 {
        return Err(format!("is empty: it has no numbers; {}", expected_size()));
    }
    add_corner(&mut table);
    // K × K numbers are what they are, whatever they look like.
    let all = [(false, false), (true, true), (true, false), (false, true)];
    for (titles, index) in all {
        let labels = Labels { titles, index };
        let is_square = rows - usize::from(titles) == columns.saturating_sub(usize::from(index));
        // Of one number nothing is known.
        let is_more = rows - usize::from(titles) >= K_MIN;
        if is_square
            && (labels == NONE || is_more && is_labelled(&table, labels))
            && all_numbers(&table, labels)
        {
            return read(&table, labels);
        }
    }
    Err(explain(&table, rows, columns))
}

const NONE: Labels = Labels { titles: false, index: false };

/// R writes no title over the row names: then the first row is one cell short of all the others.
fn add_corner(table: &mut Table) {
    let Some((first, others)) = table.rows.split_first_mut() else { return };
    let width = first.cells.len() + 1;
    let is_short = first.written < width && others.iter().all(|row| row.cells.len() == width);
    // One cell alone is a title of the whole.
    if width > 2 && !others.is_empty() && is_short && first.cells.iter().all(|cell| is_text(cell)) {
        first.cells.insert(0, String::new());
        first.written += 1;
    }
}

/// Whether the first row and column that are to be left out can be nothing but labels.
fn is_labelled(table: &Table, labels: Labels) -> bool {
    let Some((first, others)) = table.rows.split_first() else { return false };
    let texts = |cells: &[String]| !cells.is_empty() && cells.iter().all(|cell| is_text(cell));
    let titles = first.cells.get(usize::from(labels.index)..).unwrap_or_default();
    let column: Vec<String> = {
        let rows = if labels.titles { others } else { &table.rows[..] };
        rows.iter().map(|row| row.cells.first().cloned().unwrap_or_default()).collect()
    };
    let no_corner =
        labels.titles && labels.index && first.cells.first().is_some_and(|corner| is_unnamed(corner));
    // Whole numbers that count are labels where the others are written in another way, or where the corner between titles
    // and index is empty. Elsewhere they could be numbers like the others.
    let others_differ = !inner(table, labels).any(|(_, cell)| is_whole(cell));
    let counted_index = counts(&column, 0) || counts(&column, 1);
    let is_index = texts(&column) || (counted_index && (no_corner || others_differ));
    let is_titles = texts(titles) || (counts(titles, 0) && (no_corner || others_differ));
    match (labels.titles, labels.index) {
        // An empty corner is no number: then it is enough if one side shows what it is.
        (true, true) if no_corner => is_titles || is_index,
        (true, true) => is_titles && is_index,
        // Titles over each column, or one of the whole; and no first column that may be an index.
        (true, false) => {
            let only_rest = Labels { index: true, ..labels };
            let may_be_index = counted_index && !inner(table, only_rest).any(|(_, cell)| is_whole(cell));
            let fits = first.cells.len() == table.columns() || first.cells.len() == 1;
            fits && is_titles && !may_be_index
        }
        (false, true) => is_index,
        (false, false) => true,
    }
}

/// Whether cells are whole numbers, each one more than the one before.
fn counts(cells: &[String], from: usize) -> bool {
    !cells.is_empty()
        && cells.iter().enumerate().all(|(i, cell)| is_whole(cell) && cell.parse() == Ok(i + from))
}

/// The cells that are left, with their places.
fn inner(table: &Table, labels: Labels) -> impl Iterator<Item = ((usize, usize), &str)> {
    let rows = table.rows.iter().enumerate().skip(usize::from(labels.titles));
    rows.flat_map(move |(r, row)| {
        let cells = row.cells.iter().enumerate().skip(usize::from(labels.index));
        cells.map(move |(c, cell)| ((r, c), cell.as_str()))
    })
}

fn all_numbers(table: &Table, labels: Labels) -> bool {
    let columns = table.columns();
    let is_whole_row = |row: &Row| row.cells.len() == columns;
    table.rows.iter().skip(usize::from(labels.titles)).all(is_whole_row)
        && inner(table, labels).all(|(_, cell)| number(cell, table.decimal_commas).is_ok())
}

/// The numbers of a reading that fits.
fn read(table: &Table, labels: Labels) -> Result<Array2<f64>, String> {
    let k = table.rows.len() - usize::from(labels.titles);
    if !(K_MIN..=K_MAX).contains(&k) {
        return Err(if k > K_MAX {
            format!("has more than {K_MAX} rows: {}", expected_size())
        } else {
            format!("is {k}×{k}: {}", expected_size())
        });
    }
    one_decimal_sign(table, labels)?;
    let values = inner(table, labels).map(|(_, cell)| number(cell, table.decimal_commas));
    let values = values.collect::<Result<Vec<f64>, _>>()?;
    Array2::from_shape_vec((k, k), values).map_err(|e| format!("has data of the wrong size: {e}"))
}

/// Refuses a table that has decimal points and decimal commas: one of them may part thousands.
fn one_decimal_sign(table: &Table, labels: Labels) -> Result<(), String> {
    let with = |sign: char| inner(table, labels).find(|(_, cell)| cell.contains(sign));
    match (with('.'), with(',')) {
        (Some((_, point)), Some(((row, column), comma))) => Err(format!(
            "has \"{point}\" and \"{comma}\" ({}, column {}): is the point or the comma the decimal sign? Write decimal \
             points, and nothing between thousands",
            place(row, &table.rows[row]),
            column + 1
        )),
        _ => Ok(()),
    }
}

/// Why no reading fits, and what can be done.
fn explain(table: &Table, rows: usize, columns: usize) -> String {
    const NO_TITLES: &str = "remove it or start it with # (pandas: header=False)";
    const NO_INDEX: &str = "remove it (pandas: index=False)";
    if rows > K_MAX + 1 || columns > K_MAX + 1 {
        let side = if rows > columns { "rows" } else { "columns" };
        return format!("has more than {K_MAX} {side}: {}", expected_size());
    }
    let first = &table.rows[0];
    // Titles alone in the first row, or over the columns after the index.
    let titled = rows > 1 && first.cells.iter().skip(1).all(|cell| is_text(cell)) && is_named(&first.cells);
    let labels = Labels { titles: titled, index: false };
    // A title of the whole is one cell.
    let (least, most, named) = match first.cells.as_slice() {
        [title] if rows > 1 && is_text(title) => (columns, columns, "others have"),
        cells => (cells.len(), first.written, "the first row has"),
    };
    let mut others = table.rows.iter().enumerate().skip(1);
    if let Some((at, row)) = others.find(|(_, row)| row.cells.len() > most || row.written < least) {
        let (place, found) = (place(at, row), count(row.written));
        return format!("is ragged: {place} has {found}, {named} {most}");
    }
    let bad =
        inner(table, labels).find_map(|(at, cell)| Some((at, number(cell, table.decimal_commas).err()?)));
    let mut rest = table.rows.iter().enumerate().skip(usize::from(titled));
    let short = rest.find(|(_, row)| row.cells.len() < columns);
    let short = short.map(|(r, row)| ((r, row.cells.len()), "has an empty cell".to_owned()));
    let bad = match (bad, short) {
        (Some(bad), Some(short)) => Some(if short.0 < bad.0 { short } else { bad }),
        (bad, short) => bad.or(short),
    };
    let below = rows - usize::from(titled);
    if let Some(((row, column), why)) = bad {
        let named = |row: &Row| row.cells.first().is_some_and(|cell| is_text(cell));
        let hint = if column == 0 && rows > 1 && table.rows.iter().all(named) {
            format!("; if the first column is an index, {NO_INDEX}")
        } else if row == 0
            && (column == 0 || first.cells.get(column).is_some_and(|cell| is_text(cell)))
            && rows > 1
        {
            format!("; if row 1 is a title row, {NO_TITLES}; if the first column is an index, {NO_INDEX}")
        } else {
            String::new()
        };
        return format!("{why} in {}, column {}{hint}", place(row, &table.rows[row]), column + 1);
    }
    if titled && below == columns && below < K_MIN {
        return format!("has a title row and below it {below}×{columns} numbers: {}", expected_size());
    }
    let square = if titled && below == columns {
        "has a title row, and a first column that counts as an index does".to_owned()
    } else if titled {
        format!("has a title row and below it {below}×{columns} numbers, not square")
    } else if rows == columns {
        format!("is {rows}×{columns}")
    } else {
        format!("is {rows}×{columns}, not square")
    };
    let hint = if titled && below == columns {
        // Square and refused: the first column may be an index.
        format!("; if the first column is an index, {NO_INDEX}; if it is not, remove the title row")
    } else if below == columns + 1 && !titled {
        format!("; if the first row is a title row, {NO_TITLES}")
    } else if below + 1 == columns {
        format!("; if the first column is an index, {NO_INDEX}")
    } else {
        String::new()
    };
    format!("{square}: {}{hint}", expected_size())
}

fn count(cells: usize) -> String {
    format!("{cells} cell{}", if cells == 1 { "" } else { "s" })
}

/// Whether at least one cell is a name.
fn is_named(cells: &[String]) -> bool {
    cells.iter().any(|cell| is_text(cell))
}

/// Whether a cell is a name, and no number in any spelling.
fn is_text(cell: &str) -> bool {
    cell.chars().any(char::is_alphabetic) && cell.parse::<f64>().is_err()
}

/// Whether a cell is a whole number without a sign, as titles and indices count.
fn is_whole(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit())
}

/// The title of a pandas index without a name; `Unnamed: 0` after it was read and written once more.
fn is_unnamed(corner: &str) -> bool {
    corner.is_empty() || corner == "Unnamed: 0"
}

/// The number in a cell.
fn number(cell: &str, decimal_commas: bool) -> Result<f64, String> {
    if cell.is_empty() {
        return Err("has an empty cell".into());
    }
    if let Ok(number) = cell.parse() {
        return Ok(number);
    }
    let is_decimal = decimal_commas && cell.matches(',').count() == 1 && !cell.contains('.');
    if let Some(number) = is_decimal.then(|| cell.replace(',', ".").parse().ok()).flatten() {
        return Ok(number);
    }
    let mut quoted: String = cell.chars().take(QUOTED_CHARS).collect();
    if quoted.len() < cell.len() {
        quoted.push('…');
    }
    let hint = if cell.contains(',') {
        " (write a decimal point, and nothing between thousands)"
    } else if cell.contains([' ', ':', '/']) {
        " (separate cells by commas, semicolons or tabs)"
    } else {
        ""
    };
    Err(format!("has \"{}\", not a number{hint},", quoted.escape_debug()))
}

/// Where a row is, by its number and, where they differ, by its line.
fn place(index: usize, row: &Row) -> String {
    let number = index + 1;
    if row.line == number as u64 {
        format!("row {number}")
    } else {
        format!("row {number} (line {})", row.line)
    }
}
