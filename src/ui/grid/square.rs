//! The square a view is drawn in: axes of both tokens, colour bar, and where a cell lies on the screen.

use crate::figure::{CellLayout, Scale};
use crate::ui::theme::{self, text};
use crate::ui::widgets::{COLOR_BAR_WIDTH, color_bar};
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
}

impl Square {
    /// The largest square with whole pixels that the available space of `ui` holds, and its pointer events.
    pub fn allocate(ui: &mut Ui, layout: CellLayout) -> (Self, egui::Response) {
        let (outer, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let room = outer.size() - Vec2::new(LEFT + GAP + COLOR_BAR_WIDTH, ABOVE + BELOW);
        let pixel = 1.0 / ui.ctx().pixels_per_point();
        let side = (room.x.min(room.y).max(40.0) / pixel).floor() * pixel;
        // Centred as a whole, so that panes of any shape look balanced.
        let slack = ((room - Vec2::splat(side)) * 0.5).max(Vec2::ZERO);
        let min = outer.min + Vec2::new(LEFT, ABOVE) + slack;
        let rect =
            Rect::from_min_size(((min.to_vec2() / pixel).floor() * pixel).to_pos2(), Vec2::splat(side));
        (Self { rect, layout }, response)
    }

    /// Points per cell.
    pub fn cell_side(&self) -> f32 {
        self.rect.width() / self.layout.extent()
    }

    /// The position of a point in cell coordinates, token 1 to the right and token 2 upward.
    pub fn position(&self, [x, y]: [f32; 2]) -> Pos2 {
        let side = self.cell_side();
        egui::pos2(self.rect.left() + x * side, self.rect.bottom() - y * side)
    }

    /// The state under a position.
    pub fn state_at(&self, at: Pos2) -> Option<[usize; 2]> {
        if !self.rect.contains(at) {
            return None;
        }
        let side = self.cell_side();
        let x = self.layout.cell_at((at.x - self.rect.left()) / side)?;
        let y = self.layout.cell_at((self.rect.bottom() - at.y) / side)?;
        Some([x, y])
    }

    /// Frame, ticks and names of both axes.
    pub fn axes(&self, ui: &Ui) {
        let palette = theme::palette(ui);
        let painter = ui.painter();
        let line = Stroke::new(1.0, palette.line);
        painter.rect_stroke(self.rect, 0.0, line, egui::StrokeKind::Outside);
        let k = self.layout.data;
        let mut ticks: Vec<(usize, String)> = if k <= 4 {
            (0..k).map(|token| (token, token.to_string())).collect()
        } else {
            [0, k / 2, k - 1].map(|token| (token, token.to_string())).into()
        };
        if self.layout.mask {
            ticks.retain(|(token, _)| *token != k - 1 || k <= 4);
            ticks.push((k, "m".to_owned()));
        }
        let font = theme::small();
        for (token, label) in &ticks {
            let span = self.layout.span_of(*token);
            let middle = 0.5 * (span.start + span.end);
            let below = self.position([middle, 0.0]);
            painter.vline(below.x, below.y..=below.y + 3.0, line);
            painter.text(below + Vec2::new(0.0, 4.0), Align2::CENTER_TOP, label, font.clone(), palette.weak);
            let beside = self.position([0.0, middle]);
            painter.hline(beside.x - 3.0..=beside.x, beside.y, line);
            painter.text(
                beside - Vec2::new(5.0, 0.0),
                Align2::RIGHT_CENTER,
                label,
                font.clone(),
                palette.weak,
            );
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

    /// The colour bar to the right of the square; `beyond`: whether values lie below and above its ends.
    pub fn color_bar(&self, ui: &Ui, scale: &Scale, unit: &str, beyond: [bool; 2]) {
        let at = self.rect.right_top() + Vec2::new(GAP, 0.0);
        let rect = Rect::from_min_size(at, Vec2::new(COLOR_BAR_WIDTH, self.rect.height()));
        color_bar(ui, rect, scale, unit, beyond);
    }

    /// A line of text where the colour bar would be titled, to the left: what is under the pointer.
    pub fn read_out(&self, ui: &Ui, message: &str) {
        let at = self.rect.left_top() - Vec2::new(0.0, 4.0);
        let color = theme::palette(ui).text;
        ui.painter().text(at, Align2::LEFT_BOTTOM, message, egui::FontId::proportional(text::SMALL), color);
    }
}
