//! SVG → PDF: one page with shapes as shapes, pixels as pixels, and text as text in the embedded parts of its fonts.
//!
//! Written from the same parsed tree that becomes pixels, so that a PDF shows what the PNG beside it shows. It knows what
//! [`Canvas`](super::svg::Canvas) draws, not all of SVG: no filters, masks, patterns or blending.

mod drawing;
mod fonts;
mod image;
mod metadata;
mod shading;
mod text;

pub(super) use metadata::recipe_inside;

use super::error::FigureError;
use drawing::Drawing;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::{Filter, Finish as _, Pdf, Rect, Ref, TextStr};
use resvg::usvg::{Tree, roxmltree};
use std::io::Write as _;

/// Points (1/72 inch) of a px (1/96 inch).
const POINTS: f32 = 0.75;

/// `svg` as a document of one page of its size, with the recipe in its metadata if there is one.
///
/// # Errors
/// [`FigureError::Svg`] where `svg` cannot be parsed, [`FigureError::Pdf`] where a part of it can't be written.
pub fn svg_to_pdf(svg: &str, recipe: &str) -> Result<Vec<u8>, FigureError> {
    let tree = Tree::from_str(svg, &super::fonts::options())?;
    let title = title_of(svg);
    let (mut pdf, mut next) = (Pdf::new(), Ref::new(1));
    let [catalog, pages, page, content, metadata, info] = [(); 6].map(|()| next.bump());
    // What LaTeX of some years ago takes without a warning, and all that is needed.
    pdf.set_version(1, 4);
    let mut root = pdf.catalog(catalog);
    root.pages(pages).metadata(metadata);
    root.viewer_preferences().display_doc_title(!title.is_empty());
    root.finish();
    pdf.pages(pages).kids([page]).count(1);
    let packet = metadata::packet(&title, recipe);
    pdf.metadata(metadata, packet.as_bytes());
    let mut about = pdf.document_info(info);
    about.title(TextStr(&title)).creator(TextStr("DFM Explorer"));
    about.finish();

    let [width, height] = [tree.size().width(), tree.size().height()].map(|side| side * POINTS);
    let mut drawing = Drawing::new(&tree, next);
    drawing.draw([POINTS, 0.0, 0.0, -POINTS, 0.0, height]);
    let drawn = drawing.finish()?;
    let mut sheet = pdf.page(page);
    sheet.parent(pages).media_box(Rect::new(0.0, 0.0, width, height)).contents(content);
    if drawn.seen_through {
        // Colours are mixed as on the screen. LaTeX warns where two such figures lie on one page, so only where they are.
        sheet.group().transparency().color_space().device_rgb();
    }
    let mut resources = sheet.resources();
    drawn.name(&mut resources);
    resources.finish();
    sheet.finish();
    pdf.stream(content, &packed(&drawn.content)).filter(Filter::FlateDecode);
    pdf.extend(&drawn.objects);
    Ok(pdf.finish())
}

/// The title of a drawing; none where it has none.
fn title_of(svg: &str) -> String {
    let document = roxmltree::Document::parse(svg).ok();
    let title = document.as_ref().and_then(|document| {
        document.root_element().children().find(|node| node.tag_name().name() == "title")?.text()
    });
    title.unwrap_or_default().to_owned()
}

/// Bytes as zlib packs them.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into a Vec cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests;
