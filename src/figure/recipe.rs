//! The command that makes a figure again, carried inside its file where viewers do not show it.
//!
//! SVG: a `metadata` element. PNG: a `tEXt` chunk, or `iTXt` for text beyond ASCII. GIF: a comment.

use super::svg::escape;

/// The keyword of the PNG chunk and the id of the SVG element.
const NAME: &str = "dfm-explorer";
/// Everything before the first chunk after the header of a PNG: signature, length, name, header, checksum.
const AFTER_HEADER: usize = 8 + 4 + 4 + 13 + 4;

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

/// The words of a command, as a shell splits them: blanks part them, single quotes hold them together, and a backslash
/// outside of quotes takes the next character as it is. `None` if a quote is not closed.
pub fn words(command: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    let mut characters = command.chars();
    while let Some(c) = characters.next() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' if !quoted => word.get_or_insert_default().extend(characters.next()),
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

/// The recipe inside the bytes of a figure, if there is one.
pub fn recipe_of(figure: &[u8]) -> Option<String> {
    if is_png(figure) {
        return in_png(figure);
    }
    if is_gif(figure) {
        return in_gif(figure);
    }
    let text = std::str::from_utf8(figure).ok()?;
    let document = resvg::usvg::roxmltree::Document::parse(text).ok()?;
    let is_ours = |n: &resvg::usvg::roxmltree::Node<'_, '_>| {
        n.tag_name().name() == "metadata" && n.attribute("id") == Some(NAME)
    };
    document.descendants().find(is_ours)?.text().map(str::to_owned)
}

fn is_png(bytes: &[u8]) -> bool {
    bytes.len() > AFTER_HEADER && bytes.starts_with(b"\x89PNG\r\n\x1a\n")
}

fn is_gif(bytes: &[u8]) -> bool {
    bytes.starts_with(b"GIF8")
}

fn in_png(png: &[u8]) -> Option<String> {
    let mut rest = png.get(8..)?;
    loop {
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        let (name, data) = (rest.get(4..8)?, rest.get(8..8 + length)?);
        let text = match name {
            b"tEXt" => data.strip_prefix(NAME.as_bytes()).and_then(|d| d.strip_prefix(b"\0")),
            b"iTXt" => data.strip_prefix(NAME.as_bytes()).and_then(|d| d.strip_prefix(b"\0\0\0\0\0")),
            b"IEND" => return None,
            _ => None,
        };
        if let Some(text) = text {
            return String::from_utf8(text.to_vec()).ok();
        }
        rest = rest.get(12 + length..)?;
    }
}

fn in_gif(gif: &[u8]) -> Option<String> {
    // A comment of ours is the last block: search from its beginning, which is long enough not to occur by chance.
    let at = (0..gif.len().saturating_sub(2)).rev().find(|&at| {
        gif[at..].starts_with(&[0x21, 0xfe])
            && gif.get(at + 3..).is_some_and(|d| d.starts_with(NAME.as_bytes()))
    })?;
    let (mut rest, mut text) = (&gif[at + 2..], Vec::new());
    while let Some((&length, after)) = rest.split_first().filter(|(length, _)| **length > 0) {
        text.extend(after.get(..usize::from(length))?);
        rest = &after[usize::from(length)..];
    }
    String::from_utf8(text).ok()?.strip_prefix(NAME)?.strip_prefix('\0').map(str::to_owned)
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

    #[test]
    fn commands_are_split_as_a_shell_does() {
        let of = |text: &str| words(text).map(|words| words.join("|"));
        assert_eq!(of("a --b  c=1").as_deref(), Some("a|--b|c=1"));
        assert_eq!(of("--target 'text:A B' x").as_deref(), Some("--target|text:A B|x"));
        assert_eq!(of(r"'it'\''s' ''").as_deref(), Some("it's|"));
        assert_eq!(of("'open"), None);
        assert_eq!(of("").as_deref(), Some(""));
    }

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
