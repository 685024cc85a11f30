//! Draws a word as weights on the grid, filling the width of the square.

use std::sync::{Arc, LazyLock};

use ndarray::Array2;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, Node, Tree};

use super::error::DataError;
use super::pmf::check_k;
use super::raster::area_average;

/// Longest word, in characters: beyond that the letters are too small to be read on a grid.
pub const MAX_CHARS: usize = 12;
/// Blank border on each side, as a part of the square's side.
const MARGIN: f32 = 0.05;
/// Least side of the picture that is averaged down, in pixels.
const MIN_SIDE: usize = 512;
/// Pixels a grid cell has at least along each side.
const SUPERSAMPLE: usize = 4;

static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(crate::assets::ROBOTO_MEDIUM.to_vec());
    Arc::new(fonts)
});

/// Checks a word before it is drawn: 1 to [`MAX_CHARS`] characters, not all blank, no control characters.
///
/// # Errors
/// [`DataError::Text`] says which of these it is.
pub fn check_word(word: &str) -> Result<(), DataError> {
    let count = word.chars().count();
    let why = if word.is_empty() {
        format!("the word is empty: expected text:WORD with 1 to {MAX_CHARS} characters")
    } else if count > MAX_CHARS {
        format!("the word has {count} characters: expected at most {MAX_CHARS}")
    } else if word.chars().any(char::is_control) {
        "the word has a control character, such as a line break or a tab".into()
    } else if word.chars().all(char::is_whitespace) {
        "the word is blank: nothing would be drawn".into()
    } else {
        return Ok(());
    };
    Err(refused(word, why))
}

/// Draws `word` on one line as unnormalised weights in `[0, 1]` (the part of each cell that is ink), shape
/// `[k, k]`.
///
/// The word is as wide as the square less a small border, or, where a short one would be too tall, as high.
/// It reads upright when axis 0 is drawn to the right and axis 1 upward.
///
/// # Errors
/// [`DataError::K`]; [`DataError::Text`] for what [`check_word`] refuses, for characters that the font lacks,
/// and for words that leave no ink.
pub fn draw_word(word: &str, k: usize) -> Result<Array2<f64>, DataError> {
    check_k(k)?;
    check_word(word)?;
    let tree = lay_out(word).map_err(|why| refused(word, why))?;
    let no_ink = || refused(word, "it draws no ink".into());
    let ink = ink_box(&tree).ok_or_else(no_ink)?;

    let side = k * SUPERSAMPLE.max(MIN_SIDE.div_ceil(k));
    let mut pixmap = Pixmap::new(side as u32, side as u32).ok_or_else(no_ink)?;
    let side_px = side as f32;
    let scale = side_px * (1.0 - 2.0 * MARGIN) / ink.width().max(ink.height());
    let middle = (ink.left() + ink.width() / 2.0, ink.top() + ink.height() / 2.0);
    let transform = Transform::from_translate(side_px / 2.0, side_px / 2.0)
        .pre_scale(scale, scale)
        .pre_translate(-middle.0, -middle.1);
    resvg::render(&tree, transform, &mut pixmap.as_mut());

    let pixels = pixmap.pixels();
    let weights = area_average(side, side, k, |y, values| {
        for (value, pixel) in values.iter_mut().zip(&pixels[y * side..(y + 1) * side]) {
            *value = f64::from(pixel.alpha()) / 255.0;
        }
    });
    if weights.iter().all(|w| *w == 0.0) {
        return Err(no_ink());
    }
    Ok(weights)
}

fn refused(word: &str, why: String) -> DataError {
    DataError::Text { word: word.escape_debug().to_string(), why }
}

/// The word as outlines of an SVG tree, at the origin and of any size: [`draw_word`] scales it to the square.
fn lay_out(word: &str) -> Result<Tree, String> {
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="100">
<text xml:space="preserve" y="80" font-family="Roboto Medium, Roboto" font-weight="500" font-size="100">{}</text>
</svg>"#,
        escape(word)
    );
    let options = usvg::Options {
        fontdb: Arc::clone(&FONTS),
        font_family: "Roboto".into(),
        ..usvg::Options::default()
    };
    let tree = Tree::from_str(&svg, &options).map_err(|e| format!("it cannot be drawn: {e}"))?;
    let missing: String = texts(&tree)
        .flat_map(|text| text.layouted())
        .flat_map(|span| &span.positioned_glyphs)
        // Glyph 0 of every font is the box that stands for a missing character.
        .filter(|glyph| glyph.id.0 == 0)
        .map(|glyph| glyph.text.as_str())
        .collect();
    if missing.is_empty() {
        Ok(tree)
    } else {
        Err(format!("the font Roboto has no glyph for \"{}\"", missing.escape_debug()))
    }
}

fn texts(tree: &Tree) -> impl Iterator<Item = &usvg::Text> {
    tree.root().children().iter().filter_map(|node| match node {
        Node::Text(text) => Some(text.as_ref()),
        _ => None,
    })
}

/// The box around the outlines themselves: a text's own box has the font's ascent and descent in it.
fn ink_box(tree: &Tree) -> Option<usvg::Rect> {
    let ink = texts(tree).next()?.flattened().abs_bounding_box();
    (ink.width().max(ink.height()) > 0.0).then_some(ink)
}

fn escape(word: &str) -> String {
    let mut escaped = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::pmf::{assert_pmf, normalise};
    use super::*;
    use ndarray::Axis;

    /// First and last index of each axis that has ink, as parts of the side.
    fn extent(weights: &Array2<f64>, axis: usize) -> (f64, f64) {
        let sums = weights.sum_axis(Axis(1 - axis));
        let inked: Vec<usize> = (0..sums.len()).filter(|i| sums[*i] > 0.0).collect();
        let k = sums.len() as f64;
        (inked[0] as f64 / k, (inked[inked.len() - 1] + 1) as f64 / k)
    }

    fn why(word: &str) -> String {
        draw_word(word, 64).expect_err("refused").to_string()
    }

    #[test]
    fn a_word_fills_the_width() {
        for word in ["DFM", "flow", "κ(t)", "WWWWWWWWWWWW", "illi", "a b"] {
            let weights = draw_word(word, 64).unwrap_or_else(|e| panic!("{e}"));
            let (low, high) = extent(&weights, 0);
            assert!((low - 0.05).abs() < 0.03 && (high - 0.95).abs() < 0.03, "{word}: {low} {high}");
            let (low, high) = extent(&weights, 1);
            assert!((low + high - 1.0).abs() < 0.04, "{word} is not centred: {low} {high}");
        }
    }

    #[test]
    fn a_tall_letter_fills_the_height() {
        let (low, high) = extent(&draw_word("I", 64).expect("drawn"), 1);
        assert!((low - 0.05).abs() < 0.03 && (high - 0.95).abs() < 0.03, "{low} {high}");
    }

    #[test]
    fn letters_stand_upright_and_read_to_the_right() {
        let l = draw_word("L", 64).expect("drawn");
        let half = |i0: usize, j0: usize| l.slice(ndarray::s![i0..i0 + 32, j0..j0 + 32]).sum();
        let (bottom_left, bottom_right, top_left, top_right): (f64, f64, f64, f64) =
            (half(0, 0), half(32, 0), half(0, 32), half(32, 32));
        assert!(top_right < 0.01 * bottom_right, "the upper right of an L is blank");
        assert!(bottom_left > bottom_right && bottom_left > top_left && top_left > 0.0);
    }

    #[test]
    fn ink_is_solid_and_edges_are_partial() {
        let weights = draw_word("I", 64).expect("drawn");
        assert_eq!(weights.fold(0.0, |a: f64, b| a.max(*b)), 1.0);
        assert!(weights.iter().any(|w| *w == 0.0));
        assert!(weights.iter().all(|w| (0.0..=1.0).contains(w)));
    }

    #[test]
    fn markup_is_drawn_and_not_obeyed() {
        for word in ["<b>", "&amp;", "a&b", "\"'", "]]>", "</text>"] {
            assert!(draw_word(word, 32).is_ok(), "{word}");
        }
        assert_ne!(draw_word("&amp;", 64), draw_word("&", 64));
    }

    #[test]
    fn words_that_cannot_be_drawn_are_refused() {
        assert!(why("").contains("the word is empty"));
        assert!(why("   ").contains("blank"));
        assert!(why("\u{a0}").contains("blank"));
        assert!(why("thirteen char").contains("13 characters: expected at most 12"));
        assert!(why("a\nb").contains("control character"));
        assert!(why("a\0").contains("control character"));
        assert!(why("日本").contains("no glyph for \"日本\""), "{}", why("日本"));
        assert!(why("ok🙂").contains("no glyph for \"🙂\""), "{}", why("ok🙂"));
        assert!(draw_word("\u{ffff}", 64).is_err());
        assert!(draw_word("\u{200b}", 64).is_err());
        assert_eq!(draw_word("a", 1), Err(DataError::K { k: 1 }));
    }

    #[test]
    fn every_k_gives_a_pmf() {
        for k in [2, 3, 4, 5, 7, 64, 255, 256] {
            assert_pmf(&normalise(draw_word("Flow", k).expect("drawn"), "x").expect("a pmf"), k);
        }
    }
}
