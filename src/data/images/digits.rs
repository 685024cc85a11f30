//! Handwritten digits that come with the program: the smallest set that a network can learn in sight.

use super::super::error::DataError;
use super::set::ImageSet;
use crate::assets;
use flate2::read::GzDecoder;
use std::io::Read;

/// Pixels a side.
pub const SIDE: usize = 8;
/// Levels of a pixel: how many of the sixteen dots under it are ink, from none to all.
pub const LEVELS: u16 = 17;
/// How many there are.
pub const COUNT: usize = 1797;
/// The last ones, which are held out.
pub const HELD_OUT: usize = 297;
/// Bytes of a digit in the file: its pixels from 0 to 16, row by row from the top, and its label.
const RECORD: usize = SIDE * SIDE + 1;

/// The names of the classes, by label.
pub fn classes() -> Vec<String> {
    (0..10).map(|digit: u8| digit.to_string()).collect()
}

/// The digits to train on and those held out, ink white on black, with `side` pixels a side: a multiple of eight, at which
/// each pixel is repeated.
///
/// # Errors
/// [`DataError::Images`] for another side.
pub fn digits(side: usize) -> Result<[ImageSet; 2], DataError> {
    if !side.is_multiple_of(SIDE) || side == 0 {
        let why = format!("digits have {SIDE} pixels a side: expected a multiple of {SIDE}, not {side}");
        return Err(DataError::images(why));
    }
    let mut records = Vec::with_capacity(COUNT * RECORD);
    GzDecoder::new(assets::DIGITS)
        .read_to_end(&mut records)
        .map_err(|error| DataError::images(format!("the digits of the program are damaged: {error}")))?;
    let (to_train_on, held_out) = records.split_at((COUNT - HELD_OUT) * RECORD);
    let set = |records: &[u8]| {
        let labels = records.chunks_exact(RECORD).map(|record| record[RECORD - 1]).collect();
        let pixels = records.chunks_exact(RECORD).flat_map(|record| painted(record, side)).collect();
        ImageSet::new(side, pixels, labels, classes())
    };
    Ok([set(to_train_on)?, set(held_out)?])
}

/// The pixels \[side, side, 3\] of a digit.
fn painted(record: &[u8], side: usize) -> impl Iterator<Item = u8> {
    let times = side / SIDE;
    (0..side * side).flat_map(move |at| {
        let (x, y) = (at % side / times, at / side / times);
        [gray(record[y * SIDE + x]); 3]
    })
}

/// The byte of a level, as `gray:17` has it.
fn gray(level: u8) -> u8 {
    let last = LEVELS - 1;
    ((2 * 255 * u16::from(level) + last) / (2 * last)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::{TokenSpec, Tokenizer};

    /// The first one, a nought, as the file of the University of California has it.
    const FIRST: [u16; 64] = [
        0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8, 0, 0, 4, 12, 0, 0, 8, 8,
        0, 0, 5, 8, 0, 0, 9, 8, 0, 0, 4, 11, 0, 1, 12, 7, 0, 0, 2, 14, 5, 10, 12, 0, 0, 0, 0, 6, 13, 10, 0,
        0, 0,
    ];

    fn counts(set: &ImageSet) -> [usize; 10] {
        let mut counts = [0; 10];
        set.labels().iter().for_each(|label| counts[usize::from(*label)] += 1);
        counts
    }

    #[test]
    fn the_digits_are_those_of_the_set() {
        let [train, held_out] = digits(8).expect("digits");
        assert_eq!((train.len(), held_out.len()), (1500, 297));
        assert_eq!(counts(&train), [151, 151, 150, 153, 148, 152, 151, 149, 146, 149]);
        assert_eq!(counts(&held_out), [27, 31, 27, 30, 33, 30, 30, 30, 28, 31]);
        assert_eq!(&train.labels()[..12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
        assert_eq!(train.classes().concat(), "0123456789");
        let seen: std::collections::HashSet<&[u8]> = (0..train.len()).map(|i| train.image(i)).collect();
        assert!((0..held_out.len()).all(|i| !seen.contains(held_out.image(i))), "held out is held out");
    }

    #[test]
    fn levels_are_tokens_and_tokens_levels() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Gray(LEVELS), 8, None).expect("a tokenizer");
        let levels: Vec<u16> = (0..64).map(|i| i % LEVELS).collect();
        let pixels: Vec<u8> = levels.iter().flat_map(|level| [gray(*level as u8); 3]).collect();
        assert_eq!(tokenizer.encode(&pixels), levels);
        assert_eq!(tokenizer.decode(&levels), Ok(pixels));
        let [train, held_out] = digits(8).expect("digits");
        assert_eq!(tokenizer.encode(train.image(0)), FIRST);
        for set in [&train, &held_out] {
            for i in 0..set.len() {
                let tokens = tokenizer.encode(set.image(i));
                assert_eq!(tokenizer.decode(&tokens).expect("pixels"), set.image(i), "{i}");
            }
        }
    }

    #[test]
    fn larger_ones_repeat_their_pixels_and_other_sides_are_refused() {
        let [small, large] = [8, 32].map(|side| digits(side).expect("digits")[0].select(5..6));
        for (x, y) in [(0, 0), (9, 4), (13, 30), (31, 31)] {
            let (at, from) = (3 * (32 * y + x), 3 * (8 * (y / 4) + x / 4));
            assert_eq!(large.image(0)[at], small.image(0)[from], "{x} {y}");
        }
        for side in [0, 4, 12, 30] {
            let why = digits(side).expect_err("no such side").to_string();
            assert!(why.contains("8 pixels a side") && why.contains(&side.to_string()), "{why}");
        }
    }
}
