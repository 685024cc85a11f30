//! What is inside a document. What it looks like is compared with the picture in `tests/cli/pages.rs`.

use super::*;
use crate::figure::recipe::{Inside, look_inside, recipe_of};
use crate::figure::svg::{Anchor, Canvas, Stroke, TextStyle, Weight};
use ::image::{Rgba, RgbaImage};

/// One of everything that a canvas draws.
fn drawing(words: &str) -> String {
    let mut canvas = Canvas::new(200.0, 100.0, "a <title>");
    let style = TextStyle {
        size: 12.0,
        weight: Weight::Regular,
        color: "#1a1a1a",
        anchor: Anchor::Start,
        upward: false,
    };
    canvas.text(10.0, 20.0, words, &style);
    canvas.gradient([10.0, 30.0, 8.0, 40.0], &[[0, 0, 0], [250, 0, 0], [250, 250, 0]]);
    canvas.image(30.0, 30.0, 20.0, 20.0, &RgbaImage::from_pixel(2, 2, Rgba([9, 99, 199, 128])));
    canvas.clipped([60.0, 30.0, 20.0, 20.0], |canvas| {
        canvas.arc([[60.0, 30.0], [70.0, 90.0], [80.0, 30.0]], Stroke::solid("#0072b2", 2.0), 0.5);
    });
    canvas.finish()
}

fn has(pdf: &[u8], words: &str) -> bool {
    pdf.windows(words.len()).any(|part| part == words.as_bytes())
}

#[test]
fn a_document_has_its_size_its_title_and_all_that_is_drawn() {
    let pdf = svg_to_pdf(&drawing("流動 → fi"), "").expect("written");
    assert!(pdf.starts_with(b"%PDF-1.4"));
    assert!(has(&pdf, "/MediaBox [0 0 150 75]"), "points");
    assert!(has(&pdf, "a &lt;title&gt;"));
    for part in ["/FontFile2", "/FontFile3", "/ToUnicode", "/SMask", "/ShadingType 2", "/CA 0.5"] {
        assert!(has(&pdf, part), "{part}");
    }
    assert_eq!(look_inside(&pdf), Inside::Nothing, "no recipe was given");
}

#[test]
fn only_the_letters_that_are_used_are_embedded() {
    let size = |words: &str| svg_to_pdf(&drawing(words), "").expect("written").len();
    assert!(size("token 1") < 20_000, "{} bytes", size("token 1"));
    // The whole font has 3 MB.
    assert!(size("流動") < 30_000, "{} bytes", size("流動"));
}

#[test]
fn a_recipe_survives_and_what_is_damaged_is_said() {
    for recipe in ["dfm-explorer export --view mass --target text:<&>", "κ → 1 流動", "{\"a\": [1, 2]}"]
    {
        let pdf = svg_to_pdf(&drawing("κ"), recipe).expect("written");
        assert_eq!(recipe_of(&pdf).as_deref(), Some(recipe));
        let cut = pdf.windows(12).position(|part| part == b"</x:xmpmeta>").expect("a packet");
        assert!(matches!(look_inside(&pdf[..cut]), Inside::Damaged(_)));
        // As another program may write it.
        let text = String::from_utf8_lossy(&pdf).into_owned();
        let foreign = text.replace("urn:dfm-explorer:figure/", "urn:another:program/");
        assert_eq!(look_inside(foreign.as_bytes()), Inside::Nothing);
    }
    assert_eq!(look_inside(b"%PDF-1.4 of another program"), Inside::Nothing);
}

#[test]
fn what_is_no_drawing_is_an_error() {
    assert!(matches!(svg_to_pdf("<svg", ""), Err(FigureError::Svg(_))));
}
