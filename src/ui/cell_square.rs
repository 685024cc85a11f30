//! The square a view is drawn in: axes of both tokens, colour bar, and where a cell lies on the screen.

use crate::experiment::grid::Zoom;
use crate::figure::{CellLayout, CellWindow, Scale};
use crate::ui::theme::{self, text};
use crate::ui::widgets::{COLOR_BAR_WIDTH, color_bar};
use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Pos2, Rect, Sense, Stroke, Ui, Vec2};

/// Left of the square: tick labels and the name of token 2.
const LEFT: f32 = 40.0;
/// Below the square: tick labels and the name of token 1.
const BELOW: f32 = 31.0;
/// Above the square: the colour bar's unit.
const ABOVE: f32 = 18.0;
/// Between the square and its colour bar.
const GAP: f32 = 8.0;

/// A square on the screen with one cell a state.
#[derive(Clone, Copy, Debug)]
pub struct Square {
    /// Points.
    pub rect: Rect,
    /// Where cells lie.
    pub layout: CellLayout,
    /// The part of them that is shown.
    pub window: CellWindow,
}

impl Square {
    /// The largest square with whole pixels that the available space of `ui` holds, showing what `zoom` says, and its
    /// pointer events.
    pub fn allocate(ui: &mut Ui, layout: CellLayout, zoom: Zoom) -> (Self, egui::Response) {
        let (outer, whole) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let room = outer.size() - Vec2::new(LEFT + GAP + COLOR_BAR_WIDTH, ABOVE + BELOW);
        let pixel = 1.0 / ui.ctx().pixels_per_point();
        let side = (room.x.min(room.y).max(40.0) / pixel).floor() * pixel;
        // Centred as a whole, so that panes of any shape look balanced.
        let slack = ((room - Vec2::splat(side)) * 0.5).max(Vec2::ZERO);
        let min = outer.min + Vec2::new(LEFT, ABOVE) + slack;
        let rect =
            Rect::from_min_size(((min.to_vec2() / pixel).floor() * pixel).to_pos2(), Vec2::splat(side));
        // Not focusable: the keys of the timeline go on working after a click.
        let response = ui.interact(rect, whole.id.with("states"), Sense::CLICK | Sense::DRAG);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, "states"));
        (Self { rect, layout, window: zoom.window(&layout) }, response)
    }

    /// Points per cell.
    pub fn cell_side(&self) -> f32 {
        self.rect.width() / self.window.size[0]
    }

    /// The position of a point in cell coordinates, token 1 to the right and token 2 upward.
    pub fn position(&self, cell: [f32; 2]) -> Pos2 {
        self.rect.min + Vec2::from(self.window.to_px(cell, self.rect.size().into()))
    }

    /// The state under a position.
    pub fn state_at(&self, at: Pos2) -> Option<[usize; 2]> {
        if !self.rect.contains(at) {
            return None;
        }
        let [x, y] = self.window.to_cell((at - self.rect.min).into(), self.rect.size().into());
        Some([self.layout.cell_at(x)?, self.layout.cell_at(y)?])
    }

    /// Frame, ticks and names of both axes.
    pub fn axes(&self, ui: &Ui) {
        let palette = theme::palette(ui);
        let painter = ui.painter();
        let line = Stroke::new(1.0, palette.line);
        painter.rect_stroke(self.rect, 0.0, line, egui::StrokeKind::Outside);
        let font = theme::small();
        for axis in [0, 1] {
            for token in self.ticks(axis) {
                let label = if token == self.layout.data { "m".to_owned() } else { token.to_string() };
                let middle = self.middle_of(token);
                let (at, anchor) = if axis == 0 {
                    let below = Pos2::new(self.position([middle; 2]).x, self.rect.bottom());
                    painter.vline(below.x, below.y..=below.y + 3.0, line);
                    (below + Vec2::new(0.0, 4.0), Align2::CENTER_TOP)
                } else {
                    let beside = Pos2::new(self.rect.left(), self.position([middle; 2]).y);
                    painter.hline(beside.x - 3.0..=beside.x, beside.y, line);
                    (beside - Vec2::new(5.0, 0.0), Align2::RIGHT_CENTER)
                };
                painter.text(at, anchor, label, font.clone(), palette.weak);
            }
        }
        let below = self.rect.center_bottom() + Vec2::new(0.0, 16.0);
        painter.text(below, Align2::CENTER_TOP, "token 1", font.clone(), palette.weak);
        // Token 2 is written upward along its axis.
        let galley = painter.layout_no_wrap("token 2".to_owned(), font, palette.weak);
        let beside = self.rect.left_center() + Vec2::new(-LEFT + 2.0, galley.size().x * 0.5);
        painter.add(
            egui::epaint::TextShape::new(beside, galley, palette.weak)
                .with_angle(-std::f32::consts::FRAC_PI_2),
        );
    }

    /// The middle of a token's cell, in cells.
    fn middle_of(&self, token: usize) -> f32 {
        let span = self.layout.span_of(token);
        0.5 * (span.start + span.end)
    }

    /// The tokens of an axis that get a tick.
    fn ticks(&self, axis: usize) -> Vec<usize> {
        let (k, mask) = (self.layout.data, self.layout.mask);
        let (low, size) = (self.window.min[axis], self.window.size[axis]);
        if self.window == CellWindow::whole(&self.layout) && k > 4 {
            return if mask { vec![0, k / 2, k] } else { vec![0, k / 2, k - 1] };
        }
        // Round steps, at most six of them on the part that is shown.
        let step = [1, 2, 5, 10, 20, 50].into_iter().find(|step| size <= 6.0 * *step as f32).unwrap_or(100);
        let data = (0..k).step_by(step);
        let all = data.chain(mask.then_some(k));
        let shown = all.filter(|token| (low..=low + size).contains(&self.middle_of(*token)));
        let mut ticks: Vec<usize> = shown.collect();
        // The mask's label needs room.
        if let [.., last, m] = ticks[..]
            && m == k
            && self.middle_of(m) - self.middle_of(last) < 0.08 * size
        {
            ticks.remove(ticks.len() - 2);
        }
        ticks
    }

    /// The colour bar to the right of the square; `beyond`: whether values lie below and above its ends.
    pub fn color_bar(&self, ui: &Ui, scale: &Scale, unit: &str, beyond: [bool; 2]) {
        let at = self.rect.right_top() + Vec2::new(GAP, 0.0);
        let rect = Rect::from_min_size(at, Vec2::new(COLOR_BAR_WIDTH, self.rect.height()));
        color_bar(ui, rect, scale, unit, beyond);
    }

    /// A line of text where the colour bar would be titled, to the left: what is under the pointer.
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_tokens_that_are_seen() {
        let square = |k, mask, min: [f32; 2], size: f32| {
            let layout = CellLayout::new(k, mask);
            let window =
                if size > 0.0 { CellWindow { min, size: [size; 2] } } else { CellWindow::whole(&layout) };
            Square { rect: Rect::from_min_size(Pos2::ZERO, Vec2::splat(300.0)), layout, window }
        };
        let whole = [0.0; 2];
        assert_eq!(square(64, false, whole, 0.0).ticks(0), [0, 32, 63]);
        assert_eq!(square(64, true, whole, 0.0).ticks(1), [0, 32, 64]);
        assert_eq!(square(4, true, whole, 0.0).ticks(0), [0, 1, 2, 3, 4]);
        assert_eq!(square(64, false, [10.2, 30.0], 4.0).ticks(0), [10, 11, 12, 13]);
        assert_eq!(square(64, false, [10.2, 30.0], 22.0).ticks(1), [30, 35, 40, 45, 50]);
        assert_eq!(square(256, true, [200.0, 0.0], 68.0).ticks(0), [200, 220, 240, 256]);
    }

    #[test]
    fn positions_and_states_agree_under_zoom() {
        let layout = CellLayout::new(16, true);
        let rect = Rect::from_min_size(Pos2::new(100.0, 50.0), Vec2::splat(320.0));
        let square = Square { rect, layout, window: CellWindow { min: [3.0, 9.0], size: [8.0; 2] } };
        for state in [[3, 9], [10, 16], [7, 12]] {
            let middle = state.map(|token| square.middle_of(token));
            assert_eq!(square.state_at(square.position(middle)), Some(state));
        }
        assert_eq!(square.state_at(Pos2::new(99.0, 60.0)), None);
    }
}
