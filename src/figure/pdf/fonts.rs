//! The parts of the fonts that a page uses, embedded in it.

use super::packed;
use crate::figure::error::FigureError;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Chunk, Filter, Finish as _, Name, Rect, Ref, Str};
use resvg::usvg::fontdb::{Database, ID};
use resvg::usvg::layout::PositionedGlyph;
use skrifa::instance::{LocationRef, Size};
use skrifa::raw::TableProvider as _;
use skrifa::{FontRef, GlyphId, MetadataProvider as _, Tag};
use std::collections::BTreeMap;
use subsetter::GlyphRemapper;

/// Units in which PDF measures glyphs, of an em.
pub(super) const UNITS: f32 = 1000.0;

const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The fonts of a page, in the order in which it first uses them.
pub(super) struct Fonts<'a> {
    database: &'a Database,
    used: Vec<Used>,
}

struct Used {
    id: ID,
    /// Units of the font's own in an em.
    em: f32,
    glyphs: GlyphRemapper,
    /// What a glyph says, by its number in the embedded font.
    says: BTreeMap<u16, String>,
    /// Its width in ems, by the same number.
    advances: BTreeMap<u16, f32>,
}

impl<'a> Fonts<'a> {
    pub fn new(database: &'a Database) -> Self {
        Self { database, used: Vec::new() }
    }

    /// The place of a font among those of the page, and how many units of its own an em has.
    pub fn of(&mut self, id: ID) -> Option<(usize, f32)> {
        if let Some(n) = self.used.iter().position(|used| used.id == id) {
            return Some((n, self.used[n].em));
        }
        let em =
            self.with(id, |font, _| font.head().ok().map(|head| f32::from(head.units_per_em()))).flatten()?;
        let (glyphs, says, advances) = Default::default();
        self.used.push(Used { id, em, glyphs, says, advances });
        Some((self.used.len() - 1, em))
    }

    /// The number that a glyph has in the embedded font, and its width in ems; none beyond those that a font file can have.
    pub fn used(&mut self, font: usize, glyph: &PositionedGlyph) -> Option<(u16, f32)> {
        let used = &mut self.used[font];
        let id = used.glyphs.remap(u16::try_from(glyph.id.0).ok()?);
        used.says.entry(id).or_insert_with(|| glyph.text.clone());
        if let Some(advance) = used.advances.get(&id) {
            return Some((id, *advance));
        }
        let (of, em) = (used.id, used.em);
        let width = self.with(of, |font, _| {
            let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
            metrics.advance_width(GlyphId::from(glyph.id.0)).unwrap_or_default()
        });
        let advance = width.unwrap_or_default() / em;
        self.used[font].advances.insert(id, advance);
        Some((id, advance))
    }

    /// Embeds them all.
    ///
    /// # Errors
    /// If one can't be cut down.
    pub fn write(&self, objects: &mut Chunk, next: &mut Ref) -> Result<Vec<Ref>, FigureError> {
        self.used.iter().map(|used| self.embed(used, objects, next)).collect()
    }

    fn with<T>(&self, id: ID, ask: impl FnOnce(&FontRef<'_>, &[u8]) -> T) -> Option<T> {
        let ask = |data: &[u8], index| FontRef::from_index(data, index).ok().map(|font| ask(&font, data));
        self.database.with_face_data(id, ask).flatten()
    }

    fn embed(&self, used: &Used, objects: &mut Chunk, next: &mut Ref) -> Result<Ref, FigureError> {
        let failed = |why: String| FigureError::Pdf(format!("a font can't be embedded: {why}"));
        let face = self.database.face(used.id).ok_or_else(|| failed("it is gone".to_owned()))?;
        let cut =
            self.database.with_face_data(used.id, |data, index| subsetter::subset(data, index, &used.glyphs));
        let cut =
            cut.ok_or_else(|| failed("it is gone".to_owned()))?.map_err(|why| failed(why.to_string()))?;
        // A compact font is embedded bare, without the tables around it.
        let bare = FontRef::new(&cut)
            .ok()
            .and_then(|font| Some(font.table_data(Tag::new(b"CFF "))?.as_bytes().to_vec()));
        let is_compact = bare.is_some();
        let [id, cid, descriptor, cmap, file] = [(); 5].map(|()| next.bump());
        // The tag says that it is a part of the font; one a page is enough.
        let tag: String =
            (0..6).map(|n| char::from(b'A' + ((used.says.len() >> (4 * n)) & 15) as u8)).collect();
        let base = format!("{tag}+{}", face.post_script_name);
        let outer = if is_compact { format!("{base}-Identity-H") } else { base.clone() };
        objects
            .type0_font(id)
            .base_font(Name(outer.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);
        let mut inner = objects.cid_font(cid);
        inner.subtype(if is_compact { CidFontType::Type0 } else { CidFontType::Type2 });
        inner
            .base_font(Name(base.as_bytes()))
            .system_info(SYSTEM)
            .font_descriptor(descriptor)
            .default_width(0.0);
        if !is_compact {
            inner.cid_to_gid_map_predefined(Name(b"Identity"));
        }
        let mut widths = inner.widths();
        for (glyph, advance) in &used.advances {
            widths.same(*glyph, *glyph, UNITS * advance);
        }
        widths.finish();
        inner.finish();
        self.describe(used, &base, is_compact, objects.font_descriptor(descriptor), file);
        let mut says = UnicodeCmap::new(Name(b"Custom"), SYSTEM);
        for (glyph, text) in used.says.iter().filter(|(_, text)| !text.is_empty()) {
            says.pair_with_multiple(*glyph, text.chars());
        }
        objects.cmap(cmap, &says.finish());
        let plain = bare.unwrap_or(cut);
        let data = packed(&plain);
        let mut stream = objects.stream(file, &data);
        stream.filter(Filter::FlateDecode);
        if is_compact {
            stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
        } else {
            stream.pair(Name(b"Length1"), plain.len() as i32);
        }
        stream.finish();
        Ok(id)
    }

    fn describe(
        &self,
        used: &Used,
        name: &str,
        is_compact: bool,
        mut descriptor: pdf_writer::writers::FontDescriptor<'_>,
        file: Ref,
    ) {
        let metrics = self.with(used.id, |font, _| font.metrics(Size::unscaled(), LocationRef::default()));
        let metrics = metrics.unwrap_or_default();
        let units = |value: f32| UNITS * value / used.em;
        let bounds = metrics.bounds.unwrap_or_default();
        let weight = self.database.face(used.id).map_or(400, |face| face.weight.0);
        descriptor
            .name(Name(name.as_bytes()))
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(
                units(bounds.x_min),
                units(bounds.y_min),
                units(bounds.x_max),
                units(bounds.y_max),
            ))
            .italic_angle(metrics.italic_angle)
            .ascent(units(metrics.ascent))
            .descent(units(metrics.descent))
            .cap_height(units(metrics.cap_height.unwrap_or(metrics.ascent)))
            // The usual guess from the weight, as no font says it.
            .stem_v(10.0 + 0.244 * (f32::from(weight) - 50.0));
        if is_compact {
            descriptor.font_file3(file);
        } else {
            descriptor.font_file2(file);
        }
    }
}
