//! Reads a square array of numbers from a NumPy `.npy` file, and writes arrays to one.

use std::io;
use std::path::Path;

use ndarray::{Array2, ShapeBuilder};
use npyz::{DType, Deserialize, NpyFile, NpyHeader, Order, TypeChar, WriterBuilder};

use super::atomic::atomic_write;
use super::error::DataError;
use super::pmf::{K_MAX, K_MIN};
use super::read::{MAX_ARRAY_BYTES, read_limited};

const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header that is parsed. That of a plain array has 118 or 54 bytes.
const MAX_HEADER_BYTES: usize = 4096;
/// Deepest nesting of brackets in a header: 2 for a plain array, 4 for a structured one whose fields are
/// arrays. npyz's parser recurses, and each level multiplies its time.
const MAX_HEADER_DEPTH: usize = 4;
/// Largest product of all numbers in a header, far below where npyz's own product would overflow.
const MAX_HEADER_PRODUCT: u128 = 1 << 62;

/// Reads the K×K array at `path` as it is (not normalised), in C order, axis 0 = token 1, axis 1 = token 2.
///
/// Accepts floats of 4 and 8 bytes, integers of 1 to 8 bytes and booleans, of either byte order, in C and in
/// Fortran order. 8-byte integers beyond 2⁵³ are rounded. Nothing is allocated for a size that the header
/// only claims.
///
/// # Errors
/// [`DataError`] naming `what` and `path`: unreadable, over 16 MiB, not an `.npy` file, complex, pickled or
/// structured, not square, a side outside [`K_MIN`]`..=`[`K_MAX`], truncated, or with bytes left over.
pub fn read_npy(path: &Path, what: &str) -> Result<Array2<f64>, DataError> {
    let bytes = read_limited(path, MAX_ARRAY_BYTES, what)?;
    decode(&bytes).map_err(|why| DataError::content(what, path, why))
}

/// [`read_npy`] on the bytes of a file. The error continues a sentence that starts with the file's name.
pub(super) fn decode(bytes: &[u8]) -> Result<Array2<f64>, String> {
    let header_len = check_preamble(bytes)?;
    let (preamble_and_header, data) = bytes.split_at(header_len);
    let header = NpyHeader::from_reader(preamble_and_header)
        .map_err(|e| format!("has a header that cannot be read: {e}"))?;
    let item_bytes = check_dtype(&header.dtype())?;
    let k = square_side(header.shape())?;
    let expected = k * k * item_bytes;
    let descr = header.dtype().descr().replace('\'', "");
    if data.len() < expected {
        return Err(format!(
            "is truncated: a {k}×{k} array of {descr} has {expected} bytes of data, this file has {}",
            data.len()
        ));
    }
    if data.len() > expected {
        return Err(format!(
            "has {} trailing bytes after its {k}×{k} array of {descr}",
            data.len() - expected
        ));
    }
    let order = header.order();
    let values = read_values(header, data)?;
    let shape = (k, k).set_f(order == Order::Fortran);
    let array =
        Array2::from_shape_vec(shape, values).map_err(|e| format!("has data of the wrong size: {e}"))?;
    Ok(array.as_standard_layout().into_owned())
}

/// Everything before the array's data, checked for what npyz does not guard against; returns its length.
fn check_preamble(bytes: &[u8]) -> Result<usize, String> {
    if bytes.is_empty() {
        return Err("is empty: it has no bytes".into());
    }
    if !bytes.starts_with(MAGIC) {
        let hint = if bytes.starts_with(b"PK") {
            " (it looks like an .npz archive: save one array with numpy.save)"
        } else if bytes.starts_with(b"\x80") {
            " (it looks like a pickle: save the array with numpy.save)"
        } else {
            " (it does not start with \"\\x93NUMPY\")"
        };
        return Err(format!("is not an .npy file{hint}"));
    }
    const CUT: &str = "is truncated: it ends in its header";
    let field = |range: std::ops::Range<usize>| bytes.get(range).ok_or_else(|| CUT.to_owned());
    let (start, length) = match field(6..8)? {
        [1, 0] => match field(8..10)? {
            [a, b] => (10, usize::from(u16::from_le_bytes([*a, *b]))),
            _ => return Err(CUT.into()),
        },
        [2 | 3, 0] => match field(8..12)? {
            [a, b, c, d] => (12, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
            _ => return Err(CUT.into()),
        },
        version => {
            return Err(format!(
                "has the unknown .npy version {}.{}: expected 1.0, 2.0 or 3.0",
                version[0], version[1]
            ));
        }
    };
    if length > MAX_HEADER_BYTES {
        return Err(format!(
            "claims a header of {length} bytes: a plain array's has at most {MAX_HEADER_BYTES}"
        ));
    }
    check_header_text(field(start..start + length)?)?;
    Ok(start + length)
}

/// Refuses header texts on which npyz would overflow, recurse without bound or take exponential time.
fn check_header_text(header: &[u8]) -> Result<(), String> {
    let malformed = |why: &str| Err(format!("has a malformed header: {why}"));
    let Ok(text) = std::str::from_utf8(header) else {
        return malformed("it is not text");
    };
    let mut depth = 0_usize;
    let mut product = 1_u128;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\'' | '"' => {
                let Some(end) = rest.find(c) else {
                    return malformed("a string has no end");
                };
                let string = &rest[..end];
                rest = &rest[end + c.len_utf8()..];
                // Escapes and triple quotes could end the string elsewhere for npyz than here.
                if string.contains('\\') || rest.starts_with(['\'', '"']) {
                    return malformed("it has an escaped string");
                }
            }
            '(' | '[' | '{' => {
                depth += 1;
                if depth > MAX_HEADER_DEPTH {
                    return malformed("it has brackets within brackets within brackets");
                }
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' | ':' | ' ' | '\t' | '\n' => {}
            c if c.is_ascii_alphanumeric() => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                let word = format!("{c}{}", &rest[..end]);
                rest = &rest[end..];
                if word == "True" || word == "False" {
                    continue;
                }
                if !word.bytes().all(|b| b.is_ascii_digit()) {
                    return malformed(&format!("\"{word}\" is unexpected"));
                }
                let number = word.parse::<u128>().unwrap_or(u128::MAX);
                product = product.saturating_mul(number.max(1));
                if product > MAX_HEADER_PRODUCT {
                    return Err(format!("claims an array of astronomic size: {}", expected_size()));
                }
            }
            other => return malformed(&format!("{other:?} is unexpected")),
        }
    }
    Ok(())
}

fn expected_size() -> String {
    format!("expected K×K with K from {K_MIN} to {K_MAX}")
}

/// The bytes of one item of a dtype that is accepted.
fn check_dtype(dtype: &DType) -> Result<usize, String> {
    const EXPECTED: &str = "expected real numbers (f4, f8, i1 to i8, u1 to u8 or bool)";
    if dtype.uses_pickled_array() {
        return Err(format!("holds pickled Python objects: {EXPECTED}"));
    }
    let DType::Plain(ty) = dtype else {
        return Err(format!("holds a structured array: {EXPECTED}"));
    };
    match (ty.type_char(), ty.size_field()) {
        (TypeChar::Float, 4 | 8) | (TypeChar::Int | TypeChar::Uint, 1 | 2 | 4 | 8) | (TypeChar::Bool, 1) => {
            Ok(ty.size_field() as usize)
        }
        (TypeChar::Complex, _) => Err(format!("holds complex numbers ({ty}): {EXPECTED}")),
        _ => Err(format!("holds values of the dtype {ty}: {EXPECTED}")),
    }
}

fn square_side(shape: &[u64]) -> Result<usize, String> {
    let text = shape.iter().map(u64::to_string).collect::<Vec<_>>().join("×");
    match *shape {
        [] => Err(format!("holds a single number: {}", expected_size())),
        [rows, columns] if rows != columns => Err(format!("is {text}, not square: {}", expected_size())),
        [k, _] => match usize::try_from(k) {
            Ok(k) if (K_MIN..=K_MAX).contains(&k) => Ok(k),
            _ => Err(format!("is {text}: {}", expected_size())),
        },
        _ => Err(format!("has {} axes ({text}): {}", shape.len(), expected_size())),
    }
}

/// All items as f64, in the order of the file. The dtype has been through [`check_dtype`].
fn read_values(header: NpyHeader, data: &[u8]) -> Result<Vec<f64>, String> {
    fn cast<T: Deserialize>(
        header: NpyHeader,
        data: &[u8],
        to_f64: fn(T) -> f64,
    ) -> Result<Vec<f64>, String> {
        let values = NpyFile::with_header(header, data).into_vec::<T>();
        match values {
            Ok(values) => Ok(values.into_iter().map(to_f64).collect()),
            Err(e) => Err(format!("has data that cannot be read: {e}")),
        }
    }
    let DType::Plain(ty) = header.dtype() else {
        return Err("holds a structured array".into());
    };
    match (ty.type_char(), ty.size_field()) {
        (TypeChar::Float, 4) => cast::<f32>(header, data, f64::from),
        (TypeChar::Int, 1) => cast::<i8>(header, data, f64::from),
        (TypeChar::Int, 2) => cast::<i16>(header, data, f64::from),
        (TypeChar::Int, 4) => cast::<i32>(header, data, f64::from),
        (TypeChar::Int, _) => cast::<i64>(header, data, |v| v as f64),
        (TypeChar::Uint, 1) => cast::<u8>(header, data, f64::from),
        (TypeChar::Uint, 2) => cast::<u16>(header, data, f64::from),
        (TypeChar::Uint, 4) => cast::<u32>(header, data, f64::from),
        (TypeChar::Uint, _) => cast::<u64>(header, data, |v| v as f64),
        (TypeChar::Bool, _) => cast::<bool>(header, data, |v| f64::from(u8::from(v))),
        _ => cast::<f64>(header, data, |v| v),
    }
}

/// Writes `values` (C order) as a float64 `.npy` file of the given shape, atomically.
///
/// # Errors
/// [`DataError::Write`] where `shape` does not hold as many values as there are, or the file cannot be
/// written.
pub fn write_npy_f64(path: &Path, shape: &[usize], values: &[f64]) -> Result<(), DataError> {
    write_npy(path, shape, values, "<f8")
}

/// Writes `values` (C order) as an int64 `.npy` file of the given shape, atomically.
///
/// # Errors
/// As [`write_npy_f64`].
pub fn write_npy_i64(path: &Path, shape: &[usize], values: &[i64]) -> Result<(), DataError> {
    write_npy(path, shape, values, "<i8")
}

/// Little-endian whatever the machine, so that the same run gives the same file.
fn write_npy<T: npyz::Serialize + Copy>(
    path: &Path,
    shape: &[usize],
    values: &[T],
    descr: &str,
) -> Result<(), DataError> {
    let size = shape.iter().try_fold(1_usize, |product, n| product.checked_mul(*n));
    if size != Some(values.len()) {
        return Err(DataError::write(
            path,
            format!("{} values do not fill an array of shape {shape:?}", values.len()),
        ));
    }
    let invalid = |e: npyz::ParseTypeStrError| io::Error::other(e.to_string());
    atomic_write(path, |file| {
        let dtype = DType::Plain(descr.parse().map_err(invalid)?);
        let shape: Vec<u64> = shape.iter().map(|n| *n as u64).collect();
        let mut writer = npyz::WriteOptions::new().dtype(dtype).shape(&shape).writer(file).begin_nd()?;
        writer.extend(values.iter().copied())?;
        writer.finish()
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    /// An `.npy` file with this header dictionary, padded as numpy does.
    pub(in super::super) fn file_with(dict: &str, data: &[u8]) -> Vec<u8> {
        let mut text = dict.to_owned();
        while !(10 + text.len() + 1).is_multiple_of(64) {
            text.push(' ');
        }
        text.push('\n');
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.bytes());
        bytes.extend(data);
        bytes
    }

    pub(in super::super) fn plain(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
        let order = if fortran { "True" } else { "False" };
        let dict = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
        file_with(&dict, data)
    }

    fn why(bytes: &[u8]) -> String {
        decode(bytes).expect_err("refused")
    }

    fn four_f8() -> Vec<u8> {
        [1.5, 2.0, 0.0, 4.0].iter().flat_map(|v: &f64| v.to_le_bytes()).collect()
    }

    #[test]
    fn every_dtype_of_both_byte_orders_is_read() {
        let expected = array![[1.0, 2.0], [3.0, 100.0]];
        macro_rules! check {
            ($($descr:literal $ty:ty),+) => {$(
                let values = [1 as $ty, 2 as $ty, 3 as $ty, 100 as $ty];
                let little: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
                let big: Vec<u8> = values.iter().flat_map(|v| v.to_be_bytes()).collect();
                assert_eq!(decode(&plain(concat!("<", $descr), false, "(2, 2)", &little)), Ok(expected.clone()));
                assert_eq!(decode(&plain(concat!(">", $descr), false, "(2, 2)", &big)), Ok(expected.clone()));
            )+};
        }
        check!("f4" f32, "f8" f64, "i1" i8, "i2" i16, "i4" i32, "i8" i64, "u1" u8, "u2" u16, "u4" u32, "u8" u64);
        assert_eq!(decode(&plain("|i1", false, "(2, 2)", &[1, 2, 3, 100])), Ok(expected));
        assert_eq!(decode(&plain("|b1", false, "(2, 2)", &[1, 0, 0, 1])), Ok(array![[1.0, 0.0], [0.0, 1.0]]));
    }

    #[test]
    fn fortran_order_is_transposed_into_c_order() {
        let array = decode(&plain("|u1", true, "(2, 2)", &[1, 2, 3, 4])).expect("an array");
        assert_eq!(array, array![[1.0, 3.0], [2.0, 4.0]]);
        assert!(array.is_standard_layout());
    }

    #[test]
    fn versions_2_and_3_are_read() {
        let v1 = plain("<f8", false, "(2, 2)", &four_f8());
        for version in [2, 3] {
            let mut bytes = MAGIC.to_vec();
            bytes.extend([version, 0, v1[8], v1[9], 0, 0]);
            bytes.extend(&v1[10..]);
            assert_eq!(decode(&bytes), Ok(array![[1.5, 2.0], [0.0, 4.0]]));
        }
        let mut v9 = v1;
        v9[6] = 9;
        assert!(why(&v9).contains("version 9.0"));
    }

    #[test]
    fn other_contents_are_named() {
        assert_eq!(why(b""), "is empty: it has no bytes");
        assert!(why(b"hello, world").starts_with("is not an .npy file"));
        assert!(why(b"\x93NUMP").starts_with("is not an .npy file"));
        assert!(why(b"PK\x03\x04rest").contains(".npz archive"));
        assert!(why(b"\x80\x04\x95").contains("pickle"));
        assert!(why(&plain("<c16", false, "(2, 2)", &[0; 64])).contains("complex numbers (<c16)"));
        assert!(why(&plain("|O", false, "(2, 2)", &[0; 64])).contains("pickled Python objects"));
        let structured =
            "{'descr': [('a', '<f8'), ('b', '<i4', (2,))], 'fortran_order': False, 'shape': (2, 2), }";
        assert!(why(&file_with(structured, &[0; 64])).contains("structured"));
        let pickled = "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (2, 2), }";
        assert!(why(&file_with(pickled, &[0; 64])).contains("pickled"));
        for descr in ["<f2", "<f16", "<U4", "|S8", "<m8[s]", "|V8"] {
            assert!(
                why(&plain(descr, false, "(2, 2)", &[0; 64])).contains("expected real numbers"),
                "{descr}"
            );
        }
        assert!(why(&plain("|b1", false, "(2, 2)", &[0, 1, 2, 3])).contains("invalid value for bool: 2"));
    }

    #[test]
    fn shapes_other_than_square_are_named() {
        for (shape, part) in [
            ("()", "a single number"),
            ("(16,)", "1 axes (16)"),
            ("(2, 2, 4)", "3 axes (2×2×4)"),
            ("(2, 3)", "2×3, not square"),
            ("(0, 0)", "is 0×0: expected"),
            ("(1, 1)", "is 1×1: expected"),
            ("(257, 257)", "is 257×257: expected K×K with K from 2 to 256"),
        ] {
            let text = why(&plain("<f8", false, shape, &[0; 128]));
            assert!(text.contains(part), "{shape}: {text}");
        }
    }

    #[test]
    fn truncated_and_trailing_bytes_are_counted() {
        let bytes = plain("<f8", false, "(2, 2)", &four_f8());
        assert_eq!(
            why(&bytes[..bytes.len() - 1]),
            "is truncated: a 2×2 array of <f8 has 32 bytes of data, this file has 31"
        );
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "cut to {length} bytes");
        }
        let mut longer = bytes;
        longer.extend([0; 3]);
        assert_eq!(why(&longer), "has 3 trailing bytes after its 2×2 array of <f8");
    }

    #[test]
    fn header_bombs_are_refused_at_once() {
        assert!(
            why(&plain("<f8", false, "(1000000000, 1000000000)", &[]))
                .contains("1000000000×1000000000: expected")
        );
        for shape in [
            "(99999999999, 99999999999)",
            "(18446744073709551615, 2)",
            "(340282366920938463463374607431768211456, 2)",
            "(3000000000, 3000000000, 3000000000, 0)",
        ] {
            assert!(why(&plain("<f8", false, shape, &[])).contains("astronomic"), "{shape}");
        }
        assert!(decode(&plain("|V18446744073709551615", false, "(2, 2)", &[0; 9])).is_err());
        let huge =
            "{'descr': [('a', '|V18446744073709551615', (2,))], 'fortran_order': False, 'shape': (2, 2), }";
        assert!(decode(&file_with(huge, &[])).is_err());
        // 4 GiB of header, claimed by twelve bytes.
        assert!(why(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{").contains("claims a header of 4294967295 bytes"));
    }

    #[test]
    fn deep_or_strange_headers_are_refused_at_once() {
        for open in ["(", "[", "{", "(1,", "{1:"] {
            assert!(why(&file_with(&open.repeat(1000), &[])).contains("brackets"), "{open}");
        }
        for dict in [
            "{'descr': '<f8', 'fortran_order': False, 'shape': (0xff, 2), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1_0, 1_0), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-2, -2), }",
            "{'descr': '\\x3cf8', 'fortran_order': False, 'shape': (2, 2), }",
            "{'''descr''': '<f8', 'fortran_order': False, 'shape': (2, 2), }",
            "{'descr': '<f8, 'fortran_order': False, 'shape': (2, 2), }",
            "{'descr': '<f8', 'fortran_order': 0, 'shape': (2, 2), }",
            "{'descr': '<f8', 'shape': (2, 2), }",
            "{'descr': '<é', 'fortran_order': False, 'shape': (2, 2), }",
            "{'descr': '', 'fortran_order': False, 'shape': (2, 2), }",
            "{'descr': '<i3', 'fortran_order': False, 'shape': (2, 2), }",
            "[1, 2]",
            "",
        ] {
            assert!(decode(&file_with(dict, &four_f8())).is_err(), "{dict}");
        }
    }

    #[test]
    fn no_header_takes_long() {
        let start = std::time::Instant::now();
        for (open, item) in
            [("(1,", "1,"), ("[", "1,"), ("{", "1,"), ("{1:", "1,"), ("[", "(1,"), ("{", "'a',"), ("[", "{}")]
        {
            for depth in 1..=MAX_HEADER_DEPTH {
                let header = open.repeat(depth) + &item.repeat((MAX_HEADER_BYTES - 300) / item.len());
                assert!(decode(&file_with(&header, &[])).is_err());
            }
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }

    #[test]
    fn a_file_that_is_written_reads_back_to_the_bit() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.npy");
        let values = [0.1, 1.0 / 3.0, f64::MAX, 5e-324, -0.0, f64::NAN, f64::INFINITY, 1e-300, 2.0];
        write_npy_f64(&path, &[3, 3], &values).expect("written");
        let back = read_npy(&path, "target").expect("read");
        for (a, b) in values.iter().zip(&back) {
            assert_eq!(a.to_bits(), b.to_bits());
        }
        // What numpy.save writes, byte for byte: aligned to 64, version 1.0, C order.
        let bytes = std::fs::read(&path).expect("bytes");
        let text = String::from_utf8_lossy(&bytes[10..bytes.len() - 72]);
        assert_eq!((bytes.len() - 72) % 64, 0);
        assert!(
            text.contains("'<f8'") && text.contains("'fortran_order': False") && text.contains("(3, 3"),
            "{text}"
        );
    }

    #[test]
    fn integers_and_other_shapes_are_written() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("p.npy");
        let values: Vec<i64> = vec![0, -1, i64::MAX, i64::MIN, 7, 8];
        write_npy_i64(&path, &[3, 2], &values).expect("written");
        let file = NpyFile::new(std::fs::File::open(&path).expect("a file")).expect("a header");
        assert_eq!(file.shape(), &[3, 2]);
        assert_eq!(file.into_vec::<i64>().expect("integers"), values);
        write_npy_f64(&path, &[0, 5], &[]).expect("empty arrays are arrays");
    }

    #[test]
    fn a_shape_that_does_not_fit_writes_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.npy");
        for shape in [&[2, 3][..], &[usize::MAX, 2], &[]] {
            let text = write_npy_f64(&path, shape, &[0.0; 4]).expect_err("refused").to_string();
            assert!(text.contains("a.npy") && text.contains("4 values do not fill"), "{text}");
        }
        assert!(!path.exists());
    }

    #[test]
    fn errors_name_the_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("empty.npy");
        std::fs::write(&path, b"").expect("written");
        let text = read_npy(&path, "source").expect_err("empty").to_string();
        assert_eq!(text, format!("source {} is empty: it has no bytes", path.display()));
        std::fs::File::create(&path).and_then(|f| f.set_len((16 << 20) + 1)).expect("sparse");
        let text = read_npy(&path, "source").expect_err("too big").to_string();
        assert!(text.contains("limit of 16 MiB"), "{text}");
    }

    proptest! {
        #[test]
        fn any_pmf_survives_a_round_trip(k in 2usize..12, seed in proptest::collection::vec(any::<f64>(), 144)) {
            let dir = tempfile::tempdir().expect("a directory");
            let path = dir.path().join("a.npy");
            write_npy_f64(&path, &[k, k], &seed[..k * k]).expect("written");
            let back = read_npy(&path, "x").expect("read");
            prop_assert_eq!(back.dim(), (k, k));
            prop_assert!(back.iter().zip(&seed).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    }
}
