//! Square colour images of one size, with their classes where they have any.

use super::super::error::DataError;
use super::resample::resample;
use rayon::prelude::*;

/// Largest side of an image, in pixels.
pub const SIDE_MAX: usize = 256;

/// n images of side × side pixels, sRGB. A set may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSet {
    side: usize,
    /// \[n, side, side, 3\]: row by row from the top, red, green, blue.
    pixels: Vec<u8>,
    /// One an image, or none at all.
    labels: Vec<u8>,
    /// The name of each label.
    classes: Vec<String>,
}

/// Returns `side` if it lies in 1..=[`SIDE_MAX`].
///
/// # Errors
/// [`DataError::Images`] otherwise.
pub fn check_side(side: usize) -> Result<usize, DataError> {
    if (1..=SIDE_MAX).contains(&side) {
        Ok(side)
    } else {
        Err(DataError::images(format!("the side {side} is out of range: expected 1 to {SIDE_MAX} pixels")))
    }
}

impl ImageSet {
    /// Images of `pixels` \[n, side, side, 3\] with `labels` \[n\] that are indices of `classes`, or none.
    ///
    /// # Errors
    /// [`DataError::Images`]: a side out of range, a length that fits no whole number of images, not one label an image,
    /// or a label without a class.
    pub fn new(
        side: usize,
        pixels: Vec<u8>,
        labels: Vec<u8>,
        classes: Vec<String>,
    ) -> Result<Self, DataError> {
        let size = check_side(side)?.pow(2) * 3;
        if !pixels.len().is_multiple_of(size) {
            return Err(DataError::images(format!(
                "{} bytes are no whole number of images of {side}×{side} pixels with {size} bytes each",
                pixels.len()
            )));
        }
        let count = pixels.len() / size;
        if !labels.is_empty() && labels.len() != count {
            return Err(DataError::images(format!(
                "{} labels for {count} images: expected one each, or none",
                labels.len()
            )));
        }
        if let Some(at) = labels.iter().position(|label| usize::from(*label) >= classes.len()) {
            return Err(DataError::images(format!(
                "image {at} has the label {}, but there are {} classes",
                labels[at],
                classes.len()
            )));
        }
        Ok(Self { side, pixels, labels, classes })
    }

    /// Images that are right by construction.
    pub(super) fn painted(side: usize, pixels: Vec<u8>, labels: Vec<u8>, classes: Vec<String>) -> Self {
        Self { side, pixels, labels, classes }
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.pixels.len() / self.bytes_each()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// Pixels a side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The pixels of image `i` < `len`, \[side, side, 3\].
    pub fn image(&self, i: usize) -> &[u8] {
        &self.pixels[i * self.bytes_each()..(i + 1) * self.bytes_each()]
    }

    /// All pixels, \[n, side, side, 3\].
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The label of image `i` < `len`, where there are labels.
    pub fn label(&self, i: usize) -> Option<u8> {
        self.labels.get(i).copied()
    }

    /// One label an image, or none at all.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The names of the classes, by label.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The same images with `side` pixels a side, by exact area weights of the sRGB values.
    ///
    /// # Errors
    /// [`DataError::Images`] for a side that is out of range.
    pub fn resized(&self, side: usize) -> Result<Self, DataError> {
        check_side(side)?;
        if side == self.side {
            return Ok(self.clone());
        }
        let images = self.pixels.par_chunks_exact(self.bytes_each());
        let pixels: Vec<Vec<u8>> = images.map(|image| resample(self.side, self.side, image, side)).collect();
        Ok(Self { side, pixels: pixels.concat(), labels: self.labels.clone(), classes: self.classes.clone() })
    }

    /// The images at `indices`, each < `len`, in their order.
    #[must_use]
    pub fn select(&self, indices: impl Iterator<Item = usize> + Clone) -> Self {
        Self {
            side: self.side,
            pixels: indices.clone().flat_map(|i| self.image(i).iter().copied()).collect(),
            labels: indices.filter_map(|i| self.label(i)).collect(),
            classes: self.classes.clone(),
        }
    }

    fn bytes_each(&self) -> usize {
        self.side * self.side * 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|i| format!("class {i}")).collect()
    }

    #[test]
    fn images_are_found_where_they_lie() {
        let pixels: Vec<u8> = (0..3 * 12).collect();
        let set = ImageSet::new(2, pixels, vec![1, 0, 1], names(2)).expect("a set");
        assert_eq!((set.len(), set.side()), (3, 2));
        assert_eq!(set.image(1), (12..24).collect::<Vec<u8>>());
        assert_eq!(set.label(2), Some(1));
        let two = set.select([2, 0].into_iter());
        assert_eq!((two.image(0), two.labels()), (set.image(2), &[1, 1][..]));
    }

    #[test]
    fn what_is_no_set_is_refused_with_numbers() {
        let why = |side, bytes: usize, labels: &[u8]| {
            let made = ImageSet::new(side, vec![0; bytes], labels.to_vec(), names(2));
            made.expect_err("no set").to_string()
        };
        assert!(why(0, 0, &[]).contains("side 0 is out of range"));
        assert!(why(257, 0, &[]).contains("expected 1 to 256"));
        assert!(why(2, 13, &[]).contains("13 bytes are no whole number of images of 2×2"));
        assert!(why(2, 24, &[0]).contains("1 labels for 2 images"));
        assert!(why(2, 24, &[1, 2]).contains("image 1 has the label 2, but there are 2 classes"));
        assert!(ImageSet::new(2, Vec::new(), Vec::new(), Vec::new()).expect("none").is_empty());
    }

    #[test]
    fn resizing_averages_and_keeps_each_image_upright() {
        // Red counts columns, green rows, blue the images.
        let pixels = |side: usize| -> Vec<u8> {
            let image = move |i: usize| {
                (0..side * side)
                    .flat_map(move |p| [(p % side) as u8, (p / side) as u8, i as u8].map(|v| 8 * v))
            };
            (0..2).flat_map(image).collect()
        };
        let set = ImageSet::new(16, pixels(16), vec![0, 1], names(2)).expect("a set");
        let half = set.resized(8).expect("smaller");
        for i in 0..2 {
            for (p, pixel) in half.image(i).chunks_exact(3).enumerate() {
                // Two neighbours of 16 p and 16 p + 8.
                let expected = [16 * (p % 8) + 4, 16 * (p / 8) + 4, 8 * i].map(|v| v as u8);
                assert_eq!(pixel, expected, "image {i}, pixel {p}");
            }
        }
        assert_eq!((half.labels(), half.classes()), (set.labels(), set.classes()));
        assert_eq!(set.resized(16).expect("the same"), set);
        assert!(set.resized(0).is_err());
        // Any other ratio keeps the mean.
        let mean = |set: &ImageSet| {
            set.pixels().iter().map(|v| f64::from(*v)).sum::<f64>() / set.pixels().len() as f64
        };
        for side in [3, 5, 11, 32] {
            let other = set.resized(side).expect("resized");
            assert!((mean(&other) - mean(&set)).abs() < 0.5, "{side}: {}", mean(&other));
        }
    }
}
