//! Letters of one size as pictures of whole pixels, in which texts are set, and what is marked over them.

use crate::gpu::cells::Glyphs;
use crate::view::sequence::Writing;
use egui::epaint::{Mesh, Vertex, WHITE_UV};
use egui::{Color32, FontId, Galley, Pos2, Rect, Ui, Vec2};
use std::collections::HashMap;
use std::sync::Arc;

/// Height of a line in widths of a letter.
pub const LINE: f32 = 2.05;
/// Width of a letter of the monospaced font, of its size.
const WIDTH: f32 = 0.602;

/// The size of the cell of a letter so many pixels wide, px.
pub fn cell_of(letter: u32) -> [u32; 2] {
    [letter, (LINE * letter as f32) as u32]
}

fn font_of(ui: &Ui, letter: u32) -> FontId {
    let width = letter as f32 / ui.ctx().pixels_per_point();
    FontId::monospace((width / WIDTH * 0.97).max(1.0))
}

/// Letters as pictures of whole pixels: every one is as sharp as any other.
pub struct LetterPictures {
    /// Any text of the toolkit in their size: another one once the toolkit has drawn its letters anew.
    template: Arc<Galley>,
    /// What they can write.
    writing: Arc<Writing>,
    /// Letter 0 is a blank.
    pub glyphs: Arc<Glyphs>,
    /// Which one each letter is.
    pub numbers: HashMap<char, u16>,
}

impl LetterPictures {
    /// Any text of the toolkit whose letters are so many pixels wide.
    pub fn template(ui: &Ui, letter: u32) -> Arc<Galley> {
        ui.painter().layout_no_wrap("x".to_owned(), font_of(ui, letter), Color32::WHITE)
    }

    /// Those of all symbols, and the quotation mark of code, so many pixels wide.
    pub fn new(ui: &Ui, letter: u32, writing: &Arc<Writing>) -> Self {
        let symbols = (0..writing.values()).map(|symbol| writing.shown(symbol as u16));
        let (font, pixels) = (font_of(ui, letter), ui.ctx().pixels_per_point());
        let cell = cell_of(letter);
        let [wide, high] = cell.map(|side| side as usize);
        let (mut coverage, mut numbers) = (vec![0; wide * high], HashMap::new());
        let mut galleys = Vec::new();
        for c in symbols.chain(["\""]).flat_map(str::chars) {
            let Ok(number) = u16::try_from(numbers.len() + 1) else { break };
            numbers.entry(c).or_insert_with(|| {
                galleys.push(ui.painter().layout_no_wrap(c.to_string(), font.clone(), Color32::WHITE));
                number
            });
        }
        // Of all of them: to lay out a letter may draw it.
        let image = ui.ctx().fonts(|fonts| fonts.image());
        for galley in galleys {
            let first = coverage.len();
            coverage.resize(first + wide * high, 0);
            // From the middle of the letter to that of the cell.
            let moved = Vec2::new(wide as f32, high as f32) * 0.5 - galley.rect.center().to_vec2() * pixels;
            for row in &galley.rows {
                // A glyph is a rectangle of the toolkit's picture of letters, pixel for pixel.
                for corners in row.row.visuals.mesh.vertices.chunks_exact(4) {
                    let place = Rect::from_points(&[corners[0].pos, corners[3].pos]);
                    let texels = Rect::from_points(&[corners[0].uv, corners[3].uv]);
                    let at = ((place.min + row.pos.to_vec2()).to_vec2() * pixels + moved).round();
                    let [u, v, w, h] = [texels.min.x, texels.min.y, texels.width(), texels.height()]
                        .map(|x| x.round() as usize);
                    for (x, y) in (0..h).flat_map(|y| (0..w).map(move |x| (x, y))) {
                        let [left, top] = [at.x + x as f32, at.y + y as f32];
                        if (0.0..wide as f32).contains(&left) && (0.0..high as f32).contains(&top) {
                            coverage[first + top as usize * wide + left as usize] = image[(u + x, v + y)].a();
                        }
                    }
                }
            }
        }
        let template = Self::template(ui, letter);
        Self { template, writing: writing.clone(), glyphs: Arc::new(Glyphs { cell, coverage }), numbers }
    }

    /// Whether they are still those of the toolkit, and of these symbols.
    pub fn are_of(&self, template: &Arc<Galley>, writing: &Arc<Writing>) -> bool {
        Arc::ptr_eq(&self.template, template) && self.writing == *writing
    }
}

/// What is drawn over texts.
pub struct Marks {
    /// The side of a pixel, points.
    pub pixel: f32,
    mesh: Mesh,
}

impl Marks {
    /// None yet, where a pixel has that side in points.
    pub fn new(pixel: f32) -> Self {
        Self { pixel, mesh: Mesh::default() }
    }

    /// A filled rectangle.
    pub fn fill(&mut self, rect: Rect, color: Color32) {
        let first = self.mesh.vertices.len() as u32;
        let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()];
        self.mesh.vertices.extend(corners.map(|pos| Vertex { pos, uv: WHITE_UV, color }));
        self.mesh.indices.extend([0, 1, 2, 0, 2, 3].map(|index| first + index));
    }

    /// The edges of a rectangle, inside it.
    pub fn frame(&mut self, rect: Rect, width: f32, color: Color32) {
        let (min, max) = (rect.min, rect.max);
        for edge in [
            Rect::from_min_max(min, Pos2::new(max.x, min.y + width)),
            Rect::from_min_max(Pos2::new(min.x, max.y - width), max),
            Rect::from_min_max(Pos2::new(min.x, min.y + width), Pos2::new(min.x + width, max.y - width)),
            Rect::from_min_max(Pos2::new(max.x - width, min.y + width), Pos2::new(max.x, max.y - width)),
        ] {
            self.fill(edge, color);
        }
    }

    /// All of it; nothing where nothing is marked.
    pub fn finish(self) -> Option<Arc<Mesh>> {
        (!self.mesh.is_empty()).then(|| Arc::new(self.mesh))
    }
}
