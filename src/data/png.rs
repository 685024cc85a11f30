//! Reads a `.png` picture as weights on the grid: dark = mass, averaged down to K×K.

use std::io::{Cursor, Write as _};
use std::path::Path;

use image::codecs::png::PngDecoder;
use image::{ColorType, ImageDecoder, ImageError, Limits};
use ndarray::Array2;

use super::atomic::atomic_write;
use super::error::DataError;
use super::pmf::check_k;
use super::raster::area_average;
use super::read::read_limited;
use super::sniff::mistaken;

/// Largest picture file that is read.
const MAX_BYTES: u64 = 64 << 20;
/// Largest width and height of a picture, in pixels.
const MAX_SIDE: u32 = 8192;
/// What a decoder may hold besides the picture itself (colour profiles, texts, two rows).
const MAX_DECODER_BYTES: u64 = 64 << 20;
/// Luma of Rec. 709, applied to the sRGB values as they are stored: a mid grey is half a mass, as it looks.
const LUMA: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// Reads the picture at `path` as unnormalised weights in `[0, 1]`, shape `[k, k]`, axis 0 = column, axis 1 =
/// upward.
///
/// The weight of a cell is the mean darkness (1 − luma) of the pixels on it, or with `invert` their mean
/// brightness. Transparent pixels are seen on white. The picture is stretched to the square. Of an animated
/// PNG the still image is read.
///
/// # Errors
/// [`DataError`] naming `what` and `path`: unreadable, over 64 MiB, not a PNG, broken, larger than 8192×8192,
/// or without a pixel that has weight.
pub fn read_png(path: &Path, k: usize, invert: bool, what: &str) -> Result<Array2<f64>, DataError> {
    check_k(k)?;
    let bytes = read_limited(path, MAX_BYTES, what)?;
    decode(&bytes, k, invert).map_err(|why| DataError::content(what, path, why))
}

/// [`read_png`] on the bytes of a file.
///
/// # Errors
/// As [`read_png`], but for the file itself; the error continues a sentence that starts with the file's name.
pub fn decode(bytes: &[u8], k: usize, invert: bool) -> Result<Array2<f64>, String> {
    check_signature(bytes)?;
    check_palette(bytes)?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(reason)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err("is a picture without pixels".into());
    }
    let color = decoder.color_type();
    // At most 8192 × 8192 × 8 bytes by the check above.
    let mut pixels = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut pixels).map_err(reason)?;

    let (width, height) = (width as usize, height as usize);
    let stride = width * usize::from(color.bytes_per_pixel());
    let weights = area_average(width, height, k, |y, values| {
        let row = &pixels[y * stride..(y + 1) * stride];
        for (value, pixel) in values.iter_mut().zip(row.chunks_exact(stride / width)) {
            *value = weight(pixel, color, invert);
        }
    });
    if weights.iter().all(|w| *w == 0.0) {
        return Err(if invert {
            "has no bright pixels; try it without --invert".into()
        } else {
            "has no dark pixels; try --invert".into()
        });
    }
    Ok(weights)
}

/// Writes nonnegative `weights` \[K, K\] as a K×K picture in 8-bit grey, atomically: white = 0, black = the largest,
/// axis 0 to the right, axis 1 upward.
///
/// # Errors
/// [`DataError::Write`] naming `path`.
pub fn write_png(path: &Path, weights: &Array2<f64>) -> Result<(), DataError> {
    let (width, height) = weights.dim();
    let most = weights.iter().fold(f64::MIN_POSITIVE, |m, &w| m.max(w));
    let picture = image::GrayImage::from_fn(width as u32, height as u32, |x, y| {
        let weight = weights[[x as usize, height - 1 - y as usize]];
        image::Luma([255 - (255.0 * weight / most).round() as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .map_err(|e| DataError::write(path, e.to_string()))?;
    atomic_write(path, |file| file.write_all(&bytes.into_inner()))
}

/// Darkness of one pixel on white, or its brightness, in `[0, 1]`: exactly 0 for white, or for black.
fn weight(pixel: &[u8], color: ColorType, invert: bool) -> f64 {
    let channels = usize::from(color.channel_count());
    let wide = usize::from(color.bytes_per_pixel()) == 2 * channels;
    let channel = |i: usize| {
        if wide {
            f64::from(u16::from_ne_bytes([pixel[2 * i], pixel[2 * i + 1]])) / 65535.0
        } else {
            f64::from(pixel[i]) / 255.0
        }
    };
    let alpha = if color.has_alpha() { channel(channels - 1) } else { 1.0 };
    // Each of the two is a sum of nonnegative terms: 1 − the other could leave −1e-16.
    let ink = |c: f64| if invert { c } else { 1.0 - c };
    let luma =
        if color.has_color() { (0..3).map(|i| LUMA[i] * ink(channel(i))).sum() } else { ink(channel(0)) };
    alpha * luma + if invert { 1.0 - alpha } else { 0.0 }
}

fn check_signature(bytes: &[u8]) -> Result<(), String> {
    if bytes.is_empty() {
        return Err("is empty: it has no bytes".into());
    }
    match image::guess_format(bytes) {
        Ok(image::ImageFormat::Png) => Ok(()),
        Ok(other) => Err(format!("is not a PNG file (it looks like {})", format_name(other))),
        Err(_) => Err(mistaken(bytes, "a PNG file")
            .unwrap_or_else(|| "is not a PNG file (it does not start with the PNG signature)".into())),
    }
}

/// Refuses a palette that is no list of colours: the decoder (png 0.18) panics on it (image-rs/image-png, issue 694).
pub(super) fn check_palette(bytes: &[u8]) -> Result<(), String> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    // Chunks: length, name, that many bytes, checksum.
    while let Some((&[a, b, c, d, ref name @ ..], after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if name == b"PLTE" && (!length.is_multiple_of(3) || length > 3 * 256) {
            return Err(format!(
                "is a broken PNG file: its palette has {length} bytes, expected 3 for each of at most 256 colours"
            ));
        }
        rest = length.checked_add(4).and_then(|next| after.get(next..)).unwrap_or_default();
    }
    Ok(())
}

fn format_name(format: image::ImageFormat) -> String {
    format!("{format:?}").to_uppercase()
}

fn reason(error: ImageError) -> String {
    match error {
        ImageError::Limits(limit) if matches!(limit.kind(), image::error::LimitErrorKind::DimensionError) => {
            format!("is larger than {MAX_SIDE}×{MAX_SIDE} pixels")
        }
        other => format!("is a broken PNG file: {other}"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::pmf::{assert_pmf, normalise};
    use super::*;
    use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, Rgba};

    pub(in super::super) fn encode(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).expect("encoded");
        bytes.into_inner()
    }

    /// Black where `dark` says so, given column and row from the top.
    fn two_tone(width: u32, height: u32, dark: impl Fn(u32, u32) -> bool) -> DynamicImage {
        let pixel = |x, y| Luma([if dark(x, y) { 0u8 } else { 255 }]);
        DynamicImage::ImageLuma8(ImageBuffer::from_fn(width, height, pixel))
    }

    #[test]
    fn the_top_left_pixel_lands_at_low_token_1_and_high_token_2() {
        let weights = decode(&encode(&two_tone(8, 8, |x, y| x == 0 && y == 0)), 8, false).expect("a picture");
        assert_eq!(weights[[0, 7]], 1.0);
        assert_eq!(weights.sum(), 1.0);
    }

    #[test]
    fn invert_swaps_dark_and_bright_exactly() {
        let bytes = encode(&two_tone(10, 6, |x, y| (x + y) % 3 == 0));
        let dark = decode(&bytes, 5, false).expect("a picture");
        let bright = decode(&bytes, 5, true).expect("a picture");
        assert!((dark + bright).iter().all(|w| (w - 1.0).abs() < 1e-15));
    }

    #[test]
    fn every_pixel_layout_gives_the_same_weights() {
        let value = |x: u32, y: u32| ((x * 16 + y) % 256) as u8;
        let wide = |x, y| u16::from(value(x, y)) * 257;
        let size = 16;
        let pictures = [
            DynamicImage::ImageLuma8(ImageBuffer::from_fn(size, size, |x, y| Luma([value(x, y)]))),
            DynamicImage::ImageLuma16(ImageBuffer::from_fn(size, size, |x, y| Luma([wide(x, y)]))),
            DynamicImage::ImageLumaA8(ImageBuffer::from_fn(size, size, |x, y| LumaA([value(x, y), 255]))),
            DynamicImage::ImageLumaA16(ImageBuffer::from_fn(size, size, |x, y| LumaA([wide(x, y), 65535]))),
            DynamicImage::ImageRgb8(ImageBuffer::from_fn(size, size, |x, y| Rgb([value(x, y); 3]))),
            DynamicImage::ImageRgb16(ImageBuffer::from_fn(size, size, |x, y| Rgb([wide(x, y); 3]))),
            DynamicImage::ImageRgba8(ImageBuffer::from_fn(size, size, |x, y| {
                let v = value(x, y);
                Rgba([v, v, v, 255])
            })),
            DynamicImage::ImageRgba16(ImageBuffer::from_fn(size, size, |x, y| {
                let v = wide(x, y);
                Rgba([v, v, v, 65535])
            })),
        ];
        let reference = decode(&encode(&pictures[0]), 16, false).expect("a picture");
        assert_eq!(reference[[3, 15]], 1.0 - 48.0 / 255.0);
        for picture in &pictures {
            let weights = decode(&encode(picture), 16, false).expect("a picture");
            let worst = (&weights - &reference).mapv(f64::abs).fold(0.0, |a: f64, b| a.max(*b));
            assert!(worst < 1e-15, "{:?}: {worst:e}", picture.color());
        }
    }

    #[test]
    fn transparent_pixels_are_white() {
        let clear = DynamicImage::ImageRgba8(ImageBuffer::from_fn(4, 4, |x, _| {
            Rgba([0, 0, 0, if x == 0 { 255 } else { 0 }])
        }));
        let dark = decode(&encode(&clear), 4, false).expect("a picture");
        assert_eq!(dark.sum_axis(ndarray::Axis(1)).to_vec(), vec![4.0, 0.0, 0.0, 0.0]);
        let bright = decode(&encode(&clear), 4, true).expect("a picture");
        assert_eq!(bright.sum_axis(ndarray::Axis(1)).to_vec(), vec![0.0, 4.0, 4.0, 4.0]);
    }

    #[test]
    fn blank_pictures_are_refused_with_a_way_out() {
        for picture in [
            two_tone(5, 5, |_, _| false),
            DynamicImage::ImageRgb8(ImageBuffer::from_pixel(5, 5, Rgb([255; 3]))),
            DynamicImage::ImageRgba8(ImageBuffer::from_pixel(5, 5, Rgba([9, 9, 9, 0]))),
        ] {
            let why = decode(&encode(&picture), 4, false).expect_err("blank");
            assert_eq!(why, "has no dark pixels; try --invert");
        }
        let why = decode(&encode(&two_tone(5, 5, |_, _| true)), 4, true).expect_err("blank");
        assert_eq!(why, "has no bright pixels; try it without --invert");
    }

    #[test]
    fn other_formats_are_recognised_by_content() {
        let jpeg = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01".as_slice();
        let why = decode(jpeg, 4, false).expect_err("a JPEG");
        assert_eq!(why, "is not a PNG file (it looks like JPEG)");
        let mut gif = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(2, 2).write_to(&mut gif, ImageFormat::Gif).expect("encoded");
        let why = decode(gif.get_ref(), 4, false).expect_err("a GIF");
        assert_eq!(why, "is not a PNG file (it looks like GIF)");
        assert!(decode(b"", 4, false).expect_err("empty").contains("is empty"));
        assert!(decode(b"hello", 4, false).expect_err("text").contains("signature"));
        let why = decode(b"<!DOCTYPE html><html>", 4, false).expect_err("a page");
        assert!(why.starts_with("is not a PNG file: it is a web page"), "{why}");
    }

    #[test]
    fn a_bomb_is_refused_by_its_header() {
        // A valid 1×1 picture whose header is rewritten to 8193×1 (the checksum too).
        let mut bytes = encode(&two_tone(1, 1, |_, _| true));
        bytes[16..20].copy_from_slice(&8193u32.to_be_bytes());
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        let why = decode(&bytes, 4, false).expect_err("too wide");
        assert_eq!(why, "is larger than 8192×8192 pixels");
        bytes[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(decode(&bytes, 4, false).is_err());
    }

    #[test]
    fn a_palette_that_is_no_list_of_colours_is_refused() {
        let file = |palette: &[u8]| {
            let chunk = |name: &[u8], data: &[u8]| {
                let named = [name, data].concat();
                [&(data.len() as u32).to_be_bytes()[..], &named, &crc32(&named).to_be_bytes()].concat()
            };
            // One pixel of eight bits with a palette, stored without compression.
            let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 3, 0, 0, 0];
            let pixel = [0x78, 1, 1, 2, 0, 0xfd, 0xff, 0, 0, 0, 2, 0, 1];
            [
                b"\x89PNG\r\n\x1a\n".to_vec(),
                chunk(b"IHDR", &header),
                chunk(b"PLTE", palette),
                chunk(b"IDAT", &pixel),
                chunk(b"IEND", b""),
            ]
            .concat()
        };
        assert_eq!(decode(&file(&[0; 3]), 2, false).expect("a black pixel").sum(), 4.0);
        for length in [1, 4, 5, 770, 771] {
            let why = decode(&file(&vec![0; length]), 2, false).expect_err("no palette");
            assert!(why.contains(&format!("its palette has {length} bytes")), "{why}");
        }
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xedb8_8320 & (c & 1).wrapping_neg()))
        })
    }

    #[test]
    fn a_picture_smaller_or_wider_than_the_grid_is_stretched() {
        let weights = decode(&encode(&two_tone(2, 1, |x, _| x == 1)), 64, false).expect("a picture");
        assert_eq!(weights[[31, 10]], 0.0);
        assert_eq!(weights[[32, 63]], 1.0);
        assert_pmf(&normalise(weights, "x").expect("a pmf"), 64);
    }

    #[test]
    fn errors_name_the_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("photo.png");
        std::fs::write(&path, b"\xff\xd8\xff\xe0").expect("written");
        let text = read_png(&path, 8, false, "target").expect_err("a JPEG").to_string();
        assert!(text.starts_with("target ") && text.contains("photo.png is not a PNG file"), "{text}");
        assert_eq!(read_png(&path, 300, false, "target"), Err(DataError::K { k: 300 }));
    }
}
