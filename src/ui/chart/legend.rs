//! What the curves of a chart are called.

use super::ink;
use crate::figure::{Look, Marker};
use crate::ui::theme::{self, Palette, space};
use crate::view::{Chart, Key};
use egui::{Color32, Painter, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};

/// Size of the piece of a curve beside its name, points.
const KEY: Vec2 = Vec2::new(18.0, 12.0);

/// What stands before a name.
enum Piece {
    /// A piece of the curve, with a mark if its points have one.
    Curve(Look, Option<Marker>),
    /// A pattern or a mark, whatever the colour.
    Pattern(Look),
    Mark(Marker),
    Ring,
}

impl Piece {
    fn paint(&self, painter: &Painter, rect: Rect, palette: &Palette) {
        let (middle, mut shapes) = (rect.center(), Vec::new());
        let across = || vec![rect.left_center(), rect.right_center()];
        let mut curve = |look: Look, color: Color32| {
            if look.bars {
                let bar = Rect::from_center_size(middle, Vec2::new(9.0, 9.0));
                shapes.push(Shape::rect_filled(bar, 1.0, color));
            } else {
                let width = if look.thick { 2.6 } else { 1.7 };
                ink::line(&mut shapes, across(), Stroke::new(width, color), look.dash);
            }
        };
        match self {
            Self::Curve(look, marker) => {
                let color = ink::color(palette, look.color);
                curve(*look, color);
                shapes.extend(marker.map(|marker| ink::mark(middle, 2.6, color, palette, marker)));
            }
            Self::Pattern(look) => curve(*look, palette.weak),
            Self::Mark(marker) => shapes.push(ink::mark(middle, 3.2, palette.weak, palette, *marker)),
            Self::Ring => shapes.push(Shape::circle_stroke(middle, 4.5, Stroke::new(1.75, palette.text))),
        }
        painter.extend(shapes);
    }
}

/// The names of all that has one, beside each other and below.
pub fn legend(ui: &mut Ui, chart: &Chart) {
    let plot = &chart.plot;
    let named = |key: &Key| match key {
        Key::Color(color, name) => {
            (Piece::Curve(Look { color: *color, ..Look::default() }, None), name.clone())
        }
        Key::Dash(dash, name) => (Piece::Pattern(Look { dash: *dash, ..Look::default() }), name.clone()),
        Key::Marker(marker, name) => (Piece::Mark(*marker), name.clone()),
    };
    let mut all: Vec<(Piece, String)> = chart.keys.iter().map(named).collect();
    if all.is_empty() {
        let curves = plot.series.iter().enumerate();
        all.extend(curves.map(|(i, series)| (piece(chart, i), series.label.clone())));
    }
    all.retain(|(_, name)| !name.is_empty());
    if all.len() < 2 {
        // The title says what a single curve is.
        all.clear();
    }
    all.extend(plot.rings.iter().map(|ring| (Piece::Ring, ring.label.clone())));
    if all.is_empty() {
        return;
    }
    ui.scope(|ui| {
        // Lines of text, not of buttons.
        ui.spacing_mut().interact_size.y = KEY.y;
        ui.spacing_mut().item_spacing = Vec2::new(space::S, 1.0);
        ui.horizontal_wrapped(|ui| {
            for (piece, name) in all {
                entry(ui, &piece, name);
            }
        });
    });
}

/// The piece of curve number `index` of a chart, before its name in a table.
pub fn curve_key(ui: &mut Ui, chart: &Chart, index: usize) -> Response {
    let (rect, response) = ui.allocate_exact_size(KEY, Sense::hover());
    if index < chart.plot.series.len() {
        piece(chart, index).paint(ui.painter(), rect, theme::palette(ui));
    }
    response
}

fn piece(chart: &Chart, index: usize) -> Piece {
    let series = &chart.plot.series[index];
    let look = series.look_at(index);
    Piece::Curve(look, series.marked().then_some(look.marker))
}

/// Piece and name, which stay together when the line is broken.
fn entry(ui: &mut Ui, piece: &Piece, name: String) {
    let palette = theme::palette(ui);
    let room = ui.max_rect().width() - KEY.x - space::XS;
    let text = ui.painter().layout(name, theme::small(), palette.weak, room);
    let size = Vec2::new(KEY.x + space::XS + text.size().x, text.size().y.max(KEY.y));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text.text()));
    let key = Rect::from_min_size(rect.min + Vec2::new(0.0, 1.0), KEY);
    piece.paint(ui.painter(), key, palette);
    ui.painter().galley(rect.min + Vec2::new(KEY.x + space::XS, 0.0), text, palette.weak);
}
