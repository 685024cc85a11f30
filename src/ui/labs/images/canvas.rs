//! The picture of which a part is given, and the brush on it.

use super::infill::Infill;
use super::walls::message;
use crate::ui::texture::{Texture, square};
use crate::ui::theme;
use egui::{Align2, PointerButton, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};

/// Height of the title, points.
const TITLE: f32 = 20.0;
/// Height of the words below: two lines.
const FOOT: f32 = 32.0;

/// Draws the picture into `rect`, what is free veiled, and paints on it; `problem` is why there is none.
pub fn canvas(
    ui: &mut Ui,
    rect: Rect,
    infill: &mut Infill,
    texture: &mut Texture<Vec<u8>>,
    problem: Option<&str>,
) {
    let palette = theme::palette(ui);
    ui.painter().text(rect.min, Align2::LEFT_TOP, "given", theme::heading(), palette.text);
    let side = infill.side();
    let Some(pixels) = infill.pixels() else {
        let child = ui.new_child(egui::UiBuilder::new().max_rect(rect));
        message(&child, problem.unwrap_or("the picture is on its way"));
        return;
    };
    let seen = veiled(pixels, infill.given(), side);
    let length = rect.width().min(rect.height() - TITLE - FOOT).max(16.0);
    let picture = Rect::from_min_size(rect.min + Vec2::new(0.0, TITLE), Vec2::splat(length));
    texture.paint(ui.painter(), picture, seen.clone(), palette.background, || square(&seen));
    ui.painter().rect_stroke(picture, 0.0, Stroke::new(1.0, palette.line), StrokeKind::Outside);
    let response = ui.interact(picture, ui.scope_id().with("given"), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "what is given"));
    let scale = side as f32 / length;
    let inside = |at: egui::Pos2| {
        let at = (at - picture.min) * scale;
        [f64::from(at.x), f64::from(at.y)]
    };
    if let Some(at) = response.interact_pointer_pos()
        && (response.dragged() || response.clicked() || response.secondary_clicked())
    {
        let other = response.dragged_by(PointerButton::Secondary) || response.secondary_clicked();
        let opens = infill.opens;
        infill.opens = opens != other;
        infill.paint(inside(at - response.drag_delta()), inside(at));
        infill.opens = opens;
    }
    if let Some(at) = response.hover_pos() {
        let radius = infill.brush as f32 / scale;
        let color = if infill.opens { palette.warning } else { palette.accent };
        ui.painter().with_clip_rect(picture).circle_stroke(at, radius, Stroke::new(1.5, color));
    }
    let count = infill.given().iter().filter(|given| **given).count();
    let is = if count == 1 { "is" } else { "are" };
    let words = format!("{count} of {} pixels {is} given; what is veiled is filled in", side * side);
    let foot = picture.left_bottom() + Vec2::new(0.0, 3.0);
    let galley = ui.painter().layout(words, theme::small(), palette.weak, rect.width());
    ui.painter().galley(foot, galley, palette.weak);
    response.on_hover_cursor(egui::CursorIcon::Crosshair);
}

/// The picture, what is free in a fine check of grey over it.
fn veiled(pixels: &[u8], given: &[bool], side: usize) -> Vec<u8> {
    let mut seen = pixels.to_vec();
    for (at, (pixel, given)) in seen.as_chunks_mut::<3>().0.iter_mut().zip(given).enumerate() {
        if !given {
            let grey = if (at % side + at / side).is_multiple_of(2) { 118 } else { 138 };
            *pixel = pixel.map(|byte| ((u16::from(byte) + 7 * grey) / 8) as u8);
        }
    }
    seen
}
