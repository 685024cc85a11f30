//! Reads a square array of numbers from a `.csv` file, and writes one with every digit.

use std::io::Write;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};
use ndarray::Array2;

use super::atomic::atomic_write;
use super::error::DataError;
use super::pmf::{K_MAX, K_MIN};
use super::read::{MAX_ARRAY_BYTES, read_limited};

/// Characters of a bad cell that a message quotes.
const QUOTED_CHARS: usize = 24;

/// Reads the K×K numbers at `path` as they are (not normalised): row = token 1 (axis 0), column = token 2
/// (axis 1).
///
/// Cells are separated by commas, semicolons or tabs (whichever the first row has), numbers have a decimal
/// point. Blank lines and lines that start with `#` are skipped; there is no title row. The text is UTF-8,
/// with or without a byte order mark.
///
/// # Errors
/// [`DataError`] naming `what` and `path`: unreadable, over 16 MiB, not UTF-8, a cell that is not a number
/// (row, column and text are named), rows of different lengths, not square, or a side outside
/// [`K_MIN`]`..=`[`K_MAX`].
pub fn read_csv(path: &Path, what: &str) -> Result<Array2<f64>, DataError> {
    let bytes = read_limited(path, MAX_ARRAY_BYTES, what)?;
    decode(&bytes).map_err(|why| DataError::content(what, path, why))
}

/// [`read_csv`] on the bytes of a file.
///
/// # Errors
/// As [`read_csv`], but for the file itself; the error continues a sentence that starts with the file's name.
pub fn decode(bytes: &[u8]) -> Result<Array2<f64>, String> {
    let text = utf8(bytes)?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .comment(Some(b'#'))
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut values = Vec::new();
    let (mut rows, mut columns) = (0, 0);
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|e| format!("cannot be read: {e}"))? {
        if is_blank(&record) {
            continue;
        }
        rows += 1;
        if rows == 1 {
            columns = record.len();
        }
        let place = place(rows, &record);
        if rows > K_MAX || record.len() > K_MAX {
            let side = if rows > K_MAX { "rows" } else { "columns" };
            return Err(format!("has more than {K_MAX} {side}: {}", expected_size()));
        }
        if record.len() != columns {
            return Err(format!(
                "is ragged: {place} has {} cells, the first row has {columns}",
                record.len()
            ));
        }
        for (i, cell) in record.iter().enumerate() {
            values.push(number(cell).map_err(|why| format!("{why} in {place}, column {}", i + 1))?);
        }
    }
    if rows == 0 {
        return Err(format!("is empty: it has no numbers; {}", expected_size()));
    }
    if rows != columns {
        return Err(format!("is {rows}×{columns}, not square: {}", expected_size()));
    }
    if rows < K_MIN {
        return Err(format!("is {rows}×{columns}: {}", expected_size()));
    }
    Array2::from_shape_vec((rows, columns), values).map_err(|e| format!("has data of the wrong size: {e}"))
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("is UTF-16 text: save it as UTF-8".into());
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|e| format!("is not UTF-8 text: the byte at position {} is invalid", e.valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The separator of the first line that has cells.
fn delimiter(text: &str) -> u8 {
    let first =
        text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or("");
    // A semicolon first: where it separates, a comma can only be a decimal comma.
    [b';', b'\t'].into_iter().find(|d| first.contains(char::from(*d))).unwrap_or(b',')
}

/// Lines of spaces, and comments that are indented (csv skips the others itself).
fn is_blank(record: &StringRecord) -> bool {
    match record.get(0) {
        None => true,
        Some(first) => first.starts_with('#') || (record.len() == 1 && first.is_empty()),
    }
}

fn number(cell: &str) -> Result<f64, String> {
    if cell.is_empty() {
        return Err("has an empty cell".into());
    }
    cell.parse().map_err(|_| {
        let mut quoted: String = cell.chars().take(QUOTED_CHARS).collect();
        if quoted.len() < cell.len() {
            quoted.push('…');
        }
        let hint = if cell.contains(',') {
            " (write a decimal point, not a comma)"
        } else if cell.contains(' ') {
            " (separate cells by commas, semicolons or tabs)"
        } else {
            ""
        };
        format!("has \"{}\", not a number{hint},", quoted.escape_debug())
    })
}

/// Where a row is, by its number and, where they differ, by its line.
fn place(row: usize, record: &StringRecord) -> String {
    match record.position().map(csv::Position::line) {
        Some(line) if line != row as u64 => format!("row {row} (line {line})"),
        _ => format!("row {row}"),
    }
}

fn expected_size() -> String {
    format!("expected K rows of K numbers with K from {K_MIN} to {K_MAX}")
}

/// Writes `values` atomically as comma-separated rows (axis 0 = row), each number with the digits it takes to
/// read the same f64 back.
///
/// # Errors
/// [`DataError::Write`] where the file cannot be written.
pub fn write_csv(path: &Path, values: &Array2<f64>) -> Result<(), DataError> {
    atomic_write(path, |file| {
        for row in values.rows() {
            for (i, value) in row.iter().enumerate() {
                let comma = if i == 0 { "" } else { "," };
                // Debug, unlike Display, has an exponent where 1e-300 would otherwise fill a line with zeros.
                write!(file, "{comma}{value:?}")?;
            }
            writeln!(file)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Array2<f64>, String> {
        decode(text.as_bytes())
    }

    fn why(text: &str) -> String {
        read(text).expect_err("refused")
    }

    #[test]
    fn commas_semicolons_and_tabs_separate() {
        let expected = array![[1.0, 0.5], [0.0, 2e-3]];
        for text in [
            "1,0.5\n0,2e-3\n",
            "1;0.5\n0;2e-3",
            "1\t0.5\r\n0\t2e-3\r\n",
            " 1 , 0.5 \n 0 , +2e-3 \n\n\n  \n",
            "\u{feff}1,.5\n0,2e-3",
            "# a comment, with a comma; and more\n1;0.5\n  # another\n0;2e-3\n#end",
            "\"1\",\"0.5\"\n0,2e-3\n",
        ] {
            assert_eq!(read(text), Ok(expected.clone()), "{text:?}");
        }
    }

    #[test]
    fn a_row_is_token_1() {
        assert_eq!(read("1,2\n3,4").expect("numbers")[[1, 0]], 3.0);
    }

    #[test]
    fn bad_cells_are_named_by_row_column_and_text() {
        assert_eq!(why("1,2\n3,x"), "has \"x\", not a number, in row 2, column 2");
        assert_eq!(why("# c\n\n1,2\nx,3"), "has \"x\", not a number, in row 2 (line 4), column 1");
        assert_eq!(why("1,\n3,4"), "has an empty cell in row 1, column 2");
        assert_eq!(why("1,2,\n3,4,\n"), "has an empty cell in row 1, column 3");
        assert!(why("0,5;1\n1;1").contains("\"0,5\", not a number (write a decimal point"));
        assert!(why("1 2\n3 4").contains("separate cells by commas"));
        let long = why(&format!("{},1", "é".repeat(1000)));
        assert!(long.contains(&format!("\"{}…\"", "é".repeat(QUOTED_CHARS))) && long.len() < 200, "{long}");
        assert!(why("a,b\n1,2\n3,4").contains("\"a\", not a number, in row 1, column 1"));
    }

    #[test]
    fn shapes_other_than_square_are_named() {
        assert_eq!(why("1,2\n3"), "is ragged: row 2 has 1 cells, the first row has 2");
        assert!(why("1,2\n3,4\n5,6").starts_with("is 3×2, not square"));
        assert!(why("1").starts_with("is 1×1: expected"));
        for text in ["", "\n\n", "# only a comment\n", "\u{feff}", "   \n"] {
            assert!(why(text).starts_with("is empty: it has no numbers"), "{text:?}");
        }
    }

    #[test]
    fn the_largest_grid_is_read_and_one_more_is_not() {
        let rows = |rows: usize, columns: usize| {
            let row = vec!["1"; columns].join(",");
            vec![row; rows].join("\n")
        };
        assert_eq!(read(&rows(256, 256)).expect("numbers").dim(), (256, 256));
        assert!(why(&rows(257, 256)).starts_with("has more than 256 rows"));
        assert!(why(&rows(1, 257)).starts_with("has more than 256 columns"));
        // Refused at row 257: the broken row after it is never looked at.
        assert!(why(&format!("{}\nx", rows(257, 2))).starts_with("has more than 256 rows"));
    }

    #[test]
    fn other_encodings_are_refused() {
        assert_eq!(
            decode(b"1,2\n3,\xff"),
            Err("is not UTF-8 text: the byte at position 6 is invalid".into())
        );
        assert!(decode(b"\xff\xfe1\x00").expect_err("UTF-16").contains("UTF-16"));
        assert!(decode(&[0; 64]).is_err());
    }

    #[test]
    fn an_open_quote_is_refused_and_not_a_hang() {
        assert!(read(&format!("\"{}", "1,2\n".repeat(100_000))).is_err());
    }

    #[test]
    fn errors_name_the_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.csv");
        std::fs::write(&path, "1,2\n3,4,5\n").expect("written");
        let text = read_csv(&path, "target").expect_err("ragged").to_string();
        assert!(text.starts_with("target ") && text.contains("a.csv is ragged: row 2"), "{text}");
    }

    #[test]
    fn written_numbers_are_short() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.csv");
        write_csv(&path, &array![[0.1, 1e-300], [0.0, 12.0]]).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "0.1,1e-300\n0.0,12.0\n");
    }

    proptest! {
        #[test]
        fn any_array_survives_a_round_trip(k in 2usize..12, seed in proptest::collection::vec(any::<f64>(), 144)) {
            let dir = tempfile::tempdir().expect("a directory");
            let path = dir.path().join("a.csv");
            let values = Array2::from_shape_vec((k, k), seed[..k * k].to_vec()).expect("k * k values");
            write_csv(&path, &values).expect("written");
            let back = read_csv(&path, "x").expect("read");
            prop_assert_eq!(back.dim(), (k, k));
            // A NaN's payload is not written.
            prop_assert!(back.iter().zip(&values).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())));
        }
    }
}
