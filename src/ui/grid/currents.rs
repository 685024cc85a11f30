//! Currents and mean displacements as arrows over a faint picture of the mass.

use super::fields::{FieldCache, Scene};
use super::settings::ScaleMode;
use super::square::Square;
use crate::figure::ColorMap;
use crate::figure::scale::format_value;
use crate::ui::theme;
use crate::ui::widgets::COLOR_BAR_WIDTH;
use crate::view::{Arrow, ArrowKind, Moment, arrows};
use egui::{Align2, Color32, Mesh, Pos2, Shape, Ui, Vec2};

/// Arrows along a side, at most.
const ARROWS_A_SIDE: usize = 22;
/// Arrows shorter than this share of the longest are left out: they would be dots.
const SHORTEST: f64 = 0.004;
/// Length of the longest arrow that has room beside the square, px.
const LONGEST_IN_LEGEND: f32 = 40.0;

/// Draws the arrows; returns the legend.
pub fn draw(ui: &Ui, square: &Square, scene: Scene<'_>, kind: ArrowKind, cache: &mut FieldCache) -> String {
    if let Some(why) = kind.absence(scene.path) {
        let palette = theme::palette(ui);
        let at = square.rect.center();
        let galley = ui.painter().layout_no_wrap(why.to_owned(), theme::small(), palette.text);
        let rect = Align2::CENTER_CENTER.anchor_size(at, galley.size());
        ui.painter().rect_filled(rect.expand(8.0), 4.0, palette.panel.gamma_multiply(0.9));
        ui.painter().galley(rect.min, galley, palette.text);
        return String::new();
    }
    let block = scene.path.data_tokens().div_ceil(ARROWS_A_SIDE);
    let Moment { values: all, t } = match arrows(&scene.of_views(), kind, block) {
        Ok(all) => all,
        Err(why) => return why.to_string(),
    };
    let longest = match scene.settings.scale {
        ScaleMode::Fixed => cache.longest_arrow(scene, kind, block),
        ScaleMode::PerFrame => all.iter().map(Arrow::length).fold(0.0, f64::max),
    };
    if longest <= 0.0 {
        return "nothing moves at this moment".to_owned();
    }
    let reach = block as f32 * square.cell_side() * 1.35;
    let mut mesh = Mesh::default();
    for arrow in all.iter().filter(|a| a.length() > SHORTEST * longest) {
        // A learned current may be longer than any exact one.
        let share = (arrow.length() / longest).min(1.5);
        let direction =
            Vec2::new((arrow.vector[0] / arrow.length()) as f32, -(arrow.vector[1] / arrow.length()) as f32);
        // The upper part of the map only: its dark end would vanish on the dark theme's ground.
        let [r, g, b] = if ui.visuals().dark_mode {
            ColorMap::Viridis.color(0.6 + 0.4 * share)
        } else {
            ColorMap::Viridis.color(0.6 * (1.0 - share))
        };
        // Weak currents are drawn longer than their share, so that they are seen; the legend has the same rule.
        let tip = direction * (reach * (share as f32).powf(0.4));
        add_arrow(&mut mesh, square.position(arrow.at) - tip * 0.5, tip, Color32::from_rgb(r, g, b));
    }
    ui.painter().with_clip_rect(square.rect.expand(3.0)).add(Shape::mesh(mesh));
    let map = ArrowScale {
        unit: kind.unit(),
        longest,
        reach: reach.min(LONGEST_IN_LEGEND),
        dark: ui.visuals().dark_mode,
    };
    map.draw(ui, square);
    if t == scene.t { String::new() } else { format!("velocity at the step at t = {t:.3}") }
}

/// The legend of the arrows: three round values, as long and as bright as in the view. On the coarsest grids, where
/// an arrow of the view does not fit beside it, the lengths are in proportion.
struct ArrowScale {
    unit: &'static str,
    longest: f64,
    reach: f32,
    dark: bool,
}

impl ArrowScale {
    fn draw(&self, ui: &Ui, square: &Square) {
        let palette = theme::palette(ui);
        let left = square.rect.right() + 10.0;
        let mut y = square.rect.top() + 6.0;
        let painter = ui.painter();
        let unit = egui::pos2(left + COLOR_BAR_WIDTH - 2.0, square.rect.top() - 5.0);
        painter.text(unit, Align2::RIGHT_BOTTOM, self.unit, theme::small(), palette.weak);
        let round = round_down(self.longest);
        for value in [round, 0.5 * round, 0.1 * round] {
            let share = value / self.longest;
            let [r, g, b] =
                ColorMap::Viridis.color(if self.dark { 0.6 + 0.4 * share } else { 0.6 * (1.0 - share) });
            let mut mesh = Mesh::default();
            let length = self.reach * (share as f32).powf(0.4);
            add_arrow(&mut mesh, egui::pos2(left, y), Vec2::new(length, 0.0), Color32::from_rgb(r, g, b));
            painter.add(Shape::mesh(mesh));
            let label = format_value(value);
            painter.text(egui::pos2(left, y + 5.0), Align2::LEFT_TOP, label, theme::small(), palette.weak);
            y += 34.0;
        }
    }
}

/// The largest of 1, 2 and 5 times a power of ten up to `v` > 0.
fn round_down(v: f64) -> f64 {
    let decade = 10f64.powf(v.log10().floor());
    let share = v / decade * (1.0 + 1e-12);
    decade
        * if share >= 5.0 {
            5.0
        } else if share >= 2.0 {
            2.0
        } else {
            1.0
        }
}

/// A tapered arrow from `from` along `along`.
fn add_arrow(mesh: &mut Mesh, from: Pos2, along: Vec2, color: Color32) {
    let length = along.length();
    if length < 0.5 {
        return;
    }
    let (ahead, side) = (along / length, Vec2::new(-along.y, along.x) / length);
    let head = (length * 0.45).clamp(2.0, 7.0).min(length);
    let (half, wing) = ((length * 0.06).clamp(0.5, 1.3), (head * 0.5).max(1.2));
    let neck = from + ahead * (length - head);
    let start = mesh.vertices.len() as u32;
    for at in [
        from - side * half,
        from + side * half,
        neck + side * half,
        neck - side * half,
        neck + side * wing,
        neck - side * wing,
        from + along,
    ] {
        mesh.colored_vertex(at, color);
    }
    for [a, b, c] in [[0, 1, 2], [0, 2, 3], [4, 5, 6]] {
        mesh.add_triangle(start + a, start + b, start + c);
    }
}

#[cfg(test)]
mod tests {
    use super::round_down;

    #[test]
    fn legend_values_are_round_and_below_the_longest() {
        for (v, expected) in
            [(0.01002, 0.01), (0.0099, 0.005), (4.9, 2.0), (5.0, 5.0), (1e-7, 1e-7), (1999.0, 1000.0)]
        {
            assert!((round_down(v) / expected - 1.0).abs() < 1e-12, "{v}: {}", round_down(v));
        }
    }
}
