//! The canvas: the drawing as a heat map that is painted on.

use super::{Editor, Subject, Tool};
use crate::data::Brush;
use crate::experiment::grid::Zoom;
use crate::figure::{CellLayout, Scale};
use crate::gpu::heatmap::{self, Heatmap};
use crate::ui::cell_square::Square;
use crate::ui::theme;
use egui::{CursorIcon, Frame, Margin, Pos2, RichText, Stroke, StrokeKind, Ui};

/// The canvas has a heat map of its own beside those of the panes.
const SLOT: u64 = 1000;

/// Draws the canvas into all of `ui` and paints with the pointer.
pub fn canvas<S: Subject>(ui: &mut Ui, editor: &mut Editor<S::Target>, subject: &mut S) {
    let palette = theme::palette(ui);
    let frame = Frame::new()
        .fill(palette.panel)
        .stroke(Stroke::new(1.0, palette.accent))
        .corner_radius(ui.visuals().window_corner_radius)
        .inner_margin(Margin { left: 10, right: 10, top: 6, bottom: 6 });
    frame.show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        ui.label(RichText::new("draw the target").font(theme::heading()));
        let k = editor.drawing().k();
        let (square, response) = Square::allocate(ui, CellLayout::new(k, false), Zoom::default());
        let heatmap = Heatmap {
            slot: SLOT,
            values: editor.values.clone(),
            version: editor.version,
            layout: square.layout,
            window: square.window,
            scale: Scale::sequential(1.0),
            background: [palette.panel.r(), palette.panel.g(), palette.panel.b()],
        };
        heatmap::paint(ui.painter(), square.rect, heatmap);
        square.axes(ui);
        square.color_bar(ui, &Scale::sequential(1.0), "of a full cell", [false; 2]);
        let cell = |at: Pos2| {
            let px = at - square.rect.min;
            square.window.to_cell(px.into(), square.rect.size().into()).map(f64::from)
        };
        paint(ui, (&square, &response), &cell, editor, subject);
        if let Some(at) = response.hover_pos().filter(|at| square.rect.contains(*at)) {
            let place = cell(at).map(|x| (x.max(0.0) as usize).min(k - 1));
            let share = editor.drawing().share(place);
            square.read_out(ui, &format!("({}, {})   {share:.3} of a full cell", place[0], place[1]));
            outline(ui, &square, &editor.brush, editor.tool, cell(at), k);
            ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        } else if let Some(why) = editor.notice() {
            square.read_out(ui, why);
        }
    });
}

/// A press begins a stroke, the pointer leads it, a release ends it; a click fills.
fn paint<S: Subject>(
    ui: &Ui,
    (square, response): (&Square, &egui::Response),
    cell: &dyn Fn(Pos2) -> [f64; 2],
    editor: &mut Editor<S::Target>,
    subject: &mut S,
) {
    let pressed = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_down());
    let at = response.interact_pointer_pos();
    if editor.tool == Tool::Fill {
        if let Some(at) = at.filter(|_| response.clicked())
            && let Some(place) = square.state_at(at)
        {
            let erases = ui.input(|i| i.modifiers.alt);
            let filled = Brush { erases, ..editor.brush }.fill(editor.drawing(), place);
            editor.replace(filled, subject);
        }
        return;
    }
    if let Some(at) = at.filter(|_| pressed) {
        if editor.stroke.is_none() {
            editor.begin();
        }
        editor.go_on(cell(at), subject);
    } else if editor.stroke.is_some() {
        if let Some(at) = at {
            editor.go_on(cell(at), subject);
        }
        editor.end();
    }
}

/// Where the tool would paint, images included.
fn outline(ui: &Ui, square: &Square, brush: &Brush, tool: Tool, at: [f64; 2], k: usize) {
    let palette = theme::palette(ui);
    let painter = ui.painter().with_clip_rect(square.rect);
    let side = square.cell_side();
    let position = |point: [f64; 2]| square.position(point.map(|x| x as f32));
    if tool == Tool::Fill {
        let cell = at.map(|x| x.floor() + 0.5);
        for image in brush.symmetry.images(cell, k) {
            let rect = egui::Rect::from_center_size(position(image), egui::Vec2::splat(side));
            painter.rect_stroke(rect, 0.0, Stroke::new(1.5, palette.mark), StrokeKind::Outside);
        }
        return;
    }
    let radius = 0.5 * brush.size.max(1.0) as f32 * side;
    for image in brush.symmetry.images(brush.snapped(at), k) {
        let middle = position(image);
        painter.circle_stroke(middle, radius + 1.0, Stroke::new(1.0, palette.background));
        painter.circle_stroke(middle, radius, Stroke::new(1.5, palette.mark));
        let inner = radius * (1.0 - brush.softness as f32);
        if inner > 2.0 && inner < radius - 2.0 {
            painter.circle_stroke(middle, inner, Stroke::new(1.0, palette.mark.gamma_multiply(0.5)));
        }
    }
}
