//! What a document says about itself: its title and the recipe, as an XMP packet (ISO 16684-1), which other programs keep
//! when they save the file again.

use crate::figure::recipe::Inside;
use crate::figure::svg::escape;
use resvg::usvg::roxmltree;

/// The namespace of what is ours.
const OURS: &str = "urn:dfm-explorer:figure/";
const BEGIN: &[u8] = b"<x:xmpmeta";
const END: &[u8] = b"</x:xmpmeta>";

/// The packet of a document.
pub(super) fn packet(title: &str, recipe: &str) -> String {
    let recipe = match recipe {
        "" => String::new(),
        recipe => format!("<figure:recipe>{}</figure:recipe>", escape(recipe)),
    };
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:figure=\"{OURS}\">\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{}</rdf:li></rdf:Alt></dc:title>{recipe}\
         </rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>",
        escape(title)
    )
}

/// The recipe of a document whose metadata are not packed.
pub(in crate::figure) fn recipe_inside(pdf: &[u8]) -> Inside {
    let damaged = || Inside::Damaged("lies in metadata that are damaged".to_owned());
    let mut rest = pdf;
    while let Some(begin) = position(rest, BEGIN) {
        rest = &rest[begin..];
        let is_ours = |part: &[u8]| position(part, OURS.as_bytes()).is_some();
        let Some(end) = position(rest, END) else {
            return if is_ours(rest) { damaged() } else { Inside::Nothing };
        };
        let (packet, after) = rest.split_at(end + END.len());
        rest = after;
        // A document that holds others has their packets, too: the first one of ours counts.
        if !is_ours(packet) {
            continue;
        }
        let Some(document) =
            std::str::from_utf8(packet).ok().and_then(|text| roxmltree::Document::parse(text).ok())
        else {
            return damaged();
        };
        let ours = document.descendants().find(|node| node.has_tag_name((OURS, "recipe")));
        // Another program may have written it as an attribute.
        let attribute = document.descendants().find_map(|node| node.attribute((OURS, "recipe")));
        match ours.and_then(|node| node.text()).or(attribute).map(str::trim) {
            None => {}
            Some("") => return Inside::Damaged("is empty".to_owned()),
            Some(recipe) => return Inside::Recipe(recipe.to_owned()),
        }
    }
    Inside::Nothing
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
