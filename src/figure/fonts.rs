//! The two fonts of every figure, and how wide a text is in them. No system font is ever used, so
//! that a figure looks the same on every machine.

use std::sync::{Arc, LazyLock};

use resvg::usvg;
use usvg::fontdb::{Database, Source};

use super::svg::{Weight, text_markup};

const FAMILY: &str = "Roboto";

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    for data in [crate::assets::ROBOTO_REGULAR, crate::assets::ROBOTO_MEDIUM] {
        fonts.load_font_source(Source::Binary(Arc::new(data)));
    }
    fonts.set_sans_serif_family(FAMILY);
    fonts.set_serif_family(FAMILY);
    fonts.set_monospace_family(FAMILY);
    Arc::new(fonts)
});

/// Parser options with our fonts and nothing else: no system fonts, no files beside the SVG.
pub(super) fn options() -> usvg::Options<'static> {
    usvg::Options { font_family: FAMILY.to_owned(), fontdb: FONTS.clone(), ..Default::default() }
}

/// The width of `text` in pixels at `size` pixels. Measured with the renderer itself, so that
/// kerning and missing glyphs count as they will be drawn.
pub(super) fn text_width(text: &str, size: f64, weight: Weight) -> f64 {
    if text.trim().is_empty() {
        return 0.0;
    }
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text font-size="100" font-weight="{}" xml:space="preserve">{}</text></svg>"#,
        weight.css(),
        text_markup(text)
    );
    match usvg::Tree::from_str(&svg, &options()) {
        Ok(tree) => f64::from(tree.root().abs_bounding_box().width()) * size / 100.0,
        // Half an em a letter is close to Roboto's mean.
        Err(_) => 0.5 * size * text.chars().count() as f64,
    }
}

/// The font size, at most `size`, at which `text` fits into `width` pixels; at least 6.
pub(super) fn fitting_size(text: &str, size: f64, weight: Weight, width: f64) -> f64 {
    let natural = text_width(text, size, weight);
    if natural <= width { size } else { (size * width / natural).max(6.0) }
}

/// `text` broken at spaces into lines of at most `width` pixels (a longer word stays whole).
pub(super) fn wrap(text: &str, size: f64, weight: Weight, width: f64) -> Vec<String> {
    let space = text_width("n n", size, weight) - text_width("nn", size, weight);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut used = 0.0;
        for word in paragraph.split_whitespace() {
            let word_width = text_width(word, size, weight);
            if !line.is_empty() && used + space + word_width > width {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            if !line.is_empty() {
                line.push(' ');
                used += space;
            }
            line.push_str(word);
            used += word_width;
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_roboto() {
        // Roboto-Regular: advance of "0" is 1150 of 2048 units.
        let width = text_width("0000", 10.0, Weight::Regular);
        assert!((width - 4.0 * 10.0 * 1150.0 / 2048.0).abs() < 0.3, "{width}");
        assert!(text_width("kkk", 10.0, Weight::Medium) > text_width("kkk", 10.0, Weight::Regular));
        assert_eq!(text_width(" ", 10.0, Weight::Regular), 0.0);
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let text = "K = 64, uniform → checkerboard, cosine scheduler, 10000 particles";
        let lines = wrap(text, 10.0, Weight::Regular, 120.0);
        assert!(lines.len() >= 3);
        assert!(lines.iter().all(|l| text_width(l, 10.0, Weight::Regular) <= 122.0));
        assert_eq!(lines.join(" "), text);
        let size = fitting_size(text, 14.0, Weight::Medium, 200.0);
        assert!((text_width(text, size, Weight::Medium) - 200.0).abs() < 0.5);
    }
}
