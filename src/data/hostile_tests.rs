//! Property tests that feed the file readers broken and hostile bytes: they may refuse, they may not panic or
//! return what is no pmf.

use image::{DynamicImage, ImageBuffer, Rgba};
use ndarray::Array2;
use proptest::prelude::*;

use super::pmf::{assert_pmf, normalise};
use super::{csv, npy, png};

/// What [`super::load_target`] does after reading: an accepted array has an allowed size, and normalises to a
/// pmf or is refused.
fn check(read: Result<Array2<f64>, String>) {
    match read {
        Ok(values) => {
            let k = values.nrows();
            assert!((2..=256).contains(&k) && values.is_square());
            if let Ok(pmf) = normalise(values, "x") {
                assert_pmf(&pmf, k);
            }
        }
        Err(why) => assert!(!why.is_empty()),
    }
}

fn valid_npy() -> Vec<u8> {
    let data: Vec<u8> = (0..9).flat_map(|v| f64::from(v).to_le_bytes()).collect();
    npy::tests::plain("<f8", true, "(3, 3)", &data)
}

const VALID_CSV: &str = "# title\n1,2.5,3e-4\n0.5,\"0\",7\n1,1,1\n";

fn valid_png() -> Vec<u8> {
    let pixel = |x: u32, y: u32| Rgba([(40 * x) as u8, (30 * y) as u8, 9, (255 - 20 * x) as u8]);
    png::tests::encode(&DynamicImage::ImageRgba8(ImageBuffer::from_fn(6, 5, pixel)))
}

/// Overwrites, inserts and removes bytes at places given as parts of the length.
fn mutate(mut bytes: Vec<u8>, edits: &[(u8, f64, u8)]) -> Vec<u8> {
    for &(kind, place, byte) in edits {
        let at = (place * bytes.len() as f64) as usize;
        match kind {
            0 if at < bytes.len() => bytes[at] = byte,
            1 if at < bytes.len() => bytes[at] ^= 1 << (byte % 8),
            2 => bytes.insert(at.min(bytes.len()), byte),
            _ if at < bytes.len() => drop(bytes.remove(at)),
            _ => {}
        }
    }
    bytes
}

fn edits() -> impl Strategy<Value = Vec<(u8, f64, u8)>> {
    proptest::collection::vec((0u8..4, 0.0..1.0f64, any::<u8>()), 1..8)
}

#[test]
fn the_valid_files_are_valid() {
    assert!(npy::decode(&valid_npy()).is_ok());
    assert!(csv::decode(VALID_CSV.as_bytes()).is_ok());
    assert!(png::decode(&valid_png(), 4, false).is_ok());
}

#[test]
fn files_cut_at_every_length() {
    let (npy, png) = (valid_npy(), valid_png());
    for length in 0..npy.len() {
        assert!(npy::decode(&npy[..length]).is_err(), "npy cut to {length}");
    }
    for length in 0..VALID_CSV.len() {
        check(csv::decode(&VALID_CSV.as_bytes()[..length]));
    }
    for length in 0..png.len() {
        check(png::decode(&png[..length], 4, false));
    }
}

#[test]
fn every_bit_flipped() {
    let (npy, png) = (valid_npy(), valid_png());
    let flipped = |bytes: &[u8], bit: usize| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    };
    for bit in 0..8 * npy.len() {
        check(npy::decode(&flipped(&npy, bit)));
    }
    for bit in 0..8 * VALID_CSV.len() {
        check(csv::decode(&flipped(VALID_CSV.as_bytes(), bit)));
    }
    for bit in 0..8 * png.len() {
        check(png::decode(&flipped(&png, bit), 4, true));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300), invert: bool) {
        check(npy::decode(&bytes));
        check(csv::decode(&bytes));
        check(png::decode(&bytes, 4, invert));
        let with = |magic: &[u8]| [magic, &bytes].concat();
        check(npy::decode(&with(b"\x93NUMPY\x01\x00\x76\x00")));
        check(png::decode(&with(b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), 4, invert));
    }

    #[test]
    fn arbitrary_npy_headers(
        dict in "[{}()\\[\\],:'\" 0-9<>|fibucOVUTrueFalsdshpctn_]{0,120}",
        data in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        check(npy::decode(&npy::tests::file_with(&dict, &data)));
    }

    #[test]
    fn arbitrary_npy_fields(
        descr in "[<>|=][bifucmMSaUOV][0-9]{0,20}(\\[[a-zA-Z]{0,3}\\])?",
        shape in "\\(([0-9]{1,20}(, ){0,1}){0,4}\\)",
        fortran: bool,
        data in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        check(npy::decode(&npy::tests::plain(&descr, fortran, &shape, &data)));
    }

    #[test]
    fn arbitrary_csv_text(text in "([-+0-9.eE,;\t\"#\r\n infa]{0,80})|\\PC{0,80}") {
        check(csv::decode(text.as_bytes()));
    }

    #[test]
    fn mutated_files(edits in edits(), invert: bool) {
        check(npy::decode(&mutate(valid_npy(), &edits)));
        check(csv::decode(&mutate(VALID_CSV.as_bytes().to_vec(), &edits)));
        check(png::decode(&mutate(valid_png(), &edits), 5, invert));
    }
}
