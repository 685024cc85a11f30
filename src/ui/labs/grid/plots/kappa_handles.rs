//! Handles on the κ curve: the Hermite slopes and the power's exponent are dragged where they are seen.
//!
//! The handles of the Hermite cubic are its Bézier control points, (1/3, a/3) and (2/3, 1 − b/3): the ends of the
//! tangents at t = 0 and t = 1, which for slopes in \[0, 3\] lie in the plot.

use crate::figure::scale::format_value;
use crate::flow::{HERMITE_STEEPEST, Scheduler};
use crate::ui::chart::ChartArea;
use crate::ui::theme;
use egui::{Align2, CursorIcon, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};
use std::ops::RangeInclusive;

/// Radius of a handle and of the area it is grabbed in, points.
const RADIUS: f32 = 5.0;
const REACH: f32 = 10.0;
/// How far from the curve of a power it can be grabbed, points.
const NEAR: f32 = 9.0;
/// Exponents that a drag can reach: those of the slider.
const POWERS: RangeInclusive<f64> = 0.25..=8.0;

/// Whether the curve of `scheduler` has something to drag.
pub(super) fn can_be_dragged(scheduler: Scheduler) -> bool {
    matches!(scheduler, Scheduler::Hermite { .. } | Scheduler::Power(_))
}

/// Draws the handles over the plot; the scheduler after a drag.
pub(super) fn drag(ui: &Ui, area: &ChartArea, scheduler: Scheduler) -> Option<Scheduler> {
    match scheduler {
        Scheduler::Hermite { a, b } => hermite(ui, area, [a, b]),
        Scheduler::Power(n) => power(ui, area, n),
        _ => None,
    }
}

/// A tangent's far end in the plot, for the slope at t = 0 (`end` 0) or t = 1 (`end` 1).
fn control_point(end: usize, slope: f64) -> [f64; 2] {
    if end == 0 { [1.0 / 3.0, slope / 3.0] } else { [2.0 / 3.0, 1.0 - slope / 3.0] }
}

/// The slope whose control point lies at the height `kappa`, within its range.
fn slope_at(end: usize, kappa: f64) -> f64 {
    let slope = if end == 0 { 3.0 * kappa } else { 3.0 * (1.0 - kappa) };
    slope.clamp(0.0, HERMITE_STEEPEST)
}

/// The exponent of the power through a point of the plot, within the slider's range.
fn exponent_through([t, kappa]: [f64; 2]) -> f64 {
    // On the frame itself every power agrees.
    let inside = |x: f64| x.clamp(0.005, 0.995);
    (inside(kappa).ln() / inside(t).ln()).clamp(*POWERS.start(), *POWERS.end())
}

fn hermite(ui: &Ui, area: &ChartArea, slopes: [f64; 2]) -> Option<Scheduler> {
    let palette = theme::palette(ui);
    let mut changed = slopes;
    let painter = area.painter(ui, RADIUS);
    for end in [0, 1] {
        let tip = area.position(control_point(end, slopes[end]));
        let reach = Rect::from_center_size(tip, Vec2::splat(2.0 * REACH)).intersect(area.rect.expand(RADIUS));
        // Not focusable: from the keyboard the sliders set the same slopes.
        let handle = ui.interact(reach, area.response.id.with(("handle", end)), Sense::DRAG);
        let name = ["tangent at t = 0", "tangent at t = 1"][end];
        handle.widget_info(|| WidgetInfo::slider(true, slopes[end], name));
        if let (true, Some(at)) = (handle.dragged(), handle.interact_pointer_pos()) {
            changed[end] = slope_at(end, area.value(at)[1]);
        }
        let held = handle.dragged() || handle.hovered();
        let anchor = area.position([end as f64, end as f64]);
        let color = if held { palette.accent } else { palette.text };
        painter.line_segment([anchor, tip], Stroke::new(1.0, color.gamma_multiply(0.7)));
        painter.circle(tip, RADIUS, if held { color } else { palette.panel }, Stroke::new(1.5, color));
        if held {
            let symbol = ["a = κ′(0)", "b = κ′(1)"][end];
            let side = [Align2::LEFT_TOP, Align2::RIGHT_BOTTOM][end];
            read_out(ui, area, side, &format!("{symbol} = {}", format_value(changed[end])));
        }
        let cursor = if handle.dragged() { CursorIcon::Grabbing } else { CursorIcon::Grab };
        handle.on_hover_and_drag_cursor(cursor);
    }
    (changed != slopes).then_some(Scheduler::Hermite { a: changed[0], b: changed[1] })
}

fn power(ui: &Ui, area: &ChartArea, n: f64) -> Option<Scheduler> {
    let drag = ui.interact(area.rect, area.response.id.with("power"), Sense::DRAG);
    drag.widget_info(|| WidgetInfo::labeled(Role::GraphicsObject, true, "power curve"));
    let curve = |at: Pos2| {
        let t = area.value(at)[0].clamp(0.0, 1.0);
        area.position([t, t.powf(n)])
    };
    // Steep parts are near in t, flat ones in κ: a few samples to either side find the nearest point.
    let near = |at: Pos2| (-8..=8).any(|step| curve(at + Vec2::new(step as f32, 0.0)).distance(at) < NEAR);
    let held = if drag.drag_started() {
        ui.input(|i| i.pointer.press_origin()).is_some_and(near)
    } else {
        drag.dragged() && ui.data(|d| d.get_temp(drag.id)) == Some(true)
    };
    // A drag that began on the curve holds it until it is let go, wherever the curve has gone since.
    ui.data_mut(|d| d.insert_temp(drag.id, held));
    let mut changed = n;
    let at = drag.interact_pointer_pos().or(drag.hover_pos())?;
    if held {
        changed = exponent_through(area.value(at));
    } else if !near(at) {
        return None;
    }
    let palette = theme::palette(ui);
    let dot = curve(at);
    area.painter(ui, RADIUS).circle(dot, RADIUS, palette.accent, Stroke::new(1.5, palette.panel));
    read_out(ui, area, Align2::LEFT_TOP, &format!("n = {}", format_value(changed)));
    drag.on_hover_and_drag_cursor(if held { CursorIcon::Grabbing } else { CursorIcon::Grab });
    (changed != n).then_some(Scheduler::Power(changed))
}

/// A number in a corner of the plot.
fn read_out(ui: &Ui, area: &ChartArea, corner: Align2, text: &str) {
    let palette = theme::palette(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::small(), palette.text);
    let at = corner.pos_in_rect(&area.rect.shrink(5.0));
    let rect = corner.anchor_size(at, galley.size());
    ui.painter().rect_filled(rect.expand(2.0), 3.0, palette.panel.gamma_multiply(0.85));
    ui.painter().galley(rect.min, galley, palette.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_the_bezier_control_points_of_the_cubic() {
        for [a, b] in [[0.0, 2.0], [3.0, 3.0], [0.4, 1.7], [1.0, 0.0]] {
            let points = [[0.0, 0.0], control_point(0, a), control_point(1, b), [1.0, 1.0]];
            for j in 0..=20 {
                let u = f64::from(j) / 20.0;
                let v = 1.0 - u;
                let weights = [v * v * v, 3.0 * v * v * u, 3.0 * v * u * u, u * u * u];
                let at = |i: usize| weights.iter().zip(points).map(|(w, p)| w * p[i]).sum::<f64>();
                assert!((at(0) - u).abs() < 1e-12);
                assert!((at(1) - Scheduler::Hermite { a, b }.kappa(u)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_handle_gives_the_slope_it_is_drawn_for_and_stops_at_the_ends() {
        for end in [0, 1] {
            for slope in [0.0, 0.3, 1.0, 3.0] {
                assert!((slope_at(end, control_point(end, slope)[1]) - slope).abs() < 1e-12);
            }
            let beyond = [slope_at(end, -0.5), slope_at(end, 1.5)];
            assert!(beyond.contains(&0.0) && beyond.contains(&3.0));
        }
    }

    #[test]
    fn the_dragged_power_passes_through_the_pointer() {
        for n in [0.3f64, 0.5, 1.0, 2.7, 7.0] {
            for t in [0.2f64, 0.5, 0.8] {
                let kappa = t.powf(n);
                if (0.005..=0.995).contains(&kappa) {
                    assert!((exponent_through([t, kappa]) - n).abs() < 1e-9, "{n} at {t}");
                }
            }
        }
        for at in [[0.0, 0.0], [1.0, 1.0], [0.5, 0.0], [0.5, 1.0], [-1.0, 2.0]] {
            assert!(POWERS.contains(&exponent_through(at)));
        }
    }
}
