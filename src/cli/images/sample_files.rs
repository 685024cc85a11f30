//! Images that were sampled before, in a file.

use crate::cli::CliError;
use crate::data::codec::image::Tokenizer;
use crate::data::images::{MOST_PICTURE_BYTES, decode_picture, decode_whole};
use crate::data::npy::decode_any;
use crate::data::read_limited;
use crate::view::sequence::cut_wall;
use ndarray::ArrayD;
use std::path::Path;

/// No array of so many samples comes near it.
const MOST_ARRAY_BYTES: u64 = 1 << 30;

/// The images in FILE.npy, tokens \[N, tokens\] or pixels \[N, R, R, 3\] from 0 to 255, or in a picture: a wall of this
/// program, or one image of any size. \[R, R, 3\] each, as the tokens show them.
///
/// # Errors
/// [`CliError::Input`] naming `flag` and the file.
pub fn read_samples(flag: &str, file: &Path, tokenizer: &Tokenizer) -> Result<Vec<Vec<u8>>, CliError> {
    let about = |why: String| CliError::Input(format!("{flag} {}: {why}", file.display()));
    let is_array = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
    let (limit, what) =
        if is_array { (MOST_ARRAY_BYTES, "samples") } else { (MOST_PICTURE_BYTES, "picture") };
    let bytes = read_limited(file, limit, what).map_err(|error| about(error.to_string()))?;
    if is_array {
        return decode_any(&bytes).and_then(|array| of_array(&array, tokenizer)).map_err(about);
    }
    let side = tokenizer.side();
    let pixels = match cut_wall(&decode_whole(&bytes).map_err(about)?, side) {
        Some(images) => images,
        None => vec![decode_picture(&bytes, side).map_err(about)?],
    };
    let seen = |pixels: Vec<u8>| tokenizer.decode(&tokenizer.encode(&pixels));
    pixels.into_iter().map(seen).collect::<Result<_, _>>().map_err(|error| about(error.to_string()))
}

fn of_array(array: &ArrayD<f64>, tokenizer: &Tokenizer) -> Result<Vec<Vec<u8>>, String> {
    let (side, tokens) = (tokenizer.side(), tokenizer.tokens());
    let (each, values, is_pixels) = match *array.shape() {
        [_, n] if n == tokens => (tokens, tokenizer.values(), false),
        [_, rows, columns, 3] | [rows, columns, 3] if (rows, columns) == (side, side) => {
            (3 * side * side, 256, true)
        }
        ref shape => {
            let shape = shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
            return Err(format!(
                "is an array of {shape}: expected tokens, N×{tokens}, or pixels, N×{side}×{side}×3, as those of --denoiser"
            ));
        }
    };
    if array.is_empty() {
        return Err("has no images".to_owned());
    }
    let whole = |x: &f64| x.fract() == 0.0 && (0.0..values as f64).contains(x);
    if let Some(other) = array.iter().find(|x| !whole(x)) {
        return Err(format!("holds {other}: expected whole numbers from 0 to {}", values - 1));
    }
    let all: Vec<u16> = array.iter().map(|x| *x as u16).collect();
    let image = |one: &[u16]| {
        let tokens = match is_pixels {
            true => tokenizer.encode(&one.iter().map(|x| *x as u8).collect::<Vec<_>>()),
            false => one.to_vec(),
        };
        tokenizer.decode(&tokens).map_err(|error| error.to_string())
    };
    all.chunks(each).map(image).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
    use ndarray::IxDyn;

    #[test]
    fn arrays_of_tokens_and_of_pixels_are_told_apart() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Gray(4), 8, None).expect("a tokenizer");
        let read =
            |shape: &[usize], value: f64| of_array(&ArrayD::from_elem(IxDyn(shape), value), &tokenizer);
        assert_eq!(read(&[2, 64], 3.0).expect("tokens"), [vec![255; 192], vec![255; 192]]);
        assert_eq!(read(&[8, 8, 3], 255.0).expect("one image"), [vec![255; 192]]);
        // As the nearest of four greys shows it.
        assert_eq!(read(&[1, 8, 8, 3], 100.0).expect("one image"), [vec![85; 192]]);
        for (shape, value, why) in [
            (&[2, 64][..], 4.0, "holds 4: expected whole numbers from 0 to 3"),
            (&[2, 64], 0.5, "holds 0.5"),
            (&[8, 8, 3], 256.0, "0 to 255"),
            (&[8, 8, 3], f64::NAN, "holds NaN"),
            (&[2, 63], 0.0, "is an array of 2×63: expected tokens, N×64"),
            (&[0, 64], 0.0, "no images"),
        ] {
            let said = read(shape, value).expect_err("refused");
            assert!(said.contains(why), "{said}");
        }
    }
}
