//! What is read, what is refused, and that neither takes long.

use super::header::{MAGIC, MAX_HEADER_BYTES, MAX_HEADER_DEPTH};
use super::*;
use ndarray::array;
use proptest::prelude::*;

/// An `.npy` file with this header dictionary, padded as numpy does.
pub(in crate::data) fn file_with(dict: &str, data: &[u8]) -> Vec<u8> {
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

pub(in crate::data) fn plain(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
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
fn half_precision_of_both_byte_orders_is_read() {
    // 0.5, 1, −2, the smallest, the largest, infinity: IEEE 754 binary16.
    let bits: [u16; 9] = [0x3800, 0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x0000, 0x4820, 0x3555];
    let expected =
        array![[0.5, 1.0, -2.0], [2.0_f64.powi(-24), 65504.0, f64::INFINITY], [0.0, 8.25, 0.333_251_953_125]];
    let little: Vec<u8> = bits.iter().flat_map(|b| b.to_le_bytes()).collect();
    let big: Vec<u8> = bits.iter().flat_map(|b| b.to_be_bytes()).collect();
    assert_eq!(decode(&plain("<f2", false, "(3, 3)", &little)), Ok(expected.clone()));
    assert_eq!(decode(&plain(">f2", false, "(3, 3)", &big)), Ok(expected.clone()));
    assert_eq!(
        decode(&plain("<f2", true, "(3, 3)", &little)),
        Ok(expected.reversed_axes().as_standard_layout().into_owned())
    );
    assert!(
        why(&plain("<f2", false, "(3, 3)", &little[1..]))
            .contains("of <f2 has 18 bytes of data, this file has 17")
    );
}

#[test]
fn headers_of_python_2_are_read() {
    let expected = Ok(array![[1.5, 2.0], [0.0, 4.0]]);
    for shape in ["(2L, 2L)", "(2L, 2)", "(1L, 2L, 2L)"] {
        assert_eq!(decode(&plain("<f8", false, shape, &four_f8())), expected, "{shape}");
    }
    for shape in ["(L, 2)", "(2LL, 2)", "(2l, 2)", "(2L 2)"] {
        assert!(decode(&plain("<f8", false, shape, &four_f8())).is_err(), "{shape}");
    }
    assert!(why(&plain("<f8", false, "(99999999999L, 99999999999L)", &[])).contains("astronomic"));
}

#[test]
fn axes_of_length_one_are_dropped() {
    let expected = Ok(array![[1.5, 2.0], [0.0, 4.0]]);
    for shape in ["(1, 2, 2)", "(2, 1, 2)", "(2, 2, 1)", "(1, 1, 2, 2)"] {
        assert_eq!(decode(&plain("<f8", false, shape, &four_f8())), expected, "{shape}");
    }
    let turned = Ok(array![[1.5, 0.0], [2.0, 4.0]]);
    assert_eq!(decode(&plain("<f8", true, "(2, 2, 1)", &four_f8())), turned);
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
    let zip = [&b"PK\x03\x04"[..], &[0; 22], &[9, 0, 0, 0], b"arr_0.npy\x93NUMPY"].concat();
    assert!(
        why(&zip).contains("it is an .npz archive of NumPy; save one of its arrays alone"),
        "{}",
        why(&zip)
    );
    assert!(why(b"\x80\x04\x95").contains("a pickle of Python; save the array itself, with numpy.save"));
    assert!(why(b"<!DOCTYPE html><html>").contains("a web page"));
    assert!(why(b"version https://git-lfs.github.com/spec/v1\noid").contains("git lfs pull"));
    assert!(why(&plain("<c16", false, "(2, 2)", &[0; 64])).contains("complex numbers (<c16)"));
    assert!(why(&plain("|O", false, "(2, 2)", &[0; 64])).contains("pickled Python objects"));
    let structured =
        "{'descr': [('a', '<f8'), ('b', '<i4', (2,))], 'fortran_order': False, 'shape': (2, 2), }";
    assert!(why(&file_with(structured, &[0; 64])).contains("structured"));
    let pickled = "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (2, 2), }";
    assert!(why(&file_with(pickled, &[0; 64])).contains("pickled"));
    for descr in ["<f16", "<U4", "|S8", "<m8[s]", "|V8"] {
        assert!(why(&plain(descr, false, "(2, 2)", &[0; 64])).contains("expected real numbers"), "{descr}");
    }
    assert!(why(&plain("|b1", false, "(2, 2)", &[0, 1, 2, 3])).contains("invalid value for bool: 2"));
}

#[test]
fn shapes_other_than_square_are_named() {
    for (shape, part) in [
        ("()", "a single number"),
        (
            "(16,)",
            "1 axis (16): expected K×K with K from 2 to 256; if it is a square, save it as one: .reshape(4, 4)",
        ),
        ("(15,)", "1 axis (15): expected K×K with K from 2 to 256"),
        ("(2, 2, 4)", "3 axes (2×2×4)"),
        ("(1, 2, 3)", "1×2×3, not square"),
        ("(1, 1, 4)", "3 axes (1×1×4)"),
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
fn no_header_takes_exponential_time() {
    // Unguarded, one of these would not end.
    for (open, item) in
        [("(1,", "1,"), ("[", "1,"), ("{", "1,"), ("{1:", "1,"), ("[", "(1,"), ("{", "'a',"), ("[", "{}")]
    {
        for depth in 1..=MAX_HEADER_DEPTH {
            let header = open.repeat(depth) + &item.repeat((MAX_HEADER_BYTES - 300) / item.len());
            assert!(decode(&file_with(&header, &[])).is_err());
        }
    }
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

#[test]
fn any_number_of_axes_is_read_in_c_order() {
    let numbers: Vec<u8> = (0..12).collect();
    let read = |fortran, shape: &str| decode_any(&plain("|u1", fortran, shape, &numbers));
    let array = read(false, "(2, 3, 2)").expect("an array");
    assert_eq!((array.shape(), array[[1, 2, 0]]), (&[2, 3, 2][..], 10.0));
    let array = read(true, "(2, 3, 2)").expect("an array");
    assert_eq!(array[[1, 2, 0]], 5.0);
    assert!(array.is_standard_layout());
    assert_eq!(read(false, "(12,)").expect("an array").len(), 12);
    assert_eq!(
        read(false, "(4, 4)").expect_err("short"),
        "is truncated: a 4×4 array of |u1 has 16 bytes of data, this file has 12"
    );
    let endless = read(false, "(4294967296, 4294967296, 2)").expect_err("endless");
    assert!(endless.contains("astronomic size"), "{endless}");
}
