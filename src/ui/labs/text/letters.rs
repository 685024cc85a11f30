//! Letters of one size, and many of them drawn as one shape: a text of a wall is a single piece of type with its shades, not a
//! widget a letter.

use crate::gpu::cells::Glyphs;
use crate::ui::theme;
use egui::epaint::{Mesh, TextShape, Vertex, WHITE_UV};
use egui::{Color32, FontId, Galley, Pos2, Rect, Shape, Ui, Vec2};
use std::collections::HashMap;
use std::sync::Arc;

/// Height of a line in widths of a letter.
pub const LINE: f32 = 2.05;
/// Width of a letter of the monospaced font, of its size.
const WIDTH: f32 = 0.602;

/// Letters of one size.
pub struct Letters {
    /// Width and height of a cell, points.
    pub cell: Vec2,
    /// The side of a pixel, points.
    pub pixel: f32,
    /// Any text of the toolkit: what is drawn takes its place.
    template: Arc<Galley>,
    /// Corners of the letters around the middle of their cell, and their place in the toolkit's picture of letters.
    shapes: HashMap<char, (Vec<Vertex>, Vec<u32>)>,
}

/// Letters as pictures of whole pixels.
pub struct LetterPictures {
    template: Arc<Galley>,
    /// Letter 0 is a blank.
    pub glyphs: Arc<Glyphs>,
    /// Which one each letter is.
    pub numbers: HashMap<char, u16>,
}

impl LetterPictures {
    /// Whether they are those of `letters` in cells of that size, px.
    pub fn are_of(&self, letters: &Letters, cell: [u32; 2]) -> bool {
        Arc::ptr_eq(&self.template, &letters.template) && self.glyphs.cell == cell
    }
}

impl Letters {
    /// The letters of `texts` in cells of that width.
    pub fn new<'a>(ui: &Ui, width: f32, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let font = FontId::monospace((width / WIDTH * 0.97).max(1.0));
        let cell = Vec2::new(width, LINE * width);
        let layout = |text: String| ui.painter().layout_no_wrap(text, font.clone(), Color32::WHITE);
        let template = layout("x".to_owned());
        let mut shapes = HashMap::new();
        for c in texts.into_iter().flat_map(str::chars) {
            shapes.entry(c).or_insert_with(|| {
                let galley = layout(c.to_string());
                let middle = galley.rect.center().to_vec2();
                let (mut corners, mut indices) = (Vec::new(), Vec::new());
                for row in &galley.rows {
                    let first = corners.len() as u32;
                    let mesh = &row.row.visuals.mesh;
                    indices.extend(mesh.indices.iter().map(|index| first + index));
                    let moved =
                        |corner: &Vertex| Vertex { pos: corner.pos + row.pos.to_vec2() - middle, ..*corner };
                    corners.extend(mesh.vertices.iter().map(moved));
                }
                (corners, indices)
            });
        }
        Self { cell, pixel: 1.0 / ui.ctx().pixels_per_point(), template, shapes }
    }

    /// Their pictures in cells of whole pixels.
    pub fn pictures(&self, ui: &Ui, cell: [u32; 2]) -> LetterPictures {
        let image = ui.ctx().fonts(|fonts| fonts.image());
        let [wide, high] = cell.map(|side| side as usize);
        let middle = Vec2::new(wide as f32, high as f32) * 0.5;
        let (mut coverage, mut numbers) = (vec![0; wide * high], HashMap::new());
        for (&c, (corners, _)) in &self.shapes {
            let Ok(number) = u16::try_from(numbers.len() + 1) else { break };
            let first = coverage.len();
            coverage.resize(first + wide * high, 0);
            // A glyph is a rectangle of the toolkit's picture of letters, pixel for pixel.
            for corners in corners.chunks_exact(4) {
                let place = Rect::from_points(&[corners[0].pos, corners[3].pos]);
                let texels = Rect::from_points(&[corners[0].uv, corners[3].uv]);
                let [left, top]: [f32; 2] = (place.min.to_vec2() / self.pixel + middle).round().into();
                let [u, v, w, h] =
                    [texels.min.x, texels.min.y, texels.width(), texels.height()].map(|x| x.round() as usize);
                for (x, y) in (0..h).flat_map(|y| (0..w).map(move |x| (x, y))) {
                    let at = [left + x as f32, top + y as f32];
                    if (0.0..wide as f32).contains(&at[0]) && (0.0..high as f32).contains(&at[1]) {
                        coverage[first + at[1] as usize * wide + at[0] as usize] = image[(u + x, v + y)].a();
                    }
                }
            }
            numbers.insert(c, number);
        }
        let template = self.template.clone();
        LetterPictures { template, glyphs: Arc::new(Glyphs { cell, coverage }), numbers }
    }

    /// What tells them from letters of another size, or from before the toolkit drew its letters anew.
    pub fn template(&self) -> &Arc<Galley> {
        &self.template
    }
}

/// What is drawn, around its own corner.
pub struct Sheet<'a> {
    letters: &'a Letters,
    mesh: Mesh,
}

impl<'a> Sheet<'a> {
    /// An empty one.
    pub fn new(letters: &'a Letters) -> Self {
        Self { letters, mesh: Mesh::default() }
    }

    /// The side of a pixel, points.
    pub fn pixel(&self) -> f32 {
        self.letters.pixel
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

    /// A letter in the cell whose middle this is.
    pub fn letter(&mut self, c: char, middle: Pos2, color: Color32) {
        let Some((corners, indices)) = self.letters.shapes.get(&c) else { return };
        let first = self.mesh.vertices.len() as u32;
        let placed = |corner: &Vertex| Vertex { pos: corner.pos + middle.to_vec2(), color, ..*corner };
        self.mesh.vertices.extend(corners.iter().map(placed));
        self.mesh.indices.extend(indices.iter().map(|index| first + index));
    }

    /// Whether nothing was drawn.
    pub fn is_empty(&self) -> bool {
        self.mesh.is_empty()
    }

    /// As one piece of type: its letters find their picture wherever the toolkit has it when it draws.
    pub fn finish(self, size: Vec2) -> Arc<Galley> {
        let mut galley = Galley::clone(&self.letters.template);
        galley.rows.truncate(1);
        let bounds = Rect::from_min_size(Pos2::ZERO, size);
        (galley.num_vertices, galley.num_indices) = (self.mesh.vertices.len(), self.mesh.indices.len());
        (galley.rect, galley.mesh_bounds) = (bounds, bounds);
        if let Some(placed) = galley.rows.first_mut() {
            let mut row = (*placed.row).clone();
            row.glyphs.clear();
            row.size = size;
            row.visuals.mesh = self.mesh;
            row.visuals.mesh_bounds = bounds;
            row.visuals.glyph_vertex_range = 0..0;
            placed.row = Arc::new(row);
            placed.pos = Pos2::ZERO;
        }
        Arc::new(galley)
    }
}

/// Draws what was finished with its corner at `at`.
pub fn paint(ui: &Ui, clip: Rect, at: Pos2, galley: Arc<Galley>) {
    // A rectangle of its own: on a driver that draws on the CPU only what changed is drawn anew.
    let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
    painter.add(Shape::Text(TextShape::new(at, galley, theme::palette(ui).text)));
}
