//! One picture of any size and kind as a square of colour.

use super::super::png::check_palette;
use super::super::sniff::sniff;
use super::resample::resample;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage};
use std::io::Cursor;

/// The kinds that are read, by extension.
pub(super) const EXTENSIONS: [&str; 5] = ["png", "jpg", "jpeg", "webp", "gif"];
/// Largest picture file that is read.
pub const MOST_PICTURE_BYTES: u64 = 64 << 20;
/// Largest width and height of a picture, in pixels.
const MAX_SIDE: u32 = 16_384;
/// Largest number of pixels: beyond any camera's.
const MAX_PIXELS: u64 = 1 << 28;
/// What a decoder may hold at once.
const MAX_DECODER_BYTES: u64 = 1 << 30;

/// The middle square of a picture in the bytes of a PNG, JPEG, WebP or GIF file (of an animation the first frame), as
/// sRGB pixels \[side, side, 3\], side in 1..=[`super::SIDE_MAX`]. It is turned as its camera says; transparent pixels are
/// seen on white.
///
/// # Errors
/// Empty, of another kind, broken, or too large. The error continues a sentence that starts with the file's name.
pub fn decode_picture(bytes: &[u8], side: usize) -> Result<Vec<u8>, String> {
    let (width, height, pixels) = square(upright(bytes)?);
    Ok(resample(width, height, &pixels, side))
}

/// A whole picture as it is.
///
/// # Errors
/// As those of [`decode_picture`].
pub fn decode_whole(bytes: &[u8]) -> Result<RgbaImage, String> {
    Ok(upright(bytes)?.into_rgba8())
}

/// Where a picture of `side` × `side` pixels is bright, \[side, side\]: its luma is 128 or more of 255.
///
/// # Errors
/// As those of [`decode_picture`], or if it is of another size.
pub fn decode_mask(bytes: &[u8], side: usize) -> Result<Vec<bool>, String> {
    let picture = upright(bytes)?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if (width, height) != (side, side) {
        return Err(format!("has {width}×{height} pixels: expected {side}×{side}, one for each of an image"));
    }
    let (_, _, pixels) = square(picture);
    let luma = |[r, g, b]: &[u8; 3]| 299 * u32::from(*r) + 587 * u32::from(*g) + 114 * u32::from(*b);
    Ok(pixels.as_chunks::<3>().0.iter().map(|color| luma(color) >= 128_000).collect())
}

fn upright(bytes: &[u8]) -> Result<DynamicImage, String> {
    if bytes.is_empty() {
        return Err("is empty: it has no bytes".to_owned());
    }
    let format = image::guess_format(bytes).ok();
    if format == Some(ImageFormat::Png) {
        check_palette(bytes)?;
    }
    let format = format.filter(|format| format.reading_enabled()).ok_or_else(|| {
        let found = sniff(bytes).map_or(String::new(), |found| format!(": it is {found}"));
        format!("is no picture that can be read{found}; expected PNG, JPEG, WebP or GIF")
    })?;
    let broken = |error: image::ImageError| format!("is a broken {format:?} picture: {error}");
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err("is a picture without pixels".to_owned());
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(format!("has {width}×{height} pixels, more than the limit of {MAX_PIXELS}"));
    }
    // A picture whose orientation can't be read is one without.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The largest square in the middle, on white.
fn square(picture: DynamicImage) -> (usize, usize, Vec<u8>) {
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    let middle = picture.crop_imm((width - side) / 2, (height - side) / 2, side, side).into_rgba8();
    let on_white = |color: u8, alpha: u8| {
        let (color, alpha) = (u32::from(color), u32::from(alpha));
        ((color * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let pixels =
        middle.pixels().flat_map(|p| [p[0], p[1], p[2]].map(|color| on_white(color, p[3]))).collect();
    (side as usize, side as usize, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageBuffer, Luma, LumaA, Rgb, Rgba};

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).expect("encoded");
        bytes.into_inner()
    }

    fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
        encoded(&picture.into(), ImageFormat::Png)
    }

    #[test]
    fn the_middle_square_is_taken_and_averaged() {
        // Columns 0 and 5 of a picture 6 wide and 4 high lie outside its middle.
        let wide = ImageBuffer::from_fn(6, 4, |x, y| Rgb([40 * x as u8, 60 * y as u8, 7]));
        let pixels = decode_picture(&png(wide), 2).expect("a picture");
        assert_eq!(pixels, [60, 30, 7, 140, 30, 7, 60, 150, 7, 140, 150, 7]);
        let tall = ImageBuffer::from_fn(1, 3, |_, y| Rgb([90 * y as u8; 3]));
        assert_eq!(decode_picture(&png(tall), 2).expect("a picture"), [90; 12]);
    }

    #[test]
    fn every_layout_shows_the_same_picture() {
        let value = |x: u32, y: u32| (30 * x + 9 * y) as u8;
        let wide = |x, y| u16::from(value(x, y)) * 257;
        let pictures: [DynamicImage; 6] = [
            ImageBuffer::from_fn(8, 8, |x, y| Luma([value(x, y)])).into(),
            ImageBuffer::from_fn(8, 8, |x, y| Luma([wide(x, y)])).into(),
            ImageBuffer::from_fn(8, 8, |x, y| LumaA([value(x, y), 255])).into(),
            ImageBuffer::from_fn(8, 8, |x, y| Rgb([value(x, y); 3])).into(),
            ImageBuffer::from_fn(8, 8, |x, y| Rgb([wide(x, y); 3])).into(),
            ImageBuffer::from_fn(8, 8, |x, y| Rgba([value(x, y), value(x, y), value(x, y), 255])).into(),
        ];
        let expected: Vec<u8> = (0..64).flat_map(|i| [value(i % 8, i / 8); 3]).collect();
        for picture in pictures {
            let color = picture.color();
            assert_eq!(decode_picture(&png(picture), 8).expect("a picture"), expected, "{color:?}");
        }
    }

    #[test]
    fn a_mask_is_bright_or_dark_pixel_by_pixel() {
        let mask = png(ImageBuffer::from_fn(4, 4, |x, y| Luma([if x > y { 200u8 } else { 90 }])));
        let bright = decode_mask(&mask, 4).expect("a mask");
        assert!(bright.iter().enumerate().all(|(at, bright)| *bright == (at % 4 > at / 4)));
        let why = decode_mask(&mask, 8).expect_err("another size");
        assert!(why.contains("4×4") && why.contains("8×8"), "{why}");
        assert!(decode_mask(b"no picture", 4).is_err());
    }

    #[test]
    fn transparent_pixels_are_white() {
        let glass = ImageBuffer::from_fn(3, 1, |x, _| Rgba([0u8, 100, 200, [255, 128, 0][x as usize]]));
        let whole = DynamicImage::from(glass);
        for (x, expected) in [(0, [0, 100, 200]), (1, [127, 177, 227]), (2, [255, 255, 255])] {
            assert_eq!(decode_picture(&png(whole.crop_imm(x, 0, 1, 1)), 1).expect("a picture"), expected);
        }
    }

    #[test]
    fn all_kinds_are_read_by_their_content() {
        let picture: DynamicImage = ImageBuffer::from_fn(16, 16, |x, _| Rgb([16 * x as u8, 90, 160])).into();
        let exact = decode_picture(&encoded(&picture, ImageFormat::Png), 4).expect("PNG");
        for format in [ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Jpeg] {
            let pixels = decode_picture(&encoded(&picture, format), 4).expect("a picture");
            let worst = pixels.iter().zip(&exact).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(6), "{format:?}: {worst:?}");
        }
    }

    #[test]
    fn a_camera_held_sideways_is_turned_back() {
        // Left half dark; the orientation 6 of EXIF says that it is to be turned clockwise: the top is dark then.
        let picture: DynamicImage =
            ImageBuffer::from_fn(16, 16, |x, _| Rgb([if x < 8 { 0u8 } else { 255 }; 3])).into();
        let jpeg = encoded(&picture, ImageFormat::Jpeg);
        let exif = b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let turned = [&jpeg[..2], exif, &jpeg[2..]].concat();
        let halves = |bytes: &[u8]| {
            let pixels = decode_picture(bytes, 2).expect("a picture");
            [0, 3, 6].map(|at| pixels[at] > 128)
        };
        assert_eq!(halves(&jpeg), [false, true, false]);
        assert_eq!(halves(&turned), [false, false, true]);
    }

    #[test]
    fn what_is_no_picture_is_refused_with_a_reason() {
        let why = |bytes: &[u8]| decode_picture(bytes, 4).expect_err("no picture");
        assert!(why(b"").contains("is empty"));
        assert!(why(b"hello").contains("expected PNG, JPEG, WebP or GIF"));
        assert!(why(b"BM hello, this is a bitmap of sorts").contains("expected PNG"));
        let good = png(ImageBuffer::from_pixel(40, 40, Rgb([9u8, 8, 7])));
        assert!(why(&good[..good.len() / 2]).contains("is a broken Png picture"), "{}", why(&good[..60]));
        let jpeg = encoded(&DynamicImage::new_rgb8(9, 9), ImageFormat::Jpeg);
        assert!(why(&jpeg[..20]).contains("is a broken Jpeg picture"));
    }

    #[test]
    fn a_bomb_is_refused_by_its_header() {
        let mut gif = encoded(&DynamicImage::new_rgb8(1, 1), ImageFormat::Gif);
        gif[6..10].copy_from_slice(&[0xff; 4]);
        let why = decode_picture(&gif, 4).expect_err("65535×65535 pixels");
        assert!(why.contains("broken Gif"), "{why}");
    }
}
