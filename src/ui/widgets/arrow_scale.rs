//! The legend of arrows over a heat map, and how long and bright they are drawn.

use super::COLOR_BAR_WIDTH;
use crate::figure::scale::{format_value, round_down};
use crate::figure::{ArrowMark, CellWindow, ColorMap};
use crate::gpu::arrows as pass;
use crate::ui::theme;
use egui::{Align2, Rect, Ui};
use std::sync::Arc;

/// Length of the longest arrow that has room beside the square, px.
pub const LONGEST_IN_LEGEND: f32 = 40.0;

/// Three round values, as long and as bright as in the view. On the coarsest grids, where an arrow of the view does not fit
/// beside it, the lengths are in proportion.
pub struct ArrowScale {
    /// Of the values.
    pub unit: &'static str,
    /// The longest arrow's value.
    pub longest: f64,
    /// And its length, points.
    pub reach: f32,
    /// Whether the ground is dark.
    pub dark: bool,
}

impl ArrowScale {
    /// Draws it where the colour bar of `square` would be; `slot` tells it from others.
    pub fn draw(&self, ui: &Ui, slot: u64, square: Rect) {
        let palette = theme::palette(ui);
        let left = square.right() + 10.0;
        let mut y = square.top() + 6.0;
        let painter = ui.painter();
        let unit = egui::pos2(left + COLOR_BAR_WIDTH - 2.0, square.top() - 5.0);
        painter.text(unit, Align2::RIGHT_BOTTOM, self.unit, theme::small(), palette.weak);
        let round = round_down(self.longest);
        let mut marks = Vec::new();
        for value in [round, 0.5 * round, 0.1 * round] {
            let share = value / self.longest;
            let length = self.reach * drawn_share(share);
            let middle = [0.5 * length, square.bottom() - y];
            marks.push(ArrowMark { middle, along: [length, 0.0], color: arrow_color(share, self.dark) });
            let label = format_value(value);
            painter.text(egui::pos2(left, y + 5.0), Align2::LEFT_TOP, label, theme::small(), palette.weak);
            y += 34.0;
        }
        // Points stand for cells here.
        let size = [LONGEST_IN_LEGEND + 2.0, square.height()];
        let rect = Rect::from_min_size(egui::pos2(left, square.top()), size.into());
        let window = CellWindow { min: [0.0; 2], size };
        pass::paint(ui.painter(), [rect; 2], slot, window, Arc::new(marks));
    }
}

impl ArrowScale {
    /// The same in a row, in `rect`, with the unit at its end.
    pub fn draw_row(&self, ui: &Ui, slot: u64, rect: Rect) {
        let palette = theme::palette(ui);
        let painter = ui.painter();
        let unit = painter.layout_no_wrap(self.unit.to_owned(), theme::small(), palette.weak);
        let end = egui::pos2(rect.right() - unit.size().x, rect.top() + 2.0);
        painter.galley(end, unit, palette.weak);
        let reach = self.reach.min(IN_ROW);
        let round = round_down(self.longest);
        let (mut marks, mut x) = (Vec::new(), 0.0);
        for value in [round, 0.5 * round, 0.1 * round] {
            let share = value / self.longest;
            let length = reach * drawn_share(share);
            let label = painter.layout_no_wrap(format_value(value), theme::small(), palette.weak);
            let width = length + 4.0 + label.size().x;
            if rect.left() + x + width > end.x - 6.0 {
                break;
            }
            let middle = [x + 0.5 * length, rect.height() - 9.0];
            marks.push(ArrowMark { middle, along: [length, 0.0], color: arrow_color(share, self.dark) });
            painter.galley(rect.min + egui::Vec2::new(x + length + 4.0, 2.0), label, palette.weak);
            x += width + 10.0;
        }
        let window = CellWindow { min: [0.0; 2], size: [rect.width(), rect.height()] };
        pass::paint(ui.painter(), [rect; 2], slot, window, Arc::new(marks));
    }
}

/// Length of the longest arrow of a legend in a row, px.
const IN_ROW: f32 = 26.0;

/// Weak currents are drawn longer than their share of the longest, so that they are seen; the legend has the same rule.
pub fn drawn_share(share: f64) -> f32 {
    (share as f32).powf(0.4)
}

/// The upper part of the map only: its dark end would vanish on the dark theme's ground.
pub fn arrow_color(share: f64, dark: bool) -> [u8; 3] {
    ColorMap::Viridis.color(if dark { 0.6 + 0.4 * share } else { 0.6 * (1.0 - share) })
}
