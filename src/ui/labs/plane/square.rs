//! The square that a view of the plane is drawn in: axes of both coordinates, and where a point lies on the screen.

use crate::figure::Scale;
use crate::figure::ticks::{nice_ticks, tick_labels};
use crate::ui::theme::{self, text};
use crate::ui::widgets::{COLOR_BAR_WIDTH, color_bar, color_bar_below};
use crate::view::plane::PlaneWindow;
use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Pos2, Rect, Response, Sense, Stroke, Ui, Vec2};

/// Left of the square: tick labels.
const LEFT: f32 = 34.0;
/// Below it.
const BELOW: f32 = 20.0;
/// Above it: the unit of the colour bar.
const ABOVE: f32 = 18.0;
/// Between it and the colour bar.
const GAP: f32 = 8.0;
/// Room of a tick along its axis, points.
const TICK: f32 = 46.0;

/// Below a square whose legend lies there: ticks, and the legend.
const LEGEND_BELOW: f32 = 46.0;
/// Left of it then: room is what it is for.
const NARROW_LEFT: f32 = 24.0;

/// A square of the screen that shows a square of the plane.
#[derive(Clone, Copy, Debug)]
pub struct Square {
    /// Points.
    pub rect: Rect,
    /// What is shown.
    pub window: PlaneWindow,
    /// Whether its legend lies below it: in a pane that is higher than wide it leaves more room there.
    pub is_above: bool,
}

impl Square {
    /// The largest square with whole pixels that the available space of `ui` holds, and its pointer events.
    pub fn allocate(ui: &mut Ui, window: PlaneWindow) -> (Self, Response) {
        let (outer, whole) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let pixel = 1.0 / ui.ctx().pixels_per_point();
        let side_of = |room: Vec2| (room.x.min(room.y).max(40.0) / pixel).floor() * pixel;
        let beside = outer.size() - Vec2::new(LEFT + GAP + COLOR_BAR_WIDTH, ABOVE + BELOW);
        let over = outer.size() - Vec2::new(NARROW_LEFT + GAP, ABOVE + LEGEND_BELOW);
        let is_above = side_of(over) > 1.2 * side_of(beside);
        let (room, left) = if is_above { (over, NARROW_LEFT) } else { (beside, LEFT) };
        let side = side_of(room);
        // Centred as a whole, so that panes of any shape look balanced.
        let slack = ((room - Vec2::splat(side)) * 0.5).max(Vec2::ZERO);
        let min = outer.min + Vec2::new(left, ABOVE) + slack;
        let min = ((min.to_vec2() / pixel).floor() * pixel).to_pos2();
        let rect = Rect::from_min_size(min, Vec2::splat(side));
        // Not focusable: the keys of the timeline go on working after a click.
        let response = ui.interact(rect, whole.id.with("plane"), Sense::CLICK | Sense::DRAG);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, "plane"));
        (Self { rect, window, is_above }, response)
    }

    /// Where a point is on the screen.
    pub fn position(&self, x: [f64; 2]) -> Pos2 {
        let per_unit = f64::from(self.rect.width()) / (2.0 * self.window.half);
        let across = (x[0] - self.window.range(0)[0]) * per_unit;
        let up = (x[1] - self.window.range(1)[0]) * per_unit;
        Pos2::new(self.rect.left() + across as f32, self.rect.bottom() - up as f32)
    }

    /// The point there.
    pub fn point(&self, at: Pos2) -> [f64; 2] {
        let unit = 2.0 * self.window.half / f64::from(self.rect.width());
        [
            self.window.range(0)[0] + f64::from(at.x - self.rect.left()) * unit,
            self.window.range(1)[0] + f64::from(self.rect.bottom() - at.y) * unit,
        ]
    }

    /// Frame and ticks of both axes.
    pub fn axes(&self, ui: &Ui) {
        let palette = theme::palette(ui);
        let painter = ui.painter();
        let line = Stroke::new(1.0, palette.line);
        painter.rect_stroke(self.rect, 0.0, line, egui::StrokeKind::Outside);
        let count = (self.rect.width() / TICK).floor().clamp(2.0, 8.0) as usize;
        for axis in [0, 1] {
            let [low, high] = self.window.range(axis);
            let ticks = nice_ticks(low, high, count);
            for (tick, label) in ticks.iter().zip(tick_labels(&ticks).labels) {
                let mut x = self.window.range(0).map(|_| 0.0);
                x[axis] = *tick;
                let place = self.position(x);
                let (at, anchor) = if axis == 0 {
                    painter.vline(place.x, self.rect.bottom()..=self.rect.bottom() + 3.0, line);
                    (Pos2::new(place.x, self.rect.bottom() + 4.0), Align2::CENTER_TOP)
                } else {
                    painter.hline(self.rect.left() - 3.0..=self.rect.left(), place.y, line);
                    (Pos2::new(self.rect.left() - 5.0, place.y), Align2::RIGHT_CENTER)
                };
                painter.text(at, anchor, label, theme::small(), palette.weak);
            }
        }
    }

    /// The colour bar to the right of the square, or below it; `beyond`: whether values lie below and above its ends.
    pub fn color_bar(&self, ui: &Ui, scale: &Scale, unit: &str, beyond: [bool; 2]) {
        if self.is_above {
            return color_bar_below(ui, self.legend_below(), scale, unit, beyond);
        }
        let at = self.rect.right_top() + Vec2::new(GAP, 0.0);
        let rect = Rect::from_min_size(at, Vec2::new(COLOR_BAR_WIDTH, self.rect.height()));
        color_bar(ui, rect, scale, unit, beyond);
    }

    /// Where the legend lies of a square that is above it.
    pub fn legend_below(&self) -> Rect {
        let min = self.rect.left_bottom() + Vec2::new(0.0, BELOW + 2.0);
        Rect::from_min_size(min, Vec2::new(self.rect.width(), LEGEND_BELOW - BELOW - 2.0))
    }

    /// A line of text above the square, to the left: what is under the pointer.
    pub fn read_out(&self, ui: &Ui, message: &str) {
        if message.is_empty() {
            return;
        }
        let palette = theme::palette(ui);
        let at = self.rect.left_top() - Vec2::new(0.0, 4.0);
        let font = egui::FontId::proportional(text::SMALL);
        let mut words = LayoutJob::simple_singleline(message.to_owned(), font, palette.text);
        words.wrap = TextWrapping::truncate_at_width(ui.max_rect().right() - at.x);
        let words = ui.painter().layout_job(words);
        let place = Align2::LEFT_BOTTOM.anchor_size(at, words.size());
        // Over the unit of the colour bar, where they reach it.
        ui.painter().rect_filled(place, 0.0, palette.panel);
        ui.painter().galley(place.min, words, palette.text);
    }

    /// The wheel and a pinch magnify at the pointer, a drag pans; what is shown then, if that is something else.
    pub fn moved(&self, ui: &Ui, response: &Response) -> Option<PlaneWindow> {
        let side = f64::from(self.rect.width());
        if response.dragged_by(egui::PointerButton::Primary) && response.drag_delta() != Vec2::ZERO {
            let Vec2 { x, y } = response.drag_delta();
            ui.ctx().set_cursor_icon(egui::CursorIcon::Grabbing);
            return Some(self.window.panned([-f64::from(x) / side, f64::from(y) / side]));
        }
        let at = response.hover_pos().filter(|at| self.rect.contains(*at))?;
        let (scrolled, pinched) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        let factor = f64::from((scrolled / SCROLL_DOUBLES).exp2() * pinched);
        let from_corner = at - self.rect.left_bottom();
        let focus = [f64::from(from_corner.x) / side, -f64::from(from_corner.y) / side];
        (factor != 1.0).then(|| self.window.magnified(focus, factor))
    }
}

/// Points of scrolling that double the scale.
const SCROLL_DOUBLES: f32 = 200.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_positions_are_each_other_s() {
        let window = PlaneWindow { center: [1.0, -1.0], half: 2.0 };
        let square = Square {
            rect: Rect::from_min_size(Pos2::new(10.0, 20.0), Vec2::splat(200.0)),
            window,
            is_above: false,
        };
        assert_eq!(square.position([-1.0, 1.0]), Pos2::new(10.0, 20.0));
        assert_eq!(square.position([1.0, -1.0]), square.rect.center());
        assert_eq!(square.point(square.position([2.0, -2.5])), [2.0, -2.5]);
    }
}
