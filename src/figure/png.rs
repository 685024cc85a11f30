//! SVG → pixels → PNG bytes, with the program's own fonts.

use std::io::Cursor;

use image::{ImageFormat, RgbaImage};
use resvg::{tiny_skia, usvg};

use super::error::FigureError;
use super::fonts;

/// Pixels a figure gets for each SVG px, unless asked otherwise: 192 dpi.
pub const DEFAULT_SCALE: f32 = 2.0;

/// No figure is wider or higher than this, in pixels.
pub const MAX_SIDE: u32 = 16_384;

/// Renders an SVG at `scale` pixels for each px (see [`DEFAULT_SCALE`]); sRGB, straight alpha.
///
/// # Errors
/// [`FigureError::Svg`] where `svg` cannot be parsed, [`FigureError::BadScale`] and
/// [`FigureError::TooLarge`] where there is no reasonable image of that size.
pub fn svg_to_image(svg: &str, scale: f32) -> Result<RgbaImage, FigureError> {
    if !(scale.is_finite() && scale > 0.0) {
        return Err(FigureError::BadScale(scale));
    }
    let tree = usvg::Tree::from_str(svg, &fonts::options())?;
    let [width, height] = [tree.size().width(), tree.size().height()]
        .map(|s| (f64::from(s) * f64::from(scale)).round().max(1.0));
    let too_large = || FigureError::TooLarge { width, height, limit: MAX_SIDE };
    if width.max(height) > f64::from(MAX_SIDE) {
        return Err(too_large());
    }
    let mut pixmap = tiny_skia::Pixmap::new(width as u32, height as u32).ok_or_else(too_large)?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    let (width, height) = (pixmap.width(), pixmap.height());
    RgbaImage::from_raw(width, height, pixmap.take_demultiplied()).ok_or_else(too_large)
}

/// Renders an SVG with about `most` pixels along its longer side, and no more than it usually gets.
///
/// # Errors
/// Those of [`svg_to_image`].
pub(super) fn svg_to_preview(svg: &str, most: f32) -> Result<RgbaImage, FigureError> {
    let [width, height] = svg_size(svg)?;
    svg_to_image(svg, (most / width.max(height)).min(DEFAULT_SCALE))
}

/// Width and height of an SVG in px.
///
/// # Errors
/// [`FigureError::Svg`] where `svg` cannot be parsed.
pub(super) fn svg_size(svg: &str) -> Result<[f32; 2], FigureError> {
    let size = usvg::Tree::from_str(svg, &fonts::options())?.size();
    Ok([size.width(), size.height()])
}

/// Renders an SVG and encodes it as PNG.
///
/// # Errors
/// Those of [`svg_to_image`] and [`rgba_png`].
pub fn svg_to_png(svg: &str, scale: f32) -> Result<Vec<u8>, FigureError> {
    rgba_png(&svg_to_image(svg, scale)?)
}

/// Encodes pixels as PNG.
///
/// # Errors
/// [`FigureError::Image`] where the encoder refuses, as it does for an empty image.
pub fn rgba_png(image: &RgbaImage) -> Result<Vec<u8>, FigureError> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::svg::{Anchor, Canvas, TextStyle, Weight};
    use image::Rgba;

    #[test]
    fn png_has_the_size_and_the_colours_of_the_svg() {
        let mut canvas = Canvas::new(20.0, 10.0, "");
        canvas.rect(10.0, 0.0, 10.0, 10.0, "#0072b2");
        let png = svg_to_png(&canvas.finish(), 3.0).expect("renders");
        let image = image::load_from_memory(&png).expect("decodes").to_rgba8();
        assert_eq!(image.dimensions(), (60, 30));
        assert_eq!(*image.get_pixel(29, 15), Rgba([255; 4]));
        assert_eq!(*image.get_pixel(30, 15), Rgba([0, 0x72, 0xb2, 255]));
    }

    #[test]
    fn images_keep_sharp_edges_when_enlarged() {
        let checks = RgbaImage::from_fn(2, 1, |x, _| Rgba([if x == 0 { 0 } else { 250 }, 9, 9, 255]));
        let mut canvas = Canvas::new(20.0, 10.0, "");
        canvas.image(0.0, 0.0, 20.0, 10.0, &checks);
        let image = svg_to_image(&canvas.finish(), 2.0).expect("renders");
        for (x, red) in [(0, 0), (19, 0), (20, 250), (39, 250)] {
            assert_eq!(image.get_pixel(x, 7)[0], red, "column {x}");
        }
    }

    #[test]
    fn bad_input_is_an_error_not_a_panic() {
        let svg = Canvas::new(20.0, 10.0, "").finish();
        assert!(matches!(svg_to_png("<svg", 1.0), Err(FigureError::Svg(_))));
        assert!(matches!(svg_to_png(&svg, f32::NAN), Err(FigureError::BadScale(_))));
        assert!(matches!(svg_to_png(&svg, 1e6), Err(FigureError::TooLarge { .. })));
        assert!(matches!(rgba_png(&RgbaImage::new(0, 0)), Err(FigureError::Image(_))));
    }

    #[test]
    fn mathematics_has_glyphs() {
        // Everything that titles and labels of the program use must be in both fonts.
        for weight in [Weight::Regular, Weight::Medium] {
            let drawn = |symbol: char| {
                let style =
                    TextStyle { size: 16.0, weight, color: "#000000", anchor: Anchor::Start, upward: false };
                let mut canvas = Canvas::new(24.0, 24.0, "");
                canvas.text(4.0, 18.0, &symbol.to_string(), &style);
                svg_to_image(&canvas.finish(), 1.0).expect("renders")
            };
            let missing = drawn('\u{e000}');
            for symbol in "κ₀₁₂ₜᵢ−·×ΣεΔρ⁰⁴⁵⁶⁷⁸⁹⁻∞→≤≥≈∂′".chars()
            {
                let image = drawn(symbol);
                assert!(image.pixels().any(|p| p[0] < 200), "nothing drawn for {symbol}");
                assert_ne!(image, missing, "no glyph for {symbol}");
            }
        }
    }
}
