//! A small SVG writer: shapes, text and pixel images appended to one string.

use std::fmt::Write as _;

use image::RgbaImage;

use super::fonts::{self, MONOSPACED, Piece, text_width};
use super::paper::{Ground, Unit};
use super::png::rgba_png;

/// Weight of a text; only these two fonts are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Roboto Regular.
    Regular,
    /// Roboto Medium.
    Medium,
}

impl Weight {
    /// The CSS `font-weight`.
    pub fn css(self) -> u32 {
        match self {
            Self::Regular => 400,
            Self::Medium => 500,
        }
    }
}

/// Which end of a text stands at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins there.
    Start,
    /// The text is centred there.
    Middle,
    /// The text ends there.
    End,
}

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub struct TextStyle {
    /// Font size in px.
    pub size: f64,
    /// Weight of the font.
    pub weight: Weight,
    /// Colour, as SVG writes it.
    pub color: &'static str,
    /// Which end of the text stands at its position.
    pub anchor: Anchor,
    /// Reads upward, turned by 90° about its position.
    pub upward: bool,
}

/// Pattern of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dash {
    /// Without gaps.
    #[default]
    Solid,
    /// Dashes.
    Dashed,
    /// Dots.
    Dotted,
    /// Dashes and dots in turn.
    DashDot,
}

impl Dash {
    /// All patterns, the plainest first.
    pub const ALL: [Self; 4] = [Self::Solid, Self::Dashed, Self::Dotted, Self::DashDot];

    /// Lengths of strokes and gaps in turn, in widths of the line; none for a solid one.
    pub fn lengths(self) -> &'static [f64] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[3.5, 2.5],
            Self::Dotted => &[1.0, 2.0],
            Self::DashDot => &[5.0, 2.0, 1.0, 2.0],
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    /// Colour, as SVG writes it.
    pub color: &'static str,
    /// Width in px.
    pub width: f64,
    /// Its pattern.
    pub dash: Dash,
}

/// Shapes of the marks at points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Marker {
    /// A disc.
    #[default]
    Disc,
    /// A square.
    Square,
    /// A triangle.
    Triangle,
    /// A square on its corner.
    Diamond,
    /// A cross, for what is marked as wrong.
    Cross,
}

/// The outline of a cross.
const CROSS: [[f64; 2]; 12] = [
    [0.72, -1.19],
    [1.19, -0.72],
    [0.47, 0.0],
    [1.19, 0.72],
    [0.72, 1.19],
    [0.0, 0.47],
    [-0.72, 1.19],
    [-1.19, 0.72],
    [-0.47, 0.0],
    [-1.19, -0.72],
    [-0.72, -1.19],
    [0.0, -0.47],
];

impl Marker {
    /// All shapes that tell curves apart, the plainest first.
    pub const ALL: [Self; 4] = [Self::Disc, Self::Square, Self::Triangle, Self::Diamond];

    /// Its outline in radii, y downward; none for a disc. All shapes cover about as much.
    pub fn corners(self) -> &'static [[f64; 2]] {
        match self {
            Self::Disc => &[],
            Self::Square => &[[-0.88, -0.88], [0.88, -0.88], [0.88, 0.88], [-0.88, 0.88]],
            Self::Triangle => &[[0.0, -1.3], [1.2, 0.8], [-1.2, 0.8]],
            Self::Diamond => &[[0.0, -1.3], [1.3, 0.0], [0.0, 1.3], [-1.3, 0.0]],
            Self::Cross => &CROSS,
        }
    }
}

impl Stroke {
    /// A solid line.
    pub const fn solid(color: &'static str, width: f64) -> Self {
        Self { color, width, dash: Dash::Solid }
    }

    fn attributes(&self) -> String {
        let lengths: Vec<_> = self.dash.lengths().iter().map(|part| number(part * self.width)).collect();
        let dash = if lengths.is_empty() {
            String::new()
        } else {
            format!(r#" stroke-dasharray="{}""#, lengths.join(" "))
        };
        format!(r#"stroke="{}" stroke-width="{}"{dash}"#, self.color, number(self.width))
    }
}

/// What a figure of a given size is set on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sheet {
    /// In px of the drawing, in which a text has its usual size.
    pub width: f64,
    pub height: f64,
    /// Pixels that a px becomes.
    pub device: f64,
    /// Px on the screen that a px becomes: text gets larger with it.
    pub shown: f64,
    /// In what the size is said.
    pub unit: Unit,
    /// What lies behind it.
    pub ground: Ground,
}

impl Sheet {
    /// Of the size that suits a figure, in px.
    pub fn natural(width: f64, height: f64, ground: Ground) -> Self {
        Self { width, height, device: 1.0, shown: 1.0, unit: Unit::Px, ground }
    }
}

/// An SVG drawing under construction; lengths in px, y downward.
#[derive(Clone, Debug)]
pub struct Canvas {
    width: f64,
    height: f64,
    /// Width and height as a viewer is told.
    shown: [String; 2],
    ground: Ground,
    /// How many clipping rectangles and gradients there are.
    names: usize,
    /// Shapes of cells so far.
    shapes: usize,
    /// Every text, with the place of its anchor.
    texts: Vec<([f64; 2], String, TextStyle)>,
    body: String,
}

/// What the colours of paper and ink become on a dark ground; the colours of data stay.
const DARK: [(&str, &str); 7] = [
    ("#ffffff", "#15171b"),
    ("#1a1a1a", "#eceef1"),
    ("#5c5c5c", "#a3a8b0"),
    ("#4d4d4d", "#9aa0a8"),
    ("#e8e8e8", "#2d3138"),
    ("#e3e3e3", "#33373e"),
    ("#000000", "#ffffff"),
];

impl Canvas {
    /// An empty drawing with a white ground. `title` is what a screen reader says.
    pub fn new(width: f64, height: f64, title: &str) -> Self {
        let [width, height] = [width, height].map(|side| side.ceil().max(1.0));
        Self::on(&Sheet::natural(width, height, Ground::default()), title)
    }

    /// An empty drawing of the size of a sheet.
    pub(super) fn on(sheet: &Sheet, title: &str) -> Self {
        let (width, height, ground) = (sheet.width, sheet.height, sheet.ground);
        let shown = [width, height].map(|side| match sheet.unit {
            Unit::Px => number((side * sheet.shown).round()),
            Unit::Cm => format!("{}cm", number(side * sheet.shown * 2.54 / 96.0)),
        });
        let (texts, body) = Default::default();
        let mut canvas = Self { width, height, shown, ground, names: 0, shapes: 0, texts, body };
        if !title.is_empty() {
            canvas.line(&format!("<title>{}</title>", escape(title)));
        }
        if !ground.transparent {
            canvas.rect(0.0, 0.0, width, height, "#ffffff");
        }
        canvas
    }

    /// Width in px.
    pub(super) fn width(&self) -> f64 {
        self.width
    }

    /// Whether it is drawn on a dark ground.
    pub fn is_dark(&self) -> bool {
        self.ground.dark
    }

    /// Draws with `draw` what must not leave a rectangle.
    pub fn clipped(&mut self, [x, y, width, height]: [f64; 4], draw: impl FnOnce(&mut Self)) {
        self.names += 1;
        let (id, [x, y, width, height]) = (self.names, [x, y, width, height].map(number));
        self.line(&format!(
            r#"<clipPath id="clip{id}"><rect x="{x}" y="{y}" width="{width}" height="{height}"/></clipPath>"#
        ));
        self.line(&format!(r#"<g clip-path="url(#clip{id})">"#));
        draw(self);
        self.line("</g>");
    }

    /// A closed outline, filled, in the path language of SVG.
    pub fn shape(&mut self, path: &str, fill: &str, opacity: f64) {
        let opacity =
            if opacity < 1.0 { format!(r#" fill-opacity="{}""#, number(opacity)) } else { String::new() };
        self.line(&format!(r#"<path d="{path}" fill="{fill}"{opacity}/>"#));
    }

    /// A line that fades: `opacity` in \[0, 1\].
    pub fn faint_segment(&mut self, from: [f64; 2], to: [f64; 2], stroke: Stroke, opacity: f64) {
        let [x1, y1, x2, y2] = [from[0], from[1], to[0], to[1]].map(number);
        let opacity = number(opacity);
        self.line(&format!(
            r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke-opacity="{opacity}" {}/>"#,
            stroke.attributes()
        ));
    }

    /// A filled rectangle.
    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str) {
        let [x, y, width, height] = [x, y, width, height].map(number);
        self.line(&format!(r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}"/>"#));
    }

    /// The ground for an image, `border` px larger on all sides: a frame that covers no pixel of
    /// the image and mixes with none (as an antialiased stroke would).
    pub fn mat(&mut self, x: f64, y: f64, width: f64, height: f64, border: f64, color: &str) {
        self.rect(x - border, y - border, width + 2.0 * border, height + 2.0 * border, color);
    }

    /// The edges of a rectangle, `border` px wide and inside it.
    pub fn frame(&mut self, [x, y, width, height]: [f64; 4], border: f64, color: &str) {
        let half = 0.5 * border;
        let [x, y, width, height] = [x + half, y + half, width - border, height - border].map(number);
        let border = number(border);
        self.line(&format!(
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" stroke="{color}" stroke-width="{border}"/>"#
        ));
    }

    /// A line segment.
    pub fn segment(&mut self, from: [f64; 2], to: [f64; 2], stroke: Stroke) {
        let [x1, y1, x2, y2] = [from[0], from[1], to[0], to[1]].map(number);
        self.line(&format!(r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" {}/>"#, stroke.attributes()));
    }

    /// An open line through `points`; nothing for fewer than two.
    pub fn polyline(&mut self, points: &[[f64; 2]], stroke: Stroke) {
        if points.len() < 2 {
            return;
        }
        let mut path = String::with_capacity(14 * points.len());
        for (i, [x, y]) in points.iter().enumerate() {
            let command = if i == 0 { 'M' } else { 'L' };
            // Writing into a String cannot fail.
            let _ = write!(path, "{command}{} {}", number(*x), number(*y));
        }
        self.line(&format!(
            r#"<path d="{path}" fill="none" stroke-linejoin="round" stroke-linecap="{}" {}/>"#,
            if stroke.dash == Dash::Solid { "round" } else { "butt" },
            stroke.attributes()
        ));
    }

    /// A filled disc with a thin white rim, which keeps crossing markers apart.
    pub fn marker(&mut self, [x, y]: [f64; 2], radius: f64, fill: &str) {
        let [x, y, radius] = [x, y, radius].map(number);
        self.line(&format!(
            r##"<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}" stroke="#ffffff" stroke-width="0.75"/>"##
        ));
    }

    /// The same in another shape.
    pub fn symbol(&mut self, [x, y]: [f64; 2], radius: f64, fill: &str, shape: Marker) {
        if shape == Marker::Disc {
            return self.marker([x, y], radius, fill);
        }
        let at = |[dx, dy]: &[f64; 2]| format!("{} {}", number(x + radius * dx), number(y + radius * dy));
        let outline = shape.corners().iter().map(at).collect::<Vec<_>>().join("L");
        self.line(&format!(
            r##"<path d="M{outline}z" fill="{fill}" stroke="#ffffff" stroke-width="0.75"/>"##
        ));
    }

    /// A circle that is not filled.
    pub fn ring(&mut self, [x, y]: [f64; 2], radius: f64, stroke: Stroke) {
        let [x, y, radius] = [x, y, radius].map(number);
        self.line(&format!(
            r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="none" {}/>"#,
            stroke.attributes()
        ));
    }

    /// A curve from `start` to `end` that bends towards `control` (a quadratic Bézier curve).
    pub fn arc(&mut self, [start, control, end]: [[f64; 2]; 3], stroke: Stroke, opacity: f64) {
        let [x0, y0, x1, y1, x2, y2] =
            [start[0], start[1], control[0], control[1], end[0], end[1]].map(number);
        self.line(&format!(
            r#"<path d="M{x0} {y0}Q{x1} {y1} {x2} {y2}" fill="none" stroke-opacity="{}" {}/>"#,
            number(opacity),
            stroke.attributes()
        ));
    }

    /// A line of text with its baseline at (`x`, `y`).
    pub fn text(&mut self, x: f64, y: f64, text: &str, style: &TextStyle) {
        if text.is_empty() {
            return;
        }
        self.texts.push(([x, y], text.to_owned(), *style));
        let turn = match style.upward {
            true => format!(r#" transform="rotate(-90 {} {})""#, number(x), number(y)),
            false => String::new(),
        };
        let (x, anchor, words) = match fonts::pieces(text, style.size, style.weight) {
            None => {
                let anchor = match style.anchor {
                    Anchor::Start => "start",
                    Anchor::Middle => "middle",
                    Anchor::End => "end",
                };
                (x, anchor, text_markup(text))
            }
            Some(pieces) => {
                let begin = match style.anchor {
                    Anchor::Start => x,
                    Anchor::Middle => x - 0.5 * fonts::end_of(&pieces),
                    Anchor::End => x - fonts::end_of(&pieces),
                };
                (begin, "start", pieces.iter().map(|piece| placed(piece, begin)).collect())
            }
        };
        let [x, y, size] = [x, y, style.size].map(number);
        let weight = style.weight.css();
        self.line(&format!(
            r#"<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{}" text-anchor="{anchor}"{turn} xml:space="preserve">{words}</text>"#,
            style.color,
        ));
    }

    /// A text whose letters, all of one width, stand at `places`, one each, with their baseline at `y`. Each has a span of its
    /// own: many viewers know one place a span only.
    pub fn letters(&mut self, places: &[f64], y: f64, text: &str, style: &TextStyle) {
        let anchor = match style.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let span = |(x, letter): (&f64, char)| {
            format!(r#"<tspan x="{}">{}</tspan>"#, number(*x), escape(letter.encode_utf8(&mut [0; 4])))
        };
        let words: String = places.iter().zip(text.chars()).map(span).collect();
        let [y, size] = [y, style.size].map(number);
        self.line(&format!(
            r#"<text y="{y}" font-family="{MONOSPACED}" font-size="{size}" font-weight="{}" fill="{}" text-anchor="{anchor}" xml:space="preserve">{words}</text>"#,
            style.weight.css(),
            style.color,
        ));
    }

    /// Pixels stretched over a rectangle with sharp edges between them.
    pub fn image(&mut self, x: f64, y: f64, width: f64, height: f64, image: &RgbaImage) {
        // Only an empty image has no PNG, and an empty image is nothing to see.
        let Ok(png) = rgba_png(image) else { return };
        let [x, y, width, height] = [x, y, width, height].map(number);
        // Old viewers know only the attribute, browsers the CSS word.
        self.line(&format!(
            r#"<image x="{x}" y="{y}" width="{width}" height="{height}" preserveAspectRatio="none" image-rendering="optimizeSpeed" style="image-rendering:pixelated" xlink:href="data:image/png;base64,{}"/>"#,
            base64(&png)
        ));
    }

    /// A rectangle whose colour goes through `colors`, from the top down.
    pub fn gradient(&mut self, [x, y, width, height]: [f64; 4], colors: &[[u8; 3]]) {
        self.names += 1;
        let (id, [x, y, width, height]) = (self.names, [x, y, width, height].map(number));
        let last = colors.len().saturating_sub(1).max(1) as f64;
        let stop = |(n, [r, g, b]): (usize, &[u8; 3])| {
            format!(r##"<stop offset="{}" stop-color="#{r:02X}{g:02X}{b:02X}"/>"##, number(n as f64 / last))
        };
        let stops: String = colors.iter().enumerate().map(stop).collect();
        self.line(&format!(
            r#"<linearGradient id="colors{id}" x1="0" y1="0" x2="0" y2="1">{stops}</linearGradient>"#
        ));
        self.line(&format!(
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="url(#colors{id})"/>"#
        ));
    }

    /// Whether so many shapes more are at most `most`; if so, they are counted.
    pub(super) fn has_room_for(&mut self, shapes: usize, most: usize) -> bool {
        let fits = self.shapes + shapes <= most;
        self.shapes += if fits { shapes } else { 0 };
        fits
    }

    /// A line of text as [`Self::text`], if it lies within a frame (left, top, right, bottom) and on no other text.
    pub fn text_where_free(&mut self, at: [f64; 2], text: &str, style: &TextStyle, frame: [f64; 4]) {
        let own = text_box(&(at, text.to_owned(), *style));
        let inside = (0..2).all(|i| own[i] >= frame[i] && own[i + 2] <= frame[i + 2]);
        if inside && self.texts.iter().all(|other| !too_close(&own, &text_box(other))) {
            self.text(at[0], at[1], text, style);
        }
    }

    /// The whole document, if no text is cut off, or comes so close to another that both can't be read.
    pub(super) fn finish_if_clear(self) -> Option<String> {
        let boxes: Vec<[f64; 4]> = self.texts.iter().map(text_box).collect();
        let clear = boxes.iter().enumerate().all(|(i, a)| {
            let [left, top, right, bottom] = *a;
            let inside = left >= 0.0 && top >= 0.0 && right <= self.width && bottom <= self.height;
            inside && boxes[..i].iter().all(|b| !too_close(a, b))
        });
        clear.then(|| self.finish())
    }

    /// The whole document.
    pub fn finish(self) -> String {
        let [width, height] = [self.width, self.height].map(number);
        let [shown_width, shown_height] = self.shown;
        let mut body = self.body;
        if self.ground.dark {
            for (light, dark) in DARK {
                body = body.replace(&format!("\"{light}\""), &format!("\"{dark}\""));
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
             width=\"{shown_width}\" height=\"{shown_height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"Roboto, Arial, Helvetica, sans-serif\">\n{body}</svg>\n"
        )
    }

    pub(super) fn line(&mut self, markup: &str) {
        self.body.push_str(markup);
        self.body.push('\n');
    }
}

/// Between texts beside each other, in px.
const LEAST_GAP: f64 = 2.0;

/// About where a text lies: left, top, right and bottom.
fn text_box(([x, y], text, style): &([f64; 2], String, TextStyle)) -> [f64; 4] {
    let width = text_width(text, style.size, style.weight);
    let before = match style.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => 0.5 * width,
        Anchor::End => width,
    };
    // Roboto's ascenders and descenders.
    let (above, below) = (0.74 * style.size, 0.2 * style.size);
    match style.upward {
        false => [x - before, y - above, x - before + width, y + below],
        true => [x - above, y + before - width, x + below, y + before],
    }
}

/// Whether two boxes overlap, or touch side by side.
fn too_close(a: &[f64; 4], b: &[f64; 4]) -> bool {
    let [across, down] = [0, 1].map(|i| a[i + 2].min(b[i + 2]) - a[i].max(b[i]));
    across > -LEAST_GAP && down > 0.0
}

/// `text` for use between tags or inside an attribute; characters that XML forbids become U+FFFD.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A part of a line that begins at `begin`. Its width is said, so that it keeps its place beside the others in a viewer that
/// has other fonts; not of an arrow, whose parts would each be drawn out to it.
fn placed(piece: &Piece<'_>, begin: f64) -> String {
    let x = number(begin + piece.x);
    let words = text_markup(piece.text);
    if piece.text.starts_with('→') || piece.text.trim().chars().count() < 2 {
        return format!(r#"<tspan x="{x}">{words}</tspan>"#);
    }
    format!(r#"<tspan x="{x}" textLength="{}">{words}</tspan>"#, number(piece.width))
}

/// The contents of a text element. Roboto has no arrow, so that `→` is put together from a dash and
/// an angle that look like one in every font.
pub(super) fn text_markup(text: &str) -> String {
    escape(text).replace('→', "\u{2014}<tspan dx=\"-0.3em\">\u{203a}</tspan>")
}

/// A coordinate with at most three decimals; 0 for what is not finite.
pub fn number(v: f64) -> String {
    if !v.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{v:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Base64 with padding (RFC 4648).
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let sextet = (group >> (18 - 6 * i)) as usize & 63;
            text.push(if i <= chunk.len() { ALPHABET[sextet] as char } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_the_rfc() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in cases {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn markup_in_text_is_escaped() {
        assert_eq!(escape("<&\">'\0"), "&lt;&amp;&quot;&gt;&apos;\u{fffd}");
        let style = TextStyle {
            size: 10.0,
            weight: Weight::Regular,
            color: "#000",
            anchor: Anchor::Start,
            upward: false,
        };
        let mut canvas = Canvas::new(80.0, 20.0, "a < b & \"c\"");
        canvas.text(4.0, 15.0, "p<q & \"r\" \u{1}", &style);
        let svg = canvas.finish();
        let document = resvg::usvg::roxmltree::Document::parse(&svg).expect("valid XML");
        let words: Vec<_> = document.descendants().filter(|n| n.is_text()).collect();
        assert!(words.iter().any(|n| n.text() == Some("p<q & \"r\" \u{fffd}")));
    }

    #[test]
    fn numbers_have_at_most_three_decimals() {
        let cases = [(1.0, "1"), (-0.000_04, "0"), (2.0 / 3.0, "0.667"), (120.0, "120"), (f64::NAN, "0")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }
}
