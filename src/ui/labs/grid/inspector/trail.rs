//! The way of one particle through the states, from its start to where it is now.

use super::Followed;
use crate::ui::cell_square::Square;
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::labs::grid::particles::place;
use crate::ui::theme;
use egui::{Color32, Pos2, Stroke, Ui};

/// Draws every jump of a particle up to now, and marks its start and its present place.
pub fn draw(ui: &Ui, square: &Square, scene: SideScene<'_>, followed: &Followed) {
    let Some(now) = scene.frame() else { return };
    let palette = theme::palette(ui);
    let place = |state: [u16; 2]| place(square, followed.particle, state);
    let way: Vec<Pos2> = followed.way.until(now).into_iter().map(place).collect();
    let painter = ui.painter().with_clip_rect(square.rect.expand(8.0));
    let line = |width: f32, color: Color32| {
        for pair in way.windows(2) {
            painter.line_segment([pair[0], pair[1]], Stroke::new(width, color));
        }
    };
    line(4.0, palette.background.gamma_multiply(0.7));
    line(2.0, palette.mark);
    let dot = |at: Pos2, radius: f32, fill: Color32| {
        painter.circle(at, radius + 1.0, palette.background, Stroke::NONE);
        painter.circle(at, radius, fill, Stroke::new(2.0, palette.mark));
    };
    for corner in &way[..way.len() - 1] {
        painter.circle_filled(*corner, 2.5, palette.mark);
    }
    dot(way[0], 3.5, palette.background);
    if let Some(here) = way.last() {
        dot(*here, 6.0, palette.particle);
    }
}
