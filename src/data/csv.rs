//! Reads a square array of numbers from a `.csv` file, and writes one with every digit.

mod reading;
mod table;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use ndarray::Array2;

use super::atomic::atomic_write;
use super::error::DataError;
use super::pmf::{K_MAX, K_MIN};
use super::read::{MAX_ARRAY_BYTES, read_limited};
use super::sniff::mistaken;
use table::Table;

/// Reads the K×K numbers at `path` as they are (not normalised): row = token 1 (axis 0), column = token 2
/// (axis 1).
///
/// Cells are separated by semicolons, tabs, `|` or commas (the first of these that there is outside of quotes, or what a
/// line `sep=;` says), or by blanks alone. Numbers have a decimal point, or where commas do not separate a decimal comma.
/// Blank lines and lines that start with `#` are skipped, and so are empty cells that end rows and rows of nothing else at
/// the end. K×K numbers are taken as they are; a title row and an index column are left out where they can be nothing
/// else: names, or the counts of pandas. The text is UTF-8, with or without a byte order mark.
///
/// # Errors
/// [`DataError`] naming `what` and `path`: unreadable, over 16 MiB, another kind of file, not UTF-8, a cell that is not a
/// number (row, column and text are named), rows of different lengths, not square, or a side outside
/// [`K_MIN`]`..=`[`K_MAX`]; where a title row, an index column or the separator may be to blame, it is named.
pub fn read_csv(path: &Path, what: &str) -> Result<Array2<f64>, DataError> {
    let bytes = read_limited(path, MAX_ARRAY_BYTES, what)?;
    decode(&bytes).map_err(|why| DataError::content(what, path, why))
}

/// [`read_csv`] on the bytes of a file.
///
/// # Errors
/// As [`read_csv`], but for the file itself; the error continues a sentence that starts with the file's name.
pub fn decode(bytes: &[u8]) -> Result<Array2<f64>, String> {
    if let Some(why) = mistaken(bytes, "CSV text") {
        return Err(why);
    }
    reading::numbers(Table::new(utf8(bytes)?)?)
}

pub(super) fn utf8(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        format!("is not UTF-8 text: the byte at position {at} is invalid; save it as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.find('\0') {
        Some(at) => Err(format!("is no text: it has a zero byte at position {at}; save it as UTF-8 text")),
        None => Ok(text),
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
    atomic_write(path, |file| file.write_all(csv_text(values).as_bytes()))
}

/// The text of such a file.
pub fn csv_text(values: &Array2<f64>) -> String {
    let mut text = String::new();
    for row in values.rows() {
        for (i, value) in row.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            // Debug, unlike Display, has an exponent where 1e-300 would otherwise fill a line with zeros. Writing into a
            // String cannot fail.
            _ = write!(text, "{comma}{value:?}");
        }
        text.push('\n');
    }
    text
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
    fn what_spreadsheets_and_pandas_put_around_numbers_is_left_out() {
        let three = array![[0.5, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.25]];
        for text in [
            // pandas: to_csv(), index=False, and the same with names.
            ",0,1,2\n0,0.5,1.0,2.0\n1,3.0,4.0,5.0\n2,6.0,7.0,8.25\n",
            "0,1,2\n0.5,1.0,2.0\n3.0,4.0,5.0\n6.0,7.0,8.25\n",
            "a,b,c\n0.5,1.0,2.0\n3.0,4.0,5.0\n6.0,7.0,8.25\n",
            ",a,b,c\n0,0.5,1.0,2.0\n1,3.0,4.0,5.0\n2,6.0,7.0,8.25\n",
            ",a,b,c\nx,0.5,1,2\ny,3,4,5\nz,6,7,8.25\n",
            "name,0,1,2\n0,0.5,1.0,2.0\n1,3.0,4.0,5.0\n2,6.0,7.0,8.25\n",
            "id,a,b,c\nx,0.5,1,2\ny,3,4,5\nz,6,7,8.25\n",
            "Unnamed: 0,a,b,c\n0,0.5,1,2\n1,3,4,5\n2,6,7,8.25\n",
            // header=False.
            "0,0.5,1.0,2.0\n1,3.0,4.0,5.0\n2,6.0,7.0,8.25\n",
            "x,0.5,1,2\ny,3,4,5\nz,6,7,8.25\n",
            // write.csv and write.table of R.
            "\"\",\"V1\",\"V2\",\"V3\"\n\"1\",0.5,1,2\n\"2\",3,4,5\n\"3\",6,7,8.25\n",
            "\"V1\" \"V2\" \"V3\"\n\"1\" 0.5 1 2\n\"2\" 3 4 5\n\"3\" 6 7 8.25\n",
            // Spreadsheets.
            "sep=;\r\n0,5;1;2\r\n3;4;5\r\n6;7;8,25\r\n",
            "\u{feff}SEP=,\n.5,1,2\n3,4,5\n6,7,8.25",
            "0.5;1;2;\n3;4;5;\n6;7;8.25;\n",
            "a;b;c\n0,5;1;2;;\n3;4;5;;\n6;7;8,25;;\n;;;;\n;;;;\n",
            "A title of the whole\n0.5,1,2\n3,4,5\n6,7,8.25\n",
            "\"a, b\";c;d\n0,5;1;2\n3;4;5\n6;7;8,25\n",
            "0,5\t1\t2\n3\t4\t5\n6\t7\t8,25\n",
            "0.5|1|2\n3|4|5\n6|7|8.25\n",
            // numpy.savetxt.
            "5.000000000000000000e-01 1.0 2.0\n3.0 4.0 5.0\n6.0   7.0 8.25\n",
        ] {
            assert_eq!(read(text), Ok(three.clone()), "{text:?}");
        }
        assert_eq!(read("sep=;\n0,5;1\n1;1\n"), Ok(array![[0.5, 1.0], [1.0, 1.0]]));
        assert_eq!(read("1 2\n3 4"), Ok(array![[1.0, 2.0], [3.0, 4.0]]));
        assert_eq!(read("1,2,\n3,4\n"), Ok(array![[1.0, 2.0], [3.0, 4.0]]));
    }

    #[test]
    fn numbers_are_numbers_whatever_they_look_like() {
        for (text, first) in [("0,1,2\n1,5,6\n2,7,8", 0.0), ("0,1\n1,0", 0.0), ("1,2\n2,4", 1.0)] {
            let values = read(text).expect("numbers");
            assert_eq!((values[[0, 0]], values.len()), (first, text.split([',', '\n']).count()), "{text}");
        }
    }

    #[test]
    fn what_could_be_two_things_is_refused_and_said() {
        for (text, words) in [
            // Whole numbers everywhere: the first row or column could be data.
            ("0,1,2\n3,4,5\n6,7,8\n9,10,11", &["is 4×3", "the first row is a title row", "header=False"][..]),
            ("0,1,2\n1,3,4", &["is 2×3", "the first column is an index", "index=False"]),
            // Titles and index of other numbers.
            (",0.2,0.3\n0.1,0.5,0.6\n0.7,0.8,0.9", &["empty cell in row 1, column 1", "title row", "index"]),
            (
                "x,0.2,0.3\n0.1,0.5,0.6\n0.7,0.8,0.9",
                &["\"x\", not a number, in row 1, column 1", "title row", "index"],
            ),
            // An index that would make a square of what is none.
            ("id,a,b\n0,.1,.2\n1,.3,.4\n2,.5,.6", &["title row", "index", "index=False"]),
            (",a,b\n0,.1,.2\n1,.3,.4\n2,.5,.6", &["index=False"]),
            ("a,b,c\n1,2,3\n4,5,6", &["has a title row and below it 2×3", "first column is an index"]),
            // Names among numbers.
            ("a,1\nb,2", &["\"a\"", "the first column is an index", "index=False"]),
            ("1,x,2\n3,4,5\n6,7,8", &["\"x\", not a number, in row 1, column 2"]),
            // Separators and decimal signs.
            ("sep=ab\n1,2\n3,4", &["\"ab\" is the separator", "expected a comma"]),
            ("1.234;0,5\n1;1", &["\"1.234\" and \"0,5\"", "decimal points"]),
            ("1.234,5;1\n1;1", &["decimal point", "thousands"]),
            ("\"0,5\",1\n1,1", &["\"0,5\"", "decimal point"]),
            ("1:2\n3:4", &["separate cells by commas"]),
            ("a remark, and more\n1;2\n3;4", &["is ragged"]),
        ] {
            let why = why(text);
            assert!(words.iter().all(|word| why.contains(word)), "{text:?}: {why}");
        }
    }

    #[test]
    fn other_kinds_of_files_are_named() {
        for (bytes, word) in [
            (&b"PK\x03\x04................................xl/workbook.xml"[..], "a spreadsheet"),
            (b"\x93NUMPY\x01\x00", "an .npy array"),
            (b"\xff\xfe1\x00,\x002\x00", "UTF-16 text; save it as UTF-8"),
            (b"1\x00,\x002\x00", "zero byte"),
            (b"<!DOCTYPE html><html>", "a web page"),
            (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        ] {
            let why = decode(bytes).expect_err(word);
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn bad_cells_are_named_by_row_column_and_text() {
        assert_eq!(why("1,2\n3,x"), "has \"x\", not a number, in row 2, column 2");
        assert_eq!(why("# c\n\n1,2\nx,3"), "has \"x\", not a number, in row 2 (line 4), column 1");
        assert_eq!(why("sep=;\n1;2\nx;3"), "has \"x\", not a number, in row 2 (line 3), column 1");
        assert_eq!(why("1,\n3,4"), "has an empty cell in row 1, column 2");
        assert_eq!(why("1,2\n,\n3,4"), "has an empty cell in row 2, column 1");
        let long = why(&format!("{},1", "é".repeat(1000)));
        assert!(long.contains(&format!("\"{}…\"", "é".repeat(24))) && long.len() < 200, "{long}");
    }

    #[test]
    fn shapes_other_than_square_are_named() {
        assert_eq!(why("1,2\n3"), "is ragged: row 2 has 1 cell, the first row has 2");
        assert!(why("1,2\n3,4\n5,6").starts_with("is 3×2, not square"));
        assert!(why("1").starts_with("is 1×1: expected"));
        for text in ["", "\n\n", "# only a comment\n", "\u{feff}", "   \n", ",,\n,,\n", "sep=;\n"] {
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
        let titles = (0..256).map(|i| format!("t{i}")).collect::<Vec<_>>().join(",");
        assert_eq!(read(&format!("{titles}\n{}", rows(256, 256))).expect("numbers").dim(), (256, 256));
        assert!(why(&rows(257, 256)).starts_with("is 257×256, not square"));
        assert!(why(&rows(257, 257)).starts_with("has more than 256 rows"));
        assert!(why(&rows(258, 256)).starts_with("has more than 256 rows"));
        assert!(why(&rows(1, 258)).starts_with("has more than 256 columns"));
        // Refused at the row that is too many: the broken row after it is never looked at.
        assert!(why(&format!("{}\nx", rows(258, 2))).starts_with("has more than 256 rows"));
        // Empty rows and cells of a spreadsheet are none.
        let padded = format!("1,2{0}\n3,4{0}{1}", ",".repeat(1000), "\n,,".repeat(1000));
        assert_eq!(read(&padded).expect("numbers").dim(), (2, 2));
    }

    #[test]
    fn other_encodings_are_refused() {
        assert_eq!(
            decode(b"1,2\n3,\xff"),
            Err("is not UTF-8 text: the byte at position 6 is invalid; save it as UTF-8".into())
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
