//! Zoom and pan by the pointer, linked over all views.

use crate::experiment::grid::Zoom;
use crate::ui::cell_square::Square;
use egui::{Response, Ui, Vec2};

/// Points of scrolling that double the scale.
const SCROLL_DOUBLES: f32 = 200.0;

/// The wheel and a pinch magnify at the pointer, a drag pans, a double click shows all.
pub fn follow_pointer(zoom: &mut Zoom, ui: &Ui, square: &Square, response: &Response) {
    if response.double_clicked() {
        *zoom = Zoom::default();
        return;
    }
    let side = square.rect.width();
    if response.dragged_by(egui::PointerButton::Primary) && !zoom.is_whole() {
        let Vec2 { x, y } = response.drag_delta();
        zoom.pan([-x / side, y / side]);
    }
    let pointer = response.hover_pos().filter(|at| square.rect.contains(*at));
    if let Some(at) = pointer {
        let (scrolled, pinched) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        let factor = (scrolled / SCROLL_DOUBLES).exp2() * pinched;
        if factor != 1.0 {
            let from_corner = at - square.rect.left_bottom();
            zoom.magnify(&square.layout, [from_corner.x / side, -from_corner.y / side], factor);
        }
        if !zoom.is_whole() {
            let icon = if response.dragged() { egui::CursorIcon::Grabbing } else { egui::CursorIcon::Grab };
            ui.ctx().set_cursor_icon(icon);
        }
    }
}
