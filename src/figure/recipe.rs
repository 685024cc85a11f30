//! The command that makes a figure again, carried inside its file where viewers do not show it.
//!
//! SVG: a `metadata` element. PNG: a `tEXt` chunk, or `iTXt` for text beyond ASCII. GIF: a comment. PDF: its metadata
//! (see [`pdf`]). Programs that save a picture again may keep it in another form: PNG texts compressed or with a language,
//! SVG with other blanks.

use super::pdf;
use super::svg::escape;
use flate2::read::ZlibDecoder;
use std::io::Read as _;

/// The keyword of the PNG chunk and the id of the SVG element.
const NAME: &str = "dfm-explorer";
/// Everything before the first chunk after the header of a PNG: signature, length, name, header, checksum.
const AFTER_HEADER: usize = PNG.len() + 4 + 4 + 13 + 4;
/// How a PNG begins.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// No recipe comes near it, not even one with a drawing; more is not unpacked.
const MOST_TEXT: u64 = 16 << 20;

/// `svg` with the recipe as its first child.
pub fn into_svg(svg: &str, recipe: &str) -> String {
    let Some(start) = svg.find("<svg").and_then(|at| Some(at + svg[at..].find('>')? + 1)) else {
        return svg.to_owned();
    };
    format!("{}\n<metadata id=\"{NAME}\">{}</metadata>{}", &svg[..start], escape(recipe), &svg[start..])
}

/// `png` with the recipe as a text chunk right after the header; unchanged if it is no PNG.
pub fn into_png(mut png: Vec<u8>, recipe: &str) -> Vec<u8> {
    if !is_png(&png) {
        return png;
    }
    let chunk = if recipe.is_ascii() {
        png_chunk(b"tEXt", &[NAME.as_bytes(), b"\0", recipe.as_bytes()].concat())
    } else {
        // Not compressed, no language, no translated keyword.
        png_chunk(b"iTXt", &[NAME.as_bytes(), b"\0\0\0\0\0", recipe.as_bytes()].concat())
    };
    png.splice(AFTER_HEADER..AFTER_HEADER, chunk);
    png
}

/// `png` with the size on paper that so many dots per inch give it; unchanged if it is no PNG.
pub(super) fn with_dots(mut png: Vec<u8>, dots: u32) -> Vec<u8> {
    if is_png(&png) {
        // Dots per metre to the right and down (W3C PNG, 11.3.4.3).
        let metre = (f64::from(dots) / 0.0254).round() as u32;
        let data = [&metre.to_be_bytes()[..], &metre.to_be_bytes(), &[1]].concat();
        png.splice(AFTER_HEADER..AFTER_HEADER, png_chunk(b"pHYs", &data));
    }
    png
}

/// `gif` with the recipe as a comment before its end; unchanged if it is no GIF.
pub fn into_gif(mut gif: Vec<u8>, recipe: &str) -> Vec<u8> {
    const TRAILER: u8 = 0x3b;
    if !is_gif(&gif) || gif.last() != Some(&TRAILER) {
        return gif;
    }
    gif.pop();
    gif.extend([0x21, 0xfe]);
    for part in format!("{NAME}\0{recipe}").as_bytes().chunks(255) {
        gif.push(part.len() as u8);
        gif.extend(part);
    }
    gif.extend([0, TRAILER]);
    gif
}

/// What a file has inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside {
    /// The experiment of a figure of this program: its recipe.
    Recipe(String),
    /// A picture (PNG, SVG, PDF or GIF) without an experiment: of another program, or stripped of its texts.
    Nothing,
    /// An experiment that can't be read any more, with what is wrong: the rest of a sentence about it.
    Damaged(String),
    /// No PNG, SVG, PDF or GIF at all.
    NoFigure,
}

/// Looks for an experiment in the bytes of a file, as this program wrote it or as another one saved it again.
pub fn look_inside(figure: &[u8]) -> Inside {
    let found = if figure.starts_with(PNG) {
        in_png(figure)
    } else if is_gif(figure) {
        in_gif(figure)
    } else if figure.starts_with(b"%PDF-") {
        return pdf::recipe_inside(figure);
    } else {
        return in_svg(figure);
    };
    match found {
        Ok(Some(recipe)) => Inside::Recipe(recipe),
        Ok(None) => Inside::Nothing,
        Err(why) => Inside::Damaged(why.to_owned()),
    }
}

/// The recipe inside the bytes of a figure, if there is one that can be read.
pub fn recipe_of(figure: &[u8]) -> Option<String> {
    match look_inside(figure) {
        Inside::Recipe(recipe) => Some(recipe),
        Inside::Nothing | Inside::Damaged(_) | Inside::NoFigure => None,
    }
}

fn in_svg(bytes: &[u8]) -> Inside {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    if !head.contains("<svg") {
        return Inside::NoFigure;
    }
    let damaged = |why: &str| {
        let ours = format!("id=\"{NAME}\"");
        // Where nothing of ours is to be seen, it is only some other picture.
        let is_ours = bytes.windows(ours.len()).any(|part| part == ours.as_bytes());
        if is_ours { Inside::Damaged(why.to_owned()) } else { Inside::Nothing }
    };
    let Ok(text) = std::str::from_utf8(bytes) else { return damaged("is not UTF-8 text any more") };
    let Ok(document) = resvg::usvg::roxmltree::Document::parse(text) else {
        return damaged("lies in SVG markup that is damaged");
    };
    let is_ours = |n: &resvg::usvg::roxmltree::Node<'_, '_>| {
        n.tag_name().name() == "metadata" && n.attribute("id") == Some(NAME)
    };
    let Some(node) = document.descendants().find(is_ours) else { return Inside::Nothing };
    // An editor may have set it on lines of its own, or divided it by remarks.
    let recipe: String =
        node.children().filter(|child| child.is_text()).filter_map(|child| child.text()).collect();
    match recipe.trim() {
        "" => Inside::Damaged("is empty".to_owned()),
        recipe => Inside::Recipe(recipe.to_owned()),
    }
}

fn is_png(bytes: &[u8]) -> bool {
    bytes.len() > AFTER_HEADER && bytes.starts_with(PNG)
}

fn is_gif(bytes: &[u8]) -> bool {
    bytes.starts_with(b"GIF8")
}

/// The text of ours in a PNG (W3C PNG, 11.3.3): tEXt, zTXt (compressed) or iTXt (compressed or not, with or without a
/// language).
fn in_png(png: &[u8]) -> Result<Option<String>, &'static str> {
    let mut rest = png.get(PNG.len()..).unwrap_or_default();
    // Length, name, data, check sum.
    while let Some((&[a, b, c, d, ref name @ ..], after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let is_text = matches!(name, b"tEXt" | b"zTXt" | b"iTXt");
        let ours =
            |data: &[u8]| data.strip_prefix(NAME.as_bytes()).is_some_and(|data| data.starts_with(b"\0"));
        let Some((data, end)) = after.split_at_checked(length) else {
            return if is_text && ours(after) { Err("is cut off") } else { Ok(None) };
        };
        let Some((sum, next)) = end.split_first_chunk::<4>() else {
            return if is_text && ours(data) { Err("is cut off") } else { Ok(None) };
        };
        if is_text && ours(data) {
            if *sum != crc32(&[name, data].concat()).to_be_bytes() {
                return Err("does not fit its check sum");
            }
            return png_text(name, &data[NAME.len() + 1..]).map(Some);
        }
        if name == b"IEND" {
            break;
        }
        rest = next;
    }
    Ok(None)
}

/// The text of a chunk after its keyword.
fn png_text(chunk: &[u8; 4], data: &[u8]) -> Result<String, &'static str> {
    const CUT: &str = "is cut off";
    match (chunk, data) {
        (b"zTXt", [0, packed @ ..]) => Ok(latin_or_utf8(inflated(packed)?)),
        (b"iTXt", [compressed @ (0 | 1), 0, rest @ ..]) => {
            // Two texts that end in 0 lie between: the language, and the keyword translated.
            let text = rest.splitn(3, |byte| *byte == 0).nth(2).ok_or(CUT)?;
            let text = if *compressed == 1 { inflated(text)? } else { text.to_vec() };
            String::from_utf8(text).map_err(|_| "is not UTF-8 text")
        }
        (b"tEXt", text) => Ok(latin_or_utf8(text.to_vec())),
        (_, []) => Err(CUT),
        _ => Err("is compressed in an unknown way"),
    }
}

/// The standard says Latin-1, and some programs write UTF-8.
fn latin_or_utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect())
}

fn inflated(packed: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut text = Vec::new();
    let read = ZlibDecoder::new(packed).take(MOST_TEXT + 1).read_to_end(&mut text);
    match read {
        Err(_) => Err("is compressed, and damaged"),
        Ok(length) if length as u64 > MOST_TEXT => Err("is larger than any of this program"),
        Ok(_) => Ok(text),
    }
}

fn in_gif(gif: &[u8]) -> Result<Option<String>, &'static str> {
    // A comment of ours is the last block: search from its beginning, which is long enough not to occur by chance.
    let found = (0..gif.len().saturating_sub(2)).rev().find(|&at| {
        gif[at..].starts_with(&[0x21, 0xfe])
            && gif.get(at + 3..).is_some_and(|d| d.starts_with(NAME.as_bytes()))
    });
    let Some(at) = found else { return Ok(None) };
    let (mut rest, mut text) = (&gif[at + 2..], Vec::new());
    while let Some((&length, after)) = rest.split_first().filter(|(length, _)| **length > 0) {
        let (part, next) = after.split_at_checked(usize::from(length)).ok_or("is cut off")?;
        text.extend(part);
        rest = next;
    }
    if rest.is_empty() {
        return Err("is cut off");
    }
    let text = String::from_utf8(text).map_err(|_| "is not UTF-8 text")?;
    // Another comment may begin with the same word.
    Ok(text.strip_prefix(NAME).and_then(|text| text.strip_prefix('\0')).map(str::to_owned))
}

fn png_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [name.as_slice(), data].concat();
    let length = (data.len() as u32).to_be_bytes();
    [length.as_slice(), &named, &crc32(&named).to_be_bytes()].concat()
}

/// The checksum of PNG (ISO 3309), bit by bit: a recipe is short.
fn crc32(bytes: &[u8]) -> u32 {
    let shift = |crc: u32| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::svg::Canvas;
    use crate::figure::{encode_gif, svg_to_image, svg_to_png};
    use std::io::Write as _;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        // Every PNG ends with this.
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }

    #[test]
    fn recipes_survive_every_format_and_the_pictures_stay_what_they_were() {
        let long = format!("dfm-explorer export --target {}", "x".repeat(700));
        for recipe in ["dfm-explorer export --view mass --target text:<&>", "κ → 1", &long] {
            let mut canvas = Canvas::new(20.0, 10.0, "a title");
            canvas.rect(3.0, 2.0, 10.0, 5.0, "#0072b2");
            let svg = canvas.finish();
            let image = svg_to_image(&svg, 2.0).expect("renders");
            let with = into_svg(&svg, recipe);
            assert_eq!(recipe_of(with.as_bytes()).as_deref(), Some(recipe));
            assert_eq!(svg_to_image(&with, 2.0).expect("renders"), image);

            let png = into_png(svg_to_png(&svg, 2.0).expect("renders"), recipe);
            assert_eq!(recipe_of(&png).as_deref(), Some(recipe));
            assert_eq!(image::load_from_memory(&png).expect("decodes").to_rgba8(), image);

            let gif =
                into_gif(encode_gif(&[image.clone(), image.clone()], &[50, 50]).expect("encodes"), recipe);
            assert_eq!(recipe_of(&gif).as_deref(), Some(recipe));
            assert_eq!(image::load_from_memory(&gif).expect("decodes").to_rgba8(), image);
        }
    }

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text).and_then(|()| packed.finish()).expect("packed")
    }

    /// A small PNG with this chunk, right after the header or at the end.
    fn png_with(name: &[u8; 4], data: &[u8], last: bool) -> Vec<u8> {
        let mut png = svg_to_png(&Canvas::new(4.0, 4.0, "").finish(), 1.0).expect("renders");
        let at = if last { png.len() - 12 } else { AFTER_HEADER };
        png.splice(at..at, png_chunk(name, data));
        png
    }

    #[test]
    fn texts_that_other_programs_saved_again_are_read() {
        let recipe = "dfm-explorer export --view mass --target 'text:A B'";
        let wide = "dfm-explorer export --target 流動.npy";
        let of = |parts: &[&[u8]]| parts.concat();
        let name = NAME.as_bytes();
        let cases: [(&[u8; 4], Vec<u8>, &str); 7] = [
            (b"tEXt", of(&[name, b"\0", recipe.as_bytes()]), recipe),
            (b"tEXt", of(&[name, b"\0caf\xe9"]), "café"),
            (b"zTXt", of(&[name, b"\0\0", &packed(recipe.as_bytes())]), recipe),
            (b"zTXt", of(&[name, b"\0\0", &packed(wide.as_bytes())]), wide),
            (b"iTXt", of(&[name, b"\0\0\0en\0dfm-explorer\0", wide.as_bytes()]), wide),
            (b"iTXt", of(&[name, b"\0\x01\0\0\0", &packed(wide.as_bytes())]), wide),
            (b"iTXt", of(&[name, b"\0\x01\0de\0Rezept\0", &packed(wide.as_bytes())]), wide),
        ];
        for (chunk, data, expected) in cases {
            for last in [false, true] {
                let png = png_with(chunk, &data, last);
                assert_eq!(look_inside(&png), Inside::Recipe(expected.to_owned()), "{expected}");
            }
        }
        let svg = into_svg(&Canvas::new(4.0, 4.0, "").finish(), recipe);
        for svg in [
            svg.replace("dfm-explorer\">", "dfm-explorer\">\n  "),
            svg.replace("--view", "<!-- a remark -->--view"),
        ] {
            assert_eq!(look_inside(svg.as_bytes()), Inside::Recipe(recipe.to_owned()), "{svg}");
        }
    }

    #[test]
    fn no_experiment_and_a_damaged_one_are_told_apart() {
        let damaged = |bytes: &[u8]| matches!(look_inside(bytes), Inside::Damaged(_));
        let name = NAME.as_bytes();
        let text = [name, b"\0dfm-explorer export"].concat();
        let good = png_with(b"tEXt", &text, false);
        let mut changed = good.clone();
        changed[AFTER_HEADER + 8 + NAME.len() + 3] ^= 1;
        assert!(damaged(&changed), "a wrong check sum");
        assert!(damaged(&good[..AFTER_HEADER + 8 + NAME.len() + 5]), "cut within");
        let cut = [name, b"\0\0", &packed(b"dfm-explorer export --view mass")[..9]].concat();
        assert!(damaged(&png_with(b"zTXt", &cut, false)), "cut before it was saved");
        let bomb = [name, b"\0\0", &packed(&vec![b'x'; (MOST_TEXT + 1) as usize])].concat();
        assert!(damaged(&png_with(b"zTXt", &bomb, false)), "a bomb");
        assert!(damaged(&png_with(b"iTXt", &[name, b"\0\x01\x07"].concat(), false)), "an unknown method");
        let svg = into_svg(&Canvas::new(4.0, 4.0, "").finish(), "x");
        assert!(damaged(svg.replace("</metadata>", "").as_bytes()), "markup");
        let gif = into_gif(encode_gif(&[image::RgbaImage::new(2, 2)], &[50]).expect("encodes"), "x");
        assert!(damaged(&gif[..gif.len() - 3]), "cut");

        let other = png_with(b"tEXt", b"Comment\0dfm-explorer", false);
        assert_eq!(look_inside(&other), Inside::Nothing);
        assert_eq!(look_inside(Canvas::new(4.0, 4.0, "").finish().as_bytes()), Inside::Nothing);
        let plain = encode_gif(&[image::RgbaImage::new(2, 2)], &[50]).expect("encodes");
        assert_eq!(look_inside(&plain), Inside::Nothing);
        for no_figure in [&b"1,2\n3,4"[..], b"", b"\xff\xd8\xff", b"<html>"] {
            assert_eq!(look_inside(no_figure), Inside::NoFigure);
        }
    }

    #[test]
    fn other_files_have_no_recipe_and_damaged_ones_do_no_harm() {
        let svg = Canvas::new(4.0, 4.0, "").finish();
        let png = svg_to_png(&svg, 1.0).expect("renders");
        assert_eq!(recipe_of(svg.as_bytes()), None);
        assert_eq!(recipe_of(&png), None);
        let whole = into_png(png, "a recipe");
        for end in 0..whole.len() {
            _ = recipe_of(&whole[..end]);
        }
        assert_eq!(into_png(b"no picture".to_vec(), "x"), b"no picture");
        assert_eq!(into_gif(Vec::new(), "x"), b"");
    }
}
