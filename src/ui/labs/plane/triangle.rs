//! The triangle of generators: its corners are flow, noise and jumps, its points are mixtures that all keep the density.

use crate::sampler::plane::PlaneMethod;
use crate::ui::theme;
use egui::{Align2, Color32, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2};

/// Height with the names of the corners, points.
const HEIGHT: f32 = 132.0;
/// g at the corner of noise.
const MOST_NOISE: f64 = 2.0;

/// Draws the triangle over the available width; its point is dragged.
pub fn triangle(ui: &mut Ui, method: &mut PlaneMethod) {
    let PlaneMethod::Superposition { w, g } = *method else { return };
    let palette = theme::palette(ui);
    let (area, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), Sense::CLICK | Sense::DRAG);
    let inner = Rect::from_min_max(area.min + Vec2::new(34.0, 10.0), area.max - Vec2::new(34.0, 26.0));
    // Flow at the top, noise left, jumps right.
    let corners = [inner.center_top(), inner.left_bottom(), inner.right_bottom()];
    let painter = ui.painter();
    let fill = theme::mix(palette.panel, palette.accent, 0.12);
    painter.add(Shape::convex_polygon(corners.to_vec(), fill, Stroke::new(1.0, palette.line)));
    let name = |at: Pos2, align, text: &str| {
        painter.text(at, align, text, theme::small(), palette.weak);
    };
    name(corners[0] + Vec2::new(12.0, 0.0), Align2::LEFT_CENTER, "flow");
    name(corners[1] + Vec2::new(0.0, 10.0), Align2::CENTER_TOP, "noise");
    name(corners[2] + Vec2::new(0.0, 10.0), Align2::CENTER_TOP, "jumps");
    let position = |[flow, noise, jumps]: [f32; 3]| {
        let along = |corner: Pos2, share: f32| corner.to_vec2() * share;
        (along(corners[0], flow) + along(corners[1], noise) + along(corners[2], jumps)).to_pos2()
    };
    let at = position(shares(w, g));
    painter.circle_filled(at, 6.0, palette.accent);
    painter.circle_stroke(at, 6.0, Stroke::new(2.0, Color32::WHITE));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Slider, true, "triangle of generators"));
    if let Some(pointer) = response.interact_pointer_pos()
        && (response.dragged() || response.clicked())
    {
        let [w, g] = mixture(barycentric(pointer, corners));
        *method = PlaneMethod::Superposition { w, g };
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(
        "Every point keeps the density pₜ: (1−w) of the flow and w of jumps, and noise g with its score. Drag it.",
    );
}

/// The shares of the corners of a mixture.
fn shares(w: f64, g: f64) -> [f32; 3] {
    let noise = (g / MOST_NOISE).clamp(0.0, 1.0);
    let rest = 1.0 - noise;
    [rest * (1.0 - w), noise, rest * w].map(|share| share as f32)
}

/// The mixture of shares: w and g, in hundredths.
fn mixture([flow, noise, jumps]: [f32; 3]) -> [f64; 2] {
    let rest = flow + jumps;
    let w = if rest > 1e-3 { jumps / rest } else { 0.0 };
    [f64::from(w), MOST_NOISE * f64::from(noise)].map(|x| (100.0 * x).round() / 100.0)
}

/// Shares of a point, of the nearest one within where it lies outside.
fn barycentric(at: Pos2, [a, b, c]: [Pos2; 3]) -> [f32; 3] {
    let (ab, ac, ap) = (b - a, c - a, at - a);
    let area = ab.x * ac.y - ab.y * ac.x;
    let second = (ap.x * ac.y - ap.y * ac.x) / area;
    let third = (ab.x * ap.y - ab.y * ap.x) / area;
    let all = [1.0 - second - third, second, third].map(|share| share.max(0.0));
    let total: f32 = all.iter().sum();
    all.map(|share| share / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_the_generators_and_points_come_back() {
        assert_eq!(mixture([1.0, 0.0, 0.0]), [0.0, 0.0]);
        assert_eq!(mixture([0.0, 0.0, 1.0]), [1.0, 0.0]);
        assert_eq!(mixture([0.0, 1.0, 0.0]), [0.0, MOST_NOISE]);
        for (w, g) in [(0.5, 0.3), (0.25, 1.0), (0.0, 0.0)] {
            assert_eq!(mixture(shares(w, g)), [w, g]);
        }
        let corners = [Pos2::new(50.0, 0.0), Pos2::new(0.0, 80.0), Pos2::new(100.0, 80.0)];
        assert_eq!(barycentric(corners[1], corners), [0.0, 1.0, 0.0]);
        let below = barycentric(Pos2::new(50.0, 200.0), corners);
        assert!(below[0] == 0.0 && (below[1] - 0.5).abs() < 1e-6, "{below:?}");
    }
}
