//! Texts of a page: glyphs in their places, in words that can be searched and copied.

use super::drawing::{Drawing, matrix, name, rgb};
use super::fonts::UNITS;
use pdf_writer::{Name, Str, TextStr};
use resvg::usvg::layout::PositionedGlyph;
use resvg::usvg::{Paint, Text, Transform};

/// A dash and an angle that together are an arrow, see [`text_markup`](crate::figure::svg::text_markup).
const ARROW: [&str; 2] = ["\u{2014}", "\u{203a}"];

/// Glyphs that follow each other on one line in one font.
struct Run {
    font: usize,
    /// Of the first one: ems to px.
    matrix: Transform,
    /// What it says, where that is something else than its letters.
    said: Option<&'static str>,
    glyphs: Vec<Placed>,
}

struct Placed {
    /// Its number in the embedded font.
    id: u16,
    /// Where it begins after the first one, in ems.
    at: f32,
    /// How far it moves on by itself, in ems.
    advance: f32,
}

/// Draws a text.
pub(super) fn draw(drawing: &mut Drawing<'_>, text: &Text) {
    // The two signs of an arrow may lie in two spans: it is said once, at the first one.
    let signs: Vec<&str> = text
        .layouted()
        .iter()
        .flat_map(|span| &span.positioned_glyphs)
        .map(|glyph| glyph.text.as_str())
        .collect();
    let begins_arrow = |n: usize| signs[n..].starts_with(&ARROW);
    let mut n = 0;
    for span in text.layouted() {
        let first = n;
        n += span.positioned_glyphs.len();
        let Some(fill) = span.fill.as_ref().filter(|_| span.visible) else { continue };
        let Paint::Color(color) = fill.paint() else { continue };
        let [r, g, b] = rgb(*color);
        let faint = drawing.begin_faint([fill.opacity().get(); 2]);
        drawing.content.set_fill_rgb(r, g, b).begin_text();
        let mut run: Option<Run> = None;
        for (n, glyph) in (first..).zip(&span.positioned_glyphs) {
            let said =
                if begins_arrow(n) { Some("→") } else { (n > 0 && begins_arrow(n - 1)).then_some("") };
            place(drawing, &mut run, glyph, said);
        }
        if let Some(done) = run {
            write(drawing, &done);
        }
        drawing.content.end_text();
        drawing.end_faint(faint);
    }
}

/// Puts a glyph behind those of a run, or writes them and begins another one. `said` is what it says, where that is
/// something else than its letters.
fn place(
    drawing: &mut Drawing<'_>,
    run: &mut Option<Run>,
    glyph: &PositionedGlyph,
    said: Option<&'static str>,
) {
    let Some((font, em)) = drawing.fonts.of(glyph.font) else { return };
    let Some((id, advance)) = drawing.fonts.used(font, glyph) else { return };
    let at = glyph.outline_transform().pre_scale(em, em);
    let alike = |run: &&Run| run.font == font && run.said.is_none() && said.is_none();
    let behind = run.as_ref().filter(alike).and_then(|run| along(run.matrix, at));
    match (run.as_mut(), behind) {
        (Some(run), Some(at)) => run.glyphs.push(Placed { id, at, advance }),
        _ => {
            let next = Run { font, matrix: at, said, glyphs: vec![Placed { id, at: 0.0, advance }] };
            if let Some(done) = run.replace(next) {
                write(drawing, &done);
            }
        }
    }
}

/// How far `place` lies behind `first` on its line, in ems; `None` if it stands on another one, or is set otherwise.
fn along(first: Transform, place: Transform) -> Option<f32> {
    let same = |a: f32, b: f32| (a - b).abs() <= 1e-4 * a.abs().max(1.0);
    let alike = [(first.sx, place.sx), (first.ky, place.ky), (first.kx, place.kx), (first.sy, place.sy)];
    if !alike.iter().all(|(a, b)| same(*a, *b)) {
        return None;
    }
    let to_ems = first.invert()?;
    let mut point = resvg::tiny_skia::Point::from_xy(place.tx, place.ty);
    to_ems.map_point(&mut point);
    (point.y.abs() < 1e-3).then_some(point.x)
}

fn write(drawing: &mut Drawing<'_>, run: &Run) {
    let content = &mut drawing.content;
    if let Some(said) = run.said {
        content.begin_marked_content_with_properties(Name(b"Span")).properties().actual_text(TextStr(said));
    }
    content.set_font(Name(name("F", run.font).as_bytes()), 1.0).set_text_matrix(matrix(run.matrix));
    let mut shown = content.show_positioned();
    let mut items = shown.items();
    let (mut at, mut waiting) = (0.0f32, Vec::new());
    for glyph in &run.glyphs {
        // In whole units of the font, so that a line of many glyphs does not drift from their places.
        let shift = (UNITS * (at - glyph.at)).round();
        if shift != 0.0 {
            if !waiting.is_empty() {
                items.show(Str(&waiting));
                waiting.clear();
            }
            items.adjust(shift);
            at -= shift / UNITS;
        }
        waiting.extend(glyph.id.to_be_bytes());
        at += glyph.advance;
    }
    items.show(Str(&waiting));
    drop(items);
    drop(shown);
    if run.said.is_some() {
        content.end_marked_content();
    }
}
