//! A target drawn by hand: its cells, how it is stored as text, and its pmf.

mod paint;

pub use paint::{Brush, Stroke, Symmetry};

use super::error::DataError;
use super::pmf::{K_MAX, K_MIN, check_k, normalise};
use super::raster::area_average;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use image::codecs::png::PngDecoder;
use image::{ColorType, ImageDecoder as _, ImageFormat, Limits};
use ndarray::Array2;
use std::fmt;
use std::io::Cursor;
use std::sync::Arc;

/// The level of a full cell.
pub const FULL: u16 = u16::MAX;
/// What a decoder may hold besides the picture itself.
const MAX_DECODER_BYTES: u64 = 1 << 20;

/// K × K cells, each with a level from 0 to `FULL`: the mass relative to a full cell. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Drawing {
    k: usize,
    /// Index token1 · K + token2.
    levels: Arc<[u16]>,
}

impl Drawing {
    /// A canvas without mass.
    ///
    /// # Errors
    /// [`DataError::K`].
    pub fn empty(k: usize) -> Result<Self, DataError> {
        check_k(k)?;
        Ok(Self { k, levels: vec![0; k * k].into() })
    }

    /// Nonnegative weights \[K, K\], rounded to 65535 levels of the largest.
    ///
    /// # Errors
    /// [`DataError::K`] for a size that is out of range or not square.
    pub fn from_weights(weights: &Array2<f64>) -> Result<Self, DataError> {
        let k = check_k(weights.nrows())?;
        if weights.ncols() != k {
            return Err(DataError::K { k: weights.ncols() });
        }
        let most = weights.iter().fold(0.0f64, |m, &w| m.max(w));
        let scale = if most > 0.0 { f64::from(FULL) / most } else { 0.0 };
        Ok(Self { k, levels: weights.iter().map(|w| (w * scale).round() as u16).collect() })
    }

    /// From values in \[0, 1\] in the order of the levels: 1 is a full cell.
    fn from_shares(k: usize, shares: impl Iterator<Item = f64>) -> Self {
        Self { k, levels: shares.map(|s| (s.clamp(0.0, 1.0) * f64::from(FULL)).round() as u16).collect() }
    }

    /// K.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The level of a cell as a share of a full one, in \[0, 1\].
    pub fn share(&self, cell: [usize; 2]) -> f64 {
        f64::from(self.levels[cell[0] * self.k + cell[1]]) / f64::from(FULL)
    }

    /// All shares, \[K, K\].
    pub fn shares(&self) -> Array2<f64> {
        Array2::from_shape_fn((self.k, self.k), |(i, j)| self.share([i, j]))
    }

    /// Whether there is no mass at all: then it is no target.
    pub fn is_empty(&self) -> bool {
        self.levels.iter().all(|level| *level == 0)
    }

    /// The pmf, \[K, K\].
    ///
    /// # Errors
    /// [`DataError::Pmf`] for an empty canvas.
    pub fn pmf(&self) -> Result<Array2<f64>, DataError> {
        let weights =
            Array2::from_shape_fn((self.k, self.k), |(i, j)| f64::from(self.levels[i * self.k + j]));
        normalise(weights, "the drawing")
    }

    /// The same picture with `k` cells a side, by exact area weights; the same drawing for its own K.
    ///
    /// # Errors
    /// [`DataError::K`].
    pub fn resampled(&self, k: usize) -> Result<Self, DataError> {
        check_k(k)?;
        if k == self.k {
            return Ok(self.clone());
        }
        let top = self.k - 1;
        let shares = area_average(self.k, self.k, k, |y, values| {
            for (x, value) in values.iter_mut().enumerate() {
                *value = self.share([x, top - y]);
            }
        });
        // A few full cells on a much coarser grid would lose digits: the fullest cell is full again.
        Self::from_weights(&shares)
    }

    /// Light for dark: every share becomes 1 − share.
    #[must_use]
    pub fn inverted(&self) -> Self {
        Self { k: self.k, levels: self.levels.iter().map(|level| FULL - level).collect() }
    }

    /// A number that tells drawings apart (FNV-1a of K and levels): the same on every machine.
    pub fn fingerprint(&self) -> u32 {
        let bytes = (self.k as u16).to_le_bytes().into_iter();
        let bytes = bytes.chain(self.levels.iter().flat_map(|level| level.to_le_bytes()));
        bytes.fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }

    /// All of it as text: a 16-bit greyscale PNG (row = token 1) in base 64. [`Self::from_text`] gives it back.
    pub(super) fn to_text(&self) -> String {
        let side = self.k as u32;
        let picture = image::ImageBuffer::<image::Luma<u16>, _>::from_raw(side, side, self.levels.to_vec());
        let mut png = Cursor::new(Vec::new());
        // Writing to memory what was checked to have K × K levels; an empty text would not be read back.
        let written = picture.is_some_and(|picture| picture.write_to(&mut png, ImageFormat::Png).is_ok());
        debug_assert!(written, "a drawing could not be encoded");
        BASE64.encode(png.into_inner())
    }

    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    /// [`DataError::Drawing`] says what is wrong.
    pub(super) fn from_text(text: &str) -> Result<Self, DataError> {
        decode(text).map_err(|why| DataError::Drawing { why })
    }
}

fn decode(text: &str) -> Result<Drawing, String> {
    let png = BASE64.decode(text).map_err(|e| format!("it is no base 64 ({e})"))?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(K_MAX as u32);
    limits.max_image_height = Some(K_MAX as u32);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    let decoder = PngDecoder::with_limits(Cursor::new(png), limits)
        .map_err(|e| format!("it holds no picture ({e})"))?;
    let (width, height) = decoder.dimensions();
    let k = width as usize;
    if width != height || !(K_MIN..=K_MAX).contains(&k) || decoder.color_type() != ColorType::L16 {
        return Err(format!(
            "it holds a picture of {width}×{height} pixels ({:?}): expected K×K in 16-bit grey with K from {K_MIN} to \
             {K_MAX}",
            decoder.color_type()
        ));
    }
    let mut bytes = vec![0; 2 * k * k];
    decoder.read_image(&mut bytes).map_err(|e| format!("its picture is broken ({e})"))?;
    let levels: Arc<[u16]> = bytes.chunks_exact(2).map(|b| u16::from_ne_bytes([b[0], b[1]])).collect();
    let drawing = Drawing { k, levels };
    if drawing.is_empty() { Err("it is an empty canvas".to_owned()) } else { Ok(drawing) }
}

/// For people: a name that a command line can't read, with a fingerprint.
impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "drawn-{k}x{k}-{:08x}", self.fingerprint(), k = self.k)
    }
}

impl fmt::Debug for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Drawing({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    fn drawing(k: usize, levels: &[u16]) -> Drawing {
        Drawing { k, levels: levels.into() }
    }

    #[test]
    fn weights_become_levels_of_the_largest_and_a_pmf_again() {
        let weights = array![[0.0, 0.1], [0.2, 0.4]];
        let drawn = Drawing::from_weights(&weights).expect("a drawing");
        assert_eq!(*drawn.levels, [0, 16384, 32768, 65535]);
        let pmf = drawn.pmf().expect("a pmf");
        assert!((pmf.sum() - 1.0).abs() < 1e-15);
        for (p, w) in pmf.iter().zip(&weights) {
            assert!((p - w / 0.7).abs() < 1e-5);
        }
        assert!(Drawing::empty(4).expect("a canvas").pmf().is_err());
        assert_eq!(Drawing::empty(1), Err(DataError::K { k: 1 }));
        assert_eq!(Drawing::from_weights(&Array2::zeros((4, 5))), Err(DataError::K { k: 5 }));
    }

    #[test]
    fn resampling_keeps_the_picture_upright_and_its_own_size_untouched() {
        let drawn = drawing(2, &[0, 65535, 0, 0]);
        assert_eq!(drawn.resampled(2), Ok(drawn.clone()));
        let fine = drawn.resampled(4).expect("finer");
        for i in 0..4 {
            for j in 0..4 {
                assert_eq!(fine.share([i, j]), f64::from(u8::from(i < 2 && j >= 2)), "({i}, {j})");
            }
        }
        assert_eq!(fine.resampled(2), Ok(drawn));
        // Its pmf, cell by cell, is that of the blocks.
        let odd = drawing(4, &std::array::from_fn::<u16, 16, _>(|i| (i * 4000) as u16));
        let (whole, half) =
            (odd.pmf().expect("a pmf"), odd.resampled(2).expect("coarser").pmf().expect("a pmf"));
        for ((i, j), p) in half.indexed_iter() {
            let block = whole.slice(ndarray::s![2 * i..2 * i + 2, 2 * j..2 * j + 2]).sum();
            assert!((p - block).abs() < 2e-5, "{p} {block}");
        }
    }

    #[test]
    fn text_that_is_no_drawing_is_refused_with_a_reason() {
        let eight_bit = {
            let mut png = Cursor::new(Vec::new());
            image::GrayImage::new(4, 4).write_to(&mut png, ImageFormat::Png).expect("written");
            BASE64.encode(png.into_inner())
        };
        let good = drawing(2, &[1, 2, 3, 4]).to_text();
        for (text, part) in [
            ("***", "no base 64"),
            ("AAAA", "no picture"),
            (&good[..good.len() - 24], "b"),
            (&eight_bit, "4×4"),
            (&drawing(2, &[0; 4]).to_text(), "empty canvas"),
        ] {
            let error = Drawing::from_text(text).expect_err(text).to_string();
            assert!(error.contains("drawn target") && error.contains(part), "{error}");
        }
        let huge = image::ImageBuffer::<image::Luma<u16>, _>::from_raw(300, 300, vec![1u16; 90_000]);
        let mut png = Cursor::new(Vec::new());
        huge.expect("a picture").write_to(&mut png, ImageFormat::Png).expect("written");
        assert!(Drawing::from_text(&BASE64.encode(png.into_inner())).is_err());
    }

    #[test]
    fn names_tell_drawings_apart() {
        let a = drawing(2, &[1, 2, 3, 4]);
        assert_eq!(a.to_string(), drawing(2, &[1, 2, 3, 4]).to_string());
        assert_ne!(a.to_string(), drawing(2, &[1, 2, 4, 3]).to_string());
        assert!(a.to_string().starts_with("drawn-2x2-"));
    }

    proptest! {
        #[test]
        fn every_drawing_comes_back_from_its_text(k in 2usize..20, seed in any::<u64>()) {
            let mut x = seed | 1;
            let levels: Vec<u16> = (0..k * k).map(|_| {
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (x >> 48) as u16
            }).collect();
            let drawn = drawing(k, &levels);
            prop_assume!(!drawn.is_empty());
            prop_assert_eq!(Drawing::from_text(&drawn.to_text()), Ok(drawn));
        }
    }
}
