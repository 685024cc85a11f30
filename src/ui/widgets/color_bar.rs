//! The colour bar beside a heat map.

use crate::figure::Scale;
use crate::figure::scale::format_value;
use crate::ui::theme;
use egui::{Align2, Color32, Mesh, Rect, Shape, Stroke, StrokeKind, Ui, Vec2};

/// Width of the bar with its labels, points.
pub const WIDTH: f32 = 52.0;

/// Draws the bar into `rect` (its full width is [`WIDTH`]): gradient, ticks, values, and the unit above it. With
/// `beyond` a tip on an end of the bar says that some values lie beyond it and share its last colour.
pub fn color_bar(ui: &Ui, rect: Rect, scale: &Scale, unit: &str, beyond: [bool; 2]) {
    let palette = theme::palette(ui);
    let bar = Rect::from_min_size(rect.min, Vec2::new(10.0, rect.height()));
    gradient(ui, bar, scale, |bar, u| {
        let y = egui::lerp(bar.bottom()..=bar.top(), u);
        [egui::pos2(bar.left(), y), egui::pos2(bar.right(), y)]
    });
    let lut = scale.map.lut();
    let painter = ui.painter();
    let span = scale.max - scale.min;
    // Two digits that tell neighbouring ticks apart; the ends of the scale are what a reader looks for first.
    for value in scale.ticks(5) {
        let u = ((value - scale.min) / span) as f32;
        let y = egui::lerp(bar.bottom()..=bar.top(), u);
        painter.hline(bar.right()..=bar.right() + 3.0, y, Stroke::new(1.0, palette.weak));
        let at = egui::pos2(bar.right() + 5.0, y);
        painter.text(at, Align2::LEFT_CENTER, format_value(value), theme::small(), palette.weak);
    }
    for (beyond, base, entry, reach) in
        [(beyond[0], bar.bottom(), lut[0], 7.0), (beyond[1], bar.top(), lut[255], -7.0)]
    {
        if beyond {
            let [r, g, b] = entry;
            let tip = [(bar.left(), base), (bar.center().x, base + reach), (bar.right(), base)];
            let tip = tip.map(|(x, y)| egui::pos2(x, y)).to_vec();
            let line = Stroke::new(1.0, palette.line);
            painter.add(Shape::convex_polygon(tip, Color32::from_rgb(r, g, b), line));
        }
    }
    let above = egui::pos2(rect.left() + WIDTH, bar.top() - 5.0);
    painter.text(above, Align2::RIGHT_BOTTOM, unit, theme::small(), palette.weak);
}

/// The same lying in `rect`: values below it, and the unit at the end of their row.
pub fn color_bar_below(ui: &Ui, rect: Rect, scale: &Scale, unit: &str, beyond: [bool; 2]) {
    let palette = theme::palette(ui);
    let bar = Rect::from_min_size(rect.min, Vec2::new(rect.width(), 8.0));
    gradient(ui, bar, scale, |bar, u| {
        let x = egui::lerp(bar.left()..=bar.right(), u);
        [egui::pos2(x, bar.bottom()), egui::pos2(x, bar.top())]
    });
    let painter = ui.painter();
    let unit = painter.layout_no_wrap(unit.to_owned(), theme::small(), palette.weak);
    let free = rect.right() - unit.size().x - 8.0;
    painter.galley(egui::pos2(rect.right() - unit.size().x, bar.bottom() + 2.0), unit, palette.weak);
    let span = scale.max - scale.min;
    let mut last = f32::NEG_INFINITY;
    for value in scale.ticks(4) {
        let x = egui::lerp(bar.left()..=bar.right(), ((value - scale.min) / span) as f32);
        painter.vline(x, bar.bottom()..=bar.bottom() + 3.0, Stroke::new(1.0, palette.weak));
        let label = painter.layout_no_wrap(format_value(value), theme::small(), palette.weak);
        let left = (x - 0.5 * label.size().x).max(rect.left());
        // Not over the label before it, nor over the unit.
        if left > last + 6.0 && left + label.size().x < free {
            last = left + label.size().x;
            painter.galley(egui::pos2(left, bar.bottom() + 2.0), label, palette.weak);
        }
    }
    let lut = scale.map.lut();
    for (beyond, base, [r, g, b], reach) in
        [(beyond[0], bar.left(), lut[0], -6.0), (beyond[1], bar.right(), lut[255], 6.0)]
    {
        if beyond {
            let tip = [(base, bar.top()), (base + reach, bar.center().y), (base, bar.bottom())];
            let tip = tip.map(|(x, y)| egui::pos2(x, y)).to_vec();
            let line = Stroke::new(1.0, palette.line);
            painter.add(Shape::convex_polygon(tip, Color32::from_rgb(r, g, b), line));
        }
    }
}

/// The colours of a scale over a bar with a line around it; `ends` are both sides of it at a share of its length.
fn gradient(ui: &Ui, bar: Rect, scale: &Scale, ends: impl Fn(Rect, f32) -> [egui::Pos2; 2]) {
    let mut mesh = Mesh::default();
    let lut = scale.map.lut();
    let steps = 64;
    for step in 0..=steps {
        let u = step as f32 / steps as f32;
        let [r, g, b] = lut[((u * 255.0).round() as usize).min(255)];
        for at in ends(bar, u) {
            mesh.colored_vertex(at, Color32::from_rgb(r, g, b));
        }
        if step > 0 {
            let at = 2 * step as u32;
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at + 1, at);
        }
    }
    let painter = ui.painter();
    painter.add(Shape::mesh(mesh));
    painter.rect_stroke(bar, 0.0, Stroke::new(1.0, theme::palette(ui).line), StrokeKind::Outside);
}
