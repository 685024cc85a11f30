//! A distribution over the values of one token, as bars, with a second one as a line over them.

use crate::figure::scale::format_value;
use crate::ui::theme;
use egui::{Align2, Mesh, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2};

/// Height of the bars, points.
const HEIGHT: f32 = 84.0;
/// Left of the bars: the largest value; below: the token's values.
const LEFT: f32 = 40.0;
const BELOW: f32 = 15.0;
/// Above the bars: what is under the pointer.
const ABOVE: f32 = 15.0;

/// One distribution to show.
pub(super) struct Bars<'a> {
    /// For screen readers.
    pub name: &'a str,
    /// The exact probabilities, \[V\].
    pub exact: &'a [f64],
    /// Those of another denoiser, \[V\], and its name.
    pub other: Option<(&'a [f64], &'a str)>,
    /// The token's own value.
    pub here: usize,
    /// Names of the values.
    pub label: &'a dyn Fn(usize) -> String,
}

impl Bars<'_> {
    /// The value at the top, and whether the bar of the token's own value is cut there: staying is often so likely
    /// that everything else would be flat.
    fn top(&self) -> (f64, bool) {
        let most = |skip: Option<usize>| {
            let of = |p: &[f64]| {
                let kept = p.iter().enumerate().filter(|(y, _)| Some(*y) != skip);
                kept.fold(0.0f64, |m, (_, &p)| m.max(p))
            };
            of(self.exact).max(self.other.map_or(0.0, |(other, _)| of(other)))
        };
        let (all, others) = (most(None), most(Some(self.here)));
        if others > 0.0 && all > 3.0 * others { (1.3 * others, true) } else { (all.max(1e-300), false) }
    }

    /// Draws the bars over the available width; a value under the pointer is read out.
    pub(super) fn show(&self, ui: &mut Ui) {
        let palette = theme::palette(ui);
        let size = Vec2::new(ui.available_width(), ABOVE + HEIGHT + BELOW);
        let (outer, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, self.name));
        let area = Rect::from_min_max(outer.min + Vec2::new(LEFT, ABOVE), outer.max - Vec2::new(2.0, BELOW));
        let v = self.exact.len();
        let (top, cut) = self.top();
        let width = area.width() / v as f32;
        let left = |y: usize| area.left() + y as f32 * width;
        let height = |p: f64| area.bottom() - (p / top).min(1.0) as f32 * area.height();
        let painter = ui.painter();
        painter.hline(area.x_range(), area.bottom(), Stroke::new(1.0, palette.line));
        let mut mesh = Mesh::default();
        let gap = if width >= 4.0 { 1.0 } else { 0.0 };
        for (y, &p) in self.exact.iter().enumerate().filter(|(_, p)| **p > 0.0) {
            let corner = Pos2::new(left(y), height(p));
            let bar = Rect::from_min_max(corner, Pos2::new(left(y) + (width - gap).max(1.0), area.bottom()));
            mesh.add_colored_rect(bar, palette.series[0]);
        }
        painter.add(Shape::mesh(mesh));
        if let Some((other, _)) = self.other {
            let line = other
                .iter()
                .enumerate()
                .flat_map(|(y, &p)| [Pos2::new(left(y), height(p)), Pos2::new(left(y + 1), height(p))]);
            painter.add(Shape::line(line.collect(), Stroke::new(1.5, palette.series[1])));
        }
        let small = theme::small();
        if cut {
            // Two strokes through the bar: it goes on.
            let x = left(self.here) + 0.5 * width;
            for y in [area.top() + 5.0, area.top() + 9.0] {
                let half = Vec2::new((0.5 * width).max(1.0) + 3.0, -1.5);
                let at = Pos2::new(x, y);
                painter.line_segment([at - half, at + half], Stroke::new(1.5, palette.panel));
            }
            let own = format_value(self.exact[self.here]);
            let right = x < area.center().x;
            let (at, side) = if right { (6.0, Align2::LEFT_TOP) } else { (-6.0, Align2::RIGHT_TOP) };
            painter.text(Pos2::new(x + at, area.top()), side, own, small.clone(), palette.text);
        }
        let largest = Pos2::new(area.left() - 5.0, area.top());
        painter.text(largest, Align2::RIGHT_CENTER, format_value(top), small.clone(), palette.weak);
        painter.hline(area.left() - 3.0..=area.left(), area.top(), Stroke::new(1.0, palette.line));
        let zero = Pos2::new(area.left() - 5.0, area.bottom());
        painter.text(zero, Align2::RIGHT_CENTER, "0", small.clone(), palette.weak);
        // The token's own value is named first; ends only where they leave room for it.
        let here = left(self.here) + 0.5 * width;
        let tip = Pos2::new(here, area.bottom() + 1.5);
        let triangle = vec![tip, tip + Vec2::new(-3.5, 5.0), tip + Vec2::new(3.5, 5.0)];
        painter.add(Shape::convex_polygon(triangle, palette.mark, Stroke::NONE));
        for y in [0, v - 1] {
            let at = left(y) + 0.5 * width;
            let text = (self.label)(y);
            if y == self.here || (at - here).abs() > 22.0 {
                let place = Pos2::new(at, area.bottom() + 4.0 + if y == self.here { 2.0 } else { 0.0 });
                painter.text(place, Align2::CENTER_TOP, text, small.clone(), palette.weak);
            }
        }
        if self.here != 0 && self.here != v - 1 {
            let place = Pos2::new(here, area.bottom() + 6.0);
            painter.text(place, Align2::CENTER_TOP, (self.label)(self.here), small.clone(), palette.text);
        }
        if let Some(at) = response.hover_pos().filter(|at| area.x_range().contains(at.x)) {
            let y = (((at.x - area.left()) / width) as usize).min(v - 1);
            let mut text = format!("{}: {}", (self.label)(y), format_value(self.exact[y]));
            if let Some((other, name)) = self.other {
                text += &format!("   {name} {}", format_value(other[y]));
            }
            let line = Stroke::new(1.0, palette.text.gamma_multiply(0.4));
            painter.vline(left(y) + 0.5 * width, area.y_range(), line);
            painter.text(outer.right_top(), Align2::RIGHT_TOP, text, small, palette.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(exact: &[f64], other: Option<&[f64]>, here: usize) -> (f64, bool) {
        let label = |y: usize| y.to_string();
        Bars { name: "", exact, other: other.map(|o| (o, "")), here, label: &label }.top()
    }

    #[test]
    fn only_a_bar_that_would_flatten_the_others_is_cut() {
        assert_eq!(top(&[0.5, 0.3, 0.2], None, 0), (0.5, false));
        assert_eq!(top(&[0.9, 0.06, 0.04], None, 0), (1.3 * 0.06, true));
        assert_eq!(top(&[0.9, 0.06, 0.04], None, 1), (0.9, false), "only the token's own value");
        assert_eq!(top(&[1.0, 0.0, 0.0], None, 0), (1.0, false), "there is nothing else");
        assert_eq!(top(&[0.9, 0.06, 0.04], Some(&[0.2, 0.4, 0.4]), 0), (0.9, false));
    }
}
