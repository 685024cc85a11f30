//! The fonts of every figure, and how wide a text is in them: Roboto, for the letters that it lacks two that are asked only
//! then, and Hack for letters of one width. No system font is ever used, so that a figure looks the same on every machine.

use std::sync::{Arc, LazyLock};

use resvg::usvg;
use usvg::fontdb::{Database, Source};

use super::svg::{Weight, text_markup};

const FAMILY: &str = "Roboto";
/// What letters of one width are set in: ours first, then what other machines have.
pub(super) const MONOSPACED: &str = "Hack, DejaVu Sans Mono, Menlo, Consolas, monospace";

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    use crate::assets::{NOTO_CJK, NOTO_SCRIPTS, ROBOTO_MEDIUM, ROBOTO_REGULAR};
    use epaint_default_fonts::HACK_REGULAR;
    // Only the heads of the files are read here; a letter that Roboto lacks is looked for in the others, in this order.
    for data in [ROBOTO_REGULAR, ROBOTO_MEDIUM, NOTO_CJK, NOTO_SCRIPTS, HACK_REGULAR] {
        fonts.load_font_source(Source::Binary(Arc::new(data)));
    }
    fonts.set_sans_serif_family(FAMILY);
    fonts.set_serif_family(FAMILY);
    fonts.set_monospace_family("Hack");
    Arc::new(fonts)
});

/// Parser options with our fonts and nothing else: no system fonts, no files beside the SVG.
pub(super) fn options() -> usvg::Options<'static> {
    usvg::Options { font_family: FAMILY.to_owned(), fontdb: FONTS.clone(), ..Default::default() }
}

/// A part of a text that is set in one font.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece<'a> {
    pub text: &'a str,
    /// Where it begins, in pixels from the beginning of the text.
    pub x: f64,
    /// How wide it is in pixels.
    pub width: f64,
}

/// `text` in the parts that are set in one font each, if it is not set in Roboto alone. The renderer shapes a line that has
/// letters of two fonts once in each and puts both together glyph by glyph, which fails where they differ in number, as with
/// Roboto's ligature of “fi”: then boxes are left. Such a line is therefore cut up, and each part is placed for itself.
pub(super) fn pieces(text: &str, size: f64, weight: Weight) -> Option<Vec<Piece<'_>>> {
    let parts = split(text)?;
    let space = one_width("n n", size, weight) - one_width("nn", size, weight);
    let mut x = 0.0;
    let placed = parts.into_iter().map(|text| {
        let inner = text.trim_matches(' ');
        let width = one_width(inner, size, weight) + space * (text.len() - inner.len()) as f64;
        let piece = Piece { text, x, width };
        x += width;
        piece
    });
    Some(placed.collect())
}

/// Where the last one ends.
pub(super) fn end_of(pieces: &[Piece<'_>]) -> f64 {
    pieces.last().map_or(0.0, |last| last.x + last.width)
}

/// Which of the fonts a letter is in.
#[derive(Clone, Copy, PartialEq)]
enum Letter {
    Roboto,
    Other,
    /// Put together from two signs: see [`text_markup`].
    Arrow,
    /// In every font: it goes with its neighbours.
    Any,
}

/// Roboto has all of Latin, Greek and Cyrillic, and the signs of mathematics that we use.
fn letter(c: char) -> Letter {
    match c {
        '→' => Letter::Arrow,
        ' ' | '\u{200b}'..='\u{200f}' => Letter::Any,
        '\0'..='\u{52f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1c80}'..='\u{1c8f}' | '\u{1d00}'..='\u{2bff}' => {
            Letter::Roboto
        }
        '\u{a640}'..='\u{a69f}' | '\u{a700}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab6f}' => Letter::Roboto,
        // Private use, Latin ligatures, and what is written in no script, such as emoji.
        '\u{e000}'..='\u{f8ff}' | '\u{fb00}'..='\u{fb06}' | '\u{fffd}' | '\u{1d400}'..='\u{1ffff}' => {
            Letter::Roboto
        }
        _ => Letter::Other,
    }
}

/// Cuts a text where its letters change from one font to another; `None` of one in Roboto alone.
fn split(text: &str) -> Option<Vec<&str>> {
    if !text.chars().any(|c| letter(c) == Letter::Other) {
        return None;
    }
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    let mut present = Letter::Any;
    for (at, c) in text.char_indices() {
        let next = letter(c);
        if next != Letter::Any {
            if next != present && present != Letter::Any {
                // What lies between goes with Roboto, whose space it then has.
                let cut = if present == Letter::Other { end } else { at };
                parts.push(&text[start..cut]);
                start = cut;
            } else if present == Letter::Any && next == Letter::Other && at > start {
                parts.push(&text[start..at]);
                start = at;
            }
            (present, end) = (next, at + c.len_utf8());
        }
    }
    parts.push(&text[start..]);
    Some(parts)
}

/// The width of `text` in pixels at `size` pixels. Measured with the renderer itself, so that
/// kerning and missing glyphs count as they will be drawn.
pub(super) fn text_width(text: &str, size: f64, weight: Weight) -> f64 {
    if text.trim().is_empty() {
        return 0.0;
    }
    pieces(text, size, weight).map_or_else(|| one_width(text, size, weight), |pieces| end_of(&pieces))
}

/// The width of a text in one font.
fn one_width(text: &str, size: f64, weight: Weight) -> f64 {
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
    fn a_text_is_cut_where_its_font_changes_and_nowhere_else() {
        for (text, parts) in [
            ("流動.npy", &["流動", ".npy"][..]),
            ("fi 데이터 흐름 ok", &["fi ", "데이터 흐름", " ok"]),
            ("mask → 流動, t", &["mask ", "→ ", "流動", ", t"]),
            (" 流 ", &[" ", "流 "]),
            ("שלום עולם", &["שלום עולם"]),
        ] {
            assert_eq!(split(text).as_deref(), Some(parts), "{text}");
        }
        for text in ["uniform → moons, κ₀ = ½", "Кириллица", ""] {
            assert_eq!(split(text), None, "{text}");
        }
        for size in [10.0, 20.0] {
            let width = |text: &str| text_width(text, size, Weight::Regular);
            // A letter of Chinese is an em wide.
            assert!((width("流動") - 2.0 * size).abs() < 0.01, "{}", width("流動"));
            let whole = width("fi 流動 fi");
            let space = width("n n") - width("nn");
            assert!((whole - 2.0 * width("fi") - 2.0 * space - 2.0 * size).abs() < 0.01, "{whole}");
        }
    }

    /// The glyphs that a line is drawn with, by their number in their font: 0 is the box.
    fn glyphs(text: &str) -> Vec<u32> {
        let mut canvas = crate::figure::svg::Canvas::new(400.0, 30.0, "");
        let style = crate::figure::svg::TextStyle {
            size: 16.0,
            weight: Weight::Medium,
            color: "#000000",
            anchor: crate::figure::svg::Anchor::Middle,
            upward: false,
        };
        canvas.text(200.0, 20.0, text, &style);
        let tree = usvg::Tree::from_str(&canvas.finish(), &options()).expect("parses");
        fn collect(group: &usvg::Group, found: &mut Vec<u32>) {
            for node in group.children() {
                match node {
                    usvg::Node::Group(group) => collect(group, found),
                    usvg::Node::Text(text) => {
                        found.extend(
                            text.layouted().iter().flat_map(|s| &s.positioned_glyphs).map(|g| g.id.0),
                        );
                    }
                    _ => {}
                }
            }
        }
        let mut found = Vec::new();
        collect(tree.root(), &mut found);
        found
    }

    #[test]
    fn names_of_files_in_other_scripts_are_drawn_and_not_boxes() {
        // Ligatures of Roboto beside them, letters as macOS takes them apart, and right to left.
        for text in [
            "流動 데이터 흐름",
            "ようこそ、プロファイル.npy",
            "profile_流動 ffi → 繁體",
            "\u{1112}\u{1173}\u{1105}\u{1173}\u{11b7}.npy",
            "か\u{3099}き.csv",
            "Ελληνικά Кириллица Tiếng Việt",
            "שלום עולם",
            "مرحبا لا",
            "नमस्ते",
            "สวัสดี",
            "Հայերեն ქართული",
        ] {
            let glyphs = glyphs(text);
            assert!(!glyphs.is_empty() && glyphs.iter().all(|id| *id != 0), "{text}: {glyphs:?}");
        }
        assert!(glyphs("\u{e000}").contains(&0), "a box is seen as one");
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
