//! Particles where they are now, and the jumps that brought them there.

use super::fields::Scene;
use super::square::Square;
use crate::ui::theme;
use egui::{Color32, Mesh, Pos2, Shape, Ui, Vec2};

/// Trails are drawn for this many particles; more would be a tangle.
const TRAILS: usize = 260;
/// Jumps over this many past frames are still seen.
const TRAIL_FRAMES: usize = 4;

/// Draws the cloud; returns the legend.
pub fn draw(ui: &Ui, square: &Square, scene: Scene<'_>) -> String {
    let Some(result) = scene.result else { return "sampling …".to_owned() };
    let Some(index) = result.trace.at(scene.t) else { return "sampling …".to_owned() };
    let palette = theme::palette(ui);
    let color = palette.particle;
    let frames = &result.trace.frames;
    let frame = &frames[index];
    let mut mesh = Mesh::default();
    for age in (0..TRAIL_FRAMES.min(index)).rev() {
        let (before, after) = (&frames[index - age - 1], &frames[index - age]);
        let fade = 1.0 - age as f32 / TRAIL_FRAMES as f32;
        let trail = palette.text.gamma_multiply(0.55 * fade);
        for (n, (from, to)) in before.particles.iter().zip(&after.particles).take(TRAILS).enumerate() {
            if from != to {
                add_line(&mut mesh, place(square, n, *from), place(square, n, *to), trail);
            }
        }
    }
    let count = frame.particles.len();
    // Smaller and fainter when there are many, so that density stays visible.
    let many = (3000.0 / count as f32).powf(0.25);
    let half = (0.0042 * square.rect.width() * many).clamp(0.5, 2.5);
    let dot = color.gamma_multiply((0.85 * many).clamp(0.3, 1.0));
    for (n, state) in frame.particles.iter().enumerate() {
        let at = place(square, n, *state);
        mesh.add_colored_rect(egui::Rect::from_center_size(at, Vec2::splat(2.0 * half)), dot);
    }
    ui.painter().add(Shape::mesh(mesh));
    if result.summary.is_some() {
        format!("{count} particles, step {} of {}", frame.step, result.trace.total_steps)
    } else {
        format!("sampling: step {} of {}, t = {:.3}", frame.step, result.trace.total_steps, frame.t)
    }
}

/// A particle's place: its cell, and a fixed offset of its own within it, so that a full cell looks full.
fn place(square: &Square, n: usize, state: [u16; 2]) -> Pos2 {
    // Two low-discrepancy sequences: evenly spread for any number of particles.
    let offset = [0.754_877_666, 0.569_840_291].map(|step: f64| (n as f64 * step).fract() as f32);
    let within = [0, 1].map(|i| {
        let span = square.layout.span_of(usize::from(state[i]));
        span.start + (0.1 + 0.8 * offset[i]) * (span.end - span.start)
    });
    square.position(within)
}

fn add_line(mesh: &mut Mesh, from: Pos2, to: Pos2, color: Color32) {
    let along = to - from;
    let length = along.length();
    if length < 0.5 {
        return;
    }
    let side = Vec2::new(-along.y, along.x) / length * 0.5;
    let start = mesh.vertices.len() as u32;
    // The far end fades: a trail points to where the particle is now.
    let tail = color.gamma_multiply(0.15);
    for (at, color) in [(from - side, tail), (from + side, tail), (to + side, color), (to - side, color)] {
        mesh.colored_vertex(at, color);
    }
    mesh.add_triangle(start, start + 1, start + 2);
    mesh.add_triangle(start, start + 2, start + 3);
}
