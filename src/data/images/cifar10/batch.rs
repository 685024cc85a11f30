//! The records of a binary file of CIFAR-10: one label byte, then 32×32 bytes of red, of green and of blue.

use super::{CLASSES, SIDE};

/// Bytes of one plane of colour.
const PLANE: usize = SIDE * SIDE;
/// Bytes of one record.
pub const RECORD_BYTES: usize = 1 + 3 * PLANE;

/// The images of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// \[n, 32, 32, 3\]: row by row, red, green, blue.
    pub pixels: Vec<u8>,
    /// \[n\], each in 0..10.
    pub labels: Vec<u8>,
}

/// Reads records until the bytes end.
///
/// # Errors
/// No record, a last one that is cut, or a label above 9; the error continues a sentence that starts with the file's
/// name.
pub fn decode(bytes: &[u8]) -> Result<Records, String> {
    if bytes.is_empty() {
        return Err("is empty: it has no bytes".to_owned());
    }
    let count = bytes.len() / RECORD_BYTES;
    if !bytes.len().is_multiple_of(RECORD_BYTES) {
        let rest = bytes.len() % RECORD_BYTES;
        return Err(format!(
            "is truncated: after {count} images there are {rest} bytes more, expected {RECORD_BYTES} an image"
        ));
    }
    let mut records = Records { pixels: vec![0; count * 3 * PLANE], labels: Vec::with_capacity(count) };
    let images = records.pixels.chunks_exact_mut(3 * PLANE);
    for (i, (record, image)) in bytes.chunks_exact(RECORD_BYTES).zip(images).enumerate() {
        let (label, planes) = (record[0], &record[1..]);
        if usize::from(label) >= CLASSES.len() {
            return Err(format!("has the label {label} at image {i}, counted from 0: expected 0 to 9"));
        }
        records.labels.push(label);
        for (p, pixel) in image.chunks_exact_mut(3).enumerate() {
            pixel.copy_from_slice(&[planes[p], planes[PLANE + p], planes[2 * PLANE + p]]);
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_become_pixels() {
        // Red, green and blue of record i at pixel p: p % 251, 100 + i, p / 32.
        let record = |i: u8| -> Vec<u8> {
            let red = (0..PLANE).map(|p| (p % 251) as u8);
            let blue = (0..PLANE).map(|p| (p / 32) as u8);
            [7 - i].into_iter().chain(red).chain([100 + i; PLANE]).chain(blue).collect()
        };
        let records = decode(&[record(0), record(1)].concat()).expect("two records");
        assert_eq!(records.labels, [7, 6]);
        for (p, pixel) in records.pixels.chunks_exact(3).enumerate() {
            let (i, p) = (p / PLANE, p % PLANE);
            assert_eq!(pixel, [(p % 251) as u8, 100 + i as u8, (p / 32) as u8]);
        }
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        let why = |bytes: &[u8]| decode(bytes).expect_err("no batch");
        assert_eq!(why(b""), "is empty: it has no bytes");
        assert!(why(&[0; RECORD_BYTES + 5]).contains("after 1 images there are 5 bytes more"));
        let mut bytes = vec![0; 3 * RECORD_BYTES];
        bytes[2 * RECORD_BYTES] = 10;
        assert!(why(&bytes).contains("has the label 10 at image 2"));
    }
}
