//! A colour picture with another number of pixels.

use super::super::raster::area_average;

/// `pixels` \[height, width, 3\] as \[side, side, 3\], stretched to the square by exact area weights of the sRGB values,
/// rounded to the nearest. `width`, `height` and `side` are positive.
pub(super) fn resample(width: usize, height: usize, pixels: &[u8], side: usize) -> Vec<u8> {
    let mut resized = vec![0; side * side * 3];
    for channel in 0..3 {
        let means = area_average(width, height, side, |y, values| {
            let row = &pixels[y * width * 3..(y + 1) * width * 3];
            for (value, pixel) in values.iter_mut().zip(row.chunks_exact(3)) {
                *value = f64::from(pixel[channel]);
            }
        });
        // The grid's axes are to the right and upward.
        for ((x, up), mean) in means.indexed_iter() {
            let y = side - 1 - up;
            resized[(y * side + x) * 3 + channel] = mean.round() as u8;
        }
    }
    resized
}
