//! The content of a page, walked through from the parsed drawing.

use super::fonts::Fonts;
use super::image::write_png;
use super::shading::write_linear;
use super::text;
use crate::figure::error::FigureError;
use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::writers::Resources;
use pdf_writer::{Chunk, Content, Name, Ref};
use resvg::usvg::tiny_skia_path::PathSegment;
use resvg::usvg::{
    ClipPath, Color, Fill, FillRule, Group, Image, ImageKind, LineCap, LineJoin, Node, Paint, Path, Stroke,
    Transform, Tree,
};

/// A page being drawn.
pub(super) struct Drawing<'a> {
    tree: &'a Tree,
    pub(super) content: Content,
    objects: Chunk,
    next: Ref,
    pub(super) fonts: Fonts<'a>,
    images: Vec<Ref>,
    shadings: Vec<Ref>,
    /// Opacities of fills and strokes, each pair once.
    states: Vec<([f32; 2], Ref)>,
    /// Whether something shines through something else.
    seen_through: bool,
    /// That of the groups around what is drawn.
    opacity: f32,
}

/// A page that is drawn.
pub(super) struct Drawn {
    pub content: Vec<u8>,
    pub objects: Chunk,
    /// Whether something shines through something else.
    pub seen_through: bool,
    fonts: Vec<Ref>,
    images: Vec<Ref>,
    shadings: Vec<Ref>,
    states: Vec<Ref>,
}

impl Drawn {
    /// Gives all that the content speaks of its name.
    pub fn name(&self, resources: &mut Resources<'_>) {
        let kinds: [(&str, &[Ref]); 4] =
            [("F", &self.fonts), ("I", &self.images), ("S", &self.shadings), ("G", &self.states)];
        for (letter, ids) in kinds {
            let mut names = match letter {
                "F" => resources.fonts(),
                "I" => resources.x_objects(),
                "S" => resources.shadings(),
                _ => resources.ext_g_states(),
            };
            for (n, id) in ids.iter().enumerate() {
                names.pair(Name(name(letter, n).as_bytes()), *id);
            }
        }
    }
}

/// What the content calls the `n`-th object of a kind.
pub(super) fn name(letter: &str, n: usize) -> String {
    format!("{letter}{n}")
}

/// A colour in \[0, 1\].
pub(super) fn rgb(color: Color) -> [f32; 3] {
    [color.red, color.green, color.blue].map(|channel| f32::from(channel) / 255.0)
}

/// As PDF writes it.
pub(super) fn matrix(ts: Transform) -> [f32; 6] {
    [ts.sx, ts.ky, ts.kx, ts.sy, ts.tx, ts.ty]
}

impl<'a> Drawing<'a> {
    pub fn new(tree: &'a Tree, next: Ref) -> Self {
        Self {
            tree,
            content: Content::new(),
            objects: Chunk::new(),
            next,
            fonts: Fonts::new(tree.fontdb()),
            images: Vec::new(),
            shadings: Vec::new(),
            states: Vec::new(),
            seen_through: false,
            opacity: 1.0,
        }
    }

    /// Draws all of it; `page` takes the drawing's px to the page's points.
    pub fn draw(&mut self, page: [f32; 6]) {
        self.content.transform(page);
        self.group(self.tree.root());
    }

    /// The content and all that it speaks of.
    ///
    /// # Errors
    /// If a font can't be cut down to what is used of it.
    pub fn finish(mut self) -> Result<Drawn, FigureError> {
        let fonts = self.fonts.write(&mut self.objects, &mut self.next)?;
        for ([fill, stroke], id) in &self.states {
            self.objects.ext_graphics(*id).non_stroking_alpha(*fill).stroking_alpha(*stroke);
        }
        let states = self.states.iter().map(|(_, id)| *id).collect();
        let (images, shadings, objects) = (self.images, self.shadings, self.objects);
        let (content, seen_through) = (self.content.finish().into_vec(), self.seen_through);
        Ok(Drawn { content, objects, seen_through, fonts, images, shadings, states })
    }

    fn group(&mut self, group: &Group) {
        let outer = self.opacity;
        self.opacity *= group.opacity().get();
        self.content.save_state();
        if !group.transform().is_identity() {
            self.content.transform(matrix(group.transform()));
        }
        if let Some(clip) = group.clip_path() {
            self.clip(clip);
        }
        for node in group.children() {
            match node {
                Node::Group(group) => self.group(group),
                Node::Path(path) if path.is_visible() => self.path(path),
                Node::Image(image) if image.is_visible() => self.image(image),
                Node::Text(text) => text::draw(self, text),
                Node::Path(_) | Node::Image(_) => {}
            }
        }
        self.content.restore_state();
        self.opacity = outer;
    }

    /// Rectangles that what follows does not leave.
    fn clip(&mut self, clip: &ClipPath) {
        for node in clip.root().children() {
            if let Node::Path(path) = node {
                self.outline(path, clip.transform());
            }
        }
        self.content.clip_nonzero().end_path();
    }

    fn path(&mut self, path: &Path) {
        let (fill, stroke) = (path.fill(), path.stroke());
        let opacity = [fill.map_or(1.0, |f| f.opacity().get()), stroke.map_or(1.0, |s| s.opacity().get())];
        let faint = self.begin_faint(opacity);
        match fill.map(Fill::paint) {
            Some(Paint::LinearGradient(gradient)) => {
                if let Some(shading) = write_linear(&mut self.objects, &mut self.next, gradient) {
                    self.shadings.push(shading);
                    self.content.save_state();
                    self.outline(path, Transform::identity());
                    self.content.clip_nonzero().end_path().transform(matrix(gradient.transform()));
                    self.content.shading(Name(name("S", self.shadings.len() - 1).as_bytes()));
                    self.content.restore_state();
                }
                self.stroked(path, stroke);
            }
            Some(Paint::Color(color)) => {
                let [r, g, b] = rgb(*color);
                self.content.set_fill_rgb(r, g, b);
                self.outline(path, Transform::identity());
                match fill.map(Fill::rule) {
                    Some(FillRule::EvenOdd) => self.content.fill_even_odd(),
                    _ => self.content.fill_nonzero(),
                };
                self.stroked(path, stroke);
            }
            _ => self.stroked(path, stroke),
        }
        self.end_faint(faint);
    }

    fn stroked(&mut self, path: &Path, stroke: Option<&Stroke>) {
        let Some(stroke) = stroke else { return };
        let Paint::Color(color) = stroke.paint() else { return };
        let [r, g, b] = rgb(*color);
        let (cap, join) = (
            match stroke.linecap() {
                LineCap::Butt => LineCapStyle::ButtCap,
                LineCap::Round => LineCapStyle::RoundCap,
                LineCap::Square => LineCapStyle::ProjectingSquareCap,
            },
            match stroke.linejoin() {
                LineJoin::Miter | LineJoin::MiterClip => LineJoinStyle::MiterJoin,
                LineJoin::Round => LineJoinStyle::RoundJoin,
                LineJoin::Bevel => LineJoinStyle::BevelJoin,
            },
        );
        self.content.set_stroke_rgb(r, g, b).set_line_width(stroke.width().get());
        self.content.set_line_cap(cap).set_line_join(join).set_miter_limit(stroke.miterlimit().get());
        let dashes = stroke.dasharray().unwrap_or_default().iter().copied();
        self.content.set_dash_pattern(dashes, stroke.dashoffset());
        self.outline(path, Transform::identity());
        self.content.stroke();
    }

    fn outline(&mut self, path: &Path, transform: Transform) {
        let Some(data) = path.data().clone().transform(transform) else { return };
        let mut at = [0.0; 2];
        for segment in data.segments() {
            match segment {
                PathSegment::MoveTo(p) => _ = self.content.move_to(p.x, p.y),
                PathSegment::LineTo(p) => _ = self.content.line_to(p.x, p.y),
                // The same curve with two control points.
                PathSegment::QuadTo(c, p) => {
                    let near = |from: f32, control: f32| from + 2.0 / 3.0 * (control - from);
                    let [x1, y1] = [near(at[0], c.x), near(at[1], c.y)];
                    self.content.cubic_to(x1, y1, near(p.x, c.x), near(p.y, c.y), p.x, p.y);
                }
                PathSegment::CubicTo(c, d, p) => _ = self.content.cubic_to(c.x, c.y, d.x, d.y, p.x, p.y),
                PathSegment::Close => _ = self.content.close_path(),
            }
            if let PathSegment::MoveTo(p)
            | PathSegment::LineTo(p)
            | PathSegment::QuadTo(_, p)
            | PathSegment::CubicTo(_, _, p) = segment
            {
                at = [p.x, p.y];
            }
        }
    }

    fn image(&mut self, image: &Image) {
        // The canvas embeds nothing else.
        let ImageKind::PNG(png) = image.kind() else { return };
        let Some((id, seen_through)) = write_png(&mut self.objects, &mut self.next, png) else { return };
        self.images.push(id);
        self.seen_through |= seen_through;
        let faint = self.begin_faint([1.0; 2]);
        let [width, height] = [image.size().width(), image.size().height()];
        self.content.save_state();
        // The first row of pixels is the upper one.
        self.content.transform([width, 0.0, 0.0, -height, 0.0, height]);
        self.content.x_object(Name(name("I", self.images.len() - 1).as_bytes()));
        self.content.restore_state();
        self.end_faint(faint);
    }

    /// Begins what is seen through; whether there is something to end.
    pub(super) fn begin_faint(&mut self, opacity: [f32; 2]) -> bool {
        let opacity = opacity.map(|own| own * self.opacity);
        if opacity == [1.0; 2] {
            return false;
        }
        let known = self.states.iter().position(|(known, _)| *known == opacity);
        let n = known.unwrap_or_else(|| {
            self.states.push((opacity, self.next.bump()));
            self.states.len() - 1
        });
        self.seen_through = true;
        self.content.save_state();
        self.content.set_parameters(Name(name("G", n).as_bytes()));
        true
    }

    pub(super) fn end_faint(&mut self, begun: bool) {
        if begun {
            self.content.restore_state();
        }
    }
}
